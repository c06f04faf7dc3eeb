//! Uploads, listings and downloads of images.

use hexad_system_tests::{Suite, form, picture, upload};
use std::{fs, path::Path};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../domain/tests/data/images");

#[tokio::test]
async fn an_upload_is_answered_with_a_url_that_gives_the_same_bytes() {
    let suite = Suite::start().await;
    for (route, status) in [("/upload_image", 200), ("/images", 201)] {
        let content = picture(route);
        let name = format!("a{}.png", status);
        let answer = upload(&suite.image, route, &name, &content).await;
        let told = answer.ok(status);
        let path = format!("/images/{name}");
        let url = format!("http://{}{path}", suite.image.address);
        assert_eq!(
            (&told["message"], &told["url"]),
            (&"Image uploaded successfully".into(), &url.as_str().into())
        );
        assert_eq!(answer.header("location"), if status == 201 { &url } else { "" });
        let (get, head) = (suite.image.get(&path).send().await, suite.image.call("HEAD", &path).send().await);
        assert_eq!((get.status, &get.body), (200, &content.clone().into()));
        assert_eq!((head.status, head.body.len()), (200, 0));
        for answer in [get, head] {
            assert_eq!(answer.header("content-type"), "image/png");
            assert_eq!(answer.header("content-length"), content.len().to_string());
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert!(!answer.header("etag").is_empty() && !answer.header("last-modified").is_empty());
        }
    }
}

#[tokio::test]
async fn every_format_is_told_by_its_bytes_alone() {
    let suite = Suite::start().await;
    let mut tried = 0;
    for sample in fs::read_dir(Path::new(SAMPLES)).unwrap() {
        let path = sample.unwrap().path();
        let Some(media_type) = path.extension().and_then(|extension| match extension.to_str()? {
            "jpg" => Some("image/jpeg"),
            "png" => Some("image/png"),
            "gif" => Some("image/gif"),
            "webp" => Some("image/webp"),
            "avif" => Some("image/avif"),
            "bmp" => Some("image/bmp"),
            _ => None,
        }) else {
            continue;
        };
        let content = fs::read(&path).unwrap();
        let name = format!("{tried}.html");
        upload(&suite.image, "/images", &name, &content).await.ok(201);
        let answer = suite.image.get(&format!("/images/{name}")).send().await;
        assert_eq!((answer.header("content-type"), &answer.body), (media_type, &content.into()));
        tried += 1;
    }
    assert!(tried >= 20, "only {tried} samples");
}

#[tokio::test]
async fn names_are_made_safe() {
    let suite = Suite::start().await;
    let long = format!("{}.png", "n".repeat(300));
    let cut = format!("{}.png", "n".repeat(196));
    for (given, stored) in [
        ("../../etc/passwd.png", "etc_passwd.png"),
        ("/abs/b.png", "abs_b.png"),
        ("c d\te.png", "c_d_e.png"),
        ("..\\\\..\\\\f.png", "f.png"),
        ("Ünïcödé.png", "Unicode.png"),
        ("日本g.png", "g.png"),
        ("日本.jpg", "jpg"),
        ("._h.png", "h.png"),
        ("<b>&'i.png", "bi.png"),
        ("%2e%2e%2fj.png", "2e2e2fj.png"),
        ("CON.jpg", "CON.jpg"),
        ("k", "k"),
        (&long, &cut),
    ] {
        let content = picture(given);
        let url = upload(&suite.image, "/images", given, &content).await.ok(201)["url"].clone();
        assert!(url.as_str().unwrap().ends_with(&format!("/images/{stored}")), "{given} became {url}");
        assert_eq!(suite.image.get(&format!("/images/{stored}")).send().await.body, content);
    }
    let images = suite.data_dir().join("images");
    assert!(!images.parent().unwrap().join("etc").exists() && !Path::new("/tmp/f.png").exists());
}

#[tokio::test]
async fn the_same_bytes_have_one_url_and_other_bytes_another() {
    let suite = Suite::start().await;
    let url = async |content: &[u8]| {
        let answer = upload(&suite.image, "/upload_image", "a.png", content).await;
        answer.ok(200)["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
    };
    let (first, second) = (picture("1"), picture("2"));
    let at = url(&first).await;
    assert_eq!((at.as_str(), url(&first).await.as_str()), ("a.png", "a.png"));
    let other = url(&second).await;
    let hash = other.strip_prefix("a-").and_then(|name| name.strip_suffix(".png")).unwrap();
    assert!(!hash.is_empty() && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{other}");
    assert_eq!(url(&second).await, other);
    for (name, content) in [(at, first), (other, second)] {
        assert_eq!(suite.image.get(&format!("/images/{name}")).send().await.body, content);
    }
}

#[tokio::test]
async fn listings_are_whole_page_by_page_and_at_once() {
    let suite = Suite::start().await;
    let empty = suite.image.get("/list_images").send().await.ok(200);
    assert_eq!(empty, serde_json::json!({"urls": [], "next": null}));
    let names: Vec<String> = (0..101).map(|n| format!("{n:03}.png")).collect();
    for name in names.iter().rev() {
        upload(&suite.image, "/images", name, &picture(name)).await.ok(201);
    }
    let names_of = |page: &serde_json::Value| -> Vec<String> {
        let urls = page["urls"].as_array().unwrap().iter();
        urls.map(|url| url.as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
    };
    let all = suite.image.get("/list_images").send().await.ok(200);
    assert_eq!((names_of(&all), all["next"].is_null()), (names.clone(), true));
    for (route, first) in [
        ("/images", 100),
        ("/images?limit=101", 101),
        ("/images?limit=100", 100),
        ("/list_images?limit=7", 7),
    ] {
        let page = suite.image.get(route).send().await.ok(200);
        assert_eq!(names_of(&page), names[..first], "{route}");
        assert_eq!(page["next"].is_null(), first == 101, "{route}");
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = suite.image.get(&format!("/images?limit=10{cursor}")).send().await.ok(200);
        seen.extend(names_of(&page));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, names);
}

#[tokio::test]
async fn urls_follow_the_settings_else_the_host_that_was_asked() {
    let suite = Suite::start().await;
    let (content_type, body) = form("file", "a.png", &picture(""));
    let port = suite.image.address.port();
    let call = suite.image.post("/images").header("host", format!("localhost:{port}"));
    let answer = call.body(&content_type, body).send().await.ok(201);
    assert_eq!(answer["url"], format!("http://localhost:{port}/images/a.png"));
    let by_http2 = suite.image.by_http2().get("/images").send().await.ok(200);
    assert_eq!(by_http2["urls"][0], format!("http://{}/images/a.png", suite.image.address));
    let public = ("PUBLIC_URL", "https://api.example");
    for (settings, url) in [
        (vec![public], "https://api.example/images/a.png"),
        (vec![public, ("IMAGE_PUBLIC_URL", "https://cdn.example/pics/")], "https://cdn.example/pics/a.png"),
    ] {
        let suite = Suite::with(&settings).await;
        assert_eq!(upload(&suite.image, "/images", "a.png", &picture("")).await.ok(201)["url"], url);
        assert_eq!(suite.image.get("/images").send().await.ok(200)["urls"][0], url);
    }
}
