//! A call tree in the order in which it is drawn.

use crate::model::{Handle, Names, StringId};

use super::node::{FlameNode, Given, NONE};

/// Nodes in order, and the names of their functions.
pub(super) struct Ordered {
    pub(super) nodes: Vec<FlameNode>,
    pub(super) names: Vec<StringId>,
}

/// Callers before their callees, callees of one caller by name; without those that weigh nothing.
/// Functions are numbered by how many nodes they have, so that most numbers are small.
pub(super) fn ordered(given: &[Given], names: &Names) -> Ordered {
    let mut weighs = vec![false; given.len()];
    for index in (0..given.len()).rev() {
        let [base, new] = given[index].selfs.map(weight);
        weighs[index] |= base > 0.0 || new > 0.0;
        if weighs[index] && given[index].parent != NONE {
            weighs[given[index].parent as usize] = true;
        }
    }
    let mut uses = vec![0_u32; names.len()];
    for (node, _) in given.iter().zip(&weighs).filter(|(_, weighs)| **weighs) {
        uses[node.name as usize] += 1;
    }
    let text = |name: &u32| names.get(StringId::from_index(*name as usize));
    let mut by_name: Vec<u32> = (0..names.len() as u32).filter(|n| uses[*n as usize] > 0).collect();
    by_name.sort_unstable_by(|a, b| text(a).cmp(text(b)));
    let mut rank = vec![0_u32; names.len()];
    by_name.iter().zip(0..).for_each(|(name, at)| rank[*name as usize] = at);
    let mut functions = by_name;
    functions.sort_by_key(|name| std::cmp::Reverse(uses[*name as usize]));
    let mut numbers = vec![0_u32; names.len()];
    functions.iter().zip(0..).for_each(|(name, at)| numbers[*name as usize] = at);

    // Callees as lists: the first of each node, and the next of the same caller.
    let (mut first, mut next) = (vec![NONE; given.len()], vec![NONE; given.len()]);
    let mut roots = NONE;
    for index in (0..given.len()).filter(|index| weighs[*index]) {
        let head = match given[index].parent {
            NONE => &mut roots,
            parent => &mut first[parent as usize],
        };
        next[index] = *head;
        *head = index as u32;
    }
    let mut nodes = Vec::with_capacity(given.len());
    let mut pending: Vec<(u32, u32)> = Vec::new();
    let mut callees: Vec<u32> = Vec::new();
    let mut push = |mut node: u32, depth: u32, pending: &mut Vec<(u32, u32)>| {
        callees.clear();
        while node != NONE {
            callees.push(node);
            node = next[node as usize];
        }
        // The last one in is the first one out.
        callees.sort_unstable_by_key(|&node| {
            std::cmp::Reverse((rank[given[node as usize].name as usize], node))
        });
        pending.extend(callees.iter().map(|&node| (node, depth)));
    };
    push(roots, 0, &mut pending);
    while let Some((index, depth)) = pending.pop() {
        let node = &given[index as usize];
        let function = numbers[node.name as usize];
        nodes.push(FlameNode { depth, function, selfs: node.selfs.map(weight) });
        push(first[index as usize], depth + 1, &mut pending);
    }
    let names = functions.into_iter().map(|name| StringId::from_index(name as usize)).collect();
    Ordered { nodes, names }
}

/// A weight that can be drawn.
fn weight(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callees_follow_their_caller_by_name() {
        let mut names = crate::model::Strings::default();
        let mut given = Vec::new();
        for (parent, name, selfs) in [
            (NONE, "main", [0.0, 1.0]),
            (0, "b", [f64::NAN, 2.0]),
            (0, "a", [3.0, 0.0]),
            (1, "leaf", [1.0, 1.0]),
            (0, "nothing", [0.0, -1.0]),
            (2, "leaf", [4.0, 1.0]),
            (NONE, "also", [1.0, 1.0]),
        ] {
            let name = names.intern(name).index() as u32;
            given.push(Given { parent, name, selfs });
        }
        let ordered = ordered(&given, &names);
        let shown: Vec<(u32, &str, [f64; 2])> = ordered
            .nodes
            .iter()
            .map(|n| (n.depth, names.get(ordered.names[n.function as usize]), n.selfs))
            .collect();
        let expected = [
            (0, "also", [1.0, 1.0]),
            (0, "main", [0.0, 1.0]),
            (1, "a", [3.0, 0.0]),
            (2, "leaf", [4.0, 1.0]),
            (1, "b", [0.0, 2.0]),
            (2, "leaf", [1.0, 1.0]),
        ];
        assert_eq!(shown, expected);
        // The one with most nodes is the first.
        assert_eq!(names.get(ordered.names[0]), "leaf");
    }
}
