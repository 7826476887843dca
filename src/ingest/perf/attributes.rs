//! What each event of a file samples, and how its samples are laid out.

use super::cursor::Cursor;
use crate::model::Weight;

/// Bits of `perf_event_attr.sample_type`.
pub(super) mod sample_type {
    pub(crate) const IP: u64 = 1 << 0;
    pub(crate) const TID: u64 = 1 << 1;
    pub(crate) const TIME: u64 = 1 << 2;
    pub(crate) const ADDR: u64 = 1 << 3;
    pub(crate) const READ: u64 = 1 << 4;
    pub(crate) const CALLCHAIN: u64 = 1 << 5;
    pub(crate) const ID: u64 = 1 << 6;
    pub(crate) const CPU: u64 = 1 << 7;
    pub(crate) const PERIOD: u64 = 1 << 8;
    pub(crate) const STREAM_ID: u64 = 1 << 9;
    pub(crate) const RAW: u64 = 1 << 10;
    pub(crate) const BRANCH_STACK: u64 = 1 << 11;
    pub(crate) const REGS_USER: u64 = 1 << 12;
    pub(crate) const STACK_USER: u64 = 1 << 13;
    pub(crate) const IDENTIFIER: u64 = 1 << 16;
}

/// Bits of `perf_event_attr`'s flags.
const FLAG_FREQ: u64 = 1 << 10;
const FLAG_SAMPLE_ID_ALL: u64 = 1 << 18;

/// One event of the file (`struct perf_event_attr`).
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes {
    pub(super) kind: u32,
    pub(super) config: u64,
    /// A period, or a frequency in Hz when `is_frequency`.
    pub(super) period_or_frequency: u64,
    pub(super) is_frequency: bool,
    pub(super) sample_type: u64,
    pub(super) read_format: u64,
    pub(super) branch_sample_type: u64,
    pub(super) user_registers: u64,
    pub(super) sample_id_all: bool,
    /// The ids under which its records appear.
    pub(super) ids: Vec<u64>,
    /// The name that perf wrote for it, if any.
    pub(super) name: Option<String>,
}

impl Attributes {
    /// Parses the structure without its ids.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor(bytes);
        let kind = cursor.u32()?;
        let _size = cursor.u32()?;
        let config = cursor.u64()?;
        let period_or_frequency = cursor.u64()?;
        let sample_type = cursor.u64()?;
        let read_format = cursor.u64()?;
        let flags = cursor.u64()?;
        // wakeup, breakpoint type, two addresses: of no use here. What follows came later and
        // may be missing in files of old versions, which then did not use it.
        let _ = cursor.bytes(24);
        let branch_sample_type = cursor.u64().unwrap_or(0);
        let user_registers = cursor.u64().unwrap_or(0);
        Some(Self {
            kind,
            config,
            period_or_frequency,
            is_frequency: flags & FLAG_FREQ != 0,
            sample_type,
            read_format,
            branch_sample_type,
            user_registers,
            sample_id_all: flags & FLAG_SAMPLE_ID_ALL != 0,
            ids: Vec::new(),
            name: None,
        })
    }

    /// What its samples weigh; `None` when they have no weight that is of use here.
    pub(super) fn weight(&self) -> Option<Weight> {
        const HARDWARE: u32 = 0;
        const SOFTWARE: u32 = 1;
        // The upper half of a hardware event's number names the kind of core.
        match (self.kind, self.config & 0xffff_ffff) {
            // cpu-clock and task-clock.
            (SOFTWARE, 0 | 1) => Some(Weight::CpuTime),
            (HARDWARE, 0) => Some(Weight::Cycles),
            (HARDWARE, 1) => Some(Weight::Instructions),
            (HARDWARE | SOFTWARE, _) => None,
            _ => match self.base_name()? {
                "cycles" | "cpu-cycles" => Some(Weight::Cycles),
                "instructions" => Some(Weight::Instructions),
                _ => None,
            },
        }
    }

    /// The name without unit and modifiers: `cycles` of `cpu_core/cycles/u`.
    fn base_name(&self) -> Option<&str> {
        let name = self.name.as_deref()?;
        let name = name.split('/').nth(1).unwrap_or(name);
        name.split([':', ',']).next()
    }

    /// Whether it never has samples (`dummy`, which perf adds to follow mappings).
    pub(super) fn is_dummy(&self) -> bool {
        self.kind == 1 && self.config == 9
    }

    /// Its name for people.
    pub(super) fn display_name(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        match (self.kind, self.config & 0xffff_ffff) {
            (1, 0) => "cpu-clock".to_owned(),
            (1, 1) => "task-clock".to_owned(),
            (0, 0) => "cycles".to_owned(),
            (0, 1) => "instructions".to_owned(),
            (kind, config) => format!("event {kind}:{config:#x}"),
        }
    }

    /// Samples asked for per second of CPU time.
    pub(super) fn frequency(&self) -> Option<f64> {
        if self.period_or_frequency == 0 {
            return None;
        }
        if self.is_frequency {
            return Some(self.period_or_frequency as f64);
        }
        // The period of a clock is in nanoseconds.
        (self.weight() == Some(Weight::CpuTime)).then(|| 1e9 / self.period_or_frequency as f64)
    }

    /// Where the time stands in the trailer of records other than samples, in bytes before their
    /// end, and how long that trailer is.
    pub(super) fn trailer(&self) -> (Option<usize>, usize) {
        use sample_type::{CPU, ID, IDENTIFIER, STREAM_ID, TID, TIME};
        if !self.sample_id_all {
            return (None, 0);
        }
        let size =
            |bits: &[u64]| 8 * bits.iter().filter(|&&bit| self.sample_type & bit != 0).count();
        let time =
            (self.sample_type & TIME != 0).then(|| size(&[TIME, ID, STREAM_ID, CPU, IDENTIFIER]));
        (time, size(&[TID, TIME, ID, STREAM_ID, CPU, IDENTIFIER]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: u32, config: u64, name: Option<&str>) -> Attributes {
        Attributes { kind, config, name: name.map(str::to_owned), ..Attributes::default() }
    }

    #[test]
    fn weights_of_events() {
        assert_eq!(event(1, 0, None).weight(), Some(Weight::CpuTime));
        assert_eq!(event(1, 1, None).weight(), Some(Weight::CpuTime));
        assert_eq!(event(1, 2, Some("page-faults")).weight(), None);
        assert_eq!(event(0, 0xa_0000_0000, None).weight(), Some(Weight::Cycles));
        assert_eq!(event(4, 0x3c, Some("cpu_core/cycles/u")).weight(), Some(Weight::Cycles));
        assert_eq!(event(4, 0xc0, Some("instructions:u")).weight(), Some(Weight::Instructions));
        assert_eq!(event(8, 0, Some("uprobe")).weight(), None);
    }

    #[test]
    fn the_trailer_has_a_word_for_each_bit() {
        let mut event = event(1, 0, None);
        event.sample_type = 0x1_0187; // IP TID TIME CPU PERIOD IDENTIFIER
        assert_eq!(event.trailer(), (None, 0));
        event.sample_id_all = true;
        assert_eq!(event.trailer(), (Some(24), 32));
    }

    #[test]
    fn periods_of_clocks_are_nanoseconds() {
        let fixed = Attributes { period_or_frequency: 1_000_000, ..event(1, 0, None) };
        assert_eq!(fixed.frequency(), Some(1000.0));
        let asked =
            Attributes { is_frequency: true, period_or_frequency: 997, ..event(0, 0, None) };
        assert_eq!(asked.frequency(), Some(997.0));
    }
}
