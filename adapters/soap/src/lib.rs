//! The registration and lookup services of Hexad as SOAP.
