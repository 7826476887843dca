//! Where things are below `profiles/`.

use std::path::{Component, Path};

use crate::model::{BenchmarkEntry, BenchmarkId, CountKind};

/// The index of a capture, in its folder. Written last: a folder without it is no capture.
pub(super) const CAPTURE: &str = "capture.json";
/// Keeps other captures from writing at the same time.
pub(super) const LOCK: &str = ".lock";
/// How the names begin of captures that are being made.
pub(super) const STAGING: &str = ".staging-";
/// How the names begin of captures that are being replaced, where folders cannot be exchanged.
pub(super) const REPLACED: &str = ".replaced-";
/// How the names begin of captures that are being deleted.
pub(super) const REMOVED: &str = ".removed-";

/// A file of a benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// `timing.json`
    Timing,
    /// `profile.pb.gz`
    Profile,
    /// `flamegraph.svg`
    Flamegraph,
    /// `base-timing.json`: times of the base's executable, taken in turns with `timing.json`.
    BaseTiming,
    /// `base-profile.pb.gz`: profile of the base's executable, taken in turns with
    /// `profile.pb.gz`.
    BaseProfile,
    /// `instructions.pb.gz`, `allocations.pb.gz`, and `D1mr.pb.gz` of a simulated event: what was
    /// counted.
    Count(CountKind),
    /// `base-instructions.pb.gz` and so on: what was counted of the base's executable, where its own capture lacks it.
    BaseCount(CountKind),
    /// `metrics.json`: numbers that the benchmark reports of itself, run by run of `timing.json`.
    Metrics,
    /// `base-metrics.json`: those of the base's executable.
    BaseMetrics,
}

impl Part {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let counts = CountKind::all().flat_map(|kind| [Self::Count(kind), Self::BaseCount(kind)]);
        [
            Self::Timing,
            Self::Profile,
            Self::Flamegraph,
            Self::BaseTiming,
            Self::BaseProfile,
            Self::Metrics,
            Self::BaseMetrics,
        ]
        .into_iter()
        .chain(counts)
    }

    /// Its file name.
    pub fn file_name(self) -> String {
        let counted = |kind: CountKind| match kind {
            CountKind::Instructions => "instructions",
            CountKind::Allocations => "allocations",
            CountKind::Event(event) => event.name(),
        };
        match self {
            Self::Timing => "timing.json".to_owned(),
            Self::Profile => "profile.pb.gz".to_owned(),
            Self::Flamegraph => "flamegraph.svg".to_owned(),
            Self::BaseTiming => "base-timing.json".to_owned(),
            Self::BaseProfile => "base-profile.pb.gz".to_owned(),
            Self::Count(kind) => format!("{}.pb.gz", counted(kind)),
            Self::BaseCount(kind) => format!("base-{}.pb.gz", counted(kind)),
            Self::Metrics => "metrics.json".to_owned(),
            Self::BaseMetrics => "base-metrics.json".to_owned(),
        }
    }

    /// Whether a benchmark has this file, by its index entry; `None` where that does not tell.
    pub(super) fn is_listed(self, entry: &BenchmarkEntry) -> Option<bool> {
        let beside = entry.beside.as_ref();
        match self {
            Self::Timing => Some(entry.timed),
            Self::Profile => Some(entry.profile.is_some()),
            Self::Flamegraph | Self::Metrics | Self::BaseMetrics => None,
            Self::BaseTiming => Some(beside.is_some_and(|beside| beside.timed)),
            Self::BaseProfile => Some(beside.is_some_and(|beside| beside.profile.is_some())),
            Self::Count(kind) => Some(entry.count(kind).is_some()),
            Self::BaseCount(kind) => {
                Some(beside.is_some_and(|beside| beside.count(kind).is_some()))
            }
        }
    }
}

/// Whose figures a file of a benchmark has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arm {
    /// The captured executable's.
    Own,
    /// Those of the base's executable, which was run in turns with it.
    Base,
}

impl Arm {
    /// The file with its times.
    pub fn timing(self) -> Part {
        match self {
            Self::Own => Part::Timing,
            Self::Base => Part::BaseTiming,
        }
    }

    /// The file with numbers that it reports of itself.
    pub fn metrics(self) -> Part {
        match self {
            Self::Own => Part::Metrics,
            Self::Base => Part::BaseMetrics,
        }
    }

    /// The file with its profile.
    pub fn profile(self) -> Part {
        match self {
            Self::Own => Part::Profile,
            Self::Base => Part::BaseProfile,
        }
    }

    /// The file with what was counted of it.
    pub fn count(self, kind: CountKind) -> Part {
        match self {
            Self::Own => Part::Count(kind),
            Self::Base => Part::BaseCount(kind),
        }
    }
}

/// The folder of a benchmark below its capture's, with `/` between names: what
/// [`BenchmarkEntry::folder`](crate::model::BenchmarkEntry::folder) is to be.
pub fn folder_of(id: &BenchmarkId) -> String {
    [&id.package, &id.target, &id.benchmark].map(|name| slug(name)).join("/")
}

/// Longest folder name, in bytes.
const LONGEST: usize = 64;
/// What stands before the hash; no name that is used as it is has it.
const MARK: char = '@';
/// Digits of the hash. With 10,000 benchmarks whose readable parts are all alike, two share their
/// 48 bits with a probability of 10⁸ / 2⁴⁹ = 2·10⁻⁷; and then storing them is refused.
const DIGITS: usize = 12;

/// A folder name for `name`: readable, safe on every file system, and different for different
/// names even where upper and lower case are the same.
///
/// A name of lower-case letters, digits, `_` and `-` is used as it is. Anything else becomes `-`,
/// upper case becomes lower case, and a hash of the name follows after `@`.
fn slug(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let safe = name.len() <= LONGEST
        && name.starts_with(|c: char| c != '-' && plain(c))
        && name.chars().all(plain)
        && !reserved(name);
    if safe {
        return name.to_owned();
    }
    let mut readable = String::new();
    for c in name.chars().map(|c| c.to_ascii_lowercase()) {
        let c = if plain(c) { c } else { '-' };
        if c != '-' || !(readable.is_empty() || readable.ends_with('-')) {
            readable.push(c);
        }
        if readable.len() == LONGEST - DIGITS - 1 {
            break;
        }
    }
    let hash = fnv1a(name.as_bytes());
    let hash = (hash >> 48) ^ (hash & 0xffff_ffff_ffff);
    format!("{}{MARK}{hash:0DIGITS$x}", readable.trim_end_matches('-'))
}

/// Names that Windows keeps for devices.
fn reserved(name: &str) -> bool {
    let numbered = name.strip_prefix("com").or_else(|| name.strip_prefix("lpt"));
    matches!(name, "con" | "prn" | "aux" | "nul")
        || numbered.is_some_and(|n| n.len() == 1 && n.chars().all(|c| c.is_ascii_digit()))
}

/// FNV-1a, 64 bits: folder names must be the same on every machine and in every version.
/// <http://www.isthe.com/chongo/tech/comp/fnv/>
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Whether a folder that an index names is below the capture's own.
pub(super) fn is_inside(folder: &str) -> bool {
    // Back slashes separate on Windows only, and colons name drives there.
    !folder.is_empty()
        && !folder.contains(['\\', ':'])
        && Path::new(folder).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hashes_are_as_published() {
        // From the reference's test vectors.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn plain_names_are_used_as_they_are() {
        for name in ["fib", "fib_20", "test-cli", "0", &"x".repeat(64)] {
            assert_eq!(slug(name), name);
        }
    }

    #[test]
    fn other_names_stay_readable_and_apart() {
        let mut seen = HashMap::new();
        let long = "x".repeat(65);
        let names = [
            "parse/1024",
            "parse/1025",
            "parse 1024",
            "parse-1024",
            "Parse/1024",
            "fib 20",
            "a::b",
            "con",
            "nul",
            "com1",
            "lpt9",
            "con.txt",
            "",
            ".",
            "..",
            "-x",
            "x.",
            "x ",
            "é",
            "日本",
            "a@b",
            &long,
            "a\0b",
            "capture.json",
            "../../etc/passwd",
        ];
        for name in names {
            let slug = slug(name);
            assert!(slug.len() <= 64, "{slug}");
            assert!(
                !slug.starts_with(['.', '-']) && !slug.contains(['/', '\\', '.', ' ']),
                "{slug}"
            );
            let stem = slug.split('.').next().unwrap();
            assert!(!reserved(stem), "{slug}");
            if let Some(other) = seen.insert(slug.clone(), name) {
                panic!("{name:?} and {other:?} are both {slug}");
            }
        }
        assert!(slug("parse/1024").starts_with("parse-1024@"));
        assert!(slug("a  ::  b!").starts_with("a-b@"));
    }

    #[test]
    fn folders_do_not_change_from_version_to_version() {
        let id = BenchmarkId {
            package: "demo".into(),
            target: "parsing".into(),
            benchmark: "Parse/1024".into(),
        };
        assert_eq!(folder_of(&id), "demo/parsing/parse-1024@34f7cfd0a83c");
    }

    #[test]
    fn indices_cannot_point_outside() {
        for bad in ["", "..", "a/../b", "/etc", "a/..", "c:/x", "a\\..\\b", ".", "./a"] {
            assert!(!is_inside(bad), "{bad:?}");
        }
        assert!(is_inside("demo/parsing/parse-1024@34f7cfd0a83c"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_name_is_a_safe_folder(name in any::<String>()) {
            let slug = slug(&name);
            prop_assert!(!slug.is_empty() && slug.len() <= 64);
            prop_assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-@".contains(&b)));
            prop_assert!(!slug.starts_with('-') && !reserved(&slug));
            prop_assert!(slug == name || slug.contains('@'));
        }

        #[test]
        fn names_that_look_alike_stay_apart(one in "[aA-]{1,3}[/ .@]?", other in "[aA-]{1,3}[/ .@]?") {
            prop_assert_eq!(slug(&one) == slug(&other), one == other);
            // Nor can a name be another's folder.
            prop_assert_ne!(slug(&format!("{one}/")), slug(&slug(&format!("{one}/"))));
        }
    }
}
