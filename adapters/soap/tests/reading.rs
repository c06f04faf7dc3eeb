//! What the reader of envelopes takes, and exactly what it makes of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use hexad_soap::register::REGISTER_USER;
use hexad_soap::{Request, Version};

const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// An envelope of that namespace around the header and the body's content.
fn envelope(namespace: &str, header: &str, body: &str) -> String {
    format!("<e:Envelope xmlns:e='{namespace}'>{header}<e:Body>{body}</e:Body></e:Envelope>")
}

fn read(document: impl AsRef<[u8]>) -> Request {
    read_as(document, "text/xml")
}

fn read_as(document: impl AsRef<[u8]>, content_type: &str) -> Request {
    REGISTER_USER.read(document.as_ref(), Some(content_type)).unwrap_or_else(|fault| panic!("{fault:?}"))
}

fn username(request: &Request) -> &str {
    let mut values = request.values("username");
    let value = values.next().expect("a username");
    assert_eq!(values.next(), None);
    value
}

#[test]
fn fields_come_in_every_namespace_with_any_prefix_in_any_wrapper_or_none() {
    let bodies = [
        "<u:registerUser xmlns:u='http://example.com/user'><u:username>ada</u:username></u:registerUser>",
        "<registerUser xmlns='http://example.com/user'><username>ada</username></registerUser>",
        "<registerUser xmlns='http://example.com/userservice'><username>ada</username></registerUser>",
        "<registerUser><username>ada</username></registerUser>",
        "<x:any xmlns:x='urn:any' xmlns:u='http://example.com/user'><u:username>ada</u:username></x:any>",
        "<username xmlns='http://example.com/user'>ada</username>",
        "<username>ada</username>",
        "<a><b><username>ada</username></b>and text</a>",
        " \n<!-- a comment --><r><nick>x</nick><username role='x'>ada</username></r>\t",
    ];
    for body in bodies {
        for (namespace, version) in [(SOAP_11, Version::V1_1), (SOAP_12, Version::V1_2)] {
            let request = read(envelope(namespace, "", body));
            assert_eq!((username(&request), request.version), ("ada", version), "{body}");
        }
    }
}

#[test]
fn a_field_of_another_namespace_is_no_field() {
    let request = read(envelope(SOAP_11, "", "<r><u:username xmlns:u='urn:other'>ada</u:username></r>"));
    assert_eq!(request.fields, []);
}

#[test]
fn all_fields_are_handed_over_as_they_were_sent() {
    let body = "<r><username> ada </username><password>  two  spaces </password><dni/><dni>1</dni></r>";
    let request = read(envelope(SOAP_11, "", body));
    let fields: Vec<_> = request.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(fields, [("username", " ada "), ("password", "  two  spaces "), ("dni", ""), ("dni", "1")]);
    assert!(!format!("{request:?}").contains("spaces"), "no value shows in Debug");
}

#[test]
fn text_is_one_however_it_is_spelt() {
    for spelt in [
        "a&lt;b&amp;c]]&gt;",
        "<![CDATA[a<b&c]]]]><![CDATA[>]]>",
        "a<!-- not this -->&#60;b<![CDATA[&c]]>]]&#x3E;",
    ] {
        let request = read(envelope(SOAP_11, "", &format!("<username>{spelt}</username>")));
        assert_eq!(username(&request), "a<b&c]]>", "{spelt}");
    }
}

#[test]
fn punctuation_in_text_is_text() {
    for text in [
        "a>b", "a/>b", "/", "a-->b", "--", "a?>b", "?", "!", "a]b", "a]]b", "]", "]]", "a=b", "'\"", "a;b",
        "%a;", "#1", "[x]", "{}", " \t\n ", "a\u{a0}b", "\u{85}", "\u{2028}", "\u{7f}", "日本", "e\u{301}",
    ] {
        let request = read(envelope(SOAP_11, "", &format!("<password>{text}</password>")));
        assert_eq!(request.values("password").collect::<Vec<_>>(), [text], "{text:?}");
        let request = read(envelope(SOAP_11, "", &format!("<password><![CDATA[{text}]]></password>")));
        assert_eq!(request.values("password").collect::<Vec<_>>(), [text], "{text:?} in CDATA");
    }
}

#[test]
fn line_ends_are_line_feeds_but_where_they_are_written_as_references() {
    let request = read(envelope(SOAP_11, "", "<city>a\r\nb\rc&#13;&#xA;d</city>"));
    assert_eq!(request.values("city").collect::<Vec<_>>(), ["a\nb\nc\r\nd"]);
}

#[test]
fn many_comments_and_references_are_only_text() {
    let text = "a<!-- --><!-- - -->&#98;<![CDATA[]]>".repeat(200);
    let request = read(envelope(SOAP_11, "<!-- x -->", &format!("<!-- y --><city>{text}</city><!-- z -->")));
    assert_eq!(request.values("city").collect::<Vec<_>>(), ["ab".repeat(200)]);
}

#[test]
fn the_encoding_comes_from_the_mark_then_the_content_type_then_the_declaration() {
    let plain = envelope(SOAP_11, "", "<username>ñ😊</username>");
    let declared = |encoding: &str| format!("<?xml version='1.0' encoding='{encoding}'?>{plain}");
    let marked = |text: &str| format!("\u{feff}{text}");
    let utf16 =
        |text: &str, order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();

    let table: [(Vec<u8>, &str); 10] = [
        (plain.clone().into(), "text/xml"),
        (declared("UTF-8").into(), "text/xml; charset=utf-8"),
        (marked(&declared("utf-8")).into(), "text/xml; charset=utf-8"),
        (marked(&plain).into(), "text/xml"),
        (marked(&plain).into(), "text/xml; charset=iso-8859-1"),
        // What .NET sends when a string was serialised first and encoded afterwards.
        (declared("utf-16").into(), "text/xml; charset=utf-8"),
        (utf16(&marked(&declared("UTF-16")), u16::to_be_bytes), "text/xml"),
        (utf16(&marked(&declared("UTF-16")), u16::to_le_bytes), "text/xml; charset=utf-16"),
        (utf16(&declared("UTF-16"), u16::to_le_bytes), "text/xml; charset=utf-16"),
        (utf16(&plain, u16::to_be_bytes), "text/xml; charset=UTF-16BE"),
    ];
    for (document, content_type) in table {
        let request = read_as(&document, content_type);
        assert_eq!(username(&request), "ñ😊", "{content_type}: {}", String::from_utf8_lossy(&document));
    }

    let latin = envelope(SOAP_11, "", "<username>\u{1}</username>").replace('\u{1}', "?");
    let latin: Vec<u8> = latin.bytes().map(|b| if b == b'?' { 0xF1 } else { b }).collect();
    assert_eq!(username(&read_as(&latin, "text/xml; charset=ISO-8859-1")), "ñ");
    let declared: Vec<u8> = [b"<?xml version='1.0' encoding='iso-8859-1'?>", latin.as_slice()].concat();
    assert_eq!(username(&read_as(&declared, "text/xml")), "ñ");
}

#[test]
fn the_envelope_decides_the_version_and_not_the_content_type() {
    let body = "<username>ada</username>";
    assert_eq!(read_as(envelope(SOAP_11, "", body), "application/soap+xml").version, Version::V1_1);
    assert_eq!(read_as(envelope(SOAP_12, "", body), "application/xml").version, Version::V1_2);
    assert!(REGISTER_USER.read(envelope(SOAP_12, "", body).as_bytes(), None).is_ok());
}

#[test]
fn headers_that_need_not_be_understood_here_pass() {
    let next = "http://schemas.xmlsoap.org/soap/actor/next";
    let header_11 = [
        "<e:Header/>".to_owned(),
        "<e:Header><t:a xmlns:t='urn:t'>text <b/></t:a></e:Header>".to_owned(),
        "<e:Header><t:a xmlns:t='urn:t' e:mustUnderstand='0'/></e:Header>".to_owned(),
        "<e:Header><t:a xmlns:t='urn:t' e:mustUnderstand='1' e:actor='urn:somebody'/></e:Header>".to_owned(),
        // In no namespace it is not SOAP's attribute.
        format!("<e:Header><t:a xmlns:t='urn:t' mustUnderstand='1' e:actor='{next}'/></e:Header>"),
        // A field in the header is none.
        "<e:Header><username>eve</username></e:Header>".to_owned(),
    ];
    for header in header_11 {
        let request = read(envelope(SOAP_11, &header, "<username>ada</username>"));
        assert_eq!(username(&request), "ada", "{header}");
    }
    let none = format!("{SOAP_12}/role/none");
    let header_12 = [
        "<e:Header><t:a xmlns:t='urn:t' e:mustUnderstand='false'/></e:Header>".to_owned(),
        format!("<e:Header><t:a xmlns:t='urn:t' e:mustUnderstand='true' e:role='{none}'/></e:Header>"),
    ];
    for header in header_12 {
        let request = read(envelope(SOAP_12, &header, "<username>ada</username>"));
        assert_eq!(username(&request), "ada", "{header}");
    }
}

#[test]
fn soap_1_1_allows_qualified_elements_after_the_body() {
    let document = format!(
        "<Envelope xmlns='{SOAP_11}'><Body><username xmlns=''>ada</username></Body><x:y xmlns:x='urn:x'>z</x:y></Envelope>"
    );
    assert_eq!(username(&read(document)), "ada");
}
