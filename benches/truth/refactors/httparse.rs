//! `httparse`: one large function, and small ones that are all inlined into it.

use super::{Edit, Kind, Program, Refactor, Slow, Truth};

const FILE: &str = "src/lib.rs";
const HEADERS: &str = "fn parse_headers_iter_uninit<'a>(\n    headers: &mut &mut [MaybeUninit<Header<'a>>],\n    bytes: &mut Bytes<'a>,\n    config: &HeaderParserConfig\n) -> Result<usize> {";

pub(super) const PROGRAM: Program = Program {
    name: "httparse",
    subject: Some("httparse"),
    target: "parse",
    benchmark: "resp/resp",
    edits: &[],
    refactors: &[
        Refactor {
            kind: Kind::Rename,
            edits: &[Edit::Everywhere("src", "parse_headers_iter_uninit", "scan_fields")],
            truth: Truth {
                renamed: &[("httparse::parse_headers_iter_uninit", "httparse::scan_fields")],
                regrouped: &[],
            },
            slow: Slow {
                function: "httparse::scan_fields",
                file: FILE,
                anchor: "    config: &HeaderParserConfig\n) -> Result<usize> {",
                when: "",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::ModuleMove,
            edits: &[
                Edit::Move("src/simd/swar.rs", "src/simd/words.rs"),
                Edit::Everywhere("src/simd", "swar::", "words::"),
                Edit::Replace("src/simd/mod.rs", "mod swar;", "mod words;"),
            ],
            truth: Truth {
                renamed: &[("httparse::simd::swar", "httparse::simd::words")],
                regrouped: &[],
            },
            slow: Slow {
                function: "httparse::simd::words::match_header_name_vectored",
                file: "src/simd/words.rs",
                anchor: "pub fn match_header_name_vectored(bytes: &mut Bytes) {",
                when: "if bytes.len() < 275",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::CrateMove,
            edits: &[
                Edit::Create(
                    "byte-cursor/Cargo.toml",
                    "[package]\nname = \"byte-cursor\"\nversion = \"0.0.0\"\nedition = \"2018\"\n",
                ),
                Edit::Move("src/iter.rs", "byte-cursor/src/lib.rs"),
                Edit::Replace(FILE, "mod iter;\n", ""),
                Edit::Everywhere("src", "crate::iter::Bytes", "byte_cursor::Bytes"),
                Edit::Replace(FILE, "pub use super::iter::Bytes;", "pub use byte_cursor::Bytes;"),
                Edit::Append(
                    "Cargo.toml",
                    "\n[dependencies.byte-cursor]\npath = \"byte-cursor\"\n",
                ),
            ],
            truth: Truth { renamed: &[("httparse::iter", "byte_cursor")], regrouped: &[] },
            slow: Slow {
                function: "byte_cursor::Bytes::slice_skip",
                file: "byte-cursor/src/lib.rs",
                anchor: "    pub unsafe fn slice_skip(&mut self, skip: usize) -> &'a [u8] {",
                when: "if self.len() < 3",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::Extract,
            edits: &[
                Edit::Append(
                    FILE,
                    "\nimpl<'h, 'b> Response<'h, 'b> {\n    fn status_line(&mut self, mut bytes: &mut Bytes<'b>, config: &ParserConfig) -> Result<()> {\n",
                ),
                Edit::Replace(
                    FILE,
                    "        complete!(skip_empty_lines(&mut bytes));\n        self.version",
                    "        complete!(self.status_line(&mut bytes, config));\n        // CUT\n        complete!(skip_empty_lines(&mut bytes));\n        self.version",
                ),
                Edit::Cut(
                    FILE,
                    "        // CUT\n",
                    "        let len = orig_len - bytes.len();",
                    FILE,
                ),
                Edit::Append(FILE, "        Ok(Status::Complete(()))\n    }\n}\n"),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["httparse::Response::parse_with_config_and_uninit_headers"],
                    &[
                        "httparse::Response::parse_with_config_and_uninit_headers",
                        "httparse::Response::status_line",
                    ],
                )],
            },
            slow: Slow {
                function: "httparse::Response::status_line",
                file: FILE,
                anchor: "    fn status_line(&mut self, mut bytes: &mut Bytes<'b>, config: &ParserConfig) -> Result<()> {",
                when: "",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::FunctionToMethod,
            edits: &[
                Edit::Replace(
                    FILE,
                    HEADERS,
                    "impl HeaderParserConfig {\nfn parse_headers<'a>(\n    &self,\n    headers: &mut &mut [MaybeUninit<Header<'a>>],\n    bytes: &mut Bytes<'a>,\n) -> Result<usize> {\n    let config = self;",
                ),
                Edit::Replace(
                    FILE,
                    "    result\n}\n\n/// Parse a buffer of bytes as a chunk size.",
                    "    result\n}\n}\n\n/// Parse a buffer of bytes as a chunk size.",
                ),
                Edit::All(FILE, "parse_headers_iter_uninit(\n", "fields!(\n"),
                Edit::Append(
                    "src/macros.rs",
                    "\nmacro_rules! fields {\n    ($headers:expr, $bytes:expr, $config:expr $(,)?) => {\n        HeaderParserConfig::parse_headers($config, $headers, $bytes)\n    };\n}\n",
                ),
            ],
            truth: Truth {
                renamed: &[(
                    "httparse::parse_headers_iter_uninit",
                    "httparse::HeaderParserConfig::parse_headers",
                )],
                regrouped: &[],
            },
            slow: Slow {
                function: "httparse::HeaderParserConfig::parse_headers",
                file: FILE,
                anchor: "    let config = self;",
                when: "",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::Inline,
            edits: &[Edit::Replace(
                "src/simd/swar.rs",
                "        let n = match_block(is_header_name_token, block);\n",
                "        let mut n = BLOCK_SIZE;\n        for (i, &b) in block.iter().enumerate() {\n            if !is_header_name_token(b) {\n                n = i;\n                break;\n            }\n        }\n",
            )],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &[
                        "httparse::simd::swar::match_header_name_vectored",
                        "httparse::simd::swar::match_block",
                    ],
                    &["httparse::simd::swar::match_header_name_vectored"],
                )],
            },
            slow: Slow {
                function: "httparse::simd::swar::match_header_name_vectored",
                file: "src/simd/swar.rs",
                anchor: "pub fn match_header_name_vectored(bytes: &mut Bytes) {",
                when: "if bytes.len() < 275",
                calls: 1,
            },
        },
    ],
};
