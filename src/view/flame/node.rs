//! Nodes of a call tree in order, and fewer of them.

/// No caller.
pub(super) const NONE: u32 = u32::MAX;

/// The function of nodes that stand for others which were left out.
const REST: u32 = u32::MAX;

/// A node as a call tree has it: callers precede.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given {
    pub(super) parent: u32,
    pub(super) name: u32,
    pub(super) selfs: [f64; 2],
}

/// A function called along one path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlameNode {
    /// How many callers it has.
    pub depth: u32,
    /// Its function's index, or that of no function for what was left out.
    pub function: u32,
    /// Its own weight, base and new; of what was left out all of it.
    pub selfs: [f64; 2],
}

impl FlameNode {
    /// Whether it stands for narrower ones that were left out.
    pub fn is_rest(&self) -> bool {
        self.function == REST
    }

    fn width(&self) -> f64 {
        self.selfs[0].max(self.selfs[1])
    }
}

/// The width of each node with all that it calls: of the larger side, so that what is on one side
/// only counts.
pub(super) fn widths(nodes: &[FlameNode]) -> Vec<f64> {
    let mut widths: Vec<f64> = nodes.iter().map(FlameNode::width).collect();
    let mut path: Vec<usize> = Vec::new();
    let close = |path: &mut Vec<usize>, depth: usize, widths: &mut Vec<f64>| {
        while path.len() > depth {
            let done = path.pop().expect("it is longer than nothing");
            if let Some(&caller) = path.last() {
                widths[caller] += widths[done];
            }
        }
    };
    for (index, node) in nodes.iter().enumerate() {
        close(&mut path, node.depth as usize, &mut widths);
        path.push(index);
    }
    close(&mut path, 0, &mut widths);
    widths
}

/// The widest nodes, not more than `most` and what stands for the others; `None` where there are no
/// more than that.
pub fn pruned(nodes: &[FlameNode], most: usize) -> Option<Vec<FlameNode>> {
    if nodes.len() <= most {
        return None;
    }
    let widths = widths(nodes);
    let mut order = widths.clone();
    let (_, limit, _) = order.select_nth_unstable_by(most, |a, b| b.total_cmp(a));
    let limit = *limit;
    let mut kept: Vec<FlameNode> = Vec::with_capacity(most + most / 2);
    // What was left out below each node of the current path; the first is below none.
    let mut rests: Vec<[f64; 2]> = vec![[0.0; 2]];
    let close = |rests: &mut Vec<[f64; 2]>, depth: usize, kept: &mut Vec<FlameNode>| {
        while rests.len() > depth + 1 {
            let selfs = rests.pop().unwrap_or_default();
            if selfs != [0.0; 2] {
                kept.push(FlameNode { depth: rests.len() as u32, function: REST, selfs });
            }
        }
    };
    let mut index = 0;
    while let Some(node) = nodes.get(index) {
        close(&mut rests, node.depth as usize, &mut kept);
        if widths[index] > limit && !node.is_rest() {
            kept.push(*node);
            rests.push([0.0; 2]);
            index += 1;
            continue;
        }
        // It goes with all that it calls.
        let rest = rests.last_mut().expect("the first stays");
        let depth = node.depth;
        loop {
            rest[0] += nodes[index].selfs[0];
            rest[1] += nodes[index].selfs[1];
            index += 1;
            if nodes.get(index).is_none_or(|next| next.depth <= depth) {
                break;
            }
        }
    }
    close(&mut rests, 0, &mut kept);
    if rests[0] != [0.0; 2] {
        kept.push(FlameNode { depth: 0, function: REST, selfs: rests[0] });
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(list: &[(u32, u32, [f64; 2])]) -> Vec<FlameNode> {
        let node = |&(depth, function, selfs): &_| FlameNode { depth, function, selfs };
        list.iter().map(node).collect()
    }

    fn sum(nodes: &[FlameNode]) -> [f64; 2] {
        nodes.iter().fold([0.0; 2], |s, n| [s[0] + n.selfs[0], s[1] + n.selfs[1]])
    }

    #[test]
    fn what_is_left_out_is_a_node_in_its_place() {
        let all = nodes(&[
            (0, 0, [1.0, 1.0]),
            (1, 1, [0.5, 0.0]),
            (2, 2, [0.0, 0.5]),
            (1, 3, [40.0, 50.0]),
            (2, 4, [1.0, 0.0]),
            (1, 5, [0.25, 0.25]),
            (0, 6, [0.5, 0.0]),
        ]);
        assert_eq!(widths(&all), [53.25, 1.0, 0.5, 51.0, 1.0, 0.25, 0.5]);
        let kept = pruned(&all, 2).unwrap();
        let expected = nodes(&[
            (0, 0, [1.0, 1.0]),
            (1, 3, [40.0, 50.0]),
            (2, REST, [1.0, 0.0]),
            (1, REST, [0.75, 0.75]),
            (0, REST, [0.5, 0.0]),
        ]);
        assert_eq!(kept, expected);
        assert_eq!(sum(&kept), sum(&all));
        assert_eq!(pruned(&all, 7), None);
        // Once more: what stands for others stays that.
        let again = pruned(&kept, 1).unwrap();
        assert_eq!(sum(&again), sum(&all));
        assert_eq!(again.len(), 3);
    }
}
