//! Schema names and their major versions.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::FormatError;

/// The one field that every version of every file has.
#[derive(Deserialize)]
struct Probe {
    schema: String,
}

/// A file's type.
pub(super) trait Versioned: DeserializeOwned {
    /// The name of its schema, without the version.
    const SCHEMA: &'static str;
    /// What the file says that it is.
    fn schema(&self) -> &str;
}

/// Reads a file, version 1.
///
/// # Errors
/// Another kind of file, a newer one (which may parse or not), or something missing.
pub(super) fn read<T: Versioned>(bytes: &[u8]) -> Result<T, FormatError> {
    match serde_json::from_slice::<T>(bytes) {
        Ok(file) => check(file.schema(), T::SCHEMA).map(|()| file),
        Err(error) => {
            if let Ok(probe) = serde_json::from_slice::<Probe>(bytes) {
                check(&probe.schema, T::SCHEMA)?;
            }
            Err(FormatError::Json(error))
        }
    }
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
            schema: String,
        }
        impl Versioned for Old {
            const SCHEMA: &'static str = "x";
            fn schema(&self) -> &str {
                &self.schema
            }
        }
        let read = |text: &str| read::<Old>(text.as_bytes());
        for newer in [r#"{"new": [], "schema": "x/2"}"#, r#"{"needed": 1, "schema": "x/2"}"#] {
            let error = read(newer).unwrap_err();
            assert!(matches!(error, FormatError::Newer { .. }), "{error}");
            assert!(error.to_string().contains("update"));
        }
        assert!(matches!(read(r#"{"schema": "x/1"}"#), Err(FormatError::Json(_))));
        assert!(matches!(read(r#"{"needed": 1}"#), Err(FormatError::Json(_))));
        assert!(read(r#"{"needed": 1, "more": 2, "schema": "x/1"}"#).is_ok());
    }
}
