//! Blocks → SVG: inferno's layout, our names, titles and colours.

use std::fmt::Write;

use inferno::flamegraph::color::BackgroundColor;
use inferno::flamegraph::{Options, from_lines};

use crate::render::{Inert, inert};
use crate::view::shorten;

use super::blocks::Block;
use super::palette::Color;

/// Width of the picture where nothing scales it, in pixels.
pub(super) const PIXELS: f64 = 1200.0;

/// Longest name in a title.
pub(super) const NAME: usize = 240;

/// Width of a character at inferno's font size, and what a label leaves free, in pixels. Scripts
/// measure again; this is for viewers that have none.
pub(super) const CHARACTER: f64 = 7.3;
pub(super) const PADDING: f64 = 5.0;

/// Frames that are outlined, in percent of the picture.
const OUTLINED: f64 = 0.3;

/// The whole picture, in the integers that inferno counts with: 0.001 pixels each.
const UNITS: f64 = 1_200_000.0;

/// All that is to be drawn.
pub(super) struct Scene<'a> {
    /// Callers precede their callees.
    pub(super) blocks: Vec<Block>,
    /// How each block looks.
    pub(super) looks: Vec<Look<'a>>,
    /// Above it.
    pub(super) title: &'a str,
    /// Below the title.
    pub(super) subtitle: String,
    /// The frame below all others, which stands for the whole.
    pub(super) all: Look<'a>,
}

/// How one block looks.
pub(super) struct Look<'a> {
    pub(super) name: &'a str,
    /// Shown with the name; without parentheses.
    pub(super) details: String,
    pub(super) fill: Color,
}

/// About how many bytes a block takes in the SVG.
pub(super) fn estimate(name: &str) -> usize {
    // Title, and some of it again as a label.
    210 + name.len().min(NAME)
}

/// Draws a scene.
pub(super) fn draw(scene: &Scene<'_>) -> String {
    let lines = lines(&scene.blocks);
    let mut options = Options::default();
    options.title = xml_text(scene.title);
    options.subtitle = Some(xml_text(&scene.subtitle));
    options.deterministic = true;
    options.bgcolors = Some(BackgroundColor::Grey);
    options.no_sort = true;
    options.min_width = 0.0;
    let mut svg = Vec::new();
    // It fails without any weight only: writing to memory does not.
    if from_lines(&mut options, lines.lines(), &mut svg).is_err() {
        return nothing(scene.title);
    }
    let svg = String::from_utf8_lossy(&svg);
    let start = svg.find(FRAME).unwrap_or(svg.len());
    let mut text = String::with_capacity(svg.len() * 2);
    compact(&mut text, &svg[..start]);
    dress(&mut text, &svg[start..], scene);
    text
}

/// How a frame begins.
const FRAME: &str = "<g><title>";

/// Outlines, as a class: an attribute would stand in most frames.
const OUTLINE: &str = ".o { stroke:#999; stroke-width:0.5; }\n</style>";

/// What inferno writes before the frames, without the script's indentation and comments, which
/// are a quarter of it.
fn compact(text: &mut String, head: &str) {
    for line in head.replacen("</style>", OUTLINE, 1).lines() {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with("//") {
            text.push_str(line);
            text.push('\n');
        }
    }
    // Between elements, a line break would be text.
    text.pop();
}

/// Blocks in inferno's format, their index as name. Indices of equal length, callers first: such
/// lines are sorted, as inferno wants them.
fn lines(blocks: &[Block]) -> String {
    let digits = blocks.len().to_string().len();
    let whole: f64 = blocks.iter().filter(|b| b.parent.is_none()).map(|b| b.width).sum();
    // Weight of a block that none of its callees takes up.
    let mut own: Vec<f64> = blocks.iter().map(|block| block.width).collect();
    for block in blocks {
        if let Some(parent) = block.parent {
            own[parent] -= block.width;
        }
    }
    let mut text = String::new();
    let mut path: Vec<usize> = Vec::new();
    // Positions are rounded, not widths: so rounding errors do not add up.
    let (mut position, mut drawn) = (0.0, 0u64);
    for (index, block) in blocks.iter().enumerate() {
        while path.last().copied() != block.parent {
            path.pop();
        }
        path.push(index);
        position += own[index].max(0.0);
        let end = (position / whole * UNITS).round() as u64;
        if end > drawn {
            for (depth, index) in path.iter().enumerate() {
                let separator = if depth == 0 { "" } else { ";" };
                write!(text, "{separator}{index:0digits$}").expect("a string takes all");
            }
            writeln!(text, " {}", end - drawn).expect("a string takes all");
            drawn = end;
        }
    }
    text
}

/// Replaces the numbers in inferno's picture. Frames are
/// `<g><title>17 (…)</title><rect … fill="…" …/><text …>17</text></g>`; the one of the whole has
/// the title `all (…)`. Anything else is left as it is.
fn dress(text: &mut String, svg: &str, scene: &Scene<'_>) {
    let mut rest = svg;
    while let Some((before, title, between, width, after)) = next_frame(rest) {
        let number = title.split(' ').next().unwrap_or_default();
        let found = number.parse::<usize>().ok().and_then(|index| scene.looks.get(index));
        let look = found.unwrap_or(&scene.all);
        let name = Inert(&shorten(look.name, NAME)).to_string();
        text.push_str(before);
        escape(text, &name);
        text.push_str(" (");
        escape(text, &look.details);
        text.push(')');
        let (rect, fill_onwards) = between.split_once("fill=\"").unwrap_or((between, ""));
        let after_fill = fill_onwards.split_once('"').map_or("", |(_, after)| after);
        // Where colours are alike, an outline tells neighbours apart; narrow ones would be nothing
        // but outline.
        let outline = if width >= OUTLINED { " class=\"o\"" } else { "" };
        round(text, rect);
        write!(text, "fill=\"{}\"{outline}", look.fill).expect("a string takes all");
        round(text, after_fill);
        // Names cut to a few letters tell nothing.
        let fitting = ((width / 100.0 * PIXELS - PADDING) / CHARACTER).floor().max(0.0) as usize;
        if fitting >= 6 || name.len() <= fitting {
            escape(text, &shorten(&name, fitting));
        }
        rest = after;
    }
    text.push_str(rest);
}

/// Copies attributes, with percentages as precise as a tenth of a pixel. Scripts calculate with
/// the exact integers beside them.
fn round(text: &mut String, attributes: &str) {
    // Every other part is a value.
    for (index, part) in attributes.split('"').enumerate() {
        if index > 0 {
            text.push('"');
        }
        let (number, unit) = part.strip_suffix('%').map_or((part, ""), |number| (number, "%"));
        match number.parse::<f64>() {
            Ok(value) if index % 2 == 1 && number.contains('.') => {
                let value = (value * 100.0).round() / 100.0;
                write!(text, "{value}{unit}").expect("a string takes all");
            }
            _ => text.push_str(part),
        }
    }
}

/// The next frame: what precedes its title, the title, what follows up to the label, the width
/// in percent, and all that follows the label.
fn next_frame(svg: &str) -> Option<(&str, &str, &str, f64, &str)> {
    let title = svg.find(FRAME)? + FRAME.len();
    let title_end = title + svg[title..].find('<')?;
    let text = title_end + svg[title_end..].find("<text ")?;
    let label = text + svg[text..].find('>')? + 1;
    let label_end = label + svg[label..].find('<')?;
    let between = &svg[title_end..label];
    let width = between.split_once("width=\"")?.1.split_once('%')?.0.parse().ok()?;
    Some((&svg[..title], &svg[title..title_end], between, width, &svg[label_end..]))
}

fn escape(text: &mut String, raw: &str) {
    for c in raw.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            // The rest is inert already; this is what keeps the XML well-formed.
            c if inert::is_active(c) => text.push('\u{fffd}'),
            c => text.push(c),
        }
    }
}

/// Text that inferno escapes itself.
fn xml_text(text: &str) -> String {
    Inert(&shorten(text, NAME)).to_string()
}

/// A picture of nothing.
fn nothing(title: &str) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" standalone=\"no\"?>\n<svg version=\"1.1\" width=\"1200\" \
         height=\"60\" xmlns=\"http://www.w3.org/2000/svg\"><text x=\"10\" y=\"30\">",
    );
    escape(&mut text, &xml_text(title));
    text.push_str(": no samples</text></svg>");
    text
}
