//! What became of which function.

/// Written down from the edits, with names as the compiler makes them: an impl in another module
/// than its type is `module::<impl type>`.
#[derive(Clone, Copy)]
pub(crate) struct Truth {
    /// Paths of functions, types or modules that became others, with all that is below them.
    pub(crate) renamed: &'static [(&'static str, &'static str)],
    /// Functions that changed places together: before and after.
    pub(crate) regrouped: &'static [(&'static [&'static str], &'static [&'static str])],
}

impl Truth {
    /// What a function of the base is called after the refactor.
    pub(crate) fn after(&self, name: &str) -> String {
        self.renamed.iter().fold(name.to_owned(), |name, (from, to)| with_path(&name, from, to))
    }

    /// Whether a function of the base and one of the new side have to do with each other.
    pub(crate) fn relates(&self, base: &str, new: &str) -> bool {
        self.after(base) == new
            || self.regrouped.iter().any(|(before, after)| is_of(base, before) && is_of(new, after))
    }

    /// The number of the regrouping that a name is part of, on either side.
    pub(crate) fn group_of(&self, name: &str) -> Option<usize> {
        let is_it =
            |(before, after): &(&[&str], &[&str])| is_of(name, before) || is_of(name, after);
        self.regrouped.iter().position(is_it)
    }
}

/// Whether a function is one of these, or a closure in one.
pub(crate) fn is_of(name: &str, functions: &[&str]) -> bool {
    functions.iter().any(|function| {
        name.strip_prefix(function).is_some_and(|rest| rest.is_empty() || rest.starts_with("::{"))
    })
}

/// A name with a path in it replaced by another, wherever it stands as a whole.
fn with_path(name: &str, from: &str, to: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = name;
    while let Some(at) = rest.find(from) {
        let (before, behind) = (&rest[..at], &rest[at + from.len()..]);
        let begins = !before.ends_with(|c| is_part(c) || c == ':');
        let ends = !behind.starts_with(is_part);
        out.push_str(before);
        out.push_str(if begins && ends { to } else { from });
        rest = behind;
    }
    out + rest
}
