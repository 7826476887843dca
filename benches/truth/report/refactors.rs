//! Refactors.

use crate::refactors::results::Outcome;

pub(super) fn text(_all: &[Outcome], _program: &str) -> String {
    String::new()
}
