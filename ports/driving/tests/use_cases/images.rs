//! Receiving and giving images.

use crate::world::{World, at_once, run};
use hexad::{
    Error, ImageBound, Uploaded,
    domain::image::{ImageFormat, ImageName},
    ports::{ByteStream, Bytes, ImageMeta},
};
use hexad_memory::Fault;
use std::{
    collections::VecDeque,
    error::Error as StdError,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

type Piece = Result<Bytes, Box<dyn StdError + Send + Sync>>;

/// What a client sends, piece by piece.
struct Sent(VecDeque<Piece>);

impl futures_core::Stream for Sent {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Piece>> {
        Poll::Ready(self.0.pop_front())
    }
}

fn sent(pieces: impl IntoIterator<Item = Piece>) -> ByteStream {
    Box::pin(Sent(pieces.into_iter().collect()))
}

fn whole(bytes: &Bytes) -> ByteStream {
    sent([Ok(bytes.clone())])
}

/// A GIF of that size, with a comment that makes it unlike others.
fn gif(width: u16, height: u16, comment: &[u8]) -> Bytes {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend(b"\0\0\0,\0\0\0\0");
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend(comment);
    bytes.into()
}

async fn upload(world: &World, name: &str, bytes: &Bytes) -> Result<Uploaded, Error> {
    world.images().upload(name, whole(bytes)).await
}

async fn names(world: &World) -> Vec<String> {
    let listed = world.images().list(None, 1_000).await.unwrap();
    listed.into_iter().map(|name| name.to_string()).collect()
}

async fn fetched(world: &World, name: &ImageName) -> Bytes {
    collect(world.images().fetch(name.as_str()).await.unwrap().bytes).await
}

async fn collect(mut bytes: ByteStream) -> Bytes {
    let mut all = Vec::new();
    while let Some(piece) = poll_fn(|context| bytes.as_mut().poll_next(context)).await {
        all.extend_from_slice(&piece.unwrap());
    }
    all.into()
}

/// Nothing is listed, and nothing is being received.
async fn nothing_stays(world: &World) {
    assert_eq!(names(world).await, [""; 0]);
    assert_eq!(world.image_store.staged(), 0);
}

#[test]
fn an_image_is_stored_under_its_safe_name_and_given_back() {
    run(async {
        let world = World::new();
        let bytes = gif(3, 2, b"hello");
        let pieces = bytes.chunks(4).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect::<Vec<_>>();
        let uploaded = world.images().upload("../My photo.gif", sent(pieces)).await.unwrap();
        assert_eq!((uploaded.name.as_str(), uploaded.created), ("My_photo.gif", true));
        assert_eq!(
            (uploaded.info.format, uploaded.info.width, uploaded.info.height),
            (ImageFormat::Gif, 3, 2)
        );
        assert_eq!(uploaded.size, bytes.len() as u64);
        assert_eq!(fetched(&world, &uploaded.name).await, bytes);
        let meta = world.images().head("My_photo.gif").await.unwrap();
        assert_eq!((meta.format, meta.size), (Some(ImageFormat::Gif), bytes.len() as u64));
        assert_eq!(names(&world).await, ["My_photo.gif"]);
        assert_eq!(world.image_store.staged(), 0);
    });
}

#[test]
fn the_bytes_decide_what_it_is_and_not_the_name() {
    run(async {
        let world = World::new();
        upload(&world, "cat.exe", &gif(1, 1, b"")).await.unwrap();
        assert_eq!(world.images().head("cat.exe").await.unwrap().format, Some(ImageFormat::Gif));
        let html = upload(&world, "cat.gif", &Bytes::from_static(b"<html>")).await;
        assert!(matches!(html, Err(Error::NotAnImage)), "{html:?}");
    });
}

#[test]
fn the_same_bytes_again_have_the_same_name() {
    run(async {
        let world = World::new();
        let bytes = gif(1, 1, b"x");
        let first = upload(&world, "cat.gif", &bytes).await.unwrap();
        let again = upload(&world, "cat.gif", &bytes).await.unwrap();
        assert_eq!(again, Uploaded { created: false, ..first });
        assert_eq!(names(&world).await, ["cat.gif"]);
    });
}

#[test]
fn other_bytes_have_a_name_with_their_digest() {
    run(async {
        let world = World::new();
        let (one, other) = (gif(1, 1, b"one"), gif(1, 1, b"other"));
        upload(&world, "cat.gif", &one).await.unwrap();
        let second = upload(&world, "cat.gif", &other).await.unwrap();
        assert_eq!(second.name.as_str(), format!("cat-{}.gif", &second.sha256[..8]));
        assert!(second.created);
        let again = upload(&world, "cat.gif", &other).await.unwrap();
        assert_eq!(again, Uploaded { created: false, ..second.clone() });
        assert_eq!(fetched(&world, &ImageName::parse("cat.gif").unwrap()).await, one);
        assert_eq!(fetched(&world, &second.name).await, other);
    });
}

#[test]
fn a_digest_is_lengthened_until_the_name_is_free() {
    run(async {
        let bytes = gif(1, 1, b"wanted");
        let sha256 = upload(&World::new(), "cat.gif", &bytes).await.unwrap().sha256;
        let world = World::new();
        let squatter = gif(9, 9, b"squatter");
        let plain = ImageName::parse("cat.gif").unwrap();
        world.image_store.adopt(plain.clone(), squatter.clone());
        for digits in [8, 16, 32] {
            world.image_store.adopt(plain.with_digest(&sha256, digits), squatter.clone());
        }
        let uploaded = upload(&world, "cat.gif", &bytes).await.unwrap();
        assert_eq!(uploaded.name, plain.with_digest(&sha256, 64));
        assert_eq!(fetched(&world, &uploaded.name).await, bytes);
        // With no true name left it is refused, as a name that is taken and no outage: nobody's bytes are touched.
        let world = World::new();
        for digits in [0, 8, 16, 32, 64] {
            let name = if digits == 0 { plain.clone() } else { plain.with_digest(&sha256, digits) };
            world.image_store.adopt(name, squatter.clone());
        }
        let refused = upload(&world, "cat.gif", &bytes).await;
        assert!(matches!(refused, Err(Error::NameTaken)), "{refused:?}");
        assert_eq!((names(&world).await.len(), world.image_store.staged()), (5, 0));
    });
}

#[test]
fn what_is_put_has_its_name_or_none() {
    run(async {
        let world = World::new();
        let (one, other) = (gif(1, 1, b"one"), gif(1, 1, b"other"));
        let put = async |name: &str, bytes: &Bytes| world.images().put(name, whole(bytes)).await;
        let first = put("cat.gif", &one).await.unwrap();
        assert_eq!((first.name.as_str(), first.created), ("cat.gif", true));
        assert_eq!(put("cat.gif", &one).await.unwrap(), Uploaded { created: false, ..first });
        let taken = put("cat.gif", &other).await;
        assert!(matches!(taken, Err(Error::NameTaken)), "{taken:?}");
        assert_eq!(fetched(&world, &ImageName::parse("cat.gif").unwrap()).await, one);
        // An upload would have another name for each of these.
        for name in ["a b.gif", "../a.gif", "_a.gif", "日本.gif", "", ".", &"n".repeat(201)] {
            let refused = put(name, &one).await;
            assert!(matches!(refused, Err(Error::InvalidName(_))), "{name:?}: {refused:?}");
        }
        let refused = put("no.gif", &Bytes::from_static(b"hello, world")).await;
        assert!(matches!(refused, Err(Error::NotAnImage)), "{refused:?}");
        assert_eq!((names(&world).await, world.image_store.staged()), (vec!["cat.gif".to_owned()], 0));
    });
}

#[test]
fn of_sixteen_put_under_one_name_at_once_one_has_it() {
    let world = World::new();
    let image = |number: usize| gif(1, 1, format!("image {number}").as_bytes());
    let answers =
        at_once(16, |number| pollster::block_on(world.images().put("cat.gif", whole(&image(number)))));
    let winners: Vec<usize> = (0..16).filter(|number| answers[*number].is_ok()).collect();
    let [winner] = winners.as_slice() else { panic!("{winners:?}") };
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Err(Error::NameTaken))).count(), 15);
    let name = ImageName::parse("cat.gif").unwrap();
    assert_eq!(pollster::block_on(fetched(&world, &name)), image(*winner));
}

#[test]
fn sixteen_of_one_name_at_once_are_all_kept() {
    let world = World::new();
    let image = |number: usize| gif(1, 1, format!("image {number}").as_bytes());
    let uploads =
        at_once(16, |number| pollster::block_on(upload(&world, "cat.gif", &image(number))).unwrap());
    let plain = uploads.iter().filter(|uploaded| uploaded.name.as_str() == "cat.gif").count();
    assert_eq!(plain, 1);
    pollster::block_on(async {
        for (number, uploaded) in uploads.iter().enumerate() {
            assert_eq!(fetched(&world, &uploaded.name).await, image(number), "{}", uploaded.name);
        }
        assert_eq!(names(&world).await.len(), 16);
    });
}

#[test]
fn what_is_refused_leaves_nothing() {
    run(async {
        let world = World::new();
        let cut = gif(1, 1, b"").slice(..9);
        for bytes in [Bytes::new(), Bytes::from_static(b"hello, world"), cut, gif(0, 5, b"")] {
            let refused = upload(&world, "cat.gif", &bytes).await;
            assert!(matches!(refused, Err(Error::NotAnImage)), "{bytes:?}: {refused:?}");
        }
        let refused = world.images().upload("cat.gif", sent([])).await;
        assert!(matches!(refused, Err(Error::NotAnImage)), "{refused:?}");
        let refused = upload(&world, "cat.gif", &gif(10_000, 5_001, b"")).await;
        assert!(matches!(refused, Err(Error::ImageTooLarge(ImageBound::Pixels))), "{refused:?}");
        for name in ["", ".", "日本", "../.."] {
            let refused = upload(&world, name, &gif(1, 1, b"")).await;
            assert!(matches!(refused, Err(Error::InvalidName(_))), "{name:?}: {refused:?}");
        }
        nothing_stays(&world).await;
    });
}

#[test]
fn twenty_mebibytes_pass_and_not_a_byte_more() {
    run(async {
        let world = World::new();
        let most = 20 * 1024 * 1024;
        let head = gif(1, 1, b"");
        let mebibyte = Bytes::from(vec![0; 1024 * 1024]);
        let pieces = |length: usize| {
            let mut rest = length - head.len();
            let mut pieces = vec![Ok(head.clone())];
            while rest > 0 {
                pieces.push(Ok(mebibyte.slice(..rest.min(mebibyte.len()))));
                rest -= rest.min(mebibyte.len());
            }
            sent(pieces)
        };
        let refused = world.images().upload("big.gif", pieces(most + 1)).await;
        assert!(matches!(refused, Err(Error::ImageTooLarge(ImageBound::Bytes))), "{refused:?}");
        nothing_stays(&world).await;
        assert_eq!(world.images().upload("big.gif", pieces(most)).await.unwrap().size, most as u64);
    });
}

#[test]
fn what_is_no_image_is_refused_without_waiting_for_the_rest() {
    run(async {
        let world = World::new();
        let pieces = [Ok(Bytes::from_static(b"hello, world")), Err("nobody asks for this".into())];
        let refused = world.images().upload("cat.gif", sent(pieces)).await;
        assert!(matches!(refused, Err(Error::NotAnImage)), "{refused:?}");
        nothing_stays(&world).await;
    });
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    run(async {
        let world = World::new();
        let pieces = [Ok(gif(1, 1, b"the first of")), Err("the connection is gone".into())];
        let broken = world.images().upload("cat.gif", sent(pieces)).await;
        assert!(matches!(broken, Err(Error::Interrupted(_))), "{broken:?}");
        nothing_stays(&world).await;
    });
}

#[test]
fn a_store_that_fails_at_any_step_leaves_nothing_unless_it_was_published() {
    run(async {
        let bytes = gif(1, 1, b"x");
        for method in ["stage", "write", "seal", "publish"] {
            let world = World::new();
            world.images_faults.next(method, 1, Fault::BeforeEffect);
            let away = upload(&world, "cat.gif", &bytes).await;
            assert!(matches!(away, Err(Error::Unavailable(_))), "{method}: {away:?}");
            nothing_stays(&world).await;
            assert!(upload(&world, "cat.gif", &bytes).await.unwrap().created);
        }
        let world = World::new();
        world.images_faults.next("publish", 1, Fault::AfterEffect);
        assert!(upload(&world, "cat.gif", &bytes).await.is_err());
        assert!(!upload(&world, "cat.gif", &bytes).await.unwrap().created, "a repeat finds it there");
    });
}

#[test]
fn an_image_of_another_program_is_known_by_its_bytes() {
    run(async {
        let world = World::new();
        world.image_store.adopt(ImageName::parse("old").unwrap(), gif(1, 1, b""));
        world.image_store.adopt(ImageName::parse("notes.txt").unwrap(), Bytes::from_static(b"hello"));
        let known = world.images().head("old").await.unwrap();
        assert_eq!(known.format, Some(ImageFormat::Gif));
        let content = world.images().fetch("old").await.unwrap();
        assert_eq!((&content.meta, content.range), (&known, 0..known.size));
        assert_eq!(collect(content.bytes).await, gif(1, 1, b""));
        let part = world.images().part(&known, 2..5).await.unwrap().unwrap();
        assert_eq!((&part.meta, part.range), (&known, 2..5));
        assert_eq!(collect(part.bytes).await, "F89");
        assert_eq!(world.images().head("notes.txt").await.unwrap().format, None);
        assert_eq!(collect(world.images().fetch("notes.txt").await.unwrap().bytes).await, "hello");
        // Its beginning is waited for, and none of the rest.
        let large = [gif(1, 1, b""), Bytes::from(vec![7; 1_000_000])].concat();
        world.image_store.adopt(ImageName::parse("large").unwrap(), large.clone().into());
        assert!(collect(world.images().fetch("large").await.unwrap().bytes).await == large);
    });
}

#[test]
fn a_part_is_of_the_image_that_is_known_or_of_none() {
    run(async {
        let world = World::new();
        let name = upload(&world, "cat.gif", &gif(1, 1, b"one")).await.unwrap().name;
        let known = world.images().head("cat.gif").await.unwrap();
        assert!(world.images().part(&known, 0..5).await.unwrap().is_some());
        world.image_store.adopt(name, gif(1, 1, b"two"));
        assert!(world.images().part(&known, 0..5).await.unwrap().is_none());
        let gone = ImageMeta { name: ImageName::parse("gone.gif").unwrap(), ..known };
        assert!(world.images().part(&gone, 0..5).await.unwrap().is_none());
    });
}

#[test]
fn what_others_stored_is_listed_and_given_whatever_its_name() {
    run(async {
        let world = World::new();
        let odd = ["a b.gif", "folder/cat.gif", "日本.gif", "_.gif", "a+b%20.gif", &"n".repeat(300)];
        for name in odd {
            world.image_store.adopt(ImageName::from_stored(name.to_owned()), gif(1, 1, name.as_bytes()));
        }
        let listed = names(&world).await;
        assert_eq!(listed.len(), odd.len());
        for name in &listed {
            let bytes = fetched(&world, &ImageName::from_stored(name.clone())).await;
            assert_eq!(bytes, gif(1, 1, name.as_bytes()), "{name}");
        }
        // No URL would lead to these.
        for name in ["folder/", "..", "a/../b", "a/.", "a\0b", &"n".repeat(1025)] {
            world.image_store.adopt(ImageName::from_stored(name.to_owned()), gif(1, 1, b""));
            assert!(matches!(world.images().head(name).await, Err(Error::ImageNotFound)), "{name:?}");
        }
        assert_eq!(names(&world).await, listed);
    });
}

#[test]
fn unknown_and_unsafe_names_are_not_found() {
    run(async {
        let world = World::new();
        upload(&world, "cat.gif", &gif(1, 1, b"")).await.unwrap();
        for name in ["dog.gif", "Cat.gif", "../cat.gif", "cat.gif/", "", ".", "日本"] {
            let head = world.images().head(name).await;
            assert!(matches!(head, Err(Error::ImageNotFound)), "{name:?}: {head:?}");
            let fetched = world.images().fetch(name).await.map(|content| content.range);
            assert!(matches!(fetched, Err(Error::ImageNotFound)), "{name:?}: {fetched:?}");
        }
        world.images_faults.next("read", 1, Fault::BeforeEffect);
        let away = world.images().fetch("cat.gif").await.map(|content| content.range);
        assert!(matches!(away, Err(Error::Unavailable(_))), "{away:?}");
    });
}
