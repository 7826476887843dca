//! What compilers and failing programs say, cut to the line that matters.

/// The first error of a compiler, with its place.
pub(super) fn first_error(stderr: &str) -> String {
    let mut lines = stderr.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let is_sum = ["error: could not compile", "error: aborting", "error: build failed"]
            .iter()
            .any(|start| line.starts_with(start));
        if !line.starts_with("error") || is_sum {
            continue;
        }
        // The place stands in one of the next lines.
        let place = lines.clone().take(4).find_map(|line| line.trim_start().strip_prefix("--> "));
        return match place {
            Some(place) => format!("{line} ({place})"),
            // Cargo's own errors say why further down.
            None => match lines.find(|line| line.trim_start().starts_with("error")) {
                Some(cause) => format!("{line}: {}", cause.trim()),
                None => line.to_owned(),
            },
        };
    }
    stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}

/// What a program that failed said: the message of a panic, else an error, else its last line.
pub(super) fn failure(output: &str) -> String {
    let lines: Vec<&str> = output.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let panic = lines.iter().position(|line| line.contains("panicked at"));
    if let Some(at) = panic {
        // Before 1.73 the message stood in the same line, in quotes.
        if let Some((_, rest)) = lines[at].split_once("panicked at '") {
            return rest.rsplit_once("', ").map_or(rest, |(message, _)| message).to_owned();
        }
        let message: Vec<&str> = lines[at + 1..]
            .iter()
            .take_while(|line| !line.starts_with("note:") && !line.starts_with("stack backtrace"))
            .take(3)
            .copied()
            .collect();
        if !message.is_empty() {
            return message.join(" ");
        }
    }
    let error = lines.iter().find(|line| line.to_lowercase().starts_with("error"));
    error.or(lines.last()).map_or_else(String::new, ToString::to_string)
}

/// Whether a message is that of `todo!()` or `unimplemented!()`.
pub(super) fn is_todo(message: &str) -> bool {
    ["not yet implemented", "not implemented"].iter().any(|start| message.starts_with(start))
}

/// Features that the compiler names as missing.
pub(super) fn gates(stderr: &str) -> Vec<String> {
    let mut found: Vec<String> = stderr
        .lines()
        .filter(|line| line.contains("gated behind the") && line.contains("feature"))
        .filter_map(quoted)
        .map(str::to_owned)
        .collect();
    // Newer compilers underline the condition itself.
    found.extend(stderr.lines().filter_map(|line| {
        let (_, rest) = line.split_once("cfg(feature = \"")?;
        rest.split_once('"').map(|(feature, _)| feature.to_owned())
    }));
    found.sort();
    found.dedup();
    found
}

/// What is missing, where a compiler's message names something that another place may have.
pub(super) fn missing_to_build(stderr: &str) -> Option<String> {
    // E0658 is what unstable features are told by where they are used.
    let is_other = |line: &str| {
        line.starts_with("error[")
            && !["error[E0554]", "error[E0658]"].iter().any(|e| line.starts_with(e))
    };
    let has_other = stderr.lines().any(is_other);
    for line in stderr.lines() {
        if line.contains("not defined at compile time") {
            return Some(format!("the variable {}", quoted(line).unwrap_or("it reads")));
        }
        if line.contains("DATABASE_URL") && (line.contains("set `") || line.contains("must be set"))
        {
            return Some("the variable DATABASE_URL (or SQLX_OFFLINE=true)".to_owned());
        }
        if line.contains("may not be used on the stable release channel") && !has_other {
            return Some("a nightly compiler".to_owned());
        }
        if line.contains("requires rustc ") && line.starts_with("error") {
            return Some("a newer compiler".to_owned());
        }
        let library = ["unable to find library -l", "cannot find -l"];
        if let Some(rest) = library
            .iter()
            .find_map(|start| Some(line.split_once(start)?.1))
            .filter(|r| !r.is_empty())
        {
            let name: String = rest.chars().take_while(|c| !matches!(c, ' ' | ':')).collect();
            return Some(format!("the system library {name}"));
        }
        if line.contains("pkg-config") && line.contains("not found")
            || line.contains("system library") && line.contains("not found")
        {
            return Some(match quoted(line) {
                Some(name) => format!("the system library {name}"),
                None => "a system library".to_owned(),
            });
        }
        if line.contains("--offline was specified")
            || line.contains("no matching package named")
            || line.contains("failed to download")
        {
            return Some("packages that are not on this machine".to_owned());
        }
    }
    None
}

/// What is missing, where a failing program's message names something that another place may have.
/// `variables` are those that its source reads.
pub(super) fn missing_to_run(message: &str, variables: &[String]) -> Option<String> {
    let lower = message.to_lowercase();
    let named = variables.iter().find(|name| message.contains(&***name)).cloned();
    let is_unset = ["not set", "must be set", "not found", "missing", "undefined", "notpresent"]
        .iter()
        .any(|word| lower.contains(word));
    if let Some(name) = &named
        && is_unset
    {
        return Some(format!("the variable {name}"));
    }
    let is_variable = lower.contains("environment variable") || message.contains("NotPresent");
    if is_unset && is_variable {
        let name = screaming(message).or_else(|| match variables {
            [only] => Some(only.clone()),
            _ => None,
        });
        return Some(match name {
            Some(name) => format!("the variable {name}"),
            None if variables.is_empty() => "an environment variable".to_owned(),
            None => format!("a variable, of {}", variables.join(", ")),
        });
    }
    if ["must be set", "is not set", "not set"].iter().any(|word| lower.contains(word))
        && let Some(name) = screaming(message)
    {
        return Some(format!("the variable {name}"));
    }
    let no_answer = [
        "connection refused",
        "os error 111",
        "connectionrefused",
        "failed to lookup address",
        "could not connect",
        "error connecting",
        "failed to connect",
        "connection reset",
        "pooltimedout",
        "pool timed out",
        "name or service not known",
        "network is unreachable",
        "is the server running",
        "connect error",
    ];
    no_answer.iter().any(|word| lower.contains(word)).then(|| "a service that answers".to_owned())
}

/// The first name in capitals with an underscore, or all of capitals.
fn screaming(message: &str) -> Option<String> {
    let is_part = |c: char| c == '_' || c.is_ascii_uppercase() || c.is_ascii_digit();
    message
        .split(|c: char| !(c == '_' || c.is_ascii_alphanumeric()))
        .find(|word| {
            word.len() > 3
                && word.chars().all(is_part)
                && word.starts_with(|c: char| c.is_ascii_uppercase())
        })
        .map(str::to_owned)
}

/// The first text between backquotes.
fn quoted(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once('`')?;
    rest.split_once('`').map(|(name, _)| name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_has_its_place() {
        let stderr = "   Compiling p v0.1.0 (/w)\nwarning: unused variable: `x`\n --> benches/a.rs:1:1\n\
                      error[E0425]: cannot find value `y` in this scope\n  --> benches/a.rs:3:5\n   |\n\
                      error: aborting due to 1 previous error\nerror: could not compile `p`\n";
        assert_eq!(
            first_error(stderr),
            "error[E0425]: cannot find value `y` in this scope (benches/a.rs:3:5)"
        );
        assert_eq!(
            first_error(
                "error: failed to run custom build command for `x v1`\n\nCaused by:\n  error: no cc\n"
            ),
            "error: failed to run custom build command for `x v1`: error: no cc"
        );
        assert_eq!(first_error("something\n\n"), "something");
        assert_eq!(first_error(""), "");
    }

    #[test]
    fn a_panic_is_told_by_its_message() {
        let new = "thread 'main' (77) panicked at benches/a.rs:3:5:\nDATABASE_URL must be set: NotPresent\n\
                   note: run with `RUST_BACKTRACE=1`";
        assert_eq!(failure(new), "DATABASE_URL must be set: NotPresent");
        assert_eq!(
            failure("thread 'main' panicked at 'not yet implemented', a.rs:3:5"),
            "not yet implemented"
        );
        assert!(is_todo("not yet implemented: queues"));
        assert_eq!(failure("hello\nError: Os { code: 2 }\nbye"), "Error: Os { code: 2 }");
        assert_eq!(failure("a\nlast\n"), "last");
        assert_eq!(failure(""), "");
    }

    #[test]
    fn what_is_missing_is_named() {
        let run = |message: &str, variables: &[&str]| {
            let variables: Vec<String> = variables.iter().map(ToString::to_string).collect();
            missing_to_run(message, &variables)
        };
        let url = Some("the variable DATABASE_URL".to_owned());
        assert_eq!(run("DATABASE_URL must be set: NotPresent", &[]), url);
        assert_eq!(run("environment variable not found", &["DATABASE_URL"]), url);
        assert_eq!(
            run("called `Result::unwrap()` on an `Err` value: NotPresent", &["A_B", "C_D"]),
            Some("a variable, of A_B, C_D".to_owned())
        );
        assert_eq!(
            run("Io(Custom { kind: ConnectionRefused, error: \"tcp connect error\" })", &[]),
            Some("a service that answers".to_owned())
        );
        assert_eq!(run("index out of bounds: the len is 0 but the index is 1", &["HOME"]), None);
        assert_eq!(run("called `Option::unwrap()` on a `None` value", &[]), None);
        let build = |stderr: &str| missing_to_build(stderr);
        assert_eq!(
            build("error: environment variable `API_KEY` not defined at compile time"),
            Some("the variable API_KEY".to_owned())
        );
        assert_eq!(
            build("error[E0554]: `#![feature]` may not be used on the stable release channel"),
            Some("a nightly compiler".to_owned())
        );
        assert_eq!(
            build("  = note: rust-lld: error: unable to find library -lpq"),
            Some("the system library pq".to_owned())
        );
        let both = "error[E0433]: no crate `x`\nerror[E0554]: `#![feature]` may not be used on the stable release channel";
        assert_eq!(build(both), None, "a nightly compiler would not help");
        assert_eq!(build("error[E0425]: cannot find value `y` in this scope"), None);
        assert_eq!(gates("note: the item is gated behind the `bench` feature"), ["bench"]);
        assert_eq!(gates("5 | #[cfg(feature = \"x\")]\n"), ["x"]);
    }
}
