//! The session service: keeps each user's session.

use hexad_runtime::{Program, Service, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Program::Only(Service::Session))
}
