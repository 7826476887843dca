//! `perfbase`: what got slower or faster, by how much, in which functions, and can that answer
//! be trusted?
//!
//! The library behind `cargo perfbase`. Data flows one way:
//!
//! ```text
//! workspace → build → record → ingest → unwind → symbolize → normalize → store
//!                                                              store → diff → view → render
//! ```
//!
//! `cli` alone puts the stages together. `ARCHITECTURE.md` has the map.

pub mod diff;
pub mod model;
pub mod render;
pub mod view;
