//! The command line: one file per command; each turns its arguments into plain values and puts
//! the stages together. Nothing else in the crate knows more than its own stage.

mod ab;
mod args;
mod audit;
mod bundle;
mod capture;
mod check;
mod chosen;
mod compared;
mod completions;
mod diff;
mod doctor;
#[cfg(test)]
mod examples;
mod folder;
mod import;
mod init;
mod list;
mod man;
mod output;
mod percent;
mod pictures;
mod quality;
mod reading;
mod remove;
mod report;
mod rules;
mod selected;
mod show;
mod shown;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::console::{Console, Options};
use crate::error::{Error, ExitStatus};
use crate::render::text::{Layout, Styles};
use crate::{build, process, record};

pub use args::{Cli, Command};

/// Everything that `main` does.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    // Hidden helpers that this executable plays for itself, before anything else is set up.
    if let Some(seed) = arguments.first().and_then(|name| build::layout_seed(name)) {
        return build::layout_main(seed, &arguments[1..]);
    }
    match arguments.get(1).and_then(|first| first.to_str()) {
        Some(process::REAPER_ARGUMENT) => return process::reaper_main(),
        Some(build::RUNNER_COMMAND) => {
            return build::runner_main(arguments.into_iter().skip(2));
        }
        Some(record::REPEAT) => return record::repeat_main(&arguments[2..]),
        Some(record::EMBEDDED) => return record::embedded_main(&arguments[2..]),
        _ => {}
    }
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help to stdout and complaints to stderr; a closed pipe is no failure.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { ExitStatus::Usage as u8 } else { 0 });
        }
    };
    let (mut cli, matches) = cli;
    let console = Console::new(Options { verbosity: cli.verbosity(), color: cli.color.into() });
    let status = match execute(&mut cli, &matches, &console) {
        Ok(status) => status,
        Err(error) => {
            console.error(&error, error.hint().as_deref());
            error.status()
        }
    };
    ExitCode::from(status as u8)
}

/// The command that cargo users type, as clap sees it; `cargo perfbase x` and
/// `cargo-perfbase x` are the same.
fn parse(mut arguments: Vec<OsString>) -> Result<(Cli, ArgMatches), clap::Error> {
    if arguments.get(1).is_some_and(|first| first == "perfbase") {
        arguments.remove(1);
    }
    let matches = Cli::command().try_get_matches_from(arguments)?;
    Ok((Cli::from_arg_matches(&matches)?, matches))
}

fn execute(cli: &mut Cli, matches: &ArgMatches, console: &Console) -> Result<ExitStatus, Error> {
    match &mut cli.command {
        Command::Capture(command) => {
            if let Some((_, matches)) = matches.subcommand() {
                command.take_cargo_words(matches)?;
            }
            capture::execute(command, &cli.store, &cli.config, console)
        }
        Command::Ab(command) => ab::execute(command, &cli.store, &cli.config, console),
        Command::Diff(command) => diff::execute(command, &cli.store, &cli.config, console),
        Command::Check(command) => check::execute(command, &cli.store, &cli.config, console),
        Command::Report(command) => report::execute(command, &cli.store, &cli.config, console),
        Command::Show(command) => show::execute(command, &cli.store, &cli.config, console),
        Command::List(command) => list::execute(command, &cli.store, console),
        Command::Remove(command) => remove::execute(command, &cli.store, console),
        Command::Audit(command) => audit::execute(command, &cli.store, console),
        Command::Init(command) => init::execute(command, &cli.config, console),
        Command::Doctor(command) => doctor::execute(command, console),
        Command::Bundle(command) => bundle::execute(command, &cli.store, &cli.config, console),
        Command::Import(command) => import::execute(command, &cli.store, console),
        Command::Completions(command) => completions::execute(command, console),
        Command::Man(command) => man::execute(command, console),
    }
}

/// How reports are laid out on stdout.
fn layout(console: &Console) -> Layout {
    let styles = if console.colors_stdout() { Styles::colored() } else { Styles::default() };
    Layout { width: console.width(), styles }
}
