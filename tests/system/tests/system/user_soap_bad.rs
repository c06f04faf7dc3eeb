//! Registration by SOAP: what is refused, and that nothing of it stays.

use hexad_system_tests::{Person, SOAP_1_1, SOAP_1_2, Suite, USER, envelope, register_user};
use std::collections::BTreeMap;

const XML: Option<&str> = Some("text/xml; charset=utf-8");

#[tokio::test]
async fn what_is_no_good_envelope_is_malformed() {
    let suite = Suite::start().await;
    let before = suite.footprint().await;
    let good = Person::new().envelope(SOAP_1_1);
    let dtd = |subset: &str| format!("<?xml version=\"1.0\"?><!DOCTYPE x {subset}>{good}");
    let deep = envelope(SOAP_1_1, &format!("{}{}", "<a>".repeat(5000), "</a>".repeat(5000)));
    let many = envelope(SOAP_1_1, &"<a/>".repeat(50_000));
    let attributes: String = (0..5000).map(|n| format!(" a{n}='{n}'")).collect();
    let attributes = envelope(SOAP_1_1, &format!("<a{attributes}/>"));
    let fields: String = Person::new().fields().iter().map(|(n, v)| format!("<{n}>{v}</{n}>")).collect();
    for (what, content_type, body) in [
        ("nothing", XML, String::new()),
        ("white space", XML, " \n".into()),
        ("no XML", XML, "hello".into()),
        ("JSON", XML, "{}".into()),
        (
            "fields without an envelope",
            XML,
            format!("<registerUser xmlns=\"{USER}\">{fields}</registerUser>"),
        ),
        ("an envelope cut short", XML, good[..good.len() / 2].to_owned()),
        ("an envelope without its last byte", XML, good[..good.len() - 1].to_owned()),
        ("two envelopes", XML, format!("{good}{good}")),
        ("an envelope without a Body", XML, format!("<s:Envelope xmlns:s=\"{SOAP_1_1}\"/>")),
        ("an undeclared prefix", XML, good.replace(" xmlns:u=", " xmlns:v=")),
        ("an undefined entity", XML, good.replace("London", "&london;")),
        ("a bad character reference", XML, good.replace("London", "&#0;")),
        ("an element in a field", XML, good.replace("London", "<b>London</b>")),
        ("a document type", XML, dtd("")),
        (
            "an external entity",
            XML,
            dtd("[<!ENTITY e SYSTEM 'file:///etc/passwd'>]").replace("London", "&e;"),
        ),
        ("an entity", XML, dtd("[<!ENTITY e 'e'>]").replace("London", "&e;")),
        (
            "laughs",
            XML,
            dtd("[<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]").replace("London", "&c;"),
        ),
        ("an external subset", XML, dtd("SYSTEM 'http://127.0.0.1:1/x.dtd'")),
        ("a depth of 5,000", XML, deep),
        ("50,000 elements", XML, many),
        ("5,000 attributes", XML, attributes),
        ("an attribute twice", XML, good.replace("<s:Body>", "<s:Body a='1' a='2'>")),
        ("JSON by its type", Some("application/json"), good.clone()),
        ("a form by its type", Some("application/x-www-form-urlencoded"), good.clone()),
        ("text by its type", Some("text/plain"), good.clone()),
    ] {
        let call = suite.user_soap.post("/register");
        let answer = match content_type {
            Some(content_type) => call.body(content_type, body).send().await,
            None => call.untyped(body).send().await,
        };
        assert_eq!(answer.status, 500, "{what}: {}", answer.text());
        assert_eq!(answer.fault().code, "malformed", "{what}");
        answer.faults(SOAP_1_1, "Client", "malformed");
    }
    let not_utf8: Vec<u8> = good.bytes().map(|byte| if byte == b'L' { 0xff } else { byte }).collect();
    let answer = suite.user_soap.post("/register").body("text/xml", not_utf8).send().await;
    answer.faults(SOAP_1_1, "Client", "malformed");
    assert_eq!(suite.footprint().await, before, "nothing is left behind");
}

#[tokio::test]
async fn what_soap_itself_refuses() {
    let suite = Suite::start().await;
    let before = suite.footprint().await;
    let ada = Person::new();
    let other = ada.envelope("http://example.com/another/envelope");
    let answer = suite.user_soap.post("/register").body("text/xml", other).send().await;
    answer.faults(SOAP_1_1, "VersionMismatch", "");
    for (soap, truth) in [(SOAP_1_1, "1"), (SOAP_1_2, "true")] {
        let header =
            format!("<s:Header><x:pay xmlns:x='urn:x' s:mustUnderstand='{truth}'/></s:Header><s:Body>");
        let body = ada.envelope(soap).replace("<s:Body>", &header);
        suite.user_soap.post("/register").untyped(body).send().await.faults(soap, "MustUnderstand", "");
    }
    assert_eq!(suite.footprint().await, before);
}

#[tokio::test]
async fn a_body_over_1_mib_is_too_large_in_either_version() {
    let suite = Suite::start().await;
    let before = suite.footprint().await;
    let city = "x".repeat(1024 * 1024);
    for (soap, content_type, kind) in
        [(SOAP_1_1, "text/xml", "Client"), (SOAP_1_2, "application/soap+xml", "Sender")]
    {
        let body = Person::new().with("city", &city).envelope(soap);
        let answer = suite.user_soap.post("/register").body(content_type, body).send().await;
        answer.faults(soap, kind, "too_large");
    }
    assert_eq!(suite.footprint().await, before);
}

#[tokio::test]
async fn a_value_that_breaks_its_rule_is_named_and_a_password_never_repeated() {
    let suite = Suite::start().await;
    let before = suite.footprint().await;
    let n = |text: &str, times: usize| text.repeat(times);
    for (field, values) in [
        (
            "username",
            vec!["ab".into(), n("a", 81), "añb".into(), "a@b".into(), "a b".into(), "<b>x</b>".into()],
        ),
        (
            "password",
            vec!["short12".into(), n("p", 1025), "password1".into(), "PassWord1".into(), n("ñ", 513)],
        ),
        ("first_name", vec![n("f", 101)]),
        ("last_name", vec![n("l", 101)]),
        ("dni", vec![n("d", 21)]),
        ("email", ["@b", "a@", "a@b@c", "ab", "a b@c", "a\tb@c"].map(String::from).to_vec()),
        ("email", vec![format!("{}@b", n("e", 119))]),
        ("city", vec![n("ñ", 101)]),
    ] {
        for value in values {
            let body = Person::new().with(field, &value).envelope(SOAP_1_1);
            let answer = suite.user_soap.post("/register").body("text/xml", body).send().await;
            let fault = answer.faults(SOAP_1_1, "Client", "invalid");
            assert_eq!(fault.fields, BTreeMap::from([(field.into(), "invalid".into())]), "{value}");
            assert!(fault.text.contains(field), "{}", fault.text);
            assert!(field != "password" || !answer.text().contains(&value));
        }
    }
    assert_eq!(suite.footprint().await, before);
}

#[tokio::test]
async fn all_that_is_missing_repeated_or_invalid_is_named_at_once() {
    let suite = Suite::start().await;
    let before = suite.footprint().await;
    let ada = Person::new();
    let good = ada.fields();
    let missing = good.iter().map(|(name, _)| (*name, "missing")).collect::<Vec<_>>();
    let empty = good.iter().map(|(name, _)| (*name, "")).collect();
    let but = |changes: &[(&str, &'static str)], more: &[(&'static str, &'static str)]| {
        let change = |(name, value)| {
            changes.iter().find(|(changed, _)| *changed == name).map_or((name, value), |(_, to)| (name, *to))
        };
        good.iter().copied().map(change).chain(more.iter().copied()).collect::<Vec<_>>()
    };
    let twice = but(&[], &[("city", "Paris")]);
    let twice_and_bad = but(&[("username", "a b")], &[("dni", "")]);
    let all_kinds = but(&[("username", "a b"), ("city", " \t\n ")], &[("email", "a@b")]);
    for (code, fields, named) in [
        ("missing", vec![], missing.clone()),
        ("missing", empty, missing),
        ("repeated", twice, vec![("city", "repeated")]),
        ("repeated", twice_and_bad, vec![("dni", "repeated"), ("username", "invalid")]),
        ("missing", all_kinds, vec![("city", "missing"), ("email", "repeated"), ("username", "invalid")]),
    ] {
        let body = register_user(SOAP_1_2, &fields);
        let answer = suite.user_soap.post("/register").body("application/soap+xml", body).send().await;
        let fault = answer.faults(SOAP_1_2, "Sender", code);
        let named = named.into_iter().map(|(name, code)| (name.to_owned(), code.to_owned())).collect();
        assert_eq!(fault.fields, named, "{}", fault.text);
    }
    let foreign = Person::new().envelope(SOAP_1_1).replace(USER, "http://example.com/another");
    let answer = suite.user_soap.post("/register").body("text/xml", foreign).send().await;
    assert_eq!(answer.faults(SOAP_1_1, "Client", "missing").fields.len(), 7, "other fields, though alike");
    assert_eq!(suite.footprint().await, before);
}
