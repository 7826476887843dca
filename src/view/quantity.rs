//! Numbers → text: durations, ratios, shares, bytes, counts.
//!
//! Minus is U+2212, as wide as a plus. What is not finite reads `n/a`.

/// What stands for a number that is not known.
pub const NOT_AVAILABLE: &str = "n/a";

const DURATIONS: [(f64, &str); 4] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
const SIZES: [(f64, &str); 5] =
    [(TIB, "TiB"), (GIB, "GiB"), (MIB, "MiB"), (1024.0, "KiB"), (1.0, "B")];
const COUNTS: [(f64, &str); 4] = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, "")];
const MIB: f64 = 1024.0 * 1024.0;
const GIB: f64 = 1024.0 * MIB;
const TIB: f64 = 1024.0 * GIB;

/// A fixed unit and number of decimals, so that the figures of one table can be compared by eye.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    divisor: f64,
    unit: &'static str,
    decimals: usize,
    /// Whether thousands stand apart.
    is_grouped: bool,
}

impl Scale {
    /// The scale for one figure, which then has four significant digits. `unit` is `ns`, `bytes`
    /// or anything that is counted.
    pub fn of(unit: &str, value: f64) -> Self {
        // 999.96 would be printed as 1000.0: such a figure belongs to the next unit.
        Self::above(unit, value, 0.99995, 4)
    }

    /// The scale for the parts of `whole`: its unit is small enough for a thousandth of it.
    pub fn parts(unit: &str, whole: f64) -> Self {
        Self::above(unit, whole, 9.9995, 5)
    }

    /// The largest unit of which there are `least`, with decimals for so many digits.
    fn above(unit: &str, value: f64, least: f64, digits: i32) -> Self {
        let units: &[(f64, &'static str)] = match unit {
            "ns" => &DURATIONS,
            "bytes" => &SIZES,
            _ => &COUNTS,
        };
        let magnitude = if value.is_finite() { value.abs() } else { 0.0 };
        let fits = |&&(divisor, _): &&(f64, &str)| magnitude / divisor >= least;
        let &(divisor, name) = units.iter().find(fits).unwrap_or(&units[units.len() - 1]);
        let decimals = decimals_for(magnitude / divisor, digits);
        // Whole bytes and events have no fraction, unless they are averages below ten.
        let whole = divisor == 1.0 && unit != "ns" && magnitude >= 10.0;
        let decimals = if whole { 0 } else { decimals };
        Self { divisor, unit: name, decimals, is_grouped: false }
    }

    /// The scale of an axis up to `largest`, with marks `step` apart.
    pub fn axis(unit: &str, largest: f64, step: f64) -> Self {
        let scale = Self::of(unit, largest);
        let step = step / scale.divisor;
        let decimals = if step > 0.0 { (-step.log10().floor()).clamp(0.0, 6.0) } else { 0.0 };
        Self { decimals: decimals as usize, ..scale }
    }

    /// Its parts, for whoever formats numbers elsewhere: what one unit is, the unit, how many
    /// decimals, whether thousands stand apart.
    pub fn parts_of(&self) -> (f64, &'static str, usize, bool) {
        (self.divisor, self.unit, self.decimals, self.is_grouped)
    }

    /// The scale of percentages of a whole.
    pub fn percent() -> Self {
        Self { divisor: 0.01, unit: "%", decimals: 1, is_grouped: false }
    }

    /// The number with its unit.
    pub fn text(&self, value: f64) -> String {
        with_unit(self.number(value), self.unit)
    }

    /// The scale of what was counted: to the last digit, where counts are whole numbers.
    pub fn counted(unit: &'static str, is_whole: bool) -> Self {
        Self { divisor: 1.0, unit, decimals: if is_whole { 0 } else { 1 }, is_grouped: true }
    }

    /// The unit's symbol; empty for plain counts.
    pub fn unit(&self) -> &'static str {
        self.unit
    }

    /// The number alone.
    pub fn number(&self, value: f64) -> String {
        self.grouped(fixed(value / self.divisor, self.decimals, false))
    }

    /// The number alone, always with a sign unless it is zero.
    pub fn signed(&self, value: f64) -> String {
        self.grouped(fixed(value / self.divisor, self.decimals, true))
    }

    fn grouped(&self, number: String) -> String {
        if !self.is_grouped {
            return number;
        }
        let digits = number.trim_start_matches(['+', '\u{2212}']);
        let whole = digits.split('.').next().unwrap_or_default();
        match whole.parse() {
            Ok(value) => number.replacen(whole, &count(value), 1),
            Err(_) => number,
        }
    }

    /// An interval's two ends, signed.
    pub fn interval(&self, (low, high): (f64, f64)) -> String {
        if !(low.is_finite() && high.is_finite()) {
            return NOT_AVAILABLE.to_owned();
        }
        format!("[{}, {}]", self.signed(low), self.signed(high))
    }
}

/// How many decimals give `value` so many significant digits.
fn decimals_for(value: f64, digits: i32) -> usize {
    if value == 0.0 {
        return 0;
    }
    let before = value.log10().floor() as i32 + 1;
    let rounded_up = value >= 10f64.powi(before) - 0.5 * 10f64.powi(before - digits);
    usize::try_from(digits - before - i32::from(rounded_up)).unwrap_or(0).min(3)
}

fn fixed(value: f64, decimals: usize, plus: bool) -> String {
    if !value.is_finite() {
        return NOT_AVAILABLE.to_owned();
    }
    let digits = format!("{:.decimals$}", value.abs());
    let zero = digits.bytes().all(|b| matches!(b, b'0' | b'.'));
    match (zero, value < 0.0) {
        (false, true) => format!("\u{2212}{digits}"),
        (false, false) if plus => format!("+{digits}"),
        _ => digits,
    }
}

fn with_unit(number: String, unit: &str) -> String {
    if unit.is_empty() || number == NOT_AVAILABLE { number } else { format!("{number} {unit}") }
}

/// A duration with four significant digits: `982.1 µs`.
pub fn nanoseconds(value: f64) -> String {
    quantity("ns", value)
}

/// A size: `12.1 MiB`.
pub fn bytes(value: f64) -> String {
    let scale = Scale::of("bytes", value);
    // A tenth is plenty for memory and files.
    let scale = Scale { decimals: scale.decimals.min(1), ..scale };
    with_unit(scale.number(value), scale.unit)
}

/// A number of things, thousands apart: `12,345`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A value in the unit of a comparison: `ns`, `bytes`, or something counted.
pub fn quantity(unit: &str, value: f64) -> String {
    let scale = Scale::of(unit, value);
    with_unit(scale.number(value), scale.unit)
}

/// Work in a second: `12.3 k/s`.
pub(super) fn per_second(value: f64) -> String {
    format!("{}/s", quantity("count", value))
}

/// A change in the unit of a comparison, with its sign: `+79.0 µs`, three digits.
pub fn signed(unit: &str, value: f64) -> String {
    let scale = Scale::of(unit, value);
    let scale = Scale { decimals: scale.decimals.saturating_sub(1), ..scale };
    with_unit(scale.signed(value), scale.unit)
}

/// How many decimals a percentage is given with.
fn percent_decimals(percent: f64) -> usize {
    match percent.abs() {
        p if p >= 99.95 => 0,
        p if p >= 0.95 => 1,
        _ => 2,
    }
}

/// A relative change: `+8.4 %`.
pub fn ratio(value: f64) -> String {
    let percent = value * 100.0;
    with_unit(fixed(percent, percent_decimals(percent), true), "%")
}

/// The interval of a relative change, in percent and with as many decimals on both ends:
/// `[+6.1, +10.8]`.
pub fn interval((low, high): (f64, f64)) -> String {
    let (low, high) = (low * 100.0, high * 100.0);
    if !(low.is_finite() && high.is_finite()) {
        return NOT_AVAILABLE.to_owned();
    }
    let decimals = percent_decimals(low.abs().max(high.abs()));
    format!("[{}, {}]", fixed(low, decimals, true), fixed(high, decimals, true))
}

/// A part of a whole: `36.7 %`.
pub fn share(value: f64) -> String {
    with_unit(fixed(value * 100.0, 1, false), "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_four_digits() {
        for (value, text) in [
            (0.0, "0 ns"),
            (0.25, "0.250 ns"),
            (1.5, "1.500 ns"),
            (82.0, "82.00 ns"),
            (982.14, "982.1 ns"),
            (999.96, "1.000 µs"),
            (12_340.0, "12.34 µs"),
            (99_996.0, "100.0 µs"),
            (999_949.0, "999.9 µs"),
            (1_065_000.0, "1.065 ms"),
            (61e9, "61.00 s"),
            (12_345e9, "12345 s"),
        ] {
            assert_eq!(nanoseconds(value), text);
        }
        assert_eq!(nanoseconds(f64::NAN), "n/a");
        assert_eq!(nanoseconds(f64::INFINITY), "n/a");
    }

    #[test]
    fn changes_carry_their_sign() {
        assert_eq!(signed("ns", 79_040.0), "+79.0 µs");
        assert_eq!(signed("ns", -79_040.0), "\u{2212}79.0 µs");
        assert_eq!(signed("ns", 0.0), "0 ns");
        assert_eq!(signed("instructions", -1_234.0), "\u{2212}1.23 k");
        assert_eq!(signed("bytes", 2048.0), "+2.00 KiB");
    }

    #[test]
    fn ratios() {
        for (value, text) in [
            (0.084, "+8.4 %"),
            (-0.084, "\u{2212}8.4 %"),
            (0.0, "0.00 %"),
            (-0.000_01, "0.00 %"),
            (0.0012, "+0.12 %"),
            (0.0099, "+1.0 %"),
            (0.9999, "+100 %"),
            (11.5, "+1150 %"),
        ] {
            assert_eq!(ratio(value), text);
        }
        assert_eq!(interval((0.061, 0.108)), "[+6.1, +10.8]");
        assert_eq!(interval((-0.001, 0.002)), "[\u{2212}0.10, +0.20]");
        assert_eq!(interval((f64::NEG_INFINITY, 0.1)), "n/a");
        assert_eq!(share(0.3666), "36.7 %");
    }

    #[test]
    fn sizes_and_counts() {
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(1023.0), "1023 B");
        assert_eq!(bytes(12.1 * MIB), "12.1 MiB");
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn a_table_has_one_scale() {
        let scale = Scale::parts("ns", 1_065_140.0);
        assert_eq!(scale.unit(), "µs");
        assert_eq!(scale.number(1_065_140.0), "1065.1");
        assert_eq!(scale.number(312_000.0), "312.0");
        assert_eq!(scale.signed(-79.0), "\u{2212}0.1");
        assert_eq!(scale.signed(-7.0), "0.0");
        assert_eq!(scale.interval((-1e3, 2e3)), "[\u{2212}1.0, +2.0]");
        assert_eq!(Scale::parts("ns", 12_340_000.0).number(79_000.0), "0.079");
        assert_eq!(Scale::parts("ns", 9.5).number(1.25), "1.250");
        assert_eq!(Scale::percent().number(0.317), "31.7");
        let counts = Scale::counted("instructions", true);
        assert_eq!(counts.number(12_345_678.0), "12,345,678");
        assert_eq!(counts.signed(-1_000.0), "\u{2212}1,000");
        assert_eq!(counts.signed(1.0), "+1");
        assert_eq!(counts.number(f64::NAN), "n/a");
        assert_eq!(Scale::counted("bytes", false).signed(1234.5), "+1,234.5");
    }
}
