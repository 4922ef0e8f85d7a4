//! What model judges are asked: the rubrics, their prompts and the shape of a reply.

use std::sync::{Arc, LazyLock};

use goalconvo_core::{Dialogue, Persona};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::prompt::{Listed, Prompt};

/// The lowest and the highest mark.
pub(super) const SCALE: (i64, i64) = (1, 5);

/// One question about a dialogue, with a description of each mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rubric {
    /// Does each utterance follow from what came before?
    Coherence,
    /// Is the language correct and readable?
    Fluency,
    /// Did the user get what it came for?
    Goal,
    /// Could these two have spoken like this?
    Naturalness,
    /// Were the right tools called, and their results told as they are?
    Tools,
    /// Do the speakers behave as they are described?
    Persona,
}

impl Rubric {
    /// Every rubric.
    pub const ALL: [Rubric; 6] = [
        Rubric::Coherence,
        Rubric::Fluency,
        Rubric::Goal,
        Rubric::Naturalness,
        Rubric::Tools,
        Rubric::Persona,
    ];

    /// The judge's name in gates and verdicts.
    pub fn name(self) -> &'static str {
        match self {
            Rubric::Coherence => "coherence",
            Rubric::Fluency => "fluency",
            Rubric::Goal => "goal",
            Rubric::Naturalness => "naturalness",
            Rubric::Tools => "tools",
            Rubric::Persona => "persona",
        }
    }

    pub(super) fn prompt(self) -> &'static Prompt<Question> {
        match self {
            Rubric::Coherence => &COHERENCE,
            Rubric::Fluency => &FLUENCY,
            Rubric::Goal => &GOAL,
            Rubric::Naturalness => &NATURALNESS,
            Rubric::Tools => &TOOLS,
            Rubric::Persona => &PERSONA,
        }
    }

    /// What asks it of this dialogue, or why it can't be asked.
    pub(super) fn asked(self, dialogue: &Dialogue) -> Result<Asking, &'static str> {
        let mut asking = Asking { question: self.name().to_owned(), ..Asking::default() };
        let scenario = dialogue.scenario.as_ref();
        match self {
            Rubric::Goal => {
                let scenario = scenario.ok_or("the record has no goal to compare with")?;
                asking.goal = serde_json::to_string_pretty(&scenario.goal)
                    .map_err(|_| "the record's goal can't be written as JSON")?;
            }
            Rubric::Persona => {
                let scenario = scenario.ok_or("the record has no personas to compare with")?;
                asking.user = described(&scenario.user);
                asking.assistant = described(&scenario.assistant);
            }
            Rubric::Coherence | Rubric::Fluency | Rubric::Naturalness | Rubric::Tools => {}
        }
        Ok(asking)
    }
}

/// A persona as judges read it: who it is, and its traits as numbers from 0 to 100.
fn described(persona: &Persona) -> String {
    let traits = serde_json::to_string(&persona.traits).unwrap_or_default();
    let who = [persona.name.as_str(), persona.description.as_str()].join(" ");
    let who = who.trim();
    let who = if who.is_empty() { "No description." } else { who };
    format!("{who}\nTraits from 0 (not at all) to 100 (very much), 50 is ordinary: {traits}")
}

/// What fills the rules, which hold all questions: so they are the same for every question and record, and a provider
/// has them in its cache.
#[derive(Clone, Debug, Default, Serialize)]
pub struct JudgeRules {
    /// The lowest mark.
    pub low: i64,
    /// The highest mark.
    pub high: i64,
    /// Every question with its marks.
    pub questions: Vec<String>,
}

/// What fills the record as judges see it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Record {
    /// Its lines, each with its number.
    pub lines: Vec<String>,
}

/// What fills a question with its marks.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Question {
    /// Whether the highest mark is described first.
    pub descending: bool,
}

/// What fills the request to answer a question.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Asking {
    /// The question's name.
    pub question: String,
    /// The question with its marks from the highest to the lowest; empty where they are read in the order of the rules.
    pub reversed: String,
    /// The user's goal as JSON; empty where the question is not about it.
    pub goal: String,
    /// The user's persona; empty where the question is not about it.
    pub user: String,
    /// The assistant's persona; empty where the question is not about it.
    pub assistant: String,
}

pub(super) static RULES: Prompt<JudgeRules> =
    Prompt::new("judge/rules", include_str!("../../prompts/judge/rules.jinja"));
pub(super) static TRANSCRIPT: Prompt<Record> =
    Prompt::new("judge/transcript", include_str!("../../prompts/judge/transcript.jinja"));
pub(super) static ASK: Prompt<Asking> =
    Prompt::new("judge/ask", include_str!("../../prompts/judge/ask.jinja"));
static COHERENCE: Prompt<Question> =
    Prompt::new("judge/coherence", include_str!("../../prompts/judge/coherence.jinja"));
static FLUENCY: Prompt<Question> =
    Prompt::new("judge/fluency", include_str!("../../prompts/judge/fluency.jinja"));
static GOAL: Prompt<Question> = Prompt::new("judge/goal", include_str!("../../prompts/judge/goal.jinja"));
static NATURALNESS: Prompt<Question> =
    Prompt::new("judge/naturalness", include_str!("../../prompts/judge/naturalness.jinja"));
static TOOLS: Prompt<Question> = Prompt::new("judge/tools", include_str!("../../prompts/judge/tools.jinja"));
static PERSONA: Prompt<Question> =
    Prompt::new("judge/persona", include_str!("../../prompts/judge/persona.jinja"));

/// The prompts of this module.
pub(crate) const PROMPTS: &[Listed] = &[
    RULES.listed(),
    TRANSCRIPT.listed(),
    ASK.listed(),
    COHERENCE.listed(),
    FLUENCY.listed(),
    GOAL.listed(),
    NATURALNESS.listed(),
    TOOLS.listed(),
    PERSONA.listed(),
    super::repair::REPAIR.listed(),
];

/// A judge's reply: evidence first, so that the mark follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opined {
    /// Passages of the record.
    pub evidence: Vec<Quote>,
    /// What follows from them.
    pub reason: String,
    /// The mark.
    pub score: i64,
}

/// A passage of the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// The number of its line.
    pub line: usize,
    /// Its words.
    pub quote: String,
}

/// The JSON Schema of [`Opined`].
pub(super) fn schema() -> Arc<Value> {
    static SCHEMA: LazyLock<Arc<Value>> = LazyLock::new(|| {
        let quote = json!({
            "type": "object",
            "properties": { "line": { "type": "integer" }, "quote": { "type": "string" } },
            "required": ["line", "quote"],
            "additionalProperties": false,
        });
        Arc::new(json!({
            "type": "object",
            "properties": {
                "evidence": { "type": "array", "items": quote, "minItems": 1, "maxItems": 8 },
                "reason": { "type": "string" },
                "score": { "type": "integer", "minimum": SCALE.0, "maximum": SCALE.1 },
            },
            "required": ["evidence", "reason", "score"],
            "additionalProperties": false,
        }))
    });
    Arc::clone(&SCHEMA)
}
