//! Where an allocation is charged.
//!
//! Every allocation ends in the allocator, by way of the same few functions. Nobody can do anything
//! about those: what allocates is who called them.

use super::trim::View;

/// Whether a frame only passes a request for memory on, or grows a buffer for the collection that
/// called it.
pub(super) fn passes_on(view: &View<'_>) -> bool {
    let name = view.name;
    let path = name.strip_prefix('<').unwrap_or(name);
    ["alloc::alloc::", "alloc::raw_vec::", "std::alloc::", "std::sys::alloc::"]
        .iter()
        .any(|module| path.starts_with(module))
        || name.contains("core::alloc::global::GlobalAlloc>::")
        || ["__rust_", "__rdl_", "__rg_"].iter().any(|prefix| {
            view.item().strip_prefix(prefix).is_some_and(|rest| {
                matches!(rest, "alloc" | "alloc_zeroed" | "realloc" | "alloc_impl")
            })
        })
        || matches!(
            name,
            "malloc"
                | "calloc"
                | "realloc"
                | "reallocarray"
                | "memalign"
                | "aligned_alloc"
                | "posix_memalign"
                | "valloc"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_the_allocator_is_no_place() {
        let is = |name| passes_on(&View::new(name, None, None, 0));
        for name in [
            "malloc",
            "__rust_alloc",
            "__rustc::__rdl_realloc",
            "alloc::alloc::alloc",
            "<alloc::alloc::Global as core::alloc::Allocator>::allocate",
            "alloc::raw_vec::RawVec::with_capacity_in",
            "std::sys::alloc::unix::<impl core::alloc::global::GlobalAlloc for std::alloc::System>::alloc",
            "<divan::alloc::AllocProfiler as core::alloc::global::GlobalAlloc>::alloc",
        ] {
            assert!(is(name), "{name}");
        }
        for name in [
            "alloc::vec::Vec::push",
            "alloc::slice::to_vec",
            "<alloc::string::String as core::clone::Clone>::clone",
            "app::alloc::alloc",
            "app::__rust_shop",
            "std::thread::spawn",
        ] {
            assert!(!is(name), "{name}");
        }
    }
}
