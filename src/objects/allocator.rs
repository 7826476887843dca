//! Allocators that programs bring with them.

use object::{Object as _, ObjectSymbol as _};

use super::object::Object;

/// How the names of functions begin that only this allocator has, and its name.
const ALLOCATORS: [(&str, &str); 8] = [
    ("mi_malloc", "mimalloc"),
    ("_mi_malloc", "mimalloc"),
    ("_rjem_", "jemalloc"),
    ("je_malloc", "jemalloc"),
    ("sdallocx", "jemalloc"),
    ("sn_rust_alloc", "snmalloc"),
    ("rpmalloc", "rpmalloc"),
    ("tc_malloc", "tcmalloc"),
];

impl Object {
    /// The allocator that is linked into a program and takes memory from the system itself; `None`
    /// when no symbol names one that is known.
    pub fn allocator(&self) -> Option<&'static str> {
        let elf = self.elf()?;
        let names = elf.symbols().chain(elf.dynamic_symbols()).filter(|symbol| {
            // What is only asked for is in a library, in the place of `malloc`.
            symbol.is_definition()
        });
        names.filter_map(|symbol| named(symbol.name().ok()?)).min()
    }
}

fn named(symbol: &str) -> Option<&'static str> {
    ALLOCATORS.iter().find(|(name, _)| symbol.starts_with(name)).map(|(_, allocator)| *allocator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocators_are_known_by_their_functions() {
        let known = [
            ("mi_malloc_aligned", Some("mimalloc")),
            ("_mi_malloc_generic", Some("mimalloc")),
            ("_rjem_sdallocx", Some("jemalloc")),
            ("sdallocx", Some("jemalloc")),
            ("sn_rust_alloc", Some("snmalloc")),
            ("malloc", None),
            ("__rust_alloc", None),
            ("semi_malloc", None),
        ];
        for (symbol, allocator) in known {
            assert_eq!(named(symbol), allocator, "{symbol}");
        }
    }

    #[test]
    fn this_program_has_the_systems() {
        let this = std::env::current_exe().unwrap();
        assert_eq!(Object::open(&this).unwrap().allocator(), None);
    }
}
