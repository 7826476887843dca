//! What a refactor did, in words.

use crate::diff::{Domain, FunctionDiff, ProfileDiff, RefactorDiff, Verdict};
use crate::matching::Rule;

use super::diff::ViewOptions;
use super::name::shorten;
use super::quantity::{self, Scale};

/// With more of both sides than this without counterpart, verdicts on functions are doubtful. Of one
/// side alone it is code that is new, or gone.
const DOUBTFUL: f64 = 0.05;

/// Whether so much has no counterpart that verdicts on functions are doubtful.
pub fn is_low_confidence(profile: &ProfileDiff) -> bool {
    profile.base.is_some()
        && profile.new.is_some()
        && profile.unmatched.iter().all(|&share| share > DOUBTFUL)
}

/// How much has no counterpart, where that is more than nothing.
pub(super) fn unmatched(profile: &ProfileDiff) -> Option<String> {
    let (Some(_), Some(_)) = (&profile.base, &profile.new) else { return None };
    let [base, new] = profile.unmatched;
    if base.max(new) < 0.0005 {
        return None;
    }
    let shares = format!("{} → {}", quantity::share(base), quantity::share(new));
    Some(match is_low_confidence(profile) {
        true => format!("unmatched {shares}: low confidence in what is said of functions"),
        false => format!("unmatched {shares}"),
    })
}

/// What is to be said beside a function's figures, in a few words.
pub(super) fn remark(function: &FunctionDiff, profile: &ProfileDiff) -> Option<String> {
    let refactor = function.refactor.and_then(|index| profile.refactors.get(index));
    let mut words = Vec::new();
    match (&function.base, &function.new, refactor) {
        (None, Some(_), None) => words.push("new"),
        (Some(_), None, None) => words.push("vanished"),
        (None, _, Some(refactor)) | (_, None, Some(refactor)) => words.push(refactor.kind.as_str()),
        _ => {}
    }
    if was(function).is_some() {
        words.push("renamed");
    }
    if function.moved.is_some() {
        words.push("moved");
    }
    if function.same_code {
        words.push("same code");
    }
    (!words.is_empty()).then(|| words.join(", "))
}

/// The name of a function in the base, where it was found under another one.
fn was(function: &FunctionDiff) -> Option<(&str, Rule)> {
    let rule = function.matched.rule.filter(|rule| *rule != Rule::Name)?;
    Some((function.matched.from.as_deref()?, rule))
}

/// What has more to it than a word: what was split, merged and so on, and for the functions shown
/// where they were found, where their cost went, and what is odd about them.
pub(super) fn lines(
    profile: &ProfileDiff,
    shown: &[&FunctionDiff],
    scale: Scale,
    options: &ViewOptions,
) -> Vec<String> {
    let number = if options.all { usize::MAX } else { options.top };
    let mut lines: Vec<String> =
        profile.refactors.iter().take(number).map(|refactor| line(refactor, scale)).collect();
    for function in shown {
        let name = shorten(&function.name, NAME);
        if let Some((from, rule)) = was(function) {
            lines.push(format!(
                "{name} was {}: by {}, {:.0} % sure",
                shorten(from, NAME),
                rule.as_str(),
                function.matched.confidence * 100.0,
            ));
        }
        if let Some(moved) = &function.moved {
            let part = match moved.within {
                Domain::Refactor => continue,
                Domain::Caller if *moved.name == *function.name => {
                    "it and what it calls".to_owned()
                }
                Domain::Caller => format!("{} and what it calls", shorten(&moved.name, NAME)),
                within => format!("{} {}", within.as_str(), shorten(&moved.name, NAME)),
            };
            let change = format!("{} {}", scale.signed(moved.delta), scale.unit());
            lines.push(format!("{name} moved: {part} changed by {change}, which is no change"));
        }
        if function.same_code {
            lines.push(format!(
                "{name} has the same machine code and callees on both sides: layout or environment \
                 suspected"
            ));
        }
    }
    lines
}

/// Names in sentences are cut to this.
const NAME: usize = 60;

fn line(refactor: &RefactorDiff, scale: Scale) -> String {
    let side = |names: &[String]| -> String {
        let all = refactor.with.iter().chain(names);
        let all: Vec<String> = all.map(|name| shorten(name, NAME)).collect();
        if all.is_empty() { "nothing".to_owned() } else { all.join(" + ") }
    };
    let change = refactor.delta.unwrap_or(refactor.new_cost - refactor.base_cost);
    let word = match refactor.verdict {
        Verdict::Slower | Verdict::Faster => refactor.verdict.as_str(),
        _ => "no change beyond chance",
    };
    format!(
        "{}: {} → {}: {} → {} {unit} ({} {unit}), {word}",
        refactor.kind.as_str(),
        side(&refactor.base),
        side(&refactor.new),
        scale.number(refactor.base_cost),
        scale.number(refactor.new_cost),
        scale.signed(change),
        unit = scale.unit(),
    )
}
