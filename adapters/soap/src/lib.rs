//! The registration and lookup services of Hexad as SOAP, 1.1 and 1.2.
//!
//! Two layers. The lower one is pure: an [`Operation`] is the table of what a service can be asked for, and reads a
//! [`Request`] from the bytes of an envelope by it, or says in which [`Fault`] to refuse them. XML is read as a
//! stream and within bounds, with no document type and thus no entities; all that is written is escaped. A
//! [`Description`] tells the same table to the toolkits of clients, as WSDL.
//!
//! ```
//! use hexad_soap::register::REGISTER_USER;
//!
//! let envelope = br#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
//!     <u:registerUser xmlns:u="http://example.com/user"><u:username>ada</u:username></u:registerUser>
//! </e:Body></e:Envelope>"#;
//! let request = REGISTER_USER.read(envelope, Some("text/xml; charset=utf-8")).unwrap();
//! assert_eq!(request.values("username").collect::<Vec<_>>(), ["ada"]);
//!
//! let fault = REGISTER_USER.read(b"<oops/>", None).unwrap_err();
//! assert_eq!((fault.soap_code(), fault.code()), ("Client", Some("malformed")));
//! ```
//!
//! The upper one has the two services over the use cases: [`register`] and [`lookup`]. Each has a `router`, its routes
//! and nothing else, and an `app`, which puts them into the [`App`](hexad_http::App) that all services share, with what
//! this service has of its own: its health route in the originals' words, faults for what the server refuses by
//! itself, and its methods for CORS.
//!
//! ```
//! use hexad_http::{App, Health, Origins, RequestIds};
//! use hexad_soap::{lookup, register, register::Duplicates};
//! # fn apps(registrar: std::sync::Arc<hexad::Registrar>, users: std::sync::Arc<hexad::Lookup>) -> [App; 2] {
//!
//! let health = Health::new(hexad::Health::default());
//! let registration =
//!     register::app(registrar, Duplicates::Fault, None, &health, RequestIds::new(1), Origins::Closed).build();
//! let lookup = lookup::app(users, None, &health, RequestIds::new(2), Origins::Closed).build();
//! # [registration, lookup]
//! # }
//! ```

mod answer;
mod description;
mod detail;
mod envelope;
mod events;
mod fault;
mod health;
pub mod lookup;
mod media_type;
mod operation;
mod receive;
pub mod register;
mod version;
mod writer;

pub use description::Description;
pub use fault::Fault;
pub use operation::{Holds, Operation, Part, Request, Response};
pub use version::Version;

/// The namespace of the registration's answers, and of the detail of every fault.
pub const USER_SERVICE: &str = "http://example.com/userservice";
