//! What an examination of a machine found.

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
}

impl Severity {
    /// `ok`, `note`, `warn`, `fail`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Fail => "fail",
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
}

impl Area {
    /// `recorders`, `timings`, `workspace`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorders => "recorders",
            Self::Timings => "timings",
            Self::Workspace => "workspace",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        }
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
