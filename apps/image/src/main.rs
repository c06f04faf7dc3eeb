//! The image service: receives, lists and serves images.

use hexad_runtime::{Program, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Program::IMAGE)
}
