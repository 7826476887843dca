//! In which order benchmarks take their turns.

/// One turn: a run of one benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Which run of the benchmark, from 0.
    pub run: u32,
    /// Which benchmark, by its position.
    pub benchmark: usize,
}

/// All runs of all benchmarks in rotation: every benchmark has its first run before any has its
/// second, and each round starts elsewhere, so that neither a slow spell of the machine nor a
/// drift over the capture lands on one benchmark alone.
pub fn rotation(benchmarks: usize, runs: u32) -> Vec<Turn> {
    let mut turns = Vec::with_capacity(benchmarks * runs as usize);
    for run in 0..runs {
        let start = benchmarks * run as usize / runs as usize;
        turns.extend(
            (0..benchmarks).map(|i| Turn { run, benchmark: (start + i) % benchmarks.max(1) }),
        );
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_has_everyone_once_and_starts_elsewhere() {
        let turns = rotation(6, 3);
        assert_eq!(turns.len(), 18);
        for run in 0..3 {
            let round: Vec<_> =
                turns.iter().filter(|t| t.run == run).map(|t| t.benchmark).collect();
            let mut sorted = round.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5]);
            assert_eq!(round[0], 2 * run as usize);
        }
        assert!(rotation(0, 3).is_empty());
        assert!(rotation(3, 0).is_empty());
    }
}
