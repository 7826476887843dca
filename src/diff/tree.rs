//! The call trees of both sides, merged by function name.

use crate::model::Names;

/// A merged call tree. Parents precede their children; children of one node have distinct names.
#[derive(Clone, Debug, Default)]
pub struct DiffTree {
    /// The names of functions.
    pub names: Names,
    /// All nodes.
    pub nodes: Vec<DiffNode>,
}

/// A function called along one path.
///
/// Weights are costs per iteration where costs are known, else shares; the two sides are in the
/// same unit, so that they can be subtracted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiffNode {
    /// The caller's index; `None` for an outermost function.
    pub parent: Option<u32>,
    /// The function's name.
    pub name: crate::model::StringId,
    /// Self weight on both sides: base, new.
    pub selfs: [f64; 2],
    /// Total weight on both sides: base, new.
    pub totals: [f64; 2],
}
