//! A function is taken out of `quoted`.

pub fn of_lines(lines: &[String]) -> u64 {
    let mut out = String::with_capacity(64);
    let mut sum = 0_u64;
    for line in lines {
        out.clear();
        quoted(line, &mut out);
        sum = sum.rotate_left(5) ^ out.len() as u64;
    }
    sum
}

#[inline(never)]
fn quoted(line: &str, out: &mut String) {
    out.push('"');
    let mut hash = 0_u32;
    for c in line.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    for byte in out.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    out.push(char::from(b'a' + (hash % 26) as u8));
    out.push('"');
}
