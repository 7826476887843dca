//! As much of a runner as a job needs: the steps in order, what they hand each other, and the
//! files by which they tell of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::marked::Mark;

/// What a job is run with.
pub(crate) struct Runner {
    folder: PathBuf,
    /// `github.event_name`, `steps.x.outputs.y` and the like.
    context: BTreeMap<String, String>,
    /// What is set for all steps.
    environment: BTreeMap<String, String>,
    /// What steps added to it.
    path: Vec<String>,
    mark: Mark,
}

/// How a job went.
#[derive(Debug, Default)]
pub(crate) struct Job {
    /// Each step that ran a script: its name, exit status, and what it printed.
    pub(crate) ran: Vec<(String, i32, String)>,
    /// What was uploaded: name and path.
    pub(crate) artifacts: Vec<(String, PathBuf)>,
}

impl Job {
    /// The exit status of a step, if it ran.
    pub(crate) fn status(&self, step: &str) -> Option<i32> {
        self.ran.iter().find(|(name, ..)| name == step).map(|(_, status, _)| *status)
    }

    /// What a step printed.
    pub(crate) fn printed(&self, step: &str) -> &str {
        let step = self.ran.iter().find(|(name, ..)| name == step);
        step.map_or("", |(.., printed)| printed)
    }
}

impl Runner {
    /// In `folder`, with programs of `fakes` in the place of those that would change the machine
    /// or ask the network.
    pub(crate) fn new(folder: &Path, workspace: &Path, fakes: &[(&str, &str)]) -> Self {
        let runner = Self {
            folder: folder.to_owned(),
            context: BTreeMap::new(),
            environment: BTreeMap::new(),
            path: Vec::new(),
            mark: Mark::new(&folder.file_name().unwrap_or_default().to_string_lossy()),
        };
        for name in ["temp", "home", "fakes"] {
            fs::create_dir_all(runner.folder.join(name)).expect("created");
        }
        for (name, script) in fakes {
            let path = runner.folder.join("fakes").join(name);
            fs::write(&path, format!("#!/bin/bash\n{script}")).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permitted");
        }
        let text = |path: PathBuf| path.to_str().expect("it is text").to_owned();
        let path = std::env::var("PATH").expect("there is one");
        let home = std::env::var("HOME").expect("there is one");
        let of_home = |variable: &str, name: &str| {
            std::env::var(variable).unwrap_or_else(|_| format!("{home}/{name}"))
        };
        let mut runner = runner
            .with("CI", "true")
            .with("GITHUB_ACTIONS", "true")
            .with("GITHUB_REPOSITORY", "owner/project")
            .with("GITHUB_WORKSPACE", &text(workspace.to_owned()))
            .with("HOME", &text(folder.join("home")))
            .with("CARGO_HOME", &of_home("CARGO_HOME", ".cargo"))
            .with("RUSTUP_HOME", &of_home("RUSTUP_HOME", ".rustup"))
            .with("CARGO_NET_OFFLINE", "true")
            .with("RUNNER_TEMP", &text(folder.join("temp")))
            .with("PATH", &format!("{}:{path}", text(folder.join("fakes"))))
            .with("LOG", &text(folder.join("log")))
            .with("REAL_CARGO", env!("CARGO"))
            .with("PERFBASE_BINARY", env!("CARGO_BIN_EXE_cargo-perfbase"));
        for (variable, file) in [
            ("GITHUB_STEP_SUMMARY", "summary.md"),
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_ENV", "env"),
            ("GITHUB_PATH", "path"),
        ] {
            fs::write(folder.join(file), "").expect("written");
            runner = runner.with(variable, &text(folder.join(file)));
        }
        runner.context("runner.temp", &text(folder.join("temp"))).context("github.token", "token")
    }

    /// Sets a variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets what an expression stands for.
    pub(crate) fn context(mut self, name: &str, value: &str) -> Self {
        self.context.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What a file of the runner's folder holds; nothing where it is not there.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    /// Runs the only job of a workflow; `uses` does what an action would.
    pub(crate) fn run(
        &mut self,
        workflow: &Value,
        mut uses: impl FnMut(&str, &Value) -> bool,
    ) -> Job {
        let jobs = workflow["jobs"].as_object().expect("jobs");
        let (_, job) = jobs.iter().next().expect("a job");
        let defaults = &job["defaults"]["run"];
        assert_eq!(defaults["shell"], "bash", "which has pipefail then");
        for (name, value) in workflow["env"].as_object().into_iter().flatten() {
            self.environment.insert(name.clone(), self.filled(value));
        }
        let mut done = Job::default();
        let mut failed = false;
        for step in job["steps"].as_array().expect("steps") {
            let name = step["name"].as_str().expect("each step has a name").to_owned();
            if !self.is_on(step["if"].as_str(), failed) {
                continue;
            }
            let succeeded = if let Some(action) = step["uses"].as_str() {
                if action.starts_with("actions/upload-artifact@") {
                    let with = |key: &str| self.filled(&step["with"][key]);
                    done.artifacts.push((with("name"), with("path").into()));
                    true
                } else {
                    uses(action, &step["with"])
                }
            } else {
                let (status, printed) = self.script(step, defaults);
                done.ran.push((name, status, printed));
                status == 0
            };
            if let Some(id) = step["id"].as_str() {
                let outcome = if succeeded { "success" } else { "failure" };
                self.context.insert(format!("steps.{id}.outcome"), outcome.to_owned());
                for (key, value) in pairs(&self.read("output")) {
                    self.context.insert(format!("steps.{id}.outputs.{key}"), value);
                }
            }
            failed |= !succeeded && step["continue-on-error"] != true;
            self.mark.assert_nobody_left();
        }
        done
    }

    /// One script, by the command that GitHub has for `shell: bash`.
    fn script(&mut self, step: &Value, defaults: &Value) -> (i32, String) {
        let script = self.folder.join("step.sh");
        fs::write(&script, step["run"].as_str().expect("a script")).expect("written");
        for file in ["output", "env", "path"] {
            fs::write(self.folder.join(file), "").expect("written");
        }
        let below = defaults["working-directory"].as_str().unwrap_or(".");
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(&script)
            .current_dir(Path::new(&self.environment["GITHUB_WORKSPACE"]).join(below))
            .stdin(Stdio::null())
            .env_clear()
            .envs(&self.environment);
        let mut path = self.path.clone();
        path.push(self.environment["PATH"].clone());
        command.env("PATH", path.join(":"));
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            command.env(name, self.filled(value));
        }
        self.mark.put_on(&mut command);
        let output = command.output().expect("bash");
        for (name, value) in pairs(&self.read("env")) {
            self.environment.insert(name, value);
        }
        self.path.splice(0..0, self.read("path").lines().map(str::to_owned));
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        (output.status.code().expect("it ended by itself"), printed)
    }

    fn is_on(&self, condition: Option<&str>, failed: bool) -> bool {
        let Some(condition) = condition else { return !failed };
        let condition = condition.trim_start_matches("${{").trim_end_matches("}}").trim();
        if condition == "!cancelled()" {
            return true;
        }
        let (left, right) = condition.split_once(" == ").expect("a comparison");
        !failed && self.known(left) == right.trim_matches('\'')
    }

    /// A text with its expressions replaced.
    fn filled(&self, value: &Value) -> String {
        let mut text = value.as_str().unwrap_or_default();
        let mut filled = String::new();
        while let Some((before, rest)) = text.split_once("${{") {
            let (expression, after) = rest.split_once("}}").expect("it ends");
            filled.push_str(before);
            filled.push_str(&self.value(expression.trim()));
            text = after;
        }
        filled + text
    }

    /// `a`, or `a == 'b' && 'c' || 'd'`.
    fn value(&self, expression: &str) -> String {
        let Some((condition, choice)) = expression.split_once(" && ") else {
            return self.known(expression).to_owned();
        };
        let (yes, no) = choice.split_once(" || ").expect("a choice");
        let chosen = if self.is_on(Some(condition), false) { yes } else { no };
        chosen.trim_matches('\'').to_owned()
    }

    fn known(&self, name: &str) -> &str {
        // Outputs of steps that did not run are empty.
        let known = self.context.get(name).map(String::as_str);
        known.or(name.starts_with("steps.").then_some("")).unwrap_or_else(|| panic!("{name}?"))
    }
}

/// `name=value` lines.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |line: &str| {
        let (name, value) = line.split_once('=').expect("name=value");
        (name.to_owned(), value.to_owned())
    };
    text.lines().map(pair).collect()
}
