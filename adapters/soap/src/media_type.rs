//! What a request's content type says of its body.

use crate::{Fault, Version};
use mediatype::{MediaType as Parsed, ReadParams, names::CHARSET};
use xml::Encoding;

/// What the `Content-Type` header told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MediaType {
    /// The version that the type belongs to. It answers where no envelope was found to decide.
    pub(crate) version: Version,
    /// The encoding that the `charset` parameter names.
    pub(crate) charset: Option<Encoding>,
}

impl MediaType {
    /// Reads the header: `text/xml`, `application/xml`, `application/soap+xml`, or none at all.
    /// An `action` parameter (SOAP 1.2) names nothing that the body does not, and is passed over.
    ///
    /// # Errors
    /// The fault to answer with: in 1.1, as nothing else is known.
    pub(crate) fn read(header: Option<&str>) -> Result<Self, Fault> {
        MediaType::parse(header).map_err(|reason| Fault::malformed(Version::V1_1, reason))
    }

    fn parse(header: Option<&str>) -> Result<Self, &'static str> {
        const NOT_XML: &str = "The content type must be text/xml, application/soap+xml or application/xml.";
        let Some(header) = header else {
            return Ok(MediaType { version: Version::V1_1, charset: None });
        };
        let parsed = Parsed::parse(header.trim()).map_err(|_| NOT_XML)?;
        let version = match parsed.essence().to_string().to_ascii_lowercase().as_str() {
            "text/xml" | "application/xml" => Version::V1_1,
            "application/soap+xml" => Version::V1_2,
            _ => return Err(NOT_XML),
        };
        let charset = match parsed.get_param(CHARSET) {
            Some(name) => Some(
                encoding(&name.unquoted_str())
                    .ok_or("The charset must be utf-8, utf-16, iso-8859-1 or us-ascii.")?,
            ),
            None => None,
        };
        Ok(MediaType { version, charset })
    }
}

/// The encoding of that name. The XML reader's own look-up takes a mere beginning of a name for the whole.
fn encoding(name: &str) -> Option<Encoding> {
    Some(match name.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => Encoding::Utf8,
        "utf-16" => Encoding::Utf16,
        "utf-16be" => Encoding::Utf16Be,
        "utf-16le" => Encoding::Utf16Le,
        "iso-8859-1" | "latin1" => Encoding::Latin1,
        "us-ascii" | "ascii" => Encoding::Ascii,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_of_xml_pass_with_whatever_parameters() {
        let table = [
            ("text/xml", Version::V1_1, None),
            ("Text/XML;Charset=\"UTF-8\"", Version::V1_1, Some(Encoding::Utf8)),
            ("application/xml; charset=utf-16", Version::V1_1, Some(Encoding::Utf16)),
            ("application/soap+xml", Version::V1_2, None),
            (
                "application/soap+xml; action=\"urn:a;charset=x\"; charset=iso-8859-1",
                Version::V1_2,
                Some(Encoding::Latin1),
            ),
            ("application/soap+xml; charset=utf-8; action=\"\"", Version::V1_2, Some(Encoding::Utf8)),
            ("text/xml ;\tcharset=us-ascii", Version::V1_1, Some(Encoding::Ascii)),
            ("text/xml; action=\"a\\\"; charset=x\"", Version::V1_1, None),
            ("text/xml;", Version::V1_1, None),
        ];
        for (header, version, charset) in table {
            assert_eq!(MediaType::read(Some(header)), Ok(MediaType { version, charset }), "{header}");
        }
        assert_eq!(MediaType::read(None), Ok(MediaType { version: Version::V1_1, charset: None }));
    }

    #[test]
    fn other_types_and_unknown_charsets_are_refused() {
        for header in [
            "application/json",
            "text/plain",
            "multipart/related; type=\"text/xml\"",
            "",
            "xml",
            "text/xml; charset=utf-7",
            "text/xml; charset=u",
        ] {
            assert!(MediaType::read(Some(header)).is_err(), "{header:?}");
        }
    }
}
