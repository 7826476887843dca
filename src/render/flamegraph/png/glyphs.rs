//! Pictures of characters: DejaVu Sans Mono at 23 pixels, of which `LICENSE.txt` beside this file
//! tells the terms.

use std::io::Read;

use flate2::read::ZlibDecoder;

/// Pixels of a character.
pub(super) const WIDTH: usize = 14;
/// Rows of a character.
const HEIGHT: usize = 28;

/// The coverage of each pixel in four bits, the left one first; row by row, character by character
/// in the order of [`index`].
const PACKED: &[u8] = include_bytes!("glyphs.zlib");

/// What follows Latin-1; the last stands for all others.
const FURTHER: &str = "…→−∞≤≥‘’“”–—•\u{25a1}";

/// All pictures.
pub(super) struct Glyphs {
    /// From 0 to 15.
    coverage: Vec<u8>,
}

impl Glyphs {
    /// Unpacks them.
    pub(super) fn load() -> Self {
        let mut packed = Vec::new();
        ZlibDecoder::new(PACKED).read_to_end(&mut packed).expect("it was packed by us");
        let coverage = packed.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
        Self { coverage }
    }

    /// The coverage of a character's pixels, row by row.
    pub(super) fn of(&self, c: char) -> &[u8] {
        let start = index(c) * WIDTH * HEIGHT;
        &self.coverage[start..start + WIDTH * HEIGHT]
    }
}

/// ASCII from the blank on, then Latin-1 without its soft hyphen, then the others.
fn index(c: char) -> usize {
    const ASCII: usize = 0x7f - 0x20;
    const LATIN: usize = 0x100 - 0xa1 - 1;
    match u32::from(c) {
        code @ 0x20..=0x7e => code as usize - 0x20,
        0xa0 => 0,
        code @ 0xa1..=0xac => ASCII + code as usize - 0xa1,
        code @ 0xae..=0xff => ASCII + code as usize - 0xa1 - 1,
        _ => {
            let known = FURTHER.chars().position(|other| other == c);
            ASCII + LATIN + known.unwrap_or(FURTHER.chars().count() - 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(glyphs: &Glyphs, c: char) -> String {
        glyphs
            .of(c)
            .chunks(WIDTH)
            .map(|row| row.iter().map(|&n| if n > 7 { '#' } else { ' ' }).collect::<String>())
            .map(|row| row.trim_end().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn each_character_has_its_picture() {
        let glyphs = Glyphs::load();
        let last = index(char::MAX);
        assert_eq!(glyphs.coverage.len(), (last + 1) * WIDTH * HEIGHT);
        assert!(glyphs.of(' ').iter().all(|&n| n == 0));
        // An l is one stroke, an I has bars above and below, a minus is one bar.
        let bars = |c| shown(&glyphs, c).lines().filter(|l| l.trim().len() > 6).count();
        assert!(bars('I') >= 3 && bars('-') == 0, "{}", shown(&glyphs, 'I'));
        assert!(bars('−') >= 1 && bars('→') >= 1, "{}", shown(&glyphs, '→'));
        for (one, other) in [('a', 'b'), ('~', '¡'), ('ÿ', '…'), ('•', '日'), ('¬', '®')] {
            assert_ne!(shown(&glyphs, one), shown(&glyphs, other));
        }
        assert_eq!(index('日'), last, "unknown ones are a box");
        assert_eq!(glyphs.of('日'), glyphs.of('\u{25a1}'));
    }
}
