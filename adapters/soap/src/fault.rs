//! Faults: every way in which a service says no, and how it is written in either version.

use crate::writer::{Writer, element};
use crate::{Code, USER_SERVICE, Version};
use std::borrow::Cow;

/// What the originals answered when a user of that name, document or mail address exists.
pub const DUPLICATE: &str = "Duplicate user information detected (username, dni, or email).";

/// The qualified name of a header block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderName {
    pub(crate) namespace: Option<String>,
    pub(crate) local_name: String,
}

/// A refusal, in the version that the request was made in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    version: Version,
    reason: Cow<'static, str>,
    kind: Kind,
}

/// Who is at fault, and what is told besides.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// The envelope is of neither version.
    VersionMismatch,
    /// Header blocks that no service here understands.
    MustUnderstand(Vec<HeaderName>),
    /// Everything else: the sender's fault or the receiver's, as the code says.
    Refusal { code: Code, fields: Vec<(&'static str, Code)> },
}

impl Fault {
    /// A refusal by its code, with a sentence for a person to read.
    pub fn new(version: Version, code: Code, reason: impl Into<Cow<'static, str>>) -> Self {
        Fault { version, reason: reason.into(), kind: Kind::Refusal { code, fields: Vec::new() } }
    }

    /// A refusal on account of some fields, each with a code of its own.
    pub fn of_fields(
        version: Version,
        code: Code,
        reason: impl Into<Cow<'static, str>>,
        fields: Vec<(&'static str, Code)>,
    ) -> Self {
        Fault { version, reason: reason.into(), kind: Kind::Refusal { code, fields } }
    }

    pub(crate) fn malformed(version: Version, reason: impl Into<Cow<'static, str>>) -> Self {
        Fault::new(version, Code::Malformed, reason)
    }

    pub(crate) fn too_large(version: Version) -> Self {
        Fault::new(version, Code::TooLarge, "The request is larger than 1 MiB.")
    }

    /// Answered in SOAP 1.1, which every client of any version is bound to recognise (SOAP 1.2 part 1, appendix A).
    pub(crate) fn version_mismatch() -> Self {
        Fault {
            version: Version::V1_1,
            reason: "The Envelope's namespace is neither SOAP 1.1's nor SOAP 1.2's.".into(),
            kind: Kind::VersionMismatch,
        }
    }

    pub(crate) fn must_understand(version: Version, names: Vec<HeaderName>) -> Self {
        Fault {
            version,
            reason: "A header block that must be understood is not understood.".into(),
            kind: Kind::MustUnderstand(names),
        }
    }

    /// The version that the fault is written in.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The code that the detail tells. `None` for a version mismatch and for headers that are not understood:
    /// the SOAP code says it all there, and a detail would be about the Body (SOAP 1.1, section 4.4).
    pub fn code(&self) -> Option<Code> {
        match self.kind {
            Kind::Refusal { code, .. } => Some(code),
            Kind::VersionMismatch | Kind::MustUnderstand(_) => None,
        }
    }

    /// The SOAP code, by its name in the fault's version.
    pub fn soap_code(&self) -> &'static str {
        match (&self.kind, self.version) {
            (Kind::VersionMismatch, _) => "VersionMismatch",
            (Kind::MustUnderstand(_), _) => "MustUnderstand",
            (Kind::Refusal { code, .. }, Version::V1_1) if code.is_senders() => "Client",
            (Kind::Refusal { code, .. }, Version::V1_2) if code.is_senders() => "Sender",
            (Kind::Refusal { .. }, Version::V1_1) => "Server",
            (Kind::Refusal { .. }, Version::V1_2) => "Receiver",
        }
    }

    /// The sentence for a person to read.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The fault as an envelope.
    pub fn to_xml(&self) -> Vec<u8> {
        let header = |writer: &mut Writer| self.write_header(writer);
        let header: Option<&dyn Fn(&mut Writer)> = match (&self.kind, self.version) {
            (Kind::VersionMismatch, _) | (Kind::MustUnderstand(_), Version::V1_2) => Some(&header),
            _ => None,
        };
        Writer::envelope(self.version, header, |writer| match self.version {
            Version::V1_1 => self.write_v1_1(writer),
            Version::V1_2 => self.write_v1_2(writer),
        })
    }

    /// SOAP 1.1, section 4.4: the children are in no namespace.
    fn write_v1_1(&self, writer: &mut Writer) {
        writer.element(element("soap:Fault"), |writer| {
            writer.leaf("faultcode", &format!("soap:{}", self.soap_code()));
            writer.leaf("faultstring", &self.reason);
            self.write_detail("detail", writer);
        });
    }

    /// SOAP 1.2 part 1, section 5.4.
    fn write_v1_2(&self, writer: &mut Writer) {
        writer.element(element("env:Fault"), |writer| {
            writer.element(element("env:Code"), |writer| {
                writer.leaf("env:Value", &format!("env:{}", self.soap_code()));
            });
            writer.element(element("env:Reason"), |writer| {
                writer
                    .element(element("env:Text").attr("xml:lang", "en"), |writer| writer.text(&self.reason));
            });
            self.write_detail("env:Detail", writer);
        });
    }

    /// Elements and no attributes, as PHP's SoapClient drops attributes here.
    fn write_detail(&self, name: &str, writer: &mut Writer) {
        let Kind::Refusal { code, fields } = &self.kind else { return };
        writer.element(element(name), |writer| {
            writer.element(element("error").default_ns(USER_SERVICE), |writer| {
                writer.leaf("code", code.name());
                for (field, code) in fields {
                    writer.element(element("field"), |writer| {
                        writer.leaf("name", field);
                        writer.leaf("code", code.name());
                    });
                }
            });
            if *code == Code::Duplicate {
                crate::register::write_message(writer, &self.reason);
            }
        });
    }

    fn write_header(&self, writer: &mut Writer) {
        match &self.kind {
            // SOAP 1.2 part 1, appendix A: what we would have understood.
            Kind::VersionMismatch => {
                let upgrade = element("env:Upgrade").ns("env", Version::V1_2.namespace());
                writer.element(upgrade, |writer| {
                    for version in Version::ALL.into_iter().rev() {
                        let supported = element("env:SupportedEnvelope")
                            .ns("ns", version.namespace())
                            .attr("qname", "ns:Envelope");
                        writer.element(supported, |_| {});
                    }
                });
            }
            // SOAP 1.2 part 1, section 5.4.8: which blocks they were.
            Kind::MustUnderstand(names) => {
                for name in names {
                    let qname = match &name.namespace {
                        Some(_) => format!("ns:{}", name.local_name),
                        None => name.local_name.clone(),
                    };
                    let mut block = element("env:NotUnderstood").attr("qname", &qname);
                    if let Some(namespace) = &name.namespace {
                        block = block.ns("ns", namespace.as_str());
                    }
                    writer.element(block, |_| {});
                }
            }
            Kind::Refusal { .. } => {}
        }
    }
}
