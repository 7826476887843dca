//! The book in `docs/`: its commands are run, its rules are read, its links are followed.
#![cfg(target_os = "linux")]

mod commands;
mod configuration;
#[path = "../marked/mod.rs"]
mod marked;
mod page;
mod pages;
mod workspace;
