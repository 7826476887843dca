//! Names of the running kernel's functions.

/// Functions by address; empty where the kernel does not tell.
#[derive(Debug, Default)]
pub(super) struct KernelSymbols {
    /// What the kernel wrote.
    text: Vec<u8>,
    /// Ordered by address, each with the offset of its name in `text`.
    symbols: Vec<(u64, u32)>,
    build_id: Option<Vec<u8>>,
}

/// No function of the kernel is longer.
const MAX_FUNCTION: u64 = 1 << 20;

impl KernelSymbols {
    /// Reads `/proc/kallsyms`. The kernel takes tens of milliseconds to write it.
    pub(super) fn of_this_machine() -> Self {
        let mut symbols = Self::parse(read_all().unwrap_or_default());
        symbols.build_id = fs_err::read("/sys/kernel/notes").ok().as_deref().and_then(build_id);
        symbols
    }

    /// Lines of address, type and name.
    fn parse(text: Vec<u8>) -> Self {
        let mut symbols = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            // Sixteen digits, a space, the type, a space, the name.
            if let Some((digits, [b' ', b't' | b'T' | b'w' | b'W', b' ', ..])) =
                line.split_at_checked(16)
                && let Some(address) = hexadecimal(digits)
                && let Ok(name) = u32::try_from(start + 19)
                // All addresses are 0 when the reader may not know them.
                && address != 0
            {
                symbols.push((address, name));
            }
            start += line.len();
        }
        // Stable, so that names of one address stay in the kernel's order.
        symbols.sort_by_key(|&(address, _)| address);
        Self { text, symbols, build_id: None }
    }

    /// The name that begins at `offset`.
    fn name(&self, offset: u32) -> Option<&str> {
        let rest = self.text.get(offset as usize..)?;
        let end = rest.iter().position(|byte| byte.is_ascii_whitespace()).unwrap_or(rest.len());
        std::str::from_utf8(&rest[..end]).ok()
    }

    /// The function that an address of a kernel with that build id lies in.
    pub(super) fn find(&self, address: u64, build_id: Option<&[u8]>) -> Option<&str> {
        if let (Some(recorded), Some(own)) = (build_id, &self.build_id)
            && recorded != own
        {
            return None;
        }
        let after = self.symbols.partition_point(|&(start, _)| start <= address);
        let &(found, _) = self.symbols[..after].last()?;
        if address - found > MAX_FUNCTION {
            return None;
        }
        // Several names may share the address; `_text` and the like come first.
        let first = self.symbols.partition_point(|&(start, _)| start < found);
        let names = self.symbols[first..after].iter().filter_map(|&(_, name)| self.name(name));
        names.min_by_key(|name| name.starts_with('_'))
    }
}

/// Reads `/proc/kallsyms`, but only its beginning when addresses are hidden.
fn read_all() -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut file = fs_err::File::open("/proc/kallsyms")?;
    let mut text = vec![0; 4096];
    let length = file.read(&mut text)?;
    text.truncate(length);
    // Counters of each CPU lie at small addresses; code does not.
    let hidden =
        text.split(|&byte| byte == b'\n').all(|line| line.starts_with(b"0000000000000000"));
    if !hidden {
        file.read_to_end(&mut text)?;
    }
    Ok(text)
}

/// A number of hexadecimal digits.
fn hexadecimal(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |number, &digit| {
        Some(number << 4 | u64::from(char::from(digit).to_digit(16)?))
    })
}

/// The GNU build id among ELF notes.
fn build_id(mut notes: &[u8]) -> Option<Vec<u8>> {
    const NT_GNU_BUILD_ID: u32 = 3;
    loop {
        let (head, rest) = notes.split_at_checked(12)?;
        let word = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
        let (name, description, kind) = (word(0)? as usize, word(4)? as usize, word(8)?);
        let (name, rest) = rest.split_at_checked(name.checked_next_multiple_of(4)?)?;
        let padded = description.checked_next_multiple_of(4)?.min(rest.len());
        if kind == NT_GNU_BUILD_ID && name.starts_with(b"GNU\0") {
            return rest.get(..description).map(<[u8]>::to_vec);
        }
        notes = &rest[padded..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"ffffffff81000000 T _stext\n\
        ffffffff81000000 T first\n\
        ffffffff81000100 t second\n\
        ffffffff81000200 d data\n\
        ffffffffc0000000 t ext4_read\t[ext4]\n";

    #[test]
    fn functions_by_address() {
        let symbols = KernelSymbols::parse(TEXT.to_vec());
        assert_eq!(symbols.find(0xffff_ffff_8100_0010, None), Some("first"));
        assert_eq!(symbols.find(0xffff_ffff_8100_0100, None), Some("second"));
        assert_eq!(symbols.find(0xffff_ffff_c000_0001, None), Some("ext4_read"));
        assert_eq!(symbols.find(0xffff_ffff_9000_0000, None), None);
        assert_eq!(symbols.find(0x10, None), None);
    }

    #[test]
    fn hidden_addresses_and_other_kernels_name_nothing() {
        let hidden =
            KernelSymbols::parse(b"0000000000000000 T _stext\n0000000000000000 t x\n".to_vec());
        assert_eq!(hidden.find(0xffff_ffff_8100_0010, None), None);
        let mut symbols = KernelSymbols::parse(TEXT.to_vec());
        symbols.build_id = Some(vec![1; 20]);
        assert_eq!(symbols.find(0xffff_ffff_8100_0010, Some(&[2; 20])), None);
        assert_eq!(symbols.find(0xffff_ffff_8100_0010, Some(&[1; 20])), Some("first"));
    }

    #[test]
    fn build_id_among_notes() {
        let mut notes = Vec::new();
        for word in [4u32, 4, 1] {
            notes.extend(word.to_le_bytes());
        }
        notes.extend(b"XYZ\0abcd");
        for word in [4u32, 5, 3] {
            notes.extend(word.to_le_bytes());
        }
        notes.extend(b"GNU\0\x01\x02\x03\x04\x05\0\0\0");
        assert_eq!(build_id(&notes), Some(vec![1, 2, 3, 4, 5]));
        assert_eq!(build_id(&notes[..30]), None);
        assert_eq!(build_id(&[0xff; 12]), None);
    }
}
