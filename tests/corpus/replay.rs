//! Every input that is kept.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::memory;
use crate::parsers::TARGETS;

/// The folder of seeds and corpus. It is a package of its own, and so not in the published one.
fn fuzz() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz"));
    folder.is_dir().then_some(folder)
}

#[test]
fn no_kept_input_breaks_its_parser() {
    let Some(fuzz) = fuzz() else { return };
    for (name, parse) in TARGETS {
        let mut read = 0;
        for folder in ["seeds", "corpus"] {
            let Ok(entries) = std::fs::read_dir(fuzz.join(folder).join(name)) else { continue };
            for entry in entries {
                let path = entry.expect("the folder can be read").path();
                let bytes = std::fs::read(&path).expect("the file can be read");
                println!("{}", path.display());
                let peak = memory::peak_of(|| parse(&bytes));
                assert!(peak < memory::LIMIT, "{} takes {peak} bytes", path.display());
                read += 1;
            }
        }
        assert!(read > 0, "{name} has no input");
    }
}

#[test]
fn every_fuzz_target_is_replayed() {
    let Some(fuzz) = fuzz() else { return };
    let entries = std::fs::read_dir(fuzz.join("targets")).expect("the folder is there");
    let targets: BTreeSet<String> = entries
        .map(|entry| entry.expect("it can be read").path())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    let replayed: BTreeSet<String> = TARGETS.iter().map(|&(name, _)| name.to_owned()).collect();
    assert_eq!(targets, replayed);
}
