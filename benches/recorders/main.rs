//! What a recorder costs the program that it records: pairs of runs without and with it, of one
//! thread, of deep stacks, and of many threads.
//!
//! `cargo bench --bench recorders [-- PAIRS]`. The median of the pairs' ratios is printed with
//! the interval in which it lies with 95 %. *CPU* is what the program's own threads used:
//! interruptions, signals and copies. *Wall* is what a benchmark would report; on a machine with
//! a free CPU that is what counts, and on a busy one it is mostly noise.

#![expect(clippy::print_stdout, reason = "a report for whoever asked for it")]

use std::path::{Path, PathBuf};
use std::process::Command;

const AGENT: &str = concat!(env!("OUT_DIR"), "/agent.so");
const FREQUENCY: &str = "997";
const COPIES: &str = "16384";

/// Wall time and CPU time in ns.
type Times = [f64; 2];

fn main() {
    let pairs = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(21);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = compile(folder.path());
    println!("{pairs} pairs of each; change by the recorder, with the 95 % interval of its median");
    for work in ["flat", "deep", "threads"] {
        for recorder in ["embedded", "perf"] {
            let mut ratios: [Vec<f64>; 2] = Default::default();
            for pair in 0..pairs {
                // Whoever comes second finds a warmer machine: they take turns.
                let first = times(pair % 2 == 1, recorder, folder.path(), &program, work);
                let second = times(pair % 2 == 0, recorder, folder.path(), &program, work);
                let (Some(first), Some(second)) = (first, second) else { break };
                let (without, with) = if pair % 2 == 0 { (first, second) } else { (second, first) };
                for (index, ratios) in ratios.iter_mut().enumerate() {
                    ratios.push(with[index] / without[index] - 1.0);
                }
            }
            let [wall, cpu] = ratios.map(median);
            println!("{work:8} {recorder:9} CPU {cpu}  wall {wall}");
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

/// One run; `None` when the recorder does not work here.
fn times(
    recorded: bool,
    recorder: &str,
    folder: &Path,
    program: &Path,
    work: &str,
) -> Option<Times> {
    let file = folder.join("samples");
    let mut command;
    if !recorded {
        command = Command::new(program);
    } else if recorder == "embedded" {
        command = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"));
        command.arg("__embedded").arg(AGENT).arg(&file).args([FREQUENCY, COPIES, "--"]);
        command.arg(program);
    } else {
        command = Command::new("perf");
        command.args(["record", "--quiet", "--event", "cpu-clock", "--freq", FREQUENCY]);
        command.args(["--call-graph", &format!("dwarf,{COPIES}"), "--mmap-pages", "2048"]);
        command.args(["--no-buildid", "--no-buildid-cache", "--output"]).arg(&file).arg("--");
        command.arg(program);
    }
    let output = command.arg(work).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut numbers = text.split_whitespace().map(|word| word.parse().ok());
    Some([numbers.next()??, numbers.next()??])
}

/// The median in percent and the order statistics that enclose it with 95 %.
fn median(mut values: Vec<f64>) -> String {
    if values.is_empty() {
        return "does not work here".to_owned();
    }
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let at = |rank: f64| 100.0 * values[(rank.max(0.0) as usize).min(n - 1)];
    let half = 0.98 * (n as f64).sqrt();
    let middle = (n - 1) as f64 / 2.0;
    format!("{:+5.2} % [{:+5.2}, {:+5.2}]", at(middle), at(middle - half), at(middle + half))
}
