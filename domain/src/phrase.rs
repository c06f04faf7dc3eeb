//! The distance between two moments, in words.
