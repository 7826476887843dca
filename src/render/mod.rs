//! Views → text, markdown, JSON, CSV, HTML and SVG.
//!
//! Text that came from outside leaves here inert in every format: no control character, no
//! character that reorders or hides its neighbours, nothing that the format would read as its
//! own syntax.
//!
//! Deliberately absent: any decision on what to show; `view` took it. `json` and `csv` go past
//! the views, since machines want figures that nobody rounded.

pub mod csv;
pub mod flamegraph;
pub mod html;
mod inert;
pub mod json;
pub mod markdown;
pub mod text;

pub use inert::Inert;
