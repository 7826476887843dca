//! One capture as text.

use std::fmt;

use crate::render::Inert;
use crate::view::{BenchmarkShow, NoteView, ShowFunction, ShowView};

use super::ladder::DisplayLadder;
use super::table::{Align, Table};
use super::{Layout, short, wrap};

/// A capture: where it comes from, then each benchmark.
#[derive(Clone, Copy, Debug)]
pub struct DisplayShow<'a> {
    /// What to show.
    pub view: &'a ShowView,
    /// How.
    pub layout: Layout,
}

impl fmt::Display for DisplayShow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faint = self.layout.styles.faint;
        let widest = self.view.header.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, text) in &self.view.header {
            let text = Inert(text).to_string();
            let text = wrap::wrap(&text, self.layout.width, widest + 2);
            writeln!(f, "{faint}{name:widest$}{faint:#}  {text}")?;
        }
        self.notes(f, &self.view.notes, 0)?;
        for view in &self.view.ladders {
            write!(f, "\n{}", DisplayLadder { view, layout: self.layout })?;
        }
        for benchmark in &self.view.benchmarks {
            writeln!(f)?;
            self.benchmark(f, benchmark)?;
        }
        Ok(())
    }
}

impl DisplayShow<'_> {
    fn benchmark(&self, f: &mut fmt::Formatter<'_>, benchmark: &BenchmarkShow) -> fmt::Result {
        let styles = &self.layout.styles;
        let (strong, faint, width) = (styles.strong, styles.faint, self.layout.width);
        let name = short(&benchmark.name, width.saturating_sub(14));
        writeln!(f, "{strong}{name}{strong:#} {faint}({}){faint:#}", benchmark.harness)?;
        if let Some(failure) = &benchmark.failure {
            let bad = styles.bad;
            writeln!(f, "  {bad}{}{bad:#}", Inert(&failure.what))?;
            for line in &failure.output {
                writeln!(f, "    | {}", Inert(line))?;
            }
        }
        let list = |facts: &[(&'static str, String)]| {
            let facts: Vec<String> =
                facts.iter().map(|(name, text)| format!("{name} {text}")).collect();
            wrap::list(&facts, width, 4)
        };
        if !benchmark.times.is_empty() {
            writeln!(f, "  {}", list(&benchmark.times))?;
            writeln!(f, "  {faint}{}{faint:#}", wrap::wrap(&benchmark.basis, width, 4))?;
        }
        if !benchmark.resources.is_empty() {
            writeln!(f, "  {}", list(&benchmark.resources))?;
        }
        if !benchmark.health.is_empty() {
            let text = format!("profile: {}", benchmark.health);
            writeln!(f, "  {}", wrap::wrap(&text, width, 4))?;
        }
        self.notes(f, &benchmark.notes, 2)?;
        self.functions(f, "functions by self weight", &benchmark.by_self)?;
        self.functions(f, "functions by total weight, callees included", &benchmark.by_total)?;
        self.functions(f, "categories, by self weight", &benchmark.categories)?;
        if !benchmark.hot_paths.is_empty() {
            writeln!(f, "  {faint}hot paths{faint:#}")?;
        }
        for path in &benchmark.hot_paths {
            let cost =
                if path.cost.is_empty() { String::new() } else { format!("{}, ", path.cost) };
            writeln!(f, "    {cost}{}", path.share)?;
            writeln!(f, "      {}", wrap::path(&path.path, width, 6))?;
        }
        for count in &benchmark.counts {
            for line in &count.lines {
                writeln!(f, "  {}", wrap::wrap(&Inert(line).to_string(), width, 4))?;
            }
            self.functions(f, &format!("functions by {} of their own", count.by), &count.by_self)?;
            self.functions(
                f,
                &format!("functions by {}, callees included", count.by),
                &count.by_total,
            )?;
        }
        Ok(())
    }

    fn notes(&self, f: &mut fmt::Formatter<'_>, notes: &[NoteView], indent: usize) -> fmt::Result {
        for note in notes {
            let style = self.layout.styles.of(note.tone);
            let text = wrap::wrap(
                &Inert(&note.text).to_string(),
                self.layout.width,
                indent + note.level.len() + 2,
            );
            writeln!(f, "{:indent$}{style}{}{style:#}: {text}", "", note.level)?;
        }
        Ok(())
    }

    fn functions(
        &self,
        f: &mut fmt::Formatter<'_>,
        heading: &str,
        functions: &[ShowFunction],
    ) -> fmt::Result {
        if functions.is_empty() {
            return Ok(());
        }
        let faint = self.layout.styles.faint;
        writeln!(f, "  {faint}{heading}{faint:#}")?;
        let mut table = Table::new(&[("", Align::Right), ("", Align::Right), ("", Align::Name)]);
        for function in functions {
            table.row().cell(&function.share).cell(&function.cost).cell(&function.name);
        }
        write!(f, "{}", table.display(self.layout.width, 4, faint))
    }
}
