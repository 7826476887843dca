//! Rows of cells → RFC 4180.

use crate::model::BenchmarkId;
use crate::render::Inert;

/// A table that is written row by row.
pub(super) struct Table {
    text: String,
    columns: usize,
    /// Cells of the last row.
    cells: usize,
}

impl Table {
    /// A table with these headings.
    pub(super) fn new(headings: &[&str]) -> Self {
        let mut table = Self { text: String::new(), columns: headings.len(), cells: 0 };
        for heading in headings {
            table.text(heading);
        }
        table.end();
        table
    }

    /// Package, target, benchmark: three cells.
    pub(super) fn id(&mut self, id: &BenchmarkId) -> &mut Self {
        self.text(&id.package).text(&id.target).text(&id.benchmark)
    }

    /// Text from anywhere.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.next();
        let inert = Inert(text).to_string();
        let is_formula =
            inert.trim_start().starts_with(['=', '+', '-', '@', '\t', '＝', '＋', '－', '＠']);
        if !is_formula && !inert.contains([',', '"', '\r', '\n']) && inert.trim() == inert {
            self.text.push_str(&inert);
            return self;
        }
        self.text.push('"');
        if is_formula {
            self.text.push('\'');
        }
        self.text.push_str(&inert.replace('"', "\"\""));
        self.text.push('"');
        self
    }

    /// A figure; empty where it is not known.
    pub(super) fn number(&mut self, value: Option<f64>) -> &mut Self {
        self.next();
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.text.push_str(&value.to_string());
        }
        self
    }

    /// A whole number.
    pub(super) fn count(&mut self, value: Option<u64>) -> &mut Self {
        self.next();
        if let Some(value) = value {
            self.text.push_str(&value.to_string());
        }
        self
    }

    /// Both ends of an interval: two cells.
    pub(super) fn interval(&mut self, interval: Option<(f64, f64)>) -> &mut Self {
        let finite = interval.filter(|(low, high)| low.is_finite() && high.is_finite());
        self.number(finite.map(|(low, _)| low)).number(finite.map(|(_, high)| high))
    }

    /// Cells without anything.
    pub(super) fn empty(&mut self, cells: usize) -> &mut Self {
        (0..cells).for_each(|_| self.next());
        self
    }

    /// Ends a row.
    pub(super) fn end(&mut self) {
        debug_assert_eq!(self.cells, self.columns, "a row has a cell for each heading");
        self.text.push_str("\r\n");
        self.cells = 0;
    }

    /// The whole table.
    pub(super) fn finish(self) -> String {
        self.text
    }

    fn next(&mut self) {
        if self.cells > 0 {
            self.text.push(',');
        }
        self.cells += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut table = Table::new(&["a"]);
        table.text(text).end();
        table.finish().strip_prefix("a\r\n").unwrap().trim_end_matches("\r\n").to_owned()
    }

    #[test]
    fn what_a_spreadsheet_would_compute_is_text() {
        for (text, written) in [
            ("plain::name<T>", "plain::name<T>"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("  =cmd|' /C calc'!A0", "\"'  =cmd|' /C calc'!A0\""),
            ("-x", "\"'-x\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("+1", "\"'+1\""),
            ("two\nlines\0", "two\\nlines\\u{0}"),
            ("\u{202e}evil\x1b[31m", "\\u{202e}evil\\u{1b}[31m"),
            (" padded", "\" padded\""),
            ("", ""),
        ] {
            assert_eq!(cell(text), written);
        }
    }

    #[test]
    fn numbers_keep_their_sign_and_all_their_digits() {
        let mut table = Table::new(&["a", "b", "c", "low", "high"]);
        table.number(Some(-0.1)).number(Some(f64::NAN)).count(Some(3)).interval(Some((-1.0, 2.5)));
        table.end();
        table.number(None).count(None).empty(1).interval(Some((f64::NEG_INFINITY, 1.0))).end();
        assert_eq!(table.finish(), "a,b,c,low,high\r\n-0.1,,3,-1,2.5\r\n,,,,\r\n");
    }
}
