//! What one process had mapped at one time.

use crate::model::{ImageId, SortFew as _};
use crate::objects::{Architecture, Object};

use super::stack::{Cache, End, Registers, StackCopy, Unwinder};

/// A range of a process's memory that holds code.
#[derive(Clone, Copy, Debug)]
pub struct Mapping<'o> {
    /// Its first address.
    pub start: u64,
    /// The address after its last byte.
    pub end: u64,
    /// The image that it belongs to.
    pub image: ImageId,
    /// What addresses inside the image count from: `relative = address - origin`, wrapping.
    pub origin: u64,
    /// The opened file, where it could be opened and is the one recorded.
    pub object: Option<&'o Object>,
}

impl<'o> Mapping<'o> {
    /// A mapping of `image` from `offset` bytes into its file. Without the file, relative
    /// addresses are offsets in it.
    pub fn of_file(
        (start, end): (u64, u64),
        offset: u64,
        image: ImageId,
        object: Option<&'o Object>,
    ) -> Self {
        let placed = object.and_then(|object| {
            let stated = object.address_of_offset(offset)?;
            Some((object, start.wrapping_sub(stated).wrapping_add(object.base())))
        });
        match placed {
            Some((object, origin)) => Self { start, end, image, origin, object: Some(object) },
            None => Self { start, end, image, origin: start.wrapping_sub(offset), object: None },
        }
    }

    /// A mapping whose addresses are kept as they are.
    pub fn absolute((start, end): (u64, u64), image: ImageId) -> Self {
        Self { start, end, image, origin: 0, object: None }
    }

    /// `address`, relative to the image.
    pub fn relative(&self, address: u64) -> u64 {
        address.wrapping_sub(self.origin)
    }
}

/// The code that a process could run at some time, and how to walk its stacks.
pub struct AddressSpace<'o> {
    mappings: Vec<Mapping<'o>>,
    unwinder: Unwinder<'o>,
}

impl<'o> AddressSpace<'o> {
    /// An address space of these mappings, which do not overlap.
    pub fn new(architecture: Architecture, mut mappings: Vec<Mapping<'o>>) -> Self {
        mappings.sort_few_by_key(|mapping| mapping.start);
        let mut unwinder = Unwinder::new(architecture);
        for mapping in &mappings {
            unwinder.add(mapping);
        }
        Self { mappings, unwinder }
    }

    /// The mapping that holds `address`.
    pub fn find(&self, address: u64) -> Option<&Mapping<'o>> {
        let after = self.mappings.partition_point(|mapping| mapping.start <= address);
        self.mappings[..after].last().filter(|mapping| address < mapping.end)
    }

    /// Walks a stack, innermost frame first, and appends the lookup address of each frame to
    /// `frames`. An address outside all mappings other than the first ends the walk.
    pub fn unwind(
        &self,
        registers: Registers,
        stack: StackCopy<'_>,
        cache: &mut Cache,
        frames: &mut Vec<u64>,
    ) -> End {
        let end = self.unwinder.walk(
            registers,
            stack,
            cache,
            |address| {
                let known = self.find(address);
                frames.push(address);
                known.is_some_and(|mapping| mapping.object.is_some())
            },
            |address| self.find(address).is_some(),
        );
        // The loader's entry point has no unwind information that says so.
        match frames.last() {
            Some(&outermost) if self.is_entry_point(outermost) => End::Complete,
            _ => end,
        }
    }

    /// Whether an address lies in the few instructions that a program or the loader starts with.
    pub fn is_entry_point(&self, address: u64) -> bool {
        /// `_start` has 34 to 60 bytes on x86-64 and aarch64, in glibc and musl.
        const LENGTH: u64 = 64;
        let Some(Mapping { object: Some(object), origin, .. }) = self.find(address) else {
            return false;
        };
        let stated = address.wrapping_sub(*origin).wrapping_add(object.base());
        // The symbol, where there is one, knows better where it ends.
        let entry = object.entry();
        entry != 0
            && stated.checked_sub(entry).is_some_and(|distance| distance < LENGTH)
            && object.symbol(stated).is_none_or(|symbol| symbol.start <= entry)
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::model::Handle as _;
    use crate::objects::Objects;

    #[test]
    fn addresses_are_those_of_the_file() {
        let objects = Objects::new();
        let own = objects.open(&std::env::current_exe().unwrap(), None).unwrap();
        let code = own.segments().iter().find(|segment| segment.executable).unwrap();
        let offset = code.offset & !0xfff;
        let image = ImageId::from_index(3);
        let range = (0x5555_0000_0000, 0x5555_0000_0000 + code.file_size);
        let mapping = Mapping::of_file(range, offset, image, Some(own));
        let space = AddressSpace::new(own.architecture(), vec![mapping]);
        // Where the entry point is, once the segment that holds it is mapped there.
        let entry = own.entry() - (code.address & !0xfff) + range.0;
        let found = space.find(entry).unwrap();
        assert_eq!((found.image, found.relative(entry)), (image, own.entry() - own.base()));
        assert!(space.is_entry_point(entry) && space.is_entry_point(entry + 8));
        assert!(!space.is_entry_point(entry + 64) && !space.is_entry_point(entry - 1));
        assert!(space.find(range.0 - 1).is_none() && space.find(range.1).is_none());
    }
}
