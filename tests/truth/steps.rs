//! Executes a program one instruction at a time, and notes the call stack of each.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};

use perfbase::model::{
    Handle, Image, ImageId, ImageKind, Location, RawSample, Recording, Thread, ThreadId, Weight,
};

/// More instructions than the program executes; what runs longer is not that program.
const MOST: usize = 2_000_000;

/// How much of the stack is read.
const STACK: usize = 4096;

/// What the processor is about to do, and who called.
struct Step {
    code: [u8; 8],
    /// Addresses, innermost first; return addresses are one less.
    addresses: Vec<u64>,
}

/// The instructions executed between two breakpoints.
pub(crate) fn record(executable: &Path) -> Recording {
    let mut command = Command::new(executable);
    // SAFETY: `ptrace` is a system call, and nothing else happens between fork and exec.
    unsafe {
        command.pre_exec(|| match libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) {
            -1 => Err(std::io::Error::last_os_error()),
            _ => Ok(()),
        });
    }
    let mut child = command.spawn().expect("tracing is allowed");
    let pid = child.id() as libc::pid_t;
    // It stops after exec, and again at the breakpoint.
    wait(pid);
    request(libc::PTRACE_CONT, pid);
    wait(pid);

    let path = executable.to_str().unwrap().to_owned();
    let base = base(pid, &path);
    let memory = std::fs::File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut recording = Recording::new(Weight::Instructions, "instructions", None);
    recording.images.push(Image { path, kind: ImageKind::File, build_id: None });
    recording.threads.push(Thread { pid, tid: pid, name: String::new(), process: String::new() });
    let mut locations = HashMap::new();
    let mut counts: HashMap<Vec<u64>, u64> = HashMap::new();
    let mut order = Vec::new();
    for number in 0.. {
        assert!(number < MOST, "the program does not end");
        let step = step(pid, &memory);
        if step.code[0] == 0xcc {
            break;
        }
        let count = counts.entry(step.addresses.clone()).or_insert_with(|| {
            order.push(step.addresses);
            0
        });
        *count += 1;
        request(libc::PTRACE_SINGLESTEP, pid);
        wait(pid);
    }
    finish(&mut child);
    for addresses in order {
        let count = counts[&addresses];
        let mut stack = None;
        for &address in addresses.iter().rev() {
            let location = *locations.entry(address).or_insert_with(|| {
                let image = ImageId::from_index(0);
                recording.locations.push(Location::Image { image, address: address - base });
                perfbase::model::LocationId::from_index(recording.locations.len() - 1)
            });
            stack = Some(recording.stacks.push(stack, location));
        }
        let thread = ThreadId::from_index(0);
        let stack = stack.unwrap();
        recording.samples.push(RawSample { stack, thread, count, weight: count });
        recording.health.samples += count;
    }
    recording
}

fn request(request: libc::c_uint, pid: libc::pid_t) {
    // SAFETY: the requests made take no pointer.
    let result = unsafe { libc::ptrace(request, pid, 0, 0) };
    assert_ne!(result, -1, "{}", std::io::Error::last_os_error());
}

/// Waits until the program has stopped.
fn wait(pid: libc::pid_t) {
    let mut status = 0;
    // SAFETY: `status` is valid for writing.
    let waited = unsafe { libc::waitpid(pid, &mut status, 0) };
    assert_eq!(waited, pid);
    assert!(libc::WIFSTOPPED(status), "the program ended before its time: {status:#x}");
    assert_eq!(libc::WSTOPSIG(status), libc::SIGTRAP);
}

fn finish(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Where the executable is loaded.
fn base(pid: libc::pid_t, path: &str) -> u64 {
    let maps = BufReader::new(std::fs::File::open(format!("/proc/{pid}/maps")).unwrap());
    let line = maps.lines().map(Result::unwrap).find(|line| line.ends_with(path)).unwrap();
    u64::from_str_radix(line.split('-').next().unwrap(), 16).unwrap()
}

/// The next instruction and its callers, by frame pointers.
fn step(pid: libc::pid_t, memory: &std::fs::File) -> Step {
    // SAFETY: all bits of the registers may be zero, and the kernel writes no more than them.
    let registers = unsafe {
        let mut registers: libc::user_regs_struct = std::mem::zeroed();
        let to = &raw mut registers;
        assert_ne!(libc::ptrace(libc::PTRACE_GETREGS, pid, 0, to), -1);
        registers
    };
    let mut code = [0; 8];
    memory.read_exact_at(&mut code, registers.rip).unwrap();
    let mut stack = [0; STACK];
    let read = memory.read_at(&mut stack, registers.rsp).unwrap_or(0);
    let word = |address: u64| -> Option<u64> {
        let at = usize::try_from(address.checked_sub(registers.rsp)?).ok()?;
        let bytes = stack[..read].get(at..at + 8)?;
        Some(u64::from_le_bytes(bytes.try_into().unwrap()))
    };
    let mut addresses = vec![registers.rip];
    // Where a function has no frame of its own yet, or no more.
    let bare = match code {
        // push rbp; ret
        [0x55, ..] | [0xc3, ..] => word(registers.rsp),
        // mov rbp, rsp
        [0x48, 0x89, 0xe5, ..] => word(registers.rsp + 8),
        _ => None,
    };
    addresses.extend(bare.map(|address| address - 1));
    let mut frame = registers.rbp;
    while addresses.len() < 32 {
        let (Some(caller), Some(address)) = (word(frame), word(frame.wrapping_add(8))) else {
            break;
        };
        if address == 0 {
            break;
        }
        addresses.push(address - 1);
        if caller <= frame {
            break;
        }
        frame = caller;
    }
    Step { code, addresses }
}
