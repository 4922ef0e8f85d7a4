//! Any text read as functions gives a registry and a report, never a panic.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|text: &str| common::swallow("f.json", text));
