//! From a scratch cargo project to its executables, with real cargo, compiler and git.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use perfbase::build::kept::{Kept, NotKept};
use perfbase::build::{Build, BuildError, Executable, Options, build};
use perfbase::model::{Harness, TargetKind};
use perfbase::process::Session;
use perfbase::workspace::{
    ListedKind, Selection, exact_arguments, list_attempts, list_ignored_arguments, parse_list,
    provenance,
};

/// Children without the reaper: these tests end in an orderly way.
fn session() -> Session {
    Session::without_reaper().unwrap()
}

/// A project without dependencies, with its own configuration.
struct Project {
    root: tempfile::TempDir,
}

impl Project {
    fn new(config: &str) -> Self {
        let project = Self { root: tempfile::tempdir().unwrap() };
        project.file(
            "Cargo.toml",
            "[package]\nname = \"scratch\"\nversion = \"1.2.3\"\nedition = \"2021\"\n\
             [[bench]]\nname = \"custom\"\nharness = false\n\
             [profile.plain]\ninherits = \"release\"\nopt-level = 0\n[workspace]\n",
        );
        project.file(
            "src/lib.rs",
            "pub fn three() -> u32 { 3 }\n#[cfg(test)] mod tests {\n\
             #[test] fn adds() { assert_eq!(super::three(), 3) }\n\
             #[test] #[ignore] fn slow() {}\n}\n",
        );
        project.file("src/main.rs", "fn main() { println!(\"{}\", scratch::three()) }\n");
        project.file(
            "benches/custom.rs",
            "fn main() { println!(\"{:?}\", std::env::args().collect::<Vec<_>>()); \
             std::hint::black_box(scratch::three()); panic!(\"it was run\") }\n",
        );
        project.file("tests/it.rs", "#[test] fn works() { assert_eq!(scratch::three(), 3) }\n");
        project.file("examples/show.rs", "fn main() {}\n");
        project.file(".cargo/config.toml", config);
        project
    }

    fn path(&self) -> PathBuf {
        self.root.path().canonicalize().unwrap()
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn build(&self, selection: Selection) -> Result<Build, BuildError> {
        self.build_with(selection, &[])
    }

    fn build_with(
        &self,
        selection: Selection,
        environment: &[(&str, &str)],
    ) -> Result<Build, BuildError> {
        let environment: Vec<_> = environment.iter().map(|(k, v)| (k.into(), v.into())).collect();
        let folder = self.path();
        let options = Options {
            helper: Path::new(env!("CARGO_BIN_EXE_cargo-perfbase")),
            quiet: true,
            tell: &|_| {},
            environment: &environment,
            layout: None,
            directory: Some(&folder),
        };
        let selection =
            Selection { target_dir: Some(self.path().join("target")), offline: true, ..selection };
        build(&selection, &options, &session())
    }
}

fn variable<'a>(executable: &'a Executable, name: &str) -> Option<&'a str> {
    let found = executable.env.iter().find(|(key, _)| key == name)?;
    found.1.to_str()
}

fn ask(executable: &Executable, arguments: &[String]) -> String {
    let output = Command::new(&executable.path)
        .args(arguments)
        .env_clear()
        .envs(executable.env.iter().map(|(k, v)| (k, v)))
        .current_dir(&executable.cwd)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_bench_is_built_and_not_run() {
    let project = Project::new(
        "[env]\nSCRATCH = \"a b\"\nBESIDE = { value = \"data\", relative = true }\n\
         [target.'cfg(all())']\nrunner = [\"nice\", \"-n\", \"5\"]\n",
    );
    let built = project.build(Selection { benches: vec!["custom".into()], ..Selection::default() });
    let built = built.unwrap();
    assert_eq!(built.warnings, [""; 0]);
    assert_eq!(built.workspace_root, project.path());
    assert_eq!(built.target_directory, project.path().join("target"));
    assert_eq!(built.profile, "bench");
    assert!(built.toolchain.rustc.starts_with("rustc "), "{:?}", built.toolchain);
    let [bench] = &*built.executables else { panic!("{:?}", built.executables) };
    assert_eq!((&*bench.package, &*bench.package_version), ("scratch", "1.2.3"));
    assert_eq!((bench.kind, &*bench.name), (TargetKind::Bench, "custom"));
    assert_eq!(bench.harness, Harness::Process);
    assert_eq!(bench.cwd, project.path());
    assert_eq!(bench.manifest_dir, project.path());
    assert_eq!(bench.arguments, ["--bench"]);
    assert_eq!(bench.runner, ["nice", "-n", "5"]);
    assert!(bench.path.is_file() && !bench.only_benches);
    assert_eq!(variable(bench, "SCRATCH"), Some("a b"));
    assert_eq!(variable(bench, "BESIDE"), project.path().join("data").to_str());
    assert_eq!(variable(bench, "CARGO_MANIFEST_DIR"), project.path().to_str());
    assert!(variable(bench, "LD_LIBRARY_PATH").is_some() || !cfg!(target_os = "linux"));
    // What the tests themselves were started with is no leak.
    let ours = |name: &str| {
        (name.starts_with("PERFBASE_") || name.ends_with("_RUNNER"))
            && std::env::var_os(name).is_none()
    };
    let leaked: Vec<_> =
        bench.env.iter().filter(|(name, _)| name.to_str().is_some_and(ours)).collect();
    assert!(leaked.is_empty(), "{leaked:?}");
    assert!(variable(bench, "RUSTC_BOOTSTRAP").is_none());
}

#[test]
fn runners_of_every_form_are_replaced_and_kept() {
    let host = provenance::toolchain(&session(), None, None).unwrap().target;
    let selection = Selection { benches: vec!["custom".into()], ..Selection::default() };
    let project = Project::new(&format!("[target.{host}]\nrunner = \"nice -n 3\"\n"));
    let built = project.build(selection.clone()).unwrap();
    assert_eq!(built.executables[0].runner, ["nice", "-n", "3"]);
    project
        .file(".cargo/config.toml", &format!("[target.{host}]\nrunner = [\"./go.sh\", \"x\"]\n"));
    project.file("go.sh", "#!/bin/sh\n");
    let built = project.build(Selection { target: Some(host.clone()), ..selection.clone() });
    let built = built.unwrap();
    assert_eq!(built.toolchain.target, host);
    let script = project.path().join("./go.sh");
    assert_eq!(built.executables[0].runner, [script.to_str().unwrap(), "x"]);
    assert!(built.executables[0].path.iter().any(|part| part == &*host));
    project.file(".cargo/config.toml", &format!("[build]\ntarget = \"{host}\"\n"));
    let built = project.build(selection).unwrap();
    assert!(built.executables[0].runner.is_empty());
    assert!(built.executables[0].path.iter().any(|part| part == &*host));
}

#[test]
fn every_kind_in_one_selection() {
    let project = Project::new("");
    let built = project
        .build(Selection {
            tests: vec!["it".into()],
            lib: true,
            bins: vec!["scratch".into()],
            all_examples: true,
            ..Selection::default()
        })
        .unwrap();
    assert_eq!(built.warnings, [""; 0]);
    let found: Vec<_> = built.executables.iter().map(|e| (e.kind, &*e.name, e.harness)).collect();
    assert_eq!(
        found,
        [
            (TargetKind::Lib, "scratch", Harness::Libtest),
            (TargetKind::Test, "it", Harness::Libtest),
            (TargetKind::Bin, "scratch", Harness::Process),
            (TargetKind::Example, "show", Harness::Process),
        ]
    );
    let lib = &built.executables[0];
    let listed = list_attempts(lib.harness);
    let listed = parse_list(lib.harness, &ask(lib, &listed[0].arguments)).unwrap();
    let names: Vec<_> = listed.iter().map(|l| &*l.name).collect();
    assert_eq!(names, ["tests::adds", "tests::slow"]);
    assert!(listed.iter().all(|l| l.kind == ListedKind::Test));
    let ignored = ask(lib, &list_ignored_arguments(lib.harness).unwrap());
    assert_eq!(parse_list(lib.harness, &ignored).unwrap(), listed[1..]);
    let ran = ask(lib, &exact_arguments(lib.harness, &listed[0], false));
    assert!(ran.contains("1 passed; 0 failed; 0 ignored"), "{ran}");
    let ran = ask(lib, &exact_arguments(lib.harness, &listed[1], true));
    assert!(ran.contains("1 passed; 0 failed; 0 ignored"), "{ran}");
    assert_eq!(ask(&built.executables[2], &[]), "3\n");
}

#[test]
fn members_run_in_their_own_folder_and_programs_in_the_users() {
    let project = Project::new("");
    let member = |name: &str| {
        project.file(
            &format!("{name}/Cargo.toml"),
            &format!("[package]\nname = \"{name}\"\nversion = \"0.0.1\"\nedition = \"2021\"\n"),
        );
        project.file(&format!("{name}/src/main.rs"), "fn main() {}\n");
        project.file(&format!("{name}/tests/it.rs"), "#[test] fn works() {}\n");
    };
    member("one");
    member("two");
    project.file("Cargo.toml", "[workspace]\nmembers = [\"one\", \"two\"]\nresolver = \"2\"\n");
    let both = Selection { tests: vec!["it".into()], workspace: true, ..Selection::default() };
    let built = project.build(both.clone()).unwrap();
    let found: Vec<_> = built.executables.iter().map(|e| (&*e.package, e.cwd.clone())).collect();
    assert_eq!(found, [("one", project.path().join("one")), ("two", project.path().join("two"))]);
    let built = project.build(Selection { exclude: vec!["one".into()], ..both }).unwrap();
    let found: Vec<_> = built.executables.iter().map(|e| &*e.package).collect();
    assert_eq!(found, ["two"]);
    let programs = Selection { all_bins: true, ..Selection::default() };
    let built = project.build(programs.clone()).unwrap();
    let found: Vec<_> = built.executables.iter().map(|e| (&*e.package, e.cwd.clone())).collect();
    assert_eq!(found, [("one", project.path()), ("two", project.path())]);
    let built = project.build(Selection { packages: vec!["two".into()], ..programs }).unwrap();
    let [program] = &*built.executables else { panic!("{:?}", built.executables) };
    assert_eq!(program.manifest_dir, project.path().join("two"));
    assert_eq!(program.arguments, [""; 0]);
}

#[test]
fn a_kept_program_runs_the_code_of_then() {
    let project = Project::new("");
    project.file(
        "tests/it.rs",
        "#[test] fn works() { assert!(std::process::Command::new(env!(\"CARGO_BIN_EXE_scratch\"))\
         .status().unwrap().success()) }\n",
    );
    let selection = || Selection {
        bins: vec!["scratch".into()],
        all_tests: true,
        lib: true,
        ..Selection::default()
    };
    let build = project.build(selection()).unwrap();
    let kept = Kept::open(&build.target_directory);
    let of = |build: &Build, kind: TargetKind| {
        // The program itself stands behind its unit tests.
        build.executables.iter().rfind(|executable| executable.kind == kind).unwrap().clone()
    };
    let program = of(&build, TargetKind::Bin);
    kept.keep(&program).unwrap();
    kept.keep(&of(&build, TargetKind::Lib)).unwrap();
    let refused = kept.keep(&of(&build, TargetKind::Test)).unwrap_err();
    assert!(matches!(refused, NotKept::Program { program } if program == "scratch"));

    project.file("src/lib.rs", "#[inline(never)] pub fn three() -> u32 { 33 }\n");
    let newer = of(&project.build(selection()).unwrap(), TargetKind::Bin);
    let digest = program.digest.as_deref().unwrap();
    let then = Kept::open(&build.target_directory).find(digest, "scratch", "bin-scratch").unwrap();
    let sorted = |env: &[(OsString, OsString)]| env.iter().cloned().collect::<BTreeMap<_, _>>();
    assert_eq!((&then.cwd, sorted(&then.env)), (&program.cwd, sorted(&program.env)));
    assert_ne!(newer.digest, then.digest);
    assert_eq!((ask(&then, &[]).trim(), ask(&newer, &[]).trim()), ("3", "33"));

    // Its code lies in a library that the next build replaces.
    let manifest = std::fs::read_to_string(project.path().join("Cargo.toml")).unwrap();
    project.file("Cargo.toml", &format!("{manifest}[lib]\ncrate-type = [\"dylib\"]\n"));
    project.file(".cargo/config.toml", "build.rustflags = \"-Cprefer-dynamic\"");
    let build = project.build(Selection { bins: vec!["scratch".into()], ..Selection::default() });
    let refused = kept.keep(&of(&build.unwrap(), TargetKind::Bin)).unwrap_err();
    assert!(matches!(refused, NotKept::Library { name } if name == "libscratch.so"));
}

#[test]
fn the_default_is_that_of_cargo_bench() {
    let project = Project::new("");
    let built = project.build(Selection::default()).unwrap();
    let found: Vec<_> =
        built.executables.iter().map(|e| (e.kind, e.only_benches, e.harness)).collect();
    assert_eq!(
        found,
        [
            (TargetKind::Lib, true, Harness::Libtest),
            (TargetKind::Bin, true, Harness::Libtest),
            (TargetKind::Bench, false, Harness::Process),
        ]
    );
}

#[test]
fn build_scripts_see_the_same_compiler_as_always() {
    let project = Project::new("");
    // The settings that a build script sees become part of the program.
    project.file(
        "build.rs",
        "fn main() { let mut names: Vec<_> = std::env::vars().map(|(name, _)| name)\
         .filter(|name| name.starts_with(\"CARGO_CFG_\") || name == \"RUSTC_BOOTSTRAP\")\
         .collect(); names.sort(); println!(\"cargo::rustc-env=SEEN={}\", names.join(\" \")); }\n",
    );
    project.file("src/main.rs", "fn main() { print!(\"{}\", env!(\"SEEN\")) }\n");
    let by_cargo = |folder: &str, host: &str| {
        let output = Command::new(std::env::var_os("CARGO").unwrap())
            .args(["run", "--release", "--offline", "--target-dir", folder, "--target", host])
            .current_dir(project.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let selection = Selection { bins: vec!["scratch".into()], ..Selection::default() };
    let host = project.build(selection.clone()).unwrap().toolchain.target;
    // Cargo keeps the compiler's answers once there is a folder for them. This one is new to it.
    let built = project.build(Selection { target: Some(host.clone()), ..selection }).unwrap();
    let seen = ask(&built.executables[0], &[]);
    assert!(seen.contains("CARGO_CFG_TARGET_OS"), "{seen}");
    assert_eq!(seen, by_cargo("elsewhere", &host));
    assert_eq!(seen, by_cargo("target", &host));
}

#[cfg(target_os = "linux")]
#[test]
fn line_tables_are_there_and_more_stays() {
    let project = Project::new("");
    let selection = Selection { benches: vec!["custom".into()], ..Selection::default() };
    let sections = |executable: &Executable| -> Vec<String> {
        use object::{Object, ObjectSection};
        let bytes = std::fs::read(&executable.path).unwrap();
        let file = object::File::parse(&*bytes).unwrap();
        file.sections().map(|s| s.name().unwrap().to_owned()).collect()
    };
    let plain = project.build(selection.clone()).unwrap().executables.remove(0);
    assert!(sections(&plain).contains(&".debug_line".to_owned()));
    let again = project.build(selection.clone()).unwrap().executables.remove(0);
    assert_eq!(again, plain);
    let types = |executable: &Executable| {
        // Types and variables make the difference between full debug information and line tables.
        let bytes = std::fs::read(&executable.path).unwrap();
        bytes.len()
    };
    let full = project
        .build_with(selection.clone(), &[("CARGO_PROFILE_BENCH_DEBUG", "full")])
        .unwrap()
        .executables
        .remove(0);
    assert_ne!(full.path, plain.path);
    assert!(types(&full) > types(&plain));
    let stripped = project
        .build_with(selection.clone(), &[("CARGO_PROFILE_BENCH_STRIP", "true")])
        .unwrap()
        .executables
        .remove(0);
    assert!(sections(&stripped).contains(&".symtab".to_owned()));
    project.file("src/lib.rs", "pub fn three() -> u32 { std::hint::black_box(2) + 1 }\n");
    let changed = project.build(selection).unwrap().executables.remove(0);
    assert_ne!(changed.digest, plain.digest);
}

#[test]
fn failures_and_doubts_are_told() {
    let project = Project::new("");
    let missing = Selection { benches: vec!["none".into()], ..Selection::default() };
    let error = project.build(missing).unwrap_err();
    assert!(matches!(error, BuildError::Selection { .. }), "{error}");
    let slow = Selection {
        profile: Some("plain".into()),
        benches: vec!["custom".into()],
        ..Selection::default()
    };
    let built = project.build(slow).unwrap();
    assert_eq!(built.profile, "plain");
    let [warning] = &*built.warnings else { panic!("{:?}", built.warnings) };
    assert!(warning.contains("without optimisation: custom;"), "{warning}");
    project.file("benches/custom.rs", "fn main() { syntax error }\n");
    let error = project.build(Selection::default()).unwrap_err();
    assert!(matches!(error, BuildError::Failed { .. }), "{error}");
    assert!(error.to_string().contains("exit status 101"), "{error}");
}

#[test]
fn commits_are_dirty_by_tracked_files_only() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let session = session();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        let output =
            Command::new("git").args(identity).args(arguments).current_dir(&root).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let write = |name: &str| {
        let path = Path::new(&root).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    };
    let profiles = root.join("profiles");
    assert_eq!(provenance::commit(&session, &root, Some(&profiles)), None);
    git(&["init", "-q"]);
    write("code");
    write("sub/empty");
    std::fs::create_dir_all(&profiles).unwrap();
    std::fs::write(profiles.join("a"), "old").unwrap();
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    write("untracked");
    write("profiles/a");
    let commit = provenance::commit(&session, &root, Some(&profiles)).unwrap();
    assert_eq!(commit.hash.len(), 40);
    assert!(!commit.dirty);
    assert!(provenance::commit(&session, &root, None).unwrap().dirty);
    std::fs::write(root.join("code"), "changed").unwrap();
    assert!(provenance::commit(&session, &root, Some(&profiles)).unwrap().dirty);
    let below = root.join("sub");
    assert!(provenance::commit(&session, &below, Some(&profiles)).unwrap().dirty);
}

#[test]
fn the_machine_is_known() {
    let machine = provenance::machine(&session());
    assert!(machine.cores >= 1);
    assert_eq!(machine.os, std::env::consts::OS);
    if cfg!(target_os = "linux") {
        assert!(machine.memory_bytes > 1 << 20);
        assert!(!machine.cpu.is_empty() && !machine.kernel.is_empty(), "{machine:?}");
    }
}
