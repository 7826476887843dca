//! The hottest call paths of one profile.

use crate::model::{Profile, SortFew as _};
use crate::patterns::{CallTree, Node};

/// A path and the weight of what it calls, itself included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hot {
    /// Function names, outermost first.
    pub(super) path: Vec<String>,
    /// Total weight.
    pub(super) weight: u64,
}

/// Every path whose total weight reaches `threshold` and that no single callee takes over, so
/// that one line stands for a whole chain of calls; heaviest first.
pub(super) fn hot_paths(profile: &Profile, threshold: f64) -> Vec<Hot> {
    let tree = CallTree::new(profile);
    let nodes = tree.nodes();
    let mut hot: Vec<usize> = (0..nodes.len())
        .filter(|&index| {
            let Node { total, heaviest_callee, .. } = nodes[index];
            let is_hot = |weight: u64| weight > 0 && weight as f64 >= threshold;
            is_hot(total) && (heaviest_callee.saturating_mul(2) < total || !is_hot(heaviest_callee))
        })
        .collect();
    hot.sort_few_by_key(|&index| (std::cmp::Reverse(nodes[index].total), index));
    hot.into_iter()
        .map(|index| Hot { path: tree.path(index, profile), weight: nodes[index].total })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Frame, Function, ProfileBuilder, Sample, Scope, Weight};

    /// A profile of stacks written `main:1 f:2`, with their weights.
    fn profile(samples: &[(&str, u64)]) -> Profile {
        let mut builder = ProfileBuilder::new(Weight::CpuTime);
        for &(path, weight) in samples {
            let mut stack = None;
            for frame in path.split(' ') {
                let (name, line) = frame.split_once(':').unwrap();
                let name = builder.string(name);
                let function = Function { name, system_name: name, file: None, image: None };
                let function = builder.function(function);
                let line = line.parse().unwrap();
                let frame = builder.frame(Frame { function, line, inlined: false });
                stack = Some(builder.stack(stack, frame));
            }
            let stack = stack.unwrap();
            builder.sample(Sample { stack, weight, count: 1, run: 0, scope: Scope::Benchmark });
        }
        builder.finish()
    }

    fn shown(profile: &Profile, threshold: f64) -> Vec<(String, u64)> {
        hot_paths(profile, threshold)
            .into_iter()
            .map(|hot| (hot.path.join(" "), hot.weight))
            .collect()
    }

    #[test]
    fn lines_do_not_split_a_path() {
        let profile = profile(&[("main:1 f:2", 30), ("main:1 f:3", 20), ("main:4 f:5", 50)]);
        assert_eq!(shown(&profile, 5.0), [("main f".to_owned(), 100)]);
    }

    #[test]
    fn recursion_is_one_path() {
        let profile = profile(&[
            ("main:1 split:1 join:1 split:1 join:1 work:1", 40),
            ("main:1 split:1 join:2 split:1 work:1", 40),
            ("main:1 split:1 work:1", 20),
        ]);
        let path = |text: &str, weight| (text.to_owned(), weight);
        assert_eq!(
            shown(&profile, 30.0),
            [path("main split work", 60), path("main split join work", 40)]
        );
    }

    #[test]
    fn a_chain_is_its_end_and_a_fork_is_both() {
        let profile = profile(&[("main:1 a:1 b:1", 60), ("main:2 c:1", 35), ("main:3 d:1", 5)]);
        let path = |text: &str, weight| (text.to_owned(), weight);
        assert_eq!(shown(&profile, 10.0), [path("main a b", 60), path("main c", 35)]);
        // No callee has half of it: the caller itself is listed.
        let profile = self::profile(&[("main:1", 40), ("main:1 a:1", 30), ("main:2 b:1", 30)]);
        assert_eq!(
            shown(&profile, 30.0),
            [path("main", 100), path("main a", 30), path("main b", 30)]
        );
    }
}
