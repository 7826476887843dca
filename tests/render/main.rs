//! What reports look like, and that nothing in them is active.

mod example;
mod flamegraph;
mod json;
mod markdown;
mod text;
