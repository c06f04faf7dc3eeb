//! Answers, and what is true of every one of them.

use bytes::Bytes;
use http::{HeaderMap, Version};
use serde_json::Value;

/// What no answer may tell: of the code, of the store, of the file system.
const INSIDE: [&str; 8] = ["panicked", "src/", ".rs:", "SELECT ", "INSERT ", "sqlite", "SQLITE", "/tmp/"];

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The version of HTTP that it came by.
    pub version: Version,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The member of a problem document that the original of this service used.
    pub(crate) compat: Option<&'static str>,
}

impl Answer {
    /// A header's value; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a readable header"))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text()))
    }

    /// The JSON body of an answer with this status.
    ///
    /// # Panics
    /// Where it has another one.
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/json");
        self.json()
    }

    /// Holds the answer to be a problem document of this status and code, and returns it.
    ///
    /// # Panics
    /// Where it is anything else.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!((&problem["code"], &problem["status"]), (&code.into(), &status.into()), "{problem}");
        for member in ["type", "title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        }
        for member in ["message", "error"] {
            let expected = if self.compat == Some(member) { &problem["detail"] } else { &Value::Null };
            assert_eq!(&problem[member], expected, "{problem}");
        }
        problem
    }

    /// The same, with this `detail`.
    ///
    /// # Panics
    /// Where it is anything else.
    pub fn problem_saying(&self, status: u16, code: &str, detail: &str) {
        assert_eq!(self.problem(status, code)["detail"], detail);
    }

    /// Holds the answer to what is true of all.
    pub(crate) fn checked(self, what: &str) -> Self {
        // What breaks the bound on headers is answered by hyper itself, before there is a request to speak of.
        if self.status != 431 {
            assert_ne!(self.header("x-request-id"), "", "{what}: no request id");
        }
        let is_fault = self.header("content-type").contains("xml");
        assert!(self.status != 500 || is_fault, "{what}: {}", self.text());
        if self.status >= 400 {
            let text = self.text();
            assert!(!text.contains("<code>internal</code>"), "{what}: {text}");
            for inside in INSIDE {
                assert!(!text.contains(inside), "{what} tells of the inside: {text}");
            }
        }
        self
    }
}
