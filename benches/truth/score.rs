//! What `diff` says of a case, and what other rules say of the same measurements.

use std::path::Path;

use perfbase::model::Timing;
use perfbase::stats::median;
use perfbase::store::{Arm, Store};
use serde_json::Value;

use crate::Result;
use crate::perfbase_command::Perfbase;
use crate::results::Score;
use crate::rules;

/// Compares `base` and `new` of a store with one benchmark. `place` is the function that work was
/// put into.
pub(crate) fn score(
    perfbase: &Perfbase,
    program: &str,
    profiles: &Path,
    place: Option<&str>,
    seed: u64,
) -> Result<Score> {
    let report = perfbase.diff(profiles, profiles)?;
    let benchmark = &report["benchmarks"][0];
    let timing = &benchmark["timing"];
    let functions = benchmark["profile"]["functions"].as_array().cloned().unwrap_or_default();
    let changed = |key: &str| {
        // Cost that only moved between functions is not called a change of any.
        let is_changed = |function: &&Value| {
            matches!(function[key].as_str(), Some("slower" | "faster" | "new" | "vanished"))
                && function["moved"].is_null()
        };
        let all = functions.iter().filter(is_changed);
        all.map(|f| format!("{} {}", text(&f[key]), text(&f["name"]))).collect()
    };
    let placed = place.and_then(|place| functions.iter().find(|f| is_named(&f["name"], place)));

    let store = Store::open(profiles)?;
    let base = store.read(&"base".parse()?)?;
    let new = store.read(&"new".parse()?)?;
    let entry = new.capture().benchmarks.first().ok_or("nothing was captured")?;
    let (own, of_base) = match entry.beside {
        Some(_) => (new.timing(&entry.id, Arm::Own)?, new.timing(&entry.id, Arm::Base)?),
        None => (new.timing(&entry.id, Arm::Own)?, base.timing(&entry.id, Arm::Own)?),
    };
    let (own, of_base) = own.zip(of_base).ok_or("there are no times")?;
    let digest = |side: &perfbase::store::StoredCapture| {
        side.entry(&entry.id).and_then(|entry| entry.executable.clone())
    };
    let machine = &new.capture().machine;
    let recorder = new.capture().recorder.as_ref();
    let notes = report["comparability"].as_array().cloned().unwrap_or_default();
    Ok(Score {
        program: program.to_owned(),
        machine: format!(
            "{}, {} processors for each capture, {:.0} GiB, {}",
            machine.cpu,
            machine.cores,
            machine.memory_bytes as f64 / f64::from(1 << 30),
            machine.os
        ),
        recorder: recorder.map_or("none".to_owned(), |recorder| recorder.name.clone()),
        same_program: digest(&base).is_some() && digest(&base) == digest(&new),
        verdict: text(&timing["verdict"]),
        change: timing["change"].as_f64(),
        interval: timing["interval"][0].as_f64().zip(timing["interval"][1].as_f64()),
        detectable: timing["detectable"].as_f64(),
        pairs: timing["pairs"].as_u64(),
        base_ns: timing["base"]["typical"].as_f64().or_else(|| timing["base"]["p50"].as_f64()),
        slowed: slowed(&of_base),
        changed: changed("verdict"),
        changed_total: changed("verdict_total"),
        first: functions.first().map(|function| text(&function["name"])),
        place: placed.map(|function| text(&function["verdict"])),
        place_share: placed.and_then(|function| function["base"]["self_share"].as_f64()),
        samples: benchmark["profile"]["new"]["samples"].as_u64().unwrap_or(0),
        notes: notes.iter().map(|note| text(&note["kind"])).collect(),
        criterion: rules::criterion(&of_base, &own, seed),
        mann_whitney: rules::mann_whitney(&of_base, &own),
    })
}

/// The typical time of the runs over the shortest of all.
fn slowed(timing: &Timing) -> Option<f64> {
    let shortest = rules::fastest(timing)?.into_iter().min_by(f64::total_cmp)?;
    Some(median(&rules::medians(timing)?)? / shortest)
}

/// Whether a name is that of a function, with or without generic arguments.
pub(crate) fn is_named(name: &Value, function: &str) -> bool {
    plain(&text(name)) == function
}

/// A name without its generic arguments.
pub(crate) fn plain(name: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::new();
    for c in name.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain.replace("::::", "::")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
