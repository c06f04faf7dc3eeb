//! The images of Hexad in a folder or an object store.
