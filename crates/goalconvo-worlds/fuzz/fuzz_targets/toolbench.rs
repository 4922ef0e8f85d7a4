//! Any text read as toolbench gives a registry and a report, never a panic.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|text: &str| common::swallow("Things/t.json", text));
