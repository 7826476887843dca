//! What an executable takes from the target directory when it runs: with that replaced by the
//! next build, it would no longer be what was measured.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use object::{Object, ObjectSection};

use super::super::executable::Executable;
use super::NotKept;

/// # Errors
/// [`NotKept::Library`] or [`NotKept::Program`], or a file that cannot be read.
pub(super) fn check(
    executable: &Executable,
    file: &File,
    target_directory: &Path,
) -> Result<(), NotKept> {
    let io = |source| NotKept::Io { path: executable.path.clone(), source };
    // SAFETY: as with every debugger and linker that maps files, reading would raise SIGBUS if
    // the file were truncated at this moment. Cargo's lock is free, so a build might; it is as
    // likely as during the measurement itself, which would not survive it either.
    let map = unsafe { memmap2::Mmap::map(file) }.map_err(io)?;
    let object = object::File::parse(&*map).map_err(|_| NotKept::Unknown)?;
    if let Some(name) = library_below(&object, executable, target_directory) {
        return Err(NotKept::Library { name });
    }
    if let Some(program) = program_below(&object, executable) {
        return Err(NotKept::Program { program });
    }
    Ok(())
}

/// A shared library that the loader would take from the target directory.
fn library_below(
    object: &object::File<'_>,
    executable: &Executable,
    target_directory: &Path,
) -> Option<String> {
    let dynamic = Dynamic::read(object)?;
    if dynamic.needed.is_empty() {
        return None;
    }
    let origin = executable.path.parent().unwrap_or(Path::new("/"));
    let of_file = dynamic.paths.iter().flat_map(|path| path.split(':')).map(|path| {
        let origin = origin.to_string_lossy();
        PathBuf::from(path.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin))
    });
    let variable = executable.env.iter().find(|(name, _)| name == "LD_LIBRARY_PATH");
    let variable: OsString = variable.map(|(_, value)| value.clone()).unwrap_or_default();
    let folders: Vec<PathBuf> = of_file.chain(std::env::split_paths(&variable)).collect();
    let is_below = |path: &Path| {
        let is = |root: &Path| path.starts_with(root);
        let real = fs_err::canonicalize(path).ok();
        let real_root = fs_err::canonicalize(target_directory).ok();
        is(target_directory) || real.zip(real_root).is_some_and(|(p, root)| p.starts_with(root))
    };
    dynamic.needed.into_iter().find(|name| {
        // A library in any of these folders below the target directory counts, also behind
        // another one: which is first depends on which other files come and go.
        folders.iter().any(|folder| {
            let path = executable.cwd.join(folder).join(name);
            path.is_file() && is_below(&path)
        })
    })
}

/// What an ELF file's dynamic section says of libraries.
#[derive(Debug, Default, PartialEq, Eq)]
struct Dynamic {
    /// `DT_NEEDED`
    needed: Vec<String>,
    /// `DT_RPATH`, `DT_RUNPATH`
    paths: Vec<String>,
}

impl Dynamic {
    fn read(object: &object::File<'_>) -> Option<Self> {
        let table = object.section_by_name(".dynamic")?.data().ok()?;
        let strings = object.section_by_name(".dynstr")?.data().ok()?;
        Some(Self::parse(table, strings, object.is_64(), object.is_little_endian()))
    }

    /// Entries of two words each: what, and a place in `strings`.
    fn parse(table: &[u8], strings: &[u8], is_64: bool, is_little: bool) -> Self {
        const NEEDED: u64 = 1;
        const RPATH: u64 = 15;
        const RUNPATH: u64 = 29;
        let width = if is_64 { 8 } else { 4 };
        let word = |bytes: &[u8]| {
            let add = |word: u64, &byte: &u8| word << 8 | u64::from(byte);
            if is_little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
        };
        let text = |at: u64| {
            let from = strings.get(usize::try_from(at).ok()?..)?;
            let end = from.iter().position(|&byte| byte == 0)?;
            Some(String::from_utf8_lossy(&from[..end]).into_owned())
        };
        let mut found = Self::default();
        for entry in table.chunks_exact(2 * width) {
            let (tag, value) = (word(&entry[..width]), word(&entry[width..]));
            match tag {
                0 => break,
                NEEDED => found.needed.extend(text(value)),
                RPATH | RUNPATH => found.paths.extend(text(value)),
                _ => {}
            }
        }
        found
    }
}

/// A program of the same build that the executable names: cargo gives tests and benches
/// `CARGO_BIN_EXE_<name>`, when they are compiled and when they run.
fn program_below(object: &object::File<'_>, executable: &Executable) -> Option<String> {
    const VARIABLE: &[u8] = b"CARGO_BIN_EXE_";
    let folder = executable.path.parent()?;
    let folder = match folder.file_name()?.to_str() {
        Some("deps" | "examples") => folder.parent()?,
        _ => folder,
    };
    let mut programs: Vec<String> = Vec::new();
    for entry in fs_err::read_dir(folder).ok()?.flatten() {
        let is_program = entry.metadata().is_ok_and(|m| m.is_file() && super::is_executable(&m));
        if is_program && entry.path() != executable.path {
            programs.extend(entry.file_name().into_string());
        }
    }
    let mut prefix = folder.as_os_str().as_encoded_bytes().to_vec();
    prefix.extend(std::path::MAIN_SEPARATOR_STR.as_bytes());
    for section in object.sections() {
        if !section.name().is_ok_and(|name| name.starts_with(".rodata")) {
            continue;
        }
        let data = section.data().ok()?;
        for at in positions(data, &prefix) {
            let rest = &data[at + prefix.len()..];
            // The longest: `serve` may be the beginning of `serve-all`.
            let named = programs.iter().filter(|program| rest.starts_with(program.as_bytes()));
            if let Some(program) = named.max_by_key(|program| program.len()) {
                return Some(program.clone());
            }
        }
        if positions(data, VARIABLE).next().is_some() {
            let given = executable.env.iter().filter_map(|(name, _)| name.to_str());
            if let Some(name) = given.filter_map(|n| n.strip_prefix("CARGO_BIN_EXE_")).next() {
                return Some(name.to_owned());
            }
        }
    }
    None
}

/// Where `needle` begins in `data`.
fn positions<'a>(data: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = needle.first().copied();
    data.iter()
        .enumerate()
        .filter(move |&(_, byte)| Some(*byte) == first)
        .map(|(at, _)| at)
        .filter(move |&at| data[at..].starts_with(needle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_of_a_dynamic_section() {
        let strings = b"\0libc.so.6\0$ORIGIN/../lib:/x\0";
        let mut table = Vec::new();
        for (tag, value) in [(1_u64, 1_u64), (29, 11), (5, 7), (1, 9999), (0, 0), (1, 1)] {
            table.extend(tag.to_le_bytes());
            table.extend(value.to_le_bytes());
        }
        let dynamic = Dynamic::parse(&table, strings, true, true);
        assert_eq!(dynamic.needed, ["libc.so.6"]);
        assert_eq!(dynamic.paths, ["$ORIGIN/../lib:/x"]);
        let big: Vec<u8> = [1_u32, 1, 0, 0].iter().flat_map(|word| word.to_be_bytes()).collect();
        assert_eq!(Dynamic::parse(&big, strings, false, false).needed, ["libc.so.6"]);
        assert_eq!(Dynamic::parse(&table[..15], strings, true, true), Dynamic::default());
    }

    #[test]
    fn bytes_are_found() {
        assert_eq!(positions(b"abcabab", b"ab").collect::<Vec<_>>(), [0, 3, 5]);
        assert_eq!(positions(b"ab", b"abc").count(), 0);
        assert_eq!(positions(b"ab", b"").count(), 0);
    }

    proptest::proptest! {
        #[test]
        fn no_section_breaks_it(table: Vec<u8>, strings: Vec<u8>, is_64: bool, is_little: bool) {
            let _ = Dynamic::parse(&table, &strings, is_64, is_little);
        }
    }
}
