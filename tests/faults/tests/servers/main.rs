//! A short run: each kind of fault, and each mutant.
//!
//! The program starts servers of its own, as it kills them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

use std::process::{Command, Stdio};

#[test]
fn nothing_is_lost_and_every_mutant_is_caught() {
    let mut run = Command::new(env!("CARGO_BIN_EXE_hexad-faults"));
    run.args(["--each-once", "--rounds", "8", "--mutants"]).stdin(Stdio::null());
    assert!(
        run.status().unwrap().success(),
        "the lines above say what broke, and with which seed to see it again"
    );
}
