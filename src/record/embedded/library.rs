//! The agent's file: where the loader finds it, and nobody else can have changed it.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::model::FastHasher;

/// The agent, as it was built with this program; empty when it could not be.
static AGENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/agent.so"));
/// Why it could not.
const PROBLEM: &str = include_str!(concat!(env!("OUT_DIR"), "/agent.txt"));

/// Puts the agent in the first folder that can be used and returns its path; else why there is
/// none. A file that is there and is the same stays.
pub(super) fn install() -> Result<PathBuf, String> {
    if AGENT.is_empty() {
        return Err(format!("this program was built without its agent: {PROBLEM}"));
    }
    let mut problem = "there is no folder for its agent".to_owned();
    for folder in folders() {
        // The loader takes both for the end of a path.
        if folder.to_string_lossy().contains([' ', ':']) {
            continue;
        }
        match install_in(&folder, AGENT) {
            Ok(path) => return Ok(path),
            Err(error) => {
                problem = format!("its agent cannot be kept in {}: {error}", folder.display())
            }
        }
    }
    Err(problem)
}

/// Folders of the user's own, best first.
fn folders() -> Vec<PathBuf> {
    let absolute = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let mut folders = Vec::new();
    folders.extend(absolute("XDG_CACHE_HOME").map(|cache| cache.join("cargo-perfbase")));
    folders.extend(std::env::home_dir().map(|home| home.join(".cache/cargo-perfbase")));
    folders.extend(absolute("XDG_RUNTIME_DIR").map(|run| run.join("cargo-perfbase")));
    folders.push(std::env::temp_dir().join(format!("cargo-perfbase-{}", user())));
    folders
}

fn user() -> u32 {
    // SAFETY: without preconditions.
    unsafe { libc::geteuid() }
}

fn install_in(folder: &Path, agent: &[u8]) -> std::io::Result<PathBuf> {
    use std::hash::Hasher as _;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)?;
    check(folder)?;
    let mut hasher = FastHasher::default();
    hasher.write(agent);
    let path = folder.join(format!("agent-{:016x}.so", hasher.finish()));
    // The name tells versions apart; what counts is what is in the file.
    if fs_err::symlink_metadata(&path).is_ok_and(|found| found.is_file() && is_ours(&found))
        && fs_err::read(&path).is_ok_and(|found| found == agent)
    {
        return Ok(path);
    }
    // Half a file is never seen under the name.
    let mut file = tempfile::Builder::new().prefix("agent-").suffix(".part").tempfile_in(folder)?;
    file.write_all(agent)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(path)
}

fn is_ours(metadata: &std::fs::Metadata) -> bool {
    const OTHERS_WRITE: u32 = 0o022;
    metadata.uid() == user() && metadata.mode() & OTHERS_WRITE == 0
}

/// Refuses a folder that others made, or can write.
fn check(folder: &Path) -> std::io::Result<()> {
    let metadata = fs_err::symlink_metadata(folder)?;
    if metadata.is_dir() && is_ours(&metadata) {
        return Ok(());
    }
    let what = "it is not a folder that this user alone can write";
    Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, what))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_is_kept_only_while_it_is_the_same() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        let path = install_in(&folder, b"agent").unwrap();
        assert_eq!(fs_err::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        let first = fs_err::metadata(&path).unwrap().ino();
        assert_eq!(install_in(&folder, b"agent").unwrap(), path);
        assert_eq!(fs_err::metadata(&path).unwrap().ino(), first);
        // Changed behind our back: written anew.
        fs_err::write(&path, b"other").unwrap();
        assert_eq!(install_in(&folder, b"agent").unwrap(), path);
        assert_eq!(fs_err::read(&path).unwrap(), b"agent");
        assert_ne!(install_in(&folder, b"newer").unwrap(), path);
        let names = fs_err::read_dir(&folder).unwrap().count();
        assert_eq!(names, 2, "no part is left");
    }

    #[test]
    fn a_link_in_its_place_is_replaced_and_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("cache");
        let path = install_in(&folder, b"agent").unwrap();
        let elsewhere = root.path().join("elsewhere");
        fs_err::write(&elsewhere, b"agent").unwrap();
        fs_err::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        install_in(&folder, b"agent").unwrap();
        assert!(fs_err::symlink_metadata(&path).unwrap().is_file());
    }

    #[test]
    fn a_folder_that_others_can_write_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("open");
        fs_err::create_dir(&folder).unwrap();
        mode(&folder, 0o777);
        let error = install_in(&folder, b"agent").unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
        mode(&folder, 0o755);
        install_in(&folder, b"agent").unwrap();
        let link = root.path().join("link");
        std::os::unix::fs::symlink(&folder, &link).unwrap();
        assert!(install_in(&link, b"agent").is_err(), "a link is not a folder");
    }

    #[test]
    fn there_is_an_agent_where_it_can_be() {
        let here = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
        assert_eq!(AGENT.starts_with(b"\x7fELF"), here, "{PROBLEM}");
        assert_eq!(PROBLEM.is_empty(), here, "{PROBLEM}");
    }
}
