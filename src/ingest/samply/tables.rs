//! From the format's columns to a [`Recording`].

use crate::model::{
    FastMap, Handle, Image, ImageId, ImageKind, Location, LocationId, RawSample, Recording,
    StackId, Thread, ThreadId,
};

use super::FormatError;
use super::format::{self, FrameTable, FuncTable, Number, Profile, ResourceTable, StackTable};

/// Adds all of a profile, its inner processes included.
pub(super) fn convert(profile: &Profile, recording: &mut Recording) -> Result<(), FormatError> {
    let mut converter = Converter {
        recording,
        images: FastMap::default(),
        locations: FastMap::default(),
        samples: FastMap::default(),
    };
    converter.profile(profile)
}

/// One set of tables: a thread's own or the shared ones.
#[derive(Clone, Copy)]
struct Tables<'a> {
    strings: &'a [String],
    resources: &'a ResourceTable,
    funcs: &'a FuncTable,
    frames: &'a FrameTable,
    stacks: &'a StackTable,
}

impl<'a> Tables<'a> {
    /// A thread's tables, each taken from the shared ones where the thread has none. Frames and
    /// stacks belong together: the shared ones are not converted anew for each thread.
    fn of(thread: &'a format::Thread, shared: &'a format::Shared) -> Self {
        let own = !thread.stack_table.frame.is_empty() || !thread.frame_table.func.is_empty();
        Self {
            strings: if thread.string_array.is_empty() {
                &shared.string_array
            } else {
                &thread.string_array
            },
            resources: if thread.resource_table.lib.is_empty() {
                &shared.resource_table
            } else {
                &thread.resource_table
            },
            funcs: if thread.func_table.name.is_empty() {
                &shared.func_table
            } else {
                &thread.func_table
            },
            frames: if own { &thread.frame_table } else { &shared.frame_table },
            stacks: if own { &thread.stack_table } else { &shared.stack_table },
        }
    }
}

struct Converter<'r> {
    recording: &'r mut Recording,
    images: FastMap<Image, ImageId>,
    locations: FastMap<Location, LocationId>,
    samples: FastMap<(StackId, ThreadId), usize>,
}

/// An error at an entry of a table.
fn broken(table: &'static str, index: usize) -> FormatError {
    FormatError::Index { table, index }
}

impl Converter<'_> {
    fn profile(&mut self, profile: &Profile) -> Result<(), FormatError> {
        let images: Vec<ImageId> = profile.libs.iter().map(|lib| self.image(lib)).collect();
        // Shared stacks are converted once, not for each thread.
        let mut shared: Option<Vec<StackId>> = None;
        for thread in &profile.threads {
            if thread.samples.stack.is_empty() {
                continue;
            }
            let tables = Tables::of(thread, &profile.shared);
            let own;
            let stacks = if std::ptr::eq(tables.stacks, &profile.shared.stack_table) {
                match &mut shared {
                    Some(stacks) => &*stacks,
                    none => none.insert(self.stacks(tables, &images)?),
                }
            } else {
                own = self.stacks(tables, &images)?;
                &own
            };
            self.thread(thread, &profile.meta, stacks)?;
        }
        for process in &profile.processes {
            self.profile(process)?;
        }
        Ok(())
    }

    fn image(&mut self, lib: &format::Lib) -> ImageId {
        let path = if lib.path.is_empty() { &lib.name } else { &lib.path };
        let kind = match &*lib.name {
            name if name.starts_with("[kernel") || name.ends_with(".ko") => ImageKind::Kernel,
            "[vdso]" | "linux-vdso.so.1" => ImageKind::Vdso,
            name if name.starts_with("[anon") || name == "//anon" => ImageKind::Anonymous,
            _ => ImageKind::File,
        };
        let build_id = lib.code_id.as_deref().and_then(hexadecimal);
        let image = Image { path: path.clone(), kind, build_id };
        let images = &mut self.recording.images;
        *self.images.entry(image).or_insert_with_key(|image| {
            images.push(image.clone());
            ImageId::from_index(images.len() - 1)
        })
    }

    fn location(&mut self, location: Location) -> LocationId {
        let locations = &mut self.recording.locations;
        *self.locations.entry(location).or_insert_with(|| {
            locations.push(location);
            LocationId::from_index(locations.len() - 1)
        })
    }

    /// The stack of each entry of the stack table.
    fn stacks(
        &mut self,
        tables: Tables<'_>,
        images: &[ImageId],
    ) -> Result<Vec<StackId>, FormatError> {
        let mut frames = Vec::with_capacity(tables.frames.func.len());
        for index in 0..tables.frames.func.len() {
            let location = frame(tables, images, index)?;
            frames.push(self.location(location));
        }
        let mut stacks: Vec<StackId> = Vec::with_capacity(tables.stacks.frame.len());
        for (index, frame) in tables.stacks.frame.iter().enumerate() {
            let prefix = tables.stacks.prefix.get(index).ok_or(broken("stackTable", index))?;
            // Callers come first in the table, which also keeps a stack from calling itself.
            let parent = match prefix.index() {
                Some(prefix) => Some(*stacks.get(prefix).ok_or(broken("stackTable", index))?),
                None => None,
            };
            let frame = frame
                .index()
                .and_then(|frame| frames.get(frame))
                .ok_or(broken("stackTable", index))?;
            stacks.push(self.recording.stacks.push(parent, *frame));
        }
        Ok(stacks)
    }

    fn thread(
        &mut self,
        thread: &format::Thread,
        meta: &format::Meta,
        stacks: &[StackId],
    ) -> Result<(), FormatError> {
        let weights = Weights::new(&thread.samples, meta)?;
        let id = ThreadId::from_index(self.recording.threads.len());
        let mut sampled = false;
        for (index, stack) in thread.samples.stack.iter().enumerate() {
            let (count, weight) = weights.get(index);
            let Some(stack) = stack.index() else { continue };
            let stack = *stacks.get(stack).ok_or(broken("samples", index))?;
            if weight == 0 {
                continue;
            }
            sampled = true;
            self.recording.health.samples = self.recording.health.samples.saturating_add(count);
            let samples = &mut self.recording.samples;
            let at = *self.samples.entry((stack, id)).or_insert_with(|| {
                samples.push(RawSample { stack, thread: id, count: 0, weight: 0 });
                samples.len() - 1
            });
            samples[at].count = samples[at].count.saturating_add(count);
            samples[at].weight = samples[at].weight.saturating_add(weight);
        }
        if sampled {
            self.recording.threads.push(Thread {
                pid: thread.pid.0,
                tid: thread.tid.0,
                name: thread.name.clone(),
                process: thread.process_name.clone(),
            });
        }
        Ok(())
    }
}

/// What an entry of the frame table is.
fn frame(tables: Tables<'_>, images: &[ImageId], index: usize) -> Result<Location, FormatError> {
    let func = tables.frames.func[index].index().ok_or(broken("frameTable", index))?;
    let name = tables
        .funcs
        .name
        .get(func)
        .and_then(|name| tables.strings.get(name.index()?))
        .ok_or(broken("funcTable", func))?;
    let lib = tables
        .funcs
        .resource
        .get(func)
        .and_then(|resource| tables.resources.lib.get(resource.index()?))
        .and_then(|lib| lib.index());
    let address = tables.frames.address.get(index).and_then(|address| address.0);
    if let (Some(lib), Some(address)) = (lib, address) {
        let image = *images.get(lib).ok_or(broken("resourceTable", lib))?;
        return Ok(Location::Image { image, address });
    }
    if name.to_ascii_lowercase().contains("truncated") {
        return Ok(Location::Truncated);
    }
    // The name of a frame in no library is its absolute address.
    let named = name.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    Ok(Location::Unknown { address: named.or(address).unwrap_or(0) })
}

/// The counts and weights of a thread's samples.
struct Weights<'a> {
    counts: Option<&'a [Number]>,
    /// CPU time, and ns in its unit.
    cpu: Option<(&'a [Number], u64)>,
    interval_ns: u64,
}

impl<'a> Weights<'a> {
    fn new(samples: &'a format::Samples, meta: &format::Meta) -> Result<Self, FormatError> {
        let length = samples.stack.len();
        let column = |column: &'a Option<Vec<Number>>, name| match column.as_deref() {
            Some([]) | None => Ok(None),
            Some(column) if column.len() == length => Ok(Some(column)),
            Some(column) => Err(broken(name, column.len())),
        };
        let unit = meta.units.as_ref().and_then(|units| units.cpu.as_deref());
        let unit_ns = match unit {
            Some("ns") => Some(1),
            Some("µs" | "μs") | None => Some(1000),
            Some("ms") => Some(1_000_000),
            // CPU cycles of an unknown frequency.
            Some(_) => None,
        };
        Ok(Self {
            counts: column(&samples.weight, "samples.weight")?,
            cpu: column(&samples.cpu, "samples.threadCPUDelta")?.zip(unit_ns),
            // A cast to an integer saturates.
            interval_ns: (meta.interval * 1e6).max(1.0) as u64,
        })
    }

    /// Samples, and ns of CPU time.
    fn get(&self, index: usize) -> (u64, u64) {
        let count = self.counts.map_or(1, |counts| counts[index].0.unwrap_or(0));
        let weight = match self.cpu {
            Some((cpu, unit_ns)) => cpu[index].0.unwrap_or(0).saturating_mul(unit_ns),
            None => count.saturating_mul(self.interval_ns),
        };
        (count, weight)
    }
}

/// The bytes of a text of hexadecimal digits.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| (byte as char).to_digit(16);
    let pairs = text.as_bytes().chunks_exact(2);
    pairs.map(|pair| u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::samply::parse;
    use proptest::prelude::*;

    const TABLES: &str = r#"
        "stringArray": ["0x10", "0x20", "0x7f00", "(truncated)"],
        "resourceTable": {"length": 1, "lib": [0], "name": [0]},
        "funcTable": {"length": 4, "name": [0, 1, 2, 3], "resource": [0, 0, -1, -1]},
        "frameTable": {"length": 4, "address": [16, 32, -1, -1], "func": [0, 1, 2, 3]},
        "stackTable": {"length": 4, "prefix": [null, 0, 1, 3, 2], "frame": [3, 0, 1, 0, 2]}"#;

    fn profile(shared: &str, tables: &str, samples: &str) -> String {
        format!(
            r#"{{"meta": {{"interval": 1.0, "sampleUnits": {{"threadCPUDelta": "µs"}}}},
            "libs": [{{"name": "app", "path": "/x/app", "codeId": "69c8"}}], {shared}
            "threads": [{{"name": "main", "processName": "app", "pid": "7.1", "tid": "8",
            "samples": {samples} {tables}}}]}}"#
        )
    }

    const SAMPLES: &str = r#"{"length": 4, "stack": [2, 2, 1, null], "weight": [1, 1, 3, 1],
        "threadCPUDelta": [1000, 500, 0, 7]}"#;

    #[test]
    fn tables_may_be_the_threads_own_or_shared() {
        let stack_table = TABLES.replace("[null, 0, 1, 3, 2]", "[null, 0, 1]");
        let stack_table = stack_table.replace("[3, 0, 1, 0, 2]", "[3, 0, 1]");
        let own = profile("", &format!(", {stack_table}"), SAMPLES);
        let shared = profile(&format!(r#""shared": {{{stack_table}}},"#), "", SAMPLES);
        for text in [own, shared] {
            let recording = parse(text.as_bytes()).unwrap();
            assert_eq!(recording.frequency, Some(1000.0));
            let build_id = Some(vec![0x69, 0xc8]);
            let path = "/x/app".to_owned();
            assert_eq!(recording.images, [Image { path, kind: ImageKind::File, build_id }]);
            let thread = &recording.threads[0];
            assert_eq!((thread.pid, thread.tid, &*thread.name), (7, 8, "main"));
            // The sample of a waiting thread weighs nothing, and is left out.
            assert_eq!(recording.samples.len(), 1);
            let sample = recording.samples[0];
            assert_eq!((sample.count, sample.weight), (2, 1_500_000));
            assert_eq!(recording.health.samples, 2);
            let stack = recording.stacks.root_first(sample.stack);
            let stack: Vec<_> = stack.iter().map(|id| recording.locations[id.index()]).collect();
            let image = ImageId::from_index(0);
            assert_eq!(
                stack,
                [
                    Location::Truncated,
                    Location::Image { image, address: 16 },
                    Location::Image { image, address: 32 },
                ]
            );
        }
    }

    #[test]
    fn without_cpu_times_a_sample_is_an_interval() {
        let tables = format!(", {}", TABLES.replace("1, 3, 2]", "1]").replace("1, 0, 2]", "1]"));
        let samples = r#"{"length": 2, "stack": [2, 1], "weight": [1, 3]}"#;
        let recording = parse(profile("", &tables, samples).as_bytes()).unwrap();
        let weights: Vec<_> = recording.samples.iter().map(|s| (s.count, s.weight)).collect();
        assert_eq!(weights, [(1, 1_000_000), (3, 3_000_000)]);
    }

    #[test]
    fn broken_tables_are_errors() {
        let good = format!(", {}", TABLES.replace("1, 3, 2]", "1]").replace("1, 0, 2]", "1]"));
        assert!(parse(profile("", &good, SAMPLES).as_bytes()).is_ok());
        for (from, to, table) in [
            ("[null, 0, 1]", "[0, 0, 1]", "stackTable"),
            ("[null, 0, 1]", "[null, 0]", "stackTable"),
            ("[3, 0, 1]", "[3, 0, 9]", "stackTable"),
            (r#""func": [0, 1, 2, 3]"#, r#""func": [0, 1, 2, 4]"#, "funcTable"),
            (r#""lib": [0]"#, r#""lib": [5]"#, "resourceTable"),
        ] {
            assert!(good.contains(from), "{from}");
            let text = profile("", &good.replace(from, to), SAMPLES);
            match parse(text.as_bytes()) {
                Err(FormatError::Index { table: found, .. }) => assert_eq!(found, table),
                other => panic!("{from} → {to}: {other:?}"),
            }
        }
        for samples in [
            r#"{"stack": [77]}"#,
            r#"{"stack": [1, 1], "threadCPUDelta": [1]}"#,
            r#"{"stack": [1, 1], "weight": [1, 2, 3]}"#,
        ] {
            let text = profile("", &good, samples);
            assert!(matches!(parse(text.as_bytes()), Err(FormatError::Index { .. })), "{samples}");
        }
    }

    #[test]
    fn reads_build_ids() {
        assert_eq!(hexadecimal("00ff"), Some(vec![0, 255]));
        assert_eq!(hexadecimal(""), None);
        assert_eq!(hexadecimal("123"), None);
        assert_eq!(hexadecimal("zz"), None);
        assert_eq!(hexadecimal("é"), None);
    }

    proptest! {
        #[test]
        fn never_panics(
            numbers in proptest::collection::vec(-2i64..6, 0..9),
            prefix in proptest::collection::vec(-2i64..6, 0..9),
            frame in proptest::collection::vec(-2i64..6, 0..9),
            stack in proptest::collection::vec(-2i64..6, 0..9),
        ) {
            let tables = format!(r#", "stringArray": ["a", "0xzz"],
                "resourceTable": {{"lib": {numbers:?}}},
                "funcTable": {{"name": {numbers:?}, "resource": {prefix:?}}},
                "frameTable": {{"address": {stack:?}, "func": {numbers:?}}},
                "stackTable": {{"prefix": {prefix:?}, "frame": {frame:?}}}"#);
            let samples = format!(r#"{{"stack": {stack:?}, "weight": {frame:?}}}"#);
            let _ = parse(profile("", &tables, &samples).as_bytes());
        }
    }
}
