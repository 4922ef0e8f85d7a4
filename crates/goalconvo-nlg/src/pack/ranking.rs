//! `ranking.toml`: how much repetition the ranker lets pass.

use serde::Deserialize;

use super::{PackFile, toml};
use crate::Error;

/// The ranker's dials for one speaker; chances in percent.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ranking {
    /// Candidates that may be turned down for a turn; 0 switches the ranker off.
    pub(crate) candidates: u32,
    /// Chance to turn a candidate down for each sequence of four words that the speaker has just said.
    pub(crate) repeated: u32,
    /// Chance for an opener that the speaker used before.
    pub(crate) opener: u32,
    /// Share of the turns in which frames are levelled: the common ones are turned down more often than the rare ones.
    pub(crate) uniform: u32,
    /// Chance for the commonest frame, in those turns.
    pub(crate) common: u32,
    /// From so many bits (minus the logarithm of its weight) on a frame is not turned down for being common.
    pub(crate) rare: u32,
    /// No candidate is turned down more often than this.
    pub(crate) most: u32,
    /// What is other where a mined bank speaks, too.
    pub(crate) bank: BesideBank,
}

/// The ranker's dials for the grammar's words beside those of a bank.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BesideBank {
    /// Candidates that may be turned down for a turn.
    pub(crate) candidates: u32,
    /// Chance to turn a candidate down for each pair of words in ten that is not usual in the bank's corpus.
    pub(crate) unusual: u32,
}

impl Ranking {
    /// The dials beside a bank, which brings the rare frames: the grammar's are not levelled.
    pub(crate) fn beside_bank(self) -> Self {
        Ranking { candidates: self.bank.candidates, uniform: 0, ..self }
    }
}

/// The dials of user and assistant.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rankings {
    pub(crate) user: Ranking,
    pub(crate) assistant: Ranking,
}

impl Rankings {
    pub(crate) fn parse(file: PackFile<'_>) -> Result<Self, Error> {
        let rankings: Rankings = toml(file)?;
        for ranking in [rankings.user, rankings.assistant] {
            let Ranking { repeated, opener, uniform, common, most, bank, .. } = ranking;
            let chances = [repeated, opener, uniform, common, most, bank.unusual];
            let candidates = ranking.candidates.max(bank.candidates);
            if chances.iter().any(|chance| *chance > 100) || ranking.rare > 64 || candidates > 8 {
                let what = "a chance above 100, more than 8 candidates or more than 64 bits";
                return Err(Error::pack(file.0, file.1, 0, what));
            }
        }
        Ok(rankings)
    }
}
