//! A profile as callgrind writes them, of any size, without waiting for callgrind.

use std::io::{BufWriter, Write, stdout};
use std::path::Path;

use perfbase::ingest::callgrind;
use perfbase::objects::Objects;

use crate::Result;
use crate::profiles::Random;

/// Makes this executable read profiles; what their paths begin with follows.
pub(crate) const ARGUMENT: &str = "--read-callgrind";

/// Contexts for each MB of the file.
const CONTEXTS: usize = 1_270;
/// Functions of the program.
const FUNCTIONS: u64 = 1_200;
/// Callers in a context's name, as the recorder asks for.
const CALLERS: usize = 24;
/// Instructions with costs in a context, on average: as many as there were when callgrind recorded
/// an interpreter.
const COSTS: u64 = 69;

/// A function in its context.
struct Context {
    function: u64,
    /// Its caller; itself for the first.
    parent: usize,
    /// Whether it is called from two places there.
    twice: bool,
    /// Another caller, of one context in eight.
    other: Option<usize>,
    costs: Vec<u64>,
    /// What it cost with all that it called.
    total: u64,
}

/// Writes a profile of about so many MB.
pub(crate) fn write(path: &Path, megabytes: usize) -> Result<()> {
    let contexts = contexts(megabytes * CONTEXTS);
    let mut calls: Vec<Vec<(usize, u64)>> = vec![Vec::new(); contexts.len()];
    for (at, context) in contexts.iter().enumerate().skip(1) {
        let mut left = context.total;
        if let Some(other) = context.other {
            calls[other].push((at, left / 3));
            left -= left / 3;
        }
        if context.twice {
            calls[context.parent].push((at, left / 2));
            left -= left / 2;
        }
        calls[context.parent].push((at, left));
    }
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    let sum: u64 = contexts.iter().flat_map(|context| &context.costs).sum();
    write!(file, "# callgrind format\nversion: 1\ncreator: callgrind-3.19.0\npid: 1\n")?;
    write!(file, "cmd: /synthetic\npart: 1\n\npositions: instr\nevents: Ir\nsummary: {sum}\n\n")?;
    writeln!(file, "ob=(1) /synthetic")?;
    let mut last = 0;
    for (at, context) in contexts.iter().enumerate() {
        // Names are said once, where they first occur.
        writeln!(file, "fn=({at}) {}", name(&contexts, at))?;
        let base = 0x10_000 + context.function * 0x1000;
        let mut address = base;
        let mut calls = calls[at].iter();
        for (number, &cost) in context.costs.iter().enumerate() {
            if number % 13 == 7 {
                writeln!(file, "fi=({})", number % 97)?;
            }
            position(&mut file, &mut last, address)?;
            writeln!(file, "{cost}")?;
            if let Some(&(called, total)) = calls.next() {
                write!(file, "cfn=({called})\ncalls=1 0x{address:x}\n")?;
                position(&mut file, &mut last, address)?;
                writeln!(file, "{total}")?;
            }
            // Contexts of a function have the same instructions.
            address += 1 + (base * 31 + number as u64 * 17) % 7;
        }
        for &(called, total) in calls {
            write!(file, "cfn=({called})\ncalls=1 0x{address:x}\n")?;
            position(&mut file, &mut last, address)?;
            writeln!(file, "{total}")?;
        }
        writeln!(file)?;
    }
    writeln!(file, "totals: {sum}")?;
    Ok(file.flush()?)
}

/// So many contexts, callers first.
fn contexts(count: usize) -> Vec<Context> {
    let mut random = Random::new(42);
    let mut contexts: Vec<Context> = Vec::with_capacity(count);
    for at in 0..count {
        // Mostly called by one of the last, so that stacks are deep.
        let mut caller = || at.saturating_sub(1 + random.below(40) as usize);
        let parent = caller();
        let other = caller();
        let costs = (0..1 + random.below(2 * COSTS - 1)).map(|_| 1 + random.below(300));
        let costs: Vec<u64> = costs.collect();
        let other = (at > 0 && other != parent && random.below(8) == 0).then_some(other);
        let (function, total) = (random.below(FUNCTIONS), costs.iter().sum());
        let twice = random.below(4) == 0;
        contexts.push(Context { function, parent, twice, other, costs, total });
    }
    for at in (1..count).rev() {
        let (total, parent, other) = (contexts[at].total, contexts[at].parent, contexts[at].other);
        let far = if other.is_some() { total / 3 } else { 0 };
        if let Some(other) = other {
            contexts[other].total += far;
        }
        contexts[parent].total += total - far;
    }
    contexts
}

/// The numbers of a context's functions, as callgrind's compressed names have them.
fn name(contexts: &[Context], at: usize) -> String {
    let mut name = format!("function_{}", contexts[at].function);
    let mut caller = at;
    for _ in 0..CALLERS {
        caller = contexts[caller].parent;
        name.push_str(&format!("'({caller})"));
    }
    name
}

/// A position, relative to the last one.
fn position(file: &mut impl Write, last: &mut u64, address: u64) -> std::io::Result<()> {
    match (*last, address) {
        (0, _) => write!(file, "0x{address:x} ")?,
        (last, _) if last == address => write!(file, "* ")?,
        (last, _) if last < address => write!(file, "+{} ", address - last)?,
        (last, _) => write!(file, "-{} ", last - address)?,
    }
    *last = address;
    Ok(())
}

/// Reads profiles of processes, as a capture does.
pub(crate) fn read(arguments: &[String]) -> Result<()> {
    let [output] = arguments else { return Err("what files' names begin with is due".into()) };
    let reading = callgrind::read(output.as_ref(), &Objects::new())?;
    let recording = &reading.recording;
    let (samples, stacks) = (recording.samples.len(), recording.stacks.len());
    Ok(writeln!(stdout(), "{samples} stacks, {stacks} with those that they begin with")?)
}
