//! Cargo's `--message-format=json` lines, as far as they matter here.

use std::borrow::Cow;

use cargo_metadata::TargetKind as Kind;
use serde::Deserialize;

use crate::model::TargetKind;

/// One line of cargo's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Something was built, or was up to date.
    Artifact(Artifact),
    /// Building is over.
    Finished {
        /// Whether it worked.
        success: bool,
    },
    /// Of no concern here.
    Other,
}

/// Something built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Cargo's id for the package.
    pub package_id: String,
    /// The package's `Cargo.toml`.
    pub manifest_path: String,
    /// The target's kind; `None` for build scripts and macros.
    pub kind: Option<TargetKind>,
    /// The target's name.
    pub name: String,
    /// The executable, where it is one.
    pub executable: Option<String>,
    /// Whether it was built as test or bench, as opposed to the plain program.
    pub test: bool,
    /// `0` to `3`, `s` or `z`.
    pub opt_level: String,
}

impl Artifact {
    /// The package's version, which cargo's ids end with: `…#name@1.2.3` or `…/name#1.2.3`.
    pub fn version(&self) -> Option<&str> {
        let (_, end) = self.package_id.rsplit_once('#')?;
        let version = end.rsplit_once('@').map_or(end, |(_, version)| version);
        version.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
    }
}

/// Reads one line of cargo's stdout; `None` when it is none of cargo's (a program's own output).
pub fn parse_message(line: &str) -> Option<Message> {
    // Everything of cargo's is an object; this spares parsing what programs print.
    if !line.starts_with('{') {
        return None;
    }
    // Most lines are warnings, of which nothing else is of concern.
    let Reason { reason } = serde_json::from_str(line).ok()?;
    Some(match &*reason {
        "compiler-artifact" => Message::Artifact(artifact(serde_json::from_str(line).ok()?)),
        "build-finished" => {
            let cargo_metadata::BuildFinished { success, .. } = serde_json::from_str(line).ok()?;
            Message::Finished { success }
        }
        _ => Message::Other,
    })
}

/// What tells cargo's messages apart.
#[derive(Deserialize)]
struct Reason<'a> {
    #[serde(borrow)]
    reason: Cow<'a, str>,
}

fn artifact(artifact: cargo_metadata::Artifact) -> Artifact {
    Artifact {
        package_id: artifact.package_id.repr,
        manifest_path: artifact.manifest_path.into_string(),
        kind: artifact.target.kind.iter().find_map(kind),
        name: artifact.target.name,
        executable: artifact.executable.map(camino::Utf8PathBuf::into_string),
        test: artifact.profile.test,
        opt_level: artifact.profile.opt_level,
    }
}

/// Cargo has a kind for every crate type of a library.
fn kind(kind: &Kind) -> Option<TargetKind> {
    match kind {
        Kind::Bench => Some(TargetKind::Bench),
        Kind::Test => Some(TargetKind::Test),
        Kind::Bin => Some(TargetKind::Bin),
        Kind::Example => Some(TargetKind::Example),
        Kind::Lib | Kind::RLib | Kind::DyLib | Kind::CDyLib | Kind::StaticLib | Kind::ProcMacro => {
            Some(TargetKind::Lib)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTIFACT: &str = r#"{"reason":"compiler-artifact","package_id":"path+file:///w/p#0.1.0",
        "manifest_path":"/w/p/Cargo.toml","target":{"kind":["KIND"],"crate_types":["bin"],
        "name":"parse","src_path":"/w/p/benches/parse.rs","edition":"2021","doc":false,
        "doctest":false,"test":false},"profile":{"opt_level":"3","debuginfo":"line-tables-only",
        "debug_assertions":false,"overflow_checks":false,"test":true},"features":[],
        "filenames":["/w/t/parse-1"],"executable":"/w/t/parse-1","fresh":true}"#;

    #[test]
    fn artifacts_and_the_end() {
        let Some(Message::Artifact(artifact)) = parse_message(&ARTIFACT.replace("KIND", "bench"))
        else {
            panic!("no artifact");
        };
        assert_eq!(artifact.name, "parse");
        assert_eq!(artifact.kind, Some(TargetKind::Bench));
        assert_eq!(artifact.executable.as_deref(), Some("/w/t/parse-1"));
        assert_eq!((artifact.test, &*artifact.opt_level), (true, "3"));
        assert_eq!(artifact.version(), Some("0.1.0"));
        let id = |id: &str| Artifact { package_id: id.into(), ..artifact.clone() };
        let registry = "registry+https://github.com/rust-lang/crates.io-index#criterion@0.7.0-rc.1";
        assert_eq!(id(registry).version(), Some("0.7.0-rc.1"));
        assert_eq!(id("criterion 0.7.0 (registry)").version(), None);
        assert_eq!(id("path+file:///a#b").version(), None);
        for (name, kind) in [
            ("lib", Some(TargetKind::Lib)),
            ("proc-macro", Some(TargetKind::Lib)),
            ("custom-build", None),
            ("of-the-future", None),
        ] {
            let Some(Message::Artifact(artifact)) = parse_message(&ARTIFACT.replace("KIND", name))
            else {
                panic!("no artifact for {name}");
            };
            assert_eq!(artifact.kind, kind, "{name}");
        }
        assert_eq!(
            parse_message(r#"{"reason":"build-finished","success":false}"#),
            Some(Message::Finished { success: false })
        );
    }

    #[test]
    fn other_lines_are_nothing() {
        for line in ["", "hello", "{", "{}", "{\"reason\":1}", "[1]", "{\"reason\":\"x\"", "null"] {
            assert_eq!(parse_message(line), None, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_input_breaks_it(line in "\\PC*", position in 0..500_usize, other in "\\PC{0,3}") {
            let _ = parse_message(&line);
            let mut damaged = ARTIFACT.replace("KIND", "bench");
            // The message is ASCII, so that every position is a boundary.
            let position = position.min(damaged.len());
            damaged.insert_str(position, &other);
            let _ = parse_message(&damaged);
            let _ = parse_message(&damaged[..position]);
        }
    }
}
