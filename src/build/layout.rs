//! The same code in another order.
//!
//! Where functions happen to lie moves times by up to 3 % (Mytkowicz et al. 2009; Curtsinger and
//! Berger, "Stabilizer", 2013). To average over that, the linker is told to shuffle: this
//! program's own executable, under a name that holds a seed, is cargo's
//! `RUSTC_WORKSPACE_WRAPPER` and adds one argument to the compiler's. So the user's own flags,
//! linker and configuration all hold, dependencies are compiled once, and cargo, which goes by the
//! wrapper's path, keeps what is built under several seeds apart.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What the name of a wrapper begins with; the seed follows.
const NAME: &str = "perfbase-layout-";

/// The seed in the name that this program was called by, where it is the compiler's wrapper.
pub fn layout_seed(called: &OsStr) -> Option<u32> {
    Path::new(called).file_name()?.to_str()?.strip_prefix(NAME)?.parse().ok()
}

/// Makes the wrapper with a seed, in `folder`, of this program's own executable. Cargo takes
/// another folder for another wrapper.
///
/// # Errors
/// A link that cannot be made.
pub(super) fn wrapper(helper: &Path, folder: &Path, seed: u32) -> io::Result<PathBuf> {
    fs_err::create_dir_all(folder)?;
    let path = folder.join(format!("{NAME}{seed}"));
    if fs_err::read_link(&path).is_ok_and(|target| target == helper) {
        return Ok(path);
    }
    // By rename: another process may be using the one that is there.
    let new = tempfile::Builder::new().prefix(".new-").tempdir_in(folder)?;
    let link = new.path().join("link");
    symlink(helper, &link)?;
    fs_err::rename(&link, &path)?;
    Ok(path)
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn symlink(_target: &Path, _link: &Path) -> io::Result<()> {
    Err(io::Error::other("layouts can be shuffled on Unix only"))
}

/// What cargo's environment needs for it. Another wrapper, such as a compiler cache, would not
/// know ours.
pub(super) fn environment(wrapper: &Path) -> [(OsString, OsString); 2] {
    [("RUSTC_WORKSPACE_WRAPPER".into(), wrapper.into()), ("RUSTC_WRAPPER".into(), OsString::new())]
}

/// The wrapper itself: becomes the compiler. `arguments` are the compiler and its arguments.
pub fn layout_main(seed: u32, arguments: &[OsString]) -> ExitCode {
    let mut command = arguments.to_vec();
    if links(arguments) {
        command.push("-Clink-arg=-Wl,--shuffle-sections=.text*=".into());
        if let Some(last) = command.last_mut() {
            last.push(seed.to_string());
        }
    }
    let error = become_program(&command);
    let text = format!("error: cannot run the compiler: {error}\n");
    // There is nobody left to tell when stderr is gone, too.
    let _ = io::Write::write_all(&mut io::stderr(), text.as_bytes());
    ExitCode::FAILURE
}

/// Whether the compiler is called to make something, and not asked about itself.
fn links(arguments: &[OsString]) -> bool {
    let words = || arguments.iter().filter_map(|word| word.to_str());
    words().any(|word| word.starts_with("--emit"))
        && !words().any(|word| word.starts_with("--print"))
}

#[cfg(unix)]
fn become_program(command: &[OsString]) -> io::Error {
    let Some((program, arguments)) = command.split_first() else {
        return io::Error::other("cargo named none");
    };
    let mut command = std::process::Command::new(program);
    std::os::unix::process::CommandExt::exec(command.args(arguments))
}

#[cfg(not(unix))]
fn become_program(_command: &[OsString]) -> io::Error {
    io::Error::other("layouts can be shuffled on Unix only")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_is_in_the_name() {
        assert_eq!(layout_seed(OsStr::new("/t/perfbase-layout-12")), Some(12));
        for other in ["/t/cargo-perfbase", "perfbase-layout-", "perfbase-layout-x", ""] {
            assert_eq!(layout_seed(OsStr::new(other)), None);
        }
    }

    #[test]
    fn questions_are_left_alone() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert!(links(&words("rustc --crate-name p --emit=dep-info,link src/lib.rs")));
        assert!(!links(&words("rustc -vV")));
        assert!(!links(&words("rustc - --crate-name ___ --print=file-names --emit=link")));
    }

    #[cfg(unix)]
    #[test]
    fn a_wrapper_is_replaced_when_this_program_moved() {
        let folder = tempfile::tempdir().unwrap();
        let first = wrapper(Path::new("/a/perfbase"), folder.path(), 3).unwrap();
        assert_eq!(layout_seed(first.as_os_str()), Some(3));
        assert_eq!(wrapper(Path::new("/b/perfbase"), folder.path(), 3).unwrap(), first);
        assert_eq!(fs_err::read_link(&first).unwrap(), Path::new("/b/perfbase"));
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
    }
}
