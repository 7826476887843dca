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

pub mod console;
pub mod build;
pub mod diff;
pub mod ingest;
pub mod model;
pub mod store;
pub mod process;
pub mod objects;
pub mod symbolize;
pub mod unwind;
pub mod stats;
pub mod normalize;
pub mod workspace;
pub mod render;
pub mod view;
