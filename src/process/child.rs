//! One child process as the operating system has it: started, signalled, waited for.

#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod stamp;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(super) use portable::Child;
#[cfg(unix)]
pub(super) use unix::Child;

use super::output::Status;
use crate::model::Resources;

/// How a child ended, as the system tells.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: Status,
    pub(super) resources: Option<Resources>,
}
