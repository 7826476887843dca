//! One capture: what it is, and each benchmark.

use crate::view::{
    BenchmarkShow, GateView, PageBenchmark, ShowFunction, ShowView, SideView, shorten,
};

use super::benchmark::failures;
use super::distribution;
use super::ladder;
use super::markup::Markup;
use super::shared::{call_path, decision, facts, mount, notes, rules};

pub(super) fn write(
    markup: &mut Markup,
    side: &SideView,
    show: &ShowView,
    gate: Option<&GateView>,
    benchmarks: &[PageBenchmark],
) {
    markup.raw("<section class=\"hero plain\" aria-labelledby=\"headline\">");
    if let Some(gate) = gate {
        decision(markup, gate);
    }
    let number = show.benchmarks.len();
    let noun = if number == 1 { "benchmark" } else { "benchmarks" };
    markup.element("h1 id=\"headline\"", &format!("{}: {number} {noun}", side.label));
    facts(markup, &show.header);
    markup.raw("</section>\n");
    notes(markup, &show.notes);
    if let Some(gate) = gate {
        rules(markup, gate);
    }
    table(markup, show);
    ladder::write(markup, &show.ladders);
    for (at, (benchmark, own)) in show.benchmarks.iter().zip(benchmarks).enumerate() {
        self::benchmark(markup, at, benchmark, own, &side.label);
    }
}

/// What the table has of a benchmark's times.
const TIMES: [&str; 4] = ["mean", "P50", "P95", "P99"];

fn table(markup: &mut Markup, show: &ShowView) {
    let times: &[&str] =
        if show.benchmarks.iter().any(|one| !one.times.is_empty()) { &TIMES } else { &[] };
    let is_counted = show.benchmarks.iter().any(|one| !one.counts.is_empty());
    markup.raw(
        "<section class=\"card\" aria-labelledby=\"overview\"><h2 id=\"overview\">Benchmarks</h2>",
    );
    markup.raw(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of benchmarks\">",
    );
    markup.raw("<table class=\"overview\"><thead><tr><th scope=\"col\">Benchmark</th>");
    for name in times {
        markup.element("th scope=\"col\" class=\"number\"", name);
    }
    if is_counted {
        markup.raw("<th scope=\"col\">Counted</th>");
    }
    markup.raw("<th scope=\"col\">Hottest function</th></tr></thead><tbody>\n");
    for (at, benchmark) in show.benchmarks.iter().enumerate() {
        let number = at.to_string();
        markup.raw("<tr data-row=\"").raw(&number).raw("\"><th scope=\"row\"><a href=\"#b");
        markup.raw(&number).raw("\">").path(&benchmark.name).raw("</a></th>");
        for name in times {
            let found = benchmark.times.iter().find(|(known, _)| known == name);
            markup.element("td class=\"number\"", found.map_or("–", |(_, text)| text));
        }
        if is_counted {
            let line = benchmark.counts.first().and_then(|count| count.lines.first());
            markup.element("td", line.map_or("–", |line| line));
        }
        hottest(markup, benchmark);
        markup.raw("</tr>\n");
    }
    markup.raw("</tbody></table></div></section>\n");
}

fn hottest(markup: &mut Markup, benchmark: &BenchmarkShow) {
    let counted = benchmark.counts.iter().find_map(|count| count.by_self.first());
    markup.raw("<td>");
    if let Some(hottest) = benchmark.by_self.first().or(counted) {
        markup.raw("<code>").path(&shorten(&hottest.name, 80)).raw("</code> ");
        markup.element("span class=\"quiet\"", &hottest.share);
    } else if benchmark.failure.is_some() {
        markup.raw("<strong class=\"bad\">failed</strong>");
    }
    markup.raw("</td>");
}

fn benchmark(
    markup: &mut Markup,
    at: usize,
    view: &BenchmarkShow,
    own: &PageBenchmark,
    label: &str,
) {
    let number = at.to_string();
    markup.raw("<section class=\"card benchmark\" id=\"b").raw(&number);
    markup.raw("\" aria-labelledby=\"name-").raw(&number).raw("\" tabindex=\"-1\">\n<header>");
    markup.raw("<h2 id=\"name-").raw(&number).raw("\">").path(&view.name).raw("</h2></header>\n");
    let basis: Vec<&str> =
        [view.harness, &view.basis].into_iter().filter(|text| !text.is_empty()).collect();
    markup.element("p class=\"quiet basis\"", &basis.join(": "));
    notes(markup, &view.notes);
    failures(markup, view.failure.as_slice());
    if !view.times.is_empty() || !view.resources.is_empty() {
        markup.raw("<div class=\"timing\">");
        if let Some(distribution) = &own.distribution {
            distribution::figure(markup, distribution, ["", label]);
        }
        times(markup, view, own);
        markup.raw("</div>\n");
    }
    for count in &view.counts {
        count.lines.iter().for_each(|line| {
            markup.element("p class=\"count\"", line);
        });
    }
    mount(markup, at, !own.flames.is_empty());
    if !view.hot_paths.is_empty() || !view.by_self.is_empty() {
        markup.raw("<details class=\"profile\"><summary><h3>Hot functions and paths</h3> ");
        markup
            .element("span class=\"quiet\"", &view.health)
            .raw("</summary>\n<div class=\"columns\">");
        functions(markup, "By their own cost", &view.by_self);
        functions(markup, "With what they call", &view.by_total);
        functions(markup, "Categories", &view.categories);
        markup.raw("</div>\n");
        for path in &view.hot_paths {
            markup.raw("<div class=\"hot\"><p>").text(&path.share).raw(" <span class=\"quiet\">");
            markup.text(&path.cost).raw("</span></p>");
            call_path(markup, &path.path);
            markup.raw("</div>\n");
        }
        markup.raw("</details>\n");
    }
    markup.raw("</section>\n");
}

fn times(markup: &mut Markup, view: &BenchmarkShow, own: &PageBenchmark) {
    markup.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Times\">");
    markup.raw("<table class=\"measures\"><tbody>\n");
    for (name, text) in view.times.iter().chain(&view.resources) {
        let percentiles =
            own.distribution.iter().flat_map(|d| &d.sides).flat_map(|s| &s.percentiles);
        let interval = percentiles.filter(|p| p.name == *name).map(|p| &*p.interval).next();
        markup.raw("<tr>").element("th scope=\"row\"", name);
        markup.element("td class=\"number\"", text);
        markup.element("td class=\"number quiet\"", interval.unwrap_or_default()).raw("</tr>\n");
    }
    markup.raw("</tbody></table></div>");
}

fn functions(markup: &mut Markup, title: &str, rows: &[ShowFunction]) {
    if rows.is_empty() {
        return;
    }
    markup.raw("<div>").element("h4", title).raw("<table class=\"functions\"><tbody>\n");
    for row in rows {
        markup
            .raw("<tr><th scope=\"row\"><code>")
            .path(&shorten(&row.name, 90))
            .raw("</code></th>");
        markup.element("td class=\"number\"", &row.share);
        markup.element("td class=\"number quiet\"", &row.cost).raw("</tr>\n");
    }
    markup.raw("</tbody></table></div>\n");
}
