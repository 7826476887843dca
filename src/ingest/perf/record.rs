//! Records about processes and about the recording itself.

use std::borrow::Cow;

use super::attributes::Attributes;
use super::cursor::Cursor;

/// Numbers of records (`PERF_RECORD_*`).
pub(super) mod kind {
    pub(crate) const MMAP: u32 = 1;
    pub(crate) const LOST: u32 = 2;
    pub(crate) const COMM: u32 = 3;
    pub(crate) const THROTTLE: u32 = 5;
    pub(crate) const FORK: u32 = 7;
    pub(crate) const SAMPLE: u32 = 9;
    pub(crate) const MMAP2: u32 = 10;
    pub(crate) const LOST_SAMPLES: u32 = 13;
    pub(crate) const AUXTRACE: u32 = 71;
    pub(crate) const COMPRESSED: u32 = 81;
    pub(crate) const COMPRESSED2: u32 = 83;
}

/// `struct perf_event_header`.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordHeader {
    pub(super) kind: u32,
    pub(super) misc: u16,
    /// With the header itself.
    pub(super) size: u16,
}

impl RecordHeader {
    /// Bytes of a header.
    pub(super) const SIZE: usize = 8;

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor(bytes);
        let header = Self { kind: cursor.u32()?, misc: cursor.u16()?, size: cursor.u16()? };
        (usize::from(header.size) >= Self::SIZE).then_some(header)
    }

    /// Whether it is about the kernel.
    fn is_kernel(self) -> bool {
        self.misc & 7 == 1
    }
}

/// A mapping that came into being.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Map<'a> {
    pub(super) pid: i32,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) offset: u64,
    pub(super) executable: bool,
    pub(super) kernel: bool,
    pub(super) build_id: Option<&'a [u8]>,
    pub(super) path: Cow<'a, str>,
}

/// A record that is of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record<'a> {
    Map(Map<'a>),
    /// A thread got a name; by `exec` when it is a new program.
    Comm {
        pid: i32,
        tid: i32,
        exec: bool,
        name: Cow<'a, str>,
    },
    /// A thread or process was made by another.
    Fork {
        pid: i32,
        parent_pid: i32,
        tid: i32,
        parent_tid: i32,
        time: u64,
    },
    /// So many records did not fit into the buffer.
    Lost(u64),
    /// So many samples were lost, by the event's own count.
    LostSamples(u64),
    Throttle,
}

/// Parses the body of a record; `None` when it is damaged or of no use.
pub(super) fn parse<'a>(
    header: RecordHeader,
    body: &'a [u8],
    trailer: usize,
) -> Option<Record<'a>> {
    const MISC_MMAP_DATA: u16 = 1 << 13;
    const MISC_COMM_EXEC: u16 = 1 << 13;
    const MISC_MMAP_BUILD_ID: u16 = 1 << 14;
    const PROT_EXEC: u32 = 4;
    /// Far more than the 15 bytes that the kernel keeps. Every thread gets a copy of its name.
    const COMM: usize = 64;
    let body = body.get(..body.len().checked_sub(trailer)?)?;
    let mut cursor = Cursor(body);
    match header.kind {
        kind::MMAP | kind::MMAP2 => {
            let pid = cursor.i32()?;
            let _tid = cursor.i32()?;
            let start = cursor.u64()?;
            let length = cursor.u64()?;
            let offset = cursor.u64()?;
            let mut executable = header.misc & MISC_MMAP_DATA == 0;
            let mut build_id = None;
            if header.kind == kind::MMAP2 {
                let file = cursor.bytes(24)?;
                if header.misc & MISC_MMAP_BUILD_ID != 0 {
                    build_id = file[4..].get(..usize::from(file[0]));
                }
                let protection = cursor.u32()?;
                let _flags = cursor.u32()?;
                executable = protection & PROT_EXEC != 0;
            }
            Some(Record::Map(Map {
                pid,
                start,
                end: start.saturating_add(length),
                offset,
                executable,
                kernel: header.is_kernel(),
                build_id,
                path: cursor.text(),
            }))
        }
        kind::COMM => Some(Record::Comm {
            pid: cursor.i32()?,
            tid: cursor.i32()?,
            exec: header.misc & MISC_COMM_EXEC != 0,
            name: Cursor(&cursor.0[..cursor.0.len().min(COMM)]).text(),
        }),
        kind::FORK => Some(Record::Fork {
            pid: cursor.i32()?,
            parent_pid: cursor.i32()?,
            tid: cursor.i32()?,
            parent_tid: cursor.i32()?,
            time: cursor.u64()?,
        }),
        kind::LOST => {
            let _id = cursor.u64()?;
            Some(Record::Lost(cursor.u64()?))
        }
        kind::LOST_SAMPLES => Some(Record::LostSamples(cursor.u64()?)),
        kind::THROTTLE => Some(Record::Throttle),
        _ => None,
    }
}

/// The time of a record that is no sample. Records that perf made up itself have time 0.
pub(super) fn time(event: &Attributes, body: &[u8]) -> u64 {
    let (Some(from_end), _) = event.trailer() else { return 0 };
    let start = body.len().checked_sub(from_end);
    start.and_then(|start| Cursor(body.get(start..)?).u64()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(kind: u32, misc: u16) -> RecordHeader {
        RecordHeader { kind, misc, size: 0 }
    }

    #[test]
    fn a_mapping_with_a_build_id() {
        let mut body = Vec::new();
        body.extend(7i32.to_le_bytes());
        body.extend(8i32.to_le_bytes());
        for word in [0x1000u64, 0x2000, 0x3000] {
            body.extend(word.to_le_bytes());
        }
        body.extend([4, 0, 0, 0, 0xaa, 0xbb, 0xcc, 0xdd]);
        body.extend([0; 16]);
        body.extend(5u32.to_le_bytes());
        body.extend(2u32.to_le_bytes());
        body.extend(b"/bin/x\0\0");
        body.extend(99u64.to_le_bytes());
        let Some(Record::Map(map)) = parse(header(kind::MMAP2, 1 << 14 | 2), &body, 8) else {
            panic!("no mapping");
        };
        assert_eq!((map.pid, map.start, map.end, map.offset), (7, 0x1000, 0x3000, 0x3000));
        assert!(map.executable && !map.kernel);
        assert_eq!(map.build_id, Some([0xaa, 0xbb, 0xcc, 0xdd].as_slice()));
        assert_eq!(map.path, "/bin/x");
        for length in 0..64 {
            assert_eq!(parse(header(kind::MMAP2, 0), &body[..length], 0), None, "{length}");
        }
    }

    #[test]
    fn sizes_smaller_than_a_header_are_refused() {
        for size in 0..8u16 {
            let mut bytes = [9, 0, 0, 0, 0, 0, 0, 0];
            bytes[6..].copy_from_slice(&size.to_le_bytes());
            assert!(RecordHeader::parse(&bytes).is_none());
        }
    }
}
