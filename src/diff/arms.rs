//! Which data of two captures a benchmark is compared by.

use std::borrow::Cow;

use crate::model::{
    BenchmarkId, Capture, CountKind, CountSummary, Metrics, Profile, ProfileSummary, Timing,
};

use super::side::Side;
use super::threads::together;
use super::timing::Repeated;

/// The position (0 base, 1 new) of the capture that was made beside the other one, and holds what
/// both gave in turns.
pub(super) fn holder(base: &Capture, new: &Capture) -> Option<usize> {
    let is_beside = |one: &Capture, other: &Capture| {
        one.id != other.id && one.beside.as_ref().is_some_and(|beside| beside.id == other.id)
    };
    if is_beside(new, base) {
        Some(1)
    } else if is_beside(base, new) {
        Some(0)
    } else {
        None
    }
}

/// What a benchmark reported on both sides, by run.
#[derive(Clone, Debug, Default)]
pub struct BenchmarkTimings<'a> {
    /// Times, of the base and of the new side.
    pub times: [Option<Cow<'a, Timing>>; 2],
    /// Its own numbers, likewise.
    pub metrics: [Option<Cow<'a, Metrics>>; 2],
    /// Whether run i of both sides is a pair.
    pub is_paired: bool,
}

/// The runs that a benchmark is compared by: those in turns where there are such.
pub fn timings<'a>(
    id: &BenchmarkId,
    base: &'a dyn Side,
    new: &'a dyn Side,
) -> BenchmarkTimings<'a> {
    let arms = Arms::new([base, new], false);
    let paired = arms.paired_timings(id);
    let is_paired = paired.is_some();
    BenchmarkTimings {
        times: paired.map_or_else(|| arms.timings(id), |times| times.map(Some)),
        metrics: arms.metrics(id, is_paired),
        is_paired,
    }
}

/// One kind of data of both sides.
type Both<'a, T> = [Option<Cow<'a, T>>; 2];

/// Two captures, and which of them holds both arms.
#[derive(Clone, Copy)]
pub(super) struct Arms<'a> {
    sides: [&'a dyn Side; 2],
    holder: Option<usize>,
    /// Whether both sides are read at the same time.
    at_once: bool,
}

impl<'a> Arms<'a> {
    pub(super) fn new(sides: [&'a dyn Side; 2], at_once: bool) -> Self {
        let holder = holder(sides[0].capture(), sides[1].capture());
        Self { sides, holder, at_once }
    }

    /// How the pairs came about.
    pub(super) fn repeated(&self) -> Repeated {
        let beside = self.holder.and_then(|at| self.sides[at].capture().beside.as_ref());
        beside.map_or(Repeated::ONCE, |beside| Repeated {
            looks: beside.looks as usize,
            layouts: beside.layouts as usize,
        })
    }

    /// Times that both sides gave in turns; `None` without such.
    pub(super) fn paired_timings(&self, id: &BenchmarkId) -> Option<[Cow<'a, Timing>; 2]> {
        let holder = self.holder(id)?;
        self.in_turns(|| holder.timing(id), || holder.timing_beside(id))
    }

    /// Profiles that both sides gave in turns; `None` without such.
    pub(super) fn paired_profiles(&self, id: &BenchmarkId) -> Option<[Cow<'a, Profile>; 2]> {
        let holder = self.holder(id)?;
        self.in_turns(|| holder.profile(id), || holder.profile_beside(id))
    }

    /// Each side's own times.
    pub(super) fn timings(&self, id: &BenchmarkId) -> Both<'a, Timing> {
        let [base, new] = self.sides;
        together(self.at_once, || base.timing(id), || new.timing(id)).into()
    }

    /// Numbers that both sides report of themselves: in turns, or each side's own.
    pub(super) fn metrics(&self, id: &BenchmarkId, paired: bool) -> Both<'a, Metrics> {
        match self.holder(id).filter(|_| paired) {
            Some(holder) if self.holder == Some(0) => {
                [holder.metrics(id), holder.metrics_beside(id)]
            }
            Some(holder) => [holder.metrics_beside(id), holder.metrics(id)],
            None => self.sides.map(|side| side.metrics(id)),
        }
    }

    /// Each side's own profile.
    pub(super) fn profiles(&self, id: &BenchmarkId) -> Both<'a, Profile> {
        let [base, new] = self.sides;
        together(self.at_once, || base.profile(id), || new.profile(id)).into()
    }

    /// Figures of the profiles of both sides: of those in turns, or of each side's own.
    pub(super) fn summaries(
        &self,
        id: &BenchmarkId,
        paired: bool,
    ) -> [Option<&'a ProfileSummary>; 2] {
        let own = self.sides.map(|side| side.capture().entry(id)?.profile.as_ref());
        match self.holder {
            Some(holder) if paired => {
                let mut both = [own[holder]; 2];
                both[1 - holder] = self.sides[holder]
                    .capture()
                    .entry(id)
                    .and_then(|entry| entry.beside.as_ref()?.profile.as_ref());
                both
            }
            _ => own,
        }
    }

    /// What was counted of both sides: each side's own, else what the other capture counted of
    /// its executable.
    pub(super) fn counts(&self, id: &BenchmarkId, kind: CountKind) -> Both<'a, Profile> {
        let [base, new] = [0, 1].map(|at| {
            let own = self.own_count(id, kind, at).is_some();
            let (side, other) = (self.sides[at], self.counted_for(id, at).filter(|_| !own));
            move || match other {
                Some(other) => other.count_beside(id, kind),
                None => side.count(id, kind),
            }
        });
        together(self.at_once, base, new).into()
    }

    /// Figures of those.
    pub(super) fn count_summaries(
        &self,
        id: &BenchmarkId,
        kind: CountKind,
    ) -> [Option<&'a CountSummary>; 2] {
        [0, 1].map(|at| {
            self.own_count(id, kind, at).or_else(|| {
                let other = self.counted_for(id, at)?;
                other.capture().entry(id)?.beside.as_ref()?.count(kind)
            })
        })
    }

    fn own_count(&self, id: &BenchmarkId, kind: CountKind, at: usize) -> Option<&'a CountSummary> {
        self.sides[at].capture().entry(id)?.count(kind)
    }

    /// The capture that may have counted this side's executable beside its own.
    fn counted_for(&self, id: &BenchmarkId, at: usize) -> Option<&'a dyn Side> {
        self.holder(id).filter(|_| self.holder == Some(1 - at))
    }

    /// The capture that a side's profile was recorded in.
    pub(super) fn recorded_in(&self, side: usize, paired: bool) -> &'a Capture {
        let side = if paired { self.holder.unwrap_or(side) } else { side };
        self.sides[side].capture()
    }

    /// The capture that holds both arms of this benchmark.
    fn holder(&self, id: &BenchmarkId) -> Option<&'a dyn Side> {
        let side = self.sides[self.holder?];
        let beside = side.capture().entry(id)?.beside.as_ref()?;
        // Since then runs of another program may have been stored as the base's.
        let other = self.sides[1 - self.holder?];
        let base = other.capture().entry(id).and_then(|entry| entry.executable.as_ref());
        let is_same = base.zip(beside.executable.as_ref()).is_none_or(|(a, b)| a == b);
        is_same.then_some(side)
    }

    fn in_turns<T: Clone + Send + Sync>(
        &self,
        own: impl FnOnce() -> Option<Cow<'a, T>> + Send,
        beside: impl FnOnce() -> Option<Cow<'a, T>>,
    ) -> Option<[Cow<'a, T>; 2]> {
        let (own, beside) = together(self.at_once, own, beside);
        let (own, beside) = (own?, beside?);
        Some(if self.holder == Some(1) { [beside, own] } else { [own, beside] })
    }
}
