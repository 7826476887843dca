//! Why a function was matched as it was.

use crate::diff::{BenchmarkDiff, Comparison, FunctionDiff, ProfileDiff};
use crate::matching::Rule;
use crate::model::SortFew as _;

use super::diff::Names;
use super::quantity;

/// Functions that are told of for each benchmark, those with most weight.
const MOST: usize = 10;

/// One function of one benchmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The benchmark's name.
    pub benchmark: String,
    /// The function's name.
    pub function: String,
    /// Sentences.
    pub lines: Vec<String>,
}

/// What is known of the functions that have `text` in their name, on either side. A function of
/// exactly that name, or whose path ends with it, leaves others out.
pub fn explain(comparison: &Comparison, text: &str) -> Vec<Explained> {
    let names = Names::new(comparison.benchmarks.iter().map(|b| &b.id));
    let of_benchmark = |benchmark: &BenchmarkDiff| -> Vec<Explained> {
        let Some(profile) = &benchmark.profile else { return Vec::new() };
        let with = |accepts: &dyn Fn(&str) -> bool| -> Vec<&FunctionDiff> {
            let found = profile.functions.iter();
            found
                .filter(|f| accepts(&f.name) || f.matched.from.as_deref().is_some_and(accepts))
                .collect()
        };
        let exactly = with(&|name| {
            name.strip_suffix(text).is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
        });
        let mut found =
            if exactly.is_empty() { with(&|name| name.contains(text)) } else { exactly };
        let share = |f: &FunctionDiff| {
            [f.base, f.new].iter().flatten().map(|costs| costs.total_share).fold(0.0, f64::max)
        };
        found.sort_few_by(|a, b| share(b).total_cmp(&share(a)).then_with(|| a.name.cmp(&b.name)));
        found
            .into_iter()
            .take(MOST)
            .map(|function| Explained {
                benchmark: names.short(&benchmark.id),
                function: function.name.to_string(),
                lines: lines(function, profile),
            })
            .collect()
    };
    comparison.benchmarks.iter().flat_map(of_benchmark).collect()
}

fn lines(function: &FunctionDiff, profile: &ProfileDiff) -> Vec<String> {
    let mut lines = Vec::new();
    let share = |costs: &Option<crate::diff::Costs>| {
        costs.map_or("not there".to_owned(), |costs| {
            format!(
                "{} of the benchmark, {} by itself",
                quantity::share(costs.total_share),
                quantity::share(costs.self_share)
            )
        })
    };
    lines.push(format!("base: {}; new: {}", share(&function.base), share(&function.new)));
    match function.matched.rule {
        Some(Rule::Name) => {
            lines.push("matched by name: both sides have the same canonical name".to_owned());
            if let Some(from) = &function.matched.from {
                lines.push(format!("before normalising it was called {from} in the base"));
            }
        }
        Some(rule) => {
            let from = function.matched.from.as_deref().unwrap_or_default();
            lines.push(format!(
                "matched with {from} of the base by {}, {:.0} % sure",
                rule.as_str(),
                function.matched.confidence * 100.0
            ));
            let pair = profile.matching.pair(1, &function.name);
            lines.extend(pair.map(|pair| pair.evidence.clone()));
            match pair.and_then(|pair| pair.runner_up.as_ref()) {
                Some((other, score)) => {
                    lines.push(format!("the next best candidate was {other}, by {score:.2}"));
                }
                None => lines.push("there was no other candidate".to_owned()),
            }
        }
        None => unmatched(function, profile, &mut lines),
    }
    if let Some(refactor) = function.refactor.and_then(|index| profile.refactors.get(index)) {
        let side = |names: &[String]| -> String {
            let all: Vec<&str> = refactor.with.iter().chain(names).map(String::as_str).collect();
            if all.is_empty() { "nothing".to_owned() } else { all.join(" + ") }
        };
        lines.push(format!(
            "judged together, as {}: {} → {}, below {}",
            refactor.kind.as_str(),
            side(&refactor.base),
            side(&refactor.new),
            refactor.caller.as_deref().unwrap_or("no matched function"),
        ));
    }
    if let Some(moved) = &function.moved {
        lines.push(format!(
            "its cost moved within {} {}, whose own cost did not change",
            moved.within.as_str(),
            moved.name
        ));
    }
    if function.same_code {
        lines.push("the machine code and the callees are the same on both sides".to_owned());
    }
    lines
}

fn unmatched(function: &FunctionDiff, profile: &ProfileDiff, lines: &mut Vec<String>) {
    let side = usize::from(function.base.is_none());
    let word = ["base", "new capture"][side];
    let known = profile.matching.unmatched[side].iter().find(|u| u.name == *function.name);
    match known {
        Some(unmatched) => {
            lines.push(format!("only in the {word}: {}", unmatched.reason));
            if let Some((best, score)) = &unmatched.best {
                lines.push(format!("the best candidate was {best}, by {score:.2}"));
            }
        }
        None => lines.push(format!("only in the {word}")),
    }
}
