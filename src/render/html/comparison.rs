//! A comparison: the answer, what has to be known, the table, and each benchmark.

use crate::view::{
    BenchmarkView, ChangeMark, DiffView, Lead, NOT_AVAILABLE, PageBenchmark, SideView, Tone,
};

use super::benchmark;
use super::ladder;
use super::markup::{Markup, class};
use super::shared::{decision, facts, notes, pill, rules, sign};

pub(super) fn write(
    markup: &mut Markup,
    view: &DiffView,
    benchmarks: &[PageBenchmark],
    captures: &[Vec<(&'static str, String)>; 2],
) {
    hero(markup, view);
    notes(markup, &view.notes);
    if let Some(gate) = &view.gate {
        rules(markup, gate);
    }
    table(markup, view, benchmarks);
    ladder::write(markup, &view.ladders);
    for (at, (benchmark, own)) in view.benchmarks.iter().zip(benchmarks).enumerate() {
        benchmark::write(markup, at, benchmark, own, [&view.base.label, &view.new.label]);
    }
    markup.raw(
        "<section class=\"card about\"><details><summary><h2>What was measured</h2></summary>",
    );
    markup.raw("<div class=\"columns\">");
    for (label, rows) in ["before", "after"].into_iter().zip(captures) {
        markup.raw("<div>").element("h3", label);
        facts(markup, rows);
        markup.raw("</div>");
    }
    markup.raw("</div></details></section>\n");
}

fn hero(markup: &mut Markup, view: &DiffView) {
    markup
        .raw("<section class=\"hero ")
        .raw(class(view.tone))
        .raw("\" aria-labelledby=\"headline\">");
    if let Some(gate) = &view.gate {
        decision(markup, gate);
    }
    markup.element("h1 id=\"headline\"", &view.summary);
    if !view.leads.is_empty() {
        markup.raw("<ul class=\"leads\">");
        for lead in &view.leads {
            self::lead(markup, lead, view);
        }
        markup.raw("</ul>\n");
    }
    markup.raw("<p class=\"captures\">");
    side(markup, &view.base, "base");
    markup.raw("<span class=\"arrow\" aria-label=\"compared with\">→</span>");
    side(markup, &view.new, "new");
    markup.raw("</p>");
    if let Some(counts) = view.equal_counts() {
        markup.element("p class=\"quiet\"", &counts);
    }
    if let Some(advice) = &view.advice {
        markup.element("p class=\"quiet\"", advice);
    }
    markup.raw("</section>\n");
}

fn lead(markup: &mut Markup, lead: &Lead, view: &DiffView) {
    let at = view.benchmarks.iter().position(|benchmark| benchmark.name == lead.benchmark);
    markup.raw("<li><a href=\"#b").raw(&at.unwrap_or(0).to_string()).raw("\">");
    markup.text(&lead.benchmark).raw("</a> <strong class=\"").raw(class(lead.tone)).raw("\">");
    markup.text(&lead.change).raw("</strong>");
    if let Some(function) = &lead.function {
        markup.raw(" <code>").path(&crate::view::shorten(function, 100)).raw("</code> ");
        markup.text(&lead.part);
    }
    markup.raw("</li>\n");
}

fn side(markup: &mut Markup, side: &SideView, name: &str) {
    markup.raw("<span class=\"side ").raw(name).raw("\"><strong>").text(&side.label);
    markup.raw("</strong> <span class=\"quiet\">").text(&side.time);
    if let Some(commit) = &side.commit {
        markup.raw(" · ").element("code", commit);
    }
    markup.raw("</span></span>");
}

fn table(markup: &mut Markup, view: &DiffView, benchmarks: &[PageBenchmark]) {
    if view.benchmarks.is_empty() {
        return;
    }
    markup.raw(
        "<section class=\"card\" aria-labelledby=\"overview\"><h2 id=\"overview\">Benchmarks</h2>",
    );
    markup.raw(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of benchmarks\">",
    );
    markup.raw("<table class=\"overview\"><thead><tr><th scope=\"col\">Benchmark</th>");
    markup.raw("<th scope=\"col\">Verdict</th><th scope=\"col\" class=\"number\">Change</th>");
    markup.raw("<th scope=\"col\">Interval</th>");
    for name in ["Before", "After"] {
        markup.element("th scope=\"col\" class=\"number\"", name);
    }
    markup.raw("<th scope=\"col\" class=\"number\">");
    markup.raw("<abbr title=\"The smallest change that this comparison would have found\">");
    markup.raw("Detectable</abbr></th></tr></thead><tbody>\n");
    for (at, (benchmark, own)) in view.benchmarks.iter().zip(benchmarks).enumerate() {
        row(markup, at, benchmark, own.change);
    }
    markup.raw("</tbody></table></div></section>\n");
}

fn row(markup: &mut Markup, at: usize, benchmark: &BenchmarkView, mark: Option<ChangeMark>) {
    markup.raw("<tr data-row=\"").raw(&at.to_string()).raw("\"><th scope=\"row\"><a href=\"#b");
    markup.raw(&at.to_string()).raw("\">").path(&benchmark.name).raw("</a></th><td>");
    // Without times it is what was counted that can be compared.
    let counts = || benchmark.counts.iter().filter(|_| !benchmark.has_row());
    let count = counts().find(|count| !count.is_equal()).or_else(|| counts().next());
    let (verdict, tone) = match count {
        Some(count) => (count.verdict, count.tone),
        None => (benchmark.verdict, benchmark.tone),
    };
    pill(markup, tone, verdict_sign(verdict, tone), verdict);
    markup.raw("</td>");
    let change = count.map_or(&benchmark.change, |count| &count.ratio);
    markup.raw("<td class=\"change number ").raw(class(tone)).raw("\">").text(change);
    markup.raw("</td><td class=\"interval\">");
    if let Some(mark) = mark {
        forest(markup, mark, tone);
    }
    markup.element("span", count.map_or(&*benchmark.interval, |count| count.what)).raw("</td>");
    let [base, new] = match count {
        Some(count) => [&count.base, &count.new],
        None => [&benchmark.base, &benchmark.new],
    };
    for text in [base, new, &benchmark.detectable] {
        number(markup, text);
    }
    markup.raw("</tr>\n");
}

/// An arrow tells the direction without colour.
pub(super) fn verdict_sign(verdict: &str, tone: Tone) -> &'static str {
    match verdict {
        "slower" | "more" => "▲",
        "faster" | "fewer" => "▼",
        "unchanged" | "equal" => "=",
        "inconclusive" => "?",
        _ => sign(tone),
    }
}

fn number(markup: &mut Markup, text: &str) {
    let tag =
        if text == NOT_AVAILABLE { "td class=\"number none\"" } else { "td class=\"number\"" };
    markup.element(tag, text);
}

/// The interval of a change, on a scale that all rows share.
fn forest(markup: &mut Markup, mark: ChangeMark, tone: Tone) {
    let x = |at: f64| 3.0 + 114.0 * at;
    markup
        .raw("<svg class=\"forest ")
        .raw(class(tone))
        .raw("\" viewBox=\"0 0 120 18\" aria-hidden=\"true\">");
    markup.raw("<line class=\"zero\" x1=\"60\" y1=\"0\" x2=\"60\" y2=\"18\"/>");
    markup.raw("<line class=\"reach\" x1=\"").number(x(mark.interval[0])).raw("\" y1=\"9\" x2=\"");
    markup.number(x(mark.interval[1])).raw("\" y2=\"9\"/>");
    for (end, is_cut) in mark.interval.into_iter().zip(mark.is_cut) {
        if !is_cut {
            markup.raw("<line class=\"reach\" x1=\"").number(x(end)).raw("\" y1=\"5.5\" x2=\"");
            markup.number(x(end)).raw("\" y2=\"12.5\"/>");
        }
    }
    markup.raw("<circle r=\"3.6\" cy=\"9\" cx=\"").number(x(mark.at)).raw("\"/></svg>");
}
