//! Every port of Hexad in memory, deterministic.
