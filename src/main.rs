//! The `cargo-perfbase` executable.

use std::process::ExitCode;

use perfbase::build::{RUNNER_COMMAND, runner_main};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == RUNNER_COMMAND) {
        return runner_main(arguments);
    }
    ExitCode::SUCCESS
}
