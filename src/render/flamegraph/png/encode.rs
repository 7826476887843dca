//! Rows of pixels → PNG (ISO/IEC 15948), eight bits for each of red, green and blue.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// Writes a picture row by row, so that a tall one needs no memory of its size.
pub(super) struct Encoder {
    head: Vec<u8>,
    data: ZlibEncoder<Vec<u8>>,
    /// The row before, which a row is told by its difference to.
    last: Vec<u8>,
}

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Each byte less the one above: rows of frames are mostly equal to those above.
const UP: u8 = 2;

impl Encoder {
    /// A picture of this size in pixels.
    pub(super) fn new(width: usize, height: usize) -> Self {
        let mut head = SIGNATURE.to_vec();
        let mut size = Vec::with_capacity(13);
        size.extend((width as u32).to_be_bytes());
        size.extend((height as u32).to_be_bytes());
        // Eight bits, colours, and the only compression, filter method and order but one.
        size.extend([8, 2, 0, 0, 0]);
        chunk(&mut head, *b"IHDR", &size);
        Self {
            head,
            data: ZlibEncoder::new(Vec::new(), Compression::new(6)),
            last: vec![0; width * 3],
        }
    }

    /// The next row, three bytes for each pixel.
    pub(super) fn row(&mut self, row: &[u8]) {
        let mut filtered = Vec::with_capacity(row.len() + 1);
        filtered.push(UP);
        filtered.extend(row.iter().zip(&self.last).map(|(byte, above)| byte.wrapping_sub(*above)));
        self.data.write_all(&filtered).expect("a Vec takes all bytes");
        self.last.copy_from_slice(row);
    }

    /// The whole file.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut file = self.head;
        chunk(&mut file, *b"IDAT", &self.data.finish().expect("a Vec takes all bytes"));
        chunk(&mut file, *b"IEND", &[]);
        file
    }
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    let mut sum = Crc::new();
    sum.update(&kind);
    sum.update(data);
    file.extend(kind);
    file.extend(data);
    file.extend(sum.sum().to_be_bytes());
}
