//! Processes that carry a mark in their environment, which is inherited by everything that they
//! start, whatever groups and sessions that goes to.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// A variable that no other process has with this value.
#[derive(Debug)]
pub(crate) struct Mark(String);

impl Mark {
    /// Another one for each name and test process.
    pub(crate) fn new(name: &str) -> Self {
        Self(format!("{name}-{}", std::process::id()))
    }

    /// Marks what `command` will start.
    pub(crate) fn put_on(&self, command: &mut Command) {
        command.env("PERFBASE_MARK", &self.0);
    }

    /// Command lines of marked processes that have not ended.
    pub(crate) fn processes(&self) -> Vec<String> {
        let mark = format!("PERFBASE_MARK={}", self.0).into_bytes();
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").expect("/proc").flatten() {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            if environment.split(|&byte| byte == 0).any(|entry| entry == mark) {
                let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                // A zombie has no command line and waits for its parent only.
                if !command.is_empty() {
                    found.push(String::from_utf8_lossy(&command).replace('\0', " "));
                }
            }
        }
        found
    }

    /// Fails when somebody is left after a grace period, long enough for a busy machine and short
    /// beside the time that what has to be killed would live.
    pub(crate) fn assert_nobody_left(&self) {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            let left = self.processes();
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < end, "left behind: {left:#?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
