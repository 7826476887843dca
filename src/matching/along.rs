//! What is named after something that was paired goes along with it: closures with the function that
//! they are in, and whatever has a path in its name that is known to have become another.

use crate::model::{FastMap, SortFew as _};

use super::Rule;
use super::name::{Parts, is_path_character};
use super::state::{Link, State};

/// As many paths that one path became are looked at.
const MOST: usize = 4;

/// Pairs all that follows from what is paired so far.
pub(super) fn pair(state: &mut State<'_, '_>) {
    closures(state);
    if paths(state) {
        closures(state);
    }
}

/// Closures go with the function that they are in.
fn closures(state: &mut State<'_, '_>) {
    // From the outside to the inside.
    let mut closures: Vec<(u32, &str, &str)> = state
        .free(0)
        .into_iter()
        .filter_map(|node| {
            let (parent, own) = Parts::parent_of(state.graphs[0].nodes[node as usize].name)?;
            Some((node, parent, own))
        })
        .collect();
    closures.sort_few_by_key(|&(_, parent, _)| (parent.len(), parent));
    let rules: FastMap<u32, (Rule, f64)> =
        state.links.iter().map(|link| (link.base, (link.rule, link.confidence))).collect();
    let mut followed: FastMap<u32, (Rule, f64)> = FastMap::default();
    for (base, parent, own) in closures {
        let Some(parent) = state.graphs[0].find(parent) else { continue };
        let Some(of_new) = state.partner[0][parent as usize] else { continue };
        let expected = format!("{}{own}", state.graphs[1].nodes[of_new as usize].name);
        let Some(new) = state.graphs[1].find(&expected) else { continue };
        let known = rules.get(&parent).or_else(|| followed.get(&parent)).copied();
        let (rule, confidence) = known.unwrap_or((Rule::Name, 1.0));
        followed.insert(base, (rule, confidence));
        let evidence = "the function that it is a closure of was matched so".to_owned();
        state.pair(Link { base, new, rule, confidence, evidence, runner_up: None });
    }
}

/// A path of the base, and a pair that says what it became.
struct Move<'a> {
    to: &'a str,
    rule: Rule,
    confidence: f64,
}

/// Names that are equal when a path in them that became another is replaced; says whether there
/// was any. A type that goes elsewhere takes along its methods, its impls and what the standard
/// library has for it (`core::ptr::drop_in_place<old::Type>`).
fn paths(state: &mut State<'_, '_>) -> bool {
    let moves = moves(state);
    if moves.is_empty() {
        return false;
    }
    // Each name of the base that may be called one thing now. What two may be called is nobody's.
    let mut found: Vec<(u32, u32, &str, &Move<'_>)> = Vec::new();
    let mut wanted: FastMap<u32, u32> = FastMap::default();
    for base in state.free(0) {
        let name = state.graphs[0].nodes[base as usize].name;
        let mut candidates: Vec<(u32, &str, &Move<'_>)> = Vec::new();
        for (at, from) in inner_paths(name) {
            for one in moves.get(from).into_iter().flatten() {
                let renamed = format!("{}{}{}", &name[..at], one.to, &name[at + from.len()..]);
                let new = state.graphs[1].find(&renamed);
                let new = new.filter(|&new| state.partner[1][new as usize].is_none());
                candidates.extend(new.map(|new| (new, from, one)));
            }
        }
        candidates
            .sort_few_by(|a, b| a.0.cmp(&b.0).then(b.2.confidence.total_cmp(&a.2.confidence)));
        candidates.dedup_by_key(|candidate| candidate.0);
        for &(new, ..) in &candidates {
            *wanted.entry(new).or_default() += 1;
        }
        if let [(new, from, one)] = candidates[..] {
            found.push((base, new, from, one));
        }
    }
    let before = state.links.len();
    for (base, new, from, Move { to, rule, confidence }) in found {
        if wanted[&new] == 1 {
            let evidence = format!("what is named after {from} is named after {to} now");
            state.pair(Link {
                base,
                new,
                rule: *rule,
                confidence: confidence.min(0.95),
                evidence,
                runner_up: None,
            });
        }
    }
    state.links.len() > before
}

/// What paths became, by pairs of functions whose names end alike.
fn moves<'a>(state: &State<'_, 'a>) -> FastMap<&'a str, Vec<Move<'a>>> {
    let mut moves: FastMap<&str, Vec<Move<'_>>> = FastMap::default();
    for link in &state.links {
        let name = |side: usize, node: u32| state.graphs[side].nodes[node as usize].name;
        let Some((from, to)) = difference(name(0, link.base), name(1, link.new)) else { continue };
        let all = moves.entry(from).or_default();
        if let Some(one) = all.iter_mut().find(|one| one.to == to) {
            one.confidence = one.confidence.max(link.confidence);
        } else if all.len() < MOST {
            all.push(Move { to, rule: link.rule, confidence: link.confidence });
        }
    }
    moves
}

/// The paths in which two names differ, without the segments that both end with; `None` where that
/// is not all of a path.
fn difference<'a>(base: &'a str, new: &'a str) -> Option<(&'a str, &'a str)> {
    let path = |name: &'a str| {
        let end = name.find("::{").unwrap_or(name.len());
        name[..end].chars().all(is_path_character).then_some(&name[..end])
    };
    let (mut from, mut to) = (path(base)?, path(new)?);
    let mut common = 0;
    while let (Some((a, last)), Some((b, other))) = (from.rsplit_once("::"), to.rsplit_once("::"))
        && last == other
    {
        (from, to) = (a, b);
        common += 1;
    }
    (common > 0 && from != to).then_some((from, to))
}

/// All paths in a name, with where they begin: of `<a::B as c::D>::e` these are `a`, `a::B`, `c`
/// and `c::D`.
fn inner_paths(name: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = name.as_bytes();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    let is_path = move |byte: u8| is_part(byte) || byte == b':';
    let begins = move |at: usize| is_part(bytes[at]) && (at == 0 || !is_path(bytes[at - 1]));
    (0..bytes.len()).filter(move |&at| begins(at)).flat_map(move |begin| {
        let ends = move |&at: &usize| {
            !bytes.get(at).is_some_and(|&byte| is_part(byte)) && is_part(bytes[at - 1])
        };
        let length = bytes[begin..].iter().take_while(|&&byte| is_path(byte)).count();
        (begin + 1..=begin + length).filter(ends).map(move |end| (begin, &name[begin..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::{difference, inner_paths};

    #[test]
    fn names_differ_in_paths() {
        for (base, new, expected) in [
            ("a::m::f", "a::n::f", Some(("a::m", "a::n"))),
            ("a::m::T::f::{closure}", "b::T::f::{closure}", Some(("a::m", "b"))),
            ("a::Old::f", "a::New::f", Some(("a::Old", "a::New"))),
            // Another name of its own says nothing of where it is.
            ("a::m::f", "a::n::g", None),
            ("a::f", "a::f", None),
            ("<a::T as b::C>::f", "<a::U as b::C>::f", None),
        ] {
            assert_eq!(difference(base, new), expected, "{base} {new}");
        }
    }

    #[test]
    fn paths_are_found_in_names() {
        let all: Vec<_> = inner_paths("<a::B as c::D>::e<f::{closure}>").collect();
        assert_eq!(
            all,
            [(1, "a"), (1, "a::B"), (6, "as"), (9, "c"), (9, "c::D"), (18, "f"), (22, "closure")]
        );
        let all: Vec<_> = inner_paths("a::b_1::c").collect();
        assert_eq!(all, [(0, "a"), (0, "a::b_1"), (0, "a::b_1::c")]);
    }
}
