//! Times → SVG.

use crate::view::{Axis, DistributionView, PairsView, SpreadView};

use super::markup::Markup;

/// Size of the picture in its own pixels, and of what it holds.
const WIDTH: f64 = 560.0;
const MARGIN: f64 = 14.0;
const BAND: f64 = 58.0;
const CURVE: f64 = 46.0;
const AXIS: f64 = 26.0;
const PAIRS: f64 = 74.0;

/// Draws both sides on one axis, and the changes of pairs below on their own.
pub(super) fn figure(markup: &mut Markup, view: &DistributionView, labels: [&str; 2]) {
    let curve = if view.sides.iter().any(|side| !side.density.is_empty()) { CURVE } else { 0.0 };
    let band_height = BAND + curve;
    let height = view.sides.len() as f64 * band_height + AXIS;
    markup.raw("<figure class=\"distribution\">");
    open(markup, height, &describe(view, labels));
    grid(markup, &view.axis, 0.0, height - AXIS);
    for (at, side) in view.sides.iter().enumerate() {
        band(markup, side, labels[usize::from(!side.is_base)], [at as f64 * band_height, curve]);
    }
    markup.raw("</svg>\n");
    if let Some(pairs) = &view.pairs {
        changes(markup, pairs);
    }
    markup.element("figcaption", &view.legend).raw("</figure>\n");
}

fn open(markup: &mut Markup, height: f64, label: &str) {
    markup.raw("<svg viewBox=\"0 0 ").number(WIDTH).raw(" ").number(height);
    markup.raw("\" role=\"img\" aria-label=\"").text(label).raw("\">\n");
}

/// A picture in words.
fn describe(view: &DistributionView, labels: [&str; 2]) -> String {
    let side = |side: &SpreadView| {
        let figures: Vec<String> =
            side.percentiles.iter().map(|p| format!("{} {}", p.name, p.value)).collect();
        format!("{}: {}", labels[usize::from(!side.is_base)], figures.join(", "))
    };
    let sides: Vec<String> = view.sides.iter().map(side).collect();
    format!("Times per iteration. {}", sides.join("; "))
}

fn x(at: f64) -> f64 {
    MARGIN + at * (WIDTH - 2.0 * MARGIN)
}

fn line(markup: &mut Markup, class: &str, [x1, y1, x2, y2]: [f64; 4]) {
    markup.raw("<line class=\"").raw(class).raw("\" x1=\"").number(x1).raw("\" y1=\"").number(y1);
    markup.raw("\" x2=\"").number(x2).raw("\" y2=\"").number(y2).raw("\"/>");
}

fn label(markup: &mut Markup, class: &str, (x, y): (f64, f64), text: &str) {
    markup.raw("<text class=\"").raw(class).raw("\" x=\"").number(x).raw("\" y=\"").number(y);
    markup.raw("\">").text(text).raw("</text>");
}

fn grid(markup: &mut Markup, axis: &Axis, top: f64, bottom: f64) {
    for (at, text) in &axis.ticks {
        line(markup, "grid", [x(*at), top, x(*at), bottom]);
        // What would stand beyond the picture's edge is left out.
        if (0.02..=0.98).contains(at) {
            label(markup, "tick", (x(*at), bottom + 17.0), text);
        }
    }
    markup.raw("\n");
}

fn band(markup: &mut Markup, side: &SpreadView, name: &str, [top, curve]: [f64; 2]) {
    let base = top + 24.0 + curve;
    markup.raw("<g class=\"").raw(if side.is_base { "base" } else { "new" }).raw("\">");
    let points = side.density.len();
    if points > 1 {
        markup.raw("<path class=\"density\" d=\"M").number(x(0.0)).raw(" ").number(base);
        for (at, height) in side.density.iter().enumerate() {
            let at = at as f64 / (points - 1) as f64;
            markup.raw("L").number(x(at)).raw(" ").number(base - CURVE * height);
        }
        markup.raw("L").number(x(1.0)).raw(" ").number(base).raw("Z\"/>");
    }
    if let Some([low, middle, high]) = side.quartiles {
        markup.raw("<rect class=\"box\" rx=\"2\" x=\"").number(x(low)).raw("\" y=\"");
        markup.number(base + 3.0).raw("\" width=\"").number((x(high) - x(low)).max(1.0));
        markup.raw("\" height=\"9\"/>");
        line(markup, "median", [x(middle), base + 1.0, x(middle), base + 14.0]);
    }
    // A bound is no place.
    let known = side.percentiles.iter().skip(1).filter(|one| !one.is_bound);
    for percentile in known {
        markup.raw("<g>");
        markup.element("title", &format!("{} {}", percentile.name, percentile.value));
        line(markup, "percentile", [x(percentile.at), base + 2.0, x(percentile.at), base + 13.0]);
        markup.raw("</g>");
    }
    for (at, run) in side.runs.iter().enumerate() {
        // Four rows, so that runs of equal times are seen apart.
        let y = base + 19.0 + 3.6 * (at % 4) as f64;
        let [low, middle, high] = run.at.map(x);
        markup.raw("<g class=\"run\">").element("title", &run.text);
        line(markup, "whisker", [low, y, high, y]);
        markup
            .raw("<circle r=\"2.6\" cx=\"")
            .number(middle)
            .raw("\" cy=\"")
            .number(y)
            .raw("\"/></g>");
    }
    label(markup, "name", (MARGIN, top + 14.0), &crate::view::shorten(name, 40));
    if !side.beyond.is_empty() {
        label(markup, "beyond", (WIDTH - MARGIN, top + 14.0), &format!("{} →", side.beyond));
    }
    markup.raw("</g>\n");
}

fn changes(markup: &mut Markup, pairs: &PairsView) {
    let text = format!("Change of each of {} pairs of runs: {}", pairs.pairs.len(), pairs.text);
    open(markup, PAIRS, &text);
    let bottom = PAIRS - AXIS;
    grid(markup, &pairs.axis, 16.0, bottom);
    line(markup, "zero", [x(pairs.zero), 16.0, x(pairs.zero), bottom]);
    for (at, (position, text)) in pairs.pairs.iter().enumerate() {
        let y = 22.0 + 3.4 * (at % 3) as f64;
        markup.raw("<g class=\"pair\">").element("title", text);
        markup.raw("<circle r=\"2.6\" cx=\"").number(x(*position)).raw("\" cy=\"").number(y);
        markup.raw("\"/></g>");
    }
    if let Some([low, middle, high]) = pairs.change {
        line(markup, "interval", [x(low), 40.0, x(high), 40.0]);
        markup
            .raw("<circle class=\"change\" r=\"4\" cx=\"")
            .number(x(middle))
            .raw("\" cy=\"40\"/>");
    }
    label(markup, "name", (MARGIN, 11.0), &format!("change of each pair: {}", pairs.text));
    if !pairs.beyond.is_empty() {
        label(markup, "beyond", (WIDTH - MARGIN, 11.0), &pairs.beyond);
    }
    markup.raw("</svg>\n");
}
