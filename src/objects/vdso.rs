//! The virtual shared object of the running kernel.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::object::Object;

/// Reads the image from this process's own memory: every process of a machine has the same.
pub(super) fn read() -> Option<Object> {
    /// Far above the size of any (two to four pages).
    const MAX_SIZE: u64 = 1 << 20;
    let maps = fs_err::read_to_string("/proc/self/maps").ok()?;
    let line = maps.lines().find(|line| line.ends_with("[vdso]"))?;
    let (start, end) = line.split(' ').next()?.split_once('-')?;
    let start = u64::from_str_radix(start, 16).ok()?;
    let end = u64::from_str_radix(end, 16).ok()?;
    let size = end.checked_sub(start).filter(|&size| size <= MAX_SIZE)?;
    let mut bytes = vec![0; usize::try_from(size).ok()?];
    let mut memory = fs_err::File::open("/proc/self/mem").ok()?;
    memory.seek(SeekFrom::Start(start)).ok()?;
    memory.read_exact(&mut bytes).ok()?;
    Object::from_bytes(Path::new("[vdso]"), bytes).ok()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    #[test]
    fn the_own_vdso_is_an_object_with_the_clock_in_it() {
        let vdso = super::read().unwrap();
        let names: Vec<String> = vdso
            .elf()
            .map(|elf| {
                use object::{Object as _, ObjectSymbol as _};
                elf.dynamic_symbols().filter_map(|s| Some(s.name().ok()?.to_owned())).collect()
            })
            .unwrap();
        assert!(names.iter().any(|name| name.contains("clock_gettime")), "{names:?}");
    }
}
