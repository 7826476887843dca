//! One comparison with everything in it.

use perfbase::diff::{
    BenchmarkDiff, Change, Comparison, Costs, Design, DiffNode, DiffTree, FunctionDiff, GroupDiff,
    GroupKind, Matched, PathDiff, ProfileDiff, ProfileSide, ResourceDiff, TimingDiff,
    TimingSummary, Verdict,
};
use perfbase::model::{
    Area, Batch, BenchmarkEntry, BenchmarkId, Capture, Commit, Conditions, Failure, Finding, Frame,
    Function, Harness, Health, Machine, Measurement, Mode, Profile, ProfileBuilder, ProfileSummary,
    RecorderInfo, Resources, Run, Sample, Scope, Settings, Severity, Throughput, ThroughputKind,
    Timing, Toolchain, Weight,
};
use perfbase::stats::Estimate;

pub(crate) fn id(benchmark: &str) -> BenchmarkId {
    BenchmarkId { package: "jsonette".into(), target: "codec".into(), benchmark: benchmark.into() }
}

/// What was found of the quality of a capture.
pub(crate) fn findings() -> Vec<Finding> {
    vec![
        Finding::new(Area::Quality, "load", "others used 3.0 of 8 CPUs when it began")
            .because(Severity::Warn, "runs got interrupted")
            .measured(0.375, 0.25),
        Finding::new(Area::Quality, "wide", "P95/P50 is 1.41")
            .because(Severity::Warn, "some iterations take much longer")
            .of(&id("parse/large"))
            .measured(1.41, 1.25),
        Finding::new(Area::Quality, "numbers", "2 of its figures are not a number")
            .because(Severity::Refuse, "no measurement gives such a time")
            .of(&id("parse/broken"))
            .measured(2.0, 0.0),
    ]
}

pub(crate) fn capture(label: &str, hash: &str, dirty: bool) -> Capture {
    Capture {
        label: label.parse().unwrap(),
        id: format!("{hash}0f"),
        time: "2026-11-20T21:04:11Z".into(),
        perfbase: "0.1.0".into(),
        commit: Some(Commit { hash: hash.repeat(5), dirty }),
        toolchain: Toolchain {
            rustc: "rustc 1.95.0 (59807616e 2026-04-14)".into(),
            target: "x86_64-unknown-linux-gnu".into(),
        },
        machine: Machine {
            cpu: "AMD EPYC 7B13".into(),
            cores: 4,
            memory_bytes: 16 << 30,
            os: "linux".into(),
            kernel: "6.12.41".into(),
            conditions: Conditions::default(),
        },
        settings: Settings { profile: "bench".into(), runs: 10, ..Settings::default() },
        beside: None,
        counters: Vec::new(),
        recorder: Some(RecorderInfo {
            name: "perf".into(),
            version: "6.12".into(),
            event: "cpu-clock".into(),
            frequency_hz: 997.0,
            stacks: "stack copies of 16384 bytes".into(),
        }),
        parities: Vec::new(),
        benchmarks: ["encode/large", "parse/broken", "parse/large", "parse/small"]
            .into_iter()
            .map(|name| BenchmarkEntry {
                is_bound: None,
                recorder: None,
                id: id(name),
                harness: Harness::Criterion,
                folder: format!("jsonette/codec/{}", name.replace('/', "-")),
                executable: None,
                timed: true,
                counts: Vec::new(),
                profile: Some(ProfileSummary {
                    weight: Weight::CpuTime,
                    runs: 3,
                    benchmark_weight: 4_300_000_000,
                    harness_weight: 200_000_000,
                    health: Health {
                        samples: 4312,
                        lost: 2,
                        truncated: 35,
                        unknown: 9,
                        throttled: 0,
                    },
                    iteration_ns: vec![Some(983_000.0), Some(981_500.0), None],
                }),
                beside: None,
                failure: (name == "parse/broken").then(|| Failure {
                    stage: "timing run 1".into(),
                    status: "exit status 101".into(),
                    output: "thread 'main' panicked at benches/codec.rs:41:9:\nno input\n".into(),
                }),
            })
            .collect(),
    }
}

pub(crate) fn summary(mean: f64) -> TimingSummary {
    TimingSummary {
        runs: 10,
        samples: 1000,
        typical: mean,
        mean,
        p50: mean * 0.998,
        p95: mean * 1.031,
        p99: mean * 1.052,
        min: mean * 0.97,
        max: mean * 1.2,
        standard_deviation: mean * 0.02,
        run_variation: Some(0.008),
        percentiles_are_bounds: false,
    }
}

pub(crate) fn timing(base: f64, new: f64, half: f64, verdict: Verdict) -> TimingDiff {
    let ratio = new / base - 1.0;
    TimingDiff {
        base: Some(summary(base)),
        new: Some(summary(new)),
        change: Some(Change {
            ratio,
            interval: (ratio - half, ratio + half),
            p_value: 0.0004,
            detectable: 0.021,
            log: Estimate { value: ratio.ln_1p(), error: half / 2.0, degrees: 20.0 },
            least_p: 0.0,
            looks: 1,
        }),
        confidence: 0.95,
        design: Design::Stored,
        more_pairs: None,
        verdict,
    }
}

fn costs(cost: f64, total: f64, of: f64) -> Costs {
    Costs {
        self_share: cost / of,
        total_share: total / of,
        self_cost: Some(cost),
        total_cost: Some(total),
    }
}

const BASE: f64 = 982_100.0;
const NEW: f64 = 1_065_200.0;

fn function(name: &str, base: Option<f64>, new: Option<f64>, verdict: Verdict) -> FunctionDiff {
    let delta = new.unwrap_or(0.0) - base.unwrap_or(0.0);
    FunctionDiff {
        name: name.into(),
        krate: name.split("::").next().map(Into::into),
        module: name.rsplit_once("::").map(|(module, _)| module.into()),
        file: Some("src/lib.rs".into()),
        line: Some(12),
        base: base.map(|cost| costs(cost, cost * 1.5, BASE)),
        new: new.map(|cost| costs(cost, cost * 1.5, NEW)),
        delta_self: Some(delta),
        delta_total: Some(delta * 1.5),
        interval_self: Some((delta - 9_000.0, delta + 9_000.0)),
        interval_total: None,
        estimate_self: None,
        estimate_total: None,
        verdict,
        verdict_total: verdict,
        matched: match (base, new) {
            (Some(_), Some(_)) => Matched::exact(),
            _ => Matched::none(),
        },
        refactor: None,
        moved: None,
        same_code: false,
    }
}

fn side(cost: Option<f64>, samples: u64) -> ProfileSide {
    ProfileSide {
        samples,
        runs: 3,
        frequency_hz: Some(997.0),
        unknown_share: 0.002,
        truncated_share: 0.008,
        lost: 0,
        cost,
    }
}

fn profile() -> ProfileDiff {
    let mut renamed = function(
        "<jsonette::de::Deserializer<R> as jsonette::Read>::next",
        Some(88_000.0),
        Some(86_500.0),
        Verdict::Unchanged,
    );
    renamed.matched = Matched {
        from: Some(
            "<jsonette::de::Deserializer<R> as jsonette::Read>::next::h0123456789abcdef".into(),
        ),
        ..Matched::exact()
    };
    let functions = vec![
        function("jsonette::hash::fnv", Some(312_000.0), Some(391_000.0), Verdict::Slower),
        function("jsonette::intern::Table::insert", None, Some(41_200.0), Verdict::New),
        function("alloc::vec::Vec<T>::push", Some(36_000.0), None, Verdict::Vanished),
        function(
            "memchr::arch::x86_64::avx2::memchr::One::find_raw",
            Some(120_000.0),
            Some(121_100.0),
            Verdict::Inconclusive,
        ),
        renamed,
    ];
    let delta = NEW - BASE;
    let explained: f64 = functions.iter().filter_map(|f| f.delta_self).sum();
    let mut tree = DiffTree::default();
    let mut node = |parent, name: &str, selfs, totals| {
        let name = tree.names.push(name.into());
        tree.nodes.push(DiffNode { parent, name, selfs, totals });
        Some(tree.nodes.len() as u32 - 1)
    };
    let root = node(None, "codec::parse_large", [0.0, 0.0], [BASE, NEW]);
    let parse = node(root, "jsonette::de::from_slice", [634_100.0, 632_997.0], [BASE, NEW]);
    node(parse, "jsonette::hash::fnv", [312_000.0, 391_003.0], [312_000.0, 391_003.0]);
    node(parse, "jsonette::intern::Table::insert", [0.0, 41_200.0], [0.0, 41_200.0]);
    node(parse, "alloc::vec::Vec<T>::push", [36_000.0, 0.0], [36_000.0, 0.0]);
    let group = |kind, name: &str, delta: f64| GroupDiff {
        kind,
        name: name.into(),
        base: Some(costs(400_000.0, 500_000.0, BASE)),
        new: Some(costs(400_000.0 + delta, 500_000.0, NEW)),
        delta_self: Some(delta),
        interval_self: None,
        estimate_self: None,
        verdict: Verdict::Inconclusive,
    };
    let path = |names: &[&str], base, new, verdict| PathDiff {
        path: names.iter().map(|&n| n.into()).collect(),
        base,
        new,
        verdict,
    };
    let main = ["codec::parse_large", "jsonette::de::from_slice"];
    ProfileDiff {
        weight: Weight::CpuTime,
        unit: Some("ns"),
        base: Some(side(Some(BASE), 4312)),
        new: Some(side(Some(NEW), 4498)),
        functions,
        hot_paths: vec![
            path(&main, Some(costs(0.0, BASE, BASE)), Some(costs(0.0, NEW, NEW)), Verdict::Slower),
            path(
                &[
                    main[0],
                    main[1],
                    "jsonette::intern::Table::insert",
                    "hashbrown::raw::RawTable<T,A>::reserve_rehash",
                ],
                None,
                Some(costs(10_000.0, 58_200.0, NEW)),
                Verdict::New,
            ),
            path(
                &[main[0], main[1], "jsonette::intern::Table::insert"],
                None,
                Some(costs(31_200.0, 75_400.0, NEW)),
                Verdict::New,
            ),
            path(
                &[
                    main[0],
                    main[1],
                    "alloc::vec::Vec<T>::push",
                    "alloc::raw_vec::RawVec<T,A>::grow_one",
                ],
                Some(costs(36_000.0, 52_000.0, BASE)),
                None,
                Verdict::Vanished,
            ),
        ],
        groups: vec![
            group(GroupKind::Crate, "jsonette", 118_700.0),
            group(GroupKind::Crate, "alloc", -36_000.0),
            group(GroupKind::Crate, "core", 12.0),
            group(GroupKind::Module, "jsonette::hash", 79_000.0),
            group(GroupKind::Module, "jsonette::intern", 41_200.0),
            group(GroupKind::Module, "alloc::vec", -36_000.0),
        ],
        delta: Some(delta),
        unexplained: delta - explained,
        unexplained_interval: None,
        design: Design::Stored,
        is_exact: false,
        matching: Default::default(),
        refactors: Vec::new(),
        unmatched: [0.0; 2],
        tree,
    }
}

/// Shares of samples of which nobody knows how long an iteration took.
fn shares_only() -> ProfileDiff {
    let share = |share: f64| Costs {
        self_share: share,
        total_share: share,
        self_cost: None,
        total_cost: None,
    };
    let mut tail = function("jsonette::ser::escape", Some(1.0), Some(1.0), Verdict::Slower);
    (tail.base, tail.new) = (Some(share(0.211)), Some(share(0.302)));
    (tail.delta_self, tail.delta_total, tail.interval_self) = (None, None, None);
    ProfileDiff {
        weight: Weight::CpuTime,
        unit: None,
        base: Some(side(None, 911)),
        new: Some(side(None, 902)),
        functions: vec![tail],
        hot_paths: Vec::new(),
        groups: Vec::new(),
        delta: None,
        unexplained: 0.0,
        unexplained_interval: None,
        design: Design::Stored,
        is_exact: false,
        matching: Default::default(),
        refactors: Vec::new(),
        unmatched: [0.0; 2],
        tree: DiffTree::default(),
    }
}

pub(crate) fn comparison() -> Comparison {
    let benchmark = |name: &str| BenchmarkDiff {
        counts: Vec::new(),
        id: id(name),
        harness: Harness::Criterion,
        timing: None,
        resources: Vec::new(),
        profile: None,
        base_failure: None,
        new_failure: None,
    };
    Comparison {
        ladders: Vec::new(),
        base: capture("pre-refactor", "28903981", false),
        new: capture("post-refactor", "41f7aa02", true),
        notes: vec![
            Finding {
                severity: Severity::Note,
                benchmark: None,
                ..Finding::new(
                    Area::Comparison,
                    "dirty",
                    "post-refactor was captured with uncommitted changes",
                )
            },
            Finding {
                severity: Severity::Warn,
                benchmark: None,
                ..Finding::new(
                    Area::Comparison,
                    "quality",
                    "the two captures were made one after the other, so drift of the machine \
                          between them is part of every change",
                )
            },
            Finding {
                severity: Severity::Refuse,
                benchmark: Some(id("parse/broken")),
                ..Finding::new(
                    Area::Comparison,
                    "features",
                    "the executables were built with different features",
                )
            },
        ],
        benchmarks: vec![
            BenchmarkDiff { profile: Some(shares_only()), ..benchmark("encode/large") },
            BenchmarkDiff {
                timing: Some(TimingDiff {
                    base: Some(summary(1_500.0)),
                    new: None,
                    change: None,
                    confidence: 0.95,
                    design: Design::Stored,
                    more_pairs: None,
                    verdict: Verdict::Vanished,
                }),
                new_failure: Some(Failure {
                    stage: "timing run 1".into(),
                    status: "exit status 101".into(),
                    output: "\nthread 'main' panicked at benches/codec.rs:41:9:\nno input\n".into(),
                }),
                ..benchmark("parse/broken")
            },
            BenchmarkDiff {
                timing: Some(timing(BASE, NEW, 0.0235, Verdict::Slower)),
                resources: vec![
                    ResourceDiff {
                        name: "peak RSS".into(),
                        unit: "bytes",
                        base: Some(12.1 * 1048576.0),
                        new: Some(14.0 * 1048576.0),
                        delta: None,
                        interval: None,
                        verdict: None,
                    },
                    ResourceDiff {
                        name: "user CPU".into(),
                        unit: "ns",
                        base: Some(5.1e9),
                        new: Some(5.2e9),
                        delta: None,
                        interval: None,
                        verdict: None,
                    },
                ],
                profile: Some(profile()),
                ..benchmark("parse/large")
            },
            BenchmarkDiff {
                timing: Some(timing(4_310.0, 4_120.0, 0.012, Verdict::Faster)),
                ..benchmark("parse/small")
            },
            BenchmarkDiff {
                timing: Some(timing(82.0, 82.4, 0.02, Verdict::Inconclusive)),
                ..benchmark("parse/tiny")
            },
        ],
    }
}

pub(crate) fn runs() -> Timing {
    let run = |nanoseconds: f64, user_ns| Run {
        measurement: Measurement::Batches {
            mode: Mode::Flat,
            batches: vec![Batch { iterations: 10.0, nanoseconds }],
        },
        wall_ns: 5_400_000_000,
        resources: Some(Resources {
            user_ns,
            system_ns: 31_000_000,
            peak_rss_bytes: 12_700_000,
            minor_faults: 3_100,
            major_faults: 1,
            voluntary_switches: 12,
            involuntary_switches: 340,
        }),
        reference: None,
    };
    Timing {
        runs: vec![run(9_821_000.0, 5_100_000_000), run(9_840_000.0, 5_200_000_000)],
        throughput: Some(Throughput { amount: 65_536, kind: ThroughputKind::Bytes }),
    }
}

/// A profile of stacks given as names, outermost first, with their weight.
pub(crate) fn profile_of(stacks: &[(&[&str], u64)]) -> Profile {
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    for (names, weight) in stacks {
        let mut stack = None;
        for name in *names {
            let name = builder.string(name);
            let function =
                builder.function(Function { name, system_name: name, file: None, image: None });
            let frame = builder.frame(Frame { function, line: 0, inlined: false });
            stack = Some(builder.stack(stack, frame));
        }
        let stack = stack.unwrap();
        let sample = Sample { stack, run: 0, scope: Scope::Benchmark, count: 1, weight: *weight };
        builder.sample(sample);
    }
    builder.finish()
}

pub(crate) fn stacks() -> Profile {
    profile_of(&[
        (&["codec::parse_large", "jsonette::de::from_slice", "jsonette::hash::fnv"], 312),
        (&["codec::parse_large", "jsonette::de::from_slice"], 500),
        (
            &[
                "codec::parse_large",
                "jsonette::de::from_slice",
                "jsonette::de::value",
                "jsonette::de::value",
            ],
            150,
        ),
        (&["codec::parse_large"], 38),
    ])
}

/// Names that try to be more than text.
pub(crate) const HOSTILE: [fn() -> String; 14] = [
    || "<script>alert(1)</script>".into(),
    || "\"><img src=x onerror=alert(1)>".into(),
    || "']]><!-- x --><![CDATA[ &lt; &amp; &#x41; \\".into(),
    || "\x1b[31mred\x1b]0;title\x07\x1b[2J".into(),
    || "csi \u{9b}31m del \u{7f} bell \u{7}".into(),
    || "nul \0 noncharacter \u{ffff} \u{fffe}".into(),
    || "\u{202e}gnp.exe\u{202c} \u{2066}x\u{2069} \u{200f}y \u{feff} \u{e0041}".into(),
    || "a|b|c `code` **bold** [link](javascript:x) @user #1 ~~s~~ | --- |".into(),
    || "line one\nline two\r\n\n# heading\n\n```\n| a |".into(),
    || "``` ```` ` `` \\` \\| </details> <details>".into(),
    || "foo 12 34".into(),
    || "[u8; 8]; x;y; 5".into(),
    || format!("crate::f::<{}{}>::g", "Vec<".repeat(2000), ">".repeat(2000)),
    || "# comment".into(),
];

/// Whether a character controls something, or reorders its neighbours.
pub(crate) fn is_active(c: char) -> bool {
    (c.is_control() && c != '\n')
        || "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\
            \u{200f}\u{61c}\u{feff}\u{fffe}\u{ffff}\u{e0041}"
            .contains(c)
}

/// A comparison in which everything is called by this name.
pub(crate) fn hostile(name: &str) -> Comparison {
    let mut comparison = comparison();
    comparison.notes.truncate(1);
    comparison.notes[0].found = name.into();
    comparison.notes[0].benchmark = Some(id(name));
    comparison.benchmarks.drain(..2);
    comparison.benchmarks.truncate(1);
    let benchmark = &mut comparison.benchmarks[0];
    benchmark.id =
        BenchmarkId { package: name.into(), target: name.into(), benchmark: name.into() };
    let line: String = name.chars().filter(|&c| c != '\n' && c != '\r').collect();
    benchmark.new_failure =
        Some(Failure { stage: name.into(), status: name.into(), output: format!("{line}.") });
    let profile = benchmark.profile.as_mut().unwrap();
    for function in &mut profile.functions {
        function.name = name.into();
        function.krate = Some(name.into());
        function.module = Some(name.into());
        function.file = Some(name.into());
        function.matched = Matched { from: Some(name.into()), ..Matched::exact() };
    }
    for path in &mut profile.hot_paths {
        path.path = vec![name.into(); 3];
    }
    for group in &mut profile.groups {
        group.name = name.into();
    }
    comparison
}

/// A capture of one benchmark in which everything is called by this name; with its times and its
/// profile.
pub(crate) fn hostile_capture(name: &str) -> (Capture, Timing, Profile) {
    let mut capture = capture("v1", "28903981", false);
    capture.benchmarks.drain(..2);
    capture.benchmarks.truncate(1);
    let entry = &mut capture.benchmarks[0];
    entry.id = BenchmarkId { package: name.into(), target: name.into(), benchmark: name.into() };
    entry.failure = Some(Failure { stage: name.into(), status: name.into(), output: name.into() });
    for text in [
        &mut capture.time,
        &mut capture.toolchain.rustc,
        &mut capture.machine.cpu,
        &mut capture.machine.kernel,
        &mut capture.settings.profile,
    ] {
        *text = name.into();
    }
    (capture, runs(), profile_of(&[(&["main", name, name], 90), (&["main"], 10)]))
}
