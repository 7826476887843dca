//! What is put in comes out, and nothing else is let in.

use std::io::Write;

use super::*;

fn index() -> Index {
    let captures = ["pre-refactor", "post-refactor"].map(|label| label.parse().unwrap());
    Index { perfbase: "0.1.0".to_owned(), captures: captures.into() }
}

fn files() -> Vec<File> {
    let long = format!("profiles/pre-refactor/{}/{}/timing.json", "p".repeat(64), "b".repeat(64));
    [("profiles/pre-refactor/capture.json", &b"{}"[..]), (&long, b"[1]"), ("report.md", b"# x\n")]
        .map(|(path, bytes)| File { path: path.to_owned(), bytes: bytes.to_vec() })
        .into()
}

fn read_all(bytes: &[u8]) -> Result<(Index, Vec<File>), BundleError> {
    read(bytes, Limits { bytes: 1 << 20, files: 20 })
}

/// An archive of entries that `write` would not make.
fn archive(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for (name, kind, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        // By hand: the library does not write such names.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        if kind.is_symlink() || kind.is_hard_link() {
            header.as_old_mut().linkname[..11].copy_from_slice(b"/etc/passwd");
        }
        header.set_cksum();
        gzip.write_all(header.as_bytes()).unwrap();
        gzip.write_all(bytes).unwrap();
        gzip.write_all(&vec![0; bytes.len().next_multiple_of(512) - bytes.len()]).unwrap();
    }
    gzip.write_all(&[0; 1024]).unwrap();
    gzip.finish().unwrap()
}

const REGULAR: tar::EntryType = tar::EntryType::Regular;

#[test]
fn what_is_put_in_comes_out() {
    let bytes = write(&index(), files());
    assert!(is_bundle(&*bytes));
    let (read_index, read_files) = read_all(&bytes).unwrap();
    let mut sorted = files();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!((read_index, read_files), (index(), sorted));
    let mut turned = files();
    turned.reverse();
    assert_eq!(write(&index(), turned), bytes, "the order does not matter");
}

#[test]
fn whatever_is_cut_off_or_changed_is_refused() {
    let bytes = write(&index(), files());
    for end in 0..bytes.len() {
        assert!(read_all(&bytes[..end]).is_err(), "{end} of {}", bytes.len());
    }
    let whole = read_all(&bytes).unwrap();
    let mut same = 0;
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        // A few bits say nothing: a time, a system, what fills up the last byte.
        if let Ok(all) = read_all(&changed) {
            assert_eq!(all, whole, "byte {at}");
            same += 1;
        }
    }
    assert!(same < 16, "{same} of {} bytes are checked by nobody", bytes.len());
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in [
        "../evil",
        "/etc/cron.d/evil",
        "perfbase-bundle/../../evil",
        "perfbase-bundle/profiles/./evil",
        "perfbase-bundle//evil",
        "perfbase-bundle/",
        "perfbase-bundle/c:\\evil",
        "perfbase-bundle/new\nline",
        "perfbase-bundles/evil",
        "other/evil",
    ] {
        let error = read_all(&archive(&[(name, REGULAR, b"x")])).unwrap_err();
        assert!(matches!(error, BundleError::Path { .. }), "{name}: {error:?}");
    }
}

#[test]
fn only_plain_files_are_taken() {
    use tar::EntryType as Type;
    for kind in [Type::Symlink, Type::Link, Type::Directory, Type::Char, Type::Block, Type::Fifo] {
        let error = read_all(&archive(&[("perfbase-bundle/x", kind, b"")])).unwrap_err();
        assert!(matches!(error, BundleError::Kind { .. }), "{kind:?}: {error:?}");
    }
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let zeros = vec![0; 2 << 20];
    let bomb = archive(&[("perfbase-bundle/x", REGULAR, &zeros)]);
    assert!(bomb.len() < 100 << 10);
    let error = read_all(&bomb).unwrap_err();
    assert!(matches!(error, BundleError::TooLarge { what: "bytes", .. }), "{error:?}");
    let names: Vec<String> = (0..21).map(|n| format!("perfbase-bundle/{n}")).collect();
    let many: Vec<_> = names.iter().map(|name| (&**name, REGULAR, &b""[..])).collect();
    let error = read_all(&archive(&many)).unwrap_err();
    assert!(matches!(error, BundleError::TooLarge { what: "files", .. }), "{error:?}");
    // A name that pretends to be a megabyte long.
    let long = archive(&[("././@LongLink", tar::EntryType::GNULongName, &zeros)]);
    let error = read_all(&long).unwrap_err();
    assert!(matches!(error, BundleError::TooLarge { what: "bytes", .. }), "{error:?}");
}

#[test]
fn other_archives_and_later_formats_are_told_apart() {
    let other = archive(&[("perfbase-bundle/readme", REGULAR, b"hello")]);
    assert!(is_bundle(&*other));
    assert!(matches!(read_all(&other), Err(BundleError::NoIndex)));
    assert!(!is_bundle(&b"PERFILE2"[..]));
    let later = br#"{"schema": "perfbase.bundle/2"}"#;
    let later = archive(&[("perfbase-bundle/bundle.json", REGULAR, later)]);
    let error = read_all(&later).unwrap_err();
    assert!(matches!(&error, BundleError::Version { found } if found == "perfbase.bundle/2"));
    assert!(error.to_string().contains("newer"));
    for captures in [r#"["../x"]"#, r#"["a", "A"]"#] {
        let text = format!(
            r#"{{"schema": "perfbase.bundle/1", "perfbase": "1", "captures": {captures}}}"#
        );
        let bytes = archive(&[("perfbase-bundle/bundle.json", REGULAR, text.as_bytes())]);
        assert!(matches!(read_all(&bytes), Err(BundleError::Index(_))), "{captures}");
    }
}

#[test]
fn files_are_what_the_sums_say() {
    let index = index().to_bytes();
    let sum = crate::sha256::hex(&index);
    let listed = format!("{sum}  bundle.json\n");
    let with = |sums: &str, more: &[(&str, &[u8])]| {
        let mut entries = vec![
            ("perfbase-bundle/SHA256SUMS", REGULAR, sums.as_bytes()),
            ("perfbase-bundle/bundle.json", REGULAR, &*index),
        ];
        entries.extend(more.iter().map(|(name, bytes)| (*name, REGULAR, *bytes)));
        read_all(&archive(&entries))
    };
    assert!(with(&listed, &[]).is_ok());
    let added = with(&listed, &[("perfbase-bundle/more", b"x")]);
    assert!(matches!(added, Err(BundleError::Unlisted { .. })));
    let missing = with(&format!("{listed}{sum}  other\n"), &[]);
    assert!(matches!(missing, Err(BundleError::Missing { .. })));
    assert!(matches!(with("nonsense", &[]), Err(BundleError::Sums { line: 1 })));
    let twice = with(&listed, &[("perfbase-bundle/bundle.json", &index)]);
    assert!(matches!(twice, Err(BundleError::Twice { .. })));
}
