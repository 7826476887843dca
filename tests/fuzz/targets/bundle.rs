#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perfbase_fuzz::parsers::bundle(bytes));
