//! How turns, lengths, acts and slots are distributed on both sides: histograms that stream.

use std::collections::BTreeMap;

use goalconvo_core::{Dialogue, Turn};

use crate::distribution::{jensen_shannon, wasserstein_counts};
use crate::evaluate::notes_count;
use crate::jackknife::{Additive, GROUPS, Grouped};
use crate::measure::Measure;
use crate::text::Tokens;

type Histogram<K> = BTreeMap<K, u64>;

/// The histograms of one side.
pub(super) type Profile = Grouped<Histograms>;

/// The histograms of some dialogues of a side.
#[derive(Debug, Clone, Default)]
pub(super) struct Histograms {
    dialogues: u64,
    turns: Histogram<u64>,
    tokens: Histogram<u64>,
    acts: Histogram<String>,
    slots: Histogram<String>,
    domains: Histogram<String>,
}

impl Histograms {
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
        for turn in dialogue.turns.iter().filter(|_| notes_count(dialogue)) {
            let (side, said) = match turn {
                Turn::User(said) => ("user", said),
                Turn::Assistant(said) => ("assistant", said),
                Turn::Tool(_) | Turn::Garbled { .. } => continue,
            };
            for act in &said.acts {
                count(&mut self.acts, format!("{side} {:?}", act.act));
                let Some(slot) = &act.slot else { continue };
                let domain = act.domain.as_ref().map_or_else(String::new, |domain| format!("{domain}-"));
                count(&mut self.slots, format!("{domain}{}", plain(slot)));
            }
        }
    }
}

/// A slot's name without what corpora spell in different ways: `price_range`, `pricerange` and `Price-Range` are one.
fn plain(slot: &str) -> String {
    slot.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn count(histogram: &mut Histogram<String>, name: String) {
    *histogram.entry(name).or_insert(0) += 1;
}

impl Additive for Histograms {
    fn add_all(&mut self, other: &Self) {
        self.dialogues += other.dialogues;
        self.turns.add_all(&other.turns);
        self.tokens.add_all(&other.tokens);
        self.acts.add_all(&other.acts);
        self.slots.add_all(&other.slots);
        self.domains.add_all(&other.domains);
    }
}

/// A distance between the histograms of two sides.
type Distance = fn(&Histograms, &Histograms) -> Option<f64>;

/// A figure's name, its definition, why it may be absent, and the greatest value that there can be.
type Figure = (&'static str, &'static str, &'static str, Option<f64>, Distance);

const FIGURES: [Figure; 7] = [
    (
        "wasserstein_turns",
        "Wasserstein-1 distance between the numbers of utterances in a dialogue, in utterances in a dialogue",
        "a side is empty",
        None,
        |own, theirs| wasserstein_counts(&own.turns, &theirs.turns),
    ),
    (
        "js_turns",
        "Jensen-Shannon divergence of the numbers of utterances in a dialogue, in bits",
        "a side is empty",
        Some(1.0),
        |own, theirs| jensen_shannon(&own.turns, &theirs.turns),
    ),
    (
        "wasserstein_tokens_per_turn",
        "Wasserstein-1 distance between the numbers of tokens in an utterance, in tokens in an utterance",
        "a side is empty",
        None,
        |own, theirs| wasserstein_counts(&own.tokens, &theirs.tokens),
    ),
    (
        "js_tokens_per_turn",
        "Jensen-Shannon divergence of the numbers of tokens in an utterance, in bits",
        "a side is empty",
        Some(1.0),
        |own, theirs| jensen_shannon(&own.tokens, &theirs.tokens),
    ),
    (
        "js_acts",
        "Jensen-Shannon divergence of the distributions of dialogue acts, in bits",
        "a side is not annotated with dialogue acts",
        Some(1.0),
        |own, theirs| jensen_shannon(&own.acts, &theirs.acts),
    ),
    (
        "js_slots",
        "Jensen-Shannon divergence of the distributions of slots in dialogue acts, in bits; names that differ in case, hyphens \
         and underscores alone are one",
        "a side is not annotated with slots in dialogue acts",
        Some(1.0),
        |own, theirs| jensen_shannon(&own.slots, &theirs.slots),
    ),
    (
        "js_domains",
        "Jensen-Shannon divergence of the distributions of domains of dialogues, in bits",
        "a side is not annotated with domains of dialogues",
        Some(1.0),
        |own, theirs| jensen_shannon(&own.domains, &theirs.domains),
    ),
];

/// How far the two sides lie apart. For its interval each side loses a tenth of its dialogues at a time.
pub(super) fn measures(own: &Profile, theirs: &Profile) -> Vec<Measure> {
    let (own_whole, their_whole) = (own.whole(), theirs.whole());
    let n = own_whole.dialogues + their_whole.dialogues;
    let values = |own: &Histograms, theirs: &Histograms| FIGURES.map(|(.., distance)| distance(own, theirs));
    let without: Vec<Option<[Option<f64>; 7]>> =
        (0..GROUPS).map(|group| Some(values(&own.without(group)?, &theirs.without(group)?))).collect();
    let whole = values(&own_whole, &their_whole);
    let measure = |(at, (name, definition, reason, most, _)): (usize, Figure)| {
        Measure::maybe(name, whole[at], reason, n, definition)
            .jackknifed(without.iter().map(|values| values.as_ref()?[at]), most)
    };
    FIGURES.into_iter().enumerate().map(measure).collect()
}
