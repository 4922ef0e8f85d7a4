//! Goals: what each happy scenario of a single task wants, proven against the task's world.

use std::collections::BTreeMap;

use goalconvo_core::{
    Arguments, Change, CorpusGoal, Expect, Goal, GoalClass, Slots, Stage, Task as Errands, Value, World,
};
use serde_json::Value as Json;
use smol_str::{SmolStr, format_smolstr};

use super::draw;
use super::folder::{KEY, entity_of, full_slots, intent_of};
use super::report::Report;
use super::rows::Cells;
use super::rules::Row;
use super::scenario::{self, named};
use super::source::Source;
use super::task::{Errand, Task};
use super::wishes::Wish;

/// What a scenario wants.
#[derive(Debug)]
pub(super) struct Wanted {
    /// The dialogue.
    pub id: String,
    /// What is wanted in the end.
    pub cells: Cells,
    /// What is wanted first and can't be had.
    pub first: Cells,
}

/// The wants of all happy scenarios of a task alone.
pub(super) fn wanted(
    task: &Task,
    source: &Source,
    known: &BTreeMap<String, Vec<String>>,
    report: &mut Report,
) -> Vec<Wanted> {
    let mut all = Vec::new();
    for (id, dialogue) in &source.dialogues {
        if scenario::happy_task(dialogue) == Some(&task.name) {
            all.push(one(task, id, dialogue, known, report));
        }
    }
    all
}

fn one(
    task: &Task,
    id: &str,
    dialogue: &Json,
    known: &BTreeMap<String, Vec<String>>,
    report: &mut Report,
) -> Wanted {
    let asked = scenario::queries(dialogue, &task.name);
    for column in asked.iter().flat_map(|asked| &asked.unread) {
        report.odd(id, format!("a constraint on {column} has none of the known shapes; left out"));
    }
    let mut cells = said_to_the_base(task, &asked);
    let otherwise = task.otherwise.as_ref().filter(|slots| {
        slots.iter().all(|slot| cells.contains_key(slot))
            && !task.required.iter().all(|slot| cells.contains_key(slot))
    });
    let required = otherwise.unwrap_or(&task.required);
    cells.retain(|slot, _| required.contains(slot) || task.optional.contains(slot) && otherwise.is_none());
    let told = scenario::told(dialogue);
    let mut first = Cells::new();
    let full = full_slots(task);
    for slot in required {
        match (cells.get(slot), named(&told, task, slot)) {
            (Some(last), Some(said)) if *last != said && full.contains(slot) => {
                first.insert(slot.clone(), said);
            }
            (Some(_), _) => {}
            (None, Some(said)) => {
                cells.insert(slot.clone(), said);
            }
            (None, None) => {
                let Some(cell) = drawn(task, id, slot, known) else { continue };
                report.odd(id, format!("says no {slot}; {cell:?} was drawn"));
                report.worlds.entry(task.name.clone()).or_default().drawn += 1;
                cells.insert(slot.clone(), cell);
            }
        }
    }
    for (slot, cell) in cells.iter_mut().chain(&mut first) {
        as_known(slot, cell, known);
    }
    Wanted { id: id.to_owned(), cells, first }
}

/// Writes a value as the first who said it did: "Jane doe" is the "Jane Doe" that the world knows.
fn as_known(slot: &str, cell: &mut String, known: &BTreeMap<String, Vec<String>>) {
    let known = known.get(slot).into_iter().flatten();
    if let Some(first) = known.into_iter().find(|known| known.eq_ignore_ascii_case(cell)) {
        cell.clone_from(first);
    }
}

/// A value for a slot of which a scenario says nothing.
fn drawn(task: &Task, id: &str, slot: &str, known: &BTreeMap<String, Vec<String>>) -> Option<String> {
    let mut rng = draw::stream(&format!("{}/{id}/{slot}", task.name), 0);
    let known = known.get(slot).map(Vec::as_slice).unwrap_or_default();
    draw::cell(task.slot(slot)?, known, &Row::new(), &mut rng)
}

/// What the wizard asked the knowledge base for: a search is settled by what it found, anything else by what was said
/// last.
fn said_to_the_base(task: &Task, asked: &[scenario::Asked<'_>]) -> Cells {
    let queries = match task.errand {
        Errand::Search | Errand::FindAndTake => {
            let settled = asked.iter().rposition(|asked| asked.item.is_some());
            let at = settled.or(asked.len().checked_sub(1));
            at.and_then(|at| asked.get(at..=at)).unwrap_or_default()
        }
        Errand::Lookup | Errand::Transact => asked,
    };
    let mut cells = Cells::new();
    for (column, wish) in queries.iter().flat_map(|asked| &asked.wishes) {
        for field in task.inputs.iter().filter(|field| field.source == *column) {
            let value = match (&field.member, wish) {
                (Some(member), Wish::OneOf(items)) => {
                    let named = items.iter().any(|item| item.as_str() == Some(member));
                    named.then(|| Json::from(vec![member.clone()]))
                }
                _ => wish.one(),
            };
            if let Some(cell) = value.and_then(|value| field.cell(&value)) {
                cells.insert(field.name.clone(), cell);
            }
        }
    }
    cells
}

/// The goal of a want.
pub(super) fn goal(task: &Task, wanted: &Wanted, stage: &Stage, report: &mut Report) -> CorpusGoal {
    let mut setup = Vec::new();
    let tasks = match task.errand {
        Errand::FindAndTake => find_and_take(task, wanted),
        Errand::Transact => vec![deed(task, wanted, stage, &mut setup)],
        Errand::Search | Errand::Lookup => {
            let constraints = slots(task, &wanted.cells);
            let requests = requests(task, wanted, stage);
            let name = intent_of(task, &wanted.cells);
            vec![Errands { constraints, requests, ..blank(task, &name, Expect::Found) }]
        }
    };
    report.goals += 1;
    report.worlds.entry(task.name.clone()).or_default().goals += 1;
    CorpusGoal {
        id: format!("star-{}", wanted.id),
        domains: vec![SmolStr::new(&task.name)],
        goal: Goal { class: GoalClass::Corpus, tasks },
        setup,
        faults: vec![],
    }
}

/// Cells as values of slots.
fn slots(task: &Task, cells: &Cells) -> Slots {
    let value = |(slot, cell): (&String, &String)| Some((SmolStr::new(slot), task.slot(slot)?.value(cell)));
    cells.iter().filter_map(value).collect()
}

/// A thing is found by what is wished of it, and taken by what has to be known.
fn find_and_take(task: &Task, wanted: &Wanted) -> Vec<Errands> {
    let part = |must: bool| -> Cells {
        let cells = wanted.cells.iter().filter(|(slot, _)| task.required.contains(slot) == must);
        cells.map(|(slot, cell)| (slot.clone(), cell.clone())).collect()
    };
    let find = blank(task, &entity_of(task), Expect::Found);
    let take = blank(task, &task.name, Expect::Done);
    vec![
        Errands { constraints: slots(task, &part(false)), ..find },
        Errands { constraints: slots(task, &part(true)), requests: vec!["reference".into()], ..take },
    ]
}

/// What is written down; where the first wish is taken by others, the row that says so goes into `setup`.
fn deed(task: &Task, wanted: &Wanted, stage: &Stage, setup: &mut Vec<Change>) -> Errands {
    let name = intent_of(task, &wanted.cells);
    let mut deed = Errands {
        constraints: slots(task, &wanted.cells),
        requests: vec!["reference".into()],
        ..blank(task, &name, Expect::Done)
    };
    if !wanted.first.is_empty() {
        let last =
            wanted.first.keys().filter_map(|slot| Some((slot.clone(), wanted.cells.get(slot)?.clone())));
        deed.relaxations = vec![slots(task, &last.collect())];
        deed.constraints.extend(slots(task, &wanted.first));
        deed.relaxed = 1;
        setup.extend(full(task, &deed.constraints, stage));
    }
    deed
}

/// The row that makes the first wish fail.
fn full(task: &Task, first: &Slots, stage: &Stage) -> Option<Change> {
    let table = format_smolstr!("{}_full", task.name);
    let columns = &stage.tables().get(&table)?.columns;
    let key = SmolStr::new("F1");
    let value = |column: &SmolStr| {
        if column == KEY { Value::Text(key.clone()) } else { first.get(column).cloned().unwrap_or_default() }
    };
    let row = Value::record(columns.iter().map(|column| (column.clone(), value(column))));
    Some(Change { table, key, row })
}

/// What the user asks: of a look-up all that it tells, of a search the first things that were not wanted.
fn requests(task: &Task, wanted: &Wanted, stage: &Stage) -> Vec<SmolStr> {
    let Some(intent) = stage.intent(&task.name, &intent_of(task, &wanted.cells)) else { return vec![] };
    let Some(tool) = stage.tool(&intent.tool) else { return vec![] };
    let arguments = wanted
        .cells
        .iter()
        .filter_map(|(slot, cell)| Some((SmolStr::new(slot), task.slot(slot)?.value(cell))));
    let mut tool = tool.as_ref().clone();
    tool.limit = usize::MAX;
    let answer = tool
        .run(&mut World::new(stage.tables().clone()), &Arguments::Parsed(Value::record(arguments)))
        .unwrap_or_default();
    let rows: Vec<&Value> = match answer.field("results") {
        Some(results) => results.items().iter().collect(),
        None => vec![&answer],
    };
    // Whichever is chosen must have an answer.
    let told = |slot: &&SmolStr| rows.iter().all(|row| row.field(slot).is_some_and(|value| !value.is_null()));
    let most = if task.errand == Errand::Lookup { 3 } else { 2 };
    let open = intent.requests.iter().filter(|slot| !wanted.cells.contains_key(slot.as_str()));
    open.filter(told).take(most).cloned().collect()
}

fn blank(task: &Task, intent: &str, expect: Expect) -> Errands {
    Errands {
        domain: SmolStr::new(&task.name),
        intent: intent.into(),
        constraints: Slots::new(),
        carried: BTreeMap::new(),
        relaxations: vec![],
        changes: Slots::new(),
        requests: vec![],
        relaxed: 0,
        when: None,
        expect,
    }
}
