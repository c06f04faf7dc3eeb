//! The connected service: tells when a user last connected.

use hexad_runtime::{Program, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Program::CONNECTED)
}
