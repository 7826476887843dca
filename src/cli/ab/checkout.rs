//! A commit, or the working tree, made ready to be built.

use std::path::{Path, PathBuf};

use super::target::Target;
use crate::build::{self, BuildError, Places};
use crate::cli::capture::Side;
use crate::console::Console;
use crate::error::Error;
use crate::model::Label;
use crate::process::Session;
use crate::store::Mode;
use crate::workspace::{Folders, GitError, Repository, Revision, Selection, Worktree};

/// What stands for the working tree where commits have the beginning of their hash, and as long:
/// the path of an executable moves what lies on its stack (Mytkowicz et al. 2009).
const WORKING_TREE: &str = "working-tree----";

/// What all checkouts have in common.
pub(super) struct Ground<'a> {
    pub(super) repository: Repository<'a>,
    pub(super) session: &'a Session,
    pub(super) console: &'a Console,
    pub(super) selection: &'a Selection,
    /// Of the working tree.
    pub(super) places: &'a Places,
    /// Where the user is.
    pub(super) here: &'a Path,
}

/// Something to be built. Its files are there as long as this is.
pub(super) struct Checkout {
    pub(super) side: Side,
    worktree: Option<Worktree>,
    /// The topmost folder of its files.
    root: PathBuf,
    _target: Target,
}

impl Ground<'_> {
    fn folders(&self) -> &Folders {
        self.repository.folders()
    }

    fn target(&self, name: &str) -> Result<Target, Error> {
        let root = self.places.target_directory.join("perfbase").join("ab");
        // Clones may share a target directory, and must not share what is built of them.
        Target::take(&root, &format!("{name}-{}", self.folders().key()))
    }

    /// The user's files as they are.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub(super) fn working_tree(&self, label: Label, mode: Mode) -> Result<Checkout, Error> {
        let target = self.target(WORKING_TREE)?;
        let target_directory = target.path.clone();
        let side = Side { label, mode, directory: self.here.to_owned(), target_directory };
        let root = self.folders().root.clone();
        Ok(Checkout { side, worktree: None, root, _target: target })
    }

    /// A commit in a folder of its own.
    ///
    /// # Errors
    /// What git says; sources outside of the repository; a folder that is not in that commit.
    pub(super) fn commit(
        &self,
        revision: &Revision,
        label: Label,
        mode: Mode,
    ) -> Result<Checkout, Error> {
        self.console.status("Checking out", &format!("{} {}", revision.short, revision.subject));
        let worktree = Worktree::add(&self.repository, &worktrees()?, revision)?;
        let root = worktree.path().to_owned();
        let directory = root.join(&self.folders().prefix);
        if !directory.is_dir() {
            return Err(Error::usage(
                format!(
                    "there is no folder {} in {}",
                    self.folders().prefix.display().to_string().trim_end_matches('/'),
                    revision.short
                ),
                "call it from a folder that both have, and choose a package with --package",
            ));
        }
        let places = build::places(self.selection, Some(&directory), self.session)
            .map_err(|error| explained(error, revision))?;
        let mut sources = places.sources.iter();
        if let Some(outside) = sources.find(|one| !one.starts_with(&root) && !one.is_dir()) {
            return Err(outside_of_repository(revision, &outside.display().to_string()));
        }
        self.bring_lock_file(&places)?;
        let target = self.target(worktree.name())?;
        let target_directory = target.path.clone();
        let side = Side { label, mode, directory, target_directory };
        Ok(Checkout { side, worktree: Some(worktree), root, _target: target })
    }

    /// Where git does not keep `Cargo.lock`, that of the working tree holds, so that both sides
    /// have the same dependencies.
    fn bring_lock_file(&self, places: &Places) -> Result<(), Error> {
        let (from, to) = (&self.places.workspace_root, &places.workspace_root);
        let (from, to) = (from.join("Cargo.lock"), to.join("Cargo.lock"));
        if from.is_file() && !to.exists() {
            fs_err::copy(&from, &to).map_err(|source| GitError::Io { path: to, source })?;
        }
        Ok(())
    }

    /// Says what of the machine's settings does not hold for both sides alike.
    pub(super) fn warn_of_settings(&self, base: &Checkout, new: &Checkout) {
        let toolchain = |checkout: &Checkout| {
            let folder = checkout.root.join(&self.folders().prefix);
            let inside = folder.ancestors().take_while(|folder| folder.starts_with(&checkout.root));
            inside
                .flat_map(|folder| {
                    ["rust-toolchain.toml", "rust-toolchain"].map(|f| folder.join(f))
                })
                .find_map(|file| fs_err::read_to_string(file).ok())
        };
        if std::env::var_os("RUSTUP_TOOLCHAIN").is_some() && toolchain(base) != toolchain(new) {
            self.console.warning(
                "rust-toolchain.toml differs, and both sides are built with the compiler that is \
                 in force here",
            );
        }
        let has_commit = base.worktree.is_some() || new.worktree.is_some();
        let cargo_home = cargo_home();
        for folder in self.folders().root.ancestors().skip(1).map(|above| above.join(".cargo")) {
            let is_home = cargo_home.as_ref() == Some(&folder);
            let config = ["config.toml", "config"].map(|name| folder.join(name));
            if has_commit
                && !is_home
                && let Some(file) = config.iter().find(|file| file.is_file())
            {
                self.console.warning(&format!(
                    "{} does not hold for commits, which are built elsewhere",
                    file.display()
                ));
            }
        }
    }
}

/// A manifest that cannot be read because the checkout stands elsewhere.
fn explained(error: BuildError, revision: &Revision) -> Error {
    const MISSING: &str = "failed to load manifest for dependency `";
    if let BuildError::Failed { stderr, .. } = &error
        && let Some((_, rest)) = stderr.split_once(MISSING)
        && let Some((name, rest)) = rest.split_once('`')
        && rest.contains("No such file")
    {
        return outside_of_repository(revision, name);
    }
    error.into()
}

fn outside_of_repository(revision: &Revision, dependency: &str) -> Error {
    Error::usage(
        format!(
            "{} has a path dependency outside of the repository, which its checkout does not \
             find: {dependency}",
            revision.short,
        ),
        "check that commit out beside your own files, and make captures of both by hand",
    )
}

fn cargo_home() -> Option<PathBuf> {
    let given = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    given.or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

/// Where commits are checked out. Below the target directory, which mostly lies in the repository,
/// cargo and rustup would take settings of the working tree for those of the commit: they look for
/// `.cargo/config.toml`, `rust-toolchain.toml` and the workspace's manifest in all folders above.
fn worktrees() -> Result<PathBuf, Error> {
    let home = cargo_home().ok_or_else(|| {
        Error::usage("there is no home folder to check commits out in", "set CARGO_HOME")
    })?;
    let home = std::path::absolute(&home).unwrap_or(home);
    Ok(home.join("perfbase").join("worktrees"))
}
