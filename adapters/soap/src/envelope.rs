//! The reader of envelopes: from bytes to the fields of a request.

use crate::events::{Event, Events, Malformed};
use crate::fault::{Fault, HeaderName};
use crate::media_type::MediaType;
use crate::{Operation, Request, Version};
use std::panic::{AssertUnwindSafe, catch_unwind};
use xml::attribute::OwnedAttribute;
use xml::name::OwnedName;
use zeroize::Zeroizing;

/// How many headers that are not understood a fault tells of: one namespace may be long and stand for many.
const MAX_TOLD: usize = 16;

/// What ends the reading of an envelope.
enum Unreadable {
    Malformed(Malformed),
    VersionMismatch,
}

impl From<Malformed> for Unreadable {
    fn from(reason: Malformed) -> Self {
        Unreadable::Malformed(reason)
    }
}

impl From<&'static str> for Unreadable {
    fn from(reason: &'static str) -> Self {
        Unreadable::Malformed(reason.into())
    }
}

/// Reads a body of that type. See [`Operation::read`].
pub(crate) fn read(operation: &Operation, body: &[u8], media_type: MediaType) -> Result<Request, Fault> {
    let mut reading = Reading {
        operation,
        events: Events::new(body, media_type.charset),
        version: media_type.version,
        not_understood: Vec::new(),
        fields: Vec::new(),
    };
    // The XML reader's documentation leaves a panic of its own to whoever calls it.
    let outcome = catch_unwind(AssertUnwindSafe(|| reading.envelope())).unwrap_or_else(|_| {
        tracing::error!("the XML reader panicked");
        Err("The message is no well-formed XML.".into())
    });
    let Reading { version, not_understood, fields, .. } = reading;
    match outcome {
        Err(Unreadable::Malformed(reason)) => Err(Fault::malformed(version, reason)),
        Err(Unreadable::VersionMismatch) => Err(Fault::version_mismatch()),
        Ok(()) if !not_understood.is_empty() => Err(Fault::must_understand(version, not_understood)),
        Ok(()) => Ok(Request { version, fields }),
    }
}

/// A reading under way, and what it has found so far.
struct Reading<'a> {
    operation: &'a Operation,
    events: Events<'a>,
    /// By the content type at first, by the envelope as soon as that is known.
    version: Version,
    not_understood: Vec<HeaderName>,
    fields: Vec<(&'static str, Zeroizing<String>)>,
}

impl Reading<'_> {
    /// The whole document: SOAP 1.1 section 4.1.1, SOAP 1.2 part 1 section 5.1.
    fn envelope(&mut self) -> Result<(), Unreadable> {
        let Event::Start { name, .. } = self.events.next()? else {
            return Err("There is no Envelope.".into());
        };
        if name.local_name != "Envelope" {
            return Err("The root element must be a SOAP Envelope.".into());
        }
        self.version =
            name.namespace_ref().and_then(Version::by_namespace).ok_or(Unreadable::VersionMismatch)?;

        let (mut header_seen, mut body_seen) = (false, false);
        while let Some((name, _)) = self.child("The Envelope must hold no text.")? {
            match (self.soap_name(&name), header_seen, body_seen) {
                (Some("Header"), false, false) => {
                    header_seen = true;
                    self.header()?;
                }
                (Some("Body"), _, false) => {
                    body_seen = true;
                    self.body()?;
                }
                (None, _, true) if self.version == Version::V1_1 && name.namespace.is_some() => {
                    self.events.skip()?;
                }
                _ => return Err("The Envelope must hold at most one Header, then one Body.".into()),
            }
        }
        if !body_seen {
            return Err("The Envelope has no Body.".into());
        }
        match self.events.next()? {
            Event::EndOfDocument => Ok(()),
            _ => Err("Something follows the Envelope.".into()),
        }
    }

    /// The header blocks. No service understands any; one that must be understood by us is noted.
    fn header(&mut self) -> Result<(), Unreadable> {
        while let Some((name, attributes)) = self.child("The Header must hold no text.")? {
            let attribute = |wanted: &str| self.soap_attribute(&attributes, wanted);
            let set = attribute("mustUnderstand").is_some_and(Version::is_set);
            let ours = self.version.is_our_role(attribute(self.version.role_attribute()).unwrap_or_default());
            if set && ours && self.not_understood.len() < MAX_TOLD {
                self.not_understood
                    .push(HeaderName { namespace: name.namespace, local_name: name.local_name });
            }
            self.events.skip()?;
        }
        Ok(())
    }

    /// The Body. Fields are taken wherever they stand in it, as the originals looked for nothing else.
    fn body(&mut self) -> Result<(), Unreadable> {
        let mut wrapped = false;
        while let Some((name, _)) = self.child("The Body must hold no text.")? {
            if !self.operation.wrapped {
                self.field_or_wrapper(&name)?;
            } else if wrapped || !self.is_the_wrapper(&name) {
                return Err(self.not_one_wrapper());
            } else {
                wrapped = true;
                self.fields_within()?;
            }
        }
        if self.operation.wrapped && !wrapped { Err(self.not_one_wrapper()) } else { Ok(()) }
    }

    /// An element that was just started: a field, or something that may hold fields.
    fn field_or_wrapper(&mut self, name: &OwnedName) -> Result<(), Unreadable> {
        match self.operation.field(name.namespace_ref(), &name.local_name) {
            Some(field) => {
                let text = self.text(field)?;
                self.fields.push((field, text));
                Ok(())
            }
            None => self.fields_within(),
        }
    }

    /// What a wrapper holds. Its text is nobody's: an element that is no field may well have some.
    /// The recursion is bounded by the depth that [`Events`] allows.
    fn fields_within(&mut self) -> Result<(), Unreadable> {
        loop {
            match self.events.next()? {
                Event::Start { name, .. } => self.field_or_wrapper(&name)?,
                Event::Text(_) => {}
                Event::End | Event::EndOfDocument => return Ok(()),
            }
        }
    }

    /// The text of a field, joined over comments, entities and CDATA sections.
    fn text(&mut self, field: &'static str) -> Result<Zeroizing<String>, Unreadable> {
        let mut text = Zeroizing::new(String::new());
        loop {
            match self.events.next()? {
                Event::Text(more) => text.push_str(&more),
                Event::End | Event::EndOfDocument => return Ok(text),
                Event::Start { .. } => {
                    return Err(Unreadable::Malformed(
                        format!("The element {field} must hold text alone.").into(),
                    ));
                }
            }
        }
    }

    /// The next element among the children of the present one; `None` at its end.
    fn child(
        &mut self,
        no_text: &'static str,
    ) -> Result<Option<(OwnedName, Vec<OwnedAttribute>)>, Unreadable> {
        loop {
            match self.events.next()? {
                Event::Start { name, attributes } => return Ok(Some((name, attributes))),
                Event::Text(text) if is_white_space(&text) => {}
                Event::Text(_) => return Err(no_text.into()),
                Event::End | Event::EndOfDocument => return Ok(None),
            }
        }
    }

    /// The local name of an element that is SOAP's own.
    fn soap_name<'n>(&self, name: &'n OwnedName) -> Option<&'n str> {
        (name.namespace_ref() == Some(self.version.namespace())).then_some(name.local_name.as_str())
    }

    fn is_the_wrapper(&self, name: &OwnedName) -> bool {
        name.local_name == self.operation.name && self.operation.has_namespace(name.namespace_ref())
    }

    /// The Body holds no wrapper, or something besides.
    fn not_one_wrapper(&self) -> Unreadable {
        Unreadable::Malformed(format!("The Body must hold one {}.", self.operation.name).into())
    }

    /// The value of an attribute that is SOAP's own, white space around it being no part of it.
    fn soap_attribute<'n>(&self, attributes: &'n [OwnedAttribute], local_name: &str) -> Option<&'n str> {
        let soap = Some(self.version.namespace());
        attributes
            .iter()
            .find(|attribute| {
                attribute.name.local_name == local_name && attribute.name.namespace_ref() == soap
            })
            .map(|attribute| attribute.value.trim())
    }
}

fn is_white_space(text: &str) -> bool {
    text.chars().all(xml::common::is_whitespace_char)
}
