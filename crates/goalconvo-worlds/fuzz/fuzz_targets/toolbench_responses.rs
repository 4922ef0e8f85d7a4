//! Any text read as toolbench responses gives a registry and a report, never a panic.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|text: &str| common::swallow("Things/r.json", text));
