//! A `CREATE TABLE` statement read into a table: columns, keys, references.

use super::detect::SourceFile;
use super::report::Notes;
use crate::registry::{Column, Format, Origin, Reference, Shape, Table};
use sqlparser::ast::{
    ColumnDef, ColumnOption, CreateTable, DataType, EnumMember, Expr, IndexColumn, ObjectName,
    TableConstraint,
};
use std::collections::BTreeMap;

/// The table and its name.
pub(super) fn table_of(
    definition: &CreateTable,
    file: &SourceFile,
    pointer: &str,
    notes: &mut Notes,
) -> (String, Table) {
    let origin = Origin { source: "sql".into(), file: file.path.clone() };
    let mut table = Table { origin, ..Table::default() };
    for definition in &definition.columns {
        let column = column_of(definition, &mut table, pointer, notes);
        table.columns.push(column);
    }
    for constraint in &definition.constraints {
        take_constraint(constraint, &mut table);
    }
    for column in &mut table.columns {
        column.required |= table.primary_key.contains(&column.name);
        column.shape.nullable = !column.required;
    }
    if table.primary_key.is_empty() {
        notes.note("no_primary_key", pointer, "without a primary key; no call addresses a single row");
    }
    (last_part(&definition.name), table)
}

/// True if a filter can compare with it.
pub(super) fn is_scalar(shape: &Shape) -> bool {
    shape.is_scalar()
}

fn column_of(definition: &ColumnDef, table: &mut Table, pointer: &str, notes: &mut Notes) -> Column {
    let name = definition.name.value.clone();
    let mut shape = shape_of(&definition.data_type);
    if shape.is_unknown() {
        let message =
            format!("type {} of column {name:?} is not known; taken as unknown", definition.data_type);
        notes.warn("unknown_type", pointer, message);
    }
    let mut required = false;
    let mut opaque_rules = BTreeMap::new();
    for option in &definition.options {
        match &option.option {
            ColumnOption::NotNull => required = true,
            ColumnOption::Unique { is_primary: true, .. } => table.primary_key.push(name.clone()),
            ColumnOption::ForeignKey { foreign_table, referred_columns, .. } => {
                table.references.push(Reference {
                    column: name.clone(),
                    table: last_part(foreign_table),
                    target: referred_columns.first().map_or_else(String::new, |column| column.value.clone()),
                });
            }
            ColumnOption::Check(rule) => {
                if shape.choices.is_empty() {
                    shape.choices = choices_in(rule, &name);
                }
                opaque_rules.insert("check".into(), rule.to_string());
            }
            ColumnOption::Default(value) => {
                required = false;
                opaque_rules.insert("default".into(), value.to_string());
            }
            _ => {}
        }
    }
    Column { name, shape, required, opaque_rules }
}

/// The values of `CHECK (column IN ('a', 'b'))`.
fn choices_in(rule: &Expr, column: &str) -> Vec<serde_json::Value> {
    let Expr::InList { expr, list, negated: false } = rule else { return Vec::new() };
    if !matches!(expr.as_ref(), Expr::Identifier(name) if name.value == column) {
        return Vec::new();
    }
    let literal = |value: &Expr| match value {
        Expr::Value(value) => value.clone().into_string().map(serde_json::Value::String),
        _ => None,
    };
    list.iter().map(literal).collect::<Option<Vec<_>>>().unwrap_or_default()
}

fn take_constraint(constraint: &TableConstraint, table: &mut Table) {
    match constraint {
        TableConstraint::PrimaryKey { columns, .. } => {
            table.primary_key = columns.iter().map(indexed).collect();
        }
        TableConstraint::ForeignKey { columns, foreign_table, referred_columns, .. } => {
            for (place, column) in columns.iter().enumerate() {
                let target =
                    referred_columns.get(place).map_or_else(String::new, |column| column.value.clone());
                let column = column.value.clone();
                table.references.push(Reference { column, table: last_part(foreign_table), target });
            }
        }
        _ => {}
    }
}

fn indexed(column: &IndexColumn) -> String {
    match &column.column.expr {
        Expr::Identifier(name) => name.value.clone(),
        other => other.to_string(),
    }
}

fn last_part(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map_or_else(|| name.to_string(), |part| part.value.clone())
}

fn shape_of(kind: &DataType) -> Shape {
    if let DataType::Enum(members, _) = kind {
        return Shape::one_of(members.iter().map(|member| match member {
            EnumMember::Name(name) | EnumMember::NamedValue(name, _) => name.clone(),
        }));
    }
    if let DataType::Array(_) = kind {
        return Shape::list(Shape::default());
    }
    let written = kind.to_string().to_ascii_uppercase();
    let word = written.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
    match word {
        "INT" | "INTEGER" | "BIGINT" | "SMALLINT" | "TINYINT" | "MEDIUMINT" | "INT2" | "INT4" | "INT8"
        | "SERIAL" | "BIGSERIAL" | "SMALLSERIAL" | "UNSIGNED" => Shape::integer(),
        "DECIMAL" | "NUMERIC" | "DEC" | "FLOAT" | "FLOAT4" | "FLOAT8" | "REAL" | "DOUBLE" | "NUMBER"
        | "MONEY" => Shape::number(),
        "BOOL" | "BOOLEAN" | "BIT" => Shape::boolean(),
        "DATE" => Shape::formatted(Format::Date),
        "TIME" => Shape::formatted(Format::Time),
        "DATETIME" | "TIMESTAMP" | "TIMESTAMPTZ" => Shape::formatted(Format::DateTime),
        "UUID" => Shape::formatted(Format::Uuid),
        "BLOB" | "BYTEA" | "BINARY" | "VARBINARY" => Shape::formatted(Format::Binary),
        "JSON" | "JSONB" => Shape::record([]),
        "CHAR" | "CHARACTER" | "VARCHAR" | "NVARCHAR" | "NCHAR" | "TEXT" | "TINYTEXT" | "MEDIUMTEXT"
        | "LONGTEXT" | "CLOB" | "STRING" | "NAME" | "CITEXT" => Shape::text(),
        _ => Shape::default(),
    }
}
