//! Who invents: asks a model for a goal or a person, checks what comes, and asks again a bounded number of times.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use goalconvo_core::{
    CorpusGoal, Episode, Experience, Finding, Goal, GoalClass, Role, Scenario, Stage, UserView,
};
use goalconvo_llm::{Format, JsonFormat, Message, Model, Request, Tag};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::catalogue::catalogue;
use super::prompts::{
    AGAIN, Again, GOAL, GOAL_ASK, GoalAsk, GoalRules, PERSON, PERSON_ASK, PersonAsk, PersonRules,
};
use crate::goals::{Written, prove, typed};
use crate::hub::Shown;
use crate::model::{Count, name_of_traits, told_tasks};
use crate::prompt::Prompts;
use crate::seal::perform;
use crate::speaker::SpeakerError;
use crate::words::Words;

/// A model that invents what surrounds a goal, or the goal too.
#[derive(Clone)]
pub struct Author {
    /// The model. Where its provider can't be held to a schema it should come wrapped in [`goalconvo_llm::Repaired`].
    pub model: Arc<dyn Model>,
    /// The prompts.
    pub prompts: Arc<Prompts>,
    /// Whether it writes the goals.
    pub goals: bool,
    /// Whether it invents who comes and why.
    pub people: bool,
    /// What is known of the person of each index, drawn from a library; indexes beyond the last know nothing.
    pub known: Arc<[Map<String, Value>]>,
    /// The sampling temperature; the provider's own when `None`.
    pub temperature: Option<f64>,
    /// Most tokens of a reply.
    pub max_tokens: u32,
}

/// Where it is written: the stage with its words, and what the round shows.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'d> {
    pub stage: &'d Arc<Stage>,
    pub words: &'d Words,
    pub shown: &'d Shown,
    /// People of earlier rounds, a line each.
    pub came: &'d [String],
}

/// What came of asking for a scenario.
pub(crate) enum Authored {
    /// It is complete.
    Scenario(Scenario),
    /// No reply could be used: what was being written (`goal`, `experience`), and why not.
    Rejected(Scenario, &'static str, String),
}

/// So often a model is asked for one thing.
const ASKED: u32 = 3;

/// What is asked for, and the schema of the reply.
type Asked = (&'static str, LazyLock<Arc<Value>>);

/// A person of five sentences takes about so many bytes: nobody but a model writes one, so there is none to count.
const PERSON_BYTES: usize = 700;

impl Author {
    /// The scenario with what the model invents.
    ///
    /// # Errors
    /// The model's provider failed.
    pub(crate) async fn write(
        &self,
        mut scenario: Scenario,
        desk: Desk<'_>,
    ) -> Result<Authored, SpeakerError> {
        if self.goals {
            let messages = self.about_goal(&scenario, desk)?;
            let check = |text: &str| self.goal(text, &scenario, desk);
            match self.ask(&scenario, &GOAL_ASKED, messages, check).await? {
                Err(reason) => return Ok(Authored::Rejected(scenario, "goal", reason)),
                Ok((goal, by)) => {
                    scenario.goal = goal;
                    scenario.setup.clear();
                    scenario.authors.insert("goal".into(), by);
                }
            }
        }
        if self.people {
            let Some(messages) = self.about_person(&scenario, desk)? else {
                return Ok(Authored::Scenario(scenario));
            };
            let check = |text: &str| person(text, &scenario, desk);
            match self.ask(&scenario, &PERSON_ASKED, messages, check).await? {
                Err(reason) => return Ok(Authored::Rejected(scenario, "experience", reason)),
                Ok((person, by)) => {
                    (scenario.user.name, scenario.user.description) = (person.name, person.description);
                    scenario.experience = Some(person.experience);
                    scenario.authors.insert("experience".into(), by);
                }
            }
        }
        Ok(Authored::Scenario(scenario))
    }

    /// Counts what it would be sent for a scenario.
    ///
    /// # Errors
    /// A prompt can't be filled.
    pub(crate) fn rehearse(
        &self,
        scenario: &Scenario,
        desk: Desk<'_>,
        count: &Count,
    ) -> Result<(), SpeakerError> {
        if self.goals {
            let request = self.request(scenario, &GOAL_ASKED, self.about_goal(scenario, desk)?, 0);
            // The goal at hand, as it stands in records, is about as long as one that is written.
            let reply = serde_json::to_string(&scenario.goal).map_or(0, |goal| goal.len());
            count.call("author", &request, reply);
        }
        if self.people
            && let Some(messages) = self.about_person(scenario, desk)?
        {
            count.call("author", &self.request(scenario, &PERSON_ASKED, messages, 0), PERSON_BYTES);
        }
        Ok(())
    }

    /// Asks until a reply can be used; else why the last one can't. With it, who replied.
    async fn ask<T>(
        &self,
        scenario: &Scenario,
        asked: &Asked,
        mut messages: Vec<Message>,
        check: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Result<(T, String), String>, SpeakerError> {
        let mut reason = String::new();
        for attempt in 0..ASKED {
            let request = self.request(scenario, asked, messages.clone(), attempt);
            let reply = match self.model.complete(request).await {
                Ok(reply) => reply,
                // It was answered and paid for, and is no answer.
                Err(error) if error.is_schema() || error.is_empty() => {
                    reason = error.to_string();
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            match check(&reply.text) {
                Ok(made) => {
                    let by = reply.model.unwrap_or_else(|| "unreported".to_owned());
                    return Ok(Ok((made, format!("model:{by}"))));
                }
                Err(what) => reason = what,
            }
            messages.push(Message::assistant(reply.text));
            messages.push(Message::user(self.prompts.fill(&AGAIN, &Again { reason: reason.clone() })?));
        }
        Ok(Err(reason))
    }

    fn request(&self, scenario: &Scenario, asked: &Asked, messages: Vec<Message>, attempt: u32) -> Request {
        let (key, (what, schema)) = (scenario.key, asked);
        let tag = Tag {
            scope: format!("{}/{}/{what}", key.seed, key.index).into(),
            turn: 0,
            attempt,
            role: "author".into(),
            phase: (*what).into(),
        };
        let mut rng = key.rng(attempt as usize, goalconvo_core::Purpose::Sampling);
        Request {
            format: Format::Json(JsonFormat { name: (*what).into(), schema: Arc::clone(schema) }),
            seed: u32::try_from(rng.below(1 << 31)).ok(),
            temperature: self.temperature,
            max_tokens: Some(self.max_tokens),
            cache_prefix: true,
            tag,
            ..Request::new(messages)
        }
    }

    fn about_goal(&self, scenario: &Scenario, desk: Desk<'_>) -> Result<Vec<Message>, SpeakerError> {
        let rules = GoalRules { offered: catalogue(desk.stage), examples: desk.shown.goals.clone() };
        let class = scenario.goal.class;
        let ask = GoalAsk {
            class: class.name().to_owned(),
            promise: promise(class).to_owned(),
            domains: scenario.domains.iter().map(ToString::to_string).collect(),
        };
        let (rules, ask) = (self.prompts.fill(&GOAL, &rules)?, self.prompts.fill(&GOAL_ASK, &ask)?);
        Ok(vec![Message::system(rules), Message::user(ask)])
    }

    /// The goal in a reply, typed and proven: against the tables, and by the built-in engine, which brings it about.
    fn goal(&self, text: &str, scenario: &Scenario, desk: Desk<'_>) -> Result<Goal, String> {
        let written: Written =
            serde_json::from_str(text).map_err(|error| format!("it is no goal: {error}"))?;
        let goal = typed(&written, scenario.goal.class, desk.stage)?;
        let missing =
            scenario.domains.iter().find(|name| goal.tasks.iter().all(|task| task.domain != **name));
        if let Some(name) = missing {
            return Err(format!("it wants nothing in the domain {name:?}"));
        }
        let ready = CorpusGoal {
            id: String::new(),
            domains: scenario.domains.clone(),
            goal: goal.clone(),
            setup: vec![],
            faults: vec![],
        };
        prove(&ready, desk.stage).map_err(|(at, what)| format!("at {at}: {what}"))?;
        let trial = Scenario { goal: goal.clone(), setup: vec![], faults: vec![], ..scenario.clone() };
        let played = perform(trial, (desk.stage, desk.words), String::new())
            .ok_or("it can't be played in this world")?;
        let verdicts = played.verdicts.iter().filter(|verdict| verdict.finding != Finding::Passed);
        if let Some(reason) = verdicts.flat_map(|verdict| &verdict.reasons).next() {
            return Err(format!("it can't be brought about: {}", reason.what));
        }
        let reached = played.outcome.as_ref().is_some_and(|outcome| outcome.success);
        if reached {
            Ok(goal)
        } else {
            Err("it can't be brought about with the service's tools and rules".to_owned())
        }
    }

    fn about_person(
        &self,
        scenario: &Scenario,
        desk: Desk<'_>,
    ) -> Result<Option<Vec<Message>>, SpeakerError> {
        let Some(episode) = Episode::start(desk.stage.clone(), Arc::new(scenario.clone())) else {
            return Ok(None);
        };
        let view: UserView<'_> = episode.user_view();
        let index = usize::try_from(scenario.key.place()).unwrap_or(usize::MAX);
        let known = self.known.get(index).map(|known| Value::Object(known.clone()).to_string());
        let ask = PersonAsk {
            subjects: view.subjects().map(str::to_owned).collect(),
            tasks: told_tasks(&view),
            traits: name_of_traits(scenario.user.traits),
            known: known.unwrap_or_default(),
        };
        let rules = self.prompts.fill(&PERSON, &PersonRules { came: desk.came.to_vec() })?;
        let ask = self.prompts.fill(&PERSON_ASK, &ask)?;
        Ok(Some(vec![Message::system(rules), Message::user(ask)]))
    }
}

/// What a goal of a class promises.
fn promise(class: GoalClass) -> &'static str {
    match class {
        GoalClass::UniqueMatch => "the wishes of a search fit exactly one entry",
        GoalClass::ManyMatches => "the wishes of a search fit several entries, one of which is then chosen",
        GoalClass::NoneThenRelax => {
            "nothing fits the wishes of a search, until one of them is replaced by what is taken instead"
        }
        GoalClass::InformationOnly => "the user asks questions, and nothing is booked or changed",
        GoalClass::Transaction => "something is booked or changed at the end",
        other => other.name(),
    }
}

/// A person as a model wrote it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrote {
    name: String,
    description: String,
    context: String,
    style: String,
    opening: String,
}

/// A person that can be used.
struct Person {
    name: String,
    description: String,
    experience: Experience,
}

/// Most characters of one field.
const LONGEST: usize = 500;

/// From so many percent of shared words on two people are one.
const SAME: usize = 70;

fn person(text: &str, scenario: &Scenario, desk: Desk<'_>) -> Result<Person, String> {
    let wrote: Wrote = serde_json::from_str(text).map_err(|error| format!("it is no person: {error}"))?;
    let one = |name: &str, text: &str| {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.chars().count() {
            0 => Err(format!("{name} is empty")),
            length if length > LONGEST => {
                Err(format!("{name} has {length} characters, and {LONGEST} are the most"))
            }
            _ => Ok(line),
        }
    };
    let person = Person {
        name: called(one("name", &wrote.name)?)?,
        description: one("description", &wrote.description)?,
        experience: Experience {
            context: one("context", &wrote.context)?,
            opening: one("opening", &wrote.opening)?,
            style: one("style", &wrote.style)?,
        },
    };
    // What may be said at first is what the goal has; the rest would be a wish that nobody proved.
    let reading = desk.words.read(Role::User, &person.experience.opening);
    let wanted = |mention: &&goalconvo_core::Mention| {
        scenario.goal.tasks.iter().all(|task| task.constraints.values().all(|value| !mention.means(value)))
    };
    if let Some(extra) = reading.mentions.iter().find(wanted) {
        let words = person.experience.opening.get(extra.span.clone()).unwrap_or_default();
        return Err(format!("the opening says {words:?}, which is no part of what is wanted"));
    }
    let line = format!("{}: {}", person.name, person.description);
    match desk.came.iter().find(|other| alike(other, &line)) {
        Some(_) => Err("that person has come before; it must be somebody else".to_owned()),
        None => Ok(person),
    }
}

/// Most words of a name.
const NAMES: usize = 5;

/// Most characters of a name.
const LONGEST_NAME: usize = 60;

/// What stands shortened in names, with a full stop.
const TITLES: [&str; 14] =
    ["dr", "mr", "mrs", "ms", "mx", "prof", "rev", "st", "jr", "sr", "capt", "sgt", "lt", "hon"];

/// A name as somebody may have it; else why it is none.
fn called(name: String) -> Result<String, String> {
    let words = name.split(' ').count();
    let length = name.chars().count();
    if words > NAMES || length > LONGEST_NAME {
        return Err(format!(
            "name has {words} words and {length} characters, and {NAMES} and {LONGEST_NAME} are the most: give the \
             name alone"
        ));
    }
    let marked = |word: &str| word.contains(['?', '!', ';', ':']) || (word.contains('.') && !is_short(word));
    let digits = name.chars().any(char::is_numeric);
    if digits || !name.chars().any(char::is_alphabetic) || name.split(' ').any(marked) {
        return Err(format!(
            "name is {name:?}; expected a person's name, without digits or the marks of a sentence"
        ));
    }
    Ok(name)
}

/// Whether a word with full stops is a title or initials.
fn is_short(word: &str) -> bool {
    let Some(parts) = word.strip_suffix('.') else { return false };
    let initials =
        parts.split('.').all(|part| part.chars().count() == 1 && part.chars().all(char::is_uppercase));
    initials || TITLES.contains(&parts.to_lowercase().as_str())
}

/// Whether two descriptions share most of their words.
fn alike(one: &str, other: &str) -> bool {
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2);
        words.map(str::to_lowercase).collect()
    };
    let (one, other) = (words(one), words(other));
    let (shared, all) = (one.intersection(&other).count(), one.union(&other).count());
    all > 0 && shared * 100 >= all * SAME
}

static PERSON_ASKED: Asked = (
    "experience",
    LazyLock::new(|| {
        let text = || json!({ "type": "string", "minLength": 1, "maxLength": LONGEST });
        Arc::new(json!({
            "type": "object",
            "properties": {
                "name": { "type": "string", "minLength": 1, "maxLength": LONGEST_NAME },
                "description": text(),
                "context": text(),
                "style": text(),
                "opening": text(),
            },
            "required": ["name", "description", "context", "style", "opening"],
            "additionalProperties": false,
        }))
    }),
);

static GOAL_ASKED: Asked = (
    "goal",
    LazyLock::new(|| {
        let wishes = || {
            json!({
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": { "slot": { "type": "string" }, "value": { "type": "string" } },
                    "required": ["slot", "value"],
                    "additionalProperties": false,
                },
            })
        };
        Arc::new(json!({
            "type": "object",
            "properties": {
                "tasks": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "properties": {
                            "domain": { "type": "string" },
                            "intent": { "type": "string" },
                            "wishes": wishes(),
                            "instead": wishes(),
                            "questions": { "type": "array", "items": { "type": "string" } },
                        },
                        "required": ["domain", "intent", "wishes", "instead", "questions"],
                        "additionalProperties": false,
                    },
                },
            },
            "required": ["tasks"],
            "additionalProperties": false,
        }))
    }),
);
