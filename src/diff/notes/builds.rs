//! Notes on compilers, settings and sources.

use super::Notes;
use super::programs::are_programs_equal;
use crate::model::{Capture, Severity, SortFew as _};

/// What differs of how the executables were built, and what they were given.
pub(super) fn on_builds(base: &Capture, new: &Capture, notes: &mut Notes) {
    let consequence = "A change may come from that, not from the code.";
    let (a, b) = (&base.settings, &new.settings);
    notes.differ(
        (Severity::Warn, "toolchain"),
        "Compilers differ",
        (&base.toolchain.rustc, &new.toolchain.rustc),
        consequence,
    );
    notes.differ(
        (Severity::Warn, "target"),
        "Built for different targets",
        (&base.toolchain.target, &new.toolchain.target),
        consequence,
    );
    notes.differ(
        (Severity::Warn, "profile"),
        "Build profiles differ",
        (&a.profile, &b.profile),
        consequence,
    );
    let list = |features: &[String]| {
        let mut features = features.to_vec();
        features.sort_few();
        if features.is_empty() { "default".to_owned() } else { features.join(",") }
    };
    notes.differ(
        (Severity::Warn, "features"),
        "Features differ",
        (list(&a.features), list(&b.features)),
        consequence,
    );
    let flags = |flags: &Option<String>| match flags {
        Some(flags) if !flags.trim().is_empty() => flags.clone(),
        _ => "none".to_owned(),
    };
    notes.differ(
        (Severity::Warn, "rustflags"),
        "RUSTFLAGS differ",
        (flags(&a.rustflags), flags(&b.rustflags)),
        consequence,
    );
    let arguments = |arguments: &[String]| match arguments {
        [] => "none".to_owned(),
        all => all.join(" "),
    };
    notes.differ(
        (Severity::Warn, "arguments"),
        "Benchmarks were given different arguments",
        (arguments(&a.arguments), arguments(&b.arguments)),
        "They may not have measured the same thing.",
    );
}

/// What is known of the commits.
pub(super) fn on_sources(base: &Capture, new: &Capture, notes: &mut Notes) {
    for (capture, side) in [(base, "base"), (new, "new")] {
        if capture.commit.as_ref().is_some_and(|commit| commit.dirty) {
            notes.add(
                Severity::Warn,
                "dirty",
                format!(
                    "The {side} capture was made with changes that were not committed. Its commit alone does not give the same program."
                ),
            );
        }
    }
    // Where the programs are the same, that is said instead.
    if let (Some(a), Some(b)) = (&base.commit, &new.commit)
        && a.hash == b.hash
        && !are_programs_equal(base, new)
    {
        let consequence = if a.dirty || b.dirty {
            "They differ by what was not committed, if at all."
        } else {
            "Whatever differs is not the code."
        };
        notes.add(
            Severity::Note,
            "commit",
            format!("Both captures are of commit {}. {consequence}", short(&a.hash)),
        );
    }
}

/// The first ten characters of a hash.
fn short(hash: &str) -> String {
    hash.chars().take(10).collect()
}
