//! A user's own session: opened, read, changed, ended, and opened by a login.

use hexad_system_tests::{Call, Person, Service, Suite, eventually, token};
use serde_json::{Value, json};

/// Somebody with a token as the originals made them, who never registered here.
pub(crate) struct Owner<'a> {
    service: &'a Service,
    pub(crate) id: String,
    pub(crate) token: String,
}

impl<'a> Owner<'a> {
    pub(crate) fn new(suite: &'a Suite, id: &str) -> Self {
        let token = token::sign(token::KEY, &token::claims(id, "grace"));
        Self { service: &suite.session, id: id.to_owned(), token }
    }

    pub(crate) fn open(&self) -> Call {
        self.service.post("/api/sessions").bearer(&self.token)
    }

    pub(crate) fn own(&self, method: &str) -> Call {
        self.service.call(method, &format!("/api/sessions/{}", self.id)).bearer(&self.token)
    }

    pub(crate) async fn opened(&self, data: Value) -> Value {
        self.open().json(&json!({"data": data})).send().await.json()["session"].clone()
    }

    pub(crate) async fn data(&self) -> Value {
        self.own("GET").send().await.ok(200)["data"].clone()
    }
}

fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let form: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    form == "0000-00-00T00:00:00.000Z"
}

#[tokio::test]
async fn a_session_is_opened_read_changed_and_ended() {
    let suite = Suite::start().await;
    let owner = Owner::new(&suite, "7");
    let opened = owner.open().json(&json!({"data": {"theme": "dark", "text": "hello"}})).send().await;
    let document = opened.ok(201);
    assert_eq!(document["message"], "Session created");
    let session = &document["session"];
    assert_eq!(
        (&session["userId"], &session["data"]),
        (&json!("7"), &json!({"theme": "dark", "text": "hello"}))
    );
    assert!(
        ["createdAt", "updatedAt", "connectedAt"].iter().all(|name| is_time(&session[name])),
        "{session}"
    );
    assert_eq!(session.as_object().unwrap().len(), 6);

    let read = owner.own("GET").send().await;
    assert_eq!(&read.ok(200), session);
    assert_eq!((read.header("etag"), read.header("cache-control")), (opened.header("etag"), "no-store"));

    let changed = owner.own("PUT").json(&json!({"data": {"text": "bye"}})).send().await;
    let after = &changed.ok(200)["session"];
    assert_eq!(changed.json()["message"], "Session updated");
    assert_eq!(after["data"], json!({"theme": "dark", "text": "bye"}));
    assert_ne!(changed.header("etag"), read.header("etag"));
    assert!(after["updatedAt"].as_str() >= session["updatedAt"].as_str());
    for unmoved in ["_id", "userId", "createdAt", "connectedAt"] {
        assert_eq!(after[unmoved], session[unmoved], "{unmoved}");
    }
    assert_eq!(&owner.own("GET").send().await.ok(200), after, "what was answered is what is stored");

    assert_eq!(owner.own("DELETE").send().await.ok(200), json!({"message": "Session deleted"}));
}

#[tokio::test]
async fn opening_again_replaces_the_data_or_keeps_it_where_none_is_given() {
    let suite = Suite::start().await;
    let owner = Owner::new(&suite, "7");
    let first = owner.opened(json!({"a": 1, "b": {"c": 2}})).await;
    for (body, data) in [
        (json!({"data": {"d": 3}}), json!({"d": 3})),
        (json!({}), json!({"d": 3})),
        (json!({"data": null}), json!({"d": 3})),
        (json!({"data": {}}), json!({})),
    ] {
        let again = owner.open().json(&body).send().await.ok(200);
        assert_eq!(again["message"], "Session updated");
        let session = &again["session"];
        assert_eq!((&session["data"], &session["_id"]), (&data, &first["_id"]), "{body}");
        assert_eq!(session["createdAt"], first["createdAt"]);
        assert!(session["connectedAt"].as_str() >= first["connectedAt"].as_str());
    }
    for body in [None, Some(json!({})), Some(json!({"data": null}))] {
        let other = Owner::new(&suite, &format!("{body:?}").len().to_string());
        let call = body.as_ref().map_or_else(|| other.open(), |body| other.open().json(body));
        assert_eq!(call.send().await.ok(201)["session"]["data"], json!({}), "{body:?}");
    }
}

#[tokio::test]
async fn a_change_is_a_merge_patch() {
    let suite = Suite::start().await;
    let owner = Owner::new(&suite, "7");
    owner.opened(json!({"a": "b", "c": {"d": "e", "f": "g"}, "list": [1, 2], "gone": 1})).await;
    let patch = json!({"a": "z", "c": {"f": null, "<&>": "]]>"}, "list": [3], "gone": null, "n": {"x": null}, "名": "🔑"});
    let merged = owner.own("PUT").json(&json!({"data": patch})).send().await.ok(200);
    let expected = json!({"a": "z", "c": {"d": "e", "<&>": "]]>"}, "list": [3], "n": {}, "名": "🔑"});
    assert_eq!(merged["session"]["data"], expected);
    assert_eq!(owner.data().await, expected);
}

#[tokio::test]
async fn a_change_or_an_end_may_ask_for_a_revision() {
    let suite = Suite::start().await;
    let owner = Owner::new(&suite, "7");
    owner.opened(json!({"n": 0})).await;
    let tag = async || owner.own("GET").send().await.header("etag").to_owned();
    let put = async |n: u32, condition: &str| {
        let call = owner.own("PUT").json(&json!({"data": {"n": n}}));
        call.header("if-match", condition).send().await
    };
    let first = tag().await;
    put(1, &first).await.ok(200);
    put(2, &first).await.problem(412, "precondition_failed");
    let second = tag().await;
    put(2, &format!("W/{second}")).await.problem(412, "precondition_failed");
    put(2, &format!("\"other\", {second}")).await.ok(200);
    put(3, "*").await.ok(200);
    put(4, "no tag").await.problem(400, "malformed");
    put(4, "").await.problem(400, "malformed");
    let end = |condition: &str| owner.own("DELETE").header("if-match", condition).send();
    end(&second).await.problem(412, "precondition_failed");
    assert_eq!(owner.data().await, json!({"n": 3}));
    end(&tag().await).await.ok(200);
}

#[tokio::test]
async fn an_end_revokes_the_tokens_of_before_and_a_later_one_begins_anew() {
    let suite = Suite::start().await;
    let ada = Person::new();
    let id = ada.register(&suite.user_soap).await;
    let old = ada.log_in(&suite.auth).await;
    opened_by_login(&suite, &id, &old).await;
    let own = format!("/api/sessions/{id}");
    suite.session.call("PUT", &own).bearer(&old).json(&json!({"data": {"old": true}})).send().await.ok(200);
    suite.session.call("DELETE", &own).bearer(&old).send().await.ok(200);
    for (method, path) in [
        ("GET", "/last-connection"),
        ("POST", "/api/sessions"),
        ("GET", &own),
        ("PUT", &own),
        ("DELETE", &own),
        ("GET", "/api/sessions/verify"),
    ] {
        let answer = suite.session.call(method, path).bearer(&old).send().await;
        answer.problem_saying(401, "token_invalid", "Invalid or expired token");
    }
    suite.auth.get("/profile").bearer(&old).send().await.ok(200);
    let new = ada.log_in(&suite.auth).await;
    opened_by_login(&suite, &id, &new).await;
    assert_eq!(suite.session.get(&own).bearer(&new).send().await.ok(200)["data"], json!({}));
    suite.session.get(&own).bearer(&old).send().await.problem(401, "token_invalid");
}

async fn opened_by_login(suite: &Suite, id: &str, token: &str) {
    eventually("the login to open the session", async || {
        let answer = suite.session.get(&format!("/api/sessions/{id}")).bearer(token).send().await;
        (answer.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn verify_tells_what_the_token_says() {
    let suite = Suite::start().await;
    for key in [token::KEY, token::PREVIOUS_KEY] {
        let claims = token::claims("7", "grace");
        let answer =
            suite.session.get("/api/sessions/verify").bearer(&token::sign(key, &claims)).send().await.ok(200);
        assert_eq!(answer, json!({"message": "Session is valid", "user": claims}));
    }
}

#[tokio::test]
async fn the_last_connection_is_the_callers_own() {
    let suite = Suite::start().await;
    let owner = Owner::new(&suite, "7");
    let ask =
        |query: &str| suite.session.get(&format!("/last-connection{query}")).bearer(&owner.token).send();
    ask("").await.problem_saying(404, "session_not_found", "Session not found");
    let session = owner.opened(json!({})).await;
    let expected =
        json!({"userId": "7", "lastConnection": "a few seconds ago", "at": session["connectedAt"]});
    assert_eq!(ask("").await.ok(200), expected);
    assert_eq!(ask("?username=grace").await.ok(200), expected);
    ask("?username=somebody").await.problem(403, "forbidden");
    ask("?username=a&username=b").await.problem(400, "invalid_field");
    ask("?username=%ff").await.problem(400, "malformed");
}
