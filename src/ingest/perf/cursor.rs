//! Reading little-endian numbers from bytes that may end anywhere.

/// A position in bytes. Every method gives `None` instead of reading past the end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    /// The next `length` bytes.
    pub(super) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// As many bytes as a number in the file says.
    pub(super) fn bytes_u64(&mut self, length: u64) -> Option<&'a [u8]> {
        self.bytes(usize::try_from(length).ok()?)
    }

    /// `count` items of `size` bytes each.
    pub(super) fn items(&mut self, count: u64, size: u64) -> Option<&'a [u8]> {
        self.bytes_u64(count.checked_mul(size)?)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.bytes(2)?.try_into().ok()?))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.bytes(4)?.try_into().ok()?))
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        Some(self.u32()?.cast_signed())
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.bytes(8)?.try_into().ok()?))
    }

    /// Text up to the first NUL, or to the end.
    pub(super) fn text(self) -> std::borrow::Cow<'a, str> {
        let end = self.0.iter().position(|&byte| byte == 0).unwrap_or(self.0.len());
        String::from_utf8_lossy(&self.0[..end])
    }
}

/// The little-endian words in `bytes`.
pub(super) fn words(bytes: &[u8]) -> impl Iterator<Item = u64> + Clone + '_ {
    bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_beyond_the_end_give_nothing() {
        let mut cursor = Cursor(&[1, 0, 0, 0, 0, 0, 0, 0, 9]);
        assert_eq!(cursor.u64(), Some(1));
        assert_eq!(cursor.u16(), None);
        assert_eq!(cursor.bytes_u64(u64::MAX), None);
        assert_eq!(cursor.items(u64::MAX / 4, 8), None);
        assert_eq!(cursor.bytes(1), Some([9].as_slice()));
        assert_eq!(cursor.bytes(1), None);
    }

    #[test]
    fn text_ends_at_nul() {
        assert_eq!(Cursor(b"comm\0\0\0").text(), "comm");
        assert_eq!(Cursor(b"whole").text(), "whole");
    }
}
