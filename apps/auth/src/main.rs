//! The auth service: logs users in and issues tokens.

use hexad_runtime::{Program, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Program::AUTH)
}
