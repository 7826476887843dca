//! Walking one stack with framehop.

use framehop::aarch64::{CacheAarch64, PtrAuthMask, UnwindRegsAarch64, UnwinderAarch64};
use framehop::x86_64::{CacheX86_64, UnwindRegsX86_64, UnwinderX86_64};
use framehop::{ExplicitModuleSectionInfo, FrameAddress, Module, Unwinder as _};

use crate::objects::{Architecture, Object};

use super::address_space::Mapping;

/// The registers that unwinding starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// Address of the instruction that runs.
    pub pc: u64,
    /// Stack pointer.
    pub sp: u64,
    /// Frame pointer (`rbp`, `x29`).
    pub fp: u64,
    /// Link register (`x30`); 0 on x86-64.
    pub lr: u64,
}

/// A copy of the innermost part of a stack.
#[derive(Clone, Copy, Debug)]
pub struct StackCopy<'a> {
    /// The address of the first byte, usually the stack pointer.
    pub start: u64,
    /// The bytes from there on.
    pub bytes: &'a [u8],
}

impl StackCopy<'_> {
    /// The word at `address`.
    fn word(&self, address: u64) -> Result<u64, ()> {
        let offset = usize::try_from(address.checked_sub(self.start).ok_or(())?).map_err(|_| ())?;
        let word = offset.checked_add(8).and_then(|end| self.bytes.get(offset..end)).ok_or(())?;
        Ok(u64::from_le_bytes(word.try_into().expect("eight bytes were taken")))
    }
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At the entry of the process or thread.
    Complete,
    /// Somewhere before: the copy ended, or a caller could not be told.
    Truncated,
}

/// Rules found so far; one for each thread that unwinds.
#[derive(Default)]
pub struct Cache {
    x86_64: CacheX86_64,
    aarch64: CacheAarch64,
}

impl Cache {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
}

/// More frames than this are a loop: the longest copy of a stack has 8192 words.
const MAX_FRAMES: usize = 10_000;

/// Linux gives user space 48 bits of addresses (more only to those who ask for it by a hint); the
/// bits above are pointer authentication codes.
const AARCH64_POINTER: PtrAuthMask = PtrAuthMask(u64::MAX >> 16);

/// framehop's unwinder for the architecture in question.
pub(super) enum Unwinder<'o> {
    X86_64(UnwinderX86_64<&'o [u8]>),
    Aarch64(UnwinderAarch64<&'o [u8]>),
}

impl<'o> Unwinder<'o> {
    pub(super) fn new(architecture: Architecture) -> Self {
        match architecture {
            Architecture::X86_64 => Self::X86_64(UnwinderX86_64::new()),
            Architecture::Aarch64 => Self::Aarch64(UnwinderAarch64::new()),
        }
    }

    /// Adds the call frame information of a mapping's file.
    pub(super) fn add(&mut self, mapping: &Mapping<'o>) {
        let Some(object) = mapping.object else { return };
        let module = Module::new(
            String::new(),
            mapping.start..mapping.end,
            mapping.origin,
            sections(object),
        );
        match self {
            Self::X86_64(unwinder) if object.architecture() == Architecture::X86_64 => {
                unwinder.add_module(module);
            }
            Self::Aarch64(unwinder) if object.architecture() == Architecture::Aarch64 => {
                unwinder.add_module(module);
            }
            _ => {}
        }
    }

    /// Walks a stack. `is_code` says whether a return address can be one, `visit` takes each
    /// frame's lookup address and says whether its file is known.
    pub(super) fn walk(
        &self,
        registers: Registers,
        stack: StackCopy<'_>,
        cache: &mut Cache,
        visit: impl FnMut(u64) -> bool,
        is_code: impl Fn(u64) -> bool,
    ) -> End {
        let Registers { pc, sp, fp, lr } = registers;
        match self {
            Self::X86_64(unwinder) => {
                let registers = UnwindRegsX86_64::new(pc, sp, fp);
                walk(unwinder, pc, registers, &mut cache.x86_64, stack, visit, is_code)
            }
            Self::Aarch64(unwinder) => {
                let registers =
                    UnwindRegsAarch64::new_with_ptr_auth_mask(AARCH64_POINTER, lr, sp, fp);
                walk(unwinder, pc, registers, &mut cache.aarch64, stack, visit, is_code)
            }
        }
    }
}

fn walk<U: framehop::Unwinder>(
    unwinder: &U,
    pc: u64,
    registers: U::UnwindRegs,
    cache: &mut U::Cache,
    stack: StackCopy<'_>,
    mut visit: impl FnMut(u64) -> bool,
    is_code: impl Fn(u64) -> bool,
) -> End {
    let mut read = |address| stack.word(address);
    let mut frames = unwinder.iter_frames(pc, registers, cache, &mut read);
    // framehop ends a stack where call frame information says so (the entry of a process or
    // thread has no return address), where a return address is 0, and where a frame pointer is 0
    // in code without such information. The last is no proof outside of known files: generated
    // code may keep anything in that register.
    let mut in_known_file = false;
    for _ in 0..MAX_FRAMES {
        match frames.next() {
            Ok(Some(frame)) => {
                let address = frame.address_for_lookup();
                if matches!(frame, FrameAddress::ReturnAddress(_)) && !is_code(address) {
                    return End::Truncated;
                }
                in_known_file = visit(address);
            }
            Ok(None) | Err(framehop::Error::ReturnAddressIsNull) if in_known_file => {
                return End::Complete;
            }
            Ok(None) | Err(_) => return End::Truncated,
        }
    }
    End::Truncated
}

/// What framehop wants to know of a file.
fn sections(object: &Object) -> ExplicitModuleSectionInfo<&[u8]> {
    let range = |name: &str| {
        let section = object.section(name)?;
        Some(section.address..section.address.checked_add(section.size)?)
    };
    // A section of four zeros is only the terminator.
    let eh_frame = object.section_data(".eh_frame").filter(|bytes| bytes.len() > 4);
    let debug_frame = || {
        let own = object.section_data(".debug_frame");
        own.or_else(|| object.with_debug_info()?.section_data(".debug_frame"))
    };
    ExplicitModuleSectionInfo {
        base_svma: object.base(),
        text_svma: range(".text"),
        got_svma: range(".got"),
        eh_frame_svma: range(".eh_frame"),
        eh_frame_hdr_svma: range(".eh_frame_hdr"),
        eh_frame_hdr: eh_frame.and_then(|_| object.section_data(".eh_frame_hdr")),
        debug_frame: if eh_frame.is_none() { debug_frame() } else { None },
        eh_frame,
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Handle as _, ImageId};
    use crate::unwind::AddressSpace;

    #[test]
    fn words_outside_the_copy_are_not_read() {
        let bytes: Vec<u8> = (0..16).collect();
        let stack = StackCopy { start: 0x1000, bytes: &bytes };
        assert_eq!(stack.word(0x1008), Ok(0x0f0e_0d0c_0b0a_0908));
        for address in [0xfff, 0x1009, 0x1010, 0, u64::MAX] {
            assert_eq!(stack.word(address), Err(()), "{address:x}");
        }
    }

    /// Frames of code without any unwind information, linked by frame pointers.
    #[test]
    fn frame_pointers_are_followed_and_the_end_is_not_trusted() {
        let image = ImageId::from_index(0);
        let space = AddressSpace::new(
            Architecture::X86_64,
            vec![Mapping::absolute((0x40_0000, 0x41_0000), image)],
        );
        let words: [u64; 6] = [0x7f20, 0x40_0010, 7, 7, 0, 0x40_0020];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let stack = StackCopy { start: 0x7f00, bytes: &bytes };
        let registers = Registers { pc: 0x40_0000, sp: 0x7f00, fp: 0x7f00, lr: 0 };
        let mut frames = Vec::new();
        let end = space.unwind(registers, stack, &mut Cache::new(), &mut frames);
        assert_eq!(frames, [0x40_0000, 0x40_000f, 0x40_001f]);
        assert_eq!(end, End::Truncated);
    }

    /// Frame records of AArch64 (AAPCS64, "The Frame Pointer"), with signed return addresses.
    #[test]
    fn signatures_are_taken_off_return_addresses() {
        let image = ImageId::from_index(0);
        let space = AddressSpace::new(
            Architecture::Aarch64,
            vec![Mapping::absolute((0x40_0000, 0x41_0000), image)],
        );
        // The last record is two zeros.
        let words: [u64; 8] =
            [0x7f20, 0x002b_0000_0040_0010, 7, 7, 0x7f30, 0x7c01_0000_0040_0020, 0, 0];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let stack = StackCopy { start: 0x7f00, bytes: &bytes };
        let registers = Registers { pc: 0x40_0000, sp: 0x7f00, fp: 0x7f00, lr: 0x40_0010 };
        let mut frames = Vec::new();
        space.unwind(registers, stack, &mut Cache::new(), &mut frames);
        assert_eq!(frames, [0x40_0000, 0x40_000f, 0x40_001f]);
    }

    #[test]
    fn a_return_address_outside_of_code_ends_the_walk() {
        let space = AddressSpace::new(
            Architecture::X86_64,
            vec![Mapping::absolute((0x40_0000, 0x41_0000), ImageId::from_index(0))],
        );
        let words: [u64; 2] = [0x7f20, 0xdead_0000];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let stack = StackCopy { start: 0x7f00, bytes: &bytes };
        let registers = Registers { pc: 0x40_0000, sp: 0x7f00, fp: 0x7f00, lr: 0 };
        let mut frames = Vec::new();
        let end = space.unwind(registers, stack, &mut Cache::new(), &mut frames);
        assert_eq!((frames.as_slice(), end), ([0x40_0000].as_slice(), End::Truncated));
    }
}
