//! Two personas talk.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use goalconvo_core::{Key, Origin, Purpose, Usage};
use goalconvo_llm::{Format, JsonFormat, Message, Model, Reply, Request, Tag};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::card::Card;
use super::orchestrator::{Heard, Orchestrator};
use super::prompts::{AGAIN, Again, INSTRUCTION, Instruction, RULES, RoleRules};
use super::talk::{End, Spoken, TALK_FORMAT, Talk};
use crate::prompt::{PromptError, Prompts};
use crate::speaker::SpeakerError;

/// One side of a talk.
pub struct Part {
    /// Who it is.
    pub card: Card,
    /// Who words it.
    pub model: Arc<dyn Model>,
    /// Who tells it what to mind, in order.
    pub orchestrators: Vec<Orchestrator>,
}

/// Both sides; the first speaks first.
pub struct Cast {
    /// The two parts.
    pub parts: [Part; 2],
    /// The prompts.
    pub prompts: Arc<Prompts>,
}

/// Who may end a talk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhoEnds {
    /// Both.
    #[default]
    Both,
    /// The one who speaks first.
    First,
    /// The one who speaks second.
    Second,
    /// Nobody: it is cut off.
    Nobody,
}

impl WhoEnds {
    fn may(self, part: usize) -> bool {
        match self {
            WhoEnds::Both => true,
            WhoEnds::First => part == 0,
            WhoEnds::Second => part == 1,
            WhoEnds::Nobody => false,
        }
    }
}

/// How a talk goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Where and why they talk.
    pub context: String,
    /// The first speaker's first words; one is drawn. Empty: the model words them.
    pub opening: Vec<String>,
    /// Most utterances of both.
    pub most_turns: usize,
    /// Who may end it.
    pub ends: WhoEnds,
    /// Most requests for one utterance.
    pub attempts: u32,
    /// The sampling temperature.
    pub temperature: Option<f64>,
    /// Most tokens of a reply.
    pub max_tokens: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            context: String::new(),
            opening: vec![],
            most_turns: 40,
            ends: WhoEnds::Both,
            attempts: 4,
            temperature: None,
            max_tokens: 400,
        }
    }
}

/// Plays the talk of an index: the same for the same seed, index, personas and replies.
///
/// # Errors
/// A provider failed, or a speaker gave no usable reply in as many attempts as there are. No words are put in its place.
pub async fn talk(cast: &Cast, rules: &Rules, key: Key) -> Result<Talk, SpeakerError> {
    let mut stage = Stage::new(cast, rules, key)?;
    let mut end = End::CutOff;
    while stage.turns.len() < rules.most_turns {
        let at = stage.turns.len() % 2;
        if stage.speak(at).await? {
            end = End::EndedBy(cast.parts[at].card.name.clone());
            break;
        }
    }
    let [first, second] = [0, 1].map(|at| cast.parts[at].card.clone());
    let hashes = [cast.prompts.hash(&RULES), cast.prompts.hash(&INSTRUCTION), cast.prompts.hash(&AGAIN)];
    Ok(Talk {
        format: TALK_FORMAT.to_owned(),
        id: stage.id,
        seed: key.seed,
        index: key.index,
        personas: [first, second],
        context: rules.context.clone(),
        turns: stage.turns,
        end,
        prompts: BTreeMap::from(hashes),
    })
}

/// A talk that is being played.
struct Stage<'a> {
    cast: &'a Cast,
    rules: &'a Rules,
    key: Key,
    id: String,
    turns: Vec<Spoken>,
    /// What each side was shown so far; only ever added to, so that providers find the beginning in their caches.
    histories: [Vec<Message>; 2],
}

/// What a speaker replies with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    words: String,
    #[serde(default)]
    done: bool,
}

impl<'a> Stage<'a> {
    fn new(cast: &'a Cast, rules: &'a Rules, key: Key) -> Result<Self, SpeakerError> {
        let names = [0, 1].map(|at| cast.parts[at].card.name.to_lowercase());
        if names[0] == names[1] {
            let message = format!("both personas are called {:?}; give them different names", names[0]);
            return Err(SpeakerError::new(message, false));
        }
        let system = |at: usize| -> Result<Vec<Message>, PromptError> {
            let rules = RoleRules {
                name: cast.parts[at].card.name.clone(),
                partner: cast.parts[1 - at].card.name.clone(),
                description: cast.parts[at].card.description.clone(),
                context: rules.context.clone(),
                may_end: rules.ends.may(at),
                shape: shape(rules.ends.may(at)).to_owned(),
            };
            Ok(vec![Message::system(cast.prompts.fill(&RULES, &rules)?)])
        };
        let histories = [system(0)?, system(1)?];
        let mut stage = Stage { cast, rules, key, id: format!("{:06}", key.index), turns: vec![], histories };
        if let Some(opening) = key.rng(0, Purpose::Words).pick(&rules.opening) {
            stage.add(
                0,
                opening.clone(),
                Spoken {
                    speaker: String::new(),
                    text: String::new(),
                    instructions: vec![],
                    origin: Origin::Script,
                    usage: None,
                    discarded: 0,
                },
            );
        }
        Ok(stage)
    }

    /// One utterance; whether the speaker ended the talk with it.
    async fn speak(&mut self, at: usize) -> Result<bool, SpeakerError> {
        let part = &self.cast.parts[at];
        let instructions = self.instructions(at);
        let mut messages = self.histories[at].clone();
        if self.turns.is_empty() {
            messages.push(Message::user(format!("You speak first, {}.", part.card.name)));
        }
        if !instructions.is_empty() {
            let filled = Instruction { instructions: instructions.clone() };
            messages.push(Message::system(self.cast.prompts.fill(&INSTRUCTION, &filled)?));
        }
        let mut complaint = String::new();
        for attempt in 0..self.rules.attempts {
            let request = self.request(at, attempt, messages.clone());
            let reply = match part.model.complete(request).await {
                Ok(reply) => reply,
                // Empty replies and those beside the schema are a model's mistakes: asked again, then given up.
                Err(error) if error.is_empty() || error.is_schema() => {
                    complaint = error.to_string();
                    continue;
                }
                Err(error) => {
                    let whose = format!("{} could not speak", part.card.name);
                    return Err(SpeakerError::from(error).of(&whose));
                }
            };
            match self.read(at, &reply) {
                Ok(said) => {
                    let spoken = spoken(&reply, instructions, attempt);
                    let done = said.done;
                    self.add(at, said.words, spoken);
                    return Ok(done);
                }
                Err(what) => {
                    complaint = what;
                    let again = Again {
                        complaint: complaint.clone(),
                        name: part.card.name.clone(),
                        shape: shape(self.rules.ends.may(at)).to_owned(),
                    };
                    messages.push(Message::assistant(reply.text));
                    messages.push(Message::user(self.cast.prompts.fill(&AGAIN, &again)?));
                }
            }
        }
        let (name, attempts) = (&part.card.name, self.rules.attempts);
        let message =
            format!("{name} gave no usable reply in {attempts} attempts, the last one: {complaint}");
        Err(SpeakerError::new(message, true))
    }

    fn instructions(&self, at: usize) -> Vec<String> {
        let name = &self.cast.parts[at].card.name;
        let said: Vec<(bool, &str)> =
            self.turns.iter().map(|turn| (turn.speaker == *name, turn.text.as_str())).collect();
        let heard = Heard { said: &said };
        let orchestrators = self.cast.parts[at].orchestrators.iter().enumerate();
        let told = orchestrators.filter_map(|(number, orchestrator)| {
            // Each side, orchestrator and move has a stream of its own.
            let rngs = |turn: usize| self.key.rng((turn * 2 + at) * 64 + number, Purpose::User);
            orchestrator.instruct(&heard, &rngs)
        });
        told.collect()
    }

    fn request(&self, at: usize, attempt: u32, messages: Vec<Message>) -> Request {
        let turn = self.turns.len();
        let tag = Tag {
            scope: self.id.as_str().into(),
            turn: u32::try_from(turn).unwrap_or(u32::MAX),
            attempt,
            role: if at == 0 { "first" } else { "second" }.into(),
            phase: "roleplay".into(),
        };
        let seed = self.key.rng(turn * 16 + attempt as usize, Purpose::Words).below(1 << 31);
        Request {
            format: Format::Json(JsonFormat { name: "turn".into(), schema: schema(self.rules.ends.may(at)) }),
            seed: u32::try_from(seed).ok(),
            temperature: self.rules.temperature,
            max_tokens: Some(self.rules.max_tokens),
            cache_prefix: true,
            tag,
            ..Request::new(messages)
        }
    }

    /// What the reply says, or why it can't be used.
    fn read(&self, at: usize, reply: &Reply) -> Result<Said, String> {
        let mut said: Said = serde_json::from_str(&reply.text)
            .map_err(|error| format!("it is not the JSON asked for ({error})"))?;
        said.words = said.words.trim().to_owned();
        if !said.words.chars().any(char::is_alphanumeric) {
            return Err("it says nothing".to_owned());
        }
        if said.done && !self.rules.ends.may(at) {
            return Err("only the other one may end the conversation".to_owned());
        }
        let fewest = self.fewest();
        if said.done && self.turns.len() < fewest {
            return Err(format!("it is too early to end: {fewest} utterances come before the last one"));
        }
        let labelled = |line: &str| {
            let line = line.trim_start_matches(['*', '"', ' ']).to_lowercase();
            self.cast
                .parts
                .iter()
                .any(|part| line.starts_with(&format!("{}:", part.card.name.to_lowercase())))
        };
        if said.words.lines().any(labelled) {
            return Err("it puts a speaker's name before the words, or speaks for the other one".to_owned());
        }
        if self.turns.iter().any(|turn| turn.text == said.words && said.words.split_whitespace().count() > 4)
        {
            return Err("the same was said before".to_owned());
        }
        Ok(said)
    }

    /// So many utterances come before one that ends the talk, whichever side's orchestrators ask for it.
    fn fewest(&self) -> usize {
        let told = self.cast.parts.iter().flat_map(|part| &part.orchestrators);
        told.map(Orchestrator::fewest).max().unwrap_or(0)
    }

    /// Adds words to the talk and to what both sides were shown.
    fn add(&mut self, at: usize, words: String, spoken: Spoken) {
        let own = json!({ "words": words }).to_string();
        self.histories[at].push(Message::assistant(own));
        self.histories[1 - at].push(Message::user(words.as_str()));
        let speaker = self.cast.parts[at].card.name.clone();
        self.turns.push(Spoken { speaker, text: words, ..spoken });
    }
}

fn spoken(reply: &Reply, instructions: Vec<String>, discarded: u32) -> Spoken {
    let usage = reply.usage.map(|used| Usage {
        prompt_tokens: used.prompt_tokens,
        completion_tokens: used.completion_tokens,
        cost: reply.cost.map(goalconvo_llm::Cost::dollars),
        latency_ms: Some(reply.latency_us / 1000),
    });
    // As the reply reports it: a model that does not say who it is stays unknown.
    let origin = reply.model.clone().map_or(Origin::Unknown, Origin::Model);
    Spoken { speaker: String::new(), text: String::new(), instructions, origin, usage, discarded }
}

fn shape(may_end: bool) -> &'static str {
    if may_end { r#"{"words": "what you say", "done": false}"# } else { r#"{"words": "what you say"}"# }
}

fn schema(may_end: bool) -> Arc<Value> {
    static SCHEMAS: LazyLock<[Arc<Value>; 2]> = LazyLock::new(|| {
        let words = json!({ "type": "string", "minLength": 1 });
        let plain = json!({
            "type": "object",
            "properties": { "words": words },
            "required": ["words"],
            "additionalProperties": false,
        });
        let ending = json!({
            "type": "object",
            "properties": { "words": words, "done": { "type": "boolean" } },
            "required": ["words", "done"],
            "additionalProperties": false,
        });
        [Arc::new(plain), Arc::new(ending)]
    });
    Arc::clone(&SCHEMAS[usize::from(may_end)])
}
