//! One benchmark of a comparison.

use crate::view::{
    BenchmarkView, FailureView, FunctionRow, GroupRow, Measure, PageBenchmark, ProfileView,
};

use super::comparison::verdict_sign;
use super::distribution;
use super::markup::{Markup, class};
use super::shared::{call_path, mount, pill};

pub(super) fn write(
    markup: &mut Markup,
    at: usize,
    view: &BenchmarkView,
    own: &PageBenchmark,
    labels: [&str; 2],
) {
    let number = at.to_string();
    markup.raw("<section class=\"card benchmark\" id=\"b").raw(&number);
    markup.raw("\" aria-labelledby=\"name-").raw(&number).raw("\" tabindex=\"-1\">\n<header>");
    markup.raw("<h2 id=\"name-").raw(&number).raw("\">").path(&view.name).raw("</h2> ");
    pill(markup, view.tone, verdict_sign(view.verdict, view.tone), view.verdict);
    if view.has_row() {
        markup.raw("<p class=\"figures\"><span class=\"base\">").text(&view.base);
        markup.raw("</span> <span aria-hidden=\"true\">→</span> <span class=\"new\">");
        markup.text(&view.new).raw("</span> <strong class=\"").raw(class(view.tone)).raw("\">");
        markup.text(&view.change).raw("</strong> <span class=\"quiet\">").text(&view.interval);
        markup.raw("</span></p>");
    }
    markup.raw("</header>\n");
    let basis: Vec<&str> =
        [view.harness, &view.basis].into_iter().filter(|s| !s.is_empty()).collect();
    markup.element("p class=\"quiet basis\"", &basis.join(": "));
    failures(markup, &view.failures);
    times(markup, view, own, labels);
    for count in &view.counts {
        markup.raw("<p class=\"count ").raw(class(count.tone)).raw("\">").text(&count.line());
        markup.raw(" <span class=\"quiet\">").text(&count.basis).raw("</span></p>\n");
    }
    mount(markup, at, !own.flames.is_empty());
    if let Some(profile) = &view.profile {
        self::profile(markup, profile, "Functions that changed most");
    }
    for count in &view.counts {
        if let Some(profile) = &count.profile {
            self::profile(markup, profile, &format!("Functions, {}", count.what));
        }
    }
    markup.raw("</section>\n");
}

pub(super) fn failures(markup: &mut Markup, failures: &[FailureView]) {
    for failure in failures {
        markup.raw("<div class=\"failure\">").element("p", &failure.what);
        if !failure.output.is_empty() {
            markup.raw("<pre tabindex=\"0\">");
            for line in &failure.output {
                markup.text(line).raw("\n");
            }
            markup.raw("</pre>");
        }
        markup.raw("</div>\n");
    }
}

fn times(markup: &mut Markup, view: &BenchmarkView, own: &PageBenchmark, labels: [&str; 2]) {
    let resources: Vec<&Measure> =
        view.measures.iter().filter(|m| own.times.iter().all(|t| t.name != m.name)).collect();
    if own.distribution.is_none() && own.times.is_empty() && resources.is_empty() {
        return;
    }
    markup.raw("<div class=\"timing\">");
    if let Some(distribution) = &own.distribution {
        distribution::figure(markup, distribution, labels);
    }
    if !own.times.is_empty() || !resources.is_empty() {
        markup.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Times\">");
        markup.raw("<table class=\"measures\"><thead><tr><th scope=\"col\">Per iteration</th>");
        for name in ["Before", "After", "Change"] {
            markup.element("th scope=\"col\" class=\"number\"", name);
        }
        markup.raw("</tr></thead><tbody>\n");
        for measure in own.times.iter().chain(resources) {
            self::measure(markup, measure, own);
        }
        markup.raw("</tbody></table></div>");
    }
    markup.raw("</div>\n");
}

fn measure(markup: &mut Markup, measure: &Measure, own: &PageBenchmark) {
    let interval = |is_base: bool| {
        let sides = own.distribution.iter().flat_map(|distribution| &distribution.sides);
        let mut found =
            sides.filter(|side| side.is_base == is_base).flat_map(|side| &side.percentiles);
        found.find(|one| one.name == measure.name).map(|one| &*one.interval).unwrap_or_default()
    };
    markup.raw("<tr>").element("th scope=\"row\"", &measure.name);
    for (text, interval) in [(&measure.base, interval(true)), (&measure.new, interval(false))] {
        markup.raw("<td class=\"number\">").text(text);
        if !interval.is_empty() {
            markup.raw("<br>").element("span class=\"quiet\"", interval);
        }
        markup.raw("</td>");
    }
    markup.element("td class=\"number\"", &measure.change).raw("</tr>\n");
}

/// Functions, and whatever else is said of them, as text: for readers without scripts, and on paper.
fn profile(markup: &mut Markup, profile: &ProfileView, title: &str) {
    markup.raw("<details class=\"profile\"><summary>").element("h3", title);
    markup.raw(" ").element("span class=\"quiet\"", &profile.basis).raw("</summary>\n");
    if !profile.functions.is_empty() {
        functions(markup, profile);
    }
    list(markup, "What became of functions", &profile.refactors);
    for path in &profile.paths {
        markup.raw("<div class=\"hot\"><p>").text(path.verdict).raw(" hot path: ");
        markup.text(&path.share).raw(" <span class=\"quiet\">").text(&path.cost).raw("</span></p>");
        call_path(markup, &path.path);
        markup.raw("</div>\n");
    }
    if profile.paths_omitted > 0 {
        let more = format!("{} more paths.", profile.paths_omitted);
        markup.element("p class=\"quiet\"", &more);
    }
    markup.raw("<div class=\"columns\">");
    groups(markup, "Crates", &profile.crates);
    groups(markup, "Modules", &profile.modules);
    groups(markup, "Categories", &profile.categories);
    markup.raw("</div></details>\n");
}

fn functions(markup: &mut Markup, profile: &ProfileView) {
    let cost = format!("Before, {}", profile.unit);
    markup.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Functions\">");
    markup.raw("<table class=\"functions\"><thead><tr><th scope=\"col\">Function</th>");
    let heads: &[&str] = if profile.costs {
        &["Change", "Interval", &cost, "After", "Before, %", "After, %", "With callees"]
    } else {
        &["Change", "Interval", "Before, %", "After, %", "With callees"]
    };
    for name in heads {
        markup.element("th scope=\"col\" class=\"number\"", name);
    }
    markup.raw("</tr></thead><tbody>\n");
    for row in &profile.functions {
        function(markup, row, profile.costs);
    }
    let span = heads.len() - 1;
    let mut sum = |name: &str, change: &str| {
        markup.raw("<tr class=\"sum\">").element("th scope=\"row\"", name);
        markup.element("td class=\"number\"", change);
        markup.raw(&format!("<td colspan=\"{span}\"></td></tr>\n"));
    };
    if let Some((number, change)) = &profile.rest {
        sum(&format!("{number} more functions"), change);
    }
    if let Some([change, ..]) = &profile.unexplained {
        sum("not explained by functions", change);
    }
    if let Some([change, ..]) = &profile.total {
        sum("the whole benchmark", change);
    }
    markup.raw("</tbody></table></div>\n");
}

fn function(markup: &mut Markup, row: &FunctionRow, costs: bool) {
    markup
        .raw("<tr><th scope=\"row\"><code>")
        .path(&crate::view::shorten(&row.name, 140))
        .raw("</code>");
    if let Some(remark) = &row.remark {
        markup.raw(" ").element("span class=\"remark\"", remark);
    }
    markup.raw("</th><td class=\"number ").raw(class(row.tone)).raw("\">").text(&row.change);
    if row.significant {
        markup.raw("<abbr title=\"beyond chance\">*</abbr>");
    }
    markup.raw("</td>").element("td class=\"number quiet\"", &row.interval);
    if costs {
        markup.element("td class=\"number\"", &row.base_cost);
        markup.element("td class=\"number\"", &row.new_cost);
    }
    for text in [&row.base_share, &row.new_share, &row.total_change] {
        markup.element("td class=\"number\"", text);
    }
    markup.raw("</tr>\n");
}

fn list(markup: &mut Markup, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    markup.element("h4", title).raw("<ul>");
    lines.iter().for_each(|line| {
        markup.element("li", line);
    });
    markup.raw("</ul>\n");
}

fn groups(markup: &mut Markup, title: &str, rows: &[GroupRow]) {
    if rows.is_empty() {
        return;
    }
    markup.raw("<div>").element("h4", title).raw("<dl class=\"facts\">");
    for row in rows {
        markup
            .raw("<div><dt>")
            .path(&row.name)
            .raw("</dt>")
            .element("dd", &row.change)
            .raw("</div>");
    }
    markup.raw("</dl></div>\n");
}
