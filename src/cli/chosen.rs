//! Which captures are meant.

use crate::error::Error;
use crate::store::{Store, StoredCapture};

/// The capture meant: the one named, else the newest.
pub(super) fn one(named: Option<&str>, store: &Store) -> Result<StoredCapture, Error> {
    match named {
        Some(label) => Ok(store.find(label)?),
        None => store.newest(1)?.pop().ok_or_else(|| {
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
            let newest = store.newest(2)?;
            let there = newest.len();
            let other = newest
                .into_iter()
                .find(|stored| stored.capture().id != base.capture().id)
                .ok_or_else(|| missing(there))?;
            Ok((base, other))
        }
        (None, _) => {
            let mut newest = store.newest(2)?;
            if newest.len() < 2 {
                return Err(missing(newest.len()));
            }
            let base = newest.remove(1);
            Ok((base, newest.remove(0)))
        }
    }
}
