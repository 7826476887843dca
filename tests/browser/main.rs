//! The HTML report in a real browser, without a window: looked around in by mouse and by keyboard,
//! with names that try to be more than text, with 300,000 distinct stacks, and under axe-core.
//!
//! Needs Chromium, node and npm. Playwright and axe-core come from npm by the lock file beside this
//! one, into a folder of the target directory; nothing of them is in the report.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "figures, and what was left out, are to be seen")]

mod captures;
mod story;
#[path = "../../benches/speed/profiles.rs"]
#[expect(dead_code, reason = "only the benchmark folds profiles")]
mod synthetic;
mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;

use perfbase::view::Scale;

/// Numbers with their scales, as `view` words them.
fn figures() -> serde_json::Value {
    let scales = [
        Scale::parts("ns", 1_065_140.0),
        Scale::parts("ns", 9.5),
        Scale::of("bytes", 4096.0),
        Scale::percent(),
        Scale::counted("instructions", true),
        Scale::counted("bytes", false),
        Scale::counted("", true),
    ];
    let values = [
        0.0,
        0.5,
        1.5,
        2.5,
        0.25,
        0.75,
        0.125,
        0.0625,
        1.0,
        -1.0,
        -0.004,
        79.0,
        -79_040.0,
        312_000.0,
        0.317,
        12_345_678.0,
        999_999.5,
        1_234.5,
        -0.35,
        0.045,
        1e15,
        f64::NAN,
        f64::INFINITY,
    ];
    let mut cases = Vec::new();
    for scale in scales {
        let (divisor, unit, decimals, grouped) = scale.parts_of();
        for value in values {
            cases.push(serde_json::json!({
                "scale": { "divisor": divisor, "unit": unit, "decimals": decimals, "grouped": grouped },
                // JSON has neither of those that are no numbers.
                "value": value.to_string(),
                "number": scale.number(value),
                "signed": scale.signed(value),
                "text": scale.text(value),
            }));
        }
    }
    cases.into()
}

/// An empty folder that stays, for whoever wants to look at the pages.
fn fresh(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report").join(name);
    let _was_there = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs the report over two labels, or one, of a folder with captures.
fn report(folder: &Path, labels: &[&str], file: &str) {
    let done = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"))
        .current_dir(folder)
        .args(["perfbase", "report"])
        .args(labels)
        .args(["--html", file])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn the_page_is_at_hand_in_a_browser() {
    let Some(tools) = tools::Tools::find() else { return };
    let folder = fresh("story");
    story::write(&folder.join("profiles"));
    report(&folder, &["before", "after"], "story.html");
    report(&folder, &["after"], "one.html");
    let pictured = ["before", "after", "--benchmark", "parse", "--benchmark", "encode"];
    report(&folder, &pictured, "looks.html");
    std::fs::write(folder.join("figures.json"), figures().to_string()).unwrap();
    tools.run("look-around.mjs", &folder);
}

#[test]
fn three_hundred_thousand_stacks_do_not_freeze_it() {
    let Some(tools) = tools::Tools::find() else { return };
    let folder = fresh("large");
    let begin = std::time::Instant::now();
    captures::large(&folder.join("profiles"), 300_000);
    println!("captures of 300,000 stacks written: {:.1} s", begin.elapsed().as_secs_f64());
    let begin = std::time::Instant::now();
    report(&folder, &["before", "after"], "large.html");
    println!("reported: {:.1} s", begin.elapsed().as_secs_f64());
    tools.run("large.mjs", &folder);
}
