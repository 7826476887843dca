//! What the functions of one profile have of its weight.

use crate::model::{FunctionId, Handle, Profile, Scope, SortFew as _, Totals};

use super::quantity;

/// Weights of all functions that have any, by name, largest self weight first. Several functions
/// may go by one name (a generic one's instances); on one stack they count once in its total.
pub fn totals_by_name(profile: &Profile) -> Vec<(&str, Totals)> {
    let mut totals = vec![Totals::default(); profile.strings.len()];
    // For each name the sample that counted it last.
    let mut seen = vec![usize::MAX; profile.strings.len()];
    let name_of = |function: FunctionId| profile.functions[function.index()].name.index();
    for (index, sample) in profile.samples.iter().enumerate() {
        if sample.scope != Scope::Benchmark {
            continue;
        }
        totals[name_of(profile.function_of(sample.stack))].self_weight += sample.weight;
        for frame in profile.stacks.leaf_first(sample.stack) {
            let name = name_of(profile.frames[frame.index()].function);
            if seen[name] != index {
                seen[name] = index;
                totals[name].total_weight += sample.weight;
            }
        }
    }
    let mut order: Vec<(&str, Totals)> =
        profile.strings.iter().zip(totals).filter(|(_, t)| t.total_weight > 0).collect();
    order.sort_few_by(|(name_a, a), (name_b, b)| {
        let key = |t: &Totals| std::cmp::Reverse((t.self_weight, t.total_weight));
        key(a).cmp(&key(b)).then(name_a.cmp(name_b))
    });
    order
}

/// Weights → shares and costs.
pub(super) struct Figures {
    whole: f64,
    cost: Option<f64>,
}

impl Figures {
    pub(super) fn new(profile: &Profile, cost: Option<f64>) -> Self {
        Self { whole: profile.total(Scope::Benchmark).max(1) as f64, cost }
    }

    /// The weight that is so much of the whole.
    pub(super) fn weight(&self, share: f64) -> f64 {
        share * self.whole
    }

    pub(super) fn share(&self, weight: u64) -> f64 {
        weight as f64 / self.whole
    }

    pub(super) fn cost(&self, weight: u64) -> String {
        self.cost.map_or(String::new(), |cost| quantity::nanoseconds(cost * self.share(weight)))
    }
}
