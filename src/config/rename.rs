//! `[[rename]]`: what goes by another name since.

use super::document::Table;

/// A path of a base that has another name now, with all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renaming {
    /// The name in older captures.
    pub from: String,
    /// The name in newer ones.
    pub to: String,
}

pub(super) fn renames(table: &Table<'_>) -> Vec<Renaming> {
    let mut all = Vec::new();
    for table in table.tables("rename", "[[rename]]") {
        let (from, to) = (table.text("from"), table.text("to"));
        table.finish();
        let (Some(from), Some(to)) = (from, to) else {
            if !(table.has("from") && table.has("to")) {
                table.problem(table.at(), "[[rename]] needs `from` and `to`");
            }
            continue;
        };
        if let Some(bad) = [from, to].into_iter().find(|side| side.value.contains('=')) {
            table.problem(bad.at, "a path has no `=` in it");
        }
        let stars = |text: &str| {
            let across = text.matches("**").count();
            (across, text.matches('*').count() - 2 * across)
        };
        let (left, right) = (stars(from.value), stars(to.value));
        if right.0 > left.0 || right.1 > left.1 {
            table.problem(to.at, "there are more wildcards in `to` than in `from`");
        }
        all.push(Renaming { from: from.value.to_owned(), to: to.value.to_owned() });
    }
    all
}
