//! Goal relevance by keywords, as GoalConvo's published evaluation computes it. It rewards polite words: a dialogue in
//! which nothing was done passes when its user says thanks. It is given for comparison with published figures only.

use super::shape::share;
use super::{Metric, Seen};
use crate::bootstrap::BootstrappedMean;
use crate::measure::Measure;
use crate::text::lowercase;
use crate::view::{Said, Side};

const COMPLETION: [&str; 15] = [
    "thank you",
    "thanks",
    "perfect",
    "great",
    "excellent",
    "booked",
    "confirmed",
    "reserved",
    "done",
    "completed",
    "sounds good",
    "that works",
    "that'll work",
    "all set",
    "appreciate it",
];

/// Whether, among the last three utterances, one of the user's contains a word of completion, anywhere in it.
#[must_use]
pub fn keyword_goal_satisfied(said: &[Said<'_>]) -> bool {
    let recent = &said[said.len().saturating_sub(3)..];
    let polite = |said: &&Said<'_>| {
        let lower = lowercase(said.text);
        COMPLETION.iter().any(|keyword| lower.contains(keyword))
    };
    recent.iter().filter(|said| said.side == Side::User).any(|said| polite(&said))
}

/// The share of dialogues that the keyword rule calls satisfied.
#[derive(Debug, Clone, Default)]
pub struct KeywordRelevance(BootstrappedMean);

impl Metric for KeywordRelevance {
    fn push(&mut self, seen: &Seen<'_>) {
        self.0.push(f64::from(u8::from(keyword_goal_satisfied(&seen.said()))), &seen.weights);
    }

    fn merge(&mut self, other: Self) {
        self.0.merge(&other.0);
    }

    fn measures(&mut self) -> Vec<Measure> {
        let definition = "share of dialogues in whose last three utterances the user says a word of completion (thanks, \
                          great, booked, …), as the GoalConvo paper's code has it: it measures politeness, not success";
        vec![share("keyword_goal_relevance", &self.0, definition)]
    }
}
