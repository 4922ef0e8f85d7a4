//! The sealed record of one dialogue: one line of `dialogues.jsonl`.
//!
//! What many records share (tables, tool schemas, policy) is named by content hash. A foreign dialogue (a corpus, a
//! user's own file) has the same shape with less in it: what is not known is absent, never a default.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use crate::{Act, Change, Scenario, Value};

/// The version of the record: readers refuse another one.
pub const FORMAT: &str = "goalconvo/1";

/// One dialogue with all that is needed to check it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dialogue {
    /// Always [`FORMAT`].
    pub format: Format,
    /// Unique in its run.
    pub id: String,
    /// The domains that it is about.
    #[serde(default)]
    pub domains: Vec<SmolStr>,
    /// All that plays it again; absent in foreign dialogues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<Scenario>,
    /// The world in which it took place; absent in foreign dialogues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub world: Option<WorldHashes>,
    /// What was said and done, in order.
    pub turns: Vec<Turn>,
    /// How it ended; absent in foreign dialogues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What the judges found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Verdict>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// The record's version; refuses to be read from any other one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Format;

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(FORMAT)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = SmolStr::deserialize(deserializer)?;
        if found == FORMAT {
            return Ok(Format);
        }
        Err(serde::de::Error::custom(format!("format {found:?}: this program reads {FORMAT:?}")))
    }
}

impl JsonSchema for Format {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Format".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "const": FORMAT })
    }
}

/// Content hashes (SHA-256, lower-case hex) of the world in which a dialogue took place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorldHashes {
    /// Of the domains as read: slots, tools, policy, wording.
    pub domains: BTreeMap<SmolStr, String>,
    /// State hash of the tables before the first turn.
    pub state: String,
}

/// One turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Turn {
    /// The user speaks.
    User(Utterance),
    /// The assistant speaks, or calls tools.
    Assistant(Utterance),
    /// A tool answers.
    Tool(ToolTurn),
    /// A speaker made a move that is none: kept as data, seen by nobody.
    Garbled {
        /// Whose move it was.
        by: Role,
        /// What came instead of a move.
        raw: String,
    },
}

/// The two speakers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Has the goal.
    User,
    /// Has the tools.
    Assistant,
}

/// Words with what they mean and where they come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Utterance {
    /// What was said; empty on an assistant's turn that only calls tools.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The dialogue acts in it; empty when nobody annotated them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<Act>,
    /// What changed in the belief state since the assistant's last turn: values by `domain-slot`, null when dropped.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub state: BTreeMap<SmolStr, Value>,
    /// The calls that an assistant makes, answered by the tool turns that follow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// What supports the values in the assistant's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Who worded it.
    pub origin: Origin,
    /// What it took, when a model was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// A tool's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolTurn {
    /// The call that it answers.
    pub tool_call_id: SmolStr,
    /// The tool's name.
    pub name: SmolStr,
    /// What it returned; null when it failed.
    pub result: Value,
    /// How it failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ToolError>,
}

/// A call in OpenAI's shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// Unique in the dialogue.
    pub id: SmolStr,
    /// Always `function`.
    #[serde(rename = "type")]
    pub kind: CallKind,
    /// The tool and its arguments.
    pub function: FunctionCall,
}

/// The only kind of tool there is in OpenAI's shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// A function.
    #[default]
    Function,
}

/// Name and arguments of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunctionCall {
    /// The tool.
    pub name: SmolStr,
    /// The arguments.
    pub arguments: Arguments,
}

/// A call's arguments: on disk a JSON text, as in OpenAI's shape; here the record that the text holds, or, when it
/// holds none, the text as it came.
#[derive(Clone, Debug, PartialEq)]
pub enum Arguments {
    /// Arguments by name.
    Parsed(Value),
    /// Not a JSON object: a model's mistake, kept.
    Raw(String),
}

impl Arguments {
    /// The argument `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Arguments::Parsed(record) => record.field(name),
            Arguments::Raw(_) => None,
        }
    }

    /// All arguments in order; none when the text was no object.
    pub fn fields(&self) -> &[(SmolStr, Value)] {
        match self {
            Arguments::Parsed(record) => record.fields(),
            Arguments::Raw(_) => &[],
        }
    }

    /// Reads the JSON text of a model.
    pub fn parse(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(record @ Value::Record(_)) => Arguments::Parsed(record),
            _ => Arguments::Raw(text.to_owned()),
        }
    }
}

impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Arguments::Parsed(record) => serializer.collect_str(record),
            Arguments::Raw(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Arguments::parse(&String::deserialize(deserializer)?))
    }
}

impl JsonSchema for Arguments {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Arguments".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "The arguments as a JSON text, in OpenAI's shape." })
    }
}

/// Why a tool did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolError {
    /// The class of failure.
    pub kind: ErrorKind,
    /// What went wrong, for the assistant.
    pub message: SmolStr,
    /// The policy rule that forbids it, by its name, for refusals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<SmolStr>,
}

/// Classes of tool failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// There is no such tool here.
    UnknownTool,
    /// The arguments do not fit the tool's schema.
    InvalidArguments,
    /// What the arguments name does not exist.
    NotFound,
    /// It exists, but can't be had like this (full, sold out, closed).
    Unavailable,
    /// The policy forbids it.
    Policy,
    /// The user has no right to it.
    Permission,
    /// No answer in time; trying again may help.
    Timeout,
    /// Too many requests; trying again may help.
    RateLimited,
    /// The server broke; trying again may help.
    ServerError,
}

impl ErrorKind {
    /// Whether the same call may succeed when tried again.
    pub fn is_transient(self) -> bool {
        matches!(self, ErrorKind::Timeout | ErrorKind::RateLimited | ErrorKind::ServerError)
    }

    /// Whether the call was understood and forbidden.
    pub fn is_refusal(self) -> bool {
        matches!(self, ErrorKind::Policy | ErrorKind::Permission)
    }
}

/// What supports one value in the assistant's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Start and end of the value in the text, in Unicode characters (as Python slices), end excluded.
    pub span: [usize; 2],
    /// The canonical value.
    pub value: Value,
    /// JSON pointer into this record: a tool's result or error (`/turns/3/result/results/0/phone`), the user's words
    /// (`/turns/2/text`), or a rule of a domain's policy (`policy:/restaurant/no_refunds`).
    pub source: String,
}

/// Who worded or decided a turn. On disk: `grammar`, `mined`, `model:<name>`, `human`, `repaired`, `script`, `unknown`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The built-in grammar.
    Grammar,
    /// A template mined from a corpus.
    Mined,
    /// The chat model of this name, as the reply reported it.
    Model(String),
    /// A person.
    Human,
    /// A repair of an earlier candidate.
    Repaired,
    /// A recorded or scripted move.
    Script,
    /// A foreign record does not say.
    #[default]
    Unknown,
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Origin::Grammar => serializer.serialize_str("grammar"),
            Origin::Mined => serializer.serialize_str("mined"),
            Origin::Model(name) => serializer.collect_str(&format_args!("model:{name}")),
            Origin::Human => serializer.serialize_str("human"),
            Origin::Repaired => serializer.serialize_str("repaired"),
            Origin::Script => serializer.serialize_str("script"),
            Origin::Unknown => serializer.serialize_str("unknown"),
        }
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        Ok(match text.as_str() {
            "grammar" => Origin::Grammar,
            "mined" => Origin::Mined,
            "human" => Origin::Human,
            "repaired" => Origin::Repaired,
            "script" => Origin::Script,
            "unknown" => Origin::Unknown,
            other => match other.strip_prefix("model:") {
                Some(name) => Origin::Model(name.to_owned()),
                None => {
                    return Err(serde::de::Error::custom(format!(
                        "origin {other:?}: expected grammar, mined, model:<name>, human, repaired, script or unknown"
                    )));
                }
            },
        })
    }
}

impl JsonSchema for Origin {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Origin".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(grammar|mined|model:.+|human|repaired|script|unknown)$" })
    }
}

/// What a model's reply took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Tokens of the prompt, as the provider counted.
    pub prompt_tokens: u64,
    /// Tokens of the reply, as the provider counted.
    pub completion_tokens: u64,
    /// US dollars; absent when the price is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// From sending the requests to having the replies, in milliseconds. A run's own file leaves it out, so that it
    /// is the same however often the run was interrupted, and has it in `timings.jsonl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
}

/// How a dialogue ended and what it left behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Why it stopped.
    pub ending: Ending,
    /// Whether everything ended as the goal expects: a fact about calls and final state.
    pub success: bool,
    /// The share of the goal's tasks and requests that were met, from 0 to 1.
    pub reward: f64,
    /// State hash of the tables after the last turn.
    pub state: String,
    /// What the dialogue changed in the tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// Why a dialogue stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The user got what it wanted.
    Satisfied,
    /// The assistant refused, and the user took it.
    Refused,
    /// The user stopped wanting.
    GaveUp,
    /// It got too long.
    OutOfTurns,
    /// It no longer fitted into a model's context.
    OutOfContext,
    /// A speaker broke.
    Failed,
}

/// One judge's finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Who judged.
    pub judge: SmolStr,
    /// What was found.
    pub finding: Finding,
    /// Scores by name, where the judge gives any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<SmolStr, f64>,
    /// Why, when it did not pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Hash of the prompt, for a model judge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
}

impl Verdict {
    /// A verdict without scores, of a judge that is no model.
    #[must_use]
    pub fn new(judge: &str, finding: Finding, reasons: Vec<Reason>) -> Self {
        Verdict { judge: judge.into(), finding, scores: BTreeMap::new(), reasons, prompt: None }
    }
}

/// Passed, failed, or not known; not known is never a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It held.
    Passed,
    /// It did not hold.
    Failed,
    /// The judge could not tell.
    Unknown,
}

/// One reason of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The check that did not hold, as a stable name.
    pub check: SmolStr,
    /// JSON pointer into the record.
    pub at: String,
    /// What was found and what was expected.
    pub what: String,
}

/// Where a record comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The program and its version, or the corpus.
    pub source: String,
    /// Hash of the resolved configuration of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// Hashes of the prompts, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prompts: BTreeMap<SmolStr, String>,
    /// The record that this one repairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired_from: Option<String>,
    /// Dialogues that the speakers' prompts showed as examples: `seed/000012` is the built-in engine's, `run/000034` a
    /// record of the same run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

impl Dialogue {
    /// What was said, in order: role and text of every utterance that has words.
    pub fn said(&self) -> impl Iterator<Item = (Role, &str)> {
        self.turns.iter().filter_map(|turn| match turn {
            Turn::User(said) if !said.text.is_empty() => Some((Role::User, said.text.as_str())),
            Turn::Assistant(said) if !said.text.is_empty() => Some((Role::Assistant, said.text.as_str())),
            _ => None,
        })
    }

    /// Every call with the turn that answers it, if one does.
    pub fn calls(&self) -> impl Iterator<Item = (&ToolCall, Option<&ToolTurn>)> {
        self.turns
            .iter()
            .filter_map(|turn| match turn {
                Turn::Assistant(said) => Some(&said.tool_calls),
                _ => None,
            })
            .flatten()
            .map(|call| (call, self.answer(&call.id)))
    }

    fn answer(&self, id: &str) -> Option<&ToolTurn> {
        self.turns.iter().find_map(|turn| match turn {
            Turn::Tool(answer) if answer.tool_call_id == id => Some(answer),
            _ => None,
        })
    }
}
