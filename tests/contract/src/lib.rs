//! One suite of tests for each port of Hexad, run by every adapter of that port.
