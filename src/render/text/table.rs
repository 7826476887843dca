//! Columns aligned by the number of characters.

use std::fmt;

use anstyle::Style;

use crate::render::Inert;
use crate::view::shorten;

/// Spaces between two columns.
const GAP: usize = 2;

/// The flexible column is not made narrower than this.
const NARROWEST: usize = 12;

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
    /// On the left, and shortened as a name when there is no room.
    Name,
}

/// A table that is filled row by row.
pub(super) struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<Cell>>,
}

/// One cell; its text is inert.
struct Cell {
    text: String,
    /// Kept whole behind a name that is shortened.
    suffix: String,
    style: Style,
}

impl Table {
    /// A table with these headings.
    pub(super) fn new(columns: &[(&str, Align)]) -> Self {
        let columns = columns.iter().map(|&(name, align)| (name.to_owned(), align)).collect();
        Self { columns, rows: Vec::new() }
    }

    /// Begins a row.
    pub(super) fn row(&mut self) -> Row<'_> {
        self.rows.push(Vec::new());
        Row { cells: self.rows.last_mut().expect("one was added") }
    }

    /// Whether no row was added.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table in so many columns of text, each line behind `indent` spaces.
    pub(super) fn display(&self, width: usize, indent: usize, heading: Style) -> impl fmt::Display {
        let mut widths: Vec<usize> = (0..self.columns.len())
            .map(|index| {
                let cells = self.rows.iter().filter_map(|row| row.get(index));
                let longest = cells.map(Cell::width).max().unwrap_or(0);
                longest.max(length(&self.columns[index].0))
            })
            .collect();
        if let Some(name) = self.columns.iter().position(|(_, align)| *align == Align::Name) {
            let others: usize = widths.iter().sum::<usize>() - widths[name];
            let room = width.saturating_sub(indent + others + GAP * (widths.len() - 1));
            widths[name] = widths[name].min(room.max(NARROWEST));
        }
        Laid { table: self, widths, indent, heading }
    }
}

/// A row being filled.
pub(super) struct Row<'a> {
    cells: &'a mut Vec<Cell>,
}

impl Row<'_> {
    /// Adds a cell.
    pub(super) fn cell(&mut self, text: &str) -> &mut Self {
        self.styled(text, Style::new())
    }

    /// Adds a cell with a style.
    pub(super) fn styled(&mut self, text: &str, style: Style) -> &mut Self {
        self.name(text, "", style)
    }

    /// Adds a name, with text behind it that is never cut.
    pub(super) fn name(&mut self, text: &str, suffix: &str, style: Style) -> &mut Self {
        // A name of a megabyte need not be escaped as a whole.
        let text = Inert(&shorten(text, 500)).to_string();
        self.cells.push(Cell { text, suffix: suffix.to_owned(), style });
        self
    }
}

impl Cell {
    fn width(&self) -> usize {
        length(&self.text) + length(&self.suffix)
    }

    fn fitted(&self, width: usize) -> String {
        let suffix = shorten(&self.suffix, (width / 2).max(length(&self.suffix).min(10)));
        let name = shorten(&self.text, width.saturating_sub(length(&suffix)));
        name + &suffix
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

struct Laid<'a> {
    table: &'a Table,
    widths: Vec<usize>,
    indent: usize,
    heading: Style,
}

impl Laid<'_> {
    fn line(&self, f: &mut fmt::Formatter<'_>, cells: &[(String, Style)]) -> fmt::Result {
        // Blanks are owed until something follows: lines do not end in blanks.
        let mut owed = self.indent;
        for (index, (text, style)) in cells.iter().enumerate() {
            let padding = self.widths[index].saturating_sub(length(text));
            let (before, after) = match self.table.columns[index].1 {
                Align::Right => (padding, 0),
                Align::Left | Align::Name => (0, padding),
            };
            owed += before;
            if !text.is_empty() {
                write!(f, "{:owed$}{style}{text}{style:#}", "")?;
                owed = 0;
            }
            owed += after + GAP;
        }
        writeln!(f)
    }
}

impl fmt::Display for Laid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = &self.table.columns;
        if columns.iter().any(|(name, _)| !name.is_empty()) {
            let cells: Vec<_> =
                columns.iter().map(|(name, _)| (name.clone(), self.heading)).collect();
            self.line(f, &cells)?;
        }
        for row in &self.table.rows {
            let cells: Vec<_> = row
                .iter()
                .enumerate()
                .map(|(index, cell)| match columns[index].1 {
                    Align::Name => (cell.fitted(self.widths[index]), cell.style),
                    _ => (format!("{}{}", cell.text, cell.suffix), cell.style),
                })
                .collect();
            self.line(f, &cells)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_names_give_way() {
        let mut table = Table::new(&[("µs", Align::Right), ("function", Align::Name)]);
        table.row().cell("1.5").name("a::b::c::d", " (new)", Style::new());
        table.row().cell("\u{2212}12.5").cell("serde_json::de::parse_str");
        assert_eq!(
            table.display(80, 2, Style::new()).to_string(),
            "     µs  function\n    1.5  a::b::c::d (new)\n  −12.5  serde_json::de::parse_str\n"
        );
        let narrow = table.display(31, 2, Style::new()).to_string();
        assert!(narrow.contains("…::de::parse_str\n"), "{narrow}");
        assert!(narrow.lines().all(|line| line.chars().count() <= 31), "{narrow}");
    }

    #[test]
    fn nothing_ends_in_blanks() {
        let mut table = Table::new(&[("name", Align::Left), ("", Align::Left)]);
        table.row().cell("x").cell("");
        assert_eq!(table.display(80, 0, Style::new()).to_string(), "name\nx\n");
    }
}
