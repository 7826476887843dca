//! Call trees without recursion.

use crate::model::{FastMap, Names, StringId};

use super::blocks::CallTree;

/// A call tree in which a function that is called while it runs already is the call that runs:
/// what it does is added to that one, and what it calls becomes that one's callees. Below every
/// function stands all that it calls at whatever depth, and no path has a name twice. Self weights
/// are the tree's own.
pub(super) struct Folded<'a> {
    names: &'a Names,
    nodes: Vec<Node>,
    /// Whether the tree has recursion.
    pub(super) is_recursive: bool,
}

struct Node {
    parent: Option<usize>,
    name: StringId,
    selfs: [f64; 2],
}

impl<'a> Folded<'a> {
    pub(super) fn new<T: CallTree>(tree: &'a T) -> Self {
        let mut folded = Self { names: tree.names(), nodes: Vec::new(), is_recursive: false };
        let mut known: FastMap<(Option<usize>, StringId), usize> = FastMap::default();
        // What each node became; callers come first.
        let mut became: Vec<usize> = Vec::with_capacity(tree.len());
        for index in 0..tree.len() {
            let (name, selfs) = (tree.name(index), tree.selfs(index));
            let caller = tree.parent(index).map(|caller| became[caller]);
            let node = folded.running(caller, name).unwrap_or_else(|| {
                *known.entry((caller, name)).or_insert_with(|| {
                    folded.nodes.push(Node { parent: caller, name, selfs: [0.0; 2] });
                    folded.nodes.len() - 1
                })
            });
            folded.is_recursive |= Some(node) == caller || node < caller.unwrap_or(0);
            for (sum, own) in folded.nodes[node].selfs.iter_mut().zip(selfs) {
                *sum += own;
            }
            became.push(node);
        }
        folded
    }

    /// The call of `name` that is under way in `caller`.
    fn running(&self, caller: Option<usize>, name: StringId) -> Option<usize> {
        std::iter::successors(caller, |&node| self.nodes[node].parent)
            .find(|&node| self.nodes[node].name == name)
    }
}

impl CallTree for Folded<'_> {
    const DISTINCT: bool = true;

    fn len(&self) -> usize {
        self.nodes.len()
    }

    fn parent(&self, node: usize) -> Option<usize> {
        self.nodes[node].parent
    }

    fn name(&self, node: usize) -> StringId {
        self.nodes[node].name
    }

    fn selfs(&self, node: usize) -> [f64; 2] {
        self.nodes[node].selfs
    }

    fn totals(&self, _: usize) -> Option<[f64; 2]> {
        None
    }

    fn names(&self) -> &Names {
        self.names
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::testing::tree;
    use super::*;

    fn folded(
        nodes: &[(Option<u32>, &str, [f64; 2])],
    ) -> (bool, Vec<(String, Option<usize>, f64)>) {
        let tree = tree(nodes);
        let folded = Folded::new(&tree);
        let node = |n: &Node| (folded.names.get(n.name).to_owned(), n.parent, n.selfs[0]);
        (folded.is_recursive, folded.nodes.iter().map(node).collect())
    }

    fn node(name: &str, parent: Option<usize>, weight: f64) -> (String, Option<usize>, f64) {
        (name.to_owned(), parent, weight)
    }

    #[test]
    fn a_call_of_what_runs_is_that_which_runs() {
        // main → split → work → split → {work → leaf, other}
        let nodes = [
            (None, "main", [1.0, 0.0]),
            (Some(0), "split", [2.0, 0.0]),
            (Some(1), "work", [4.0, 0.0]),
            (Some(2), "split", [8.0, 0.0]),
            (Some(3), "work", [16.0, 0.0]),
            (Some(4), "leaf", [32.0, 0.0]),
            (Some(3), "other", [64.0, 0.0]),
        ];
        let expected = [
            node("main", None, 1.0),
            node("split", Some(0), 10.0),
            node("work", Some(1), 20.0),
            node("leaf", Some(2), 32.0),
            node("other", Some(1), 64.0),
        ];
        assert_eq!(folded(&nodes), (true, expected.to_vec()));
        let itself = [(None, "f", [1.0, 0.0]), (Some(0), "f", [2.0, 0.0])];
        assert_eq!(folded(&itself), (true, vec![node("f", None, 3.0)]));
    }

    #[test]
    fn without_recursion_only_equal_calls_become_one() {
        let nodes = [
            (None, "main", [1.0, 0.0]),
            (Some(0), "a", [2.0, 0.0]),
            (Some(0), "b", [4.0, 0.0]),
            (Some(2), "a", [8.0, 0.0]),
            (Some(0), "a", [16.0, 0.0]),
        ];
        let expected = [
            node("main", None, 1.0),
            node("a", Some(0), 18.0),
            node("b", Some(0), 4.0),
            node("a", Some(2), 8.0),
        ];
        assert_eq!(folded(&nodes), (false, expected.to_vec()));
    }
}
