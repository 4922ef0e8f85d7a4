//! The judges of what happened: facts of the record against its world, and whether the goal was reached.

use std::future::ready;
use std::sync::Arc;

use goalconvo_core::{Dialogue, Ending, Stage, facts};

use super::judging::{Judge, Judging, by_reasons, reason, unknown};
use crate::seal::verify;
use crate::words::Words;

/// The stage of a record with its words, or why there is none, as a fragment.
pub type Staged = Result<(Arc<Stage>, Words), String>;

/// Replays a record and checks every fact of it; a record whose world is not here is unknown.
pub struct FactsJudge<F> {
    find: F,
}

impl<F: Fn(&Dialogue) -> Staged + Send + Sync> FactsJudge<F> {
    /// A judge that finds the stages of records with `find`.
    pub fn new(find: F) -> Self {
        FactsJudge { find }
    }
}

impl<F: Fn(&Dialogue) -> Staged + Send + Sync> Judge for FactsJudge<F> {
    fn name(&self) -> &str {
        facts::FACTS
    }

    fn judge<'a>(&'a self, dialogue: &'a Dialogue) -> Judging<'a> {
        let found = match (self.find)(dialogue) {
            Ok((stage, words)) => verify(dialogue, &stage, &words),
            Err(what) => unknown(facts::FACTS, "world", "/world", what),
        };
        Box::pin(ready(found))
    }
}

/// The finding that sealing a record wrote into it. Only for records that were sealed in this process and changed by
/// nobody since: of any other, [`FactsJudge`] finds out for itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct SealedFacts;

impl Judge for SealedFacts {
    fn name(&self) -> &str {
        facts::FACTS
    }

    fn judge<'a>(&'a self, dialogue: &'a Dialogue) -> Judging<'a> {
        let found = dialogue.verdicts.iter().find(|verdict| verdict.judge == facts::FACTS).cloned();
        let missing = || unknown(facts::FACTS, "sealed", "/verdicts", "the record was not sealed here");
        Box::pin(ready(found.unwrap_or_else(missing)))
    }
}

/// The name of the judge of outcomes in verdicts.
const OUTCOME: &str = "outcome";

/// Whether the goal was reached, as the record says; that the record says the truth is the judge of facts' business.
#[derive(Clone, Copy, Debug, Default)]
pub struct OutcomeJudge;

impl Judge for OutcomeJudge {
    fn name(&self) -> &str {
        OUTCOME
    }

    fn judge<'a>(&'a self, dialogue: &'a Dialogue) -> Judging<'a> {
        let Some(outcome) = &dialogue.outcome else {
            let what = "there is none: nobody knows whether the goal was reached";
            return Box::pin(ready(unknown(OUTCOME, "outcome", "/outcome", what)));
        };
        let mut reasons = Vec::new();
        if matches!(outcome.ending, Ending::Failed | Ending::OutOfTurns | Ending::OutOfContext) {
            let what = format!("the dialogue ended as {:?}", outcome.ending);
            reasons.push(reason("ending", "/outcome/ending", what));
        }
        if !outcome.success {
            let what = format!("the goal was not reached: reward {:.2}", outcome.reward);
            reasons.push(reason("success", "/outcome/success", what));
        }
        Box::pin(ready(by_reasons(OUTCOME, reasons)))
    }
}
