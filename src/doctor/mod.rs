//! What works on this machine, what does not, and how to mend it; and what makes times scatter.
//!
//! * [`Facts`]: what the system says of itself, read below a root folder, one file per area;
//! * `findings`: facts and tried recorders → findings with the command that mends each. Pure.
//!
//! Invariants: whether a recorder works is never concluded from facts, only tried (by `record`);
//! facts choose the remedy. Nothing here changes anything. What the system does not tell is
//! unknown, and of what is unknown nothing is said.
//!
//! Deliberately absent: layout and wording for terminals (`view`, `render`), and systems other
//! than Linux, where there are the recorders' trials alone.

mod facts;
mod findings;

pub use facts::{
    Activity, Capabilities, Cgroup, Cpu, Facts, Family, Kernel, Power, Rates, Surroundings, Watch,
};
pub use findings::{Recording, advice, concerns, counters, recorders, remedy, timings, workspace};
