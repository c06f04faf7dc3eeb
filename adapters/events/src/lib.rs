//! The events of Hexad as message bodies and headers.
