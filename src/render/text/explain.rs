//! Why functions were matched as they were, as text.

use crate::render::Inert;
use crate::view::Explained;

/// One paragraph for each function.
pub fn explained(all: &[Explained]) -> String {
    let mut text = String::new();
    for Explained { benchmark, function, lines } in all {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}: {}\n", Inert(benchmark), Inert(function)));
        for line in lines {
            text.push_str(&format!("  {}\n", Inert(line)));
        }
    }
    text
}
