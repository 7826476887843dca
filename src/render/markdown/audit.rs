//! An audit as a document: the sum, a table, and what is wrong with each that does not work.

use crate::view::AuditView;

use super::{Cell, Code, Plain};

/// An audit as Markdown.
pub fn audit(view: &AuditView) -> String {
    let mut text = format!("**{}**\n", Plain(&view.summary));
    if view.rows.is_empty() {
        return text;
    }
    text.push_str(
        "\n| benchmark | status | harness | location | benchmarks | features | last capture |\n",
    );
    text.push_str("|---|---|---|---|--:|---|---|\n");
    for row in &view.rows {
        let number = row.benchmarks.split(' ').next().unwrap_or_default();
        text.push_str(&format!(
            "| {} | {} | {} | {} | {number} | {} | {} |\n",
            Cell(&row.name),
            row.status,
            row.harness,
            Cell(&row.location),
            Plain(&row.features),
            Plain(&row.last_capture),
        ));
    }
    for row in view.rows.iter().filter(|row| !row.found.is_empty()) {
        let line = format!("\n- {} ({}): {}", Code(&row.name), row.status, Plain(&row.found));
        text.push_str(&line);
    }
    if view.rows.iter().any(|row| !row.found.is_empty()) {
        text.push('\n');
    }
    text.push_str("\nRun commands:\n");
    for row in &view.rows {
        if let Some(run) = &row.run {
            text.push_str(&format!("\n- {}: {}", Code(&row.name), Code(run)));
        }
    }
    text.push('\n');
    text
}
