//! Two folders exchange their names, with no moment in between.

use std::io;
use std::path::Path;

/// `renameat2` with `RENAME_EXCHANGE` (Linux 3.15); `false` where the kernel or the file system
/// does not know it.
#[cfg(target_os = "linux")]
pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<bool> {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;

    let one = CString::new(one.as_os_str().as_bytes())?;
    let other = CString::new(other.as_os_str().as_bytes())?;
    // By number: not every C library has a function for it.
    // SAFETY: both paths are C strings that outlive the call, which writes no memory.
    let status = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            libc::AT_FDCWD,
            one.as_ptr(),
            libc::AT_FDCWD,
            other.as_ptr(),
            libc::RENAME_EXCHANGE,
        )
    };
    if status == 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        // Seccomp filters that do not know the call answer with EPERM.
        Some(libc::ENOSYS | libc::EINVAL | libc::EOPNOTSUPP | libc::EPERM) => Ok(false),
        _ => Err(error),
    }
}

/// Elsewhere two renames have to do.
#[cfg(not(target_os = "linux"))]
pub(super) fn exchange(_one: &Path, _other: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn folders_exchange_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        for path in [&one, &other] {
            fs::create_dir(path).unwrap();
            fs::write(path.join("was"), path.file_name().unwrap().as_encoded_bytes()).unwrap();
        }
        if exchange(&one, &other).unwrap() {
            assert_eq!(fs::read(one.join("was")).unwrap(), b"other");
            assert_eq!(fs::read(other.join("was")).unwrap(), b"one");
        }
        assert!(exchange(&one, &folder.path().join("missing")).is_err());
    }
}
