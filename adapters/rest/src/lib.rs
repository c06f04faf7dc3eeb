//! The auth, session, image and connected services of Hexad as HTTP and JSON.
