//! One capture as a document: environment, times, hot paths, patterns, limits, commands.

use crate::model::BenchmarkId;
use crate::render::Inert;
use crate::view::{
    BaselineBenchmark, BaselineView, FailureView, GateView, PatternView, ShowFunction,
};

use super::{Cell, Code, Page, Plain, path, rules};

/// A capture as a document, with what the team's rules say of it. `picture` tells where a benchmark's
/// flamegraph is, as a path from the document.
pub fn baseline(
    view: &BaselineView,
    gate: Option<&GateView>,
    picture: &dyn Fn(&BenchmarkId) -> Option<String>,
) -> String {
    // A file, not a comment: nothing is left out of it.
    let mut page = Page::default();
    page.text(&format!("# Performance baseline: {}\n\n", Code(&view.label)));
    page.text(&format!("{}.\n", view.summary));
    environment(&mut page, view);
    timings(&mut page, view);
    ladders(&mut page, view);
    page.text("\n## Hot paths\n");
    if view.benchmarks.is_empty() {
        page.text("\nNothing was profiled.\n");
    }
    for benchmark in &view.benchmarks {
        hot_paths(&mut page, benchmark, picture(&benchmark.id));
    }
    patterns(&mut page, view);
    targets(&mut page, gate);
    limits(&mut page, view);
    commands(&mut page, view);
    page.text
}

fn environment(page: &mut Page, view: &BaselineView) {
    page.text("\n## Environment and method\n\n| | |\n|---|---|\n");
    for (name, text) in &view.environment {
        page.text(&format!("| {name} | {} |\n", Plain(text)));
    }
    for sentence in &view.method {
        page.text(&format!("\n{}\n", Plain(sentence)));
    }
}

fn timings(page: &mut Page, view: &BaselineView) {
    page.text("\n## Timings\n");
    if view.tiers.is_empty() {
        page.text("\nNothing was timed.\n");
    }
    for tier in &view.tiers {
        page.text(&format!("\n### {}\n\n", Plain(&tier.name)));
        page.text(
            "| benchmark | P50 | P95 | P95/P50 | runs | P50 of single runs | from run to run |\n",
        );
        page.text("|---|--:|--:|--:|--:|---|--:|\n");
        for row in &tier.rows {
            page.text(&format!(
                "| {} | {} | {} | {} | {} | {} | {} |\n",
                Cell(&row.name),
                row.p50,
                row.p95,
                row.tail,
                row.runs,
                row.range,
                row.variation
            ));
        }
    }
}

fn ladders(page: &mut Page, view: &BaselineView) {
    if !view.ladders.is_empty() {
        page.text("\n## By load\n");
        super::ladders(page, &view.ladders);
    }
}

fn hot_paths(page: &mut Page, benchmark: &BaselineBenchmark, picture: Option<String>) {
    let show = &benchmark.show;
    page.text(&format!("\n### {}\n", Code(&show.name)));
    if let Some(FailureView { what, output }) = &show.failure {
        page.text(&format!("\n{}\n", Plain(what)));
        if !output.is_empty() {
            page.text("\n");
        }
        for line in output {
            page.text(&format!("    {}\n", Inert(line)));
        }
    }
    if !show.health.is_empty() {
        page.text(&format!("\n{}\n", Plain(&show.health)));
    }
    if let Some(flat) = &benchmark.flat {
        page.text(&format!("\n{flat}.\n"));
    }
    functions(page, "function, by its own time", &show.by_self);
    if !show.hot_paths.is_empty() {
        page.text("\nHot paths, callees included:\n\n");
    }
    for hot in &show.hot_paths {
        let cost = if hot.cost.is_empty() { String::new() } else { format!(", {}", hot.cost) };
        page.text(&format!("- {}{cost}: {}\n", hot.share, path(&hot.path)));
    }
    if let Some(path) = picture {
        page.text(&format!("\n![Flamegraph](<{}>)\n", target(&path)));
    }
    functions(page, "category", &show.categories);
    for count in &show.counts {
        page.text("\n");
        for line in &count.lines {
            page.text(&format!("- {}\n", Plain(line)));
        }
        functions(page, &format!("function, by its own {}", count.by), &count.by_self);
    }
}

fn functions(page: &mut Page, what: &str, functions: &[ShowFunction]) {
    if functions.is_empty() {
        return;
    }
    page.text(&format!("\n| share | per iteration | {what} |\n|--:|--:|---|\n"));
    for function in functions {
        page.text(&format!(
            "| {} | {} | {} |\n",
            function.share,
            function.cost,
            Cell(&function.name)
        ));
    }
}

fn patterns(page: &mut Page, view: &BaselineView) {
    page.text("\n## Patterns found\n");
    let mut none = Vec::new();
    for benchmark in &view.benchmarks {
        match benchmark.patterns.as_deref() {
            Some([]) => none.push(Code(&benchmark.show.name).to_string()),
            Some(patterns) => {
                page.text(&format!("\n### Patterns in {}\n\n", Code(&benchmark.show.name)));
                patterns.iter().for_each(|one| pattern(page, one));
            }
            None => {}
        }
    }
    if !none.is_empty() {
        page.text(&format!(
            "\nIn {}: no wide flat bar, no recursion, no fragmentation, no allocation, copying or \
             locks of any size in a hot path.\n",
            none.join(", ")
        ));
    }
    if view.benchmarks.iter().all(|benchmark| benchmark.patterns.is_none()) {
        page.text("\nThere is no profile to look for patterns in.\n");
    }
}

fn pattern(page: &mut Page, pattern: &PatternView) {
    let PatternView { what, text, path: names, advice } = pattern;
    let at = names.last().map_or(String::new(), |name| format!(" {}", Code(name)));
    page.text(&format!("- **{what}**{at}: {}  \n  {}  \n", Plain(text), path(names)));
    page.text(&format!("  {}\n", Plain(advice)));
}

fn targets(page: &mut Page, gate: Option<&GateView>) {
    page.text("\n## Targets\n");
    match gate {
        Some(gate) => rules(page, gate),
        None => page.text(
            "\nNone is set. Rules in `perfbase.toml` say what has to hold of a capture, and what a \
             change may cost: `cargo perfbase init` writes the file.\n",
        ),
    }
}

fn limits(page: &mut Page, view: &BaselineView) {
    page.text("\n## Known limits of this capture\n\n");
    for note in &view.limits {
        page.text(&format!("- {}: {}\n", note.level, Plain(&note.text)));
    }
    for remark in &view.remarks {
        page.text(&format!("- {}\n", Plain(remark)));
    }
}

fn commands(page: &mut Page, view: &BaselineView) {
    page.text("\n## How to repeat it\n\n");
    // An indented block cannot be closed by what is in it.
    for command in &view.commands {
        page.text(&format!("    {}\n", Inert(command)));
    }
}

/// A path as a link's target, between angle brackets.
fn target(path: &str) -> String {
    let mut text = String::new();
    for c in Inert(path).to_string().chars() {
        match c {
            '<' | '>' | '\\' => text.extend(['\\', c]),
            c => text.push(c),
        }
    }
    text
}
