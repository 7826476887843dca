//! `cargo perfbase completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::args::Cli;
use crate::console::Console;
use crate::error::{Error, ExitStatus};

/// The executable, whose completions cargo's own for zsh find by this name.
const PROGRAM: &str = env!("CARGO_PKG_NAME");

/// What completes for bash goes by this name: `clap_complete` 4.6 loses the subcommands of a name
/// with a dash.
const BASH_FUNCTION: &str = "cargo_perfbase";

/// bash asks for completions of the first word of a line: `cargo-perfbase`, or `cargo`.
const BASH: &str = include_str!("../../templates/completions/cargo.bash");

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    source <(cargo perfbase completions bash)\n  \
    cargo perfbase completions zsh > ~/.zfunc/_cargo-perfbase\n  \
    cargo perfbase completions fish > ~/.config/fish/completions/cargo-perfbase.fish")]
pub struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn execute(arguments: &CompletionsArgs, console: &Console) -> Result<ExitStatus, Error> {
    let is_bash = arguments.shell == Shell::Bash;
    let name = if is_bash { BASH_FUNCTION } else { PROGRAM };
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), name, &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if is_bash {
        script.push_str(BASH);
    }
    console.write_stdout(&script).map_err(Error::Stdout)?;
    Ok(ExitStatus::Success)
}
