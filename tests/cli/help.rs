//! `docs/cli/*.txt` are what `--help` says. `PERFBASE_UPDATE=1 cargo test --test cli help` writes
//! them anew.

use std::fs;
use std::path::Path;

use crate::sandbox::Sandbox;

#[test]
fn the_manual_is_what_help_says() {
    let sandbox = Sandbox::new("help", "selection");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli");
    let update = std::env::var_os("PERFBASE_UPDATE").is_some_and(|value| value == "1");
    let mut names = Vec::new();
    for command in [
        "",
        "ab",
        "audit",
        "capture",
        "diff",
        "check",
        "show",
        "list",
        "remove",
        "report",
        "bundle",
        "import",
        "init",
        "doctor",
        "completions",
        "man",
    ] {
        let words: &[&str] = if command.is_empty() { &["--help"] } else { &[command, "--help"] };
        let mut help = sandbox.bare(words);
        help.env("COLUMNS", "100");
        let help = sandbox.expect(help, 0).stdout;
        let name = format!("{}.txt", if command.is_empty() { "perfbase" } else { command });
        let path = folder.join(&name);
        if update {
            fs::create_dir_all(&folder).expect("created");
            fs::write(&path, &help).expect("written");
        }
        let golden = fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!("{}: {error}; PERFBASE_UPDATE=1 writes it", path.display())
        });
        assert_eq!(help, golden, "{name}: PERFBASE_UPDATE=1 writes it anew");
        names.push(name);
    }
    // A command that is new needs a line in the list above.
    let help = fs::read_to_string(folder.join("perfbase.txt")).expect("readable");
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    // What a command does may go on in further lines, which are indented more.
    let commands = commands.take_while(|line| !line.is_empty());
    for line in commands.filter(|line| !line.starts_with("   ")) {
        let command = line.split_whitespace().next().unwrap_or_default();
        assert!(command == "help" || names.contains(&format!("{command}.txt")), "{command}");
    }
}

#[test]
fn it_runs_as_cargos_subcommand() {
    let sandbox = Sandbox::new("subcommand", "selection");
    for words in [&["perfbase", "--version"][..], &["--version"]] {
        let stdout = sandbox.expect(sandbox.bare(words), 0).stdout;
        assert!(stdout.contains(env!("CARGO_PKG_VERSION")), "{stdout}");
    }
    for words in [&["perfbase"][..], &[], &["nonsense"], &["capture", "--nonsense"]] {
        let ended = sandbox.expect(sandbox.bare(words), 2);
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty());
    }
}
