//! Both sides' figures, looked up together.

use std::sync::Arc;

use crate::diff::comparison::Costs;

use super::evidence::Thing;
use super::join::Groups;
use super::weigh::{Both, GroupTotals, NodeShares, Weighed};

/// Both sides' figures.
pub(super) struct Sides {
    pub(super) weighed: [Option<Weighed>; 2],
    pub(super) shares: [NodeShares; 2],
    pub(super) unit: Option<&'static str>,
}

impl Sides {
    pub(super) fn has_costs(&self) -> bool {
        self.unit.is_some()
    }

    /// A function's figures on both sides; `None` where no sample passes through it.
    pub(super) fn function(&self, label: usize) -> [Option<Costs>; 2] {
        self.weighed.each_ref().map(|side| {
            let side = side.as_ref()?;
            let (own, total) = (side.shares.selfs[label], side.shares.totals[label]);
            (total > 0.0).then(|| self.costs(own, total, side, &side.costs, label))
        })
    }

    /// Figures of the node that was selected as `position`-th.
    pub(super) fn path(&self, node: usize, position: usize) -> [Option<Costs>; 2] {
        [0, 1].map(|index| {
            let side = self.weighed[index].as_ref()?;
            let shares = &self.shares[index];
            let (own, total) = (shares.selfs[node], shares.totals[node]);
            (total > 0.0).then(|| self.costs(own, total, side, &side.paths, position))
        })
    }

    /// A group's figures, of its labels' self costs and its own totals.
    pub(super) fn group(
        &self,
        group: usize,
        members: &[usize],
        totals: fn(&Weighed) -> &GroupTotals,
    ) -> [Option<Costs>; 2] {
        self.weighed.each_ref().map(|side| {
            let side = side.as_ref()?;
            let totals = totals(side);
            let count = side.runs.len();
            let own = members.iter().map(|&label| side.shares.selfs[label]).sum();
            let cost = members
                .iter()
                .map(|&label| mean(&side.costs.selfs[label * count..(label + 1) * count]))
                .sum();
            (totals.shares[group] > 0.0).then(|| Costs {
                self_share: own,
                total_share: totals.shares[group],
                self_cost: self.has_costs().then_some(cost),
                total_cost: self.has_costs().then_some(totals.costs[group]),
            })
        })
    }

    fn costs(&self, own: f64, total: f64, side: &Weighed, costs: &Both, index: usize) -> Costs {
        let count = side.runs.len();
        let cost = |values: &[f64]| {
            self.has_costs().then(|| mean(&values[index * count..(index + 1) * count]))
        };
        Costs {
            self_share: own,
            total_share: total,
            self_cost: cost(&costs.selfs),
            total_cost: cost(&costs.totals),
        }
    }

    /// Costs by run of the `index`-th of something; both sides are there.
    pub(super) fn thing<'a>(
        &'a self,
        index: usize,
        pick: impl Fn(&'a Weighed) -> &'a Vec<f64>,
    ) -> Thing {
        let [base, new] = self.weighed.each_ref().map(|side| {
            side.as_ref().map_or(&[][..], |side| {
                let count = side.runs.len();
                &pick(side)[index * count..(index + 1) * count]
            })
        });
        Thing::new(base, new)
    }

    /// Self costs by run of several labels together.
    pub(super) fn sum(&self, members: &[usize]) -> Thing {
        let [base, new] = self.weighed.each_ref().map(|side| {
            side.as_ref().map_or_else(Vec::new, |side| {
                let count = side.runs.len();
                let run = |run| members.iter().map(|l| side.costs.selfs[l * count + run]).sum();
                (0..count).map(run).collect()
            })
        });
        Thing::new(&base, &new)
    }
}

impl Groups {
    /// The name of a label's group.
    pub(super) fn name(&self, label: usize) -> Arc<str> {
        Arc::clone(&self.names[self.of[label] as usize])
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
