//! What is known of the cases so far: a file with a line of JSON for each.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Result;

/// A file of such lines.
pub(crate) struct Lines<T> {
    path: PathBuf,
    outcomes: PhantomData<T>,
}

impl<T: DeserializeOwned + Serialize> Lines<T> {
    /// The file of that name below `root`, which need not be there yet.
    pub(crate) fn new(root: &Path, name: &str) -> Self {
        Self { path: root.join(name), outcomes: PhantomData }
    }

    /// All lines; one that was cut off is left out.
    pub(crate) fn read(&self) -> Result<Vec<T>> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        let text = fs::read_to_string(&self.path)?;
        Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// Adds a line.
    pub(crate) fn add(&self, outcome: &T) -> Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        // In one call, and behind a line break: a line that was cut off takes no other with it.
        Ok(file.write_all(format!("\n{}", serde_json::to_string(outcome)?).as_bytes())?)
    }

    /// Replaces all lines.
    pub(crate) fn write(&self, all: &[T]) -> Result<()> {
        let new = self.path.with_extension("new");
        let mut file = File::create(&new)?;
        for outcome in all {
            writeln!(file, "{}", serde_json::to_string(outcome)?)?;
        }
        Ok(fs::rename(new, &self.path)?)
    }
}
