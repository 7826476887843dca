//! Ladders as text.

use std::fmt;

use crate::render::Inert;
use crate::view::LadderView;

use super::table::{Align, Table};
use super::{Layout, short, wrap};

/// A ladder as a table, with what follows from it.
pub(super) struct DisplayLadder<'a> {
    pub(super) view: &'a LadderView,
    pub(super) layout: Layout,
}

impl fmt::Display for DisplayLadder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let styles = &self.layout.styles;
        let (strong, faint) = (styles.strong, styles.faint);
        let name = short(&self.view.name, self.layout.width.saturating_sub(20));
        let parameter = Inert(&self.view.parameter).to_string();
        write!(f, "{strong}{name}{strong:#} {faint}by {parameter}")?;
        if !self.view.changes_of.is_empty() {
            write!(f, ", change of {}", Inert(&self.view.changes_of))?;
        }
        writeln!(f, "{faint:#}")?;
        let two = self.view.is_comparison();
        let mut columns = vec![("level", Align::Right)];
        if two {
            columns.push(("", Align::Left));
        }
        columns.extend([
            ("P50", Align::Right),
            ("tail", Align::Right),
            ("throughput", Align::Right),
        ]);
        if two {
            columns.extend([("change", Align::Right), ("verdict", Align::Left)]);
        }
        columns.push(("", Align::Name));
        let mut table = Table::new(&columns);
        for line in &self.view.rows {
            let style = styles.of(line.tone);
            let mut row = table.row();
            row.cell(&line.level);
            if two {
                row.cell(line.side);
            }
            row.cell(&line.p50).cell(&line.tail).cell(&line.throughput);
            if two {
                row.styled(&line.change, style).styled(line.verdict, style);
            }
            row.cell(&line.remark);
        }
        write!(f, "{}", table.display(self.layout.width, 2, faint))?;
        for (tone, finding) in &self.view.findings {
            let style = styles.of(*tone);
            let text = wrap::wrap(&Inert(finding).to_string(), self.layout.width, 4);
            writeln!(f, "  {style}{text}{style:#}")?;
        }
        Ok(())
    }
}
