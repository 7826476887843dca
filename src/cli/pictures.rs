//! Flamegraphs of a capture, and of a comparison.

use super::output::OutputFile;
use crate::console::Console;
use crate::diff::{Comparison, DiffTree, charged};
use crate::error::Error;
use crate::model::{BenchmarkId, CountKind, Profile, Weight};
use crate::render::flamegraph::{
    DifferentialOptions, FlamegraphOptions, differential, differential_png, flamegraph,
    flamegraph_png,
};
use crate::store::folder_of;
use crate::view::{ShowInput, cost_of_benchmark};

/// A picture of its own may be larger than the one that every capture keeps.
const BYTES: usize = 300_000;

/// A flamegraph that is yet to be drawn.
pub(super) struct Picture<'a> {
    /// Its file's name, without the ending.
    pub(super) name: String,
    /// Of which benchmark.
    pub(super) of: &'a BenchmarkId,
    /// Whether it is of samples, not of counts.
    is_sampled: bool,
    title: String,
    tree: Tree<'a>,
}

enum Tree<'a> {
    Sampled(&'a Profile, Option<f64>),
    Counted(&'a Profile, Weight, f64),
    Compared(&'a DiffTree, Option<&'static str>),
}

impl Picture<'_> {
    /// Draws it as SVG.
    pub(super) fn svg(&self) -> String {
        self.draw(flamegraph, differential)
    }

    /// Draws it as PNG.
    pub(super) fn png(&self) -> Vec<u8> {
        self.draw(flamegraph_png, differential_png)
    }

    fn draw<T>(
        &self,
        plain: fn(&Profile, &FlamegraphOptions<'_>) -> T,
        compared: fn(&DiffTree, &DifferentialOptions<'_>) -> T,
    ) -> T {
        let plain = |profile: &Profile, cost| {
            plain(profile, &FlamegraphOptions { title: &self.title, cost, bytes: BYTES })
        };
        match &self.tree {
            Tree::Sampled(profile, cost) => plain(profile, cost.map(|cost| ("ns", cost))),
            Tree::Counted(profile, Weight::Allocations, cost) => plain(
                &charged(&profile.by_count(Weight::Allocations)),
                Some((Weight::Allocations.cost_unit(), *cost)),
            ),
            Tree::Counted(profile, measure, cost) => {
                plain(profile, Some((measure.cost_unit(), *cost)))
            }
            Tree::Compared(tree, unit) => {
                compared(tree, &DifferentialOptions { title: &self.title, unit: *unit })
            }
        }
    }
}

/// One of each sampled profile of a capture, and of each that was counted.
pub(super) fn of_capture<'a>(input: &ShowInput<'a>) -> Vec<Picture<'a>> {
    let mut pictures = Vec::new();
    for benchmark in &input.benchmarks {
        let entry = benchmark.entry;
        let label = &input.capture.label;
        if let Some(profile) = benchmark.profile {
            pictures.push(Picture {
                name: name(&entry.id, None),
                of: &entry.id,
                is_sampled: true,
                title: format!("{}: {label}", entry.id),
                tree: Tree::Sampled(profile, cost_of_benchmark(benchmark)),
            });
        }
        for (summary, profile) in entry.counts.iter().zip(benchmark.counts) {
            let measure = measure(summary.kind);
            pictures.push(Picture {
                name: name(&entry.id, Some(measure)),
                of: &entry.id,
                is_sampled: false,
                title: format!("{}, {}: {label}", entry.id, measure.cost_unit()),
                tree: Tree::Counted(profile, measure, summary.per_iteration(measure).0),
            });
        }
    }
    pictures
}

/// One of each sampled profile that was compared, and of each measure that was counted.
pub(super) fn of_comparison(comparison: &Comparison) -> Vec<Picture<'_>> {
    let labels = format!("{} → {}", comparison.base.label, comparison.new.label);
    let mut pictures = Vec::new();
    for benchmark in &comparison.benchmarks {
        let id = &benchmark.id;
        if let Some(profile) = &benchmark.profile {
            pictures.push(Picture {
                name: name(id, None),
                of: id,
                is_sampled: true,
                title: format!("{id}: {labels}"),
                tree: Tree::Compared(&profile.tree, profile.unit),
            });
        }
        for count in &benchmark.counts {
            // Bytes follow blocks.
            if let Some(profile) = &count.profile
                && CountKind::PLAIN.into_iter().any(|kind| measure(kind) == count.measure)
            {
                pictures.push(Picture {
                    name: name(id, Some(count.measure)),
                    of: id,
                    is_sampled: false,
                    title: format!("{id}, {}: {labels}", count.measure.cost_unit()),
                    tree: Tree::Compared(&profile.tree, profile.unit),
                });
            }
        }
    }
    pictures
}

fn measure(kind: CountKind) -> Weight {
    match kind {
        CountKind::Instructions => Weight::Instructions,
        CountKind::Allocations => Weight::Allocations,
        CountKind::Event(event) => Weight::Event(event),
    }
}

fn name(id: &BenchmarkId, counted: Option<Weight>) -> String {
    let folder = folder_of(id).replace('/', "-");
    counted.map_or(folder.clone(), |measure| format!("{folder}.{}", measure.cost_unit()))
}

/// One picture for each benchmark with a profile, those of counts where nothing was sampled;
/// `file` is the first one's when there are more, their names go into the files' names.
pub(super) fn draw(
    comparison: &Comparison,
    file: OutputFile,
    console: &Console,
) -> Result<(), Error> {
    let mut pictures = of_comparison(comparison);
    if pictures.iter().any(|picture| picture.is_sampled) {
        pictures.retain(|picture| picture.is_sampled);
    }
    let write = |picture: &Picture<'_>, file: OutputFile| -> Result<(), Error> {
        let path = file.path().display().to_string();
        file.write(picture.svg())?;
        console.status("Drew", &path);
        Ok(())
    };
    match &pictures[..] {
        [] => console.warning("there is nothing to draw: neither capture has profiles"),
        [picture] => write(picture, file)?,
        _ => {
            // The name itself was tried only; each benchmark gets one of its own.
            let path = file.path().to_owned();
            drop(file);
            for picture in &pictures {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                let path = path.with_file_name(format!("{stem}-{}.svg", picture.name));
                write(picture, OutputFile::open(&path)?)?;
            }
        }
    }
    Ok(())
}
