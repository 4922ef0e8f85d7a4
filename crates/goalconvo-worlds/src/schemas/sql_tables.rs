//! A `CREATE TABLE` statement read into a table: columns, keys, references.

use super::detect::SourceFile;
use super::report::Notes;
use crate::registry::{Bounds, Column, Format, Kind, Origin, Reference, Shape, Table};
use sqlparser::ast::{
    AlterTableOperation, BinaryOperator, ColumnDef, ColumnOption, CreateTable, DataType, EnumMember, Expr,
    IndexColumn, ObjectName, TableConstraint,
};
use std::collections::BTreeMap;

/// The values of the types that a script defines by listing them.
pub(super) type Types = BTreeMap<String, Vec<String>>;

/// The table and its name.
pub(super) fn table_of(
    definition: &CreateTable,
    types: &Types,
    file: &SourceFile,
    pointer: &str,
    notes: &mut Notes,
) -> (String, Table) {
    let origin = Origin { source: "sql".into(), file: file.path.clone() };
    let mut table = Table { origin, ..Table::default() };
    for definition in &definition.columns {
        let column = column_of(definition, types, &mut table, pointer, notes);
        table.columns.push(column);
    }
    for constraint in &definition.constraints {
        take_constraint(constraint, &mut table);
    }
    settle(&mut table);
    if table.primary_key.is_empty() {
        notes.note("no_primary_key", pointer, "without a primary key; no call addresses a single row");
    }
    (last_part(&definition.name), table)
}

/// Keys are required, and what is not required may be null.
fn settle(table: &mut Table) {
    for column in &mut table.columns {
        column.required |= table.primary_key.contains(&column.name);
        column.shape.nullable = !column.required;
    }
}

/// Changes a table as `ALTER TABLE` says.
pub(super) fn alter(
    table: &mut Table,
    operation: &AlterTableOperation,
    types: &Types,
    pointer: &str,
    notes: &mut Notes,
) {
    match operation {
        AlterTableOperation::AddColumn { column_def, .. } => {
            let column = column_of(column_def, types, table, pointer, notes);
            table.columns.retain(|known| known.name != column.name);
            table.columns.push(column);
        }
        AlterTableOperation::AddConstraint { constraint, .. } => take_constraint(constraint, table),
        other => {
            notes.warn(
                "altered_table",
                pointer,
                format!("{other} is not carried out; the table stays as it was"),
            );
        }
    }
    settle(table);
}

/// True if a filter can compare with it.
pub(super) fn is_scalar(shape: &Shape) -> bool {
    shape.is_scalar()
}

fn column_of(
    definition: &ColumnDef,
    types: &Types,
    table: &mut Table,
    pointer: &str,
    notes: &mut Notes,
) -> Column {
    let name = definition.name.value.clone();
    let listed = match &definition.data_type {
        DataType::Custom(kind, _) => types.get(&last_part(kind)),
        _ => None,
    };
    let mut shape = listed.map_or_else(|| shape_of(&definition.data_type), Shape::one_of);
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
                check(rule, &name, &mut shape);
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

/// Takes what a check says of one column: the values that it lists, or the bounds of a number.
fn check(rule: &Expr, column: &str, shape: &mut Shape) {
    if shape.choices.is_empty() {
        shape.choices = choices_in(rule, column);
    }
    if let Kind::Integer(bounds) | Kind::Number(bounds) = &mut shape.kind {
        bound(rule, column, bounds);
    }
}

/// Narrows bounds by `column BETWEEN a AND b`, `column >= a`, and such joined by `AND`.
fn bound(rule: &Expr, column: &str, bounds: &mut Bounds) {
    let number = |value: &Expr| value.to_string().parse::<f64>().ok();
    let is_column = |value: &Expr| matches!(value, Expr::Identifier(name) if name.value == column);
    match rule {
        Expr::Nested(inner) => bound(inner, column, bounds),
        Expr::Between { expr, negated: false, low, high } if is_column(expr) => {
            bounds.minimum = number(low).or(bounds.minimum);
            bounds.maximum = number(high).or(bounds.maximum);
        }
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            bound(left, column, bounds);
            bound(right, column, bounds);
        }
        Expr::BinaryOp { left, op, right } if is_column(left) => {
            let Some(limit) = number(right) else { return };
            match op {
                BinaryOperator::GtEq => bounds.minimum = Some(limit),
                BinaryOperator::Gt => bounds.exclusive_minimum = Some(limit),
                BinaryOperator::LtEq => bounds.maximum = Some(limit),
                BinaryOperator::Lt => bounds.exclusive_maximum = Some(limit),
                _ => {}
            }
        }
        _ => {}
    }
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
        TableConstraint::Check { expr, .. } => {
            for column in &mut table.columns {
                check(expr, &column.name, &mut column.shape);
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

pub(super) fn last_part(name: &ObjectName) -> String {
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
