//! JSON for machines: every figure as it is, both sides, nothing left out.
//!
//! The types here are the formats; the model's own are not serialisable. Fields come in a fixed
//! order and lists are sorted, so equal inputs give equal bytes. What is not finite is `null`.
//! Additions keep the number in `schema`; a removal or a change of meaning raises it.
//! `docs/format/diff.schema.json` describes the first of them.

mod audit;
mod capture;
mod diff;
mod doctor;
mod gate;
mod ladder;
mod list;
mod show;
mod timing;

use std::fmt::Write;

use serde::Serialize;

use super::inert;

pub use audit::audit;
pub use diff::diff;
pub(super) use diff::{less_or_more, match_kind};
pub use doctor::doctor;
pub use gate::check;
pub use list::list;
pub use show::show;

/// Serialises a report. Characters that could act on a terminal are written as escapes, which
/// any parser turns back.
fn write(report: &impl Serialize) -> String {
    let json = serde_json::to_string_pretty(report)
        .expect("the reports have text for keys and no failing implementation");
    let mut text = String::with_capacity(json.len() + 1);
    let mut rest = &*json;
    // Line breaks are layout: within strings they are escaped already.
    while let Some((start, c)) =
        rest.char_indices().find(|&(_, c)| c != '\n' && inert::is_active(c))
    {
        text.push_str(&rest[..start]);
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(text, "\\u{unit:04x}").expect("writing to a string cannot fail");
        }
        rest = &rest[start + c.len_utf8()..];
    }
    text.push_str(rest);
    text.push('\n');
    text
}

/// Both ends, if they are numbers.
fn finite((low, high): (f64, f64)) -> Option<[f64; 2]> {
    (low.is_finite() && high.is_finite()).then_some([low, high])
}
