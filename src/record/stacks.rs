//! How the stacks of user code are taken.

use std::fmt;

/// How a sample gets its user stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stacks {
    /// The top of the stack is copied with each sample, and unwound later with the executable's
    /// unwind tables.
    Copies {
        /// How much of it; a multiple of 8.
        bytes: u32,
    },
    /// The kernel follows the chain of frame pointers, which reaches any depth where all code
    /// keeps them.
    FramePointers,
}

impl Stacks {
    /// All ways, in the order to be tried. 16 KiB hold about 91 % of the whole stacks that 64 KiB
    /// hold, at a quarter of the data; 65,528 is the most that perf copies.
    pub const ALL: [Self; 3] =
        [Self::Copies { bytes: 16_384 }, Self::Copies { bytes: 65_528 }, Self::FramePointers];
}

impl fmt::Display for Stacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Copies { bytes } => write!(f, "stack copies of {bytes} bytes"),
            Self::FramePointers => f.write_str("frame pointers"),
        }
    }
}
