//! What reports look like, and that nothing in them is active.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, as it should")]

mod agreement;
mod baseline;
mod counts;
mod csv;
mod doctor;
mod example;
mod flamegraph;
mod html;
mod json;
mod ladder;
mod markdown;
mod png;
mod text;
mod words;
