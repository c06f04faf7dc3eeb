//! AVIF: boxes in boxes.

use super::{bytes_needed, inspect, sample, too_many};
use hexad_domain::image::{ImageFormat, ImageInfo, Refusal};
use proptest::prelude::*;

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&u32::try_from(body.len() + 8).unwrap().to_be_bytes(), &kind[..], body].concat()
}

fn avif(boxes: &[Vec<u8>]) -> Vec<u8> {
    [boxed(b"ftyp", b"mif1\x00\x00\x00\x00mif1avif"), boxes.concat()].concat()
}

/// Metadata with two sizes, of which the primary item has the second.
fn meta(primary: u8, padding: usize) -> Vec<u8> {
    let ispe = |width: u32, height: u32| {
        boxed(b"ispe", &[&[0; 4][..], &width.to_be_bytes(), &height.to_be_bytes()].concat())
    };
    let properties = boxed(b"ipco", &[ispe(4_000, 3_000), boxed(b"pixi", &[0; 8]), ispe(640, 480)].concat());
    let associations = boxed(b"ipma", &[0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 2, 1, 0x82, 0, 2, 2, 0x82, 3]);
    let children = [
        boxed(b"pitm", &[0, 0, 0, 0, 0, primary]),
        boxed(b"iprp", &[properties, associations].concat()),
        boxed(b"free", &vec![0; padding]),
    ];
    boxed(b"meta", &[vec![0; 4], children.concat()].concat())
}

#[test]
fn the_size_of_an_avif_is_that_of_its_primary_item() {
    let expected = |width, height| Ok(ImageInfo { format: ImageFormat::Avif, width, height });
    assert_eq!(inspect(&avif(&[meta(1, 0)])), expected(4_000, 3_000));
    assert_eq!(inspect(&avif(&[meta(2, 0)])), expected(640, 480));
    assert_eq!(inspect(&avif(&[boxed(b"mdat", &vec![7; 3_000_000]), meta(2, 200_000)])), expected(640, 480));
    let with_long_size = [&[0, 0, 0, 1][..], b"mdat", &20_u64.to_be_bytes(), b"data"].concat();
    assert_eq!(inspect(&avif(&[with_long_size, meta(2, 0)])), expected(640, 480));
    // An item without a size, and one that is not there.
    assert_eq!(inspect(&avif(&[meta(3, 0)])), Err(Refusal::NotAnImage));
}

/// The metadata of one item, whose configuration holds these units.
fn configured(width: u32, height: u32, units: &[u8]) -> Vec<u8> {
    let size = boxed(b"ispe", &[&[0; 4][..], &width.to_be_bytes(), &height.to_be_bytes()].concat());
    let configuration = boxed(b"av1C", &[&[0x81, 0, 0x0c, 0][..], units].concat());
    let properties = boxed(b"ipco", &[size, configuration].concat());
    let associations = boxed(b"ipma", &[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 2, 1, 0x82]);
    let children =
        [boxed(b"pitm", &[0, 0, 0, 0, 0, 1]), boxed(b"iprp", &[properties, associations].concat())];
    boxed(b"meta", &[vec![0; 4], children.concat()].concat())
}

/// Numbers of so many bits, one behind the other.
fn bits(numbers: &[(u32, usize)]) -> Vec<u8> {
    let bits = numbers.iter().flat_map(|(number, count)| {
        (0..*count).rev().map(move |place| (u64::from(*number) >> place & 1) as u8)
    });
    let bits: Vec<u8> = bits.collect();
    bits.chunks(8).map(|byte| (0..8).fold(0, |all, place| all << 1 | byte.get(place).unwrap_or(&0))).collect()
}

/// A sequence header as a unit, with what stands before its sizes.
fn sequence_header(before: &[(u32, usize)], width: u32, height: u32) -> Vec<u8> {
    let sizes = [(15, 4), (15, 4), (width - 1, 16), (height - 1, 16), (0, 9)];
    let unit = bits(&[before, &sizes].concat());
    [&[0x0a, u8::try_from(unit.len()).unwrap()], &unit[..]].concat()
}

#[test]
fn the_configuration_of_an_avif_may_say_that_its_picture_is_larger() {
    let expected = |width, height| Ok(ImageInfo { format: ImageFormat::Avif, width, height });
    // The sequence headers of other programs, which follow an empty unit where the pictures begin.
    for (name, width, height) in
        [("alpha-54x32", 54, 32), ("still-53x31", 53, 31), ("animated-56x34", 56, 34)]
    {
        let file = sample(name);
        let at = file.windows(8).position(|bytes| bytes[..7] == *b"mdat\x12\x00\x0a").unwrap();
        let length = usize::from(file[at + 7]);
        for units in [&file[at + 6..at + 8 + length], &file[at + 4..at + 8 + length]] {
            assert_eq!(inspect(&avif(&[configured(2, 2, units)])), expected(width, height), "{name}");
            assert_eq!(inspect(&avif(&[configured(900, 20, units)])), expected(900, height), "{name}");
        }
    }
    // A still picture in short, and one with all that may stand before its size.
    let short = [(0, 3), (1, 1), (1, 1), (31, 5)];
    let timed = [(1, 1), (1, 32), (25, 32), (1, 1), (0, 2), (7, 3), (1, 1), (9, 5), (1, 32), (3, 5), (4, 5)];
    let point = [(0x101, 12), (8, 5), (1, 1), (1, 1), (5, 10), (6, 10), (0, 1), (1, 1), (9, 4)];
    let low_point = [(0, 12), (7, 5), (0, 1), (0, 1)];
    let long = [&[(0, 3), (0, 1), (0, 1)][..], &timed, &[(1, 1), (1, 5)], &point, &low_point].concat();
    let untimed = [(0, 3), (0, 1), (0, 1), (0, 1), (0, 1), (0, 5), (0, 12), (4, 5)];
    for before in [&short[..], &long, &untimed] {
        assert_eq!(
            inspect(&avif(&[configured(2, 2, &sequence_header(before, 640, 480))])),
            expected(640, 480)
        );
        let huge = configured(2, 2, &sequence_header(before, 9_000, 9_000));
        assert_eq!(inspect(&avif(&[huge])), Err(too_many(9_000, 9_000)));
    }
    // Where it does not say it, or not so that it can be read, the metadata count.
    let whole = sequence_header(&short, 640, 480);
    let (without_size, of_another_kind) = ([&[0x08], &whole[2..]].concat(), [&[0x32], &whole[1..]].concat());
    for units in [&b""[..], &whole[..6], &without_size, &of_another_kind, &[0x0a, 0xff, 0xff]] {
        assert_eq!(inspect(&avif(&[configured(2, 2, units)])), expected(2, 2), "{units:?}");
    }
}

/// The tracks of a sequence, with headers of both lengths.
fn movie(sizes: &[(u16, u16)]) -> Vec<u8> {
    let tracks = sizes.iter().enumerate().map(|(number, (width, height))| {
        let version = number as u8 % 2;
        let before = vec![0; if version == 0 { 20 } else { 32 }];
        let size = [width.to_be_bytes(), [0, 0], height.to_be_bytes(), [0, 0]].concat();
        let header = boxed(b"tkhd", &[&[version, 0, 0, 3], &before[..], &[0; 52], &size].concat());
        boxed(b"trak", &[header, boxed(b"mdia", b"and so on")].concat())
    });
    boxed(b"moov", &[boxed(b"mvhd", &[0; 100]), tracks.collect::<Vec<_>>().concat()].concat())
}

#[test]
fn a_sequence_is_as_large_as_whatever_may_be_shown_of_it() {
    let sequence = |boxes: &[Vec<u8>]| {
        inspect(&[boxed(b"ftyp", b"avis\x00\x00\x00\x00avifavismsf1"), boxes.concat()].concat())
    };
    let expected = |width, height| Ok(ImageInfo { format: ImageFormat::Avif, width, height });
    let (still, data) = (meta(2, 0), boxed(b"mdat", &[7; 1_000]));
    let played = movie(&[(640, 480), (0, 0)]);
    assert_eq!(sequence(&[still.clone(), played.clone()]), expected(640, 480));
    assert_eq!(sequence(&[played, data.clone(), still.clone()]), expected(640, 480));
    let wide = movie(&[(100, 100), (700, 10), (10, 500)]);
    assert_eq!(sequence(&[still.clone(), data.clone(), wide.clone()]), expected(700, 500));
    assert_eq!(sequence(&[wide, still.clone()]), expected(700, 500));
    let huge = movie(&[(60_000, 60_000)]);
    assert_eq!(sequence(&[still.clone(), huge.clone()]), Err(too_many(60_000, 60_000)));
    // Where it does not say that it is a sequence, the still image is what is shown.
    assert_eq!(inspect(&avif(&[still.clone(), huge])), expected(640, 480));
    // Without one of the two its size is not all there.
    for half in [still, movie(&[(640, 480)]), movie(&[(0, 480)]), data] {
        assert_eq!(sequence(&[half]), Err(Refusal::NotAnImage));
    }
}

#[test]
fn an_avif_whose_size_would_have_to_be_looked_for_is_refused_at_once() {
    for (boxes, at) in [
        (meta(2, 300_000)[..8].to_vec(), 32),
        (vec![0, 0, 0, 0, b'm', b'd', b'a', b't'], 32),
        (vec![0, 0, 0, 7, b'm', b'd', b'a', b't'], 32),
        (vec![0, 0, 0, 1, b'm', b'd', b'a', b't', 0, 0, 0, 0, 0, 0, 0, 15], 40),
    ] {
        assert_eq!(bytes_needed(&avif(&[boxes])), Some(at));
    }
    let endless = [&[0, 0, 0, 1][..], b"mdat", &u64::MAX.to_be_bytes(), b"data"].concat();
    assert_eq!(bytes_needed(&avif(&[endless, meta(2, 0)])), None);
}

proptest! {
    #[test]
    fn no_configuration_of_an_avif_panics(bytes in prop::collection::vec(any::<u8>(), 0..60), kind in prop::sample::select(vec![0x0a, 0x0e, 0x12])) {
        let length = u8::try_from(bytes.len()).unwrap();
        for units in [bytes.clone(), [&[kind, length], &bytes[..]].concat()] {
            if let Ok(info) = inspect(&avif(&[configured(2, 2, &units)])) {
                prop_assert!(info.width >= 2 && info.height >= 2);
            }
        }
    }

    #[test]
    fn no_metadata_of_an_avif_panics(body in prop::collection::vec(any::<u8>(), 0..64), primary in 0_u8..4, at in 0_usize..400) {
        let mut boxes = [meta(primary, 0), movie(&[(9, 9), (7, 7)])].concat();
        let at = at.min(boxes.len());
        let end = (at + body.len()).min(boxes.len());
        boxes[at..end].copy_from_slice(&body[..end - at]);
        for brand in [b"avif", b"avis"] {
            let _ = inspect(&[boxed(b"ftyp", &[&brand[..], b"\0\0\0\0avif"].concat()), boxes.clone()].concat());
        }
    }
}
