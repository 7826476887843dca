//! A TOML document whose every value knows its place.
//!
//! Values are taken by their key; what was asked for and is of another kind is a problem, and so is
//! what nobody asked for. Problems are collected: a file is read to its end.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Problem};
use crate::model::{SortFew as _, near};

/// What a document's readers share.
pub(super) struct Document {
    problems: RefCell<Vec<(usize, String)>>,
}

impl Document {
    /// Parses `text` and has it read.
    pub(super) fn read<T>(
        name: &str,
        text: &str,
        read: impl FnOnce(&Table<'_>) -> T,
    ) -> Result<T, ConfigError> {
        let failed = |mut problems: Vec<(usize, String)>| {
            problems.sort_few_by_key(|(at, _)| *at);
            problems.dedup();
            let problems = problems
                .into_iter()
                .map(|(at, message)| {
                    let (line, column) = place(text, at);
                    Problem { line, column, message }
                })
                .collect();
            ConfigError { file: name.to_owned(), problems }
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            // What follows a slip is mostly more of the same.
            let first = errors.iter().min_by_key(|error| error.span().map(|span| span.start));
            let problem = first.map(|error| {
                let at = error.span().map_or(0, |span| span.start);
                (at, format!("this is no TOML: {}", error.message()))
            });
            return Err(failed(problem.into_iter().collect()));
        }
        let document = Self { problems: RefCell::new(Vec::new()) };
        let table = Table::new(&document, table.get_ref(), 0, "perfbase.toml");
        let read = read(&table);
        table.finish();
        let problems = document.problems.take();
        if problems.is_empty() { Ok(read) } else { Err(failed(problems)) }
    }
}

/// Line and column of a byte, from 1; the column in characters.
fn place(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// A table, and which of its keys were asked for.
pub(super) struct Table<'a> {
    document: &'a Document,
    table: &'a DeTable<'a>,
    at: usize,
    what: &'static str,
    known: RefCell<Vec<&'static str>>,
    finished: Cell<bool>,
}

/// A value with its place.
#[derive(Clone, Copy)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

impl<'a> Table<'a> {
    fn new(document: &'a Document, table: &'a DeTable<'a>, at: usize, what: &'static str) -> Self {
        let (known, finished) = (RefCell::default(), Cell::new(false));
        Self { document, table, at, what, known, finished }
    }

    /// Notes a problem at some place.
    pub(super) fn problem(&self, at: usize, message: impl Into<String>) {
        self.document.problems.borrow_mut().push((at, message.into()));
    }

    /// Where the table begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What the table is called in messages: `[[limit]]`.
    pub(super) fn what(&self) -> &'static str {
        self.what
    }

    fn get(&self, key: &'static str) -> Option<(&'a DeValue<'a>, Range<usize>)> {
        self.known.borrow_mut().push(key);
        let value = self.table.get(key)?;
        Some((value.get_ref(), value.span()))
    }

    fn wrong(&self, key: &str, value: &DeValue<'_>, at: usize, wanted: &str) {
        self.problem(at, format!("`{key}` is {wanted}, not {}", kind(value)));
    }

    /// Where a key's value stands; the table's own place without it.
    pub(super) fn place_of(&self, key: &str) -> usize {
        self.table.get(key).map_or(self.at, |value| value.span().start)
    }

    /// Whether a key is there.
    pub(super) fn has(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// A text that is not empty.
    pub(super) fn text(&self, key: &'static str) -> Option<At<&'a str>> {
        let (value, span) = self.get(key)?;
        match value.as_str() {
            Some(text) if text.trim().is_empty() => {
                self.problem(span.start, format!("`{key}` is empty"));
                None
            }
            Some(text) => Some(At { value: text, at: span.start }),
            None => {
                self.wrong(key, value, span.start, "a text in quotes");
                None
            }
        }
    }

    /// One of some words.
    pub(super) fn one_of(&self, key: &'static str, words: &[&'static str]) -> Option<&'static str> {
        self.word(key, &self.text(key)?, words)
    }

    /// One of some words, or several of them.
    pub(super) fn each_of(
        &self,
        key: &'static str,
        words: &[&'static str],
    ) -> Vec<At<&'static str>> {
        let texts = self.texts(key).into_iter();
        texts
            .filter_map(|text| Some(At { value: self.word(key, &text, words)?, at: text.at }))
            .collect()
    }

    fn word(
        &self,
        key: &'static str,
        text: &At<&str>,
        words: &[&'static str],
    ) -> Option<&'static str> {
        let found = words.iter().find(|word| **word == text.value);
        if found.is_none() {
            self.problem(
                text.at,
                format!("`{key}` is {}, not \"{}\"", one_of(words), text.value)
                    + &meant(text.value, words),
            );
        }
        found.copied()
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self, key: &'static str) -> Option<bool> {
        let (value, span) = self.get(key)?;
        if value.as_bool().is_none() {
            self.wrong(key, value, span.start, "true or false");
        }
        value.as_bool()
    }

    /// A whole number within bounds.
    pub(super) fn integer(&self, key: &'static str, bounds: Range<u32>) -> Option<u32> {
        let (value, span) = self.get(key)?;
        let wanted = format!("a whole number from {} to {}", bounds.start, bounds.end);
        let Some(number) = value.as_integer() else {
            self.wrong(key, value, span.start, &wanted);
            return None;
        };
        let parsed = u32::from_str_radix(number.as_str(), number.radix()).ok();
        let parsed = parsed.filter(|n| (bounds.start..=bounds.end).contains(n));
        if parsed.is_none() {
            self.problem(span.start, format!("`{key}` is {wanted}, not {}", number.as_str()));
        }
        parsed
    }

    /// A number, or a text that stands for one.
    pub(super) fn quantity(&self, key: &'static str) -> Option<At<String>> {
        let (value, span) = self.get(key)?;
        let at = span.start;
        let text = match value {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            other => {
                self.wrong(key, other, at, "a number, or one with its unit in quotes");
                return None;
            }
        };
        Some(At { value: text, at })
    }

    /// One text or several.
    pub(super) fn texts(&self, key: &'static str) -> Vec<At<&'a str>> {
        let Some((value, span)) = self.get(key) else { return Vec::new() };
        if let Some(text) = value.as_str() {
            return vec![At { value: text, at: span.start }];
        }
        let Some(array) = value.as_array() else {
            self.wrong(key, value, span.start, "a text in quotes, or a list of such");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_str() {
                Some(text) => texts.push(At { value: text, at: item.span().start }),
                None => self.wrong(key, item.get_ref(), item.span().start, "a list of texts"),
            }
        }
        texts
    }

    /// Numbers or texts, as texts.
    pub(super) fn levels(&self, key: &'a Spanned<toml::de::DeString<'a>>) -> Vec<String> {
        let Some(value) = self.table.get(&**key.get_ref()) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array().filter(|array| !array.is_empty()) else {
            let at = value.span().start;
            self.problem(at, format!("`{}` is a list of numbers or texts", key.get_ref()));
            return Vec::new();
        };
        let mut levels = Vec::new();
        for item in array.iter() {
            match item.get_ref() {
                DeValue::String(text) => levels.push(text.to_string()),
                DeValue::Integer(number) if number.radix() == 10 => {
                    levels.push(number.as_str().to_owned());
                }
                DeValue::Float(number) => levels.push(number.as_str().to_owned()),
                other => {
                    let wanted = "a list of numbers or texts";
                    self.wrong(key.get_ref(), other, item.span().start, wanted);
                }
            }
        }
        levels
    }

    /// All keys, in the order of the file: of a table whose keys are the user's own.
    pub(super) fn own_keys(&self) -> Vec<&'a Spanned<toml::de::DeString<'a>>> {
        self.finished.set(true);
        let mut keys: Vec<_> = self.table.keys().collect();
        keys.sort_few_by_key(|key| key.span().start);
        keys
    }

    /// Texts under the user's own keys.
    pub(super) fn own_texts(&self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for key in self.own_keys() {
            let Some(value) = self.table.get(&**key.get_ref()) else { continue };
            let text = match value.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Integer(number) => number.as_str().to_owned(),
                DeValue::Float(number) => number.as_str().to_owned(),
                DeValue::Boolean(yes) => yes.to_string(),
                other => {
                    self.wrong(key.get_ref(), other, value.span().start, "a text in quotes");
                    continue;
                }
            };
            pairs.push((key.get_ref().to_string(), text));
        }
        pairs
    }

    /// A table.
    pub(super) fn table(&self, key: &'static str) -> Option<Table<'a>> {
        let (value, span) = self.get(key)?;
        let Some(table) = value.as_table() else {
            self.wrong(key, value, span.start, "a table");
            return None;
        };
        Some(Table::new(self.document, table, span.start, key))
    }

    /// A text, or a table in its place.
    pub(super) fn text_or_table(
        &self,
        key: &'static str,
    ) -> Option<Result<At<&'a str>, Table<'a>>> {
        let (value, span) = self.get(key)?;
        match value {
            DeValue::Table(table) => Some(Err(Table::new(self.document, table, span.start, key))),
            _ => self.text(key).map(Ok),
        }
    }

    /// An array of tables, `[[key]]`, in the order of the file.
    pub(super) fn tables(&self, key: &'static str, what: &'static str) -> Vec<Table<'a>> {
        let Some((value, span)) = self.get(key) else { return Vec::new() };
        let Some(array) = value.as_array() else {
            let wanted = format!("a list of tables, each beginning with {what}");
            self.wrong(key, value, span.start, &wanted);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in array.iter() {
            let at = item.span().start;
            match item.get_ref().as_table() {
                Some(table) => tables.push(Table::new(self.document, table, at, what)),
                None => self.wrong(key, item.get_ref(), at, "a list of tables"),
            }
        }
        tables
    }

    /// Complains of keys that nobody asked for. Each table is finished once all of it was read.
    pub(super) fn finish(&self) {
        if self.finished.replace(true) {
            return;
        }
        let known = self.known.borrow();
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let mut sorted = known.clone();
                sorted.sort_few();
                sorted.dedup();
                let hint = meant(name, &sorted);
                let rest = if hint.is_empty() {
                    format!("; there are {}", sorted.join(", "))
                } else {
                    hint
                };
                self.problem(
                    key.span().start,
                    format!("unknown key `{name}` in {}{rest}", self.what),
                );
            }
        }
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// `"a"`, `"a" or "b"`.
pub(super) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// `; did you mean "x"?` where something is near.
pub(super) fn meant(word: &str, words: &[&str]) -> String {
    near(word, words).first().map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
