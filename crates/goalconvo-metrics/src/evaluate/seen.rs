//! A dialogue with what every family of figures needs of it, computed once.

use goalconvo_core::{Dialogue, Finding, Role, facts::FACTS};

use super::Settings;
use crate::text::{lowercase, token_hashes};
use crate::view::{Said, Side};

/// One dialogue, tokenised.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    /// Its place in the dataset.
    pub index: u64,
    /// Which of ten groups it is in, for intervals of figures that are no means.
    pub group: usize,
    /// The record.
    pub dialogue: &'a Dialogue,
    /// Its utterances that have words, in order.
    pub spoken: Vec<Spoken<'a>>,
    /// Its weight in each resample.
    pub weights: Vec<u8>,
}

/// One utterance, tokenised.
#[derive(Debug, Clone)]
pub struct Spoken<'a> {
    /// Who said it.
    pub side: Side,
    /// The words.
    pub text: &'a str,
    /// Hashes of the tokens.
    pub tokens: Vec<u64>,
    /// The first three tokens.
    pub opener: String,
}

impl<'a> Seen<'a> {
    /// Tokenises a dialogue.
    #[must_use]
    pub fn new(index: u64, group: usize, dialogue: &'a Dialogue, settings: &Settings) -> Self {
        let spoken = dialogue.said().map(|(role, text)| {
            let lower = lowercase(text);
            let tokens = settings.tokens.of_lower(&lower);
            let opener = tokens[..tokens.len().min(3)].join(" ");
            Spoken {
                side: side_of(role),
                text,
                tokens: token_hashes(tokens.iter().map(AsRef::as_ref)),
                opener,
            }
        });
        Self { index, group, dialogue, spoken: spoken.collect(), weights: settings.bootstrap.weights(index) }
    }

    /// What the check of facts found of the record, where it was checked.
    #[must_use]
    pub fn fact(&self) -> Option<Finding> {
        fact(self.dialogue)
    }

    /// Whether the record claims what nobody could check, so that what it notes says nothing either way.
    #[must_use]
    pub fn is_unchecked(&self) -> bool {
        self.fact() == Some(Finding::Unknown)
    }

    /// Whether the record was found to be false: what it notes of acts, states and evidence then says nothing.
    #[must_use]
    pub fn is_disproved(&self) -> bool {
        self.fact() == Some(Finding::Failed)
    }

    /// Who said what.
    #[must_use]
    pub fn said(&self) -> Vec<Said<'a>> {
        self.spoken.iter().map(|spoken| Said { side: spoken.side, text: spoken.text }).collect()
    }
}

/// What the check of facts found of a record, where it was checked.
fn fact(dialogue: &Dialogue) -> Option<Finding> {
    dialogue.verdicts.iter().find(|verdict| verdict.judge == FACTS).map(|verdict| verdict.finding)
}

/// Whether what a record notes of acts, states and evidence counts: not where that was found to be false, or could not be
/// checked. Corpora of people claim nothing that could be checked; what they note counts.
#[must_use]
pub(crate) fn notes_count(dialogue: &Dialogue) -> bool {
    !matches!(fact(dialogue), Some(Finding::Failed | Finding::Unknown))
}

/// The side that a role speaks for.
fn side_of(role: Role) -> Side {
    match role {
        Role::User => Side::User,
        Role::Assistant => Side::Assistant,
    }
}
