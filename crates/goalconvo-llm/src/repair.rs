//! Replies by JSON Schema from any model: checked here, and asked again a bounded number of times with the
//! validator's own words.
//!
//! Providers promise schemas to different degrees, from a grammar that cannot be left to no promise at all, so
//! every reply is checked, whoever gave it. A reply that still does not fit is an error, never a guess.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::Validator;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::error::{Error, Kind};
use crate::model::{Completion, Model};
use crate::money::Cost;
use crate::reply::{Finish, Reply};
use crate::request::{Format, JsonFormat, Message, Request};

/// How often to ask again, and whether the model's provider knows schemas.
#[derive(Debug, Clone)]
pub struct RepairConfig {
    /// Most further requests for one reply.
    pub again: u32,
    /// Whether the provider takes the schema ([`crate::Dialect::supports`]); where not, the schema is put into
    /// the prompt, last.
    pub native: bool,
}

impl Default for RepairConfig {
    fn default() -> Self {
        RepairConfig { again: 2, native: true }
    }
}

/// A model whose replies by schema satisfy it.
pub struct Repaired<M> {
    model: M,
    config: RepairConfig,
    /// By the schema's text: compiling one costs more than a reply's check.
    validators: Mutex<BTreeMap<String, Arc<Validator>>>,
}

/// Problems shown to the model at once.
const SHOWN: usize = 5;

impl<M: Model> Repaired<M> {
    /// Puts the check around a model.
    pub fn new(model: M, config: RepairConfig) -> Self {
        Repaired { model, config, validators: Mutex::default() }
    }

    async fn ask(&self, mut request: Request) -> Result<Reply, Error> {
        let Format::Json(format) = request.format.clone() else {
            return self.model.complete(request).await;
        };
        let validator = self.validator(&format)?;
        if !self.config.native {
            request.format = Format::Text;
            request.messages.push(instruction(&format));
        }
        let mut spent = Spent::default();
        let mut left = self.config.again;
        loop {
            let (complaint, found) = match self.model.complete(request.clone()).await {
                Ok(mut reply) => match check(&validator, &mut reply) {
                    Ok(()) => return Ok(spent.added_to(reply)),
                    Err(complaint) => {
                        spent.add(&reply);
                        let found = found_in(&reply);
                        request.messages.push(Message::assistant(reply.text));
                        (complaint, found)
                    }
                },
                Err(error) if error.is_empty() => {
                    spent.waste += error.wasted();
                    ("The reply was empty.".to_owned(), error.to_string())
                }
                Err(error) => return Err(error),
            };
            if left == 0 {
                let asked = self.config.again + 1;
                let message = format!(
                    "no reply in {asked} satisfied the schema \"{}\": {complaint} Found: {found}",
                    format.name
                );
                return Err(Error::new(Kind::Schema, message).with_wasted(spent.waste));
            }
            left -= 1;
            request.messages.push(Message::user(format!(
                "{complaint}\nReply again with only the JSON that satisfies the schema, and no other text."
            )));
        }
    }

    fn validator(&self, format: &JsonFormat) -> Result<Arc<Validator>, Error> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        let text = format.schema.to_string();
        if let Some(known) = validators.get(&text) {
            return Ok(Arc::clone(known));
        }
        let made = jsonschema::validator_for(&format.schema).map_err(|error| {
            Error::new(Kind::BadRequest, format!("the schema \"{}\" is no JSON Schema: {error}", format.name))
        })?;
        Ok(Arc::clone(validators.entry(text).or_insert(Arc::new(made))))
    }
}

impl<M: Model> Model for Repaired<M> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn complete(&self, request: Request) -> Completion<'_> {
        Box::pin(self.ask(request))
    }
}

/// What the replies that did not fit cost.
#[derive(Default)]
struct Spent {
    waste: Cost,
    attempts: u32,
}

impl Spent {
    fn add(&mut self, reply: &Reply) {
        self.waste += reply.cost.unwrap_or_default() + reply.wasted;
        self.attempts += reply.attempts;
    }

    fn added_to(&self, mut reply: Reply) -> Reply {
        reply.wasted += self.waste;
        reply.attempts += self.attempts;
        reply
    }
}

/// How much of a reply that is of no use an error repeats, in characters.
const QUOTED: usize = 100;

/// The beginning of a reply, and whether it was cut off.
fn found_in(reply: &Reply) -> String {
    let line = reply.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (start, long) = (line.chars().take(QUOTED).collect::<String>(), line.chars().nth(QUOTED).is_some());
    let more = if long { "…" } else { "" };
    let cut = if reply.finish == Finish::Length {
        " (cut off at the most tokens of a reply: allow more with --max-tokens)"
    } else {
        ""
    };
    format!("{start:?}{more}{cut}")
}

/// Cuts the reply's text down to its JSON, or says what is wrong with it. Tool calls without words are left
/// alone: the model chose to act first.
fn check(validator: &Validator, reply: &mut Reply) -> Result<(), String> {
    if reply.text.is_empty() && !reply.tool_calls.is_empty() {
        return Ok(());
    }
    let Some(json) = json_in(&reply.text) else {
        let why = match reply.finish {
            Finish::Length => "The reply was cut off before its JSON was complete: keep it shorter.",
            _ => "The reply holds no JSON.",
        };
        return Err(why.to_owned());
    };
    let value: Value = serde_json::from_str(json).unwrap_or(Value::Null);
    let mut complaint = String::new();
    for problem in validator.iter_errors(&value).take(SHOWN) {
        let place = Some(problem.instance_path().to_string()).filter(|path| !path.is_empty());
        let place = place.unwrap_or_else(|| "the top".to_owned());
        let words: String = problem.to_string().chars().take(300).collect();
        // Writing into a String cannot fail.
        let _ = write!(complaint, "\n- at {place}: {words}");
    }
    if complaint.is_empty() {
        reply.text = json.to_owned();
        return Ok(());
    }
    Err(format!("The reply does not satisfy the schema:{complaint}"))
}

/// The JSON in a text: all of it, or the first object or list in it (models wrap it in fences and phrases).
fn json_in(text: &str) -> Option<&str> {
    let text = text.trim();
    if serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return Some(text);
    }
    text.match_indices(['{', '[']).find_map(|(start, _)| {
        let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        Some(&text[start..start + values.byte_offset()])
    })
}

fn instruction(format: &JsonFormat) -> Message {
    let (name, schema) = (&format.name, &format.schema);
    Message::system(format!(
        "Reply with JSON only, no other text and no fences. The JSON (\"{name}\") must satisfy this JSON Schema:\n{schema}"
    ))
}
