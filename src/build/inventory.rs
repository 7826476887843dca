//! All bench targets of a workspace, also those that cargo does not see.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::model::SortFew as _;
use crate::process;
use crate::workspace::{Selection, look};

use super::cargo::{Cargo, Package};
use super::error::BuildError;
use super::operation::target_directory;

/// What a workspace has of bench targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// The workspace's root folder.
    pub workspace_root: PathBuf,
    /// Cargo's target directory.
    pub target_directory: PathBuf,
    /// By package and name.
    pub targets: Vec<BenchTarget>,
}

/// A bench target, or a file that would be one if cargo saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchTarget {
    /// The package's name.
    pub package: String,
    /// Cargo's id for the package, which `-p` takes.
    pub package_id: String,
    /// The target's name.
    pub name: String,
    /// Its source.
    pub source: PathBuf,
    /// Features that its manifest says it needs.
    pub required_features: Vec<String>,
    /// Features of the package that are not on by default.
    pub optional_features: Vec<String>,
    /// Why cargo does not see it, if so.
    pub hidden: Option<Hidden>,
}

/// Why cargo does not take a file of `benches` for a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// `autobenches = false`
    Autobenches,
    /// The manifest has a list of benches without it, in an edition where that is all.
    Unlisted,
}

/// Looks for the bench targets of all members, or of those that the selection names.
///
/// # Errors
///
/// When cargo cannot be run, or finds no workspace.
pub fn inventory(
    selection: &Selection,
    session: &process::Session,
) -> Result<Inventory, BuildError> {
    let metadata = Cargo::new(None, &[], session).metadata(selection)?;
    let mut targets = Vec::new();
    for package in &metadata.packages {
        let wanted = |name: &String| *name == package.name || *name == package.id;
        if selection.packages.is_empty() || selection.packages.iter().any(wanted) {
            targets.extend(of_package(package));
        }
    }
    targets.sort_few_by(|a, b| (&a.package, &a.name).cmp(&(&b.package, &b.name)));
    Ok(Inventory {
        target_directory: target_directory(selection, None, metadata.target_directory),
        workspace_root: metadata.workspace_root,
        targets,
    })
}

fn of_package(package: &Package) -> Vec<BenchTarget> {
    let optional_features = optional_features(package);
    let target = |name: &str, source: &Path, required: &[String], hidden| BenchTarget {
        package: package.name.clone(),
        package_id: package.id.clone(),
        name: name.to_owned(),
        source: source.to_owned(),
        required_features: required.to_vec(),
        optional_features: optional_features.clone(),
        hidden,
    };
    let mut targets: Vec<BenchTarget> = package
        .targets
        .iter()
        .filter(|one| one.kind.iter().any(|kind| kind == "bench"))
        .map(|one| target(&one.name, &one.src_path, &one.required_features, None))
        .collect();
    let known: BTreeSet<&Path> = package.targets.iter().map(|one| &*one.src_path).collect();
    let folder = package.manifest_path.with_file_name("benches");
    let found = files(&folder);
    let modules: BTreeSet<String> =
        found.iter().flat_map(|(_, path)| looked_at(path).modules).collect();
    let manifest = fs_err::read_to_string(&package.manifest_path).unwrap_or_default();
    let hidden =
        if says_no_autobenches(&manifest) { Hidden::Autobenches } else { Hidden::Unlisted };
    for (name, path) in &found {
        // A file that others take for a module is none of its own.
        if !known.contains(&**path) && !modules.contains(name) && looked_at(path).has_entry {
            targets.push(target(name, path, &[], Some(hidden)));
        }
    }
    targets
}

fn looked_at(path: &Path) -> crate::workspace::Look {
    look(&fs_err::read_to_string(path).unwrap_or_default())
}

/// Files that cargo takes for bench targets where it looks for them: `x.rs` and `x/main.rs`.
fn files(folder: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs_err::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<(String, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let path = entry.path();
            let name = path.file_stem()?.to_str()?.to_owned();
            if path.extension().is_some_and(|extension| extension == "rs") {
                return path.is_file().then_some((name, path));
            }
            let main = path.join("main.rs");
            main.is_file().then_some((name, main))
        })
        .collect();
    found.sort_few();
    found
}

/// Whether a manifest has `autobenches = false`, however it is spaced.
fn says_no_autobenches(manifest: &str) -> bool {
    manifest.lines().any(|line| {
        let line = line.split('#').next().unwrap_or_default();
        let setting = line.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
        matches!(setting, Some(("autobenches" | "package.autobenches", "false")))
    })
}

/// Features that are off unless they are asked for.
fn optional_features(package: &Package) -> Vec<String> {
    let mut on = BTreeSet::new();
    let mut open = vec!["default"];
    while let Some(feature) = open.pop() {
        if on.insert(feature) {
            let enables = package.features.get(feature).into_iter().flatten();
            open.extend(enables.map(String::as_str));
        }
    }
    package.features.keys().filter(|name| !on.contains(&***name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_is_found_however_it_is_written() {
        assert!(says_no_autobenches("[package]\nautobenches=false # why\n"));
        assert!(says_no_autobenches("package.autobenches = false"));
        assert!(!says_no_autobenches("autobenches = true\n# autobenches = false"));
    }

    #[test]
    fn features_of_the_default_ones_are_on() {
        let package = Package {
            id: "p".into(),
            name: "p".into(),
            manifest_path: "/w/Cargo.toml".into(),
            dependencies: Vec::new(),
            features: [
                ("default", vec!["std", "dep:x"]),
                ("std", vec!["alloc"]),
                ("alloc", vec![]),
                ("bench", vec!["alloc"]),
            ]
            .map(|(name, list)| (name.to_owned(), list.iter().map(ToString::to_string).collect()))
            .into(),
            targets: Vec::new(),
        };
        assert_eq!(optional_features(&package), ["bench"]);
    }
}
