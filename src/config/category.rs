//! `[[category]]`: named groups of functions, and those that are shipped.

use super::document::Table;
use super::rule::patterns;
use crate::model::{Category, Pattern};

pub(super) fn categories(table: &Table<'_>) -> Vec<Category> {
    let mut all: Vec<Category> = Vec::new();
    for table in table.tables("category", "[[category]]") {
        let name = table.text("name");
        let category = Category {
            name: name.map_or_else(String::new, |name| name.value.to_owned()),
            crates: patterns(&table, "crates"),
            modules: patterns(&table, "modules"),
            functions: patterns(&table, "functions"),
        };
        table.finish();
        if !table.has("name") {
            table.problem(table.at(), "[[category]] needs a `name`");
        }
        if [&category.crates, &category.modules, &category.functions].iter().all(|p| p.is_empty()) {
            table.problem(table.at(), "[[category]] needs `crates`, `modules` or `functions`");
        }
        if all.iter().any(|other| other.name == category.name) {
            let at = table.place_of("name");
            table.problem(at, format!("there is another [[category]] named `{}`", category.name));
        }
        all.push(category);
    }
    all
}

/// The team's own first; one of theirs stands in the place of a shipped one of its name.
pub(super) fn with_defaults(mut own: Vec<Category>, shipped: bool) -> Vec<Category> {
    if shipped {
        let others = default_categories();
        own.extend(
            others.into_iter().filter(|c| own.iter().all(|o| o.name != c.name)).collect::<Vec<_>>(),
        );
    }
    own
}

/// What is grouped where a file says nothing of it.
pub fn default_categories() -> Vec<Category> {
    let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::new(*text)).collect();
    SHIPPED
        .iter()
        .map(|(name, crates, modules, functions)| Category {
            name: (*name).to_owned(),
            crates: patterns(crates),
            modules: patterns(modules),
            functions: patterns(functions),
        })
        .collect()
}

type Shipped =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// Name, crates, modules, functions. The first that takes a function has it.
const SHIPPED: [Shipped; 10] = [
    (
        "allocation",
        &["mimalloc*", "libmimalloc*", "jemalloc*", "tikv_jemalloc*", "libjemalloc*", "snmalloc*"],
        &["alloc::alloc", "alloc::raw_vec", "std::alloc", "std::sys::alloc", "core::alloc"],
        &[
            "__rust_alloc*",
            "__rust_dealloc*",
            "__rust_realloc*",
            "__rustc::__rust_*",
            "__rdl_*",
            "__rustc::__rdl_*",
            "malloc*",
            "free",
            "cfree*",
            "calloc",
            "realloc",
            "memalign",
            "aligned_alloc",
            "posix_memalign",
            "__libc_malloc*",
            "__libc_free*",
            "__libc_calloc*",
            "__libc_realloc*",
            "_int_malloc",
            "_int_free*",
            "_int_realloc",
            "_int_memalign",
            "unlink_chunk*",
            "sysmalloc",
            "systrim*",
            "tcache_*",
            "mi_*",
            "je_*",
        ],
    ),
    (
        "copying",
        &[],
        &["core::clone", "alloc::borrow", "alloc::slice"],
        &[
            "memcpy*",
            "memmove*",
            "memset*",
            "bcopy",
            "__memcpy*",
            "__memmove*",
            "__memset*",
            "core::intrinsics::copy*",
            "core::ptr::copy*",
            "* as core::clone::Clone>::clone*",
            "*::to_owned",
            "*::to_vec",
            "*extend_from_slice*",
            "*copy_from_slice*",
            "*clone_from_slice*",
        ],
    ),
    (
        "formatting",
        &["itoa", "ryu", "zmij", "dtoa*"],
        &["core::fmt", "alloc::fmt", "std::fmt", "core::num::flt2dec", "core::num::imp::flt2dec"],
        &["alloc::string::ToString*", "* as alloc::string::ToString>*", "* as core::fmt::*"],
    ),
    (
        "hashing",
        &[
            "hashbrown",
            "ahash",
            "fxhash",
            "rustc_hash",
            "siphasher",
            "foldhash",
            "twox_hash",
            "xxhash*",
            "seahash",
            "fnv",
            "sha1*",
            "sha2",
            "md5",
            "blake*",
        ],
        &["core::hash", "std::hash", "std::collections::hash"],
        &["* as core::hash::*"],
    ),
    (
        "serialization",
        &[
            "serde*",
            "serde_json",
            "serde_core",
            "bincode*",
            "rmp*",
            "ciborium*",
            "prost*",
            "simd_json",
            "sonic_rs",
            "postcard",
            "toml*",
            "quick_xml",
            "csv*",
            "rkyv*",
            "borsh*",
            "flatbuffers",
            "capnp*",
            "bson",
            "protobuf*",
        ],
        &[],
        &["* as serde::*", "* as serde_core::*", "*::_::<impl serde*"],
    ),
    (
        "locks",
        &["parking_lot*", "lock_api", "crossbeam_utils", "dashmap", "spin", "arc_swap"],
        &[
            "std::sync::mutex",
            "std::sync::poison",
            "std::sync::rwlock",
            "std::sync::condvar",
            "std::sync::nonpoison",
            "std::sync::once",
            "std::sync::barrier",
            "std::sys::sync",
            "tokio::sync",
            "core::sync::atomic",
        ],
        &[
            "*futex*",
            "pthread_mutex_*",
            "__pthread_mutex_*",
            "pthread_cond_*",
            "___pthread_*",
            "__lll_lock_*",
            "__GI___lll_*",
            "pthread_rwlock_*",
        ],
    ),
    (
        "database client",
        &[
            "sqlx*",
            "tokio_postgres",
            "postgres*",
            "diesel*",
            "rusqlite",
            "libsqlite3*",
            "mysql*",
            "redis",
            "mongodb",
            "sea_orm*",
            "sea_query*",
            "deadpool*",
            "bb8*",
            "r2d2*",
            "libpq*",
            "sled",
            "rocksdb",
        ],
        &[],
        &["sqlite3*", "PQ*"],
    ),
    (
        "async runtime",
        &[
            "tokio",
            "tokio_util",
            "tokio_stream",
            "mio",
            "async_std",
            "async_executor",
            "smol",
            "polling",
            "futures*",
            "async_io",
            "async_task",
            "pin_project*",
        ],
        &["core::task", "core::future", "std::future"],
        &[],
    ),
    (
        "panic and unwinding",
        &["panic_unwind", "panic_abort", "gimli", "addr2line", "libgcc_s*", "libunwind*"],
        &["core::panicking", "std::panicking", "std::panic", "std::backtrace*", "core::panic"],
        &["_Unwind_*", "__gcc_personality*", "rust_eh_personality", "__cxa_*", "_dl_find_object*"],
    ),
    (
        "system calls",
        &["[kernel]", "[kernel.kallsyms]", "[vdso]", "rustix", "nix"],
        &["std::sys::fs", "std::sys::net", "std::sys::pal", "std::sys::fd", "std::sys::process"],
        &[
            "syscall",
            "__syscall*",
            "entry_SYSCALL*",
            "do_syscall*",
            "read",
            "write",
            "recv",
            "send",
            "epoll_wait",
            "poll",
            "openat*",
            "__read*",
            "__write*",
            "__GI___*",
            "mmap*",
            "munmap*",
            "madvise*",
            "clock_gettime*",
            "__clock_gettime*",
            "__vdso_*",
            "sched_yield",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_ones_know_their_functions() {
        let categories = default_categories();
        let of = |function: &str, krate: &str, module: Option<&str>| {
            categories.iter().find(|c| c.takes(function, krate, module)).map(|c| &*c.name)
        };
        for (function, krate, module, expected) in [
            ("_int_malloc", "libc.so.6", None, "allocation"),
            ("alloc::raw_vec::RawVec<T>::grow_one", "alloc", Some("alloc::raw_vec"), "allocation"),
            ("__rustc::__rust_alloc", "__rustc", Some("__rustc"), "allocation"),
            ("__memmove_avx_unaligned_erms", "libc.so.6", None, "copying"),
            ("<u32 as core::fmt::Display>::fmt", "core", Some("core::fmt"), "formatting"),
            ("<a::B as core::fmt::Debug>::fmt", "a", Some("a"), "formatting"),
            ("hashbrown::raw::RawTable<T>::find", "hashbrown", Some("hashbrown::raw"), "hashing"),
            ("serde_json::de::from_str", "serde_json", Some("serde_json::de"), "serialization"),
            (
                "std::sys::sync::mutex::futex::Mutex::lock",
                "std",
                Some("std::sys::sync::mutex::futex"),
                "locks",
            ),
            ("sqlx_core::pool::acquire", "sqlx_core", Some("sqlx_core::pool"), "database client"),
            ("tokio::runtime::park", "tokio", Some("tokio::runtime"), "async runtime"),
            ("tokio::sync::mpsc::chan::send", "tokio", Some("tokio::sync::mpsc::chan"), "locks"),
            ("core::panicking::panic_fmt", "core", Some("core::panicking"), "panic and unwinding"),
            ("vfs_read", "[kernel]", None, "system calls"),
            ("clock_gettime@@GLIBC_2.17", "libc.so.6", None, "system calls"),
        ] {
            assert_eq!(of(function, krate, module), Some(expected), "{function}");
        }
        assert_eq!(of("app::parse::read", "app", Some("app::parse")), None);
        assert_eq!(of("app::freedom", "app", Some("app")), None);
    }
}
