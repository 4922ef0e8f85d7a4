//! What should not be in a dataset: personal data, secrets, profanity, and text that a reference or a benchmark holds.

mod contamination;
mod patterns;

pub use contamination::{Contamination, ContaminationIndex};
pub use patterns::{Found, SafetyKind, is_profane, scan, scan_personal};

use std::collections::BTreeMap;

use crate::bootstrap::BootstrappedMean;
use crate::evaluate::{Metric, Seen};
use crate::measure::Measure;

/// How many dialogues hold what kind of unsafe text, with where the first ones are.
#[derive(Debug, Clone, Default)]
pub struct Safety {
    any: BTreeMap<SafetyKind, BootstrappedMean>,
    examples: BTreeMap<SafetyKind, BTreeMap<u64, String>>,
}

const EXAMPLES: usize = 5;

impl Metric for Safety {
    fn push(&mut self, seen: &Seen<'_>) {
        // Where nobody says anything, nobody says nothing unsafe.
        if seen.spoken.is_empty() {
            return;
        }
        let mut here: BTreeMap<SafetyKind, usize> = BTreeMap::new();
        for (turn, spoken) in seen.spoken.iter().enumerate() {
            for found in scan(spoken.text) {
                here.entry(found.kind).or_insert(turn);
            }
        }
        for kind in SafetyKind::ALL {
            let turn = here.get(&kind);
            self.any.entry(kind).or_default().push(f64::from(u8::from(turn.is_some())), &seen.weights);
            if let Some(turn) = turn {
                let examples = self.examples.entry(kind).or_default();
                examples.insert(seen.index, format!("{} utterance {turn}", seen.dialogue.id));
                keep_first(examples);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        for (kind, state) in other.any {
            self.any.entry(kind).or_default().merge(&state);
        }
        for (kind, theirs) in other.examples {
            let examples = self.examples.entry(kind).or_default();
            examples.extend(theirs);
            keep_first(examples);
        }
    }

    fn measures(&mut self) -> Vec<Measure> {
        let mut measures = Vec::new();
        let unknown = BootstrappedMean::default();
        for kind in &SafetyKind::ALL {
            let state = self.any.get(kind).unwrap_or(&unknown);
            let definition = format!("share of dialogues in which somebody says {}", kind.what());
            let examples: Vec<&String> =
                self.examples.get(kind).into_iter().flat_map(BTreeMap::values).collect();
            let name = format!("contains_{}", kind.name());
            let value = Measure::maybe(name, state.mean(), "no dialogue has words", state.n(), definition);
            measures
                .push(value.over_dialogues(state, Some(1.0)).with("examples", serde_json::json!(examples)));
        }
        measures
    }
}

fn keep_first(examples: &mut BTreeMap<u64, String>) {
    while examples.len() > EXAMPLES {
        examples.pop_last();
    }
}
