//! Separate debug files, as distributions install them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use object::Object as _;

use super::object::Object;

/// The debug file of `object`, by its build id or by its debug link, as gdb looks for them.
pub(super) fn find(object: &Object) -> Option<Object> {
    candidates(object).into_iter().find_map(|path| {
        let debug = Object::open(&path).ok()?;
        let same = debug.build_id() == object.build_id() && debug.build_id().is_some();
        (same && debug.path() != object.path()).then_some(debug)
    })
}

/// Where distributions install them.
const ROOT: &str = "/usr/lib/debug";

/// Whether a path is that of an installed debug package.
pub(super) fn is_packaged(path: &Path) -> bool {
    path.starts_with(ROOT)
}

fn candidates(object: &Object) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    if let Some([first, rest @ ..]) = object.build_id() {
        let mut name = format!("{first:02x}/");
        for byte in rest {
            let _ = write!(name, "{byte:02x}");
        }
        paths.push(Path::new(ROOT).join(".build-id").join(name + ".debug"));
    }
    let link = object.elf().and_then(|elf| elf.gnu_debuglink().ok().flatten());
    if let (Some((name, _)), Some(folder)) = (link, object.path().parent())
        && let Ok(name) = std::str::from_utf8(name)
        && !name.contains('/')
    {
        paths.push(folder.join(name));
        paths.push(folder.join(".debug").join(name));
        if let Ok(inside) = folder.strip_prefix("/") {
            paths.push(Path::new(ROOT).join(inside).join(name));
        }
    }
    paths
}
