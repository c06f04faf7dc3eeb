//! A short run: each kind of fault, and each mutant.
//!
//! The program starts servers of its own, as it kills them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

use std::{
    io::{BufRead, BufReader, Write, pipe, stdout},
    process::{Child, Command, Stdio},
};

/// Starts it with both of its outputs going into the writing end, which closes here.
fn start(arguments: &[&str]) -> (Child, impl BufRead) {
    let (reader, writer) = pipe().unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_hexad-faults"));
    run.args(arguments).stdin(Stdio::null()).stdout(writer.try_clone().unwrap()).stderr(writer);
    (run.spawn().unwrap(), BufReader::new(reader))
}

#[test]
fn nothing_is_lost_and_every_mutant_is_caught() {
    let (mut run, output) = start(&["--each-once", "--rounds", "8", "--mutants"]);
    let mut said = String::new();
    for line in output.lines() {
        let line = line.unwrap();
        // Not `println!`, which a test keeps to itself until it fails: a run takes minutes.
        writeln!(stdout(), "{line}").unwrap();
        said.push_str(&line);
        said.push('\n');
    }
    assert!(run.wait().unwrap().success(), "what broke, and the seed to see it again with:\n{said}");
}
