//! How fast `cargo perfbase` is beside its peers: whole processes, paired and alternating.
//!
//! ```text
//! cargo bench --bench speed                    all of it, some minutes
//! cargo bench --bench speed -- --quick         whether it runs; its figures mean little
//! cargo bench --bench speed -- diff list       of import, memory, counts, diff and list only these
//! ```
//!
//! Peers (`perf`, `samply`, inferno's tools) are taken from `PATH`; what is missing is said and
//! left out. It never fails for a time: targets are printed beside the figures. All data goes to
//! a temporary folder, which `--keep` leaves there.

#[cfg(target_os = "linux")]
mod busy;
#[cfg(target_os = "linux")]
mod callgrind;
#[cfg(target_os = "linux")]
mod cases;
#[cfg(target_os = "linux")]
mod figures;
#[cfg(target_os = "linux")]
mod inputs;
#[cfg(target_os = "linux")]
mod profiles;
#[cfg(target_os = "linux")]
mod samply;

/// Whatever goes wrong ends the benchmark with a message.
#[cfg(target_os = "linux")]
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[cfg(target_os = "linux")]
fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        Some((busy::ARGUMENT, rest)) => return busy::work(rest),
        Some((samply::ARGUMENT, rest)) => return samply::with_names(rest),
        Some((inputs::ARGUMENT, rest)) => return inputs::make_sides(rest),
        Some((callgrind::ARGUMENT, rest)) => return callgrind::read(rest),
        _ => {}
    }
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let chosen: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|name| !name.starts_with("--")).collect();
    cases::run(&chosen, has("--quick"), has("--keep"))
}

#[cfg(not(target_os = "linux"))]
fn main() {}
