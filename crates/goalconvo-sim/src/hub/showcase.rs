//! What a round shows: good dialogues of its pool as few-shot examples, rendered once for each set of domains.
//!
//! Examples are chosen by domains and not by goal, so that all dialogues of a round over the same domains begin with the
//! same prompt, which a provider's prefix cache then pays for once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use goalconvo_core::Scenario;
use smol_str::SmolStr;

use super::candidate::Candidate;
use super::pool::{Pool, Wanted};

/// Examples as prompts have them, each a list of lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Where they come from: `seed/000012`, `run/000034`.
    pub sources: Vec<String>,
    /// As a user would have seen them: words alone.
    pub for_user: Vec<Vec<String>>,
    /// As an assistant would have: with calls and results.
    pub for_assistant: Vec<Vec<String>>,
    /// Their goals, as JSON.
    pub goals: Vec<String>,
}

/// The examples that one round shows.
#[derive(Debug)]
pub struct Showcase {
    pool: Arc<Pool>,
    count: usize,
    /// By the domains' names.
    shown: Mutex<BTreeMap<Vec<SmolStr>, Chosen>>,
    people: OnceLock<Vec<String>>,
}

type Chosen = (Vec<Arc<Candidate>>, Arc<Shown>);

/// So many people are shown who came before.
const PEOPLE: usize = 12;

impl Showcase {
    /// So many examples of a pool for each dialogue.
    pub fn new(pool: Arc<Pool>, count: usize) -> Self {
        Showcase { pool, count, shown: Mutex::default(), people: OnceLock::new() }
    }

    /// People whom a model invented in the rounds that this one sees, the latest ones, a line each.
    pub fn people(&self) -> &[String] {
        self.people.get_or_init(|| {
            let people = self.pool.entries().iter().rev().filter_map(|entry| entry.example().person.clone());
            people.take(PEOPLE).collect()
        })
    }

    /// The examples for a scenario. None of them has its goal: an assistant that saw one would know what its user wants.
    pub fn examples(&self, scenario: &Scenario) -> Arc<Shown> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let (chosen, rendered) = shown.entry(scenario.domains.clone()).or_insert_with(|| {
            let wanted = Wanted { domains: &scenario.domains, class: None };
            let chosen: Vec<Arc<Candidate>> =
                self.pool.examples(&wanted, self.count).into_iter().cloned().collect();
            let rendered = Arc::new(render(&chosen));
            (chosen, rendered)
        });
        if chosen.iter().any(|example| example.example().has_goal(&scenario.goal)) {
            let others: Vec<Arc<Candidate>> = chosen
                .iter()
                .filter(|example| !example.example().has_goal(&scenario.goal))
                .cloned()
                .collect();
            return Arc::new(render(&others));
        }
        rendered.clone()
    }
}

fn render(chosen: &[Arc<Candidate>]) -> Shown {
    let mut shown = Shown::default();
    for example in chosen {
        let source = if example.source().round.is_some() { "run" } else { "seed" };
        shown.sources.push(format!("{source}/{}", example.id()));
        let example = example.example();
        shown.for_user.push(example.for_user.clone());
        shown.for_assistant.push(example.for_assistant.clone());
        shown.goals.extend(example.written.clone());
    }
    shown
}
