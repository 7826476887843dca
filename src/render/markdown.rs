//! Markdown for a pull request's comment, and for documents.
//!
//! The answer, the notes and a table of benchmarks are in view; functions and paths fold away.
//! A comment holds 65,536 characters: beyond that whole rows are left out, and counted.

mod audit;
mod baseline;
mod methodology;

use std::fmt::{self, Write};

use crate::view::{
    BenchmarkView, CheckView, DiffView, FunctionRow, GateView, LadderView, NOT_AVAILABLE,
    ProfileView, SideView, shorten,
};

use super::Inert;

pub use audit::audit;
pub use baseline::baseline;
pub use methodology::methodology;

/// What GitHub takes as one comment is 65,536; whoever posts it may put a line in front, and break up
/// what would call somebody by name.
const LIMIT: usize = 65_000;

/// Kept free for whatever closes the comment.
const RESERVE: usize = 400;

/// Names are cut to this.
const NAME: usize = 100;

/// A comparison as a comment.
pub fn diff(view: &DiffView) -> String {
    let mut page = Page::default();
    page.text(&format!("**{}**\n", view.summary));
    for lead in &view.leads {
        let mut line = format!("\n- {} {}", Code(&lead.benchmark), Plain(&lead.change));
        if let Some(function) = &lead.function {
            line.push_str(&format!(": {} {}", Code(function), Plain(&lead.part)));
        }
        page.text(&line);
    }
    page.text(&format!("\n\n{} → {}\n", side(&view.base), side(&view.new)));
    if let Some(gate) = &view.gate {
        rules(&mut page, gate);
    }
    notes(&mut page, view);
    table(&mut page, view);
    counts(&mut page, view);
    ladders(&mut page, &view.ladders);
    if let Some(advice) = &view.advice {
        page.text(&format!("\n{advice}\n"));
    }
    let detailed: Vec<_> = view.benchmarks.iter().filter(|b| b.detailed).collect();
    let left_out = detailed.iter().filter(|b| !page.whole(&details(b))).count();
    if left_out > 0 {
        page.close(&format!("\n{left_out} more benchmarks with details do not fit in here.\n"));
    }
    page.text
}

/// A comment in the making; counts characters.
#[derive(Default)]
struct Page {
    text: String,
    length: usize,
    /// Nothing follows what was left out, or it would seem complete.
    full: bool,
}

impl Page {
    /// Adds what is short by its nature.
    fn text(&mut self, text: &str) {
        self.text.push_str(text);
        self.length += text.chars().count();
    }

    /// Adds all of something, or nothing; whether it was added.
    fn whole(&mut self, text: &str) -> bool {
        let length = text.chars().count();
        self.full |= self.length + length + RESERVE > LIMIT;
        if !self.full {
            self.text(text);
        }
        !self.full
    }

    /// Adds to the end, from what was reserved.
    fn close(&mut self, text: &str) {
        self.text(text);
    }
}

fn side(side: &SideView) -> String {
    let commit =
        side.commit.as_ref().map_or(String::new(), |commit| format!(", {}", Plain(commit)));
    format!("{} ({}{commit})", Code(&side.label), Plain(&side.time))
}

/// One capture that was judged by itself, as a comment.
pub fn check(view: &CheckView) -> String {
    let mut page = Page::default();
    match &view.gate {
        Some(gate) => rules(&mut page, gate),
        None => page.text("There is no rule for one capture.\n"),
    }
    page.text(&format!("\n{}\n", side(&view.side)));
    ladders(&mut page, &view.ladders);
    page.text
}

/// Whole ladders, each a table with what follows from it.
fn ladders(page: &mut Page, ladders: &[LadderView]) {
    for ladder in ladders {
        let two = ladder.is_comparison();
        let mut text = format!("\n{} by {}", Code(&ladder.name), Plain(&ladder.parameter));
        if !ladder.changes_of.is_empty() {
            text.push_str(&format!(", change of {}", Plain(&ladder.changes_of)));
        }
        text.push_str(match two {
            true => {
                "\n\n| level | | P50 | tail | throughput | change | verdict | |\n\
                 |--:|---|--:|--:|--:|--:|---|---|\n"
            }
            false => "\n\n| level | P50 | tail | throughput | |\n|--:|--:|--:|--:|---|\n",
        });
        for row in &ladder.rows {
            text.push_str(&format!("| {} |", Plain(&row.level)));
            if two {
                text.push_str(&format!(" {} |", row.side));
            }
            text.push_str(&format!(" {} | {} | {} |", row.p50, row.tail, row.throughput));
            if two {
                text.push_str(&format!(" {} | {} |", row.change, row.verdict));
            }
            text.push_str(&format!(" {} |\n", Plain(&row.remark)));
        }
        for (_, finding) in &ladder.findings {
            text.push_str(&format!("\n- {}", Plain(finding)));
        }
        text.push('\n');
        page.whole(&text);
    }
}

/// The verdict may take half of the page.
fn rules(page: &mut Page, gate: &GateView) {
    page.text(&format!("\n**{}** ({})\n", gate.decision, gate.summary));
    page.text("\n| rule | outcome | benchmark | |\n|---|---|---|---|\n");
    let mut left_out = gate.passed_omitted;
    for rule in &gate.rules {
        let bold = if rule.outcome == "fail" { "**" } else { "" };
        let benchmark = match &*rule.benchmark {
            "" => String::new(),
            name => Cell(name).to_string(),
        };
        let row = format!(
            "| {} | {bold}{}{bold} | {benchmark} | {} |\n",
            Cell(&rule.id),
            rule.outcome,
            Plain(&rule.message)
        );
        if page.length + row.chars().count() > LIMIT / 2 {
            left_out += 1;
        } else {
            page.text(&row);
        }
    }
    if left_out > 0 {
        page.text(&format!("\nand {left_out} more rules\n"));
    }
}

/// Notes may take a quarter of the page.
fn notes(page: &mut Page, view: &DiffView) {
    let mut left_out = 0;
    for note in &view.notes {
        let text = format!("\n> **{}**: {}  ", note.level, Plain(&note.text));
        if left_out > 0 || page.length + text.chars().count() > LIMIT / 4 {
            left_out += 1;
        } else {
            page.text(&text);
        }
    }
    if left_out > 0 {
        page.text(&format!("\n> and {left_out} more notes"));
    }
    if !view.notes.is_empty() {
        page.text("\n");
    }
}

/// The table may take half of the page.
fn table(page: &mut Page, view: &DiffView) {
    if !view.benchmarks.iter().any(BenchmarkView::has_row) {
        return;
    }
    page.text("\n| benchmark | base | new | change | interval % | verdict | detectable |\n");
    page.text("|---|--:|--:|--:|---|---|--:|\n");
    let mut left_out = 0;
    for b in view.benchmarks.iter().filter(|b| b.has_row()) {
        let bold = if matches!(b.verdict, "slower" | "faster" | "failed") { "**" } else { "" };
        let row = format!(
            "| {} | {} | {} | {} | {} | {bold}{}{bold} | {} |\n",
            Cell(&b.name),
            b.base,
            b.new,
            b.change,
            Plain(&b.interval),
            b.verdict,
            b.detectable
        );
        if left_out > 0 || page.length + row.chars().count() > LIMIT * 3 / 4 {
            left_out += 1;
        } else {
            page.text(&row);
        }
    }
    if left_out > 0 {
        page.text(&format!("\n{left_out} more benchmarks were left out of this table.\n"));
    }
}

/// What was counted and is not equal; the table may take the page up to three quarters.
fn counts(page: &mut Page, view: &DiffView) {
    let mut rows = view.benchmarks.iter().flat_map(|benchmark| {
        let unequal = benchmark.counts.iter().filter(|count| !count.is_equal());
        unequal.map(move |count| (benchmark, count))
    });
    let mut left_out = 0;
    let mut has_heading = false;
    for (benchmark, count) in &mut rows {
        let bold = if matches!(count.verdict, "more" | "fewer") { "**" } else { "" };
        let row = format!(
            "| {} | {} | {} | {} | {} | {} | {bold}{}{bold} |\n",
            Cell(&benchmark.name),
            count.what,
            count.base,
            count.new,
            count.change,
            count.ratio,
            count.verdict
        );
        if left_out > 0 || page.length + row.chars().count() > LIMIT * 3 / 4 {
            left_out += 1;
            continue;
        }
        if !has_heading {
            has_heading = true;
            page.text(
                "\n| benchmark | counted per iteration | base | new | change | | verdict |\n",
            );
            page.text("|---|---|--:|--:|--:|--:|---|\n");
        }
        page.text(&row);
    }
    if left_out > 0 {
        page.text(&format!("\n{left_out} more counts were left out of this table.\n"));
    }
    if let Some(equal) = view.equal_counts() {
        page.text(&format!("\n{equal}\n"));
    }
}

fn details(benchmark: &BenchmarkView) -> String {
    let mut text = format!(
        "\n<details><summary>{}: {}{}</summary>\n\n",
        // Blocks of HTML take no markdown.
        Html(&benchmark.name),
        benchmark.verdict,
        if benchmark.change == NOT_AVAILABLE {
            String::new()
        } else {
            format!(" {}", benchmark.change)
        }
    );
    if !benchmark.basis.is_empty() {
        text.push_str(&format!("{}: {}\n\n", benchmark.harness, benchmark.basis));
    }
    for failure in &benchmark.failures {
        text.push_str(&format!("{}\n\n", Plain(&failure.what)));
        // An indented block cannot be closed by what is in it.
        for line in &failure.output {
            text.push_str(&format!("    {}\n", Inert(line)));
        }
        text.push('\n');
    }
    if !benchmark.measures.is_empty() {
        text.push_str("| | base | new | change |\n|---|--:|--:|--:|\n");
        for m in &benchmark.measures {
            text.push_str(&format!(
                "| {} | {} | {} | {} |\n",
                Cell(&m.name),
                m.base,
                m.new,
                m.change
            ));
        }
        text.push('\n');
    }
    if let Some(profile) = &benchmark.profile {
        functions(&mut text, profile);
        paths(&mut text, profile);
    }
    for count in &benchmark.counts {
        text.push_str(&format!("{}; {}\n\n", count.line(), count.basis));
        if let Some(profile) = &count.profile {
            functions(&mut text, profile);
            paths(&mut text, profile);
        }
    }
    text.push_str("</details>\n");
    text
}

fn functions(text: &mut String, profile: &ProfileView) {
    if profile.costs {
        text.push_str(&format!("Functions, {} per iteration, without their callees", profile.unit));
    } else {
        text.push_str("Functions, % of the benchmark (its time is not known)");
    }
    text.push_str(&format!("; {}\n\n", profile.basis));
    text.push_str("| change | interval | base | new | base % | new % | function |\n");
    text.push_str("|--:|---|--:|--:|--:|--:|---|\n");
    for function in &profile.functions {
        self::function(text, function, profile.costs);
    }
    let mut aside = |change: &str, [base, new]: [&str; 2], name: &str| {
        text.push_str(&format!("| {change} | | {base} | {new} | | | {name} |\n"));
    };
    if let Some((number, change)) = &profile.rest {
        aside(change, ["", ""], &format!("{number} more functions"));
    }
    if let Some([change, base, new]) = &profile.unexplained {
        aside(change, [base, new], "(unexplained)");
    }
    if let Some([change, base, new]) = &profile.total {
        aside(change, [base, new], "**whole benchmark**");
    }
    text.push('\n');
}

fn function(text: &mut String, function: &FunctionRow, costs: bool) {
    // What is beyond chance stands out.
    let bold = if function.significant { "**" } else { "" };
    let (base, new) = if costs { (&*function.base_cost, &*function.new_cost) } else { ("", "") };
    let remark = function.remark.as_ref().map_or(String::new(), |remark| format!(" ({remark})"));
    text.push_str(&format!(
        "| {bold}{}{bold} | {} | {base} | {new} | {} | {} | {}{remark} |\n",
        function.change,
        Plain(&function.interval),
        function.base_share,
        function.new_share,
        Cell(&function.name),
    ));
}

fn paths(text: &mut String, profile: &ProfileView) {
    for line in &profile.refactors {
        text.push_str(&format!("- {}\n", Plain(line)));
    }
    for row in &profile.paths {
        let cost = if row.cost.is_empty() { String::new() } else { format!(", {}", row.cost) };
        let names = path(&row.path);
        text.push_str(&format!("- {} hot path, {}{cost}: {names}\n", row.verdict, row.share));
    }
    if profile.paths_omitted > 0 {
        text.push_str(&format!("- and {} more such paths\n", profile.paths_omitted));
    }
    for (kind, groups) in [
        ("Crates", &profile.crates),
        ("Modules", &profile.modules),
        ("Categories", &profile.categories),
    ] {
        if !groups.is_empty() {
            let list: Vec<String> =
                groups.iter().map(|g| format!("{} {}", Code(&g.name), g.change)).collect();
            text.push_str(&format!("\n{kind}: {}\n", list.join(", ")));
        }
    }
    text.push('\n');
}

/// A call path in one line; of a deep one the beginning and the end.
fn path(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| Code(name).to_string()).collect();
    match names.len() {
        0..=10 => names.join(" → "),
        n => format!("{} → … {} more … → {}", names[0], n - 9, names[n - 8..].join(" → ")),
    }
}

/// A name as code outside tables, where a `|` is harmless.
struct Code<'a>(&'a str);

impl fmt::Display for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        code(f, self.0, false)
    }
}

/// A name as code in a table's cell, where even code is cut at a bare `|`.
struct Cell<'a>(&'a str);

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        code(f, self.0, true)
    }
}

/// A code span takes everything literally but backticks, of which there are none then.
fn code(f: &mut fmt::Formatter<'_>, name: &str, in_table: bool) -> fmt::Result {
    let text = Inert(&shorten(name, NAME)).to_string();
    f.write_char('`')?;
    for c in text.chars() {
        match c {
            '`' => f.write_char('\'')?,
            '|' if in_table => f.write_str("\\|")?,
            c => f.write_char(c)?,
        }
    }
    // A code span is not empty.
    f.write_str(if text.is_empty() { " `" } else { "`" })
}

/// Text in which nothing is markup.
struct Plain<'a>(&'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in Inert(self.0).to_string().chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                // Nobody is to be called, and no issue to be linked.
                '@' => f.write_str("&#64;")?,
                '#' => f.write_str("&#35;")?,
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => write!(f, "\\{c}")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Text inside an HTML element.
struct Html<'a>(&'a str);

impl fmt::Display for Html<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<code>")?;
        for c in Inert(&shorten(self.0, NAME)).to_string().chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                // Markdown is read between inline tags.
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '@' | '#' => {
                    write!(f, "&#{};", c as u32)?;
                }
                c => f.write_char(c)?,
            }
        }
        f.write_str("</code>")
    }
}
