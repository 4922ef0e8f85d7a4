//! What chat models cost in time, and what model judges thought: figures that exist only where a model was asked.

use std::collections::BTreeMap;

use goalconvo_core::Turn;

use super::shape::place;
use super::{Metric, Seen};
use crate::bootstrap::BootstrappedMean;
use crate::jackknife::Grouped;
use crate::measure::Measure;

/// Response times of models, and the scores that judges gave.
#[derive(Debug, Clone, Default)]
pub struct Opinions {
    response: BootstrappedMean,
    /// How many replies took how many milliseconds.
    times: Grouped<BTreeMap<u64, u64>>,
    scores: BTreeMap<String, BootstrappedMean>,
}

/// Scores that are reported even where no judge gave any, with the reason.
const EXPECTED: [&str; 2] = ["coherence", "fluency"];

impl Metric for Opinions {
    fn push(&mut self, seen: &Seen<'_>) {
        let (mut sum, mut count) = (0.0, 0.0);
        for turn in &seen.dialogue.turns {
            let (Turn::User(said) | Turn::Assistant(said)) = turn else { continue };
            if let Some(time) = said.usage.as_ref().and_then(|usage| usage.latency_ms) {
                sum += time as f64;
                count += 1.0;
                *self.times.of(seen.group).entry(time).or_insert(0) += 1;
            }
        }
        if count > 0.0 {
            self.response.push_ratio(sum, count, &seen.weights);
        }
        // What judges thought of a record that was found false is about another one.
        for verdict in seen.dialogue.verdicts.iter().filter(|_| !seen.is_disproved()) {
            // A name with a slash is one sample of a score, not the score.
            for (name, score) in verdict.scores.iter().filter(|(name, _)| !name.contains('/')) {
                self.scores.entry(name.to_string()).or_default().push(*score, &seen.weights);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.response.merge(&other.response);
        self.times.merge(other.times);
        for (name, state) in other.scores {
            self.scores.entry(name).or_default().merge(&state);
        }
    }

    fn measures(&mut self) -> Vec<Measure> {
        let times = self.times.whole();
        let replies = times.values().sum();
        let silent = "no turn records how long a model took";
        let mean = "mean time from sending a request to having the model's reply, in milliseconds";
        let mut measures = vec![
            Measure::maybe("response_ms", self.response.mean(), silent, replies, mean)
                .over_dialogues(&self.response, None),
        ];
        for (name, tenths, what) in [
            ("response_ms_median", 5, "the model's response time in the middle when sorted, in milliseconds"),
            ("response_ms_p90", 9, "the model's response time at nine tenths when sorted, in milliseconds"),
        ] {
            measures.push(
                Measure::maybe(name, place(&times, tenths), silent, replies, what)
                    .jackknifed(self.times.replicates(|but| place(but, tenths)), None),
            );
        }
        let given: Vec<String> = self.scores.keys().cloned().collect();
        let named = EXPECTED.iter().map(|name| (*name).to_owned()).chain(given);
        for name in named.collect::<std::collections::BTreeSet<String>>() {
            let state = self.scores.get(&name).cloned().unwrap_or_default();
            let definition = format!("mean score for {name} that judges gave, on the judges' own scale");
            let reason = "no judge scored it";
            let measure =
                Measure::maybe(format!("judged_{name}"), state.mean(), reason, state.n(), definition);
            measures.push(measure.over_dialogues(&state, None));
        }
        measures
    }
}
