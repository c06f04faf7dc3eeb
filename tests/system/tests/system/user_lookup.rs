//! Looking users up by SOAP, and by GET as the originals had it.

use hexad_system_tests::{Person, SOAP_1_1, SOAP_1_2, Suite, WEBSERVICE, envelope, get_user};
use std::collections::BTreeMap;

#[tokio::test]
async fn a_user_is_found_by_get_and_by_post_in_both_versions() {
    let suite = Suite::start().await;
    let ada = Person::new();
    let id = ada.register(&suite.user_soap).await;
    let expected =
        BTreeMap::from([("id".to_owned(), id), ("username".to_owned(), ada.username().to_owned())]);
    let by_get = suite.user_lookup.get(&format!("/user/soap?username={}", ada.username())).send().await;
    let mut answers = vec![by_get];
    for (soap, content_type) in [(SOAP_1_1, "text/xml"), (SOAP_1_2, "application/soap+xml")] {
        let body = get_user(soap, ada.username());
        answers.push(suite.user_lookup.post("/user/soap").body(content_type, body).send().await);
    }
    for answer in answers {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.response(WEBSERVICE, "getUserByUsernameResponse"), expected);
    }
}

#[tokio::test]
async fn by_get_each_refusal_has_its_status_and_a_fault_as_its_body() {
    let suite = Suite::start().await;
    let ada = Person::new();
    ada.register(&suite.user_soap).await;
    let upper = ada.username().to_uppercase();
    let long = "x".repeat(5000);
    for (query, status, code) in [
        ("", 400, "missing"),
        ("?", 400, "missing"),
        ("?username=", 400, "missing"),
        ("?user=ada", 400, "missing"),
        ("?wsdl&username=%ff", 400, "malformed"),
        ("?username=a&username=b", 400, "repeated"),
        ("?username=%ff", 400, "malformed"),
        ("?username=%", 400, "malformed"),
        ("?username=nobody", 404, "not_found"),
        (&format!("?username={upper}"), 404, "not_found"),
        (&format!("?username=%20{}", ada.username()), 404, "not_found"),
        (&format!("?username={}", ada.get("email").replace('@', "%40")), 404, "not_found"),
        ("?username=%3C%26%3E%22'%5D%5D%3E", 404, "not_found"),
        ("?username=a%00b", 404, "not_found"),
        ("?username='%20OR%201=1%20--", 404, "not_found"),
        (&format!("?username={long}"), 404, "not_found"),
    ] {
        let answer = suite.user_lookup.get(&format!("/user/soap{query}")).send().await;
        assert_eq!(answer.status, status, "{query}");
        let fault = answer.fault();
        assert_eq!(
            (fault.soap.as_str(), fault.kind.as_str(), fault.code.as_str()),
            (SOAP_1_1, "Client", code),
            "{query}"
        );
    }
}

#[tokio::test]
async fn by_post_each_refusal_is_a_fault() {
    let suite = Suite::start().await;
    let wrapped = |fields: &str| {
        envelope(
            SOAP_1_2,
            &format!("<w:getUserByUsername xmlns:w='{WEBSERVICE}'>{fields}</w:getUserByUsername>"),
        )
    };
    let good = get_user(SOAP_1_2, "x");
    for (what, body, code) in [
        ("an unknown user", get_user(SOAP_1_2, "<nobody> & co"), "not_found"),
        ("an empty name", get_user(SOAP_1_2, ""), "missing"),
        ("no name", wrapped(""), "missing"),
        ("two names", wrapped("<w:username>a</w:username><w:username>b</w:username>"), "repeated"),
        ("another operation", envelope(SOAP_1_2, "<other/>"), "malformed"),
        ("an empty Body", envelope(SOAP_1_2, ""), "malformed"),
        ("a large one", get_user(SOAP_1_2, &"x".repeat(1 << 20)), "too_large"),
    ] {
        let answer = suite.user_lookup.post("/user/soap").body("application/soap+xml", body).send().await;
        assert_eq!(answer.status, 500, "{what}");
        let fault = answer.fault();
        assert_eq!(
            (fault.soap.as_str(), fault.kind.as_str(), fault.code.as_str()),
            (SOAP_1_2, "Sender", code),
            "{what}"
        );
    }
    for (what, content_type, body) in [
        ("nothing", "text/xml", String::new()),
        ("no XML", "text/xml", "x".into()),
        ("JSON", "application/json", "{}".into()),
        (
            "a document type",
            "text/xml",
            format!(
                "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>{}",
                get_user(SOAP_1_1, "x").replace(">x<", ">&e;<")
            ),
        ),
    ] {
        let answer = suite.user_lookup.post("/user/soap").body(content_type, body).send().await;
        assert_eq!(answer.status, 500, "{what}");
        assert!(!answer.text().contains("root:"));
        answer.faults(SOAP_1_1, "Client", "malformed");
    }
    let cut =
        suite.user_lookup.post("/user/soap").body("application/soap+xml", good[..good.len() - 5].to_owned());
    assert_eq!(cut.send().await.fault().code, "malformed");
}
