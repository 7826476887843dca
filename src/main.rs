//! The `cargo-perfbase` executable.

use std::process::ExitCode;

fn main() -> ExitCode {
    perfbase::cli::main(std::env::args_os().collect())
}
