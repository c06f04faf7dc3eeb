//! The writer of envelopes and descriptions. All text goes through [`Writer::text`], so nothing leaves unescaped.

use crate::{Response, Version};
use std::borrow::Cow;
use xml::common::is_xml10_char;
use xml::writer::events::StartElementBuilder;
use xml::writer::{EmitterConfig, EventWriter, XmlEvent};

/// An XML document under way. Elements nest as the calls do, so every one is closed.
pub(crate) struct Writer {
    xml: EventWriter<Vec<u8>>,
}

impl Writer {
    /// Writes an envelope; a header only where there is something in it.
    pub(crate) fn envelope(
        version: Version,
        header: Option<&dyn Fn(&mut Writer)>,
        body: impl FnOnce(&mut Writer),
    ) -> Vec<u8> {
        let mut writer = Writer {
            xml: EmitterConfig::new().pad_self_closing(false).create_writer(Vec::with_capacity(1024)),
        };
        let soap = |name: &str| format!("{}:{name}", version.prefix());
        let (envelope, header_name, body_name) = (soap("Envelope"), soap("Header"), soap("Body"));
        let start = element(&envelope).ns(version.prefix(), version.namespace());
        writer.element(start, |writer| {
            if let Some(header) = header {
                writer.element(element(&header_name), header);
            }
            writer.element(element(&body_name), body);
        });
        writer.xml.into_inner()
    }

    /// Writes a document that people read too: indented, and with a reference for all that is not ASCII, as some of it
    /// would not be seen. (Names are ASCII; text and attributes may hold references.)
    pub(crate) fn document(content: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let config = EmitterConfig::new().perform_indent(true).pad_self_closing(false);
        let mut writer = Writer { xml: config.create_writer(Vec::with_capacity(8 * 1024)) };
        content(&mut writer);
        let document = String::from_utf8_lossy(&writer.xml.into_inner()).into_owned();
        let mut ascii = String::with_capacity(document.len());
        for c in document.chars() {
            match c {
                '\u{7f}'.. => ascii.push_str(&format!("&#x{:X};", u32::from(c))),
                c => ascii.push(c),
            }
        }
        ascii.push('\n');
        ascii.into_bytes()
    }

    /// Writes the element that an operation is answered with. Parts without a value, the last ones, are left out.
    pub(crate) fn response(&mut self, response: &Response, values: &[&str]) {
        self.element(element(response.name).default_ns(response.namespace), |writer| {
            for (part, value) in response.parts.iter().zip(values) {
                writer.leaf(part.name, value);
            }
        });
    }

    /// Writes an element that holds nothing.
    pub(crate) fn empty(&mut self, start: StartElementBuilder<'_>) {
        self.element(start, |_| {});
    }

    /// Writes an element and what it holds.
    pub(crate) fn element(&mut self, start: StartElementBuilder<'_>, content: impl FnOnce(&mut Self)) {
        self.write(start.into());
        content(self);
        self.write(XmlEvent::end_element().into());
    }

    /// Writes an element that holds text.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.element(element(name), |writer| writer.text(text));
    }

    /// Writes text, escaped. What XML 1.0 cannot carry at all becomes U+FFFD; a carriage return is written as a
    /// reference, as a reader would take the bare character for a line feed.
    pub(crate) fn text(&mut self, text: &str) {
        let text = only_xml(text);
        for (i, line) in text.split('\r').enumerate() {
            if i > 0 {
                self.write(XmlEvent::raw_characters("&#13;"));
            }
            self.write(XmlEvent::characters(line));
        }
    }

    fn write(&mut self, event: XmlEvent<'_>) {
        let written = self.xml.write(event);
        // A Vec takes every byte, and `element` ends each element that it starts: there is no other error.
        debug_assert!(written.is_ok(), "{written:?}");
    }
}

/// The start of an element, to which namespaces and attributes can be added.
pub(crate) fn element(name: &str) -> StartElementBuilder<'_> {
    XmlEvent::start_element(name)
}

/// The text with U+FFFD in place of each character that no XML 1.0 document can hold, escaped or not.
pub(crate) fn only_xml(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_xml10_char) {
        Cow::Borrowed(text)
    } else {
        text.chars().map(|c| if is_xml10_char(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::USER_SERVICE;
    use crate::register::REGISTER_USER;

    fn written(text: &str) -> String {
        let bytes = Writer::envelope(Version::V1_1, None, |writer| writer.leaf("t", text));
        let document = String::from_utf8(bytes).unwrap();
        let (_, rest) = document.split_once("<t>").unwrap();
        rest.split_once("</t>").unwrap().0.to_owned()
    }

    #[test]
    fn text_is_escaped_whatever_it_holds() {
        assert_eq!(written("a<b>&\"']]>"), "a&lt;b&gt;&amp;\"']]&gt;");
        assert_eq!(written("two\r\nlines\r"), "two&#13;\nlines&#13;");
        assert_eq!(written("nul\0 esc\u{1b} last\u{ffff} ñ😊"), "nul\u{fffd} esc\u{fffd} last\u{fffd} ñ😊");
    }

    #[test]
    fn an_envelope_binds_its_prefix_and_leaves_an_empty_header_out() {
        let bytes = Writer::envelope(Version::V1_2, None, |writer| writer.leaf("t", "x"));
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <env:Envelope xmlns:env=\"http://www.w3.org/2003/05/soap-envelope\">\
             <env:Body><t>x</t></env:Body></env:Envelope>"
        );
    }

    proptest::proptest! {
        /// Whatever a value holds, what is read is what was written, but for what no XML can carry.
        #[test]
        fn what_is_written_is_read(values in proptest::collection::vec(".*|[\\s\\S]{0,40}", REGISTER_USER.fields.len()), soap_1_2: bool) {
            let version = if soap_1_2 { Version::V1_2 } else { Version::V1_1 };
            let fields = || REGISTER_USER.fields.iter().map(|field| field.name).zip(&values);
            let document = Writer::envelope(version, None, |writer| {
                writer.element(element("u:registerUser").ns("u", USER_SERVICE), |writer| {
                    for (name, value) in fields() {
                        writer.leaf(&format!("u:{name}"), value);
                    }
                });
            });
            let read = REGISTER_USER.read(&document, Some(version.content_type())).unwrap();
            let expected: Vec<_> = fields().map(|(name, value)| (name, only_xml(value).into_owned().into())).collect();
            proptest::prop_assert_eq!((read.version, read.fields), (version, expected));
        }
    }
}
