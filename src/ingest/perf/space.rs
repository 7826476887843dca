//! Address spaces, opened when the first sample needs them.

use std::path::Path;
use std::sync::OnceLock;

use crate::model::{ImageId, ImageKind};
use crate::objects::{Architecture, Object, Objects, OpenError};
use crate::unwind::{AddressSpace, Mapping};

use super::files::Files;
use super::process::{Processes, SpaceId};

/// The address spaces of a recording.
pub(super) struct Spaces<'a, 'o> {
    architecture: Architecture,
    objects: &'o Objects,
    pub(super) files: &'a Files,
    pub(super) processes: &'a Processes,
    /// Whether the virtual shared object there was the one that is here.
    same_kernel: bool,
    opened: Vec<OnceLock<AddressSpace<'o>>>,
}

impl<'a, 'o> Spaces<'a, 'o> {
    pub(super) fn new(
        architecture: Architecture,
        objects: &'o Objects,
        files: &'a Files,
        processes: &'a Processes,
        same_kernel: bool,
    ) -> Self {
        let opened = std::iter::repeat_with(OnceLock::new).take(processes.space_count()).collect();
        Self { architecture, objects, files, processes, same_kernel, opened }
    }

    /// An address space.
    pub(super) fn get(&self, space: SpaceId) -> &AddressSpace<'o> {
        self.opened[space.index()].get_or_init(|| {
            let mappings = self.processes.mappings(space).map(|mapping| {
                let range = (mapping.start, mapping.end);
                match self.files.get(mapping.file).kind {
                    ImageKind::File | ImageKind::Vdso => Mapping::of_file(
                        range,
                        mapping.offset,
                        mapping.file,
                        self.object(mapping.file).ok(),
                    ),
                    ImageKind::Anonymous | ImageKind::Kernel => {
                        Mapping::absolute(range, mapping.file)
                    }
                }
            });
            AddressSpace::new(self.architecture, mappings.collect())
        })
    }

    /// The opened file of an image that has one.
    pub(super) fn object(&self, image: ImageId) -> Result<&'o Object, OpenError> {
        let file = self.files.get(image);
        let build_id = file.build_id.as_deref();
        match file.kind {
            ImageKind::File => self.objects.open(Path::new(&file.path), build_id),
            ImageKind::Vdso if self.same_kernel => {
                self.objects.vdso(build_id).ok_or(OpenError::Changed)
            }
            _ => Err(OpenError::NotAnObject),
        }
    }
}
