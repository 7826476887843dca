//! Cargo's selection flags.

use std::path::PathBuf;

/// What to build, in cargo's own terms. Nothing selected means what `cargo bench` takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// `--bench NAME`; may be a glob, as in cargo.
    pub benches: Vec<String>,
    /// `--benches`: all targets with `bench = true`.
    pub all_benches: bool,
    /// `--test NAME`
    pub tests: Vec<String>,
    /// `--tests`: all targets with `test = true`.
    pub all_tests: bool,
    /// `--lib`: the library's unit tests and `#[bench]`es.
    pub lib: bool,
    /// `--bin NAME`: the program itself, run as a whole.
    pub bins: Vec<String>,
    /// `--bins`
    pub all_bins: bool,
    /// `--example NAME`: the program itself, run as a whole.
    pub examples: Vec<String>,
    /// `--examples`
    pub all_examples: bool,
    /// `-p SPEC`
    pub packages: Vec<String>,
    /// `--workspace`
    pub workspace: bool,
    /// `--exclude SPEC`
    pub exclude: Vec<String>,
    /// `--features LIST`
    pub features: Vec<String>,
    /// `--all-features`
    pub all_features: bool,
    /// `--no-default-features`
    pub no_default_features: bool,
    /// `--profile NAME`; `bench` for benches and `release` for the rest when not given.
    pub profile: Option<String>,
    /// `--target TRIPLE`
    pub target: Option<String>,
    /// `--target-dir PATH`
    pub target_dir: Option<PathBuf>,
    /// `--manifest-path PATH`
    pub manifest_path: Option<PathBuf>,
    /// `--locked`
    pub locked: bool,
    /// `--offline`
    pub offline: bool,
    /// `--frozen`
    pub frozen: bool,
    /// `-j N`: parallel compiler processes, as cargo takes it.
    pub jobs: Option<String>,
}

impl Selection {
    /// Whether no kind of target is named.
    pub fn is_default(&self) -> bool {
        !self.wants_benches() && !self.wants_tests() && !self.wants_programs()
    }

    /// Whether bench targets are asked for by name or kind.
    pub fn wants_benches(&self) -> bool {
        self.all_benches || !self.benches.is_empty()
    }

    /// Whether test targets or the library are asked for.
    pub fn wants_tests(&self) -> bool {
        self.all_tests || self.lib || !self.tests.is_empty()
    }

    /// Whether programs are asked for: binaries or examples.
    pub fn wants_programs(&self) -> bool {
        self.all_bins || self.all_examples || !self.bins.is_empty() || !self.examples.is_empty()
    }

    /// The features asked for, as `model::Settings` wants them.
    pub fn feature_words(&self) -> Vec<String> {
        let separators = |c: char| c == ',' || c.is_whitespace();
        let mut words: Vec<String> = self
            .features
            .iter()
            .flat_map(|list| list.split(separators))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        words.sort();
        words.dedup();
        words.extend(self.all_features.then(|| "*".to_owned()));
        words.extend(self.no_default_features.then(|| "-default".to_owned()));
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_words() {
        let selection = Selection {
            features: vec!["b,a".into(), "a c".into(), String::new()],
            no_default_features: true,
            ..Selection::default()
        };
        assert_eq!(selection.feature_words(), ["a", "b", "c", "-default"]);
        assert!(selection.is_default());
        assert!(!Selection { lib: true, ..selection }.is_default());
    }
}
