//! The records of a file, one after the other, in little memory.

use std::io::{BufRead, Read};

use super::FormatError;
use crate::objects::Architecture;
use crate::unwind::Registers;

/// What the file begins with.
const MAGIC: &[u8; 16] = b"PERFBASESAMPLES\n";
const VERSION: u32 = 1;

/// Longest record: a copy of 64 KiB and what belongs to it, rounded up.
const LONGEST: u32 = 1 << 17;

/// The file's beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) architecture: Architecture,
    /// Samples per second of CPU time.
    pub(super) frequency: f64,
}

/// What is noted of one moment.
#[derive(Debug, PartialEq)]
pub(super) enum Event<'a> {
    /// A process with its id and name, before anything else of it.
    Process {
        pid: i32,
        name: [u8; 16],
    },
    /// A part of its executable mappings.
    Mappings {
        number: u32,
        part: u32,
        last: bool,
        text: &'a [u8],
    },
    Sample(Sample<'a>),
    /// How many of its samples were lost, and how many ns no sample stands for.
    Ended {
        lost: u64,
        unseen: u64,
    },
}

/// One sample.
#[derive(Debug, PartialEq)]
pub(super) struct Sample<'a> {
    pub(super) tid: i32,
    /// CPU time in ns.
    pub(super) weight: u64,
    pub(super) registers: Registers,
    /// The thread's name.
    pub(super) name: [u8; 16],
    /// The stack, from the stack pointer on.
    pub(super) stack: &'a [u8],
}

/// Reads records.
pub(super) struct Records<R> {
    input: R,
    body: Vec<u8>,
    at: u64,
}

impl<R: BufRead> Records<R> {
    /// Reads the file's beginning.
    pub(super) fn new(mut input: R) -> Result<(Header, Self), FormatError> {
        let mut bytes = Vec::new();
        input.by_ref().take(32).read_to_end(&mut bytes)?;
        let mut fields = Fields(&bytes);
        if fields.array() != Some(*MAGIC) || fields.u32() != Some(VERSION) {
            return Err(FormatError::Foreign);
        }
        let architecture = match fields.u32() {
            Some(1) => Architecture::X86_64,
            Some(2) => Architecture::Aarch64,
            _ => return Err(FormatError::Architecture),
        };
        let frequency = fields.u64().map(f64::from_bits).filter(|hz| hz.is_finite() && *hz > 0.0);
        let frequency = frequency.ok_or(FormatError::Foreign)?;
        Ok((Header { architecture, frequency }, Self { input, body: Vec::new(), at: 32 }))
    }

    /// The next record, with the number of its process; `None` at the end of the file, or where
    /// it breaks off. What is of no known kind is left out.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Event<'_>)>, FormatError> {
        loop {
            let mut header = [0; 16];
            match self.input.read_exact(&mut header) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
                Err(error) => return Err(error.into()),
            }
            let mut fields = Fields(&header);
            let mut field = || fields.u32().unwrap_or_default();
            let (kind, length, process) = (field(), field(), field());
            let damaged = FormatError::Damaged { at: self.at };
            if length > LONGEST {
                return Err(damaged);
            }
            self.body.clear();
            self.input.by_ref().take(length.into()).read_to_end(&mut self.body)?;
            if self.body.len() < length as usize {
                return Ok(None);
            }
            self.at += 16 + u64::from(length);
            // Asked twice, because what is returned borrows `self`.
            if matches!(kind, 1..=4) {
                return match event(kind, &self.body) {
                    Some(event) => Ok(Some((process, event))),
                    None => Err(damaged),
                };
            }
        }
    }
}

/// The body of a record.
fn event(kind: u32, body: &[u8]) -> Option<Event<'_>> {
    /// In the number of a part: it is the last one.
    const LAST: u32 = 0x8000_0000;
    let mut fields = Fields(body);
    match kind {
        1 | 2 => {
            if fields.u32()? != kind {
                return None;
            }
            let length = usize::try_from(fields.u32()?).ok()?;
            let (number, part) = (fields.u32()?, fields.u32()?);
            let weight = fields.u64()?;
            let [pc, sp, fp, lr] = [fields.u64()?, fields.u64()?, fields.u64()?, fields.u64()?];
            let name = fields.array()?;
            let rest = (fields.0.len() == length).then_some(fields.0)?;
            Some(if kind == 1 {
                let registers = Registers { pc, sp, fp, lr };
                let tid = i32::try_from(number).ok()?;
                Event::Sample(Sample { tid, weight, registers, name, stack: rest })
            } else {
                Event::Mappings { number, part: part & !LAST, last: part & LAST != 0, text: rest }
            })
        }
        3 => {
            let pid = i32::try_from(fields.u64()?).ok()?;
            Some(Event::Process { pid, name: fields.array()? })
        }
        4 => Some(Event::Ended { lost: fields.u64()?, unseen: fields.u64()? }),
        _ => None,
    }
}

/// What was not read yet.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

/// A name up to its first zero.
pub(super) fn name(bytes: [u8; 16]) -> String {
    let length = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn file() -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(997_f64.to_le_bytes());
        bytes
    }

    pub(in super::super) fn record(file: &mut Vec<u8>, kind: u32, process: u32, body: &[u8]) {
        for word in [kind, body.len() as u32, process, 0] {
            file.extend(word.to_le_bytes());
        }
        file.extend(body);
    }

    /// The body of a sample or of mappings.
    pub(in super::super) fn slot(
        kind: u32,
        (number, part): (u32, u32),
        weight: u64,
        registers: [u64; 4],
        rest: &[u8],
    ) -> Vec<u8> {
        let mut body = Vec::new();
        for word in [kind, rest.len() as u32, number, part] {
            body.extend(word.to_le_bytes());
        }
        for word in [weight].into_iter().chain(registers) {
            body.extend(word.to_le_bytes());
        }
        body.extend(b"worker\0\0\0\0\0\0\0\0\0\0");
        body.extend(rest);
        body
    }

    #[test]
    fn records_are_read_up_to_where_the_file_breaks_off() {
        let mut bytes = file();
        record(
            &mut bytes,
            3,
            1,
            &[&77_u64.to_le_bytes()[..], b"demo\0\0\0\0\0\0\0\0\0\0\0\0"].concat(),
        );
        record(&mut bytes, 99, 1, b"of a later version");
        record(&mut bytes, 1, 1, &slot(1, (78, 0), 5, [1, 2, 3, 4], b"stack!!!"));
        record(&mut bytes, 4, 1, &[1_u64.to_le_bytes(), 2_u64.to_le_bytes()].concat());
        let (header, mut records) = Records::new(&*bytes).unwrap();
        assert_eq!(header, Header { architecture: Architecture::X86_64, frequency: 997.0 });
        let Some((1, Event::Process { pid: 77, name: found })) = records.next().unwrap() else {
            panic!("the process");
        };
        assert_eq!(name(found), "demo");
        let Some((1, Event::Sample(sample))) = records.next().unwrap() else { panic!("a sample") };
        assert_eq!((sample.tid, sample.weight, sample.stack), (78, 5, b"stack!!!".as_slice()));
        assert_eq!(sample.registers, Registers { pc: 1, sp: 2, fp: 3, lr: 4 });
        assert_eq!(records.next().unwrap(), Some((1, Event::Ended { lost: 1, unseen: 2 })));
        assert_eq!(records.next().unwrap(), None);
        for length in 32..bytes.len() {
            let (_, mut records) = Records::new(&bytes[..length]).unwrap();
            while records.next().unwrap().is_some() {}
        }
        assert!(matches!(Records::new(&bytes[..31]), Err(FormatError::Foreign)));
    }

    #[test]
    fn lengths_that_lie_are_told() {
        let mut long = file();
        for word in [1_u32, u32::MAX, 1, 0] {
            long.extend(word.to_le_bytes());
        }
        let mut other = file();
        let mut body = slot(1, (1, 0), 1, [0; 4], b"12345678");
        body[4] = 9;
        record(&mut other, 1, 1, &body);
        for bytes in [long, other] {
            let (_, mut records) = Records::new(&*bytes).unwrap();
            assert!(matches!(records.next(), Err(FormatError::Damaged { at: 32 })));
        }
    }
}
