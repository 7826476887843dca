//! What an examination found: of a machine, of two captures beside each other, or of a capture
//! itself. All of them tell what they found in the same terms.

use super::id::BenchmarkId;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Good to know.
    Note,
    /// Results may mislead.
    Warn,
    /// Something cannot be done at all.
    Fail,
    /// No verdict is given on what it concerns.
    Refuse,
}

impl Severity {
    /// `ok`, `note`, `warn`, `fail`, `refuse`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Refuse => "refuse",
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Who can record profiles.
    Recorders,
    /// What makes times scatter.
    Timings,
    /// The workspace at hand.
    Workspace,
    /// How alike two captures are.
    Comparison,
    /// The measurement itself.
    Quality,
}

impl Area {
    /// `recorders`, `timings`, `workspace`, `comparison`, `quality`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorders => "recorders",
            Self::Timings => "timings",
            Self::Workspace => "workspace",
            Self::Comparison => "comparison",
            Self::Quality => "quality",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is about.
    pub area: Area,
    /// What was looked at: a word that never changes (`governor`).
    pub check: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What was found.
    pub found: String,
    /// What follows from it; empty where nothing does.
    pub consequence: String,
    /// What to do about it, in words; empty where there is nothing to do, or the command says all.
    pub advice: String,
    /// The command that mends it, as a shell takes it.
    pub command: Option<String>,
    /// The benchmark that it is about; `None` for all.
    pub benchmark: Option<BenchmarkId>,
    /// The figure that was judged, where one was.
    pub measured: Option<Measured>,
}

/// A figure and the threshold that it is beyond.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// What was measured; a ratio, a share, or in ns, as the finding says.
    pub figure: f64,
    /// From where on it is told, in the same unit.
    pub threshold: f64,
}

impl Finding {
    /// Something that is as it should be, unless more is said of it.
    pub fn new(area: Area, check: &'static str, found: impl Into<String>) -> Self {
        Self {
            area,
            check,
            severity: Severity::Ok,
            found: found.into(),
            consequence: String::new(),
            advice: String::new(),
            command: None,
            benchmark: None,
            measured: None,
        }
    }

    /// The same about one benchmark.
    #[must_use]
    pub fn of(mut self, benchmark: &BenchmarkId) -> Self {
        self.benchmark = Some(benchmark.clone());
        self
    }

    /// The same with the figure that it rests on.
    #[must_use]
    pub fn measured(mut self, figure: f64, threshold: f64) -> Self {
        self.measured = Some(Measured { figure, threshold });
        self
    }

    /// The same, mattering so much for this reason.
    #[must_use]
    pub fn because(mut self, severity: Severity, consequence: impl Into<String>) -> Self {
        (self.severity, self.consequence) = (severity, consequence.into());
        self
    }

    /// The same with advice in words.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// The same with a command that mends it.
    #[must_use]
    pub fn mend(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    /// All of it in a line: `governor powersave: … ; mend: …`.
    pub fn line(&self) -> String {
        let mut line = self.found.clone();
        let parts = [(": ", self.consequence.as_str()), ("; ", self.advice.as_str())];
        for (between, part) in parts {
            if !part.is_empty() {
                line.push_str(between);
                line.push_str(part);
            }
        }
        if let Some(command) = &self.command {
            line.push_str(if self.advice.is_empty() { "; " } else { ": " });
            line.push_str(command);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_what_there_is() {
        let found = Finding::new(Area::Timings, "governor", "governor powersave");
        assert_eq!((found.line().as_str(), found.severity), ("governor powersave", Severity::Ok));
        let told = found.because(Severity::Warn, "times vary").mend("sudo x");
        assert_eq!(told.line(), "governor powersave: times vary; sudo x");
        assert_eq!(told.advise("by").line(), "governor powersave: times vary; by: sudo x");
        assert!(Severity::Ok < Severity::Note && Severity::Warn < Severity::Fail);
    }
}
