//! Images on their way out: parts, conditions, caches.

use crate::{
    image::{png, upload},
    world::{Answer, Ask, World, get},
};
use hexad_memory::Fault;

const MODIFIED: &str = "Sun, 22 Nov 2026 18:56:53 GMT";
const LATER: &str = "Sun, 22 Nov 2026 18:56:54 GMT";
const EARLIER: &str = "Sun, 22 Nov 2026 18:56:52 GMT";

/// A world with an image of a thousand bytes, and these.
async fn with_a_thousand() -> (World, Vec<u8>) {
    let world = World::new().await;
    let head = png(2, 3, b"");
    let rest: Vec<u8> = (0..=255).cycle().take(1_000 - head.len()).collect();
    let bytes = png(2, 3, &rest);
    assert_eq!(upload(&world.image, "/images", "a.png", &bytes).await.status, 201);
    (world, bytes)
}

async fn ask(world: &World, method: &str, fields: &[(&str, &str)]) -> Answer {
    let ask = Ask::new(&world.image, method, "/images/a.png");
    fields.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).send().await
}

async fn tag(world: &World) -> String {
    get(&world.image, "/images/a.png").await.header("etag").to_owned()
}

#[tokio::test]
async fn a_part_is_served() {
    let (world, bytes) = with_a_thousand().await;
    let whole = get(&world.image, "/images/a.png").await;
    assert_eq!((whole.status.as_u16(), whole.header("accept-ranges")), (200, "bytes"));
    for (range, first, last) in
        [("bytes=0-99", 0, 99), ("bytes=500-", 500, 999), ("bytes=-1", 999, 999), ("bytes=0-", 0, 999)]
    {
        let part = ask(&world, "GET", &[("range", range)]).await;
        assert_eq!((part.status.as_u16(), part.body.as_slice()), (206, &bytes[first..=last]), "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {first}-{last}/1000"));
        assert_eq!(part.header("content-length"), (last - first + 1).to_string());
        for name in ["content-type", "etag", "last-modified", "cache-control", "x-content-type-options"] {
            assert_eq!(part.header(name), whole.header(name), "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_no_single_range_gets_the_whole() {
    let (world, bytes) = with_a_thousand().await;
    for range in ["bytes=0-1,5-6", "bytes=5-2", "lines=0-1", "bytes=x"] {
        let whole = ask(&world, "GET", &[("range", range)]).await;
        assert_eq!((whole.status.as_u16(), &whole.body), (200, &bytes), "{range}");
        assert_eq!(whole.header("content-range"), "");
    }
}

#[tokio::test]
async fn a_range_behind_the_end_is_told_where_the_end_is() {
    let (world, _) = with_a_thousand().await;
    for range in ["bytes=1000-", "bytes=-0", "bytes=5000-6000"] {
        let refused = ask(&world, "GET", &[("range", range)]).await;
        refused.refused_as(416, "range_not_satisfiable");
        assert_eq!(refused.header("content-range"), "bytes */1000");
        assert_eq!(refused.header("content-type"), "application/problem+json");
        assert_eq!(refused.json()["error"], refused.json()["detail"]);
    }
}

#[tokio::test]
async fn a_part_goes_with_the_image_that_it_is_of() {
    let (world, bytes) = with_a_thousand().await;
    let tag = tag(&world).await;
    for same in [tag.as_str(), MODIFIED] {
        let part = ask(&world, "GET", &[("range", "bytes=0-9"), ("if-range", same)]).await;
        assert_eq!((part.status.as_u16(), part.body.as_slice()), (206, &bytes[..10]));
    }
    for other in ["\"other\"", &format!("W/{tag}"), LATER, EARLIER] {
        let whole = ask(&world, "GET", &[("range", "bytes=0-9"), ("if-range", other)]).await;
        assert_eq!((whole.status.as_u16(), &whole.body), (200, &bytes), "{other}");
    }
}

#[tokio::test]
async fn whoever_has_the_image_is_told_so() {
    let (world, _) = with_a_thousand().await;
    let tag = tag(&world).await;
    for method in ["GET", "HEAD"] {
        for field in [
            ("if-none-match", tag.as_str()),
            ("if-none-match", &format!("\"x\", W/{tag}")),
            ("if-none-match", "*"),
            ("if-modified-since", MODIFIED),
        ] {
            // A range is looked at after the conditions.
            let spared = ask(&world, method, &[field, ("range", "bytes=5000-")]).await;
            assert_eq!((spared.status.as_u16(), spared.body.len()), (304, 0), "{field:?}");
            assert_eq!(spared.header("etag"), tag);
            assert_eq!(spared.header("cache-control"), "public, max-age=86400, immutable");
            for absent in ["content-type", "content-length", "content-range", "last-modified"] {
                assert_eq!(spared.header(absent), "", "{absent}");
            }
        }
        for field in [("if-none-match", "\"x\""), ("if-modified-since", EARLIER), ("if-modified-since", "x")]
        {
            assert_eq!(ask(&world, method, &[field]).await.status, 200, "{field:?}");
        }
    }
}

#[tokio::test]
async fn whoever_wants_another_image_is_refused() {
    let (world, _) = with_a_thousand().await;
    let tag = tag(&world).await;
    for field in [("if-match", "\"x\""), ("if-match", &format!("W/{tag}")), ("if-unmodified-since", EARLIER)]
    {
        ask(&world, "GET", &[field]).await.refused_as(412, "precondition_failed");
        let head = ask(&world, "HEAD", &[field]).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (412, 0));
    }
    for field in [("if-match", tag.as_str()), ("if-match", "*"), ("if-unmodified-since", MODIFIED)] {
        assert_eq!(ask(&world, "GET", &[field]).await.status, 200, "{field:?}");
        assert_eq!(ask(&world, "GET", &[field, ("range", "bytes=0-1")]).await.status, 206, "{field:?}");
    }
    // The image that is not there is not there, whatever the conditions.
    for name in ["if-match", "if-none-match"] {
        let missing = Ask::new(&world.image, "GET", "/images/b.png").header(name, "*").send().await;
        missing.refused_as(404, "image_not_found");
    }
}

#[tokio::test]
async fn head_is_get_without_its_bytes() {
    let (world, _) = with_a_thousand().await;
    let tag = tag(&world).await;
    let cases: [&[(&str, &str)]; 5] = [
        &[],
        &[("if-none-match", &tag)],
        &[("if-match", "\"x\"")],
        &[("if-none-match", "\"x\"")],
        &[("if-unmodified-since", MODIFIED)],
    ];
    for fields in cases {
        let (get, head) = (ask(&world, "GET", fields).await, ask(&world, "HEAD", fields).await);
        assert_eq!(head.status, get.status, "{fields:?}");
        assert_eq!(head.body, b"");
        let without_id = |answer: &Answer| {
            let mut headers = answer.headers.clone();
            headers.remove("x-request-id");
            headers
        };
        assert_eq!(without_id(&head), without_id(&get), "{fields:?}");
    }
    // HEAD knows no ranges (RFC 9110, 14.2).
    let head = ask(&world, "HEAD", &[("range", "bytes=0-9")]).await;
    assert_eq!((head.status.as_u16(), head.header("content-length")), (200, "1000"));
}

#[tokio::test]
async fn what_is_opened_by_itself_can_do_nothing() {
    let (world, _) = with_a_thousand().await;
    world.adopt_image("page.html", b"<!doctype html><script>alert(1)</script>".to_vec());
    let image = get(&world.image, "/images/a.png").await;
    let page = get(&world.image, "/images/page.html").await;
    for answer in [&image, &page] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
    }
    assert_eq!((image.header("content-type"), image.header("content-disposition")), ("image/png", ""));
    assert_eq!(page.header("content-type"), "application/octet-stream");
    assert_eq!(page.header("content-disposition"), "attachment");
}

/// Another program replaces the image after its head was asked for and before its bytes are.
async fn replaced_meanwhile(world: &World, fields: &[(&str, &str)], other: Vec<u8>) -> Answer {
    world.faults.hold("read");
    let replace = async {
        world.faults.until_waiting(1).await;
        world.adopt_image("a.png", other);
        world.faults.release();
    };
    tokio::join!(ask(world, "GET", fields), replace).0
}

#[tokio::test]
async fn an_image_that_is_replaced_meanwhile_is_answered_whole() {
    let other = png(9, 9, b"another");
    for field in [("range", "bytes=0-9"), ("range", "bytes=900-"), ("if-none-match", "\"x\"")] {
        let (world, _) = with_a_thousand().await;
        let old = tag(&world).await;
        for fields in [vec![field], vec![field, ("if-range", old.as_str())]] {
            let whole = replaced_meanwhile(&world, &fields, other.clone()).await;
            assert_eq!((whole.status.as_u16(), &whole.body), (200, &other), "{fields:?}");
            assert_eq!(whole.header("content-length"), other.len().to_string());
            assert_ne!(whole.header("etag"), old);
        }
    }
    let (world, _) = with_a_thousand().await;
    let old = tag(&world).await;
    let refused = replaced_meanwhile(&world, &[("if-match", &old)], other).await;
    refused.refused_as(412, "precondition_failed");
}

#[tokio::test]
async fn an_outage_is_an_outage_for_parts_too() {
    let (world, _) = with_a_thousand().await;
    for method in ["head", "read"] {
        world.faults.next(method, 1, Fault::BeforeEffect);
        ask(&world, "GET", &[("range", "bytes=0-9")]).await.refused_as(503, "unavailable");
    }
}
