//! Faults: every way in which a service says no, and how it is written in either version.

use crate::writer::{Writer, element};
use crate::{Version, detail};
use hexad_http::Problem;
use std::borrow::Cow;

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
    kind: Kind,
}

/// Who is at fault, and what is told besides.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// The envelope is of neither version.
    VersionMismatch,
    /// Header blocks that no service here understands.
    MustUnderstand(Vec<HeaderName>),
    /// Everything else: the sender's fault or the receiver's, as the problem's code says.
    Refusal(Problem),
}

impl Fault {
    /// A refusal for a reason that every service shares.
    pub fn new(version: Version, problem: Problem) -> Self {
        Fault { version, kind: Kind::Refusal(problem) }
    }

    pub(crate) fn malformed(version: Version, reason: impl Into<Cow<'static, str>>) -> Self {
        Fault::new(version, Problem::malformed(reason))
    }

    /// Answered in SOAP 1.1, which a client of any version is bound to recognise (SOAP 1.2 part 1, appendix A).
    pub(crate) fn version_mismatch() -> Self {
        Fault { version: Version::V1_1, kind: Kind::VersionMismatch }
    }

    pub(crate) fn must_understand(version: Version, names: Vec<HeaderName>) -> Self {
        Fault { version, kind: Kind::MustUnderstand(names) }
    }

    /// The version that the fault is written in.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The problem that the detail tells of. `None` for a version mismatch and for headers that are not understood:
    /// the SOAP code says it all there, and a detail would be about the Body (SOAP 1.1, section 4.4).
    pub fn problem(&self) -> Option<&Problem> {
        match &self.kind {
            Kind::Refusal(problem) => Some(problem),
            Kind::VersionMismatch | Kind::MustUnderstand(_) => None,
        }
    }

    /// The code in the detail.
    pub fn code(&self) -> Option<&'static str> {
        self.problem().map(|problem| detail::name(problem.code))
    }

    /// The SOAP code, by its name in the fault's version.
    pub fn soap_code(&self) -> &'static str {
        match (&self.kind, self.version) {
            (Kind::VersionMismatch, _) => "VersionMismatch",
            (Kind::MustUnderstand(_), _) => "MustUnderstand",
            (Kind::Refusal(problem), version) => match (problem.status().is_server_error(), version) {
                (false, Version::V1_1) => "Client",
                (true, Version::V1_1) => "Server",
                (false, Version::V1_2) => "Sender",
                (true, Version::V1_2) => "Receiver",
            },
        }
    }

    /// The sentence for a person to read.
    pub fn reason(&self) -> &str {
        match &self.kind {
            Kind::VersionMismatch => "The Envelope's namespace is neither SOAP 1.1's nor SOAP 1.2's.",
            Kind::MustUnderstand(_) => "A header block that must be understood is not understood.",
            Kind::Refusal(problem) => &problem.detail,
        }
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
            writer.leaf("faultstring", self.reason());
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
                    .element(element("env:Text").attr("xml:lang", "en"), |writer| writer.text(self.reason()));
            });
            self.write_detail("env:Detail", writer);
        });
    }

    fn write_detail(&self, element_name: &str, writer: &mut Writer) {
        let Kind::Refusal(problem) = &self.kind else { return };
        writer.element(element(element_name), |writer| detail::write(writer, problem));
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
            Kind::Refusal(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hexad_http::{Code, FieldProblem};

    fn written(fault: &Fault) -> String {
        let document = String::from_utf8(fault.to_xml()).unwrap();
        document.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap().to_owned()
    }

    fn two_fields() -> Problem {
        let field =
            |name: &'static str, code| FieldProblem { name: name.into(), code, detail: "is <wrong>.".into() };
        Problem::of_fields(vec![field("email", Code::InvalidField), field("city", Code::MissingField)])
    }

    #[test]
    fn a_refusal_in_1_1() {
        assert_eq!(
            written(&Fault::new(Version::V1_1, two_fields())),
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault>\
             <faultcode>soap:Client</faultcode><faultstring>is &lt;wrong&gt;. is &lt;wrong&gt;.</faultstring>\
             <detail><error xmlns=\"http://example.com/userservice\"><code>missing</code>\
             <field><name>email</name><code>invalid</code></field>\
             <field><name>city</name><code>missing</code></field></error></detail>\
             </soap:Fault></soap:Body></soap:Envelope>"
        );
    }

    #[test]
    fn a_refusal_in_1_2() {
        assert_eq!(
            written(&Fault::new(Version::V1_2, Problem::new(Code::Unavailable, "Later."))),
            "<env:Envelope xmlns:env=\"http://www.w3.org/2003/05/soap-envelope\"><env:Body><env:Fault>\
             <env:Code><env:Value>env:Receiver</env:Value></env:Code>\
             <env:Reason><env:Text xml:lang=\"en\">Later.</env:Text></env:Reason>\
             <env:Detail><error xmlns=\"http://example.com/userservice\"><code>unavailable</code></error></env:Detail>\
             </env:Fault></env:Body></env:Envelope>"
        );
    }

    #[test]
    fn a_duplicate_holds_the_originals_element_too() {
        let fault = written(&Fault::new(Version::V1_1, Problem::new(Code::Duplicate, "Taken.")));
        let detail = "<detail><error xmlns=\"http://example.com/userservice\"><code>duplicate</code></error>\
             <registerUserResponse xmlns=\"http://example.com/userservice\"><message>Taken.</message>\
             </registerUserResponse></detail>";
        assert!(fault.contains(detail), "{fault}");
    }

    #[test]
    fn headers_are_told_in_headers_and_not_in_the_detail() {
        let names = || {
            let name = |namespace: Option<&str>| HeaderName {
                namespace: namespace.map(str::to_owned),
                local_name: "Security".to_owned(),
            };
            vec![name(Some("urn:a&b")), name(None)]
        };
        let fault = written(&Fault::must_understand(Version::V1_2, names()));
        assert!(fault.contains(
            "<env:Header><env:NotUnderstood xmlns:ns=\"urn:a&amp;b\" qname=\"ns:Security\"/>\
             <env:NotUnderstood qname=\"Security\"/></env:Header>"
        ));
        assert!(fault.contains("<env:Value>env:MustUnderstand</env:Value>") && !fault.contains("Detail"));
        let fault = written(&Fault::must_understand(Version::V1_1, names()));
        assert!(fault.contains("<faultcode>soap:MustUnderstand</faultcode>"));
        assert!(!fault.contains("detail") && !fault.contains("Header>"), "{fault}");
    }

    #[test]
    fn a_version_mismatch_says_which_envelopes_are_supported() {
        let fault = written(&Fault::version_mismatch());
        let upgrade = "<soap:Header><env:Upgrade xmlns:env=\"http://www.w3.org/2003/05/soap-envelope\">\
             <env:SupportedEnvelope xmlns:ns=\"http://www.w3.org/2003/05/soap-envelope\" qname=\"ns:Envelope\"/>\
             <env:SupportedEnvelope xmlns:ns=\"http://schemas.xmlsoap.org/soap/envelope/\" qname=\"ns:Envelope\"/>\
             </env:Upgrade></soap:Header>";
        assert!(
            fault.contains(upgrade) && fault.contains("<faultcode>soap:VersionMismatch</faultcode>"),
            "{fault}"
        );
    }
}
