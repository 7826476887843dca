//! `cargo perfbase ab`
//!
//! Two commits, or a commit and the working tree: each built from its own files into its own
//! target directory, measured in turns, stored, and compared. Nothing of the user's checkout
//! changes.

mod args;
mod checkout;
mod layouts;
mod steps;
mod target;

use std::path::Path;

pub(super) use args::AbArgs;
use checkout::Ground;

use super::capture::{CaptureArgs, Pair, Side, Together};
use super::compared::What;
use super::diff::{self, Files};
use super::folder::{self, StoreArgs};
use super::rules::{self, ConfigArgs};
use crate::build;
use crate::console::Console;
use crate::error::{Error, ExitStatus};
use crate::model::Label;
use crate::process::Session;
use crate::store::{Mode, Store, StoreError};
use crate::workspace::{Folders, Repository, Revision};

pub(super) fn execute(
    arguments: &AbArgs,
    store: &StoreArgs,
    config: &ConfigArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let files = Files::open(&arguments.report)?;
    let config = rules::load(config)?;
    let session = Session::start()?;
    let here = std::env::current_dir().and_then(fs_err::canonicalize);
    let here = here.map_err(Error::CurrentDirectory)?;
    let folders = Folders::find(&session, &here)?;
    let repository = Repository::new(&session, &folders);
    // All that can be wrong with names is told before anything is built.
    let base = repository.commit(&arguments.base)?;
    let head = arguments.head.as_ref().map(|name| repository.commit(name)).transpose()?;

    let mut capture = arguments.capture();
    capture.selection.manifest_path = manifest_path(&capture, &here, &folders)?;
    let selection = capture.selection();
    let places = build::places(&selection, None, &session)?;
    let store = match &store.profiles {
        Some(_) => folder::existing(store)?,
        None => folder::of_workspace(store, &places.workspace_root)?,
    };
    let ground = Ground {
        repository,
        session: &session,
        console,
        selection: &selection,
        places: &places,
        here: &here,
    };
    let together = Together {
        arguments: &capture,
        config: &config,
        store: &store,
        session: &session,
        console,
        target_directory: &places.target_directory,
    };
    if arguments.steps {
        return steps::execute(arguments, &base, head.as_ref(), &ground, &together);
    }

    let base_label = label(&base, arguments.base_label.as_ref());
    let new_label = match (&head, &arguments.label) {
        (Some(head), given) => label(head, given.as_ref()),
        (None, Some(given)) => given.clone(),
        (None, None) => "working-tree".parse().expect("it has letters and a dash"),
    };
    if base_label == new_label {
        return Err(same_label(&base_label, head.as_ref() == Some(&base)));
    }
    let modes = [&base_label, &new_label].map(|label| mode(&store, label, arguments.force));
    let [base_mode, new_mode] = modes;
    let (base_mode, new_mode) = (base_mode?, new_mode?);
    note_same(&repository, &base, head.as_ref(), console)?;

    let base = ground.commit(&base, base_label, base_mode)?;
    let new = match &head {
        Some(head) => ground.commit(head, new_label, new_mode)?,
        None => ground.working_tree(new_label, new_mode)?,
    };
    ground.warn_of_settings(&base, &new);
    let pair = measure(&together, &base.side, &new.side, arguments.layouts)?;
    let what =
        What { base: &pair.base, new: &pair.new, benchmarks: &[], config: &config, force: false };
    let status = diff::report(&what, &arguments.report, arguments.show_all, files, console)?;
    let layouts = layouts::table(&pair.layouts);
    if arguments.report.is_for_people_on_stdout() {
        console.write_stdout(&layouts).map_err(Error::Stdout)?;
    }
    Ok(if has_failed(&pair) { ExitStatus::Failed } else { status })
}

/// Builds both sides, measures them in turns and stores both.
fn measure(together: &Together<'_>, base: &Side, new: &Side, layouts: u32) -> Result<Pair, Error> {
    let built = layouts::build(together, base, new, layouts)?;
    let pair = together.measure(base, new, &built)?;
    for stored in [&pair.base, &pair.new] {
        let text = format!("{} in {}", stored.capture().label, stored.folder().display());
        together.console.status("Stored", &text);
    }
    Ok(pair)
}

fn has_failed(pair: &Pair) -> bool {
    let mut benchmarks =
        pair.base.capture().benchmarks.iter().chain(&pair.new.capture().benchmarks);
    benchmarks.any(|entry| entry.failure.is_some())
}

/// The label of a commit's capture.
fn label(revision: &Revision, given: Option<&Label>) -> Label {
    given.cloned().unwrap_or_else(|| {
        revision.short.parse().expect("a hash has digits and letters only, and is not long")
    })
}

fn same_label(label: &Label, are_same: bool) -> Error {
    if are_same {
        return Error::usage(
            format!("the two refs are the same commit, {label}"),
            "name another commit; to see how much this machine scatters, give one of them a name \
             of its own with --label",
        );
    }
    Error::usage(
        format!("both captures would be called `{label}`"),
        "give them names with --base-label and --label",
    )
}

/// Says where both sides are the same code.
fn note_same(
    repository: &Repository<'_>,
    base: &Revision,
    head: Option<&Revision>,
    console: &Console,
) -> Result<(), Error> {
    match head {
        Some(head) if head.hash == base.hash => {
            console.warning(
                "the two refs are the same commit: what differs is how much this machine scatters",
            );
        }
        None if repository.commit("HEAD")?.hash == base.hash && !repository.is_dirty()? => {
            console.warning(&format!(
                "the working tree is as in {}: what differs is how much this machine scatters",
                base.short
            ));
        }
        _ => {}
    }
    Ok(())
}

/// Whether a command line is one of `ab`: options that all commands have may stand in front of the
/// command, some with a value.
fn is_of_ab(command: &[String]) -> bool {
    let mut words = command.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--profiles" | "--color" => {
                let _value = words.next();
            }
            option if option.starts_with('-') => {}
            command => return command == "ab",
        }
    }
    false
}

/// Whether a label is free, or that of an earlier comparison of this kind, which the new one
/// replaces.
fn mode(store: &Store, label: &Label, force: bool) -> Result<Mode, Error> {
    let stored = match store.read(label) {
        Err(StoreError::NoCapture { .. }) => return Ok(Mode::New),
        _ if force => return Ok(Mode::Replace),
        Err(error) => return Err(error.into()),
        Ok(stored) => stored,
    };
    if is_of_ab(&stored.capture().settings.command) {
        return Ok(Mode::Replace);
    }
    Err(Error::usage(
        format!("`{label}` exists already, and was not made by `ab`"),
        "name the captures with --base-label and --label, or replace it with --force",
    ))
}

/// `--manifest-path` such that it means the same in every checkout: relative, and in the
/// repository.
fn manifest_path(
    arguments: &CaptureArgs,
    here: &Path,
    folders: &Folders,
) -> Result<Option<camino::Utf8PathBuf>, Error> {
    let Some(given) = &arguments.selection.manifest_path else { return Ok(None) };
    let path = fs_err::canonicalize(here.join(given));
    let inside = path
        .ok()
        .and_then(|path| path.strip_prefix(&folders.root).ok()?.to_str().map(str::to_owned));
    let Some(inside) = inside else {
        return Err(Error::usage(
            format!("{given} is not in the repository {}", folders.root.display()),
            "name a Cargo.toml that is there at both commits",
        ));
    };
    let up = folders.prefix.components().count();
    Ok(Some(format!("{}{inside}", "../".repeat(up)).into()))
}

#[cfg(test)]
mod tests {
    use super::is_of_ab;

    #[test]
    fn only_the_command_itself_counts() {
        let is = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            is_of_ab(&words)
        };
        assert!(is("ab main"));
        assert!(is("-q --profiles capture --color always ab main"));
        assert!(is("--profiles=x ab main --label capture"));
        assert!(!is("--profiles ab capture --label x"));
        assert!(!is("--color ab capture ab"));
        assert!(!is("capture ab"));
        assert!(!is("--profiles"));
        assert!(!is(""));
    }
}
