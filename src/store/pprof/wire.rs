//! Protobuf's wire format: varints, tags, length-delimited fields.
//! <https://protobuf.dev/programming-guides/encoding/>

use super::error::PprofError;

/// Appends a varint.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a number, unless it is 0, the default.
pub(super) fn put_uint(out: &mut Vec<u8>, field: u32, value: u64) {
    if value != 0 {
        put_varint(out, u64::from(field) << 3);
        put_varint(out, value);
    }
}

/// Appends a number of eight bytes.
pub(super) fn put_fixed64(out: &mut Vec<u8>, field: u32, value: u64) {
    put_varint(out, u64::from(field) << 3 | 1);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends text, bytes, packed numbers or a message.
pub(super) fn put_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_varint(out, u64::from(field) << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// The value of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A varint, or a fixed-width number of a field that we do not know.
    Number(u64),
    /// Anything with a length.
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    /// The number, where the field is to be one.
    pub(super) fn number(self) -> Result<u64, PprofError> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Bytes(_) => {
                Err(PprofError::Malformed { what: "text where a number is due", offset: 0 })
            }
        }
    }

    /// The bytes, where the field is to be text or a message.
    pub(super) fn bytes(self) -> Result<&'a [u8], PprofError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Number(_) => {
                Err(PprofError::Malformed { what: "a number where text is due", offset: 0 })
            }
        }
    }

    /// Gives each number of a repeated field, be it packed or not.
    pub(super) fn numbers(self, mut each: impl FnMut(u64)) -> Result<(), PprofError> {
        match self {
            Self::Number(number) => each(number),
            Self::Bytes(bytes) => {
                let mut reader = Reader::new(bytes);
                while !reader.is_empty() {
                    each(reader.varint()?);
                }
            }
        }
        Ok(())
    }
}

/// Reads the fields of one message.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.offset >= self.bytes.len()
    }

    /// The next varint: at most ten bytes, and the tenth has one bit of value left.
    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, PprofError> {
        let rest = &self.bytes[self.offset..];
        // Nearly all ids and counts are small.
        if let Some(&first) = rest.first()
            && first < 0x80
        {
            self.offset += 1;
            return Ok(u64::from(first));
        }
        let mut value = 0;
        for (index, &byte) in rest.iter().take(10).enumerate() {
            if index == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.offset += index + 1;
                return Ok(value);
            }
        }
        let what = if rest.len() < 10 { "a number is cut off" } else { "a number is too long" };
        Err(self.malformed(what))
    }

    /// The next field's number and value; `None` at the end.
    #[inline]
    pub(super) fn field(&mut self) -> Result<Option<(u32, Value<'a>)>, PprofError> {
        if self.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let field = u32::try_from(tag >> 3).unwrap_or(0);
        if field == 0 || field >= 1 << 29 {
            return Err(self.malformed("a field number is out of range"));
        }
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => Value::Number(u64::from_le_bytes(self.take(8)?.try_into().expect("8 bytes"))),
            2 => {
                let length = self.varint()?;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                Value::Bytes(self.take(length)?)
            }
            5 => {
                let bytes = self.take(4)?.try_into().expect("4 bytes");
                Value::Number(u64::from(u32::from_le_bytes(bytes)))
            }
            _ => return Err(self.malformed("an unknown wire type")),
        };
        Ok(Some((field, value)))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], PprofError> {
        let rest = &self.bytes[self.offset..];
        let taken = rest.get(..length).ok_or_else(|| self.malformed("a field is cut off"))?;
        self.offset += length;
        Ok(taken)
    }

    fn malformed(&self, what: &'static str) -> PprofError {
        PprofError::Malformed { what, offset: self.offset }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_as_in_the_specification() {
        // The specification's own example: 150 is 96 01.
        for (value, bytes) in [
            (0, vec![0]),
            (1, vec![1]),
            (150, vec![0x96, 0x01]),
            (u64::MAX, [vec![0xff; 9], vec![1]].concat()),
        ] {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            assert_eq!(out, bytes);
            assert_eq!(Reader::new(&out).varint().unwrap(), value);
        }
    }

    #[test]
    fn bad_varints_are_errors() {
        for bytes in [&[][..], &[0x80], &[0xff; 9], &[0xff; 10], &[0x80; 11]] {
            assert!(Reader::new(bytes).varint().is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn fields_as_in_the_specification() {
        // `int32 a = 1` with 150, and `string b = 2` with "testing".
        let bytes = b"\x08\x96\x01\x12\x07testing";
        let mut reader = Reader::new(bytes);
        assert_eq!(reader.field().unwrap(), Some((1, Value::Number(150))));
        assert_eq!(reader.field().unwrap(), Some((2, Value::Bytes(b"testing"))));
        assert_eq!(reader.field().unwrap(), None);
        let mut out = Vec::new();
        put_uint(&mut out, 1, 150);
        put_uint(&mut out, 3, 0);
        put_bytes(&mut out, 2, b"testing");
        assert_eq!(out, bytes);
    }

    #[test]
    fn lengths_beyond_the_end_are_errors() {
        assert!(Reader::new(b"\x12\x08testing").field().is_err());
        assert!(Reader::new(b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").field().is_err());
        assert!(Reader::new(b"\x09\x00").field().is_err(), "8 bytes are due");
        assert!(Reader::new(b"\x0b").field().is_err(), "groups are gone");
        assert!(Reader::new(b"\x00\x00").field().is_err(), "there is no field 0");
    }

    #[test]
    fn repeated_numbers_packed_or_not() {
        let mut all = Vec::new();
        Value::Bytes(b"\x01\x96\x01").numbers(|n| all.push(n)).unwrap();
        Value::Number(7).numbers(|n| all.push(n)).unwrap();
        assert_eq!(all, [1, 150, 7]);
        assert!(Value::Bytes(b"\x80").numbers(|_| ()).is_err());
    }
}
