//! The `cargo-perfbase` executable.

fn main() {}
