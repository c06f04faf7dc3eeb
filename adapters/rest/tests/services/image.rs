use crate::world::{Answer, Ask, World, get};
use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hexad_http::App;
use hexad_memory::Fault;
use hexad_rest::image::PublicUrl;
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

/// A PNG of this size up to its pixels, and some bytes after that.
pub(crate) fn png(width: u32, height: u32, rest: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
    bytes.extend(b"\x08\x02\0\0\0\0\0\0\0\0\0\0\0IDAT");
    bytes.extend(rest);
    bytes
}

/// A multipart body of parts, each with the rest of its disposition.
fn multipart(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (disposition, bytes) in parts {
        body.extend(format!("--xyz\r\nContent-Disposition: form-data; {disposition}\r\n\r\n").into_bytes());
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--xyz--\r\n");
    body
}

async fn send(app: &App, path: &str, body: impl Into<Body>) -> Answer {
    Ask::new(app, "POST", path).header("content-type", "multipart/form-data; boundary=xyz").body(body).await
}

pub(crate) async fn upload(app: &App, path: &str, name: &str, bytes: &[u8]) -> Answer {
    send(app, path, multipart(&[(&format!("name=\"file\"; filename=\"{name}\""), bytes)])).await
}

async fn nothing_left(world: &World) {
    assert_eq!(listed(world).await, json!([]));
    assert_eq!(world.images.staged(), 0, "nothing is being received");
}

async fn listed(world: &World) -> Value {
    get(&world.image, "/list_images").await.json()["urls"].clone()
}

#[tokio::test]
async fn an_image_is_stored_and_served() {
    let world = World::new().await;
    let bytes = png(2, 3, &[7; 200_000]);
    let answer = upload(&world.image, "/upload_image", "my cat.png", &bytes).await;
    let url = "http://localhost:5000/images/my_cat.png";
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({"message": "Image uploaded successfully", "url": url}));

    let served = get(&world.image, "/images/my_cat.png").await;
    assert_eq!((served.status.as_u16(), &served.body), (200, &bytes));
    let expected = [
        ("content-type", "image/png"),
        ("content-length", &bytes.len().to_string()),
        ("x-content-type-options", "nosniff"),
        ("last-modified", "Sun, 22 Nov 2026 18:56:53 GMT"),
        ("cache-control", "public, max-age=86400, immutable"),
    ];
    let head = Ask::new(&world.image, "HEAD", "/images/my_cat.png").send().await;
    assert_eq!((head.status.as_u16(), head.body.as_slice()), (200, b"".as_slice()));
    for (name, value) in expected {
        assert_eq!(served.headers[name], value);
        assert_eq!(head.headers[name], value);
    }
    let other = upload(&world.image, "/upload_image", "other.png", &png(2, 3, b"other")).await;
    assert_eq!(other.status, 200);
    let other = get(&world.image, "/images/other.png").await;
    assert_eq!(head.header("etag"), served.header("etag"));
    assert_ne!(other.header("etag"), served.header("etag"));
}

#[tokio::test]
async fn images_are_resources_too() {
    let world = World::new().await;
    let answer = upload(&world.image, "/images", "a.png", &png(2, 3, b"")).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("location"), "http://localhost:5000/images/a.png");
    assert_eq!(answer.json()["url"], answer.header("location"));
    let same = upload(&world.image, "/images", "a.png", &png(2, 3, b"")).await;
    assert_eq!(same.header("location"), answer.header("location"));
    let other = upload(&world.image, "/images", "a.png", &png(2, 3, b"other")).await;
    assert_ne!(other.header("location"), answer.header("location"));
}

#[tokio::test]
async fn an_upload_whose_every_name_is_taken_is_a_conflict() {
    let wanted = png(2, 3, b"wanted");
    let elsewhere = World::new().await;
    upload(&elsewhere.image, "/images", "a.png", &wanted).await;
    // The store in memory has the digest for the tag.
    let sha256 = get(&elsewhere.image, "/images/a.png").await.header("etag").trim_matches('"').to_owned();
    let world = World::new().await;
    let squatted = [0, 8, 16, 32, 64].map(|digits| match digits {
        0 => "a.png".to_owned(),
        digits => format!("a-{}.png", &sha256[..digits]),
    });
    for name in &squatted {
        upload(&world.image, "/images", name, &png(2, 3, name.as_bytes())).await;
    }
    for path in ["/upload_image", "/images"] {
        let detail = "Other bytes have this name already.";
        upload(&world.image, path, "a.png", &wanted).await.refused(409, "name_taken", "error", detail);
    }
    // Any other name is free.
    assert_eq!(upload(&world.image, "/images", "b.png", &wanted).await.status, 201);
    for name in &squatted {
        let kept = get(&world.image, &format!("/images/{name}")).await;
        assert_eq!(kept.body, png(2, 3, name.as_bytes()));
    }
}

#[tokio::test]
async fn a_public_url_stands_before_the_name() {
    let settings = PublicUrl { images: Some("https://img.example".into()), service: None };
    let world = World::with_images_at(settings).await;
    let answer = upload(&world.image, "/images", "a.png", &png(2, 3, b"")).await;
    assert_eq!(answer.json()["url"], "https://img.example/a.png");
}

#[tokio::test]
async fn what_has_no_file_in_it_is_told_so() {
    let world = World::new().await;
    let image = png(2, 3, b"");
    let bodies = [
        multipart(&[]),
        multipart(&[("name=\"image\"; filename=\"a.png\"", &image)]),
        multipart(&[("name=\"file\"", &image)]),
        multipart(&[("name=\"file\"; filename=\"\"", &image)]),
    ];
    for path in ["/upload_image", "/images"] {
        for body in &bodies {
            send(&world.image, path, body.clone()).await.refused(400, "no_file", "error", "No file provided");
        }
        for content_type in ["image/png", "application/json", "application/x-www-form-urlencoded"] {
            let other = Ask::new(&world.image, "POST", path).header("content-type", content_type);
            other.body(image.clone()).await.refused(400, "no_file", "error", "No file provided");
        }
        let nothing = Ask::new(&world.image, "POST", path).send().await;
        nothing.refused(400, "no_file", "error", "No file provided");
    }
    nothing_left(&world).await;
}

#[tokio::test]
async fn the_first_file_counts_wherever_it_stands() {
    let world = World::new().await;
    let (first, second) = (png(2, 3, b"first"), png(2, 3, b"second"));
    let body = multipart(&[
        ("name=\"comment\"", b"a\r\n--xy"),
        ("name=\"image\"; filename=\"no.png\"", &[9; 300_000]),
        ("name=\"file\"; filename=\"yes.png\"", &first),
        ("name=\"file\"; filename=\"late.png\"", &second),
    ]);
    assert_eq!(send(&world.image, "/images", body).await.status, 201);
    assert_eq!(listed(&world).await, json!(["http://localhost:5000/images/yes.png"]));
    assert_eq!(get(&world.image, "/images/yes.png").await.body, first);
}

#[tokio::test]
async fn names_come_in_every_form_that_clients_write() {
    let world = World::new().await;
    for (disposition, name) in [
        ("filename=plain.png", "plain.png"),
        ("filename=\"Über uns.png\"", "Uber_uns.png"),
        ("filename=\"../../etc/x.png\"", "etc_x.png"),
        ("filename=\"日本.png\"", "png"),
        ("filename*=UTF-8''caf%C3%A9.png", "cafe.png"),
        ("filename*=utf-8'en'with%20language.png", "with_language.png"),
        ("filename=\"=?utf-8?B?w7E=?=\"; filename*=utf-8''%C3%B1and%C3%BA.png", "nandu.png"),
        ("filename=\"\"; filename*=iso-8859-1''n%E9l.png", "nel.png"),
        ("filename=\"q%22uo.png\"", "quo.png"),
        ("FILENAME=\"capitals.png\"", "capitals.png"),
    ] {
        let body =
            multipart(&[(&format!("name=\"file\"; {disposition}"), &png(2, 3, disposition.as_bytes()))]);
        let answer = send(&world.image, "/images", body).await;
        assert_eq!(answer.json()["url"], format!("http://localhost:5000/images/{name}"), "{disposition}");
    }
    for nothing in ["..", "日本", "/"] {
        upload(&world.image, "/images", nothing, &png(2, 3, b"")).await.refused_as(400, "invalid_name");
    }
}

#[tokio::test]
async fn what_is_no_image_leaves_nothing() {
    let world = World::new().await;
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>1</script></svg>";
    for bytes in [b"".as_slice(), b"text", svg, &png(2, 3, b"")[..20], &png(0, 3, b"")] {
        upload(&world.image, "/images", "a.png", bytes).await.refused_as(415, "not_an_image");
    }
    upload(&world.image, "/images", "a.png", &png(60_000, 60_000, b"")).await.refused_as(413, "too_large");
    nothing_left(&world).await;
}

#[tokio::test]
async fn an_image_has_at_most_20_mib() {
    let world = World::new().await;
    let head = png(2, 3, b"").len();
    let most = 20 * 1024 * 1024;
    let over = upload(&world.image, "/images", "over.png", &png(2, 3, &vec![0; most - head + 1])).await;
    over.refused_as(413, "too_large");
    let far_over = upload(&world.image, "/images", "over.png", &png(2, 3, &vec![0; 2 * most])).await;
    far_over.refused_as(413, "too_large");
    // Without a length that is announced, and without an end.
    let start =
        b"--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n".to_vec();
    let endless = stream::iter([start, png(2, 3, b"")]).chain(stream::repeat_with(|| vec![0; 65_536]));
    let endless = Body::from_stream(endless.map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk))));
    send(&world.image, "/images", endless).await.refused_as(413, "too_large");
    nothing_left(&world).await;
    let exact = upload(&world.image, "/images", "exact.png", &png(2, 3, &vec![0; most - head])).await;
    assert_eq!(exact.status, 201);
}

#[tokio::test]
async fn a_body_that_does_not_come_to_its_file_is_given_up() {
    let world = World::new().await;
    let image = png(2, 3, b"");
    let preamble = vec![b'\r'; 1_000_000];
    let header = [b"--xyz\r\nX-Long: ".as_slice(), &vec![b'x'; 1_000_000]].concat();
    let part: (&str, &[u8]) = ("name=\"a\"", b"");
    let parts = multipart(&[vec![part; 100], vec![("name=\"file\"; filename=\"a.png\"", &image)]].concat());
    for body in [preamble, header, parts] {
        send(&world.image, "/images", body).await.refused_as(400, "malformed");
    }
    nothing_left(&world).await;
    let parts = multipart(&[vec![part; 99], vec![("name=\"file\"; filename=\"a.png\"", &image)]].concat());
    assert_eq!(send(&world.image, "/images", parts).await.status, 201);
}

#[tokio::test]
async fn an_upload_that_is_cut_off_leaves_nothing() {
    let world = World::new().await;
    let whole = multipart(&[("name=\"file\"; filename=\"a.png\"", &png(2, 3, &[0; 100]))]);
    // Without its last boundary a part may be incomplete, however much of it is there.
    for cut in [0, 1, 5, 30, 80, 120, whole.len() - 12] {
        send(&world.image, "/images", whole[..cut].to_vec()).await.refused_as(400, "malformed");
        let broken: [Result<Bytes, std::io::Error>; 2] =
            [Ok(whole[..cut].to_vec().into()), Err(std::io::ErrorKind::ConnectionReset.into())];
        let broken = send(&world.image, "/images", Body::from_stream(stream::iter(broken))).await;
        broken.refused_as(400, "malformed");
    }
    nothing_left(&world).await;
}

#[tokio::test]
async fn what_begins_like_a_boundary_and_goes_on_is_no_end_of_an_image() {
    let world = World::new().await;
    let part = |image: &[u8], end: &str| {
        let head = b"--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n";
        [head, image, end.as_bytes()].concat()
    };
    // Nobody can tell whether it belongs to the image (RFC 2046, 5.1.1, forbids it there): no part of it is taken.
    let mut bodies = vec![];
    for rest in ["X not end", "-", "-X--", "\r", "\n", " \rX", "\0"] {
        bodies.push(part(&png(2, 3, format!("pixels\r\n--xyz{rest}\r\nmore").as_bytes()), "\r\n--xyz--\r\n"));
        bodies.push(part(&png(2, 3, b"pixels"), &format!("\r\n--xyz{rest}")));
    }
    // Nor where the next part has no head.
    bodies.push(part(&png(2, 3, b"pixels"), "\r\n--xyz\r\nContent-Disposition: form-data; na"));
    for body in bodies {
        let answer = send(&world.image, "/images", body.clone()).await;
        assert_eq!(answer.status, 400, "{}", String::from_utf8_lossy(&body));
        answer.refused_as(400, "malformed");
    }
    nothing_left(&world).await;
    let next = "Content-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n--xyz--";
    for end in [
        "\r\n--xyz--",
        "\r\n--xyz--\r\nepilogue",
        &format!("\r\n--xyz \t\r\n{next}"),
        &format!("\r\n--xyz\r\n{next}"),
    ] {
        let image = png(2, 3, b"pixels\r\n--xy\r\n-xyz\n--xyz\r--xyz");
        assert_eq!(send(&world.image, "/images", part(&image, end)).await.status, 201, "{end}");
        assert_eq!(get(&world.image, "/images/a.png").await.body, image);
    }
}

#[tokio::test]
async fn a_slow_store_holds_the_sender_back() {
    let world = World::new().await;
    let start =
        b"--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n".to_vec();
    let image = png(2, 3, &vec![0; 10_000_000]);
    let chunks: Vec<_> = image.chunks(10_000).map(<[u8]>::to_vec).collect();
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let body = [vec![start], chunks, vec![b"\r\n--xyz--\r\n".to_vec()]].concat();
    let body = Body::from_stream(stream::iter(body).map(move |chunk| {
        counter.fetch_add(chunk.len(), SeqCst);
        Ok::<_, Infallible>(Bytes::from(chunk))
    }));
    world.faults.hold("write");
    let look = async {
        world.faults.until_waiting(1).await;
        let taken = taken.load(SeqCst);
        world.faults.release();
        taken
    };
    let (answer, taken) = tokio::join!(send(&world.image, "/images", body), look);
    assert_eq!(answer.status, 201);
    assert!(taken < 100_000, "{taken} bytes were taken before the first was written");
    assert_eq!(get(&world.image, "/images/a.png").await.body, image);
}

#[tokio::test]
async fn a_store_that_fails_on_the_way_leaves_nothing_and_passes_nothing_off_as_whole() {
    let world = World::new().await;
    for step in ["stage", "write", "seal", "publish"] {
        world.faults.next(step, 1, Fault::BeforeEffect);
        upload(&world.image, "/images", "a.png", &png(2, 3, b"")).await.refused_as(503, "unavailable");
    }
    nothing_left(&world).await;
    upload(&world.image, "/images", "a.png", &png(2, 3, &[0; 500_000])).await;
    let request = Request::get("/images/a.png").body(Body::empty()).unwrap();
    let response = world.image.handle(request).await;
    world.faults.every("bytes", Fault::BeforeEffect);
    assert!(response.into_body().collect().await.is_err());
}

#[tokio::test]
async fn unknown_and_unsafe_names_are_not_found() {
    let world = World::new().await;
    upload(&world.image, "/images", "a.png", &png(2, 3, b"")).await;
    for name in ["b.png", "..%2Fa.png", "%2e%2e", "a.png%00", "A.png"] {
        let answer = get(&world.image, &format!("/images/{name}")).await;
        answer.refused(404, "image_not_found", "error", "Image not found");
        let head = Ask::new(&world.image, "HEAD", &format!("/images/{name}")).send().await;
        assert_eq!((head.status.as_u16(), head.body.len()), (404, 0));
    }
    get(&world.image, "/images/%ff").await.refused_as(400, "malformed");
    let delete = Ask::new(&world.image, "DELETE", "/images/a.png").send().await;
    delete.refused_as(405, "method_not_allowed");
    assert_eq!(delete.header("allow"), "GET,HEAD,PUT");
}

#[tokio::test]
async fn an_outage_is_503() {
    let world = World::new().await;
    world.take_stores_away();
    upload(&world.image, "/upload_image", "a.png", &png(2, 3, b"")).await.refused_as(503, "unavailable");
    for path in ["/list_images", "/images", "/images/a.png"] {
        get(&world.image, path).await.refused_as(503, "unavailable");
    }
    for path in ["/health", "/profile-image/health"] {
        assert_eq!(get(&world.image, path).await.status, 503);
    }
}
