//! What is compared with what, and the table.

use std::io::{Write, stdout};
use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::figures::{Pairs, alternate, median, middle};
use crate::{callgrind, inputs, samply};

/// How much of everything.
struct Scale {
    pairs: usize,
    seconds: f64,
    large_seconds: f64,
    stacks: usize,
    captures: u64,
    /// Size of callgrind's profile, in MB.
    counts: usize,
}

const FULL: Scale = Scale {
    pairs: 7,
    seconds: 6.0,
    large_seconds: 24.0,
    stacks: 300_000,
    captures: 50,
    counts: 42,
};
const QUICK: Scale =
    Scale { pairs: 1, seconds: 0.5, large_seconds: 0.5, stacks: 3_000, captures: 5, counts: 1 };

/// A case: its name and what it does.
type Case = (&'static str, fn(&Path, &Scale) -> Result<()>);

const CASES: [Case; 5] =
    [("import", import), ("memory", memory), ("counts", counts), ("diff", diff), ("list", list)];

/// Runs the chosen cases, all if none is chosen, each in a folder of its own.
pub(crate) fn run(chosen: &[&str], quick: bool, keep: bool) -> Result<()> {
    if let Some(unknown) = chosen.iter().find(|name| CASES.iter().all(|case| case.0 != **name)) {
        return Err(format!("there is no case `{unknown}`").into());
    }
    let mut folder = tempfile::Builder::new().prefix("perfbase-speed-").tempdir()?;
    if keep {
        folder.disable_cleanup(true);
        say(&format!("data stays in {}", folder.path().display()))?;
    }
    say(&format!(
        "{:32} {:>9} {:>9} {:>9}   of wall times: median (range)",
        "", "wall", "CPU", "peak RSS"
    ))?;
    for (name, case) in CASES {
        if chosen.is_empty() || chosen.contains(&name) {
            let folder = folder.path().join(name);
            std::fs::create_dir(&folder)?;
            case(&folder, if quick { &QUICK } else { &FULL })?;
            if !keep {
                std::fs::remove_dir_all(&folder)?;
            }
        }
    }
    Ok(())
}

/// A recording of one thread is stored and drawn, against samply that saves it, and names it.
fn import(folder: &Path, scale: &Scale) -> Result<()> {
    if missing("import", &["perf"])? {
        return Ok(());
    }
    let file = inputs::record(folder, "perf.data", 997, scale.seconds, 1)?;
    title("import", &file, "5,400 samples, 90 MB")?;
    if !has_peer(&["samply"])? {
        let pairs = alternate(scale.pairs, || import_of(&file, folder), None::<fn() -> Command>)?;
        return rows(&pairs, "cargo perfbase import", "", None);
    }
    let profile = folder.join("samply.json");
    let with_names = || {
        let mut command = Command::new(std::env::current_exe().unwrap_or_default());
        command.arg(samply::ARGUMENT).arg(&file).arg(&profile);
        command
    };
    let pairs = alternate(scale.pairs, || import_of(&file, folder), Some(with_names))?;
    rows(&pairs, "cargo perfbase import", "samply import, then names", Some(1.0))?;
    say("  and beside samply's import alone, which leaves the user's functions unnamed:")?;
    let alone = || samply::import(&file, &profile);
    let pairs = alternate(scale.pairs, || import_of(&file, folder), Some(alone))?;
    rows(&pairs, "cargo perfbase import", "samply import", Some(1.0))
}

/// The memory that a large recording of several threads takes.
fn memory(folder: &Path, scale: &Scale) -> Result<()> {
    if missing("memory", &["perf"])? {
        return Ok(());
    }
    let file = inputs::record(folder, "perf.data", 2999, scale.large_seconds, 4)?;
    title("memory", &file, "1 GB")?;
    let runs = scale.pairs.min(3);
    let pairs = alternate(runs, || import_of(&file, folder), None::<fn() -> Command>)?;
    rows(&pairs, "cargo perfbase import", "", None)?;
    let peak = pairs.ours.iter().map(|figures| figures.peak).fold(0.0, f64::max);
    verdict("peak RSS below 256 MiB", peak < 256.0, &format!("{peak:.0} MiB"))
}

/// A large profile of callgrind's is read into stacks of addresses.
fn counts(folder: &Path, scale: &Scale) -> Result<()> {
    let output = folder.join("callgrind.out");
    let file = output.with_extension("out.1");
    callgrind::write(&file, scale.counts)?;
    let bytes = std::fs::metadata(&file)?.len() as f64;
    say(&format!("\ncounts: callgrind's profile of {:.1} MB", bytes / 1e6))?;
    let this = std::env::current_exe()?;
    let ours = || {
        let mut command = Command::new(&this);
        command.arg(callgrind::ARGUMENT).arg(&output);
        command
    };
    let pairs = alternate(scale.pairs, ours, None::<fn() -> Command>)?;
    rows(&pairs, "reading it", "", None)?;
    let speed = bytes / 1e6 / median(&pairs.ours, |figures| figures.cpu);
    verdict("50 MB/s at least", speed >= 50.0, &format!("{speed:.0} MB/s of CPU time"))?;
    let peak = median(&pairs.ours, |figures| figures.peak) * 1024.0 * 1024.0 / bytes;
    verdict("peak RSS below 5 times the file", peak < 5.0, &format!("{peak:.1}"))
}

/// Two large profiles are compared, as text and as a picture, against inferno's picture.
fn diff(folder: &Path, scale: &Scale) -> Result<()> {
    inputs::sides(folder, scale.stacks)?;
    say(&format!("\ndiff: {} distinct stacks on each side", scale.stacks))?;
    let ours = || {
        let mut command = perfbase("diff", folder);
        command.args(["a", "b", "--svg"]).arg(folder.join("ours.svg"));
        command
    };
    let peer = has_peer(&["inferno-diff-folded", "inferno-flamegraph"])?.then_some(|| {
        let mut command = Command::new("sh");
        let line = "inferno-diff-folded a.folded b.folded | inferno-flamegraph > peer.svg";
        command.args(["-c", line]).current_dir(folder);
        command
    });
    let pairs = alternate(scale.pairs, ours, peer)?;
    rows(&pairs, "cargo perfbase diff --svg", "inferno-diff-folded | …", Some(0.25))
}

/// Many captures are listed.
fn list(folder: &Path, scale: &Scale) -> Result<()> {
    inputs::captures(folder, scale.captures)?;
    say(&format!("\nlist: {} captures of 20 benchmarks each", scale.captures))?;
    let ours = || perfbase("list", folder);
    let pairs = alternate(3 * scale.pairs, ours, None::<fn() -> Command>)?;
    rows(&pairs, "cargo perfbase list", "", None)?;
    let wall = median(&pairs.ours, |figures| figures.wall);
    verdict("below 30 ms", wall < 0.03, &seconds(wall))
}

/// A command of the executable that is measured, on the captures of a case.
fn perfbase(command: &str, folder: &Path) -> Command {
    let mut process = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"));
    process.arg(command).arg("--profiles").arg(folder.join("profiles"));
    process
}

fn import_of(file: &Path, folder: &Path) -> Command {
    let mut command = perfbase("import", folder);
    command.arg(file).args(["--label", "x", "--force"]);
    command
}

/// Whether a tool that a case needs is missing; then that is said.
fn missing(case: &str, tools: &[&str]) -> Result<bool> {
    match absent(tools) {
        Some(tool) => say(&format!("\n{case}: left out, there is no `{tool}`")).map(|()| true),
        None => Ok(false),
    }
}

/// Whether the tools of a peer are there; if not, that is said.
fn has_peer(tools: &[&str]) -> Result<bool> {
    match absent(tools) {
        Some(tool) => say(&format!("  no peer: there is no `{tool}`")).map(|()| false),
        None => Ok(true),
    }
}

fn absent<'a>(tools: &[&'a str]) -> Option<&'a str> {
    tools.iter().copied().find(|tool| which::which(tool).is_err())
}

fn title(case: &str, file: &Path, asked: &str) -> Result<()> {
    let bytes = std::fs::metadata(file)?.len();
    say(&format!("\n{case}: perf.data of {:.1} MB (asked: {asked})", bytes as f64 / 1e6))
}

/// The rows of a comparison, and how it ends.
fn rows(pairs: &Pairs, ours: &str, peer: &str, target: Option<f64>) -> Result<()> {
    for (name, of) in [(ours, &pairs.ours), (peer, &pairs.peer)] {
        if of.is_empty() {
            continue;
        }
        let walls = || of.iter().map(|figures| figures.wall);
        say(&format!(
            "  {name:30} {:>9} {:>9} {:>5.0} MiB   {} runs, {} to {}",
            seconds(median(of, |figures| figures.wall)),
            seconds(median(of, |figures| figures.cpu)),
            median(of, |figures| figures.peak),
            of.len(),
            seconds(walls().fold(f64::INFINITY, f64::min)),
            seconds(walls().fold(0.0, f64::max)),
        ))?;
    }
    let ratios = pairs.ratios();
    let Some(target) = target.filter(|_| !ratios.is_empty()) else { return Ok(()) };
    let all: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    let ratio = middle(ratios);
    let found = format!("{ratio:.2} (pairs: {})", all.join(" "));
    verdict(&format!("at most {target} of the peer's wall time"), ratio <= target, &found)
}

fn verdict(target: &str, met: bool, found: &str) -> Result<()> {
    let word = if met { "met" } else { "MISSED" };
    say(&format!("  target {word}: {target}; found {found}"))
}

fn seconds(value: f64) -> String {
    if value < 1.0 { format!("{:.1} ms", value * 1e3) } else { format!("{value:.2} s") }
}

fn say(line: &str) -> Result<()> {
    writeln!(stdout(), "{line}")?;
    Ok(stdout().flush()?)
}
