//! Which nodes call each other in a circle, and who is to come before whom.

use super::calls::{Arc, Node};

/// Nodes in groups: each group is a circle of calls, or a single node. Callers come before whom
/// they call.
pub(super) struct Order {
    /// All nodes, group by group.
    pub(super) nodes: Vec<Node>,
    /// Where each group begins, and the end.
    pub(super) groups: Vec<usize>,
    /// The group of each node.
    pub(super) group_of: Vec<u32>,
}

/// Calls of each node: where they begin in the list, ordered by caller, and the end.
pub(super) fn starts(nodes: usize, arcs: &[Arc]) -> Vec<usize> {
    let mut starts = vec![0; nodes + 1];
    for arc in arcs {
        starts[arc.from as usize + 1] += 1;
    }
    for node in 0..nodes {
        starts[node + 1] += starts[node];
    }
    starts
}

/// Tarjan's strongly connected components (SIAM J. Comput. 1, 1972), without recursion.
pub(super) fn order(nodes: usize, arcs: &[Arc], starts: &[usize]) -> Order {
    const UNSEEN: u32 = u32::MAX;
    // The time at which a node was found, and the earliest that can be reached from it.
    let mut found = vec![UNSEEN; nodes];
    let mut low = vec![0_u32; nodes];
    let mut group_of = vec![UNSEEN; nodes];
    let mut open: Vec<Node> = Vec::new();
    // Nodes that are being looked at, each with its next call.
    let mut path: Vec<(Node, usize)> = Vec::new();
    let mut ordered: Vec<Node> = Vec::with_capacity(nodes);
    let mut ends: Vec<usize> = Vec::new();
    let mut time = 0;
    for root in 0..nodes {
        if found[root] != UNSEEN {
            continue;
        }
        path.push((root as Node, starts[root]));
        found[root] = time;
        low[root] = time;
        time += 1;
        open.push(root as Node);
        while let Some((node, next)) = path.last_mut() {
            let at = *node as usize;
            if *next < starts[at + 1] {
                let called = arcs[*next].to as usize;
                *next += 1;
                if found[called] == UNSEEN {
                    found[called] = time;
                    low[called] = time;
                    time += 1;
                    open.push(called as Node);
                    path.push((called as Node, starts[called]));
                } else if group_of[called] == UNSEEN {
                    low[at] = low[at].min(found[called]);
                }
                continue;
            }
            path.pop();
            if let Some(&(caller, _)) = path.last() {
                low[caller as usize] = low[caller as usize].min(low[at]);
            }
            if low[at] == found[at] {
                let group = ends.len() as u32;
                while let Some(member) = open.pop() {
                    group_of[member as usize] = group;
                    ordered.push(member);
                    if member as usize == at {
                        break;
                    }
                }
                ends.push(ordered.len());
            }
        }
    }
    // Groups were finished callees first.
    ordered.reverse();
    let count = ends.len();
    let mut groups: Vec<usize> = ends.iter().rev().map(|&end| nodes - end).collect();
    groups.push(nodes);
    for group in &mut group_of {
        *group = (count as u32 - 1) - *group;
    }
    Order { nodes: ordered, groups, group_of }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_come_first_and_circles_are_groups() {
        // 0 → 1 ⇄ 2 → 3, 1 → 3, 3 → 3, and 4 for itself.
        let calls = [(0, 1), (1, 2), (1, 3), (2, 1), (2, 3), (3, 3)];
        let arc = |&(from, to)| Arc { address: 0, from, to, instructions: 1 };
        let arcs: Vec<Arc> = calls.iter().map(arc).collect();
        let order = order(5, &arcs, &starts(5, &arcs));
        assert_eq!(order.groups.len(), 4 + 1);
        let group = |node: usize| order.group_of[node];
        assert_eq!(group(1), group(2));
        assert!(group(0) < group(1) && group(1) < group(3));
        for (index, bounds) in order.groups.windows(2).enumerate() {
            for &node in &order.nodes[bounds[0]..bounds[1]] {
                assert_eq!(group(node as usize), index as u32);
            }
        }
        let mut all = order.nodes.clone();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let arcs: Vec<Arc> = (0..200_000)
            .map(|from| Arc { address: 0, from, to: from + 1, instructions: 1 })
            .collect();
        let order = order(200_001, &arcs, &starts(200_001, &arcs));
        assert!(order.nodes.is_sorted());
        assert_eq!(order.groups.len(), 200_002);
    }
}
