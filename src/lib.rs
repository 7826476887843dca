//! `perfbase`: what got slower or faster, by how much, in which functions, and can that answer
//! be trusted?
//!
//! The library behind `cargo perfbase`. Data flows one way:
//!
//! ```text
//! workspace → build → record → ingest → unwind → symbolize → normalize → store
//!                                                   store → diff → view → render
//! ```
//!
//! `cli` alone puts the stages together. `ARCHITECTURE.md` has the map.

pub mod build;
pub mod bundle;
pub mod cli;
pub mod config;
pub mod console;
pub mod diff;
pub mod doctor;
pub mod error;
pub mod gate;
pub mod ingest;
pub mod matching;
pub mod model;
pub mod normalize;
pub mod objects;
pub mod patterns;
pub mod process;
pub mod quality;
pub mod record;
pub mod render;
pub mod sha256;
pub mod stats;
pub mod store;
pub mod symbolize;
pub mod unwind;
pub mod view;
pub mod workspace;
