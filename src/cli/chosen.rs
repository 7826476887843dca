//! Which captures are meant.

use crate::console::Console;
use crate::error::Error;
use crate::store::{Store, StoredCapture};

/// The newest captures that can be read, newest first. Of others nobody can tell how new they are:
/// that they are left out is said in one line.
///
/// # Errors
/// When the folder itself cannot be read.
pub(super) fn newest(
    count: usize,
    store: &Store,
    console: &Console,
) -> Result<Vec<StoredCapture>, Error> {
    let (mut captures, mut damaged) = (Vec::new(), Vec::new());
    for one in store.list()? {
        match one.capture {
            Ok(stored) => captures.push(stored),
            Err(_) => damaged.push(format!("`{}`", one.name)),
        }
    }
    if !damaged.is_empty() {
        console.warning(&format!(
            "{} cannot be read and {} left out; cargo perfbase list says why",
            damaged.join(", "),
            if damaged.len() == 1 { "is" } else { "are" }
        ));
    }
    captures.truncate(count);
    Ok(captures)
}

/// The capture meant: the one named, else the newest.
pub(super) fn one(
    named: Option<&str>,
    store: &Store,
    console: &Console,
) -> Result<StoredCapture, Error> {
    match named {
        Some(label) => Ok(store.find(label)?),
        None => newest(1, store, console)?.pop().ok_or_else(|| {
            Error::usage(
                format!("there is no capture in {}", store.root().display()),
                "make one: cargo perfbase capture --label NAME",
            )
        }),
    }
}

/// The two captures meant, base first: those named, else the newest ones.
pub(super) fn two(
    base: Option<&str>,
    new: Option<&str>,
    store: &Store,
    console: &Console,
) -> Result<(StoredCapture, StoredCapture), Error> {
    let missing = |there: usize| {
        Error::usage(
            format!("a comparison needs two captures, and {} has {there}", store.root().display()),
            "make one before and one after the change: cargo perfbase capture --label NAME",
        )
    };
    match (base, new) {
        (Some(base), Some(new)) => Ok((store.find(base)?, store.find(new)?)),
        (Some(base), None) => {
            let base = store.find(base)?;
            let newest = newest(2, store, console)?;
            let there = newest.len();
            let other = newest
                .into_iter()
                .find(|stored| stored.capture().id != base.capture().id)
                .ok_or_else(|| missing(there))?;
            Ok((base, other))
        }
        (None, _) => {
            let mut newest = newest(2, store, console)?;
            if newest.len() < 2 {
                return Err(missing(newest.len()));
            }
            let base = newest.remove(1);
            Ok((base, newest.remove(0)))
        }
    }
}
