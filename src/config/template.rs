//! A `perfbase.toml` to begin with.

use std::fmt::Write;

/// A target of the workspace that can be captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateTarget {
    /// The package's name.
    pub package: String,
    /// The target's name.
    pub name: String,
    /// Features that it needs.
    pub features: Vec<String>,
    /// Whether it is a bench, else a test.
    pub is_bench: bool,
}

/// What stands above the plan.
const HEAD: &str = "\
# What `cargo perfbase` captures, and the rules that it judges by. Every key is optional.
# All keys: docs/rules.md of cargo-perfbase.

# The plan: `cargo perfbase capture --label X` runs all of it where nothing is selected, and
# `--only NAME` one entry.
";

/// What stands below it: commented out, since nobody but the team knows its limits.
const RULES: &str = r#"
# An entry may say more:
#
# [[capture]]
# name = "e2e"
# bench = "e2e_latency"
# filter = "workflow"                         # parts of names of benchmarks
# arguments = ["--clients={concurrency}"]
# runs = 20
# profile-time = 2                            # seconds
# profiler = "none"                           # timings only
# timeout = "5 min"
# environment = { SQLX_OFFLINE = "true" }
# prepare = "docker compose up --detach --wait"
# cleanup = "docker compose down"
# ladder = { concurrency = [1, 4, 8, 32] }    # the same benchmark at each level

# Rules. A limit is held against the interval of what was measured: it is broken where the whole
# interval is beyond it. Any rule that is broken is a NO-GO, exit status 100.

# [gate]
# inconclusive = "fail"                       # what the runs cannot decide is a NO-GO as well

# Changes from the base to the new capture (`cargo perfbase diff`).
# [[limit]]
# id = "end to end"
# benchmarks = "e2e_latency/*"                # name, target/name or package/target/name
# measure = "p95"                             # time, mean, p50, p95, p99, cpu, rss, …
# at-most = "+10%"                            # or "noise"

# Parts of the program: a function, module, crate or category.
# [[limit]]
# id = "allocation"
# category = "allocation"
# at-most = "5%"                              # of the benchmark

# [[limit]]
# id = "no new hot path"
# new-hot-path = "5%"

# Targets for one capture (`cargo perfbase check`).
# [[objective]]
# id = "startup"
# benchmarks = "startup"
# at-most = "100 ms"

# [[claim]]
# id = "C01"
# numerator = "naive"
# denominator = "global"
# at-least = 1000

# Orders that hold whatever the code does; where they do not, the measurement is questioned.
# [[invariant]]
# ascending = ["parallel", "sequential"]

# A faster program that is wrong is a NO-GO.
# [[parity]]
# id = "answers"
# command = "cargo test --quiet --test answers"

# Groups of functions, beside the shipped ones (allocation, copying, formatting, hashing,
# serialization, locks, database client, async runtime, panic and unwinding, system calls).
# [[category]]
# name = "message passing"
# crates = ["flume"]
# modules = ["tokio::sync::mpsc"]

# What goes by another name since the base.
# [[rename]]
# from = "app::old"
# to = "app::new"

# Numbers that a benchmark writes to the file that a variable names: Bencher Metric Format, or
# {"metrics": {…}, "success": true}. Rules are about them by `metric = "latency.p95"`.
# [[metric]]
# benchmarks = "load/*"
# variable = "PERFBASE_METRICS"
"#;

/// The text for a workspace with these targets: one entry for each bench; tests as comments, since
/// few of them are worth measuring.
pub fn template(targets: &[TemplateTarget]) -> String {
    let mut text = HEAD.to_owned();
    if targets.iter().all(|target| !target.is_bench) {
        text.push_str("\n# No bench target was found in this workspace.\n");
    }
    let mut names: Vec<String> = Vec::new();
    for target in targets {
        let mut name = target.name.clone();
        if names.contains(&name) {
            name = format!("{}-{}", target.package, target.name);
        }
        while names.contains(&name) {
            name.push('2');
        }
        let comment = if target.is_bench { "" } else { "# " };
        let kind = if target.is_bench { "bench" } else { "test" };
        text.push_str(&format!("\n{comment}[[capture]]\n"));
        let mut line = |key: &str, value: &str| {
            writeln!(text, "{comment}{key} = {value}").expect("writing to a string cannot fail");
        };
        line("name", &quoted(&name));
        line("package", &quoted(&target.package));
        line(kind, &quoted(&target.name));
        if !target.features.is_empty() {
            let features: Vec<String> = target.features.iter().map(|one| quoted(one)).collect();
            line("features", &format!("[{}]", features.join(", ")));
        }
        names.push(name);
    }
    text.push_str(RULES);
    text
}

/// A TOML text.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(package: &str, name: &str, is_bench: bool) -> TemplateTarget {
        TemplateTarget {
            package: package.into(),
            name: name.into(),
            features: Vec::new(),
            is_bench,
        }
    }

    #[test]
    fn it_is_read_again() {
        let mut sql = target("shared", "sql", true);
        sql.features.push("benchmarks".into());
        let targets = [
            target("app", "e2e", true),
            sql,
            target("other", "e2e", true),
            target("app", "it", false),
        ];
        let text = template(&targets);
        let config = crate::config::parse("perfbase.toml", &text).unwrap();
        let names: Vec<&str> = config.plan.iter().map(|entry| &*entry.name).collect();
        assert_eq!(names, ["e2e", "sql", "other-e2e"]);
        assert_eq!(config.plan[1].features, ["benchmarks"]);
        assert!(config.rules.is_empty() && text.contains("# test = \"it\""));
        let strange = template(&[target("p", "a\"b\\c\n", true)]);
        let config = crate::config::parse("perfbase.toml", &strange).unwrap();
        assert_eq!(config.plan[0].benches, ["a\"b\\c\n"]);
        assert!(crate::config::parse("x", &template(&[])).unwrap().plan.is_empty());
    }

    #[test]
    fn what_is_commented_out_is_right() {
        // Prose begins with a capital letter or goes on in the middle of a sentence; keys do not.
        let is_toml = |line: &str| {
            line.starts_with("[[") || line.starts_with("[gate") || {
                let key = line.split(" = ").next().unwrap_or_default();
                line.contains(" = ") && key.chars().all(|c| c.is_ascii_lowercase() || c == '-')
            }
        };
        let text: String = RULES
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| is_toml(line))
            .map(|line| format!("{line}\n"))
            .collect();
        let config = crate::config::parse("rules", &text).unwrap();
        assert_eq!((config.plan.len(), config.parities.len()), (1, 1));
        assert_eq!(config.rules.len(), 6);
    }
}
