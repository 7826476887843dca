//! An examination of a machine as text.

use std::fmt;

use crate::render::Inert;
use crate::view::{DoctorView, FindingView};

use super::{Layout, wrap};

/// Areas with their findings, then what it comes to.
#[derive(Clone, Copy, Debug)]
pub struct DisplayDoctor<'a> {
    /// What to show.
    pub view: &'a DoctorView,
    /// How.
    pub layout: Layout,
}

/// Columns before a finding's text: its severity, and blanks.
const INDENT: usize = 8;

impl fmt::Display for DisplayDoctor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strong = self.layout.styles.strong;
        for area in &self.view.areas {
            writeln!(f, "{strong}{}{strong:#}", area.heading)?;
            for finding in &area.findings {
                self.finding(f, finding)?;
            }
            writeln!(f)?;
        }
        let style = self.layout.styles.of(self.view.tone);
        writeln!(f, "{style}{}{style:#}", Inert(&self.view.summary))
    }
}

impl DisplayDoctor<'_> {
    fn finding(&self, f: &mut fmt::Formatter<'_>, finding: &FindingView) -> fmt::Result {
        let (styles, width) = (&self.layout.styles, self.layout.width);
        let style = styles.of(finding.tone);
        let text = |text: &str| wrap::wrap(&Inert(text).to_string(), width, INDENT);
        writeln!(f, "  {style}{:4}{style:#}  {}", finding.severity, text(&finding.found))?;
        if !finding.consequence.is_empty() {
            let faint = styles.faint;
            writeln!(f, "{:INDENT$}{faint}{}{faint:#}", "", text(&finding.consequence))?;
        }
        if !finding.advice.is_empty() {
            let colon = if finding.command.is_some() { ":" } else { "" };
            writeln!(f, "{:INDENT$}{}{colon}", "", text(&finding.advice))?;
        }
        if let Some(command) = &finding.command {
            // In one line, however long, so that it can be copied.
            let strong = styles.strong;
            writeln!(f, "{:INDENT$}  {strong}{}{strong:#}", "", Inert(command))?;
        }
        Ok(())
    }
}
