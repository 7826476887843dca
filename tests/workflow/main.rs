//! The workflows that `init --github` writes, without a runner: they are held against GitHub's
//! schema, and what they run is run, step by step, in a scratch repository.
#![cfg(target_os = "linux")]

mod comment;
mod init;
#[path = "../marked/mod.rs"]
mod marked;
mod measure;
mod project;
mod runner;
mod safety;
