//! Names for people.

/// The function's name as Rust source has it, without the hash that tells builds apart; other
/// languages' names as they are.
pub(super) fn demangle(name: &str) -> String {
    match rustc_demangle::try_demangle(name) {
        Ok(demangled) => format!("{demangled:#}"),
        Err(_) => name.to_owned(),
    }
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_names_of_both_manglings_lose_their_hash() {
        assert_eq!(
            demangle("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE"),
            "core::fmt::Formatter::pad"
        );
        assert_eq!(demangle("_RNvCs1234_7mycrate3foo"), "mycrate::foo");
        assert_eq!(demangle("_RNvNtCs1234_7mycrate3bar3baz.llvm.1234"), "mycrate::bar::baz");
        assert_eq!(
            demangle("_ZNSt6vectorIiSaIiEE9push_backEOi"),
            "_ZNSt6vectorIiSaIiEE9push_backEOi"
        );
        assert_eq!(demangle("memcpy"), "memcpy");
    }

    #[test]
    fn file_names() {
        assert_eq!(file_name("/usr/lib/libc.so.6"), "libc.so.6");
        assert_eq!(file_name("relative"), "relative");
        assert_eq!(file_name("[heap]"), "[heap]");
    }
}
