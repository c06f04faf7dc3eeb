//! Password hashing and tokens of Hexad.
