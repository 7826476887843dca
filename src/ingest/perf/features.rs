//! The optional sections after the records.

use crate::model::FastMap;

use super::attributes::Attributes;
use super::cursor::{Cursor, words};
use super::header::{Header, Section};
use super::window::Window;

/// What the optional sections tell; all of it is missing in a file that perf did not finish.
#[derive(Debug, Default)]
pub(super) struct Features {
    /// Build ids by path. A path with two different ids has none.
    pub(super) build_ids: FastMap<String, Option<Vec<u8>>>,
    /// The kernel's release there.
    pub(super) release: Option<String>,
    /// What `uname -m` said there.
    pub(super) architecture: Option<String>,
}

const BUILD_ID: usize = 2;
const OS_RELEASE: usize = 4;
const ARCHITECTURE: usize = 6;
const EVENT_DESCRIPTION: usize = 12;
const COMPRESSED: usize = 27;

/// Whether the header says that records are compressed.
pub(super) fn is_compressed(header: &Header) -> bool {
    has(header, COMPRESSED)
}

fn has(header: &Header, feature: usize) -> bool {
    header.features[feature / 64] & (1 << (feature % 64)) != 0
}

/// Reads the sections that are of use, and gives `events` their names. What cannot be read is
/// left out: a recording is of use without.
pub(super) fn read(
    header: &Header,
    window: &mut Window,
    events: &mut [Attributes],
) -> std::io::Result<Features> {
    let mut features = Features::default();
    if header.data.size == 0 {
        return Ok(features);
    }
    // One section for each bit that is set, in order of bits.
    let mut entry = header.data.end();
    for feature in 0..256 {
        if !has(header, feature) {
            continue;
        }
        let Some(bytes) = window.get(entry, 16)? else { break };
        entry += 16;
        let mut cursor = Cursor(bytes);
        let (Some(offset), Some(size)) = (cursor.u64(), cursor.u64()) else { break };
        let section = Section { offset, size };
        if !matches!(feature, BUILD_ID | OS_RELEASE | ARCHITECTURE | EVENT_DESCRIPTION) {
            continue;
        }
        let Ok(size) = usize::try_from(section.size) else { continue };
        let Some(bytes) = window.get(section.offset, size)? else { continue };
        match feature {
            BUILD_ID => features.build_ids = build_ids(bytes),
            OS_RELEASE => features.release = string(&mut Cursor(bytes)),
            ARCHITECTURE => features.architecture = string(&mut Cursor(bytes)),
            _ => {
                name_events(bytes, events);
            }
        }
    }
    Ok(features)
}

/// A length, and that many bytes of text with padding.
fn string(cursor: &mut Cursor<'_>) -> Option<String> {
    let length = cursor.u32()?;
    Some(Cursor(cursor.bytes_u64(u64::from(length))?).text().into_owned())
}

/// `struct perf_record_header_build_id`, one after the other.
fn build_ids(bytes: &[u8]) -> FastMap<String, Option<Vec<u8>>> {
    /// The field after the id tells its length.
    const HAS_SIZE: u16 = 1 << 15;
    let mut ids: FastMap<String, Option<Vec<u8>>> = FastMap::default();
    let mut cursor = Cursor(bytes);
    let mut next = || {
        let _kind = cursor.u32()?;
        let misc = cursor.u16()?;
        let size = cursor.u16()?;
        let mut entry = Cursor(cursor.bytes(usize::from(size).checked_sub(8)?)?);
        let _pid = entry.u32()?;
        let mut id = entry.bytes(20)?;
        let length = entry.bytes(4)?[0];
        if misc & HAS_SIZE != 0 {
            id = id.get(..usize::from(length))?;
        }
        Some((entry.text().into_owned(), id.to_vec()))
    };
    while let Some((path, id)) = next() {
        ids.entry(path)
            .and_modify(|known| {
                if known.as_ref() != Some(&id) {
                    *known = None;
                }
            })
            .or_insert(Some(id));
    }
    ids
}

/// The events' names, matched by their ids.
fn name_events(bytes: &[u8], events: &mut [Attributes]) -> Option<()> {
    let mut cursor = Cursor(bytes);
    let count = cursor.u32()?;
    let size = cursor.u32()?;
    // There is one for each event; more would only take time.
    for index in (0..count).take(events.len()) {
        cursor.bytes_u64(u64::from(size))?;
        let ids = cursor.u32()?;
        let name = string(&mut cursor)?;
        let ids = cursor.items(u64::from(ids), 8)?;
        let first = words(ids).next();
        let by_id = first.and_then(|id| events.iter().position(|e| e.ids.contains(&id)));
        let position = by_id.or(usize::try_from(index).ok()).filter(|&p| p < events.len());
        if let Some(position) = position {
            events[position].name = Some(name).filter(|name| !name.is_empty());
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(misc: u16, id: &[u8; 20], size: u8, path: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(0u32.to_le_bytes());
        bytes.extend(misc.to_le_bytes());
        bytes.extend((8 + 4 + 24 + path.len() as u16 + 1).to_le_bytes());
        bytes.extend((-1i32).to_le_bytes());
        bytes.extend(id);
        bytes.extend([size, 0, 0, 0]);
        bytes.extend(path.as_bytes());
        bytes.push(0);
        bytes
    }

    #[test]
    fn build_ids_with_and_without_a_length() {
        let mut bytes = entry(0, &[1; 20], 0, "/a");
        bytes.extend(entry(1 << 15, &[2; 20], 8, "/b"));
        bytes.extend(entry(0, &[3; 20], 0, "/twice"));
        bytes.extend(entry(0, &[4; 20], 0, "/twice"));
        bytes.extend([0, 0, 0, 0, 0, 0, 0xff, 0xff, 1]);
        let ids = build_ids(&bytes);
        assert_eq!(ids.len(), 3);
        assert_eq!(ids["/a"], Some(vec![1; 20]));
        assert_eq!(ids["/b"], Some(vec![2; 8]));
        assert_eq!(ids["/twice"], None);
    }

    #[test]
    fn a_name_longer_than_its_section_is_no_name() {
        let mut bytes = 1u32.to_le_bytes().to_vec();
        bytes.extend(8u32.to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(0u32.to_le_bytes());
        bytes.extend(u32::MAX.to_le_bytes());
        let mut events = [Attributes::default()];
        assert_eq!(name_events(&bytes, &mut events), None);
        assert_eq!(events[0].name, None);
    }
}
