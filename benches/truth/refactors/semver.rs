//! `semver`: a parser in small functions, most of them inlined.

use super::{Edit, Kind, Program, Refactor, Slow, Truth};

const FILE: &str = "src/parse.rs";
const COMPARATOR: &str =
    "fn comparator(input: &str) -> Result<(Comparator, Position, &str), Error> {";

pub(super) const REQUIREMENT: Program = Program {
    name: "semver-requirement",
    subject: Some("semver"),
    target: "parse",
    benchmark: "parse VersionReq",
    edits: &[],
    refactors: &[
        Refactor {
            kind: Kind::Rename,
            edits: &[Edit::All(FILE, "comparator(", "bounded(")],
            truth: Truth {
                renamed: &[("semver::parse::comparator", "semver::parse::bounded")],
                regrouped: &[],
            },
            slow: Slow {
                function: "semver::parse::bounded",
                file: FILE,
                anchor: "fn bounded(input: &str) -> Result<(Comparator, Position, &str), Error> {",
                when: "if input.len() < 8",
                calls: 1,
            },
        },
        // All at once.
        Refactor {
            kind: Kind::Rename,
            edits: &[
                Edit::All(FILE, "comparator(", "one_bound("),
                Edit::All(FILE, "version_req(", "all_bounds("),
                Edit::All(FILE, "numeric_identifier(", "digits("),
                Edit::All(FILE, " op(", " relation("),
            ],
            truth: Truth {
                renamed: &[
                    ("semver::parse::comparator", "semver::parse::one_bound"),
                    ("semver::parse::version_req", "semver::parse::all_bounds"),
                    ("semver::parse::numeric_identifier", "semver::parse::digits"),
                    ("semver::parse::op", "semver::parse::relation"),
                ],
                regrouped: &[],
            },
            slow: Slow {
                function: "semver::parse::one_bound",
                file: FILE,
                anchor: "fn one_bound(input: &str) -> Result<(Comparator, Position, &str), Error> {",
                when: "if input.len() < 8",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::ModuleMove,
            edits: &[
                Edit::Move(FILE, "src/grammar/text.rs"),
                Edit::Create("src/grammar/mod.rs", "pub(crate) mod text;\n"),
                Edit::Replace("src/lib.rs", "mod parse;", "mod grammar;"),
                Edit::Everywhere("src", "crate::parse::", "crate::grammar::text::"),
            ],
            truth: Truth { renamed: &[("semver::parse", "semver::grammar::text")], regrouped: &[] },
            slow: Slow {
                function: "semver::grammar::text::comparator",
                file: "src/grammar/text.rs",
                anchor: COMPARATOR,
                when: "if input.len() < 8",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::Extract,
            edits: &[
                Edit::Append(
                    FILE,
                    "\nfn suffix(\n    text: &str,\n    patch: Option<u64>,\n    mut pos: Position,\n) -> Result<(Prerelease, &str, Position), Error> {\n",
                ),
                Edit::Cut(
                    FILE,
                    "    let (pre, text) = if patch.is_some() && text.starts_with('-') {",
                    "    let text = text.trim_start_matches(' ');\n\n    let comparator = Comparator {",
                    FILE,
                ),
                Edit::Append(FILE, "    Ok((pre, text, pos))\n}\n"),
                Edit::Replace(
                    FILE,
                    "    let text = text.trim_start_matches(' ');\n\n    let comparator = Comparator {",
                    "    let (pre, text, pos) = suffix(text, patch, pos)?;\n    let text = text.trim_start_matches(' ');\n\n    let comparator = Comparator {",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["semver::parse::comparator"],
                    &["semver::parse::comparator", "semver::parse::suffix"],
                )],
            },
            slow: Slow {
                function: "semver::parse::suffix",
                file: FILE,
                anchor: ") -> Result<(Prerelease, &str, Position), Error> {",
                when: "if text.is_empty()",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::Inline,
            edits: &[
                Edit::Remove(FILE, "fn op(input: &str) -> (Op, &str) {", COMPARATOR),
                Edit::Replace(
                    FILE,
                    "    let (mut op, text) = op(input);\n",
                    "    let bytes = input.as_bytes();
    let (mut op, text) = if bytes.first() == Some(&b'=') {
        (Op::Exact, &input[1..])
    } else if bytes.first() == Some(&b'>') {
        if bytes.get(1) == Some(&b'=') {
            (Op::GreaterEq, &input[2..])
        } else {
            (Op::Greater, &input[1..])
        }
    } else if bytes.first() == Some(&b'<') {
        if bytes.get(1) == Some(&b'=') {
            (Op::LessEq, &input[2..])
        } else {
            (Op::Less, &input[1..])
        }
    } else if bytes.first() == Some(&b'~') {
        (Op::Tilde, &input[1..])
    } else if bytes.first() == Some(&b'^') {
        (Op::Caret, &input[1..])
    } else {
        (Op::DEFAULT, input)
    };
",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["semver::parse::comparator", "semver::parse::op"],
                    &["semver::parse::comparator"],
                )],
            },
            slow: Slow {
                function: "semver::parse::comparator",
                file: FILE,
                anchor: COMPARATOR,
                when: "if input.len() < 8",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::Split,
            edits: &[
                Edit::Replace(FILE, "= comparator(text)?;", "= completed(numbers(text)?)?;"),
                Edit::Replace(
                    FILE,
                    "match comparator(input) {",
                    "match numbers(input).and_then(completed) {",
                ),
                Edit::Replace(
                    FILE,
                    COMPARATOR,
                    "struct Numbers<'t> {\n    op: Op,\n    major: u64,\n    minor: Option<u64>,\n    patch: Option<u64>,\n    pos: Position,\n    text: &'t str,\n}\n\nfn numbers(input: &str) -> Result<Numbers<'_>, Error> {",
                ),
                Edit::Replace(
                    FILE,
                    "    let (pre, text) = if patch.is_some() && text.starts_with('-') {",
                    "    Ok(Numbers { op, major, minor, patch, pos, text })\n}\n\nfn completed(numbers: Numbers<'_>) -> Result<(Comparator, Position, &str), Error> {\n    let Numbers { op, major, minor, patch, mut pos, text } = numbers;\n    let (pre, text) = if patch.is_some() && text.starts_with('-') {",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["semver::parse::comparator"],
                    &["semver::parse::numbers", "semver::parse::completed"],
                )],
            },
            slow: Slow {
                function: "semver::parse::numbers",
                file: FILE,
                anchor: "fn numbers(input: &str) -> Result<Numbers<'_>, Error> {",
                when: "if input.len() < 8",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::FunctionToMethod,
            edits: &[
                Edit::Replace(FILE, "= comparator(text)?;", "= Comparator::take(text)?;"),
                Edit::Replace(FILE, "match comparator(input) {", "match Comparator::take(input) {"),
                Edit::Replace(
                    FILE,
                    COMPARATOR,
                    "impl Comparator {\nfn take(input: &str) -> Result<(Comparator, Position, &str), Error> {",
                ),
                Edit::Replace(
                    FILE,
                    "    Ok((comparator, pos, text))\n}\n",
                    "    Ok((comparator, pos, text))\n}\n}\n",
                ),
            ],
            truth: Truth {
                renamed: &[(
                    "semver::parse::comparator",
                    "semver::parse::<impl semver::Comparator>::take",
                )],
                regrouped: &[],
            },
            slow: Slow {
                function: "semver::parse::<impl semver::Comparator>::take",
                file: FILE,
                anchor: "fn take(input: &str) -> Result<(Comparator, Position, &str), Error> {",
                when: "if input.len() < 8",
                calls: 1,
            },
        },
    ],
};

pub(super) const VERSION: Program = Program {
    name: "semver-version",
    subject: Some("semver"),
    target: "parse",
    benchmark: "parse Version",
    edits: &[],
    refactors: &[
        Refactor {
            kind: Kind::Rename,
            edits: &[Edit::All(FILE, " identifier(", " dotted_segments(")],
            truth: Truth {
                renamed: &[("semver::parse::identifier", "semver::parse::dotted_segments")],
                regrouped: &[],
            },
            slow: Slow {
                function: "semver::parse::dotted_segments",
                file: FILE,
                anchor: "fn dotted_segments(input: &str, pos: Position) -> Result<(&str, &str), Error> {",
                when: "if pos == Position::Pre",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::CrateMove,
            edits: &[
                Edit::Create(
                    "idents/Cargo.toml",
                    "[package]\nname = \"idents\"\nversion = \"0.0.0\"\nedition = \"2021\"\n",
                ),
                Edit::Move("src/identifier.rs", "idents/src/lib.rs"),
                Edit::All("idents/src/lib.rs", "pub(crate) ", "pub "),
                Edit::Replace(
                    "idents/src/lib.rs",
                    "use crate::alloc::alloc::",
                    "extern crate alloc;\nuse crate::alloc::alloc::",
                ),
                Edit::Everywhere("src", "crate::identifier::", "idents::"),
                Edit::Replace("src/lib.rs", "mod identifier;\n", ""),
                Edit::Append("idents/src/lib.rs", "\nuse core::hash::{Hash, Hasher};\n"),
                Edit::Cut(
                    "src/impls.rs",
                    "impl Default for Identifier {",
                    "impl Deref for Prerelease {",
                    "idents/src/lib.rs",
                ),
                Edit::Append("Cargo.toml", "\n[dependencies.idents]\npath = \"idents\"\n"),
            ],
            truth: Truth { renamed: &[("semver::identifier", "idents")], regrouped: &[] },
            slow: Slow {
                function: "idents::Identifier::new_unchecked",
                file: "idents/src/lib.rs",
                anchor: "pub unsafe fn new_unchecked(string: &str) -> Self {",
                when: "if string.len() < 8",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::ModuleMove,
            edits: &[
                Edit::Move("src/identifier.rs", "src/repr/packed.rs"),
                Edit::Create("src/repr/mod.rs", "pub(crate) mod packed;\n"),
                Edit::Replace("src/lib.rs", "mod identifier;", "mod repr;"),
                Edit::Everywhere("src", "crate::identifier::", "crate::repr::packed::"),
            ],
            truth: Truth {
                renamed: &[("semver::identifier", "semver::repr::packed")],
                regrouped: &[],
            },
            slow: Slow {
                function: "semver::repr::packed::Identifier::new_unchecked",
                file: "src/repr/packed.rs",
                anchor: "pub(crate) unsafe fn new_unchecked(string: &str) -> Self {",
                when: "if string.len() < 8",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::Merge,
            edits: &[
                Edit::Remove(
                    FILE,
                    "fn prerelease_identifier(input: &str)",
                    "fn identifier(input: &str, pos: Position)",
                ),
                Edit::Append(
                    FILE,
                    "\nfn tagged(input: &str, pos: Position) -> Result<(Identifier, &str), Error> {\n    let (string, rest) = identifier(input, pos)?;\n    let identifier = unsafe { Identifier::new_unchecked(string) };\n    Ok((identifier, rest))\n}\n",
                ),
                Edit::All(
                    FILE,
                    "prerelease_identifier(text)?",
                    "tagged(text, Position::Pre).map(|(identifier, rest)| (Prerelease { identifier }, rest))?",
                ),
                Edit::All(
                    FILE,
                    "build_identifier(text)?",
                    "tagged(text, Position::Build).map(|(identifier, rest)| (BuildMetadata { identifier }, rest))?",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["semver::parse::prerelease_identifier", "semver::parse::build_identifier"],
                    // The closures that make them what they were.
                    &[
                        "semver::parse::tagged",
                        "<semver::Version as core::str::traits::FromStr>::from_str",
                    ],
                )],
            },
            slow: Slow {
                function: "semver::parse::tagged",
                file: FILE,
                anchor: "fn tagged(input: &str, pos: Position) -> Result<(Identifier, &str), Error> {",
                when: "if pos == Position::Pre",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::Extract,
            edits: &[
                Edit::Append(
                    "src/identifier.rs",
                    "\nfn on_heap(string: &str, len: usize) -> Identifier {\n",
                ),
                Edit::Cut(
                    "src/identifier.rs",
                    "                // SAFETY: len is in a range that does not contain 0.",
                    "            }\n            0x100_0000_0000_0000..=",
                    "src/identifier.rs",
                ),
                Edit::Append("src/identifier.rs", "}\n"),
                Edit::Replace(
                    "src/identifier.rs",
                    "            9..=0xff_ffff_ffff_ffff => {\n",
                    "            9..=0xff_ffff_ffff_ffff => {\n                on_heap(string, len)\n",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &["semver::identifier::Identifier::new_unchecked"],
                    &[
                        "semver::identifier::Identifier::new_unchecked",
                        "semver::identifier::on_heap",
                    ],
                )],
            },
            slow: Slow {
                function: "semver::identifier::on_heap",
                file: "src/identifier.rs",
                anchor: "fn on_heap(string: &str, len: usize) -> Identifier {",
                when: "",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::ClosureToFunction,
            edits: &[
                Edit::Replace(
                    FILE,
                    "        match value\n            .checked_mul(10)\n            .and_then(|value| value.checked_add((digit - b'0') as u64))\n        {",
                    "        match with_digit(value, digit) {",
                ),
                Edit::Append(
                    FILE,
                    "\nfn with_digit(value: u64, digit: u8) -> Option<u64> {\n    value.checked_mul(10)?.checked_add((digit - b'0') as u64)\n}\n",
                ),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &[
                        "semver::parse::numeric_identifier",
                        "semver::parse::numeric_identifier::{closure}",
                    ],
                    &["semver::parse::numeric_identifier", "semver::parse::with_digit"],
                )],
            },
            slow: Slow {
                function: "semver::parse::numeric_identifier",
                file: FILE,
                anchor: "fn numeric_identifier(input: &str, pos: Position) -> Result<(u64, &str), Error> {",
                when: "if pos == Position::Major",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::FunctionToMethod,
            edits: &[
                Edit::Append(FILE, "\nimpl Position {\n"),
                Edit::Cut(FILE, "fn numeric_identifier(", "fn wildcard(", FILE),
                Edit::Append(FILE, "}\n"),
                Edit::Replace(
                    FILE,
                    "fn numeric_identifier(input: &str, pos: Position) -> Result<(u64, &str), Error> {",
                    "fn number(self, input: &str) -> Result<(u64, &str), Error> {\n    let pos = self;",
                ),
                Edit::All(FILE, "numeric_identifier(text, pos)?", "pos.number(text)?"),
            ],
            truth: Truth {
                renamed: &[(
                    "semver::parse::numeric_identifier",
                    "semver::parse::<impl semver::error::Position>::number",
                )],
                regrouped: &[],
            },
            slow: Slow {
                function: "semver::parse::<impl semver::error::Position>::number",
                file: FILE,
                anchor: "fn number(self, input: &str) -> Result<(u64, &str), Error> {",
                when: "if self == Position::Major",
                calls: 1,
            },
        },
        Refactor {
            kind: Kind::Inline,
            edits: &[
                Edit::Replace(
                    FILE,
                    "    let (string, rest) = identifier(input, Position::Pre)?;\n    let identifier = unsafe { Identifier::new_unchecked(string) };\n    Ok((Prerelease { identifier }, rest))\n}\n",
                    "    LOOP_Pre\n    let identifier = unsafe { Identifier::new_unchecked(string) };\n    Ok((Prerelease { identifier }, rest))\n}\n",
                ),
                Edit::Replace(
                    FILE,
                    "    let (string, rest) = identifier(input, Position::Build)?;\n",
                    "    LOOP_Build\n",
                ),
                Edit::Remove(FILE, "fn identifier(input: &str", "fn op(input: &str)"),
                Edit::Replace(FILE, "    LOOP_Pre\n", PRERELEASE),
                Edit::Replace(FILE, "    LOOP_Build\n", BUILD),
            ],
            truth: Truth {
                renamed: &[],
                regrouped: &[(
                    &[
                        "semver::parse::identifier",
                        "semver::parse::prerelease_identifier",
                        "semver::parse::build_identifier",
                    ],
                    &["semver::parse::prerelease_identifier", "semver::parse::build_identifier"],
                )],
            },
            slow: Slow {
                function: "semver::parse::build_identifier",
                file: FILE,
                anchor: "fn build_identifier(input: &str) -> Result<(BuildMetadata, &str), Error> {",
                when: "",
                calls: 1,
            },
        },
    ],
};

/// `identifier` of a prerelease.
const PRERELEASE: &str = "    let mut accumulated_len = 0;
    let mut segment_len = 0;
    let mut segment_has_nondigit = false;
    let (string, rest) = loop {
        match input.as_bytes().get(accumulated_len + segment_len) {
            Some(b'A'..=b'Z') | Some(b'a'..=b'z') | Some(b'-') => {
                segment_len += 1;
                segment_has_nondigit = true;
            }
            Some(b'0'..=b'9') => {
                segment_len += 1;
            }
            boundary => {
                if segment_len == 0 {
                    if accumulated_len == 0 && boundary != Some(&b'.') {
                        break (\"\", input);
                    } else {
                        return Err(Error::new(ErrorKind::EmptySegment(Position::Pre)));
                    }
                }
                if segment_len > 1
                    && !segment_has_nondigit
                    && input[accumulated_len..].starts_with('0')
                {
                    return Err(Error::new(ErrorKind::LeadingZero(Position::Pre)));
                }
                accumulated_len += segment_len;
                if boundary == Some(&b'.') {
                    accumulated_len += 1;
                    segment_len = 0;
                    segment_has_nondigit = false;
                } else {
                    break input.split_at(accumulated_len);
                }
            }
        }
    };
";

/// `identifier` of a build.
const BUILD: &str = "    let mut accumulated_len = 0;
    let mut segment_len = 0;
    let (string, rest) = loop {
        match input.as_bytes().get(accumulated_len + segment_len) {
            Some(b'A'..=b'Z') | Some(b'a'..=b'z') | Some(b'-') | Some(b'0'..=b'9') => {
                segment_len += 1;
            }
            boundary => {
                if segment_len == 0 {
                    if accumulated_len == 0 && boundary != Some(&b'.') {
                        break (\"\", input);
                    } else {
                        return Err(Error::new(ErrorKind::EmptySegment(Position::Build)));
                    }
                }
                accumulated_len += segment_len;
                if boundary == Some(&b'.') {
                    accumulated_len += 1;
                    segment_len = 0;
                } else {
                    break input.split_at(accumulated_len);
                }
            }
        }
    };
";
