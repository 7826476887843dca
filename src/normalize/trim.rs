//! Which frames of a stack are the benchmark's own.
//!
//! In order: a *boundary* (the harness's measuring loop) decides alone; without one, a frame of
//! the harness makes the sample harness work; without either, threads count for the benchmark
//! and the main thread does not.

use crate::model::Harness;

use super::{HARNESS, STARTUP, TRUNCATED, criterion, divan, libtest, startup};

/// What is known of a frame: canonical name, comparable file and image, line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct View<'a> {
    pub name: &'a str,
    /// The last segment of its path, searched for once: every stack asks for it.
    pub(super) item: &'a str,
    pub file: Option<&'a str>,
    pub image: Option<&'a str>,
    pub line: u32,
}

impl<'a> View<'a> {
    pub(super) fn new(
        name: &'a str,
        file: Option<&'a str>,
        image: Option<&'a str>,
        line: u32,
    ) -> Self {
        let item = name.rsplit("::").next().unwrap_or_default();
        Self { name, item, file, image, line }
    }

    /// Whether it is defined in this crate: by its path or, where debug information has no paths,
    /// by its file.
    pub(super) fn in_crate(&self, name: &str) -> bool {
        let path = self.name.strip_prefix('<').unwrap_or(self.name);
        if let Some(rest) = path.strip_prefix(name) {
            return rest.starts_with("::");
        }
        if self.item.len() < self.name.len() {
            return false;
        }
        // `criterion-0.7.0/src/bencher.rs`, `core/src/iter/range.rs`; packages may have dashes
        // where crates have underscores.
        let file = self.file.unwrap_or_default();
        let package = file.get(..name.len()).map(|package| package.replace('-', "_"));
        package.is_some_and(|package| package == name)
            && file.get(name.len()..).is_some_and(|rest| {
                rest.starts_with("/src/")
                    || rest
                        .strip_prefix('-')
                        .is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
            })
    }

    /// Whether it belongs to the standard library.
    pub(super) fn in_std(&self) -> bool {
        ["core", "alloc", "std"].iter().any(|name| self.in_crate(name))
            || self.name.starts_with("<&mut F as core::")
    }

    /// The last segment of its path.
    pub(super) fn item(&self) -> &'a str {
        self.item
    }

    /// Whether it keeps a value from the optimiser, and does nothing else.
    pub(super) fn is_black_box(&self) -> bool {
        matches!(self.item(), "black_box" | "black_box_drop")
            && (self.in_std()
                || self.in_crate("criterion")
                || self.in_crate("divan")
                || self.in_crate("test"))
    }

    /// Whether it drops a value.
    pub(super) fn is_drop(&self) -> bool {
        self.name.starts_with("core::ptr::drop_in_place")
            || self.name == "core::mem::drop"
            || (matches!(self.item(), "drop_in_place" | "drop" | "assume_init_drop")
                && self.in_std())
    }
}

/// What is kept of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// The benchmark's work: the frames from here on. There is one at least.
    From(usize),
    /// The benchmark's work in another process: the outermost frame, which names the process,
    /// and the frames from here on.
    Below(usize),
    /// The benchmark's work, in a frame made up for it.
    Only(&'static str),
    /// Not the benchmark's work.
    Harness(&'static str),
}

/// What a harness's boundary says of a stack, if it is on it.
pub(super) fn boundary(stack: &[View<'_>], harness: Harness) -> Option<Kept> {
    let kept = match harness {
        Harness::Criterion => criterion::boundary(stack),
        Harness::Divan => divan::boundary(stack),
        Harness::Libtest => libtest::boundary(stack),
        Harness::Process => startup::boundary(stack),
    }?;
    Some(settle(stack, kept))
}

/// A frame whose name only an outermost one has would be taken for a root when it becomes one.
fn settle(stack: &[View<'_>], kept: Kept) -> Kept {
    let Kept::From(start) = kept else { return kept };
    let skip = stack[start..].iter().take_while(|view| is_special(view)).count();
    if start + skip < stack.len() { Kept::From(start + skip) } else { Kept::Harness(STARTUP) }
}

fn is_special(view: &View<'_>) -> bool {
    startup::is_root(view) || view.name == TRUNCATED || view.name.starts_with("[process ")
}

/// Whether a frame outside any boundary is the harness's.
fn is_harness(view: &View<'_>, harness: Harness) -> bool {
    match harness {
        Harness::Criterion => criterion::is_harness(view),
        Harness::Divan => divan::is_harness(view),
        Harness::Libtest => libtest::is_harness(view),
        Harness::Process => false,
    }
}

/// Whether a stack that was kept whole lacks its outermost frames. Start-up is left out: the
/// loader's first frames have no callers that could be known.
pub(super) fn begins_in_the_middle(stack: &[View<'_>], context: Context<'_>) -> bool {
    let inner = match stack {
        [root, inner @ ..] if root.name.starts_with("[process ") => inner,
        all => all,
    };
    match inner {
        [root, rest @ ..] if root.name == TRUNCATED => !startup::is_before_main(rest),
        // In a trimmed stack the outermost frames are gone.
        [root, ..] => context.raw && startup::Root::of(root).is_none(),
        [] => false,
    }
}

/// Whether a frame stands for the process with this name, of which Linux keeps 15 bytes.
fn is_process(frame: &View<'_>, name: &str) -> bool {
    let process = frame.name.strip_prefix("[process ").and_then(|rest| rest.strip_suffix(']'));
    process
        .is_some_and(|process| process == name || process.len() == 15 && name.starts_with(process))
}

/// What the rest of a profile says of each of its stacks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context<'a> {
    /// Whether the profile was certainly not trimmed yet. Trimmed stacks hold neither roots nor
    /// boundaries, so that a profile without any is left as it is.
    pub raw: bool,
    /// Whether the benchmark's own work enters rayon. criterion's analysis uses rayon too, and
    /// what a pool's idle threads do looks alike whoever started the pool.
    pub rayon: bool,
    /// The program that only starts the benchmark.
    pub driver: Option<&'a str>,
    /// Whether the recorder followed every call from the first instruction on.
    pub follows_calls: bool,
}

impl Context<'_> {
    /// Takes account of one stack and of what its [`boundary`] says.
    pub(super) fn observe(&mut self, stack: &[View<'_>], boundary: Option<Kept>) {
        let Some(root) = stack.first() else { return };
        if !root.name.starts_with("[process ") {
            self.raw = self.raw || boundary.is_some() || startup::is_root(root);
        }
        if let Some(Kept::From(start)) = boundary {
            let own = &stack[start..];
            self.rayon = self.rayon || own.iter().any(|view| view.in_crate("rayon_core"));
        }
    }
}

/// Whether a stack is that of a rayon thread that has nothing to do.
fn is_idle(stack: &[View<'_>]) -> bool {
    stack.iter().any(|view| view.in_crate("rayon_core") && view.item().starts_with("wait_until"))
        && !stack.iter().any(|view| view.in_crate("rayon_core") && view.item() == "execute")
}

/// What to keep of a stack, outermost frame first, with what its [`boundary`] says.
pub(super) fn trim(
    stack: &[View<'_>],
    boundary: Option<Kept>,
    harness: Harness,
    context: Context<'_>,
) -> Kept {
    let Context { raw, rayon, driver, follows_calls } = context;
    let Some(root) = stack.first() else { return Kept::Harness(HARNESS) };
    if driver.is_some_and(|driver| is_process(root, driver)) {
        return Kept::Harness(HARNESS);
    }
    // Another program that the benchmark runs: all of it is the benchmark's work, and what leads
    // to its `main` is of no interest.
    if root.name.starts_with("[process ") {
        let mut start = 1;
        // A program may begin within what another one began with.
        while let Some(Kept::From(more @ 1..)) = startup::boundary(&stack[start..]) {
            start += more;
        }
        return if start > 1 { Kept::Below(start) } else { Kept::From(0) };
    }
    let truncated = root.name == TRUNCATED;
    if !raw && !truncated {
        return Kept::From(0);
    }
    if let Some(kept) = boundary {
        return kept;
    }
    if stack.iter().any(|view| is_harness(view, harness)) {
        return Kept::Harness(HARNESS);
    }
    if truncated {
        // A thread that has just begun has no callers, which unwinding may not know.
        let begins = stack.get(1).is_some_and(startup::is_root);
        let starts = startup::is_before_main(&stack[1..])
            || begins && startup::thread(&stack[1..]).is_none();
        return if starts { Kept::Harness(STARTUP) } else { Kept::From(0) };
    }
    if harness == Harness::Criterion && !rayon && is_idle(stack) {
        return Kept::Harness(HARNESS);
    }
    match startup::root(stack) {
        Some(startup::Root::Thread) => match startup::thread(stack) {
            Some(start) => settle(stack, Kept::From(start)),
            None => Kept::Harness(STARTUP),
        },
        Some(startup::Root::Loader) => Kept::Harness(STARTUP),
        Some(startup::Root::Main) if startup::entered_main(stack) => Kept::Harness(HARNESS),
        Some(startup::Root::Main) => Kept::Harness(STARTUP),
        // The loader's first instruction has no name, and in no file that is known.
        None if follows_calls => Kept::Harness(STARTUP),
        // Unwinding ended somewhere in the middle.
        None => Kept::From(0),
    }
}

#[cfg(test)]
mod tests {
    use super::testing::views;
    use super::*;

    #[test]
    fn what_leads_to_the_main_of_another_program_is_gone_at_once() {
        let stack = views(&["[process sh]", "__rust_begin_short_backtrace", "_start", "main", "f"]);
        let context = Context { raw: true, ..Context::default() };
        assert_eq!(trim(&stack, None, Harness::Criterion, context), Kept::Below(3));
    }

    #[test]
    fn who_follows_calls_knows_every_beginning() {
        let stack = views(&["[unknown in ld.so]", "_dl_start"]);
        let kept = |follows_calls| {
            let context = Context { raw: true, follows_calls, ..Context::default() };
            trim(&stack, None, Harness::Criterion, context)
        };
        assert_eq!(kept(false), Kept::From(0));
        assert_eq!(kept(true), Kept::Harness(STARTUP));
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::{Context, Kept, View, boundary, trim};
    use crate::model::Harness;

    /// Frames from `name`, `name @file:line` or `name ~image`.
    pub(in crate::normalize) fn views<'a>(frames: &[&'a str]) -> Vec<View<'a>> {
        frames
            .iter()
            .map(|text| {
                if let Some((name, image)) = text.split_once(" ~") {
                    return View::new(name, None, Some(image), 0);
                }
                let (name, place) = text.split_once(" @").unwrap_or((text, ""));
                let (file, line) = place.split_once(':').unwrap_or((place, "0"));
                let file = Some(file).filter(|file| !file.is_empty());
                View::new(name, file, None, line.parse().unwrap())
            })
            .collect()
    }

    /// What is kept of a raw stack, as text: frames, or `benchmark: X`, or `harness: X`.
    pub(in crate::normalize) fn kept(frames: &[&str], harness: Harness) -> String {
        let stack = views(frames);
        let context = Context { raw: true, driver: Some("cargo-perfbase"), ..Context::default() };
        match trim(&stack, boundary(&stack, harness), harness, context) {
            Kept::From(start) => {
                stack[start..].iter().map(|v| v.name).collect::<Vec<_>>().join(" ; ")
            }
            Kept::Below(start) => {
                let kept = std::iter::once(&stack[0]).chain(&stack[start..]);
                kept.map(|v| v.name).collect::<Vec<_>>().join(" ; ")
            }
            Kept::Only(name) => format!("benchmark: {name}"),
            Kept::Harness(name) => format!("harness: {name}"),
        }
    }
}
