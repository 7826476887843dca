//! `configuration.md` has the keys of the published schema. `PERFBASE_UPDATE=1 cargo test --test
//! docs configuration` writes them anew.

use std::fs;

use serde_json::Value;

use crate::page;

const BEGIN: &str = "<!-- keys -->\n";
const END: &str = "<!-- end of keys -->";

/// What a key may hold, in short.
fn holds(schema: &Value, key: &Value) -> String {
    let target = key["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    let target = target.map_or(key, |path| schema.pointer(path).expect("it is defined"));
    if let Some(words) = key["enum"].as_array().or(target["enum"].as_array()) {
        let word = |word: &Value| format!("`{}`", word.as_str().expect("a word"));
        return words.iter().map(word).collect::<Vec<_>>().join(", ");
    }
    let name = |name: &str| {
        match name {
            "string" => "text",
            "array" => "list",
            "object" => "table",
            "boolean" => "true or false",
            "integer" => "whole number",
            other => panic!("{other}?"),
        }
        .to_owned()
    };
    match &target["type"] {
        _ if target["const"] == true => "true".to_owned(),
        Value::String(one) if one == "number" => "number".to_owned(),
        Value::String(one) => name(one),
        Value::Array(_) => "text or number".to_owned(),
        _ => {
            let choices = target["oneOf"].as_array().or(target["anyOf"].as_array());
            let choices = choices.unwrap_or_else(|| panic!("{key}?"));
            let mut names: Vec<String> = choices.iter().map(|one| holds(schema, one)).collect();
            names.dedup();
            names.join(" or ")
        }
    }
}

fn table(schema: &Value, properties: &Value) -> String {
    let mut text = String::from("| key | holds | is |\n|---|---|---|\n");
    for (name, key) in properties.as_object().expect("keys") {
        let about = key["description"].as_str().unwrap_or_default();
        let about = about.replace('|', "\\|").replace('<', "&lt;");
        text.push_str(&format!("| `{name}` | {} | {about} |\n", holds(schema, key)));
    }
    text
}

#[test]
fn it_has_all_keys() {
    let schema = include_str!("../../docs/format/perfbase.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    let mut text = String::new();
    for (name, key) in schema["properties"].as_object().expect("keys") {
        let about = key["description"].as_str().unwrap_or_default();
        let (heading, properties) = match (&key["items"]["properties"], &key["properties"]) {
            (Value::Null, Value::Null) => (format!("`{name}`"), None),
            (Value::Null, of) => (format!("`[{name}]`"), Some(of)),
            (of, _) => (format!("`[[{name}]]`"), Some(of)),
        };
        text.push_str(&format!("\n## {heading}\n\n{about}\n"));
        match properties {
            Some(properties) => text.push_str(&format!("\n{}", table(&schema, properties))),
            None => text.push_str(&format!("\nHolds {}.\n", holds(&schema, key))),
        }
    }
    let page = page::read("configuration.md");
    let (before, rest) = page.split_once(BEGIN).expect("where keys begin");
    let (_, after) = rest.split_once(END).expect("where keys end");
    let wanted = format!("{before}{BEGIN}{}\n{END}{after}", text.trim_end());
    if std::env::var_os("PERFBASE_UPDATE").is_some_and(|value| value == "1") {
        fs::write(page::folder().join("configuration.md"), &wanted).expect("written");
    }
    assert_eq!(page::read("configuration.md"), wanted, "PERFBASE_UPDATE=1 writes it anew");
}
