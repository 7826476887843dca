//! `crc32fast`: a table-driven checksum. Nearly all time is in `fold_16`.

use super::{Edit, Kind, Program, Refactor, Slow, Truth};

const FILE: &str = "src/baseline.rs";
const FAST: &str = "pub(crate) fn update_fast_16(prev: u32, mut buf: &[u8]) -> u32 {";

pub(super) const PROGRAM: Program = Program {
    name: "crc32fast",
    subject: Some("crc32fast"),
    target: "bench",
    benchmark: "baseline/16384",
    edits: &[],
    refactors: &[
        Refactor {
            kind: Kind::Rename,
            edits: &[Edit::Everywhere("src", "update_fast_16", "update_by_slices")],
            truth: Truth {
                renamed: &[(
                    "crc32fast::baseline::update_fast_16",
                    "crc32fast::baseline::update_by_slices",
                )],
                regrouped: &[],
            },
            slow: Slow {
                function: "crc32fast::baseline::update_by_slices",
                file: FILE,
                anchor: "pub(crate) fn update_by_slices(prev: u32, mut buf: &[u8]) -> u32 {",
                when: "",
                calls: 1,
            },
        },
        // The function with nearly all of the time, which is inlined.
        Refactor {
            kind: Kind::Rename,
            edits: &[Edit::All(FILE, "fold_16(", "slice_by_sixteen(")],
            truth: Truth {
                renamed: &[(
                    "crc32fast::baseline::fold_16",
                    "crc32fast::baseline::slice_by_sixteen",
                )],
                regrouped: &[],
            },
            // One block in 256 only: it takes nanoseconds.
            slow: Slow {
                function: "crc32fast::baseline::slice_by_sixteen",
                file: FILE,
                anchor: "fn slice_by_sixteen(crc: u32, block: &[u8]) -> u32 {",
                when: "if block[0] == 7",
                calls: 4,
            },
        },
        Refactor {
            kind: Kind::ModuleMove,
            edits: &[
                Edit::Move(FILE, "src/portable/slicing.rs"),
                Edit::Create("src/portable/mod.rs", "pub(crate) mod slicing;\n"),
                Edit::Replace("src/lib.rs", "mod baseline;", "mod portable;"),
                Edit::Everywhere("src", "crate::baseline::", "crate::portable::slicing::"),
                Edit::Replace("src/lib.rs", "baseline::update", "portable::slicing::update"),
            ],
            truth: Truth {
                renamed: &[("crc32fast::baseline", "crc32fast::portable::slicing")],
                regrouped: &[],
            },
            slow: Slow {
                function: "crc32fast::portable::slicing::update_fast_16",
                file: "src/portable/slicing.rs",
                anchor: FAST,
                when: "",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::CrateMove,
            edits: &[
                Edit::Create(
                    "slicing/Cargo.toml",
                    "[package]\nname = \"slicing\"\nversion = \"0.0.0\"\nedition = \"2021\"\n",
                ),
                Edit::Move(FILE, "slicing/src/lib.rs"),
                Edit::Move("src/table.rs", "slicing/src/table.rs"),
                Edit::All("slicing/src/lib.rs", "pub(crate) fn", "pub fn"),
                Edit::Replace(
                    "slicing/src/lib.rs",
                    "use crate::table::CRC32_TABLE;",
                    "mod table;\nuse crate::table::CRC32_TABLE;",
                ),
                Edit::Replace("src/lib.rs", "mod baseline;\n", ""),
                Edit::Replace("src/lib.rs", "mod table;\n", ""),
                Edit::Everywhere("src", "crate::baseline::", "slicing::"),
                Edit::Replace("src/lib.rs", "baseline::update", "slicing::update"),
                Edit::Append("Cargo.toml", "\n[dependencies.slicing]\npath = \"slicing\"\n"),
            ],
            truth: Truth { renamed: &[("crc32fast::baseline", "slicing")], regrouped: &[] },
            slow: Slow {
                function: "slicing::update_fast_16",
                file: "slicing/src/lib.rs",
                anchor: "pub fn update_fast_16(prev: u32, mut buf: &[u8]) -> u32 {",
                when: "",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::Extract,
            edits: &[
                Edit::Replace(
                    FILE,
                    "    const UNROLL: usize = 4;\n    const BYTES_AT_ONCE: usize = 16 * UNROLL;\n\n    let mut crc = !prev;\n",
                    "    let mut crc = unrolled(!prev, &mut buf);\n",
                ),
                Edit::Replace(
                    FILE,
                    "    while buf.len() >= BYTES_AT_ONCE {\n        for _ in 0..UNROLL {\n            crc = fold_16(crc, buf);\n            buf = &buf[16..];\n        }\n    }\n\n",
                    "",
                ),
                Edit::Replace(
                    FILE,
                    FAST,
                    "fn unrolled(mut crc: u32, rest: &mut &[u8]) -> u32 {\n    const UNROLL: usize = 4;\n    const BYTES_AT_ONCE: usize = 16 * UNROLL;\n    let mut buf = *rest;\n    while buf.len() >= BYTES_AT_ONCE {\n        for _ in 0..UNROLL {\n            crc = fold_16(crc, buf);\n            buf = &buf[16..];\n        }\n    }\n    *rest = buf;\n    crc\n}\n\npub(crate) fn update_fast_16(prev: u32, mut buf: &[u8]) -> u32 {",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["crc32fast::baseline::update_fast_16"],
                    &["crc32fast::baseline::update_fast_16", "crc32fast::baseline::unrolled"],
                )],
            },
            slow: Slow {
                function: "crc32fast::baseline::unrolled",
                file: FILE,
                anchor: "fn unrolled(mut crc: u32, rest: &mut &[u8]) -> u32 {",
                when: "",
                calls: 1,
            },
        },
        // What is always inlined is written out.
        Refactor {
            kind: Kind::Inline,
            edits: &[
                Edit::Remove(FILE, "#[inline(always)]\nfn fold_16", "/// Folds the first 8 bytes"),
                Edit::Replace(
                    FILE,
                    "        for _ in 0..UNROLL {\n            crc = fold_16(crc, buf);\n            buf = &buf[16..];\n        }\n    }\n",
                    "        for _ in 0..UNROLL {\n            WRITTEN_OUT\n            buf = &buf[16..];\n        }\n    }\n",
                ),
                Edit::Replace(FILE, "crc = fold_16(crc, buf);", "WRITTEN_OUT"),
                Edit::All(
                    FILE,
                    "WRITTEN_OUT",
                    "let w0 = u32::from_le_bytes([buf[0], buf[1], buf[2], buf[3]]) ^ crc;
    crc = CRC32_TABLE[0x0][buf[0xf] as usize]
        ^ CRC32_TABLE[0x1][buf[0xe] as usize]
        ^ CRC32_TABLE[0x2][buf[0xd] as usize]
        ^ CRC32_TABLE[0x3][buf[0xc] as usize]
        ^ CRC32_TABLE[0x4][buf[0xb] as usize]
        ^ CRC32_TABLE[0x5][buf[0xa] as usize]
        ^ CRC32_TABLE[0x6][buf[0x9] as usize]
        ^ CRC32_TABLE[0x7][buf[0x8] as usize]
        ^ CRC32_TABLE[0x8][buf[0x7] as usize]
        ^ CRC32_TABLE[0x9][buf[0x6] as usize]
        ^ CRC32_TABLE[0xa][buf[0x5] as usize]
        ^ CRC32_TABLE[0xb][buf[0x4] as usize]
        ^ CRC32_TABLE[0xc][(w0 >> 24) as usize]
        ^ CRC32_TABLE[0xd][((w0 >> 16) & 0xFF) as usize]
        ^ CRC32_TABLE[0xe][((w0 >> 8) & 0xFF) as usize]
        ^ CRC32_TABLE[0xf][(w0 & 0xFF) as usize];",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["crc32fast::baseline::update_fast_16", "crc32fast::baseline::fold_16"],
                    &["crc32fast::baseline::update_fast_16"],
                )],
            },
            slow: Slow {
                function: "crc32fast::baseline::update_fast_16",
                file: FILE,
                anchor: FAST,
                when: "",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::Split,
            edits: &[
                Edit::Replace(
                    FILE,
                    "        for _ in 0..UNROLL {\n            crc = fold_16(crc, buf);\n            buf = &buf[16..];\n        }\n    }\n\n",
                    "        for _ in 0..UNROLL {\n            crc = fold_16(crc, buf);\n            buf = &buf[16..];\n        }\n    }\n    (crc, buf)\n}\n\npub(crate) fn update_rest((mut crc, mut buf): (u32, &[u8])) -> u32 {\n",
                ),
                Edit::Replace(
                    FILE,
                    FAST,
                    "pub(crate) fn update_unrolled(prev: u32, mut buf: &[u8]) -> (u32, &[u8]) {",
                ),
                Edit::Replace(
                    "src/lib.rs",
                    "baseline::update_fast_16(self.state, buf)",
                    "baseline::update_rest(baseline::update_unrolled(self.state, buf))",
                ),
                Edit::All(
                    "src/specialized/pclmulqdq.rs",
                    "crate::baseline::update_fast_16(",
                    "both(",
                ),
                Edit::Append(
                    "src/specialized/pclmulqdq.rs",
                    "\n#[cfg(test)]\nfn both(crc: u32, buf: &[u8]) -> u32 {\n    crate::baseline::update_rest(crate::baseline::update_unrolled(crc, buf))\n}\n",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["crc32fast::baseline::update_fast_16"],
                    &["crc32fast::baseline::update_unrolled", "crc32fast::baseline::update_rest"],
                )],
            },
            slow: Slow {
                function: "crc32fast::baseline::update_unrolled",
                file: FILE,
                anchor: "pub(crate) fn update_unrolled(prev: u32, mut buf: &[u8]) -> (u32, &[u8]) {",
                when: "",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::FunctionToMethod,
            edits: &[
                Edit::Replace(
                    FILE,
                    FAST,
                    "pub(crate) struct State(pub(crate) u32);\n\nimpl State {\npub(crate) fn advance(self, mut buf: &[u8]) -> u32 {\n    let prev = self.0;",
                ),
                Edit::Replace(
                    FILE,
                    "    update_short(!crc, buf)\n}\n",
                    "    update_short(!crc, buf)\n}\n}\n",
                ),
                Edit::Replace(
                    "src/lib.rs",
                    "baseline::update_fast_16(self.state, buf)",
                    "baseline::State(self.state).advance(buf)",
                ),
                Edit::Replace(
                    FILE,
                    "super::update_fast_16(crc, &bytes)",
                    "super::State(crc).advance(&bytes)",
                ),
                Edit::All(
                    "src/specialized/pclmulqdq.rs",
                    "crate::baseline::update_fast_16(",
                    "advance(",
                ),
                Edit::Append(
                    "src/specialized/pclmulqdq.rs",
                    "\n#[cfg(test)]\nfn advance(crc: u32, buf: &[u8]) -> u32 {\n    crate::baseline::State(crc).advance(buf)\n}\n",
                ),
            ],
            truth: Truth {
                renamed: &[(
                    "crc32fast::baseline::update_fast_16",
                    "crc32fast::baseline::State::advance",
                )],
                regrouped: &[],
            },
            slow: Slow {
                function: "crc32fast::baseline::State::advance",
                file: FILE,
                anchor: "pub(crate) fn advance(self, mut buf: &[u8]) -> u32 {",
                when: "",
                calls: 1,
            },
        },
    ],
};
