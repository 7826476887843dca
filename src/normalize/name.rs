//! Function names that stay the same from build to build.
//!
//! The canonical form is the path of the *definition*: `module::item`, `Type::method`,
//! `<Type as Trait>::method`. What goes away, and why:
//!
//! * hashes of legacy mangling, crate disambiguators of v0: they change with every build;
//! * generic arguments: legacy names have none, and instances of one function belong together.
//!   `drop_in_place` keeps its type, since it is nothing without it;
//! * closure numbers: a closure more in a function would renumber all that follow. All closures
//!   of one function thereby share one name, `parent::{closure}`; frames' lines still differ;
//! * suffixes of compilers (`.llvm.123`, `.cold`, `.part.0`, `.isra.0`, `.constprop.0`).
//!
//! A blanket impl is `<T as Trait>` in legacy names and `<u32 as Trait>` in v0 ones: two builds
//! with different manglings do not fully match. C and C++ names stay as they are.

/// The canonical name of a symbol, or of a Rust function's name as debug information has it.
pub fn canonical(symbol: &str) -> String {
    let symbol = without_suffix(symbol);
    match rustc_demangle::try_demangle(symbol) {
        Ok(name) => simplify(&format!("{name:#}")),
        Err(_) => simplify(symbol),
    }
}

/// The name of a function with these names. `rust`: whether its file is a Rust source.
pub(super) fn of_function(name: &str, system_name: &str, rust: bool) -> String {
    let symbol = without_suffix(system_name);
    if let Ok(demangled) = rustc_demangle::try_demangle(symbol) {
        return simplify(&format!("{demangled:#}"));
    }
    let name = without_suffix(if name.is_empty() { system_name } else { name });
    if rust || name.contains("$LT$") { simplify(name) } else { name.to_owned() }
}

/// Without what compilers append to a symbol when they split or specialise a function.
fn without_suffix(mut symbol: &str) -> &str {
    const SUFFIXES: [&str; 8] =
        ["llvm", "cold", "part", "isra", "constprop", "lto_priv", "warm", "hot"];
    while let Some((stem, last)) = symbol.rsplit_once('.') {
        let number = last.bytes().all(|b| b.is_ascii_digit()) && !last.is_empty();
        let (stem, word) = if number {
            let Some(split) = stem.rsplit_once('.') else { break };
            split
        } else {
            (stem, last)
        };
        if stem.is_empty() || !SUFFIXES.contains(&word) {
            break;
        }
        symbol = stem;
    }
    symbol
}

/// The canonical form of a demangled Rust name. A fixed point of itself.
fn simplify(name: &str) -> String {
    let mut name = name.to_owned();
    // Taking something away may bring together what was apart; the loop ends since every round
    // but the last makes the text shorter.
    loop {
        let stem = without_suffix(&name);
        let simple = if stem.contains('$') { path(&decode(stem), 0) } else { path(stem, 0) };
        if simple.len() >= name.len() {
            return simple;
        }
        name = simple;
    }
}

/// Decodes what legacy mangling writes for punctuation, where a name was cut out of its symbol.
fn decode(name: &str) -> String {
    let name = name.strip_prefix("_$").map_or_else(|| name.to_owned(), |rest| format!("${rest}"));
    [
        ("$LT$", "<"),
        ("$GT$", ">"),
        ("$RF$", "&"),
        ("$BP$", "*"),
        ("$LP$", "("),
        ("$RP$", ")"),
        ("$C$", ","),
        ("$u20$", " "),
        ("$u27$", "'"),
        ("$u5b$", "["),
        ("$u5d$", "]"),
        ("$u7b$", "{"),
        ("$u7d$", "}"),
        ("$u7e$", "~"),
        ("..", "::"),
    ]
    .iter()
    .fold(name, |name, (from, to)| name.replace(from, to))
}

/// Types nest no deeper than this; what does is copied as it is.
const MAX_DEPTH: usize = 32;

fn path(text: &str, depth: usize) -> String {
    if depth > MAX_DEPTH {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        match bytes[at] {
            b'<' => {
                let Some(length) = balanced(rest, b'<', b'>') else {
                    out.push_str(rest);
                    break;
                };
                angle(&mut out, &rest[1..length - 1], depth);
                at += length;
            }
            b'{' => {
                let Some(length) = balanced(rest, b'{', b'}') else {
                    out.push_str(rest);
                    break;
                };
                out.push_str(&brace(&rest[..length]));
                at += length;
            }
            // A crate's disambiguator: `core[7f3a]`.
            b'[' if out.ends_with(is_word) => {
                let digits = rest[1..].bytes().take_while(u8::is_ascii_hexdigit).count();
                if digits > 0 && rest.as_bytes().get(digits + 1) == Some(&b']') {
                    at += digits + 2;
                } else {
                    out.push('[');
                    at += 1;
                }
            }
            _ => {
                let character = rest.chars().next().unwrap_or_default();
                out.push(character);
                at += character.len_utf8();
            }
        }
    }
    out
}

/// Appends what stands for `<inner>` after `out`.
fn angle(out: &mut String, inner: &str, depth: usize) {
    let function = out.strip_suffix("::").unwrap_or(out);
    if function.ends_with("drop_in_place") {
        out.truncate(function.len());
        out.push('<');
        out.push_str(&path(inner, depth + 1));
        out.push('>');
        return;
    }
    if let Some(block) = inner.strip_prefix("impl ") {
        // `module::<impl Trait for Type>`: an impl that is away from its type and trait.
        if let Some((of, ty)) = split(block, " for ") {
            let start = out.rfind(|c| !is_word(c) && c != ':').map_or(0, |at| at + 1);
            // A space or bracket, all of one byte, or a character of several: be safe.
            let start = (start..=out.len()).find(|&at| out.is_char_boundary(at)).unwrap_or(0);
            out.truncate(start);
            let (ty, of) = (path(ty, depth + 1), path(of, depth + 1));
            out.push_str(&format!("<{ty} as {of}>"));
        } else {
            out.push_str(&format!("<impl {}>", path(block, depth + 1)));
        }
        return;
    }
    if out.ends_with("::") {
        // Arguments of a function.
        out.truncate(out.len() - 2);
        return;
    }
    if out.ends_with(|c| is_word(c) || c == '}') {
        // Arguments of a type, or of a function as debug information writes them.
        return;
    }
    if let Some((ty, of)) = split(inner, " as ") {
        let (ty, of) = (path(ty, depth + 1), path(of, depth + 1));
        out.push_str(&format!("<{ty} as {of}>"));
        return;
    }
    // `<Type>::method`.
    let ty = path(inner, depth + 1);
    if ty.chars().all(|c| is_word(c) || c == ':') && !ty.is_empty() {
        out.push_str(&ty);
    } else {
        out.push_str(&format!("<{ty}>"));
    }
}

/// `{{closure}}`, `{closure#3}` and `{closure_env#0}` are `{closure}`; numbers go in general.
fn brace(text: &str) -> String {
    let inner = text.trim_start_matches('{').trim_end_matches('}');
    let word = inner.split('#').next().unwrap_or_default();
    let word = match word {
        "closure_env" => "closure",
        "vtable.shim" | "shim:vtable" => "shim",
        word => word,
    };
    format!("{{{word}}}")
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the bracketed text that begins here, brackets included. The `>` of an arrow is
/// no bracket.
fn balanced(text: &str, open: u8, close: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close && !(close == b'>' && at > 0 && bytes[at - 1] == b'-') {
            depth -= 1;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

/// Splits at the first `separator` that is in no bracket.
fn split<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let bytes = text.as_bytes();
    let mut depth = 0_i64;
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' | b')' | b']' | b'}' => depth -= 1,
            _ if depth == 0 && bytes[at..].starts_with(separator.as_bytes()) => {
                return Some((&text[..at], &text[at + separator.len()..]));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_manglings_agree() {
        // Symbols of one program, compiled with either mangling.
        for (legacy, v0, expected) in [
            (
                "_ZN9criterion7bencher16Bencher$LT$M$GT$12iter_batched17h997632172a39cb77E",
                "_RINvMNtCs3cK6fKl6Z4V_9criterion7bencherINtB3_7BencherNtNtB5_11measurement8WallTimeE12iter_batchedjjE",
                "criterion::bencher::Bencher::iter_batched",
            ),
            (
                "_ZN7scratch7sort_it17h117408e34f9e7340E",
                "_RNvCs1234_7scratch7sort_it",
                "scratch::sort_it",
            ),
            (
                "_ZN4crit1b28_$u7b$$u7b$closure$u7d$$u7d$28_$u7b$$u7b$closure$u7d$$u7d$17hdb290439558035f1E.llvm.6745488223538625190",
                "_RNCNCNvCs1234_4crit1bs_0s1_0B5_",
                "crit::b::{closure}::{closure}",
            ),
            (
                "_ZN55_$LT$scratch..Ci$LT$T$GT$$u20$as$u20$scratch..Shape$GT$4area17h0123456789abcdefE",
                "_RNvXs_Cs1234_7scratchINtB4_2CimENtB4_5Shape4area",
                "<scratch::Ci as scratch::Shape>::area",
            ),
            (
                "_ZN7scratch3gen17h0123456789abcdefE",
                "_RINvCs1234_7scratch3genmEB2_",
                "scratch::gen",
            ),
        ] {
            assert_eq!(canonical(legacy), expected);
            assert_eq!(canonical(v0), expected);
        }
    }

    #[test]
    fn simplifies() {
        for (name, expected) in [
            ("std::rt::lang_start::{{closure}}", "std::rt::lang_start::{closure}"),
            ("std::rt::lang_start::<()>::{closure#0}", "std::rt::lang_start::{closure}"),
            (
                "core::ptr::drop_in_place::<alloc::vec::Vec<u64>>",
                "core::ptr::drop_in_place<alloc::vec::Vec>",
            ),
            (
                "core::ptr::drop_in_place<alloc::vec::Vec<u64>>",
                "core::ptr::drop_in_place<alloc::vec::Vec>",
            ),
            ("core::slice::<impl [T]>::sort", "core::slice::<impl [T]>::sort"),
            ("<[u64]>::sort", "<[u64]>::sort"),
            ("<scratch::Ci<u32>>::foo::<u8>", "scratch::Ci::foo"),
            (
                "alloc::str::<impl core::borrow::ToOwned for str>::to_owned",
                "<str as core::borrow::ToOwned>::to_owned",
            ),
            (
                "<alloc::boxed::Box<dyn core::ops::FnOnce<(), Output = ()>> as core::ops::FnOnce<()>>::call_once",
                "<alloc::boxed::Box as core::ops::FnOnce>::call_once",
            ),
            (
                "<&mut fn(u32) -> Vec<u8> as core::ops::FnMut<(u32,)>>::call_mut",
                "<&mut fn(u32) -> Vec as core::ops::FnMut>::call_mut",
            ),
            (
                "core::ops::function::FnOnce::call_once{{vtable.shim}}",
                "core::ops::function::FnOnce::call_once{shim}",
            ),
            (
                "<T as core::ops::FnOnce>::call_once::{shim:vtable#0}",
                "<T as core::ops::FnOnce>::call_once::{shim}",
            ),
            ("core[846817f741e54dfd]::fmt::write", "core::fmt::write"),
            // As debug information has it.
            (
                "iter_batched<criterion::measurement::WallTime, alloc::vec::Vec<u64>>",
                "iter_batched",
            ),
            ("{closure#0}<u64, ()>", "{closure}"),
            (
                "_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..fmt..Debug$GT$::fmt",
                "<alloc::vec::Vec as core::fmt::Debug>::fmt",
            ),
            ("[unknown]", "[unknown]"),
            ("a<b", "a<b"),
        ] {
            assert_eq!(simplify(name), expected);
            assert_eq!(simplify(expected), expected);
        }
    }

    #[test]
    fn other_languages_are_left_alone() {
        let name = "std::vector<int, std::allocator<int> >::push_back(int&&)";
        assert_eq!(of_function(name, "_ZNSt6vectorIiSaIiEE9push_backEOi", false), name);
        assert_eq!(of_function("memcpy", "memcpy", false), "memcpy");
        assert_eq!(of_function("", "parse.part.0.isra.0", false), "parse");
        assert_eq!(of_function("work.cold", "work.cold", false), "work");
        assert_eq!(of_function("libfoo.so.6", "libfoo.so.6", false), "libfoo.so.6");
    }

    proptest! {
        #[test]
        fn is_idempotent(name in "(<|>|::|a|drop_in_place|impl | as | for |\\{|\\}|closure|#1|\\[|\\]|f0| |&|->|\\(|\\)|é|\\$LT\\$|\\.\\.|_\\$|\\.llvm\\.12|\\.cold){0,14}") {
            let once = canonical(&name);
            prop_assert_eq!(canonical(&once), once.clone());
            let once = of_function(&name, &name, true);
            prop_assert_eq!(of_function(&once, &name, true), once);
        }
    }
}
