//! Schema names and their major versions.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::FormatError;

/// The one field that every version of every file has.
#[derive(Deserialize)]
struct Probe {
    schema: String,
}

/// Reads a file of schema `name`, version 1.
///
/// A newer file may fail to parse or not, so its version is looked at first; that costs no more
/// than skipping through it.
pub(super) fn read<T: DeserializeOwned>(
    bytes: &[u8],
    name: &'static str,
) -> Result<T, FormatError> {
    match serde_json::from_slice::<Probe>(bytes) {
        Ok(probe) => check(&probe.schema, name)?,
        Err(error) => return Err(FormatError::Json(error)),
    }
    serde_json::from_slice(bytes).map_err(FormatError::Json)
}

fn check(found: &str, name: &'static str) -> Result<(), FormatError> {
    let (kind, version) = found.rsplit_once('/').unwrap_or((found, ""));
    match version.parse::<u32>() {
        Ok(1) if kind == name => Ok(()),
        Ok(2..) if kind == name => Err(FormatError::Newer { found: found.to_owned() }),
        _ => Err(FormatError::Schema { found: found.to_owned(), expected: name }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_version_one_is_read() {
        assert!(check("perfbase.timing/1", "perfbase.timing").is_ok());
        assert!(matches!(
            check("perfbase.timing/2", "perfbase.timing"),
            Err(FormatError::Newer { .. })
        ));
        for other in ["perfbase.timing", "perfbase.timing/0", "perfbase.capture/1", "x", "/1", ""] {
            assert!(matches!(check(other, "perfbase.timing"), Err(FormatError::Schema { .. })));
        }
    }

    #[test]
    fn a_newer_file_is_known_as_such_whatever_else_it_says() {
        #[derive(Debug, Deserialize)]
        struct Old {
            #[expect(dead_code, reason = "only whether it parses matters")]
            needed: u32,
        }
        let error = read::<Old>(br#"{"new": [], "schema": "x/2"}"#, "x").unwrap_err();
        assert!(matches!(error, FormatError::Newer { .. }), "{error}");
        assert!(error.to_string().contains("update"));
        assert!(matches!(read::<Old>(br#"{"schema": "x/1"}"#, "x"), Err(FormatError::Json(_))));
        assert!(read::<Old>(br#"{"needed": 1, "more": 2, "schema": "x/1"}"#, "x").is_ok());
    }
}
