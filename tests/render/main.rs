//! What reports look like, and that nothing in them is active.

mod example;
mod json;
mod text;
