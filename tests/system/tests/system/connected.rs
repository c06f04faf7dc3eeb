//! When somebody last connected.

use hexad_system_tests::{Answer, Person, Suite, eventually};
use serde_json::json;

async fn ask(suite: &Suite, username: &str) -> Answer {
    suite.connected.get(&format!("/last-connection?username={username}")).send().await
}

/// The moment that the service tells, as soon as it is later than another.
async fn later_than(suite: &Suite, ada: &Person, moment: &str) -> String {
    eventually("the login to arrive", async || {
        let answer = ask(suite, ada.username()).await;
        let at = (answer.status == 200).then(|| answer.json()["at"].as_str().unwrap().to_owned());
        at.filter(|at| at.as_str() > moment)
    })
    .await
}

#[tokio::test]
async fn every_login_moves_it_and_an_ended_session_is_none() {
    let suite = Suite::start().await;
    let ada = Person::new();
    let id = ada.register(&suite.user_soap).await;
    ask(&suite, ada.username()).await.problem_saying(404, "no_sessions", "No sessions found for this user.");

    let token = ada.log_in(&suite.auth).await;
    let first = later_than(&suite, &ada, "").await;
    let told = ask(&suite, ada.username()).await.ok(200);
    assert_eq!(told, json!({"userId": id, "lastConnection": "a few seconds ago", "at": first}));
    let own = suite.session.get("/last-connection").bearer(&token).send().await.ok(200);
    assert_eq!(own, told, "both services tell the same");

    let own = format!("/api/sessions/{id}");
    suite
        .session
        .call("PUT", &own)
        .bearer(&token)
        .json(&json!({"data": {"kept": true}}))
        .send()
        .await
        .ok(200);
    ada.log_in(&suite.auth).await;
    let second = later_than(&suite, &ada, &first).await;
    let session = suite.session.get(&own).bearer(&token).send().await.ok(200);
    assert_eq!((&session["connectedAt"], &session["data"]), (&json!(second), &json!({"kept": true})));

    suite.session.call("DELETE", &own).bearer(&token).send().await.ok(200);
    ask(&suite, ada.username()).await.problem(404, "no_sessions");
}

#[tokio::test]
async fn each_refusal_in_the_words_of_the_original() {
    let suite = Suite::start().await;
    let ada = Person::new();
    ada.register(&suite.user_soap).await;
    for query in ["", "?", "?username=", "?user=ada"] {
        let answer = suite.connected.get(&format!("/last-connection{query}")).send().await;
        answer.problem_saying(400, "username_missing", "Username must be provided.");
    }
    let long = "x".repeat(5000);
    for name in ["nobody", &ada.username().to_uppercase(), "%20", "%E5%90%8D", "a%00b", "'%20OR%201=1", &long]
    {
        ask(&suite, name).await.problem_saying(404, "user_not_found", "User not found.");
    }
    for (query, code) in [
        ("username=a&username=b", "invalid_field"),
        ("username=%ff", "malformed"),
        ("username=%zz", "malformed"),
    ] {
        suite.connected.get(&format!("/last-connection?{query}")).send().await.problem(400, code);
    }
}
