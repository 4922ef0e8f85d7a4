//! Diversity of a dataset: per dialogue, at fixed budgets, and over everything said.

use super::budgeted::{BUDGETS, at_budgets};
use super::shape::share;
use super::{Metric, Seen};
use crate::bootstrap::BootstrappedMean;
use crate::count::DistinctCount;
use crate::diversity::{BudgetSample, Openers, SampleOrder, UtteranceUniqueness, distinct_of_unit};
use crate::jackknife::{GROUPS, Groups};
use crate::measure::Measure;
use crate::text::Tokens;
use crate::view::Side;

/// The lexical figures as one mergeable state.
#[derive(Debug, Clone)]
pub struct Lexical {
    tokens: Tokens,
    /// For the user's side and both together, and for the assistant's.
    samples: [Vec<BudgetSample>; 2],
    groups: Groups,
    per_dialogue: [BootstrappedMean; 4],
    foreign: BootstrappedMean,
    sides: [SideCounts; 2],
}

#[derive(Debug, Clone, Default)]
struct SideCounts {
    unique: UtteranceUniqueness,
    openers: Openers,
    vocabulary: DistinctCount,
    tokens: [u64; GROUPS],
}

impl Lexical {
    /// Nothing seen yet.
    #[must_use]
    pub(crate) fn new(tokens: Tokens, orders: [Vec<SampleOrder>; 2], groups: Groups) -> Self {
        let sample = |order| BudgetSample::new(order, BUDGETS[1] as u64);
        let samples = orders.map(|orders| orders.into_iter().map(sample).collect());
        Self {
            tokens,
            samples,
            groups,
            per_dialogue: Default::default(),
            foreign: BootstrappedMean::default(),
            sides: Default::default(),
        }
    }
}

impl Metric for Lexical {
    fn push(&mut self, seen: &Seen<'_>) {
        let counted = |spoken: &super::Spoken<'_>| spoken.tokens.len();
        let said: Vec<_> = seen.said().into_iter().zip(seen.spoken.iter().map(counted)).collect();
        for sample in self.samples.iter_mut().flatten() {
            sample.push(seen.index, &said);
        }
        let all: Vec<u64> = seen.spoken.iter().flat_map(|spoken| spoken.tokens.iter().copied()).collect();
        for (at, state) in self.per_dialogue.iter_mut().enumerate() {
            if let Some(distinct) = distinct_of_unit(&all, at + 1) {
                state.push(distinct, &seen.weights);
            }
        }
        let letters =
            || seen.spoken.iter().flat_map(|spoken| spoken.text.chars()).filter(|c| c.is_alphabetic());
        if letters().next().is_some() {
            let lost = letters().filter(|letter| self.tokens.drops(*letter)).count();
            self.foreign.push_ratio(lost as f64, letters().count() as f64, &seen.weights);
        }
        for spoken in &seen.spoken {
            let side = &mut self.sides[spoken.side as usize];
            side.unique.push(seen.group, spoken.text);
            side.openers.push_opener(seen.group, &spoken.opener);
            side.tokens[seen.group] += spoken.tokens.len() as u64;
            spoken.tokens.iter().for_each(|&token| side.vocabulary.insert(token, seen.group));
        }
    }

    fn merge(&mut self, other: Self) {
        for (own, theirs) in self.samples.iter_mut().flatten().zip(other.samples.into_iter().flatten()) {
            own.merge(theirs);
        }
        for (own, theirs) in self.per_dialogue.iter_mut().zip(&other.per_dialogue) {
            own.merge(theirs);
        }
        self.foreign.merge(&other.foreign);
        for (own, theirs) in self.sides.iter_mut().zip(other.sides) {
            own.unique.merge(theirs.unique);
            own.openers.merge(theirs.openers);
            own.vocabulary.merge(theirs.vocabulary);
            own.tokens.iter_mut().zip(theirs.tokens).for_each(|(own, count)| *own += count);
        }
    }

    fn measures(&mut self) -> Vec<Measure> {
        let mut measures = Vec::new();
        for (at, state) in self.per_dialogue.iter().enumerate() {
            let n = at + 1;
            let definition =
                format!("mean over dialogues of different {n}-grams over all {n}-grams, utterances joined");
            measures.push(share(&format!("distinct_{n}_per_dialogue"), state, &definition));
        }
        let foreign = "share of letters that are in no token: those that are not ASCII, with tokens that know no others";
        measures.push(share("letters_in_no_token", &self.foreign, foreign));
        measures.extend(at_budgets(&self.samples[0], None, (self.tokens, &self.groups)));
        for side in Side::BOTH {
            let own = at_budgets(&self.samples[side as usize], Some(side), (self.tokens, &self.groups));
            measures.extend(own.into_iter().map(|measure| measure.of(side.name())));
            let whole = self.sides[side as usize].measures();
            measures.extend(whole.into_iter().map(|measure| measure.of(side.name())));
        }
        measures.into_iter().map(|measure| measure.with("tokens", self.tokens.name())).collect()
    }
}

impl SideCounts {
    fn measures(&mut self) -> Vec<Measure> {
        let (n, tokens) = (self.unique.utterances(), self.tokens.iter().sum());
        let vocabularies = self.vocabulary.without_each().into_iter().zip(self.tokens);
        let vocabularies = vocabularies.map(|(count, tokens)| (tokens > 0).then_some(count));
        let silent = "this side says nothing";
        let top: Vec<serde_json::Value> = self
            .openers
            .top(10)
            .into_iter()
            .map(|(opener, count)| serde_json::json!([opener, count]))
            .collect();
        let unique = "different utterances over utterances, lower-cased and trimmed";
        let openers = "share of utterances that begin with one of the ten most frequent first three tokens";
        vec![
            Measure::maybe("unique_utterances", self.unique.ratio(), silent, n, unique)
                .jackknifed(self.unique.replicates(), Some(1.0))
                .with("relative_standard_error", self.unique.relative_error()),
            Measure::maybe("top_10_openers", self.openers.top_ten_share(), silent, n, openers)
                .jackknifed(self.openers.replicates(), Some(1.0))
                .with("openers", top),
            Measure::new("vocabulary", self.vocabulary.count(), tokens, "number of different tokens")
                .jackknifed(vocabularies, None)
                .with("relative_standard_error", self.vocabulary.relative_error()),
        ]
    }
}
