//! SQL data definitions: a table becomes a table, and the five calls that a simple service over it would offer.

use super::detect::SourceFile;
use super::report::Notes;
use super::sql_tables::{Types, alter, is_scalar, last_part, table_of};
use crate::registry::draft::{EndpointDraft, Evidence, Material, ParameterDraft, ToolDraft};
use crate::registry::effect::Statement as Stated;
use crate::registry::names::{singular, words};
use crate::registry::{Column, Confidence, Effect, Field, Kind, Shape, Table};
use sqlparser::ast::{Statement, UserDefinedTypeRepresentation};
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use std::collections::BTreeMap;

/// Imports the tables of a script.
pub fn import(file: &SourceFile, text: &str, notes: &mut Notes) -> Material {
    let mut script = Script::default();
    for (number, statement) in statements(text).into_iter().enumerate() {
        script.read(statement, file, &format!("/{number}"), notes);
    }
    let Script { tables, order, passed_over, .. } = script;
    if passed_over > 0 {
        notes.note(
            "other_statements",
            "",
            format!("{passed_over} statements define no table, type or column; passed over"),
        );
    }
    let endpoints = order.iter().flat_map(|name| endpoints(name, &tables[name])).collect();
    let tool = ToolDraft { name: file.stem().to_owned(), functions: true, endpoints, ..ToolDraft::default() };
    Material { tools: if order.is_empty() { Vec::new() } else { vec![tool] }, tables, ..Material::default() }
}

/// What a script has defined so far.
#[derive(Default)]
struct Script {
    tables: BTreeMap<String, Table>,
    /// Their names in the order of the script.
    order: Vec<String>,
    /// The values of types that list them.
    types: Types,
    passed_over: usize,
}

impl Script {
    fn read(&mut self, statement: &str, file: &SourceFile, pointer: &str, notes: &mut Notes) {
        let defines = defines(statement);
        match parsed(statement).filter(|_| defines) {
            Some(Statement::CreateTable(definition)) => {
                let (name, table) = table_of(&definition, &self.types, file, pointer, notes);
                if self.tables.insert(name.clone(), table).is_some() {
                    notes.warn(
                        "duplicate_table",
                        pointer,
                        format!("table {name:?} is defined again; the later one counts"),
                    );
                } else {
                    self.order.push(name);
                }
            }
            Some(Statement::CreateType {
                name,
                representation: UserDefinedTypeRepresentation::Enum { labels },
            }) => {
                self.types.insert(last_part(&name), labels.into_iter().map(|label| label.value).collect());
            }
            Some(Statement::AlterTable { name, operations, .. }) => {
                let name = last_part(&name);
                let Some(table) = self.tables.get_mut(&name) else {
                    notes.lose(
                        "unknown_table",
                        pointer,
                        format!("table {name:?} is altered and not defined here"),
                    );
                    return;
                };
                operations.iter().for_each(|operation| alter(table, operation, &self.types, pointer, notes));
            }
            _ if defines => {
                let start: String = statement.chars().take(60).collect();
                notes.lose("unreadable_statement", pointer, format!("{start:?} is in no form that is known"));
            }
            _ => self.passed_over += 1,
        }
    }
}

/// Whether a statement says what tables are like.
fn defines(statement: &str) -> bool {
    let start: Vec<String> = words(&statement.chars().take(80).collect::<String>());
    let named = |kind: &str| start.iter().take(5).any(|word| word == kind);
    match start.first().map(String::as_str) {
        Some("create") => named("table") || start.get(1).is_some_and(|word| word == "type"),
        Some("alter") => start.get(1).is_some_and(|word| word == "table"),
        _ => false,
    }
}

fn parsed(statement: &str) -> Option<Statement> {
    let dialects: [&dyn Dialect; 4] =
        [&GenericDialect {}, &PostgreSqlDialect {}, &MySqlDialect {}, &SQLiteDialect {}];
    dialects.iter().find_map(|dialect| {
        let mut found = Parser::parse_sql(*dialect, statement).ok()?;
        (found.len() == 1).then(|| found.remove(0))
    })
}

/// The statements of a script without comments: cut at semicolons outside of quotes.
fn statements(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut quote: Option<u8> = None;
    let mut index = 0;
    let bytes = text.as_bytes();
    while index < bytes.len() {
        let byte = bytes[index];
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if byte == b'-' && bytes.get(index + 1) == Some(&b'-') => {
                index = bytes[index..]
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .map_or(bytes.len(), |end| index + end);
                if text[start..index.min(text.len())].trim_start().starts_with("--") {
                    start = index;
                }
                continue;
            }
            None if bytes[index..].starts_with(b"/*") => {
                let end = bytes[index + 2..].windows(2).position(|pair| pair == b"*/");
                index = end.map_or(bytes.len(), |end| index + end + 4);
                if text[start..index].trim_start().starts_with("/*") {
                    start = index;
                }
                continue;
            }
            None if matches!(byte, b'\'' | b'"' | b'`') => quote = Some(byte),
            None if byte == b'$' => {
                index += dollar_quoted(&bytes[index..]);
                continue;
            }
            None if byte == b';' => {
                found.push(text[start..index].trim());
                start = index + 1;
            }
            None => {}
        }
        index += 1;
    }
    found.push(text[start..].trim());
    found.retain(|statement| !statement.is_empty());
    found
}

/// How many bytes a dollar sign begins: all of `$tag$ … $tag$`, or itself alone.
fn dollar_quoted(bytes: &[u8]) -> usize {
    let name = bytes[1..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    if bytes.get(name + 1) != Some(&b'$') {
        return 1;
    }
    let (tag, rest) = bytes.split_at(name + 2);
    let end = rest.windows(tag.len()).position(|window| window == tag);
    end.map_or(bytes.len(), |end| 2 * tag.len() + end)
}

/// Search, get, create, update, delete.
fn endpoints(name: &str, table: &Table) -> Vec<EndpointDraft> {
    let one = singular(name);
    let is_key = |column: &&Column| table.primary_key.contains(&column.name);
    let keys: Vec<&Column> = table.columns.iter().filter(is_key).collect();
    let others: Vec<&Column> = table.columns.iter().filter(|column| !is_key(column)).collect();
    let row = row_of(table);
    let filters =
        table.columns.iter().filter(|column| is_scalar(&column.shape)).map(|column| parameter(column, false));
    let mut found = vec![endpoint(
        format!("search_{name}"),
        format!("Find the rows of {name} whose columns equal what is given."),
        Effect::Read,
        filters.collect(),
        Shape::list(row.clone()),
    )];
    let make = others.iter().map(|column| parameter(column, column.required)).collect();
    let words = format!("Add a row to {name}.");
    found.push(endpoint(format!("create_{one}"), words, Effect::Write, make, row.clone()));
    if keys.is_empty() {
        return found;
    }
    let by_key = || keys.iter().map(|column| parameter(column, true));
    let words = format!("Look up one row of {name} by its key.");
    found.push(endpoint(format!("get_{one}"), words, Effect::Read, by_key().collect(), row.clone()));
    let change = by_key().chain(others.iter().map(|column| parameter(column, false))).collect();
    let words = format!("Change columns of one row of {name}.");
    found.push(endpoint(format!("update_{one}"), words, Effect::Write, change, row));
    let gone = Shape::record([("deleted".to_owned(), Shape::boolean())]);
    let words = format!("Delete one row of {name}.");
    found.push(endpoint(format!("delete_{one}"), words, Effect::Destructive, by_key().collect(), gone));
    found
}

fn endpoint(
    name: String,
    description: String,
    effect: Effect,
    parameters: Vec<ParameterDraft>,
    shape: Shape,
) -> EndpointDraft {
    EndpointDraft {
        name,
        description,
        statement: Stated::Says(effect),
        parameters,
        evidence: vec![Evidence { confidence: Confidence::Schema, shape, ..Evidence::default() }],
        ..EndpointDraft::default()
    }
}

fn row_of(table: &Table) -> Shape {
    let field = |column: &Column| Field {
        shape: column.shape.clone(),
        required: column.required,
        ..Field::default()
    };
    Kind::Record(table.columns.iter().map(|column| (column.name.clone(), field(column))).collect()).into()
}

fn parameter(column: &Column, required: bool) -> ParameterDraft {
    ParameterDraft {
        name: column.name.clone(),
        required,
        shape: column.shape.clone(),
        ..ParameterDraft::default()
    }
}
