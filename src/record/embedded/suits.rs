//! Whether an agent can be preloaded into an executable at all.

use std::io::Read;
use std::path::Path;

/// Why nothing can be preloaded into the executable at `path`, and what helps; `None` when it can,
/// or when it is no ELF file (a script's interpreter is another one).
pub fn unsuitable(path: &Path) -> Option<String> {
    let mut file = fs_err::File::open(path).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        const SET_USER_OR_GROUP: u32 = 0o6000;
        if file.metadata().ok()?.permissions().mode() & SET_USER_OR_GROUP != 0 {
            return Some(
                "it changes its user or group when it starts, and the loader then preloads nothing; \
                 take --profiler perf, or a copy without that bit"
                    .to_owned(),
            );
        }
    }
    // Program headers stand behind the ELF header, for all linkers.
    let mut start = Vec::new();
    file.by_ref().take(16 << 10).read_to_end(&mut start).ok()?;
    judge(&start, std::env::consts::ARCH)
}

/// As [`unsuitable`], of the first bytes of a file, for an agent built for `architecture`.
fn judge(bytes: &[u8], architecture: &str) -> Option<String> {
    const INTERPRETER: u32 = 3;
    let half = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    if !bytes.starts_with(b"\x7fELF") {
        return None;
    }
    let machine = match architecture {
        "x86_64" => 62,
        "aarch64" => 183,
        _ => return None,
    };
    // 64 bits, little-endian, and this machine's instructions.
    if bytes.get(4..6) != Some(&[2, 1]) || half(18)? != machine {
        return Some(format!(
            "it is built for another processor than {architecture}, for which the agent is; \
             take --profiler perf"
        ));
    }
    let table = u64::from_le_bytes(bytes.get(32..40)?.try_into().ok()?);
    let table = usize::try_from(table).ok()?;
    let (size, count) = (usize::from(half(54)?), usize::from(half(56)?));
    let mut headers = (0..count).map_while(|index| {
        let at = table.checked_add(index * size)?;
        Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
    });
    if headers.any(|kind| kind == INTERPRETER) {
        return None;
    }
    Some(
        "it is statically linked, and nothing can be preloaded without a loader; \
         take --profiler perf, or link it dynamically (-C target-feature=-crt-static)"
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF header of x86-64 with program headers of these kinds.
    fn elf(kinds: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[18..20].copy_from_slice(&62_u16.to_le_bytes());
        bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
        bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
        bytes[56..58].copy_from_slice(&(kinds.len() as u16).to_le_bytes());
        for kind in kinds {
            bytes.extend(kind.to_le_bytes());
            bytes.extend([0; 52]);
        }
        bytes
    }

    #[test]
    fn an_executable_without_a_loader_is_told() {
        let judged = |bytes: &[u8]| judge(bytes, "x86_64");
        assert_eq!(judged(&elf(&[6, 3, 1])), None);
        assert!(judged(&elf(&[1, 2])).unwrap().contains("statically linked"));
        assert!(judge(&elf(&[3]), "aarch64").unwrap().contains("another processor"));
        assert_eq!(judged(b"#!/bin/sh\n"), None);
        // Cut off anywhere, it is no reason to panic.
        let whole = elf(&[6, 3, 1]);
        for length in 0..whole.len() {
            let _ = judged(&whole[..length]);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_test_suits() {
        assert_eq!(unsuitable(&std::env::current_exe().unwrap()), None);
    }
}
