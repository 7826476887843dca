//! What is captured in one go: what the command line selects, or the entries of the plan.

use std::ffi::OsString;
use std::path::Path;

use clap::ValueEnum;

use super::args::{CaptureArgs, Profiler};
use super::job::Job;
use super::meters::Meters;
use super::parity;
use super::plan::{self, Planned};
use crate::build::Executable;
use crate::config::{Config, Entry, Ladder};
use crate::console::Console;
use crate::error::Error;
use crate::process::{Command, Session, Status, failure_tail};

/// Targets that are built, listed and measured with the same settings.
pub(super) struct Section {
    /// Its name in the plan; `None` for what the command line selects.
    pub(super) name: Option<String>,
    /// What it is asked for.
    pub(super) arguments: CaptureArgs,
    entry: Entry,
}

/// The command line's own selection, or the entries of the plan where it makes none.
///
/// # Errors
/// An entry asked for that is not in the plan.
pub(super) fn sections(arguments: &CaptureArgs, config: &Config) -> Result<Vec<Section>, Error> {
    let known = || {
        let names: Vec<&str> = config.plan.iter().map(|entry| &*entry.name).collect();
        match &names[..] {
            [] => "there is no [[capture]] in perfbase.toml; cargo perfbase init writes one"
                .to_owned(),
            names => format!("the plan has {}", names.join(", ")),
        }
    };
    if let Some(name) = arguments.only.iter().find(|n| config.plan.iter().all(|e| e.name != **n)) {
        return Err(Error::usage(format!("no [[capture]] is named `{name}`"), known()));
    }
    let is_selected = arguments.is_selected();
    if is_selected && !arguments.only.is_empty() {
        return Err(Error::usage(
            "--only names entries of the plan, which say themselves what they select",
            "leave out the targets and filters, or leave out --only",
        ));
    }
    if is_selected || config.plan.is_empty() {
        let entry = Entry::default();
        return Ok(vec![Section { name: None, arguments: arguments.clone(), entry }]);
    }
    let wanted = |entry: &&Entry| arguments.only.is_empty() || arguments.only.contains(&entry.name);
    config.plan.iter().filter(wanted).map(|entry| Section::planned(entry, arguments)).collect()
}

impl Section {
    /// What the entry says holds; what it leaves out is as on the command line.
    fn planned(entry: &Entry, given: &CaptureArgs) -> Result<Self, Error> {
        let mut arguments = given.clone();
        let selection = &mut arguments.selection;
        selection.package.extend(entry.packages.iter().cloned());
        selection.workspace |= entry.workspace;
        selection.bench.clone_from(&entry.benches);
        selection.test.clone_from(&entry.tests);
        selection.example.clone_from(&entry.examples);
        selection.bin.clone_from(&entry.bins);
        selection.lib = entry.lib;
        selection.features.extend(entry.features.iter().cloned());
        selection.all_features |= entry.all_features;
        selection.no_default_features |= entry.no_default_features;
        arguments.filters.clone_from(&entry.filters);
        arguments.exact |= entry.exact;
        let more = std::mem::take(&mut arguments.arguments);
        arguments.arguments = entry.arguments.iter().cloned().chain(more).collect();
        let measure = &mut arguments.measure;
        measure.runs = measure.runs.or(entry.runs);
        measure.profile_runs = measure.profile_runs.or(entry.profile_runs);
        measure.time = entry.time.unwrap_or(measure.time);
        measure.profile_time = entry.profile_time.unwrap_or(measure.profile_time);
        measure.timeout = entry.timeout.unwrap_or(measure.timeout);
        measure.frequency = entry.frequency.unwrap_or(measure.frequency);
        if !entry.profilers.is_empty() {
            let profiler = |name: &String| {
                Profiler::from_str(name, false).map_err(|_| {
                    Error::usage(
                        format!("[[capture]] {}: no profiler `{name}` here", entry.name),
                        "cargo perfbase doctor lists them",
                    )
                })
            };
            measure.profiler = entry.profilers.iter().map(profiler).collect::<Result<_, _>>()?;
        }
        Ok(Self { name: Some(entry.name.clone()), arguments, entry: entry.clone() })
    }

    /// The benchmarks that its filters take.
    pub(super) fn jobs<'a>(&self, planned: &'a [Planned]) -> Vec<Job<'a>> {
        plan::jobs(planned, &self.arguments.filters, self.arguments.exact)
    }

    /// Lists the benchmarks of executables at each level of the ladder, with the entry's variables.
    ///
    /// # Errors
    /// Only when the user interrupts or an executable cannot be started.
    pub(super) fn list(
        &self,
        executables: &[Executable],
        meters: &Meters,
        session: &Session,
        console: &Console,
    ) -> Result<Vec<Planned>, Error> {
        let levels: Vec<Option<&str>> = match &self.entry.ladder {
            Some(ladder) => ladder.levels.iter().map(|level| Some(&**level)).collect(),
            None => vec![None],
        };
        let mut all = Vec::new();
        for level in levels {
            let at = self.entry.ladder.as_ref().zip(level);
            let executables =
                executables.iter().map(|one| self.prepared(one, at, meters)).collect();
            let words: Vec<String> =
                self.arguments.arguments.iter().map(|word| filled(word, at)).collect();
            let timeout = self.arguments.measure.timeout;
            let mut planned = plan::list(executables, &words, timeout, session, console)?;
            for one in &mut planned {
                one.level = at.map(|(ladder, level)| format!("{}={level}", ladder.parameter));
            }
            all.extend(planned);
        }
        Ok(all)
    }

    fn prepared(
        &self,
        executable: &Executable,
        level: Option<(&Ladder, &str)>,
        meters: &Meters,
    ) -> Executable {
        let mut executable = executable.clone();
        let own = self.entry.environment.iter();
        let mut variables: Vec<(OsString, OsString)> =
            own.map(|(name, value)| (name.into(), filled(value, level).into())).collect();
        if let Some((ladder, level)) = level {
            variables.push((ladder.variable().into(), level.into()));
        }
        executable.env.retain(|(name, _)| variables.iter().all(|(own, _)| own != name));
        executable.env.extend(variables);
        meters.tell(&mut executable);
        executable
    }

    /// Does something with what the entry prepares in place, and cleans up whatever became of it.
    ///
    /// # Errors
    /// Preparing that fails, and whatever `work` fails of.
    pub(super) fn with_services<T>(
        &self,
        folder: &Path,
        session: &Session,
        console: &Console,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let name = self.name.as_deref().unwrap_or_default();
        if let Some(words) = &self.entry.prepare {
            console.status("Preparing", &format!("{name}: {}", words.join(" ")));
            self.run(words, "prepare", folder, session)?;
        }
        let done = work();
        if let Some(words) = &self.entry.cleanup {
            console.status("Cleaning", &format!("up after {name}: {}", words.join(" ")));
            if let Err(error) = self.run(words, "cleanup", folder, session) {
                console.warning(&error.to_string());
            }
        }
        done
    }

    fn run(
        &self,
        words: &[String],
        what: &str,
        folder: &Path,
        session: &Session,
    ) -> Result<(), Error> {
        let mut command = parity::command(words, folder).timeout(self.arguments.measure.timeout);
        for (name, value) in &self.entry.environment {
            command = command.env(name, value);
        }
        let output = session.run(&Command { keep_daemons: true, ..command })?;
        if output.status == Status::Exited(0) {
            return Ok(());
        }
        let name = self.name.as_deref().unwrap_or_default();
        Err(Error::usage(
            format!("[[capture]] {name}: {what} ended with {}", output.status),
            match failure_tail(&output) {
                tail if tail.is_empty() => format!("the command was: {}", words.join(" ")),
                tail => format!("it said: {tail}"),
            },
        ))
    }
}

/// `{concurrency}` → `32`.
fn filled(text: &str, level: Option<(&Ladder, &str)>) -> String {
    match level {
        Some((ladder, level)) => text.replace(&format!("{{{}}}", ladder.parameter), level),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command as Clap, FromArgMatches};

    use super::*;

    fn arguments(words: &str) -> CaptureArgs {
        let command = CaptureArgs::augment_args(Clap::new("capture").no_binary_name(true));
        let matches = command.try_get_matches_from(words.split_whitespace()).unwrap();
        CaptureArgs::from_arg_matches(&matches).unwrap()
    }

    const PLAN: &str = r#"
        [[capture]]
        name = "e2e"
        bench = "e2e_latency"
        timeout = "5 min"
        [[capture]]
        name = "sql"
        package = "shared"
        features = "benchmarks"
        runs = 4
        profiler = "none"
        arguments = ["--size={size}"]
        ladder = { size = [1, 8] }
    "#;

    #[test]
    fn the_plan_is_for_who_selects_nothing() {
        let config = crate::config::parse("perfbase.toml", PLAN).unwrap();
        let names = |words: &str| -> Vec<Option<String>> {
            let all = sections(&arguments(words), &config).unwrap();
            all.into_iter().map(|section| section.name).collect()
        };
        assert_eq!(names("--label x"), [Some("e2e".to_owned()), Some("sql".to_owned())]);
        assert_eq!(names("--only sql"), [Some("sql".to_owned())]);
        for own in ["--bench other", "name", "--lib"] {
            assert_eq!(names(own), [None], "{own}");
        }
        assert!(sections(&arguments("--only e2"), &config).is_err());
        assert!(sections(&arguments("--only e2e --bench x"), &config).is_err());
    }

    #[test]
    fn an_entry_holds_where_it_says_something() {
        let config = crate::config::parse("perfbase.toml", PLAN).unwrap();
        let all = sections(&arguments("--profile-time 2 --runs 9"), &config).unwrap();
        let [e2e, sql] = &all[..] else { panic!("there are two") };
        assert_eq!(e2e.arguments.measure.timeout.as_secs(), 300);
        assert_eq!(e2e.arguments.selection.bench, ["e2e_latency"]);
        assert_eq!(sql.arguments.selection.package, ["shared"]);
        assert_eq!(sql.arguments.selection.features, ["benchmarks"]);
        assert_eq!(sql.arguments.measure.runs, Some(9));
        assert_eq!(sql.arguments.measure.profile_time.as_secs(), 2);
        assert_eq!(sql.arguments.measure.profiler, [Profiler::None]);
        assert_eq!(e2e.arguments.measure.profiler, [Profiler::Auto]);
        let ladder = sql.entry.ladder.as_ref().unwrap();
        assert_eq!(filled("--size={size}", Some((ladder, "8"))), "--size=8");
    }
}
