//! A small buffer that moves over a big file.

/// Bytes of a file around the position that is being read.
pub(super) struct Window {
    file: fs_err::File,
    length: u64,
    buffer: Vec<u8>,
    start: u64,
    /// Bytes to read at a time.
    pub(super) fill: usize,
}

impl Window {
    /// A window over all of `file`, which has `length` bytes.
    pub(super) fn new(file: fs_err::File, length: u64, fill: usize) -> Self {
        Self { file, length, buffer: Vec::new(), start: 0, fill }
    }

    /// The length of the file.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// `size` bytes from `offset` on; `None` when the file ends before. At most 16 MiB can be
    /// asked for: whatever needs more is damaged.
    pub(super) fn get(&mut self, offset: u64, size: usize) -> std::io::Result<Option<&[u8]>> {
        const MAX: usize = 16 << 20;
        let end = offset.checked_add(size as u64).filter(|&end| end <= self.length);
        let Some(end) = end.filter(|_| size <= MAX) else { return Ok(None) };
        if offset < self.start || end > self.start + self.buffer.len() as u64 {
            let rest = usize::try_from(self.length - offset).unwrap_or(usize::MAX);
            let wanted = size.max(self.fill).min(rest);
            self.buffer.resize(wanted, 0);
            if let Err(error) = read_exact_at(&mut self.file, &mut self.buffer, offset) {
                self.buffer.clear();
                // Somebody shortened the file meanwhile.
                return match error.kind() {
                    std::io::ErrorKind::UnexpectedEof => Ok(None),
                    _ => Err(error),
                };
            }
            self.start = offset;
        }
        // In range: the buffer covers it, by the lines above.
        let from = (offset - self.start) as usize;
        Ok(self.buffer.get(from..from + size))
    }
}

#[cfg(unix)]
fn read_exact_at(file: &mut fs_err::File, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file.file(), buffer, offset)
}

#[cfg(not(unix))]
fn read_exact_at(file: &mut fs_err::File, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(buffer)
}
