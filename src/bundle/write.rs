//! Files → a bundle.

use std::io::Write;

use flate2::{Compression, GzBuilder};

use super::{FOLDER, File, INDEX, Index, SUMS};

use crate::model::SortFew as _;

/// A bundle of these files, with an index and a list of sums. The same files give the same bytes,
/// in whatever order they come.
///
/// # Panics
/// When two files have the same path, or one that leads outside.
pub fn write(index: &Index, mut files: Vec<File>) -> Vec<u8> {
    files.push(File { path: INDEX.to_owned(), bytes: index.to_bytes() });
    files.sort_few_by(|a, b| a.path.cmp(&b.path));
    let same = files.windows(2).find(|pair| pair[0].path == pair[1].path);
    assert!(same.is_none(), "two files of one name in a bundle: {same:?}");
    let sums: String = files
        .iter()
        .map(|file| format!("{}  {}\n", crate::sha256::hex(&file.bytes), file.path))
        .collect();
    // At the front, so that whoever streams the archive has it before the files.
    files.insert(0, File { path: SUMS.to_owned(), bytes: sums.into_bytes() });

    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::new(6));
    let mut archive = tar::Builder::new(gzip);
    archive.mode(tar::HeaderMode::Deterministic);
    for file in &files {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(file.bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        archive
            .append_data(&mut header, format!("{FOLDER}/{}", file.path), &*file.bytes)
            .expect("a Vec takes all bytes, and names are relative");
    }
    let mut gzip = archive.into_inner().expect("a Vec takes all bytes");
    gzip.flush().expect("a Vec takes all bytes");
    gzip.finish().expect("a Vec takes all bytes")
}
