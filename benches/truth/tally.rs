//! Counts with their intervals.

/// So many of so many.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) hits: u64,
    pub(crate) of: u64,
}

impl Tally {
    /// Counts what is known.
    pub(crate) fn of(all: impl IntoIterator<Item = Option<bool>>) -> Self {
        let mut tally = Self::default();
        for one in all.into_iter().flatten() {
            tally.hits += u64::from(one);
            tally.of += 1;
        }
        tally
    }

    pub(crate) fn share(self) -> f64 {
        self.hits as f64 / self.of as f64
    }

    /// The interval of the share at 95 % (Wilson 1927).
    pub(crate) fn interval(self) -> (f64, f64) {
        const Z: f64 = 1.959_963_984_540_054;
        let (n, p) = (self.of as f64, self.share());
        let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        ((centre - half).max(0.0), (centre + half).min(1.0))
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.of == 0 {
            return f.write_str("–");
        }
        let (low, high) = self.interval();
        let percent = |share: f64| format!("{:.1}", 100.0 * share);
        write!(
            f,
            "{}/{} = {} % ({}–{})",
            self.hits,
            self.of,
            percent(self.share()),
            percent(low),
            percent(high)
        )
    }
}
