//! Clean records, spoilt in every way that a careless edit, a bad model or a cheat could: the judge of facts must see
//! it. What escapes is printed by kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{
    Act, ActKind, Arguments, Dialogue, Episode, Finding, Key, Move, Purpose, Rng, Role, Stage, ToolCall,
    Turn, Utterance, Value, facts,
};
use goalconvo_sim::{Dials, Plan, Words, verify};
use goalconvo_worlds::chain::Mode;
use smol_str::SmolStr;

use crate::dialogues::plan;

/// A record that is being spoilt, with all that is needed to do it well.
struct Spoiler<'a> {
    stage: &'a Arc<Stage>,
    words: &'a Words,
    rng: Rng,
}

/// Spoils a record; `None` when this one can't be spoilt like that.
type Mutation = fn(&mut Spoiler<'_>, &Dialogue) -> Option<Dialogue>;

const MUTATIONS: [(&str, Mutation); 16] = [
    ("a value swapped in the assistant's text", swap_in_text),
    ("a value swapped in text, act and evidence", swap_everywhere),
    ("another row's value told as this one's", swap_rows),
    ("a value swapped in the user's text", swap_users_text),
    ("a value swapped in the user's text and act", swap_users_act),
    ("a call dropped with its answer", drop_call),
    ("an id forged in a call", forge_id),
    ("an id forged and the answers made to fit", forge_id_consistently),
    ("two writes in the other order", reorder_writes),
    ("a price invented", invent_price),
    ("an action claimed but not done", claim_in_words),
    ("an action announced but not done", announce_undone),
    ("an argument from nowhere", argument_from_nowhere),
    ("an argument from nowhere and the answers made to fit", argument_from_nowhere_consistently),
    ("a result edited", edit_result),
    ("success turned round", turn_success),
];

#[test]
fn at_least_99_in_100_mutations_are_caught_and_clean_records_pass() {
    let (caught, total) = spoil(&plan(Dials::default(), 23), 400);
    assert_eq!(caught, MUTATIONS.len(), "a mutation never applied");
    assert!(total > 3000, "only {total} mutations");
}

#[test]
fn records_of_compiled_tools_are_guarded_as_well() {
    let (_, total) = spoil(&crate::chains::plan(Mode::Mixed, 9, 100), 100);
    assert!(total > 500, "only {total} mutations");
}

/// Spoils the records of a plan, and holds that at least 99 in 100 mutations are caught and hardly any clean record is
/// blamed; how many kinds of mutation applied, and how often.
#[expect(clippy::print_stdout, reason = "what escapes is told")]
fn spoil(plan: &Plan, count: u64) -> (usize, usize) {
    let mut caught: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let mut alarms = 0;
    let mut records = 0;
    let mut escaped = Vec::new();
    for index in 0..count {
        let Some(dialogue) = plan.make(index).dialogue else { continue };
        let (stage, words) = of(plan, &dialogue);
        records += 1;
        alarms += usize::from(verify(&dialogue, &stage, &words).finding != Finding::Passed);
        // The controls: a record played again, and one with a harmless word more, are still clean.
        for control in [refit_clean, a_harmless_word] as [Mutation; 2] {
            let rng = Key { seed: 1, index }.rng(0, Purpose::Probe);
            let spoilt = control(&mut Spoiler { stage: &stage, words: &words, rng }, &dialogue).unwrap();
            alarms += usize::from(verify(&spoilt, &stage, &words).finding != Finding::Passed);
        }
        for (number, (name, mutate)) in MUTATIONS.iter().enumerate() {
            let rng = Key { seed: 1, index }.rng(number, Purpose::Probe);
            let Some(spoilt) = mutate(&mut Spoiler { stage: &stage, words: &words, rng }, &dialogue) else {
                continue;
            };
            if spoilt == dialogue {
                continue;
            }
            let found = verify(&spoilt, &stage, &words).finding != Finding::Passed;
            let count = caught.entry(name).or_default();
            count[usize::from(found)] += 1;
            if !found {
                escaped.push(format!("{name}: record {}", dialogue.id));
            }
        }
    }
    let total: usize = caught.values().map(|[missed, found]| missed + found).sum();
    let found: usize = caught.values().map(|[_, found]| found).sum();
    for (name, [missed, found]) in &caught {
        println!("{:5} of {:5}  {name}", found, missed + found);
    }
    println!("{found} of {total} mutations caught, {alarms} false alarms on {records} clean records");
    println!("escaped: {escaped:#?}");
    assert!(found * 100 >= total * 99, "caught {found} of {total}");
    assert!(alarms * 100 <= records, "{alarms} false alarms on {records} records");
    (caught.len(), total)
}

pub(crate) fn of(plan: &Plan, dialogue: &Dialogue) -> (Arc<Stage>, Words) {
    let stage = plan.stage(&dialogue.domains).unwrap();
    let words = Words::new(stage.domains()).unwrap();
    (stage, words)
}

impl Spoiler<'_> {
    /// Another value of the slot than this one.
    fn other(&mut self, act: &Act) -> Option<Value> {
        let (domain, slot) = (act.domain.as_ref()?, act.slot.as_ref()?);
        let domain = self.stage.domain(domain)?;
        let tables = domain.tables.iter().filter_map(|table| Some(table.values(table.column(slot)?)));
        let mut values: Vec<Value> =
            domain.slots.get(slot)?.values.iter().chain(tables.flatten()).cloned().collect();
        values.retain(|value| Some(value) != act.value.as_ref() && !value.is_null());
        self.rng.pick(&values).cloned()
    }

    /// A turn of this role with an act that carries a plain value; its place and the act's.
    fn valued(
        &mut self,
        dialogue: &Dialogue,
        role: Role,
        fits: impl Fn(&Act) -> bool,
    ) -> Option<(usize, usize)> {
        let mut places = Vec::new();
        for (at, turn) in dialogue.turns.iter().enumerate() {
            let said = match (turn, role) {
                (Turn::User(said), Role::User) | (Turn::Assistant(said), Role::Assistant) => said,
                _ => continue,
            };
            for (number, act) in said.acts.iter().enumerate() {
                let plain = act.slot.is_some()
                    && matches!(act.value, Some(Value::Text(_) | Value::Int(_) | Value::Float(_)));
                let verbatim = matches!(act.act, ActKind::Refuse | ActKind::NotDone);
                if plain && !verbatim && fits(act) {
                    places.push((at, number));
                }
            }
        }
        self.rng.pick(&places).copied()
    }

    /// The text with the words of one value replaced by those of another.
    fn reword(&self, role: Role, said: &Utterance, from: &Value, to: &Value) -> Option<String> {
        let reading = self.words.reader()(role, &said.text);
        let mention = reading.mentions.iter().find(|mention| mention.means(from))?;
        let mut text = said.text.clone();
        text.replace_range(mention.span.clone(), &to.plain());
        Some(text)
    }

    /// Plays the calls of a record again and makes answers, evidence and outcome fit them.
    fn refit(&self, dialogue: &Dialogue) -> Option<Dialogue> {
        let scenario = dialogue.scenario.clone()?;
        let mut episode = Episode::start(self.stage.clone(), Arc::new(scenario))?;
        for turn in &dialogue.turns {
            match turn {
                Turn::User(said) => episode.apply(Role::User, Move::Say(said.clone())),
                Turn::Assistant(said) if said.tool_calls.is_empty() => {
                    episode.apply(Role::Assistant, Move::Say(said.clone()))
                }
                Turn::Assistant(said) => episode.apply(Role::Assistant, Move::Call(said.clone())),
                _ => continue,
            };
        }
        let ending = dialogue.outcome.as_ref()?.ending;
        let refitted =
            Dialogue { turns: episode.into_turns(), verdicts: vec![], outcome: None, ..dialogue.clone() };
        Some(facts::settle(refitted, self.stage, &self.words.reader(), ending))
    }

    /// A call with an argument that passes, as (turn, call, argument).
    fn argument(
        &mut self,
        dialogue: &Dialogue,
        fits: impl Fn(&ToolCall, &SmolStr) -> bool,
    ) -> Option<(usize, usize, SmolStr)> {
        let mut places = Vec::new();
        for (at, turn) in dialogue.turns.iter().enumerate() {
            let Turn::Assistant(said) = turn else { continue };
            for (number, call) in said.tool_calls.iter().enumerate() {
                places.extend(
                    call.function
                        .arguments
                        .fields()
                        .iter()
                        .filter(|(name, _)| fits(call, name))
                        .map(|(name, _)| (at, number, name.clone())),
                );
            }
        }
        self.rng.pick(&places).cloned()
    }
}

fn said(dialogue: &mut Dialogue, at: usize) -> Option<&mut Utterance> {
    match dialogue.turns.get_mut(at)? {
        Turn::User(said) | Turn::Assistant(said) => Some(said),
        _ => None,
    }
}

fn set_argument(
    dialogue: &mut Dialogue,
    at: usize,
    number: usize,
    name: &SmolStr,
    value: &Value,
) -> Option<()> {
    let call = said(dialogue, at)?.tool_calls.get_mut(number)?;
    let fields = call.function.arguments.fields().iter();
    let changed =
        fields.map(|(known, old)| (known.clone(), if known == name { value.clone() } else { old.clone() }));
    call.function.arguments = Arguments::Parsed(Value::record(changed.collect::<Vec<_>>()));
    Some(())
}

fn refit_clean(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    spoiler.refit(dialogue)
}

fn a_harmless_word(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    let at = spoken(spoiler, dialogue)?;
    let mut spoilt = dialogue.clone();
    said(&mut spoilt, at)?.text.push_str(" Very well.");
    Some(spoilt)
}

fn swap_in_text(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    swap(spoiler, dialogue, Role::Assistant, false)
}

fn swap_everywhere(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    swap(spoiler, dialogue, Role::Assistant, true)
}

fn swap_users_text(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    swap(spoiler, dialogue, Role::User, false)
}

fn swap_users_act(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    swap(spoiler, dialogue, Role::User, true)
}

fn swap(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue, role: Role, everywhere: bool) -> Option<Dialogue> {
    let (at, number) = spoiler.valued(dialogue, role, |_| true)?;
    let mut spoilt = dialogue.clone();
    let turn = said(&mut spoilt, at)?;
    let act = turn.acts.get(number)?.clone();
    let other = spoiler.other(&act)?;
    replace(spoiler, turn, role, number, &other, everywhere)?;
    Some(spoilt)
}

fn replace(
    spoiler: &Spoiler<'_>,
    turn: &mut Utterance,
    role: Role,
    number: usize,
    other: &Value,
    everywhere: bool,
) -> Option<()> {
    let value = turn.acts.get(number)?.value.clone()?;
    turn.text = spoiler.reword(role, turn, &value, other)?;
    if everywhere {
        turn.acts.get_mut(number)?.value = Some(other.clone());
        for evidence in turn.evidence.iter_mut().filter(|evidence| evidence.value == value) {
            evidence.value = other.clone();
        }
    }
    Some(())
}

fn swap_rows(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    let (at, number) =
        spoiler.valued(dialogue, Role::Assistant, |act| act.of.is_some() && act.act == ActKind::Inform)?;
    let mut spoilt = dialogue.clone();
    let turn = said(&mut spoilt, at)?;
    let act = turn.acts.get(number)?.clone();
    let slot = act.slot.clone()?;
    let rows = dialogue.turns[..at].iter().filter_map(|turn| match turn {
        Turn::Tool(answer) => answer.result.field("results").map(Value::items),
        _ => None,
    });
    let others: Vec<Value> = rows
        .flatten()
        .filter_map(|row| row.field(&slot).cloned())
        .filter(|value| Some(value) != act.value.as_ref() && !value.is_null())
        .collect();
    let other = spoiler.rng.pick(&others)?.clone();
    replace(spoiler, turn, Role::Assistant, number, &other, true)?;
    Some(spoilt)
}

fn drop_call(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    let calls: Vec<usize> = (0..dialogue.turns.len())
        .filter(|at| matches!(&dialogue.turns[*at], Turn::Assistant(said) if said.tool_calls.len() == 1))
        .collect();
    let at = *spoiler.rng.pick(&calls)?;
    let mut spoilt = dialogue.clone();
    spoilt.turns.drain(at..=at + 1);
    Some(spoilt)
}

/// A call whose entity argument is replaced by the key of another row.
fn forge_id(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    let stage = spoiler.stage;
    let entity = |call: &ToolCall, name: &SmolStr| {
        stage.domains().iter().flat_map(|domain| &domain.intents).any(|intent| {
            intent.tool == call.function.name
                && intent.from_entity.iter().any(|(argument, _)| argument == name)
        })
    };
    let (at, number, name) = spoiler.argument(dialogue, entity)?;
    let mut spoilt = dialogue.clone();
    let call = said(&mut spoilt, at)?.tool_calls.get(number)?.clone();
    let old = call.function.arguments.get(&name)?.clone();
    let tool = stage.tool(&call.function.name)?;
    let tables = stage.tables().iter().filter(|table| {
        tool.lookups.iter().any(|lookup| lookup.table == table.name) || tool.table == table.name
    });
    let keys: Vec<Value> = tables
        .flat_map(|table| table.rows())
        .filter_map(|row| row.first().cloned())
        .filter(|key| *key != old)
        .collect();
    let forged = spoiler.rng.pick(&keys)?.clone();
    set_argument(&mut spoilt, at, number, &name, &forged)?;
    Some(spoilt)
}

fn forge_id_consistently(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    let forged = forge_id(spoiler, dialogue)?;
    spoiler.refit(&forged)
}

fn reorder_writes(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    let writes: Vec<usize> =
        (0..dialogue.turns.len()).filter(|at| is_write(spoiler.stage, &dialogue.turns[*at])).collect();
    let (first, second) = (*writes.first()?, *writes.get(1)?);
    let mut spoilt = dialogue.clone();
    spoilt.turns.swap(first, second);
    spoilt.turns.swap(first + 1, second + 1);
    Some(spoilt)
}

fn is_write(stage: &Stage, turn: &Turn) -> bool {
    matches!(turn, Turn::Assistant(said) if said.tool_calls.len() == 1 && said.tool_calls.iter().all(|call| stage.tool(&call.function.name).is_some_and(|tool| tool.mutates())))
}

fn spoken(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<usize> {
    let places: Vec<usize> = (0..dialogue.turns.len())
        .filter(|at| matches!(&dialogue.turns[*at], Turn::Assistant(said) if !said.text.is_empty()))
        .collect();
    spoiler.rng.pick(&places).copied()
}

fn invent_price(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    let at = spoken(spoiler, dialogue)?;
    let price = 1000 + spoiler.rng.below(9000);
    let mut spoilt = dialogue.clone();
    said(&mut spoilt, at)?.text.push_str(&format!(" It costs £{price}."));
    Some(spoilt)
}

/// Words that claim a deed, in a dialogue in which no deed was done.
fn claim_in_words(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    const CLAIMS: [&str; 6] = [
        " I've booked it for you.",
        " Your booking is confirmed.",
        " It is all booked.",
        " I have made the reservation.",
        " I've cancelled that for you.",
        " Your request has been submitted.",
    ];
    let done = dialogue.turns.iter().any(|turn| is_write(spoiler.stage, turn));
    let at = spoken(spoiler, dialogue).filter(|_| !done)?;
    let claim = *spoiler.rng.pick(&CLAIMS)?;
    let mut spoilt = dialogue.clone();
    said(&mut spoilt, at)?.text.push_str(claim);
    Some(spoilt)
}

/// The deed left out and its announcement kept; answers, evidence and outcome made to fit.
fn announce_undone(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    let at = (0..dialogue.turns.len()).rev().find(|at| is_write(spoiler.stage, &dialogue.turns[*at]))?;
    let mut spoilt = dialogue.clone();
    spoilt.turns.drain(at..=at + 1);
    spoiler.refit(&spoilt)
}

/// A call whose argument has a value that the user did not give.
fn argument_from_nowhere(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    let stage = spoiler.stage;
    let spoken = |call: &ToolCall, name: &SmolStr| {
        stage.domains().iter().flat_map(|domain| &domain.intents).any(|intent| {
            intent.tool == call.function.name
                && (intent.required.contains(name) || intent.optional.contains(name))
        })
    };
    let (at, number, name) = spoiler.argument(dialogue, spoken)?;
    let mut spoilt = dialogue.clone();
    let call = said(&mut spoilt, at)?.tool_calls.get(number)?.clone();
    let domain = stage.domains().iter().find(|domain| domain.tool(&call.function.name).is_some())?;
    let act = Act {
        value: call.function.arguments.get(&name).cloned(),
        slot: Some(name.clone()),
        domain: Some(domain.name.clone()),
        ..Act::new(ActKind::Inform)
    };
    let other = spoiler.other(&act)?;
    set_argument(&mut spoilt, at, number, &name, &other)?;
    Some(spoilt)
}

fn argument_from_nowhere_consistently(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    let spoilt = argument_from_nowhere(spoiler, dialogue)?;
    spoiler.refit(&spoilt)
}

fn edit_result(spoiler: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    let places: Vec<usize> = (0..dialogue.turns.len())
        .filter(|at| matches!(&dialogue.turns[*at], Turn::Tool(answer) if answer.error.is_none()))
        .collect();
    let at = *spoiler.rng.pick(&places)?;
    let mut spoilt = dialogue.clone();
    let Turn::Tool(answer) = &mut spoilt.turns[at] else { return None };
    let fields = answer.result.fields().to_vec();
    let place = spoiler.rng.below(fields.len());
    answer.result =
        Value::record(fields.into_iter().enumerate().map(|(number, (name, value))| {
            (name, if number == place { Value::text("edited") } else { value })
        }));
    Some(spoilt)
}

fn turn_success(_: &mut Spoiler<'_>, dialogue: &Dialogue) -> Option<Dialogue> {
    let mut spoilt = dialogue.clone();
    let outcome = spoilt.outcome.as_mut()?;
    outcome.success = !outcome.success;
    Some(spoilt)
}
