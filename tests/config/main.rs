//! `perfbase.toml`: what is wrong with bad files is said, and the published examples are right.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, as it should")]

use std::path::{Path, PathBuf};

use perfbase::config;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

#[test]
fn bad_files_are_told_where_and_what() {
    let bad = files("tests/config/bad");
    assert!(bad.len() >= 30, "{}", bad.len());
    let mut told = String::new();
    for path in bad {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let error = config::parse(&name, &text).expect_err(&name);
        told.push_str(&format!("{}\n{error}\n\n", text.trim_end()));
    }
    insta::assert_snapshot!(told);
}

mod documents;

/// A configuration as JSON has it.
fn value(text: &str) -> serde_json::Value {
    serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap()
}

fn schema() -> jsonschema::Validator {
    let text = include_str!("../../docs/format/perfbase.schema.json");
    jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap()
}

#[test]
fn the_examples_follow_the_schema_and_are_understood() {
    let examples = files("docs/examples");
    assert!(examples.len() >= 5);
    for path in examples {
        let text = std::fs::read_to_string(&path).unwrap();
        let wrong: Vec<String> = schema()
            .iter_errors(&value(&text))
            .map(|error| format!("{}: {error}", error.instance_path))
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", path.display());
        config::parse("perfbase.toml", &text).unwrap();
    }
}

/// What the schema cannot know: sums of keys, units, what a text means, and ids over several lists.
const BEYOND_THE_SCHEMA: [&str; 23] = [
    "12-", "16-", "20-", "22-", "24-", "25-", "26-", "28-", "30-", "31-", "32-", "34-", "36-",
    "38-", "39-", "40-", "10-", "23-", "18-", "42-", "43-", "44-", "45-",
];

#[test]
fn the_schema_refuses_what_it_can() {
    let mut refused = 0;
    for path in files("tests/config/bad") {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(parsed) = toml::from_str::<toml::Value>(&text) else { continue };
        let is_valid = schema().is_valid(&serde_json::to_value(parsed).unwrap());
        let may_pass = BEYOND_THE_SCHEMA.iter().any(|start| name.starts_with(start));
        assert!(!is_valid || may_pass, "{name} is valid for the schema");
        refused += usize::from(!is_valid);
    }
    assert!(refused >= 20, "{refused}");
}
