//! Which crate and module a function belongs to, by its name.
//!
//! Names are all that a profile keeps of a program, so this is a reading of text, not of types.
//! A segment in capitals (`Vec`) is taken for a type and never for a module; a function inside a
//! function makes the outer one look like a module.

use std::borrow::Cow;

/// The crate and the module's path, with the crate, of a Rust function's demangled name; nothing
/// for names of other languages (those without `::`).
///
/// An impl of a trait belongs to the type's crate, or to the trait's where the type is the
/// language's, the standard library's or a parameter: one of both it must be, by coherence.
pub fn crate_and_module(name: &str) -> (Option<&str>, Option<Cow<'_, str>>) {
    if let Some(module) = plain(name) {
        return (module.split(':').next(), Some(module.into()));
    }
    match definition(name) {
        Some(path) => (Some(path[0]), Some(path.join("::").into())),
        None => (None, None),
    }
}

/// The module's path where the name is nothing but that and the function's, which most are.
fn plain(name: &str) -> Option<&str> {
    let bytes = name.as_bytes();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {}
            b'0'..=b'9' if at > start => {}
            b':' if at > start
                && !bytes[start].is_ascii_uppercase()
                && bytes.get(at + 1) == Some(&b':') =>
            {
                at += 1;
                start = at + 1;
            }
            _ => return None,
        }
        at += 1;
    }
    let module = name[..start].strip_suffix("::")?;
    let is_primitive = || module.split(':').next().is_some_and(|first| PRIMITIVE.contains(&first));
    (start < bytes.len() && !is_primitive()).then_some(module)
}

/// Types without a crate in their methods' names, as in `u64::rotate_left`: core has those.
const PRIMITIVE: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16",
    "u32", "u64", "u128", "usize",
];

/// Path of the module that defines a function: the crate first.
fn definition(name: &str) -> Option<Vec<&str>> {
    let segments = segments(name);
    let (first, rest) = segments.split_first()?;
    if let Some(inner) = first.strip_prefix('<').and_then(|s| s.strip_suffix('>')) {
        return qualified(inner);
    }
    if rest.is_empty() || !is_identifier(first) {
        return None;
    }
    if PRIMITIVE.contains(first) {
        return Some(vec!["core", first]);
    }
    // The last segment that is not a closure's is the function.
    let function = segments.iter().rposition(|s| is_identifier(without_generics(s)))?;
    let path: Vec<&str> = segments[..function.max(1)]
        .iter()
        .map(|s| without_generics(s))
        .take_while(|s| is_identifier(s) && !s.starts_with(|c: char| c.is_ascii_uppercase()))
        .collect();
    (!path.is_empty()).then_some(path)
}

/// Of `T as Trait`, `impl Trait for T`, `impl T` or `T`.
fn qualified(inner: &str) -> Option<Vec<&str>> {
    let (kind, path) = match inner.strip_prefix("impl ") {
        Some(rest) => match split_at_word(rest, " for ") {
            Some((interface, kind)) => (kind, Some(interface)),
            None => (rest, None),
        },
        None => match split_at_word(inner, " as ") {
            Some((kind, interface)) => (kind, Some(interface)),
            None => (inner, None),
        },
    };
    let of_type = type_module(kind);
    let of_trait = path.and_then(type_module);
    let foreign = |path: &Vec<&str>| matches!(path[0], "core" | "alloc" | "std");
    match (of_type, of_trait) {
        (Some(kind), Some(interface)) => {
            Some(if foreign(&kind) && !foreign(&interface) { interface } else { kind })
        }
        (of_type, of_trait) => of_type.or(of_trait),
    }
}

/// Path of the module of a type or trait; `None` for the language's own and for parameters.
fn type_module(name: &str) -> Option<Vec<&str>> {
    let mut name = name.trim();
    loop {
        let stripped = name
            .strip_prefix('&')
            .or_else(|| name.strip_prefix("mut "))
            .or_else(|| name.strip_prefix("dyn "))
            .or_else(|| name.strip_prefix("*const "))
            .or_else(|| name.strip_prefix("*mut "))
            .or_else(|| name.strip_prefix('('))
            .or_else(|| name.strip_prefix('['));
        match stripped {
            Some(rest) => name = rest.trim_start(),
            None => break,
        }
    }
    if name.starts_with('<') {
        return definition(name);
    }
    let segments = segments(name);
    let (_, parents) = segments.split_last()?;
    let path: Vec<&str> = parents
        .iter()
        .map(|s| without_generics(s))
        .take_while(|s| is_identifier(s) && !s.starts_with(|c: char| c.is_ascii_uppercase()))
        .collect();
    (!path.is_empty()).then_some(path)
}

/// The parts between `::` outside of brackets.
fn segments(name: &str) -> Vec<&str> {
    let bytes = name.as_bytes();
    let mut parts = Vec::new();
    let (mut depth, mut start, mut at) = (0_i32, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            // The arrow of a function type closes nothing.
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' | b')' | b']' | b'}' => depth -= 1,
            b':' if depth == 0 && bytes.get(at + 1) == Some(&b':') => {
                parts.push(&name[start..at]);
                at += 1;
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&name[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Splits at the first `word` outside of brackets.
fn split_at_word<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let bytes = text.as_bytes();
    let mut depth = 0_i32;
    for at in 0..bytes.len() {
        match bytes[at] {
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' | b')' | b']' | b'}' => depth -= 1,
            _ if depth == 0 && bytes[at..].starts_with(word.as_bytes()) => {
                return Some((&text[..at], &text[at + word.len()..]));
            }
            _ => {}
        }
    }
    None
}

fn without_generics(segment: &str) -> &str {
    segment.split('<').next().unwrap_or(segment)
}

fn is_identifier(segment: &str) -> bool {
    !segment.is_empty()
        && !segment.starts_with(|c: char| c.is_ascii_digit())
        && segment.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_shapes_of_names() {
        for (name, krate, module) in [
            ("foo::bar::baz", "foo", "foo::bar"),
            ("foo::baz", "foo", "foo"),
            ("foo::Baz", "foo", "foo"),
            ("u8::inner::f", "core", "core::u8"),
            ("::foo::bar::baz", "foo", "foo::bar"),
            ("föö::bar::baz", "föö", "föö::bar"),
            ("foo::bar::Baz::new", "foo", "foo::bar"),
            ("foo::bar::Baz<T>::new", "foo", "foo::bar"),
            ("foo::bar<alloc::vec::Vec<u8>>::baz", "foo", "foo::bar"),
            ("foo::bar::baz::{{closure}}", "foo", "foo::bar"),
            ("foo::bar::baz::{closure#0}::{closure#1}", "foo", "foo::bar"),
            ("foo::bar::baz::<u8, fn(a::B) -> c::D>", "foo", "foo::bar"),
            ("core::num::<impl u32>::wrapping_add", "core", "core::num"),
            ("u32::wrapping_add", "core", "core::u32"),
            ("str::chars", "core", "core::str"),
            ("foo::bar::<impl foo::Trait for T>::method", "foo", "foo::bar"),
            ("<foo::bar::Baz as core::fmt::Debug>::fmt", "foo", "foo::bar"),
            ("<alloc::vec::Vec<T> as foo::wire::Write>::put", "foo", "foo::wire"),
            ("<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop", "alloc", "alloc::vec"),
            ("<T as foo::wire::Write>::put", "foo", "foo::wire"),
            ("<&mut [foo::wire::Item] as foo::Write>::put", "foo", "foo::wire"),
            ("<u8 as core::fmt::Display>::fmt", "core", "core::fmt"),
            ("<impl core::fmt::Debug for foo::bar::Baz>::fmt", "foo", "foo::bar"),
            ("<foo::bar::Baz>::new", "foo", "foo::bar"),
            ("<foo::bar::Baz as foo::Run>::run::{{closure}}", "foo", "foo::bar"),
            ("<fn(a::B) -> c::D as foo::x::Run>::run", "foo", "foo::x"),
            ("<<foo::a::B as foo::c::D>::E as foo::F>::g", "foo", "foo::a"),
        ] {
            let expected = (Some(krate), Some(module.into()));
            assert_eq!(crate_and_module(name), expected, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn plain_names_are_read_as_all_others(
            parts in proptest::collection::vec("[a-zA-Z_][a-z0-9_]{0,2}|u8|str|<T>|é|", 1..5),
            between in "::?|:::",
        ) {
            let name = parts.join(&between);
            if let Some(module) = plain(&name) {
                let path = definition(&name).expect("it has a module");
                proptest::prop_assert_eq!(module, path.join("::"));
                proptest::prop_assert_eq!(module.split(':').next(), Some(path[0]));
            }
        }
    }

    #[test]
    fn other_languages_have_none() {
        for name in [
            "main",
            "memcpy",
            "__libc_start_main@@GLIBC_2.34",
            "[unknown]",
            "",
            "::",
            "<",
            ">::x",
            "<>::x",
            "0x1234",
            "entry_SYSCALL_64",
            "std",
            "foo::",
            "[truncated]",
            "->",
            "(((",
            "é",
        ] {
            assert_eq!(crate_and_module(name), (None, None), "{name}");
        }
    }
}
