//! Each kind of write as a request, and each answer as an outcome.

use crate::{
    ledger::{Outcome, Told},
    load::Shared,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hexad_system_tests::{Person, SOAP_1_1, form};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// An answer, or none.
pub(super) type Answer = Option<(StatusCode, String)>;

impl Shared {
    fn request(
        &self,
        method: Method,
        service: &str,
        path: &str,
        choice: &mut fastrand::Rng,
    ) -> RequestBuilder {
        let replicas = self.target.replicas(service);
        let base = &replicas[choice.usize(0..replicas.len())];
        self.http.request(method, format!("{base}{path}"))
    }

    pub(super) fn register(&self, person: &Person, choice: &mut fastrand::Rng) -> RequestBuilder {
        let request = self.request(Method::POST, "user-soap", "/register", choice);
        request.header("content-type", "text/xml").body(person.envelope(SOAP_1_1))
    }

    pub(super) fn log_in(&self, person: &Person, choice: &mut fastrand::Rng) -> RequestBuilder {
        let body = json!({"username": person.username(), "password": person.get("password")});
        with_json(self.request(Method::POST, "auth", "/login", choice), &body)
    }

    pub(super) fn session(&self, id: &str, token: &str, choice: &mut fastrand::Rng) -> RequestBuilder {
        self.request(Method::GET, "session", &format!("/api/sessions/{id}"), choice).bearer_auth(token)
    }

    pub(super) fn change(
        &self,
        id: &str,
        token: &str,
        mark: u64,
        choice: &mut fastrand::Rng,
    ) -> RequestBuilder {
        let request = self.request(Method::PUT, "session", &format!("/api/sessions/{id}"), choice);
        with_json(request.bearer_auth(token), &json!({"data": {format!("w{mark}"): 1}}))
    }

    pub(super) fn open(&self, token: &str, choice: &mut fastrand::Rng) -> RequestBuilder {
        with_json(
            self.request(Method::POST, "session", "/api/sessions", choice).bearer_auth(token),
            &json!({}),
        )
    }

    pub(super) fn end(&self, id: &str, token: &str, choice: &mut fastrand::Rng) -> RequestBuilder {
        self.request(Method::DELETE, "session", &format!("/api/sessions/{id}"), choice).bearer_auth(token)
    }

    pub(super) fn upload(&self, name: &str, content: &[u8], choice: &mut fastrand::Rng) -> RequestBuilder {
        let (content_type, body) = form("file", name, content);
        self.request(Method::POST, "image", "/images", choice).header("content-type", content_type).body(body)
    }
}

fn with_json(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}

/// Sends it. No answer, or one that breaks off, is none.
pub(super) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.ok()?;
    let status = response.status();
    Some((status, response.text().await.ok()?))
}

/// The outcome of a REST write.
pub(super) fn of_rest(
    answer: &Answer,
    told: impl FnOnce(&Value) -> Option<Told>,
    refusals: &[u16],
) -> Outcome {
    let Some((status, body)) = answer else { return Outcome::Unknown };
    match status.as_u16() {
        200 | 201 => match serde_json::from_str(body).ok().as_ref().and_then(told) {
            Some(told) => Outcome::Promised(told),
            None => Outcome::Impossible(format!("{status} {body}")),
        },
        // What stands between may say that the service is away, too.
        502..=504 => Outcome::Unknown,
        refused if refusals.contains(&refused) => Outcome::Refused,
        _ => Outcome::Impossible(format!("{status} {body}")),
    }
}

/// The outcome of a registration.
pub(super) fn of_registration(answer: &Answer) -> Outcome {
    let Some((status, body)) = answer else { return Outcome::Unknown };
    let text = |name: &str| {
        let document = roxmltree::Document::parse(body).ok()?;
        let mut elements =
            document.descendants().filter(|node| node.has_tag_name(("http://example.com/userservice", name)));
        elements.next().and_then(|node| node.text()).map(str::to_owned)
    };
    match status.as_u16() {
        200 => match text("id") {
            Some(id) => Outcome::Promised(Told::Id(id)),
            None => Outcome::Impossible(body.clone()),
        },
        500 => match text("code").as_deref() {
            Some("duplicate") => Outcome::Refused,
            Some("unavailable" | "busy") => Outcome::Unknown,
            _ => Outcome::Impossible(body.clone()),
        },
        502..=504 => Outcome::Unknown,
        _ => Outcome::Impossible(format!("{status} {body}")),
    }
}

/// When the token of a login's answer was issued, by the UUIDv7 that it has for an id.
pub(super) fn issued_at(login: &Value) -> Option<Told> {
    let claims = URL_SAFE_NO_PAD.decode(login["token"].as_str()?.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let id = claims["jti"].as_str()?.replace('-', "");
    Some(Told::IssuedAt(i64::from_str_radix(id.get(..12)?, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> Answer {
        Some((StatusCode::from_u16(status).unwrap(), body.to_owned()))
    }

    fn fault(code: &str) -> String {
        format!(r#"<e><error xmlns="http://example.com/userservice"><code>{code}</code></error></e>"#)
    }

    #[test]
    fn only_success_is_a_promise_and_only_an_answer_a_refusal() {
        let rest = |answer: Answer| of_rest(&answer, |_| Some(Told::Nothing), &[404]);
        assert_eq!(rest(None), Outcome::Unknown);
        assert_eq!(rest(answered(503, "")), Outcome::Unknown);
        assert_eq!(rest(answered(200, "{}")), Outcome::Promised(Told::Nothing));
        assert_eq!(rest(answered(404, "")), Outcome::Refused);
        assert!(matches!(rest(answered(500, "{}")), Outcome::Impossible(_)));
        assert!(matches!(rest(answered(403, "{}")), Outcome::Impossible(_)));
        assert!(matches!(rest(answered(200, "cut sho")), Outcome::Impossible(_)));
    }

    #[test]
    fn a_fault_says_by_its_code_what_became_of_a_registration() {
        let good = r#"<r xmlns="http://example.com/userservice"><id>u1</id></r>"#;
        assert_eq!(of_registration(&answered(200, good)), Outcome::Promised(Told::Id("u1".to_owned())));
        assert_eq!(of_registration(&answered(500, &fault("duplicate"))), Outcome::Refused);
        assert_eq!(of_registration(&answered(500, &fault("unavailable"))), Outcome::Unknown);
        assert!(matches!(of_registration(&answered(500, &fault("internal"))), Outcome::Impossible(_)));
        assert!(matches!(of_registration(&answered(200, "<r/>")), Outcome::Impossible(_)));
        assert_eq!(of_registration(&None), Outcome::Unknown);
    }

    #[test]
    fn a_token_tells_when_it_was_issued() {
        let claims =
            URL_SAFE_NO_PAD.encode(json!({"jti": "019ab3c1-2f5e-7abc-8def-001122334455"}).to_string());
        let login = json!({"token": format!("x.{claims}.x")});
        assert_eq!(issued_at(&login), Some(Told::IssuedAt(0x019a_b3c1_2f5e)));
        assert_eq!(issued_at(&json!({"token": "x"})), None);
    }
}
