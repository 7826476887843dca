//! The first pass: everything but samples.

use std::collections::BTreeMap;

use crate::model::{Health, Strings};

use super::attributes::Attributes;
use super::files::Files;
use super::header::Section;
use super::process::{Change, FileMapping};
use super::record::{self, Map, Record, RecordHeader, kind};
use super::window::Window;

/// What the first pass found.
#[derive(Default)]
pub(super) struct Scan {
    /// Ordered by time.
    pub(super) changes: Vec<(u64, Change)>,
    pub(super) files: Files,
    pub(super) names: Strings,
    /// Ranges of whole records with samples among them, in the order of the file.
    pub(super) chunks: Vec<Section>,
    lost_records: u64,
    lost_samples: u64,
    throttled: u64,
    /// Where records end too early, if they do.
    pub(super) truncated: Option<u64>,
    pub(super) compressed: bool,
    /// Ranges that ever held code, merged: other mappings are of no interest elsewhere.
    code: BTreeMap<u64, u64>,
}

/// Bytes of records that are unwound at a time: enough work to be worth a thread's while, little
/// enough to be spread evenly.
const CHUNK: u64 = 2 << 20;

/// Records longer than this have their bodies skipped rather than read over.
const LONG: u64 = 8 << 10;

impl Scan {
    /// Goes over the records in `data`.
    pub(super) fn run(
        window: &mut Window,
        data: Section,
        event: &Attributes,
    ) -> std::io::Result<Self> {
        let mut scan = Self::default();
        // perf writes the size last: it is 0 if perf was killed.
        let claimed = if data.size == 0 { window.length() } else { data.end() };
        let end = claimed.min(window.length());
        if data.size == 0 || claimed > end {
            scan.truncated = Some(end);
        }
        let (_, trailer) = event.trailer();
        let mut at = data.offset;
        let mut chunk = Chunker { start: at, samples: false };
        while at < end {
            let header = window.get(at, RecordHeader::SIZE)?.and_then(RecordHeader::parse);
            let Some(header) = header.filter(|header| u64::from(header.size) <= end - at) else {
                scan.truncated = Some(at);
                break;
            };
            let mut next = at + u64::from(header.size);
            if header.kind == kind::SAMPLE {
                chunk.samples = true;
            } else if header.kind == kind::AUXTRACE {
                // The only record that is followed by bytes that it does not count.
                let size = window.get(at, 16)?.map_or(0, |bytes| {
                    u64::from_le_bytes(bytes[8..].try_into().expect("eight bytes"))
                });
                next = next.saturating_add(size);
                // A chunk holds records only.
                chunk.cut(at, &mut scan.chunks);
                chunk.start = next;
            } else if matches!(header.kind, kind::COMPRESSED | kind::COMPRESSED2) {
                scan.compressed = true;
            } else if let Some(body) = window.get(at, usize::from(header.size))? {
                scan.record(header, &body[RecordHeader::SIZE..], event, trailer);
            }
            // Among long samples it is cheaper to hop than to read everything.
            window.fill = if next - at > LONG { 512 } else { 64 << 10 };
            at = next;
            if at.saturating_sub(chunk.start) >= CHUNK {
                chunk.cut(at, &mut scan.chunks);
            }
        }
        chunk.cut(at.min(end), &mut scan.chunks);
        // Stable: what happened at one time stays in the order of the file.
        scan.changes.sort_by_key(|&(time, _)| time);
        Ok(scan)
    }

    /// Lost samples and throttling. Since version 6.1 perf reports the same losses twice: as they
    /// happen, and as the event's total at the end.
    pub(super) fn health(&self) -> Health {
        Health {
            lost: self.lost_records.max(self.lost_samples),
            throttled: self.throttled,
            ..Health::default()
        }
    }

    fn record(&mut self, header: RecordHeader, body: &[u8], event: &Attributes, trailer: usize) {
        let time = record::time(event, body);
        match record::parse(header, body, trailer) {
            Some(Record::Map(map)) => self.map(time, &map),
            Some(Record::Comm { pid, tid, exec, name }) => {
                let name = self.names.intern(&name);
                self.changes.push((time, Change::Name { pid, tid, exec, name }));
            }
            Some(Record::Fork { pid, parent_pid, tid, parent_tid, time }) => {
                self.changes.push((time, Change::Fork { pid, parent_pid, tid, parent_tid }));
            }
            Some(Record::Lost(count)) => {
                self.lost_records = self.lost_records.saturating_add(count);
            }
            Some(Record::LostSamples(count)) => {
                self.lost_samples = self.lost_samples.saturating_add(count);
            }
            Some(Record::Throttle) => self.throttled += 1,
            None => {}
        }
    }

    fn map(&mut self, time: u64, map: &Map<'_>) {
        let Map { pid, start, end, .. } = *map;
        if map.kernel {
            if map.executable {
                self.files.add_kernel(start, end, &map.path);
            }
        } else if map.executable {
            let file = self.files.intern(&map.path, map.build_id);
            let mapping = FileMapping { start, end, offset: map.offset, file };
            self.changes.push((time, Change::Map { pid, mapping }));
            self.note_code(start, end);
        } else if self.is_code(start, end) {
            self.changes.push((time, Change::Unmap { pid, start, end }));
        }
    }

    fn note_code(&mut self, start: u64, end: u64) {
        let (mut start, mut end) = (start, end);
        while let Some((&first, &last)) = self.code.range(..=end).next_back()
            && last >= start
        {
            self.code.remove(&first);
            start = start.min(first);
            end = end.max(last);
        }
        self.code.insert(start, end);
    }

    /// Whether any process ever had code in that range, so far.
    fn is_code(&self, start: u64, end: u64) -> bool {
        self.code.range(..end).next_back().is_some_and(|(_, &last)| last > start)
    }
}

/// Cuts the file into ranges.
struct Chunker {
    start: u64,
    samples: bool,
}

impl Chunker {
    fn cut(&mut self, end: u64, chunks: &mut Vec<Section>) {
        if self.samples && end > self.start {
            chunks.push(Section { offset: self.start, size: end - self.start });
        }
        self.start = end;
        self.samples = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_code_are_merged() {
        let mut scan = Scan::default();
        for (start, end) in [(10, 20), (30, 40), (15, 32), (50, 60)] {
            scan.note_code(start, end);
        }
        assert_eq!(
            scan.code.iter().map(|(&a, &b)| (a, b)).collect::<Vec<_>>(),
            [(10, 40), (50, 60)]
        );
        assert!(scan.is_code(39, 45) && scan.is_code(0, 11) && scan.is_code(0, 100));
        assert!(!scan.is_code(40, 50) && !scan.is_code(0, 10) && !scan.is_code(60, 70));
    }
}
