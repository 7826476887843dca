//! What processes had mapped and were called, at each time of the recording.

use crate::model::{FastMap, ImageId, StringId};

/// Something that happened to a process.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// It can run code of a file, from `start` to `end`, mapped from `offset` on.
    Map { pid: i32, mapping: FileMapping },
    /// Something that is no code took the place of whatever was there.
    Unmap { pid: i32, start: u64, end: u64 },
    /// A thread got a name; by `exec` when its process became a new program.
    Name { pid: i32, tid: i32, exec: bool, name: StringId },
    /// A thread made another, in a new process if the process ids differ.
    Fork { pid: i32, parent_pid: i32, tid: i32, parent_tid: i32 },
}

/// A range of memory that holds a part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FileMapping {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) offset: u64,
    pub(super) file: ImageId,
}

/// A set of mappings that some process had at some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct SpaceId(u32);

impl SpaceId {
    /// The set without any mapping.
    const EMPTY: Self = Self(0);

    /// Its position among all sets.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Values that replaced each other, ordered by the times from which they held.
#[derive(Clone, Debug)]
struct Timeline<T>(Vec<(u64, T)>);

impl<T: Copy + PartialEq> Timeline<T> {
    fn push(&mut self, time: u64, value: T) {
        match self.0.last_mut() {
            Some(last) if last.1 == value => {}
            Some(last) if last.0 == time => last.1 = value,
            _ => self.0.push((time, value)),
        }
    }

    /// The value at `time`; the first one before that.
    fn at(&self, time: u64) -> Option<T> {
        let after = self.0.partition_point(|&(from, _)| from <= time);
        self.0.get(after.saturating_sub(1)).map(|&(_, value)| value)
    }

    fn last(&self) -> Option<T> {
        self.0.last().map(|&(_, value)| value)
    }
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

#[derive(Debug, Default)]
struct Process {
    /// What it has mapped now, while changes are applied. No list of its own: a process that has
    /// as much as its parent costs no more than a number.
    current: SpaceId,
    /// Mappings in the sets that it was the first to have; changes beyond a limit are ignored.
    entries: usize,
    spaces: Timeline<SpaceId>,
    names: Timeline<StringId>,
}

/// All processes of a recording.
#[derive(Debug)]
pub(super) struct Processes {
    processes: FastMap<i32, Process>,
    threads: FastMap<i32, Timeline<StringId>>,
    mappings: Vec<FileMapping>,
    spaces: Vec<Box<[u32]>>,
    /// Whether there were more changes than are kept.
    pub(super) overflowed: bool,
}

/// Most mappings in all sets of one process together. Each `dlopen` makes a new set of everything
/// mapped: this is 700 of them.
const MAX_ENTRIES_OF_PROCESS: usize = 1 << 18;
/// Most mappings in all sets together: thousands of processes with hundreds of libraries each.
const MAX_ENTRIES: usize = 1 << 22;

impl Processes {
    /// Applies changes, which are ordered by time.
    pub(super) fn new(changes: &[(u64, Change)]) -> Self {
        let mut builder = Builder::default();
        // The first set is the empty one, for processes of which nothing is known.
        builder.space(&[]);
        for &(time, change) in changes {
            builder.apply(time, change);
        }
        Self {
            processes: builder.processes,
            threads: builder.threads,
            mappings: builder.mappings,
            spaces: builder.spaces,
            overflowed: builder.overflowed,
        }
    }

    /// What a process had mapped at `time`.
    pub(super) fn space_at(&self, pid: i32, time: u64) -> SpaceId {
        let space = self.processes.get(&pid).and_then(|process| process.spaces.at(time));
        space.unwrap_or(SpaceId::EMPTY)
    }

    /// What a process was called at `time`: the name of its executable, 15 bytes at most.
    pub(super) fn process_name(&self, pid: i32, time: u64) -> Option<StringId> {
        self.processes.get(&pid)?.names.at(time)
    }

    /// What a thread was called at `time`.
    pub(super) fn thread_name(&self, tid: i32, time: u64) -> Option<StringId> {
        self.threads.get(&tid)?.at(time)
    }

    /// How many sets of mappings there are.
    pub(super) fn space_count(&self) -> usize {
        self.spaces.len()
    }

    /// The mappings of a set, ordered by start.
    pub(super) fn mappings(&self, space: SpaceId) -> impl Iterator<Item = FileMapping> + '_ {
        self.spaces[space.index()].iter().map(|&index| self.mappings[index as usize])
    }
}

#[derive(Default)]
struct Builder {
    processes: FastMap<i32, Process>,
    threads: FastMap<i32, Timeline<StringId>>,
    mappings: Vec<FileMapping>,
    mapping_ids: FastMap<FileMapping, u32>,
    spaces: Vec<Box<[u32]>>,
    space_ids: FastMap<Box<[u32]>, SpaceId>,
    entries: usize,
    overflowed: bool,
}

impl Builder {
    fn apply(&mut self, time: u64, change: Change) {
        match change {
            Change::Map { pid, .. } | Change::Unmap { pid, .. } if self.is_full(pid) => {
                self.overflowed = true;
            }
            Change::Map { pid, mapping } => {
                let mut current = self.current(pid);
                cut(&mut current, mapping.start, mapping.end);
                let at = current.partition_point(|other| other.start < mapping.start);
                current.insert(at, mapping);
                self.note_space(pid, time, &current);
            }
            Change::Unmap { pid, start, end } => {
                let mut current = self.current(pid);
                if cut(&mut current, start, end) {
                    self.note_space(pid, time, &current);
                }
            }
            Change::Name { pid, tid, exec, name } => {
                self.threads.entry(tid).or_default().push(time, name);
                let process = self.processes.entry(pid).or_default();
                if exec {
                    process.entries = 0;
                }
                // A main thread that renames itself does not rename its process.
                if exec || (pid == tid && (time == 0 || process.names.last().is_none())) {
                    process.names.push(time, name);
                }
                if exec {
                    self.note_space(pid, time, &[]);
                }
            }
            Change::Fork { pid, parent_pid, tid, parent_tid } => {
                if let Some(name) = self.threads.get(&parent_tid).and_then(Timeline::last) {
                    self.threads.entry(tid).or_default().push(time, name);
                }
                if pid != parent_pid
                    && let Some(parent) = self.processes.get(&parent_pid)
                {
                    let current = parent.current;
                    let (space, name) = (parent.spaces.last(), parent.names.last());
                    let child = self.processes.entry(pid).or_default();
                    child.current = current;
                    if let Some(space) = space {
                        child.spaces.push(time, space);
                    }
                    if let Some(name) = name {
                        child.names.push(time, name);
                    }
                }
            }
        }
    }

    /// Whether no more changes of a process are followed.
    fn is_full(&self, pid: i32) -> bool {
        self.entries > MAX_ENTRIES
            || self.processes.get(&pid).is_some_and(|p| p.entries > MAX_ENTRIES_OF_PROCESS)
    }

    /// What a process has mapped now, ordered by start.
    fn current(&self, pid: i32) -> Vec<FileMapping> {
        let space = self.processes.get(&pid).map_or(SpaceId::EMPTY, |process| process.current);
        self.spaces[space.index()].iter().map(|&index| self.mappings[index as usize]).collect()
    }

    /// Notes what a process has mapped from `time` on.
    fn note_space(&mut self, pid: i32, time: u64, current: &[FileMapping]) {
        let before = self.entries;
        let space = self.space(current);
        let process = self.processes.entry(pid).or_default();
        process.current = space;
        process.entries += self.entries - before;
        process.spaces.push(time, space);
    }

    fn space(&mut self, mappings: &[FileMapping]) -> SpaceId {
        let indices: Box<[u32]> = mappings
            .iter()
            .map(|mapping| {
                *self.mapping_ids.entry(*mapping).or_insert_with(|| {
                    self.mappings.push(*mapping);
                    // Far fewer than `MAX_ENTRIES`.
                    (self.mappings.len() - 1) as u32
                })
            })
            .collect();
        if let Some(&space) = self.space_ids.get(&indices) {
            return space;
        }
        // There are about `MAX_ENTRIES` sets at most.
        let space = SpaceId(self.spaces.len() as u32);
        self.entries += indices.len();
        self.spaces.push(indices.clone());
        self.space_ids.insert(indices, space);
        space
    }
}

/// Removes a range from mappings, and says whether anything was there.
fn cut(mappings: &mut Vec<FileMapping>, start: u64, end: u64) -> bool {
    let touched = |mapping: &FileMapping| mapping.start < end && start < mapping.end;
    if start >= end || !mappings.iter().any(touched) {
        return false;
    }
    let mut kept = Vec::with_capacity(mappings.len() + 1);
    for mapping in mappings.drain(..) {
        if !touched(&mapping) {
            kept.push(mapping);
            continue;
        }
        if mapping.start < start {
            kept.push(FileMapping { end: start, ..mapping });
        }
        if end < mapping.end {
            let offset = mapping.offset.wrapping_add(end - mapping.start);
            kept.push(FileMapping { start: end, offset, ..mapping });
        }
    }
    *mappings = kept;
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Handle as _;

    fn mapping(start: u64, end: u64, offset: u64) -> FileMapping {
        FileMapping { start, end, offset, file: ImageId::from_index(0) }
    }

    fn map(pid: i32, start: u64, end: u64) -> Change {
        Change::Map { pid, mapping: mapping(start, end, 0) }
    }

    fn name(pid: i32, tid: i32, exec: bool, name: usize) -> Change {
        Change::Name { pid, tid, exec, name: StringId::from_index(name) }
    }

    fn starts(processes: &Processes, pid: i32, time: u64) -> Vec<u64> {
        processes.mappings(processes.space_at(pid, time)).map(|m| m.start).collect()
    }

    #[test]
    fn children_inherit_and_exec_clears() {
        let fork =
            |pid, parent_pid| Change::Fork { pid, parent_pid, tid: pid, parent_tid: parent_pid };
        let processes = Processes::new(&[
            (0, name(1, 1, false, 0)),
            (1, map(1, 0x1000, 0x2000)),
            (5, fork(2, 1)),
            (6, map(1, 0x5000, 0x6000)),
            (7, name(2, 2, true, 1)),
            (8, map(2, 0x9000, 0xa000)),
        ]);
        assert_eq!(starts(&processes, 1, 5), [0x1000]);
        assert_eq!(starts(&processes, 1, u64::MAX), [0x1000, 0x5000]);
        assert_eq!(starts(&processes, 2, 6), [0x1000]);
        assert_eq!(starts(&processes, 2, 7), [0u64; 0]);
        assert_eq!(starts(&processes, 2, 8), [0x9000]);
        assert_eq!(starts(&processes, 3, 8), [0u64; 0]);
        assert_eq!(processes.process_name(2, 6), Some(StringId::from_index(0)));
        assert_eq!(processes.process_name(2, 9), Some(StringId::from_index(1)));
        // What a process had before anything is known of it is taken to be what came first.
        assert_eq!(starts(&processes, 1, 0), [0x1000]);
    }

    #[test]
    fn threads_inherit_names_and_do_not_rename_their_process() {
        let thread = Change::Fork { pid: 1, parent_pid: 1, tid: 9, parent_tid: 1 };
        let processes = Processes::new(&[
            (1, name(1, 1, true, 0)),
            (2, thread),
            (3, name(1, 9, false, 1)),
            (4, name(1, 1, false, 2)),
        ]);
        let thread = |tid, time| processes.thread_name(tid, time).unwrap().index();
        assert_eq!([thread(9, 2), thread(9, 3), thread(1, 3), thread(1, 4)], [0, 1, 0, 2]);
        assert_eq!(processes.process_name(1, 9), Some(StringId::from_index(0)));
    }

    #[test]
    fn what_is_mapped_over_is_cut() {
        let mut mappings = vec![mapping(0x1000, 0x9000, 0x100_0000)];
        assert!(cut(&mut mappings, 0x3000, 0x4000));
        assert_eq!(
            mappings,
            [mapping(0x1000, 0x3000, 0x100_0000), mapping(0x4000, 0x9000, 0x100_3000)]
        );
        assert!(!cut(&mut mappings, 0x3000, 0x4000));
        assert!(cut(&mut mappings, 0, u64::MAX));
        assert!(mappings.is_empty());
    }

    #[test]
    fn a_process_that_maps_without_end_is_given_up_and_others_are_not() {
        let endless = (0..100_000).map(|n| (n + 1, map(1, n * 0x1000, n * 0x1000 + 0x1000)));
        let mut changes: Vec<_> = endless.collect();
        changes.push((200_000, map(2, 0x1000, 0x2000)));
        let processes = Processes::new(&changes);
        assert!(processes.overflowed);
        assert!(processes.mappings.len() < 1000);
        let kept: usize = processes.spaces.iter().map(|space| space.len()).sum();
        assert!(kept < MAX_ENTRIES_OF_PROCESS + 1000);
        assert_eq!(starts(&processes, 2, u64::MAX), [0x1000]);
    }

    #[test]
    fn equal_sets_are_one() {
        let processes = Processes::new(&[
            (1, map(1, 0x1000, 0x2000)),
            (1, map(2, 0x1000, 0x2000)),
            (2, map(1, 0x3000, 0x4000)),
            (3, Change::Unmap { pid: 1, start: 0x3000, end: 0x4000 }),
        ]);
        assert_eq!(processes.space_at(1, 1), processes.space_at(2, 1));
        assert_eq!(processes.space_at(1, 3), processes.space_at(2, 1));
        assert_eq!(processes.space_count(), 3);
    }
}
