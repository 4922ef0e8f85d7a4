//! Where the tests find reference values and real weights, and what they say when there are none.

use std::io::{Read, Write};
use std::path::PathBuf;

use goalconvo_neural::{EncoderOptions, TextEncoder};
use serde_json::Value;

/// The folder of all-MiniLM-L6-v2, from `GOALCONVO_MINILM`.
pub(crate) fn minilm_folder() -> Option<PathBuf> {
    let folder = variable("GOALCONVO_MINILM").map(PathBuf::from);
    if folder.is_none() {
        say("skipped: GOALCONVO_MINILM names no folder with all-MiniLM-L6-v2 (.ci/fetch-minilm fetches one)");
    }
    folder
}

/// The encoder in that folder.
pub(crate) fn minilm() -> Option<TextEncoder> {
    let folder = minilm_folder()?;
    let options = EncoderOptions { threads: 2, ..EncoderOptions::default() };
    Some(TextEncoder::open(&folder, &options).unwrap())
}

/// A JSON file of reference values, from `../shared` beside the project or from `GOALCONVO_SHARED`.
pub(crate) fn golden(name: &str) -> Option<Value> {
    let shared = variable("GOALCONVO_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = shared.join("golden/metrics").join(name);
    let Ok(file) = std::fs::File::open(&path) else {
        say(&format!("skipped: {} is not here", path.display()));
        return None;
    };
    let mut text = String::new();
    std::io::BufReader::new(file).read_to_string(&mut text).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

/// Says so past the test harness, which keeps to itself what a passing test prints: who runs the tests without
/// weights should see that they checked little.
fn say(what: &str) {
    let test = std::thread::current();
    let written = writeln!(std::io::stderr(), "{}: {what}", test.name().unwrap_or("a test"));
    drop(written);
}

/// A JSON list of numbers.
pub(crate) fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

/// The largest difference between two lists of one length.
pub(crate) fn worst(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[expect(clippy::disallowed_methods, reason = "the environment says where the test data lies")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
