//! How long dialogues and utterances are.

use std::collections::BTreeMap;

use super::{Metric, Seen, Spoken};
use crate::bootstrap::BootstrappedMean;
use crate::count::DistinctCount;
use crate::jackknife::Grouped;
use crate::measure::Measure;
use crate::text::{hash_pair, hash_text};
use crate::view::Side;

/// Turns, tokens and the histograms of both.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    turns: BootstrappedMean,
    tokens: BootstrappedMean,
    garbled: BootstrappedMean,
    empty: BootstrappedMean,
    /// Dialogues by their words.
    different: DistinctCount,
    lengths: [Grouped<BTreeMap<u64, u64>>; 2],
    per_turn: [BootstrappedMean; 2],
}

impl Metric for Shape {
    fn push(&mut self, seen: &Seen<'_>) {
        let turns = seen.spoken.len() as u64;
        let garbled = seen
            .dialogue
            .turns
            .iter()
            .filter(|turn| matches!(turn, goalconvo_core::Turn::Garbled { .. }))
            .count();
        self.turns.push(turns as f64, &seen.weights);
        self.garbled.push(garbled as f64, &seen.weights);
        self.empty.push(f64::from(u8::from(turns == 0)), &seen.weights);
        if turns > 0 {
            let words = |state, spoken: &Spoken<'_>| hash_pair(state, hash_text(spoken.text));
            self.different.insert(seen.spoken.iter().fold(0, words), seen.group);
        }
        let tokens: usize = seen.spoken.iter().map(|spoken| spoken.tokens.len()).sum();
        self.tokens.push(tokens as f64, &seen.weights);
        for side in Side::BOTH {
            let own =
                || seen.spoken.iter().filter(|spoken| spoken.side == side).map(|s| s.tokens.len() as u64);
            let lengths = self.lengths[side as usize].of(seen.group);
            own().for_each(|length| *lengths.entry(length).or_insert(0) += 1);
            let (sum, count) = (own().sum::<u64>() as f64, own().count() as f64);
            self.per_turn[side as usize].push_ratio(sum, count, &seen.weights);
        }
    }

    fn merge(&mut self, other: Self) {
        self.turns.merge(&other.turns);
        self.tokens.merge(&other.tokens);
        self.garbled.merge(&other.garbled);
        self.empty.merge(&other.empty);
        self.different.merge(other.different);
        for (at, lengths) in other.lengths.into_iter().enumerate() {
            self.lengths[at].merge(lengths);
            self.per_turn[at].merge(&other.per_turn[at]);
        }
    }

    fn measures(&mut self) -> Vec<Measure> {
        let mut measures = vec![
            mean(
                "turns_per_dialogue",
                &self.turns,
                "mean number of utterances in a dialogue, both sides, tools apart",
            ),
            mean("tokens_per_dialogue", &self.tokens, "mean number of tokens in a dialogue"),
            mean(
                "garbled_moves_per_dialogue",
                &self.garbled,
                "mean number of moves that were none, in a dialogue",
            ),
            share("empty_dialogues", &self.empty, "share of dialogues in which nobody says anything"),
        ];
        let spoken = self.empty.n() - self.empty.sum() as u64;
        let repeated = (spoken > 0).then(|| (1.0 - self.different.count() / spoken as f64).max(0.0));
        let what = "share of dialogues that say what another says, word for word, but for one of each";
        measures.push(
            Measure::maybe("repeated_dialogues", repeated, "nobody says anything", spoken, what).counted(),
        );
        for side in Side::BOTH {
            let per_turn = mean(
                "tokens_per_turn",
                &self.per_turn[side as usize],
                "mean number of tokens in an utterance",
            );
            let lengths = &self.lengths[side as usize];
            let whole = lengths.whole();
            let n = whole.values().sum();
            let at = |name: &str, tenths: u64, what: &str| {
                Measure::maybe(name, place(&whole, tenths), "this side says nothing", n, what)
                    .jackknifed(lengths.replicates(|but| place(but, tenths)), None)
                    .of(side.name())
            };
            measures.extend([
                per_turn.of(side.name()),
                at("median_tokens", 5, "tokens of the utterance in the middle when sorted by length"),
                at("p90_tokens", 9, "tokens of the utterance at nine tenths when sorted by length"),
                Measure::new("utterances", n as f64, n, "number of utterances").counted().of(side.name()),
            ]);
        }
        measures
    }
}

/// A measure of a mean over dialogues.
pub(super) fn mean(name: &str, state: &BootstrappedMean, definition: &str) -> Measure {
    mean_up_to(None, name, state, definition)
}

/// A measure of a mean of values from 0 to 1.
pub(super) fn share(name: &str, state: &BootstrappedMean, definition: &str) -> Measure {
    mean_up_to(Some(1.0), name, state, definition)
}

/// A measure of a mean of values from 0 to `most`.
pub(super) fn mean_up_to(
    most: Option<f64>,
    name: &str,
    state: &BootstrappedMean,
    definition: &str,
) -> Measure {
    Measure::maybe(name, state.mean(), "no dialogue to measure it on", state.n(), definition)
        .over_dialogues(state, most)
}

/// The item below which that many tenths of the sorted items are.
pub(super) fn place(histogram: &BTreeMap<u64, u64>, tenths: u64) -> Option<f64> {
    let total: u64 = histogram.values().sum();
    let wanted = tenths * total / 10;
    let mut before = 0;
    histogram.iter().find_map(|(&item, &count)| {
        before += count;
        (before > wanted).then_some(item as f64)
    })
}
