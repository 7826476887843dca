//! 64-bit x86: the lengths of instructions, and where their relative operands are.
//!
//! Intel SDM volume 2, chapter 2 and the opcode maps of appendix A; VEX and EVEX included. Not
//! AMD's XOP and 3DNow!, which no compiler writes unasked.

use super::Operand;

/// Gives every operand that depends on a place, and says how many instructions there are; `None`
/// for what is no code.
pub(super) fn operands(code: &[u8], give: &mut impl FnMut(Operand)) -> Option<usize> {
    let (mut at, mut count) = (0, 0);
    while at < code.len() {
        let instruction = decode(&code[at..])?;
        if let Some((offset, size, kind)) = instruction.relative {
            let field = code.get(at + offset..at + offset + size)?;
            let target = match kind {
                Kind::Data => None,
                Kind::Branch => {
                    let distance = match field {
                        [byte] => i64::from(*byte as i8),
                        bytes => i64::from(i32::from_le_bytes(bytes.try_into().ok()?)),
                    };
                    Some((at + instruction.length) as i64 + distance)
                }
            };
            let mask = if size == 1 { 0xff } else { u32::MAX };
            give(Operand { offset: at + offset, mask, size, target });
        }
        at += instruction.length;
        count += 1;
    }
    // The last instruction may not reach beyond the end.
    (at == code.len()).then_some(count)
}

/// What an operand is relative to the instruction's end for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Data,
    Branch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Instruction {
    length: usize,
    /// Offset in the instruction, size and kind of an operand that is relative to its end.
    relative: Option<(usize, usize, Kind)>,
}

/// Prefixes that lengths depend on.
#[derive(Clone, Copy, Default)]
struct Prefixes {
    /// 66: operands of 16 bits.
    operand: bool,
    /// 67: addresses of 32 bits.
    address: bool,
    /// REX.W: operands of 64 bits.
    wide: bool,
}

/// What follows an opcode.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Nothing.
    Plain,
    /// An immediate of so many bytes.
    Immediate(usize),
    /// An immediate of 4 bytes, of 2 with prefix 66.
    Full,
    /// The same with a ModRM byte before it, or one of one byte.
    ModRm(usize),
    ModRmFull,
    /// A relative distance of so many bytes.
    Branch(usize),
}

/// The first instruction.
fn decode(code: &[u8]) -> Option<Instruction> {
    let mut prefixes = Prefixes::default();
    let mut at = 0;
    loop {
        match *code.get(at)? {
            0x66 => prefixes.operand = true,
            0x67 => prefixes.address = true,
            0xf0 | 0xf2 | 0xf3 | 0x26 | 0x2e | 0x36 | 0x3e | 0x64 | 0x65 => {}
            _ => break,
        }
        at += 1;
    }
    if let Some(rex @ 0x40..=0x4f) = code.get(at) {
        prefixes.wide = rex & 8 != 0;
        at += 1;
    }
    let opcode = *code.get(at)?;
    at += 1;
    let modrm = code.get(at).copied();
    let form = match opcode {
        0x0f => {
            let second = *code.get(at)?;
            at += 1;
            match second {
                0x38 => {
                    at += 1;
                    Form::ModRm(0)
                }
                0x3a => {
                    at += 1;
                    Form::ModRm(1)
                }
                _ => second_map(second)?,
            }
        }
        0xc4 => {
            let map = modrm? & 0x1f;
            let opcode = *code.get(at + 2)?;
            at += 3;
            extended(map, opcode)?
        }
        0xc5 => {
            let opcode = *code.get(at + 1)?;
            at += 2;
            extended(1, opcode)?
        }
        0x62 => {
            let map = modrm? & 7;
            let opcode = *code.get(at + 3)?;
            at += 4;
            extended(map, opcode)?
        }
        _ => first_map(opcode, prefixes, modrm)?,
    };
    finish(code, at, form, prefixes)
}

/// Opcodes of one byte. `next` is the byte after it.
fn first_map(opcode: u8, prefixes: Prefixes, next: Option<u8>) -> Option<Form> {
    Some(match opcode {
        0x00..=0x3f => match opcode & 7 {
            0..=3 => Form::ModRm(0),
            4 => Form::Immediate(1),
            5 => Form::Full,
            _ => return None,
        },
        0x50..=0x5f | 0x6c..=0x6f | 0x90..=0x99 | 0x9b..=0x9f => Form::Plain,
        0x63 | 0x84..=0x8f => Form::ModRm(0),
        0x68 => Form::Full,
        0x69 | 0x81 | 0xc7 => Form::ModRmFull,
        0x6a => Form::Immediate(1),
        0x6b | 0x80 | 0x83 | 0xc0 | 0xc1 | 0xc6 => Form::ModRm(1),
        0x70..=0x7f | 0xe0..=0xe3 | 0xeb => Form::Branch(1),
        0xa0..=0xa3 => Form::Immediate(if prefixes.address { 4 } else { 8 }),
        0xa4..=0xa7 | 0xaa..=0xaf => Form::Plain,
        0xa8 | 0xb0..=0xb7 | 0xcd | 0xe4..=0xe7 => Form::Immediate(1),
        0xa9 => Form::Full,
        0xb8..=0xbf if prefixes.wide => Form::Immediate(8),
        0xb8..=0xbf => Form::Full,
        0xc2 | 0xca => Form::Immediate(2),
        0xc3 | 0xc9 | 0xcb | 0xcc | 0xcf | 0xd7 => Form::Plain,
        0xc8 => Form::Immediate(3),
        0xd0..=0xd3 | 0xd8..=0xdf | 0xfe | 0xff => Form::ModRm(0),
        0xe8 | 0xe9 => Form::Branch(4),
        0xec..=0xef | 0xf1 | 0xf4 | 0xf5 | 0xf8..=0xfd => Form::Plain,
        // `test` has an immediate, its neighbours in the group have none.
        0xf6 if next? & 0x30 == 0 => Form::ModRm(1),
        0xf7 if next? & 0x30 == 0 => Form::ModRmFull,
        0xf6 | 0xf7 => Form::ModRm(0),
        _ => return None,
    })
}

/// Opcodes of two bytes, the first of which is 0f.
fn second_map(opcode: u8) -> Option<Form> {
    Some(match opcode {
        0x04 | 0x0a | 0x0c | 0x0f | 0x24..=0x27 | 0x36 | 0x39 | 0x3b..=0x3f => return None,
        0x05..=0x09 | 0x0b | 0x0e | 0x30..=0x35 | 0x37 | 0x77 => Form::Plain,
        0xa0..=0xa2 | 0xa8..=0xaa | 0xc8..=0xcf => Form::Plain,
        0x70..=0x73 | 0xa4 | 0xac | 0xba | 0xc2 | 0xc4..=0xc6 => Form::ModRm(1),
        0x80..=0x8f => Form::Branch(4),
        _ => Form::ModRm(0),
    })
}

/// Opcodes with a VEX or EVEX prefix, by their map.
fn extended(map: u8, opcode: u8) -> Option<Form> {
    match (map, opcode) {
        (1, 0x77) => Some(Form::Plain),
        (1, 0x70..=0x73 | 0xc2 | 0xc4..=0xc6) | (3, _) => Some(Form::ModRm(1)),
        (1 | 2 | 5 | 6, _) => Some(Form::ModRm(0)),
        _ => None,
    }
}

/// The instruction whose opcode ends before `at`.
fn finish(code: &[u8], at: usize, form: Form, prefixes: Prefixes) -> Option<Instruction> {
    let full = if prefixes.operand && !prefixes.wide { 2 } else { 4 };
    let (modrm, immediate) = match form {
        Form::Plain => (false, 0),
        Form::Immediate(size) => (false, size),
        Form::Full => (false, full),
        Form::ModRm(size) => (true, size),
        Form::ModRmFull => (true, full),
        Form::Branch(size) => {
            let length = at + size;
            let relative = Some((at, size, Kind::Branch));
            return (length <= code.len()).then_some(Instruction { length, relative });
        }
    };
    let (mut at, mut relative) = (at, None);
    if modrm {
        let byte = *code.get(at)?;
        at += 1;
        let (mode, base) = (byte >> 6, byte & 7);
        let mut no_base = false;
        if mode != 3 && base == 4 {
            no_base = *code.get(at)? & 7 == 5;
            at += 1;
        }
        match mode {
            // Relative to the next instruction; what stands between is an immediate.
            0 if base == 5 => {
                relative = Some((at, 4, Kind::Data));
                at += 4;
            }
            0 if no_base => at += 4,
            1 => at += 1,
            2 => at += 4,
            _ => {}
        }
    }
    let length = at + immediate;
    (length <= code.len()).then_some(Instruction { length, relative })
}
