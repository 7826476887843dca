//! What is kept of an output stream.

/// The last `limit` bytes of a stream.
#[derive(Debug)]
pub(super) struct Tail {
    bytes: Vec<u8>,
    limit: usize,
    cut: bool,
}

impl Tail {
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, cut: false }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.bytes.extend_from_slice(chunk);
        // The head is dropped in large steps, so that each byte is moved a constant number of
        // times on average.
        if self.bytes.len() > self.limit.saturating_mul(2) {
            self.drop_head();
        }
    }

    /// The bytes kept, and whether any were dropped before them. Nothing is kept from then on: a
    /// survivor that goes on writing must not fill our memory.
    pub(super) fn take(&mut self) -> (Vec<u8>, bool) {
        self.drop_head();
        self.limit = 0;
        (std::mem::take(&mut self.bytes), self.cut)
    }

    fn drop_head(&mut self) {
        let excess = self.bytes.len().saturating_sub(self.limit);
        if excess > 0 {
            self.bytes.drain(..excess);
            self.cut = true;
        }
    }
}

/// Longest line that is passed on whole; what is longer comes in several pieces. Large enough for
/// any of cargo's messages.
const LONGEST_LINE: usize = 16 << 20;

/// Cuts a stream into lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    partial: Vec<u8>,
}

impl Lines {
    /// Passes the lines that `chunk` completes to `emit`, without their line ends. Stops when
    /// `emit` returns `false`, and returns that.
    pub(super) fn push(&mut self, chunk: &[u8], mut emit: impl FnMut(String) -> bool) -> bool {
        for piece in chunk.split_inclusive(|&byte| byte == b'\n') {
            self.partial.extend_from_slice(piece);
            let whole = piece.ends_with(b"\n");
            if (whole || self.partial.len() >= LONGEST_LINE) && !emit(self.take()) {
                return false;
            }
        }
        true
    }

    /// The last line, when the stream ended without a line end.
    pub(super) fn finish(&mut self) -> Option<String> {
        (!self.partial.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> String {
        let mut line = std::mem::take(&mut self.partial);
        if line.ends_with(b"\n") {
            line.pop();
            if line.ends_with(b"\r") {
                line.pop();
            }
        }
        String::from_utf8(line)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_end_of_the_stream_for_any_chunks() {
        let stream: Vec<u8> = (0..10_000_u32).map(|n| n as u8).collect();
        for limit in [0, 1, 7, 100, 9_999, 10_000, 20_000] {
            for chunk in [1, 3, 64, 5_000] {
                let mut tail = Tail::new(limit);
                stream.chunks(chunk).for_each(|chunk| tail.push(chunk));
                let (bytes, cut) = tail.take();
                assert_eq!(bytes, stream[stream.len() - limit.min(stream.len())..]);
                assert_eq!(cut, limit < stream.len(), "limit {limit}, chunk {chunk}");
            }
        }
    }

    #[test]
    fn memory_stays_bounded() {
        let mut tail = Tail::new(100);
        (0..1_000).for_each(|_| tail.push(&[0; 64]));
        assert!(tail.bytes.len() <= 200);
        assert_eq!(tail.take(), (vec![0; 100], true));
        tail.push(&[0; 64]);
        assert!(tail.bytes.is_empty());
    }

    #[test]
    fn lines_do_not_depend_on_chunks() {
        let stream = b"one\ntwo\r\n\nfo\xffur\nlast";
        for chunk in 1..=stream.len() {
            let mut lines = Lines::default();
            let mut seen = Vec::new();
            for chunk in stream.chunks(chunk) {
                assert!(lines.push(chunk, |line| {
                    seen.push(line);
                    true
                }));
            }
            seen.extend(lines.finish());
            assert_eq!(seen, ["one", "two", "", "fo\u{fffd}ur", "last"]);
            assert_eq!(lines.finish(), None);
        }
    }

    #[test]
    fn a_refusal_stops_the_lines() {
        let mut seen = 0;
        let more = Lines::default().push(b"a\nb\nc\n", |_| {
            seen += 1;
            seen < 2
        });
        assert!(!more);
        assert_eq!(seen, 2);
    }

    #[test]
    fn an_endless_line_comes_in_pieces() {
        let mut lines = Lines::default();
        let mut sizes = Vec::new();
        let chunk = vec![b'x'; 1 << 20];
        for _ in 0..17 {
            lines.push(&chunk, |line| {
                sizes.push(line.len());
                true
            });
        }
        assert_eq!(sizes, [LONGEST_LINE]);
        assert_eq!(lines.finish().map(|line| line.len()), Some(1 << 20));
    }
}
