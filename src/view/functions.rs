//! Functions, crates and modules of one benchmark, and what they add to its change.

use crate::diff::{
    Costs, FunctionDiff, GroupDiff, GroupKind, ProfileDiff, ProfileSide, TimingDiff, Verdict,
};
use crate::model::SortFew as _;

use super::diff::{ViewOptions, plural};
use super::paths::{self, PathRow};
use super::quantity::{self, Scale};
use super::{NOT_AVAILABLE, Tone};

/// Crates, and modules, named below the functions.
const GROUPS: usize = 5;

/// Groups that add less than this part of the benchmark's cost are not named.
const NOTABLE_GROUP: f64 = 0.002;

/// A category with less of the benchmark on both sides is left out.
const NOTABLE_CATEGORY: f64 = 0.01;

/// The profiles of one benchmark, worded.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileView {
    /// What the figures rest on: samples, runs, and how good they are.
    pub basis: String,
    /// Unit of `change`, `base_cost` and `new_cost`: `µs`, or `%` where there are shares only.
    pub unit: &'static str,
    /// Whether costs are per iteration; else they are shares, and there is no cost.
    pub costs: bool,
    /// Whether everything was counted: then there are no intervals, every change is one, and
    /// functions that did not change are left out.
    pub exact: bool,
    /// The largest changes.
    pub functions: Vec<FunctionRow>,
    /// How many functions were left out, and what they add together.
    pub rest: Option<(usize, String)>,
    /// What no function explains: of the change, and of either side; `None` where it rounds to
    /// nothing, or without costs.
    pub unexplained: Option<[String; 3]>,
    /// The benchmark's own change and cost on both sides: what all rows add up to.
    pub total: Option<[String; 3]>,
    /// What a refactor did, in sentences.
    pub refactors: Vec<String>,
    /// Paths that became hot or ceased to be.
    pub paths: Vec<PathRow>,
    /// How many such paths were left out.
    pub paths_omitted: usize,
    /// For each function that is shown, the path on which it changed most; empty unless asked for.
    pub call_paths: Vec<Vec<String>>,
    /// Totals of crates, the largest change first.
    pub crates: Vec<GroupRow>,
    /// Totals of modules, the largest change first.
    pub modules: Vec<GroupRow>,
    /// Categories with a noticeable share, the largest first: their self shares, and change of cost.
    pub categories: Vec<GroupRow>,
    /// Whether anything in it is beyond chance.
    pub(super) notable: bool,
}

/// One function. Its figures are self weights; all have the unit of the [`ProfileView`].
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionRow {
    /// Its name, in full.
    pub name: String,
    /// `new` or `vanished`, or what a refactor made of it.
    pub remark: Option<String>,
    /// Change of self cost (of self share, in points, without costs).
    pub change: String,
    /// Interval of `change`; empty when unknown.
    pub interval: String,
    /// Change of total cost: with everything that it calls.
    pub total_change: String,
    /// Self cost in the base; `–` when it is not there.
    pub base_cost: String,
    /// Self cost in the new capture.
    pub new_cost: String,
    /// Self share in the base, percent.
    pub base_share: String,
    /// Self share in the new capture, percent.
    pub new_share: String,
    /// Whether the change is beyond chance.
    pub significant: bool,
    /// What a change that is beyond chance means to the reader.
    pub tone: Tone,
}

/// A crate or module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// Its name.
    pub name: String,
    /// Change of self cost.
    pub change: String,
}

/// Stands for a side on which something does not exist.
const ABSENT: &str = "–";

impl ProfileView {
    pub(super) fn new(
        profile: &ProfileDiff,
        timing: Option<&TimingDiff>,
        options: &ViewOptions,
    ) -> Self {
        let scale = scale(profile);
        let costs = profile.unit.is_some();
        let mut order = by_change(&profile.functions);
        if profile.is_exact && !options.all {
            order.retain(|function| function.verdict != Verdict::Unchanged);
        }
        let shown = if options.all { order.len() } else { order.len().min(options.top) };
        let rest: f64 = order[shown..].iter().map(|f| change_of(f)).sum();
        let shown_paths = paths::rows(profile, options);
        let moved = |g: &&GroupDiff| group_change(g).abs() >= NOTABLE_GROUP * whole(profile);
        let groups = |kind: GroupKind| -> Vec<GroupRow> {
            let mut groups: Vec<_> = profile.groups.iter().filter(|g| g.kind == kind).collect();
            groups.sort_few_by(|a, b| group_change(b).abs().total_cmp(&group_change(a).abs()));
            let number = if options.all { usize::MAX } else { GROUPS };
            let row = |g: &GroupDiff| GroupRow {
                name: g.name.clone(),
                change: format!("{} {}", scale.signed(group_change(g)), scale.unit()),
            };
            let rows: Vec<_> = groups.into_iter().filter(moved).take(number).map(row).collect();
            // Of counts, one group that changed says no more than its functions.
            if profile.is_exact && rows.len() < 2 { Vec::new() } else { rows }
        };
        let unexplained = scale.signed(profile.unexplained);
        let nothing = unexplained.chars().all(|c| matches!(c, '0' | '.'));
        let cost = |side: &Option<ProfileSide>| side.as_ref().and_then(|side| side.cost);
        let profiled = [cost(&profile.base), cost(&profile.new)];
        // Where the change is that of the timing runs, so are the sides.
        let timed = timing
            .filter(|_| profile.unit == Some("ns"))
            .and_then(|timing| Some([timing.base.as_ref()?.typical, timing.new.as_ref()?.typical]));
        let missed = |side: usize| {
            let pair = timed.and_then(|timed| Some(timed[side] - profiled[side]?));
            pair.map_or(String::new(), |missed| scale.signed(missed))
        };
        let side = |side: usize| {
            let cost = timed.map(|timed| timed[side]).or(profiled[side]);
            cost.map_or(ABSENT.to_owned(), |cost| scale.number(cost))
        };
        Self {
            basis: basis(profile),
            unit: scale.unit(),
            costs,
            exact: profile.is_exact,
            functions: order[..shown].iter().map(|f| function(f, profile, scale)).collect(),
            rest: (shown < order.len()).then(|| (order.len() - shown, scale.signed(rest))),
            unexplained: (costs && !nothing).then(|| [unexplained, missed(0), missed(1)]),
            total: profile.delta.map(|delta| [scale.signed(delta), side(0), side(1)]),
            refactors: super::refactor::lines(profile, &order[..shown], scale, options),
            crates: groups(GroupKind::Crate),
            modules: groups(GroupKind::Module),
            categories: categories(profile, scale, options),
            notable: order.iter().any(|f| significant(f)) || !shown_paths.0.is_empty(),
            paths: shown_paths.0,
            paths_omitted: shown_paths.1,
            call_paths: match options.call_paths {
                true => paths::to_functions(profile, &order[..shown]),
                false => Vec::new(),
            },
        }
    }
}

/// Categories with a noticeable share on either side, changed or not: base and new share of self
/// weight, and the change of cost.
fn categories(profile: &ProfileDiff, scale: Scale, options: &ViewOptions) -> Vec<GroupRow> {
    let own = |costs: Option<crate::diff::Costs>| costs.map_or(0.0, |costs| costs.self_share);
    let share = |group: &GroupDiff| own(group.base).max(own(group.new));
    let mut found: Vec<&GroupDiff> = profile
        .groups
        .iter()
        .filter(|group| group.kind == GroupKind::Category)
        .filter(|group| options.all || share(group) >= NOTABLE_CATEGORY)
        .collect();
    found.sort_few_by(|a, b| share(b).total_cmp(&share(a)));
    found
        .into_iter()
        .map(|group| {
            let side = |present: bool, costs: Option<crate::diff::Costs>| {
                present.then(|| quantity::share(own(costs)))
            };
            let sides =
                [side(profile.base.is_some(), group.base), side(profile.new.is_some(), group.new)];
            let shares: Vec<String> = sides.into_iter().flatten().collect();
            let shares = shares.join(" → ");
            let change = match group.delta_self {
                Some(delta) if profile.unit.is_some() => {
                    format!("{shares} ({} {})", scale.signed(delta), scale.unit())
                }
                _ => shares,
            };
            GroupRow { name: group.name.clone(), change }
        })
        .collect()
}

/// The scale of a profile's costs, or percent where it has shares only.
pub(super) fn scale(profile: &ProfileDiff) -> Scale {
    match profile.unit {
        Some(unit) if profile.is_exact => {
            let is_whole = |cost: f64| cost.fract() == 0.0;
            let sides = profile.base.iter().chain(&profile.new);
            Scale::counted(unit, sides.filter_map(|side| side.cost).all(is_whole))
        }
        Some(unit) => Scale::parts(unit, whole(profile)),
        None => Scale::percent(),
    }
}

/// The larger side's cost; 1 where there are shares only.
fn whole(profile: &ProfileDiff) -> f64 {
    if profile.unit.is_none() {
        return 1.0;
    }
    let cost = |side: &Option<ProfileSide>| side.as_ref().and_then(|s| s.cost).unwrap_or(0.0);
    cost(&profile.base).max(cost(&profile.new))
}

fn change_of(function: &FunctionDiff) -> f64 {
    function.delta_self.unwrap_or_else(|| share_change(&function.base, &function.new))
}

fn group_change(group: &GroupDiff) -> f64 {
    group.delta_self.unwrap_or_else(|| share_change(&group.base, &group.new))
}

fn share_change(base: &Option<Costs>, new: &Option<Costs>) -> f64 {
    let share = |side: &Option<Costs>| side.map_or(0.0, |costs| costs.self_share);
    share(new) - share(base)
}

/// Functions by their change of self cost (of self share without costs), the largest first,
/// whichever way; in front of all others those of which the direction is known, since the error of
/// a function that has most of a benchmark is larger than many a change. Names decide between equal
/// ones.
pub fn by_change(functions: &[FunctionDiff]) -> Vec<&FunctionDiff> {
    let has_direction = |f: &FunctionDiff| {
        significant(f) || f.interval_self.is_some_and(|(low, high)| low > 0.0 || high < 0.0)
    };
    let mut order: Vec<_> = functions.iter().collect();
    order.sort_few_by(|a, b| {
        has_direction(b)
            .cmp(&has_direction(a))
            .then_with(|| change_of(b).abs().total_cmp(&change_of(a).abs()))
            .then_with(|| a.name.cmp(&b.name))
    });
    order
}

/// Whether a change is beyond chance. That a function is on one side only does not say so: a
/// rarely sampled one comes and goes. Its interval tells.
pub(super) fn significant(function: &FunctionDiff) -> bool {
    is_beyond_chance(function.verdict, function.interval_self)
}

/// The same of any change with a verdict and an interval.
pub(super) fn is_beyond_chance(verdict: Verdict, interval: Option<(f64, f64)>) -> bool {
    match verdict {
        Verdict::Slower | Verdict::Faster => true,
        Verdict::New | Verdict::Vanished => {
            interval.is_some_and(|(low, high)| low > 0.0 || high < 0.0)
        }
        Verdict::Unchanged | Verdict::Inconclusive => false,
    }
}

fn function(function: &FunctionDiff, profile: &ProfileDiff, scale: Scale) -> FunctionRow {
    let costs = profile.unit.is_some();
    let cost = |side: &Option<Costs>| match side {
        None => ABSENT.to_owned(),
        Some(side) => side.self_cost.map_or(NOT_AVAILABLE.to_owned(), |cost| scale.number(cost)),
    };
    let percent = Scale::percent();
    let share = |side: &Option<Costs>| match side {
        None => ABSENT.to_owned(),
        Some(side) => percent.number(side.self_share),
    };
    let total = match function.delta_total {
        Some(delta) => scale.signed(delta),
        None if costs => NOT_AVAILABLE.to_owned(),
        None => {
            let share = |side: &Option<Costs>| side.map_or(0.0, |costs| costs.total_share);
            scale.signed(share(&function.new) - share(&function.base))
        }
    };
    FunctionRow {
        name: function.name.to_string(),
        remark: super::refactor::remark(function, profile),
        change: scale.signed(change_of(function)),
        interval: function
            .interval_self
            .filter(|(low, high)| !profile.is_exact || low != high)
            .map(|interval| scale.interval(interval))
            .unwrap_or_default(),
        total_change: total,
        base_cost: cost(&function.base),
        new_cost: cost(&function.new),
        base_share: share(&function.base),
        new_share: share(&function.new),
        significant: significant(function),
        tone: match function.verdict {
            _ if !significant(function) => Tone::Neutral,
            _ if change_of(function) > 0.0 => Tone::Bad,
            _ => Tone::Good,
        },
    }
}

pub(super) fn basis(profile: &ProfileDiff) -> String {
    if profile.is_exact {
        return "counted, not sampled".to_owned();
    }
    let sides: Vec<&ProfileSide> = profile.base.iter().chain(&profile.new).collect();
    let arrow = |figure: &dyn Fn(&ProfileSide) -> String| -> String {
        let texts: Vec<String> = sides.iter().map(|side| figure(side)).collect();
        match &texts[..] {
            [base, new] if base == new => base.clone(),
            _ => texts.join(" → "),
        }
    };
    let mut parts = vec![
        format!("{} samples", arrow(&|s| quantity::count(s.samples))),
        format!("{} profiled", arrow(&|s| plural(s.runs.into(), "run"))),
    ];
    if sides.iter().any(|s| s.unknown_share >= 0.0005) {
        parts.push(format!("unknown {}", arrow(&|s| quantity::share(s.unknown_share))));
    }
    if sides.iter().any(|s| s.truncated_share >= 0.0005) {
        parts.push(format!("truncated {}", arrow(&|s| quantity::share(s.truncated_share))));
    }
    if sides.iter().any(|s| s.lost > 0) {
        parts.push(format!("lost {}", arrow(&|s| quantity::count(s.lost))));
    }
    parts.extend(super::refactor::unmatched(profile));
    parts.join(", ")
}
