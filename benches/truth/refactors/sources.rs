//! A program's sources: a repository of its own, with one commit for each state.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{END, Edit, Program, Refactor};
use crate::Result;
use crate::plant;
use crate::subjects::{SUBJECTS, copy_all, once, with_workspace};

/// The sources of one program in a folder.
pub(crate) struct Sources(PathBuf);

impl Sources {
    /// Copies them there, anew; `from` is where the published version is.
    pub(crate) fn new(program: &Program, from: Option<&Path>, folder: PathBuf) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        match from {
            Some(from) => copy_all(from, &folder)?,
            None => own(&folder)?,
        }
        let sources = Self(folder);
        let subject = SUBJECTS.iter().find(|subject| Some(subject.name) == program.subject);
        for (file, text, with) in subject.map_or(&[][..], |subject| subject.edits) {
            sources.replace(file, text, with)?;
        }
        sources.edit(program.edits)?;
        with_workspace(&sources.0)?;
        // What cargo writes by itself is none of the changes.
        fs::write(sources.0.join(".gitignore"), "Cargo.lock\n")?;
        sources.git(&["init", "--quiet"])?;
        sources.commit("base")?;
        sources.git(&["branch", "--force", BASE])?;
        Ok(sources)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// As they were in the beginning.
    pub(crate) fn reset(&self) -> Result<()> {
        self.git(&["checkout", "--quiet", "--force", "--detach", BASE])?;
        self.git(&["clean", "--quiet", "--force", "-d"])
    }

    /// After a refactor, and with so many steps of work in what was touched.
    pub(crate) fn refactor(&self, refactor: &Refactor, steps: Option<u64>) -> Result<()> {
        self.reset()?;
        self.edit(refactor.edits)?;
        if let Some(steps) = steps {
            let slow = &refactor.slow;
            let with = format!("{} {} {}", slow.anchor, slow.when, plant::block(steps, 1));
            self.replace(slow.file, slow.anchor, &with)?;
        }
        self.commit("refactor")
    }

    fn edit(&self, edits: &[Edit]) -> Result<()> {
        edits.iter().try_for_each(|edit| match *edit {
            Edit::Replace(file, old, new) => self.replace(file, old, new),
            Edit::All(file, old, new) => {
                let text = self.read(file)?;
                if !text.contains(old) {
                    return Err(format!("{file}: `{old}` is not there").into());
                }
                self.write(file, &text.replace(old, new))
            }
            Edit::Everywhere(folder, old, new) => self.everywhere(&self.0.join(folder), old, new),
            Edit::Move(from, to) => {
                let to = self.0.join(to);
                fs::create_dir_all(to.parent().ok_or("a file is in a folder")?)?;
                Ok(fs::rename(self.0.join(from), to)?)
            }
            Edit::Create(file, text) => {
                let path = self.0.join(file);
                fs::create_dir_all(path.parent().ok_or("a file is in a folder")?)?;
                match path.exists() {
                    true => Err(format!("{file} is there already").into()),
                    false => Ok(fs::write(path, text)?),
                }
            }
            Edit::Append(file, more) => self.write(file, &(self.read(file)? + more)),
            Edit::Cut(file, from, until, to) => {
                let taken = self.take(file, from, until)?;
                self.write(to, &(self.read(to)? + &taken))
            }
            Edit::Remove(file, from, until) => self.take(file, from, until).map(|_| ()),
        })
    }

    fn everywhere(&self, folder: &Path, old: &str, new: &str) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                self.everywhere(&path, old, new)?;
            } else if let Ok(text) = fs::read_to_string(&path)
                && text.contains(old)
            {
                fs::write(&path, text.replace(old, new))?;
            }
        }
        Ok(())
    }

    /// Takes what is between two texts, each of which is there once, out of a file.
    fn take(&self, file: &str, from: &str, until: &str) -> Result<String> {
        let text = self.read(file)?;
        once(&text, from, from, file)?;
        let begin = text.find(from).ok_or("it is there")?;
        let end = match until {
            END => text.len(),
            until => {
                once(&text[begin..], until, until, file)?;
                begin + text[begin..].find(until).ok_or("it is there")?
            }
        };
        self.write(file, &format!("{}{}", &text[..begin], &text[end..]))?;
        Ok(text[begin..end].to_owned())
    }

    fn replace(&self, file: &str, old: &str, new: &str) -> Result<()> {
        self.write(file, &once(&self.read(file)?, old, new, file)?)
    }

    fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.0.join(file)).map_err(|error| format!("{file}: {error}").into())
    }

    fn write(&self, file: &str, text: &str) -> Result<()> {
        fs::write(self.0.join(file), text).map_err(|error| format!("{file}: {error}").into())
    }

    fn commit(&self, message: &str) -> Result<()> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--allow-empty", "--no-verify", "--message", message])
    }

    fn git(&self, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=truth", "-c", "user.email=truth@localhost"]);
        command.args(["-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"]);
        let output = command.args(arguments).current_dir(&self.0).output()?;
        match output.status.success() {
            true => Ok(()),
            false => Err(format!("git: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }
}

/// The branch of the sources before any refactor.
const BASE: &str = "before";

/// Writes our own program.
fn own(folder: &Path) -> Result<()> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/truth/workshop");
    copy_all(&from, folder)?;
    // Not there as such: a folder with a manifest would be no part of this package.
    let manifest = "[package]\nname = \"workshop\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
        [dev-dependencies.criterion]\nversion = \"0.7\"\ndefault-features = false\n\
        features = [\"cargo_bench_support\"]\n[[bench]]\nname = \"day\"\nharness = false\n";
    Ok(fs::write(folder.join("Cargo.toml"), manifest)?)
}
