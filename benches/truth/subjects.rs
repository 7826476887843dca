//! The programs that changes are put into: published crates with benchmarks of their own, and one
//! whose functions have known shares.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::plant;

/// A benchmark of a crate, and the functions that changes are put into.
pub(crate) struct Subject {
    /// The crate's name; unique.
    pub(crate) name: &'static str,
    /// Its published version; `None` for the one that is written here.
    pub(crate) version: Option<&'static str>,
    pub(crate) harness: &'static str,
    /// The bench target.
    pub(crate) target: &'static str,
    /// The benchmark's full name.
    pub(crate) benchmark: &'static str,
    /// The file with a line that [`plant::KEEP`] comes behind, and that line.
    pub(crate) main: (&'static str, &'static str),
    pub(crate) places: &'static [Place],
    /// Other edits: file, text, its replacement.
    pub(crate) edits: &'static [(&'static str, &'static str, &'static str)],
}

/// A function that work is put into.
pub(crate) struct Place {
    /// Its full name, without generic arguments.
    pub(crate) function: &'static str,
    pub(crate) file: &'static str,
    /// What the work comes behind: text that is there once.
    pub(crate) anchor: &'static str,
    /// Calls of it in an iteration of the benchmark, roughly: for the first guess only.
    pub(crate) calls: u64,
    /// Steps of work that are in it before any change.
    pub(crate) steps: u64,
}

impl Place {
    const fn own(function: &'static str, anchor: &'static str, steps: u64) -> Self {
        Self { function, file: "src/lib.rs", anchor, calls: 1, steps }
    }
}

/// The crate that is written here: all its time is work of [`plant`], 10,000 steps of it.
pub(crate) const OWN: &str = "known-shares";

pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        name: OWN,
        version: None,
        harness: "criterion",
        target: "mix",
        benchmark: "mix",
        main: ("benches/mix.rs", "fn bench(c: &mut Criterion) {"),
        places: &[
            Place::own("known_shares::one", "pub fn one() {", 100),
            Place::own("known_shares::five", "pub fn five() {", 500),
            Place::own("known_shares::twenty", "pub fn twenty() {", 2_000),
            Place::own("known_shares::fifty", "pub fn fifty() {", 5_000),
            Place::own("known_shares::rest", "pub fn rest() {", 2_400),
        ],
        edits: &[],
    },
    Subject {
        name: "semver",
        version: Some("1.0.28"),
        harness: "criterion",
        target: "parse",
        benchmark: "parse VersionReq",
        main: ("benches/parse.rs", "fn bench(c: &mut Criterion) {"),
        places: &[Place {
            function: "semver::parse::comparator",
            file: "src/parse.rs",
            anchor: "fn comparator(input: &str) -> Result<(Comparator, Position, &str), Error> {",
            calls: 2,
            steps: 40,
        }],
        edits: &[],
    },
    Subject {
        name: "crc32fast",
        version: Some("1.5.4"),
        harness: "criterion",
        target: "bench",
        benchmark: "baseline/16384",
        main: ("benches/bench.rs", "fn baseline(c: &mut Criterion) {"),
        places: &[Place {
            function: "crc32fast::baseline::update_fast_16",
            file: "src/baseline.rs",
            anchor: "pub(crate) fn update_fast_16(prev: u32, mut buf: &[u8]) -> u32 {",
            calls: 1,
            steps: 100,
        }],
        edits: &[],
    },
    Subject {
        name: "httparse",
        version: Some("1.9.5"),
        harness: "criterion",
        target: "parse",
        benchmark: "resp/resp",
        main: ("benches/parse.rs", "fn resp(c: &mut Criterion) {"),
        places: &[Place {
            function: "httparse::parse_headers_iter_uninit",
            file: "src/lib.rs",
            anchor: "    config: &HeaderParserConfig\n) -> Result<usize> {",
            calls: 1,
            steps: 60,
        }],
        // Its criterion 0.3 measures whole seconds only.
        edits: &[(
            "Cargo.toml",
            "version = \"0.3.5\"",
            "version = \"0.5\"\ndefault-features = false\nfeatures = [\"cargo_bench_support\"]",
        )],
    },
    Subject {
        name: "anstyle-parse",
        version: Some("0.2.6"),
        harness: "divan",
        target: "parse",
        benchmark: "parse::advance_strip",
        main: ("benches/parse.rs", "fn main() {"),
        places: &[Place {
            function: "anstyle_parse::Parser::new",
            file: "src/lib.rs",
            anchor: "pub fn new() -> Parser {",
            calls: 1,
            steps: 100,
        }],
        // Its data are not published with it.
        edits: &[
            ("benches/parse.rs", "../tests/demo.vte", "../Cargo.lock"),
            ("benches/parse.rs", "../tests/rg_help.vte", "../Cargo.lock"),
            ("benches/parse.rs", "../tests/rg_linus.vte", "../Cargo.lock"),
            // An argument of a divan benchmark cannot be captured alone.
            (
                "benches/parse.rs",
                "#[divan::bench(args = DATA)]\nfn advance_strip(data: &Data) -> String {",
                "#[divan::bench]\nfn advance_strip() -> String {\n    let data = black_box(&DATA[2]);",
            ),
        ],
    },
];

/// What a build of a subject differs in from the first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Variant {
    /// The place and the steps that are in it instead of [`Place::steps`].
    pub(crate) steps: Option<(usize, u64)>,
    /// A constant that changes nothing but itself.
    pub(crate) seed: u64,
    /// The size of a function that is never called, and whether it comes first in its file.
    pub(crate) padding: (u64, bool),
}

impl Subject {
    /// How many of its places changes are put into: not into the rest of the own crate.
    pub(crate) fn changed_places(&self) -> usize {
        if self.name == OWN { self.places.len() - 1 } else { self.places.len() }
    }

    /// Copies it to `folder`, anew; `from` is where its published version is.
    pub(crate) fn copy(&self, from: Option<&Path>, folder: &Path) -> Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        match from {
            Some(from) => copy_all(from, folder)?,
            None => self.write_own(folder)?,
        }
        for (file, text, with) in self.edits {
            let path = folder.join(file);
            let old = fs::read_to_string(&path)?;
            fs::write(&path, once(&old, text, with, file)?)?;
        }
        with_workspace(folder)
    }

    /// Makes the sources in `folder` those of a variant; `original` is an untouched copy.
    pub(crate) fn write(&self, original: &Path, folder: &Path, variant: Variant) -> Result<()> {
        let mut files: Vec<&str> = self.places.iter().map(|place| place.file).collect();
        files.push(self.main.0);
        files.sort_unstable();
        files.dedup();
        for file in files {
            let mut text = fs::read_to_string(original.join(file))?;
            for (index, place) in self.places.iter().enumerate().filter(|(_, p)| p.file == file) {
                let steps = match variant.steps {
                    Some((changed, steps)) if changed == index => steps,
                    _ => place.steps,
                };
                let block = plant::block(steps, 1 + variant.seed);
                text = once(&text, place.anchor, &format!("{} {block}", place.anchor), file)?;
            }
            if file == self.main.0 {
                let anchor = self.main.1;
                text = once(&text, anchor, &format!("{anchor} {}", plant::KEEP), file)?;
                let padding = plant::padding(1 + variant.padding.0);
                text = match variant.padding.1 {
                    true => before_items(&text, &padding),
                    false => text + &padding,
                };
            }
            let path = folder.join(file);
            // Whatever is as it was is not built again.
            if fs::read_to_string(&path)? != text {
                fs::write(&path, text)?;
            }
        }
        Ok(())
    }

    fn write_own(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder.join("src"))?;
        fs::create_dir_all(folder.join("benches"))?;
        fs::write(
            folder.join("Cargo.toml"),
            format!(
                "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
                 [dev-dependencies.criterion]\nversion = \"0.7\"\ndefault-features = false\n\
                 features = [\"cargo_bench_support\"]\n\
                 [[bench]]\nname = \"{}\"\nharness = false\n",
                self.name, self.target
            ),
        )?;
        let mut library = String::from("#[inline(never)]\npub fn all() {\n");
        for place in self.places {
            let name = place.function.rsplit("::").next().unwrap_or_default();
            library.push_str(&format!("    {name}();\n"));
        }
        library.push_str("}\n");
        for place in self.places {
            library.push_str(&format!("#[inline(never)]\n{}\n}}\n", place.anchor));
        }
        fs::write(folder.join("src/lib.rs"), library)?;
        let benchmark = "use criterion::{criterion_group, criterion_main, Criterion};\n\
             fn bench(c: &mut Criterion) {\n    c.bench_function(\"mix\", |b| b.iter(known_shares::all));\n}\n\
             criterion_group!(benches, bench);\ncriterion_main!(benches);\n";
        Ok(fs::write(folder.join(self.main.0), benchmark)?)
    }
}

/// Makes a package a workspace of its own: whatever lies above it is none of its business.
pub(crate) fn with_workspace(folder: &Path) -> Result<()> {
    let manifest = folder.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)?;
    if !text.lines().any(|line| line.starts_with("[workspace")) {
        fs::write(&manifest, text + "\n[workspace]\n")?;
    }
    Ok(())
}

/// Replaces what is there exactly once.
pub(crate) fn once(text: &str, old: &str, new: &str, file: &str) -> Result<String> {
    match text.matches(old).count() {
        1 => Ok(text.replacen(old, new, 1)),
        count => Err(format!("{file}: `{old}` is there {count} times").into()),
    }
}

/// Puts an item before the first `use`: inner attributes and comments have to come first.
fn before_items(text: &str, item: &str) -> String {
    let at = text.find("\nuse ").map_or(0, |at| at + 1);
    let at = if text.starts_with("use ") { 0 } else { at };
    format!("{}{item}{}", &text[..at], &text[at..])
}

/// Copies a folder with all that is in it.
pub(crate) fn copy_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Copies a capture from one store to another.
pub(crate) fn copy_capture(from: &Path, to: &Path) -> Result<()> {
    copy_all(from, to)
}

/// Where cargo has the published versions: in the order of [`SUBJECTS`], `None` for our own.
pub(crate) fn published(scratch: &Path) -> Result<Vec<Option<PathBuf>>> {
    fs::create_dir_all(scratch.join("src"))?;
    fs::write(scratch.join("src/lib.rs"), "")?;
    let mut manifest = String::from(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\n[workspace]\n[dependencies]\n",
    );
    for subject in SUBJECTS {
        if let Some(version) = subject.version {
            manifest.push_str(&format!("{} = \"={version}\"\n", subject.name));
        }
    }
    fs::write(scratch.join("Cargo.toml"), manifest)?;
    let mut command = cargo_metadata::MetadataCommand::new();
    command.current_dir(scratch);
    // Without the network where everything is there already.
    let offline = command.clone().other_options(["--offline".to_owned()]).exec();
    let metadata = offline.or_else(|_| command.exec())?;
    SUBJECTS
        .iter()
        .map(|subject| {
            let Some(version) = subject.version else { return Ok(None) };
            let is_it = |package: &&cargo_metadata::Package| {
                package.name.as_str() == subject.name && package.version.to_string() == version
            };
            let package = metadata.packages.iter().find(is_it);
            let package = package.ok_or(format!("cargo has no {} {version}", subject.name))?;
            Ok(package.manifest_path.parent().map(|folder| folder.as_std_path().to_owned()))
        })
        .collect()
}
