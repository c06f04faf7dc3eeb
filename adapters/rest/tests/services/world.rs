//! The services over one set of ports, and a client.

use axum::body::Body;
use hexad::{
    Auth, Images, LastConnections, Lookup, Sessions, Stamp,
    domain::{
        City, Claims, Dni, Email, FirstName, LastName, Password, Timestamp, User, UserId, Username,
        image::ImageName,
    },
    ports::{PasswordHasher, Tokens},
};
use hexad_http::{App, AppBuilder, Health, Origins, RequestIds};
use hexad_memory::{
    Fault, Faults, Faulty, ManualClock, Memory, MemoryImages, OpaqueTokens, SeededRandom, UnprotectedHasher,
};
use hexad_rest::{auth, connected, image, image::PublicUrl, session};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// The id of the user `ada`, whose password is `secret`.
pub(crate) const ADA: &str = "5f8f8c44-1111-4222-8333-444455556666";

pub(crate) struct World {
    pub(crate) auth: App,
    pub(crate) session: App,
    pub(crate) image: App,
    pub(crate) connected: App,
    pub(crate) images: MemoryImages,
    pub(crate) hasher: Arc<UnprotectedHasher>,
    pub(crate) faults: Faults,
    clock: Arc<ManualClock>,
    tokens: Arc<OpaqueTokens>,
}

impl World {
    /// With the users `ada` and `bob`, on 2026-11-22 at 18:56:53.128 UTC.
    pub(crate) async fn new() -> Self {
        Self::with_images_at(PublicUrl::default()).await
    }

    pub(crate) async fn with_images_at(public_url: PublicUrl) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-11-22T18:56:53.128Z").unwrap()));
        let random = Arc::new(SeededRandom::new(1));
        let memory = Memory::new(clock.clone(), random.clone());
        let images = MemoryImages::new(clock.clone());
        let hasher = Arc::new(UnprotectedHasher::new(random.clone()));
        let tokens = Arc::new(OpaqueTokens::new(clock.clone(), random.clone()));
        memory.adopt_user(user(ADA, "ada", &hasher).await).unwrap();
        memory.adopt_user(user("an odd/id", "bob", &hasher).await).unwrap();

        let faults = Faults::default();
        let store = Arc::new(Faulty::new(Arc::new(memory), &faults));
        let image_store = Arc::new(Faulty::new(Arc::new(images.clone()), &faults));
        let stamp = Stamp::new(clock.clone(), random);
        let use_auth = Auth {
            users: store.clone(),
            log: store.clone(),
            publisher: None,
            database: store.clone(),
            hasher: hasher.clone(),
            tokens: tokens.clone(),
            stamp: stamp.clone(),
            token_lifetime: Duration::from_secs(3600),
            rehash: true,
        };
        let sessions = Sessions { store: store.clone(), tokens: tokens.clone(), stamp };
        let lookup = Lookup { users: store.clone() };
        let last = LastConnections { lookup, sessions: store.clone(), clock: clock.clone() };
        let use_images = Images { store: image_store };

        let health = Health::new(hexad::Health::default().with_store("users", store));
        let ids = || RequestIds::new(1);
        let build = AppBuilder::build;
        Self {
            auth: build(auth::app(Arc::new(use_auth), &health, ids(), Origins::Any)),
            session: build(session::app(Arc::new(sessions), &health, ids(), Origins::Any)),
            image: build(image::app(Arc::new(use_images), public_url, &health, ids(), Origins::Any)),
            connected: build(connected::app(Arc::new(last), &health, ids(), Origins::Any)),
            images,
            hasher,
            faults,
            clock,
            tokens,
        }
    }

    pub(crate) async fn token(&self, username: &str) -> String {
        let answer = post(&self.auth, "/login", &json!({"username": username, "password": "secret"})).await;
        assert_eq!(answer.status, 200);
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// A good token of a user who is no more.
    pub(crate) async fn token_of_nobody(&self) -> String {
        let gone = user("gone", "gone", &self.hasher).await;
        let now = Timestamp::parse("2026-11-22T18:56:53.128Z").unwrap();
        self.tokens.sign(&Claims::issue(&gone, now, Duration::from_secs(3600), [0; 10]))
    }

    /// Puts an image there as another program left it.
    pub(crate) fn adopt_image(&self, name: &str, bytes: Vec<u8>) {
        self.images.adopt(ImageName::from_stored(name.to_owned()), bytes.into());
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    pub(crate) fn take_stores_away(&self) {
        self.faults.every_call(Fault::BeforeEffect);
    }
}

async fn user(id: &str, name: &str, hasher: &UnprotectedHasher) -> User {
    User {
        id: UserId::from_stored(id),
        username: Username::from_stored(name),
        password: hasher.hash(&Password::presented("secret")).await.unwrap(),
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
