//! The judge of facts: checks a record against its world, without asking anybody.
//!
//! Seven groups of checks, each in a file of its own:
//!
//! - `record`: what the record says of itself agrees: domains, the goal's promises, the verdict;
//! - `replay`: the calls, made again from the scenario alone, return what the record says and leave that state;
//! - `calls`: every argument has provenance, every claim a call, every call a claim;
//! - `words`: every value in a text is in an act and the other way round, with evidence that holds;
//! - `contract`: the user said nothing that its goal does not license, nobody played the other's role;
//! - `open`: no question is left open;
//! - `outcome`: success and reward are what the calls and the final state say.
//!
//! The checks read the words with the reading that they are given. They neither word anything again from the seed nor
//! trust a checksum, so they serve a chat model's record as they serve the grammar's.

mod calls;
mod case;
mod contract;
mod ground;
mod open;
mod outcome;
mod record;
mod replay;
mod words;

use std::sync::Arc;

use smol_str::SmolStr;

use crate::{Dialogue, Ending, Finding, Outcome, Read, Reading, Reason, Role, Stage, Turn, Verdict};

use case::Case;

pub use ground::feeds;
pub use open::asks_more;

/// The judge's name in verdicts.
pub const FACTS: &str = "facts";

/// Judges a record. What cannot be checked, for want of a scenario or of its world, is unknown and no pass.
pub fn check(dialogue: &Dialogue, stage: &Arc<Stage>, read: &Read<'_>) -> Verdict {
    let Some(scenario) = &dialogue.scenario else {
        return verdict(
            Finding::Unknown,
            vec![reason("scenario", "/scenario", "there is none: nothing to replay")],
        );
    };
    if let Some(unknown) = foreign_world(dialogue, stage) {
        return verdict(Finding::Unknown, vec![unknown]);
    }
    let case = Case::new(dialogue, scenario, (stage, read), read_turns(dialogue, read));
    let found = dialogue.outcome.as_ref().and_then(|recorded| outcome::of(&case, recorded.ending));
    judge(&case, found.as_ref())
}

/// Completes the record of a dialogue that ended like this: evidence, outcome, and this judge's verdict.
pub fn settle(mut dialogue: Dialogue, stage: &Arc<Stage>, read: &Read<'_>, ending: Ending) -> Dialogue {
    let Some(scenario) = dialogue.scenario.clone() else { return dialogue };
    let case = Case::new(&dialogue, &scenario, (stage, read), read_turns(&dialogue, read));
    let outcome = outcome::of(&case, ending);
    let evidence = ground::evidence(&case);
    let Case { readings, replayed, .. } = case;
    dialogue.outcome.clone_from(&outcome);
    for (at, evidence) in evidence {
        if let Some(Turn::Assistant(said)) = dialogue.turns.get_mut(at) {
            said.evidence = evidence;
        }
    }
    // Evidence and outcome change neither what is read nor what is played.
    let case = Case { replayed, ..Case::new(&dialogue, &scenario, (stage, read), readings) };
    let found = judge(&case, outcome.as_ref());
    dialogue.verdicts.push(found);
    dialogue
}

fn judge(case: &Case<'_>, found: Option<&Outcome>) -> Verdict {
    let mut reasons = Vec::new();
    record::check(case, &mut reasons);
    replay::check(case, &mut reasons);
    calls::check(case, &mut reasons);
    words::check(case, &mut reasons);
    contract::check(case, &mut reasons);
    open::check(case, &mut reasons);
    if let Some(found) = found {
        outcome::check(case, found, &mut reasons);
    }
    record::check_verdict(case, &mut reasons);
    let finding = if reasons.is_empty() { Finding::Passed } else { Finding::Failed };
    verdict(finding, reasons)
}

/// One reading a turn; empty for turns without words.
fn read_turns(dialogue: &Dialogue, read: &Read<'_>) -> Vec<Reading> {
    let turns = dialogue.turns.iter().map(|turn| match turn {
        Turn::User(said) => read(Role::User, &said.text),
        Turn::Assistant(said) if !said.text.is_empty() => read(Role::Assistant, &said.text),
        _ => Reading::default(),
    });
    turns.collect()
}

fn foreign_world(dialogue: &Dialogue, stage: &Stage) -> Option<Reason> {
    let Some(world) = &dialogue.world else {
        return Some(reason("world", "/world", "there is none: nothing to check against"));
    };
    stage.domains().iter().find_map(|domain| {
        let found = world.domains.get(&domain.name);
        let ours = domain.hash.to_string();
        (found != Some(&ours)).then(|| {
            let found = found.map_or("no hash", String::as_str);
            reason(
                "world",
                &format!("/world/domains/{}", domain.name),
                &format!("found {found}, this program's domain is {ours}"),
            )
        })
    })
}

fn verdict(finding: Finding, reasons: Vec<Reason>) -> Verdict {
    Verdict::new(FACTS, finding, reasons)
}

pub(crate) fn reason(check: &'static str, at: &str, what: &str) -> Reason {
    Reason { check: SmolStr::new_static(check), at: at.to_owned(), what: what.to_owned() }
}
