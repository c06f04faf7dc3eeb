//! The suite: all six services in one process.

use hexad_runtime::{Program, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Program::SUITE)
}
