//! Goals from a file: one a line, each looked at before anything is played, so that a wish which no table can meet is
//! named by its line and not found out by dialogues that fail.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use goalconvo_core::{ContentHash, CorpusGoal, Domain, Stage};
use goalconvo_sim::{Flaw, prove};
use goalconvo_store::Lines;
use smol_str::SmolStr;

use crate::{Error, config};

/// Goals with the hash of the file that they come from.
#[derive(Clone, Debug)]
pub struct GoalFile {
    /// The goals in the file's order.
    pub goals: Arc<[CorpusGoal]>,
    /// Of all lines.
    pub hash: ContentHash,
}

/// Reads goals and proves them against the domains.
///
/// # Errors
/// The file can't be read, a line is no goal, names what the domains don't have, or wants what no row fits.
pub fn read(path: &Path, domains: &[Arc<Domain>]) -> Result<GoalFile, Error> {
    let (mut goals, mut bytes) = (Vec::new(), Vec::new());
    let mut stages = BTreeMap::new();
    for line in Lines::open(path)? {
        let (number, text) = line?;
        let at = |what: String| Error::bad_input(format!("{} line {number}{what}", path.display()));
        let goal: CorpusGoal = serde_json::from_str(&text).map_err(|error| {
            at(format!(" column {}: {error}; expected a goal, one a line", error.column()))
        })?;
        let proven = stage(&goal, domains, &mut stages).and_then(|stage| prove(&goal, stage));
        proven.map_err(|(pointer, what)| at(format!(" at {pointer}: {what}")))?;
        bytes.extend_from_slice(text.trim_end().as_bytes());
        bytes.push(b'\n');
        goals.push(goal);
    }
    if goals.is_empty() {
        return Err(Error::bad_input(format!("{}: found no goal; expected one a line", path.display())));
    }
    Ok(GoalFile { goals: goals.into(), hash: ContentHash::of(&bytes) })
}

/// The stage of a goal's domains, made once.
fn stage<'s>(
    goal: &CorpusGoal,
    domains: &[Arc<Domain>],
    stages: &'s mut BTreeMap<Vec<SmolStr>, Stage>,
) -> Result<&'s Stage, Flaw> {
    let find = |(at, name): (usize, &SmolStr)| {
        domains.iter().find(|domain| domain.name == *name).cloned().ok_or_else(|| {
            let known = domains.iter().map(|domain| domain.name.as_str());
            (format!("/domains/{at}"), format!("unknown domain {name:?}{}", config::nearest(name, known)))
        })
    };
    let found = goal.domains.iter().enumerate().map(find).collect::<Result<Vec<_>, _>>()?;
    Ok(stages.entry(goal.domains.clone()).or_insert_with(|| Stage::new(found)))
}
