//! A store that is away, and comes back.

use hexad_system_tests::{Answer, Person, SOAP_1_2, Suite, hold_writes, picture, token, upload};
use serde_json::json;
use std::time::{Duration, Instant};

/// What an outage may take until it is told.
const IN_TIME: Duration = Duration::from_secs(5);

fn says_to_come_back(answer: &Answer) {
    answer.problem(503, "unavailable");
    let seconds: u32 = answer.header("retry-after").parse().expect("whole seconds");
    assert!((1..=120).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn where_nothing_can_be_written_each_write_says_so_in_time_and_leaves_nothing() {
    let suite = Suite::start().await;
    let ada = Person::new();
    let id = ada.register(&suite.user_soap).await;
    let own = token::sign(token::KEY, &token::claims(&id, ada.username()));
    suite.session.post("/api/sessions").bearer(&own).send().await.ok(201);
    let before = suite.footprint().await;
    let path = format!("/api/sessions/{id}");
    let data = json!({"data": {"a": 1}});
    let login = json!({"username": ada.username(), "password": ada.get("password")});
    let other = Person::new();

    let held = hold_writes(&suite.data_dir()).await;
    let begun = Instant::now();
    let (registered, logged_in, told, opened, changed, ended) = tokio::join!(
        suite.user_soap.post("/register").untyped(other.envelope(SOAP_1_2)).send(),
        suite.auth.post("/login").json(&login).send(),
        suite.auth.get("/test-event").send(),
        suite.session.post("/api/sessions").bearer(&own).json(&data).send(),
        suite.session.call("PUT", &path).bearer(&own).json(&data).send(),
        suite.session.call("DELETE", &path).bearer(&own).send(),
    );
    assert!(begun.elapsed() < IN_TIME, "it took {} ms", begun.elapsed().as_millis());
    registered.faults(SOAP_1_2, "Receiver", "unavailable");
    for answer in [&logged_in, &told, &opened, &changed, &ended] {
        says_to_come_back(answer);
    }
    // Whoever only reads notices nothing.
    suite.auth.get("/profile").bearer(&own).send().await.ok(200);
    assert_eq!(suite.session.get(&path).bearer(&own).send().await.ok(200)["data"], json!({}));
    drop(held);
    assert_eq!(suite.footprint().await, before);

    other.register(&suite.user_soap).await;
    ada.log_in(&suite.auth).await;
    suite.session.call("PUT", &path).bearer(&own).json(&data).send().await.ok(200);
}

#[tokio::test]
async fn without_the_folder_of_images_uploads_and_listings_say_so() {
    let suite = Suite::start().await;
    upload(&suite.image, "/images", "a.png", &picture("")).await.ok(201);
    let (images, moved) = (suite.data_dir().join("images"), suite.data_dir().join("moved"));
    std::fs::rename(&images, &moved).unwrap();
    let begun = Instant::now();
    says_to_come_back(&upload(&suite.image, "/images", "b.png", &picture("b")).await);
    for path in ["/images", "/list_images", "/images/a.png"] {
        says_to_come_back(&suite.image.get(path).send().await);
    }
    assert!(begun.elapsed() < IN_TIME);
    std::fs::rename(&moved, &images).unwrap();
    upload(&suite.image, "/images", "b.png", &picture("b")).await.ok(201);
    assert_eq!(suite.image.get("/images").send().await.ok(200)["urls"].as_array().unwrap().len(), 2);
}
