//! Tool schemas become what a run needs: worlds in which the tools work, and goals from chains of them.

use std::path::PathBuf;
use std::sync::Arc;

use goalconvo_core::{ContentHash, Key};
use goalconvo_worlds::chain::{Mix, Mode, Sampler};
use goalconvo_worlds::compile::{self, Asked};
use goalconvo_worlds::graph;

use crate::assemble::Found;
use crate::engine::{Drawn, Goals};
use crate::observed::{self, Answering};
use crate::terminal::say;
use crate::{Error, sources};

/// What is asked of chains.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Files and folders with schemas.
    pub paths: Vec<PathBuf>,
    /// Which chains.
    pub mode: Mode,
    /// The run's seed.
    pub seed: u64,
    /// How many dialogues.
    pub count: u64,
    /// Among how many candidates each index chooses what the corpus lacks.
    pub candidates: usize,
    /// The model that answers calls; none where the tables are drawn.
    pub answering: Option<Answering>,
}

/// Compiled worlds with the goals over them.
pub struct Chains {
    /// The domains that the goals are about.
    pub found: Vec<Found>,
    /// The goals.
    pub goals: Goals,
    /// A hash of all worlds, played or not: the same however many dialogues are asked for.
    pub worlds: String,
}

/// Compiles tools, and plans chains of them.
///
/// # Errors
/// Schemas can't be read, or there is no material for what is asked.
pub fn chains(wanted: &Wanted) -> Result<Chains, Error> {
    let (registry, _) = sources::load(&wanted.paths, false)?;
    let mut compiled = compile::compile(&registry)?;
    if let Some(by) = &wanted.answering {
        let calls = observed::answer(&mut compiled, by)?;
        say(&format!("{calls} calls are answered by {}; the answers are the worlds' rows", by.address));
    }
    let projection = graph::project(&registry);
    let sampler = Sampler::new(&projection, &registry, compiled.constraints());
    let asked = Asked {
        mode: wanted.mode,
        mix: Mix::default(),
        seed: wanted.seed,
        count: wanted.count,
        candidates: wanted.candidates,
    };
    let hashes: String = compiled.domains.iter().map(|(domain, _)| domain.hash.to_string()).collect();
    let worlds = ContentHash::of(hashes.as_bytes()).to_string();
    let planned = compile::plan(&compiled, &sampler, &asked)?;
    if !planned.infeasible.is_empty() {
        let missing: Vec<&str> = planned.infeasible.iter().map(|pattern| pattern.word()).collect();
        say(&format!(
            "no chain of these tools is {}: the mix is of the other patterns; more tools, or answers that say more, may bring them",
            missing.join(" or ")
        ));
    }
    let domains = planned.domain_sets();
    let used = |found: &Found| domains.iter().flatten().any(|name| *name == found.domain.name);
    let found = compiled
        .domains
        .into_iter()
        .map(|(domain, files)| Found { domain, folder: None, files: Some(files) })
        .filter(used)
        .collect();
    let classes = planned.classes.clone();
    let draw = Box::new(move |index: u64, key: Key| planned.goal(index, key));
    Ok(Chains { found, goals: Goals::Drawn(Arc::new(Drawn { domains, classes, draw })), worlds })
}
