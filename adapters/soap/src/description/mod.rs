//! The description of a service for the toolkits of its clients: WSDL 1.1, document/literal wrapped, with a port for
//! each version of SOAP, as WS-I's Basic Profile 1.1 has it for the older one.
//!
//! It is written from the same tables that requests are read by, values judged by and answers written by, so it
//! cannot say what the service does not do.

mod ask;
mod page;
mod patterns;
mod schema;

pub(crate) use ask::{Address, asked, wsdl};
pub(crate) use page::route as page;

use crate::writer::{Writer, element};
use crate::{Operation, USER_SERVICE, Version, detail};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
/// The one transport there is for SOAP over HTTP (WS-I Basic Profile 1.1, R2702).
const HTTP: &str = "http://schemas.xmlsoap.org/soap/http";

/// A service as its description presents it.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// The name of the service.
    pub service: &'static str,
    /// The name of its interface.
    pub port_type: &'static str,
    /// What it does, for a person to read.
    pub about: &'static str,
    /// Every namespace in it with the prefix that stands for it; the first is the service's own.
    pub namespaces: &'static [(&'static str, &'static str)],
    /// What it can be asked for.
    pub operation: &'static Operation,
    /// The route.
    pub path: &'static str,
    /// Its other routes, each with what it answers, for a person to read.
    pub besides: &'static [(&'static str, &'static str)],
}

impl Description {
    /// The description of the service under that address, which its route follows.
    ///
    /// ```
    /// let wsdl = hexad_soap::lookup::DESCRIPTION.wsdl("https://api.example");
    /// let wsdl = String::from_utf8(wsdl).unwrap();
    /// assert!(wsdl.contains("location=\"https://api.example/user/soap\""));
    /// ```
    #[must_use]
    pub fn wsdl(&self, base: &str) -> Vec<u8> {
        let location = format!("{base}{}", self.path);
        Writer::document(|writer| {
            let definitions = self.namespaces.iter().fold(
                element("definitions")
                    .default_ns(WSDL)
                    .ns("xs", SCHEMA)
                    .ns("soap", Version::V1_1.wsdl_namespace())
                    .ns("soap12", Version::V1_2.wsdl_namespace())
                    .attr("name", self.service)
                    .attr("targetNamespace", self.namespace()),
                |definitions, (prefix, namespace)| definitions.ns(*prefix, *namespace),
            );
            writer.element(definitions, |writer| {
                writer.leaf("documentation", self.about);
                writer.element(element("types"), |writer| {
                    for (_, namespace) in self.namespaces {
                        schema::write(writer, self, namespace);
                    }
                });
                self.write_messages(writer);
                self.write_port_type(writer);
                for version in Version::ALL {
                    self.write_binding(writer, version);
                }
                self.write_service(writer, &location);
            });
        })
    }

    fn namespace(&self) -> &'static str {
        self.namespaces.first().map_or("", |(_, namespace)| namespace)
    }

    /// A name of that namespace with its prefix.
    fn qualified(&self, namespace: &str, name: &str) -> String {
        let prefix =
            self.namespaces.iter().find(|(_, known)| *known == namespace).map_or("", |(prefix, _)| prefix);
        format!("{prefix}:{name}")
    }

    /// A name of the service's own namespace with its prefix.
    fn own(&self, name: &str) -> String {
        self.qualified(self.namespace(), name)
    }

    fn request_message(&self) -> String {
        format!("{}Request", self.operation.name)
    }

    fn response_message(&self) -> String {
        format!("{}Response", self.operation.name)
    }

    /// Toolkits name the class of the exception after it.
    fn fault_message(&self) -> String {
        format!("{}Fault", self.operation.name)
    }

    fn write_messages(&self, writer: &mut Writer) {
        let operation = self.operation;
        let response = operation.response;
        for (message, part, (namespace, name)) in [
            // "parameters" makes a toolkit unwrap the fields.
            (self.request_message(), "parameters", (operation.namespace(), operation.name)),
            (self.response_message(), "parameters", (response.namespace, response.name)),
            (self.fault_message(), detail::ERROR, (USER_SERVICE, detail::ERROR)),
        ] {
            writer.element(element("message").attr("name", &message), |writer| {
                let holds = self.qualified(namespace, name);
                writer.empty(element("part").attr("name", part).attr("element", &holds));
            });
        }
    }

    fn write_port_type(&self, writer: &mut Writer) {
        writer.element(element("portType").attr("name", self.port_type), |writer| {
            writer.element(element("operation").attr("name", self.operation.name), |writer| {
                writer.empty(element("input").attr("message", &self.own(&self.request_message())));
                writer.empty(element("output").attr("message", &self.own(&self.response_message())));
                let fault = self.own(&self.fault_message());
                writer.empty(element("fault").attr("name", detail::ERROR).attr("message", &fault));
            });
        });
    }

    fn write_binding(&self, writer: &mut Writer, version: Version) {
        let soap = |name: &str| format!("{}:{name}", version.wsdl_prefix());
        let (binding, operation, body, fault) =
            (soap("binding"), soap("operation"), soap("body"), soap("fault"));
        let port_type = self.own(self.port_type);
        let start = element("binding").attr("name", version.port()).attr("type", &port_type);
        writer.element(start, |writer| {
            writer.empty(element(&binding).attr("style", "document").attr("transport", HTTP));
            writer.element(element("operation").attr("name", self.operation.name), |writer| {
                let action = format!("{}/{}", self.namespace(), self.operation.name);
                writer.empty(element(&operation).attr("soapAction", &action).attr("style", "document"));
                for direction in ["input", "output"] {
                    writer.element(element(direction), |writer| {
                        writer.empty(element(&body).attr("use", "literal"));
                    });
                }
                writer.element(element("fault").attr("name", detail::ERROR), |writer| {
                    writer.empty(element(&fault).attr("name", detail::ERROR).attr("use", "literal"));
                });
            });
        });
    }

    fn write_service(&self, writer: &mut Writer, location: &str) {
        writer.element(element("service").attr("name", self.service), |writer| {
            for version in Version::ALL {
                let binding = self.own(version.port());
                let port = element("port").attr("name", version.port()).attr("binding", &binding);
                let address = format!("{}:address", version.wsdl_prefix());
                writer.element(port, |writer| {
                    writer.empty(element(&address).attr("location", location));
                });
            }
        });
    }
}

#[cfg(test)]
mod tests;
