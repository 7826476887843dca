//! What each case is.

use std::collections::BTreeSet;

use perfbase::stats::Random;

use crate::Result;
use crate::subjects::{OWN, SUBJECTS, Subject};

/// One capture of a change, or of none, compared with its base.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) number: u64,
    pub(crate) kind: &'static Kind,
    /// Its position in [`SUBJECTS`].
    pub(crate) subject: usize,
    pub(crate) change: Change,
}

/// What the new side differs in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    /// In a constant: all instructions are the same, at the same addresses.
    Constant(u64),
    /// In where functions are, by a function of this size that is never called.
    Layout(u64, bool),
    /// In the work of a place, so that the benchmark changes by this much.
    Plant { place: usize, percent: f64 },
}

/// A kind of case.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// How often it is drawn, compared with others.
    weight: usize,
    pub(crate) is_paired: bool,
    pub(crate) budget: Budget,
    /// Changes of the benchmark in percent; none for equal programs.
    sizes: &'static [f64],
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static [&'static str],
}

/// Half of what a capture takes unasked, so that many cases fit into an hour.
const SHORT: Budget = Budget { name: "short", arguments: &["--runs", "16", "--profile-runs", "4"] };
/// What a capture takes unasked.
const USUAL: Budget = Budget { name: "usual", arguments: &[] };
/// A minute for each side.
const MINUTE: Budget = Budget { name: "60 s a side", arguments: &["--max-time", "120"] };

/// Changes in percent. A function can only lose what it has.
const ALL: &[f64] = &[2.0, 2.0, 5.0, 5.0, 10.0, 20.0, -2.0, -5.0, -10.0];
const SMALL: &[f64] = &[2.0, 2.0, -2.0, 5.0];
const LARGE: &[f64] = &[10.0, 20.0, -10.0];
const NONE: &[f64] = &[];

/// All kinds. A case of a minute takes as long as eight short ones.
pub(crate) const KINDS: &[Kind] = &[
    Kind { name: "equal", weight: 30, is_paired: true, budget: SHORT, sizes: NONE },
    Kind { name: "changed", weight: 32, is_paired: true, budget: SHORT, sizes: ALL },
    Kind { name: "equal-usual", weight: 8, is_paired: true, budget: USUAL, sizes: NONE },
    Kind { name: "changed-usual", weight: 8, is_paired: true, budget: USUAL, sizes: ALL },
    Kind { name: "equal-stored", weight: 12, is_paired: false, budget: USUAL, sizes: NONE },
    Kind { name: "changed-stored", weight: 4, is_paired: false, budget: USUAL, sizes: LARGE },
    Kind { name: "equal-minute", weight: 2, is_paired: true, budget: MINUTE, sizes: NONE },
    Kind { name: "minute", weight: 4, is_paired: true, budget: MINUTE, sizes: SMALL },
];

impl Case {
    /// The case of this number in the series of this seed, among these kinds.
    pub(crate) fn draw(seed: u64, number: u64, kinds: &[&'static Kind]) -> Self {
        let mut random = Random::new(Random::new(seed).bits() ^ Random::new(number).bits());
        let total: usize = kinds.iter().map(|kind| kind.weight).sum();
        let mut at = random.below(total);
        let mut kind = kinds[0];
        for one in kinds {
            kind = one;
            if at < one.weight {
                break;
            }
            at -= one.weight;
        }
        // The own crate in two cases of five: only there are sizes known by construction.
        let own = SUBJECTS.iter().position(|subject| subject.name == OWN).unwrap_or(0);
        let subject = if random.below(5) < 2 {
            own
        } else {
            let other = random.below(SUBJECTS.len() - 1);
            if other < own { other } else { other + 1 }
        };
        let change = if kind.sizes.is_empty() {
            let size = 1 + random.below(60) as u64;
            match random.below(2) {
                0 => Change::Constant(size),
                _ => Change::Layout(size, random.below(2) == 0),
            }
        } else {
            plant(&SUBJECTS[subject], kind.sizes, &mut random)
        };
        Self { number, kind, subject, change }
    }

    pub(crate) fn subject(&self) -> &'static Subject {
        &SUBJECTS[self.subject]
    }
}

/// A change that is possible: published functions only gain.
fn plant(subject: &Subject, sizes: &[f64], random: &mut Random) -> Change {
    loop {
        let percent = sizes[random.below(sizes.len())];
        let place = random.below(subject.changed_places());
        let has =
            if subject.name == OWN { subject.places[place].steps as f64 / 100.0 } else { 0.0 };
        if percent > 0.0 || -percent < has {
            return Change::Plant { place, percent };
        }
    }
}

/// The kinds of these names; all when there are no names.
pub(crate) fn kinds(names: &[String]) -> Result<Vec<&'static Kind>> {
    let unknown = names.iter().find(|name| KINDS.iter().all(|kind| kind.name != **name));
    if let Some(unknown) = unknown {
        let known: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
        return Err(format!("there is no kind `{unknown}`; there are {known:?}").into());
    }
    let is_chosen = |kind: &&Kind| names.is_empty() || names.iter().any(|name| name == kind.name);
    Ok(KINDS.iter().filter(is_chosen).collect())
}
