//! Where valgrind's log says that files were loaded.

/// A file in a process's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Loaded {
    /// The file.
    pub(super) path: String,
    /// What is to be added to the addresses that it states (modulo 2^64).
    pub(super) bias: u64,
}

/// The files that a log mentions, in order. Each is a line `Reading syms from PATH`, and later one
/// with the stated and the actual address of its code, `svma 0x1060, avma 0x4001060`.
pub(super) fn loaded(log: &[u8]) -> Vec<Loaded> {
    let mut all = Vec::new();
    let mut path = None;
    for line in log.split(|&byte| byte == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else { continue };
        // `--1234-- `
        let Some((_, text)) = line.strip_prefix("--").and_then(|rest| rest.split_once("-- "))
        else {
            continue;
        };
        let text = text.trim();
        if let Some(file) = text.strip_prefix("Reading syms from ") {
            path = Some(file);
        } else if let Some((stated, actual)) = addresses(text)
            && let Some(path) = path.take()
        {
            all.push(Loaded { path: path.to_owned(), bias: actual.wrapping_sub(stated) });
        }
    }
    all
}

/// Whether a log is of a process that was forked and became no other program: valgrind itself,
/// which each program starts with, was loaded before.
pub(super) fn is_of_fork(log: &[u8]) -> bool {
    let is_tool = |loaded: &Loaded| {
        loaded.path.rsplit('/').next().is_some_and(|name| name.starts_with("dhat-"))
    };
    !loaded(log).iter().any(is_tool)
}

fn addresses(text: &str) -> Option<(u64, u64)> {
    let (stated, actual) = text.strip_prefix("svma ")?.split_once(", avma ")?;
    let number = |text: &str| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok();
    Some((number(stated)?, number(actual)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "==7== DHAT, a dynamic heap analysis tool\n\
        --7-- Reading syms from /tmp/x y/app\n\
        --7-- ELF section outside all mapped regions\n\
        --7-- Reading syms from /tmp/x y/app\n\
        --7--    svma 0x00000821e0, avma 0x000018a1e0\n\
        --7-- Reading syms from /lib/libc.so.6\n\
        --7--   Considering /usr/lib/debug/x.debug ..\n\
        --7--    svma 0x0000026000, avma 0x00049a8000\n\
        --7--    svma 0x1, avma 0x2\n";

    #[test]
    fn files_and_their_places() {
        let app = Loaded { path: "/tmp/x y/app".to_owned(), bias: 0x10_8000 };
        let libc = Loaded { path: "/lib/libc.so.6".to_owned(), bias: 0x498_2000 };
        assert_eq!(loaded(LOG.as_bytes()), [app, libc]);
        assert_eq!(loaded(b"--7-- \xff\n----\n--7-- svma 0x, avma 0x1"), []);
    }

    #[test]
    fn a_forked_process_loads_nothing() {
        assert!(is_of_fork(LOG.as_bytes()));
        let tool = "--7-- Reading syms from /usr/libexec/valgrind/dhat-amd64-linux\n\
            --7--    svma 0x0058001000, avma 0x0058001000\n";
        assert!(!is_of_fork(format!("{LOG}{tool}").as_bytes()));
    }
}
