//! The services over a store that a test can take away, and a client that takes answers apart.

use axum::body::{Body, to_bytes};
use hexad::domain::{Area, Timestamp, User};
use hexad::ports::{Outbox as _, UserKey, UserStore as _};
use hexad::{Lookup, Registrar, Stamp};
use hexad_http::{App, Health, Limits, Origins, RequestIds, TrustedProxies};
use hexad_memory::{Faults, Faulty, ManualClock, Memory, SeededRandom, UnprotectedHasher};
use hexad_soap::register::Duplicates;
use hexad_soap::{lookup, register};
use http::{HeaderMap, Method, Request, StatusCode, header};
use std::sync::Arc;
use std::time::Duration;
use xml::reader::XmlEvent;

pub(crate) const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(crate) const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// An envelope of that namespace around the body's content.
pub(crate) fn envelope(namespace: &str, body: &str) -> String {
    format!("<e:Envelope xmlns:e='{namespace}'><e:Body>{body}</e:Body></e:Envelope>")
}

/// Both services over one store.
pub(crate) struct World {
    pub(crate) store: Arc<Memory>,
    /// What becomes of the store's calls.
    pub(crate) faults: Faults,
    pub(crate) hasher: Arc<UnprotectedHasher>,
    pub(crate) registration: App,
    pub(crate) lookup: App,
}

impl World {
    pub(crate) fn new() -> Self {
        World::with(Duplicates::Fault, Limits::default())
    }

    pub(crate) fn with(duplicates: Duplicates, limits: Limits) -> Self {
        World::made(duplicates, limits, None, TrustedProxies::default())
    }

    /// Services that their clients reach under this address.
    pub(crate) fn at(public_url: &str) -> Self {
        World::made(Duplicates::Fault, Limits::default(), Some(public_url), TrustedProxies::default())
    }

    /// Services behind these proxies.
    pub(crate) fn behind(proxies: &str) -> Self {
        let proxies = proxies.parse().unwrap();
        World::made(Duplicates::Fault, Limits::default(), None, proxies)
    }

    fn made(
        duplicates: Duplicates,
        limits: Limits,
        public_url: Option<&str>,
        proxies: TrustedProxies,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let random = Arc::new(SeededRandom::new(1));
        let store = Arc::new(Memory::new(clock.clone(), random.clone()));
        let hasher = Arc::new(UnprotectedHasher::new(random.clone()));
        let faults = Faults::default();
        let steered = Arc::new(Faulty::new(store.clone(), &faults));
        let registrar = Arc::new(Registrar {
            users: steered.clone(),
            log: steered.clone(),
            hasher: hasher.clone(),
            stamp: Stamp::new(clock, random),
        });
        let health = Health::new(hexad::Health::default().with_store("users", steered.clone()));
        let ids = RequestIds::new(1);
        let registration =
            register::app(registrar, duplicates, public_url, &health, ids.clone(), Origins::Any);
        let lookup = lookup::app(Arc::new(Lookup { users: steered }), public_url, &health, ids, Origins::Any);
        World {
            store,
            faults,
            hasher,
            registration: registration.limits(limits).trusted_proxies(proxies.clone()).build(),
            lookup: lookup.limits(limits).trusted_proxies(proxies).build(),
        }
    }

    /// The user of that name, as the store has them.
    pub(crate) async fn stored(&self, username: &str) -> Option<User> {
        self.store.load(UserKey::Username(username)).await.unwrap().map(|(user, _)| user)
    }

    /// The names of the events that are stored.
    pub(crate) async fn events(&self) -> Vec<&'static str> {
        let claim = self.store.claim(Area::User, 100, Duration::ZERO).await.unwrap();
        claim.events.iter().map(|outgoing| outgoing.event.kind.name()).collect()
    }

    /// Registers somebody with these fields in place of the usual ones.
    pub(crate) async fn register(&self, changes: &[(&str, &str)]) -> Answer {
        post(&self.registration, "/register", "text/xml", envelope(SOAP_11, &registration(changes))).await
    }
}

/// A good registration, but for the changes.
pub(crate) fn registration(changes: &[(&str, &str)]) -> String {
    let good = [
        ("username", "ada"),
        ("password", "correct horse"),
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("dni", "X-1"),
        ("email", "ada@example.org"),
        ("city", "London"),
    ];
    let fields = good.map(|(name, value)| {
        let value = changes.iter().find(|(changed, _)| *changed == name).map_or(value, |(_, value)| value);
        format!("<u:{name}>{value}</u:{name}>")
    });
    format!("<u:registerUser xmlns:u='http://example.com/user'>{}</u:registerUser>", fields.concat())
}

/// What a service answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn content_type(&self) -> &str {
        self.headers[header::CONTENT_TYPE].to_str().unwrap()
    }

    /// The texts of all elements that stand at that path of local names below the envelope's Body.
    pub(crate) fn texts(&self, path: &str) -> Vec<String> {
        let wanted = format!("Envelope/Body/{path}");
        let (mut stack, mut texts) = (Vec::new(), Vec::new());
        for event in xml::EventReader::new(self.body.as_bytes()) {
            match event.unwrap_or_else(|error| panic!("{error}: {}", self.body)) {
                XmlEvent::StartElement { name, .. } => {
                    stack.push(name.local_name);
                    if stack.join("/") == wanted {
                        texts.push(String::new());
                    }
                }
                XmlEvent::EndElement { .. } => drop(stack.pop()),
                XmlEvent::Characters(text) | XmlEvent::Whitespace(text) if stack.join("/") == wanted => {
                    texts.last_mut().unwrap().push_str(&text);
                }
                _ => {}
            }
        }
        texts
    }

    /// The text of the one element at that path.
    pub(crate) fn text(&self, path: &str) -> String {
        let texts = self.texts(path);
        assert_eq!(texts.len(), 1, "{path} in {}", self.body);
        texts.into_iter().next().unwrap()
    }

    /// The fault in 1.1: who is at fault, and the code in the detail.
    pub(crate) fn fault_1_1(&self) -> (String, String) {
        (self.text("Fault/faultcode"), self.text("Fault/detail/error/code"))
    }

    /// The fields that the fault's detail names, each with its code.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        let of = |part: &str| self.texts(&format!("Fault/detail/error/field/{part}"));
        of("name").into_iter().zip(of("code")).collect()
    }
}

pub(crate) async fn send(app: &App, request: Request<Body>) -> Answer {
    let response = app.handle(request).await;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.into()).unwrap() }
}

pub(crate) async fn post(app: &App, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header(header::CONTENT_TYPE, content_type);
    send(app, request.body(body.into()).unwrap()).await
}

pub(crate) async fn call(app: &App, method: Method, path: &str) -> Answer {
    send(app, Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
}

pub(crate) async fn get(app: &App, path: &str) -> Answer {
    call(app, Method::GET, path).await
}
