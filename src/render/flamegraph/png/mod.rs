//! Blocks → PNG, for documents that take no SVG.
//!
//! The picture is the SVG's at rest, twice as fine: the same frames, colours and cut names, drawn
//! here from rectangles and one fixed-width font that is part of this program. Whatever fonts the
//! machine has, the same blocks give the same bytes.
//!
//! Deliberately absent: an SVG renderer. The one that is well kept, `resvg`, brings 33 crates, most
//! of them to shape text of any script, and takes longer to build than all of this program, to draw
//! what are boxes with Latin names. A character without a picture becomes a box here.

mod encode;
mod glyphs;

use super::blocks::Block;
use super::draw::{CHARACTER, Look, PADDING, PIXELS, Scene};
use crate::render::Inert;
use crate::view::shorten;
use encode::Encoder;
use glyphs::Glyphs;

/// Pixels for each of the SVG's.
const SCALE: usize = 2;
/// Width of the picture.
const WIDTH: usize = PIXELS as usize * SCALE;
/// Height of a frame, with the gap to the next.
const ROW: usize = 16 * SCALE;
/// Between picture and edge.
const EDGE: usize = 10 * SCALE;
/// The lines above the frames.
const HEAD: usize = 2 * ROW + EDGE;

type Rgb = [u8; 3];

const GROUND: Rgb = [238, 238, 238];
const INK: Rgb = [0, 0, 0];
const FAINT: Rgb = [96, 96, 96];

/// Draws a scene.
pub(super) fn draw(scene: &Scene<'_>) -> Vec<u8> {
    let placed = place(&scene.blocks);
    let deepest = placed.iter().map(|place| place.depth + 1).max().unwrap_or(0);
    let mut levels: Vec<Vec<usize>> = vec![Vec::new(); deepest];
    for (index, place) in placed.iter().enumerate() {
        levels[place.depth].push(index);
    }
    let glyphs = Glyphs::load();
    // The frame of the whole is below all others.
    let height = HEAD + (deepest + 1) * ROW + EDGE;
    let mut encoder = Encoder::new(WIDTH, height);
    let mut head = Band::new(HEAD);
    head.line(scene.title, EDGE, INK, &glyphs);
    head.line(&scene.subtitle, EDGE + ROW, FAINT, &glyphs);
    head.write(&mut encoder);
    for level in levels.iter().rev() {
        let mut band = Band::new(ROW);
        for &index in level {
            band.frame(placed[index].start, placed[index].end, &scene.looks[index], &glyphs);
        }
        band.write(&mut encoder);
    }
    let mut band = Band::new(ROW);
    band.frame(0.0, 1.0, &scene.all, &glyphs);
    band.write(&mut encoder);
    Band::new(EDGE).write(&mut encoder);
    encoder.finish()
}

/// Where a block is: from where to where, as parts of the whole.
struct Place {
    depth: usize,
    start: f64,
    end: f64,
}

/// A block's own weight comes first, its callees after it, as in the SVG.
fn place(blocks: &[Block]) -> Vec<Place> {
    let whole: f64 = blocks.iter().filter(|b| b.parent.is_none()).map(|b| b.width).sum();
    let mut own: Vec<f64> = blocks.iter().map(|block| block.width).collect();
    for block in blocks {
        if let Some(parent) = block.parent {
            own[parent] -= block.width;
        }
    }
    let mut position = 0.0;
    let mut placed: Vec<Place> = Vec::with_capacity(blocks.len());
    for (block, own) in blocks.iter().zip(own) {
        let start = position / whole;
        position += own.max(0.0);
        placed.push(Place {
            depth: block.parent.map_or(0, |parent| placed[parent].depth + 1),
            start,
            end: start + block.width / whole,
        });
    }
    placed
}

/// Some rows of the picture.
struct Band {
    rows: usize,
    pixels: Vec<Rgb>,
}

impl Band {
    fn new(rows: usize) -> Self {
        Self { rows, pixels: vec![GROUND; WIDTH * rows] }
    }

    /// A frame with as much of its name as fits; a pixel is left free around it.
    fn frame(&mut self, start: f64, end: f64, look: &Look<'_>, glyphs: &Glyphs) {
        let room = (WIDTH - 2 * EDGE) as f64;
        let at = |part: f64| EDGE + (part.clamp(0.0, 1.0) * room).round() as usize;
        let (left, right) = (at(start), at(end));
        let gap = usize::from(right > left + 3);
        for y in 0..self.rows.saturating_sub(1) {
            self.pixels[y * WIDTH..][left..right - gap].fill(look.fill.0);
        }
        // The same letters as in the SVG.
        let width = (right - left) as f64 / SCALE as f64;
        let fitting = ((width - PADDING) / CHARACTER).floor().max(0.0) as usize;
        let name = Inert(&shorten(look.name, super::draw::NAME)).to_string();
        if fitting >= 6 || name.chars().count() <= fitting {
            let left = left + (PADDING / 2.0) as usize * SCALE;
            self.text(&shorten(&name, fitting), left, 1, INK, glyphs);
        }
    }

    /// A line of text over the whole width.
    fn line(&mut self, text: &str, y: usize, color: Rgb, glyphs: &Glyphs) {
        let fitting = (WIDTH - 2 * EDGE) / glyphs::WIDTH;
        let text = Inert(&shorten(text, super::draw::NAME)).to_string();
        self.text(&shorten(&text, fitting), EDGE, y, color, glyphs);
    }

    fn text(&mut self, text: &str, mut left: usize, top: usize, color: Rgb, glyphs: &Glyphs) {
        for c in text.chars() {
            if left + glyphs::WIDTH > WIDTH {
                return;
            }
            let glyph = glyphs.of(c);
            for (index, &coverage) in glyph.iter().enumerate() {
                let (x, y) = (left + index % glyphs::WIDTH, top + index / glyphs::WIDTH);
                if coverage > 0 && y < self.rows {
                    let pixel = &mut self.pixels[y * WIDTH + x];
                    *pixel = blend(*pixel, color, coverage);
                }
            }
            left += glyphs::WIDTH;
        }
    }

    fn write(&self, encoder: &mut Encoder) {
        self.pixels.chunks_exact(WIDTH).for_each(|row| encoder.row(row.as_flattened()));
    }
}

/// `color` over `ground`, covering it by so many fifteenths.
fn blend(ground: Rgb, color: Rgb, coverage: u8) -> Rgb {
    let mix = |channel: usize| {
        let (below, above) = (u16::from(ground[channel]), u16::from(color[channel]));
        let part = u16::from(coverage);
        ((below * (15 - part) + above * part + 7) / 15) as u8
    };
    [mix(0), mix(1), mix(2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blending_has_its_ends() {
        assert_eq!(blend([10, 20, 30], [200, 100, 0], 0), [10, 20, 30]);
        assert_eq!(blend([10, 20, 30], [200, 100, 0], 15), [200, 100, 0]);
    }

    #[test]
    fn callees_stand_behind_their_callers_own_weight() {
        let block = |parent, width| Block {
            parent,
            name: crate::model::Strings::default().intern("x"),
            width,
            totals: [width, 0.0],
        };
        let blocks = [
            block(None, 8.0),
            block(Some(0), 3.0),
            block(Some(0), 4.0),
            block(Some(2), 2.0),
            block(None, 2.0),
        ];
        let places: Vec<(usize, f64, f64)> =
            place(&blocks).iter().map(|p| (p.depth, p.start * 10.0, p.end * 10.0)).collect();
        let expected = [(0, 0.0, 8.0), (1, 1.0, 4.0), (1, 4.0, 8.0), (2, 6.0, 8.0), (0, 8.0, 10.0)];
        for (place, expected) in places.iter().zip(expected) {
            assert_eq!(place.0, expected.0);
            assert!((place.1 - expected.1).abs() < 1e-9 && (place.2 - expected.2).abs() < 1e-9);
        }
    }
}
