//! A list of captures as text.

use std::fmt;

use anstyle::Style;

use crate::view::ListView;

use super::Layout;
use super::table::{Align, Table};

/// One line for each capture.
#[derive(Clone, Copy, Debug)]
pub struct DisplayList<'a> {
    /// What to show.
    pub view: &'a ListView,
    /// How.
    pub layout: Layout,
}

impl fmt::Display for DisplayList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let styles = &self.layout.styles;
        let mut table = Table::new(&[
            ("label", Align::Left),
            ("time (UTC)", Align::Left),
            ("commit", Align::Left),
            ("benchmarks", Align::Right),
            ("recorder", Align::Left),
            ("size", Align::Right),
        ]);
        for row in &self.view.rows {
            let failed = if row.failed { styles.bad } else { Style::new() };
            table
                .row()
                .styled(&row.label, styles.strong)
                .cell(&row.time)
                .cell(&row.commit)
                .styled(&row.benchmarks, failed)
                .cell(&row.recorder)
                .cell(&row.size);
        }
        write!(f, "{}", table.display(self.layout.width, 0, styles.faint))
    }
}
