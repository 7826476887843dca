//! `cargo … --unit-graph`: what cargo would compile, and how. It is an unstable output, taken
//! leniently: what is not understood is unknown.

use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
struct UnitGraph<U> {
    units: Vec<U>,
    roots: Vec<usize>,
}

/// The units that were asked for, as far as `U` tells of each; `None` for another document.
pub(super) fn roots<U: DeserializeOwned>(json: &str) -> Option<Vec<U>> {
    let graph: UnitGraph<U> = serde_json::from_str(json).ok()?;
    let mut units: Vec<Option<U>> = graph.units.into_iter().map(Some).collect();
    Some(graph.roots.into_iter().filter_map(|root| units.get_mut(root)?.take()).collect())
}
