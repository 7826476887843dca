//! What was counted of a benchmark on both sides.

use crate::diff::{BenchmarkDiff, CountDiff, CountSide, Verdict};
use crate::model::{CountSummary, Weight};

use super::diff::{ViewOptions, plural};
use super::functions::{ProfileView, significant};
use super::quantity::{self, Scale};
use super::{NOT_AVAILABLE, Tone};

/// What is said of a count that one side lacks.
const NOT_COMPARED: &str = "not compared";

/// One measure of one benchmark, worded.
#[derive(Clone, Debug, PartialEq)]
pub struct CountView {
    /// `instructions`, `allocations`, `allocated bytes`.
    pub what: &'static str,
    /// The same for a narrow column: `bytes`.
    pub unit: &'static str,
    /// The base's count per iteration.
    pub base: String,
    /// The new one.
    pub new: String,
    /// Change per iteration.
    pub change: String,
    /// Relative change.
    pub ratio: String,
    /// `more`, `fewer`, `equal`, `inconclusive`, and `not compared` where one side lacks it.
    pub verdict: &'static str,
    /// The same as a tone.
    pub tone: Tone,
    /// What the figures rest on.
    pub basis: String,
    /// Functions; `None` where no function certainly has another count than before.
    pub profile: Option<ProfileView>,
}

impl CountView {
    pub(super) fn new(count: &CountDiff, options: &ViewOptions) -> Self {
        let sides = [&count.base, &count.new].map(Option::as_ref);
        let whole = |side: &CountSide| side.count().fract() == 0.0;
        let scale = Scale::counted("", sides.iter().flatten().all(|side| whole(side)));
        let number = |side: Option<&CountSide>| {
            side.map_or(NOT_AVAILABLE.to_owned(), |side| scale.number(side.count()))
        };
        let moved =
            count.profile.as_ref().is_some_and(|profile| profile.functions.iter().any(significant));
        let compared = count.delta.is_some();
        Self {
            what: name(count.measure),
            unit: count.measure.cost_unit(),
            base: number(sides[0]),
            new: number(sides[1]),
            change: count.delta.map_or(NOT_AVAILABLE.to_owned(), |delta| scale.signed(delta)),
            ratio: count.ratio().map_or(NOT_AVAILABLE.to_owned(), quantity::ratio),
            verdict: if compared { word(count.verdict) } else { NOT_COMPARED },
            tone: if compared { tone(count.verdict) } else { Tone::Neutral },
            basis: basis(count),
            profile: count
                .profile
                .as_ref()
                .filter(|_| compared && (moved || options.all))
                .map(|profile| ProfileView::new(profile, None, options)),
        }
    }

    /// Whether both sides counted the same.
    pub fn is_equal(&self) -> bool {
        self.verdict == Verdict::Unchanged.of_amount() && self.profile.is_none()
    }

    /// Whether one side has not counted it.
    pub fn is_one_sided(&self) -> bool {
        self.verdict == NOT_COMPARED
    }

    /// Its figures in one line: `instructions: 12,345 → 12,467 (+122, +1.0 %), more`.
    pub fn line(&self) -> String {
        let Self { what, base, new, change, ratio, verdict, .. } = self;
        if self.verdict == Verdict::Unchanged.of_amount() {
            return format!("{what}: {new} on both sides, equal to the last digit");
        }
        let ratio = if ratio == NOT_AVAILABLE { String::new() } else { format!(", {ratio}") };
        format!("{what}: {base} → {new} ({change}{ratio}), {verdict}")
    }
}

/// What was counted of one kind, in a line each: `12,345 instructions per iteration, equal in 2
/// runs`.
pub fn count_lines(count: &CountSummary) -> Vec<String> {
    let runs = plural(count.runs.len() as u64, "run");
    let mut lines: Vec<String> = count
        .kind
        .measures()
        .map(|measure| {
            let (low, high) = count.per_iteration(measure);
            let scale = Scale::counted("", low.fract() == 0.0 && high.fract() == 0.0);
            let number = match low == high {
                true => scale.number(low),
                false => format!("{} to {}", scale.number(low), scale.number(high)),
            };
            let repeats = match count.is_repeatable {
                None => "counted once".to_owned(),
                Some(true) => format!("equal in {runs}"),
                Some(false) => format!("not the same in {runs}"),
            };
            format!("{number} {} per iteration, {repeats}", noun(measure, high))
        })
        .collect();
    if let Some(run) = count.runs.first() {
        let heap = [("peak heap", run.peak_bytes), ("never freed", run.unfreed_bytes)];
        let heap: Vec<String> = heap
            .iter()
            .filter_map(|(what, bytes)| Some(format!("{what} {} B", quantity::count((*bytes)?))))
            .collect();
        if !heap.is_empty() {
            lines.push(heap.join(", "));
        }
    }
    lines
}

/// What a measure is called.
pub(super) fn name(measure: Weight) -> &'static str {
    match measure {
        Weight::AllocatedBytes => "allocated bytes",
        other => other.cost_unit(),
    }
}

/// The same of so many.
pub(super) fn noun(measure: Weight, number: f64) -> &'static str {
    match measure {
        Weight::Instructions if number.abs() == 1.0 => "instruction",
        Weight::Allocations if number.abs() == 1.0 => "allocation",
        Weight::AllocatedBytes if number.abs() == 1.0 => "allocated byte",
        other => name(other),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::New | Verdict::Vanished => NOT_COMPARED,
        other => other.of_amount(),
    }
}

fn tone(verdict: Verdict) -> Tone {
    Tone::of(verdict)
}

fn basis(count: &CountDiff) -> String {
    let sides: Vec<&CountSide> = count.base.iter().chain(&count.new).collect();
    let arrow = |figure: &dyn Fn(&CountSide) -> String| -> String {
        let texts: Vec<String> = sides.iter().map(|side| figure(side)).collect();
        match &texts[..] {
            [base, new] if base == new => base.clone(),
            _ => texts.join(" → "),
        }
    };
    let repeats = |side: &CountSide| match side.is_repeatable {
        None => "counted once".to_owned(),
        Some(true) => format!("equal in {}", plural(side.counts.len() as u64, "run")),
        Some(false) => format!(
            "{} apart in {}",
            quantity::share(side.spread()),
            plural(side.counts.len() as u64, "run")
        ),
    };
    format!("{} counted, {}", arrow(&|side| plural(side.iterations, "iteration")), arrow(&repeats))
}

/// The most telling change of what was counted: of instructions, else of allocations, else bytes.
pub(super) fn first_change(benchmark: &BenchmarkDiff) -> Option<&CountDiff> {
    let changed = |count: &&CountDiff| matches!(count.verdict, Verdict::Slower | Verdict::Faster);
    benchmark.counts.iter().find(changed)
}

/// `instructions: 1 more, 2 equal; allocations: 3 equal` of all benchmarks that both sides counted;
/// and how that is for the reader. Simulated events go together.
pub(super) fn summary(benchmarks: &[BenchmarkDiff]) -> (Vec<String>, Tone) {
    const VERDICTS: [Verdict; 4] =
        [Verdict::Slower, Verdict::Faster, Verdict::Inconclusive, Verdict::Unchanged];
    const NAMES: [&str; 4] = ["instructions", "allocations", "allocated bytes", "simulated events"];
    let group = |measure: Weight| match measure {
        Weight::Event(_) => NAMES[3],
        plain => name(plain),
    };
    let mut parts: Vec<String> = Vec::new();
    let mut all = Tone::Neutral;
    let mut blocks = String::new();
    for of in NAMES {
        let counted: Vec<Verdict> = benchmarks
            .iter()
            .flat_map(|benchmark| &benchmark.counts)
            .filter(|count| group(count.measure) == of && count.delta.is_some())
            .map(|count| count.verdict)
            .collect();
        let words: Vec<String> = VERDICTS
            .iter()
            .map(|verdict| (verdict, counted.iter().filter(|one| *one == verdict).count()))
            .filter(|(_, number)| *number > 0)
            .map(|(verdict, number)| format!("{number} {}", word(*verdict)))
            .collect();
        if words.is_empty() {
            continue;
        }
        let words = words.join(", ");
        if counted.contains(&Verdict::Slower) {
            all = Tone::Bad;
        } else if counted.contains(&Verdict::Faster) && all != Tone::Bad {
            all = Tone::Good;
        }
        if of == name(Weight::Allocations) {
            blocks.clone_from(&words);
        } else if of == name(Weight::AllocatedBytes) && words == blocks {
            // Bytes follow blocks.
            continue;
        }
        parts.push(format!("{of}: {words}"));
    }
    (parts, all)
}
