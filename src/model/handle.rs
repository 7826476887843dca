//! Typed indices into tables.

/// A typed index into one table: a `FrameId` cannot be used where a `StackId` is wanted.
pub trait Handle: Copy + Eq + Ord + std::hash::Hash {
    /// The handle of the entry at `index`. Tables hold fewer than 2³² entries.
    fn from_index(index: usize) -> Self;
    /// The position of the entry in its table.
    fn index(self) -> usize;
}

/// Defines a [`Handle`] over `u32`.
macro_rules! handle {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $crate::model::Handle for $name {
            fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("a table holds fewer than 2^32 entries"))
            }
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}
pub(crate) use handle;
