//! Kept executables on disk: whole or not found, within the bound, and private.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::*;
use crate::model::Harness;

/// A target directory with executables of a few kilobytes.
struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("target/release/deps")).unwrap();
        Self { folder }
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("target")
    }

    fn root(&self) -> PathBuf {
        self.target().join("perfbase/executables")
    }

    /// An executable whose code is `code`.
    fn executable(&self, name: &str, code: &[u8]) -> Executable {
        self.with_sections(name, &[(".text", code)])
    }

    fn with_sections(&self, name: &str, sections: &[(&str, &[u8])]) -> Executable {
        let path = self.target().join("release/deps").join(format!("{name}-0123abcd"));
        fs_err::write(&path, elf(sections)).unwrap();
        set_mode(&path, 0o755);
        let digest = digest::of_file(&File::open(&path).unwrap());
        assert!(digest.is_some());
        Executable {
            package: "json".into(),
            package_version: "1.2.3".into(),
            manifest_dir: self.folder.path().into(),
            kind: TargetKind::Bench,
            name: name.into(),
            path,
            cwd: self.folder.path().into(),
            env: vec![("PATH".into(), "/bin".into()), ("TOKEN".into(), odd())],
            runner: vec!["nice".into(), "-n5".into()],
            arguments: vec!["--bench".into(), odd()],
            harness: Harness::Criterion,
            harness_version: Some("0.7.0".into()),
            digest,
            only_benches: false,
        }
    }
}

/// A system string that is no text.
fn odd() -> OsString {
    #[cfg(unix)]
    return std::os::unix::ffi::OsStringExt::from_vec(vec![b'x', 0xff]);
    #[cfg(not(unix))]
    return "x".into();
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs_err::set_permissions(path, permissions).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) {}

/// A 64-bit ELF file with these sections, all of them loaded.
fn elf(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let names: Vec<&str> = sections.iter().map(|(name, _)| *name).chain([".shstrtab"]).collect();
    let table = format!("\0{}\0", names.join("\0"));
    let mut data: Vec<u8> = Vec::new();
    let mut headers = vec![0_u8; 64];
    let mut name_at = 1_u32;
    let strings = (".shstrtab", table.as_bytes());
    for (index, (name, bytes)) in sections.iter().copied().chain([strings]).enumerate() {
        let is_last = index == sections.len();
        let (kind, flags) = if is_last { (3_u32, 0_u64) } else { (1, 2) };
        headers.extend([name_at, kind].iter().flat_map(|word| word.to_le_bytes()));
        let words = [flags, 0, 64 + data.len() as u64, bytes.len() as u64, 0, 1, 0];
        headers.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        data.extend(bytes);
        name_at += name.len() as u32 + 1;
    }
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    file.extend([2_u16, 62, 1, 0].iter().flat_map(|half| half.to_le_bytes()));
    let words = [0_u64, 0, 64 + data.len() as u64, 64 << 32];
    file.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    let count = sections.len() as u16 + 2;
    file.extend([0_u16, 64, count, count - 1].iter().flat_map(|half| half.to_le_bytes()));
    assert_eq!(file.len(), 64);
    file.extend(data);
    file.extend(headers);
    file
}

fn find(kept: &Kept, executable: &Executable) -> Result<Executable, Unavailable> {
    let target = executable.kind.target(&executable.name);
    let mut found =
        kept.find(executable.digest.as_deref().unwrap(), &executable.package, &target)?;
    // What is of today comes from this very process.
    found.env.retain(|(key, value)| std::env::var_os(key).as_ref() != Some(value));
    Ok(found)
}

#[test]
fn the_environment_of_the_day_holds_and_is_not_kept() {
    let sandbox = Sandbox::new();
    let mut executable = sandbox.executable("parse", b"code");
    let path = std::env::var_os("PATH").unwrap();
    executable.env = vec![("PATH".into(), path.clone()), ("OUT_DIR".into(), "here".into())];
    let kept = Kept::open(&sandbox.target());
    kept.keep(&executable).unwrap();
    let digest = executable.digest.as_deref().unwrap();
    let found = kept.find(digest, "json", "parse").unwrap();
    let value = |name: &str| found.env.iter().find(|(key, _)| key == name).map(|(_, v)| v.clone());
    assert_eq!(value("PATH"), Some(path));
    assert_eq!(value("OUT_DIR"), Some("here".into()));
    for entry in fs_err::read_dir(sandbox.root().join(digest)).unwrap().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "json") {
            let text = fs_err::read_to_string(entry.path()).unwrap();
            assert!(text.contains("OUT_DIR") && !text.contains("PATH"), "{text}");
        }
    }
}

/// Sets when an entry was used last, in seconds after some time.
fn set_used(root: &Path, executable: &Executable, seconds: u64) {
    let path = root.join(executable.digest.as_deref().unwrap()).join(".used");
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000 + seconds);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn what_is_kept_is_found_after_the_build_is_gone() {
    let sandbox = Sandbox::new();
    let executable = sandbox.executable("parse", b"code");
    let kept = Kept::open(&sandbox.target());
    assert!(!sandbox.root().exists(), "nothing is created before anything is kept");
    assert_eq!(find(&kept, &executable), Err(Unavailable::Gone));
    let copy = kept.keep(&executable).unwrap();
    assert!(copy.path.starts_with(sandbox.root()));
    assert_eq!(copy.path.file_name(), executable.path.file_name());

    fs_err::remove_dir_all(sandbox.target().join("release")).unwrap();
    let found = find(&Kept::open(&sandbox.target()), &executable).unwrap();
    assert_eq!(found, copy);
    assert_eq!(found, Executable { path: copy.path, ..executable.clone() });
    let digest = executable.digest.as_deref().unwrap();
    assert_eq!(kept.find(digest, "json", "other"), Err(Unavailable::Gone));
    assert_eq!(kept.find(digest, "xml", "parse"), Err(Unavailable::Gone));
    assert_eq!(kept.find("../../../etc", "json", "parse"), Err(Unavailable::Gone));

    fs_err::remove_dir_all(sandbox.target()).unwrap();
    assert_eq!(find(&kept, &executable), Err(Unavailable::Gone), "as after `cargo clean`");
    assert!(kept.prune().is_ok() && !sandbox.root().exists());
}

#[test]
fn kinds_and_the_same_code_of_two_targets_are_told_apart() {
    let sandbox = Sandbox::new();
    let kept = Kept::open(&sandbox.target());
    let bench = sandbox.executable("same", b"code");
    let kinds = [TargetKind::Test, TargetKind::Lib, TargetKind::Bin, TargetKind::Example];
    let mut all = vec![bench.clone()];
    all.extend(kinds.map(|kind| Executable { kind, ..bench.clone() }));
    all.push(Executable {
        harness: Harness::Libtest,
        harness_version: None,
        only_benches: true,
        runner: Vec::new(),
        name: "other".into(),
        ..bench
    });
    for executable in &all {
        kept.keep(executable).unwrap();
    }
    for executable in &all {
        let found = find(&kept, executable).unwrap();
        assert_eq!(found, Executable { path: found.path.clone(), ..executable.clone() });
    }
    // One folder: one digest.
    assert_eq!(shelf_folders(&sandbox.root()).len(), 1);
}

fn shelf_folders(root: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

#[test]
fn keeping_again_brings_the_newest_description_and_file() {
    let sandbox = Sandbox::new();
    let first = sandbox.executable("parse", b"code");
    Kept::open(&sandbox.target()).keep(&first).unwrap();
    // The same code, with a section that is not loaded and under another name.
    let mut second = first.clone();
    second.path = first.path.with_file_name("parse-ffff");
    let mut bytes = fs_err::read(&first.path).unwrap();
    bytes.extend(b"names");
    fs_err::write(&second.path, &bytes).unwrap();
    set_mode(&second.path, 0o755);
    second.env.clear();
    assert_eq!(digest::of_file(&File::open(&second.path).unwrap()), first.digest);
    let folder = sandbox.root().join(first.digest.as_deref().unwrap());
    fs_err::write(folder.join(".new-left"), "half").unwrap();

    let kept = Kept::open(&sandbox.target());
    kept.keep(&second).unwrap();
    let found = find(&kept, &first).unwrap();
    assert!(found.env.is_empty());
    assert_eq!(fs_err::read(found.path).unwrap(), bytes);
    let mut names: Vec<String> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".json"))
        .collect();
    names.sort();
    assert_eq!(names, [".used", "parse-ffff"]);
}

#[test]
fn debug_information_beside_it_is_kept_too() {
    let sandbox = Sandbox::new();
    let executable = sandbox.executable("parse", b"code");
    let beside = |suffix: &str| {
        let mut path = executable.path.clone().into_os_string();
        path.push(suffix);
        PathBuf::from(path)
    };
    fs_err::write(beside(".dwp"), "split").unwrap();
    fs_err::create_dir_all(beside(".dSYM").join("Contents")).unwrap();
    fs_err::write(beside(".dSYM").join("Contents/Info.plist"), "list").unwrap();
    let copy = Kept::open(&sandbox.target()).keep(&executable).unwrap().path;
    let text = |name: &str| fs_err::read_to_string(copy.with_file_name(name)).unwrap();
    assert_eq!(text("parse-0123abcd.dwp"), "split");
    assert_eq!(text("parse-0123abcd.dSYM/Contents/Info.plist"), "list");
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let executable = sandbox.executable("parse", b"code");
    let copy = Kept::open(&sandbox.target()).keep(&executable).unwrap();
    let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = copy.path.parent().unwrap();
    assert_eq!((mode(&sandbox.root()), mode(folder), mode(&copy.path)), (0o700, 0o700, 0o700));
    let mut descriptions = 0;
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            assert_eq!(mode(&path), 0o600);
            descriptions += 1;
        }
    }
    assert_eq!(descriptions, 1);
}

#[test]
fn what_is_not_whole_is_not_found() {
    let sandbox = Sandbox::new();
    let executable = sandbox.executable("parse", b"code");
    let kept = Kept::open(&sandbox.target());
    let copy = kept.keep(&executable).unwrap().path;
    let whole = fs_err::read(&copy).unwrap();
    let description = fs_err::read_dir(copy.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "json"))
        .unwrap();
    let json = fs_err::read_to_string(&description).unwrap();
    let damaged = Err(Unavailable::Damaged);

    // Cut off, of other code, not executable, gone.
    fs_err::write(&copy, &whole[..whole.len() - 1]).unwrap();
    assert_eq!(find(&kept, &executable), damaged);
    let mut other = whole.clone();
    other[65] ^= 1;
    fs_err::write(&copy, &other).unwrap();
    assert_eq!(find(&kept, &executable), damaged);
    fs_err::write(&copy, &whole).unwrap();
    assert!(find(&kept, &executable).is_ok());
    #[cfg(unix)]
    {
        set_mode(&copy, 0o600);
        assert_eq!(find(&kept, &executable), damaged);
        set_mode(&copy, 0o700);
    }
    fs_err::remove_file(&copy).unwrap();
    assert_eq!(find(&kept, &executable), damaged);
    fs_err::write(&copy, &whole).unwrap();
    set_mode(&copy, 0o700);

    for (text, expected) in [
        (json[..json.len() / 2].to_owned(), damaged.clone()),
        (String::new(), damaged.clone()),
        ("{\"version\": 1}".into(), damaged.clone()),
        (json.replace("criterion", "abacus"), damaged.clone()),
        (json.replace("parse-0123abcd", "../../parse"), damaged.clone()),
        (json.replace("\"json\"", "\"yaml\""), damaged.clone()),
        (json.replace("\"version\": 1", "\"version\": 2"), Err(Unavailable::Newer)),
    ] {
        assert_ne!(text, json);
        fs_err::write(&description, &text).unwrap();
        assert_eq!(find(&kept, &executable), expected, "{text}");
    }
    // Keeping it again mends it.
    kept.keep(&executable).unwrap();
    assert!(find(&kept, &executable).is_ok());

    let elsewhere = Executable { cwd: "/no/such/folder".into(), ..executable.clone() };
    kept.keep(&elsewhere).unwrap();
    assert_eq!(
        find(&kept, &executable),
        Err(Unavailable::Folder { path: "/no/such/folder".into() })
    );
}

#[test]
fn those_used_longest_ago_make_room() {
    let sandbox = Sandbox::new();
    let all: Vec<Executable> =
        (0..4_u8).map(|n| sandbox.executable(&format!("e{n}"), &[n; 4000])).collect();
    {
        let kept = Kept::open(&sandbox.target());
        for executable in &all[..3] {
            kept.keep(executable).unwrap();
        }
    }
    let one = Shelf::new(sandbox.root()).entry(all[0].digest.as_deref().unwrap()).size();
    // The order of names is not that of use.
    for (executable, seconds) in all.iter().zip([20, 30, 10]) {
        set_used(&sandbox.root(), executable, seconds);
    }
    let there = || {
        let kept = |e: &&Executable| sandbox.root().join(e.digest.as_deref().unwrap()).is_dir();
        all.iter().filter(kept).map(|e| &*e.name).collect::<Vec<_>>()
    };
    let room_for_two = Kept::with_limit(&sandbox.target(), 2 * one + one / 2);
    room_for_two.prune().unwrap();
    assert_eq!(there(), ["e0", "e1"]);
    // What is in use stays, though used longest ago, and so does what was just kept.
    let user = Kept::open(&sandbox.target());
    find(&user, &all[0]).unwrap();
    set_used(&sandbox.root(), &all[0], 1);
    room_for_two.keep(&all[3]).unwrap();
    assert_eq!(there(), ["e0", "e3"]);
    // Using it makes it the most recent one.
    drop(user);
    drop(room_for_two);
    set_used(&sandbox.root(), &all[3], 5);
    find(&Kept::open(&sandbox.target()), &all[0]).unwrap();
    Kept::with_limit(&sandbox.target(), one).prune().unwrap();
    assert_eq!(there(), ["e0"]);
}

#[test]
fn one_capture_alone_stays_within_the_bound() {
    let sandbox = Sandbox::new();
    let (a, b) = (sandbox.executable("a", &[1; 4000]), sandbox.executable("b", &[2; 4000]));
    let kept = Kept::with_limit(&sandbox.target(), 9000);
    kept.keep(&a).unwrap();
    assert!(matches!(kept.keep(&b), Err(NotKept::Room { limit: 9000 })));
    kept.keep(&a).unwrap();
    assert!(find(&kept, &a).is_ok());
    assert_eq!(find(&kept, &b), Err(Unavailable::Gone));
}

#[test]
fn two_at_once_keep_the_same() {
    let sandbox = Sandbox::new();
    let executable = sandbox.executable("parse", &[7; 200_000]);
    let root = sandbox.target();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let kept = Kept::open(&root);
                    let copy = kept.keep(&executable).unwrap();
                    assert_eq!(find(&kept, &executable).unwrap(), copy);
                    kept.prune().unwrap();
                }
            });
        }
    });
    assert!(find(&Kept::open(&root), &executable).is_ok());
}

#[test]
fn a_full_or_closed_folder_is_an_error_and_no_more() {
    let sandbox = Sandbox::new();
    let executable = sandbox.executable("parse", b"code");
    fs_err::write(sandbox.target().join("perfbase"), "in the way").unwrap();
    let kept = Kept::open(&sandbox.target());
    assert!(matches!(kept.keep(&executable), Err(NotKept::Io { .. })));
    assert_eq!(find(&kept, &executable), Err(Unavailable::Gone));
    let gone = Executable { path: "/no/such/file".into(), ..executable.clone() };
    assert!(matches!(kept.keep(&gone), Err(NotKept::Io { .. })));
    fs_err::write(&executable.path, "no ELF").unwrap();
    assert!(matches!(kept.keep(&executable), Err(NotKept::Unknown)));
    let unknown = Executable { digest: None, ..executable };
    assert!(matches!(kept.keep(&unknown), Err(NotKept::Unknown)));
}

#[test]
fn what_would_run_other_code_is_refused() {
    let sandbox = Sandbox::new();
    let deps = sandbox.target().join("release/deps");
    let dynamic: Vec<u8> = [1_u64, 1, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect();
    let sections: [(&str, &[u8]); 3] =
        [(".text", b"c"), (".dynamic", &dynamic), (".dynstr", b"\0libshared.so\0")];
    let mut executable = sandbox.with_sections("parse", &sections);
    let kept = Kept::open(&sandbox.target());
    // In the system's folders: fine.
    kept.keep(&executable).unwrap();
    fs_err::write(deps.join("libshared.so"), "").unwrap();
    kept.keep(&executable).unwrap();
    executable.env.push(("LD_LIBRARY_PATH".into(), deps.clone().into_os_string()));
    let refused = kept.keep(&executable).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "it loads libshared.so from the target directory, which the next build replaces"
    );

    let program = sandbox.target().join("release/serve");
    fs_err::write(&program, "").unwrap();
    let text = format!("xx{}yy", program.display());
    let sections: [(&str, &[u8]); 2] = [(".text", b"c"), (".rodata", text.as_bytes())];
    let executable = sandbox.with_sections("e2e", &sections);
    kept.keep(&executable).unwrap();
    set_mode(&program, 0o755);
    let refused = kept.keep(&executable).unwrap_err();
    assert!(matches!(refused, NotKept::Program { program } if program == "serve"));
}

proptest::proptest! {
    #[test]
    fn no_description_breaks_it(json: Vec<u8>, text in "\\PC*") {
        let _ = Description::from_json(&json);
        let _ = Description::from_json(text.as_bytes());
    }
}
