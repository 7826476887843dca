//! Files that were moved between two commits, as git sees them.

use std::path::Path;

use super::git;
use crate::model::Commit;
use crate::process::Session;

/// A change of more files than this is no refactor that names of files help with.
const MOST: usize = 20_000;

/// Files that git takes for moved or renamed between two commits, from and to, relative to the
/// repository's root; of a new commit that was not clean, between the base's and the working tree
/// as it is. Nothing without git, or where a commit is not in the repository around `folder`.
pub fn moved_files(
    session: &Session,
    folder: &Path,
    base: &Commit,
    new: &Commit,
) -> Vec<(String, String)> {
    // Hashes come from files: they are not to be taken for options.
    let is_hash = |commit: &Commit| {
        commit.hash.len() >= 7 && commit.hash.bytes().all(|b| b.is_ascii_hexdigit())
    };
    if !is_hash(base) || !is_hash(new) || (base.hash == new.hash && !new.dirty) {
        return Vec::new();
    }
    let words = ["diff", "--no-ext-diff", "--name-status", "-M", "--diff-filter=R", "-z"];
    let mut command = git::command(folder, &words).arg(&base.hash);
    if !new.dirty {
        command = command.arg(&new.hash);
    }
    let output = session.run(&command.arg("--")).ok().filter(|output| output.status.success());
    output.map(|output| parse(&output.stdout)).unwrap_or_default()
}

/// Reads `R087 NUL from NUL to NUL …`.
fn parse(output: &[u8]) -> Vec<(String, String)> {
    let mut fields = output.split(|&byte| byte == 0);
    let mut moved = Vec::new();
    while let (Some(status), Some(from), Some(to)) = (fields.next(), fields.next(), fields.next()) {
        let (Ok(from), Ok(to)) = (std::str::from_utf8(from), std::str::from_utf8(to)) else {
            continue;
        };
        if status.starts_with(b"R") && moved.len() < MOST {
            moved.push((from.to_owned(), to.to_owned()));
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn statuses_are_read() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let output = b"R100\0src/a.rs\0src/b.rs\0R087\0x y.rs\0z.rs\0";
        assert_eq!(parse(output), [pair("src/a.rs", "src/b.rs"), pair("x y.rs", "z.rs")]);
        assert_eq!(parse(b""), []);
        assert_eq!(parse(b"R100\0src/a.rs"), []);
    }
}
