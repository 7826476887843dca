//! The view of a whole comparison: the answer first.

use crate::diff::{self, BenchmarkDiff, Comparison, CountDiff};
use crate::gate::Verdict;
use crate::model::{BenchmarkId, Capture, Severity, SortFew as _};

use super::benchmark::BenchmarkView;
use super::gate::GateView;
use super::ladder::LadderView;
use super::lead::{self, Lead};
use super::notes::{NoteView, notes};
use super::{Tone, counts, quantity};

/// How much of a comparison to show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewOptions {
    /// Functions and paths shown for each benchmark.
    pub top: usize,
    /// Show everything: all functions, paths and benchmarks, also those that did not change.
    pub all: bool,
    /// Smallest share of the benchmark that makes a path worth naming.
    pub hot_path: f64,
    /// Show by which calls each function is reached.
    pub call_paths: bool,
}

impl Default for ViewOptions {
    fn default() -> Self {
        Self { top: 10, all: false, hot_path: 0.05, call_paths: false }
    }
}

/// A comparison, worded.
#[derive(Clone, Debug, PartialEq)]
pub struct DiffView {
    /// The capture compared against.
    pub base: SideView,
    /// The capture that is judged.
    pub new: SideView,
    /// The answer in one line: `2 benchmarks slower, 1 faster, 5 unchanged`.
    pub summary: String,
    /// What that answer means to the reader.
    pub tone: Tone,
    /// The facts behind it, the largest first.
    pub leads: Vec<Lead>,
    /// What the team's rules say; `None` without rules.
    pub gate: Option<GateView>,
    /// What has to be known before any figure, the gravest first.
    pub notes: Vec<NoteView>,
    /// Benchmarks at several levels of load.
    pub ladders: Vec<LadderView>,
    /// Slower ones first, then faster ones, failures, and whatever did not change.
    pub benchmarks: Vec<BenchmarkView>,
    /// What to do about benchmarks of which nothing can be said.
    pub advice: Option<String>,
}

/// One of the two captures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideView {
    /// Its label.
    pub label: String,
    /// When it began.
    pub time: String,
    /// Short hash of the commit, with `+dirty` where files differed from it.
    pub commit: Option<String>,
}

impl SideView {
    pub(super) fn new(capture: &Capture) -> Self {
        Self {
            label: capture.label.to_string(),
            time: short_time(&capture.time),
            commit: short_commit(capture),
        }
    }
}

/// `2026-11-20T23:12:05.123Z` → `2026-11-20 23:12`.
pub(super) fn short_time(time: &str) -> String {
    match (time.get(..10), time.get(10..11), time.get(11..16)) {
        (Some(day), Some("T"), Some(minute)) => format!("{day} {minute}"),
        _ => time.to_owned(),
    }
}

/// `2890398`, `2890398+dirty`.
pub(super) fn short_commit(capture: &Capture) -> Option<String> {
    let commit = capture.commit.as_ref()?;
    let hash: String = commit.hash.chars().take(9).collect();
    Some(if commit.dirty { format!("{hash}+dirty") } else { hash })
}

impl DiffView {
    /// Words a comparison, and what the rules say of it.
    pub fn new(comparison: &Comparison, verdict: &Verdict, options: &ViewOptions) -> Self {
        let names = Names::new(comparison.benchmarks.iter().map(|b| &b.id));
        let mut order: Vec<&BenchmarkDiff> = comparison.benchmarks.iter().collect();
        // A stable sort: equal ones stay in the order of their ids.
        order.sort_few_by(|a, b| {
            let key = |b| (rank(b), -magnitude(b));
            let ((rank_a, size_a), (rank_b, size_b)) = (key(a), key(b));
            rank_a.cmp(&rank_b).then(size_a.total_cmp(&size_b))
        });
        let mut views: Vec<BenchmarkView> =
            order.iter().map(|b| BenchmarkView::new(b, names.short(&b.id), options)).collect();
        if !options.all {
            views.iter_mut().filter(|view| view.detailed).skip(options.top).for_each(|view| {
                view.detailed = false;
            });
        }
        let (summary, tone) = summary(&comparison.benchmarks);
        Self {
            base: SideView::new(&comparison.base),
            new: SideView::new(&comparison.new),
            summary,
            tone,
            leads: lead::leads(&order, &names),
            gate: GateView::new(verdict, comparison.benchmarks.iter().map(|b| &b.id), options.all),
            notes: notes(&comparison.notes, &names, |id| {
                order.iter().zip(&views).any(|(b, view)| b.id == *id && view.detailed)
            }),
            ladders: comparison
                .ladders
                .iter()
                .map(|ladder| LadderView::of_comparison(ladder, &names))
                .collect(),
            benchmarks: views,
            advice: advice(comparison),
        }
    }
}

impl DiffView {
    /// What is equal to the last digit, in one sentence; `None` where nothing is.
    pub fn equal_counts(&self) -> Option<String> {
        let counts = || self.benchmarks.iter().flat_map(|benchmark| &benchmark.counts);
        let mut measures: Vec<&str> = Vec::new();
        for count in counts().filter(|count| count.is_equal()) {
            if !measures.contains(&count.what) {
                measures.push(count.what);
            }
        }
        let of = |what: &str| {
            let all = counts().filter(|count| count.what == what);
            let (equal, others): (Vec<_>, Vec<_>) = all.partition(|count| count.is_equal());
            let number = plural(equal.len() as u64, "benchmark");
            let other = if others.is_empty() { "" } else { "other " };
            match number.split_once(' ') {
                Some((number, noun)) => format!("{what} of {number} {other}{noun}"),
                None => what.to_owned(),
            }
        };
        let list: Vec<String> = measures.into_iter().map(of).collect();
        (!list.is_empty())
            .then(|| format!("Counted and equal to the last digit: {}.", list.join(", ")))
    }
}

/// More runs help where there is a change to narrow down; they do not help the same program.
fn advice(comparison: &Comparison) -> Option<String> {
    let same = |id: &BenchmarkId| {
        let about = |of: &Option<BenchmarkId>| of.as_ref().is_none_or(|of| of == id);
        comparison.notes.iter().any(|note| note.check == "program" && about(&note.benchmark))
    };
    let refused = |id: &BenchmarkId| {
        comparison.notes.iter().any(|note| {
            note.severity == Severity::Refuse && note.benchmark.as_ref().is_none_or(|of| of == id)
        })
    };
    let unclear = |b: &BenchmarkDiff| {
        Outcome::of(b) == Outcome::Judged(diff::Verdict::Inconclusive)
            && b.timing.as_ref().is_some_and(|timing| timing.change.is_some())
            && !same(&b.id)
            && !refused(&b.id)
    };
    let open: Vec<_> = comparison.benchmarks.iter().filter(|b| unclear(b)).collect();
    let in_turns = |b: &&BenchmarkDiff| {
        b.timing.as_ref().is_some_and(|timing| timing.design.pairs().is_some())
    };
    if open.is_empty() {
        return None;
    }
    if !open.iter().all(in_turns) {
        return Some(
            "Inconclusive: what the runs show may still be chance, or the machine's drift between \
             the captures. Measured in turns they tell more: check out the first one's code, capture it, \
             and capture the second right after it; or cargo perfbase ab."
                .to_owned(),
        );
    }
    let more: Option<Vec<usize>> =
        open.iter().map(|b| b.timing.as_ref().and_then(|timing| timing.more_pairs)).collect();
    let number = more.and_then(|more| more.into_iter().max()).map_or_else(
        || "More pairs may".to_owned(),
        |more| format!("About {} would", plural(more as u64, "more pair")),
    );
    Some(format!(
        "Inconclusive: the pairs measured so far leave open whether there is a change that matters. \
         {number} settle it (capture --against {} --precision 1%), fewer on a machine that is \
         otherwise idle.",
        comparison.base.label
    ))
}

/// Ids cut to what tells them apart.
pub(super) struct Names {
    package: bool,
    target: bool,
}

impl Names {
    pub(super) fn new<'a>(ids: impl Iterator<Item = &'a BenchmarkId> + Clone) -> Self {
        let first = ids.clone().next();
        let differs = |same: fn(&BenchmarkId, &BenchmarkId) -> bool| {
            first.is_some_and(|first| ids.clone().any(|id| !same(first, id)))
        };
        let package = differs(|a, b| a.package == b.package);
        Self { package, target: package || differs(|a, b| a.target == b.target) }
    }

    pub(super) fn short(&self, id: &BenchmarkId) -> String {
        match (self.package, self.target) {
            (true, _) => id.to_string(),
            (false, true) => format!("{}/{}", id.target, id.benchmark),
            (false, false) => id.benchmark.clone(),
        }
    }
}

/// What is said of a benchmark as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Judged(diff::Verdict),
    Failed,
    ProfileOnly,
    /// Not timed, but counted.
    Counted,
    /// There on both sides, and timed on one of them.
    OneSided,
}

impl Outcome {
    pub(super) fn of(benchmark: &BenchmarkDiff) -> Self {
        match &benchmark.timing {
            _ if benchmark.new_failure.is_some() => Self::Failed,
            Some(timing)
                if timing.verdict == diff::Verdict::Inconclusive
                    && (timing.base.is_none() || timing.new.is_none()) =>
            {
                Self::OneSided
            }
            Some(timing) => Self::Judged(timing.verdict),
            None if benchmark.base_failure.is_some() => Self::Failed,
            None if !benchmark.counts.is_empty() => Self::Counted,
            None => Self::ProfileOnly,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Judged(verdict) => verdict.as_str(),
            Self::Failed => "failed",
            Self::ProfileOnly => "not timed",
            Self::Counted => "counted",
            Self::OneSided => "not compared",
        }
    }

    pub(super) fn tone(self) -> Tone {
        match self {
            Self::Judged(verdict) => Tone::of(verdict),
            Self::Failed => Tone::Bad,
            Self::ProfileOnly | Self::Counted | Self::OneSided => Tone::Neutral,
        }
    }
}

/// Outcomes in the order in which they are told.
const OUTCOMES: [Outcome; 10] = [
    Outcome::Judged(diff::Verdict::Slower),
    Outcome::Judged(diff::Verdict::Faster),
    Outcome::Failed,
    Outcome::Judged(diff::Verdict::Inconclusive),
    Outcome::Counted,
    Outcome::ProfileOnly,
    Outcome::OneSided,
    Outcome::Judged(diff::Verdict::New),
    Outcome::Judged(diff::Verdict::Vanished),
    Outcome::Judged(diff::Verdict::Unchanged),
];

fn rank(benchmark: &BenchmarkDiff) -> usize {
    let outcome = Outcome::of(benchmark);
    OUTCOMES.iter().position(|&o| o == outcome).unwrap_or(OUTCOMES.len())
}

fn magnitude(benchmark: &BenchmarkDiff) -> f64 {
    let change = benchmark.timing.as_ref().and_then(|timing| timing.change);
    // A halving weighs as much as a doubling.
    let size = |ratio: f64| (1.0 + ratio).max(f64::MIN_POSITIVE).ln().abs();
    match change {
        Some(change) => size(change.ratio),
        None => counts::first_change(benchmark).and_then(CountDiff::ratio).map_or(0.0, size),
    }
}

fn summary(benchmarks: &[BenchmarkDiff]) -> (String, Tone) {
    let number = |outcome| benchmarks.iter().filter(|b| Outcome::of(b) == outcome).count();
    let mut text = String::new();
    for outcome in OUTCOMES {
        let count = number(outcome);
        if count == 0 {
            continue;
        }
        if text.is_empty() {
            let noun = if count == 1 { "benchmark" } else { "benchmarks" };
            text = format!("{count} {noun} {}", outcome.word());
        } else {
            text.push_str(&format!(", {count} {}", outcome.word()));
        }
    }
    if text.is_empty() {
        return ("There is no benchmark to compare".to_owned(), Tone::Warn);
    }
    let (counted, tone_of_counts) = counts::summary(benchmarks);
    for part in counted {
        text.push_str("; ");
        text.push_str(&part);
    }
    let any = |outcome| number(outcome) > 0;
    let tone = if any(Outcome::Judged(diff::Verdict::Slower)) || any(Outcome::Failed) {
        Tone::Bad
    } else if any(Outcome::Judged(diff::Verdict::Faster)) {
        Tone::Good
    } else {
        tone_of_counts
    };
    (text, tone)
}

/// Longest message, or name in one, in characters.
const MESSAGE: usize = 600;

/// What came from outside and should be a sentence, cut where it is far more than that.
pub(super) fn clip(text: &str) -> String {
    if text.len() <= MESSAGE || text.chars().count() <= MESSAGE {
        return text.to_owned();
    }
    text.chars().take(MESSAGE - 1).chain(['…']).collect()
}

/// `1 run`, `1,234 runs`.
pub(super) fn plural(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", quantity::count(number), if number == 1 { "" } else { "s" })
}
