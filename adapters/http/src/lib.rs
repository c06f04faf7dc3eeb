//! The HTTP server that every Hexad service shares.
