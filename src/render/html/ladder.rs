//! Ladders: levels in rows, and where they stop keeping up.

use crate::view::LadderView;

use super::comparison::verdict_sign;
use super::markup::{Markup, class};
use super::shared::pill;

pub(super) fn write(markup: &mut Markup, ladders: &[LadderView]) {
    if ladders.is_empty() {
        return;
    }
    markup.raw("<section class=\"card ladders\" aria-labelledby=\"ladders\">");
    markup.element("h2 id=\"ladders\"", "By load");
    ladders.iter().for_each(|ladder| one(markup, ladder));
    markup.raw("</section>\n");
}

fn one(markup: &mut Markup, ladder: &LadderView) {
    let two = ladder.is_comparison();
    markup.raw("<h3>").path(&ladder.name).raw("</h3> <span class=\"quiet\">by ");
    markup.text(&ladder.parameter);
    if !ladder.changes_of.is_empty() {
        markup.raw(", change of ").text(&ladder.changes_of);
    }
    markup
        .raw("</span><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Levels\">");
    markup.raw("<table class=\"ladder\"><thead><tr>");
    markup.element("th scope=\"col\" class=\"number\"", "Level");
    if two {
        markup.element("th scope=\"col\"", "Capture");
    }
    for name in ["P50", "Tail", "Throughput"] {
        markup.element("th scope=\"col\" class=\"number\"", name);
    }
    if two {
        markup.element("th scope=\"col\" class=\"number\"", "Change");
        markup.element("th scope=\"col\"", "Verdict");
    }
    markup.element("th scope=\"col\"", "Remark").raw("</tr></thead><tbody>\n");
    for row in &ladder.rows {
        markup.raw("<tr>").element("th scope=\"row\" class=\"number\"", &row.level);
        if two {
            markup.element("td", row.side);
        }
        for text in [&row.p50, &row.tail, &row.throughput] {
            markup.element("td class=\"number\"", text);
        }
        if two {
            markup.raw("<td class=\"number ").raw(class(row.tone)).raw("\">").text(&row.change);
            markup.raw("</td><td>");
            if !row.verdict.is_empty() {
                pill(markup, row.tone, verdict_sign(row.verdict, row.tone), row.verdict);
            }
            markup.raw("</td>");
        }
        markup.element("td", &row.remark).raw("</tr>\n");
    }
    markup.raw("</tbody></table></div>");
    if !ladder.findings.is_empty() {
        markup.raw("<ul>");
        for (tone, finding) in &ladder.findings {
            markup.raw("<li class=\"").raw(class(*tone)).raw("\">").text(finding).raw("</li>");
        }
        markup.raw("</ul>");
    }
}
