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
use super::costs::Rows;
use super::cycles::{self, Order};
use super::share::{divide, take};
use crate::model::{
    FastMap, Handle as _, Image, ImageId, ImageKind, Location, LocationId, RawSample, Recording,
    SortFew as _, StackId, Thread, ThreadId,
};
use crate::objects::{Object, Objects};

/// A stack that leads to a function, with its depth.
type Way = (Option<StackId>, u32);

/// Placements of a node that are told apart at most; those that stand for most are kept.
const PLACEMENTS: usize = 64;

/// Samples of a small profile, in which each node may have all of its placements. A larger one may
/// have an eighth more than it has costs, so that memory stays in proportion to the file.
const SAMPLES: usize = 1 << 18;

/// Frames of a stack; callers of deeper ones are given up.
const DEEPEST: u32 = 512;

/// The recording being made.
pub(super) struct Stacks {
    recording: Recording,
    /// Counts of events other than the first, by event and sample.
    columns: Vec<Vec<u64>>,
    images: FastMap<Image, ImageId>,
    locations: FastMap<Location, LocationId>,
    /// For each location the one that was looked up after it, and will be again: contexts of a
    /// function have the same instructions in the same order.
    following: Vec<LocationId>,
    /// The location looked up last.
    last: LocationId,
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
            following: Vec::new(),
            last: LocationId::from_index(0),
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
            starts,
            room: SAMPLES + calls.costs.len() / 8,
            placements: vec![Vec::new(); calls.nodes.len()],
            order: &order,
            shared: FastMap::default(),
            rows: Rows::default(),
            parts: Vec::new(),
            columns: vec![Vec::new(); calls.events.len()],
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
        let guess = self.following.get(self.last.index()).copied();
        if let Some(guess) = guess
            && locations[guess.index()] == location
        {
            self.last = guess;
            return guess;
        }
        let id = *self.locations.entry(location).or_insert_with(|| {
            locations.push(location);
            LocationId::from_index(locations.len() - 1)
        });
        // A new one is followed by itself until it is known better.
        self.following.resize(locations.len(), id);
        self.following[self.last.index()] = id;
        self.last = id;
        id
    }
}

/// One process on its way into the recording.
struct Process<'a> {
    into: &'a mut Stacks,
    calls: &'a Calls,
    thread: ThreadId,
    /// Image and base of each object.
    places: Vec<Option<(ImageId, u64)>>,
    /// Where each node's calls begin.
    starts: Vec<usize>,
    /// Samples that there may be beside one for each cost.
    room: usize,
    order: &'a Order,
    /// Of each node, from the time when its first caller was dealt with until it is itself.
    placements: Vec<Vec<Placement>>,
    /// Samples, by their position, of stacks that others begin with.
    shared: FastMap<StackId, usize>,
    /// Costs of a node.
    rows: Rows,
    /// What a number is divided into.
    parts: Vec<u64>,
    /// The same of each event.
    columns: Vec<Vec<u64>>,
}

impl Process<'_> {
    /// Deals with nodes that call each other, or with one.
    fn group(&mut self, members: &[Node]) {
        let total = self.total(members);
        if total == 0 {
            return;
        }
        let costs: usize = members.iter().map(|&member| self.calls.costs.count(member)).sum();
        // A fraction of what is left, so that something is left for those that come later.
        let most = 1 + self.room / (4 * costs.max(1));
        let placements = self.gather(members, total, most.min(PLACEMENTS));
        self.room = self.room.saturating_sub(placements.len().saturating_sub(1) * costs);
        let mut quotas: Vec<u64> = placements.iter().map(|placement| placement.quota).collect();
        for (node, prefixes) in self.ways(members, &placements) {
            self.node(node, &prefixes, &mut quotas);
        }
    }

    /// What was done in nodes and in those that they called outside of their circle.
    fn total(&self, members: &[Node]) -> u64 {
        let mut total = 0_u64;
        for &member in members {
            total = total.saturating_add(self.calls.nodes[member as usize].instructions);
            for arc in self.starts[member as usize]..self.starts[member as usize + 1] {
                let arc = &self.calls.arcs[arc];
                if self.leaves(arc.from, arc.to) {
                    total = total.saturating_add(arc.instructions);
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
    fn gather(&mut self, members: &[Node], total: u64, most: usize) -> Vec<Placement> {
        let mut all: Vec<Placement> = Vec::new();
        for &member in members {
            all.append(&mut std::mem::take(&mut self.placements[member as usize]));
        }
        let called = all.iter().fold(0_u64, |sum, placement| sum.saturating_add(placement.quota));
        if called < total {
            // It was also called by nobody: where a thread begins.
            let quota = total - called;
            all.push(Placement { stack: None, depth: 0, entry: members[0], quota });
        }
        if all.len() > most {
            // Stable: of equal ones the first.
            all.sort_few_by_key(|placement| std::cmp::Reverse(placement.quota));
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
            take(arc.instructions, quotas, &mut parts);
            for (&(prefix, depth), &quota) in prefixes.iter().zip(&parts) {
                if quota > 0 {
                    let (stack, depth) = self.below(prefix, depth, node, arc.address);
                    let placement = Placement { stack, depth, entry: arc.to, quota };
                    self.placements[arc.to as usize].push(placement);
                }
            }
        }
        self.parts = parts;
        let mut rows = std::mem::take(&mut self.rows);
        let mut columns = std::mem::take(&mut self.columns);
        calls.costs.of(node, &mut rows);
        let mut callers = arcs.iter().map(|arc| arc.address).peekable();
        for (address, numbers) in rows.iter() {
            let location = self.location(node, address);
            while callers.next_if(|&caller| caller < address).is_some() {}
            // An instruction that calls has the stack of what it calls.
            let is_shared = callers.peek() == Some(&address);
            let (instructions, events) = columns.split_first_mut().expect("instructions are one");
            take(numbers[0], quotas, instructions);
            for (&number, parts) in numbers[1..].iter().zip(events) {
                divide(number, instructions, parts);
            }
            for (at, &(prefix, _)) in prefixes.iter().enumerate() {
                if columns.iter().any(|parts| parts[at] > 0) {
                    let counts = columns.iter().map(|parts| parts[at]);
                    self.sample(prefix, location, is_shared, counts);
                }
            }
        }
        (self.rows, self.columns) = (rows, columns);
    }

    fn location(&mut self, node: Node, address: u64) -> LocationId {
        let location = match self.places[self.calls.nodes[node as usize].object as usize] {
            Some((image, base)) => Location::Image { image, address: address.wrapping_sub(base) },
            None => Location::Unknown { address },
        };
        self.into.location(location)
    }

    /// Adds what was counted of a location below a stack, instructions first. Those of a stack
    /// that is not shared are not added to later.
    fn sample(
        &mut self,
        prefix: Option<StackId>,
        location: LocationId,
        is_shared: bool,
        mut counts: impl Iterator<Item = u64>,
    ) {
        let recording = &mut self.into.recording;
        let stack = match is_shared {
            true => recording.stacks.push(prefix, location),
            false => recording.stacks.push_new(prefix, location),
        };
        let new = recording.samples.len();
        let index = if is_shared { *self.shared.entry(stack).or_insert(new) } else { new };
        if index == new {
            let thread = self.thread;
            recording.samples.push(RawSample { stack, thread, count: 0, weight: 0 });
            self.into.columns.iter_mut().for_each(|column| column.push(0));
        }
        let sample = &mut recording.samples[index];
        let instructions = counts.next().unwrap_or(0);
        sample.count = sample.count.saturating_add(instructions);
        sample.weight = sample.weight.saturating_add(instructions);
        let samples = &mut recording.health.samples;
        *samples = samples.saturating_add(instructions);
        for (column, count) in self.into.columns.iter_mut().zip(counts) {
            column[index] = column[index].saturating_add(count);
        }
    }
}
