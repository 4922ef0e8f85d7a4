//! How turns, lengths, acts and slots are distributed on both sides: histograms that stream.

use std::collections::BTreeMap;

use goalconvo_core::{Dialogue, Turn};

use crate::distribution::{jensen_shannon, wasserstein_counts};
use crate::measure::Measure;
use crate::text::Tokens;

type Histogram<K> = BTreeMap<K, u64>;

/// The histograms of one side.
#[derive(Debug, Clone, Default)]
pub(super) struct Profile {
    dialogues: u64,
    turns: Histogram<u64>,
    tokens: Histogram<u64>,
    acts: Histogram<String>,
    slots: Histogram<String>,
    domains: Histogram<String>,
}

impl Profile {
    /// Counts one dialogue.
    pub(super) fn push(&mut self, dialogue: &Dialogue) {
        self.dialogues += 1;
        let mut turns = 0;
        for (_, text) in dialogue.said() {
            turns += 1;
            *self.tokens.entry(Tokens::Words.hashes(text).len() as u64).or_insert(0) += 1;
        }
        *self.turns.entry(turns).or_insert(0) += 1;
        for domain in &dialogue.domains {
            count(&mut self.domains, domain.to_string());
        }
        for turn in &dialogue.turns {
            let (side, said) = match turn {
                Turn::User(said) => ("user", said),
                Turn::Assistant(said) => ("assistant", said),
                Turn::Tool(_) | Turn::Garbled { .. } => continue,
            };
            for act in &said.acts {
                count(&mut self.acts, format!("{side} {:?}", act.act));
                let Some(slot) = &act.slot else { continue };
                let domain = act.domain.as_ref().map_or_else(String::new, |domain| format!("{domain}-"));
                count(&mut self.slots, format!("{domain}{slot}"));
            }
        }
    }
}

fn count(histogram: &mut Histogram<String>, name: String) {
    *histogram.entry(name).or_insert(0) += 1;
}

/// How far the two sides lie apart.
pub(super) fn measures(own: &Profile, theirs: &Profile) -> Vec<Measure> {
    let n = own.dialogues + theirs.dialogues;
    let mut measures = Vec::new();
    for (name, what, own, theirs) in [
        ("turns", "utterances in a dialogue", &own.turns, &theirs.turns),
        ("tokens_per_turn", "tokens in an utterance", &own.tokens, &theirs.tokens),
    ] {
        let empty = "a side is empty";
        let distance = format!("Wasserstein-1 distance between the numbers of {what}, in {what}");
        let divergence = format!("Jensen-Shannon divergence of the numbers of {what}, in bits");
        measures.extend([
            Measure::maybe(
                format!("wasserstein_{name}"),
                wasserstein_counts(own, theirs),
                empty,
                n,
                distance,
            ),
            Measure::maybe(format!("js_{name}"), jensen_shannon(own, theirs), empty, n, divergence),
        ]);
    }
    for (name, what, own, theirs) in [
        ("acts", "dialogue acts", &own.acts, &theirs.acts),
        ("slots", "slots in dialogue acts", &own.slots, &theirs.slots),
        ("domains", "domains of dialogues", &own.domains, &theirs.domains),
    ] {
        let definition = format!("Jensen-Shannon divergence of the distributions of {what}, in bits");
        let reason = format!("a side is not annotated with {what}");
        let divergence = jensen_shannon(own, theirs);
        measures.push(Measure::maybe(format!("js_{name}"), divergence, &reason, n, definition));
    }
    measures
}
