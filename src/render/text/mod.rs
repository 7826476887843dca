//! Text for terminals and logs.
//!
//! Each report is a borrowed `Display` value; colours come in as [`Styles`], and there are none
//! unless they are asked for. Colour is a second signal only: whatever it says is said in words.

mod audit;
mod diff;
mod doctor;
mod explain;
mod gate;
mod ladder;
mod list;
mod show;
mod styles;
mod table;
mod wrap;

pub use audit::DisplayAudit;
pub use diff::DisplayDiff;
pub use doctor::DisplayDoctor;
pub use explain::explained;
pub use gate::{DisplayCheck, DisplayGate};
pub use list::DisplayList;
pub use show::DisplayShow;
pub use styles::Styles;

use super::Inert;

/// How text is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns to use. Below 60, lines become longer than that.
    pub width: usize,
    /// Colours.
    pub styles: Styles,
}

impl Layout {
    /// Plain text of a width.
    pub fn plain(width: usize) -> Self {
        Self { width, styles: Styles::default() }
    }
}

/// From this width on, tables have their intervals and everything else.
const WIDE: usize = 100;

/// A name, inert, in so many characters.
fn short(name: &str, width: usize) -> String {
    // Cut before it is made inert, so that a huge name costs little, and once more after that.
    crate::view::shorten(&Inert(&crate::view::shorten(name, 500)).to_string(), width)
}
