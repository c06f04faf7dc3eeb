//! Black-box tests of the running Hexad programs.
