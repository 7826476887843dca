//! The command line as a user meets it: exit status, what is said and what is stored.
//!
//! The fixtures are built once, into a target directory that all tests share. `cargo test --test
//! cli` needs no profiler; what profilers do wrong is played by a fake one (`profilers`).
#![cfg(target_os = "linux")]

mod ab;
mod audit;
mod doctor;
mod documents;
mod help;
mod labels;
#[path = "../marked/mod.rs"]
mod marked;
mod mistakes;
mod pairs;
mod plan;
mod profilers;
mod report;
mod rules;
mod sandbox;
mod selection;
mod shells;
mod streams;
mod troubles;
