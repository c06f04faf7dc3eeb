//! The image service: receives, lists and serves images.

use hexad_runtime::{Program, Service, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Program::Only(Service::Image))
}
