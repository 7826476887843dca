use super::*;
use crate::objects::Object;

/// Where instructions of x86-64 begin, by our reckoning.
fn starts(code: &[u8]) -> Option<usize> {
    x86_64::operands(code, &mut |_| {})
}

#[test]
fn lengths_of_instructions() {
    for bytes in [
        &[0xc3][..],
        &[0x55],
        &[0x48, 0x89, 0xe5],
        &[0x48, 0x83, 0xec, 0x10],
        &[0x48, 0x8d, 0x05, 1, 2, 3, 4],
        &[0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0x66, 0xb8, 1, 2],
        &[0x66, 0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0xf6, 0x47, 0x10, 1],
        &[0xf6, 0xd8],
        &[0xf7, 0x05, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0x66, 0xf7, 0x44, 0x24, 0x10, 1, 2],
        &[0x8b, 0x04, 0x25, 1, 2, 3, 4],
        &[0x8b, 0x84, 0x88, 1, 2, 3, 4],
        &[0x0f, 0x1f, 0x84, 0x00, 0, 0, 0, 0],
        &[0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0, 0, 0, 0],
        &[0x66, 0x0f, 0x3a, 0x0f, 0xc1, 4],
        &[0xf3, 0x0f, 0x10, 0x05, 1, 2, 3, 4],
        &[0xc5, 0xf8, 0x77],
        &[0xc5, 0xfd, 0x6f, 0x05, 1, 2, 3, 4],
        &[0xc4, 0xe3, 0x7d, 0x19, 0xc1, 1],
        &[0xc4, 0xe2, 0x7d, 0x18, 0x05, 1, 2, 3, 4],
        &[0x62, 0xf1, 0x7d, 0x48, 0x6f, 0x07],
        &[0x62, 0xf3, 0x75, 0x48, 0x25, 0xc2, 0xff],
        &[0x66, 0x66, 0x48, 0xe8, 1, 2, 3, 4],
        &[0xf0, 0x48, 0x0f, 0xb1, 0x0f],
        &[0xc8, 1, 2, 3],
    ] {
        assert_eq!(starts(bytes), Some(1), "{bytes:x?}");
        assert_eq!(starts(&bytes[..bytes.len() - 1]).filter(|&n| n == 1 && bytes.len() > 3), None);
    }
    // Not in 64-bit mode.
    for bytes in [&[0x06][..], &[0x27], &[0x9a], &[0xd4, 1], &[0xea]] {
        assert_eq!(starts(bytes), None, "{bytes:x?}");
    }
}

/// A function with a call, a jump to itself and data, at some distance.
fn function(call: i32, data: i32, inner: i8) -> Vec<u8> {
    let mut code = vec![0x90; FEWEST_INSTRUCTIONS];
    code.push(0xe8);
    code.extend(call.to_le_bytes());
    code.extend([0x48, 0x8d, 0x3d]);
    code.extend(data.to_le_bytes());
    code.extend([0x75, inner as u8, 0xc3]);
    code
}

#[test]
fn what_lies_elsewhere_does_not_count_and_shape_does() {
    let of = |code: &[u8]| body(Architecture::X86_64, code).unwrap();
    let one = of(&function(1000, 2000, -5));
    assert_eq!(one, of(&function(-70_000, 5, -5)));
    assert_ne!(one, of(&function(1000, 2000, -6)));
    // A call of itself is not a call of another.
    assert_ne!(one, of(&function(-15, 2000, -5)));
    assert_eq!(one.size, 25);
    assert_eq!(body(Architecture::X86_64, &[0x90; FEWEST_INSTRUCTIONS - 1]), None);
    assert_eq!(body(Architecture::X86_64, &[0x06; 100]), None);
}

#[test]
fn arm_addresses_do_not_count() {
    let code = |words: &[u32]| -> Vec<u8> {
        let nop = 0xd503_201f_u32;
        let all = std::iter::repeat_n(&nop, FEWEST_INSTRUCTIONS).chain(words);
        all.flat_map(|word| word.to_le_bytes()).collect()
    };
    let of = |words: &[u32]| body(Architecture::Aarch64, &code(words)).unwrap();
    let ret = 0xd65f_03c0;
    // adrp x0; add x0, x0, #lo; ldr x1, [x0, #lo]; bl
    let one = of(&[0xb000_0000, 0x9100_4000, 0xf940_0801, 0x9400_1000, ret]);
    assert_eq!(one, of(&[0xd000_1000, 0x9104_8000, 0xf940_1001, 0x97ff_f000, ret]));
    // add x2, x3, #imm is no address; b.ne back into the function is shape.
    assert_ne!(of(&[0x9100_4062, ret]), of(&[0x9104_8062, ret]));
    assert_ne!(of(&[0x54ff_ffe1, ret]), of(&[0x54ff_ffc1, ret]));
    assert_eq!(of(&[0x5400_8001, ret]), of(&[0x5401_0001, ret]));
    assert_eq!(body(Architecture::Aarch64, &[0; 43]), None);
}

/// Every function of this test's executable is divided as `objdump` divides it.
#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn divides_as_a_disassembler_does() {
    let own = std::env::current_exe().unwrap();
    let object = Object::open(&own).unwrap();
    let text = object.section(".text").unwrap();
    let (start, size) = (text.address, text.size.min(1 << 21));
    let output = std::process::Command::new("objdump")
        .args(["-d", "--no-addresses", "-j.text", "-w"])
        .args([&format!("--start-address={start}"), &format!("--stop-address={}", start + size)])
        .arg(&own)
        .output();
    let output = match output {
        Ok(output) => output,
        Err(_) if std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_some_and(|v| v == "1") => {
            panic!("objdump is required")
        }
        Err(_) => {
            println!("left out: objdump is missing");
            return;
        }
    };
    let listing = String::from_utf8_lossy(&output.stdout);
    let (mut functions, mut wrong, mut instructions) = (0, Vec::new(), 0);
    // The last one may be cut off.
    let mut functions_listed: Vec<&str> = listing.split("\n\n").collect();
    functions_listed.pop();
    for function in functions_listed {
        let mut lines = function.lines();
        let Some(name) = lines.next().filter(|line| line.ends_with(">:")) else { continue };
        if function.contains("(bad)") {
            continue;
        }
        // `<tab>48 89 e5 <tab>mov ...`
        let bytes: Vec<Vec<u8>> = lines
            .filter_map(|line| {
                let hex = line.split('\t').find(|part| !part.trim().is_empty())?;
                hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).ok()).collect()
            })
            .collect();
        // objdump shows a lone `wait` before what follows it as one instruction.
        if bytes.is_empty() || bytes.iter().any(|bytes| bytes[0] == 0x9b) {
            continue;
        }
        functions += 1;
        instructions += bytes.len();
        if starts(&bytes.concat()) != Some(bytes.len()) {
            wrong.push(name.to_owned());
        }
    }
    assert!(functions > 1000 && instructions > 100_000, "{functions} {instructions}");
    assert!(wrong.is_empty(), "{} of {functions}: {:?}", wrong.len(), &wrong[..wrong.len().min(5)]);
}
