//! `cargo perfbase man`

use std::io;

use camino::Utf8PathBuf;
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::args::Cli;
use super::output::OutputFile;
use crate::console::Console;
use crate::error::{Error, ExitStatus};

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo perfbase man | man -l -\n  \
    cargo perfbase man ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Write the pages of all commands into this folder
    #[arg(value_name = "DIR")]
    folder: Option<Utf8PathBuf>,
}

pub(super) fn execute(arguments: &ManArgs, console: &Console) -> Result<ExitStatus, Error> {
    let pages = pages().map_err(Error::Stdout)?;
    let Some(folder) = &arguments.folder else {
        let (_, page) = pages.into_iter().next().expect("the first page is that of all commands");
        console.write_stdout(&page).map_err(Error::Stdout)?;
        return Ok(ExitStatus::Success);
    };
    fs_err::create_dir_all(folder)
        .map_err(|source| Error::Output { path: folder.into(), source })?;
    for (name, page) in &pages {
        OutputFile::open(folder.join(format!("{name}.1")).as_std_path())?.write(page)?;
    }
    console.status("Wrote", &format!("{} pages to {folder}", pages.len()));
    Ok(ExitStatus::Success)
}

/// That of all commands first, then one for each; each with its name.
fn pages() -> io::Result<Vec<(String, String)>> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let name = env!("CARGO_PKG_NAME").to_owned();
    let mut pages = vec![(name.clone(), page(&command, &name)?)];
    for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        let name = format!("{name}-{}", one.get_name());
        pages.push((name.clone(), page(one, &name)?));
    }
    Ok(pages)
}

/// A page in roff.
fn page(command: &Command, name: &str) -> io::Result<String> {
    let source = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone().display_name(name))
        .title(name.to_uppercase())
        // No day: pages of one version are equal. An empty one would be passed over.
        .date(" ")
        .source(source)
        .manual("cargo perfbase");
    let mut page = Vec::new();
    man.render(&mut page)?;
    // What stands at the end of our help is nothing else.
    Ok(String::from_utf8_lossy(&page).replace("\n.SH EXTRA\n", "\n.SH EXAMPLES\n"))
}
