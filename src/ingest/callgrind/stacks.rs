//! From graphs of calls to stacks of addresses.
//!
//! Callers are dealt with before whom they call. Each node has *placements*: stacks that lead to
//! it, each with the cost that it stands for. What is done in a node, by its own instructions and
//! by the functions that it calls, is divided among its placements.
//!
//! Nodes that call each other in a circle are dealt with together: a stack leads from where the
//! circle was entered on the shortest way to each of its nodes. So recursion, which callgrind tells
//! apart by contexts up to a depth, ends there.

use std::collections::VecDeque;
use std::path::Path;

use super::calls::{Calls, Node};
use super::cycles::{self, Order};
use super::share::{divide, take};
use crate::model::{
    FastMap, Handle as _, Image, ImageId, ImageKind, Location, LocationId, RawSample, Recording,
    StackId, Thread, ThreadId,
};
use crate::objects::{Object, Objects};

/// A stack that leads to a function, with its depth.
type Way = (Option<StackId>, u32);

/// Placements of a node that are told apart; those that stand for most are kept.
const PLACEMENTS: usize = 64;

/// Stacks from which on only one placement of each node is kept. Real profiles have no more than
/// some hundred thousand.
const MANY_STACKS: usize = 4 << 20;

/// Frames of a stack; callers of deeper ones are given up.
const DEEPEST: u32 = 512;

/// The recording being made.
pub(super) struct Stacks {
    recording: Recording,
    /// Counts of events other than the first, by event and sample.
    columns: Vec<Vec<u64>>,
    images: FastMap<Image, ImageId>,
    locations: FastMap<Location, LocationId>,
}

/// A stack that leads to a node.
#[derive(Clone, Copy)]
struct Placement {
    /// All callers; `None` for none.
    stack: Option<StackId>,
    /// How many they are.
    depth: u32,
    /// The node that was called there, of the circle's.
    entry: Node,
    /// Instructions that it stands for.
    quota: u64,
}

impl Stacks {
    /// Adds to a recording.
    pub(super) fn new(recording: Recording) -> Self {
        Self {
            recording,
            columns: Vec::new(),
            images: FastMap::default(),
            locations: FastMap::default(),
        }
    }

    /// The recording, and the counts of further events for each sample.
    pub(super) fn finish(self) -> (Recording, Vec<Vec<u64>>) {
        (self.recording, self.columns)
    }

    /// Adds a process.
    pub(super) fn add(&mut self, calls: &Calls, objects: &Objects) {
        let path = calls.command.split(' ').next().unwrap_or_default();
        let thread = ThreadId::from_index(self.recording.threads.len());
        self.recording.threads.push(Thread {
            pid: calls.pid,
            tid: calls.pid,
            name: String::new(),
            process: path.rsplit('/').next().unwrap_or(path).to_owned(),
        });
        self.columns.resize_with(calls.events.len().saturating_sub(1), Vec::new);
        let places = calls.objects.iter().map(|path| self.place(path, objects)).collect();
        let starts = cycles::starts(calls.nodes.len(), &calls.arcs);
        let order = cycles::order(calls.nodes.len(), &calls.arcs, &starts);
        let mut process = Process {
            into: self,
            calls,
            thread,
            places,
            costs: cost_starts(calls),
            starts,
            placements: vec![Vec::new(); calls.nodes.len()],
            order: &order,
            samples: Vec::new(),
            parts: Vec::new(),
            events: Vec::new(),
        };
        for bounds in order.groups.windows(2) {
            process.group(&order.nodes[bounds[0]..bounds[1]]);
        }
    }

    /// What an object's addresses are relative to; `None` where it is no file.
    fn place(&mut self, path: &str, objects: &Objects) -> Option<(ImageId, u64)> {
        if !path.starts_with('/') {
            return None;
        }
        let image = Image { path: path.to_owned(), kind: ImageKind::File, build_id: None };
        let base = objects.open(Path::new(path), None).map_or(0, Object::base);
        let images = &mut self.recording.images;
        let id = *self.images.entry(image).or_insert_with_key(|image| {
            images.push(image.clone());
            ImageId::from_index(images.len() - 1)
        });
        Some((id, base))
    }

    fn location(&mut self, location: Location) -> LocationId {
        let locations = &mut self.recording.locations;
        *self.locations.entry(location).or_insert_with(|| {
            locations.push(location);
            LocationId::from_index(locations.len() - 1)
        })
    }
}

/// Costs of each node: where they begin in the list, ordered by node, and the end.
fn cost_starts(calls: &Calls) -> Vec<usize> {
    let mut starts = vec![0; calls.nodes.len() + 1];
    for cost in &calls.costs {
        starts[cost.node as usize + 1] += 1;
    }
    for node in 0..calls.nodes.len() {
        starts[node + 1] += starts[node];
    }
    starts
}

/// One process on its way into the recording.
struct Process<'a> {
    into: &'a mut Stacks,
    calls: &'a Calls,
    thread: ThreadId,
    /// Image and base of each object.
    places: Vec<Option<(ImageId, u64)>>,
    /// Where each node's costs and calls begin.
    costs: Vec<usize>,
    starts: Vec<usize>,
    order: &'a Order,
    /// Of each node, from the time when its first caller was dealt with until it is itself.
    placements: Vec<Vec<Placement>>,
    /// The sample of each stack of this process; one more than its index, 0 for none.
    samples: Vec<u32>,
    parts: Vec<u64>,
    events: Vec<u64>,
}

impl Process<'_> {
    /// Deals with nodes that call each other, or with one.
    fn group(&mut self, members: &[Node]) {
        let total = self.total(members);
        if total == 0 {
            return;
        }
        let placements = self.gather(members, total);
        let mut quotas: Vec<u64> = placements.iter().map(|placement| placement.quota).collect();
        for (node, prefixes) in self.ways(members, &placements) {
            self.node(node, &prefixes, &mut quotas);
        }
    }

    /// What was done in nodes and in those that they called outside of their circle.
    fn total(&self, members: &[Node]) -> u64 {
        let mut total = 0_u64;
        for &member in members {
            let own = self.costs[member as usize]..self.costs[member as usize + 1];
            for cost in &self.calls.costs[own] {
                total = total.saturating_add(self.calls.instructions(cost.at));
            }
            for arc in self.starts[member as usize]..self.starts[member as usize + 1] {
                let arc = &self.calls.arcs[arc];
                if self.leaves(arc.from, arc.to) {
                    total = total.saturating_add(self.calls.instructions(arc.at));
                }
            }
        }
        total
    }

    /// Whether a call is not one within a circle.
    fn leaves(&self, from: Node, to: Node) -> bool {
        self.order.group_of[from as usize] != self.order.group_of[to as usize]
    }

    /// The placements of a group, which stand for all of its total.
    fn gather(&mut self, members: &[Node], total: u64) -> Vec<Placement> {
        let mut all: Vec<Placement> = Vec::new();
        for &member in members {
            all.append(&mut self.placements[member as usize]);
        }
        let called = all.iter().fold(0_u64, |sum, placement| sum.saturating_add(placement.quota));
        if called < total {
            // It was also called by nobody: where a thread begins.
            let quota = total - called;
            all.push(Placement { stack: None, depth: 0, entry: members[0], quota });
        }
        let most = if self.into.recording.stacks.len() > MANY_STACKS { 1 } else { PLACEMENTS };
        if all.len() > most {
            // Stable: of equal ones the first.
            all.sort_by_key(|placement| std::cmp::Reverse(placement.quota));
            all.truncate(most);
        }
        let quotas: Vec<u64> = all.iter().map(|placement| placement.quota).collect();
        divide(total, &quotas, &mut self.parts);
        for (placement, &part) in all.iter_mut().zip(&self.parts) {
            placement.quota = part;
        }
        all.retain(|placement| placement.quota > 0);
        all
    }

    /// For each node of a group the stack that leads to it from each placement, with its depth.
    fn ways(&mut self, members: &[Node], placements: &[Placement]) -> Vec<(Node, Vec<Way>)> {
        let own: Vec<_> =
            placements.iter().map(|placement| (placement.stack, placement.depth)).collect();
        if let [only] = members {
            return vec![(*only, own)];
        }
        let mut ways: FastMap<Node, Vec<Way>> =
            members.iter().map(|&member| (member, own.clone())).collect();
        for (index, placement) in placements.iter().enumerate() {
            let mut seen: FastMap<Node, ()> = FastMap::default();
            seen.insert(placement.entry, ());
            let mut queue = VecDeque::from([placement.entry]);
            while let Some(node) = queue.pop_front() {
                let Some(&(stack, depth)) = ways.get(&node).map(|ways| &ways[index]) else {
                    continue;
                };
                for arc in self.starts[node as usize]..self.starts[node as usize + 1] {
                    let arc = self.calls.arcs[arc];
                    if self.leaves(arc.from, arc.to) || seen.insert(arc.to, ()).is_some() {
                        continue;
                    }
                    let way = self.below(stack, depth, arc.from, arc.address);
                    if let Some(ways) = ways.get_mut(&arc.to) {
                        ways[index] = way;
                    }
                    queue.push_back(arc.to);
                }
            }
        }
        let of = |&member: &Node| (member, ways.remove(&member).unwrap_or_default());
        members.iter().map(of).collect()
    }

    /// The stack and depth of what a node calls at an address.
    fn below(
        &mut self,
        stack: Option<StackId>,
        depth: u32,
        node: Node,
        address: u64,
    ) -> (Option<StackId>, u32) {
        if depth >= DEEPEST {
            let truncated = self.into.location(Location::Truncated);
            return (Some(self.into.recording.stacks.push(None, truncated)), 1);
        }
        let location = self.location(node, address);
        (Some(self.into.recording.stacks.push(stack, location)), depth + 1)
    }

    /// Divides what a node called, and what it did itself, among the stacks that lead to it.
    fn node(&mut self, node: Node, prefixes: &[(Option<StackId>, u32)], quotas: &mut [u64]) {
        let calls = self.calls;
        let mut parts = std::mem::take(&mut self.parts);
        let arcs = &calls.arcs[self.starts[node as usize]..self.starts[node as usize + 1]];
        for arc in arcs {
            if !self.leaves(arc.from, arc.to) {
                continue;
            }
            take(calls.instructions(arc.at), quotas, &mut parts);
            for (&(prefix, depth), &quota) in prefixes.iter().zip(&parts) {
                if quota > 0 {
                    let (stack, depth) = self.below(prefix, depth, node, arc.address);
                    let placement = Placement { stack, depth, entry: arc.to, quota };
                    self.placements[arc.to as usize].push(placement);
                }
            }
        }
        let mut events = std::mem::take(&mut self.events);
        let mut callers = arcs.iter().map(|arc| arc.address).peekable();
        let mut stacks = vec![None; prefixes.len()];
        for cost in &calls.costs[self.costs[node as usize]..self.costs[node as usize + 1]] {
            let location = self.location(node, cost.address);
            while callers.next_if(|&caller| caller < cost.address).is_some() {}
            // An instruction that calls has the stack of what it calls.
            let is_known = callers.peek() == Some(&cost.address);
            stacks.fill(None);
            let numbers = calls.numbers(cost.at);
            take(numbers[0], quotas, &mut parts);
            for (column, &number) in numbers.iter().enumerate().filter(|&(_, &number)| number > 0) {
                let parts = if column == 0 {
                    &parts
                } else {
                    divide(number, &parts, &mut events);
                    &events
                };
                for (at, &part) in parts.iter().enumerate().filter(|&(_, &part)| part > 0) {
                    let table = &mut self.into.recording.stacks;
                    let stack = *stacks[at].get_or_insert_with(|| match is_known {
                        true => table.push(prefixes[at].0, location),
                        false => table.push_new(prefixes[at].0, location),
                    });
                    self.sample(stack, part, column.checked_sub(1));
                }
            }
        }
        (self.parts, self.events) = (parts, events);
    }

    fn location(&mut self, node: Node, address: u64) -> LocationId {
        let location = match self.places[self.calls.nodes[node as usize] as usize] {
            Some((image, base)) => Location::Image { image, address: address.wrapping_sub(base) },
            None => Location::Unknown { address },
        };
        self.into.location(location)
    }

    /// Adds instructions, or another event, to a stack.
    fn sample(&mut self, stack: StackId, number: u64, column: Option<usize>) {
        let recording = &mut self.into.recording;
        if self.samples.len() <= stack.index() {
            self.samples.resize(recording.stacks.len(), 0);
        }
        if self.samples[stack.index()] == 0 {
            let thread = self.thread;
            recording.samples.push(RawSample { stack, thread, count: 0, weight: 0 });
            for column in &mut self.into.columns {
                column.push(0);
            }
            self.samples[stack.index()] = recording.samples.len() as u32;
        }
        let index = self.samples[stack.index()] as usize - 1;
        match column {
            Some(column) => {
                let sum = &mut self.into.columns[column][index];
                *sum = sum.saturating_add(number);
            }
            None => {
                let sample = &mut recording.samples[index];
                sample.count = sample.count.saturating_add(number);
                sample.weight = sample.weight.saturating_add(number);
                recording.health.samples = recording.health.samples.saturating_add(number);
            }
        }
    }
}
