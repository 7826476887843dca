//! Verdicts as text.

use std::fmt;

use crate::render::Inert;
use crate::view::{CheckView, GateView};

use super::ladder::DisplayLadder;
use super::{Layout, short, wrap};

/// A verdict: the decision, then each rule.
#[derive(Clone, Copy, Debug)]
pub struct DisplayGate<'a> {
    /// What to show.
    pub view: &'a GateView,
    /// How.
    pub layout: Layout,
}

impl fmt::Display for DisplayGate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let styles = &self.layout.styles;
        let tone = styles.of(self.view.tone) | styles.strong.get_effects();
        let text = format!("{} ({})", self.view.decision, self.view.summary);
        let text = wrap::wrap(&text, self.layout.width, 2);
        // The decision alone is coloured; it stands at the beginning of the wrapped text.
        let (decision, rest) = text.split_at(self.view.decision.len().min(text.len()));
        writeln!(f, "{tone}{decision}{tone:#}{rest}")?;
        let widest = self.view.rules.iter().map(|rule| rule.outcome.len()).max().unwrap_or(0);
        for rule in &self.view.rules {
            let style = styles.of(rule.tone);
            let id = Inert(&rule.id).to_string();
            let benchmark = match &*rule.benchmark {
                "" => String::new(),
                name => format!("{}: ", short(name, self.layout.width / 2)),
            };
            let text = format!("{id}: {benchmark}{}", Inert(&rule.message));
            let text = wrap::wrap(&text, self.layout.width.saturating_sub(widest + 4), 0);
            let text = text.replace('\n', &format!("\n{:1$}", "", widest + 6));
            writeln!(f, "  {style}{:widest$}{style:#}  {text}", rule.outcome)?;
        }
        if self.view.passed_omitted > 0 {
            let faint = styles.faint;
            let more = self.view.passed_omitted;
            writeln!(f, "  {faint}and {more} more passed; --all shows them{faint:#}")?;
        }
        Ok(())
    }
}

/// One capture judged.
#[derive(Clone, Copy, Debug)]
pub struct DisplayCheck<'a> {
    /// What to show.
    pub view: &'a CheckView,
    /// How.
    pub layout: Layout,
}

impl fmt::Display for DisplayCheck<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = self.layout;
        match &self.view.gate {
            Some(view) => write!(f, "{}", DisplayGate { view, layout })?,
            None => writeln!(f, "There is no rule for one capture")?,
        }
        let faint = layout.styles.faint;
        writeln!(f, "{faint}{}{faint:#}", super::diff::side(&self.view.side))?;
        for view in &self.view.ladders {
            write!(f, "\n{}", DisplayLadder { view, layout })?;
        }
        Ok(())
    }
}
