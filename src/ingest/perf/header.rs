//! The file's header and the events that it declares.

use std::path::Path;

use super::attributes::Attributes;
use super::cursor::{Cursor, words};
use super::error::Error;
use super::window::Window;

/// A range of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) offset: u64,
    pub(super) size: u64,
}

impl Section {
    /// The offset after its last byte.
    pub(super) fn end(self) -> u64 {
        self.offset.saturating_add(self.size)
    }
}

/// `struct perf_file_header`.
#[derive(Debug)]
pub(super) struct Header {
    /// Size of each entry of `attributes`.
    attribute_size: u64,
    attributes: Section,
    /// The records. Its size is 0 when perf did not get to finish the file.
    pub(super) data: Section,
    /// Which optional sections follow the records.
    pub(super) features: [u64; 4],
}

/// More events than any command line has.
const MAX_EVENTS: u64 = 4096;
/// More ids (one for each event and CPU) than any machine has, of all events together: several
/// events may point at the same ids.
const MAX_IDS: u64 = 1 << 20;

impl Header {
    /// Reads and checks the header.
    pub(super) fn read(path: &Path, window: &mut Window) -> Result<Self, Error> {
        let io = |source| Error::Io { path: path.to_owned(), source };
        let length = window.length();
        let size = usize::try_from(length.min(104)).unwrap_or(104);
        let bytes = window.get(0, size).map_err(io)?.unwrap_or_default();
        let not_perf = || Error::NotPerfData { path: path.to_owned() };
        let damaged = |what| Error::Damaged { path: path.to_owned(), what };
        let mut cursor = Cursor(bytes);
        match cursor.bytes(8) {
            Some(b"PERFILE2") => {}
            Some(b"2ELIFREP") => return Err(Error::BigEndian { path: path.to_owned() }),
            _ => return Err(not_perf()),
        }
        if cursor.u64() == Some(16) {
            return Err(Error::Pipe { path: path.to_owned() });
        }
        let header = Self::parse(cursor).ok_or_else(|| damaged("its header is cut off"))?;
        if header.attributes.end() > length {
            return Err(damaged("its events lie beyond its end"));
        }
        Ok(header)
    }

    fn parse(mut cursor: Cursor<'_>) -> Option<Self> {
        let section =
            |cursor: &mut Cursor<'_>| Some(Section { offset: cursor.u64()?, size: cursor.u64()? });
        let attribute_size = cursor.u64()?;
        let attributes = section(&mut cursor)?;
        let data = section(&mut cursor)?;
        let _event_types = section(&mut cursor)?;
        let mut features = [0; 4];
        for word in &mut features {
            *word = cursor.u64()?;
        }
        Some(Self { attribute_size, attributes, data, features })
    }

    /// Reads the events with their ids.
    pub(super) fn events(
        &self,
        path: &Path,
        window: &mut Window,
    ) -> Result<Vec<Attributes>, Error> {
        let io = |source| Error::Io { path: path.to_owned(), source };
        let damaged = |what| Error::Damaged { path: path.to_owned(), what };
        let wrong = || damaged("its events cannot be read");
        // An entry is the structure and the section of its ids; the first version had 64 bytes.
        let size = self.attribute_size;
        if !(64 + 16..=4096).contains(&size) {
            return Err(wrong());
        }
        let count = self.attributes.size / size;
        if count == 0 || count > MAX_EVENTS {
            return Err(wrong());
        }
        let mut events = Vec::new();
        let mut ids_left = MAX_IDS;
        for index in 0..count {
            let offset = self.attributes.offset + index * size;
            let bytes = window.get(offset, size as usize).map_err(io)?.ok_or_else(wrong)?;
            let (attributes, ids) = bytes.split_at(size as usize - 16);
            let mut event = Attributes::parse(attributes).ok_or_else(wrong)?;
            let mut ids = Cursor(ids);
            let (Some(offset), Some(size)) = (ids.u64(), ids.u64()) else { return Err(wrong()) };
            ids_left = ids_left.checked_sub(size / 8).ok_or_else(wrong)?;
            let ids = window.get(offset, size as usize).map_err(io)?.ok_or_else(wrong)?;
            event.ids = words(ids).collect();
            events.push(event);
        }
        Ok(events)
    }
}
