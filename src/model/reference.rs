//! The time of a fixed piece of work beside a run: how fast the machine was just then.

/// What the reference kernel took before and after a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Which kernel (`x86-64/1`). Only times of the same one may be compared.
    pub kernel: String,
    /// Just before the run.
    pub before: Reading,
    /// Just after it.
    pub after: Reading,
}

/// What the two parts of the reference kernel took once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The processor that it ran on, by the system's number; `None` where that is not told.
    pub cpu: Option<u32>,
    /// Time of the part in which each step waits for the one before it, ns.
    pub latency_ns: u64,
    /// Time of the part that keeps as many units busy as there are, ns.
    pub throughput_ns: u64,
}

/// How fast the machine was while a capture was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    /// Which kernel tells. Only times of the same one may be compared.
    pub kernel: String,
    /// What its part took in which each step waits for the one before it.
    pub latency: Span,
    /// What its part took that keeps as many units busy as there are.
    pub throughput: Span,
}

impl Pace {
    /// What a part took.
    pub fn of(&self, part: Part) -> Span {
        match part {
            Part::Latency => self.latency,
            Part::Throughput => self.throughput,
        }
    }
}

/// A typical time with its interval, ns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The typical one.
    pub typical_ns: f64,
    /// The lower end of the interval.
    pub low_ns: f64,
    /// The upper end.
    pub high_ns: f64,
}

/// A part of the reference kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Each step waits for the one before it.
    Latency,
    /// Many steps at once.
    Throughput,
}

impl Part {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Latency, Self::Throughput];
}

impl Reading {
    /// Time of a part, ns.
    pub fn of(&self, part: Part) -> u64 {
        match part {
            Part::Latency => self.latency_ns,
            Part::Throughput => self.throughput_ns,
        }
    }
}

impl Reference {
    /// How slow the machine was all through the run: the time of a part before or after it,
    /// whichever was less, ns. A state that lasted for the run is in both; a clock that had yet to
    /// rise, or something that got in between, is in one.
    pub fn lasting(&self, part: Part) -> u64 {
        self.before.of(part).min(self.after.of(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_is_in_both_readings() {
        let reading = |latency_ns, throughput_ns| Reading { cpu: None, latency_ns, throughput_ns };
        let reference =
            Reference { kernel: "k".into(), before: reading(9, 4), after: reading(5, 7) };
        assert_eq!(Part::ALL.map(|part| reference.lasting(part)), [5, 4]);
    }
}
