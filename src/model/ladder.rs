//! Levels of a ladder, by the names of their benchmarks: `healthz/concurrency=32`.

/// What a benchmark's name says of its level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LadderLevel<'a> {
    /// The name without the level: `healthz`.
    pub series: &'a str,
    /// The parameter: `concurrency`.
    pub parameter: &'a str,
    /// The level as the plan has it: `32`.
    pub level: &'a str,
    /// The same as a number, above 0.
    pub load: f64,
}

impl<'a> LadderLevel<'a> {
    /// The level at the end of a name; `None` where there is none.
    pub fn of(name: &'a str) -> Option<Self> {
        let (series, last) = name.rsplit_once('/')?;
        let (parameter, level) = last.split_once('=')?;
        let load = level.parse().ok().filter(|load: &f64| load.is_finite() && *load > 0.0)?;
        (!parameter.is_empty()).then_some(Self { series, parameter, level, load })
    }

    /// Whether another level is a lower one of the same series.
    pub fn is_above(&self, other: &LadderLevel<'_>) -> bool {
        (self.series, self.parameter) == (other.series, other.parameter) && self.load > other.load
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_in_their_level() {
        let of = LadderLevel::of("a/b/c=32").unwrap();
        assert_eq!((of.series, of.parameter, of.level, of.load), ("a/b", "c", "32", 32.0));
        for other in ["a", "a/b", "a/c=x", "a/=3", "c=3", "a/c=0", "a/c=inf", "a/c=NaN"] {
            assert_eq!(LadderLevel::of(other), None, "{other}");
        }
    }

    #[test]
    fn levels_are_above_others_of_their_series() {
        let is_above = |a: &'static str, b: &'static str| {
            LadderLevel::of(a).unwrap().is_above(&LadderLevel::of(b).unwrap())
        };
        assert!(is_above("a/c=32", "a/c=4"));
        assert!(!is_above("a/c=4", "a/c=4"));
        assert!(!is_above("a/c=4", "a/c=32"));
        assert!(!is_above("b/c=32", "a/c=4"));
        assert!(!is_above("a/d=32", "a/c=4"));
    }
}
