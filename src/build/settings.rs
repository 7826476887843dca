//! What cargo would do without our `--config`: debug level and target platform.
//!
//! Cargo's unit graph says it for certain, whatever the user's manifests, configuration files and
//! environment hold. It is an unstable output of cargo, hence taken leniently: what cannot be
//! read is unknown, and the build goes on.

use serde::Deserialize;

use super::unit_graph;

/// What the units that were asked for have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// Whether all of them come with names and line tables already.
    pub(super) named: bool,
    /// Target triples other than the host's.
    pub(super) platforms: Vec<String>,
}

#[derive(Deserialize)]
struct Unit {
    profile: Profile,
    platform: Option<String>,
}

#[derive(Deserialize)]
struct Profile {
    #[serde(default)]
    debuginfo: serde_json::Value,
}

/// Reads `cargo … --unit-graph`.
pub(super) fn parse_unit_graph(json: &str) -> Option<Settings> {
    let roots: Vec<Unit> = unit_graph::roots(json)?;
    let mut platforms: Vec<String> =
        roots.iter().filter_map(|unit| unit.platform.clone()).collect();
    platforms.sort();
    platforms.dedup();
    let named = !roots.is_empty() && roots.iter().all(|unit| is_named(&unit.profile.debuginfo));
    Some(Settings { named, platforms })
}

/// Cargo's `debug`: a number, or a name from `line-directives-only` to `full`. With line tables
/// only, an inlined function is known by its last name, without its crate and module.
fn is_named(debuginfo: &serde_json::Value) -> bool {
    match debuginfo.as_str() {
        Some(name) => matches!(name, "limited" | "full"),
        None => debuginfo.as_u64().is_some_and(|level| level > 0),
    }
}

/// Values for cargo's `--config` that give a profile names and line tables in the executable
/// itself.
pub(super) fn profile_config(profile: &str, named: bool, linux: bool) -> Vec<String> {
    // Quotes keep a name with odd characters one key.
    let key = format!("profile.\"{}\"", profile.replace(['"', '\\'], ""));
    let mut values = vec![format!("{key}.strip=false")];
    if !named {
        values.push(format!("{key}.debug=\"limited\""));
    }
    if linux {
        values.push(format!("{key}.split-debuginfo=\"off\""));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(levels: &[&str], roots: &str) -> Option<Settings> {
        let units: Vec<String> = levels
            .iter()
            .map(|level| {
                format!(r#"{{"profile":{{"name":"x","debuginfo":{level}}},"platform":null}}"#)
            })
            .collect();
        let units = units.join(",");
        parse_unit_graph(&format!(r#"{{"version":1,"units":[{units}],"roots":{roots}}}"#))
    }

    #[test]
    fn all_roots_need_names() {
        assert!(graph(&["0", "2"], "[1]").unwrap().named);
        assert!(graph(&["1", "\"limited\""], "[0,1]").unwrap().named);
        assert!(!graph(&["0", "2"], "[0,1]").unwrap().named);
        assert!(!graph(&["\"line-tables-only\""], "[0]").unwrap().named);
        assert!(!graph(&["null"], "[0]").unwrap().named);
        assert!(!graph(&["2"], "[]").unwrap().named);
        assert!(!graph(&["2"], "[7]").unwrap().named);
        assert_eq!(parse_unit_graph("{}"), None);
        assert_eq!(parse_unit_graph("error"), None);
    }

    #[test]
    fn platforms_are_those_of_roots() {
        let json = r#"{"units":[{"profile":{"debuginfo":0},"platform":"a-b"},
            {"profile":{},"platform":"c-d"},{"profile":{},"platform":"a-b"}],"roots":[0,2]}"#;
        assert_eq!(parse_unit_graph(json).unwrap().platforms, ["a-b"]);
    }

    #[test]
    fn configuration_is_small() {
        assert_eq!(
            profile_config("fast", false, true),
            [
                "profile.\"fast\".strip=false",
                "profile.\"fast\".debug=\"limited\"",
                "profile.\"fast\".split-debuginfo=\"off\""
            ]
        );
        assert_eq!(profile_config("bench", true, false), ["profile.\"bench\".strip=false"]);
    }
}
