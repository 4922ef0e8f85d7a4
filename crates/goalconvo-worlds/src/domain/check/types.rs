//! Expressions: kinds that can't be compared or reckoned with.

use goalconvo_core::{Expr, Function, Operator, SlotKind, Value};

use super::super::fields::Text;
use super::super::problem::Spot;
use super::super::raw::{RawTest, RawTool};
use super::super::scale::{days, minutes};
use super::super::slots::DAYS;
use super::Subject;

/// What an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Flag,
    Time,
    Date,
    Day,
    Text,
    Unknown,
}

pub(super) fn check(subject: &Subject<'_>) {
    for tool in &subject.made.raw.tools {
        for guard in &tool.guards {
            match &guard.test {
                RawTest::Holds(text) => condition(text, tool, subject),
                RawTest::Absent { columns, .. } => {
                    columns.iter().for_each(|(_, text)| _ = typed(text, tool, subject));
                }
            }
        }
        tool.lookups.iter().for_each(|lookup| _ = typed(&lookup.key, tool, subject));
        for (name, text) in &tool.computed {
            let kind = typed(text, tool, subject);
            let wanted = subject.made.domain.slots.get(&**name).map(|slot| of_slot(slot.kind));
            if let (Some(kind), Some(wanted)) = (kind, wanted)
                && !comparable(kind, wanted)
            {
                let message = format!("`{name}` is computed as {}, its slot is {}", said(kind), said(wanted));
                subject.problems.mistake(text.spot, message, "change the expression or the kind of the slot");
            }
        }
    }
}

fn condition(text: &Text, tool: &RawTool, subject: &Subject<'_>) {
    if let Some(kind) = typed(text, tool, subject)
        && !matches!(kind, Kind::Flag | Kind::Unknown)
    {
        let message = format!("the guard {:?} gives {}, expected true or false", &**text, said(kind));
        subject.problems.mistake(text.spot, message, "compare it with something");
    }
}

fn typed(text: &Text, tool: &RawTool, subject: &Subject<'_>) -> Option<Kind> {
    let expr = Expr::parse(text).ok()?;
    let scope = Scope { text, tool, subject };
    Some(scope.kind(&expr))
}

struct Scope<'a> {
    text: &'a Text,
    tool: &'a RawTool,
    subject: &'a Subject<'a>,
}

impl Scope<'_> {
    fn kind(&self, expr: &Expr) -> Kind {
        match expr {
            Expr::Literal(value) => of_value(value),
            Expr::Name(name) => self.of_name(name),
            Expr::Not(inner) => {
                self.expect(inner, Kind::Flag, "`not`");
                Kind::Flag
            }
            Expr::Binary(operator, left, right) => self.binary(*operator, left, right),
            Expr::Call(function, arguments) => self.call(*function, arguments),
        }
    }

    fn binary(&self, operator: Operator, left: &Expr, right: &Expr) -> Kind {
        match operator {
            Operator::Or | Operator::And => {
                self.expect(left, Kind::Flag, "`and` and `or`");
                self.expect(right, Kind::Flag, "`and` and `or`");
                Kind::Flag
            }
            Operator::Plus | Operator::Minus | Operator::Times | Operator::Divided => {
                self.expect(left, Kind::Number, "arithmetic");
                self.expect(right, Kind::Number, "arithmetic");
                let zero = matches!(right, Expr::Literal(value) if value.as_number() == Some(0.0));
                if zero && operator == Operator::Divided {
                    self.mistake("a division by 0", "divide by something else");
                }
                Kind::Number
            }
            _ => {
                self.compared(left, right);
                Kind::Flag
            }
        }
    }

    fn compared(&self, left: &Expr, right: &Expr) {
        let (a, b) = (self.kind(left), self.kind(right));
        let literal = [left, right].into_iter().find_map(|side| match side {
            Expr::Literal(Value::Text(text)) => Some(text),
            _ => None,
        });
        // A text in quotes compared with a time, date or day has to be one.
        let special = [a, b].into_iter().find(|kind| matches!(kind, Kind::Time | Kind::Date | Kind::Day));
        let wrong_literal = special
            .zip(literal)
            .filter(|_| a != b)
            .map(|(kind, text)| format!("'{text}' is not {}", said(kind)));
        if let Some(message) = wrong_literal {
            self.mistake(&message, "write times as 'HH:MM', dates as 'YYYY-MM-DD', days in lower case");
        } else if !comparable(a, b) {
            self.mistake(&format!("{} is compared with {}", said(a), said(b)), "compare things of one kind");
        }
    }

    fn call(&self, function: Function, arguments: &[Expr]) -> Kind {
        let wanted = match function {
            Function::Round => 1..=1,
            Function::Min | Function::Max => 2..=2,
            Function::Join => 1..=usize::MAX,
            Function::Days => 2..=2,
            Function::Reference | Function::Code | Function::IdNumber | Function::Uuid => 0..=0,
        };
        if !wanted.contains(&arguments.len()) {
            self.mistake(
                &format!("a function with {} arguments", arguments.len()),
                "write round(x), min(a,b), max(a,b), join(a,…), days(a,b), reference(), code(), id_number(), uuid()",
            );
        }
        match function {
            Function::Round => {
                arguments.iter().for_each(|argument| self.expect(argument, Kind::Number, "`round`"));
                Kind::Number
            }
            Function::Min | Function::Max => {
                arguments.first().map_or(Kind::Unknown, |first| self.kind(first))
            }
            Function::IdNumber => Kind::Number,
            Function::Days => {
                arguments.iter().for_each(|argument| self.expect(argument, Kind::Date, "`days`"));
                Kind::Number
            }
            Function::Join | Function::Reference | Function::Code | Function::Uuid => Kind::Text,
        }
    }

    fn expect(&self, expr: &Expr, wanted: Kind, what: &str) {
        let kind = self.kind(expr);
        if kind != wanted && kind != Kind::Unknown {
            self.mistake(&format!("{what} with {}, expected {}", said(kind), said(wanted)), "");
        }
    }

    fn of_name(&self, name: &str) -> Kind {
        let domain = &self.subject.made.domain;
        let of_column = |table: &str, column: &str| {
            let by_slot = domain.slots.get(column).map(|slot| of_slot(slot.kind));
            let table = domain.table(table);
            let by_row = || {
                let at = table?.column(column)?;
                let mut kinds = table?.values(at).filter(|value| !value.is_null()).map(of_value);
                let first = kinds.next()?;
                kinds.all(|kind| kind == first).then_some(first)
            };
            by_slot.or_else(by_row).unwrap_or(Kind::Unknown)
        };
        match name.split_once('.') {
            Some(("row", column)) => of_column(&self.tool.table, column),
            Some((lookup, column)) => {
                let table = self.tool.lookups.iter().find(|known| *known.name == *lookup);
                table.map_or(Kind::Unknown, |known| of_column(&known.table, column))
            }
            None => {
                let argument = domain.tool(&self.tool.name).and_then(|tool| tool.argument(name));
                let slot = argument.and_then(|argument| domain.slots.get(&argument.slot));
                slot.map_or(Kind::Unknown, |slot| of_slot(slot.kind))
            }
        }
    }

    fn mistake(&self, message: &str, fix: &str) {
        let spot = Spot { file: self.text.spot.file, at: self.text.spot.at };
        self.subject.problems.mistake(spot, format!("in the expression {:?}: {message}", &**self.text), fix);
    }
}

fn of_slot(kind: SlotKind) -> Kind {
    match kind {
        SlotKind::Flag => Kind::Flag,
        SlotKind::Count | SlotKind::Number | SlotKind::Money | SlotKind::Duration | SlotKind::IdNumber => {
            Kind::Number
        }
        SlotKind::Time => Kind::Time,
        SlotKind::Date => Kind::Date,
        SlotKind::Day => Kind::Day,
        _ => Kind::Text,
    }
}

fn of_value(value: &Value) -> Kind {
    match value {
        Value::Bool(_) => Kind::Flag,
        Value::Int(_) | Value::Float(_) => Kind::Number,
        Value::Text(text) if minutes(text).is_some() => Kind::Time,
        Value::Text(text) if days(text).is_some() => Kind::Date,
        Value::Text(text) if DAYS.contains(&text.as_str()) => Kind::Day,
        Value::Text(_) => Kind::Text,
        _ => Kind::Unknown,
    }
}

fn comparable(a: Kind, b: Kind) -> bool {
    let texts = [Kind::Text, Kind::Day, Kind::Time, Kind::Date];
    a == b
        || a == Kind::Unknown
        || b == Kind::Unknown
        || ((a == Kind::Text || b == Kind::Text) && texts.contains(&a) && texts.contains(&b))
}

fn said(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "a number",
        Kind::Flag => "true or false",
        Kind::Time => "a time",
        Kind::Date => "a date",
        Kind::Day => "a day of the week",
        Kind::Text => "a text",
        Kind::Unknown => "something unknown",
    }
}
