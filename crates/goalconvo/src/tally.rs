//! What was made, counted: the achieved beside the requested.

use std::collections::BTreeMap;

use goalconvo_core::{Dialogue, Ending, ErrorKind, GoalClass, Origin, Turn, Value};
use schemars::JsonSchema;
use serde::Serialize;
use smol_str::SmolStr;

/// Counts of one dialogue.
#[derive(Clone, Debug)]
pub struct Brief {
    class: Option<GoalClass>,
    ending: Option<Ending>,
    success: bool,
    domains: Vec<SmolStr>,
    constraints: Vec<usize>,
    relaxed: usize,
    utterances: u64,
    worded: Worded,
    calls: u64,
    failed_calls: u64,
    searches: u64,
    ambiguous: u64,
}

/// Utterances by who speaks ("user", "assistant") and whose words they are.
pub type Worded = BTreeMap<&'static str, BTreeMap<&'static str, u64>>;

impl Brief {
    /// Counts a dialogue.
    pub fn of(dialogue: &Dialogue) -> Self {
        let goal = dialogue.scenario.as_ref().map(|scenario| &scenario.goal);
        let tasks = goal.map_or(&[][..], |goal| &goal.tasks);
        let mut brief = Brief {
            class: goal.map(|goal| goal.class),
            ending: dialogue.outcome.as_ref().map(|outcome| outcome.ending),
            success: dialogue.outcome.as_ref().is_some_and(|outcome| outcome.success),
            domains: dialogue.domains.clone(),
            constraints: tasks.iter().map(|task| task.constraints.len()).filter(|count| *count > 0).collect(),
            relaxed: tasks.iter().map(|task| task.relaxed).sum(),
            utterances: dialogue.said().count() as u64,
            worded: worded(dialogue),
            calls: 0,
            failed_calls: 0,
            searches: 0,
            ambiguous: 0,
        };
        for turn in &dialogue.turns {
            let Turn::Tool(answer) = turn else { continue };
            brief.calls += 1;
            brief.failed_calls +=
                u64::from(answer.error.as_ref().is_some_and(|error| is_planned(error.kind)));
            if let Some(total) = answer.result.field("total").and_then(Value::as_number) {
                brief.searches += 1;
                brief.ambiguous += u64::from(total > 1.0);
            }
        }
        brief
    }
}

fn worded(dialogue: &Dialogue) -> Worded {
    let mut worded = Worded::new();
    for turn in &dialogue.turns {
        let (role, said) = match turn {
            Turn::User(said) => ("user", said),
            Turn::Assistant(said) => ("assistant", said),
            Turn::Tool(_) | Turn::Garbled { .. } => continue,
        };
        if !said.text.is_empty() {
            *worded.entry(role).or_default().entry(source(&said.origin)).or_default() += 1;
        }
    }
    worded
}

/// Whose words they are, whatever a model is called.
fn source(origin: &Origin) -> &'static str {
    match origin {
        Origin::Grammar => "grammar",
        Origin::Mined => "mined",
        Origin::Model(_) => "model",
        Origin::Human => "human",
        Origin::Repaired => "repaired",
        Origin::Script => "script",
        Origin::Unknown => "unknown",
    }
}

/// Failures that a dial asks for, not those that the goal or the assistant brings about.
fn is_planned(kind: ErrorKind) -> bool {
    kind.is_transient()
}

/// Counts of many dialogues.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Tally {
    /// Dialogues.
    pub dialogues: u64,
    /// By goal class.
    pub classes: BTreeMap<GoalClass, u64>,
    /// By ending.
    pub endings: BTreeMap<Ending, u64>,
    /// Those whose goal was met as it expects.
    pub successes: u64,
    /// By domain; a dialogue counts in each of its domains.
    #[schemars(with = "BTreeMap<String, u64>")]
    pub domains: BTreeMap<SmolStr, u64>,
    /// By how many domains they go over.
    pub domains_per_dialogue: BTreeMap<usize, u64>,
    /// Tasks with constraints by how many they have.
    pub constraints: BTreeMap<usize, u64>,
    /// By how many relaxations they need.
    pub relaxations: BTreeMap<usize, u64>,
    /// Utterances of user and assistant.
    pub utterances: u64,
    /// The same by role and by whose words they are: the grammar's, a model's, a person's.
    pub worded: Worded,
    /// Tool calls.
    pub calls: u64,
    /// Tool calls that failed for no fault of the caller's.
    pub failed_calls: u64,
    /// Tool calls that search.
    pub searches: u64,
    /// Searches that found several entities.
    pub ambiguous_searches: u64,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, brief: &Brief) {
        self.dialogues += 1;
        if let Some(class) = brief.class {
            *self.classes.entry(class).or_default() += 1;
        }
        if let Some(ending) = brief.ending {
            *self.endings.entry(ending).or_default() += 1;
        }
        self.successes += u64::from(brief.success);
        for domain in &brief.domains {
            *self.domains.entry(domain.clone()).or_default() += 1;
        }
        *self.domains_per_dialogue.entry(brief.domains.len()).or_default() += 1;
        for count in &brief.constraints {
            *self.constraints.entry(*count).or_default() += 1;
        }
        *self.relaxations.entry(brief.relaxed).or_default() += 1;
        self.utterances += brief.utterances;
        for (role, sources) in &brief.worded {
            let own = self.worded.entry(role).or_default();
            sources.iter().for_each(|(source, count)| *own.entry(source).or_default() += count);
        }
        self.calls += brief.calls;
        self.failed_calls += brief.failed_calls;
        self.searches += brief.searches;
        self.ambiguous_searches += brief.ambiguous;
    }
}
