//! Whatever is sent, there is an answer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use hexad_soap::register::REGISTER_USER;
use proptest::prelude::*;

const GOOD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- c --><s:Envelope \
    xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header><h xmlns=\"urn:h\" s:mustUnderstand=\"0\"/></s:Header>\
    <s:Body><u:registerUser xmlns:u=\"http://example.com/user\"><u:username>ada &amp; <![CDATA[<b>]]></u:username>\
    <u:city>ñ</u:city></u:registerUser></s:Body></s:Envelope>";

/// Pieces of documents, so that arbitrary sequences of them reach deep into the reader.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "<",
            ">",
            "</",
            "/>",
            "<!--",
            "-->",
            "--",
            "<![CDATA[",
            "]]>",
            "<?",
            "?>",
            "<?xml version='1.0'?>",
            "<?xml version='1.0' encoding='utf-16'?>",
            "<!DOCTYPE e [",
            "<!ENTITY a 'b'>",
            "<!ENTITY % a '%a;'>",
            "]>",
            "%a;",
            "&a;",
            "&amp;",
            "&#x",
            "&#65;",
            ";",
            "'",
            "\"",
            "=",
            " ",
            "\r\n",
            "\u{feff}",
            "\0",
            "ñ",
            "😊",
            "xmlns='urn:a'",
            "xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'",
            "xmlns:s='http://www.w3.org/2003/05/soap-envelope'",
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>",
            "<s:Header>",
            "</s:Header>",
            "<s:Body>",
            "</s:Body>",
            "</s:Envelope>",
            "<username>",
            "</username>",
            "<a s:mustUnderstand='1'/>",
            "text",
        ])
        .prop_map(str::to_owned),
        ".{0,8}",
    ]
}

fn content_type() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        prop::sample::select(vec![
            "text/xml",
            "text/xml; charset=utf-8",
            "text/xml; charset=utf-16",
            "application/soap+xml",
            "text/xml; charset=utf-16be",
            "application/xml; charset=us-ascii"
        ])
        .prop_map(|name| Some(name.to_owned())),
        ".{0,40}".prop_map(Some),
    ]
}

/// Reads, and looks at the fault as a client would: it has to be a document of its own.
fn answer(body: &[u8], content_type: Option<&str>) {
    if let Err(fault) = REGISTER_USER.read(body, content_type) {
        let written = fault.to_xml();
        let events = xml::EventReader::new(written.as_slice());
        for event in events {
            event.expect("a fault is well-formed");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..200), content_type in content_type()) {
        answer(&body, content_type.as_deref());
    }

    #[test]
    fn arbitrary_pieces_of_xml_are_answered(pieces in prop::collection::vec(piece(), 0..40), content_type in content_type()) {
        answer(pieces.concat().as_bytes(), content_type.as_deref());
    }

    #[test]
    fn a_good_message_with_some_bytes_changed_is_answered(
        changes in prop::collection::vec((0..GOOD.len(), any::<u8>()), 1..6),
        content_type in content_type(),
    ) {
        let mut body = GOOD.as_bytes().to_vec();
        for (at, byte) in changes {
            body[at] = byte;
        }
        answer(&body, content_type.as_deref());
    }

    #[test]
    fn a_good_message_with_a_piece_put_in_is_answered(at in 0..GOOD.len(), pieces in prop::collection::vec(piece(), 1..4)) {
        let body = [&GOOD.as_bytes()[..at], pieces.concat().as_bytes(), &GOOD.as_bytes()[at..]].concat();
        answer(&body, None);
    }
}
