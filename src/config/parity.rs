//! `[[parity]]`: a faster program that is wrong is no progress.

use std::time::Duration;

use super::document::Table;
use super::plan::{command, seconds_of};

/// A command that has to succeed on both sides before any comparison counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Parity {
    /// Its name, unique among all rules.
    pub id: String,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Whether both sides have to print the same.
    pub same_output: bool,
    /// When it is given up.
    pub timeout: Duration,
}

/// Longest time that a parity command gets where the file says nothing.
const TIMEOUT: Duration = Duration::from_secs(600);

pub(super) fn parities(table: &Table<'_>) -> Vec<Parity> {
    let mut all = Vec::new();
    for (index, table) in table.tables("parity", "[[parity]]").iter().enumerate() {
        let id = table.text("id").map_or(format!("parity-{}", index + 1), |id| id.value.to_owned());
        let same_output = table.boolean("same-output").unwrap_or(false);
        let timeout = seconds_of(table, "timeout").unwrap_or(TIMEOUT);
        let command = command(table, "command");
        if !table.has("command") {
            table.problem(table.at(), "[[parity]] needs a `command`");
        }
        table.finish();
        if let Some(command) = command {
            all.push(Parity { id, command, same_output, timeout });
        }
    }
    all
}
