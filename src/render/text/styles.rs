//! Colours by meaning.

use anstyle::{AnsiColor, Style};

use crate::view::Tone;

/// The styles of a report; all plain by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    /// Faster.
    pub good: Style,
    /// Slower, failed.
    pub bad: Style,
    /// Warnings, and what cannot be told.
    pub warn: Style,
    /// Headlines and names.
    pub strong: Style,
    /// Headings of columns, and asides.
    pub faint: Style,
}

impl Styles {
    /// Colours for terminals, from their own palette.
    pub fn colored() -> Self {
        Self {
            good: AnsiColor::Green.on_default(),
            bad: AnsiColor::Red.on_default(),
            warn: AnsiColor::Yellow.on_default(),
            strong: Style::new().bold(),
            faint: Style::new().dimmed(),
        }
    }

    /// The style of a tone.
    pub(super) fn of(&self, tone: Tone) -> Style {
        match tone {
            Tone::Good => self.good,
            Tone::Bad => self.bad,
            Tone::Warn => self.warn,
            Tone::Neutral => Style::new(),
        }
    }
}
