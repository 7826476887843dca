//! `+10%`, `10 µs`, `5 MB`: limits as people write them.

use super::measure::Unit;

/// What a figure is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// A change relative to the base: `+10%` is 0.1.
    Change(f64),
    /// A change that is no more than noise: `noise`.
    Noise,
    /// A share of the benchmark: `5%` is 0.05.
    Share(f64),
    /// An amount, in ns, bytes, per second or plain.
    Amount(f64, Unit),
}

impl Bound {
    /// Reads one; the error says what it should be.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "noise" {
            return Ok(Self::Noise);
        }
        let signed = text.starts_with(['+', '-', '\u{2212}']);
        let plain = text.replace('\u{2212}', "-").replace('_', "");
        let end = plain
            .find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c)))
            .unwrap_or(plain.len());
        // `e` may begin a unit's name as well as an exponent; no unit of ours does.
        let (number, unit) = (plain[..end].trim(), plain[end..].trim());
        let number = match number.parse::<f64>() {
            Ok(number) if number.is_finite() => number,
            Ok(_) => return Err(format!("\"{text}\" is too large")),
            Err(_) => return Err(format!("\"{text}\" begins with no number")),
        };
        if unit == "%" {
            let part = number / 100.0;
            return match signed {
                true if part <= -1.0 => Err("a change cannot be below -100%".to_owned()),
                true => Ok(Self::Change(part)),
                false => Ok(Self::Share(part)),
            };
        }
        let (factor, unit) = match unit {
            "" => (1.0, Unit::Plain),
            "x" | "×" => (1.0, Unit::Plain),
            "ns" => (1.0, Unit::Nanoseconds),
            "µs" | "μs" | "us" => (1e3, Unit::Nanoseconds),
            "ms" => (1e6, Unit::Nanoseconds),
            "s" => (1e9, Unit::Nanoseconds),
            "min" => (60e9, Unit::Nanoseconds),
            "B" | "bytes" => (1.0, Unit::Bytes),
            "kB" | "KB" => (1e3, Unit::Bytes),
            "MB" => (1e6, Unit::Bytes),
            "GB" => (1e9, Unit::Bytes),
            "KiB" => (1024.0, Unit::Bytes),
            "MiB" => (1024.0 * 1024.0, Unit::Bytes),
            "GiB" => (1024.0 * 1024.0 * 1024.0, Unit::Bytes),
            "/s" => (1.0, Unit::PerSecond),
            other => {
                return Err(format!(
                    "unknown unit `{other}`: there are %, ns, µs, ms, s, B, kB, MB, GB, KiB, MiB, \
                     GiB and /s"
                ));
            }
        };
        if signed {
            return Err("a change is given in percent, as +10%".to_owned());
        }
        let amount = number * factor;
        if amount.is_infinite() {
            return Err(format!("\"{text}\" is too large"));
        }
        Ok(Self::Amount(amount, unit))
    }
}

/// Seconds as `30`, `0.5`, `"2 min"`.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let seconds = match Bound::parse(text).ok()? {
        Bound::Amount(seconds, Unit::Plain) => seconds,
        Bound::Amount(ns, Unit::Nanoseconds) => ns / 1e9,
        _ => return None,
    };
    (seconds > 0.0 && seconds <= 1e6).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write() {
        for (text, bound) in [
            ("+10%", Bound::Change(0.1)),
            ("+10 %", Bound::Change(0.1)),
            ("-5%", Bound::Change(-0.05)),
            ("\u{2212}5 %", Bound::Change(-0.05)),
            ("5%", Bound::Share(0.05)),
            ("noise", Bound::Noise),
            ("10 µs", Bound::Amount(1e4, Unit::Nanoseconds)),
            ("10us", Bound::Amount(1e4, Unit::Nanoseconds)),
            ("1.5 ms", Bound::Amount(1.5e6, Unit::Nanoseconds)),
            ("10 MB", Bound::Amount(1e7, Unit::Bytes)),
            ("2 KiB", Bound::Amount(2048.0, Unit::Bytes)),
            ("90 /s", Bound::Amount(90.0, Unit::PerSecond)),
            ("1_000", Bound::Amount(1000.0, Unit::Plain)),
            ("1e3", Bound::Amount(1000.0, Unit::Plain)),
            ("0.2", Bound::Amount(0.2, Unit::Plain)),
        ] {
            assert_eq!(Bound::parse(text), Ok(bound), "{text}");
        }
        for bad in ["", "ten", "10 parsecs", "+10 µs", "-100%", "--5%", "1..2", "nan", "inf %"] {
            assert!(Bound::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(seconds("2 min"), Some(120.0));
        assert_eq!(seconds("0.5"), Some(0.5));
        assert_eq!(seconds("250 ms"), Some(0.25));
        for bad in ["0", "-1", "5%", "1e7", "soon", "3 MB"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
