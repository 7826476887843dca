//! Whether two functions with one normalised name have one name of their own, too.

use crate::diff::comparison::Matched;

/// How functions of the base match functions of the new side with the same normalised name, by
/// their names in the symbol table.
pub(super) fn matched<'a, A, B>(base: impl Fn() -> A, new: impl Fn() -> B) -> Matched
where
    A: Iterator<Item = &'a str>,
    B: Iterator<Item = &'a str>,
{
    let equal = |same: fn(StringName<'_>, StringName<'_>) -> bool| {
        base().any(|a| new().any(|b| same(StringName(a), StringName(b))))
    };
    // Demangling is slow: most names are equal before it.
    if equal(|a, b| a.0 == b.0 || a.stem() == b.stem())
        || equal(|a, b| a.demangled() == b.demangled())
    {
        return Matched::exact();
    }
    Matched { from: base().next().map(|name| StringName(name).demangled()), ..Matched::exact() }
}

/// A name as in the symbol table.
#[derive(Clone, Copy)]
struct StringName<'a>(&'a str);

impl<'a> StringName<'a> {
    /// Without the hash that legacy mangling ends with (`17h` and 16 digits, `E`).
    fn stem(self) -> &'a str {
        let name = self.0;
        let stem = name.len().checked_sub(20).and_then(|at| name.split_at_checked(at));
        match stem {
            Some((stem, hash))
                if hash.starts_with("17h")
                    && hash.ends_with('E')
                    && hash.as_bytes()[3..19].iter().all(u8::is_ascii_hexdigit) =>
            {
                stem
            }
            _ => name,
        }
    }

    /// For people, without hash and disambiguators.
    fn demangled(self) -> String {
        format!("{:#}", rustc_demangle::demangle(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_do_not_count() {
        let a = StringName("_ZN3foo3bar17h0123456789abcdefE");
        let b = StringName("_ZN3foo3bar17hfedcba9876543210E");
        let c = StringName("_ZN3foo3baz17hfedcba9876543210E");
        assert_eq!(a.stem(), b.stem());
        assert_ne!(a.stem(), c.stem());
        assert_eq!(a.demangled(), "foo::bar");
        assert_eq!(StringName("memcpy").stem(), "memcpy");
    }
}
