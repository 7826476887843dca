//! In which order benchmarks take their turns.

/// One turn: a run of one benchmark, or a pair of runs, one of each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Which run of the benchmark, from 0.
    pub run: u32,
    /// Which benchmark, by its position.
    pub benchmark: usize,
}

/// All runs of all benchmarks in rotation, given how many each is to have: every benchmark has
/// its first run before any has its second, and each round starts elsewhere, so that neither a
/// slow spell of the machine nor a drift over the capture lands on one benchmark alone.
pub fn rotation(runs: &[u32]) -> Vec<Turn> {
    let rounds = runs.iter().copied().max().unwrap_or(0);
    let mut turns = Vec::with_capacity(runs.iter().map(|&n| n as usize).sum());
    for run in 0..rounds {
        let start = runs.len() * run as usize / rounds as usize;
        let all = (0..runs.len()).map(|i| (start + i) % runs.len());
        turns.extend(
            all.filter(|&benchmark| run < runs[benchmark]).map(|benchmark| Turn { run, benchmark }),
        );
    }
    turns
}

impl Turn {
    /// Whether the base's side of a pair runs first: base, new, new, base, and so on, so that a
    /// drift favours neither side.
    pub fn is_base_first(self) -> bool {
        (self.run as usize + self.benchmark).is_multiple_of(2)
    }

    /// The processor for both sides of a pair, of those that there are: another one after every
    /// second pair, so that each has pairs of either order. `None` when there is no choice.
    pub fn processor(self, all: &[usize]) -> Option<usize> {
        let at = self.run as usize / 2 + self.benchmark;
        (all.len() > 1).then(|| all[at % all.len()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_has_everyone_once_and_starts_elsewhere() {
        let turns = rotation(&[3; 6]);
        assert_eq!(turns.len(), 18);
        for run in 0..3 {
            let round: Vec<_> =
                turns.iter().filter(|t| t.run == run).map(|t| t.benchmark).collect();
            let mut sorted = round.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5]);
            assert_eq!(round[0], 2 * run as usize);
        }
        assert!(rotation(&[]).is_empty());
        assert!(rotation(&[0; 3]).is_empty());
    }

    #[test]
    fn who_has_enough_runs_leaves_the_rotation() {
        let count = |benchmark| {
            let of = |turn: &&Turn| turn.benchmark == benchmark;
            rotation(&[2, 0, 5]).iter().filter(of).map(|turn| turn.run).collect::<Vec<_>>()
        };
        assert_eq!(count(0), [0, 1]);
        assert!(count(1).is_empty());
        assert_eq!(count(2), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn each_processor_has_pairs_of_either_order() {
        for benchmark in 0..3 {
            let mut seen = std::collections::BTreeMap::new();
            for run in 0..24 {
                let turn = Turn { run, benchmark };
                let cpu = turn.processor(&[4, 5, 7]).unwrap();
                *seen.entry((cpu, turn.is_base_first())).or_insert(0) += 1;
            }
            assert_eq!(seen.len(), 6);
            assert!(seen.values().all(|&count| count == 4), "{seen:?}");
        }
        assert_eq!(Turn { run: 0, benchmark: 0 }.processor(&[3]), None);
    }
}
