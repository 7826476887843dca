//! What processes had mapped, list by list.

use crate::model::{FastMap, Handle as _, Image, ImageId, ImageKind, SortFew as _};

/// Executable memory that holds a part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileMapping {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) offset: u64,
    pub(super) file: ImageId,
}

/// All files that were mapped.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) all: Vec<Image>,
    ids: FastMap<String, ImageId>,
}

impl Files {
    fn intern(&mut self, path: &str) -> ImageId {
        if let Some(&id) = self.ids.get(path) {
            return id;
        }
        let id = ImageId::from_index(self.all.len());
        self.all.push(Image { path: path.to_owned(), kind: kind(path), build_id: None });
        self.ids.insert(path.to_owned(), id);
        id
    }
}

/// What a mapping's path says that it is.
fn kind(path: &str) -> ImageKind {
    /// Files that are on no disk.
    const MEMORY: [&str; 3] = ["/memfd:", "/dev/zero", "/SYSV"];
    if path == "[vdso]" {
        ImageKind::Vdso
    } else if path.starts_with('/') && !MEMORY.iter().any(|prefix| path.starts_with(prefix)) {
        ImageKind::File
    } else {
        ImageKind::Anonymous
    }
}

/// Mappings kept of a file in all, 32 bytes each; later lists are left out.
const MOST: usize = 1 << 22;

/// Longest list in bytes: the agent writes less than a tenth of it.
const LONGEST: usize = 1 << 20;

/// The lists of one process.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Each with the number of the record from which on it holds.
    lists: Vec<(u64, Vec<FileMapping>)>,
    /// Parts of a list that is not complete yet, its number, and the next part's.
    text: Vec<u8>,
    number: u32,
    part: u32,
}

impl Lists {
    /// Takes a part of a list from record `at`; `count` is how many mappings there are of all
    /// processes.
    pub(super) fn add(
        &mut self,
        at: u64,
        (number, part, last): (u32, u32, bool),
        text: &[u8],
        files: &mut Files,
        count: &mut usize,
    ) {
        if part == 0 {
            self.text.clear();
            (self.number, self.part) = (number, 0);
        }
        // A part that is missing makes the list useless.
        if (number, part) != (self.number, self.part) {
            return;
        }
        self.part += 1;
        self.text.extend_from_slice(text);
        if self.text.len() > LONGEST {
            (self.text, self.part) = (Vec::new(), u32::MAX);
            return;
        }
        if !last || *count > MOST {
            return;
        }
        let text = String::from_utf8_lossy(&self.text);
        let mut list: Vec<FileMapping> =
            text.lines().filter_map(|line| mapping(line, files)).collect();
        list.sort_few_by_key(|mapping| mapping.start);
        // The kernel's do not overlap.
        list.dedup_by(|next, kept| next.start < kept.end);
        *count += list.len();
        self.lists.push((at, list));
        self.text.clear();
        self.part = u32::MAX;
    }

    /// Which list holds at record `at`; the first one before that.
    pub(super) fn at(&self, at: u64) -> usize {
        self.lists.partition_point(|&(from, _)| from <= at).saturating_sub(1)
    }

    /// The mappings of a list, and those of the next one where nothing is in their place.
    pub(super) fn mappings(&self, index: usize) -> Vec<FileMapping> {
        let list =
            |index: usize| self.lists.get(index).map_or(&[][..], |(_, list)| list.as_slice());
        let mut all = list(index).to_vec();
        let now = list(index);
        let is_free = |new: &&FileMapping| {
            let after = now.partition_point(|old| old.end <= new.start);
            now.get(after).is_none_or(|old| new.end <= old.start)
        };
        all.extend(list(index + 1).iter().filter(is_free));
        all
    }
}

/// `start-end rwxp offset device inode path`.
fn mapping(line: &str, files: &mut Files) -> Option<FileMapping> {
    let mut words = line.splitn(6, ' ');
    let (start, end) = words.next()?.split_once('-')?;
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    let (start, end) = (number(start)?, number(end)?);
    let _access = words.next()?;
    let offset = number(words.next()?)?;
    let path = words.nth(2).unwrap_or_default().trim_start();
    // The file that was mapped may be gone, and another one in its place: it is asked for anyway.
    let path = path.strip_suffix(" (deleted)").unwrap_or(path);
    let path = if path.is_empty() { "//anon" } else { path };
    if start >= end || path == "[vsyscall]" {
        return None;
    }
    let path = if path == "//anon" { "[anonymous]" } else { path };
    Some(FileMapping { start, end, offset, file: files.intern(path) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
55d0c0a1f000-55d0c0a2a000 r-xp 00002000 fe:01 123 /home/a b/demo (deleted)
7f0000000000-7f0000001000 rwxp 00000000 00:00 0 
7fff0a9fe000-7fff0aa00000 r-xp 00000000 00:00 0                          [vdso]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
nonsense
9-1 r-xp 0 0 0 /x
";

    #[test]
    fn lines_of_the_kernel_are_understood() {
        let (mut files, mut lists, mut count) = (Files::default(), Lists::default(), 0);
        let (one, two) = TEXT.split_at(70);
        lists.add(3, (1, 0, false), one.as_bytes(), &mut files, &mut count);
        lists.add(4, (1, 1, true), two.as_bytes(), &mut files, &mut count);
        let found = lists.mappings(lists.at(4));
        let images: Vec<_> = found.iter().map(|m| &files.all[m.file.index()]).collect();
        assert_eq!(
            images.iter().map(|image| (image.path.as_str(), image.kind)).collect::<Vec<_>>(),
            [
                ("/home/a b/demo", ImageKind::File),
                ("[anonymous]", ImageKind::Anonymous),
                ("[vdso]", ImageKind::Vdso)
            ]
        );
        assert_eq!((found[0].start, found[0].offset), (0x55d0_c0a1_f000, 0x2000));
        assert_eq!(count, 3);
    }

    #[test]
    fn a_list_with_a_part_missing_is_none() {
        let (mut files, mut lists, mut count) = (Files::default(), Lists::default(), 0);
        lists.add(1, (1, 1, true), TEXT.as_bytes(), &mut files, &mut count);
        lists.add(2, (2, 0, false), TEXT.as_bytes(), &mut files, &mut count);
        lists.add(3, (3, 1, true), TEXT.as_bytes(), &mut files, &mut count);
        assert!(lists.mappings(lists.at(9)).is_empty());
    }

    #[test]
    fn a_library_counts_before_it_was_noticed() {
        let (mut files, mut lists, mut count) = (Files::default(), Lists::default(), 0);
        let mut add = |at, text: &str| {
            lists.add(at, (at as u32, 0, true), text.as_bytes(), &mut files, &mut count);
        };
        add(1, "1000-2000 r-xp 0 0 0 /a\n5000-6000 r-xp 0 0 0 /b\n");
        add(10, "1000-2000 r-xp 0 0 0 /a\n3000-4000 r-xp 0 0 0 /c\n5800-6800 r-xp 0 0 0 /d\n");
        let starts = |at| {
            let mappings = lists.mappings(lists.at(at));
            mappings.iter().map(|mapping| mapping.start).collect::<Vec<_>>()
        };
        assert_eq!(starts(0), [0x1000, 0x5000, 0x3000]);
        assert_eq!(starts(9), [0x1000, 0x5000, 0x3000]);
        assert_eq!(starts(10), [0x1000, 0x3000, 0x5800]);
    }
}
