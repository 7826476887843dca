//! The same name in a file that was moved.

use std::collections::BTreeMap;

use super::Rule;
use super::name::common_suffix;
use super::state::{Link, State};

/// Whether one of two relative paths ends with the other: folders that they count from differ.
fn same_file(a: &str, b: &str) -> bool {
    let (long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// Pairs functions of moved files with the same last segments: of several the one with most of
/// them in common, where that is one.
pub(super) fn pair(state: &mut State<'_, '_>, moved: &[(String, String)]) {
    for (from, to) in moved {
        let of = |side: usize, path: &str| -> Vec<u32> {
            let file = |node: u32| state.graphs[side].nodes[node as usize].file;
            let mut free = state.free(side);
            free.retain(|&node| file(node).is_some_and(|file| same_file(file, path)));
            free
        };
        let (base, new) = (of(0, from), of(1, to));
        // The best of each function, or none when there are two.
        let mut best: [BTreeMap<u32, (usize, Option<u32>)>; 2] = Default::default();
        for &b in &base {
            for &n in &new {
                let common = common_suffix(
                    state.graphs[0].nodes[b as usize].name,
                    state.graphs[1].nodes[n as usize].name,
                );
                if common == 0 {
                    continue;
                }
                for (side, (one, other)) in [(b, n), (n, b)].into_iter().enumerate() {
                    let known = best[side].entry(one).or_insert((0, None));
                    match common.cmp(&known.0) {
                        std::cmp::Ordering::Greater => *known = (common, Some(other)),
                        std::cmp::Ordering::Equal => known.1 = None,
                        std::cmp::Ordering::Less => {}
                    }
                }
            }
        }
        for (&base, &(_, new)) in &best[0] {
            let Some(new) = new else { continue };
            if best[1].get(&new).and_then(|(_, back)| *back) == Some(base) {
                state.pair(Link {
                    base,
                    new,
                    rule: Rule::File,
                    confidence: 0.95,
                    evidence: format!("{from} was moved to {to}, and both end with the same name"),
                    runner_up: None,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::same_file;

    #[test]
    fn files_are_compared_from_their_end() {
        assert!(same_file("src/a.rs", "crates/x/src/a.rs"));
        assert!(same_file("crates/x/src/a.rs", "src/a.rs"));
        assert!(!same_file("src/ba.rs", "a.rs"));
        assert!(same_file("a.rs", "a.rs"));
    }
}
