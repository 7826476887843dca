//! One ELF file.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use memmap2::Mmap;
use object::elf::{EM_AARCH64, EM_X86_64, PF_X, PT_LOAD, SHF_EXECINSTR, SHT_NOBITS};
use object::read::elf::{ElfFile64, FileHeader as _, ProgramHeader as _, SectionHeader as _};
use object::{CompressionFormat, LittleEndian, Object as _, ObjectSection as _};

use super::symbols::{Symbol, SymbolTable};
use super::{code, debug_file};
use crate::model::Body;

/// The processor that code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// 64-bit x86.
    X86_64,
    /// 64-bit Arm.
    Aarch64,
}

impl Architecture {
    /// The one that this program runs on, where it is supported.
    pub fn host() -> Option<Self> {
        Self::from_name(std::env::consts::ARCH)
    }

    /// The one that `uname -m` calls so.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "x86_64" | "amd64" => Some(Self::X86_64),
            "aarch64" | "arm64" => Some(Self::Aarch64),
            _ => None,
        }
    }
}

/// A loaded segment (`PT_LOAD`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where it begins in the file.
    pub offset: u64,
    /// Bytes of it in the file.
    pub file_size: u64,
    /// Its virtual address as stated in the file.
    pub address: u64,
    /// Whether it is executable.
    pub executable: bool,
}

/// A section.
#[derive(Debug)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Its virtual address as stated in the file; 0 when it is not loaded.
    pub address: u64,
    /// Its size in memory, in bytes.
    pub size: u64,
    /// Whether it holds instructions.
    pub executable: bool,
    contents: Contents,
}

/// Where a section's bytes are.
#[derive(Debug)]
enum Contents {
    /// In the file, at this range.
    File { offset: usize, size: usize },
    /// In the file, compressed; unpacked at first use.
    Compressed { index: object::SectionIndex, unpacked: OnceLock<Vec<u8>> },
    /// Nowhere.
    None,
}

/// The bytes of a file.
enum Data {
    Mapped(Mmap),
    Memory(Vec<u8>),
}

impl std::ops::Deref for Data {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Memory(bytes) => bytes,
        }
    }
}

/// An opened ELF file, 64 bits, little endian.
pub struct Object {
    path: PathBuf,
    data: Data,
    architecture: Architecture,
    build_id: Option<Vec<u8>>,
    entry: u64,
    base: u64,
    segments: Vec<Segment>,
    sections: Vec<Section>,
    symbols: OnceLock<SymbolTable>,
    debug_file: OnceLock<Option<Box<Object>>>,
}

/// `readelf` would say more, but a profile's reader needs no more than that it is unusable.
pub(super) const NO_ELF: &str = "not a 64-bit little-endian ELF file for x86-64 or aarch64";

impl Object {
    /// Maps a file and reads its headers.
    ///
    /// # Errors
    ///
    /// When it cannot be opened or is no ELF file of a supported kind
    /// ([`std::io::ErrorKind::InvalidData`]).
    pub fn open(path: &Path) -> std::io::Result<Self> {
        // Paths come from recordings: to open a pipe would wait for its other end, and to open a
        // device may do something.
        if !fs_err::metadata(path)?.is_file() {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "not a file"));
        }
        let file = fs_err::File::open(path)?;
        // SAFETY: the mapping is private and only read. As with every tool that maps the files
        // it inspects, a file that is truncated meanwhile ends the process by SIGBUS; linkers
        // and cargo replace executables by new files instead.
        let map = unsafe { Mmap::map(file.file())? };
        Self::parse(path, Data::Mapped(map))
    }

    /// Reads the headers of an ELF image in memory.
    ///
    /// # Errors
    ///
    /// [`std::io::ErrorKind::InvalidData`] when it is no ELF file of a supported kind.
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> std::io::Result<Self> {
        Self::parse(path, Data::Memory(bytes))
    }

    fn parse(path: &Path, data: Data) -> std::io::Result<Self> {
        let invalid = || std::io::Error::new(std::io::ErrorKind::InvalidData, NO_ELF);
        let file: ElfFile64<'_, LittleEndian> = ElfFile64::parse(&*data).map_err(|_| invalid())?;
        let endian = LittleEndian;
        let architecture = match file.elf_header().e_machine(endian) {
            EM_X86_64 => Architecture::X86_64,
            EM_AARCH64 => Architecture::Aarch64,
            _ => return Err(invalid()),
        };
        let segments: Vec<Segment> = file
            .elf_program_headers()
            .iter()
            .filter(|header| header.p_type(endian) == PT_LOAD)
            .map(|header| Segment {
                offset: header.p_offset(endian),
                file_size: header.p_filesz(endian),
                address: header.p_vaddr(endian),
                executable: header.p_flags(endian) & PF_X != Default::default(),
            })
            .collect();
        // The loader maps whole pages, so the image begins at the page of its first segment.
        let base = segments.iter().map(|s| s.address & !0xfff).min().unwrap_or(0);
        let sections = file.sections().map(|s| section(&s, data.len())).collect();
        let build_id = file.build_id().ok().flatten().map(<[u8]>::to_vec);
        let entry = file.entry();
        Ok(Self {
            path: path.to_owned(),
            architecture,
            build_id,
            entry,
            base,
            segments,
            sections,
            symbols: OnceLock::new(),
            debug_file: OnceLock::new(),
            data,
        })
    }

    /// Where it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All bytes of the file.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The processor that it is for.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// Its GNU build id.
    pub fn build_id(&self) -> Option<&[u8]> {
        self.build_id.as_deref()
    }

    /// Stated address of the first instruction of a program; 0 in libraries.
    pub fn entry(&self) -> u64 {
        self.entry
    }

    /// Stated address of the first page of the image: what relative addresses count from.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Its loaded segments.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Its sections.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The section of that name.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// A section's bytes, unpacked if they are compressed; `None` when it has none, or is damaged.
    pub fn section_data(&self, name: &str) -> Option<&[u8]> {
        match &self.section(name)?.contents {
            Contents::File { offset, size } => self.data.get(*offset..offset + size),
            Contents::Compressed { index, unpacked } => {
                let bytes = unpacked.get_or_init(|| self.unpack(*index).unwrap_or_default());
                (!bytes.is_empty()).then_some(bytes)
            }
            Contents::None => None,
        }
    }

    /// Unpacks a section that is compressed by zlib, as linkers do when they are asked to. (zstd is
    /// rare, and its decoder would be one of the larger dependencies.)
    fn unpack(&self, index: object::SectionIndex) -> Option<Vec<u8>> {
        /// Deflate does not compress better than 1032:1; what claims more is made up.
        const MAX_RATIO: u64 = 1100;
        /// No offset into debug information reaches further, but for a format that nobody writes.
        const MAX_SIZE: u64 = u32::MAX as u64;
        let file = self.elf()?;
        let data = file.section_by_index(index).ok()?.compressed_data().ok()?;
        let size = data.uncompressed_size;
        if data.format != CompressionFormat::Zlib
            || size > MAX_SIZE
            || size / MAX_RATIO > data.data.len() as u64
        {
            return None;
        }
        let mut unpacked = Vec::with_capacity(usize::try_from(size).ok()?);
        let mut zlib = flate2::read::ZlibDecoder::new(data.data).take(size);
        zlib.read_to_end(&mut unpacked).ok()?;
        (unpacked.len() as u64 == size).then_some(unpacked)
    }

    /// The parsed headers; cheap to make again.
    pub(super) fn elf(&self) -> Option<ElfFile64<'_, LittleEndian>> {
        ElfFile64::parse(&*self.data).ok()
    }

    /// Turns an offset in the file, as `mmap` was given it, into a stated virtual address.
    /// Executable segments are preferred: neighbouring segments can share a page of the file.
    pub fn address_of_offset(&self, offset: u64) -> Option<u64> {
        // `mmap` works on whole pages, which have 4 KiB, or up to 64 KiB on aarch64.
        let find = |executable: bool, page: u64| {
            self.segments.iter().find(|segment| {
                let end = segment.offset.saturating_add(segment.file_size);
                let start = segment.offset & !(page - 1);
                (segment.executable || !executable) && (start..end).contains(&offset)
            })
        };
        let segment = find(true, 4 << 10)
            .or_else(|| find(true, 64 << 10))
            .or_else(|| find(false, 4 << 10))?;
        // Segments may lie lower in memory than in the file.
        Some(segment.address.wrapping_sub(segment.offset).wrapping_add(offset))
    }

    /// The function that holds a stated address, from the symbol tables of the file, of its
    /// separate debug file, and from the linkage table's relocations.
    pub fn symbol(&self, address: u64) -> Option<Symbol<'_>> {
        if let Some(symbol) = self.symbols().find(self, address) {
            return Some(symbol);
        }
        let debug = self.debug_file()?;
        debug.symbols().find(debug, address)
    }

    /// What the function at a stated address is made of; `None` where that is not known, or
    /// would not tell it from others.
    pub fn body(&self, address: u64) -> Option<Body> {
        let symbol = self.symbol(address)?;
        // The cold part of a function that was split is not the function.
        if symbol.name.contains(".cold") {
            return None;
        }
        code::body(self.architecture, self.code(symbol.start, symbol.end)?)
    }

    /// The bytes of the executable segment from one stated address to another.
    fn code(&self, start: u64, end: u64) -> Option<&[u8]> {
        let segment = self.segments.iter().find(|segment| {
            let last = segment.address.saturating_add(segment.file_size);
            segment.executable && segment.address <= start && end <= last
        })?;
        let offset = segment.offset.checked_add(start - segment.address)?;
        let range = usize::try_from(offset).ok()?
            ..usize::try_from(offset.checked_add(end.checked_sub(start)?)?).ok()?;
        self.data.get(range)
    }

    fn symbols(&self) -> &SymbolTable {
        self.symbols.get_or_init(|| SymbolTable::read(self))
    }

    /// The file that holds this one's debug information: itself, or one that was split off and
    /// lies beside it. Debug packages of a distribution serve for names of functions only:
    /// profiles must not depend on whether they are installed, and they are slow to unpack.
    pub fn with_debug_info(&self) -> Option<&Object> {
        if self.section(".debug_info").is_some() {
            return Some(self);
        }
        self.debug_file().filter(|debug| !debug_file::is_packaged(debug.path()))
    }

    fn debug_file(&self) -> Option<&Object> {
        self.debug_file.get_or_init(|| debug_file::find(self).map(Box::new)).as_deref()
    }
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Object").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Describes one section of a file of `length` bytes.
fn section<'data>(
    section: &object::read::elf::ElfSection64<'data, '_, LittleEndian>,
    length: usize,
) -> Section {
    let header = section.elf_section_header();
    let endian = LittleEndian;
    let compressed = section.compressed_file_range().ok();
    let range = |offset: u64, size: u64| {
        let offset = usize::try_from(offset).ok()?;
        let size = usize::try_from(size).ok()?;
        (offset.checked_add(size)? <= length).then_some(Contents::File { offset, size })
    };
    let contents = match compressed {
        _ if header.sh_type(endian) == SHT_NOBITS => None,
        Some(file) if file.format != CompressionFormat::None => {
            Some(Contents::Compressed { index: section.index(), unpacked: OnceLock::new() })
        }
        _ => range(header.sh_offset(endian), header.sh_size(endian)),
    };
    Section {
        // Of many sections that share one long name each would get a copy; and no name that
        // anybody looks for is long.
        name: section.name().ok().filter(|name| name.len() <= 255).unwrap_or_default().to_owned(),
        address: section.address(),
        size: section.size(),
        executable: header.sh_flags(endian) & SHF_EXECINSTR != Default::default(),
        contents: contents.unwrap_or(Contents::None),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn offsets_in_the_file_become_stated_addresses() {
        let mut object = Object::open(&std::env::current_exe().unwrap()).unwrap();
        let segment = |offset, file_size, address, executable| Segment {
            offset,
            file_size,
            address,
            executable,
        };
        // As lld lays them out: neighbours share a page of the file.
        object.segments = vec![
            segment(0, 0x15524, 0, false),
            segment(0x15530, 0x40dc0, 0x16530, true),
            segment(0x562f0, 0x2c10, 0x582f0, false),
        ];
        assert_eq!(object.address_of_offset(0x15000), Some(0x16000));
        assert_eq!(object.address_of_offset(0x56000), Some(0x57000));
        assert_eq!(object.address_of_offset(0x14000), Some(0x14000 + 0x1000));
        assert_eq!(object.address_of_offset(0x100), Some(0x100));
        assert_eq!(object.address_of_offset(0x57000), Some(0x59000));
        assert_eq!(object.address_of_offset(0x60_0000), None);
    }

    #[test]
    fn sections_compressed_by_zlib_are_unpacked() {
        let own = std::env::current_exe().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let packed = folder.path().join("packed");
        let objcopy = std::process::Command::new("objcopy")
            .args(["--compress-debug-sections=zlib", "--only-keep-debug"])
            .args([&own, &packed])
            .status();
        let Ok(status) = objcopy else {
            println!("left out: objcopy is missing");
            return;
        };
        assert!(status.success());
        let (plain, packed) = (Object::open(&own).unwrap(), Object::open(&packed).unwrap());
        let section = packed.section(".debug_line").unwrap();
        assert!(matches!(section.contents, Contents::Compressed { .. }));
        let unpacked = packed.section_data(".debug_line");
        assert!(unpacked.is_some_and(|bytes| !bytes.is_empty()));
        assert!(unpacked == plain.section_data(".debug_line"));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let path = Path::new("made-up");
        for bytes in [&b""[..], b"\x7fELF", b"#!/bin/sh", &[0; 64]] {
            let error = Object::from_bytes(path, bytes.to_vec()).unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        }
    }

    #[test]
    fn a_damaged_object_gives_less_and_never_panics() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let vdso = crate::objects::vdso::read().map_or(own[..4096].to_vec(), |v| v.data().to_vec());
        for at in 0..vdso.len() {
            let mut bytes = vdso.clone();
            bytes[at] = !bytes[at];
            if let Ok(object) = Object::from_bytes(Path::new("damaged"), bytes) {
                for section in object.sections() {
                    let _ = object.section_data(&section.name);
                }
                let _ = object.symbol(object.base() + 0x800);
                let _ = object.address_of_offset(at as u64);
            }
        }
    }
}
