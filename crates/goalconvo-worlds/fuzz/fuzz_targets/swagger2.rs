//! Any text read as swagger2 gives a registry and a report, never a panic.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|text: &str| common::swallow("s.json", text));
