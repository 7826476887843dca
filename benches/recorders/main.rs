//! What recorders cost, and what they give for it: each beside none on three programs whose costs
//! are known by construction, of one thread, of deep stacks, and of many threads.
//!
//! `cargo bench --bench recorders [-- PAIRS] [flat deep threads]` prints the table of
//! `docs/recorders.md`. *CPU* is
//! what the program's own threads used more: interruptions, signals and copies. *Wall* is what a
//! benchmark would report; on a machine with a free CPU that is what counts, and on a busy one it
//! is mostly noise. Both are medians of pairs of runs, with the interval that holds them with 95 %.

#![expect(clippy::print_stdout, reason = "a report for whoever asked for it")]

#[cfg(target_os = "linux")]
mod profile;
#[cfg(target_os = "linux")]
mod tools;

#[cfg(target_os = "linux")]
fn main() {
    report::run();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("recorders are compared on Linux only");
}

#[cfg(target_os = "linux")]
mod report {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use perfbase::process::Session;

    use super::profile::{self, Quality};
    use super::tools::{self, Tool};

    /// Wall time and CPU time in ns.
    type Times = [f64; 2];

    /// What valgrind's tools get of the work: they are some fifty times as slow.
    const SLOW_DIVISOR: u64 = 20;

    /// Runs of which the profiles are looked at.
    const PROFILES: usize = 5;

    /// The median of some figures of runs.
    fn typical(all: &[Quality], figure: fn(&Quality) -> f64) -> f64 {
        let mut values: Vec<f64> = all.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }

    pub(super) fn run() {
        let words: Vec<String> =
            std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
        let pairs = words.iter().find_map(|word| word.parse().ok()).unwrap_or(21);
        let is_wanted = |work: &&str| {
            let mut names = words.iter().filter(|word| word.parse::<usize>().is_err()).peekable();
            names.peek().is_none() || names.any(|name| name == work)
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let program = compile(folder.path());
        let session = Session::without_reaper().expect("processes can be started");
        let tools = tools::all(&session, folder.path());
        println!("{pairs} pairs of each sampling recorder, 3 of those that count");
        println!();
        println!(
            "| benchmark | recorder | CPU | wall | samples per CPU second | whole stacks | \
             unknown | share error (expected by chance) | read in | stored |"
        );
        println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        for work in ["flat", "deep", "threads"].into_iter().filter(is_wanted) {
            for tool in &tools {
                let row = row(tool, work, pairs, &program, folder.path());
                println!("| {work} | {} | {} |", tool.name(), row.join(" | "));
            }
        }
    }

    fn row(tool: &Tool, work: &str, pairs: usize, program: &Path, folder: &Path) -> Vec<String> {
        let (pairs, divisor) = if tool.counts() { (3, SLOW_DIVISOR) } else { (pairs, 1) };
        let plain = || {
            let mut command = Command::new(program);
            command.args([work, &divisor.to_string()]);
            command
        };
        let output = folder.join("recorded");
        let mut ratios: [Vec<f64>; 2] = Default::default();
        let mut profiles = Vec::new();
        for pair in 0..pairs {
            // Whoever comes second finds a warmer machine: they take turns.
            let mut times = [[0.0; 2]; 2];
            for recorded in [pair % 2 == 1, pair % 2 == 0] {
                let command = if recorded { tool.wrap(&plain(), &output) } else { plain() };
                times[usize::from(recorded)] = run_once(command);
                if recorded && profiles.len() < PROFILES {
                    profiles.push(profile::read(tool, &output, times[1][1]));
                }
            }
            for (index, ratios) in ratios.iter_mut().enumerate() {
                ratios.push(times[1][index] / times[0][index]);
            }
            remove(folder, "recorded");
        }
        let [wall, cpu] = ratios.map(|ratios| change(ratios, tool.counts()));
        let rate = typical(&profiles, |quality| quality.samples_per_second);
        vec![
            cpu,
            wall,
            if tool.counts() { "all".to_owned() } else { format!("{rate:.0}") },
            percent(typical(&profiles, |quality| quality.whole)),
            percent(typical(&profiles, |quality| quality.unknown)),
            match tool.counts() {
                true => format!("{:.2}", 100.0 * profile::error(&profiles)),
                false => format!(
                    "{:.2} ({:.2})",
                    100.0 * profile::error(&profiles),
                    100.0 * profile::chance(&profiles)
                ),
            },
            format!("{:.0} ms", 1e3 * typical(&profiles, |quality| quality.seconds)),
            format!("{:.1} kB", typical(&profiles, |quality| quality.bytes) / 1e3),
        ]
    }

    fn run_once(mut command: Command) -> Times {
        let output = command.output().expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
        match (numbers.next(), numbers.next()) {
            (Some(wall), Some(cpu)) => [wall, cpu],
            _ => panic!("{command:?}: {text}{}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    /// Removes what a recorder wrote: `recorded`, `recorded.123`, …
    fn remove(folder: &Path, name: &str) {
        for entry in std::fs::read_dir(folder).expect("readable").flatten() {
            if entry.file_name().to_string_lossy().starts_with(name) {
                std::fs::remove_file(entry.path()).expect("removed");
            }
        }
    }

    fn compile(folder: &Path) -> PathBuf {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/recorders/work.rs");
        let program = folder.join("work");
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut command = Command::new(rustc);
        command.args(["--edition", "2024", "-O", "-g"]).arg(source).arg("-o").arg(&program);
        assert!(command.status().is_ok_and(|status| status.success()), "it compiles");
        program
    }

    fn percent(share: f64) -> String {
        format!("{:.2} %", 100.0 * share)
    }

    /// The median of ratios, and the order statistics that enclose it with 95 %: in percent, or as
    /// a multiple.
    fn change(mut values: Vec<f64>, is_multiple: bool) -> String {
        values.sort_by(f64::total_cmp);
        let n = values.len();
        let at = |rank: f64| values[(rank.round().max(0.0) as usize).min(n - 1)];
        let half = 0.98 * (n as f64).sqrt();
        let middle = (n - 1) as f64 / 2.0;
        if is_multiple {
            return format!("× {:.0}", at(middle));
        }
        let percent = |rank| 100.0 * (at(rank) - 1.0);
        let (low, high) = (percent(middle - half), percent(middle + half));
        format!("{:+.2} % [{low:+.2}, {high:+.2}]", percent(middle))
    }
}
