//! `--engine model`: a chat model answers the calls of compiled tools before anybody plays over them.
//!
//! Calls are drawn from each world's own rows; a reply that the answer's JSON Schema refuses, or that says what nobody
//! can say aloud, is asked for again a few times and then ends the run. What was answered becomes the world's rows, which
//! the run folder keeps: the same call has the same answer ever after, and `verify` needs no model. Paid replies are in
//! the folder's journal, so a run that is continued pays nothing twice.

use std::path::PathBuf;
use std::sync::Arc;

use goalconvo_core::ContentHash;
use goalconvo_llm::{Address, Format, JsonFormat, Message, Model, Request, Tag};
use goalconvo_worlds::compile::{Compiled, Question};
use serde_json::Value as Json;

use crate::connect::{Connections, Terms, from_llm};
use crate::{Error, Exit};

const PROMPT: &str = include_str!("prompts/answer.txt");

/// So often an answer is asked for before the run ends.
const ATTEMPTS: u32 = 4;

/// Longest answer, in tokens.
const MOST_TOKENS: u32 = 1_200;

/// Who answers calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// Tables drawn from the schemas.
    #[default]
    Builtin,
    /// A chat model, whose answers are kept.
    Model,
}

/// A chat model that answers calls.
#[derive(Clone, Debug)]
pub struct Answering {
    /// The model.
    pub address: Address,
    /// On which terms it is called.
    pub terms: Terms,
    /// The journal of its replies.
    pub journal: PathBuf,
    /// How many calls of each table are answered.
    pub each: usize,
}

/// What `run.toml` says of who answers.
pub fn hash() -> String {
    ContentHash::of(PROMPT.as_bytes()).to_string()
}

/// Has calls of all worlds answered and puts the answers in the place of their rows; how many calls.
///
/// # Errors
/// The model fails, or gives no answer that fits.
pub fn answer(compiled: &mut Compiled, by: &Answering) -> Result<usize, Error> {
    if let Some(folder) = by.journal.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let connections = Connections::new(by.terms.clone(), Some(&by.journal))?;
    let model = connections.model(&by.address)?;
    let questions = compiled.questions(by.each);
    let mut answers = Vec::with_capacity(questions.len());
    let at_once = by.terms.at_once.max(1);
    for some in questions.chunks(at_once) {
        let mut waiting: Vec<_> = Vec::new();
        for question in some {
            let (model, asked) = (Arc::clone(&model), question.clone());
            waiting.push(connections.spawn(async move { one(&*model, &asked).await }));
        }
        for (question, reply) in some.iter().zip(waiting) {
            let reply = connections.wait(reply);
            let broken = |error| Error::new(Exit::Bug, format!("a thread that asked broke: {error}"));
            answers.push((question.clone(), reply.map_err(broken)??));
        }
    }
    compiled.observe(&answers)?;
    Ok(answers.len())
}

/// One call's answer: asked for again where it does not fit.
async fn one(model: &dyn Model, question: &Question) -> Result<Json, Error> {
    let text = PROMPT
        .replace("{tool}", &question.tool)
        .replace("{description}", &question.description)
        .replace("{arguments}", &question.arguments.to_string())
        .replace("{schema}", &question.schema.to_string());
    let validator = jsonschema::options().should_validate_formats(true).build(&question.schema);
    let validator =
        validator.map_err(|error| Error::new(Exit::Bug, format!("an answer's schema: {error}")))?;
    let mut last = String::new();
    for attempt in 0..ATTEMPTS {
        let request = Request {
            format: Format::Json(JsonFormat {
                name: "answer".into(),
                schema: Arc::new(question.schema.clone()),
            }),
            max_tokens: Some(MOST_TOKENS),
            tag: Tag {
                scope: format!("{}/{}/{}", question.domain, question.tool, question.arguments).into(),
                attempt,
                role: "tools".into(),
                phase: "answer".into(),
                ..Tag::default()
            },
            ..Request::new(vec![Message::user(text.as_str())])
        };
        let reply = model.complete(request).await.map_err(|error| from_llm(&error))?;
        match fitting(&reply.text, &validator, question) {
            Ok(answer) => return Ok(answer),
            Err(what) => last = what,
        }
    }
    let what = format!("{} was asked {ATTEMPTS} times: {last}", question.tool);
    Err(Error::new(Exit::Provider, format!("no answer that fits: {what}")))
}

/// The answer that a reply holds; else why it is none.
fn fitting(text: &str, validator: &jsonschema::Validator, question: &Question) -> Result<Json, String> {
    let answer: Json = serde_json::from_str(text).map_err(|error| format!("no JSON ({error})"))?;
    validator.validate(&answer).map_err(|error| format!("{error} at {}", error.instance_path()))?;
    question.check(&answer).map_err(|error| error.to_string())?;
    Ok(answer)
}
