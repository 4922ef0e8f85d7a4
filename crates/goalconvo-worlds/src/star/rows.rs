//! The rows of a task's world: what the knowledge base answered in the dialogues, then rows drawn from the value
//! domains, then what a scenario wants and no row has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::draw;
use super::fields::Field;
use super::goals::Wanted;
use super::pools;
use super::rules;
use super::scenario;
use super::source::Source;
use super::task::{Errand, Task};
use super::wordings::compare;

/// So many rows a search goes over, at least.
const SEARCHED: usize = 200;
/// So many records a look-up has, at least, where not every case can be written out.
const RECORDS: usize = 60;
/// At most so many cases are written out.
const CASES: usize = 400;

/// Cells by slot.
pub(super) type Cells = BTreeMap<String, String>;

/// Rows of a table.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The rows; a column that a row does not name is unknown in it.
    pub rows: Vec<Cells>,
    /// How many of them the dialogues showed.
    pub seen: usize,
    /// How many were made for a scenario.
    pub made: usize,
}

/// Values that the corpus has for open slots, filled up from a pool.
pub(super) fn known(task: &Task, source: &Source) -> BTreeMap<String, Vec<String>> {
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let open: Vec<&Field> =
        task.inputs.iter().chain(&task.outputs).filter(|field| field.values.is_empty()).collect();
    let mut add = |field: &Field, value: &Json| {
        let Some(cell) = field.cell(value) else { return };
        let values = known.entry(field.name.clone()).or_default();
        let is_new = !values.iter().any(|value| value.eq_ignore_ascii_case(&cell));
        if is_new && values.len() < SEARCHED {
            values.push(cell);
        }
    };
    for asked in source.dialogues.iter().flat_map(|(_, dialogue)| scenario::queries(dialogue, &task.name)) {
        for (column, wish) in &asked.wishes {
            for field in open.iter().filter(|field| field.source == *column) {
                wish.one().iter().for_each(|value| add(field, value));
            }
        }
        for field in &open {
            asked
                .item
                .and_then(|item| item.get(&field.source))
                .into_iter()
                .for_each(|value| add(field, value));
        }
    }
    for field in open {
        let values = known.entry(field.name.clone()).or_default();
        for value in pools::of(field) {
            if values.len() < 12 && !values.contains(&value) {
                values.push(value);
            }
        }
    }
    known
}

/// The rows of a task; none for an errand that only writes.
pub(super) fn rows(
    task: &Task,
    known: &BTreeMap<String, Vec<String>>,
    source: &Source,
    wanted: &[Wanted],
) -> Rows {
    let mut rows = Rows::default();
    if task.errand == Errand::Transact {
        return rows;
    }
    let maker = Maker { task, known };
    for asked in source.dialogues.iter().flat_map(|(_, dialogue)| scenario::queries(dialogue, &task.name)) {
        let Some(item) = asked.item else { continue };
        let mut cells = Cells::new();
        for field in &task.columns {
            let asked = || {
                asked
                    .wishes
                    .iter()
                    .find(|(column, _)| *column == field.source)
                    .and_then(|(_, wish)| wish.one())
            };
            let value = item
                .get(&field.source)
                .cloned()
                .or_else(|| asked().filter(|_| task.errand == Errand::Lookup));
            if let Some(cell) = value.and_then(|value| field.cell(&value)) {
                cells.insert(field.name.clone(), cell);
            }
        }
        // A wizard who asked without what identifies a record was told of none.
        let whole = task.errand != Errand::Lookup
            || task.outputs.iter().any(|field| cells.contains_key(&field.name))
                && maker.keys(&cells).next().is_some();
        if whole && maker.add(&mut rows, cells, true) {
            rows.seen += 1;
        }
    }
    maker.fill(&mut rows);
    for one in wanted {
        if !rows.rows.iter().any(|row| maker.fits(row, &one.cells)) {
            let row = maker.row(&one.cells, "wanted", rows.rows.len());
            maker.add(&mut rows, row, false);
            rows.made += 1;
        }
    }
    rows
}

struct Maker<'a> {
    task: &'a Task,
    known: &'a BTreeMap<String, Vec<String>>,
}

impl Maker<'_> {
    /// What identifies a record, in each of the ways that there are.
    fn keys<'c>(&'c self, cells: &'c Cells) -> impl Iterator<Item = Vec<&'c str>> {
        let ways = [Some(&self.task.required), self.task.otherwise.as_ref()];
        ways.into_iter().flatten().filter_map(|way| {
            way.iter().map(|slot| cells.get(slot).map(String::as_str)).collect::<Option<Vec<&str>>>()
        })
    }

    /// Adds a row unless there is one like it; a record is filled up where the dialogue did not show all of it.
    fn add(&self, rows: &mut Rows, cells: Cells, seen: bool) -> bool {
        let lookup = self.task.errand == Errand::Lookup;
        let same = |row: &Cells| {
            if lookup {
                self.keys(row).any(|key| self.keys(&cells).any(|other| other == key))
            } else {
                *row == cells
            }
        };
        if cells.is_empty() || rows.rows.iter().any(same) {
            return false;
        }
        let row = if lookup && seen { self.row(&cells, "seen", rows.rows.len()) } else { cells };
        rows.rows.push(row);
        true
    }

    /// Rows drawn from the value domains: each case where that is few, else some.
    fn fill(&self, rows: &mut Rows) {
        let lookup = self.task.errand == Errand::Lookup;
        let closed: Vec<Vec<String>> =
            self.task.required.iter().filter(|_| lookup).map(|slot| self.cases(slot)).collect();
        let count =
            closed.iter().try_fold(1usize, |product, cases| product.checked_mul(cases.len())).unwrap_or(0);
        if lookup && (1..=CASES).contains(&count) {
            for case in 0..count {
                let mut rest = case;
                let mut cells = Cells::new();
                for (slot, cases) in self.task.required.iter().zip(&closed) {
                    cells.insert(slot.clone(), cases[rest % cases.len()].clone());
                    rest /= cases.len();
                }
                let row = self.row(&cells, "case", case);
                self.add(rows, row, false);
            }
            return;
        }
        let least = if lookup { RECORDS } else { SEARCHED };
        for number in 0..4 * least {
            if rows.rows.len() >= least {
                break;
            }
            self.add(rows, self.row(&Cells::new(), "drawn", number), false);
        }
    }

    /// All values of a slot; none where they are open.
    fn cases(&self, slot: &str) -> Vec<String> {
        let Some(field) = self.task.slot(slot) else { return vec![] };
        match field.range {
            // What nobody has ever been told of a case would have to be made up.
            Some((low, high)) if field.values.is_empty() && high - low < 50 => {
                (low..=high).map(|n| n.to_string()).collect()
            }
            _ => field.values.clone(),
        }
    }

    /// A row with these cells, the others drawn.
    fn row(&self, fixed: &Cells, what: &str, number: usize) -> Cells {
        let mut rng = draw::stream(&format!("{}/{what}", self.task.name), number as u64);
        let mut cells = Cells::new();
        let mut so_far = rules::Row::new();
        let mut chosen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for field in &self.task.columns {
            let known = self.known.get(&field.name).map(Vec::as_slice).unwrap_or_default();
            let cell = match (&field.member, fixed.get(&field.name)) {
                (_, Some(cell)) => Some(cell.clone()),
                (Some(_), None) => {
                    let pair = chosen.entry(&field.source).or_insert_with(|| {
                        let all = self.task.columns.iter().filter(|other| other.source == field.source);
                        rng.sample(all.map(|other| other.name.clone()).collect(), 2).into_iter().collect()
                    });
                    Some(pair.contains(&field.name).to_string())
                }
                (None, None) => draw::cell(field, known, &so_far, &mut rng),
            };
            let Some(cell) = cell else { continue };
            so_far.insert(field.source.clone(), json_of(&cell));
            cells.insert(field.name.clone(), cell);
        }
        cells
    }

    /// Whether a row is what is wanted.
    fn fits(&self, row: &Cells, wanted: &Cells) -> bool {
        wanted.iter().all(|(slot, cell)| {
            let Some(field) = self.task.columns.iter().find(|field| field.name == *slot) else { return true };
            let Some(found) = row.get(slot) else { return false };
            let numbers = found.parse::<i64>().ok().zip(cell.parse::<i64>().ok());
            match (compare(field), numbers) {
                ("at_most", Some((found, cell))) => found <= cell,
                ("at_least", Some((found, cell))) => found >= cell,
                _ => found == cell,
            }
        })
    }
}

/// A cell as rules read it.
fn json_of(cell: &str) -> Json {
    match cell {
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        _ => cell.parse::<i64>().map_or_else(|_| Json::from(cell), Json::from),
    }
}
