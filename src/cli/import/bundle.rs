//! Captures of a bundle.

use std::collections::BTreeMap;
use std::path::Path;

use fs_err::File;

use crate::bundle::{self, Limits, PROFILES};
use crate::console::Console;
use crate::error::Error;
use crate::model::Label;
use crate::store::{Foreign, Mode, Store, StoreError};

/// Whether a file is an archive as bundles are. One that cannot be read is an error of whoever
/// reads all of it.
pub(super) fn is_one(path: &Path) -> bool {
    std::fs::File::open(path).is_ok_and(bundle::is_bundle)
}

/// Stores all captures of a bundle, or none. `label`: what its only one is to be called.
///
/// # Errors
/// A bundle that is damaged or not to be trusted; labels that are taken.
pub(super) fn import(
    path: &Path,
    label: Option<&Label>,
    mode: Mode,
    store: &Store,
    console: &Console,
) -> Result<(), Error> {
    let wrong = |source| Error::Bundle { path: path.to_owned(), source };
    let file = File::open(path).map_err(|source| wrong(bundle::BundleError::Archive(source)))?;
    let (index, files) = bundle::read(file, Limits::default()).map_err(wrong)?;
    if let (Some(label), true) = (label, index.captures.len() > 1) {
        let labels: Vec<&str> = index.captures.iter().map(Label::as_str).collect();
        return Err(Error::usage(
            format!("`--label {label}` is for one capture, and it has {}", labels.join(", ")),
            "leave --label out, or import into another folder: --profiles DIR",
        ));
    }
    let mut captures: BTreeMap<&str, Foreign<'_>> = BTreeMap::new();
    for own in &index.captures {
        let label = label.unwrap_or(own).clone();
        captures.insert(own.as_str(), Foreign { label, files: Vec::new() });
    }
    for file in &files {
        let below = file.path.strip_prefix(PROFILES).and_then(|rest| rest.strip_prefix('/'));
        // Reports are not the store's.
        let Some((own, path)) = below.and_then(|below| below.split_once('/')) else { continue };
        if let Some(capture) = captures.get_mut(own) {
            capture.files.push((path, &file.bytes));
        }
    }
    let captures: Vec<Foreign<'_>> = captures.into_values().collect();
    let stored = store.adopt(&captures, mode).map_err(|error| match error {
        StoreError::Exists { label } => Error::usage(
            format!("the capture `{label}` exists already; nothing was imported"),
            "--force replaces it; --label NAME gives a bundle's only capture another name",
        ),
        error => error.into(),
    })?;
    for one in &stored {
        console
            .status("Imported", &format!("{} in {}", one.capture().label, one.folder().display()));
    }
    Ok(())
}
