//! Named groups of functions.

use super::pattern::Pattern;

/// Functions that do one kind of work, wherever they stand: allocation, locks, serialization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Category {
    /// What that is.
    pub name: String,
    /// Crates whose functions all belong to it; for code that is not Rust's, libraries and
    /// `[kernel]`.
    pub crates: Vec<Pattern>,
    /// Modules, with all that is below them.
    pub modules: Vec<Pattern>,
    /// Whole names of functions.
    pub functions: Vec<Pattern>,
}

impl Category {
    /// Whether a function belongs to it. `krate` is its library where it is not Rust's.
    pub fn takes(&self, function: &str, krate: &str, module: Option<&str>) -> bool {
        self.crates.iter().any(|pattern| pattern.matches(krate))
            || self.functions.iter().any(|pattern| pattern.matches(function))
            || module.is_some_and(|module| {
                let mut ends = module.match_indices("::").map(|(at, _)| at).chain([module.len()]);
                ends.any(|end| self.modules.iter().any(|pattern| pattern.matches(&module[..end])))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_crate_module_or_name() {
        let category = Category {
            name: "x".into(),
            crates: vec![Pattern::new("serde*")],
            modules: vec![Pattern::new("core::fmt")],
            functions: vec![Pattern::new("malloc")],
        };
        assert!(category.takes("serde_json::de::f", "serde_json", Some("serde_json::de")));
        assert!(category.takes("core::fmt::num::f", "core", Some("core::fmt::num")));
        assert!(category.takes("malloc", "libc.so.6", None));
        assert!(!category.takes("core::fmtx::f", "core", Some("core::fmtx")));
        assert!(!category.takes("a::malloc", "a", Some("a")));
    }
}
