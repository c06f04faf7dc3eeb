//! What a service can be asked for, as a table, and a request read by it.

use crate::media_type::MediaType;
use crate::{Fault, Version};
use std::fmt;
use zeroize::Zeroizing;

/// An operation of a service: the one description of its request, which the reader goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The element that the Body must hold around the fields, or `None` where any wrapper will do, or none.
    pub wrapper: Option<&'static str>,
    /// The namespaces that its elements may be in. Unqualified ones pass too: the WSDL of the originals makes
    /// some clients send them.
    pub namespaces: &'static [&'static str],
    /// The names of the elements that are its fields.
    pub fields: &'static [&'static str],
}

impl Operation {
    /// Whether an element of that namespace can be one of this operation.
    pub(crate) fn has_namespace(&self, namespace: Option<&str>) -> bool {
        namespace.is_none_or(|namespace| self.namespaces.contains(&namespace))
    }

    /// The field that an element of that name is.
    pub(crate) fn field(&self, namespace: Option<&str>, local_name: &str) -> Option<&'static str> {
        let field = self.fields.iter().find(|field| **field == local_name)?;
        self.has_namespace(namespace).then_some(*field)
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
