//! How turns, lengths, acts and slots are distributed on both sides.

use std::collections::BTreeMap;

use goalconvo_core::{Dialogue, Turn};

use crate::distribution::{jensen_shannon, wasserstein};
use crate::measure::Measure;
use crate::text::Tokens;

type Histogram = BTreeMap<String, u64>;

pub(super) fn measures(generated: &[Dialogue], reference: &[Dialogue]) -> Vec<Measure> {
    let n = (generated.len() + reference.len()) as u64;
    let mut measures = Vec::new();
    let numbers: [(&str, &str, fn(&Dialogue) -> Vec<f64>); 2] = [
        ("turns", "utterances in a dialogue", |dialogue| vec![dialogue.said().count() as f64]),
        ("tokens_per_turn", "tokens in an utterance", |dialogue| {
            dialogue.said().map(|(_, text)| Tokens::Words.hashes(text).len() as f64).collect()
        }),
    ];
    for (name, what, numbers) in numbers {
        let [own, theirs] = [generated, reference].map(|d| d.iter().flat_map(numbers).collect::<Vec<f64>>());
        let distance = wasserstein(&own, &theirs);
        let definition = format!("Wasserstein-1 distance between the numbers of {what}, in {what}");
        measures.push(Measure::maybe(
            format!("wasserstein_{name}"),
            distance,
            "a side is empty",
            n,
            definition,
        ));
        let divergence = jensen_shannon(&histogram(&own), &histogram(&theirs));
        let definition = format!("Jensen-Shannon divergence of the numbers of {what}, in bits");
        measures.push(Measure::maybe(format!("js_{name}"), divergence, "a side is empty", n, definition));
    }
    let names: [(&str, &str, fn(&Dialogue) -> Vec<String>); 3] = [
        ("acts", "dialogue acts", acts),
        ("slots", "slots in dialogue acts", slots),
        ("domains", "domains of dialogues", |dialogue| {
            dialogue.domains.iter().map(ToString::to_string).collect()
        }),
    ];
    for (name, what, names) in names {
        let [own, theirs] = [generated, reference].map(|d| count(d.iter().flat_map(names)));
        let definition = format!("Jensen-Shannon divergence of the distributions of {what}, in bits");
        let divergence = jensen_shannon(&own, &theirs);
        let reason = format!("a side is not annotated with {what}");
        measures.push(Measure::maybe(format!("js_{name}"), divergence, &reason, n, definition));
    }
    measures
}

fn histogram(numbers: &[f64]) -> Histogram {
    count(numbers.iter().map(ToString::to_string))
}

fn count(names: impl Iterator<Item = String>) -> Histogram {
    let mut histogram = Histogram::new();
    names.for_each(|name| *histogram.entry(name).or_insert(0) += 1);
    histogram
}

fn acts(dialogue: &Dialogue) -> Vec<String> {
    let of = |side: &str, said: &goalconvo_core::Utterance| -> Vec<String> {
        said.acts.iter().map(|act| format!("{side} {:?}", act.act)).collect()
    };
    let turns = dialogue.turns.iter().flat_map(|turn| match turn {
        Turn::User(said) => of("user", said),
        Turn::Assistant(said) => of("assistant", said),
        Turn::Tool(_) | Turn::Garbled { .. } => Vec::new(),
    });
    turns.collect()
}

fn slots(dialogue: &Dialogue) -> Vec<String> {
    let turns = dialogue.turns.iter().filter_map(|turn| match turn {
        Turn::User(said) | Turn::Assistant(said) => Some(&said.acts),
        Turn::Tool(_) | Turn::Garbled { .. } => None,
    });
    let named = turns.flatten().filter_map(|act| {
        let slot = act.slot.as_ref()?;
        Some(act.domain.as_ref().map_or_else(|| slot.to_string(), |domain| format!("{domain}-{slot}")))
    });
    named.collect()
}
