//! The order in which samples are written: a walk through the tree of stacks.

use crate::model::{Handle, Profile, StackId};

/// No entry, in tables of `u32`.
pub(super) const NONE: u32 = u32::MAX;

/// The position of each stack in a walk from the outermost frames inwards.
pub(super) fn ranks(profile: &Profile) -> Vec<u32> {
    let nodes = profile.stacks.nodes();
    // Children of each node and, in the last place, the stacks without a caller.
    let mut first = vec![NONE; nodes.len() + 1];
    let mut sibling = vec![NONE; nodes.len()];
    for (index, node) in nodes.iter().enumerate().rev() {
        let parent = node.parent.map_or(nodes.len(), StackId::index);
        sibling[index] = std::mem::replace(&mut first[parent], index as u32);
    }
    let mut ranks = vec![0; nodes.len()];
    let mut rank = 0;
    let mut todo = vec![first[nodes.len()]];
    while let Some(at) = todo.pop() {
        if at != NONE {
            ranks[at as usize] = rank;
            rank += 1;
            todo.push(sibling[at as usize]);
            todo.push(first[at as usize]);
        }
    }
    ranks
}

/// The locations of the sample that was written last, as they are in the file: varints, innermost
/// first. The next sample shares most of its callers, which are at the end; so the bytes grow
/// from the end of their buffer towards its beginning.
pub(super) struct Path {
    buffer: Vec<u8>,
    start: usize,
    /// Stacks down to the sample's own, and where the bytes of each start, from the buffer's end.
    steps: Vec<(u32, usize)>,
    /// For each stack, where in `steps` it was when it was last there.
    places: Vec<u32>,
    /// Stacks and locations still to be pushed, innermost first.
    pub(super) todo: Vec<(u32, u32)>,
}

impl Path {
    pub(super) fn new(stacks: usize) -> Self {
        let (buffer, start) = (vec![0; 256], 256);
        Self { buffer, start, steps: Vec::new(), places: vec![0; stacks], todo: Vec::new() }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Whether a stack is on the path.
    pub(super) fn holds(&self, stack: u32) -> bool {
        let place = self.places[stack as usize] as usize;
        self.steps.get(place).is_some_and(|&(there, _)| there == stack)
    }

    /// Forgets everything that `stack`, which is on the path, calls; all for `NONE`.
    pub(super) fn cut_after(&mut self, stack: u32) {
        let keep = if stack == NONE { 0 } else { self.places[stack as usize] as usize + 1 };
        self.steps.truncate(keep);
        self.start = self.buffer.len() - self.steps.last().map_or(0, |&(_, length)| length);
    }

    pub(super) fn push(&mut self, stack: u32, location: u32) {
        // A varint of 32 bits has at most five bytes.
        if self.start < 5 {
            let used = self.bytes().to_vec();
            self.buffer.resize(2 * self.buffer.len(), 0);
            self.start = self.buffer.len() - used.len();
            self.buffer[self.start..].copy_from_slice(&used);
        }
        let mut bytes = [0; 5];
        let (mut length, mut rest) = (0, location);
        while rest >= 0x80 {
            bytes[length] = rest as u8 | 0x80;
            rest >>= 7;
            length += 1;
        }
        bytes[length] = rest as u8;
        length += 1;
        self.start -= length;
        self.buffer[self.start..self.start + length].copy_from_slice(&bytes[..length]);
        self.places[stack as usize] = self.steps.len() as u32;
        self.steps.push((stack, self.buffer.len() - self.start));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Frame, Function, ProfileBuilder, Weight};

    #[test]
    fn callees_follow_their_callers() {
        let mut builder = ProfileBuilder::new(Weight::CpuTime);
        let name = builder.string("f");
        let function =
            builder.function(Function { name, system_name: name, file: None, image: None });
        let mut frame = |line| builder.frame(Frame { function, line, inlined: false });
        let frames: Vec<_> = (0..6).map(&mut frame).collect();
        // Two roots, 0 with the children 2 and 4 (which has 5), 1 with the child 3.
        let mut stacks = Vec::new();
        for (index, parent) in [None, None, Some(0), Some(1), Some(0), Some(4)].iter().enumerate() {
            let parent: Option<StackId> = parent.map(|parent: usize| stacks[parent]);
            stacks.push(builder.stack(parent, frames[index]));
        }
        assert_eq!(ranks(&builder.finish()), [0, 4, 1, 5, 2, 3]);
    }

    #[test]
    fn a_path_has_its_bytes_innermost_first() {
        let mut path = Path::new(400);
        assert!(!path.holds(0) && path.bytes().is_empty());
        path.push(0, 1);
        path.push(5, 300);
        assert_eq!(path.bytes(), [0xac, 0x02, 1], "300 is ac 02");
        path.cut_after(0);
        path.push(7, 2);
        assert_eq!(path.bytes(), [2, 1]);
        assert!(path.holds(0) && path.holds(7) && !path.holds(5));
        path.cut_after(NONE);
        assert!(path.bytes().is_empty());
        for stack in 0..400 {
            path.push(stack, 9);
        }
        assert_eq!(path.bytes(), [9; 400], "longer than the buffer was");
        path.cut_after(1);
        assert_eq!(path.bytes(), [9; 2]);
    }
}
