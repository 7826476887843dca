//! The profile that a build would use, as cargo itself understands it; nothing is built.

use serde::Deserialize;

use super::calls::calls;
use super::cargo::Cargo;
use super::unit_graph;
use crate::process::Session;
use crate::workspace::Selection;

/// Settings that cargo would compile benchmarks with, before those that a capture sets itself
/// (`strip`, `debug`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// The profile's name.
    pub profile: String,
    /// `0` to `3`, `s` or `z`.
    pub opt_level: String,
    /// Whether `debug_assert!` is compiled in.
    pub debug_assertions: bool,
    /// Whether arithmetic is checked.
    pub overflow_checks: bool,
    /// Whether code is compiled in parts that change from build to build.
    pub incremental: bool,
    /// `false` (within a crate only), `thin`, `fat`, `off`.
    pub lto: String,
    /// Parts that a crate is compiled in; `None` for cargo's default.
    pub codegen_units: Option<u64>,
}

#[derive(Deserialize)]
struct Unit {
    profile: Profile,
}

#[derive(Deserialize)]
struct Profile {
    name: String,
    opt_level: String,
    lto: String,
    codegen_units: Option<u64>,
    debug_assertions: bool,
    overflow_checks: bool,
    incremental: bool,
}

/// What is in force for the benchmarks of the workspace at hand, each set once. Empty outside a
/// workspace, and where cargo cannot tell without writing a lock file or asking the network.
pub fn in_force(session: &Session) -> Vec<InForce> {
    let selection = Selection { frozen: true, ..Selection::default() };
    let cargo = Cargo::new(None, &[], session);
    let calls = calls(&selection);
    calls
        .iter()
        .filter_map(|call| cargo.unit_graph(call).ok())
        .flat_map(|json| parse(&json))
        .collect()
}

/// Reads a unit graph, which is no stable output: what is not understood is nothing.
fn parse(json: &str) -> Vec<InForce> {
    let mut all: Vec<InForce> = Vec::new();
    for Unit { profile: p } in unit_graph::roots(json).unwrap_or_default() {
        let one = InForce {
            profile: p.name,
            opt_level: p.opt_level,
            debug_assertions: p.debug_assertions,
            overflow_checks: p.overflow_checks,
            incremental: p.incremental,
            lto: p.lto,
            codegen_units: p.codegen_units,
        };
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_set_of_settings_is_told_once() {
        let unit = |level: &str| {
            format!(
                r#"{{"profile":{{"name":"bench","opt_level":"{level}","lto":"false",
                    "codegen_backend":null,"codegen_units":null,"debuginfo":0,
                    "debug_assertions":false,"overflow_checks":true,"incremental":false}}}}"#
            )
        };
        let units = [unit("0"), unit("3"), unit("3"), unit("s")].join(",");
        let found = parse(&format!(r#"{{"version":1,"units":[{units}],"roots":[1,2,3,9]}}"#));
        let levels: Vec<&str> = found.iter().map(|one| one.opt_level.as_str()).collect();
        assert_eq!(levels, ["3", "s"]);
        assert!(found[0].overflow_checks && !found[0].incremental);
        assert_eq!(parse("error: no such flag"), []);
        assert_eq!(parse(r#"{"units":[{"profile":{}}],"roots":[0]}"#), []);
    }
}
