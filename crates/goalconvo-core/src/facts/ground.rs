//! Where a value comes from: the place in the record that supports it.

use smol_str::SmolStr;

use super::case::{Case, Made};
use crate::{Act, ActKind, Evidence, Mention, Tool, ToolTurn, Turn, Utterance, Value};

/// The evidence of every assistant turn, by place.
pub(super) fn evidence(case: &Case<'_>) -> Vec<(usize, Vec<Evidence>)> {
    case.assistant().map(|(at, said)| (at, of_turn(case, at, said))).collect()
}

/// The evidence of one turn: one entry for each mention that has any.
fn of_turn(case: &Case<'_>, at: usize, said: &Utterance) -> Vec<Evidence> {
    let Some(reading) = case.readings.get(at) else { return vec![] };
    let acts = reading.acts(&said.acts);
    let found = reading.mentions.iter().zip(acts).filter_map(|(mention, act)| {
        let (value, source) = match act.and_then(|act| said.acts.get(act)) {
            Some(act) => (act.value.clone()?, of_act_source(case, at, act)?),
            None => asked_choice(case, said, mention)
                .or_else(|| anywhere(case, at, mention))
                .or_else(|| stated(case, &said.text, mention))?,
        };
        Some(Evidence { span: characters(&said.text, mention), value, source })
    });
    found.collect()
}

/// Whether a source that has an act's value has it of what the act is about: its entity, its slot.
pub(super) fn is_about(case: &Case<'_>, at: usize, act: &Act, source: &str) -> bool {
    if of_act_source(case, at, act).as_deref() == Some(source) {
        return true;
    }
    let place = source.strip_prefix("/turns/").and_then(|path| path.split_once('/'));
    let turn = place.and_then(|(turn, rest)| Some((case.turns().get(turn.parse::<usize>().ok()?)?, rest)));
    match (turn, &act.of, &act.slot) {
        (Some((Turn::Tool(answer), rest)), Some(of), Some(slot)) => {
            let path = rest.strip_prefix("result").and_then(|path| path.rsplit_once('/'));
            path.is_some_and(|(record, column)| {
                let record = answer.result.pointer(record);
                let tool = case.stage.tool(&answer.name);
                let key = record.zip(tool).and_then(|(record, tool)| tool.key_of(record));
                column == slot && key.as_ref() == Some(of)
            })
        }
        (Some((Turn::User(said), "text")), None, Some(_)) => said
            .acts
            .iter()
            .any(|told| told.slot == act.slot && told.domain == act.domain && told.value == act.value),
        _ => false,
    }
}

/// A mention's place in Unicode characters.
pub(super) fn characters(text: &str, mention: &Mention) -> [usize; 2] {
    let count = |end: usize| text.get(..end).map_or(0, |before| before.chars().count());
    [count(mention.span.start), count(mention.span.end)]
}

/// What supports the value of an act at a turn, if anything does.
pub(super) fn of_act_source(case: &Case<'_>, at: usize, act: &Act) -> Option<String> {
    let value = act.value.as_ref()?;
    match act.act {
        ActKind::Count => latest_search(case, at, act).and_then(|(place, answer)| {
            (answer.result.field("total") == Some(value)).then(|| format!("/turns/{place}/result/total"))
        }),
        ActKind::Refuse | ActKind::NotDone => refusal(case, at, act),
        _ if act.of.is_some() => of_entity(case, at, act, value),
        _ => users_words(case, at, act, value),
    }
}

/// The latest answer of the tool that does an act's intent.
pub(super) fn latest_search<'a>(case: &Case<'a>, at: usize, act: &Act) -> Option<(usize, &'a ToolTurn)> {
    let (_, tool) = case.about(act)?;
    case.answers(at).rev().find(|(_, answer)| answer.name == tool.name)
}

/// A refusal's rule, or the tool's message: what the assistant repeats.
fn refusal(case: &Case<'_>, at: usize, act: &Act) -> Option<String> {
    let (place, answer) = latest_search(case, at, act)?;
    let error = answer.error.as_ref()?;
    let value = act.value.as_ref()?.as_text()?;
    if error.message == value {
        return Some(format!("/turns/{place}/error/message"));
    }
    let (domain, rule) = (act.domain.as_ref()?, error.rule.as_ref()?);
    let sentence = case.stage.domain(domain)?.policy.rules.get(rule)?;
    (sentence == value).then(|| format!("policy:/{domain}/{rule}"))
}

/// A field of the entity that the act is about, in the latest answer that has it.
fn of_entity(case: &Case<'_>, at: usize, act: &Act, value: &Value) -> Option<String> {
    let (_, tool) = case.about(act)?;
    let (of, slot) = (act.of.as_ref()?, act.slot.as_ref()?);
    // The answer must come from the intent's own tool, or from one over the same table.
    let kin = |name: &SmolStr| {
        case.stage.tool(name).filter(|other| other.table == tool.table || other.name == tool.name)
    };
    let mut answers =
        case.answers(at).rev().filter_map(|(at, answer)| Some((at, answer, kin(&answer.name)?)));
    answers.find_map(|(place, answer, tool)| {
        let has =
            |record: &Value| record.field(slot) == Some(value) && tool.key_of(record).as_ref() == Some(of);
        let rows = answer.result.field("results").map_or(&[][..], Value::items);
        match rows.iter().position(has) {
            Some(row) => Some(format!("/turns/{place}/result/results/{row}/{slot}")),
            None => has(&answer.result).then(|| format!("/turns/{place}/result/{slot}")),
        }
    })
}

/// The user's own latest word on the slot.
fn users_words(case: &Case<'_>, at: usize, act: &Act, value: &Value) -> Option<String> {
    let (place, latest) = case.latest(at, act.domain.as_ref()?, act.slot.as_ref()?)?;
    (latest == value).then(|| format!("/turns/{place}/text"))
}

/// Any place that has a value which the mention may mean: what no act accounts for.
fn anywhere(case: &Case<'_>, at: usize, mention: &Mention) -> Option<(Value, String)> {
    let told = case.answers(at).rev().find_map(|(place, answer)| {
        let (value, path) = locate(&answer.result, &|value| mention.means(value))?;
        Some((value, format!("/turns/{place}/result{path}")))
    });
    told.or_else(|| {
        let heard = |place: usize| {
            case.readings.get(place).and_then(|reading| {
                reading.mentions.iter().find(|other| other.values.iter().any(|value| mention.means(value)))
            })
        };
        case.user()
            .take_while(|(place, _)| *place < at)
            .filter_map(|(place, _)| Some((place, heard(place)?)))
            .last()
            .and_then(|(place, other)| {
                let value = other.values.iter().find(|value| mention.means(value))?.clone();
                Some((value, format!("/turns/{place}/text")))
            })
    })
}

/// A rule of a policy that has a value of this kind, or, in a question, a tool's list of values to choose from.
fn stated(case: &Case<'_>, text: &str, mention: &Mention) -> Option<(Value, String)> {
    let rules = case.stage.domains().iter().flat_map(|domain| {
        domain.policy.rules.iter().map(move |(rule, sentence)| (&domain.name, rule, sentence))
    });
    let mut rules = rules.filter_map(|(domain, rule, sentence)| {
        let value = in_rule(case, sentence, &|other| {
            other.kind == mention.kind && other.values.iter().any(|value| mention.means(value))
        })?;
        Some((value, format!("policy:/{domain}/{rule}")))
    });
    rules.next().or_else(|| offered_choice(case, text, mention, &|_| true))
}

/// What a rule says, where a mention of it passes.
pub(super) fn in_rule(case: &Case<'_>, sentence: &str, fits: &dyn Fn(&Mention) -> bool) -> Option<Value> {
    let reading = (case.read)(crate::Role::Assistant, sentence);
    reading.mentions.iter().find(|other| fits(other)).and_then(|other| other.values.first().cloned())
}

/// A value that a question offers to choose from, where the turn asks for just that argument of a tool.
fn asked_choice(case: &Case<'_>, said: &Utterance, mention: &Mention) -> Option<(Value, String)> {
    said.acts.iter().find(|act| act.act == ActKind::Request)?;
    offered_choice(case, &said.text, mention, &|argument| asks(said, argument))
}

/// Whether a source is the list of values of an argument that the turn asks for.
pub(super) fn is_choice(said: &Utterance, source: &str) -> bool {
    source.starts_with("tool:/") && source.rsplit('/').next().is_some_and(|argument| asks(said, argument))
}

fn asks(said: &Utterance, argument: &str) -> bool {
    said.acts.iter().any(|act| act.act == ActKind::Request && act.slot.as_deref() == Some(argument))
}

/// A value that a question offers because a tool takes it.
fn offered_choice(
    case: &Case<'_>,
    text: &str,
    mention: &Mention,
    of: &dyn Fn(&str) -> bool,
) -> Option<(Value, String)> {
    let rest = text.get(mention.span.end..)?;
    let ends = rest.find(['.', '!', '?', '\n'])?;
    if !rest.get(ends..)?.starts_with('?') {
        return None;
    }
    let tools = case.stage.tools().filter(|tool| !case.scenario.missing_tools.contains(&tool.name));
    let mut arguments = tools.flat_map(|tool| tool.arguments.iter().map(move |argument| (tool, argument)));
    arguments.find_map(|(tool, argument)| {
        let value =
            of(&argument.name).then_some(&argument.allowed)?.iter().find(|value| mention.means(value))?;
        Some((value.clone(), format!("tool:/{}/{}", tool.name, argument.name)))
    })
}

/// The first scalar within a value that passes, and the pointer to it.
fn locate(value: &Value, fits: &dyn Fn(&Value) -> bool) -> Option<(Value, String)> {
    match value {
        Value::List(items) => items.iter().enumerate().find_map(|(at, item)| {
            let (found, path) = locate(item, fits)?;
            Some((found, format!("/{at}{path}")))
        }),
        // Where a list goes on is nothing that anybody is told.
        Value::Record(fields) => {
            let paged = fields.iter().any(|(name, _)| name == "results");
            fields.iter().filter(|(name, _)| !(paged && name == "next")).find_map(|(name, field)| {
                let (found, path) = locate(field, fits)?;
                Some((found, format!("/{name}{path}")))
            })
        }
        scalar => fits(scalar).then(|| (scalar.clone(), String::new())),
    }
}

/// Which earlier turn feeds each argument of a call: pointers by argument, for arguments that have a source.
pub fn feeds(dialogue: &crate::Dialogue, turn: usize, call: usize) -> Vec<(SmolStr, String)> {
    let Some(Turn::Assistant(said)) = dialogue.turns.get(turn) else { return vec![] };
    let Some(call) = said.tool_calls.get(call) else { return vec![] };
    let source = |name: &SmolStr, value: &Value| {
        heard(dialogue, turn, Some(name), value).or_else(|| told(dialogue, turn, value))
    };
    let mut found = Vec::new();
    for (name, value) in call.function.arguments.fields() {
        // What several slots make up has a source for each of them.
        let parts = parts(value)
            .into_iter()
            .filter_map(|part| heard(dialogue, turn, None, &part).or_else(|| told(dialogue, turn, &part)));
        let sources: Vec<String> = source(name, value).map_or_else(|| parts.collect(), |source| vec![source]);
        found.extend(sources.into_iter().map(|source| (name.clone(), source)));
    }
    found
}

/// The items of a list, the day and the time of a date-time.
fn parts(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.to_vec(),
        Value::Text(text) => {
            let stamp = text.strip_suffix(":00Z").and_then(|text| text.split_once('T'));
            stamp.map_or(vec![], |(day, time)| vec![Value::text(day), Value::text(time)])
        }
        _ => vec![],
    }
}

/// The latest words of the user that give a value, for this slot or for any.
fn heard(dialogue: &crate::Dialogue, before: usize, slot: Option<&SmolStr>, value: &Value) -> Option<String> {
    let gives = |act: &Act| {
        slot.is_none_or(|slot| act.slot.as_ref() == Some(slot)) && act.value.as_ref() == Some(value)
    };
    let said = |turn: &Turn| matches!(turn, Turn::User(said) if said.acts.iter().any(gives));
    dialogue.turns[..before].iter().rposition(said).map(|at| format!("/turns/{at}/text"))
}

fn told(dialogue: &crate::Dialogue, before: usize, value: &Value) -> Option<String> {
    dialogue.turns[..before].iter().enumerate().rev().find_map(|(at, turn)| {
        let Turn::Tool(answer) = turn else { return None };
        let (_, path) = locate(&answer.result, &|other| other == value)?;
        Some(format!("/turns/{at}/result{path}"))
    })
}

/// The row that an entity argument names must be one that a tool has returned before.
pub(super) fn returned_before(case: &Case<'_>, made: &Made<'_>, value: &Value) -> bool {
    case.answers(made.turn).any(|(_, answer)| locate(&answer.result, &|other| other == value).is_some())
}

/// The argument's slot as users speak of it: only intents' own slots are spoken.
pub(super) fn is_spoken(tool: &Tool, argument: &str, case: &Case<'_>) -> bool {
    case.intents_of(&tool.name)
        .any(|(_, intent)| intent.required.iter().chain(&intent.optional).any(|slot| slot == argument))
}
