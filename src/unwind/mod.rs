//! From registers and a copy of the stack to return addresses.
//!
//! An [`AddressSpace`] is what one process had mapped at one time: it answers which image an
//! address belongs to, and it walks stacks, by the images' call frame information (`.eh_frame`,
//! `.debug_frame`) where there is any and by frame pointers elsewhere.
//!
//! Addresses that it hands out are ready to be looked up: a return address is already one less,
//! so that it lies inside the call and not in whatever follows it. A call to a function that
//! never returns may be the last instruction of its own function.
//!
//! Deliberately absent: names. Whether a stack is whole is judged by how unwinding ended only.

mod address_space;
mod stack;

pub use address_space::{AddressSpace, Mapping};
pub use stack::{Cache, End, Registers, StackCopy};
