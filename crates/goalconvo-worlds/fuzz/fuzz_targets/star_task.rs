//! Any text read as star task gives a registry and a report, never a panic.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|text: &str| common::swallow("tasks/t/t.json", text));
