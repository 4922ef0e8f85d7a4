//! What was asked for and is not there: as many are written as were asked for, or each that is missing is accounted for.

use std::path::Path;

use goalconvo_llm::Budget;
use goalconvo_store::{Failure, Run};

use crate::perform::{Early, Performed};
use crate::run::Outcome;
use crate::{Error, Exit};

/// What a run came to.
pub(super) struct Delivery<'a> {
    asked: u64,
    tried: u64,
    /// Indexes without a dialogue, failed ones among them.
    holes: Vec<u64>,
    folder: &'a Path,
}

/// So many indexes are named in a message.
const NAMED: usize = 10;

impl<'a> Delivery<'a> {
    /// That of a run, as it is now.
    pub(super) fn of(run: &Run, folder: &'a Path) -> Self {
        let header = run.header();
        let (asked, tried) = (header.to - header.from, run.next() - header.from);
        Delivery { asked, tried, holes: run.holes().collect(), folder }
    }

    /// Nothing, where all is there; else the first cause, and what became of each that is missing.
    pub(super) fn check(
        &self,
        outcome: &Outcome,
        models: Option<(&Performed, Option<&Budget>)>,
    ) -> Result<(), Error> {
        let written = outcome.tally.dialogues;
        if written >= self.asked {
            return Ok(());
        }
        let (failures, broken_off) = models.map_or((&[][..], &[][..]), |(performed, _)| {
            (&performed.failures[..], &performed.broken_off[..])
        });
        let early = models.and_then(|(performed, budget)| Some((performed.early?, budget)));
        let exit = match early {
            Some((Early::Budget, _)) => Exit::Budget,
            _ if !failures.is_empty() => Exit::Provider,
            _ => Exit::Check,
        };
        let mut parts = Vec::from_iter(early.map(|(early, budget)| cause(early, budget)));
        parts.push(format!("{written} of {} dialogues are written", self.asked));
        parts.extend(self.rejected([failures, broken_off], outcome));
        parts.extend(self.failed(failures, broken_off.len()));
        if self.tried < self.asked {
            parts.push(format!("{} were not tried", self.asked - self.tried));
        }
        Err(Error::new(exit, parts.join("; ")))
    }

    /// The indexes whose candidates were all rejected.
    fn rejected(&self, failures: [&[Failure]; 2], outcome: &Outcome) -> Option<String> {
        let failed = |index: &u64| failures.iter().copied().flatten().any(|failure| failure.index == *index);
        let rejected: Vec<u64> = self.holes.iter().copied().filter(|index| !failed(index)).collect();
        let named: Vec<String> = rejected.iter().take(NAMED).map(u64::to_string).collect();
        let more = if rejected.len() > NAMED { ", …" } else { "" };
        let (of, path) = (rejected.len(), self.folder.join("rejects.jsonl"));
        (of > 0).then(|| {
            format!(
                "no candidate passed for index {}{more} ({of} in all): {}, {} has the reasons",
                named.join(", "),
                outcome.rejects(),
                path.display()
            )
        })
    }

    /// The indexes that failed, or that the budget broke off.
    fn failed(&self, failures: &[Failure], broken_off: usize) -> Option<String> {
        let failed = failures.first().map(|first| {
            let (count, index, reason) = (failures.len(), first.index, &first.reason);
            format!("{count} dialogues failed, the first, index {index}: {reason}; ")
        });
        let broken_off = (broken_off > 0).then(|| format!("{broken_off} were broken off; "));
        if failed.is_none() && broken_off.is_none() {
            return None;
        }
        let list = self.folder.join("failed.jsonl");
        let parts = [failed, broken_off].into_iter().flatten().collect::<String>();
        Some(format!("{parts}{} lists them, and the same command tries them again", list.display()))
    }
}

/// Why nothing more was tried.
fn cause(early: Early, budget: Option<&Budget>) -> String {
    match early {
        Early::Budget => format!(
            "budget reached: {}, and the next call may not fit; what was made is kept, and the same command with a larger \
             --budget continues",
            budget.map(Budget::words).unwrap_or_default()
        ),
        Early::Failing => "no more were tried after so many failures in a row".to_owned(),
        Early::Rejected => {
            "no more were tried after so many in a row of which no candidate passed, as each costs; the \
                            same command goes on from there"
                .to_owned()
        }
    }
}
