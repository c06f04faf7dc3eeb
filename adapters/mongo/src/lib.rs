//! Sessions of Hexad on MongoDB.
