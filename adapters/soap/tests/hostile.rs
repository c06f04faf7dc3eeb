//! Envelopes that somebody sends to do harm, or by mistake: each gets its fault, and soon.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use hexad_soap::register::REGISTER_USER;
use hexad_soap::{Fault, Version};

const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

fn envelope(namespace: &str, header: &str, body: &str) -> String {
    format!("<e:Envelope xmlns:e='{namespace}'>{header}<e:Body>{body}</e:Body></e:Envelope>")
}

fn good() -> String {
    envelope(SOAP_11, "", "<username>ada</username>")
}

fn fault(document: impl AsRef<[u8]>) -> Fault {
    fault_as(document, "text/xml")
}

fn fault_as(document: impl AsRef<[u8]>, content_type: &str) -> Fault {
    let document = document.as_ref();
    match REGISTER_USER.read(document, Some(content_type)) {
        Err(fault) => fault,
        Ok(request) => {
            panic!("{request:?} from {}", String::from_utf8_lossy(&document[..document.len().min(300)]))
        }
    }
}

fn assert_malformed(document: impl AsRef<[u8]>) {
    let shown = String::from_utf8_lossy(&document.as_ref()[..document.as_ref().len().min(300)]).into_owned();
    let fault = fault(document);
    assert_eq!((fault.code(), fault.soap_code()), (Some("malformed"), "Client"), "{shown}");
}

#[test]
fn a_document_type_is_refused_whatever_it_declares() {
    let mut billion_laughs = String::from("<!DOCTYPE e [<!ENTITY a0 \"ha\">");
    for i in 1..30 {
        billion_laughs.push_str(&format!("<!ENTITY a{i} \"&a{};&a{};\">", i - 1, i - 1));
    }
    billion_laughs.push_str("]>");
    let parameter_laughs = "<!DOCTYPE e [<!ENTITY % a '<!ENTITY b \"x\">'> %a; %a; %a;]>";
    let long_subset = format!("<!DOCTYPE e [{}]>", "<!ELEMENT e ANY>".repeat(20_000));
    let types = [
        "<!DOCTYPE e>",
        "<!DOCTYPE e SYSTEM 'http://example.com/evil.dtd'>",
        "<!DOCTYPE e PUBLIC '-//x' 'file:///etc/passwd'>",
        "<!DOCTYPE e [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
        "<!-- first --><!DOCTYPE e [<!ATTLIST e x CDATA 'y'>]>",
        parameter_laughs,
        &billion_laughs,
        &long_subset,
    ];
    for doctype in types {
        let document =
            format!("<?xml version='1.0'?>{doctype}{}", envelope(SOAP_11, "", "<username>&x;</username>"));
        assert_malformed(&document);
        for order in [u16::to_be_bytes as fn(u16) -> [u8; 2], u16::to_le_bytes] {
            let marked = format!("\u{feff}{doctype}{}", good());
            assert_malformed(marked.encode_utf16().flat_map(order).collect::<Vec<u8>>());
        }
    }
    assert!(fault(format!("<!DOCTYPE e>{}", good())).reason().contains("document type"));
}

#[test]
fn an_entity_that_nobody_declared_is_refused() {
    for text in ["&nbsp;", "&x;", "&#0;", "&#xFFFF;", "&#xD800;", "&#x110000;", "&#;", "&", "&amp"] {
        assert_malformed(envelope(SOAP_11, "", &format!("<username>{text}</username>")));
    }
}

#[test]
fn depth_and_numbers_are_bounded() {
    let wrap = |body: &str| envelope(SOAP_11, "", body);
    assert_malformed(wrap(&"<a>".repeat(100_000)));
    assert_malformed(wrap(&format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000))));
    assert_malformed(wrap(&"<a/>".repeat(200_000)));
    let attributes = |form: fn(usize) -> String, n: usize| (0..n).map(form).collect::<String>();
    assert_malformed(wrap(&format!("<a {}/>", attributes(|i| format!(" a{i}=''"), 80_000))));
    assert_malformed(wrap(&format!("<a {}/>", attributes(|i| format!(" xmlns:a{i}='b'"), 50_000))));
    assert_malformed(wrap(&format!("<a b='{}'/>", "x".repeat(100_000))));
    assert_malformed(wrap(&format!("<{}/>", "x".repeat(100_000))));
}

/// What is too long is the business of the field's rule, which names the field.
#[test]
fn a_long_text_is_read_whole() {
    let long = "x".repeat(200_000);
    let message = envelope(SOAP_11, "", &format!("<username>{long}</username>"));
    let request = REGISTER_USER.read(message.as_bytes(), None).unwrap();
    assert_eq!(request.values("username").collect::<Vec<_>>(), [long]);
}

#[test]
fn the_bounds_are_where_they_are_said_to_be() {
    let passes = |body: String| REGISTER_USER.read(envelope(SOAP_11, "", &body).as_bytes(), None).is_ok();
    let attributes = |n: usize| format!("<a {}/>", (0..n).map(|i| format!(" a{i}=''")).collect::<String>());
    // Besides those declared here, a namespace is bound for each of the envelope's prefix, xml, xmlns and none.
    let namespaces = |n: usize, inner: &str| {
        format!("<a {}>{inner}</a>", (0..n).map(|i| format!(" xmlns:a{i}='b'")).collect::<String>())
    };
    let deep = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    assert!(passes(deep(30)) && !passes(deep(31)), "32 with Envelope and Body");
    assert!(passes("<a/>".repeat(1_998)) && !passes("<a/>".repeat(1_999)), "2,000 with Envelope and Body");
    assert!(passes(attributes(64)) && !passes(attributes(65)));
    assert!(passes(namespaces(60, "")) && !passes(namespaces(61, "")));
    // The dearest message within the bounds: each of many elements sees all of many namespaces.
    assert!(passes(namespaces(60, &"<b/>".repeat(1_997))));
}

#[test]
fn every_beginning_of_a_message_is_refused() {
    let whole = format!(
        "<?xml version='1.0'?>{}",
        envelope(SOAP_12, "", "<a><username>ñ&amp;<![CDATA[x]]></username></a>")
    );
    for end in 0..whole.len() {
        let fault = fault(&whole.as_bytes()[..end]);
        assert_eq!(fault.code(), Some("malformed"), "cut at {end}");
    }
    assert!(REGISTER_USER.read(whole.as_bytes(), None).is_ok());
}

#[test]
fn what_is_no_message_is_refused() {
    let (body, soap) = ("<e:Body><username>ada</username></e:Body>", format!("xmlns:e='{SOAP_11}'"));
    let table = [
        String::new(),
        "   ".into(),
        "ada".into(),
        "{\"username\":\"ada\"}".into(),
        "<username>ada</username>".into(),
        format!("<Body xmlns='{SOAP_11}'/>"),
        "<html><Envelope/></html>".into(),
        format!("{}{}", good(), good()),
        format!("{}<x/>", good()),
        format!("{}x", good()),
        format!("x{}", good()),
        format!(" <?xml version='1.0'?>{}", good()),
        format!("<?xml version='1.1'?>{}", good()),
        format!("<?xml version='2.0'?>{}", good()),
        format!("<?xml version='1.0' encoding='koi8-r'?>{}", good()),
        format!("<?xml version='1.0' encoding='utf-16'?>{}", good()),
        format!("<?run?>{}", good()),
        format!("{}<?run?>", good()),
        envelope(SOAP_11, "", "<?run it?><username>ada</username>"),
        envelope(SOAP_11, "", "text<username>ada</username>"),
        envelope(SOAP_11, "", "<![CDATA[ x ]]><username>ada</username>"),
        envelope(SOAP_11, "text", "<username>ada</username>"),
        envelope(SOAP_11, "<e:Header>text</e:Header>", "<username>ada</username>"),
        envelope(SOAP_11, "<e:Header/><e:Header/>", "<username>ada</username>"),
        envelope(SOAP_11, "<x/>", "<username>ada</username>"),
        envelope(SOAP_11, "", "<username><b>ada</b></username>"),
        envelope(SOAP_11, "", "<username>ada</Username>"),
        envelope(SOAP_11, "", "<x:username>ada</x:username>"),
        envelope(SOAP_11, "", "<username a='1' a='2'>ada</username>"),
        envelope(SOAP_11, "", "<username>a\0b</username>"),
        envelope(SOAP_11, "", "<username>a\u{1b}b</username>"),
        envelope(SOAP_11, "", "<username><![CDATA[a\u{ffff}b]]></username>"),
        envelope(SOAP_11, "", "<username>ada]]></username>"),
        format!("<e:Envelope {soap}></e:Envelope>"),
        format!("<e:Envelope {soap}><e:Header/></e:Envelope>"),
        format!("<e:Envelope {soap}>{body}{body}</e:Envelope>"),
        format!("<e:Envelope {soap}>{body}<e:Header/></e:Envelope>"),
        format!("<e:Envelope {soap}>{body}<unqualified/></e:Envelope>"),
        format!("<e:Envelope {soap}><e:Fault/>{body}</e:Envelope>"),
    ];
    for document in table {
        assert_malformed(document);
    }
    let after = format!("<e:Envelope xmlns:e='{SOAP_12}'>{body}<x:y xmlns:x='urn:x'/></e:Envelope>");
    let fault = fault(after);
    assert_eq!((fault.code(), fault.soap_code()), (Some("malformed"), "Sender"), "1.2 ends with the Body");
}

#[test]
fn bytes_that_are_not_of_the_encoding_are_refused() {
    let with = |bytes: &[u8]| {
        let (start, end) = ("<username>", "</username>");
        let document = envelope(SOAP_11, "", &format!("{start}{end}"));
        let at = document.find(end).unwrap();
        [&document.as_bytes()[..at], bytes, &document.as_bytes()[at..]].concat()
    };
    for bytes in [&[0xFF][..], &[0xC3], &[0xC0, 0x80], &[0xED, 0xA0, 0x80], &[0xF5, 0x80, 0x80, 0x80]] {
        assert_malformed(with(bytes));
    }
    assert_malformed([&[0xFF, 0xFE][..], good().as_bytes()].concat());
    let lone_surrogate: Vec<u8> =
        "\u{feff}<e>".encode_utf16().chain([0xD800, 0x3C]).flat_map(u16::to_le_bytes).collect();
    assert_malformed(lone_surrogate);
    assert_eq!(fault_as(with(&[0xC3, 0xB1]), "text/xml; charset=us-ascii").code(), Some("malformed"));
}

#[test]
fn another_content_type_is_malformed() {
    for content_type in ["application/json", "text/plain", "", "multipart/related; type=\"text/xml\""] {
        let fault = fault_as(good(), content_type);
        assert_eq!((fault.code(), fault.version()), (Some("malformed"), Version::V1_1), "{content_type}");
    }
}

#[test]
fn an_envelope_of_neither_version_is_a_version_mismatch_in_1_1() {
    for namespace in
        ["http://www.w3.org/2001/12/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope", "urn:x"]
    {
        let fault = fault_as(envelope(namespace, "", "<username>ada</username>"), "application/soap+xml");
        assert_eq!((fault.version(), fault.soap_code()), (Version::V1_1, "VersionMismatch"), "{namespace}");
    }
    assert_eq!(fault("<Envelope><Body/></Envelope>").soap_code(), "VersionMismatch");
}

#[test]
fn a_header_that_must_be_understood_is_a_fault() {
    let header = |attributes: &str| format!("<e:Header><t:a xmlns:t='urn:t' {attributes}/></e:Header>");
    let next_11 = "e:mustUnderstand='1' e:actor='http://schemas.xmlsoap.org/soap/actor/next'";
    for attributes in
        ["e:mustUnderstand='1'", "e:mustUnderstand='true'", "e:mustUnderstand='1' e:actor=''", next_11]
    {
        let fault = fault(envelope(SOAP_11, &header(attributes), ""));
        assert_eq!((fault.soap_code(), fault.version()), ("MustUnderstand", Version::V1_1), "{attributes}");
    }
    for role in ["next", "ultimateReceiver"] {
        for value in ["1", "true", " true "] {
            let attributes = format!("e:mustUnderstand='{value}' e:role='{SOAP_12}/role/{role}'");
            let fault = fault(envelope(SOAP_12, &header(&attributes), ""));
            assert_eq!(
                (fault.soap_code(), fault.version()),
                ("MustUnderstand", Version::V1_2),
                "{attributes}"
            );
        }
    }
    // A long namespace that many of them share is not told once for each.
    let many = format!(
        "<e:Header xmlns:t='{}'>{}</e:Header>",
        "x".repeat(8_000),
        "<t:a e:mustUnderstand='1'/>".repeat(1_900)
    );
    let question = envelope(SOAP_12, &many, "");
    let answer = fault(&question).to_xml();
    assert!(answer.len() < 4 * question.len(), "{} for {}", answer.len(), question.len());
    // It is not carried out, and yet a message that ends early is no message.
    let cut = envelope(SOAP_11, &header("e:mustUnderstand='1'"), "<username>");
    assert_eq!(fault(cut).code(), Some("malformed"));
}

#[test]
fn a_fault_never_quotes_what_was_sent() {
    for text in ["&s3cret;", "s3cret<s3cret></username>", "<s3cret>x</s3cret>"] {
        let fault = fault(envelope(SOAP_11, "", &format!("<password>{text}</password>")));
        assert!(!String::from_utf8(fault.to_xml()).unwrap().contains("s3cret"), "{text}");
    }
}
