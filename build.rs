//! Compiles the sampling agent (`src/record/embedded/agent`) into a shared library that the
//! executable carries within itself.
//!
//! It is built by the same compiler, for the same target and with the same linker as everything
//! else, and needs `core` only. Where that does not work there is no agent, the build goes on,
//! and the recorder says why it is missing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const FOLDER: &str = "src/record/embedded/agent";
const SOURCE: &str = "src/record/embedded/agent/main.rs";
const LAYOUT: &str = "src/record/embedded/layout.rs";

fn main() {
    for input in ["build.rs", FOLDER, LAYOUT] {
        println!("cargo::rerun-if-changed={input}");
    }
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let (library, reason) = (folder.join("agent.so"), folder.join("agent.txt"));
    let problem = compile(&folder, &library).err().unwrap_or_default();
    if !problem.is_empty() {
        println!("cargo::warning=built without the embedded recorder: {problem}");
        // The files are there in any case, so that they can be included.
        fs::write(&library, []).expect("cargo's folder can be written");
    }
    fs::write(reason, problem).expect("cargo's folder can be written");
}

/// Compiles the agent, or says in a line why there is none.
fn compile(folder: &Path, library: &Path) -> Result<(), String> {
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let (system, architecture) =
        (variable("CARGO_CFG_TARGET_OS"), variable("CARGO_CFG_TARGET_ARCH"));
    if system != "linux" || !["x86_64", "aarch64"].contains(&&*architecture) {
        return Err(format!(
            "it exists for Linux on x86-64 and aarch64, not {system} {architecture}"
        ));
    }
    if variable("CARGO_CFG_TARGET_POINTER_WIDTH") != "64" {
        return Err("it exists for pointers of 64 bits only".to_owned());
    }
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let mut command = Command::new(compiler);
    command.args(["--edition", "2024", "--crate-name", "perfbase_agent", "--crate-type", "cdylib"]);
    command.args(["--cap-lints", "warn", "--target", &variable("TARGET")]);
    command.args(["-C", "opt-level=2", "-C", "debuginfo=0", "-C", "strip=symbols"]);
    // One unit: nothing is to be called through a table that the loader fills later.
    command.args(["-C", "panic=abort", "-C", "codegen-units=1"]);
    // A target that is static by default makes no shared libraries otherwise.
    command.args(["-C", "target-feature=-crt-static"]);
    // Linked with nothing, it goes into processes with any C library.
    for word in ["-nostdlib", "-nostartfiles", "-Wl,-z,now", "-Wl,-soname,perfbase-agent"] {
        command.arg("-C").arg(format!("link-arg={word}"));
    }
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        let mut word = OsString::from("linker=");
        word.push(linker);
        command.arg("-C").arg(word);
    }
    command.arg("--out-dir").arg(folder).arg("-o").arg(library).arg(SOURCE);
    // Flags of the build (sanitizers, coverage, other processors) are not the agent's.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER"] {
        command.env_remove(name);
    }
    let output = command.output().map_err(|error| format!("rustc could not be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find(|line| line.starts_with("error")).unwrap_or("it did not compile");
    Err(format!("it could not be compiled for this program: {}", line.trim()))
}
