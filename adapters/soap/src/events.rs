//! XML as a stream of events, within bounds.

use std::borrow::Cow;
use xml::Encoding;
use xml::attribute::OwnedAttribute;
use xml::common::XmlVersion;
use xml::name::OwnedName;
use xml::reader::{EventReader, ParserConfig, XmlEvent};

/// The deepest nesting of elements.
pub(crate) const MAX_DEPTH: usize = 32;
/// The most elements in a document: a registration has ten, signed headers have some dozens.
pub(crate) const MAX_ELEMENTS: usize = 2_000;
/// The most attributes of one element, and apart from them the most namespaces in scope.
pub(crate) const MAX_ATTRIBUTES: usize = 64;
/// The most bytes of a name.
const MAX_NAME: usize = 256;
/// The most bytes of one attribute's value.
const MAX_ATTRIBUTE: usize = 8 * 1024;
/// The most bytes of one piece of text: as many as a body may have, so that a value that is too long is refused by
/// its field's own rule, by name.
const MAX_TEXT: usize = 1024 * 1024;

const ENDS_EARLY: &str = "The message ends too early.";

/// Why a document cannot be read, for a person to read. Says nothing of what text the document holds.
pub(crate) type Malformed = Cow<'static, str>;

/// What a document consists of, once comments, declarations and the spelling of text are out of the way.
#[derive(Debug)]
pub(crate) enum Event {
    Start { name: OwnedName, attributes: Vec<OwnedAttribute> },
    End,
    Text(String),
    EndOfDocument,
}

/// The events of a document. After an error there are no more.
pub(crate) struct Events<'a> {
    reader: EventReader<&'a [u8]>,
    depth: usize,
    elements: usize,
}

impl<'a> Events<'a> {
    /// A byte order mark decides the encoding, then the `charset` that the content type gave, then the
    /// XML declaration (RFC 7303, section 3).
    pub(crate) fn new(body: &'a [u8], charset: Option<Encoding>) -> Self {
        let charset = charset.filter(|_| !starts_with_byte_order_mark(body));
        let config = ParserConfig::new()
            .override_encoding(charset)
            .ignore_invalid_encoding_declarations(charset.is_some())
            .allow_multiple_root_elements(false)
            // No entity is ever declared, as a document type ends the reading; these stop its own parsing early.
            .max_entity_expansion_depth(0)
            .max_entity_expansion_length(0)
            .max_attributes(MAX_ATTRIBUTES)
            .max_attribute_length(MAX_ATTRIBUTE)
            .max_name_length(MAX_NAME)
            .max_data_length(MAX_TEXT);
        Events { reader: config.create_reader(body), depth: 0, elements: 0 }
    }

    /// The next event.
    pub(crate) fn next(&mut self) -> Result<Event, Malformed> {
        loop {
            let event = match self.reader.next().map_err(|error| not_well_formed(&error))? {
                // XML 1.1 could carry control characters, and neither SOAP allows it.
                XmlEvent::StartDocument { version: XmlVersion::Version11, .. } => {
                    return Err("A SOAP message must be XML 1.0.".into());
                }
                XmlEvent::StartDocument { .. } | XmlEvent::Comment(_) => continue,
                // SOAP 1.1 section 3, SOAP 1.2 part 1 section 5.
                XmlEvent::Doctype { .. } => {
                    return Err("A SOAP message must not contain a document type declaration.".into());
                }
                XmlEvent::ProcessingInstruction { .. } => {
                    return Err("A SOAP message must not contain processing instructions.".into());
                }
                XmlEvent::StartElement { name, attributes, namespace } => {
                    self.depth += 1;
                    self.elements += 1;
                    // The reader counts attributes, but no namespace declarations; and as it copies every
                    // namespace in scope for each element, many of either would cost quadratic time.
                    let declared = namespace.0.len();
                    if self.depth > MAX_DEPTH || self.elements > MAX_ELEMENTS || declared > MAX_ATTRIBUTES {
                        return Err(
                            "The message has too many elements or namespaces, or too deep ones.".into()
                        );
                    }
                    Event::Start { name, attributes }
                }
                XmlEvent::EndElement { .. } => {
                    self.depth = self.depth.saturating_sub(1);
                    Event::End
                }
                XmlEvent::Characters(text) | XmlEvent::CData(text) | XmlEvent::Whitespace(text) => {
                    Event::Text(text)
                }
                XmlEvent::EndDocument => Event::EndOfDocument,
            };
            return Ok(event);
        }
    }

    /// Reads on to the end of the element that was started last, whatever it holds.
    pub(crate) fn skip(&mut self) -> Result<(), Malformed> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if let Event::EndOfDocument = self.next()? {
                return Err(ENDS_EARLY.into());
            }
        }
        Ok(())
    }
}

fn starts_with_byte_order_mark(body: &[u8]) -> bool {
    [&[0xEF, 0xBB, 0xBF][..], &[0xFE, 0xFF], &[0xFF, 0xFE]].iter().any(|mark| body.starts_with(mark))
}

/// Where the reading ended. The reader's own words may quote the text, and a password with a bare `&` is text.
fn not_well_formed(error: &xml::reader::Error) -> Malformed {
    use xml::common::Position as _;
    use xml::reader::ErrorKind;
    match error.kind() {
        ErrorKind::Utf8(_) | ErrorKind::Io(_) => "The bytes of the message are not in its encoding.".into(),
        ErrorKind::UnexpectedEof => ENDS_EARLY.into(),
        _ => {
            let at = error.position();
            let (line, column) = (at.row() + 1, at.column() + 1);
            format!("The message is no well-formed XML, or beyond a bound, at line {line}, column {column}.")
                .into()
        }
    }
}
