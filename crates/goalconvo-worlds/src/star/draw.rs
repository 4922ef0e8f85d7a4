//! Draws of one cell: from listed values, bounds, or a pool, by a stream of its own.

use goalconvo_core::{Key, Purpose, Rng, SlotKind};

use super::fields::Field;
use super::rules::Row;

/// The stream of random numbers of a table or a goal, by name and number.
pub(super) fn stream(name: &str, number: u64) -> Rng {
    let seed = goalconvo_core::ContentHash::of(name.as_bytes()).low();
    Key { seed, index: number }.rng(0, Purpose::Tables)
}

/// One cell of a slot; `known` are values of the corpus, or of a pool, for what is open. Nothing where the row rules
/// it out.
pub(super) fn cell(field: &Field, known: &[String], row: &Row, rng: &mut Rng) -> Option<String> {
    if field.when.as_ref().is_some_and(|when| !when.holds(row)) {
        return None;
    }
    match field.kind {
        SlotKind::Flag => Some(rng.chance(50).to_string()),
        SlotKind::Count | SlotKind::Number | SlotKind::Money => {
            let (mut low, mut high) = field.range.unwrap_or((1, 9));
            if let Some(bound) = field.bounds[0].as_ref().and_then(|bound| bound.of(row)) {
                low = bound as i64;
            }
            if let Some(bound) = field.bounds[1].as_ref().and_then(|bound| bound.of(row)) {
                high = bound as i64;
            }
            let span = usize::try_from(high.saturating_sub(low)).unwrap_or(0) + 1;
            Some((low + i64::try_from(rng.below(span)).unwrap_or(0)).to_string())
        }
        SlotKind::Reference => Some((100_000 + rng.below(900_000)).to_string()),
        SlotKind::Date => {
            Some(format!("{:04}-{:02}-{:02}", 1950 + rng.below(55), 1 + rng.below(12), 1 + rng.below(28)))
        }
        _ => {
            let values = if field.values.is_empty() { known } else { &field.values };
            values.get(rng.below(values.len().max(1))).cloned()
        }
    }
}
