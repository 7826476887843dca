//! Holds the layering of the source tree, and the few habits that no lint knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which modules each module may import. `cli` composes and may import everything.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("stats", &[]),
    ("config", &["model"]),
    ("process", &["model"]),
    ("console", &["process"]),
    ("workspace", &["process", "model"]),
    ("objects", &["model"]),
    ("build", &["workspace", "process", "objects", "model"]),
    ("record", &["build", "process", "model"]),
    ("doctor", &["record", "build", "model"]),
    ("unwind", &["objects", "model"]),
    ("ingest", &["unwind", "objects", "model"]),
    ("symbolize", &["objects", "model"]),
    ("normalize", &["model"]),
    ("store", &["model"]),
    ("sha256", &[]),
    ("bundle", &["sha256", "model"]),
    ("matching", &["model"]),
    ("diff", &["matching", "normalize", "stats", "model"]),
    ("quality", &["stats", "model"]),
    ("gate", &["diff", "config", "model", "stats"]),
    ("patterns", &["model"]),
    ("view", &["gate", "patterns", "diff", "config", "matching", "model"]),
    ("render", &["view", "gate", "diff", "matching", "sha256", "model"]),
];

/// Modules whose results depend on their arguments alone.
const PURE: &[&str] = &[
    "model",
    "stats",
    "config",
    "normalize",
    "matching",
    "diff",
    "quality",
    "gate",
    "patterns",
    "view",
    "render",
    "bundle",
    "sha256",
];

/// What a pure module may not mention.
const IMPURE: &[&str] = &[
    "std::fs",
    "fs_err",
    "std::env",
    "std::process",
    "Instant::now",
    "SystemTime::now",
    "std::net",
    "tempfile",
    "thread::sleep",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below `folder`, with their text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).expect("source is UTF-8");
                if !is_test(&path) {
                    found.push((path, text));
                }
            }
        }
    }
    found.sort();
    found
}

/// The module that a file below `src` belongs to: its first folder, or its own name.
fn module_of(path: &Path) -> String {
    let below = path.strip_prefix(root().join("src")).expect("it is below src");
    let first = below.components().next().expect("it has a name");
    Path::new(first.as_os_str()).with_extension("").to_string_lossy().into_owned()
}

/// Whether a file holds unit tests only: the module beside or above declares it `#[cfg(test)]`, or
/// the one that it is a part of.
fn is_test(path: &Path) -> bool {
    let folder = path.parent().expect("it is in a folder");
    let (module, around) = if path.ends_with("mod.rs") {
        (folder, folder.parent().expect("it is below src"))
    } else {
        (path, folder)
    };
    let name = module.file_stem().unwrap_or_default().to_string_lossy();
    let above = around.file_name().unwrap_or_default().to_string_lossy();
    let declared = |file: PathBuf| {
        let text = fs::read_to_string(file).unwrap_or_default();
        ["mod", "pub(crate) mod", "pub(super) mod"]
            .iter()
            .any(|visible| text.contains(&format!("#[cfg(test)]\n{visible} {name};")))
    };
    declared(around.join("mod.rs"))
        || declared(around.with_file_name(format!("{above}.rs")))
        || (module == path && around.join("mod.rs").is_file() && is_test(&around.join("mod.rs")))
}

/// A file's text without comments and without its unit tests, which may do as they like.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test,") {
            while lines.next_if(|next| next.starts_with("#[")).is_some() {}
            if lines.peek().is_some_and(|next| next.contains("mod ") && next.ends_with('{')) {
                // Its end is a brace with nothing behind it; text of a test may hold others.
                while let Some(inside) = lines.next() {
                    if inside == "}" && lines.peek().is_none_or(|next| next.is_empty()) {
                        break;
                    }
                }
                continue;
            }
        }
        let line = line.trim_start();
        if !line.starts_with("//") {
            code.push_str(line.split(" // ").next().unwrap_or_default());
            code.push('\n');
        }
    }
    code
}

/// The modules of this crate that a text names by `crate::x` or `crate::{x, y}`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let (mut depth, mut start) = (0, 0);
            for (i, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => {
                        found.insert(name(&list[start..i]));
                        break;
                    }
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.insert(name(&list[start..i]));
                        start = i + 1;
                    }
                    _ => {}
                }
            }
        } else {
            found.insert(name(rest));
        }
    }
    found.remove("");
    found
}

#[test]
fn arrows_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in sources(&root().join("src")) {
        let module = module_of(&path);
        if ["main", "lib", "cli", "error"].contains(&&*module) {
            continue;
        }
        let Some(allowed) = allowed.get(&*module) else {
            wrong.push(format!("{}: module `{module}` is not in the table", path.display()));
            continue;
        };
        for import in imports(&code(&text)) {
            if import != module && !allowed.contains(&&*import) {
                wrong.push(format!("{}: `{module}` imports `{import}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows against the table:\n{}", wrong.join("\n"));
}

#[test]
fn the_table_has_no_circle() {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while done.len() < MAY_IMPORT.len() {
        let before = done.len();
        for (module, imports) in MAY_IMPORT {
            if imports.iter().all(|import| done.contains(import)) {
                done.insert(module);
            }
        }
        assert!(done.len() > before, "a circle among the modules beyond {done:?}");
    }
}

#[test]
fn pure_modules_stay_pure() {
    let mut wrong = Vec::new();
    for (path, text) in sources(&root().join("src")) {
        if PURE.contains(&&*module_of(&path)) {
            let code = code(&text);
            wrong.extend(
                IMPURE
                    .iter()
                    .filter(|word| code.contains(**word))
                    .map(|word| format!("{}: {word}", path.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "pure modules that are not:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_console_prints_and_only_main_exits() {
    let mut wrong = Vec::new();
    for (path, text) in sources(&root().join("src")) {
        let module = module_of(&path);
        let code = code(&text);
        let mut forbid = |words: &[&str]| {
            wrong.extend(
                words
                    .iter()
                    .filter(|word| code.contains(**word))
                    .map(|word| format!("{}: {word}", path.display())),
            );
        };
        if module != "console" && module != "main" {
            forbid(&["print!(", "println!(", "eprint!(", "process::exit("]);
        }
        forbid(&[".unwrap()", "todo!(", "unimplemented!(", "dbg!(", "#[allow("]);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let wrong: Vec<_> = sources(&root().join("src"))
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "files without a first line of documentation: {wrong:?}");
}

#[test]
fn the_reader_of_imports_sees_them() {
    let text =
        "use crate::model::Label;\nuse crate::{\n    diff::{a, b},\n    view,\n};\n$crate::x";
    let seen: Vec<_> = imports(text).into_iter().collect();
    assert_eq!(seen, ["diff", "model", "view"]);
    assert_eq!(code("a; // crate::b\n// crate::c\n"), "a;\n");
}
