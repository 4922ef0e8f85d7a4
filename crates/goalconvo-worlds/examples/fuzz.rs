//! A fuzzer that needs no nightly compiler: damages a document of each dialect in ways that depend on the seed alone, and
//! imports what comes of it. Every twentieth is assembled into a registry with both graphs as well.
//!
//! ```sh
//! cargo run --release -p goalconvo-worlds --example fuzz -- --runs 1000000            # all importers
//! cargo run --release -p goalconvo-worlds --example fuzz -- --runs 1000000 sql mcp    # some
//! ```
//!
//! Prints a line an importer; a panic ends it with the text that caused it. `fuzz/` has the same targets for cargo-fuzz.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool of developers prints, and says how long it took"
)]

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use goalconvo_core::{Key, Purpose, Rng};
use goalconvo_worlds::graph;
use goalconvo_worlds::registry::assemble::{FileDraft, assemble};
use goalconvo_worlds::schemas::{Notes, SourceFile, import_text};
use serde_json::{Map, Value};

#[path = "../fuzz/seeds.rs"]
mod seeds;
use seeds::DOCUMENTS;

/// Each so-manieth document goes through the whole pipeline.
const WHOLE: u64 = 20;

/// Pieces that importers look for.
const TOKENS: [&str; 24] = [
    "\"", "{", "}", "[", "]", ",", ":", "null", "-1", "1e999", "\\u0000", "\\ud800", "$ref", "#/", "~1",
    "allOf", "enum", "type", "ü", "'", "--", "/*", ";", "(",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut wanted = Vec::new();
    let (mut runs, mut seed) = (100_000, 0);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--runs" => runs = arguments.next().ok_or("--runs: how many?")?.parse()?,
            "--seed" => seed = arguments.next().ok_or("--seed: which?")?.parse()?,
            importer if DOCUMENTS.iter().any(|(name, ..)| *name == importer) => wanted.push(argument),
            other => {
                return Err(format!(
                    "{other:?} is no importer; known: {:?}",
                    DOCUMENTS.map(|(name, ..)| name)
                )
                .into());
            }
        }
    }
    std::panic::set_hook(Box::new(|_| {}));
    for (number, (name, file, _)) in DOCUMENTS.iter().enumerate() {
        if wanted.is_empty() || wanted.iter().any(|one| one == name) {
            fuzz(number, name, file, runs, seed)?;
        }
    }
    Ok(())
}

fn fuzz(number: usize, name: &str, file: &str, runs: u64, seed: u64) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let (mut recognised, mut bytes, mut slowest) = (0_u64, 0_usize, (0, 0));
    for index in 0..runs {
        let mut rng = Key { seed: seed ^ (number as u64) << 48, index }.rng(0, Purpose::Tables);
        let text = damaged(number, &mut rng);
        bytes += text.len();
        let whole = index % WHOLE == 0;
        let begun = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| swallow(file, &text, whole))) {
            Ok(known) => recognised += u64::from(known),
            Err(_) => return Err(format!("{name}: run {index} of seed {seed} panics on {text:?}").into()),
        }
        slowest = slowest.max((begun.elapsed().as_millis(), index));
    }
    let (seconds, share) = (start.elapsed().as_secs_f64(), recognised * 100 / runs.max(1));
    println!(
        "{name}: {runs} runs in {seconds:.0} s, {share} % of them still of a known dialect, {bytes} bytes, no panic, slowest {} ms (run {})",
        slowest.0, slowest.1
    );
    Ok(())
}

/// Imports a text; whether its dialect was recognised.
fn swallow(file: &str, text: &str, whole: bool) -> bool {
    let mut notes = Notes::default();
    let (dialect, material) = import_text(&SourceFile::new(file), text, &mut notes);
    let Some(dialect) = dialect else { return false };
    if whole {
        let source = dialect.name().to_owned();
        let registry =
            assemble(&mut [FileDraft { source, file: file.into(), material, notes, ..FileDraft::default() }]);
        let _ = graph::build(&registry);
        let _ = graph::project(&registry);
    }
    true
}

/// A document with one to six damages: half of the time to its values, else to its letters.
fn damaged(number: usize, rng: &mut Rng) -> String {
    let (_, _, text) = DOCUMENTS[number];
    let mut text = text.to_owned();
    if let (true, Ok(mut value)) = (rng.chance(60), serde_json::from_str::<Value>(&text)) {
        for _ in 0..=rng.below(4) {
            let nodes = count(&value);
            let place = rng.below(nodes);
            change(&mut value, place, rng);
        }
        text = value.to_string();
        if rng.chance(70) {
            return text;
        }
    }
    for _ in 0..=rng.below(5) {
        scratch(&mut text, rng);
    }
    text
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

/// Changes the value at a place, counted from the root; how many places are left, or nothing once it is done.
fn change(value: &mut Value, place: usize, rng: &mut Rng) -> Option<usize> {
    if place == 0 {
        *value = other(value, rng);
        return None;
    }
    let mut left = place - 1;
    match value {
        Value::Array(items) => {
            for item in items {
                left = change(item, left, rng)?;
            }
        }
        Value::Object(map) => {
            for part in map.values_mut() {
                left = change(part, left, rng)?;
            }
        }
        _ => {}
    }
    Some(left)
}

/// Another value in a value's place.
fn other(value: &Value, rng: &mut Rng) -> Value {
    match rng.below(14) {
        0 => Value::Null,
        1 => Value::Bool(rng.chance(50)),
        2 => Value::from(rng.between(-3, 3)),
        3 => Value::from(1e300),
        4 => Value::from(i64::MIN),
        5 => Value::String(String::new()),
        6 => Value::String("ü#/~1%zz{id}\u{0}\u{202e}".to_owned()),
        7 => Value::String(TOKENS[rng.below(TOKENS.len())].repeat(1 + rng.below(40))),
        8 => Value::Array(vec![value.clone(); rng.below(4)]),
        9 => Value::Object(Map::from_iter([(
            "$ref".to_owned(),
            Value::from(["#", "#/paths", "#/components/schemas/n", "x.json"][rng.below(4)]),
        )])),
        10 => Value::Object(Map::from_iter([(TOKENS[rng.below(TOKENS.len())].to_owned(), value.clone())])),
        11 => Value::String(value.to_string()),
        12 => match value {
            Value::Object(map) => {
                let mut map = map.clone();
                let keys: Vec<String> = map.keys().cloned().collect();
                let gone = rng.pick(&keys).and_then(|key| map.remove(key));
                map.extend(gone.map(|part| {
                    (
                        (*["", "type", "name", "properties", "Name"].get(rng.below(5)).unwrap_or(&""))
                            .to_owned(),
                        part,
                    )
                }));
                Value::Object(map)
            }
            other => Value::Array(vec![other.clone()]),
        },
        _ => {
            let mut deep = value.clone();
            for _ in 0..rng.below(60) {
                deep = Value::Object(Map::from_iter([("items".to_owned(), deep)]));
            }
            deep
        }
    }
}

/// Scratches a text at one place.
fn scratch(text: &mut String, rng: &mut Rng) {
    let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
    let Some(&at) = rng.pick(&places) else { return };
    let Some(&end) = places.get(
        (rng.below(places.len())).max(places.partition_point(|place| *place <= at)).min(places.len() - 1),
    ) else {
        return;
    };
    let token = TOKENS[rng.below(TOKENS.len())];
    match rng.below(6) {
        0 => text.insert_str(at, token),
        1 => text.truncate(at),
        2 if end > at && end - at < 40 => text.replace_range(at..end, token),
        3 if end > at => {
            let piece = text[at..end].to_owned();
            text.insert_str(at, &piece);
        }
        4 => {
            let letter = char::from_u32(rng.below(0x300) as u32).unwrap_or('?');
            text.insert(at, letter);
        }
        _ => {
            text.remove(at);
        }
    }
}
