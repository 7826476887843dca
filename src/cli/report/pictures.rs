//! `report --svg` and `--png`: one flamegraph of each benchmark that was profiled.

use super::Subject;
use crate::cli::output::Folder;
use crate::cli::pictures::{self, Picture};
use crate::console::Console;
use crate::error::Error;

/// How pictures are written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    Svg,
    Png,
}

/// Writes all pictures.
///
/// # Errors
/// What cannot be written.
pub(super) fn write(
    subject: &Subject<'_>,
    format: Format,
    to: &Folder,
    console: &Console,
) -> Result<(), Error> {
    let pictures: Vec<Picture<'_>> = match subject {
        Subject::Capture { shown, .. } => pictures::of_capture(&shown.input()),
        Subject::Comparison { compared, .. } => pictures::of_comparison(&compared.comparison),
    };
    for picture in &pictures {
        match format {
            Format::Svg => {
                to.write(&format!("{}.svg", picture.name), picture.svg().as_bytes())?;
            }
            Format::Png => to.write(&format!("{}.png", picture.name), &picture.png())?,
        }
    }
    match pictures.len() {
        0 => console.warning("there is nothing to draw: no benchmark was profiled"),
        1 => console.status("Drew", &format!("1 flamegraph in {}", to.path().display())),
        number => {
            console.status("Drew", &format!("{number} flamegraphs in {}", to.path().display()));
        }
    }
    Ok(())
}
