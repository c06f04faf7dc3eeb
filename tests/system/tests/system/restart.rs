//! What holds over a restart, and what changes with the settings of the next one.

use hexad_system_tests::{Person, Suite, count, eventually, token};
use serde_json::json;

#[tokio::test]
async fn hashes_as_the_originals_wrote_them_are_written_while_that_is_asked_and_replaced_after() {
    let originals =
        "SELECT count(*) FROM \"user\" WHERE length(password) = 128 AND password NOT GLOB '*[^0-9a-f]*'";
    let ours = "SELECT count(*) FROM \"user\" WHERE password LIKE '$pbkdf2-sha256$i=100000,l=32$%'";
    let suite = Suite::with(&[("PASSWORD_WRITE", "originals")]).await;
    let (ada, grace) = (Person::new(), Person::new());
    ada.register(&suite.user_soap).await;
    grace.register(&suite.user_soap).await;
    ada.log_in(&suite.auth).await;
    assert_eq!(
        count(&suite.data_dir(), originals).await,
        2,
        "a login does not upgrade what an original reads"
    );

    let suite = suite.again(&[]).await;
    for _ in 0..2 {
        ada.log_in(&suite.auth).await;
        let wrong = json!({"username": grace.username(), "password": "wrong"});
        suite.auth.post("/login").json(&wrong).send().await.problem(401, "invalid_credentials");
        let found = (count(&suite.data_dir(), ours).await, count(&suite.data_dir(), originals).await);
        assert_eq!(found, (1, 1), "hers alone is replaced");
    }
}

#[tokio::test]
async fn what_was_stored_and_what_was_revoked_is_so_after_a_restart() {
    let suite = Suite::start().await;
    let (ada, grace) = (Person::new(), Person::new());
    let ada_id = ada.register(&suite.user_soap).await;
    let grace_id = grace.register(&suite.user_soap).await;
    let (adas, graces) = (ada.log_in(&suite.auth).await, grace.log_in(&suite.auth).await);
    let (adas_own, graces_own) = (format!("/api/sessions/{ada_id}"), format!("/api/sessions/{grace_id}"));
    for (own, token) in [(&adas_own, &adas), (&graces_own, &graces)] {
        eventually("the login to open the session", async || {
            let call = suite.session.call("PUT", own).bearer(token).json(&json!({"data": {"kept": true}}));
            (call.send().await.status == 200).then_some(())
        })
        .await;
    }
    suite.session.call("DELETE", &graces_own).bearer(&graces).send().await.ok(200);
    let adas_session = suite.session.get(&adas_own).bearer(&adas).send().await;

    let suite = suite.again(&[]).await;
    let again = suite.session.get(&adas_own).bearer(&adas).send().await;
    assert_eq!((again.ok(200), again.header("etag")), (adas_session.ok(200), adas_session.header("etag")));
    suite.session.get("/api/sessions/verify").bearer(&graces).send().await.problem(401, "token_invalid");
    grace.log_in(&suite.auth).await;
}

#[tokio::test]
async fn a_new_key_signs_and_the_one_before_it_is_good_until_it_is_taken_out() {
    let suite = Suite::start().await;
    let ada = Person::new();
    let id = ada.register(&suite.user_soap).await;
    let old = ada.log_in(&suite.auth).await;
    // The usual keys of these tests, in a process that signs with the one before.
    let older = token::sign(token::PREVIOUS_KEY, &token::claims(&id, ada.username()));
    let stranger =
        token::sign("a key of somebody else's who has nothing to do here", &token::claims(&id, "x"));
    for (good, bad) in [(&old, &stranger), (&older, &stranger)] {
        suite.auth.get("/profile").bearer(good).send().await.ok(200);
        suite.session.get("/api/sessions/verify").bearer(good).send().await.ok(200);
        suite.auth.get("/profile").bearer(bad).send().await.problem(401, "token_invalid");
        suite.session.get("/api/sessions/verify").bearer(bad).send().await.problem(401, "token_invalid");
    }
    let next = "the key that is signed with from the restart on";
    let suite = suite.again(&[("SECRET_KEY", next), ("SECRET_KEYS_PREVIOUS", token::KEY)]).await;
    let new = ada.log_in(&suite.auth).await;
    for good in [&old, &new] {
        suite.auth.get("/profile").bearer(good).send().await.ok(200);
        suite.session.get("/api/sessions/verify").bearer(good).send().await.ok(200);
    }
    suite.auth.get("/profile").bearer(&older).send().await.problem(401, "token_invalid");
}
