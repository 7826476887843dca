//! Colours of frames.

use std::fmt;

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Color(pub(super) [u8; 3]);

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The frame of the whole, where it says nothing.
pub(super) const ALL: Color = Color([232, 232, 232]);

/// A frame on the new side only.
pub(super) const NEW: Color = Color([255, 165, 0]);

/// A frame in the base only.
pub(super) const VANISHED: Color = Color([150, 111, 214]);

/// Changes from this part of the benchmark on have the full colour.
const FULL: f64 = 0.25;

/// Changes below this part of the benchmark are no change.
const EQUAL: f64 = 0.0005;

/// The colour of a change, given as a part of the whole benchmark: red is slower, blue faster.
pub(super) fn change(part: f64) -> Color {
    if part.is_nan() || part.abs() < EQUAL {
        return Color([255, 255, 255]);
    }
    // The root lets small changes be seen, which are most of them.
    let strength = (part.abs() / FULL).min(1.0).sqrt();
    let pale = 255 - (205.0 * strength).round() as u8;
    if part > 0.0 { Color([255, pale, pale]) } else { Color([pale, pale, 255]) }
}

/// The colour of a function in a plain flamegraph: a tint by its crate, in warm colours; the
/// standard library and what is not Rust's are apart.
pub(super) fn function(name: &str, kernel: bool) -> Color {
    let krate = krate(name);
    let shade = f64::from(hash(name) % 64) / 64.0;
    let (hue, saturation) = match krate {
        _ if kernel => (275.0, 0.45),
        None => (200.0, 0.25),
        Some("std" | "core" | "alloc") => (48.0, 0.55),
        Some(other) => (f64::from(hash(other) % 40), 0.85),
    };
    hsl(hue, saturation, 0.62 + 0.14 * shade)
}

/// The first segment of a path, through references and qualified paths.
fn krate(name: &str) -> Option<&str> {
    let path = name.trim_start_matches(['<', '&', '*', '[', '(', ' ']);
    let path = path.strip_prefix("mut ").unwrap_or(path);
    let path = path.strip_prefix("dyn ").unwrap_or(path);
    let (first, _) = path.split_once("::")?;
    let word = |c: char| c.is_alphanumeric() || c == '_';
    (!first.is_empty() && first.chars().all(word)).then_some(first)
}

/// FNV-1a, so that colours are the same everywhere.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Hue in degrees; saturation and lightness from 0 to 1.
fn hsl(hue: f64, saturation: f64, lightness: f64) -> Color {
    let amplitude = saturation * lightness.min(1.0 - lightness);
    let channel = |n: f64| {
        let k = (n + hue / 30.0) % 12.0;
        let value = lightness - amplitude * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
        (value * 255.0).round() as u8
    };
    Color([channel(0.0), channel(8.0), channel(4.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_mirror() {
        for part in [0.0, 0.0004, 0.001, 0.02, 0.3, 5.0] {
            let (Color([r, g, b]), Color(less)) = (change(part), change(-part));
            assert_eq!([b, g, r], less);
            assert_eq!(r, 255);
        }
        assert_eq!(change(0.0).to_string(), "#ffffff");
        assert_eq!(change(1.0).to_string(), "#ff3232");
        assert!(change(0.02).0[1] < change(0.01).0[1]);
        assert_eq!(change(f64::NAN), change(0.0));
    }

    #[test]
    fn hues() {
        assert_eq!(hsl(0.0, 1.0, 0.5).0, [255, 0, 0]);
        assert_eq!(hsl(120.0, 1.0, 0.25).0, [0, 128, 0]);
        assert_eq!(hsl(240.0, 1.0, 0.75).0, [128, 128, 255]);
    }

    #[test]
    fn crates() {
        assert_eq!(krate("core::iter::next"), Some("core"));
        assert_eq!(krate("<&mut alloc::vec::Vec<T> as A>::f"), Some("alloc"));
        assert_eq!(krate("<alloc::vec::Vec<T> as A>::f"), Some("alloc"));
        assert_eq!(krate("memcpy"), None);
    }
}
