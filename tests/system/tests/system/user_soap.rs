//! Registration by SOAP: what is taken.

use hexad_system_tests::{
    Person, SOAP_1_1, SOAP_1_2, Suite, USER, USER_SERVICE, count, envelope, register_user,
};
use std::collections::BTreeMap;

const DUPLICATE: &str = "Duplicate user information detected (username, dni, or email).";
const REGISTERED: &str = "SELECT count(*) FROM event WHERE body LIKE '%\"UserRegistered\"%'";

#[tokio::test]
async fn a_registration_is_answered_in_its_version_and_told() {
    let suite = Suite::start().await;
    let cases = [
        (SOAP_1_1, "text/xml"),
        (SOAP_1_1, "application/xml"),
        (SOAP_1_2, "application/soap+xml; charset=utf-8"),
    ];
    for (soap, content_type) in cases {
        let ada = Person::new();
        let call = suite.user_soap.post("/register").header("soapaction", "\"anything\"");
        let answer = call.body(content_type, ada.envelope(soap)).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let told = answer.response(USER_SERVICE, "registerUserResponse");
        assert_eq!(told["message"], "User registered successfully");
        assert_eq!(told["id"].len(), 36, "a UUID");
        assert_eq!(told.len(), 2);
        ada.log_in(&suite.auth).await;
    }
    // No content type passes too.
    let untyped = suite.user_soap.post("/register").untyped(Person::new().envelope(SOAP_1_1)).send().await;
    assert_eq!(untyped.status, 200);
    assert_eq!(count(&suite.data_dir(), REGISTERED).await, 4);
}

#[tokio::test]
async fn every_form_of_the_fields_that_clients_send_is_understood() {
    let suite = Suite::start().await;
    let service_prefix = format!("xmlns:u=\"{USER_SERVICE}\"");
    let user_prefix = format!("xmlns:u=\"{USER}\"");
    for (open, close, prefix) in [
        (format!("<u:registerUser {user_prefix}>"), "</u:registerUser>", "u:"),
        (format!("<u:registerUser {service_prefix}>"), "</u:registerUser>", "u:"),
        (format!("<registerUser xmlns=\"{USER}\">"), "</registerUser>", ""),
        (format!("<u:registerUser {service_prefix}>"), "</u:registerUser>", ""),
        ("<anything>".to_owned(), "</anything>", ""),
        (String::new(), "", ""),
    ] {
        let ada = Person::new();
        let fields: String =
            ada.fields().iter().map(|(n, v)| format!("\n  <{prefix}{n}>{v}</{prefix}{n}>")).collect();
        let body = envelope(SOAP_1_1, &format!("<!-- a comment -->{open}{fields}{close}"));
        let answer = suite.user_soap.post("/register").body("text/xml", body).send().await;
        assert_eq!(answer.status, 200, "{open}: {}", answer.text());
        ada.log_in(&suite.auth).await;
    }
}

#[tokio::test]
async fn text_is_kept_as_it_is_but_for_white_space_around_it() {
    let suite = Suite::start().await;
    let ada = Person::new()
        .with("first_name", "\n  Åsa <b>&amp; ]]>\t")
        .with("last_name", "O'Brien \"Ñandú\" 🔑")
        .with("city", "  東京 &#x41; ")
        .with("password", " пароль <&> 🔑 ");
    ada.register(&suite.user_soap).await;
    ada.log_in(&suite.auth).await;
    let trimmed = ada.clone().with("password", ada.get("password").trim());
    let body = serde_json::json!({"username": ada.username(), "password": trimmed.get("password")});
    suite.auth.post("/login").json(&body).send().await.problem(401, "invalid_credentials");
    let told = "SELECT count(*) FROM event WHERE json_extract(body, '$.data.first_name') = 'Åsa <b>&amp; ]]>' \
                AND json_extract(body, '$.data.city') = '東京 &#x41;'";
    assert_eq!(count(&suite.data_dir(), told).await, 1);
    // Character references and CDATA are text like any other.
    let grace = Person::new();
    let fields = register_user(SOAP_1_1, &grace.fields());
    let fields = fields.replace("<u:city>London</u:city>", "<u:city><![CDATA[<Lon]]>d&#x6F;n</u:city>");
    let answer = suite.user_soap.post("/register").body("text/xml", fields).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let stored = "SELECT count(*) FROM \"user\" WHERE city = '<London'";
    assert_eq!(count(&suite.data_dir(), stored).await, 1);
}

#[tokio::test]
async fn values_at_their_bounds_are_taken() {
    let suite = Suite::start().await;
    for (field, value) in [
        ("username", "a_b"),
        ("username", &"u".repeat(80)),
        ("password", "p-_9ñx*"),
        ("password", &"z 1".repeat(341)),
        ("first_name", "x"),
        ("last_name", &"ñ".repeat(100)),
        ("dni", "1"),
        ("dni", &"9".repeat(20)),
        ("email", "a@b"),
        ("email", &format!("{}@b", "e".repeat(118))),
        ("city", &"ñ".repeat(100)),
    ] {
        Person::new().with(field, value).register(&suite.user_soap).await;
    }
}

#[tokio::test]
async fn a_duplicate_is_a_fault_that_names_the_field_and_is_told_as_an_event() {
    let suite = Suite::start().await;
    let ada = Person::new();
    ada.register(&suite.user_soap).await;
    for (soap, kind) in [(SOAP_1_1, "Client"), (SOAP_1_2, "Sender")] {
        for field in ["username", "dni", "email"] {
            let twin = Person::new().with(field, ada.get(field));
            let answer = suite.user_soap.post("/register").untyped(twin.envelope(soap)).send().await;
            let fault = answer.faults(soap, kind, "duplicate");
            assert_eq!(fault.text, DUPLICATE);
            assert_eq!(fault.fields, BTreeMap::from([(field.to_owned(), "duplicate".to_owned())]));
            assert_eq!(fault.message.as_deref(), Some(DUPLICATE), "where older clients look for it");
        }
    }
    let failed = "SELECT count(*) FROM event WHERE json_extract(body, '$.event') = 'UserRegistrationFailed' \
                  AND json_extract(body, '$.data.error') = 'Duplicate entry detected'";
    assert_eq!(count(&suite.data_dir(), failed).await, 6);
    assert_eq!(count(&suite.data_dir(), "SELECT count(*) FROM \"user\"").await, 1);
    assert_eq!(count(&suite.data_dir(), REGISTERED).await, 1);
}

#[tokio::test]
async fn a_duplicate_can_be_answered_as_the_originals_did() {
    let suite = Suite::with(&[("SOAP_COMPAT", "originals")]).await;
    let ada = Person::new();
    ada.register(&suite.user_soap).await;
    let answer = suite.user_soap.post("/register").body("text/xml", ada.envelope(SOAP_1_1)).send().await;
    assert_eq!(answer.status, 409);
    let told = answer.response(USER_SERVICE, "registerUserResponse");
    assert_eq!(told, BTreeMap::from([("message".to_owned(), DUPLICATE.to_owned())]));
    let invalid = Person::new().with("email", "x").envelope(SOAP_1_1);
    let invalid = suite.user_soap.post("/register").body("text/xml", invalid).send().await;
    invalid.faults(SOAP_1_1, "Client", "invalid");
}
