//! Why an executable is not kept, and why a kept one cannot be run.

use std::io;
use std::path::PathBuf;

/// Why an executable is not kept. None of it stands in the way of measuring it now.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// Its file is not of a kind whose code can be compared.
    #[error("its file is no ELF executable")]
    Unknown,
    /// It loads a shared library that the next build replaces.
    #[error("it loads {name} from the target directory, which the next build replaces")]
    Library {
        /// The library's name, as the executable has it.
        name: String,
    },
    /// It starts a program that the next build replaces, so that an old benchmark would measure
    /// new code.
    #[error("it starts {program} of the target directory, which the next build replaces")]
    Program {
        /// The program's name.
        program: String,
    },
    /// This capture's executables alone are more than may be kept.
    #[error("there is no room: at most {} MiB are kept", .limit >> 20)]
    Room {
        /// In bytes.
        limit: u64,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The executable, or the folder of kept ones.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Why a kept executable cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// There is none.
    #[error("its executable was not kept, or is gone since `cargo clean` or for want of room")]
    Gone,
    /// It is not whole.
    #[error("its kept executable is damaged")]
    Damaged,
    /// A newer version kept it.
    #[error("its executable was kept by a newer version of cargo-perfbase")]
    Newer,
    /// The folder that it runs in is not there.
    #[error("the folder that it ran in is gone: {}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
    },
}
