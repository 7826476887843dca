//! Builds bench targets and asks them for their benchmarks.

use std::collections::BTreeMap;
use std::time::Duration;

use super::message;
use crate::build::{self, BenchTarget, Build, BuildError, Executable};
use crate::cli::capture::{ListFailure, list_one};
use crate::console::Console;
use crate::error::Error;
use crate::model::{Harness, TargetKind};
use crate::process::Session;
use crate::workspace::{Listed, Selection, look, split_arguments};

/// Features tried one by one, when a target compiles with all of them and not without.
const MOST_FEATURES: usize = 8;

/// What became of one target.
pub(super) enum Outcome {
    /// Nothing was tried.
    NotTried,
    /// It does not compile.
    NotBuilt {
        /// What cargo said.
        stderr: String,
    },
    /// It compiles, if need be with features that its manifest does not ask for.
    Built {
        /// Those features.
        features: Vec<String>,
        /// What runs it.
        harness: Harness,
        /// What it said of its benchmarks.
        listed: Result<Vec<Listed>, ListFailure>,
    },
}

impl Outcome {
    /// Features that it compiles with only, beside those of its manifest.
    pub(super) fn features(&self) -> &[String] {
        match self {
            Self::Built { features, .. } => features,
            Self::NotTried | Self::NotBuilt { .. } => &[],
        }
    }

    pub(super) fn harness(&self) -> Option<Harness> {
        match self {
            Self::Built { harness, .. } => Some(*harness),
            Self::NotTried | Self::NotBuilt { .. } => None,
        }
    }
}

/// How targets are examined.
pub(super) struct Examination<'a> {
    pub(super) selection: &'a Selection,
    pub(super) timeout: Duration,
    pub(super) session: &'a Session,
    pub(super) console: &'a Console,
}

impl Examination<'_> {
    /// Examines all targets: those of a package that need the same features are built at once, and
    /// one by one where that fails, since one that does not compile takes the others with it.
    ///
    /// # Errors
    /// When the user interrupts, or cargo cannot be run.
    pub(super) fn all(&self, targets: &[BenchTarget]) -> Result<Vec<Outcome>, Error> {
        let mut groups: BTreeMap<(&str, &[String]), Vec<usize>> = BTreeMap::new();
        for (index, target) in targets.iter().enumerate() {
            if target.hidden.is_none() {
                let key = (&*target.package_id, &*target.required_features);
                groups.entry(key).or_default().push(index);
            }
        }
        let mut outcomes: Vec<Outcome> = targets.iter().map(|_| Outcome::NotTried).collect();
        for group in groups.values() {
            let all: Vec<&BenchTarget> = group.iter().map(|&index| &targets[index]).collect();
            let names: Vec<&str> = all.iter().map(|target| &*target.name).collect();
            let what = format!("{}: {}", all[0].package, names.join(", "));
            self.console.status("Building", &what);
            let together = match self.build(&all, &[]) {
                Ok(built) => Some(built),
                Err(error) if is_of_sources(&error) => None,
                Err(error) => return Err(error.into()),
            };
            for (&index, target) in group.iter().zip(&all) {
                let found = together.as_ref().and_then(|built| executable(built, target));
                outcomes[index] = match found {
                    Some(executable) => self.listed(executable, Vec::new())?,
                    None => self.one(target)?,
                };
            }
        }
        Ok(outcomes)
    }

    /// Builds one target, and finds the feature that it lacks where it lacks one.
    fn one(&self, target: &BenchTarget) -> Result<Outcome, Error> {
        self.console.status("Building", &format!("{}: {} alone", target.package, target.name));
        let stderr = match self.try_one(target, &[])? {
            Ok(executable) => return self.listed(&executable, Vec::new()),
            Err(stderr) => stderr,
        };
        if target.optional_features.is_empty() {
            return Ok(Outcome::NotBuilt { stderr });
        }
        // What it names itself comes first, all that there is last.
        let mut hints = look(&fs_err::read_to_string(&target.source).unwrap_or_default()).features;
        hints.extend(message::gates(&stderr));
        let (mut features, others): (Vec<String>, Vec<String>) = target
            .optional_features
            .iter()
            .filter(|feature| !target.required_features.contains(feature))
            .cloned()
            .partition(|feature| hints.contains(feature));
        let is_hinted = !features.is_empty();
        if is_hinted && let Ok(executable) = self.try_one(target, &features)? {
            return self.listed(&executable, features);
        }
        features.extend(others);
        let Ok(executable) = self.try_one(target, &features)? else {
            return Ok(Outcome::NotBuilt { stderr });
        };
        if features.len() <= MOST_FEATURES {
            for feature in &features {
                let alone = vec![feature.clone()];
                if let Ok(executable) = self.try_one(target, &alone)? {
                    return self.listed(&executable, alone);
                }
            }
        }
        self.listed(&executable, features)
    }

    /// Builds one target with more features; `Err` holds what cargo said.
    fn try_one(
        &self,
        target: &BenchTarget,
        features: &[String],
    ) -> Result<Result<Executable, String>, Error> {
        match self.build(&[target], features) {
            Ok(built) => Ok(executable(&built, target)
                .cloned()
                .ok_or_else(|| "error: cargo built no executable of it".to_owned())),
            Err(error) if is_of_sources(&error) => Ok(Err(match error {
                BuildError::Failed { stderr, .. } | BuildError::Selection { stderr } => stderr,
                other => other.to_string(),
            })),
            Err(error) => Err(error.into()),
        }
    }

    fn build(&self, targets: &[&BenchTarget], features: &[String]) -> Result<Build, BuildError> {
        let mut features = features.to_vec();
        features.extend(targets.iter().flat_map(|target| target.required_features.clone()));
        let selection = Selection {
            packages: targets.iter().map(|target| target.package_id.clone()).take(1).collect(),
            benches: targets.iter().map(|target| target.name.clone()).collect(),
            features,
            ..self.selection.clone()
        };
        let options = build::Options {
            helper: &std::env::current_exe().unwrap_or_default(),
            // What does not compile is told in the report.
            quiet: true,
            environment: &[],
            layout: None,
            tell: &|command| self.console.verbose("Running", command),
            directory: None,
        };
        build::build(&selection, &options, self.session)
    }

    fn listed(&self, executable: &Executable, features: Vec<String>) -> Result<Outcome, Error> {
        let split = split_arguments(executable.harness, &[]);
        let listed = list_one(executable, &split, self.timeout, self.session)?;
        Ok(Outcome::Built { features, harness: executable.harness, listed })
    }
}

/// Whether a build failed for what is built, and not for cargo or the user.
fn is_of_sources(error: &BuildError) -> bool {
    matches!(error, BuildError::Failed { .. } | BuildError::Selection { .. })
}

fn executable<'a>(build: &'a Build, target: &BenchTarget) -> Option<&'a Executable> {
    build.executables.iter().find(|executable| {
        executable.kind == TargetKind::Bench
            && executable.name == target.name
            && executable.package == target.package
    })
}
