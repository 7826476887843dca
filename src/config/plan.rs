//! `[[capture]]`: what is measured where nothing is selected.

use std::time::Duration;

use super::document::{Table, meant};
use super::quantity::seconds;

/// One entry of the plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Its name, unique in the plan.
    pub name: String,
    /// Packages.
    pub packages: Vec<String>,
    /// All packages of the workspace.
    pub workspace: bool,
    /// Bench targets.
    pub benches: Vec<String>,
    /// Test targets.
    pub tests: Vec<String>,
    /// Example targets.
    pub examples: Vec<String>,
    /// Binary targets.
    pub bins: Vec<String>,
    /// The library's own tests and benchmarks.
    pub lib: bool,
    /// Features.
    pub features: Vec<String>,
    /// All features.
    pub all_features: bool,
    /// No default features.
    pub no_default_features: bool,
    /// Parts of names of benchmarks.
    pub filters: Vec<String>,
    /// Filters are whole names.
    pub exact: bool,
    /// Arguments for the benchmarks; `{name}` stands for a parameter of the ladder.
    pub arguments: Vec<String>,
    /// Timed runs.
    pub runs: Option<u32>,
    /// Profiled runs.
    pub profile_runs: Option<u32>,
    /// Time of a timed run.
    pub time: Option<Duration>,
    /// Time of a profiled run.
    pub profile_time: Option<Duration>,
    /// Who profiles: at most one that samples, and any that count; empty where nothing is said.
    pub profilers: Vec<String>,
    /// Samples per second.
    pub frequency: Option<u32>,
    /// When a run is given up.
    pub timeout: Option<Duration>,
    /// Variables for the benchmarks.
    pub environment: Vec<(String, String)>,
    /// Run before it is measured: program and arguments.
    pub prepare: Option<Vec<String>>,
    /// Run afterwards, also when measuring failed.
    pub cleanup: Option<Vec<String>>,
    /// The parameters that it is measured at.
    pub ladder: Option<Ladder>,
}

/// A parameter, and the levels that a benchmark is measured at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// The parameter's name.
    pub parameter: String,
    /// In the order of the file.
    pub levels: Vec<String>,
}

impl Ladder {
    /// The environment variable that tells a benchmark its level: `PERFBASE_CONCURRENCY`.
    pub fn variable(&self) -> String {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        format!("PERFBASE_{}", self.parameter.chars().map(letter).collect::<String>())
    }
}

/// Who may profile.
const PROFILERS: [&str; 7] = ["auto", "perf", "samply", "embedded", "callgrind", "dhat", "none"];

/// Those of them that sample.
const SAMPLERS: [&str; 4] = ["auto", "perf", "samply", "embedded"];

pub(super) fn plan(table: &Table<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (index, table) in table.tables("capture", "[[capture]]").iter().enumerate() {
        let entry = entry(table, index);
        if entries.iter().any(|other| other.name == entry.name) {
            let at = table.place_of("name");
            table.problem(at, format!("there is another [[capture]] named `{}`", entry.name));
        }
        entries.push(entry);
    }
    entries
}

fn entry(table: &Table<'_>, index: usize) -> Entry {
    let texts = |key| table.texts(key).into_iter().map(|text| text.value.to_owned()).collect();
    let yes = |key| table.boolean(key).unwrap_or(false);
    let entry = Entry {
        name: table
            .text("name")
            .map_or(format!("capture-{}", index + 1), |name| name.value.to_owned()),
        packages: texts("package"),
        workspace: yes("workspace"),
        benches: texts("bench"),
        tests: texts("test"),
        examples: texts("example"),
        bins: texts("bin"),
        lib: yes("lib"),
        features: texts("features"),
        all_features: yes("all-features"),
        no_default_features: yes("no-default-features"),
        filters: texts("filter"),
        exact: yes("exact"),
        arguments: texts("arguments"),
        runs: table.integer("runs", 1..1000),
        profile_runs: table.integer("profile-runs", 1..1000),
        time: seconds_of(table, "time"),
        profile_time: seconds_of(table, "profile-time"),
        profilers: profilers(table),
        frequency: table.integer("frequency", 1..50_000),
        timeout: seconds_of(table, "timeout"),
        environment: table.table("environment").map(|t| t.own_texts()).unwrap_or_default(),
        prepare: command(table, "prepare"),
        cleanup: command(table, "cleanup"),
        ladder: ladder(table),
    };
    placeholders(table, &entry);
    table.finish();
    entry
}

/// One recorder or several.
fn profilers(table: &Table<'_>) -> Vec<String> {
    let names = table.each_of("profiler", &PROFILERS);
    let mut samplers = names.iter().filter(|name| SAMPLERS.contains(&name.value));
    if let Some(first) = samplers.next()
        && let Some(second) = samplers.find(|name| name.value != first.value)
    {
        table.problem(
            second.at,
            "two profilers that sample time cannot be in one entry; \"callgrind\" and \"dhat\" \
             may be added to one of them",
        );
    }
    if names.len() > 1
        && let Some(none) = names.iter().find(|name| name.value == "none")
    {
        table.problem(none.at, "\"none\" goes with no other profiler");
    }
    names.into_iter().map(|name| name.value.to_owned()).collect()
}

/// A ladder has one parameter: of two nobody could say at which the tail begins to grow.
fn ladder(table: &Table<'_>) -> Option<Ladder> {
    let inner = table.table("ladder")?;
    let keys = inner.own_keys();
    let [key] = keys[..] else {
        inner.problem(inner.at(), "a ladder has one parameter, as { concurrency = [1, 4, 8] }");
        return None;
    };
    let levels = inner.levels(key);
    let parameter = key.get_ref().to_string();
    if parameter.contains(['=', '/', '{', '}']) || parameter.is_empty() {
        inner.problem(key.span().start, "a parameter's name has no `=`, `/`, `{` or `}`");
    }
    for (index, level) in levels.iter().enumerate() {
        if levels[..index].contains(level) {
            inner.problem(key.span().start, format!("the level {level} is there twice"));
        }
    }
    (!levels.is_empty()).then_some(Ladder { parameter, levels })
}

/// Placeholders stand for the ladder's parameter only.
fn placeholders(table: &Table<'_>, entry: &Entry) {
    let known: Vec<&str> = entry.ladder.iter().map(|ladder| &*ladder.parameter).collect();
    for argument in table.texts("arguments") {
        let name = argument.value.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
        if let Some((name, _)) = name
            && !known.contains(&name)
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        {
            let hint = meant(name, &known);
            table.problem(
                argument.at,
                format!("`{{{name}}}` stands for no parameter of a `ladder`{hint}"),
            );
        }
    }
}

/// A command: a list of words is run as it is, a text by the system's shell.
pub(super) fn command(table: &Table<'_>, key: &'static str) -> Option<Vec<String>> {
    let words: Vec<_> = table.texts(key);
    match &words[..] {
        [] => {
            if table.has(key) {
                table.problem(table.place_of(key), format!("`{key}` is empty"));
            }
            None
        }
        // One text may be a list of one word: that is the same but for the shell.
        [text] if text.value.contains(char::is_whitespace) => {
            let shell = if cfg!(windows) { ["cmd", "/C"] } else { ["sh", "-c"] };
            Some(shell.into_iter().chain([text.value]).map(str::to_owned).collect())
        }
        words => Some(words.iter().map(|word| word.value.to_owned()).collect()),
    }
}

/// A time in seconds, or with its unit.
pub(super) fn seconds_of(table: &Table<'_>, key: &'static str) -> Option<Duration> {
    let text = table.quantity(key)?;
    let parsed = seconds(&text.value);
    if parsed.is_none() {
        table.problem(
            text.at,
            format!(
                "`{key}` is a time above 0, as 30 (seconds), 0.5 or \"2 min\", not {}",
                text.value
            ),
        );
    }
    parsed.map(Duration::from_secs_f64)
}
