//! The lookup service: finds users by name, by SOAP.

use hexad_runtime::{Program, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Program::USER_LOOKUP)
}
