//! What a service can be asked for, as a table: the reader, the writer and the description all go by it.

use crate::media_type::MediaType;
use crate::{Fault, Version};
use hexad::domain::Rule;
use std::fmt;
use zeroize::Zeroizing;

/// An operation of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Its name, which is that of the element around its fields too.
    pub name: &'static str,
    /// Whether the Body must hold that element. Otherwise any wrapper will do, or none.
    pub wrapped: bool,
    /// The namespaces that its elements may be in; the first is the one that the description tells. Unqualified
    /// elements pass too: the WSDL of the originals makes some clients send them.
    pub namespaces: &'static [&'static str],
    /// The elements that are its fields.
    pub fields: &'static [Part],
    /// What it is answered with.
    pub response: Response,
}

/// The element that an operation is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response {
    /// Its name.
    pub name: &'static str,
    /// The namespace of it and of what it holds.
    pub namespace: &'static str,
    /// The elements in it.
    pub parts: &'static [Part],
}

/// An element that holds text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// What it may hold.
    pub holds: Holds,
    /// Whether it may be missing.
    pub optional: bool,
}

/// What the text of an element may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Anything.
    Text,
    /// Anything but nothing.
    SomeText,
    /// What the domain's rule allows.
    ByRule(Rule),
}

impl Operation {
    /// Whether an element of that namespace can be one of this operation.
    pub(crate) fn has_namespace(&self, namespace: Option<&str>) -> bool {
        namespace.is_none_or(|namespace| self.namespaces.contains(&namespace))
    }

    /// The field that an element of that name is.
    pub(crate) fn field(&self, namespace: Option<&str>, local_name: &str) -> Option<&'static str> {
        let field = self.fields.iter().find(|field| field.name == local_name)?;
        self.has_namespace(namespace).then_some(field.name)
    }

    /// The namespace that the description gives its elements.
    pub(crate) fn namespace(&self) -> &'static str {
        self.namespaces.first().copied().unwrap_or_default()
    }

    /// Reads a request. Pure: neither the answer nor the time depends on anything but the arguments.
    ///
    /// Which fields are there, how often and with what in them is for the caller to judge: what is read is
    /// exactly what was sent, white space included. The size of the body is the caller's to bound; the time grows
    /// with it in proportion, whatever is in it.
    ///
    /// # Errors
    /// The fault to answer with, where the content type is none of XML's, or the body is not well-formed, beyond the
    /// bounds on depth and numbers, or no SOAP message with this operation in it.
    pub fn read(&self, body: &[u8], content_type: Option<&str>) -> Result<Request, Fault> {
        crate::envelope::read(self, body, MediaType::read(content_type)?)
    }
}

impl Part {
    /// An element that must be there.
    pub(crate) const fn new(name: &'static str, holds: Holds) -> Self {
        Part { name, holds, optional: false }
    }

    /// An element that may be missing.
    pub(crate) const fn optional(name: &'static str, holds: Holds) -> Self {
        Part { name, holds, optional: true }
    }
}

/// A request as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The version to answer in.
    pub version: Version,
    /// The fields in the order in which they were sent, each with its text, which may be a password.
    pub fields: Vec<(&'static str, Zeroizing<String>)>,
}

impl Request {
    /// Every value that was sent for the field.
    pub fn values(&self, field: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |(name, _)| *name == field).map(|(_, value)| value.as_str())
    }
}

/// Names the fields alone: a password is among them.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.fields.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Request")
            .field("version", &self.version)
            .field("fields", &names)
            .finish_non_exhaustive()
    }
}
