use crate::{
    image::{png, upload},
    world::{World, get},
};
use axum::body::Body;
use hexad_memory::Fault;
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};

async fn with_images(count: usize) -> World {
    let world = World::new().await;
    for number in 0..count {
        world.adopt_image(&format!("{number:05}.png"), png(2, 3, b""));
    }
    world
}

fn url(number: usize) -> Value {
    json!(format!("http://localhost:5000/images/{number:05}.png"))
}

#[tokio::test]
async fn an_empty_list_is_a_list() {
    let world = World::new().await;
    for path in ["/list_images", "/images", "/images?limit=5"] {
        let answer = get(&world.image, path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, json!({"urls": [], "next": null})),
            "{path}"
        );
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    for path in ["/list_images?limit=2", "/images?limit=2"] {
        let world = with_images(5).await;
        let mut next = String::new();
        for page in [vec![0, 1], vec![2, 3], vec![4]] {
            let answer = get(&world.image, &format!("{path}{next}")).await.json();
            assert_eq!(answer["urls"], json!(page.into_iter().map(url).collect::<Vec<_>>()));
            next = answer["next"].as_str().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        }
        assert_eq!(next, "");
    }
    let exact = get(&with_images(2).await.image, "/images?limit=2").await;
    assert_eq!(exact.json()["next"], json!(null), "there is no page after the last image");
}

#[tokio::test]
async fn the_default_is_a_hundred_or_all_of_them() {
    let world = with_images(10_500).await;
    let page = get(&world.image, "/images").await.json();
    assert_eq!(page["urls"].as_array().unwrap().len(), 100);
    let all = get(&world.image, "/list_images").await;
    assert_eq!(all.status, 200);
    assert_eq!(all.json(), json!({"urls": (0..10_500).map(url).collect::<Vec<_>>(), "next": null}));
    let most = get(&world.image, "/images?limit=1000").await.json();
    assert_eq!(most["urls"].as_array().unwrap().len(), 1000);
    let cursor = most["next"].as_str().unwrap();
    let rest = get(&world.image, &format!("/list_images?cursor={cursor}")).await.json();
    assert_eq!(rest["urls"].as_array().unwrap().len(), 9_500);
}

#[tokio::test]
async fn exactly_full_pages_are_streamed_to_their_end() {
    for count in [1_000, 11_000] {
        let all = get(&with_images(count).await.image, "/list_images").await.json();
        assert_eq!(all["urls"].as_array().unwrap().len(), count);
    }
}

#[tokio::test]
async fn bad_questions_are_refused() {
    let world = with_images(1).await;
    for path in ["/list_images", "/images"] {
        for limit in ["0", "1001", "-1", "x", ""] {
            get(&world.image, &format!("{path}?limit={limit}")).await.refused_as(400, "invalid_field");
        }
        get(&world.image, &format!("{path}?cursor=00000.png")).await.refused_as(400, "invalid_cursor");
        get(&world.image, &format!("{path}?limit=1&limit=2")).await.refused_as(400, "invalid_field");
        get(&world.image, &format!("{path}?limit=%zz")).await.refused_as(400, "malformed");
    }
}

#[tokio::test]
async fn what_another_program_stored_is_listed_and_served() {
    let world = World::new().await;
    world.adopt_image("theirs.jpg", png(2, 3, b""));
    world.adopt_image("unknown", b"bytes".to_vec());
    upload(&world.image, "/images", "mine.png", &png(2, 3, b"")).await;
    let urls = get(&world.image, "/images").await.json()["urls"].clone();
    let base = "http://localhost:5000/images";
    assert_eq!(
        urls,
        json!([format!("{base}/mine.png"), format!("{base}/theirs.jpg"), format!("{base}/unknown")])
    );
    let theirs = get(&world.image, "/images/theirs.jpg").await;
    assert_eq!((theirs.status.as_u16(), theirs.header("content-type")), (200, "image/png"));
    let unknown = get(&world.image, "/images/unknown").await;
    assert_eq!((unknown.status.as_u16(), unknown.header("content-type")), (200, "application/octet-stream"));
}

#[tokio::test]
async fn a_list_that_has_begun_waits_for_a_store_that_falters() {
    let world = with_images(1_500).await;
    let app = world.image.clone();
    let request = Request::get("/list_images").header("host", "localhost:5000").body(Body::empty()).unwrap();
    let response = app.handle(request).await;
    world.faults.next("list", 2, Fault::BeforeEffect);
    let whole: Value =
        serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert!(whole["urls"] == json!((0..1_500).map(url).collect::<Vec<_>>()), "all of them, each once");
}

#[tokio::test]
async fn a_list_that_breaks_off_does_not_pass_for_a_whole_one() {
    let world = with_images(10_500).await;
    // The first page is there, the second is not.
    let app = world.image.clone();
    let request = Request::get("/list_images").header("host", "localhost").body(Body::empty()).unwrap();
    let response = app.handle(request).await;
    assert_eq!(response.status(), 200);
    world.take_stores_away();
    assert!(response.into_body().collect().await.is_err());
}
