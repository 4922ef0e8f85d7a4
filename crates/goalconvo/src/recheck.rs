//! What a record says of itself, checked before it is counted: a success that does not hold today is none.

use std::cell::Cell;
use std::path::Path;

use goalconvo_core::{Dialogue, Finding};
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

    /// Takes success, reward and acceptance from a record that claims them and fails the check of facts. One whose world
    /// is not here stays as it is, and is counted.
    pub fn put(&self, dialogue: &mut Dialogue) {
        if dialogue.scenario.is_none() || dialogue.outcome.is_none() {
            return;
        }
        let Ok(on) = self.stages.of(dialogue) else { return self.unknown.set(self.unknown.get() + 1) };
        let verdict = on.1.check(dialogue, &on.0);
        if verdict.finding == Finding::Passed {
            return;
        }
        self.failed.set(self.failed.get() + 1);
        if let Some(outcome) = &mut dialogue.outcome {
            (outcome.success, outcome.reward) = (false, 0.0);
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
            let what = "records can't be checked, since their worlds are not here: they count as what they say of themselves";
            say(&format!("{path}: {} {what}", self.unknown.get()));
        }
    }
}
