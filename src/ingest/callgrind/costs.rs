//! What instructions cost, packed as it is read: a large profile has millions of costs, each of
//! which takes two or three bytes here, less than its line in the file.

use super::calls::Node;

/// Costs of instructions by node.
#[derive(Clone, Debug, Default)]
pub(super) struct Costs {
    /// Numbers of each cost.
    width: usize,
    /// For each cost the distance of its address from the one before, and its numbers; with their
    /// number before them where a cost has more than one.
    bytes: Vec<u8>,
    /// Costs of one node that follow each other: in the order of the file, once settled by node.
    blocks: Vec<Block>,
    /// The first block of each node, and the end.
    starts: Vec<usize>,
    /// How many there are.
    len: usize,
    /// The address of the last cost.
    last: u64,
}

/// Where such costs are. The first address counts from 0.
#[derive(Clone, Copy, Debug)]
struct Block {
    node: Node,
    start: u32,
    end: u32,
    count: u32,
}

impl Costs {
    /// Says how many numbers a cost has.
    pub(super) fn set_width(&mut self, width: usize) {
        self.width = width;
    }

    /// Adds what an instruction of a node cost. `None` when there is no room left.
    pub(super) fn push(&mut self, node: Node, address: u64, numbers: &[u64]) -> Option<()> {
        if self.blocks.last().is_none_or(|block| block.node != node) {
            let start = u32::try_from(self.bytes.len()).ok()?;
            self.blocks.push(Block { node, start, end: start, count: 0 });
            self.last = 0;
        }
        self.len += 1;
        // Small in either direction, with the sign in the lowest bit.
        let distance = address.wrapping_sub(self.last);
        self.last = address;
        write(&mut self.bytes, (distance << 1) ^ ((distance as i64 >> 63) as u64));
        let zeros = numbers.iter().rev().take_while(|&&number| number == 0).count();
        let numbers = &numbers[..numbers.len() - zeros];
        if self.width == 1 {
            write(&mut self.bytes, numbers.first().copied().unwrap_or(0));
        } else {
            write(&mut self.bytes, numbers.len() as u64);
            numbers.iter().for_each(|&number| write(&mut self.bytes, number));
        }
        let block = self.blocks.last_mut()?;
        block.end = u32::try_from(self.bytes.len()).ok()?;
        block.count += 1;
        Some(())
    }

    /// Orders what was added by node, of which there are so many.
    pub(super) fn settle(&mut self, nodes: usize) {
        // Stable, so that costs of a node stay in the order of the file.
        self.blocks.sort_by_key(|block| block.node);
        self.starts = vec![0; nodes + 1];
        for block in &self.blocks {
            self.starts[block.node as usize + 1] += 1;
        }
        for node in 0..nodes {
            self.starts[node + 1] += self.starts[node];
        }
    }

    /// How many costs there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many costs a node has, after [`Self::settle`]; those of one address in two parts of a
    /// file count twice.
    pub(super) fn count(&self, node: Node) -> usize {
        let blocks = self.starts[node as usize]..self.starts[node as usize + 1];
        self.blocks[blocks].iter().map(|block| block.count as usize).sum()
    }

    /// The costs of a node, after [`Self::settle`].
    pub(super) fn of(&self, node: Node, rows: &mut Rows) {
        rows.clear(self.width);
        let blocks = self.starts[node as usize]..self.starts[node as usize + 1];
        for block in &self.blocks[blocks] {
            let mut bytes = &self.bytes[block.start as usize..block.end as usize];
            let mut address = 0_u64;
            while !bytes.is_empty() {
                let distance = read(&mut bytes);
                address = address.wrapping_add((distance >> 1) ^ (distance & 1).wrapping_neg());
                let count = if self.width == 1 { 1 } else { read(&mut bytes) as usize };
                rows.push(address, (0..count).map(|_| read(&mut bytes)));
            }
        }
        rows.settle();
    }
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    let mut shift = 0;
    while let [byte, rest @ ..] = *bytes {
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            break;
        }
        shift += 7;
    }
    number
}

/// Costs of one node, by address.
#[derive(Debug, Default)]
pub(super) struct Rows {
    width: usize,
    /// Addresses, and where the numbers of each begin.
    rows: Vec<(u64, usize)>,
    numbers: Vec<u64>,
}

impl Rows {
    fn clear(&mut self, width: usize) {
        self.width = width;
        self.rows.clear();
        self.numbers.clear();
    }

    fn push(&mut self, address: u64, numbers: impl Iterator<Item = u64>) {
        let at = self.numbers.len();
        self.rows.push((address, at));
        self.numbers.extend(numbers);
        self.numbers.resize(at + self.width, 0);
    }

    /// Orders them, and merges those of one address, which several parts of a file have.
    fn settle(&mut self) {
        let Self { width, rows, numbers } = self;
        if rows.is_sorted_by(|(a, _), (b, _)| a < b) {
            return;
        }
        rows.sort_by_key(|&(address, _)| address);
        rows.dedup_by(|&mut (address, at), &mut (kept, sum)| {
            let same = address == kept;
            for column in 0..if same { *width } else { 0 } {
                numbers[sum + column] = numbers[sum + column].saturating_add(numbers[at + column]);
            }
            same
        });
    }

    /// Addresses in ascending order, and the numbers of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &[u64])> {
        self.rows.iter().map(|&(address, at)| (address, &self.numbers[at..at + self.width]))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_is_found_again(
            width in 1..4_usize,
            added in proptest::collection::vec(
                (0..4_u32, prop_oneof![0..9_u64, any::<u64>()], [0..3_u64, 0..1 << 40, 0..2]),
                0..60,
            ),
        ) {
            let mut costs = Costs::default();
            costs.set_width(width);
            let mut expected = vec![BTreeMap::<u64, Vec<u64>>::new(); 5];
            for (node, address, numbers) in added {
                costs.push(node, address, &numbers[..width]).unwrap();
                let sums = expected[node as usize].entry(address).or_insert(vec![0; width]);
                for (sum, number) in sums.iter_mut().zip(numbers) {
                    *sum += number;
                }
            }
            costs.settle(5);
            let mut rows = Rows::default();
            for (node, expected) in expected.into_iter().enumerate() {
                costs.of(node as Node, &mut rows);
                let found: Vec<_> = rows.iter().map(|(at, row)| (at, row.to_vec())).collect();
                prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
            }
        }
    }
}
