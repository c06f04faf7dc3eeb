//! Images by their bytes: files that another program wrote (`data/images/make.py`), and what nobody should send.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod avif;

use hexad_domain::image::{ImageFormat, ImageInfo, Inspector, Refusal};
use proptest::prelude::*;

/// Every sample: its name, its bytes, and what its name says of it.
fn samples() -> Vec<(String, Vec<u8>, ImageInfo)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/images");
    let mut samples = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let format = match path.extension().unwrap().to_str().unwrap() {
            "jpg" => ImageFormat::Jpeg,
            "png" => ImageFormat::Png,
            "gif" => ImageFormat::Gif,
            "webp" => ImageFormat::WebP,
            "avif" => ImageFormat::Avif,
            "bmp" => ImageFormat::Bmp,
            _ => continue,
        };
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let (width, height) = name.rsplit_once('-').unwrap().1.split_once('x').unwrap();
        let info = ImageInfo { format, width: width.parse().unwrap(), height: height.parse().unwrap() };
        samples.push((name, std::fs::read(path).unwrap(), info));
    }
    samples
}

fn sample(name: &str) -> Vec<u8> {
    samples().into_iter().find(|(other, ..)| other == name).unwrap().1
}

fn inspect(bytes: &[u8]) -> Result<ImageInfo, Refusal> {
    let mut inspector = Inspector::new();
    // What `push` refuses, `finish` refuses too.
    let _ = inspector.push(bytes);
    inspector.finish()
}

/// How many bytes it takes until an answer is there.
fn bytes_needed(bytes: &[u8]) -> Option<usize> {
    let mut inspector = Inspector::new();
    bytes.iter().position(|byte| inspector.push(&[*byte]) != Ok(None)).map(|position| position + 1)
}

#[test]
fn every_sample_is_what_its_name_says() {
    let samples = samples();
    assert_eq!(samples.len(), 26);
    for (name, bytes, info) in samples {
        assert_eq!(inspect(&bytes), Ok(info), "{name}");
    }
}

#[test]
fn a_sample_cut_short_before_its_size_is_no_image_and_after_it_is_one() {
    for (name, bytes, info) in samples() {
        let needed = bytes_needed(&bytes).unwrap();
        assert_eq!(inspect(&bytes[..needed - 1]), Err(Refusal::NotAnImage), "{name}");
        assert_eq!(inspect(&bytes[..needed]), Ok(info), "{name}");
    }
}

#[test]
fn an_answer_stays_the_answer() {
    let mut inspector = Inspector::new();
    let info = inspector.push(&sample("still-17x19")).unwrap();
    assert!(info.is_some());
    assert_eq!(inspector.push(b"\xff\xd8\xff"), Ok(info));
    let mut inspector = Inspector::new();
    assert_eq!(inspector.push(b"<"), Err(Refusal::NotAnImage));
    assert_eq!(inspector.push(&sample("still-17x19")), Err(Refusal::NotAnImage));
    assert_eq!(Inspector::new().finish(), Err(Refusal::NotAnImage));
}

#[test]
fn what_is_no_image_is_refused_with_the_first_byte_that_tells() {
    for (bytes, at) in [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>".as_slice(), 1),
        (b"<?xml version='1.0'?><svg/>", 1),
        (b"<!DOCTYPE html><script>", 1),
        (b"\xef\xbb\xbf<svg/>", 1),
        (b"%PDF-1.7", 1),
        (b"PK\x03\x04", 1),
        (b"MZ\x90\x00", 1),
        (b"II*\x00\x08\x00\x00\x00", 1),
        (b"GIF88a", 5),
        (b"GIF89b", 6),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", 10),
        (b"RIFF\x10\x00\x00\x00WEBPVP9 ", 15),
        (b"\x89PNG\n", 5),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0eIHDR", 12),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIDAT", 14),
        (b"BM, as this text says, is no bitmap at all", 18),
        (b"\xff\xd8\xe0", 3),
        (b"\x00\x00\x01\x00\x01\x00", 5),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", 24),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", 24),
        (b"\x00\x00\x00\x0fftypavif\x00\x00\x00\x00", 8),
    ] {
        assert_eq!(bytes_needed(bytes), Some(at), "{:?}", String::from_utf8_lossy(bytes));
        assert_eq!(inspect(bytes), Err(Refusal::NotAnImage));
    }
}

#[test]
fn a_polyglot_is_what_its_first_bytes_say() {
    // A picture, and behind it or in a comment what others take for a program or an archive.
    let (gif, html) = (sample("still-17x19"), b"/*<html><script>alert(1)</script>");
    let info = ImageInfo { format: ImageFormat::Gif, width: 17, height: 19 };
    assert_eq!(inspect(&[gif.as_slice(), b"PK\x03\x04", html].concat()), Ok(info));
    let comment = [&b"!\xfe\x21"[..], html, b"\0"].concat();
    let info = ImageInfo { format: ImageFormat::Gif, width: 0x2f2a, height: 1 };
    assert_eq!(inspect(&gif_of(*b"*/", [1, 0], &[comment, picture(0, 0, 9, 1)])), Ok(info));
    // What says the signature and has no picture is none.
    assert_eq!(inspect(b"GIF89a*/\x01\x00=1;/*<html><script>alert(1)</script>"), Err(Refusal::NotAnImage));
}

/// A GIF without a table of colours: the size of its screen, in bytes, and its blocks.
fn gif_of(width: [u8; 2], height: [u8; 2], blocks: &[Vec<u8>]) -> Vec<u8> {
    [b"GIF89a".as_slice(), &width, &height, &[0, 0, 0], &blocks.concat()].concat()
}

/// Where a picture of a GIF stands and how large it is.
fn picture(left: u16, top: u16, width: u16, height: u16) -> Vec<u8> {
    let numbers = [left, top, width, height].map(u16::to_le_bytes).concat();
    [b",".as_slice(), &numbers, b"\0\x02"].concat()
}

#[test]
fn a_gif_has_room_for_its_first_picture() {
    let small = |blocks: &[Vec<u8>]| inspect(&gif_of([3, 0], [2, 0], blocks));
    let expected = |width, height| Ok(ImageInfo { format: ImageFormat::Gif, width, height });
    assert_eq!(small(&[picture(0, 0, 3, 2)]), expected(3, 2));
    assert_eq!(small(&[picture(1, 1, 1, 1)]), expected(3, 2));
    assert_eq!(small(&[picture(10, 0, 90, 2)]), expected(100, 2));
    assert_eq!(small(&[picture(0, 0, 60_000, 60_000)]), Err(too_many(60_000, 60_000)));
    assert_eq!(small(&[picture(65_535, 0, 65_535, 1)]), expected(131_070, 2));
    // Later ones are cut.
    assert_eq!(small(&[picture(0, 0, 3, 2), picture(0, 0, 9, 9)]), expected(3, 2));
    // A loop, a delay and a comment come before it, and some programs leave empty bytes.
    let extensions = [
        b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00".to_vec(),
        b"!\xf9\x04\x00\x0a\x00\x00\x00".to_vec(),
        [b"!\xfe\xff".as_slice(), &[b','; 255], b"\x01;\x00\x00\x00"].concat(),
        picture(0, 0, 7, 1),
    ];
    assert_eq!(small(&extensions), expected(7, 2));
    for none in [vec![], vec![b";".to_vec(), picture(0, 0, 3, 2)], vec![b"!\xfe\x09,".to_vec()]] {
        assert_eq!(small(&none), Err(Refusal::NotAnImage), "{none:?}");
    }
    // The table of colours is not looked at.
    let table =
        [b"GIF87a\x03\x00\x02\x00\x82\x00\x00".as_slice(), &[b','; 24], &picture(0, 0, 5, 5)].concat();
    assert_eq!(inspect(&table), expected(5, 5));
}

const fn too_many(width: u32, height: u32) -> Refusal {
    Refusal::TooManyPixels { width, height }
}

/// A PNG up to its pixels, of chunks after its signature.
fn png_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunks.concat(), &chunk(b"IDAT", b"pixels")].concat()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    png_of(&[image_header(width, height)])
}

fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&u32::try_from(body.len()).unwrap().to_be_bytes(), &kind[..], body, b"csum"].concat()
}

fn image_header(width: u32, height: u32) -> Vec<u8> {
    chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat())
}

#[test]
fn more_pixels_than_the_limit_are_refused_from_the_header_alone() {
    assert_eq!(
        inspect(&png(10_000, 5_000)),
        Ok(ImageInfo { format: ImageFormat::Png, width: 10_000, height: 5_000 })
    );
    for (width, height) in [(10_000, 5_001), (60_000, 60_000), (u32::MAX, u32::MAX), (50_000_001, 1)] {
        assert_eq!(inspect(&png(width, height)), Err(Refusal::TooManyPixels { width, height }));
        assert_eq!(bytes_needed(&png(width, height)), Some(24));
    }
    let huge = jpeg(&[frame(0xc0, 65_000, 65_000)]);
    assert_eq!(bytes_needed(&huge), Some(11));
}

#[test]
fn a_png_has_one_header_before_its_pixels() {
    let expected = Ok(ImageInfo { format: ImageFormat::Png, width: 3, height: 2 });
    let (small, large) = (image_header(3, 2), image_header(60_000, 60_000));
    let between = [chunk(b"tEXt", &large), chunk(b"iCCP", &[0; 300_000]), chunk(b"pHYs", b"")].concat();
    assert_eq!(inspect(&png_of(&[small.clone(), between.clone()])), expected);
    assert_eq!(inspect(&[png_of(std::slice::from_ref(&small)), large.clone()].concat()), expected);
    // Some programs take the first of two headers, some the last, and libpng neither.
    for second in [small.clone(), large] {
        assert_eq!(inspect(&png_of(&[small.clone(), second.clone()])), Err(Refusal::NotAnImage));
        assert_eq!(inspect(&png_of(&[small.clone(), between.clone(), second])), Err(Refusal::NotAnImage));
    }
    // Without pixels, with a name that no chunk has, and longer than one can be.
    for odd in [chunk(b"IEND", b""), chunk(b"t=xt", b""), b"\x80\0\0\0tEXt".to_vec()] {
        let mut inspector = Inspector::new();
        let bytes = png_of(&[small.clone(), odd]);
        assert_eq!(inspector.push(&bytes), Err(Refusal::NotAnImage), "{bytes:?}");
    }
}

#[test]
fn an_image_without_pixels_is_none() {
    let gif = gif_of([0, 0], [5, 0], &[picture(0, 0, 0, 5)]);
    for bytes in
        [&png(0, 5), &png(5, 0), &gif, &bitmap(40, &[0, 0, 0, 0, 1, 0, 0, 0]), &jpeg(&[frame(0xc0, 0, 9)])]
    {
        assert_eq!(inspect(bytes), Err(Refusal::NotAnImage), "{bytes:?}");
    }
}

fn bitmap(header_size: u32, size: &[u8]) -> Vec<u8> {
    [b"BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00".as_slice(), &header_size.to_le_bytes(), size]
        .concat()
}

#[test]
fn every_header_of_a_bitmap_is_read() {
    let expected = |width, height| Ok(ImageInfo { format: ImageFormat::Bmp, width, height });
    assert_eq!(inspect(&bitmap(12, &[3, 0, 0x02, 0x01])), expected(3, 258));
    for header_size in [16, 40, 52, 56, 64, 108, 124] {
        assert_eq!(inspect(&bitmap(header_size, &[3, 0, 0, 0, 2, 1, 0, 0])), expected(3, 258));
    }
    let top_row_first = [&3_i32.to_le_bytes()[..], &(-7_i32).to_le_bytes()].concat();
    for header_size in [16, 40, 52, 56, 64, 108, 124] {
        assert_eq!(inspect(&bitmap(header_size, &top_row_first)), expected(3, 7));
    }
    let right_to_left = [&(-3_i32).to_le_bytes()[..], &7_i32.to_le_bytes()].concat();
    assert_eq!(inspect(&bitmap(40, &right_to_left)), Err(Refusal::NotAnImage));
    let lowest = [&1_i32.to_le_bytes()[..], &i32::MIN.to_le_bytes()].concat();
    assert_eq!(inspect(&bitmap(40, &lowest)), Err(Refusal::TooManyPixels { width: 1, height: 1 << 31 }));
}

fn jpeg(segments: &[Vec<u8>]) -> Vec<u8> {
    [b"\xff\xd8".to_vec(), segments.concat()].concat()
}

/// Where the pixels begin.
fn scan() -> Vec<u8> {
    segment(0xda, &[1, 1, 0, 0, 63, 0])
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], body].concat()
}

fn frame(marker: u8, width: u16, height: u16) -> Vec<u8> {
    let [w, h] = [width.to_be_bytes(), height.to_be_bytes()];
    segment(marker, &[8, h[0], h[1], w[0], w[1], 1, 1, 0x11, 0])
}

#[test]
fn a_jpeg_is_walked_to_its_frame_past_any_metadata() {
    let expected = Ok(ImageInfo { format: ImageFormat::Jpeg, width: 640, height: 480 });
    // A picture in the EXIF data has a frame header of its own, which is not the image's.
    let thumbnail = segment(0xe1, &jpeg(&[frame(0xc0, 9, 9)]));
    let profile = vec![segment(0xe2, &[0xff; 65_533]); 60];
    for marker in [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc9, 0xca, 0xcf] {
        let frame_and_scan = vec![frame(marker, 640, 480), scan()];
        let segments = [vec![thumbnail.clone()], profile.clone(), frame_and_scan].concat();
        assert_eq!(inspect(&jpeg(&segments)), expected);
    }
    let filled = [vec![0xff; 1_000], segment(0xfe, b""), vec![0xff, 0xff], frame(0xc0, 640, 480), scan()];
    assert_eq!(inspect(&jpeg(&filled)), expected);
    // A camera that counts its own segment too short leaves bytes that are no marker.
    let left_over =
        [segment(0xe1, b"words"), b"\0\0 and \xff\x00 more".to_vec(), frame(0xc0, 640, 480), scan()];
    assert_eq!(inspect(&jpeg(&left_over)), expected);
}

#[test]
fn of_the_frames_of_a_jpeg_the_largest_counts() {
    let expected = |width, height| Ok(ImageInfo { format: ImageFormat::Jpeg, width, height });
    let frames = |frames: &[(u8, u16, u16)]| {
        let frames = frames.iter().map(|(marker, width, height)| frame(*marker, *width, *height));
        let tables = segment(0xc4, &[0; 30]);
        inspect(&jpeg(&frames.flat_map(|frame| [frame, tables.clone()]).chain([scan()]).collect::<Vec<_>>()))
    };
    assert_eq!(frames(&[(0xc0, 640, 480), (0xc0, 64, 48)]), expected(640, 480));
    assert_eq!(frames(&[(0xc0, 64, 48), (0xc2, 640, 480)]), expected(640, 480));
    assert_eq!(frames(&[(0xc0, 64, 480), (0xc0, 640, 48)]), expected(640, 480));
    // A hierarchical one says first how large it becomes.
    assert_eq!(frames(&[(0xde, 640, 480), (0xc0, 64, 48)]), expected(640, 480));
    let huge = Err(too_many(65_000, 65_000));
    for (small, large) in [(0xc0, 0xc0), (0xc5, 0xc0), (0xc0, 0xc2), (0xc0, 0xde), (0xde, 0xc0)] {
        assert_eq!(frames(&[(small, 1, 1), (large, 65_000, 65_000)]), huge);
        assert_eq!(frames(&[(large, 65_000, 65_000), (small, 1, 1)]), huge);
    }
    // The larger of each side.
    assert_eq!(frames(&[(0xc0, 65_000, 1), (0xc0, 1, 65_000)]), huge);
    assert_eq!(frames(&[(0xc0, 9, 9), (0xc0, 9, 0)]), expected(9, 9));
}

#[test]
fn a_jpeg_whose_frame_does_not_come_is_none() {
    let comment = segment(0xfe, b"words");
    for bytes in [
        jpeg(&[comment.clone(), scan(), frame(0xc0, 9, 9)]),
        jpeg(&[comment.clone(), frame(0xc0, 9, 9), vec![0xff, 0xd9], scan()]),
        jpeg(&[comment.clone(), vec![0xff, 0xd9], frame(0xc0, 9, 9)]),
        jpeg(&[comment.clone(), vec![0xff, 0xd8], frame(0xc0, 9, 9)]),
        jpeg(&[comment.clone(), vec![0xff, 0x02], frame(0xc0, 9, 9)]),
        jpeg(&[comment.clone(), vec![0xff, 0xe0, 0, 1], frame(0xc0, 9, 9)]),
        jpeg(&[comment, vec![0xff, 0xc0, 0, 7, 8, 0, 9, 0, 9]]),
    ] {
        let mut inspector = Inspector::new();
        assert_eq!(inspector.push(&bytes), Err(Refusal::NotAnImage), "{bytes:?}");
    }
}

/// Bytes that get further than arbitrary ones: a sample with a few bytes changed.
fn damaged_sample() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>());
    (prop::sample::select(samples()), prop::collection::vec(change, 0..6)).prop_map(
        |((_, mut bytes, _), changes)| {
            for (index, byte) in changes {
                let index = index.index(bytes.len().min(400));
                bytes[index] = byte;
            }
            bytes
        },
    )
}

proptest! {
    #[test]
    fn splitting_never_changes_the_answer(
        bytes in prop_oneof![damaged_sample(), prop::collection::vec(any::<u8>(), 0..300)],
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let whole = inspect(&bytes);
        let mut one_by_one = Inspector::new();
        for byte in &bytes {
            let _ = one_by_one.push(&[*byte]);
        }
        prop_assert_eq!(one_by_one.finish(), whole);

        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let mut split = Inspector::new();
        for pair in cuts.windows(2) {
            let _ = split.push(&bytes[pair[0]..pair[1]]);
        }
        prop_assert_eq!(split.finish(), whole);
    }

    #[test]
    fn a_beginning_says_the_same_or_nothing((name, bytes, info) in prop::sample::select(samples()), at: prop::sample::Index) {
        match inspect(&bytes[..at.index(bytes.len() + 1)]) {
            Ok(seen) => prop_assert_eq!(seen, info, "{}", name),
            Err(refusal) => prop_assert_eq!(refusal, Refusal::NotAnImage, "{}", name),
        }
    }

    #[test]
    fn any_bytes_after_a_signature_come_to_an_answer(
        signature in prop::sample::select(vec![
            &b"\xff\xd8\xff"[..], b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8", b"BM",
            b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", b"",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..2_000),
    ) {
        if let Ok(info) = inspect(&[signature, rest.as_slice()].concat()) {
            prop_assert!((1..=hexad_domain::image::MAX_PIXELS).contains(&info.pixels()));
        }
    }

    #[test]
    fn what_is_answered_has_pixels_and_not_too_many(bytes in damaged_sample()) {
        if let Ok(info) = inspect(&bytes) {
            prop_assert!(info.width > 0 && info.height > 0 && info.pixels() <= hexad_domain::image::MAX_PIXELS);
        }
    }
}
