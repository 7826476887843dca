//! A comparison as text.

use std::fmt;

use anstyle::Style;

use crate::render::Inert;
use crate::view::{BenchmarkView, DiffView, FunctionRow, ProfileView, SideView};

use super::gate::DisplayGate;
use super::ladder::DisplayLadder;
use super::table::{Align, Table};
use super::{Layout, WIDE, short, wrap};

/// Characters that a function in the headline has at least.
const FUNCTION: usize = 16;

/// A comparison: the answer, what to know before the figures, all benchmarks, the details.
#[derive(Clone, Copy, Debug)]
pub struct DisplayDiff<'a> {
    /// What to show.
    pub view: &'a DiffView,
    /// How.
    pub layout: Layout,
}

impl fmt::Display for DisplayDiff<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.headline(f)?;
        if let Some(view) = &self.view.gate {
            write!(f, "\n{}", DisplayGate { view, layout: self.layout })?;
        }
        self.notes(f)?;
        self.benchmarks(f)?;
        self.counts(f)?;
        for view in &self.view.ladders {
            write!(f, "\n{}", DisplayLadder { view, layout: self.layout })?;
        }
        if let Some(advice) = &self.view.advice {
            writeln!(f, "\n{}", wrap::wrap(advice, self.layout.width, 0))?;
        }
        for benchmark in self.view.benchmarks.iter().filter(|b| b.detailed) {
            writeln!(f)?;
            self.benchmark(f, benchmark)?;
        }
        let brief = self.view.benchmarks.iter().filter(|b| !b.detailed).count();
        if brief > 0 && brief < self.view.benchmarks.len() {
            let faint = self.layout.styles.faint;
            let them =
                if brief == 1 { "1 benchmark has" } else { &format!("{brief} benchmarks have") };
            writeln!(f, "\n{faint}{them} no details here; `diff --all` shows everything{faint:#}")?;
        }
        Ok(())
    }
}

impl DisplayDiff<'_> {
    fn headline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let styles = &self.layout.styles;
        let summary = styles.of(self.view.tone) | styles.strong.get_effects();
        let answer = wrap::wrap(&self.view.summary, self.layout.width, 2);
        writeln!(f, "{summary}{answer}{summary:#}")?;
        for lead in &self.view.leads {
            let style = styles.of(lead.tone);
            let name = short(&lead.benchmark, self.layout.width / 2);
            let mut text = format!("  {name} {style}{}{style:#}", lead.change);
            if let Some(function) = &lead.function {
                let part = lead.part.chars().count();
                let used = name.chars().count() + lead.change.chars().count() + 6;
                // The function stands in a line of its own where it has no room in this one.
                let one_line = self.layout.width.saturating_sub(used + part) >= FUNCTION;
                let used = if one_line { used } else { 5 };
                let room = self.layout.width.saturating_sub(used + part).max(FUNCTION / 2);
                let between = if one_line { ": " } else { ":\n    " };
                text.push_str(&format!("{between}{} {}", short(function, room), lead.part));
            }
            writeln!(f, "{text}")?;
        }
        let faint = styles.faint;
        let sides = format!("{} → {}", side(&self.view.base), side(&self.view.new));
        writeln!(f, "{faint}{}{faint:#}", wrap::wrap(&sides, self.layout.width, 0))
    }

    fn notes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.view.notes.is_empty() {
            return Ok(());
        }
        writeln!(f)?;
        for note in &self.view.notes {
            let style = self.layout.styles.of(note.tone);
            let text = format!("{}: {}", note.level, Inert(&note.text));
            let text = wrap::wrap(&text, self.layout.width, 2);
            // The level alone is coloured; it stands at the beginning of the wrapped text.
            let (level, rest) = text.split_at(note.level.len().min(text.len()));
            writeln!(f, "{style}{level}{style:#}{rest}")?;
        }
        Ok(())
    }

    fn benchmarks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = self.layout.width >= WIDE;
        let mut columns = vec![
            ("benchmark", Align::Name),
            ("base", Align::Right),
            ("new", Align::Right),
            ("change", Align::Right),
            ("interval %", Align::Left),
            ("verdict", Align::Left),
        ];
        if wide {
            columns.push(("detectable", Align::Right));
        }
        let mut table = Table::new(&columns);
        for benchmark in self.view.benchmarks.iter().filter(|b| b.has_row()) {
            let style = self.layout.styles.of(benchmark.tone);
            let mut row = table.row();
            row.cell(&benchmark.name)
                .cell(&benchmark.base)
                .cell(&benchmark.new)
                .styled(&benchmark.change, style)
                .cell(&benchmark.interval)
                .styled(benchmark.verdict, style);
            if wide {
                row.cell(&benchmark.detectable);
            }
        }
        if table.is_empty() {
            return Ok(());
        }
        write!(f, "\n{}", table.display(self.layout.width, 0, self.layout.styles.faint))
    }

    /// What was counted: a row for each count that is not equal.
    fn counts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faint = self.layout.styles.faint;
        let mut table = Table::new(&[
            ("counted", Align::Name),
            ("/ iteration", Align::Left),
            ("base", Align::Right),
            ("new", Align::Right),
            ("change", Align::Right),
            ("", Align::Right),
            ("verdict", Align::Left),
        ]);
        for benchmark in &self.view.benchmarks {
            for count in benchmark.counts.iter().filter(|count| !count.is_equal()) {
                let style = self.layout.styles.of(count.tone);
                let mut row = table.row();
                row.cell(&benchmark.name)
                    .cell(count.unit)
                    .cell(&count.base)
                    .cell(&count.new)
                    .styled(&count.change, style)
                    .styled(&count.ratio, style)
                    .styled(count.verdict, style);
            }
        }
        if !table.is_empty() {
            write!(f, "\n{}", table.display(self.layout.width, 0, faint))?;
        }
        if let Some(equal) = self.view.equal_counts() {
            writeln!(f, "\n{}", wrap::wrap(&equal, self.layout.width, 0))?;
        }
        Ok(())
    }

    fn benchmark(&self, f: &mut fmt::Formatter<'_>, benchmark: &BenchmarkView) -> fmt::Result {
        let styles = &self.layout.styles;
        let (strong, tone, faint) = (styles.strong, styles.of(benchmark.tone), styles.faint);
        let name = short(&benchmark.name, self.layout.width.saturating_sub(14));
        writeln!(f, "{strong}{name}{strong:#}: {tone}{}{tone:#}", benchmark.verdict)?;
        if !benchmark.basis.is_empty() {
            let text = format!("{}: {}", benchmark.harness, benchmark.basis);
            writeln!(f, "  {faint}{}{faint:#}", wrap::wrap(&text, self.layout.width, 2))?;
        }
        for failure in &benchmark.failures {
            let bad = styles.bad;
            writeln!(f, "  {bad}{}{bad:#}", Inert(&failure.what))?;
            for line in &failure.output {
                writeln!(f, "    | {}", Inert(line))?;
            }
        }
        if !benchmark.measures.is_empty() {
            let mut table = Table::new(&[
                ("", Align::Left),
                ("base", Align::Right),
                ("new", Align::Right),
                ("change", Align::Right),
            ]);
            for m in &benchmark.measures {
                table.row().cell(&m.name).cell(&m.base).cell(&m.new).cell(&m.change);
            }
            write!(f, "{}", table.display(self.layout.width, 2, faint))?;
        }
        if let Some(profile) = &benchmark.profile {
            self.profile(f, profile, benchmark.measures.is_empty())?;
        }
        for count in &benchmark.counts {
            let text = format!("{}; {}", count.line(), count.basis);
            writeln!(f, "  {}", wrap::wrap(&text, self.layout.width, 4))?;
            if let Some(profile) = &count.profile {
                self.profile(f, profile, true)?;
            }
        }
        Ok(())
    }

    fn profile(
        &self,
        f: &mut fmt::Formatter<'_>,
        profile: &ProfileView,
        benchmark_is_bare: bool,
    ) -> fmt::Result {
        let faint = self.layout.styles.faint;
        let what = if profile.costs {
            format!("functions, {} per iteration, without their callees", profile.unit)
        } else {
            "functions, % of the benchmark (its time is not known), without their callees".into()
        };
        let text = match profile.exact {
            true => what,
            false => format!("{what}; {}", profile.basis),
        };
        if !benchmark_is_bare {
            writeln!(f)?;
        }
        writeln!(f, "  {faint}{}{faint:#}", wrap::wrap(&text, self.layout.width, 2))?;
        let functions = self.functions(profile);
        write!(f, "{}", functions.display(self.layout.width, 2, faint))?;
        if !profile.exact && profile.functions.iter().any(|function| function.significant) {
            writeln!(f, "  {faint}* beyond chance{faint:#}")?;
        }
        if !profile.call_paths.is_empty() {
            writeln!(f, "  {faint}by these calls{faint:#}")?;
        }
        for path in &profile.call_paths {
            writeln!(f, "    {}", wrap::path(path, self.layout.width, 6))?;
        }
        for line in &profile.refactors {
            let line = Inert(line).to_string();
            writeln!(f, "  {}", wrap::wrap(&line, self.layout.width, 4))?;
        }
        for row in &profile.paths {
            let cost = if row.cost.is_empty() { String::new() } else { format!(", {}", row.cost) };
            writeln!(f, "  {} hot path: {}{cost}", row.verdict, row.share)?;
            writeln!(f, "    {}", wrap::path(&row.path, self.layout.width, 4))?;
        }
        if profile.paths_omitted > 0 {
            writeln!(f, "  {faint}and {} more such paths{faint:#}", profile.paths_omitted)?;
        }
        for (kind, groups) in [
            ("crates", &profile.crates),
            ("modules", &profile.modules),
            ("categories", &profile.categories),
        ] {
            if groups.is_empty() {
                continue;
            }
            let list: Vec<String> =
                groups.iter().map(|g| format!("{} {}", short(&g.name, 40), g.change)).collect();
            writeln!(f, "  {kind}: {}", wrap::list(&list, self.layout.width, kind.len() + 4))?;
        }
        Ok(())
    }

    fn functions(&self, profile: &ProfileView) -> Table {
        // What was counted has an interval only where it does not repeat.
        let has_intervals = profile.functions.iter().any(|function| !function.interval.is_empty());
        let wide = self.layout.width >= WIDE && (!profile.exact || has_intervals);
        let mut columns = vec![("change", Align::Right), ("", Align::Left)];
        if wide {
            columns.push(("interval", Align::Left));
        }
        if profile.costs {
            columns.extend([("base", Align::Right), ("new", Align::Right)]);
        }
        columns.extend([("base %", Align::Right), ("new %", Align::Right)]);
        if wide {
            columns.push(("total change", Align::Right));
        }
        columns.push(("function", Align::Name));
        let mut table = Table::new(&columns);
        for function in &profile.functions {
            self.function(&mut table, function, profile, wide);
        }
        // A row that has a change and a name, and costs at most.
        let mut aside = |change: &str, costs: [&str; 2], name: &str, style: Style| {
            let mut row = table.row();
            row.cell(change).cell("");
            if wide {
                row.cell("");
            }
            if profile.costs {
                row.cell(costs[0]).cell(costs[1]);
            }
            row.cell("").cell("");
            if wide {
                row.cell("");
            }
            row.styled(name, style);
        };
        let faint = self.layout.styles.faint;
        if let Some((number, change)) = &profile.rest {
            aside(change, ["", ""], &format!("{number} more functions"), faint);
        }
        if let Some([change, base, new]) = &profile.unexplained {
            aside(change, [base, new], "(unexplained)", faint);
        }
        if let Some([change, base, new]) = &profile.total {
            aside(change, [base, new], "(whole benchmark)", self.layout.styles.strong);
        }
        table
    }

    fn function(
        &self,
        table: &mut Table,
        function: &FunctionRow,
        profile: &ProfileView,
        wide: bool,
    ) {
        // Whatever was counted is beyond chance.
        let (costs, is_marked) = (profile.costs, !profile.exact);
        let style = self.layout.styles.of(function.tone);
        let mut row = table.row();
        row.styled(&function.change, style);
        row.cell(if function.significant && is_marked { "*" } else { "" });
        if wide {
            row.cell(&function.interval);
        }
        if costs {
            row.cell(&function.base_cost).cell(&function.new_cost);
        }
        row.cell(&function.base_share).cell(&function.new_share);
        if wide {
            row.cell(&function.total_change);
        }
        let remark = function.remark.as_ref().map(|remark| format!(" ({remark})"));
        row.name(&function.name, &remark.unwrap_or_default(), Style::new());
    }
}

pub(super) fn side(side: &SideView) -> String {
    let commit = side.commit.as_ref().map_or(String::new(), |commit| format!(", {commit}"));
    format!("{} ({}{})", Inert(&side.label), Inert(&side.time), Inert(&commit))
}
