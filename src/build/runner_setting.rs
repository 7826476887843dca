//! The user's own target runner (`target.<triple>.runner`), found and kept, since ours takes its
//! place while building.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use cargo_platform::{Cfg, CfgExpr};
use serde_json::Value;

/// The variable that sets a target's runner and wins over every configuration file.
pub(super) fn variable(triple: &str) -> String {
    let triple = triple.to_ascii_uppercase().replace(['-', '.'], "_");
    format!("CARGO_TARGET_{triple}_RUNNER")
}

/// The runner in such a variable's value: cargo splits it at white space.
pub(super) fn from_variable(value: &str) -> Vec<String> {
    value.split_whitespace().map(str::to_owned).collect()
}

/// The runner for `triple` in the JSON of `cargo config get target`. `cfgs` gives what the
/// compiler sets for the triple; it is asked only when there are `cfg(…)` tables with a runner.
pub(super) fn from_config(
    json: &str,
    triple: &str,
    cfgs: &mut dyn FnMut() -> Option<String>,
) -> Result<Vec<String>, Unreadable> {
    let value: Value = serde_json::from_str(json).map_err(|_| Unreadable)?;
    let tables = value.get("target").and_then(Value::as_object).ok_or(Unreadable)?;
    let runner = |table: &Value| table.get("runner").map(words);
    if let Some(runner) = tables.get(triple).and_then(runner) {
        return runner.ok_or(Unreadable);
    }
    let mut set: Option<Vec<Cfg>> = None;
    for (key, table) in tables {
        let Some(runner) = runner(table) else { continue };
        let Some(expression) = key.strip_prefix("cfg(").and_then(|key| key.strip_suffix(')'))
        else {
            continue;
        };
        let expression: CfgExpr = expression.parse().map_err(|_| Unreadable)?;
        if set.is_none() {
            let text = cfgs().ok_or(Unreadable)?;
            set = Some(text.lines().filter_map(|line| line.trim().parse().ok()).collect());
        }
        // Cargo refuses several that match, so the first one is the one.
        if set.as_deref().is_some_and(|set| expression.matches(set)) {
            return runner.ok_or(Unreadable);
        }
    }
    Ok(Vec::new())
}

/// The user's configuration is not of a form that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

/// A runner is a string that is split at white space, or an array.
fn words(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(from_variable(text)),
        Value::Array(words) => words.iter().map(|w| w.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// Makes a runner's program independent of the configuration file that it is relative to. Cargo
/// takes a program with a slash relative to the folder that holds the file's `.cargo`; the file
/// is not known here, so the folders are tried in the order of precedence.
pub(super) fn resolve(
    mut runner: Vec<String>,
    directory: &Path,
    home: Option<&Path>,
) -> Vec<String> {
    let Some(program) = runner.first_mut() else { return runner };
    if !program.contains('/') || Path::new(&*program).is_absolute() {
        return runner;
    }
    let folders = directory.ancestors().chain(home);
    let found = folders
        .filter(|folder| {
            folder.join(".cargo/config.toml").exists() || folder.join(".cargo/config").exists()
        })
        .map(|folder| folder.join(&*program))
        .find(|path| path.is_file());
    if let Some(path) = found.as_deref().and_then(Path::to_str) {
        path.clone_into(program);
    }
    runner
}

/// What to set a runner variable to, so that cargo calls this program's hidden command. Cargo
/// splits the value at white space, so a path with blanks goes through a link in `scratch`.
pub(super) fn own_runner(
    helper: &Path,
    scratch: &Path,
    command: &str,
) -> std::io::Result<Option<OsString>> {
    let plain = |path: &Path| path.to_str().is_some_and(|p| !p.contains(char::is_whitespace));
    let path: PathBuf = if plain(helper) {
        helper.to_owned()
    } else {
        let link = scratch.join("runner");
        if !plain(&link) || !symlink(helper, &link)? {
            return Ok(None);
        }
        link
    };
    let mut value = path.into_os_string();
    value.push(" ");
    value.push(command);
    Ok(Some(value))
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> std::io::Result<bool> {
    std::os::unix::fs::symlink(target, link).map(|()| true)
}

#[cfg(not(unix))]
fn symlink(_target: &Path, _link: &Path) -> std::io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINUX: &str = "unix\ntarget_os=\"linux\"\ntarget_arch=\"x86_64\"\n";

    fn find(json: &str) -> Result<Vec<String>, Unreadable> {
        from_config(json, "x86_64-a-b", &mut || Some(LINUX.to_owned()))
    }

    #[test]
    fn strings_arrays_and_cfgs() {
        assert_eq!(
            find(r#"{"target":{"x86_64-a-b":{"runner":"nice -n 5"}}}"#).unwrap(),
            ["nice", "-n", "5"]
        );
        assert_eq!(
            find(r#"{"target":{"x86_64-a-b":{"runner":["my runner","-n"]}}}"#).unwrap(),
            ["my runner", "-n"]
        );
        let cfgs = r#"{"target":{"cfg(windows)":{"runner":"no"},"cfg(unix)":{"linker":"x"},
            "cfg(all(unix, target_os = \"linux\"))":{"runner":["yes"]},"c-d":{"runner":"no"}}}"#;
        assert_eq!(find(cfgs).unwrap(), ["yes"]);
        let both = r#"{"target":{"cfg(unix)":{"runner":"no"},"x86_64-a-b":{"runner":"yes"}}}"#;
        assert_eq!(find(both).unwrap(), ["yes"]);
        assert_eq!(find(r#"{"target":{"c-d":{"runner":"no"}}}"#), Ok(Vec::new()));
        assert_eq!(find(r#"{"target":{"x86_64-a-b":{"runner":7}}}"#), Err(Unreadable));
        assert_eq!(find("error: no"), Err(Unreadable));
        assert_eq!(
            from_config(r#"{"target":{"cfg(unix)":{"runner":"x"}}}"#, "t", &mut || None),
            Err(Unreadable)
        );
    }

    #[test]
    fn variables_are_named_as_cargo_names_them() {
        assert_eq!(
            variable("thumbv8m.main-none-eabi"),
            "CARGO_TARGET_THUMBV8M_MAIN_NONE_EABI_RUNNER"
        );
    }

    #[test]
    fn programs_beside_the_configuration_are_found() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("a/b");
        fs_err::create_dir_all(inner.join(".cargo")).unwrap();
        fs_err::create_dir_all(root.path().join(".cargo")).unwrap();
        fs_err::write(inner.join(".cargo/config.toml"), "").unwrap();
        fs_err::write(root.path().join(".cargo/config.toml"), "").unwrap();
        fs_err::create_dir(root.path().join("tools")).unwrap();
        fs_err::write(root.path().join("tools/run.sh"), "").unwrap();
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            resolve(words(&["tools/run.sh", "-x"]), &inner, None),
            [root.path().join("tools/run.sh").to_str().unwrap(), "-x"]
        );
        for other in [&["nice", "-n"][..], &["tools/none.sh"], &["/bin/sh"], &[]] {
            assert_eq!(resolve(words(other), &inner, None), words(other));
        }
    }

    #[cfg(unix)]
    #[test]
    fn blanks_in_our_own_path_are_avoided() {
        let scratch = tempfile::tempdir().unwrap();
        let plain = own_runner(Path::new("/usr/bin/perfbase"), scratch.path(), "__r").unwrap();
        assert_eq!(plain.unwrap(), "/usr/bin/perfbase __r");
        let odd = own_runner(Path::new("/my tools/perfbase"), scratch.path(), "__r").unwrap();
        let link = scratch.path().join("runner");
        assert_eq!(odd.unwrap().to_str().unwrap(), format!("{} __r", link.display()));
        assert_eq!(fs_err::read_link(link).unwrap(), Path::new("/my tools/perfbase"));
    }

    proptest::proptest! {
        #[test]
        fn no_configuration_breaks_it(expression in "[a-z(), =\"\\\\]{0,30}", value in "\\PC*") {
            let json = serde_json::json!({"target": {format!("cfg({expression})"): {"runner": value}}});
            let _ = find(&json.to_string());
            let _ = find(&value);
        }
    }
}
