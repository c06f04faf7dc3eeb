//! `POST /register` and its health check.

use crate::world::{Answer, SOAP_11, SOAP_12, World, call, envelope, get, post, registration};
use axum::body::Body;
use futures_util::stream;
use hexad_http::Limits;
use hexad_memory::Fault;
use hexad_soap::register::Duplicates;
use http::{Method, Request, StatusCode, header};
use std::convert::Infallible;
use std::task::Poll;
use std::time::Duration;

async fn register(world: &World, content_type: &str, body: impl Into<Body>) -> Answer {
    post(&world.registration, "/register", content_type, body).await
}

fn assert_fault(answer: &Answer, soap_code: &str, code: &str) {
    assert_eq!(answer.status, 500, "{}", answer.body);
    assert_eq!(answer.content_type(), "text/xml; charset=utf-8");
    assert_eq!(answer.fault_1_1(), (format!("soap:{soap_code}"), code.to_owned()));
}

#[tokio::test]
async fn a_registration_is_answered_in_the_version_it_came_in() {
    let versions = [
        (SOAP_11, "text/xml; charset=utf-8", "ada"),
        (SOAP_12, "application/soap+xml; charset=utf-8", "bob"),
    ];
    let world = World::new();
    for (namespace, content_type, name) in versions {
        let email = format!("{name}@example.org");
        let fields = registration(&[("username", name), ("dni", name), ("email", &email)]);
        let answer = register(&world, content_type, envelope(namespace, &fields)).await;
        assert_eq!((answer.status, answer.content_type()), (StatusCode::OK, content_type), "{}", answer.body);
        assert!(answer.body.contains(&format!("=\"{namespace}\"")));
        assert!(answer.body.contains("<registerUserResponse xmlns=\"http://example.com/userservice\">"));
        assert_eq!(answer.text("registerUserResponse/message"), "User registered successfully");
        let stored = world.stored(name).await.unwrap();
        assert_eq!(answer.text("registerUserResponse/id"), stored.id.as_str());
    }
    assert_eq!(world.events().await, ["UserRegistered", "UserRegistered"]);
}

#[tokio::test]
async fn values_are_stored_trimmed_and_unescaped() {
    let world = World::new();
    let answer = world.register(&[("username", "\n ada "), ("city", " <![CDATA[A & B]]> &lt;c&gt; ")]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(world.stored("ada").await.unwrap().city.as_str(), "A & B <c>");
}

#[tokio::test]
async fn every_offending_field_is_named_at_once() {
    let world = World::new();
    let fields = "<r><username>ada</username><password>short</password><first_name/><last_name> \n </last_name>\
                  <dni>1</dni><dni>1</dni><email>nobody</email></r>";
    let answer = register(&world, "text/xml", envelope(SOAP_11, fields)).await;
    assert_fault(&answer, "Client", "missing");
    let named = answer.fields();
    let named: Vec<_> = named.iter().map(|(name, code)| (name.as_str(), code.as_str())).collect();
    let expected = [
        ("password", "invalid"),
        ("first_name", "missing"),
        ("last_name", "missing"),
        ("dni", "repeated"),
        ("email", "invalid"),
        ("city", "missing"),
    ];
    assert_eq!(named, expected);
    assert_eq!(world.stored("ada").await, None);
    assert!(world.events().await.is_empty(), "only a duplicate makes an event");
}

#[tokio::test]
async fn one_kind_of_problem_is_the_outer_code_too() {
    let world = World::new();
    let repeated = envelope(SOAP_11, &format!("{}<city>x</city>", registration(&[])));
    assert_fault(&register(&world, "text/xml", repeated).await, "Client", "repeated");
    assert_fault(&world.register(&[("email", "nobody")]).await, "Client", "invalid");
    assert_fault(&world.register(&[("password", "password1")]).await, "Client", "invalid");
    assert_fault(&register(&world, "text/xml", envelope(SOAP_11, "")).await, "Client", "missing");
}

#[tokio::test]
async fn a_duplicate_is_a_fault_that_names_the_fields_and_says_the_originals_words() {
    let world = World::new();
    world.register(&[]).await;
    let answer = world.register(&[("username", "eve"), ("email", "eve@example.org")]).await;
    assert_fault(&answer, "Client", "duplicate");
    assert_eq!(answer.fields(), [("dni".to_owned(), "duplicate".to_owned())]);
    let words = "Duplicate user information detected (username, dni, or email).";
    assert_eq!(answer.text("Fault/faultstring"), words);
    assert_eq!(answer.text("Fault/detail/registerUserResponse/message"), words);
    assert_eq!(world.events().await, ["UserRegistered", "UserRegistrationFailed"]);

    let in_1_2 = register(&world, "application/soap+xml", envelope(SOAP_12, &registration(&[]))).await;
    assert_eq!(in_1_2.status, 500);
    assert_eq!(in_1_2.text("Fault/Code/Value"), "env:Sender");
    assert_eq!(in_1_2.text("Fault/Reason/Text"), words);
    assert_eq!(in_1_2.texts("Fault/Detail/error/field/name"), ["username", "dni", "email"]);
}

#[tokio::test]
async fn a_duplicate_is_answered_as_the_originals_did_where_that_is_set() {
    let world = World::with(Duplicates::AsOriginals, Limits::default());
    world.register(&[]).await;
    let answer = world.register(&[]).await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.content_type(), "text/xml; charset=utf-8");
    assert_eq!(
        answer.text("registerUserResponse/message"),
        "Duplicate user information detected (username, dni, or email)."
    );
    assert!(answer.texts("Fault").is_empty());
    assert_fault(&world.register(&[("email", "")]).await, "Client", "missing");
}

#[tokio::test]
async fn a_store_that_is_away_is_the_servers_fault_and_shows_nothing_of_itself() {
    let world = World::new();
    world.faults.every_call(Fault::BeforeEffect);
    let answer = world.register(&[]).await;
    assert_fault(&answer, "Server", "unavailable");
    assert!(!answer.body.contains("store"), "{}", answer.body);
    let in_1_2 = register(&world, "application/soap+xml", envelope(SOAP_12, &registration(&[]))).await;
    assert_eq!(in_1_2.text("Fault/Code/Value"), "env:Receiver");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_is_away_within_five_seconds() {
    let world = World::new();
    world.faults.hold_every_call();
    let began = tokio::time::Instant::now();
    assert_fault(&world.register(&[]).await, "Server", "unavailable");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn after_an_answer_that_was_lost_a_repeat_says_duplicate() {
    let world = World::new();
    world.faults.next("save", 1, Fault::AfterEffect);
    assert_fault(&world.register(&[]).await, "Server", "unavailable");
    assert_fault(&world.register(&[]).await, "Client", "duplicate");
}

#[tokio::test]
async fn too_much_to_hash_is_busy() {
    let world = World::new();
    world.hasher.be_busy(Some(Duration::from_secs(7)));
    assert_fault(&world.register(&[]).await, "Server", "busy");
}

#[tokio::test]
async fn more_requests_than_the_server_serves_at_once_are_busy_in_a_fault_too() {
    let world = World::with(Duplicates::Fault, Limits { requests: 0, ..Limits::default() });
    assert_fault(&world.register(&[]).await, "Server", "busy");
    let in_1_2 = register(&world, "application/soap+xml", Body::empty()).await;
    assert_eq!(in_1_2.text("Fault/Detail/error/code"), "busy");
    assert_fault(&register(&world, "application/json", "{}").await, "Server", "busy");
    let elsewhere = get(&world.registration, "/elsewhere").await;
    assert_eq!(
        (elsewhere.status, elsewhere.content_type()),
        (StatusCode::SERVICE_UNAVAILABLE, "application/problem+json")
    );
}

/// A body whose reading panics.
fn mine() -> Body {
    let mut gone_off = false;
    Body::from_stream(stream::poll_fn(move |_| {
        assert!(std::mem::replace(&mut gone_off, true), "as a test");
        Poll::Ready(None::<Result<&[u8], Infallible>>)
    }))
}

#[tokio::test]
async fn a_fault_of_ours_is_told_as_one_and_the_service_goes_on() {
    let world = World::new();
    assert_fault(&register(&world, "text/xml", mine()).await, "Server", "internal");
    let in_1_2 = register(&world, "application/soap+xml", mine()).await;
    assert_eq!((in_1_2.status.as_u16(), in_1_2.text("Fault/Code/Value").as_str()), (500, "env:Receiver"));
    assert_eq!(in_1_2.text("Fault/Detail/error/code"), "internal");
    assert_eq!(world.register(&[]).await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_read_is_malformed() {
    let world = World::new();
    let good = || envelope(SOAP_11, &registration(&[]));
    assert_fault(&register(&world, "text/xml", "").await, "Client", "malformed");
    assert_fault(
        &register(&world, "text/xml", format!("<!DOCTYPE e>{}", good())).await,
        "Client",
        "malformed",
    );
    assert_fault(&register(&world, "application/json", good()).await, "Client", "malformed");
    assert_fault(&register(&world, "text/xml", good()[..300].to_owned()).await, "Client", "malformed");
    let not_text = Request::post("/register").header(header::CONTENT_TYPE, &b"text/\xff"[..]);
    let answer = crate::world::send(&world.registration, not_text.body(good().into()).unwrap()).await;
    assert_fault(&answer, "Client", "malformed");
    assert_eq!(world.stored("ada").await, None);

    let untyped = Request::post("/register").body(good().into()).unwrap();
    assert_eq!(crate::world::send(&world.registration, untyped).await.status, 200, "no content type passes");
}

#[tokio::test]
async fn a_body_over_the_bound_is_too_large_and_one_of_just_that_size_is_not() {
    let world = World::new();
    let good = envelope(SOAP_11, &registration(&[]));
    let padded = |bytes: usize| format!("{good}{}", " ".repeat(bytes - good.len()));
    assert_fault(&register(&world, "text/xml", padded(1024 * 1024 + 1)).await, "Client", "too_large");
    let in_1_2 = register(&world, "application/soap+xml", padded(2 * 1024 * 1024)).await;
    assert_eq!((in_1_2.status.as_u16(), in_1_2.text("Fault/Code/Value").as_str()), (500, "env:Sender"));
    assert_eq!(register(&world, "text/xml", padded(1024 * 1024)).await.status, 200);
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_a_fault() {
    let world = World::new();
    let cut = || {
        let pieces = [Ok("<Envelope"), Err(std::io::Error::other("the connection is gone"))];
        Body::from_stream(stream::iter(pieces))
    };
    assert_fault(&register(&world, "text/xml", cut()).await, "Client", "malformed");
    let in_1_2 = register(&world, "application/soap+xml", cut()).await;
    assert_eq!((in_1_2.status.as_u16(), in_1_2.text("Fault/Code/Value").as_str()), (500, "env:Sender"));
}

#[tokio::test]
async fn other_methods_and_routes_are_problem_documents() {
    let world = World::new();
    let table = [
        (Method::GET, "/register", "POST"),
        (Method::HEAD, "/register?username=ada", "POST"),
        (Method::DELETE, "/register", "POST"),
        (Method::PUT, "/register?wsdl", "GET, HEAD, POST"),
    ];
    for (method, path, allow) in table {
        let answer = call(&world.registration, method.clone(), path).await;
        assert_eq!(
            (answer.status, answer.content_type()),
            (StatusCode::METHOD_NOT_ALLOWED, "application/problem+json"),
            "{method} {path}"
        );
        assert_eq!(answer.headers[header::ALLOW], allow);
    }
    let answer = get(&world.registration, "/register").await;
    assert!(answer.body.contains("/register?wsdl"), "it says where the description is: {}", answer.body);
    let answer = call(&world.registration, Method::POST, "/nowhere").await;
    assert_eq!((answer.status, answer.content_type()), (StatusCode::NOT_FOUND, "application/problem+json"));
}

#[tokio::test]
async fn health_is_told_in_the_originals_words() {
    let world = World::new();
    let answer = get(&world.registration, "/user-soap/health").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "Service is healthy"));
    assert!(answer.content_type().starts_with("text/plain"));
    world.faults.every_call(Fault::BeforeEffect);
    assert_eq!(get(&world.registration, "/user-soap/health").await.status, 503);
}
