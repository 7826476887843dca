//! The examples at the end of each command's help.

use clap::{Command, CommandFactory, Parser};

use super::args::Cli;

/// The command lines of this program in a help text, without what the shell does with them.
fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let example = |line: &str| {
        let (_, words) = line.split_once("cargo perfbase ")?;
        let end = words.find([')', '|', '>']).unwrap_or(words.len());
        Some(words[..end].trim().to_owned())
    };
    help.lines().filter_map(example).collect()
}

/// The words of a line, with single quotes around some.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        match at % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

#[test]
fn each_command_has_some_that_work() {
    let all = Cli::command();
    let mut commands = all.get_subcommands().filter(|one| one.get_name() != "help").peekable();
    assert!(commands.peek().is_some());
    for command in commands.chain([&all]) {
        let name = command.get_name();
        let examples: Vec<Vec<String>> = examples(command).iter().map(|line| words(line)).collect();
        let is_own = |words: &Vec<String>| words[0] == name || name == all.get_name();
        assert!(examples.iter().any(is_own), "{name} has none");
        for example in &examples {
            let parsed = Cli::try_parse_from(["cargo perfbase".into()].iter().chain(example));
            parsed.unwrap_or_else(|error| panic!("{example:?} in the help of {name}: {error}"));
        }
    }
}

#[test]
fn words_are_those_of_a_shell() {
    assert_eq!(words("diff --rename 'a b=c'  -q"), ["diff", "--rename", "a b=c", "-q"]);
}
