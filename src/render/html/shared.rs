//! What pages of comparisons and of captures have alike.

use crate::view::{GateView, NoteView, RuleRow, Tone};

use super::markup::{Markup, class};

/// What stands beside a tone's colour, so that it is not colour alone.
pub(super) fn sign(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "✓",
        Tone::Bad => "✕",
        Tone::Warn => "!",
        Tone::Neutral => "·",
    }
}

/// A word in its tone.
pub(super) fn pill(markup: &mut Markup, tone: Tone, sign: &str, word: &str) {
    markup.raw("<span class=\"pill ").raw(class(tone)).raw("\"><span aria-hidden=\"true\">");
    markup.text(sign).raw("</span> ").text(word).raw("</span>");
}

/// More notes than this fold away.
const NOTES: usize = 4;

/// What has to be known before any figure.
pub(super) fn notes(markup: &mut Markup, notes: &[NoteView]) {
    if notes.is_empty() {
        return;
    }
    let list = |markup: &mut Markup, notes: &[NoteView]| {
        markup.raw("<ul class=\"notes\">");
        for note in notes {
            markup.raw("<li class=\"").raw(class(note.tone)).raw("\">");
            pill(markup, note.tone, sign(note.tone), note.level);
            markup.raw(" ").element("span", &note.text).raw("</li>\n");
        }
        markup.raw("</ul>\n");
    };
    let shown = if notes.len() > NOTES + 1 { NOTES } else { notes.len() };
    list(markup, &notes[..shown]);
    if shown < notes.len() {
        let more = format!("{} more notes", notes.len() - shown);
        markup.raw("<details class=\"more\">").element("summary", &more);
        list(markup, &notes[shown..]);
        markup.raw("</details>\n");
    }
}

/// GO or NO-GO, above all else.
pub(super) fn decision(markup: &mut Markup, gate: &GateView) {
    markup.raw("<p class=\"decision ").raw(class(gate.tone)).raw("\"><a href=\"#rules\">");
    markup.raw("<span aria-hidden=\"true\">").raw(sign(gate.tone)).raw("</span> ");
    markup.text(gate.decision).raw("</a></p>");
}

/// The decision, and each rule: those that were kept fold away.
pub(super) fn rules(markup: &mut Markup, gate: &GateView) {
    markup.raw("<section class=\"card rules\" id=\"rules\" aria-labelledby=\"rules-name\">");
    markup.raw("<h2 id=\"rules-name\">Rules</h2> ");
    pill(markup, gate.tone, sign(gate.tone), gate.decision);
    markup.raw(" ").element("span class=\"quiet\"", &gate.summary);
    let is_open = |rule: &&RuleRow| matches!(rule.tone, Tone::Bad | Tone::Warn);
    let (open, kept): (Vec<&RuleRow>, Vec<&RuleRow>) = gate.rules.iter().partition(is_open);
    if !open.is_empty() {
        table(markup, "Rules that are not kept", &open);
    }
    if !kept.is_empty() {
        let count = kept.len() + gate.passed_omitted;
        let noun = if count == 1 { "rule" } else { "rules" };
        markup.raw("<details><summary>").text(&format!("{count} {noun} passed or skipped"));
        markup.raw("</summary>");
        table(markup, "Rules passed or skipped", &kept);
        if gate.passed_omitted > 0 {
            let more = format!("{} more rules passed.", gate.passed_omitted);
            markup.element("p class=\"quiet\"", &more);
        }
        markup.raw("</details>");
    }
    markup.raw("</section>\n");
}

fn table(markup: &mut Markup, name: &str, rules: &[&RuleRow]) {
    markup.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"").text(name);
    markup.raw("\"><table><thead><tr><th scope=\"col\">Outcome</th><th scope=\"col\">Rule</th>");
    markup
        .raw("<th scope=\"col\">Benchmark</th><th scope=\"col\">Figure</th></tr></thead><tbody>\n");
    for rule in rules {
        markup.raw("<tr><td>");
        pill(markup, rule.tone, sign(rule.tone), rule.outcome);
        markup.raw("</td>").element("th scope=\"row\"", &rule.id);
        markup.element("td", &rule.benchmark).element("td", &rule.message).raw("</tr>\n");
    }
    markup.raw("</tbody></table></div>");
}

/// Names and texts.
pub(super) fn facts(markup: &mut Markup, rows: &[(&'static str, String)]) {
    markup.raw("<dl class=\"facts\">");
    for (name, text) in rows {
        markup.raw("<div>").element("dt", name).element("dd", text).raw("</div>");
    }
    markup.raw("</dl>\n");
}

/// Calls of a path that are shown at its beginning, and at its end.
const FIRST: usize = 4;
const LAST: usize = 12;

/// A call path, outermost first: one line, every call an arrow. Of a long one the middle is left out.
pub(super) fn call_path(markup: &mut Markup, path: &[String]) {
    let left_out = path.len().saturating_sub(FIRST + LAST);
    // One name takes no more room than saying that it was left out.
    let left_out = if left_out > 1 { left_out } else { 0 };
    markup.raw("<ol class=\"path\">");
    for (at, name) in path.iter().enumerate() {
        match at {
            FIRST if left_out > 0 => {
                let more = format!("… {left_out} more …");
                markup.element("li class=\"quiet\"", &more);
            }
            _ if (FIRST..FIRST + left_out).contains(&at) => {}
            _ => {
                markup.raw("<li>").path(&crate::view::shorten(name, 120)).raw("</li>");
            }
        }
    }
    markup.raw("</ol>");
}

/// Where the script puts the call trees of a benchmark, if it has any.
pub(super) fn mount(markup: &mut Markup, at: usize, has_trees: bool) {
    if has_trees {
        markup.raw("<div class=\"mount\" data-benchmark=\"").raw(&at.to_string());
        markup.raw("\"></div>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_long_path_is_left_out() {
        let path = |length: usize| {
            let names: Vec<String> = (0..length).map(|at| format!("f{at}")).collect();
            let mut markup = Markup::default();
            call_path(&mut markup, &names);
            markup.as_str().replace("</li>", "").replace("<li>", " ")
        };
        assert_eq!(path(17).matches(" f").count(), 17);
        assert!(path(3000).contains(" f3<li class=\"quiet\">… 2984 more … f2988 "));
    }
}
