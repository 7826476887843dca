//! The gzip envelope.

use std::borrow::Cow;
use std::io::{Read, Write};

use flate2::read::MultiGzDecoder;
use flate2::{Compression, GzBuilder};

use super::error::PprofError;

/// The first bytes of every gzip file.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Read this much at a time.
const CHUNK: usize = 64 << 10;

/// Compresses, without a time or a file name: the same bytes give the same bytes.
pub(super) fn deflate(bytes: &[u8], level: u32) -> Vec<u8> {
    let out = Vec::with_capacity(bytes.len() / 8 + 64);
    let mut gzip = GzBuilder::new().mtime(0).write(out, Compression::new(level));
    gzip.write_all(bytes).expect("a Vec takes all bytes");
    gzip.finish().expect("a Vec takes all bytes")
}

/// Inflates; bytes without gzip's magic are taken as they are, as pprof does.
///
/// # Errors
/// A damaged or cut-off stream, or more than `limit` bytes.
pub(super) fn inflate(bytes: &[u8], limit: usize) -> Result<Cow<'_, [u8]>, PprofError> {
    let too_large = PprofError::TooLarge { what: "bytes", limit };
    if !bytes.starts_with(&MAGIC) {
        return if bytes.len() > limit { Err(too_large) } else { Ok(Cow::Borrowed(bytes)) };
    }
    let mut gzip = MultiGzDecoder::new(bytes);
    let mut out = Vec::new();
    loop {
        let filled = out.len();
        if filled == out.capacity() {
            // Doubling, but never beyond what is accepted.
            let more = filled.clamp(CHUNK, CHUNK.max(limit + 1 - filled));
            out.try_reserve_exact(more).map_err(|_| PprofError::TooLarge {
                what: "bytes (out of memory)",
                limit: filled,
            })?;
        }
        let room = (out.capacity() - filled).min(limit + 1 - filled);
        let read =
            gzip.by_ref().take(room as u64).read_to_end(&mut out).map_err(PprofError::Gzip)?;
        if out.len() > limit {
            return Err(too_large);
        }
        if read < room {
            return Ok(Cow::Owned(out));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflates_what_was_deflated() {
        let bytes: Vec<u8> = (0..1_000_000_u32).flat_map(|n| (n % 977).to_le_bytes()).collect();
        let packed = deflate(&bytes, 6);
        assert!(packed.len() < bytes.len() / 10);
        assert_eq!(packed, deflate(&bytes, 6));
        assert_eq!(&packed[4..8], [0; 4], "no time");
        assert_eq!(inflate(&packed, bytes.len()).unwrap(), bytes);
        assert!(matches!(
            inflate(&packed, bytes.len() - 1),
            Err(PprofError::TooLarge { what: "bytes", .. })
        ));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let packed = deflate(&vec![0; 16 << 20], 1);
        assert!(packed.len() < 200 << 10);
        assert!(matches!(inflate(&packed, 1 << 20), Err(PprofError::TooLarge { .. })));
    }

    #[test]
    fn cut_off_and_damaged_streams_are_errors() {
        let packed = deflate(b"some text that is long enough to be cut", 6);
        for end in 2..packed.len() {
            assert!(matches!(inflate(&packed[..end], 1000), Err(PprofError::Gzip(_))), "{end}");
        }
        let mut damaged = packed.clone();
        let last = damaged.len() - 6;
        damaged[last] ^= 1;
        assert!(inflate(&damaged, 1000).is_err(), "the checksum is checked");
    }

    #[test]
    fn bytes_without_an_envelope_pass() {
        assert_eq!(&*inflate(b"\x0a\x00", 10).unwrap(), b"\x0a\x00");
    }
}
