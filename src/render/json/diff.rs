//! `perfbase.diff/1`: a comparison.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diff::{self, Comparison};
use crate::gate::Verdict;
use crate::matching::{GroupKind, Rule};
use crate::model::{Area, CountKind, Finding, Severity};
use crate::view;

use super::capture::{Capture, Failure};
use super::gate::Gate;
use super::ladder::LadderOfTwo;
use super::timing::Summary;
use super::{finite, write};

/// A comparison and what the rules say of it, as `perfbase.diff/1`.
pub fn diff(comparison: &Comparison, verdict: &Verdict) -> String {
    let recorder = [&comparison.new, &comparison.base]
        .into_iter()
        .find_map(|capture| capture.recorder.as_ref())
        .map_or("unknown", |recorder| &*recorder.name);
    write(&Diff {
        schema: "perfbase.diff/1",
        base: (&comparison.base).into(),
        new: (&comparison.new).into(),
        comparability: comparison.notes.iter().map(Note::from).collect(),
        benchmarks: comparison
            .benchmarks
            .iter()
            .map(|b| Benchmark::new(b, recorder, comparison))
            .collect(),
        ladders: comparison.ladders.iter().map(LadderOfTwo::from).collect(),
        gate: verdict.into(),
    })
}

#[derive(Serialize)]
struct Diff<'a> {
    schema: &'static str,
    base: Capture<'a>,
    new: Capture<'a>,
    comparability: Vec<Note<'a>>,
    benchmarks: Vec<Benchmark<'a>>,
    ladders: Vec<LadderOfTwo<'a>>,
    gate: Gate<'a>,
}

#[derive(Serialize)]
struct Note<'a> {
    level: &'static str,
    kind: &'a str,
    check: &'a str,
    message: String,
    benchmark: Option<String>,
    /// What was judged, and from where on it is told; for remarks on the data themselves.
    figure: Option<f64>,
    threshold: Option<f64>,
}

#[derive(Serialize)]
struct Benchmark<'a> {
    id: String,
    package: &'a str,
    target: &'a str,
    benchmark: &'a str,
    harness: &'static str,
    timing: Option<Timing>,
    resources: Option<BTreeMap<String, Resource>>,
    profile: Option<Profile<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    counts: Vec<Count<'a>>,
    failure: Option<Sides<Failure<'a>>>,
}

/// One measure of what was counted.
#[derive(Serialize)]
struct Count<'a> {
    measure: &'static str,
    recorder: &'a str,
    base: Option<CountSide>,
    new: Option<CountSide>,
    delta: Option<f64>,
    change: Option<f64>,
    verdict: &'static str,
    profile: Option<Profile<'a>>,
}

#[derive(Serialize)]
struct CountSide {
    /// Per iteration.
    count: f64,
    /// Run by run.
    counts: Vec<f64>,
    iterations: u64,
    repeatable: Option<bool>,
}

#[derive(Serialize)]
struct Sides<T> {
    base: Option<T>,
    new: Option<T>,
}

#[derive(Serialize)]
struct Timing {
    unit: &'static str,
    base: Option<Summary>,
    new: Option<Summary>,
    change: Option<f64>,
    interval: Option<[f64; 2]>,
    confidence: f64,
    p_value: Option<f64>,
    verdict: &'static str,
    detectable: Option<f64>,
    design: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    more_pairs: Option<usize>,
}

#[derive(Serialize)]
struct Resource {
    unit: &'static str,
    base: Option<f64>,
    new: Option<f64>,
    change: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
}

#[derive(Serialize)]
struct Profile<'a> {
    unit: &'static str,
    recorder: &'a str,
    base: Option<Side>,
    new: Option<Side>,
    delta: Option<f64>,
    functions: Vec<Function<'a>>,
    hot_paths: Vec<HotPath<'a>>,
    groups: Vec<Group<'a>>,
    refactors: Vec<Refactor<'a>>,
    unmatched: UnmatchedShare,
    low_confidence: bool,
    unexplained: f64,
    unexplained_interval: Option<[f64; 2]>,
    design: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs: Option<usize>,
    exact: bool,
}

#[derive(Serialize)]
struct Side {
    samples: u64,
    runs: u32,
    frequency_hz: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown_share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncated_share: Option<f64>,
    lost_samples: u64,
    cost: Option<f64>,
}

#[derive(Serialize)]
struct Costs {
    self_share: f64,
    total_share: f64,
    self_cost: Option<f64>,
    total_cost: Option<f64>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    #[serde(rename = "crate")]
    krate: Option<&'a str>,
    module: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<u32>,
    base: Option<Costs>,
    new: Option<Costs>,
    delta_self_cost: Option<f64>,
    delta_total_cost: Option<f64>,
    interval: Option<[f64; 2]>,
    interval_self: Option<[f64; 2]>,
    verdict: &'static str,
    verdict_total: &'static str,
    #[serde(rename = "match")]
    matched: Match<'a>,
    moved: Option<Moved<'a>>,
    same_code: bool,
}

#[derive(Serialize)]
struct Match<'a> {
    kind: &'static str,
    rule: Option<&'static str>,
    from: Option<&'a str>,
    confidence: Option<f64>,
    /// Index in `refactors`.
    refactor: Option<usize>,
}

#[derive(Serialize)]
struct Moved<'a> {
    within: &'static str,
    name: &'a str,
    delta: f64,
}

/// Functions that changed places.
#[derive(Serialize)]
struct Refactor<'a> {
    kind: &'static str,
    caller: Option<&'a str>,
    base: &'a [String],
    new: &'a [String],
    with: Option<&'a str>,
    base_cost: f64,
    new_cost: f64,
    delta_self_cost: Option<f64>,
    interval_self: Option<[f64; 2]>,
    verdict: &'static str,
}

/// Share of either side without counterpart.
#[derive(Serialize)]
struct UnmatchedShare {
    base: f64,
    new: f64,
}

#[derive(Serialize)]
struct HotPath<'a> {
    path: &'a [String],
    base: Option<Costs>,
    new: Option<Costs>,
    verdict: &'static str,
}

#[derive(Serialize)]
struct Group<'a> {
    kind: &'static str,
    name: &'a str,
    base: Option<Costs>,
    new: Option<Costs>,
    delta_self_cost: f64,
    interval: Option<[f64; 2]>,
    verdict: &'static str,
}

impl<'a> From<&'a Finding> for Note<'a> {
    fn from(note: &'a Finding) -> Self {
        Self {
            level: match note.severity {
                Severity::Ok | Severity::Note => "info",
                Severity::Warn => "warn",
                Severity::Fail | Severity::Refuse => "refuse",
            },
            kind: if note.area == Area::Quality { Area::Quality.as_str() } else { note.check },
            check: note.check,
            message: note.line(),
            benchmark: note.benchmark.as_ref().map(ToString::to_string),
            figure: note.measured.map(|m| m.figure).filter(|f| f.is_finite()),
            threshold: note.measured.map(|m| m.threshold),
        }
    }
}

impl<'a> Benchmark<'a> {
    fn new(
        benchmark: &'a diff::BenchmarkDiff,
        recorder: &'a str,
        comparison: &'a Comparison,
    ) -> Self {
        let failure = |side: &'a Option<crate::model::Failure>| side.as_ref().map(Failure::from);
        let failures =
            Sides { base: failure(&benchmark.base_failure), new: failure(&benchmark.new_failure) };
        let resources: BTreeMap<String, Resource> = benchmark
            .resources
            .iter()
            .map(|r| (resource_name(&r.name), Resource::from(r)))
            .collect();
        Self {
            id: benchmark.id.to_string(),
            package: &benchmark.id.package,
            target: &benchmark.id.target,
            benchmark: &benchmark.id.benchmark,
            harness: benchmark.harness.as_str(),
            timing: benchmark.timing.as_ref().map(Timing::from),
            resources: Some(resources).filter(|resources| !resources.is_empty()),
            profile: benchmark.profile.as_ref().map(|p| Profile::new(p, recorder)),
            counts: benchmark.counts.iter().map(|c| Count::new(c, comparison)).collect(),
            failure: Some(failures).filter(|f| f.base.is_some() || f.new.is_some()),
        }
    }
}

impl<'a> Count<'a> {
    fn new(count: &'a diff::CountDiff, comparison: &'a Comparison) -> Self {
        // Blocks and bytes are counted by one.
        let kind = CountKind::all().find(|kind| kind.measures().any(|one| one == count.measure));
        let event = kind.map_or("", CountKind::event);
        let recorder = [&comparison.new, &comparison.base]
            .into_iter()
            .flat_map(|capture| &capture.counters)
            .find(|counter| counter.event == event)
            .map_or("unknown", |counter| &*counter.name);
        Self {
            measure: count.measure.cost_unit(),
            recorder,
            base: count.base.as_ref().map(CountSide::from),
            new: count.new.as_ref().map(CountSide::from),
            delta: count.delta,
            change: count.ratio().filter(|ratio| ratio.is_finite()),
            verdict: count.verdict.of_amount(),
            profile: count.profile.as_ref().map(|profile| Profile::new(profile, recorder)),
        }
    }
}

impl From<&diff::CountSide> for CountSide {
    fn from(side: &diff::CountSide) -> Self {
        Self {
            count: side.count(),
            counts: side.counts.clone(),
            iterations: side.iterations,
            repeatable: side.is_repeatable,
        }
    }
}

impl From<&diff::TimingDiff> for Timing {
    fn from(timing: &diff::TimingDiff) -> Self {
        let change = timing.change;
        Self {
            unit: "ns",
            base: timing.base.as_ref().and_then(Summary::new),
            new: timing.new.as_ref().and_then(Summary::new),
            change: change.map(|change| change.ratio),
            interval: change.and_then(|change| finite(change.interval)),
            confidence: timing.confidence,
            p_value: change.map(|change| change.p_value),
            verdict: timing.verdict.as_str(),
            detectable: change.map(|change| change.detectable).filter(|d| d.is_finite()),
            design: timing.design.as_str(),
            pairs: timing.design.pairs(),
            more_pairs: timing.more_pairs,
        }
    }
}

/// `peak RSS` → `peak_rss`; what a benchmark reports of itself goes by the name that it gives.
fn resource_name(name: &str) -> String {
    if name.contains(' ') { name.to_lowercase().replace(' ', "_") } else { name.to_owned() }
}

impl From<&diff::ResourceDiff> for Resource {
    fn from(resource: &diff::ResourceDiff) -> Self {
        Self {
            unit: resource.unit,
            base: resource.base,
            new: resource.new,
            change: resource.base.zip(resource.new).map(|(base, new)| new / base - 1.0),
            delta: resource.delta,
            interval: resource.interval.and_then(finite),
            verdict: resource.verdict.map(less_or_more),
        }
    }
}

impl<'a> Profile<'a> {
    fn new(profile: &'a diff::ProfileDiff, recorder: &'a str) -> Self {
        Self {
            // Without costs, of which unit they would be.
            unit: profile.unit.unwrap_or(profile.weight.cost_unit()),
            recorder,
            base: profile.base.as_ref().map(Side::from),
            new: profile.new.as_ref().map(Side::from),
            delta: profile.delta,
            functions: view::by_change(&profile.functions)
                .into_iter()
                .map(|function| Function::new(function, profile))
                .collect(),
            hot_paths: profile
                .hot_paths
                .iter()
                .map(|path| HotPath {
                    path: &path.path,
                    base: path.base.and_then(costs),
                    new: path.new.and_then(costs),
                    verdict: path.verdict.as_str(),
                })
                .collect(),
            // A group is told by its change of cost: without costs there is nothing to tell.
            groups: profile.groups.iter().filter_map(group).collect(),
            refactors: profile.refactors.iter().map(Refactor::from).collect(),
            unmatched: UnmatchedShare { base: profile.unmatched[0], new: profile.unmatched[1] },
            low_confidence: view::is_low_confidence(profile),
            unexplained: if profile.unexplained.is_finite() { profile.unexplained } else { 0.0 },
            unexplained_interval: profile.unexplained_interval.and_then(finite),
            design: profile.design.as_str(),
            pairs: profile.design.pairs(),
            exact: profile.is_exact,
        }
    }
}

impl From<&diff::ProfileSide> for Side {
    fn from(side: &diff::ProfileSide) -> Self {
        Self {
            samples: side.samples,
            runs: side.runs,
            frequency_hz: side.frequency_hz,
            unknown_share: Some(side.unknown_share).filter(|share| share.is_finite()),
            truncated_share: Some(side.truncated_share).filter(|share| share.is_finite()),
            lost_samples: side.lost,
            cost: side.cost,
        }
    }
}

impl<'a> Function<'a> {
    fn new(function: &'a diff::FunctionDiff, profile: &'a diff::ProfileDiff) -> Self {
        let matched = Match {
            kind: match_kind(function, profile),
            rule: function.matched.rule.map(Rule::as_str),
            from: function.matched.from.as_deref(),
            confidence: function.matched.rule.map(|_| function.matched.confidence),
            refactor: function.refactor,
        };
        Self {
            name: &function.name,
            krate: function.krate.as_deref(),
            module: function.module.as_deref(),
            file: function.file.as_deref(),
            line: function.line,
            base: function.base.and_then(costs),
            new: function.new.and_then(costs),
            delta_self_cost: function.delta_self,
            delta_total_cost: function.delta_total,
            interval: function.interval_total.and_then(finite),
            interval_self: function.interval_self.and_then(finite),
            verdict: function.verdict.as_str(),
            verdict_total: function.verdict_total.as_str(),
            matched,
            moved: function.moved.as_ref().filter(|moved| moved.delta.is_finite()).map(|moved| {
                Moved { within: moved.within.as_str(), name: &moved.name, delta: moved.delta }
            }),
            same_code: function.same_code,
        }
    }
}

/// The verdict on a resource, of which more and less are no matter of speed.
pub(in crate::render) fn less_or_more(verdict: diff::Verdict) -> &'static str {
    match verdict {
        diff::Verdict::Slower => "more",
        diff::Verdict::Faster => "less",
        other => other.as_str(),
    }
}

/// The schema's word for how a function was matched.
pub(in crate::render) fn match_kind(
    function: &diff::FunctionDiff,
    profile: &diff::ProfileDiff,
) -> &'static str {
    let refactor = function.refactor.and_then(|index| profile.refactors.get(index));
    match (function.matched.rule, &function.matched.from, refactor) {
        (None, _, Some(refactor)) => match refactor.kind {
            GroupKind::Split | GroupKind::Regrouped => "split",
            GroupKind::Merged => "merged",
            GroupKind::Extracted | GroupKind::Inlined => "inlining",
            GroupKind::Replaced => "renamed",
        },
        (None, ..) => "none",
        (Some(_), None, _) => "exact",
        (Some(Rule::Name), Some(_), _) => "normalized",
        (Some(Rule::Renamed), ..) => "rule",
        (Some(Rule::File), ..) => "moved",
        (Some(_), Some(from), _) => {
            let last = |name: &str| name.rsplit("::").next().map(str::to_owned);
            if last(from) == last(&function.name) { "moved" } else { "renamed" }
        }
    }
}

impl<'a> From<&'a diff::RefactorDiff> for Refactor<'a> {
    fn from(refactor: &'a diff::RefactorDiff) -> Self {
        Self {
            kind: refactor.kind.as_str(),
            caller: refactor.caller.as_deref(),
            base: &refactor.base,
            new: &refactor.new,
            with: refactor.with.as_deref(),
            base_cost: refactor.base_cost,
            new_cost: refactor.new_cost,
            delta_self_cost: refactor.delta.filter(|delta| delta.is_finite()),
            interval_self: refactor.interval.and_then(finite),
            verdict: refactor.verdict.as_str(),
        }
    }
}

fn costs(costs: diff::Costs) -> Option<Costs> {
    (costs.self_share.is_finite() && costs.total_share.is_finite()).then_some(Costs {
        self_share: costs.self_share,
        total_share: costs.total_share,
        self_cost: costs.self_cost,
        total_cost: costs.total_cost,
    })
}

fn group(group: &diff::GroupDiff) -> Option<Group<'_>> {
    Some(Group {
        kind: group.kind.as_str(),
        name: &group.name,
        base: group.base.and_then(costs),
        new: group.new.and_then(costs),
        delta_self_cost: group.delta_self.filter(|delta| delta.is_finite())?,
        interval: group.interval_self.and_then(finite),
        verdict: group.verdict.as_str(),
    })
}
