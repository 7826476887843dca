//! What canonical names tell of functions.

/// Whether a character can be part of a path (`a::b::c`).
pub(super) fn is_path_character(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | ':')
}

/// The parts of a canonical name that matching looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// The crate, or what stands for it. An impl of a trait belongs to the type's crate, or to the
    /// trait's where the type is the language's, the standard library's or a parameter.
    pub(super) krate: &'a str,
    /// Everything before `item`.
    pub(super) prefix: &'a str,
    /// The last segment that is no closure: the function's own name.
    pub(super) item: &'a str,
    /// Closures after it, with the `::` before them.
    pub(super) closures: &'a str,
}

/// Takes a name apart.
pub(super) fn parts(name: &str) -> Parts<'_> {
    let closures = name.find("::{").unwrap_or(name.len());
    let (function, closures) = name.split_at(closures);
    let cut = last_separator(function);
    let (prefix, item) = match cut {
        Some(cut) => (&function[..cut], &function[cut + 2..]),
        None => ("", function),
    };
    let of_type = first_word(name);
    let krate = match interface(name).map(first_word) {
        Some(of_trait) if is_library(of_type) => of_trait,
        _ => of_type,
    };
    Parts { krate, prefix, item, closures }
}

/// The crate that a path or a type begins with.
fn first_word(name: &str) -> &str {
    let start = name.trim_start_matches(['<', '&', '(', '[', '*']);
    let start = ["impl ", "mut ", "dyn ", "const "]
        .iter()
        .fold(start, |start, word| start.strip_prefix(word).unwrap_or(start));
    let end = start.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(start.len());
    &start[..end]
}

/// The trait of `<Type as Trait>::method`.
fn interface(name: &str) -> Option<&str> {
    let inner = name.strip_prefix('<')?;
    let mut depth = 0_usize;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            b'>' if at > 0 && inner.as_bytes()[at - 1] == b'-' => {}
            b'>' | b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b' ' if depth == 0 => {
                if let Some(interface) = inner[at..].strip_prefix(" as ") {
                    return Some(interface);
                }
            }
            _ => {}
        }
    }
    None
}

/// Types without a crate in their names: core has those.
const PRIMITIVE: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16",
    "u32", "u64", "u128", "usize",
];

/// Whether what a name begins with is the standard library, the language or a parameter (`T`).
fn is_library(krate: &str) -> bool {
    matches!(krate, "core" | "alloc" | "std" | "__rustc" | "compiler_builtins" | "")
        || PRIMITIVE.contains(&krate)
        || krate.starts_with(|c: char| c.is_ascii_uppercase())
}

/// The last `::` that is in no bracket.
fn last_separator(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    for at in (0..bytes.len()).rev() {
        match bytes[at] {
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' | b')' | b']' | b'}' => depth += 1,
            b'<' | b'(' | b'[' | b'{' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && at > 0 && bytes[at - 1] == b':' => return Some(at - 1),
            _ => {}
        }
    }
    None
}

impl<'a> Parts<'a> {
    /// Whether names like this one come and go with a refactor: not those of the standard library,
    /// the kernel and C, nor marks like `[harness]`.
    pub(super) fn is_of_the_program(&self) -> bool {
        !self.prefix.is_empty() && !is_library(self.krate)
    }

    /// The function that a closure belongs to, with all closures but the last; `None` for what is
    /// no closure.
    pub(super) fn parent_of(name: &'a str) -> Option<(&'a str, &'a str)> {
        let at = name.rfind("::{")?;
        name.ends_with('}').then(|| name.split_at(at))
    }
}

/// The last `n` segments of two names are the same; the largest such `n`. Closures count as part
/// of the function.
pub(super) fn common_suffix(a: &str, b: &str) -> usize {
    let (a, b) = (parts(a), parts(b));
    if a.item != b.item || a.closures != b.closures {
        return 0;
    }
    let segments =
        |prefix: &'_ str| -> Vec<String> { prefix.split("::").map(str::to_owned).collect() };
    let (a, b) = (segments(a.prefix), segments(b.prefix));
    1 + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

/// How alike two functions' own names are, from 0 to 1: by edit distance, or by the words in them.
pub(super) fn likeness(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    let longest = a.chars().count().max(b.chars().count());
    if longest == 0 || longest > 200 {
        return 0.0;
    }
    let edits = 1.0 - distance(a, b) as f64 / longest as f64;
    let words = |text: &'_ str| -> Vec<String> { text.split('_').map(str::to_owned).collect() };
    let (of_a, of_b) = (words(a), words(b));
    let shared = of_a.iter().filter(|word| word.len() > 1 && of_b.contains(word)).count();
    let all = of_a.len() + of_b.len() - shared;
    edits.max(shared as f64 / all as f64)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        for (name, krate, item, closures) in [
            ("a::b::f", "a", "f", ""),
            ("a::T::f::{closure}::{closure}", "a", "f", "::{closure}::{closure}"),
            ("<a::T as b::Run>::go", "a", "go", ""),
            ("<&mut a::T as b::Run>::go::{closure}", "a", "go", "::{closure}"),
            ("<[a::T]>::sort", "a", "sort", ""),
            ("memcpy", "memcpy", "memcpy", ""),
        ] {
            let parts = parts(name);
            assert_eq!(
                (parts.krate, parts.item, parts.closures),
                (krate, item, closures),
                "{name}"
            );
        }
        assert!(parts("a::f").is_of_the_program());
        for own in ["<u64 as a::Area>::of", "<alloc::vec::Vec as a::Y>::z", "<T as a::Y>::z"] {
            assert_eq!(parts(own).krate, "a", "{own}");
            assert!(parts(own).is_of_the_program(), "{own}");
        }
        for other in [
            "memcpy",
            "[harness]",
            "core::fmt::write",
            "",
            "u64::rotate_left",
            "<u32 as core::iter::traits::accum::Sum>::sum",
            "<[T] as core::ops::index::Index>::index",
            "<&mut T as core::convert::AsRef>::as_ref",
        ] {
            assert!(!parts(other).is_of_the_program(), "{other}");
        }
        assert_eq!(Parts::parent_of("a::f::{closure}"), Some(("a::f", "::{closure}")));
        assert_eq!(Parts::parent_of("a::f"), None);
    }

    #[test]
    fn suffixes_and_likeness() {
        assert_eq!(common_suffix("a::m::T::f", "b::n::T::f"), 2);
        assert_eq!(common_suffix("a::m::f", "a::m::g"), 0);
        assert_eq!(common_suffix("a::f::{closure}", "a::f"), 0);
        assert_eq!(common_suffix("f", "f"), 2);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(likeness("parse", "parse"), 1.0);
        assert!((likeness("parse_line", "parse_text_line") - 2.0 / 3.0).abs() < 1e-9);
        assert!(likeness("parse", "render") < 0.5);
        assert_eq!(likeness("", "x"), 0.0);
    }
}
