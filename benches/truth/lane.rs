//! A lane: cases one after the other, on processors of its own.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::Result;
use crate::calibration::{self, Slope, Slopes};
use crate::cases::{Case, Change};
use crate::perfbase_command::Perfbase;
use crate::results::Outcome;
use crate::score::score;
use crate::subjects::{SUBJECTS, Subject, Variant, copy_capture};

/// What all lanes share.
pub(crate) struct Shared {
    pub(crate) root: PathBuf,
    /// Where the published versions are.
    pub(crate) published: Vec<Option<PathBuf>>,
    /// Digest of the executable under test.
    pub(crate) program: String,
    pub(crate) seed: u64,
    pub(crate) lanes: usize,
    pub(crate) slopes: Mutex<Slopes>,
}

pub(crate) struct Lane<'a> {
    shared: &'a Shared,
    perfbase: Perfbase,
    folder: PathBuf,
    /// Subjects whose base was captured by this process.
    ready: HashSet<usize>,
}

const LABEL_BASE: &str = "base";
const LABEL_NEW: &str = "new";

impl<'a> Lane<'a> {
    pub(crate) fn new(shared: &'a Shared, number: usize, perfbase: Perfbase) -> Self {
        let folder = shared.root.join("lanes").join(number.to_string());
        Self { shared, perfbase, folder, ready: HashSet::new() }
    }

    /// Does a case. What goes wrong in it is part of the outcome.
    pub(crate) fn run(&mut self, case: &Case) -> Outcome {
        let subject = case.subject();
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let clock = Instant::now();
        let (change, place, percent) = match case.change {
            Change::Constant(_) => ("constant", None, 0.0),
            Change::Layout(..) => ("layout", None, 0.0),
            Change::Plant { place, percent } => {
                ("plant", Some(subject.places[place].function.to_owned()), percent)
            }
        };
        let mut outcome = Outcome {
            seed: self.shared.seed,
            case: case.number,
            began,
            seconds: 0.0,
            lanes: self.shared.lanes,
            load: None,
            kind: case.kind.name.to_owned(),
            subject: subject.name.to_owned(),
            harness: subject.harness.to_owned(),
            budget: case.kind.budget.name.to_owned(),
            paired: case.kind.is_paired,
            change: change.to_owned(),
            place,
            percent,
            steps: 0.0,
            truth: 0.0,
            truth_error: 0.0,
            failure: None,
            score: None,
        };
        if let Err(error) = self.measure(case, &mut outcome) {
            outcome.failure = Some(error.to_string());
        }
        outcome.load = load();
        outcome.seconds = clock.elapsed().as_secs_f64();
        outcome
    }

    fn measure(&mut self, case: &Case, outcome: &mut Outcome) -> Result<()> {
        let subject = case.subject();
        self.prepare(case.subject)?;
        let variant = match case.change {
            Change::Constant(seed) => Variant { seed, ..Variant::default() },
            Change::Layout(size, is_first) => {
                Variant { padding: (size, is_first), ..Variant::default() }
            }
            Change::Plant { place, percent } => {
                let slope = self.slope(subject, place)?;
                let more = slope.steps(percent / 100.0);
                outcome.steps = more;
                (outcome.truth, outcome.truth_error) = slope.change(more);
                let steps = (subject.places[place].steps as f64 + more).max(0.0) as u64;
                Variant { steps: Some((place, steps)), ..Variant::default() }
            }
        };
        let captures = folder_of(&self.shared.root, self.shared.seed, case.number);
        if captures.exists() {
            fs::remove_dir_all(&captures)?;
        }
        let arguments = case.kind.budget.arguments;
        if case.kind.is_paired {
            copy_capture(&self.base(subject).join(LABEL_BASE), &captures.join(LABEL_BASE))?;
            let mut more = vec!["--against", LABEL_BASE];
            more.extend(arguments);
            self.capture(subject, variant, &captures, LABEL_NEW, &more)?;
        } else {
            let mut more = vec!["--against", "none"];
            more.extend(arguments);
            self.capture(subject, Variant::default(), &captures, LABEL_BASE, &more)?;
            self.capture(subject, variant, &captures, LABEL_NEW, &more)?;
        }
        let place = outcome.place.as_deref();
        let program = &self.shared.program;
        outcome.score = Some(score(&self.perfbase, program, &captures, place, case.number)?);
        Ok(())
    }

    /// Has a subject's sources, and a capture of its base whose executable can be run.
    fn prepare(&mut self, index: usize) -> Result<()> {
        if self.ready.contains(&index) {
            return Ok(());
        }
        let subject = &SUBJECTS[index];
        let published = self.shared.published[index].as_deref();
        subject.copy(published, &self.original(subject))?;
        subject.copy(published, &self.sources(subject))?;
        let few = ["--against", "none", "--runs", "3", "--profiler", "none"];
        self.capture(subject, Variant::default(), &self.base(subject), LABEL_BASE, &few)?;
        self.ready.insert(index);
        Ok(())
    }

    fn capture(
        &self,
        subject: &Subject,
        variant: Variant,
        profiles: &Path,
        label: &str,
        more: &[&str],
    ) -> Result<()> {
        let sources = self.sources(subject);
        subject.write(&self.original(subject), &sources, variant)?;
        let benchmark = (subject.target, subject.benchmark);
        self.perfbase.capture(benchmark, &sources, profiles, label, more)
    }

    /// What a step in a place does; measured if that is not known yet.
    fn slope(&self, subject: &Subject, place: usize) -> Result<Slope> {
        let function = subject.places[place].function;
        // Other lanes wait: they would calibrate the same.
        let slopes = self.shared.slopes.lock().map_err(|_| "another lane died")?;
        if let Some(slope) = slopes.get(function)? {
            return Ok(slope);
        }
        let slope = self.calibrate(subject, place, calibration::PAIRS)?;
        slopes.set(function, slope)?;
        Ok(slope)
    }

    /// Measures all places again that changes were put into.
    pub(crate) fn recalibrate(&mut self) -> Result<()> {
        for (index, subject) in SUBJECTS.iter().enumerate() {
            self.prepare(index)?;
            for place in 0..subject.changed_places() {
                let slope = self.calibrate(subject, place, calibration::MANY_PAIRS)?;
                let slopes = self.shared.slopes.lock().map_err(|_| "another lane died")?;
                slopes.set(subject.places[place].function, slope)?;
            }
        }
        Ok(())
    }

    fn calibrate(&self, subject: &Subject, place: usize, pairs: &str) -> Result<Slope> {
        let profiles = self.folder.join("calibration").join(subject.name);
        let base = self.base(subject);
        copy_capture(&base.join(LABEL_BASE), &profiles.join(LABEL_BASE))?;
        let typical = calibration::typical(&base, LABEL_BASE)?;
        let more = calibration::first_guess(typical, subject.places[place].calls);
        let steps = subject.places[place].steps + more;
        let variant = Variant { steps: Some((place, steps)), ..Variant::default() };
        let pairs = ["--against", LABEL_BASE, "--runs", pairs, "--profiler", "none"];
        for _ in 0..calibration::ATTEMPTS {
            self.capture(subject, variant, &profiles, LABEL_NEW, &pairs)?;
            let slope = calibration::slope(&profiles, more)?;
            if slope.is_precise() {
                return Ok(slope);
            }
        }
        Err("the machine is too busy to know how much work makes how large a change".into())
    }

    /// The copy that is changed.
    fn sources(&self, subject: &Subject) -> PathBuf {
        self.folder.join("sources").join(subject.name)
    }

    /// The copy that is not.
    fn original(&self, subject: &Subject) -> PathBuf {
        self.folder.join("originals").join(subject.name)
    }

    /// The store of the base.
    fn base(&self, subject: &Subject) -> PathBuf {
        self.folder.join("bases").join(subject.name)
    }
}

/// The store of a case.
pub(crate) fn folder_of(root: &Path, seed: u64, case: u64) -> PathBuf {
    root.join("captures").join(format!("{seed}-{case}"))
}

/// The load of the last minute, per processor of the machine.
pub(crate) fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let load: f64 = text.split(' ').next()?.parse().ok()?;
    Some(load / std::thread::available_parallelism().ok()?.get() as f64)
}
