//! What Hexad needs from the outside: its driven ports.
