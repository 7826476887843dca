//! How a kept executable is run, as a file.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::executable::Executable;
use super::super::record::Text;
use super::Unavailable;
use crate::model::{Harness, TargetKind};

/// Raised when an older reader would misunderstand.
const VERSION: u32 = 1;

/// What stands in `<target>.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Description {
    version: u32,
    /// The copy's name in its folder.
    file: Text,
    /// Its length in bytes.
    size: u64,
    package: String,
    package_version: String,
    manifest_dir: Text,
    kind: Kind,
    name: String,
    cwd: Text,
    /// What cargo sets or changes for it; everything else is that of the day it runs, so that both
    /// sides of a pair have the same, and no secret of the user is kept.
    env: Vec<(Text, Text)>,
    runner: Vec<String>,
    arguments: Vec<Text>,
    harness: String,
    harness_version: Option<String>,
    only_benches: bool,
}

/// The version alone, which any version can read.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Bench,
    Test,
    Lib,
    Bin,
    Example,
}

impl Kind {
    fn new(kind: TargetKind) -> Self {
        match kind {
            TargetKind::Bench => Self::Bench,
            TargetKind::Test => Self::Test,
            TargetKind::Lib => Self::Lib,
            TargetKind::Bin => Self::Bin,
            TargetKind::Example => Self::Example,
        }
    }

    fn kind(self) -> TargetKind {
        match self {
            Self::Bench => TargetKind::Bench,
            Self::Test => TargetKind::Test,
            Self::Lib => TargetKind::Lib,
            Self::Bin => TargetKind::Bin,
            Self::Example => TargetKind::Example,
        }
    }
}

impl Description {
    pub(super) fn new(executable: &Executable, file: &OsStr, size: u64) -> Self {
        let is_todays =
            |(key, value): &&(OsString, OsString)| std::env::var_os(key).as_ref() == Some(value);
        let variables = executable.env.iter().filter(|variable| !is_todays(variable));
        Self {
            version: VERSION,
            file: Text::encode(file),
            size,
            package: executable.package.clone(),
            package_version: executable.package_version.clone(),
            manifest_dir: Text::encode(executable.manifest_dir.as_os_str()),
            kind: Kind::new(executable.kind),
            name: executable.name.clone(),
            cwd: Text::encode(executable.cwd.as_os_str()),
            env: variables.map(|(key, value)| (Text::encode(key), Text::encode(value))).collect(),
            runner: executable.runner.clone(),
            arguments: executable.arguments.iter().map(|word| Text::encode(word)).collect(),
            harness: executable.harness.as_str().to_owned(),
            harness_version: executable.harness_version.clone(),
            only_benches: executable.only_benches,
        }
    }

    /// Reads what [`Self::to_json`] wrote.
    pub(super) fn from_json(json: &[u8]) -> Result<Self, Unavailable> {
        let Version { version } = serde_json::from_slice(json).map_err(|_| Unavailable::Damaged)?;
        if version > VERSION {
            return Err(Unavailable::Newer);
        }
        let this: Self = serde_json::from_slice(json).map_err(|_| Unavailable::Damaged)?;
        let is_name = Path::new(&this.file.decode()).components().count() == 1
            && Path::new(&this.file.decode()).file_name().is_some();
        let is_sound = is_name && this.harness().is_some();
        is_sound.then_some(this).ok_or(Unavailable::Damaged)
    }

    pub(super) fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec_pretty(self)
    }

    /// The copy's length in bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The copy's name.
    pub(super) fn file(&self) -> PathBuf {
        self.file.decode().into()
    }

    fn harness(&self) -> Option<Harness> {
        Harness::ALL.into_iter().find(|harness| harness.as_str() == self.harness)
    }

    /// The executable whose copy is in `folder`.
    pub(super) fn executable(&self, digest: &str, folder: &Path) -> Executable {
        let own: Vec<(OsString, OsString)> =
            self.env.iter().map(|(key, value)| (key.decode(), value.decode())).collect();
        let todays =
            std::env::vars_os().filter(|(key, _)| own.iter().all(|(other, _)| other != key));
        Executable {
            package: self.package.clone(),
            package_version: self.package_version.clone(),
            manifest_dir: self.manifest_dir.decode().into(),
            kind: self.kind.kind(),
            name: self.name.clone(),
            path: folder.join(self.file()),
            cwd: self.cwd.decode().into(),
            env: todays.chain(own.iter().cloned()).collect(),
            runner: self.runner.clone(),
            arguments: self.arguments.iter().map(Text::decode).collect(),
            harness: self.harness().unwrap_or(Harness::Process),
            harness_version: self.harness_version.clone(),
            digest: Some(digest.to_owned()),
            only_benches: self.only_benches,
        }
    }
}
