//! Answers that somebody else gives to the calls of a compiled world, kept as the world's own rows.
//!
//! A world's tables are what its tools tell. [`Compiled::questions`] draws calls, each with the JSON Schema of its answer;
//! whoever answers them (a chat model, a recording) gives rows to [`Compiled::observe`], which checks them, puts them in
//! the place of the drawn ones and reads the world again. From then on the world needs nobody: the same call has the
//! same answer, and a record of it is checked like any other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use goalconvo_core::{Compare, Domain, Slot, SlotKind, Table, Tool, Value, Verb};
use serde_json::{Map, Value as Json, json};
use smol_str::SmolStr;

use super::world::Compiled;
use crate::Error;
use crate::domain::{Files, line, load};

/// At most so many things are told in answer to one call.
const MOST: usize = 3;
/// The longest name or text.
const LONGEST: usize = 40;

/// A call that is to be answered.
#[derive(Clone, Debug)]
pub struct Question {
    /// The domain.
    pub domain: SmolStr,
    /// The table that the answer goes into.
    pub table: SmolStr,
    /// The tool that is called.
    pub tool: SmolStr,
    /// What the tool does.
    pub description: String,
    /// What it is called with.
    pub arguments: Json,
    /// What an answer looks like: `{"results": [{…}]}`.
    pub schema: Json,
    /// The rows whose place the answer takes: keys, and what nobody tells.
    rows: Vec<Vec<Value>>,
    /// The columns that it fills, with what their values are.
    told: Vec<(usize, Slot)>,
}

impl Question {
    /// Whether an answer can be kept.
    ///
    /// # Errors
    /// It is not of the schema, or says what nobody can say aloud.
    pub fn check(&self, answer: &Json) -> Result<(), Error> {
        self.filled(answer).map(drop)
    }

    /// The rows of an answer, checked field by field.
    fn filled(&self, answer: &Json) -> Result<Vec<Vec<Value>>, Error> {
        let place = format!("{}/{}", self.domain, self.tool);
        let wrong =
            |what: String| Error::malformed(&place, format!("the answer to {}: {what}", self.arguments));
        let results = answer.get("results").and_then(Json::as_array);
        let results = results.ok_or_else(|| wrong("no results".to_owned()))?;
        if results.len() != self.rows.len() {
            return Err(wrong(format!("{} results, expected {}", results.len(), self.rows.len())));
        }
        let row = |(result, drawn): (&Json, &Vec<Value>)| {
            let mut row = drawn.clone();
            for (at, slot) in &self.told {
                let name = slot.name.as_str();
                let given = result.get(name).ok_or_else(|| wrong(format!("no {name}")))?;
                row[*at] = cell(given, slot).ok_or_else(|| wrong(format!("{name} can't be {given}")))?;
            }
            Ok(row)
        };
        results.iter().zip(&self.rows).map(row).collect()
    }
}

impl Compiled {
    /// So many calls of each table's first tool, with the arguments of rows that are spread over the table.
    pub fn questions(&self, each: usize) -> Vec<Question> {
        let of = |(domain, _): &(Arc<Domain>, Files)| -> Vec<Question> {
            let tables = domain.tables.iter().filter(|table| !table.rows().is_empty());
            tables.flat_map(|table| of_table(domain, table, each)).collect()
        };
        self.domains.iter().flat_map(of).collect()
    }

    /// Puts answers in the place of rows: a table of which anything was asked has what was answered and nothing else.
    ///
    /// # Errors
    /// An answer is not of its question's schema, or says what nobody can say aloud; the message names call and field.
    pub fn observe(&mut self, answers: &[(Question, Json)]) -> Result<(), Error> {
        let mut tables: BTreeMap<(&SmolStr, &SmolStr), Vec<Vec<Value>>> = BTreeMap::new();
        for (question, answer) in answers {
            let known = self.domain(&question.domain).and_then(|domain| domain.table(&question.table));
            if known.is_none() {
                let what = format!("there is no table {}", question.table);
                return Err(Error::malformed(question.domain.as_str(), what));
            }
            let rows = question.filled(answer)?;
            tables.entry((&question.domain, &question.table)).or_default().extend(rows);
        }
        for (domain, files) in &mut self.domains {
            let of_domain: BTreeMap<&str, &Vec<Vec<Value>>> = tables
                .iter()
                .filter(|((name, _), _)| **name == domain.name)
                .map(|((_, table), rows)| (table.as_str(), rows))
                .collect();
            if of_domain.is_empty() {
                continue;
            }
            let entries = files.iter().map(|(path, text)| {
                let table = path.strip_suffix(".csv").and_then(|name| domain.table(name));
                let rows = table.and_then(|table| Some((table, of_domain.get(table.name.as_str())?)));
                (path.to_owned(), rows.map_or_else(|| text.to_owned(), |(table, rows)| written(table, rows)))
            });
            let renewed = Files::from_memory(&domain.name, entries.collect::<Vec<_>>());
            *domain = Arc::new(load(&renewed)?);
            *files = renewed;
        }
        Ok(())
    }
}

/// The columns that a call's arguments name, with the arguments.
fn asked<'t>(tool: &'t Tool, table: &Table) -> Vec<(usize, &'t SmolStr)> {
    let of = |required: bool| -> Vec<(usize, &SmolStr)> {
        let fits = tool
            .arguments
            .iter()
            .filter(|argument| argument.required == required && argument.compare == Compare::Equal);
        fits.filter_map(|argument| Some((table.column(argument.column.as_ref()?)?, &argument.name))).collect()
    };
    let required = of(true);
    if required.is_empty() { of(false).into_iter().take(1).collect() } else { required }
}

fn of_table(domain: &Domain, table: &Table, each: usize) -> Vec<Question> {
    let reads =
        |verb: Verb| domain.tools.iter().find(move |tool| tool.table == table.name && tool.verb == verb);
    let Some(tool) = reads(Verb::Find).or_else(|| reads(Verb::Get)) else { return vec![] };
    let asked = asked(tool, table);
    if asked.is_empty() || asked.iter().any(|(column, _)| *column == 0) {
        return vec![];
    }
    let columns = table.columns.iter().enumerate();
    let told: Vec<(usize, Slot)> =
        columns.filter_map(|(at, name)| Some((at, told(domain, &asked, at, name)?.clone()))).collect();
    let all: Vec<&Arc<[Value]>> = table.rows().iter().collect();
    let step = all.len().div_ceil(each.max(1)).max(1);
    let mut seen = BTreeSet::new();
    let mut questions = Vec::new();
    for row in all.iter().step_by(step) {
        let fixed: Vec<Value> = asked.iter().filter_map(|(column, _)| row.get(*column).cloned()).collect();
        if fixed.iter().any(Value::is_null) || !seen.insert(fixed.clone()) {
            continue;
        }
        let same = |row: &&&Arc<[Value]>| {
            asked.iter().zip(&fixed).all(|((at, _), value)| row.get(*at) == Some(value))
        };
        let most = if tool.verb == Verb::Find { MOST } else { 1 };
        let rows: Vec<Vec<Value>> = all.iter().filter(same).take(most).map(|row| row.to_vec()).collect();
        let slots = asked.iter().zip(&fixed).map(|((_, name), value)| ((*name).clone(), value.clone()));
        questions.push(Question {
            domain: domain.name.clone(),
            table: table.name.clone(),
            tool: tool.name.clone(),
            description: tool.description.clone(),
            arguments: json!(tool.fold(slots.collect())),
            schema: schema(&told, rows.len()),
            told: told.clone(),
            rows,
        });
    }
    questions
}

/// The slot of a column that is for the answer to fill; keys, codes and what nobody tells stay as they were drawn.
fn told<'d>(
    domain: &'d Domain,
    asked: &[(usize, &SmolStr)],
    at: usize,
    column: &SmolStr,
) -> Option<&'d Slot> {
    let slot = domain.slots.get(column).filter(|_| at > 0)?;
    let coded =
        matches!(slot.kind, SlotKind::Reference | SlotKind::Phone | SlotKind::Postcode | SlotKind::Address);
    let coded = coded || slot.kind.is_hidden();
    (!coded && !asked.iter().any(|(fixed, _)| *fixed == at)).then_some(slot)
}

fn schema(told: &[(usize, Slot)], rows: usize) -> Json {
    let properties: Map<String, Json> =
        told.iter().map(|(_, slot)| (slot.name.to_string(), of_slot(slot))).collect();
    let required: Vec<&String> = properties.keys().collect();
    let item = json!({ "type": "object", "required": required, "properties": properties.clone(), "additionalProperties": false });
    json!({
        "type": "object",
        "required": ["results"],
        "properties": { "results": { "type": "array", "items": item, "minItems": rows, "maxItems": rows } },
        "additionalProperties": false,
    })
}

fn of_slot(slot: &Slot) -> Json {
    let mut schema = match slot.kind {
        SlotKind::Flag => json!({ "type": "boolean" }),
        SlotKind::Count | SlotKind::Duration => json!({ "type": "integer", "minimum": 1, "maximum": 30 }),
        SlotKind::Money | SlotKind::Number => json!({ "type": "number", "minimum": 0, "maximum": 100_000 }),
        SlotKind::Time => json!({ "type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$" }),
        SlotKind::Date => json!({ "type": "string", "format": "date" }),
        SlotKind::Category | SlotKind::Day => json!({ "enum": slot.values }),
        _ => json!({ "type": "string", "minLength": 2, "maxLength": LONGEST }),
    };
    schema["description"] = json!(slot.description);
    schema
}

/// A field as a cell; nothing where it is not of the slot's kind or can't be said.
fn cell(given: &Json, slot: &Slot) -> Option<Value> {
    let value: Value = serde_json::from_value(given.clone()).ok()?;
    let fits = match (slot.kind, &value) {
        (SlotKind::Flag, Value::Bool(_)) => true,
        (SlotKind::Count | SlotKind::Duration, Value::Int(number)) => (1..=30).contains(number),
        (SlotKind::Money | SlotKind::Number, number) => {
            number.as_number().is_some_and(|number| (0.0..=100_000.0).contains(&number))
        }
        (SlotKind::Time | SlotKind::Date, Value::Text(text)) => {
            text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':' || byte == b'-')
        }
        (SlotKind::Category | SlotKind::Day, value) => slot.values.contains(value),
        (_, Value::Text(text)) => {
            let letter = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'');
            (2..=LONGEST).contains(&text.len()) && text.chars().all(letter)
        }
        _ => false,
    };
    fits.then_some(match value {
        // Nobody says a price to the tenth of a penny.
        Value::Float(number) => Value::Float((number * 100.0).round() / 100.0),
        value => value,
    })
}

/// A table as CSV.
fn written(table: &Table, rows: &[Vec<Value>]) -> String {
    let mut text = line(table.columns.iter().map(SmolStr::as_str));
    let mut keys = BTreeSet::new();
    for row in rows {
        let cells: Vec<SmolStr> = row.iter().map(Value::plain).collect();
        if cells.first().is_some_and(|key| keys.insert(key.clone())) {
            text.push_str(&line(cells.iter().map(SmolStr::as_str)));
        }
    }
    text
}
