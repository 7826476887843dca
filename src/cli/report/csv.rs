//! `report --csv`: a table of benchmarks, and one of functions beside it.

use camino::{Utf8Path, Utf8PathBuf};

use super::Subject;
use crate::cli::output::Destination;
use crate::console::Console;
use crate::error::Error;
use crate::render::csv;

/// Both files.
pub(super) struct Tables {
    benchmarks: Destination,
    functions: Destination,
}

impl Tables {
    /// Opens `FILE` and `FILE-functions`.
    ///
    /// # Errors
    /// What cannot be written; stdout, which is one file.
    pub(super) fn open(path: &Utf8Path) -> Result<Self, Error> {
        if path == "-" {
            return Err(Error::usage(
                "two tables cannot both go to stdout",
                "name a file; or one table: cargo perfbase diff --format csv (or csv-functions)",
            ));
        }
        Ok(Self {
            benchmarks: Destination::open(path)?,
            functions: Destination::open(&beside(path))?,
        })
    }

    /// Writes both tables.
    ///
    /// # Errors
    /// What cannot be written.
    pub(super) fn write(self, subject: &Subject<'_>, console: &Console) -> Result<(), Error> {
        let (benchmarks, functions) = match subject {
            Subject::Capture { shown, .. } => {
                let input = shown.input();
                (csv::show_benchmarks(&input), csv::show_functions(&input))
            }
            Subject::Comparison { compared, .. } => {
                let comparison = &compared.comparison;
                (csv::diff_benchmarks(comparison), csv::diff_functions(comparison))
            }
        };
        self.benchmarks.write(&benchmarks, console)?;
        self.functions.write(&functions, console)
    }
}

/// `diff.csv` → `diff-functions.csv`.
pub(super) fn beside(path: &Utf8Path) -> Utf8PathBuf {
    let stem = path.file_stem().unwrap_or_default();
    let ending = path.extension().map_or(String::new(), |ending| format!(".{ending}"));
    path.with_file_name(format!("{stem}-functions{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_go_beside() {
        assert_eq!(beside(Utf8Path::new("a/diff.csv")), "a/diff-functions.csv");
        assert_eq!(beside(Utf8Path::new("table")), "table-functions");
    }
}
