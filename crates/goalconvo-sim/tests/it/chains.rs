//! Tools that are compiled play like domains that somebody wrote: every record passes, every pattern is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use goalconvo_core::{Dialogue, Domain, Key, Turn};
use goalconvo_sim::{Dials, Drawn, Goals, Plan};
use goalconvo_worlds::chain::{Constraints, Mix, Mode, Sampler};
use goalconvo_worlds::compile::{self, Asked};
use goalconvo_worlds::{graph, schemas};

/// The seed tools where they lie beside the workspace; else a small set written here.
#[expect(clippy::print_stdout, reason = "a test tells what it plays")]
fn tools() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("GOALCONVO_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let seed = shared.join("corpora/toolbench/seed_tools.json");
    if seed.is_file() {
        return seed;
    }
    println!("{} is not there: the small tools are played", seed.display());
    root.join("crates/goalconvo-sim/tests/it/small_tools.json")
}

pub fn plan(mode: Mode, seed: u64, count: u64) -> Plan {
    let (registry, _) = schemas::load(&[tools()], false).unwrap();
    let compiled = compile::compile(&registry).unwrap();
    let projection = graph::project(&registry);
    let sampler = Sampler::new(&projection, &registry, Constraints::default());
    let asked = Asked { mode, mix: Mix::default(), seed, count, candidates: 1 };
    let planned = compile::plan(&compiled, &sampler, &asked).unwrap();
    let mut domains: Vec<_> = planned
        .templates
        .iter()
        .chain(planned.spares.values().flatten())
        .map(compile::Template::domains)
        .collect();
    domains.sort();
    domains.dedup();
    let classes = planned.classes.clone();
    let draw = Box::new(move |index: u64, key: Key| planned.goal(index, key));
    let known: Vec<Arc<Domain>> = compiled.domains.iter().map(|(domain, _)| domain.clone()).collect();
    Plan::new(&known, Goals::Drawn(Arc::new(Drawn { domains, classes, draw })), Dials::default(), seed)
        .unwrap()
}

fn made(plan: &Plan, count: u64) -> (Vec<Dialogue>, Vec<Dialogue>) {
    let mut passed = Vec::new();
    let mut rejected = Vec::new();
    for index in 0..count {
        let made = plan.make(index);
        passed.extend(made.dialogue);
        rejected.extend(made.rejected);
    }
    (passed, rejected)
}

#[test]
fn every_index_becomes_a_dialogue_and_few_candidates_are_rejected() {
    let (passed, rejected) = made(&plan(Mode::Mixed, 3, 300), 300);
    let reasons: BTreeMap<String, usize> = rejected.iter().fold(BTreeMap::new(), |mut reasons, dialogue| {
        let raw = dialogue.turns.iter().find_map(|turn| match turn {
            Turn::Garbled { raw, .. } => Some(raw.clone()),
            _ => None,
        });
        let why = dialogue.verdicts.iter().flat_map(|verdict| &verdict.reasons).next();
        let why = raw.or_else(|| why.map(|reason| format!("{}: {}", reason.check, reason.what)));
        *reasons.entry(why.unwrap_or_default()).or_default() += 1;
        reasons
    });
    assert_eq!(passed.len(), 300, "{reasons:#?}");
    assert!(rejected.len() <= 15, "{} rejected: {reasons:#?}", rejected.len());
    let succeeded =
        passed.iter().filter(|dialogue| dialogue.outcome.as_ref().is_some_and(|outcome| outcome.success));
    assert!(succeeded.count() >= 280);
}

#[test]
fn no_user_says_a_key_that_it_was_not_told() {
    let (passed, _) = made(&plan(Mode::Mixed, 4, 200), 200);
    for dialogue in &passed {
        let mut told = String::new();
        for turn in &dialogue.turns {
            match turn {
                Turn::Assistant(said) => told.push_str(&said.text),
                Turn::User(said) => {
                    let code = |word: &&str| {
                        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
                        word.bytes().any(|b| b.is_ascii_uppercase())
                            && word.bytes().any(|b| b.is_ascii_digit())
                    };
                    let unknown = said
                        .text
                        .split_whitespace()
                        .filter(code)
                        .find(|word| !told.contains(word.trim_matches(|c: char| !c.is_alphanumeric())));
                    assert_eq!(unknown, None, "{}: {:?}", dialogue.id, said.text);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn a_mode_decides_what_is_called() {
    let names = |mode: &str| -> BTreeSet<Vec<String>> {
        let plan = plan(mode.parse().unwrap(), 5, 20);
        let chain =
            |dialogue: Dialogue| dialogue.calls().map(|(call, _)| call.function.name.to_string()).collect();
        made(&plan, 20).0.into_iter().map(chain).collect()
    };
    assert!(names("short").iter().all(|chain| chain.len() == 1));
    assert!(names("sequential").iter().all(|chain| chain.len() > 1));
    assert!(names("retry").iter().all(|chain| chain.windows(2).any(|pair| pair[0] == pair[1])));
    assert!(
        names("loop").iter().all(|chain| chain.len() > 2 && chain[1..].iter().all(|name| *name == chain[1]))
    );
}
