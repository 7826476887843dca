//! `--layouts`: how much of a change is where functions happen to lie.

use std::fmt::Write as _;

use crate::build::Layout;
use crate::cli::capture::{Built, Side, Together};
use crate::console::escape_line;
use crate::diff::summarize;
use crate::error::Error;
use crate::model::{BenchmarkId, Run, Timing};
use crate::stats::{mean, median, standard_deviation, student_quantile};
use crate::view::share;

/// Times of one benchmark in each layout: base and new.
pub(super) type Times = (BenchmarkId, Vec<[Timing; 2]>);

/// Builds both sides in `count` layouts: the linker's own, and shuffled ones.
///
/// # Errors
/// As a build; when the linker cannot shuffle.
pub(super) fn build(
    together: &Together<'_>,
    base: &Side,
    new: &Side,
    count: u32,
) -> Result<Vec<Built>, Error> {
    let several = count > 1;
    let mut built = vec![together.build(base, new, None, several)?];
    let folder = together.target_directory.join("perfbase").join("layouts");
    for seed in 1..count {
        let layout = Layout { seed, folder: &folder };
        let next =
            together.build(base, new, Some(layout), several).map_err(|error| match error {
                Error::Build(_) if together.session.interrupted().is_none() => {
                    cannot(&error.to_string())
                }
                other => other,
            })?;
        if built.iter().any(|before| before.is_same(&next)) {
            return Err(cannot("two layouts gave the same executable"));
        }
        built.push(next);
    }
    Ok(built)
}

fn cannot(reason: &str) -> Error {
    Error::usage(
        format!(
            "the linker does not shuffle functions, which --layouts needs: {}",
            reason.lines().next().unwrap_or_default()
        ),
        "lld does: it is rustc's own on x86-64 Linux, elsewhere -C link-arg=-fuse-ld=lld chooses \
         it; or leave out --layouts",
    )
}

/// A line for each benchmark: its change averaged over layouts, and in each of them.
pub(super) fn table(all: &[Times]) -> String {
    let mut text = String::new();
    for (id, layouts) in all {
        let changes: Vec<f64> = layouts.iter().filter_map(change).collect();
        if let Some((change, low, high)) = over_layouts(&changes) {
            let each: Vec<String> = changes.iter().map(|&ln| signed(ln)).collect();
            let _ = writeln!(
                text,
                "{}: {} [{}, {}] over {} layouts: {}",
                escape_line(&id.to_string()),
                signed(change),
                signed(low),
                signed(high),
                changes.len(),
                each.join("  ")
            );
        }
    }
    if !text.is_empty() {
        text.insert_str(
            0,
            "\nLayouts: mean change with its 95 % interval, which holds for any order of functions,\n\
             and the change in each (the first is the linker's own order):\n",
        );
    }
    text
}

/// The median over pairs of runs of the logarithm of their ratio, in one layout.
fn change([base, new]: &[Timing; 2]) -> Option<f64> {
    let typical = |run: &Run| {
        let alone = Timing { runs: vec![run.clone()], throughput: None };
        summarize(&alone).map(|summary| summary.typical).filter(|&typical| typical > 0.0)
    };
    let pairs = base.runs.iter().zip(&new.runs);
    let changes: Vec<f64> =
        pairs.filter_map(|(base, new)| Some((typical(new)? / typical(base)?).ln())).collect();
    median(&changes)
}

/// Mean and Student's interval of logarithms: a layout is the unit of independence, however many
/// runs it has. `None` for fewer than two.
fn over_layouts(changes: &[f64]) -> Option<(f64, f64, f64)> {
    let deviation = standard_deviation(changes)?;
    let count = changes.len() as f64;
    let half = student_quantile(0.975, count - 1.0) * deviation / count.sqrt();
    let mean = mean(changes);
    Some((mean, mean - half, mean + half))
}

/// A logarithm of a ratio as `+1.5 %`.
fn signed(ln: f64) -> String {
    let ratio = ln.exp_m1();
    format!("{}{}", if ratio < 0.0 { "−" } else { "+" }, share(ratio.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Batch, Measurement, Mode};

    fn timing(nanoseconds: f64) -> Timing {
        let batches = vec![Batch { iterations: 1.0, nanoseconds }; 10];
        let measurement = Measurement::Batches { mode: Mode::Flat, batches };
        let run = Run { measurement, wall_ns: 1, resources: None, reference: None };
        Timing { runs: vec![run; 4], throughput: None }
    }

    #[test]
    fn layouts_are_the_unit() {
        // Mean 2, standard deviation 1, t(0.975, 2) = 4.302653.
        let (mean, low, high) = over_layouts(&[1.0, 2.0, 3.0]).unwrap();
        assert!((mean - 2.0).abs() < 1e-12);
        assert!((high - (2.0 + 4.302_653 / 3_f64.sqrt())).abs() < 1e-5, "{high}");
        assert!((low + high - 4.0).abs() < 1e-9);
        assert_eq!(over_layouts(&[1.0]), None);
    }

    #[test]
    fn each_layout_is_shown() {
        let id = BenchmarkId { package: "p".into(), target: "t".into(), benchmark: "b".into() };
        let layouts = [(100.0, 110.0), (100.0, 90.0)].map(|(a, b)| [timing(a), timing(b)]);
        let text = table(&[(id.clone(), layouts.to_vec())]);
        let line = text.lines().last().unwrap();
        assert!(line.starts_with("p/t/b: ") && line.contains("over 2 layouts"), "{line}");
        assert!(line.ends_with(&format!("{}  {}", signed(1.1_f64.ln()), signed(0.9_f64.ln()))));
        assert_eq!(table(&[(id, layouts[..1].to_vec())]), "");
        assert_eq!(table(&[]), "");
    }
}
