//! What the dialogues of a run over tools come to, counted from the records alone: one figure a promise.
//!
//! Steps that need an earlier answer are those whose tool takes a key out of one, or whose task carries a value from an
//! earlier task; they use it when every such argument stands in an answer before the call.

use std::collections::{BTreeMap, BTreeSet};

use goalconvo_core::{
    Argument, ArgumentKind, Arguments, ContentHash, Dialogue, Role, SlotKind, Stage, Tool, ToolCall, Turn,
    Value,
};
use goalconvo_store::Dataset;
use serde::Serialize;
use smol_str::SmolStr;

use crate::assemble::Stages;
use crate::engine::Judge;
use crate::{Error, Stop, run};

/// A parameter counts when so many values of it were given: of fewer, chance alone gives one more than its share.
const LEAST_VALUES: u64 = 200;
/// A parameter's domain is open when it has at least so many values.
const OPEN: usize = 40;
/// Letters and digits together are a code from this length on.
const CODE: usize = 5;

/// The figures of a run over tools.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Audit {
    /// How many dialogues were asked for; as many as there are for a single file.
    pub asked: u64,
    /// How many are written.
    pub written: u64,
    /// Of how many every check holds.
    pub verified: u64,
    /// SHA-256 of the file with the dialogues.
    pub content: String,
    /// Tool calls.
    pub calls: u64,
    /// Those whose arguments the tool's own JSON Schema refuses, or that name no tool.
    pub calls_outside_schema: u64,
    /// Calls for a page after the first.
    pub later_pages: u64,
    /// Calls of which an argument is a list or a date-time that slots make up.
    pub folded: u64,
    /// Calls that failed, by the kind of failure.
    pub failed: BTreeMap<String, u64>,
    /// Calls that are not the first of their dialogue.
    pub later_steps: u64,
    /// Of those, the ones that need an earlier answer.
    pub needing: u64,
    /// Of those, the ones of which every needed argument stands in an earlier answer.
    pub using: u64,
    /// Codes in users' words.
    pub codes_said: u64,
    /// Of those, the ones that the user had neither been shown nor brought along in its goal.
    pub codes_invented: u64,
    /// Open parameters of which enough values were given, the one whose commonest value has the largest share first.
    pub parameters: Vec<Spread>,
    /// Patterns: what was asked and what came.
    pub mix: Vec<Share>,
}

/// How the values of a parameter spread.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The tool.
    pub tool: String,
    /// The parameter.
    pub argument: String,
    /// Values given.
    pub values: u64,
    /// Different ones among them.
    pub distinct: usize,
    /// The commonest.
    pub commonest: String,
    /// Its share of all.
    pub share: f64,
}

/// How much of a run has a pattern, in percent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The pattern.
    pub class: String,
    /// As asked.
    pub asked: f64,
    /// As it came.
    pub shown: f64,
}

/// A promise, with what was found.
pub struct Promise {
    /// Whether it holds; nothing where there was nothing to count.
    pub holds: Option<bool>,
    /// What was found, in a line.
    pub found: String,
}

/// Counts a dataset.
///
/// # Errors
/// It can't be read, or a record's world is not there.
pub fn audit(dataset: &Dataset, stages: &Stages<Judge>, threads: usize, stop: &Stop) -> Result<Audit, Error> {
    let mut counting = Counting::default();
    for record in dataset.dialogues()? {
        let (line, dialogue) = record?;
        let on = stages
            .of(&dialogue)
            .map_err(|what| Error::bad_input(format!("{} line {line}: {what}", dataset.file.display())))?;
        counting.dialogue(&dialogue, &on.0);
    }
    let checked = run::verify(dataset, stages, threads, stop)?;
    let mut audit = counting.audit;
    audit.verified = checked.passed;
    audit.asked = dataset.header.as_ref().map_or(audit.written, |header| header.to - header.from);
    audit.content = ContentHash::of(&std::fs::read(&dataset.file)?).to_string();
    audit.parameters = spreads(counting.values);
    audit.mix = mix(dataset)?;
    Ok(audit)
}

impl Audit {
    /// The promises of dialogues over tools.
    pub fn promises(&self) -> Vec<Promise> {
        let percent = |part: u64, of: u64| 100.0 * part as f64 / of.max(1) as f64;
        let promise = |of: u64, holds: bool, found| Promise { holds: (of > 0).then_some(holds), found };
        let used = percent(self.using, self.needing);
        let most = self.parameters.first();
        let off = self.mix.iter().map(|share| (share.asked - share.shown).abs()).fold(0.0, f64::max);
        vec![
            promise(
                1,
                self.written == self.asked && self.written > 0,
                format!("{} of {} dialogues written", self.written, self.asked),
            ),
            promise(1, self.verified == self.written, format!("{} verified", self.verified)),
            promise(
                self.calls,
                self.calls_outside_schema == 0,
                format!("{} of {} calls outside their schema", self.calls_outside_schema, self.calls),
            ),
            promise(
                self.needing,
                used >= 90.0,
                format!(
                    "{used:.1} % of the {} later steps that need an earlier answer use one ({} later steps in all)",
                    self.needing, self.later_steps
                ),
            ),
            promise(
                self.codes_said,
                self.codes_invented == 0,
                format!("{} of {} codes in users' words invented", self.codes_invented, self.codes_said),
            ),
            promise(
                self.parameters.len() as u64,
                most.is_some_and(|most| most.share < 0.05),
                match most {
                    None => format!("no open parameter has {LEAST_VALUES} values"),
                    Some(Spread { tool, argument, values, share, commonest, .. }) => format!(
                        "commonest value of an open parameter {:.1} %: {commonest:?} of {tool}.{argument} ({values} \
                         values); {} such parameters",
                        100.0 * share,
                        self.parameters.len()
                    ),
                },
            ),
            promise(
                self.mix.len() as u64,
                off <= 2.0,
                format!("patterns at most {off:.2} points from what was asked ({} patterns)", self.mix.len()),
            ),
        ]
    }
}

/// The values of a parameter so far, by tool and argument.
type Values = BTreeMap<(String, String), BTreeMap<String, u64>>;

#[derive(Default)]
struct Counting {
    audit: Audit,
    values: Values,
    /// By the domains of a stage and the tool: another stage may have another tool of the name.
    schemas: BTreeMap<(Vec<SmolStr>, SmolStr), Option<jsonschema::Validator>>,
}

impl Counting {
    fn dialogue(&mut self, dialogue: &Dialogue, stage: &Stage) {
        self.audit.written += 1;
        let mut told: BTreeSet<String> = BTreeSet::new();
        let mut first = true;
        for turn in &dialogue.turns {
            match turn {
                Turn::Tool(answer) => {
                    leaves(&answer.result, &mut told);
                    if let Some(error) = &answer.error {
                        *self.audit.failed.entry(format!("{:?}", error.kind)).or_default() += 1;
                    }
                }
                Turn::Assistant(said) => {
                    for call in &said.tool_calls {
                        self.call(call, dialogue, stage, (&told, first));
                        first = false;
                    }
                }
                Turn::User(_) | Turn::Garbled { .. } => {}
            }
        }
        self.codes(dialogue);
    }

    fn call(
        &mut self,
        call: &ToolCall,
        dialogue: &Dialogue,
        stage: &Stage,
        (told, first): (&BTreeSet<String>, bool),
    ) {
        self.audit.calls += 1;
        let Some(tool) = stage.tool(&call.function.name) else {
            self.audit.calls_outside_schema += 1;
            return;
        };
        let arguments = &call.function.arguments;
        let key = (dialogue.domains.clone(), tool.name.clone());
        let schema = self.schemas.entry(key).or_insert_with(|| validator(tool));
        self.audit.calls_outside_schema +=
            u64::from(!schema.as_ref().is_some_and(|schema| fits(schema, arguments)));
        let goes_on = is_later_page(tool, arguments);
        self.audit.later_pages += u64::from(goes_on);
        self.audit.folded += u64::from(tool.folds.iter().any(|fold| arguments.get(&fold.name).is_some()));
        let arguments = &*tool.by_slot(arguments);
        // Who asks for the next page says again what was asked for.
        for (name, value) in arguments.fields().iter().filter(|_| !goes_on) {
            if tool.argument(name).is_some_and(|argument| is_open(argument, tool, stage)) {
                let key = (tool.name.to_string(), name.to_string());
                *self.values.entry(key).or_default().entry(value.plain().to_string()).or_insert(0) += 1;
            }
        }
        if first {
            return;
        }
        self.audit.later_steps += 1;
        let needed = needed(tool, dialogue, stage);
        let mut given =
            arguments.fields().iter().filter(|(name, _)| needed.contains(name.as_str())).peekable();
        if given.peek().is_some() {
            self.audit.needing += 1;
            self.audit.using += u64::from(given.all(|(_, value)| told.contains(value.plain().as_str())));
        }
    }

    /// Codes in the user's words, against what was shown before and what the goal brings.
    fn codes(&mut self, dialogue: &Dialogue) {
        let mut known = String::new();
        let tasks = dialogue.scenario.iter().flat_map(|scenario| &scenario.goal.tasks);
        for value in tasks
            .flat_map(|task| task.constraints.iter().filter(|(slot, _)| !task.carried.contains_key(*slot)))
        {
            known.push_str(&value.1.plain().to_lowercase());
            known.push(' ');
        }
        for (role, text) in dialogue.turns.iter().filter_map(words) {
            let text = text.to_lowercase();
            if role == Role::User {
                for code in text.split(|c: char| !c.is_alphanumeric()).filter(|word| is_code(word)) {
                    self.audit.codes_said += 1;
                    self.audit.codes_invented += u64::from(!known.contains(code));
                }
            }
            known.push_str(&text);
            known.push(' ');
        }
    }
}

fn words(turn: &Turn) -> Option<(Role, &str)> {
    match turn {
        Turn::User(said) => Some((Role::User, &said.text)),
        Turn::Assistant(said) => Some((Role::Assistant, &said.text)),
        _ => None,
    }
}

/// Whether a word is a code: letters and digits, and no ordinal or hour.
fn is_code(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let hour = word.trim_start_matches(|c: char| c.is_ascii_digit());
    word.len() >= CODE
        && digits > 0
        && digits < word.len()
        && !matches!(hour, "am" | "pm" | "st" | "nd" | "rd" | "th")
}

/// Whether a call asks for a page after the first.
fn is_later_page(tool: &Tool, arguments: &Arguments) -> bool {
    let start = tool.paging.as_ref().and_then(|paging| Some((paging, arguments.get(&paging.start)?)));
    start.is_some_and(|(paging, start)| paging.first().as_ref() != Some(start))
}

/// The arguments of a tool that need an earlier answer: keys of entities, and what the goal carries.
fn needed<'a>(tool: &Tool, dialogue: &'a Dialogue, stage: &'a Stage) -> BTreeSet<&'a str> {
    let intents = stage.domains().iter().flat_map(|domain| &domain.intents);
    let keys = intents.filter(|intent| intent.tool == tool.name).flat_map(|intent| &intent.from_entity);
    let mut needed: BTreeSet<&str> = keys.map(|(argument, _)| argument.as_str()).collect();
    let tasks = dialogue.scenario.iter().flat_map(|scenario| &scenario.goal.tasks);
    let own = tasks.filter(|task| stage.intent_of(task).is_some_and(|intent| intent.tool == tool.name));
    needed.extend(own.flat_map(|task| task.carried.keys()).map(SmolStr::as_str));
    needed
}

/// All values in a result, as text.
fn leaves(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Record(_) => value.fields().iter().for_each(|(_, inner)| leaves(inner, found)),
        Value::List(_) => value.items().iter().for_each(|inner| leaves(inner, found)),
        Value::Null => {}
        leaf => {
            found.insert(leaf.plain().to_string());
        }
    }
}

/// Whether so many values can be given for an argument that none should be common.
fn is_open(argument: &Argument, tool: &Tool, stage: &Stage) -> bool {
    let domains = stage.domains().iter();
    let Some(domain) = domains.into_iter().find(|domain| domain.tool(&tool.name).is_some()) else {
        return false;
    };
    let Some(slot) = domain.slots.get(&argument.slot) else { return false };
    let closed = matches!(slot.kind, SlotKind::Category | SlotKind::Flag | SlotKind::Count);
    let in_column = || {
        let table = domain.table(&tool.table)?;
        Some(table.values(table.column(argument.column.as_ref()?)?).count())
    };
    let possible = if slot.values.is_empty() { in_column().unwrap_or(usize::MAX) } else { slot.values.len() };
    !closed && argument.allowed.is_empty() && argument.kind != ArgumentKind::Boolean && possible >= OPEN
}

/// Whether arguments fit a tool's JSON Schema, by a validator that knows the schema that models get and not the tool.
fn fits(schema: &jsonschema::Validator, arguments: &Arguments) -> bool {
    let Arguments::Parsed(record) = arguments else { return false };
    serde_json::to_value(record).is_ok_and(|given| schema.is_valid(&given))
}

/// The validator of a tool's schema; none where the schema itself is wrong, which no call fits.
fn validator(tool: &Tool) -> Option<jsonschema::Validator> {
    jsonschema::options().should_validate_formats(true).build(&tool.parameters()).ok()
}

fn spreads(values: Values) -> Vec<Spread> {
    let spread = |((tool, argument), counts): ((String, String), BTreeMap<String, u64>)| {
        let values: u64 = counts.values().sum();
        let (commonest, most) = counts.iter().max_by_key(|(_, count)| **count)?;
        let (commonest, share) = (commonest.clone(), *most as f64 / values as f64);
        let enough = values >= LEAST_VALUES;
        enough.then_some(Spread { tool, argument, values, distinct: counts.len(), commonest, share })
    };
    let mut spreads: Vec<Spread> = values.into_iter().filter_map(spread).collect();
    spreads.sort_by(|a, b| b.share.total_cmp(&a.share));
    spreads
}

/// The patterns of a finished run, by its report; none for a single file.
fn mix(dataset: &Dataset) -> Result<Vec<Share>, Error> {
    let report = dataset.file.with_file_name("report.json");
    if dataset.header.is_none() || !report.is_file() {
        return Ok(Vec::new());
    }
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&report)?)?;
    let numbers = |value: &serde_json::Value| -> BTreeMap<String, f64> {
        let fields = value.as_object().into_iter().flatten();
        fields.filter_map(|(class, count)| Some((class.clone(), count.as_f64()?))).collect()
    };
    let (asked, shown) = (numbers(&report["class_weights"]), numbers(&report["made"]["classes"]));
    let (all_asked, all_shown) = (asked.values().sum::<f64>(), shown.values().sum::<f64>());
    let percent = |of: Option<&f64>, all: f64| 100.0 * of.copied().unwrap_or(0.0) / all.max(1.0);
    let classes: BTreeSet<&String> = asked.keys().chain(shown.keys()).collect();
    let share = |class: &String| Share {
        class: class.clone(),
        asked: percent(asked.get(class), all_asked),
        shown: percent(shown.get(class), all_shown),
    };
    Ok(classes.into_iter().map(share).collect())
}

/// A stage's words are not needed to count, but to verify.
pub fn stages(dataset: &Dataset) -> Stages<Judge> {
    Stages::new(Vec::new(), dataset.worlds.clone(), Judge::maker())
}
