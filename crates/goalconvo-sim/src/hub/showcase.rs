//! What a round shows: good dialogues of its pool as few-shot examples, rendered once for each set of domains.
//!
//! Examples are chosen by domains and not by goal, so that all dialogues of a round over the same domains begin with the
//! same prompt, which a provider's prefix cache then pays for once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use goalconvo_core::{Arguments, Dialogue, Goal, Scenario, Turn};
use smol_str::SmolStr;

use super::candidate::Candidate;
use super::pool::{Pool, Wanted};
use crate::goals::Written;

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

/// So many characters of a tool's result are shown.
const RESULT: usize = 240;

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
            let scenarios =
                self.pool.entries().iter().rev().filter_map(|entry| entry.dialogue().scenario.as_ref());
            let invented = scenarios.filter(|scenario| scenario.experience.is_some()).take(PEOPLE);
            invented
                .map(|scenario| format!("{}: {}", scenario.user.name, scenario.user.description))
                .collect()
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
        if chosen.iter().any(|example| has_goal(example, &scenario.goal)) {
            let others: Vec<Arc<Candidate>> =
                chosen.iter().filter(|example| !has_goal(example, &scenario.goal)).cloned().collect();
            return Arc::new(render(&others));
        }
        rendered.clone()
    }
}

fn has_goal(example: &Candidate, goal: &Goal) -> bool {
    example.dialogue().scenario.as_ref().is_some_and(|scenario| scenario.goal.tasks == goal.tasks)
}

fn render(chosen: &[Arc<Candidate>]) -> Shown {
    let mut shown = Shown::default();
    for example in chosen {
        let source = if example.source().round.is_some() { "run" } else { "seed" };
        shown.sources.push(format!("{source}/{}", example.dialogue().id));
        shown.for_user.push(words(example.dialogue()));
        shown.for_assistant.push(deeds(example.dialogue()));
        let goal = example.dialogue().scenario.as_ref().map(|scenario| Written::from(&scenario.goal));
        shown.goals.extend(goal.and_then(|goal| serde_json::to_string(&goal).ok()));
    }
    shown
}

fn words(dialogue: &Dialogue) -> Vec<String> {
    let who = |role| if role == goalconvo_core::Role::User { "Customer" } else { "Service" };
    dialogue.said().map(|(role, text)| format!("{}: {}", who(role), one_line(text))).collect()
}

fn deeds(dialogue: &Dialogue) -> Vec<String> {
    let mut lines = Vec::new();
    for turn in &dialogue.turns {
        match turn {
            Turn::User(said) => lines.push(format!("Customer: {}", one_line(&said.text))),
            Turn::Assistant(said) => {
                if !said.text.is_empty() {
                    lines.push(format!("You: {}", one_line(&said.text)));
                }
                lines.extend(said.tool_calls.iter().map(|call| {
                    let arguments = match &call.function.arguments {
                        Arguments::Parsed(record) => record.to_string(),
                        Arguments::Raw(text) => one_line(text),
                    };
                    format!("You call {}({arguments})", call.function.name)
                }));
            }
            Turn::Tool(answer) => {
                let result = match &answer.error {
                    None => answer.result.to_string(),
                    Some(error) => format!("error: {}", error.message),
                };
                let shown: String = result.chars().take(RESULT).collect();
                let cut = if shown.len() < result.len() { " …" } else { "" };
                lines.push(format!("{} returns {shown}{cut}", answer.name));
            }
            Turn::Garbled { .. } => {}
        }
    }
    lines
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
