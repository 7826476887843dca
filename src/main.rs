//! The `cargo-perfbase` executable.

use std::process::ExitCode;

use perfbase::process::{REAPER_ARGUMENT, reaper_main};

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == REAPER_ARGUMENT) {
        return reaper_main();
    }
    ExitCode::SUCCESS
}
