//! The session service: keeps each user's session.

use hexad_runtime::{Program, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Program::SESSION)
}
