//! `bundle.json`: what is in a bundle.

use serde::{Deserialize, Serialize};

use super::BundleError;
use crate::model::Label;

/// The format; a reader refuses any other major version.
const SCHEMA: &str = "perfbase.bundle/1";

/// What a bundle says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The version of this program that made it.
    pub perfbase: String,
    /// Its captures, in the order in which they were named.
    pub captures: Vec<Label>,
}

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    perfbase: String,
    captures: Vec<String>,
}

impl Index {
    /// The file's contents.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let file = File {
            schema: SCHEMA.to_owned(),
            perfbase: self.perfbase.clone(),
            captures: self.captures.iter().map(ToString::to_string).collect(),
        };
        let mut text = serde_json::to_string_pretty(&file).expect("it has text for keys");
        text.push('\n');
        text.into_bytes()
    }

    /// # Errors
    /// Another format; labels that are none, or that are there twice.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, BundleError> {
        let wrong = |what: String| BundleError::Index(what);
        // The version first: later formats may have other fields.
        #[derive(Deserialize)]
        struct Version {
            schema: String,
        }
        let Version { schema } =
            serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if schema != SCHEMA {
            return Err(BundleError::Version { found: schema.chars().take(60).collect() });
        }
        let file: File = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        let mut captures: Vec<Label> = Vec::new();
        for text in &file.captures {
            let label: Label = text.parse().map_err(|error| wrong(format!("{text:?}: {error}")))?;
            let same = |other: &Label| other.as_str().eq_ignore_ascii_case(label.as_str());
            if captures.iter().any(same) {
                return Err(wrong(format!("{text:?} is in it twice")));
            }
            captures.push(label);
        }
        Ok(Self { perfbase: file.perfbase, captures })
    }
}
