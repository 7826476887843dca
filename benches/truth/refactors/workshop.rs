//! Our own program: each refactor in a module of its own.

use super::{END, Edit, Kind, Program, Refactor, Slow, Truth};

pub(super) const PROGRAM: Program = Program {
    name: "workshop",
    subject: None,
    target: "day",
    benchmark: "day",
    edits: &[],
    refactors: &[
        Refactor {
            kind: Kind::Rename,
            edits: &[Edit::All("src/checksum.rs", "adler(", "rolling_sum(")],
            truth: Truth {
                renamed: &[("workshop::checksum::adler", "workshop::checksum::rolling_sum")],
                regrouped: &[],
            },
            slow: Slow {
                function: "workshop::checksum::rolling_sum",
                file: "src/checksum.rs",
                anchor: "fn rolling_sum(block: &[u8]) -> u32 {",
                when: "",
                calls: 4,
            },
        },
        Refactor {
            kind: Kind::ModuleMove,
            edits: &[
                Edit::Move("src/histogram.rs", "src/statistics/counts.rs"),
                Edit::Create("src/statistics/mod.rs", "pub mod counts;\n"),
                Edit::Replace("src/lib.rs", "mod histogram;", "mod statistics;"),
                Edit::Replace("src/lib.rs", "histogram::spread", "statistics::counts::spread"),
            ],
            truth: Truth {
                renamed: &[("workshop::histogram", "workshop::statistics::counts")],
                regrouped: &[],
            },
            slow: Slow {
                function: "workshop::statistics::counts::count",
                file: "src/statistics/counts.rs",
                anchor: "fn count(bytes: &[u8]) -> [u32; 64] {",
                when: "",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::CrateMove,
            edits: &[
                Edit::Create(
                    "edits/Cargo.toml",
                    "[package]\nname = \"edits\"\nversion = \"0.0.0\"\nedition = \"2021\"\n",
                ),
                Edit::Create("edits/src/lib.rs", "//! How far texts are apart.\n\n"),
                Edit::Cut(
                    "src/distance.rs",
                    "#[inline(never)]\npub fn levens",
                    END,
                    "edits/src/lib.rs",
                ),
                Edit::Replace("src/distance.rs", "levenshtein(pair", "edits::levenshtein(pair"),
                Edit::Append("Cargo.toml", "[dependencies.edits]\npath = \"edits\"\n"),
            ],
            truth: Truth {
                renamed: &[
                    ("workshop::distance::levenshtein", "edits::levenshtein"),
                    ("workshop::distance::cheapest", "edits::cheapest"),
                ],
                regrouped: &[],
            },
            slow: Slow {
                function: "edits::levenshtein",
                file: "edits/src/lib.rs",
                anchor: "pub fn levenshtein(a: &[u8], b: &[u8]) -> u64 {",
                when: "",
                calls: 11,
            },
        },
        Refactor {
            kind: Kind::Extract,
            edits: &[
                Edit::Replace(
                    "src/escape.rs",
                    "    let mut hash = 0_u32;\n    for c in line",
                    "    for c in line",
                ),
                Edit::Replace(
                    "src/escape.rs",
                    "    for byte in out.bytes() {\n        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);\n    }\n    out.push(char::from(b'a' + (hash % 26) as u8));",
                    "    out.push(mark(out));",
                ),
                Edit::Append(
                    "src/escape.rs",
                    "\n#[inline(never)]\nfn mark(out: &str) -> char {\n    let mut hash = 0_u32;\n    for byte in out.bytes() {\n        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);\n    }\n    char::from(b'a' + (hash % 26) as u8)\n}\n",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["workshop::escape::quoted"],
                    &["workshop::escape::quoted", "workshop::escape::mark"],
                )],
            },
            slow: Slow {
                function: "workshop::escape::mark",
                file: "src/escape.rs",
                anchor: "fn mark(out: &str) -> char {",
                when: "",
                calls: 12,
            },
        },
        Refactor {
            kind: Kind::Inline,
            edits: &[
                Edit::Replace(
                    "src/gray.rs",
                    "        let light = linear(row);\n",
                    "        let mut light = 0_u64;\n        for &[red, green, blue] in row {\n            let one = u64::from(red) * 299 + u64::from(green) * 587 + u64::from(blue) * 114;\n            light = light.wrapping_mul(31) + one / 1000;\n        }\n",
                ),
                Edit::Remove("src/gray.rs", "#[inline(never)]\nfn linear", END),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["workshop::gray::brightness", "workshop::gray::linear"],
                    &["workshop::gray::brightness"],
                )],
            },
            slow: Slow {
                function: "workshop::gray::brightness",
                file: "src/gray.rs",
                anchor: "    for row in pixels.chunks(35) {",
                when: "",
                calls: 20,
            },
        },
        Refactor {
            kind: Kind::Split,
            edits: &[
                Edit::Replace(
                    "src/words.rs",
                    "best.max(scan(part))",
                    "best.max(weights(part, &boundaries(part)))",
                ),
                Edit::Replace(
                    "src/words.rs",
                    "fn scan(part: &[u8]) -> u64 {\n    let mut ends = [0_u8; 160];",
                    "fn boundaries(part: &[u8]) -> ([u8; 160], usize) {\n    let mut ends = [0_u8; 160];",
                ),
                Edit::Replace(
                    "src/words.rs",
                    "    let mut most = 0;\n    let mut begin = 0;\n    for &end in &ends[..words] {",
                    "    (ends, words)\n}\n\n#[inline(never)]\nfn weights(part: &[u8], (ends, words): &([u8; 160], usize)) -> u64 {\n    let mut most = 0;\n    let mut begin = 0;\n    for &end in &ends[..*words] {",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["workshop::words::scan"],
                    &["workshop::words::boundaries", "workshop::words::weights"],
                )],
            },
            slow: Slow {
                function: "workshop::words::weights",
                file: "src/words.rs",
                anchor: "fn weights(part: &[u8], (ends, words): &([u8; 160], usize)) -> u64 {",
                when: "",
                calls: 6,
            },
        },
        Refactor {
            kind: Kind::Merge,
            edits: &[
                Edit::Replace(
                    "src/extremes.rs",
                    "        sum += highest(part) ^ lowest(part);",
                    "        let (lowest, highest) = both(part);\n        sum += highest ^ lowest;",
                ),
                Edit::Replace(
                    "src/extremes.rs",
                    "fn lowest(part: &[u64]) -> u64 {\n    let mut found = u64::MAX;",
                    "fn both(part: &[u64]) -> (u64, u64) {\n    let mut found = u64::MAX;",
                ),
                Edit::Replace(
                    "src/extremes.rs",
                    "    found\n}\n\n#[inline(never)]\nfn highest(part: &[u64]) -> u64 {\n    let mut found = 0;",
                    "    let lowest = found;\n    let mut found = 0;",
                ),
                Edit::Replace(
                    "src/extremes.rs",
                    "        found = found.max(scrambled);\n    }\n    found\n",
                    "        found = found.max(scrambled);\n    }\n    (lowest, found)\n",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["workshop::extremes::lowest", "workshop::extremes::highest"],
                    &["workshop::extremes::both"],
                )],
            },
            slow: Slow {
                function: "workshop::extremes::both",
                file: "src/extremes.rs",
                anchor: "fn both(part: &[u64]) -> (u64, u64) {",
                when: "",
                calls: 4,
            },
        },
        Refactor {
            kind: Kind::GenericToDyn,
            edits: &[Edit::Replace(
                "src/area.rs",
                "fn total<B: Bed>(bed: &B, at: &[u64]) -> u64 {",
                "fn total(bed: &dyn Bed, at: &[u64]) -> u64 {",
            )],
            truth: Truth { renamed: &[], regrouped: &[] },
            slow: Slow {
                function: "workshop::area::total",
                file: "src/area.rs",
                anchor: "fn total(bed: &dyn Bed, at: &[u64]) -> u64 {",
                when: "",
                calls: 2,
            },
        },
        Refactor {
            kind: Kind::ClosureToFunction,
            edits: &[
                Edit::Replace("src/ranking.rs", "    let score = |value: u64| {\n", ""),
                Edit::Replace(
                    "src/ranking.rs",
                    "        let mut score = value;\n        for round in 0..12 {\n            score = (score ^ round).wrapping_mul(0xff51_afd7_ed55_8ccd);\n            score ^= score >> 33;\n        }\n        score\n    };\n",
                    "",
                ),
                Edit::Append(
                    "src/ranking.rs",
                    "\nfn scrambled(value: &u64) -> u64 {\n    let mut score = *value;\n    for round in 0..12 {\n        score = (score ^ round).wrapping_mul(0xff51_afd7_ed55_8ccd);\n        score ^= score >> 33;\n    }\n    score >> 8\n}\n",
                ),
                Edit::Replace(
                    "src/ranking.rs",
                    "values[..48].iter().map(|&value| std::hint::black_box(&score)(value) >> 8)",
                    "values[..48].iter().map(std::hint::black_box(scrambled))",
                ),
            ],
            truth: Truth {
                renamed: &[],
                // The closure, and the one that it was called from.
                regrouped: &[(
                    &["workshop::ranking::best::{closure}"],
                    &["workshop::ranking::scrambled"],
                )],
            },
            slow: Slow {
                function: "workshop::ranking::scrambled",
                file: "src/ranking.rs",
                anchor: "fn scrambled(value: &u64) -> u64 {",
                when: "",
                calls: 48,
            },
        },
        Refactor {
            kind: Kind::FunctionToMethod,
            edits: &[
                Edit::Replace(
                    "src/matrix.rs",
                    "#[inline(never)]\nfn multiply(a: &Matrix, b: &Matrix) -> Matrix {",
                    "impl Matrix {\n#[inline(never)]\nfn multiply(&self, b: &Matrix) -> Matrix {",
                ),
                Edit::Replace("src/matrix.rs", "a.cells[i][k]", "self.cells[i][k]"),
                Edit::Replace(
                    "src/matrix.rs",
                    "    Matrix { cells }\n}",
                    "    Matrix { cells }\n}\n}",
                ),
                Edit::Replace(
                    "src/matrix.rs",
                    "multiply(&first, &first)",
                    "first.multiply(&first)",
                ),
                Edit::Replace(
                    "src/matrix.rs",
                    "multiply(&second, &first)",
                    "second.multiply(&first)",
                ),
            ],
            truth: Truth {
                renamed: &[("workshop::matrix::multiply", "workshop::matrix::Matrix::multiply")],
                regrouped: &[],
            },
            slow: Slow {
                function: "workshop::matrix::Matrix::multiply",
                file: "src/matrix.rs",
                anchor: "fn multiply(&self, b: &Matrix) -> Matrix {",
                when: "",
                calls: 2,
            },
        },
        Refactor {
            kind: Kind::AsyncToSync,
            edits: &[
                Edit::Replace(
                    "src/ledger.rs",
                    "    block_on(sum_up(values))",
                    "    sum_up(values)",
                ),
                Edit::Replace("src/ledger.rs", "async fn sum_up", "#[inline(never)]\nfn sum_up"),
                Edit::Replace("src/ledger.rs", "async fn book", "fn book"),
                Edit::Replace("src/ledger.rs", "book(account).await", "book(account)"),
                Edit::Remove("src/ledger.rs", "#[inline(never)]\nfn block_on", END),
                Edit::Replace(
                    "src/ledger.rs",
                    "use std::future::Future;\nuse std::pin::pin;\nuse std::task::{Context, Poll, Waker};\n",
                    "",
                ),
            ],
            truth: Truth {
                renamed: &[],
                // The body of an asynchronous function is a closure in it.
                regrouped: &[
                    (&["workshop::ledger::book"], &["workshop::ledger::book"]),
                    (
                        &["workshop::ledger::sum_up", "workshop::ledger::block_on"],
                        &["workshop::ledger::sum_up"],
                    ),
                ],
            },
            slow: Slow {
                function: "workshop::ledger::book",
                file: "src/ledger.rs",
                anchor: "fn book(account: &[u64]) -> u64 {",
                when: "",
                calls: 8,
            },
        },
    ],
};
