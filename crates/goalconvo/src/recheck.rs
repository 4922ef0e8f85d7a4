//! What a record says of itself, checked before it is counted: a success that does not hold today is none.

use std::cell::Cell;
use std::path::Path;

use goalconvo_core::{Dialogue, Finding, Reason, Verdict, facts::FACTS};
use goalconvo_store::Worlds;

use crate::assemble::Stages;
use crate::engine::Judge;
use crate::terminal::say;

/// Checks records that are about to be measured.
pub struct Recheck {
    stages: Stages<Judge>,
    failed: Cell<u64>,
    unknown: Cell<u64>,
}

impl Recheck {
    /// For records of a run's folder, or of a file.
    pub fn beside(path: &Path) -> Self {
        let folder = if path.is_dir() { Some(path) } else { path.parent() };
        let worlds = folder.map(|folder| folder.join("worlds")).filter(|worlds| worlds.is_dir());
        let stages = Stages::new(Vec::new(), worlds.map(Worlds::new), Judge::maker());
        Recheck { stages, failed: Cell::default(), unknown: Cell::default() }
    }

    /// Checks a record that claims something or can be checked. Where it fails, success and reward are taken from it and the
    /// verdict is put on it; where it can't be checked, the verdict is that nobody knows.
    pub fn put(&self, dialogue: &mut Dialogue) {
        let claims = dialogue.outcome.is_some() || !dialogue.verdicts.is_empty();
        if !claims && (dialogue.scenario.is_none() || dialogue.world.is_none()) {
            return;
        }
        let verdict = match self.stages.of(dialogue) {
            Ok(on) => on.1.check(dialogue, &on.0),
            Err(why) => {
                let reason = Reason { check: "world".into(), at: "/world".to_owned(), what: why };
                Verdict::new(FACTS, Finding::Unknown, vec![reason])
            }
        };
        match verdict.finding {
            Finding::Passed => {}
            Finding::Unknown => self.unknown.set(self.unknown.get() + 1),
            Finding::Failed => {
                self.failed.set(self.failed.get() + 1);
                if let Some(outcome) = &mut dialogue.outcome {
                    (outcome.success, outcome.reward) = (false, 0.0);
                }
            }
        }
        dialogue.verdicts.retain(|known| known.judge != verdict.judge);
        dialogue.verdicts.push(verdict);
    }

    /// Says what was found.
    pub fn tell(&self, path: &Path) {
        let path = path.display();
        if self.failed.get() > 0 {
            let what =
                "records fail the check of facts (goalconvo verify says why): they count as no success";
            say(&format!("{path}: {} {what}", self.failed.get()));
        }
        if self.unknown.get() > 0 {
            let what = "records can't be checked, since they name no world or it is not here: their success is a claim \
                        (claimed_success), no goal success";
            say(&format!("{path}: {} {what}", self.unknown.get()));
        }
    }
}
