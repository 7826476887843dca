//! What cannot be said in Rust: where handlers return to, how a thread begins, and what the
//! compiler expects of a C library.

use core::arch::{asm, global_asm};

use super::kernel::number;
use super::sampler;

// What the compiler takes for granted. Hidden, so that nobody else gets them from here.
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".globl memcpy",
    ".hidden memcpy",
    "memcpy:",
    "mov rax, rdi",
    "mov rcx, rdx",
    "rep movsb",
    "ret",
    ".globl memset",
    ".hidden memset",
    "memset:",
    "mov r8, rdi",
    "mov eax, esi",
    "mov rcx, rdx",
    "rep stosb",
    "mov rax, r8",
    "ret",
    ".globl rust_eh_personality",
    ".hidden rust_eh_personality",
    "rust_eh_personality:",
    "ud2",
);

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".globl memcpy",
    ".hidden memcpy",
    "memcpy:",
    "mov x3, x0",
    "1: cbz x2, 2f",
    "ldrb w4, [x1], #1",
    "strb w4, [x3], #1",
    "sub x2, x2, #1",
    "b 1b",
    "2: ret",
    ".globl memset",
    ".hidden memset",
    "memset:",
    "mov x3, x0",
    "1: cbz x2, 2f",
    "strb w1, [x3], #1",
    "sub x2, x2, #1",
    "b 1b",
    "2: ret",
    ".globl rust_eh_personality",
    ".hidden rust_eh_personality",
    "rust_eh_personality:",
    "brk 1",
);

// Where signal handlers return to, and how the fork handler is registered: by the C library's own
// function if it has one (glibc's name, then the standard's), else not at all.
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".weak __register_atfork",
    ".weak pthread_atfork",
    ".globl perfbase_agent_return",
    ".hidden perfbase_agent_return",
    "perfbase_agent_return:",
    "mov eax, {sigreturn}",
    "syscall",
    "ud2",
    ".globl perfbase_agent_atfork",
    ".hidden perfbase_agent_atfork",
    "perfbase_agent_atfork:",
    "mov rdx, rdi",
    "xor edi, edi",
    "xor esi, esi",
    "xor ecx, ecx",
    "mov rax, qword ptr [rip + __register_atfork@GOTPCREL]",
    "test rax, rax",
    "jnz 1f",
    "mov rax, qword ptr [rip + pthread_atfork@GOTPCREL]",
    "test rax, rax",
    "jz 2f",
    "1: jmp rax",
    "2: ret",
    sigreturn = const number::RT_SIGRETURN,
);

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".weak __register_atfork",
    ".weak pthread_atfork",
    ".globl perfbase_agent_return",
    ".hidden perfbase_agent_return",
    "perfbase_agent_return:",
    "mov x8, {sigreturn}",
    "svc 0",
    "brk 1",
    ".globl perfbase_agent_atfork",
    ".hidden perfbase_agent_atfork",
    "perfbase_agent_atfork:",
    "mov x2, x0",
    "mov x0, xzr",
    "mov x1, xzr",
    "mov x3, xzr",
    "adrp x16, :got:__register_atfork",
    "ldr x16, [x16, :got_lo12:__register_atfork]",
    "cbnz x16, 1f",
    "adrp x16, :got:pthread_atfork",
    "ldr x16, [x16, :got_lo12:pthread_atfork]",
    "cbz x16, 2f",
    "1: br x16",
    "2: ret",
    sigreturn = const number::RT_SIGRETURN,
);

unsafe extern "C" {
    pub(crate) fn perfbase_agent_return();
    pub(crate) fn perfbase_agent_atfork(child: extern "C" fn());
}

/// Starts `sampler` as a thread on `stack` (its end) and returns in the thread that calls.
///
/// # Safety
/// The stack belongs to nobody else, and `sampler` uses no thread-local variable.
pub(crate) unsafe fn spawn(stack: *mut u8) -> isize {
    const VM: usize = 0x100;
    const FS: usize = 0x200;
    const SIGHAND: usize = 0x800;
    const THREAD: usize = 0x1_0000;
    const SYSVSEM: usize = 0x4_0000;
    // Not CLONE_FILES: the thread gets a copy of the table of file descriptors. Not CLONE_SETTLS.
    let flags = VM | FS | SIGHAND | THREAD | SYSVSEM;
    let result: isize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the child never returns from `sampler`, so it never sees the caller's stack.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "call {sampler}",
            "ud2",
            "2:",
            sampler = sym sampler,
            inlateout("rax") number::CLONE as isize => result,
            in("rdi") flags, in("rsi") stack, in("rdx") 0, in("r10") 0, in("r8") 0,
            lateout("rcx") _, lateout("r11") _,
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        asm!(
            "svc 0",
            "cbnz x0, 2f",
            "mov x29, xzr",
            "mov x30, xzr",
            "bl {sampler}",
            "brk 1",
            "2:",
            sampler = sym sampler,
            in("x8") number::CLONE,
            inlateout("x0") flags as isize => result,
            in("x1") stack, in("x2") 0, in("x3") 0, in("x4") 0,
            lateout("x30") _,
        );
    }
    result
}
