//! Files that a tool wrote for each process, with the process's number in their names.

use std::path::{Path, PathBuf};

use crate::model::SortFew as _;

/// The files `OUTPUT.PID` with a `suffix` behind, ordered by process.
///
/// # Errors
/// When their folder cannot be read.
pub(super) fn files_of_processes(output: &Path, suffix: &str) -> std::io::Result<Vec<PathBuf>> {
    let folder = output.parent().unwrap_or(Path::new("."));
    let Some(name) = output.file_name().and_then(|name| name.to_str()) else {
        return Ok(Vec::new());
    };
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        let number = file.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
        let number = number.and_then(|rest| rest.strip_suffix(suffix));
        if let Some(pid) = number.and_then(|number| number.parse().ok()) {
            found.push((pid, path));
        }
    }
    found.sort_few();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_none_of_these() {
        let folder = tempfile::tempdir().unwrap();
        let all = ["out.12", "out.9", "out.9.log", "out", "out.x", "other.1", "out.12.log"];
        for name in all {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let names = |suffix| {
            let files = files_of_processes(&folder.path().join("out"), suffix).unwrap();
            let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
            files.into_iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(names(""), ["out.9", "out.12"]);
        assert_eq!(names(".log"), ["out.9.log", "out.12.log"]);
        assert!(files_of_processes(&folder.path().join("none/out"), "").is_err());
    }
}
