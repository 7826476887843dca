//! Function names cut to a width.

/// `name` in at most `width` characters. Modules of types go first, then what is generic, then
/// segments from the middle of the path, so that the crate and the last segments survive:
/// `serde_json::…::parse_str`. Below 4 characters nothing sensible is left.
pub fn shorten(name: &str, width: usize) -> String {
    if fits(name, width) {
        return name.to_owned();
    }
    let plain = without_paths(name);
    if fits(&plain, width) {
        return plain;
    }
    let bare = without_generics(name);
    if fits(&bare, width) {
        return bare;
    }
    let bare = without_generics(&plain);
    if fits(&bare, width) {
        return bare;
    }
    if let Some(method) = of_type(&bare)
        && fits(&method, width)
    {
        return method;
    }
    // `drop_in_place<Identifier>` says more than `…::drop_in_place<…>`.
    for name in [&plain, &bare] {
        let segments = segments(name);
        let (first, rest) = segments.split_first().expect("splitting gives at least one part");
        // As many of the last segments as there is room for, with the first one if possible.
        let with_first = (1..rest.len()).map(|start| (format!("{first}::…::"), start));
        let without = (0..rest.len()).map(|start| ("…::".to_owned(), start));
        let alone = rest.len().checked_sub(1).map(|start| (String::new(), start));
        for (head, start) in with_first.chain(without).chain(alone) {
            let short = format!("{head}{}", rest[start..].join("::"));
            if fits(&short, width) {
                return short;
            }
        }
    }
    let segments = segments(&bare);
    cut_middle(segments.last().expect("splitting gives at least one part"), width)
}

fn fits(text: &str, width: usize) -> bool {
    // Bytes are never fewer than characters: most names need no counting.
    text.len() <= width || text.chars().count() <= width
}

/// `a::b<c<d>>::e` → `a::b<…>::e`. Brackets at the very beginning, as in `<T as Trait>::f`, are
/// kept as the first segment's own, those of `a::<impl T>::f` as the path's, and arrows are no
/// brackets.
fn without_generics(name: &str) -> String {
    let mut text = String::with_capacity(name.len().min(256));
    let mut depth = 0usize;
    let mut before = ' ';
    for (at, c) in name.char_indices() {
        match c {
            '<' if text.is_empty() => text.push(c),
            '<' if depth == 0 && name[at..].starts_with("<impl ") => text.push(c),
            '<' if depth == 0 && !text.ends_with('<') => {
                text.push_str("<…");
                depth = 1;
            }
            '<' => depth += 1,
            '>' if before != '-' && depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    text.push('>');
                }
            }
            _ if depth == 0 => text.push(c),
            _ => {}
        }
        before = c;
    }
    text
}

/// Paths within brackets cut to their last segments: `<a::b::T as c::d::Trait>::f` →
/// `<T as Trait>::f`, `a::f<b::c::D>` → `a::f<D>`.
fn without_paths(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let (mut depth, mut before) = (0usize, ' ');
    // Where the last path within brackets began.
    let mut start = 0;
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '<' => depth += 1,
            '>' if before != '-' => depth = depth.saturating_sub(1),
            ':' if depth > 0 && before != '>' && characters.peek() == Some(&':') => {
                characters.next();
                text.truncate(start);
                before = ':';
                continue;
            }
            _ => {}
        }
        text.push(c);
        if !(c.is_alphanumeric() || c == '_') {
            start = text.len();
        }
        before = c;
    }
    text
}

/// `<T as Trait>::f` → `T::f`; `None` for other names.
fn of_type(name: &str) -> Option<String> {
    let (kind, rest) = name.strip_prefix('<')?.split_once(" as ")?;
    let (_, method) = rest.split_once(">::")?;
    (!kind.contains(['<', '>'])).then(|| format!("{kind}::{method}"))
}

/// The parts between `::` outside brackets.
fn segments(name: &str) -> Vec<&str> {
    let bytes = name.as_bytes();
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0usize);
    let mut index = 0;
    while index < bytes.len() {
        match bytes[index] {
            b'<' | b'(' | b'{' | b'[' => depth += 1,
            b'>' if index > 0 && bytes[index - 1] == b'-' => {}
            b'>' | b')' | b'}' | b']' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && bytes.get(index + 1) == Some(&b':') => {
                parts.push(&name[start..index]);
                index += 1;
                start = index + 1;
            }
            _ => {}
        }
        index += 1;
    }
    parts.push(&name[start..]);
    parts
}

/// Both ends of a text with no structure.
fn cut_middle(text: &str, width: usize) -> String {
    if fits(text, width) {
        return text.to_owned();
    }
    let kept = width.saturating_sub(1);
    let (front, back) = (kept / 2, kept - kept / 2);
    let length = text.chars().count();
    let head = text.chars().take(front);
    let tail = text.chars().skip(length - back);
    head.chain(std::iter::once('…')).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_segments_survive() {
        let name = "serde_json::de::Deserializer<R, Global>::parse::inner::parse_str";
        assert_eq!(shorten(name, 80), name);
        assert_eq!(shorten(name, 60), "serde_json::de::Deserializer<…>::parse::inner::parse_str");
        assert_eq!(shorten(name, 46), "serde_json::…::parse::inner::parse_str");
        assert_eq!(shorten(name, 24), "serde_json::…::parse_str");
        assert_eq!(shorten(name, 23), "…::inner::parse_str");
        assert_eq!(shorten(name, 12), "…::parse_str");
        assert_eq!(shorten(name, 9), "parse_str");
        assert_eq!(shorten(name, 7), "par…str");
    }

    #[test]
    fn qualified_paths_and_arrows() {
        let name = "<alloc::vec::Vec<T> as core::ops::Drop>::drop";
        assert_eq!(shorten(name, 45), name);
        assert_eq!(shorten(name, 40), "<Vec<T> as Drop>::drop");
        assert_eq!(shorten(name, 10), "…::drop");
        assert_eq!(shorten(name, 5), "drop");
        let name = "<semver::Version as core::str::traits::FromStr>::from_str";
        assert_eq!(shorten(name, 40), "<Version as FromStr>::from_str");
        assert_eq!(shorten(name, 27), "Version::from_str");
        assert_eq!(shorten(name, 14), "…::from_str");
        let name = "core::ptr::drop_in_place<semver::identifier::Identifier>";
        assert_eq!(shorten(name, 48), "core::ptr::drop_in_place<Identifier>");
        assert_eq!(shorten(name, 28), "core::ptr::drop_in_place<…>");
        let name = "core::ptr::const_ptr::<impl *const T>::wrapping_offset";
        assert_eq!(shorten(name, 48), "core::…::<impl *const T>::wrapping_offset");
        let name = "map<fn(u8) -> u64, Vec<u8>>::next";
        assert_eq!(shorten(name, 12), "map<…>::next");
    }

    #[test]
    fn any_name_fits_any_width() {
        let long = format!("a::<{}>::b", "Vec<".repeat(3000));
        for name in [&*long, "", "<<<", ">>>", "::", "::::a", "é::ü::ß", "a->b::c", "日本::語"]
        {
            for width in 4..30 {
                let short = shorten(name, width);
                assert!(short.chars().count() <= width, "{name:?} {width} {short:?}");
            }
        }
    }
}
