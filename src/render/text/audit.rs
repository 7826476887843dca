//! An audit as text.

use std::fmt;

use crate::render::Inert;
use crate::view::{AuditRow, AuditView};

use super::{Layout, short, wrap};

/// Each target with what is known of it, then what it comes to.
#[derive(Clone, Copy, Debug)]
pub struct DisplayAudit<'a> {
    /// What to show.
    pub view: &'a AuditView,
    /// How.
    pub layout: Layout,
}

/// Columns before what is said of a target: its status, and blanks.
const INDENT: usize = 18;

impl fmt::Display for DisplayAudit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.view.rows {
            self.row(f, row)?;
        }
        if !self.view.rows.is_empty() {
            writeln!(f)?;
        }
        let style = self.layout.styles.of(self.view.tone);
        writeln!(f, "{style}{}{style:#}", Inert(&self.view.summary))
    }
}

impl DisplayAudit<'_> {
    fn row(&self, f: &mut fmt::Formatter<'_>, row: &AuditRow) -> fmt::Result {
        let (styles, width) = (&self.layout.styles, self.layout.width);
        let (style, strong, faint) = (styles.of(row.tone), styles.strong, styles.faint);
        let name = short(&row.name, width.saturating_sub(INDENT));
        writeln!(f, "{style}{:16}{style:#}  {strong}{name}{strong:#}", row.status)?;
        let mut facts = vec![Inert(&row.location).to_string()];
        facts.extend([row.harness, &row.benchmarks].map(str::to_owned));
        for (what, text) in [("features", &row.features), ("captured as", &row.last_capture)] {
            facts.push(match text.is_empty() {
                true => String::new(),
                false => format!("{what} {}", Inert(text)),
            });
        }
        facts.retain(|fact| !fact.is_empty());
        writeln!(f, "{:INDENT$}{faint}{}{faint:#}", "", wrap::list(&facts, width, INDENT))?;
        if !row.found.is_empty() {
            let found = Inert(&row.found).to_string();
            writeln!(f, "{:INDENT$}{}", "", wrap::wrap(&found, width, INDENT))?;
        }
        if let Some(run) = &row.run {
            // In one line, however long, so that it can be copied.
            writeln!(f, "{:INDENT$}{}", "", Inert(run))?;
        }
        Ok(())
    }
}
