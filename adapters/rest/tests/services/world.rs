//! The services over one set of ports, and a client.

use crate::ports::Parts;
use axum::body::Body;
use hexad::{
    Auth, Images, LastConnections, Lookup, Sessions, Stamp,
    domain::{City, Dni, Email, FirstName, LastName, PasswordHash, User, UserId, Username},
};
use hexad_http::{App, AppBuilder, Health, Origins, RequestIds};
use hexad_rest::{auth, connected, image, image::PublicUrl, session};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

/// The id of the user `ada`, whose password is `secret`.
pub(crate) const ADA: &str = "5f8f8c44-1111-4222-8333-444455556666";

pub(crate) struct World {
    pub(crate) parts: Arc<Parts>,
    pub(crate) auth: App,
    pub(crate) session: App,
    pub(crate) image: App,
    pub(crate) connected: App,
}

impl World {
    /// With the users `ada` and `bob`.
    pub(crate) fn new() -> Self {
        Self::with_images_at(PublicUrl::default())
    }

    pub(crate) fn with_images_at(public_url: PublicUrl) -> Self {
        let parts = Arc::new(Parts::default());
        parts.users.lock().unwrap().extend([user(ADA, "ada"), user("an odd/id", "bob")]);
        let stamp = Stamp::new(parts.clone(), parts.clone());
        let auth = Auth {
            users: parts.clone(),
            log: parts.clone(),
            database: parts.clone(),
            hasher: parts.clone(),
            tokens: parts.clone(),
            stamp: stamp.clone(),
            token_lifetime: Duration::from_secs(3600),
            rehash: true,
        };
        let sessions = Sessions { store: parts.clone(), tokens: parts.clone(), stamp };
        let images = Images { store: parts.clone() };
        let lookup = Lookup { users: parts.clone() };
        let last = LastConnections { lookup, sessions: parts.clone(), clock: parts.clone() };

        let health = Health::new(hexad::Health::default().with_store("users", parts.clone()));
        let ids = || RequestIds::new(1);
        let build = AppBuilder::build;
        Self {
            auth: build(auth::app(Arc::new(auth), &health, ids(), Origins::Any)),
            session: build(session::app(Arc::new(sessions), &health, ids(), Origins::Any)),
            image: build(image::app(Arc::new(images), public_url, &health, ids(), Origins::Any)),
            connected: build(connected::app(Arc::new(last), &health, ids(), Origins::Any)),
            parts,
        }
    }

    pub(crate) async fn token(&self, username: &str) -> String {
        let answer = post(&self.auth, "/login", &json!({"username": username, "password": "secret"})).await;
        assert_eq!(answer.status, 200);
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.parts.now.fetch_add(i64::try_from(time.as_millis()).unwrap(), SeqCst);
    }

    pub(crate) fn take_stores_away(&self) {
        self.parts.away.store(true, SeqCst);
    }
}

fn user(id: &str, name: &str) -> User {
    User {
        id: UserId::from_stored(id),
        username: Username::from_stored(name),
        password: PasswordHash::from_stored("secret"),
        first_name: FirstName::from_stored(""),
        last_name: LastName::from_stored(""),
        dni: Dni::from_stored(name),
        email: Email::from_stored(format!("{name}@example.org")),
        city: City::from_stored(""),
    }
}

/// A request to a service, as it comes over HTTP/1.1.
pub(crate) struct Ask<'a> {
    app: &'a App,
    request: http::request::Builder,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(app: &'a App, method: &str, path: &str) -> Self {
        Self { app, request: Request::builder().method(method).uri(path).header("host", "localhost:5000") }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) async fn json(self, body: &Value) -> Answer {
        self.header("content-type", "application/json").body(body.to_string()).await
    }

    pub(crate) async fn body(self, body: impl Into<Body>) -> Answer {
        Answer::of(self.app.handle(self.request.body(body.into()).unwrap()).await).await
    }

    pub(crate) async fn send(self) -> Answer {
        self.body(Body::empty()).await
    }
}

pub(crate) async fn get(app: &App, path: &str) -> Answer {
    Ask::new(app, "GET", path).send().await
}

pub(crate) async fn post(app: &App, path: &str, body: &Value) -> Answer {
    Ask::new(app, "POST", path).json(body).await
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts a problem document with this code, and the original's member with this text.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str, member: &str, text: &str) {
        let document = self.json();
        assert_eq!((self.status.as_u16(), document["code"].as_str()), (status, Some(code)), "{document}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(document[member], text, "{document}");
        assert!(self.status != 503 || !self.header("retry-after").is_empty());
        assert!(!document.to_string().contains("SQL"), "{document}");
    }

    /// Asserts the code of a problem, whatever its text.
    #[track_caller]
    pub(crate) fn refused_as(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), self.json()["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.json()
        );
    }
}
