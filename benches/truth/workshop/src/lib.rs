//! A program of eleven small jobs, each of which is refactored in one way.

mod area;
mod checksum;
mod distance;
mod escape;
mod extremes;
mod gray;
mod histogram;
mod ledger;
mod matrix;
mod ranking;
mod words;

/// Does all of them on data that do not change.
pub fn day(data: &Data) -> u64 {
    let mut sum = checksum::of_blocks(&data.bytes);
    sum ^= histogram::spread(&data.bytes);
    sum ^= distance::of_neighbours(&data.lines);
    sum ^= escape::of_lines(&data.lines);
    sum ^= gray::brightness(&data.pixels);
    sum ^= words::longest(&data.text);
    sum ^= extremes::range(&data.values);
    sum ^= area::of_garden(&data.values);
    sum ^= ranking::best(&data.values);
    sum ^= matrix::trace_of_power(&data.values);
    sum ^= ledger::balance(&data.values);
    sum
}

/// What the jobs are done on.
pub struct Data {
    bytes: Vec<u8>,
    text: String,
    lines: Vec<String>,
    pixels: Vec<[u8; 3]>,
    values: Vec<u64>,
}

impl Data {
    pub fn new() -> Self {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let values: Vec<u64> = (0..256).map(|_| next() >> 16).collect();
        let bytes: Vec<u8> = (0..1024).map(|_| next() as u8).collect();
        let pixels = (0..700).map(|_| next().to_le_bytes()).map(|b| [b[0], b[1], b[2]]).collect();
        let letters = b"abcdefghij klmno\"pqrst\\uvwxyz \n ";
        let text: String =
            (0..900).map(|_| letters[next() as usize % letters.len()] as char).collect();
        let lines = text.as_bytes().chunks(24).take(12);
        let lines = lines.map(|l| String::from_utf8_lossy(l).into_owned()).collect();
        Self { bytes, text, lines, pixels, values }
    }
}
