//! The files that recorded processes had mapped, and the ranges of the kernel.

use std::path::Path;

use crate::model::{FastMap, Handle as _, Image, ImageId, ImageKind};

/// All files mapped, whether or not any sample lies in them.
#[derive(Debug, Default)]
pub(super) struct Files {
    all: Vec<Image>,
    ids: FastMap<Image, ImageId>,
    /// Ranges of kernel code, each with its file; ordered and without overlap after `finish`.
    kernel: Vec<(u64, u64, ImageId)>,
    /// The kernel without its modules; set by `finish`.
    core: Option<ImageId>,
}

impl Files {
    /// The file of that path and build id.
    pub(super) fn intern(&mut self, path: &str, build_id: Option<&[u8]>) -> ImageId {
        self.add(Image {
            path: path.to_owned(),
            kind: kind(path),
            build_id: build_id.map(<[u8]>::to_vec),
        })
    }

    fn add(&mut self, image: Image) -> ImageId {
        if let Some(&id) = self.ids.get(&image) {
            return id;
        }
        let id = ImageId::from_index(self.all.len());
        self.all.push(image.clone());
        self.ids.insert(image, id);
        id
    }

    /// A range of the kernel or one of its modules.
    pub(super) fn add_kernel(&mut self, start: u64, end: u64, path: &str) {
        // perf names the core after the symbol that it starts at.
        let path = if path.starts_with(KERNEL) { KERNEL } else { path };
        let kind = ImageKind::Kernel;
        let image = self.add(Image { path: path.to_owned(), kind, build_id: None });
        self.kernel.push((start, end, image));
    }

    /// Fills in build ids that are known by path, and makes sure that the kernel has an entry.
    pub(super) fn finish(&mut self, build_ids: &FastMap<String, Option<Vec<u8>>>) {
        let kind = ImageKind::Kernel;
        self.core = Some(self.add(Image { path: KERNEL.to_owned(), kind, build_id: None }));
        for image in &mut self.all {
            if image.build_id.is_none()
                && let Some(known) = build_ids.get(&image.path)
            {
                image.build_id.clone_from(known);
            }
        }
        self.ids = FastMap::default();
        self.kernel.sort_unstable_by_key(|&(start, end, image)| (start, end, image.index()));
    }

    /// A file.
    pub(super) fn get(&self, id: ImageId) -> &Image {
        &self.all[id.index()]
    }

    /// The part of the kernel that an address of it belongs to.
    pub(super) fn kernel_image(&self, address: u64) -> ImageId {
        let after = self.kernel.partition_point(|&(start, ..)| start <= address);
        let found = self.kernel[..after].last().filter(|&&(_, end, _)| address < end);
        found.map_or_else(|| self.core.expect("finish adds the kernel"), |&(.., image)| image)
    }
}

/// perf's name for the kernel itself.
const KERNEL: &str = "[kernel.kallsyms]";

/// What a mapping's path says that it is.
fn kind(path: &str) -> ImageKind {
    /// What the kernel and perf call memory that no file on disk stands behind.
    const ANONYMOUS: [&str; 6] = ["//anon", "[", "/memfd:", "anon_inode:", "/dev/zero", "/SYSV"];
    if path == "[vdso]" {
        ImageKind::Vdso
    } else if path.is_empty()
        || ANONYMOUS.iter().any(|prefix| path.starts_with(prefix))
        || !Path::new(path).is_absolute()
    {
        ImageKind::Anonymous
    } else {
        ImageKind::File
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_path() {
        assert_eq!(kind("/usr/lib/libc.so.6"), ImageKind::File);
        assert_eq!(kind("[vdso]"), ImageKind::Vdso);
        for path in ["//anon", "[heap]", "[stack]", "/memfd:jit (deleted)", "", "x"] {
            assert_eq!(kind(path), ImageKind::Anonymous, "{path}");
        }
    }

    #[test]
    fn kernel_addresses_belong_to_the_core_unless_a_module_holds_them() {
        let mut files = Files::default();
        files.add_kernel(0x9000, 0xa000, "[ext4]");
        files.add_kernel(0x1000, 0x2000, "[kernel.kallsyms]_text");
        files.finish(&FastMap::default());
        let path = |address| files.get(files.kernel_image(address)).path.as_str();
        assert_eq!(path(0x1800), "[kernel.kallsyms]");
        assert_eq!(path(0x9000), "[ext4]");
        assert_eq!(path(0xa000), "[kernel.kallsyms]");
        assert_eq!(path(0), "[kernel.kallsyms]");
    }
}
