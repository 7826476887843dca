//! What runs before and after the user's `main`, and before a thread's closure.

use super::STARTUP;
use super::trim::{Kept, View};

/// What an outermost frame tells of its stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// The main thread.
    Main,
    /// Another thread.
    Thread,
    /// The dynamic loader, before the program starts.
    Loader,
}

impl Root {
    /// The kind of a root frame; `None` for a frame that has a caller.
    pub(super) fn of(view: &View<'_>) -> Option<Self> {
        let image = view.image.unwrap_or_default();
        if image.starts_with("ld-") || image.starts_with("ld.so") {
            return Some(Self::Loader);
        }
        match view.name {
            "_start"
            | "__libc_start_call_main"
            | "__libc_start_main"
            | "__libc_start_main_impl"
            | "_start_c" => Some(Self::Main),
            name if name.starts_with("__libc_start_main@") => Some(Self::Main),
            "clone" | "__clone" | "clone3" | "__clone3" | "__GI___clone" | "__GI___clone3"
            | "start_thread" | "thread_start" => Some(Self::Thread),
            // Stripped C libraries name none of these, and a main thread begins in the executable.
            name if !name.contains("::") && is_libc(image) => Some(Self::Thread),
            // Kernel frames with no user frame: exec, exit.
            _ if image == "[kernel]" => Some(Self::Loader),
            _ => None,
        }
    }
}

/// The kind of a stack's root. Where the C library is stripped and unwinding stops short of
/// `_start`, only `main` tells the main thread from others.
pub(super) fn root(stack: &[View<'_>]) -> Option<Root> {
    let root = Root::of(stack.first()?)?;
    let is_main = |view: &View<'_>| view.name == "main" || view.name.starts_with("std::rt::");
    let main = root == Root::Thread && !is_root(&stack[0]) && stack.iter().any(is_main);
    Some(if main { Root::Main } else { root })
}

/// Whether an image is the C library, or what it keeps its threads in.
fn is_libc(image: &str) -> bool {
    ["libc.so", "libc-2", "libpthread", "libc.musl"].iter().any(|name| image.starts_with(name))
}

/// Whether a frame, by its name alone, can only be an outermost one.
pub(super) fn is_root(view: &View<'_>) -> bool {
    matches!(Root::of(&View { image: None, ..*view }), Some(Root::Main | Root::Thread))
}

/// Whether a stack of unknown callers belongs to the start of a process: the loader's own work,
/// whose first frames have no unwinding information, or the kernel's on replacing the program.
pub(super) fn is_before_main(stack: &[View<'_>]) -> bool {
    let is_exec = |view: &View<'_>| {
        matches!(view.name, "__x64_sys_execve" | "__x64_sys_execveat" | "__arm64_sys_execve")
            || view.name == "__arm64_sys_execveat"
    };
    let loads = |view: &View<'_>| {
        Root::of(view) == Some(Root::Loader)
            && (matches!(view.name, "_start" | "_dl_start_user" | "_dl_start" | "_dl_start_final")
                || matches!(view.name, "_dl_sysdep_start" | "dl_main" | "_dl_init" | "call_init")
                || view.name.starts_with("_dl_map_object"))
    };
    stack.first().is_some_and(loads) || stack.iter().any(is_exec)
}

/// Whether a frame leads from the root of a stack to the user's function.
fn leads_in(view: &View<'_>) -> bool {
    let name = view.name;
    Root::of(view) == Some(Root::Thread)
        || ["std::rt::", "std::thread::", "std::sys::", "std::panic::", "std::panicking::"]
            .iter()
            .any(|module| name.starts_with(module))
        || ["std::sys_common::", "<std::thread::", "<core::panic::unwind_safe::AssertUnwindSafe as"]
            .iter()
            .any(|module| name.starts_with(module))
        || matches!(name, "__rust_try" | "__rust_begin_short_backtrace")
        || is_call(view)
}

/// Whether a frame only calls a function that it was given.
pub(super) fn is_call(view: &View<'_>) -> bool {
    matches!(view.item(), "call_once" | "call_once{shim}" | "call_mut" | "call")
        && (view.in_std() || view.name.contains(" as core::ops::"))
}

/// The first frame of the user's: after the innermost of std's markers and what calls the
/// user's function. May be the length of the stack, as in what std has to do in a new thread, for
/// which it has a marker, too.
fn after_marker(stack: &[View<'_>]) -> Option<usize> {
    let marker = stack.iter().rposition(|view| view.item() == "__rust_begin_short_backtrace")?;
    let calls = stack[marker + 1..].iter().take_while(|view| is_call(view)).count();
    let start = marker + 1 + calls;
    let is_std = stack.get(start).is_some_and(|view| view.name.starts_with("std::thread::"));
    Some(if is_std { stack.len() } else { start })
}

/// For a whole process: its `main`, or a thread's closure.
pub(super) fn boundary(stack: &[View<'_>]) -> Option<Kept> {
    let start = after_marker(stack).or_else(|| {
        if stack.is_empty() {
            return None;
        }
        // A program whose `main` is not Rust's. Rust's own `main` only leads to `std::rt`.
        let main = stack.iter().position(|view| view.name == "main")?;
        let called = is_root(&stack[0]) && main > 0;
        let rust = stack[main..].iter().any(|view| view.name.starts_with("std::rt::"));
        (called && !rust).then_some(main)
    })?;
    Some(if start < stack.len() { Kept::From(start) } else { Kept::Harness(STARTUP) })
}

/// The first frame of a thread that is the program's own; `None` when it did not get there. What
/// std does in a thread before and after the program's closure is outside of its marker.
pub(super) fn thread(stack: &[View<'_>]) -> Option<usize> {
    let is_std =
        |view: &View<'_>| view.item() == "thread_start" && view.name.starts_with("std::sys::");
    let start = match after_marker(stack) {
        Some(start) => start,
        None if stack.iter().any(is_std) => return None,
        None => stack.iter().take_while(|view| leads_in(view)).count(),
    };
    // The kernel's work on creating and ending a thread.
    let kernel = stack.get(start)?.image == Some("[kernel]");
    (!kernel).then_some(start)
}

/// Whether the main thread is in `main` here.
pub(super) fn entered_main(stack: &[View<'_>]) -> bool {
    let rust = stack.iter().any(|view| view.name.starts_with("std::rt::"));
    after_marker(stack).is_some() || (!rust && stack.iter().any(|view| view.item() == "main"))
}

#[cfg(test)]
mod tests {
    use crate::model::Harness;
    use crate::normalize::trim::testing::kept;

    const MAIN: [&str; 10] = [
        "_start",
        "__libc_start_main@@GLIBC_2.34",
        "__libc_start_call_main",
        "main",
        "std::rt::lang_start_internal",
        "std::panicking::catch_unwind",
        "std::rt::lang_start::{closure}",
        "std::sys::backtrace::__rust_begin_short_backtrace",
        "core::ops::function::FnOnce::call_once",
        "app::main",
    ];

    #[test]
    fn a_child_process_keeps_its_name_and_what_its_main_does() {
        let child: Vec<&str> = std::iter::once("[process helper]").chain(MAIN).collect();
        assert_eq!(kept(&child, Harness::Criterion), "[process helper] ; app::main");
        let early = ["[process helper]", "_start", "_dl_start"];
        assert_eq!(kept(&early, Harness::Process), early.join(" ; "));
        assert_eq!(kept(&["[process helper]", "f"], Harness::Process), "[process helper] ; f");
    }

    #[test]
    fn a_process_is_what_main_does() {
        assert_eq!(kept(&MAIN, Harness::Process), "app::main");
        assert_eq!(kept(&MAIN[..9], Harness::Process), "harness: [startup]");
        assert_eq!(kept(&MAIN[..6], Harness::Process), "harness: [startup]");
        let c = ["_start", "__libc_start_call_main", "main", "work"];
        assert_eq!(kept(&c, Harness::Process), "main ; work");
        let exit = ["_start", "__libc_start_main_impl", "exit", "__run_exit_handlers"];
        assert_eq!(kept(&exit, Harness::Process), "harness: [startup]");
        let loader = ["_start ~ld-linux-x86-64.so.2", "_dl_start", "_dl_relocate_object"];
        assert_eq!(kept(&loader, Harness::Process), "harness: [startup]");
    }

    #[test]
    fn threads_lose_what_starts_them() {
        let thread = [
            "clone3",
            "start_thread",
            "std::sys::thread::unix::Thread::new::thread_start",
            "<alloc::boxed::Box as core::ops::function::FnOnce>::call_once",
            "core::ops::function::FnOnce::call_once{shim}",
            "std::thread::Builder::spawn_unchecked_::{closure}",
            "std::sys::backtrace::__rust_begin_short_backtrace",
            "app::main::{closure}",
            "app::work",
        ];
        for harness in Harness::ALL {
            assert_eq!(kept(&thread, harness), "app::main::{closure} ; app::work");
            assert_eq!(kept(&thread[..6], harness), "harness: [startup]");
            let hooks = ["std::thread::lifecycle::spawn_unchecked::{closure}", "malloc"];
            let hooks = [&thread[..7], &hooks].concat();
            assert_eq!(kept(&hooks, harness), "harness: [startup]");
        }
        let cleans = [&thread[..3], &["<alloc::boxed::Box as Drop>::drop", "cfree"]].concat();
        assert_eq!(kept(&cleans, Harness::Libtest), "harness: [startup]");
        let c = ["clone3", "start_thread", "worker"];
        assert_eq!(kept(&c, Harness::Process), "worker");
        let ends =
            ["start_thread", "entry_SYSCALL_64_after_hwframe ~[kernel]", "do_exit ~[kernel]"];
        assert_eq!(kept(&ends, Harness::Libtest), "harness: [startup]");
        let stripped = ["[unknown] ~libc.so.6", "[unknown] ~libc.so.6", "worker"];
        assert_eq!(kept(&stripped, Harness::Criterion), "worker");
        let main = ["[unknown] ~libc.so.6", "main", "std::rt::lang_start_internal", "app::main"];
        assert_eq!(kept(&main, Harness::Criterion), "harness: [startup]");
    }

    #[test]
    fn other_processes_and_lost_callers() {
        let child = ["[process sh]", "_start", "main", "evaluate"];
        assert_eq!(kept(&child, Harness::Criterion), "[process sh] ; main ; evaluate");
        let own = ["[process cargo-perfbase]", "main"];
        assert_eq!(kept(&own, Harness::Process), "harness: [harness]");
        let loader = ["[truncated]", "_dl_start_user ~ld-linux-x86-64.so.2", "_dl_init", "init"];
        assert_eq!(kept(&loader, Harness::Libtest), "harness: [startup]");
        let exec = ["[truncated]", "[unknown]", "do_syscall_64 ~[kernel]", "__x64_sys_execve"];
        assert_eq!(kept(&exec, Harness::Libtest), "harness: [startup]");
        let thread = ["[truncated]", "clone3", "ret_from_fork_asm ~[kernel]", "schedule_tail"];
        assert_eq!(kept(&thread, Harness::Libtest), "harness: [startup]");
        // Functions bound when first called, and thread-local storage: the benchmark's.
        let bound = ["[truncated]", "_dl_runtime_resolve_xsavec ~ld-linux-x86-64.so.2"];
        assert_eq!(kept(&bound, Harness::Libtest), "[truncated] ; _dl_runtime_resolve_xsavec");
        let lost = ["[truncated]", "app::deep", "app::deep"];
        assert_eq!(kept(&lost, Harness::Process), lost.join(" ; "));
        assert_eq!(kept(&lost[1..], Harness::Process), "app::deep ; app::deep");
    }
}
