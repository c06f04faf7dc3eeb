//! What the image service refuses, and that nothing of it stays.

use hexad_system_tests::{Suite, eventually, form, picture, raw, upload};

/// A PNG of any claim, whose sums nobody checks.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x02\0\0\0\0\0\0\0\0\0\0\0IDAT\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82");
    bytes
}

#[tokio::test]
async fn only_images_are_taken() {
    let suite = Suite::start().await;
    let before = suite.footprint().await;
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><script>alert(1)</script></svg>";
    for (what, content) in [
        ("nothing", b"".as_slice()),
        ("text", b"hello"),
        ("SVG", svg),
        ("HTML", b"<!doctype html><img>"),
        ("PDF", b"%PDF-1.7\n"),
        ("TIFF", b"II*\0\x08\0\0\0"),
        ("an icon", b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0"),
        ("a program", b"\x7fELF\x02\x01\x01\0"),
        ("half a PNG's head", &picture("")[..20]),
        ("a PNG after another byte", &[b"\n".as_slice(), &picture("")].concat()),
        ("a PNG without pixels", &png(0, 9)),
        ("the signature of a GIF", b"GIF89a"),
        ("the signature of a JPEG", b"\xff\xd8\xff\xe0"),
    ] {
        for route in ["/images", "/upload_image"] {
            let answer = upload(&suite.image, route, "a.png", content).await;
            assert_eq!(answer.status, 415, "{what}");
            answer.problem(415, "not_an_image");
        }
    }
    assert_eq!(suite.footprint().await, before);
}

#[tokio::test]
async fn what_is_too_large_in_bytes_or_pixels_is_refused() {
    let suite = Suite::start().await;
    let most = 20 * 1024 * 1024;
    let mut content = png(9, 9);
    content.resize(most, 0);
    let largest = upload(&suite.image, "/images", "largest.png", &content).await;
    largest.ok(201);
    assert_eq!(suite.image.get("/images/largest.png").send().await.body.len(), most);
    upload(&suite.image, "/images", "wide.png", &png(50_000_000, 1)).await.ok(201);
    let before = suite.footprint().await;
    content.push(0);
    let twice = [content.clone(), content.clone()].concat();
    for larger in
        [content, twice, png(50_000_001, 1), png(7072, 7072), png(u32::MAX >> 1, 1), png(60_000, 60_000)]
    {
        upload(&suite.image, "/images", "a.png", &larger).await.problem(413, "too_large");
    }
    assert_eq!(suite.footprint().await, before);
}

#[tokio::test]
async fn a_name_that_comes_to_nothing_is_refused() {
    let suite = Suite::start().await;
    let before = suite.footprint().await;
    for name in ["..", ".", "/", "日本", "...", "_", "../..", "<>", " "] {
        upload(&suite.image, "/images", name, &picture("")).await.problem(400, "invalid_name");
    }
    assert_eq!(suite.footprint().await, before);
}

#[tokio::test]
async fn a_request_without_a_file_says_so() {
    let suite = Suite::start().await;
    let before = suite.footprint().await;
    let image = || picture("");
    let (form_type, other_field) = form("picture", "a.png", &image());
    let (_, unnamed) = form("file", "", &image());
    let (_, plain) = form("file", "a.png", &image());
    let plain = String::from_utf8_lossy(&plain).replace("; filename=\"a.png\"", "").into_bytes();
    for (what, content_type, body) in [
        ("no body", "", vec![]),
        ("another field", form_type.as_str(), other_field),
        ("a file without a name", &form_type, unnamed),
        ("a field that is no file", &form_type, plain),
        ("the bytes alone", "image/png", image()),
        ("JSON", "application/json", b"{}".to_vec()),
        ("a form of another kind", "application/x-www-form-urlencoded", b"file=a.png".to_vec()),
    ] {
        for route in ["/images", "/upload_image"] {
            let call = suite.image.post(route);
            let call = if content_type.is_empty() { call } else { call.body(content_type, body.clone()) };
            let answer = call.send().await;
            assert_eq!(answer.status, 400, "{what}");
            answer.problem_saying(400, "no_file", "No file provided");
        }
    }
    assert_eq!(suite.footprint().await, before);
}

#[tokio::test]
async fn a_form_that_is_broken_is_malformed() {
    let suite = Suite::start().await;
    let before = suite.footprint().await;
    let (content_type, whole) = form("file", "a.png", &picture(""));
    for (what, content_type, body) in [
        ("no boundary", "multipart/form-data", b"x".to_vec()),
        ("nothing in it", "multipart/form-data; boundary=b", vec![]),
        ("another boundary", "multipart/form-data; boundary=b", whole.clone()),
        ("a part without its head", "multipart/form-data; boundary=b", b"--b\r\nx".to_vec()),
        ("a file without its end", &content_type, whole[..whole.len() - 40].to_vec()),
        ("half a file", &content_type, whole[..whole.len() / 2].to_vec()),
    ] {
        let answer = suite.image.post("/images").body(content_type, body).send().await;
        assert!(answer.text().contains("malformed"), "{what}: {}", answer.text());
        answer.problem(400, "malformed");
    }
    assert_eq!(suite.footprint().await, before);
}

#[tokio::test]
async fn an_upload_whose_client_goes_away_leaves_nothing_behind() {
    let suite = Suite::start().await;
    let before = suite.footprint().await;
    let (content_type, body) = form("file", "a.png", &picture(&"x".repeat(500_000)));
    let head = format!(
        "POST /images HTTP/1.1\r\nhost: x\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    for _ in 0..4 {
        use tokio::io::AsyncWriteExt;
        let mut stream = tokio::net::TcpStream::connect(suite.image.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body[..body.len() / 2]).await.unwrap();
        drop(stream);
    }
    eventually("the staged parts to go", async || (suite.footprint().await == before).then_some(())).await;
    suite.image.get("/images/a.png").send().await.problem(404, "image_not_found");
}

#[tokio::test]
async fn what_is_no_image_of_the_service_is_not_found() {
    let suite = Suite::start().await;
    upload(&suite.image, "/images", "a.png", &picture("")).await.ok(201);
    for name in [
        "nothing.png",
        "A.PNG",
        "..",
        "%2e%2e",
        "..%2fsecret.key",
        "..%2fhexad.db",
        "%2fetc%2fpasswd",
        ".staging",
        "a.png%00",
        "a.png%2f",
        "%E6%97%A5.png",
        &"x".repeat(4000),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = suite.image.call(method, &format!("/images/{name}")).send().await;
            assert_eq!(answer.status, 404, "{method} {name}");
        }
        suite.image.get(&format!("/images/{name}")).send().await.problem(404, "image_not_found");
    }
    suite.image.get("/images/%ff").send().await.problem(400, "malformed");
}

#[tokio::test]
async fn a_bad_limit_cursor_or_host_is_refused() {
    let suite = Suite::start().await;
    for route in ["/images", "/list_images"] {
        for limit in ["0", "1001", "-1", "+1", "1.5", "many", "", "99999999999999999999999"] {
            let answer = suite.image.get(&format!("{route}?limit={limit}")).send().await;
            answer.problem(400, "invalid_field");
        }
        for cursor in ["nonsense!", "..%2f..", "", "AA", "YQ=="] {
            let answer = suite.image.get(&format!("{route}?limit=3&cursor={cursor}")).send().await;
            answer.problem(400, "invalid_cursor");
        }
        suite.image.get(&format!("{route}?limit=1&limit=2")).send().await.problem(400, "invalid_field");
        suite.image.get(&format!("{route}?limit=%zz")).send().await.problem(400, "malformed");
        for host in ["host: a/b\r\n", "host: u@a\r\n", "host: \r\n", "host: a\r\nhost: b\r\n", ""] {
            let request = format!("GET {route} HTTP/1.1\r\n{host}connection: close\r\n\r\n");
            let answer = raw(&suite.image, request.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{host}: {answer}");
        }
    }
}
