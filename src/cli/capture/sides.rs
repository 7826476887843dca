//! Two captures made together: every run of the one is a pair with a run of the other.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::args::{CaptureArgs, MeasureArgs, SelectionArgs};
use super::benchmark::{self, Benchmark};
use super::counting::Counter;
use super::job::Job;
use super::launch::Place;
use super::measure::Pass;
use super::meters::Meters;
use super::plan::{self, Planned};
use super::scratch::Scratch;
use super::{choice, describe, examine, myself, nothing_selected, parity, store};
use crate::build::kept::Kept;
use crate::build::{self, Build, Layout};
use crate::config::Config;
use crate::console::{Console, Verbosity};
use crate::doctor::Watch;
use crate::error::Error;
use crate::model::{BenchmarkId, Beside, Harness, Label, TargetKind, Timing};
use crate::process::Session;
use crate::store::{Mode, Store, StoredCapture};

/// One of two captures to be.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Side {
    /// What it is to be called.
    pub(in crate::cli) label: Label,
    /// Whether it replaces one of that name.
    pub(in crate::cli) mode: Mode,
    /// Where cargo is called.
    pub(in crate::cli) directory: PathBuf,
    /// Where cargo builds; no other source may ever be built there.
    pub(in crate::cli) target_directory: PathBuf,
}

/// The same sources built once: both sides, in that order.
pub(in crate::cli) struct Built {
    base: Build,
    new: Build,
    /// Holds copies of what the next build would replace.
    _kept: Vec<Kept>,
}

impl Built {
    /// Whether a side has the same executables, all of them.
    pub(in crate::cli) fn is_same(&self, other: &Self) -> bool {
        let digests = |build: &Build| -> Vec<Option<String>> {
            build.executables.iter().map(|executable| executable.digest.clone()).collect()
        };
        digests(&self.base) == digests(&other.base) || digests(&self.new) == digests(&other.new)
    }
}

/// What both sides have in common.
pub(in crate::cli) struct Together<'a> {
    pub(in crate::cli) arguments: &'a CaptureArgs,
    /// What both sides are held against, and what they report of themselves.
    pub(in crate::cli) config: &'a Config,
    pub(in crate::cli) store: &'a Store,
    pub(in crate::cli) session: &'a Session,
    pub(in crate::cli) console: &'a Console,
    /// Where raw recordings stand meanwhile.
    pub(in crate::cli) target_directory: &'a Path,
}

/// What is stored, and beside it what is not.
pub(in crate::cli) struct Pair {
    pub(in crate::cli) base: StoredCapture,
    pub(in crate::cli) new: StoredCapture,
    /// Of each benchmark that both sides have, its times in each layout: base and new.
    pub(in crate::cli) layouts: Vec<(BenchmarkId, Vec<[Timing; 2]>)>,
}

impl CaptureArgs {
    /// Arguments that say what is measured and how, and nothing else.
    pub(in crate::cli) fn plain(
        filters: &[String],
        exact: bool,
        arguments: &[String],
        measure: &MeasureArgs,
        selection: &SelectionArgs,
    ) -> Self {
        Self {
            label: None,
            only: Vec::new(),
            filters: filters.to_vec(),
            exact,
            arguments: arguments.to_vec(),
            measure: measure.clone(),
            force: false,
            append: false,
            against: None,
            no_keep: true,
            verb: None,
            selection: selection.clone(),
        }
    }
}

impl Together<'_> {
    /// Builds both sides, in a layout other than the usual one where that is given.
    ///
    /// # Errors
    /// As [`build::build`]; a program that the next layout would replace and that cannot be kept.
    pub(in crate::cli) fn build(
        &self,
        base: &Side,
        new: &Side,
        layout: Option<Layout<'_>>,
        is_one_of_several: bool,
    ) -> Result<Built, Error> {
        let mut copies = Vec::new();
        let mut one = |side: &Side| -> Result<Build, Error> {
            let what = match layout {
                None => side.label.to_string(),
                Some(layout) => format!("{}, layout {}", side.label, layout.seed + 1),
            };
            self.console.status("Building", &what);
            let options = build::Options {
                helper: &myself()?,
                quiet: self.console.verbosity() == Verbosity::Quiet,
                environment: &[],
                layout,
                tell: &|command| self.console.verbose("Running", command),
                directory: Some(&side.directory),
            };
            let mut selection = self.arguments.selection();
            selection.target_dir = Some(side.target_directory.clone());
            let mut built = build::build(&selection, &options, self.session)?;
            if is_one_of_several {
                copies.push(keep_programs(&mut built)?);
            }
            for warning in &built.warnings {
                self.console.warning(&format!("{}: {warning}", side.label));
            }
            Ok(built)
        };
        let (base, new) = (one(base)?, one(new)?);
        Ok(Built { base, new, _kept: copies })
    }

    /// Measures both sides in turns and stores both. With several builds (of other layouts of the
    /// same code) each gets its share of the runs.
    ///
    /// # Errors
    /// When nothing is to be measured, the user interrupts, or a result cannot be stored.
    pub(in crate::cli) fn measure(
        &self,
        base: &Side,
        new: &Side,
        built: &[Built],
    ) -> Result<Pair, Error> {
        let began = SystemTime::now();
        let first =
            built.first().expect("there is a build of each layout, and one layout at least");
        // Told, and kept from others, before the long work.
        let staging = self.store.begin(&base.label, base.mode)?;
        let scratch = Scratch::new(self.target_directory)?;
        let describe = |side: &Side, build: &Build, time| {
            describe(&[self.arguments], &side.label, time, build, self.store.root(), self.session)
        };
        let facts = examine::examine(self.console);
        let mut base_capture = describe(base, &first.base, began)?;
        examine::note(&facts, &mut base_capture);
        // The new one is the newer one, also where times are all that tells.
        let mut new_capture = describe(new, &first.new, began + Duration::from_secs(1))?;
        examine::note(&facts, &mut new_capture);
        new_capture.beside = Some(Beside {
            label: base_capture.label.clone(),
            id: base_capture.id.clone(),
            looks: self.arguments.measure.looks(),
            layouts: u32::try_from(built.len()).unwrap_or(u32::MAX),
        });

        for (capture, side, build) in
            [(&mut base_capture, base, &first.base), (&mut new_capture, new, &first.new)]
        {
            // Whatever it builds is not for the other side.
            let folder = Some(&*side.target_directory);
            let parities = &self.config.parities;
            let root = &build.workspace_root;
            if !parities.is_empty() {
                self.console.status("Checking", &format!("whether {} is right", side.label));
            }
            capture.parities =
                parity::outcomes(parities, root, folder, self.session, self.console)?;
        }
        let measure = shared(&self.arguments.measure, built.len());
        choice::check([&measure].into_iter())?;
        let meters = Meters::new(self.config, &scratch.path);
        let recorders =
            choice::choose(&measure, self.session, &scratch.path, &facts, self.console)?;
        let planned: Vec<[Vec<Planned>; 2]> = built
            .iter()
            .map(|built| Ok([self.list(&built.base, &meters)?, self.list(&built.new, &meters)?]))
            .collect::<Result<_, Error>>()?;
        let mut whole: Vec<Benchmark<'_>> = Vec::new();
        let mut paired = 0;
        let mut layouts: Vec<(BenchmarkId, Vec<[Timing; 2]>)> = Vec::new();
        let myself = myself()?;
        let place = Place {
            timeout: measure.timeout,
            scratch: &scratch.path,
            session: self.session,
            console: self.console,
        };
        let pass = Pass {
            meters: &meters,
            arguments: &measure,
            recorder: recorders.sampler.as_ref(),
            myself: &myself,
            place,
        };
        let watch = Watch::begin();
        for (index, [base_planned, new_planned]) in planned.iter().enumerate() {
            let jobs = |planned| plan::jobs(planned, &self.arguments.filters, self.arguments.exact);
            let (base_jobs, new_jobs) = (jobs(base_planned), jobs(new_planned));
            if new_jobs.is_empty() && base_jobs.is_empty() {
                return Err(nothing_selected(self.arguments, new_planned));
            }
            let here: HashSet<BenchmarkId> = new_jobs.iter().map(|job| job.id.clone()).collect();
            let (base_jobs, vanished): (Vec<_>, Vec<_>) =
                base_jobs.into_iter().partition(|job| here.contains(&job.id));
            let mut benchmarks = benchmark::pair_up(new_jobs, base_jobs);
            let paired_here = benchmarks.len();
            // What is not there any more has times in the base's capture still.
            benchmarks.extend(vanished.into_iter().map(|job| Benchmark::new(job, None)));
            pass.measure(&mut benchmarks)?;
            if built.len() > 1 {
                note_layout(&mut layouts, &benchmarks);
            }
            if index == 0 {
                // Other layouts add to these; what only they list is left out.
                (whole, paired) = (benchmarks, paired_here);
            } else {
                for (at, benchmark) in benchmarks.into_iter().enumerate() {
                    let same = |one: &&mut Benchmark<'_>| one.own.id == benchmark.own.id;
                    let (of_new, of_base) = whole.split_at_mut(paired);
                    let side = if at < paired_here { of_new } else { of_base };
                    if let Some(whole) = side.iter_mut().find(same) {
                        add(whole, benchmark);
                    }
                }
            }
        }

        let roots = [&first.base, &first.new].map(|built| store::roots(&built.workspace_root));
        let names = roots.each_ref().map(|roots| store::Names::new(roots, &myself));
        Counter {
            counters: &recorders.counters,
            known_of_base: &HashSet::new(),
            names: &names,
            place,
        }
        .count(&mut whole)?;

        let meanwhile = watch.end();
        for capture in [&mut base_capture, &mut new_capture] {
            capture.machine.conditions.meanwhile = meanwhile;
        }

        // The base's side as a capture of its own.
        let vanished = whole.split_off(paired);
        let mut of_base: Vec<Benchmark<'_>> = whole
            .iter_mut()
            .filter_map(|benchmark| benchmark.base.take())
            .chain(vanished.into_iter().map(|benchmark| benchmark.own))
            .map(|job| Benchmark::new(job, None))
            .collect();
        let names_of_base = [names[0]; 2];
        let base_stored = store::store(
            staging,
            base_capture,
            std::slice::from_ref(&recorders),
            &of_base,
            &names_of_base,
        )?;
        // Its counts are in its own capture now.
        of_base.iter_mut().for_each(|benchmark| benchmark.own.counts.clear());
        for benchmark in &mut whole {
            if let Some(at) = of_base.iter().position(|one| one.own.id == benchmark.own.id) {
                benchmark.base = Some(of_base.swap_remove(at).own);
            }
        }
        let staging = self.store.begin(&new.label, new.mode)?;
        let new_stored = store::store(staging, new_capture, &[recorders], &whole, &names)?;
        Ok(Pair { base: base_stored, new: new_stored, layouts })
    }

    fn list(&self, build: &Build, meters: &Meters) -> Result<Vec<Planned>, Error> {
        let timeout = self.arguments.measure.timeout;
        let arguments = &self.arguments.arguments;
        let mut executables = build.executables.clone();
        executables.iter_mut().for_each(|executable| meters.tell(executable));
        Ok(plan::list(executables, arguments, timeout, self.session, self.console)?)
    }
}

/// Has copies of programs run in place of those that the next build of the same sources replaces.
/// Benches and tests have other names in each layout.
fn keep_programs(build: &mut Build) -> Result<Kept, Error> {
    let kept = Kept::open(&build.target_directory);
    for executable in &mut build.executables {
        if matches!(executable.kind, TargetKind::Bin | TargetKind::Example)
            && executable.harness == Harness::Process
        {
            *executable = kept.keep(executable).map_err(|reason| {
                Error::usage(
                    format!("{} cannot be measured in several layouts: {reason}", executable.name),
                    "leave out --layouts",
                )
            })?;
        }
    }
    Ok(kept)
}

/// Pairs of each layout where there are several and nobody says how many; fewer would not tell
/// how much they scatter.
const PAIRS: u32 = 12;
const PROFILED: u32 = 2;

/// The arguments for one of several layouts.
fn shared(measure: &MeasureArgs, layouts: usize) -> MeasureArgs {
    if layouts <= 1 {
        return measure.clone();
    }
    let layouts = u32::try_from(layouts).unwrap_or(u32::MAX);
    MeasureArgs {
        runs: Some(measure.runs.map_or(PAIRS, |runs| runs.div_ceil(layouts))),
        profile_runs: Some(
            measure.profile_runs.or(measure.runs).map_or(PROFILED, |runs| runs.div_ceil(layouts)),
        ),
        max_time: measure.max_time.map(|time| time / layouts),
        ..measure.clone()
    }
}

fn note_layout(layouts: &mut Vec<(BenchmarkId, Vec<[Timing; 2]>)>, benchmarks: &[Benchmark<'_>]) {
    for Benchmark { own, base, .. } in benchmarks {
        let Some(base) = base else { continue };
        let times = [base.timing.clone(), own.timing.clone()];
        match layouts.iter_mut().find(|(id, _)| *id == own.id) {
            Some((_, all)) => all.push(times),
            None => layouts.push((own.id.clone(), vec![times])),
        }
    }
}

/// Adds the runs of the same benchmark in another layout.
fn add<'a>(whole: &mut Benchmark<'a>, more: Benchmark<'a>) {
    let both = |whole: &mut Job<'a>, more: Job<'a>| {
        whole.metrics.append(whole.timing.runs.len(), more.metrics);
        whole.timing.runs.extend(more.timing.runs);
        let runs = u32::try_from(whole.iteration_ns.len()).unwrap_or(u32::MAX);
        match (&mut whole.profile, more.profile) {
            (Some(profile), Some(more)) => profile.append(more.profile(), runs),
            (profile @ None, Some(more)) => *profile = Some(more),
            (_, None) => {}
        }
        whole.iteration_ns.extend(more.iteration_ns);
        whole.health += more.health;
        whole.failure = whole.failure.take().or(more.failure);
    };
    // Run i of both sides is a pair: a base that failed in a layout before gets no more runs.
    let is_paired = whole.is_paired();
    both(&mut whole.own, more.own);
    if let (Some(whole), Some(more)) = (&mut whole.base, more.base)
        && is_paired
    {
        both(whole, more);
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn layouts_share_runs_and_time() {
        let words = ["perfbase", "capture", "--max-time", "60", "--runs", "10"];
        let Command::Capture(arguments) = Cli::try_parse_from(words).unwrap().command else {
            panic!("it is another command");
        };
        let of = |layouts| {
            let measure = shared(&arguments.measure, layouts);
            (measure.max_time.unwrap().as_secs(), measure.runs.unwrap())
        };
        assert_eq!((of(1), of(3)), ((60, 10), (20, 4)));
    }
}
