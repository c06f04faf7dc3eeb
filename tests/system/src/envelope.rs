//! SOAP envelopes as a client writes and reads them.

use crate::Answer;
use roxmltree::{Document, Node};
use std::collections::BTreeMap;

/// The namespace of SOAP 1.1.
pub const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// The namespace of SOAP 1.2.
pub const SOAP_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";
/// The namespace of the fields of a registration.
pub const USER: &str = "http://example.com/user";
/// The namespace of the answers to it, and of the detail of every fault.
pub const USER_SERVICE: &str = "http://example.com/userservice";
/// The namespace of the lookup.
pub const WEBSERVICE: &str = "http://www.example.org/webservice";

/// The body in an envelope.
#[must_use]
pub fn envelope(soap: &str, body: &str) -> String {
    format!(r#"<s:Envelope xmlns:s="{soap}"><s:Body>{body}</s:Body></s:Envelope>"#)
}

/// `registerUser` with these fields, in this order.
#[must_use]
pub fn register_user(soap: &str, fields: &[(&str, &str)]) -> String {
    let fields: String =
        fields.iter().map(|(name, value)| format!("<u:{name}>{}</u:{name}>", escaped(value))).collect();
    envelope(soap, &format!(r#"<u:registerUser xmlns:u="{USER}">{fields}</u:registerUser>"#))
}

/// `getUserByUsername`.
#[must_use]
pub fn get_user(soap: &str, username: &str) -> String {
    let username = escaped(username);
    let body = format!(
        r#"<w:getUserByUsername xmlns:w="{WEBSERVICE}"><w:username>{username}</w:username></w:getUserByUsername>"#
    );
    envelope(soap, &body)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A fault of either version.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The namespace of its version.
    pub soap: String,
    /// `Client`, `Sender`, …
    pub kind: String,
    /// What it says to a person.
    pub text: String,
    /// The code in the detail; empty where there is none.
    pub code: String,
    /// The codes of the fields in the detail.
    pub fields: BTreeMap<String, String>,
    /// `registerUserResponse/message` in the detail, where older clients look for it.
    pub message: Option<String>,
}

impl Answer {
    /// The children of the one element in the Body, which has this name, by their names.
    ///
    /// # Panics
    /// Where the answer is anything else.
    #[must_use]
    pub fn response(&self, namespace: &str, name: &str) -> BTreeMap<String, String> {
        let text = self.text();
        let document = self.document(&text);
        let body = body_of(&document);
        let element = body.children().find(Node::is_element).expect("an element in the Body");
        assert!(element.has_tag_name((namespace, name)), "{text}");
        let children = element.children().filter(Node::is_element);
        children.map(|child| (child.tag_name().name().to_owned(), all_text(child))).collect()
    }

    /// The fault.
    ///
    /// # Panics
    /// Where the answer is none.
    pub fn fault(&self) -> Fault {
        let text = self.text();
        let document = self.document(&text);
        let soap = document.root_element().tag_name().namespace().expect("a namespace");
        let fault =
            body_of(&document).children().find(|node| node.has_tag_name((soap, "Fault"))).expect("a fault");
        let find = |path: &[&str]| {
            path.iter().try_fold(fault, |node, name| {
                node.children().find(|child| child.is_element() && child.tag_name().name() == *name)
            })
        };
        let (kind, says, detail) = match soap {
            SOAP_1_1 => (find(&["faultcode"]), find(&["faultstring"]), find(&["detail"])),
            _ => (find(&["Code", "Value"]), find(&["Reason", "Text"]), find(&["Detail"])),
        };
        let (kind, says) = (kind.expect("a code"), says.expect("a reason"));
        // The code is a QName: its prefix must stand for the version's own namespace.
        let value = all_text(kind);
        let (prefix, local) = value.split_once(':').expect("a prefix");
        assert_eq!(kind.lookup_namespace_uri(Some(prefix)), Some(soap), "{text}");
        let within = |node: Node<'_, '_>, name: &str| {
            node.descendants().find(|found| found.has_tag_name((USER_SERVICE, name))).map(all_text)
        };
        let error = detail
            .and_then(|detail| detail.children().find(|node| node.has_tag_name((USER_SERVICE, "error"))));
        let fields = error
            .into_iter()
            .flat_map(|error| error.children())
            .filter(|node| node.has_tag_name((USER_SERVICE, "field")));
        Fault {
            soap: soap.to_owned(),
            kind: local.to_owned(),
            text: all_text(says),
            code: error.and_then(|error| within(error, "code")).unwrap_or_default(),
            fields: fields
                .map(|field| (within(field, "name").unwrap(), within(field, "code").unwrap()))
                .collect(),
            message: detail.and_then(|detail| within(detail, "message")),
        }
    }

    /// Holds the answer to be a fault by POST of this version, kind and code, and returns it.
    ///
    /// # Panics
    /// Where it is anything else.
    pub fn faults(&self, soap: &str, kind: &str, code: &str) -> Fault {
        assert_eq!(self.status, 500, "{}", self.text());
        let fault = self.fault();
        assert_eq!(
            (fault.soap.as_str(), fault.kind.as_str(), fault.code.as_str()),
            (soap, kind, code),
            "{fault:?}"
        );
        assert!(!fault.text.is_empty());
        fault
    }

    /// The document, which is of the content type of its version.
    fn document<'a>(&self, text: &'a str) -> Document<'a> {
        let document = Document::parse(text).unwrap_or_else(|error| panic!("no XML ({error}): {text}"));
        let expected = match document.root_element().tag_name().namespace() {
            Some(SOAP_1_1) => "text/xml; charset=utf-8",
            Some(SOAP_1_2) => "application/soap+xml; charset=utf-8",
            _ => panic!("no envelope: {text}"),
        };
        assert_eq!(self.header("content-type"), expected);
        document
    }
}

fn body_of<'a>(document: &'a Document<'a>) -> Node<'a, 'a> {
    let envelope = document.root_element();
    let soap = envelope.tag_name().namespace().expect("a namespace");
    envelope.children().find(|node| node.has_tag_name((soap, "Body"))).expect("a Body")
}

fn all_text(node: Node<'_, '_>) -> String {
    node.descendants().filter_map(|node| if node.is_text() { node.text() } else { None }).collect()
}
