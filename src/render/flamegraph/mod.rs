//! Flamegraphs, drawn by inferno: of one profile, and of two compared.
//!
//! inferno lays out, and brings zoom and search. It is given numbers instead of names, and each
//! frame of its picture is then dressed with the name, title and colour that belong to its
//! number. So names cannot be taken for inferno's syntax (`;`, blanks, digits at the end), frames
//! of one name can differ in colour, and the colours of a comparison follow *inclusive* change:
//! inferno itself colours by the change of a frame's own samples, so that the caller of a
//! function that became slower looks unchanged.
//!
//! Frames too narrow to be seen are dropped before inferno sees them, and more of them where the
//! picture would become too large to be committed. Where recursion would take all of it, it is
//! folded, and the picture says so.

mod blocks;
mod differential;
mod draw;
mod fold;
mod palette;
mod plain;
mod png;

pub use differential::{DifferentialOptions, differential, differential_png};
pub use plain::{FlamegraphOptions, flamegraph, flamegraph_png};
