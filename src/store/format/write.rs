//! How JSON is laid out.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::FormatError;

/// One field per line, arrays in one line.
#[derive(Default)]
struct Layout {
    depth: usize,
    /// Whether the object that ends now had a field.
    filled: bool,
}

impl Layout {
    fn new_line<W: ?Sized + io::Write>(&self, out: &mut W) -> io::Result<()> {
        write!(out, "\n{:1$}", "", 2 * self.depth)
    }
}

impl Formatter for Layout {
    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        out.write_all(b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.filled {
            self.new_line(out)?;
        }
        self.filled = true;
        out.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        self.new_line(out)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _out: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

/// The bytes of a file.
pub(super) fn write(value: &impl Serialize) -> Result<Vec<u8>, FormatError> {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, Layout::default());
    value.serialize(&mut serializer).map_err(|error| FormatError::invalid(error.to_string()))?;
    out.push(b'\n');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_have_lines_and_arrays_have_one() {
        let value = json!({"a": [1, 2], "b": {}, "c": [{"d": null}, {"e": [[]]}], "f": "x"});
        let expected = r#"{
  "a": [1,2],
  "b": {},
  "c": [{
    "d": null
  },{
    "e": [[]]
  }],
  "f": "x"
}
"#;
        assert_eq!(String::from_utf8(write(&value).unwrap()).unwrap(), expected);
    }
}
