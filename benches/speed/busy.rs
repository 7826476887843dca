//! Something to record: real work with deep stacks and inlined functions.

use std::hint::black_box;
use std::time::{Duration, Instant};

use perfbase::diff::{self, Loaded, Options};
use perfbase::store::pprof::{Meta, decode, encode};

use crate::Result;
use crate::inputs;
use crate::profiles::{Random, synthetic};

/// Makes this executable work instead of measure; seconds and threads follow.
pub(crate) const ARGUMENT: &str = "--be-busy";

/// Works on each of so many threads for so many seconds.
pub(crate) fn work(arguments: &[String]) -> Result<()> {
    let [seconds, threads] = arguments else { return Err("seconds and threads are due".into()) };
    let (seconds, threads): (f64, u64) = (seconds.parse()?, threads.parse()?);
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|seed| scope.spawn(move || until(end, seed))).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().map_err(|_| "a thread panicked")?.map_err(Into::into)
        })
    })
}

fn until(end: Instant, seed: u64) -> std::result::Result<(), String> {
    let sides = [0, 1].map(|side| inputs::loaded(synthetic(2_000, 2 * seed + side)));
    while Instant::now() < end {
        documents(seed).map_err(|error| error.to_string())?;
        for side in &sides {
            profiles(side)?;
        }
        black_box(diff::compare(&sides[0], &sides[1], &Options::default()));
    }
    Ok(())
}

/// Writes a nested document, reads it again and walks it.
fn documents(seed: u64) -> serde_json::Result<()> {
    let mut random = Random::new(seed + 1);
    let text = serde_json::to_string_pretty(&document(&mut random, 12))?;
    let value: serde_json::Value = serde_json::from_str(&text)?;
    black_box(sum(&value));
    Ok(())
}

fn document(random: &mut Random, depth: u32) -> serde_json::Value {
    if depth == 0 {
        return (random.below(1 << 40) as f64 / 1000.0).into();
    }
    let entries = (0..1 + random.below(3))
        .map(|entry| (format!("entry {entry} of depth {depth}"), document(random, depth - 1)));
    serde_json::Value::Object(entries.collect())
}

fn sum(value: &serde_json::Value) -> f64 {
    match value {
        serde_json::Value::Object(entries) => entries.values().map(sum).sum(),
        value => value.as_f64().unwrap_or_default(),
    }
}

fn profiles(side: &Loaded) -> std::result::Result<(), String> {
    for profile in side.profiles.values() {
        let bytes = encode(profile, &Meta::default()).map_err(|error| error.to_string())?;
        black_box(decode(&bytes).map_err(|error| error.to_string())?);
    }
    Ok(())
}
