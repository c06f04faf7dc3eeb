//! The two versions of SOAP, and what differs between them by name.

/// A version of SOAP. The namespace of a request's envelope decides it, and the answer is in kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// SOAP 1.1, the W3C Note of 8 May 2000.
    V1_1,
    /// SOAP 1.2, the W3C Recommendation (second edition).
    V1_2,
}

impl Version {
    /// Both, the older one first.
    pub const ALL: [Version; 2] = [Version::V1_1, Version::V1_2];

    /// The namespace of the envelope and of everything in it that is SOAP's own.
    pub const fn namespace(self) -> &'static str {
        match self {
            Version::V1_1 => "http://schemas.xmlsoap.org/soap/envelope/",
            Version::V1_2 => "http://www.w3.org/2003/05/soap-envelope",
        }
    }

    /// The version whose envelope has that namespace.
    pub fn by_namespace(namespace: &str) -> Option<Self> {
        Version::ALL.into_iter().find(|version| version.namespace() == namespace)
    }

    /// The content type of an answer.
    pub const fn content_type(self) -> &'static str {
        match self {
            Version::V1_1 => "text/xml; charset=utf-8",
            Version::V1_2 => "application/soap+xml; charset=utf-8",
        }
    }

    /// The namespace of what a description says of this version.
    pub(crate) const fn wsdl_namespace(self) -> &'static str {
        match self {
            Version::V1_1 => "http://schemas.xmlsoap.org/wsdl/soap/",
            Version::V1_2 => "http://schemas.xmlsoap.org/wsdl/soap12/",
        }
    }

    /// The prefix of that namespace, as the specifications write it.
    pub(crate) const fn wsdl_prefix(self) -> &'static str {
        match self {
            Version::V1_1 => "soap",
            Version::V1_2 => "soap12",
        }
    }

    /// The name of the port, and of its binding, in a description.
    pub(crate) const fn port(self) -> &'static str {
        match self {
            Version::V1_1 => "Soap11",
            Version::V1_2 => "Soap12",
        }
    }

    /// The prefix that answers bind to the namespace: the one that each specification's own examples use.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Version::V1_1 => "soap",
            Version::V1_2 => "env",
        }
    }

    /// The attribute that says for whom a header block is: `actor` became `role`.
    pub(crate) const fn role_attribute(self) -> &'static str {
        match self {
            Version::V1_1 => "actor",
            Version::V1_2 => "role",
        }
    }

    /// Whether a header block with that role is for the last receiver, which is what a service is
    /// (SOAP 1.1 section 4.2.2, SOAP 1.2 part 1 section 2.2). No role, or an empty one, says so too.
    pub(crate) fn is_our_role(self, role: &str) -> bool {
        match self {
            Version::V1_1 => matches!(role, "" | "http://schemas.xmlsoap.org/soap/actor/next"),
            Version::V1_2 => matches!(
                role,
                "" | "http://www.w3.org/2003/05/soap-envelope/role/next"
                    | "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"
            ),
        }
    }

    /// Whether a `mustUnderstand` attribute of that value is set. 1.2 has an `xs:boolean`; 1.1 knows `1` alone, but
    /// many toolkits send it `true`, and to take a header lightly that its sender insists on would be worse.
    pub(crate) fn is_set(must_understand: &str) -> bool {
        matches!(must_understand, "1" | "true")
    }
}
