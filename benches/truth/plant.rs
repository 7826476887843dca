//! The work that is planted: a chain of multiplications, each waiting for the one before it.
//!
//! It takes the same number of cycles per step wherever it stands and however it is aligned, and
//! the number of steps is an immediate operand: two builds that differ in it have the same code at
//! the same addresses. So a change of steps is a change of time and of nothing else.

/// The source of a block of so many steps. `seed` is a constant that does not matter.
///
/// The factor is hidden from the compiler: of constants it would make one step out of eight. And
/// the processor waits before and behind: else it does what surrounds the work beside it, in one
/// process and not in the next, as it predicts the end of the loop, and the benchmark has two speeds.
pub(crate) fn block(steps: u64, seed: u64) -> String {
    format!(
        "{{ let (mut x, k, n): (u64, u64, u64) = (::core::hint::black_box({seed}u64), \
         ::core::hint::black_box(0x5851f42d4c957f2du64), ::core::hint::black_box({steps}u64)); \
         {WAIT} let mut i = 0u64; while i < n {{ x = x * k + 0x14057b7ef767814f; i += 1; }} \
         {WAIT} ::core::hint::black_box(x); }}"
    )
}

/// What the waits take, roughly.
pub(crate) const WAITS_NS: f64 = 16.0;

/// The source of a wait for all that was begun.
const WAIT: &str = "#[allow(unsafe_code)] { \
     #[cfg(target_arch = \"x86_64\")] unsafe { ::core::arch::asm!(\"lfence\") } \
     #[cfg(target_arch = \"aarch64\")] unsafe { ::core::arch::asm!(\"isb\") } }";

/// The source of a function that is never called and cannot be left out, of `size` statements.
pub(crate) fn padding(size: u64) -> String {
    let mut text = "\n#[inline(never)] fn padding(mut x: u64) -> u64 {\n".to_owned();
    for number in 0..size {
        text.push_str(&format!("    x ^= ::core::hint::black_box(x + {number});\n"));
    }
    text + "    x\n}\n"
}

/// What keeps [`padding`], to be put into a function that runs once.
pub(crate) const KEEP: &str = "::core::hint::black_box(padding as fn(u64) -> u64);";
