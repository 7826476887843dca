//! What is known of a refactor from outside of the profiles.

use std::str::FromStr;

use super::name::is_path_character;

/// What the user and the version control say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The user's renames; the first that applies counts.
    pub renames: Vec<Rename>,
    /// Files that were moved or renamed, from and to, relative to some common folder.
    pub moved_files: Vec<(String, String)>,
}

/// `old::path=new::path`: a path, and all that is below it, goes by another name on the new side.
///
/// `*` stands for any text within a segment and `**` for any text across segments; the n-th of
/// either on the right is what the n-th of its kind on the left stood for. Paths inside of other
/// names, as in `<old::Type as Trait>::method`, are renamed as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    from: Vec<Part>,
    to: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// `*`
    Segment,
    /// `**`
    Segments,
}

/// Why a text is no [`Rename`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenameError {
    /// Not one `=`.
    Sides,
    /// A side is empty.
    Empty,
    /// More wildcards of a kind on the right than on the left.
    Wildcards,
}

impl std::fmt::Display for RenameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sides => "a rename is written old::path=new::path",
            Self::Empty => "a rename has a path on each side of '='",
            Self::Wildcards => "there are more wildcards on the right of '=' than on its left",
        })
    }
}

impl std::error::Error for RenameError {}

impl FromStr for Rename {
    type Err = RenameError;

    fn from_str(text: &str) -> Result<Self, RenameError> {
        let (from, to) = text.split_once('=').ok_or(RenameError::Sides)?;
        if to.contains('=') {
            return Err(RenameError::Sides);
        }
        if from.trim().is_empty() || to.trim().is_empty() {
            return Err(RenameError::Empty);
        }
        let (from, to) = (parts(from.trim()), parts(to.trim()));
        let count = |parts: &[Part], kind: Part| parts.iter().filter(|p| **p == kind).count();
        for kind in [Part::Segment, Part::Segments] {
            if count(&to, kind.clone()) > count(&from, kind) {
                return Err(RenameError::Wildcards);
            }
        }
        Ok(Self { from, to })
    }
}

fn parts(mut text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    while !text.is_empty() {
        if let Some(rest) = text.strip_prefix("**") {
            parts.push(Part::Segments);
            text = rest;
        } else if let Some(rest) = text.strip_prefix('*') {
            parts.push(Part::Segment);
            text = rest;
        } else {
            let end = text.find('*').unwrap_or(text.len());
            parts.push(Part::Text(text[..end].to_owned()));
            text = &text[end..];
        }
    }
    parts
}

/// Names are short; a pattern that would take longer does not match.
const STEPS: usize = 20_000;

impl Rename {
    /// The new name of `name`; `None` when the rename does not change it.
    pub fn apply(&self, name: &str) -> Option<String> {
        if let Some(renamed) = self.apply_to_path(name) {
            return Some(renamed).filter(|renamed| renamed != name);
        }
        // Each path inside of the name.
        let mut out = String::with_capacity(name.len());
        let mut rest = name;
        while !rest.is_empty() {
            let path = rest.find(|c| !is_path_character(c)).unwrap_or(rest.len());
            match self.apply_to_path(&rest[..path]) {
                Some(renamed) if path > 0 => out.push_str(&renamed),
                _ => out.push_str(&rest[..path]),
            }
            rest = &rest[path..];
            let other = rest.find(is_path_character).unwrap_or(rest.len());
            out.push_str(&rest[..other]);
            rest = &rest[other..];
        }
        (out != name).then_some(out)
    }

    fn apply_to_path(&self, path: &str) -> Option<String> {
        let mut captured = Vec::new();
        let mut steps = STEPS;
        let below = capture(&self.from, path, &mut captured, &mut steps)?;
        let mut of_kind = [Part::Segment, Part::Segments].map(|kind| {
            let wildcards = self.from.iter().filter(|part| !matches!(part, Part::Text(_)));
            let taken: Vec<&str> = wildcards
                .zip(&captured)
                .filter(|(part, _)| **part == kind)
                .map(|(_, text)| *text)
                .collect();
            taken.into_iter()
        });
        let mut out = String::new();
        for part in &self.to {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Segment => out.push_str(of_kind[0].next()?),
                Part::Segments => out.push_str(of_kind[1].next()?),
            }
        }
        out.push_str(below);
        Some(out)
    }
}

/// Matches `parts` against the beginning of `text`, which has to end there or at `::`; gives what
/// comes after. Wildcards take as much as they can.
fn capture<'t>(
    parts: &[Part],
    text: &'t str,
    captured: &mut Vec<&'t str>,
    steps: &mut usize,
) -> Option<&'t str> {
    *steps = steps.checked_sub(1)?;
    let Some((part, parts)) = parts.split_first() else {
        return (text.is_empty() || text.starts_with("::")).then_some(text);
    };
    let longest = match part {
        Part::Text(expected) => {
            return capture(parts, text.strip_prefix(&**expected)?, captured, steps);
        }
        Part::Segment => text.find("::").unwrap_or(text.len()),
        Part::Segments => text.len(),
    };
    // An empty path is nobody's name.
    for end in (1..=longest).rev().filter(|&end| text.is_char_boundary(end)) {
        captured.push(&text[..end]);
        if let Some(below) = capture(parts, &text[end..], captured, steps) {
            return Some(below);
        }
        captured.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renames_paths_and_what_is_below() {
        for (rule, name, expected) in [
            ("a::f=a::g", "a::f", Some("a::g")),
            ("a::f=a::g", "a::f::{closure}", Some("a::g::{closure}")),
            ("a::f=a::g", "a::first", None),
            ("a::f=a::g", "b::a::f", None),
            ("old=new::inner", "old::x::Y::z", Some("new::inner::x::Y::z")),
            (
                "old=new",
                "<old::T as core::fmt::Debug>::fmt",
                Some("<new::T as core::fmt::Debug>::fmt"),
            ),
            ("old=new", "<my::T as bold::D>::fmt", None),
            ("a::*::f=b::*::g", "a::x::f", Some("b::x::g")),
            ("a::*::f=b::*::g", "a::x::y::f", None),
            ("a::**::f=b::**::g", "a::x::y::f", Some("b::x::y::g")),
            ("a::parse_*=a::read_*", "a::parse_line", Some("a::read_line")),
            ("**::old::*=**::new::*", "k::m::old::f", Some("k::m::new::f")),
            ("*::a=z", "k::a::f", Some("z::f")),
            ("a=a", "a::f", None),
        ] {
            let rename: Rename = rule.parse().unwrap();
            assert_eq!(rename.apply(name).as_deref(), expected, "{rule} {name}");
        }
    }

    #[test]
    fn what_is_no_rename() {
        for (text, error) in [
            ("a", RenameError::Sides),
            ("a=b=c", RenameError::Sides),
            ("=b", RenameError::Empty),
            ("a= ", RenameError::Empty),
            ("a::*=b::*::*", RenameError::Wildcards),
            ("a::*=b::**", RenameError::Wildcards),
        ] {
            assert_eq!(text.parse::<Rename>(), Err(error), "{text}");
        }
        // However many wildcards there are, it ends.
        let slow: Rename = format!("{}z=b", "**a".repeat(30)).parse().unwrap();
        assert_eq!(slow.apply(&"a".repeat(200)), None);
    }
}
