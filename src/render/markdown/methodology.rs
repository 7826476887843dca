//! How captures were measured and what comparisons mean, as a note beside their figures.

use crate::render::Inert;
use crate::view::BaselineView;

use super::{Code, Page, Plain};

/// The note of a bundle of captures; `compared` where it has comparisons as well.
pub fn methodology(captures: &[BaselineView], compared: bool) -> String {
    let mut page = Page::default();
    page.text("# Methodology\n");
    for capture in captures {
        page.text(&format!("\n## {}\n\n{}.\n", Code(&capture.label), capture.summary));
        for sentence in &capture.method {
            page.text(&format!("\n{}\n", Plain(sentence)));
        }
        page.text("\n| | |\n|---|---|\n");
        for (name, text) in &capture.environment {
            page.text(&format!("| {name} | {} |\n", Plain(text)));
        }
        page.text("\nTo repeat it:\n\n");
        for command in &capture.commands {
            page.text(&format!("    {}\n", Inert(command)));
        }
    }
    if compared {
        page.text(COMPARISONS);
    }
    page.text(FILES);
    page.text
}

const COMPARISONS: &str = "
## Comparisons

A change is the ratio of typical times, less 1, with an interval of 95 %, adjusted for the number of
benchmarks. The unit of independence is the run (or the pair of runs, where both sides were measured
in turns), never the sample. *Slower* and *faster* are said where the whole interval is beyond zero
and beyond what the comparison can resolve, *unchanged* where all of it lies within the zone of
indifference, *inconclusive* otherwise. A function's cost is its share times the time per iteration
of the same run; the changes of all functions and the row *unexplained* add up to the benchmark's.
";

const FILES: &str = "
## Files

`profiles/` holds the captures themselves: raw times of every run, profiles in pprof's format,
flamegraphs. CSV and JSON hold unrounded figures, in nanoseconds, bytes or counts per iteration.
`sha256sum -c SHA256SUMS` checks all of them; `cargo perfbase import` takes the captures into another
checkout, where they can be compared with others.
";
