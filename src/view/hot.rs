//! The hottest call paths of one profile.

use std::collections::HashMap;

use crate::model::{FrameId, Handle, Profile, Scope, StringId};

/// A path and the weight of what it calls, itself included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hot {
    /// Function names, outermost first.
    pub(super) path: Vec<String>,
    /// Total weight.
    pub(super) weight: u64,
}

/// A function called along one path. Callers precede.
struct Node {
    parent: Option<usize>,
    name: StringId,
    total: u64,
    heaviest_callee: u64,
}

/// Every path whose total weight reaches `threshold` and that no single callee takes over, so
/// that one line stands for a whole chain of calls; heaviest first.
///
/// Paths are told apart by the names of functions. A stack knows lines as well, and one function
/// called from five lines is one path here.
pub(super) fn hot_paths(profile: &Profile, threshold: f64) -> Vec<Hot> {
    let nodes = tree(profile);
    let mut hot: Vec<usize> = (0..nodes.len())
        .filter(|&index| {
            let Node { total, heaviest_callee, .. } = nodes[index];
            let is_hot = |weight: u64| weight > 0 && weight as f64 >= threshold;
            is_hot(total) && (heaviest_callee.saturating_mul(2) < total || !is_hot(heaviest_callee))
        })
        .collect();
    hot.sort_by_key(|&index| (std::cmp::Reverse(nodes[index].total), index));
    let path = |index: usize| {
        let up = |&index: &usize| nodes[index].parent;
        let mut path: Vec<String> = std::iter::successors(Some(index), up)
            .map(|index| profile.strings.get(nodes[index].name).to_owned())
            .collect();
        path.reverse();
        path
    };
    hot.into_iter().map(|index| Hot { path: path(index), weight: nodes[index].total }).collect()
}

/// The benchmark's own call tree, merged by name.
fn tree(profile: &Profile) -> Vec<Node> {
    let name =
        |frame: FrameId| profile.functions[profile.frames[frame.index()].function.index()].name;
    let stacks = profile.stacks.nodes();
    let mut nodes: Vec<Node> = Vec::new();
    let mut known: HashMap<(Option<usize>, StringId), usize> = HashMap::new();
    // The merged node of each stack; a caller's stack precedes.
    let mut merged = Vec::with_capacity(stacks.len());
    for stack in stacks {
        let parent = stack.parent.map(|parent| merged[parent.index()]);
        let name = name(stack.frame);
        let node = *known.entry((parent, name)).or_insert_with(|| {
            nodes.push(Node { parent, name, total: 0, heaviest_callee: 0 });
            nodes.len() - 1
        });
        merged.push(node);
    }
    for sample in profile.samples.iter().filter(|sample| sample.scope == Scope::Benchmark) {
        nodes[merged[sample.stack.index()]].total += sample.weight;
    }
    for index in (0..nodes.len()).rev() {
        let Node { parent, total, .. } = nodes[index];
        if let Some(parent) = parent {
            let caller = &mut nodes[parent];
            caller.total += total;
            caller.heaviest_callee = caller.heaviest_callee.max(total);
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Frame, Function, ProfileBuilder, Sample, Weight};

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
