//! Which `profiles` folder is meant.

use std::path::{Path, PathBuf};

use camino::Utf8PathBuf;
use clap::Args;

use crate::console::Console;
use crate::error::Error;
use crate::store::{Store, StoredCapture};

/// The folder's name beside a workspace's `Cargo.toml`.
const PROFILES: &str = "profiles";

/// Where captures are kept.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// Folder of captures [default: `profiles` beside the workspace's Cargo.toml]
    #[arg(long, global = true, value_name = "DIR")]
    pub profiles: Option<Utf8PathBuf>,
}

/// The store that reading commands mean: the one asked for; else the nearest `profiles` folder
/// with a capture, here or above; else the one that a capture would make. cargo is not asked:
/// that would take longer than the command itself.
pub(super) fn existing(arguments: &StoreArgs) -> Result<Store, Error> {
    if let Some(folder) = &arguments.profiles {
        return open(folder.as_std_path());
    }
    let here = std::env::current_dir().map_err(Error::CurrentDirectory)?;
    let folder = here
        .ancestors()
        .map(|folder| folder.join(PROFILES))
        .find(|folder| has_capture(folder))
        .unwrap_or_else(|| likely_root(&here).join(PROFILES));
    open(&folder)
}

/// The store for a capture of this workspace.
pub(super) fn of_workspace(arguments: &StoreArgs, root: &Path) -> Result<Store, Error> {
    let folder = match &arguments.profiles {
        Some(folder) => folder.as_std_path().to_owned(),
        None => root.join(PROFILES),
    };
    open(&folder)
}

/// The store in a folder, which need not exist.
fn open(folder: &Path) -> Result<Store, Error> {
    if folder.is_file() {
        return Err(Error::usage(
            format!("{} is a file, and captures are kept in a folder", folder.display()),
            "name the folder that holds them: --profiles profiles",
        ));
    }
    Ok(Store::open(folder)?)
}

/// All captures of a store that can be read, the newest first; of others it is said why not.
///
/// # Errors
/// When the folder itself cannot be read.
pub(super) fn captures(store: &Store, console: &Console) -> Result<Vec<StoredCapture>, Error> {
    let mut captures = Vec::new();
    for one in store.list()? {
        match one.capture {
            Ok(stored) => captures.push(stored),
            Err(error) => console.warning(&format!("`{}` is left out: {error}", one.name)),
        }
    }
    Ok(captures)
}

fn has_capture(folder: &Path) -> bool {
    let Ok(entries) = fs_err::read_dir(folder) else { return false };
    entries.flatten().any(|entry| entry.path().join("capture.json").is_file())
}

/// The nearest folder above with a workspace's manifest, or with any manifest.
pub(super) fn likely_root(here: &Path) -> PathBuf {
    let manifest = |folder: &&Path| folder.join("Cargo.toml").is_file();
    let workspace = |folder: &&Path| {
        fs_err::read_to_string(folder.join("Cargo.toml"))
            .is_ok_and(|text| text.lines().any(|line| line.trim_start().starts_with("[workspace")))
    };
    let found = here.ancestors().find(workspace).or_else(|| here.ancestors().find(manifest));
    found.unwrap_or(here).to_owned()
}
