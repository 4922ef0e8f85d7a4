//! A library of personas or contexts: attributes drawn by generators, under joint constraints, each combination once,
//! quotas kept.
//!
//! What is drawn depends on the seed and the number asked for alone. Attributes that a model words come last, given all
//! others; the model can't break a constraint, because what it words is checked like what is drawn.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, LazyLock};

use goalconvo_core::{Expr, Key, Purpose, Rng, Value as Known};
use goalconvo_llm::{Format, JsonFormat, Message, Model, Request, Tag};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::prompts::{ATTRIBUTE, Attribute};
use crate::prompt::Prompts;
use crate::speaker::SpeakerError;

/// How an attribute gets its value.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Generator {
    /// Always the same.
    Fixed(Value),
    /// One of these.
    Choice(Vec<Value>),
    /// A whole number from the first to the second, both included.
    Range([i64; 2]),
    /// A line of a file; whoever reads files replaces this by a choice.
    File(String),
    /// Worded by a model, given the other attributes and this instruction.
    Model(String),
}

/// Attributes with their generators.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Library {
    /// Generators by attribute.
    pub attributes: BTreeMap<String, Generator>,
    /// What must hold of each combination, as expressions over attributes: `age >= 18 or job == 'pupil'`.
    pub constraints: Vec<String>,
    /// How many of each hundred have which value, by attribute and the value's text.
    pub quotas: BTreeMap<String, BTreeMap<String, u32>>,
}

/// Why nothing could be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryError {
    message: String,
    /// A provider's failure, where it was one.
    failure: Option<SpeakerError>,
}

impl LibraryError {
    fn new(message: impl Into<String>) -> Self {
        LibraryError { message: message.into(), failure: None }
    }

    /// The provider's failure, where it was one.
    pub fn failure(&self) -> Option<&SpeakerError> {
        self.failure.as_ref()
    }
}

impl fmt::Display for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LibraryError {}

/// So many combinations are drawn for one place before it is given up.
const TRIES: usize = 5000;

/// So often a model is asked for one combination.
const ASKED: u32 = 3;

impl Library {
    /// So many combinations, each of another kind unless a model is to word more of them, in an order that begins the
    /// same for a larger number unless there are quotas. Attributes that a model words are missing.
    ///
    /// # Errors
    /// A generator, constraint or quota is no such thing, or there are not so many combinations.
    pub fn draw(&self, count: usize, seed: u64) -> Result<Vec<Map<String, Value>>, LibraryError> {
        let constraints = self.checked()?;
        let assigned = self.assigned(count, seed)?;
        // What a model words makes the difference between two that are drawn alike.
        let (worded, mut seen) = (self.needs_model(), BTreeSet::new());
        let mut drawn = Vec::new();
        for index in 0..count {
            let mut rng = Key { seed, index: index as u64 }.rng(0, Purpose::Persona);
            let quota = |attribute: &str| assigned.get(attribute).and_then(|values| values.get(index));
            let found = (0..TRIES).find_map(|_| {
                let combination = self.combination(&mut rng, &quota);
                let fits = constraints.iter().all(|constraint| holds(constraint, &combination));
                let text = Value::Object(combination.clone()).to_string();
                (fits && (seen.insert(text) || worded)).then_some(combination)
            });
            drawn.push(found.ok_or_else(|| {
                LibraryError::new(format!(
                    "no new combination for number {} of {count} in {TRIES} draws: ask for fewer, or loosen constraints \
                     and quotas",
                    index + 1
                ))
            })?);
        }
        Ok(drawn)
    }

    /// Whether an attribute is worded by a model.
    pub fn needs_model(&self) -> bool {
        self.attributes.values().any(|generator| matches!(generator, Generator::Model(_)))
    }

    /// Words what is missing of a combination; `index` keeps the calls of two of them apart.
    ///
    /// # Errors
    /// A provider failed, or the model's words break a constraint as often as they were asked for.
    pub async fn complete(
        &self,
        mut combination: Map<String, Value>,
        index: u64,
        (model, prompts): (&dyn Model, &Prompts),
    ) -> Result<Map<String, Value>, LibraryError> {
        let constraints = self.checked()?;
        for (number, (name, generator)) in self.attributes.iter().enumerate() {
            let Generator::Model(instruction) = generator else { continue };
            let known = Attribute {
                known: Value::Object(combination.clone()).to_string(),
                attribute: name.replace('_', " "),
                instruction: instruction.clone(),
            };
            let text =
                prompts.fill(&ATTRIBUTE, &known).map_err(|error| LibraryError::new(error.to_string()))?;
            let mut worded = None;
            for attempt in 0..ASKED {
                let value = ask(model, &text, (index, number, attempt)).await?;
                let mut with = combination.clone();
                with.insert(name.clone(), value);
                if constraints.iter().all(|constraint| !knows(constraint, &with) || holds(constraint, &with))
                {
                    worded = Some(with);
                    break;
                }
            }
            combination = worded.ok_or_else(|| {
                LibraryError::new(format!(
                    "{name}: in {ASKED} attempts the model worded nothing that keeps the constraints"
                ))
            })?;
        }
        Ok(combination)
    }

    /// The constraints, after a look at all generators and quotas.
    fn checked(&self) -> Result<Vec<Expr>, LibraryError> {
        for (name, generator) in &self.attributes {
            let wrong = match generator {
                Generator::Choice(values) if values.is_empty() => "an empty choice",
                Generator::Range([low, high]) if low > high => "a range whose end is before its beginning",
                Generator::File(_) => "a file that nobody has read",
                _ => continue,
            };
            return Err(LibraryError::new(format!("attributes.{name}: found {wrong}")));
        }
        let parse = |text: &String| {
            let constraint = Expr::parse(text)
                .map_err(|error| LibraryError::new(format!("constraint {text:?}: {error}")))?;
            let unknown =
                constraint.names().into_iter().find(|name| !self.attributes.contains_key(name.as_str()));
            match unknown {
                Some(name) => {
                    Err(LibraryError::new(format!("constraint {text:?}: there is no attribute {name:?}")))
                }
                None => Ok(constraint),
            }
        };
        self.constraints.iter().map(parse).collect()
    }

    /// The values that quotas give to each place: as many as asked for, spread by the seed.
    fn assigned(&self, count: usize, seed: u64) -> Result<BTreeMap<&str, Vec<Value>>, LibraryError> {
        let mut assigned = BTreeMap::new();
        for (number, (name, shares)) in self.quotas.iter().enumerate() {
            let Some(Generator::Choice(values)) = self.attributes.get(name) else {
                return Err(LibraryError::new(format!("quotas.{name}: expected an attribute with a choice")));
            };
            let total: u32 = shares.values().sum();
            if total != 100 {
                return Err(LibraryError::new(format!("quotas.{name}: found {total} in all; expected 100")));
            }
            let mut places = Vec::new();
            let mut sum = 0;
            for (text, share) in shares {
                let value = values.iter().find(|value| plain(value) == *text).ok_or_else(|| {
                    LibraryError::new(format!("quotas.{name}: {text:?} is none of the attribute's values"))
                })?;
                sum += share;
                // Rounded where the running share ends, so that all together are exactly as many as asked for.
                let end = (count * sum as usize + 50) / 100;
                places.resize(end, value.clone());
            }
            Key { seed, index: number as u64 }.rng(1, Purpose::Persona).shuffle(&mut places);
            assigned.insert(name.as_str(), places);
        }
        Ok(assigned)
    }

    fn combination<'q>(
        &self,
        rng: &mut Rng,
        quota: &impl Fn(&str) -> Option<&'q Value>,
    ) -> Map<String, Value> {
        let mut combination = Map::new();
        for (name, generator) in &self.attributes {
            let value = match (quota(name), generator) {
                (Some(value), _) => value.clone(),
                (None, Generator::Fixed(value)) => value.clone(),
                (None, Generator::Choice(values)) => rng.pick(values).cloned().unwrap_or(Value::Null),
                (None, Generator::Range([low, high])) => json!(rng.between(*low, *high)),
                (None, Generator::File(_) | Generator::Model(_)) => continue,
            };
            combination.insert(name.clone(), value);
        }
        combination
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn known(value: &Value) -> Option<Known> {
    serde_json::from_value(value.clone()).ok()
}

/// Whether all that a constraint speaks of is there.
fn knows(constraint: &Expr, combination: &Map<String, Value>) -> bool {
    constraint.names().into_iter().all(|name| combination.contains_key(name.as_str()))
}

/// Whether a constraint holds; one about what is not there yet can't be broken yet.
fn holds(constraint: &Expr, combination: &Map<String, Value>) -> bool {
    !knows(constraint, combination)
        || constraint.eval(&|name| combination.get(name).and_then(known)) == Known::Bool(true)
}

async fn ask(
    model: &dyn Model,
    text: &str,
    (index, number, attempt): (u64, usize, u32),
) -> Result<Value, LibraryError> {
    static SCHEMA: LazyLock<Arc<Value>> = LazyLock::new(|| {
        Arc::new(json!({
            "type": "object",
            "properties": { "value": { "type": "string", "minLength": 1 } },
            "required": ["value"],
            "additionalProperties": false,
        }))
    });
    let tag = Tag {
        scope: format!("library/{index}").into(),
        turn: u32::try_from(number).unwrap_or(u32::MAX),
        attempt,
        role: "library".into(),
        phase: "experience".into(),
    };
    let request = Request {
        format: Format::Json(JsonFormat { name: "attribute".into(), schema: Arc::clone(&SCHEMA) }),
        // Two that are drawn alike are to be worded differently.
        seed: u32::try_from(index).ok().and_then(|index| index.checked_mul(ASKED)?.checked_add(attempt)),
        max_tokens: Some(200),
        tag,
        ..Request::new(vec![Message::user(text)])
    };
    let failed = |error: goalconvo_llm::Error| LibraryError {
        message: format!("ask for an attribute: {error}"),
        failure: Some(error.into()),
    };
    let reply = model.complete(request).await.map_err(failed)?;
    let value = reply.json().map_err(failed)?.get("value").cloned();
    let said = value.filter(|value| value.as_str().is_some_and(|text| !text.trim().is_empty()));
    said.ok_or_else(|| LibraryError::new("the model's reply has no value"))
}
