//! A goal that somebody wrote down, a model for one: its texts become typed values, and running the tools says how each
//! task ends. Nothing that the writer says about its ending is believed, for it is not asked.

use std::sync::Arc;

use goalconvo_core::{
    Argument, ArgumentKind, Arguments, Domain, Expect, Goal, GoalClass, Intent, IntentKind, Slots, Stage,
    Task, Tool, Value, World,
};
use serde::{Deserialize, Serialize};

use super::blank;
use super::draft::Draft;
use crate::prompt::nearest;

/// A goal as it is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// What is to be done, in order.
    pub tasks: Vec<WrittenTask>,
}

/// One task of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenTask {
    /// The domain.
    pub domain: String,
    /// The intent within it.
    pub intent: String,
    /// What is wanted.
    pub wishes: Vec<WrittenWish>,
    /// What is taken instead, step by step, where that can't be had.
    pub instead: Vec<WrittenWish>,
    /// Slots that the user wants to be told.
    pub questions: Vec<String>,
}

/// A slot with its value as a text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenWish {
    /// The slot.
    pub slot: String,
    /// The value.
    pub value: String,
}

impl From<&Goal> for Written {
    fn from(goal: &Goal) -> Self {
        let wishes = |slots: &Slots| -> Vec<WrittenWish> {
            let wish = |(slot, value): (&smol_str::SmolStr, &Value)| WrittenWish {
                slot: slot.to_string(),
                value: value.plain().to_string(),
            };
            slots.iter().map(wish).collect()
        };
        let task = |task: &Task| WrittenTask {
            domain: task.domain.to_string(),
            intent: task.intent.to_string(),
            wishes: wishes(&task.constraints),
            instead: task.relaxations.iter().flat_map(wishes).collect(),
            questions: task.requests.iter().map(ToString::to_string).collect(),
        };
        Written { tasks: goal.tasks.iter().map(task).collect() }
    }
}

/// The goal in a written one, if it is of the class that was asked for.
///
/// # Errors
/// What is wrong with it, as a clause that its writer can mend it by.
pub(crate) fn typed(written: &Written, class: GoalClass, stage: &Arc<Stage>) -> Result<Goal, String> {
    if written.tasks.is_empty() || written.tasks.len() > 6 {
        return Err(format!("it has {} tasks, and one to six are a goal", written.tasks.len()));
    }
    let world = World::new(stage.tables().clone());
    let mut shape = Shape::default();
    let mut tasks: Vec<Task> = Vec::new();
    for (at, task) in written.tasks.iter().enumerate() {
        let below = |what: String| format!("task {}: {what}", at + 1);
        let (domain, intent, tool) = named(task, stage).map_err(below)?;
        let typed = one(task, (domain, intent, tool), &world, &mut shape).map_err(below)?;
        tasks.push(typed);
    }
    shape.admits(class)?;
    Ok(Goal { class, tasks })
}

fn named<'s>(task: &WrittenTask, stage: &'s Stage) -> Result<(&'s Domain, &'s Intent, &'s Tool), String> {
    let domain = stage.domain(&task.domain).ok_or_else(|| {
        let known = stage.domains().iter().map(|domain| domain.name.as_str());
        format!("there is no domain {:?}{}", task.domain, nearest(&task.domain, known))
    })?;
    let intent = domain.intent(&task.intent).ok_or_else(|| {
        let known = domain.intents.iter().map(|intent| intent.name.as_str());
        format!("there is no intent {:?}{}", task.intent, nearest(&task.intent, known))
    })?;
    let tool =
        domain.tool(&intent.tool).ok_or_else(|| format!("the intent {:?} has no tool", intent.name))?;
    Ok((domain, intent, tool))
}

/// What kinds of end the searches and deeds of a goal have.
#[derive(Default)]
struct Shape {
    unique: bool,
    several: bool,
    relaxed: bool,
    deed: bool,
    asks: bool,
}

impl Shape {
    fn admits(&self, class: GoalClass) -> Result<(), String> {
        let (holds, promise) = match class {
            GoalClass::UniqueMatch => (self.unique, "a search whose wishes exactly one row fits"),
            GoalClass::ManyMatches => (self.several, "a search whose wishes several rows fit"),
            GoalClass::NoneThenRelax => (
                self.relaxed,
                "a search whose wishes nothing fits until one of them is replaced by what is taken instead",
            ),
            GoalClass::InformationOnly => {
                (!self.deed && self.asks, "questions, and nothing that is booked or changed")
            }
            GoalClass::Transaction => (self.deed, "something that is booked or changed"),
            other => return Err(format!("goals of the class {} are not written", other.name())),
        };
        if holds { Ok(()) } else { Err(format!("it was to have {promise}, and has not")) }
    }
}

fn one(
    task: &WrittenTask,
    (domain, intent, tool): (&Domain, &Intent, &Tool),
    world: &World,
    shape: &mut Shape,
) -> Result<Task, String> {
    let mut typed = blank(&domain.name, &intent.name, Expect::Found);
    for wish in &task.wishes {
        let (slot, value) = value(wish, (domain, intent, tool))?;
        typed.constraints.insert(slot, value);
    }
    for wish in &task.instead {
        let (slot, value) = value(wish, (domain, intent, tool))?;
        typed.relaxations.push(Slots::from([(slot, value)]));
    }
    for question in &task.questions {
        if !intent.requests.iter().any(|slot| slot == question) {
            let known = intent.requests.iter().map(smol_str::SmolStr::as_str);
            return Err(format!("{question:?} is nothing to ask about{}", nearest(question, known)));
        }
        typed.requests.push(question.as_str().into());
    }
    shape.asks |= !typed.requests.is_empty();
    match intent.kind {
        IntentKind::Search => search(&mut typed, tool, world, shape)?,
        IntentKind::Lookup => {}
        IntentKind::Transact => {
            shape.deed = true;
            typed.expect = Expect::Done;
        }
    }
    Ok(typed)
}

/// How a search ends: as it is asked at first, or with as many replacements as it needs.
fn search(task: &mut Task, tool: &Tool, world: &World, shape: &mut Shape) -> Result<(), String> {
    for relaxed in 0..=task.relaxations.len() {
        let slots = task.wanted(false, relaxed);
        let found = tool.run(&mut world.clone(), &Arguments::Parsed(Value::record(slots)));
        let found = found.map_err(|error| format!("the search can't be made: {}", error.message))?;
        let total = found.field("total").and_then(Value::as_number).unwrap_or(0.0);
        if total > 0.0 {
            (task.relaxed, shape.relaxed) = (relaxed, shape.relaxed || relaxed > 0);
            shape.unique |= relaxed == 0 && total == 1.0;
            shape.several |= relaxed == 0 && total > 1.0;
            return Ok(());
        }
    }
    let wishes: Vec<String> =
        task.constraints.iter().map(|(slot, value)| format!("{slot} = {}", value.plain())).collect();
    Err(format!("nothing in {} fits {}, nor what is taken instead", tool.table, wishes.join(", ")))
}

fn value(
    wish: &WrittenWish,
    (domain, intent, tool): (&Domain, &Intent, &Tool),
) -> Result<(smol_str::SmolStr, Value), String> {
    let all = || intent.required.iter().chain(&intent.optional);
    let slot = all().find(|slot| **slot == wish.slot).ok_or_else(|| {
        let known = all().map(smol_str::SmolStr::as_str);
        format!("{:?} is no slot of {}{}", wish.slot, intent.name, nearest(&wish.slot, known))
    })?;
    let text = wish.value.trim();
    let known = Draft::values(domain, slot);
    let same = |value: &&&Value| value.plain().eq_ignore_ascii_case(text);
    let argument = tool.arguments.iter().find(|argument| argument.slot == *slot);
    let value = match known.iter().find(same) {
        Some(value) => Value::clone(value),
        None => parsed(text, argument)?,
    };
    if let Some(Err(what)) = argument.map(|argument| argument.check(&value)) {
        return Err(what);
    }
    Ok((slot.clone(), value))
}

/// A text as the value that an argument takes.
fn parsed(text: &str, argument: Option<&Argument>) -> Result<Value, String> {
    let wrong = |expected: &str| format!("found {text:?}, expected {expected}");
    Ok(match argument.map(|argument| argument.kind) {
        Some(ArgumentKind::Integer) => Value::Int(text.parse().map_err(|_| wrong("a whole number"))?),
        Some(ArgumentKind::Number) => {
            let number: f64 = text.parse().map_err(|_| wrong("a number"))?;
            if number.is_finite() { Value::Float(number) } else { return Err(wrong("a number")) }
        }
        Some(ArgumentKind::Boolean) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" => Value::Bool(true),
            "false" | "no" => Value::Bool(false),
            _ => return Err(wrong("true or false")),
        },
        _ => Value::text(text),
    })
}
