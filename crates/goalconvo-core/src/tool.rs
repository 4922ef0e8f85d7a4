//! Tools: relational verbs over the world, declared as data.
//!
//! A tool finds rows, gets one, inserts, updates or deletes one. Before it acts it looks up the rows that its
//! arguments name and tests its guards; what it returns are columns and computed values. Running a tool is total:
//! whatever the arguments are, it returns a result or a [`ToolError`], and on an error the world is as it was.

use std::sync::Arc;

use serde_json::{Map, json};
use smol_str::{SmolStr, format_smolstr};

use crate::hash::ContentHash;
use crate::world::Row;
use crate::{Argument, Arguments, Compare, ErrorKind, Expr, Fold, Paging, ToolError, Value, World};

/// What a tool does to its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Finds the rows that fit the arguments: `{"total": n, "results": […]}`.
    Find,
    /// Gets the one row that fits all arguments.
    Get,
    /// Adds a row.
    Insert,
    /// Changes the row that the first argument names.
    Update,
    /// Takes away the row that the first argument names.
    Delete,
}

impl Verb {
    /// Whether it changes the world.
    pub fn mutates(self) -> bool {
        matches!(self, Verb::Insert | Verb::Update | Verb::Delete)
    }
}

/// A function over the world.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Its name, unique on a stage.
    pub name: SmolStr,
    /// What it does, for the assistant.
    pub description: String,
    /// What it does to the table.
    pub verb: Verb,
    /// The table that it is about.
    pub table: SmolStr,
    /// What it takes.
    pub arguments: Vec<Argument>,
    /// Rows that it looks up by a key before anything else; one that is not there is `not_found`.
    pub lookups: Vec<Lookup>,
    /// What must hold, tested in order.
    pub guards: Vec<Guard>,
    /// Computed values: those named like a column are written by insert and update.
    pub computed: Vec<(SmolStr, Expr)>,
    /// Columns and computed values that it returns, in order.
    pub returns: Vec<SmolStr>,
    /// At most so many rows are returned by find.
    pub limit: usize,
    /// Find returns rows in the order of this column, unless an argument wants the nearest first.
    pub order_by: Option<SmolStr>,
    /// Arguments that a call writes together: lists and date-times.
    pub folds: Vec<Fold>,
    /// How find gives more rows than fit in one answer; its arguments are among the tool's.
    pub paging: Option<Paging>,
}

/// A row to look up: its columns are then names for guards and computed values.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The name before the dot.
    pub name: SmolStr,
    /// The table.
    pub table: SmolStr,
    /// The key.
    pub key: Expr,
}

/// A condition of a tool.
#[derive(Clone, Debug)]
pub struct Guard {
    /// What must hold.
    pub test: Test,
    /// The error when it does not.
    pub kind: ErrorKind,
    /// The policy rule behind it.
    pub rule: Option<SmolStr>,
    /// The error's message.
    pub message: SmolStr,
}

/// What a guard tests.
#[derive(Clone, Debug)]
pub enum Test {
    /// The expression is true.
    Holds(Expr),
    /// No row of the table has these values.
    Absent(SmolStr, Vec<(SmolStr, Expr)>),
}

impl Tool {
    /// Whether it changes the world.
    pub fn mutates(&self) -> bool {
        self.verb.mutates()
    }

    /// The argument of this name.
    pub fn argument(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    /// The key of a record that this tool returned: the first of what it returns, wherever it stands in the record.
    pub fn key_of(&self, record: &Value) -> Option<SmolStr> {
        record.field(self.returns.first()?).map(Value::plain)
    }

    /// The JSON Schema of the arguments as a call writes them.
    pub fn parameters(&self) -> serde_json::Value {
        let fold_of = |name: &SmolStr| self.folds.iter().find(|fold| fold.parts.contains(name));
        let mut properties: Map<String, serde_json::Value> = Map::new();
        let mut required: Vec<&str> = Vec::new();
        for argument in &self.arguments {
            let (name, schema) = match fold_of(&argument.name) {
                Some(fold) if properties.contains_key(fold.name.as_str()) => continue,
                Some(fold) => (&fold.name, fold.schema(argument)),
                None => (&argument.name, argument.schema()),
            };
            properties.insert(name.to_string(), schema);
            required.extend(argument.required.then_some(name.as_str()));
        }
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    }

    /// The tool in OpenAI's shape.
    pub fn function(&self) -> serde_json::Value {
        json!({ "type": "function", "function": { "name": self.name, "description": self.description, "parameters": self.parameters() } })
    }

    /// Runs the tool; on an error the world is as it was.
    ///
    /// # Errors
    /// The arguments do not fit, a row is not there, or a guard does not hold.
    pub fn run(&self, world: &mut World, arguments: &Arguments) -> Result<Value, ToolError> {
        let scope = self.scope(world, arguments)?;
        match self.verb {
            Verb::Find => self.find(world, arguments),
            Verb::Get => self.get(world, arguments, scope),
            Verb::Insert => self.insert(world, scope),
            Verb::Update => self.update(world, scope),
            Verb::Delete => self.delete(world, scope),
        }
    }

    /// Whether the tool would do it, without doing it.
    ///
    /// # Errors
    /// Those of [`Tool::run`].
    pub fn allows(&self, world: &World, arguments: &Arguments) -> Result<(), ToolError> {
        let mut scope = self.scope(world, arguments)?;
        match self.verb {
            Verb::Find => Ok(()),
            Verb::Get => self.get(world, arguments, scope).map(drop),
            Verb::Insert => self.test(world, &scope),
            Verb::Update | Verb::Delete => {
                let row = self.named_row(world, arguments)?;
                scope.add(world, "row", &self.table, row);
                self.test(world, &scope)
            }
        }
    }

    /// What names mean, once the arguments fit and the rows that they name have been found.
    fn scope<'a>(&'a self, world: &World, arguments: &'a Arguments) -> Result<Scope<'a>, ToolError> {
        self.check(arguments)?;
        let mut scope = Scope { tool: self, arguments, rows: Vec::new(), reference: Value::Null };
        for lookup in &self.lookups {
            let key = lookup.key.eval(&|name| scope.name(name)).plain();
            let row = world.get(&lookup.table, &key).ok_or_else(|| not_found(&lookup.table, &key))?.clone();
            scope.add(world, &lookup.name, &lookup.table, row);
        }
        Ok(scope)
    }

    fn check(&self, arguments: &Arguments) -> Result<(), ToolError> {
        if let Arguments::Raw(_) = arguments {
            return Err(invalid("the arguments are not a JSON object"));
        }
        for (name, value) in arguments.fields() {
            let Some(argument) = self.argument(name) else {
                return Err(invalid(&format!("unknown argument {name:?}")));
            };
            argument.check(value).map_err(|what| invalid(&what))?;
        }
        // Where slots are all that is known the first page is meant; a call has to name it.
        let is_page =
            |argument: &Argument| self.paging.as_ref().is_some_and(|paging| paging.has(&argument.name));
        match self.arguments.iter().find(|argument| {
            argument.required && !is_page(argument) && arguments.get(&argument.name).is_none()
        }) {
            Some(missing) => Err(invalid(&format!("missing argument {:?}", missing.name))),
            None => Ok(()),
        }
    }

    /// How many rows fit the arguments of a find, counted up to `limit`; `None` when the arguments do not fit the tool.
    pub fn count(&self, world: &World, arguments: &Arguments, limit: usize) -> Option<usize> {
        self.check(arguments).ok()?;
        let (equal, bounds) = self.conditions(world, arguments)?;
        Some(world.find_up_to(limit, &self.table, &equal, |row| within(&bounds, row)).len())
    }

    /// These columns of every row that fits the arguments of a find, as records in the table's order.
    pub fn columns_of(&self, world: &World, arguments: &Arguments, columns: &[SmolStr]) -> Vec<Value> {
        let Some(table) = world.table(&self.table).filter(|_| self.check(arguments).is_ok()) else {
            return vec![];
        };
        let shown: Vec<_> = columns.iter().map(|name| (name, table.column(name))).collect();
        let found = self.matching(world, arguments).unwrap_or_default();
        found.into_iter().map(|row| self.project(&shown, row, &[])).collect()
    }

    /// Whether it depends on the rows that the arguments name, and not on the arguments alone, that it can be done.
    pub fn guards_entity(&self) -> bool {
        self.guards.iter().any(|guard| match &guard.test {
            Test::Holds(expr) => expr.names().iter().any(|name| name.contains('.')),
            Test::Absent(..) => false,
        })
    }

    /// Whether the row of this key fits the arguments of a find.
    pub fn fits(&self, world: &World, arguments: &Arguments, key: &str) -> bool {
        let Some((equal, bounds)) = self.conditions(world, arguments) else { return false };
        let row = world.get(&self.table, key).filter(|_| self.check(arguments).is_ok());
        row.is_some_and(|row| {
            equal.iter().all(|(at, value)| row.get(*at) == Some(*value)) && within(&bounds, row)
        })
    }

    fn find(&self, world: &World, arguments: &Arguments) -> Result<Value, ToolError> {
        let table = world.table(&self.table).ok_or_else(|| not_found(&self.table, "table"))?;
        let mut found = self.matching(world, arguments).unwrap_or_default();
        let nearest = self.arguments.iter().find(|argument| {
            argument.nearest && argument.compare != Compare::Equal && arguments.get(&argument.name).is_some()
        });
        let bound = nearest.and_then(|argument| Some((argument.position(table)?, argument.compare)));
        let order = bound.or_else(|| Some((table.column(self.order_by.as_deref()?)?, Compare::AtLeast)));
        match order {
            Some((column, Compare::AtMost)) => found.sort_by(|a, b| b.get(column).cmp(&a.get(column))),
            Some((column, _)) => found.sort_by(|a, b| a.get(column).cmp(&b.get(column))),
            None => {
                let first = world.first_of(found.len());
                found.rotate_left(first);
            }
        }
        let shown = self.shown(table);
        let (wanted, next) = match &self.paging {
            None => (0..found.len().min(self.limit), None),
            Some(paging) => {
                let (wanted, next) = paging.cut(&found, arguments, self.limit)?;
                (wanted, Some(("next", next)))
            }
        };
        let results: Value =
            found.get(wanted).unwrap_or_default().iter().map(|row| self.project(&shown, row, &[])).collect();
        let total = Value::Int(found.len() as i64);
        Ok(Value::record([("total", total), ("results", results)].into_iter().chain(next)))
    }

    /// The rows that fit the arguments, in table order.
    fn matching<'w>(&self, world: &'w World, arguments: &Arguments) -> Option<Vec<&'w Row>> {
        let (equal, bounds) = self.conditions(world, arguments)?;
        Some(world.find(&self.table, &equal, |row| within(&bounds, row)))
    }

    /// What the arguments ask of columns: to be equal, and to be within bounds.
    fn conditions<'v>(&self, world: &World, arguments: &'v Arguments) -> Option<(Equal<'v>, Bounds<'v>)> {
        let table = world.table(&self.table)?;
        let (mut equal, mut bounds) = (Vec::new(), Vec::new());
        for argument in &self.arguments {
            let (Some(value), Some(column)) = (arguments.get(&argument.name), argument.position(table))
            else {
                continue;
            };
            match argument.compare {
                Compare::Equal => equal.push((column, value)),
                other => bounds.push((column, other, value)),
            }
        }
        Some((equal, bounds))
    }

    fn get(&self, world: &World, arguments: &Arguments, mut scope: Scope<'_>) -> Result<Value, ToolError> {
        let table = world.table(&self.table).ok_or_else(|| not_found(&self.table, "table"))?;
        let equal: Vec<(usize, &Value)> = self
            .arguments
            .iter()
            .filter_map(|argument| Some((argument.position(table)?, arguments.get(&argument.name)?)))
            .collect();
        let found = world.find(&self.table, &equal, |_| true);
        // Where nothing says which, it is this visitor's own.
        let own = if equal.is_empty() { world.first_of(found.len()) } else { 0 };
        let row = found.get(own).copied();
        let row = row.ok_or_else(|| not_found(&self.table, "these details"))?.clone();
        scope.add(world, "row", &self.table, row.clone());
        self.test(world, &scope)?;
        let computed = self.compute(&scope);
        Ok(self.project(&self.shown(table), &row, &computed))
    }

    fn insert(&self, world: &mut World, mut scope: Scope<'_>) -> Result<Value, ToolError> {
        self.test(world, &scope)?;
        scope.reference = self.reference(world, scope.arguments);
        let computed = self.compute(&scope);
        let table = world.table(&self.table).ok_or_else(|| not_found(&self.table, "table"))?;
        let value_of =
            |column: &SmolStr| named(&computed, column).or_else(|| scope.arguments.get(column)).cloned();
        let row: Row = table.columns.iter().map(|column| value_of(column).unwrap_or_default()).collect();
        self.write(world, row, &computed)
    }

    fn update(&self, world: &mut World, mut scope: Scope<'_>) -> Result<Value, ToolError> {
        let row = self.named_row(world, scope.arguments)?;
        scope.add(world, "row", &self.table, row.clone());
        self.test(world, &scope)?;
        scope.reference = self.reference(world, scope.arguments);
        let computed = self.compute(&scope);
        let table = world.table(&self.table).ok_or_else(|| not_found(&self.table, "table"))?;
        let value_of = |(at, column): (usize, &SmolStr)| named(&computed, column).unwrap_or(&row[at]).clone();
        let row: Row = table.columns.iter().enumerate().map(value_of).collect();
        self.write(world, row, &computed)
    }

    fn delete(&self, world: &mut World, mut scope: Scope<'_>) -> Result<Value, ToolError> {
        let row = self.named_row(world, scope.arguments)?;
        scope.add(world, "row", &self.table, row.clone());
        self.test(world, &scope)?;
        let computed = self.compute(&scope);
        let answer = self.answer(world, &row, &computed);
        let key = row.first().map(Value::plain).unwrap_or_default();
        world.remove(&self.table, &key);
        Ok(answer)
    }

    fn write(&self, world: &mut World, row: Row, computed: &[(SmolStr, Value)]) -> Result<Value, ToolError> {
        let answer = self.answer(world, &row, computed);
        if world.put(&self.table, row) { Ok(answer) } else { Err(not_found(&self.table, "table")) }
    }

    fn named_row(&self, world: &World, arguments: &Arguments) -> Result<Row, ToolError> {
        let key = self
            .arguments
            .first()
            .and_then(|argument| arguments.get(&argument.name))
            .map(Value::plain)
            .unwrap_or_default();
        world.get(&self.table, &key).cloned().ok_or_else(|| not_found(&self.table, &key))
    }

    fn test(&self, world: &World, scope: &Scope<'_>) -> Result<(), ToolError> {
        let names = |name: &str| scope.name(name);
        let held = |guard: &&Guard| match &guard.test {
            Test::Holds(expr) => expr.eval(&names) == Value::Bool(true),
            Test::Absent(table, columns) => !exists(world, table, columns, &names),
        };
        match self.guards.iter().find(|guard| !held(guard)) {
            Some(broken) => Err(ToolError {
                kind: broken.kind,
                message: broken.message.clone(),
                rule: broken.rule.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Computed values in order; a later one may use an earlier one.
    fn compute(&self, scope: &Scope<'_>) -> Vec<(SmolStr, Value)> {
        let mut done: Vec<(SmolStr, Value)> = Vec::with_capacity(self.computed.len());
        for (name, expr) in &self.computed {
            let value = expr.eval(&|wanted| named(&done, wanted).cloned().or_else(|| scope.name(wanted)));
            done.push((name.clone(), value));
        }
        done
    }

    /// What a write returns of its row.
    fn answer(&self, world: &World, row: &Row, computed: &[(SmolStr, Value)]) -> Value {
        let shown = world.table(&self.table).map(|table| self.shown(table)).unwrap_or_default();
        self.project(&shown, row, computed)
    }

    /// What is returned, with the columns that hold it.
    fn shown(&self, table: &crate::Table) -> Vec<(&SmolStr, Option<usize>)> {
        self.returns.iter().map(|name| (name, table.column(name))).collect()
    }

    fn project(
        &self,
        shown: &[(&SmolStr, Option<usize>)],
        row: &Row,
        computed: &[(SmolStr, Value)],
    ) -> Value {
        let fields = shown.iter().map(|(name, column)| {
            let value = named(computed, name).or_else(|| column.and_then(|column| row.get(column)));
            ((*name).clone(), value.cloned().unwrap_or_default())
        });
        Value::record(fields)
    }

    /// Eight characters without look-alikes, from the tool, its arguments and how many writes came before.
    fn reference(&self, world: &World, arguments: &Arguments) -> Value {
        self.code(arguments, Some(world.writes()))
    }

    /// A whole number of seven digits that is the same for the same arguments.
    fn id_number(&self, arguments: &Arguments) -> Value {
        Value::Int((1_000_000 + self.digest(arguments, None).low() % 9_000_000) as i64)
    }

    /// A UUID that is the same for the same arguments (RFC 9562, version 8: of one's own making).
    fn uuid(&self, arguments: &Arguments) -> Value {
        let digits = self.digest(arguments, None).to_string();
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        Value::text(format!(
            "{}-{}-8{}-a{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 15),
            part(15, 18),
            part(18, 30)
        ))
    }

    /// Eight such characters from the tool, its arguments and a number of writes, if they are to be others every time.
    fn code(&self, arguments: &Arguments, writes: Option<usize>) -> Value {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let mut bits = self.digest(arguments, writes).low();
        // A code that stays the same may stand behind letters: two digits tell it from a word.
        let digits = if writes.is_none() { 2 } else { 0 };
        let text: String = (0..8)
            .map(|at| {
                let place = if at < digits { 24 + (bits & 7) } else { bits & 31 };
                bits >>= 5;
                char::from(ALPHABET[place as usize])
            })
            .collect();
        Value::text(text)
    }

    /// A hash of the tool, its arguments and a number of writes.
    fn digest(&self, arguments: &Arguments, writes: Option<usize>) -> ContentHash {
        let mut bytes = self.name.as_bytes().to_vec();
        // In the tool's own order: the order in which a caller writes its arguments changes nothing.
        let given = self.arguments.iter().filter_map(|argument| arguments.get(&argument.name));
        given.for_each(|value| value.canonical(&mut |part| bytes.extend_from_slice(part)));
        bytes.extend_from_slice(&writes.map_or(u64::MAX, |writes| writes as u64).to_le_bytes());
        ContentHash::of(&bytes)
    }
}

/// Columns that have to be equal to a value.
type Equal<'v> = Vec<(usize, &'v Value)>;
/// Columns that have to compare with a value.
type Bounds<'v> = Vec<(usize, Compare, &'v Value)>;

fn within(bounds: &Bounds<'_>, row: &Row) -> bool {
    bounds.iter().all(|(column, compare, value)| compare.holds(row.get(*column), value))
}

/// What names mean while a tool runs.
struct Scope<'a> {
    tool: &'a Tool,
    arguments: &'a Arguments,
    /// Rows by what they are called, with the table that names their columns.
    rows: Vec<(&'a str, Arc<crate::Table>, Row)>,
    reference: Value,
}

impl<'a> Scope<'a> {
    /// Calls a row of a table by a name; one of no table has no columns that could be named.
    fn add(&mut self, world: &World, name: &'a str, table: &str, row: Row) {
        self.rows.extend(world.table(table).map(|table| (name, table.clone(), row)));
    }

    fn name(&self, name: &str) -> Option<Value> {
        if name == "reference()" {
            return Some(self.reference.clone());
        }
        match name {
            "code()" => return Some(self.tool.code(self.arguments, None)),
            "id_number()" => return Some(self.tool.id_number(self.arguments)),
            "uuid()" => return Some(self.tool.uuid(self.arguments)),
            _ => {}
        }
        let Some((before, column)) = name.split_once('.') else { return self.arguments.get(name).cloned() };
        let (_, table, row) = self.rows.iter().find(|(known, _, _)| *known == before)?;
        row.get(table.column(column)?).cloned()
    }
}

/// Whether such a row exists; true, so that the guard fails, when table or column are not there to be looked at.
fn exists(
    world: &World,
    table: &str,
    columns: &[(SmolStr, Expr)],
    names: &dyn Fn(&str) -> Option<Value>,
) -> bool {
    let Some(fixed) = world.table(table) else { return true };
    let wanted: Option<Vec<(usize, Value)>> =
        columns.iter().map(|(column, expr)| Some((fixed.column(column)?, expr.eval(names)))).collect();
    let Some(wanted) = wanted else { return true };
    let equal: Vec<(usize, &Value)> = wanted.iter().map(|(column, value)| (*column, value)).collect();
    !world.find(table, &equal, |_| true).is_empty()
}

fn named<'a>(values: &'a [(SmolStr, Value)], name: &str) -> Option<&'a Value> {
    values.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

fn invalid(message: &str) -> ToolError {
    ToolError { kind: ErrorKind::InvalidArguments, message: message.into(), rule: None }
}

fn not_found(table: &str, key: &str) -> ToolError {
    ToolError {
        kind: ErrorKind::NotFound,
        message: format_smolstr!("nothing in {table} for {key}"),
        rule: None,
    }
}
