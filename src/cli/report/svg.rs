//! `report --svg`: one flamegraph of each benchmark that was profiled.

use super::Subject;
use crate::cli::output::Folder;
use crate::cli::pictures;
use crate::console::Console;
use crate::error::Error;

/// Writes all pictures.
///
/// # Errors
/// What cannot be written.
pub(super) fn write(subject: &Subject<'_>, to: &Folder, console: &Console) -> Result<(), Error> {
    let pictures = match subject {
        Subject::Capture { shown, .. } => pictures::of_capture(&shown.input()),
        Subject::Comparison { compared, .. } => pictures::of_comparison(&compared.comparison),
    };
    let mut number = 0;
    for picture in pictures {
        to.write(&format!("{}.svg", picture.name), picture.draw().as_bytes())?;
        number += 1;
    }
    match number {
        0 => console.warning("there is nothing to draw: no benchmark was profiled"),
        1 => console.status("Drew", &format!("1 flamegraph in {}", to.path().display())),
        _ => console.status("Drew", &format!("{number} flamegraphs in {}", to.path().display())),
    }
    Ok(())
}
