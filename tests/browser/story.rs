//! Two captures with everything in them: slower, faster and broken benchmarks, functions that are
//! new, gone, renamed and called from elsewhere, counts, and names that try to be more than text.

use std::path::Path;

use perfbase::model::{
    Body, CountKind, CountRun, CountSummary, Failure, Frame, Function, Profile, ProfileBuilder,
    Sample, Scope, Weight,
};
use perfbase::store::pprof::Meta;
use perfbase::store::{Arm, Mode, Store};

use crate::captures::{capture, entry, id, put_beside, timing};
use crate::synthetic::Random;

/// A call path, outermost first, and its self cost before and after, in µs.
type Path2 = (&'static str, f64, f64);

/// Parsing a large document. `Map::insert` became slower, `hash::fnv` was renamed, escapes are looked
/// for first, numbers are read by another way, and UTF-8 is checked once for all.
const PARSE: &[Path2] = &[
    ("codec::parse_large", 4.0, 4.0),
    ("codec::parse_large;jsonette::de::from_slice", 21.0, 22.0),
    ("codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value", 92.0, 94.0),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::object",
        118.0,
        121.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::object;jsonette::map::Map::insert",
        41.0,
        116.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::object;jsonette::map::Map::insert;HASH",
        96.0,
        97.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::object;jsonette::map::Map::insert;HASH;core::num::<impl u64>::rotate_left",
        14.0,
        14.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::object;jsonette::map::Map::insert;alloc::raw_vec::RawVec<T>::grow_one;realloc",
        38.0,
        39.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::object;jsonette::de::Parser::string",
        61.0,
        64.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::object;jsonette::de::Parser::string;jsonette::de::escape::scan",
        0.0,
        46.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::object;jsonette::de::Parser::string;jsonette::de::escape::scan;memchr::memchr",
        0.0,
        12.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::object;jsonette::de::Parser::string;jsonette::utf8::validate",
        48.0,
        0.0,
    ),
    ("codec::parse_large;jsonette::de::from_slice;jsonette::utf8::validate", 0.0, 31.0),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::array",
        73.0,
        74.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::array;jsonette::de::Parser::value;jsonette::de::Parser::number",
        66.0,
        38.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::array;jsonette::de::Parser::value;jsonette::de::Parser::number;jsonette::num::slow_path",
        57.0,
        0.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::array;jsonette::de::Parser::value;jsonette::de::Parser::number;jsonette::num::eisel_lemire",
        0.0,
        23.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::array;jsonette::de::Parser::value;jsonette::de::Parser::string",
        52.0,
        54.0,
    ),
    (
        "codec::parse_large;jsonette::de::from_slice;jsonette::de::Parser::value;jsonette::de::Parser::array;alloc::vec::Vec<T>::push;alloc::raw_vec::RawVec<T>::grow_one;realloc",
        62.0,
        63.0,
    ),
    ("codec::parse_large;core::ptr::drop_in_place<jsonette::value::Value>", 44.0, 45.0),
    (
        "codec::parse_large;core::ptr::drop_in_place<jsonette::value::Value>;core::ptr::drop_in_place<alloc::vec::Vec<jsonette::value::Value>>;cfree",
        59.0,
        60.0,
    ),
    ("codec::parse_large;clear_page_erms", 36.0, 35.0),
];

/// Encoding, faster: bytes are written at once.
const ENCODE: &[Path2] = &[
    ("codec::encode_large", 3.0, 3.0),
    ("codec::encode_large;jsonette::ser::to_vec", 60.0, 61.0),
    ("codec::encode_large;jsonette::ser::to_vec;jsonette::ser::write_string", 180.0, 96.0),
    (
        "codec::encode_large;jsonette::ser::to_vec;jsonette::ser::write_string;alloc::vec::Vec<T>::extend_from_slice",
        90.0,
        71.0,
    ),
    ("codec::encode_large;jsonette::ser::to_vec;jsonette::ser::write_number", 71.0, 72.0),
];

/// What the team asks for.
const RULES: &str = r#"
[[limit]]
id = "nothing gets 5 % slower"
benchmarks = "*/large"
at-most = "+5%"

[[limit]]
id = "no new hot path"
benchmarks = "parse/*"
new-hot-path = "10%"

[[objective]]
id = "small documents"
benchmarks = "parse/small"
at-most = "10 µs"
"#;

/// Call paths of one side with their self costs.
type Side = Vec<(String, f64)>;

/// Names that try to be more than text.
fn hostile() -> Vec<String> {
    vec![
        "<script>document.title='taken'</script>".into(),
        "</script><script>document.title='taken'</script><!--".into(),
        "\"><img src=x onerror=\"document.title='taken'\">".into(),
        "' onmouseover='document.title=1' x='".into(),
        "\u{1b}[31mred\u{1b}]0;title\u{7}".into(),
        "\u{202e}gnp.exe\u{202c} \u{2066}x\u{2069}\u{200f}".into(),
        "nul \0 and \u{ffff}".into(),
        format!("generic::f<{}u8{}>::g", "alloc::vec::Vec<".repeat(620), ">".repeat(620)),
        String::from_utf8_lossy(b"not \xff\xfe utf-8").into_owned(),
        "{{data}} {{script}} ${1} %s &lt;b&gt; &amp;".into(),
        "__proto__".into(),
        "constructor".into(),
    ]
}

/// The profile of one side, in runs whose costs scatter a little.
fn profile(paths: &[(String, f64)], weight: Weight, runs: u32) -> Profile {
    let mut builder = ProfileBuilder::new(weight);
    for run in 0..runs {
        let mut random = Random::new(u64::from(run) + 5);
        for (path, cost) in paths {
            let mut stack = None;
            for name in path.split(';') {
                let text = builder.string(name);
                let file = builder.string(if name.contains("::") {
                    "src/de.rs"
                } else {
                    "<file>\u{202e}"
                });
                let image = builder.string("codec-0f");
                let function = builder.function(Function {
                    name: text,
                    system_name: text,
                    file: Some(file),
                    image: Some(image),
                });
                if name.starts_with("jsonette::hash::") {
                    builder.body(function, Body { hash: 0x9e37_79b9, size: 512 });
                }
                let frame = builder.frame(Frame { function, line: 41, inlined: false });
                stack = Some(builder.stack(stack, frame));
            }
            let scatter =
                if runs == 1 { 1.0 } else { 0.985 + 0.03 * random.below(1000) as f64 / 1000.0 };
            let count = (cost * scatter).round() as u64;
            let weight = if weight == Weight::CpuTime { count * 1_003_009 } else { count };
            if count > 0 {
                let stack = stack.unwrap();
                builder.sample(Sample { stack, run, scope: Scope::Benchmark, count, weight });
            }
        }
    }
    builder.finish()
}

/// One side of call paths, with the name that the hash has on it.
fn side(paths: &[Path2], side: usize) -> Side {
    let hash = ["jsonette::hash::fnv", "jsonette::hash::fnv1a_64"][side];
    paths
        .iter()
        .map(|(path, base, new)| (path.replace("HASH", hash), [*base, *new][side]))
        .collect()
}

fn whole(paths: &[(String, f64)]) -> f64 {
    paths.iter().map(|(_, cost)| cost * 1000.0).sum()
}

/// Writes `before` and `after`, measured in turns.
pub(crate) fn write(folder: &Path) {
    let recursion = format!("codec::hostile{}", ";deep::recursion".repeat(2_000));
    let hostile_paths: Side = hostile()
        .iter()
        .map(|name| format!("codec::hostile;{}", name.replace(';', ",")))
        .zip((1..).map(|at| 100.0 + 10.0 * f64::from(at)))
        .chain([(recursion, 700.0)])
        .collect();
    let sampled: Vec<(&str, [Side; 2])> = vec![
        ("parse/large", [side(PARSE, 0), side(PARSE, 1)]),
        ("encode/large", [side(ENCODE, 0), side(ENCODE, 1)]),
        (
            "<script>document.title='taken'</script>\u{202e}\u{1b}[31m",
            [hostile_paths.clone(), hostile_paths],
        ),
    ];
    let timed = [("parse/small", [4_310.0, 4_316.0]), ("parse/tiny", [82.0, 82.02])];
    let mut captures = [capture("before", 0), capture("after", 1)];
    let mut profiles = Vec::new();
    for (name, sides) in &sampled {
        let both = [0, 1].map(|at| profile(&sides[at], Weight::CpuTime, 6));
        for (at, capture) in captures.iter_mut().enumerate() {
            let cost = whole(&sides[at]);
            capture.benchmarks.push(entry(&id(name), at as u64, Some((&both[at], cost))));
        }
        profiles.push(both);
    }
    for (name, _) in &timed {
        for (at, capture) in captures.iter_mut().enumerate() {
            capture.benchmarks.push(entry(&id(name), at as u64, None));
        }
    }
    for (at, capture) in captures.iter_mut().enumerate() {
        let mut broken = entry(&id("parse/broken"), at as u64, None);
        broken.timed = false;
        broken.failure = Some(Failure {
            stage: "timing run 1".into(),
            status: "exit status 101".into(),
            output: "thread 'main' panicked at benches/codec.rs:41:9:\n<b>no input</b>\n".into(),
        });
        capture.benchmarks.push(broken);
    }
    // What was counted of the first.
    let counts = [0, 1].map(|at| {
        let paths: Side =
            side(PARSE, at).into_iter().map(|(path, cost)| (path, cost * 3_217.0)).collect();
        profile(&paths, Weight::Instructions, 1)
    });
    for (capture, counted) in captures.iter_mut().zip(&counts) {
        capture.benchmarks[0].counts.push(CountSummary {
            kind: CountKind::Instructions,
            iterations: 1,
            runs: vec![CountRun {
                benchmark_weight: counted.total(Scope::Benchmark),
                ..CountRun::default()
            }],
            is_repeatable: None,
        });
    }
    let [base, new] = &mut captures;
    put_beside(new, base);
    for capture in &mut captures {
        capture.benchmarks.sort_by(|a, b| a.id.cmp(&b.id));
    }
    let rules = folder.with_file_name("perfbase.toml");
    std::fs::write(rules, RULES).unwrap();
    let store = Store::open(folder).unwrap();
    for (at, capture) in captures.iter().enumerate() {
        let mut staging = store.begin(&capture.label, Mode::New).unwrap();
        for (number, (name, sides)) in sampled.iter().enumerate() {
            let id = id(name);
            let times = [0, 1].map(|one| timing(whole(&sides[one]), 24, number as u64 + 1));
            staging.write_timing(&id, Arm::Own, &times[at]).unwrap();
            staging.write_profile(&id, Arm::Own, &profiles[number][at], &Meta::default()).unwrap();
            if at == 1 {
                staging.write_timing(&id, Arm::Base, &times[0]).unwrap();
                staging
                    .write_profile(&id, Arm::Base, &profiles[number][0], &Meta::default())
                    .unwrap();
            }
        }
        for (number, (name, times)) in timed.iter().enumerate() {
            let id = id(name);
            let seed = number as u64 + 11;
            staging.write_timing(&id, Arm::Own, &timing(times[at], 24, seed)).unwrap();
            if at == 1 {
                staging.write_timing(&id, Arm::Base, &timing(times[0], 24, seed)).unwrap();
            }
        }
        let large = id("parse/large");
        staging.write_count(&large, Arm::Own, CountKind::Instructions, &counts[at]).unwrap();
        staging.commit(capture).unwrap();
    }
}
