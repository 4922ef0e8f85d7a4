//! Damaged schemas: every importer answers every text with a report, never with a panic.

use goalconvo_worlds::registry::assemble::{FileDraft, assemble};
use goalconvo_worlds::schemas::{Notes, SourceFile, import_text};
use goalconvo_worlds::{chain, graph};
use proptest::prelude::*;
use serde_json::Value;

#[path = "../../fuzz/seeds.rs"]
mod seeds;
use seeds::DOCUMENTS;

/// Imports a text, assembles, builds both graphs and draws chains: whatever comes, it is a value.
fn swallow(name: &str, text: &str) {
    let mut notes = Notes::default();
    let (dialect, material) = import_text(&SourceFile::new(name), text, &mut notes);
    let source = dialect.map_or_else(String::new, |dialect| dialect.name().to_owned());
    let registry =
        assemble(&mut [FileDraft { source, file: name.into(), material, notes, ..FileDraft::default() }]);
    let _ = graph::build(&registry);
    let projection = graph::project(&registry);
    let _ = chain::sample(&projection, &registry, chain::Mode::Mixed, 1, 3);
}

/// A value of another kind at one place of a document.
fn damage(value: &mut Value, mut place: usize, kind: u8) -> usize {
    if place == 0 {
        *value = match kind % 8 {
            0 => Value::Null,
            1 => Value::Bool(true),
            2 => Value::from(-7),
            3 => Value::from(1e300),
            4 => Value::String(String::new()),
            5 => Value::String("ü#/~1%zz{id}\u{0}".into()),
            6 => Value::Array(vec![value.clone(), Value::Null]),
            _ => serde_json::json!({"$ref": "#/paths", "": value.clone()}),
        };
        return usize::MAX;
    }
    place -= 1;
    let parts: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(map) => map.values_mut().collect(),
        _ => return place,
    };
    for part in parts {
        place = damage(part, place, kind);
        if place == usize::MAX {
            break;
        }
    }
    place
}

#[test]
fn every_document_is_sound_before_it_is_damaged() {
    for (_, name, text) in DOCUMENTS {
        let mut notes = Notes::default();
        let (dialect, _) = import_text(&SourceFile::new(name), text, &mut notes);
        assert!(dialect.is_some(), "{name}: {:?}", notes.all());
        swallow(name, text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_document_with_wrong_values_never_panics(number in 0..DOCUMENTS.len(), places in proptest::collection::vec((0_usize..120, any::<u8>()), 1..4)) {
        let (_, name, text) = DOCUMENTS[number];
        if let Ok(mut value) = serde_json::from_str::<Value>(text) {
            for (place, kind) in places {
                damage(&mut value, place, kind);
            }
            swallow(name, &value.to_string());
        }
    }

    #[test]
    fn a_document_with_wrong_bytes_never_panics(number in 0..DOCUMENTS.len(), cut in any::<prop::sample::Index>(), put in "\\PC{0,6}", end in any::<bool>()) {
        let (_, name, text) = DOCUMENTS[number];
        let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
        let place = places[cut.index(places.len())];
        let (before, after) = text.split_at(place);
        swallow(name, &if end { format!("{before}{put}") } else { format!("{before}{put}{after}") });
    }

    #[test]
    fn any_text_under_any_name_never_panics(ending in "(json|jsonl|yaml|sql|gz)", text in "\\PC{0,80}") {
        swallow(&format!("x.{ending}"), &text);
    }
}
