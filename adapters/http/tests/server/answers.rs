//! What every answer has, whatever the service.

use super::support::{app, soon};
use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::FutureExt;
use hexad::{
    domain::Timestamp,
    ports::{Probe, Unavailable},
};
use hexad_http::{App, Code, Cors, Health, JsonObject, Limits, Origins, Problem, RequestIds};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::sync::Notify;

fn routes() -> Router {
    Router::new()
        .route(
            "/echo",
            post(|JsonObject(body): JsonObject| async { axum::Json(body) }).get(|| async { "got" }),
        )
        .route("/panic", get(|| async { panic!("the secret reason") as &str }))
        .route("/refused", get(|| async { Problem::new(Code::TokenMissing, "Token is missing") }))
}

fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path)
}

async fn json_of(response: Response) -> Value {
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

#[tokio::test]
async fn an_answer_that_has_no_body_has_no_length() {
    for (status, length) in [(204, None), (304, None), (200, Some("0"))] {
        let status = http::StatusCode::from_u16(status).unwrap();
        let app = app(Router::new().route("/", get(move || async move { status }))).build();
        let response = app.handle(request("GET", "/").body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), status);
        let told = response.headers().get("content-length").map(|length| length.to_str().unwrap());
        assert_eq!(told, length, "{status}");
    }
}

#[tokio::test]
async fn every_answer_carries_a_request_id() {
    let app = app(routes()).limits(Limits { body_bytes: 5, ..Limits::default() }).build();
    for (method, path, body, status) in [
        ("GET", "/echo", "", 200),
        ("HEAD", "/echo", "", 200),
        ("GET", "/nowhere", "", 404),
        ("PUT", "/echo", "", 405),
        ("GET", "/%ff", "", 400),
        ("POST", "/echo", "{}", 415),
        ("POST", "/echo", "too long", 413),
        ("GET", "/panic", "", 500),
        ("GET", "/refused", "", 403),
        ("GET", "/livez", "", 200),
        ("GET", "/readyz", "", 200),
    ] {
        let given = request(method, path).header("x-request-id", "the-id").body(Body::from(body)).unwrap();
        let response = app.handle(given).await;
        assert_eq!(response.status(), status, "{method} {path}");
        assert_eq!(response.headers()["x-request-id"], "the-id");
        let bare = request(method, path).body(Body::from(body)).unwrap();
        assert!(!app.handle(bare).await.headers()["x-request-id"].is_empty());
    }
}

#[tokio::test]
async fn errors_are_problem_documents_with_the_originals_member() {
    for (compat, absent) in [(Some("message"), "error"), (Some("error"), "message"), (None, "message")] {
        let builder = app(routes());
        let app = compat.map_or(app(routes()), |member| builder.compat(member)).build();
        for (method, path, code) in [
            ("GET", "/nowhere", "not_found"),
            ("PUT", "/echo", "method_not_allowed"),
            ("GET", "/refused", "token_missing"),
            ("GET", "/panic", "internal"),
            ("GET", "/%zz", "malformed"),
        ] {
            let response = app.handle(request(method, path).body(Body::empty()).unwrap()).await;
            assert_eq!(response.headers()["content-type"], "application/problem+json", "{path}");
            let (status, length) = (response.status(), response.headers()["content-length"].clone());
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(length, bytes.len().to_string());
            let document: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!((&document["code"], &document["status"]), (&json!(code), &json!(status.as_u16())));
            if let Some(member) = compat {
                assert_eq!(document[member], document["detail"]);
            }
            assert!(document.get(absent).is_none());
            assert!(!document.to_string().contains("secret"), "a panic's reason stays inside");
        }
    }
}

#[tokio::test]
async fn another_method_is_told_which_are_allowed() {
    let app = app(routes()).build();
    let response = app.handle(request("DELETE", "/echo").body(Body::empty()).unwrap()).await;
    let allow = response.headers()["allow"].to_str().unwrap();
    let mut allowed: Vec<_> = allow.split(',').map(str::trim).collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    let response = app.handle(request("POST", "/livez").body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), 405, "the common routes too");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let app = app(routes()).compat("message").build();
    for (path, status) in [("/echo", 200), ("/nowhere", 404), ("/refused", 403), ("/readyz", 200)] {
        let get = app.handle(request("GET", path).body(Body::empty()).unwrap()).await;
        let head = app.handle(request("HEAD", path).body(Body::empty()).unwrap()).await;
        assert_eq!((get.status().as_u16(), head.status().as_u16()), (status, status));
        for name in ["content-length", "content-type"] {
            assert_eq!(get.headers()[name], head.headers()[name], "{path} {name}");
        }
        assert_eq!(head.into_body().collect().await.unwrap().to_bytes(), "");
    }
}

#[tokio::test]
async fn cors_reaches_errors_and_preflights() {
    let origins = Origins::List(vec!["http://here".into()]);
    let cors = Cors { origins, credentials: false, methods: "GET, POST", headers: "Content-Type" };
    let app = app(routes()).cors(cors).build();
    let ask = |method: &str, path: &str, origin: &str| {
        let request = request(method, path).header("origin", origin);
        app.handle(request.header("access-control-request-method", "POST").body(Body::empty()).unwrap())
    };
    for path in ["/echo", "/nowhere"] {
        let preflight = ask("OPTIONS", path, "http://here").await;
        assert_eq!(preflight.status(), 204);
        assert_eq!(preflight.headers()["access-control-allow-methods"], "GET, POST");
        assert!(preflight.headers().contains_key("x-request-id"));
        let get = ask("GET", path, "http://here").await;
        assert_eq!(get.headers()["access-control-allow-origin"], "http://here");
        let other = ask("GET", path, "http://there").await;
        assert!(!other.headers().contains_key("access-control-allow-origin"));
        assert_eq!(other.headers()["vary"], "Origin");
    }
    let plain = app.handle(request("OPTIONS", "/echo").body(Body::empty()).unwrap()).await;
    assert_eq!(plain.status(), 405);
    assert_eq!(plain.headers()["vary"], "Origin", "without an Origin the answer is another one too");
}

#[tokio::test]
async fn a_service_may_refuse_in_words_of_its_own() {
    let app = app(routes())
        .refuse_with(|problem, refused| {
            (refused.uri.path() == "/panic").then(|| format!("<{}/>", problem.code.name()).into_response())
        })
        .build();
    let own = app.handle(request("GET", "/panic").body(Body::empty()).unwrap()).await;
    assert_eq!(own.into_body().collect().await.unwrap().to_bytes(), "<internal/>");
    let common = app.handle(request("GET", "/%zz").body(Body::empty()).unwrap()).await;
    assert_eq!(json_of(common).await["code"], "malformed");
}

/// A part that is there, away, or hangs.
enum Part {
    Up,
    Down,
    Hangs,
}

#[async_trait]
impl Probe for Part {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        match self {
            Part::Up => Ok(Timestamp::from_unix_millis(0).unwrap()),
            Part::Down => Err(Unavailable::new("the part", "gone")),
            Part::Hangs => pending().await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn health_tells_what_is_missing_within_its_time() {
    let down = json!({"status": "unhealthy", "missing": ["users"]});
    for (store, broker, status, document) in [
        (Part::Up, None, 200, json!({"status": "healthy"})),
        (Part::Up, Some(Part::Up), 200, json!({"status": "healthy", "broker": "up"})),
        (Part::Up, Some(Part::Down), 200, json!({"status": "healthy", "broker": "down"})),
        (Part::Down, None, 503, down.clone()),
        (Part::Hangs, None, 503, down),
        (Part::Up, Some(Part::Hangs), 200, json!({"status": "healthy", "broker": "down"})),
    ] {
        let mut check = hexad::Health::default().with_store("users", Arc::new(store));
        if let Some(broker) = broker {
            check = check.with_broker(Arc::new(broker));
        }
        let health = Health::new(check).within(Duration::from_secs(2));
        let app = App::builder("test", Router::new(), RequestIds::new(1))
            .compat("message")
            .health(&health, &["/auth/health"])
            .build();
        for path in ["/auth/health", "/readyz"] {
            let begun = tokio::time::Instant::now();
            let response = soon(app.handle(request("GET", path).body(Body::empty()).unwrap())).await;
            assert_eq!(response.status(), status, "{document}");
            assert_eq!(response.headers()["content-type"], "application/json");
            assert_eq!(json_of(response).await, document);
            assert!(begun.elapsed() <= Duration::from_secs(2));
        }
        let live = app.handle(request("GET", "/livez").body(Body::empty()).unwrap()).await;
        assert_eq!(live.status(), 200, "alive without a store");
    }
}

/// A part that is asked, and answers when it is let.
#[derive(Default)]
struct Counted {
    asked: AtomicUsize,
    answer: Notify,
}

#[async_trait]
impl Probe for Counted {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        self.asked.fetch_add(1, Relaxed);
        self.answer.notified().await;
        Ok(Timestamp::UNIX_EPOCH)
    }
}

#[tokio::test]
async fn a_crowd_that_asks_for_health_asks_the_stores_once() {
    let part = Arc::new(Counted::default());
    let health = Health::new(hexad::Health::default().with_store("users", part.clone()));
    let app = App::builder("test", Router::new(), RequestIds::new(1)).health(&health, &["/health"]).build();
    let ask = |path| app.handle(request("GET", path).body(Body::empty()).unwrap());
    for asked in 1..=2 {
        let mut first = Box::pin(ask("/health"));
        assert!((&mut first).now_or_never().is_none());
        let mut crowd: Vec<_> = (0..50).map(|_| Box::pin(ask("/readyz"))).collect();
        for one in &mut crowd {
            assert!(one.now_or_never().is_none());
        }
        // Who began the check need not stay for it.
        drop(first);
        part.answer.notify_one();
        for one in crowd {
            assert_eq!(soon(one).await.status(), 200);
        }
        assert_eq!(part.asked.load(Relaxed), asked, "what one check found is not kept for the next");
    }
}
