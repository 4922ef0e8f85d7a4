//! How a call is written where that differs from slots: lists and date-times that several slots make up, and the pages
//! of a long list of results.
//!
//! Speakers, goals and tables know slots alone. A call has its tool's own JSON types: [`Tool::fold`] makes it of slots,
//! [`Tool::unfold`] takes it apart again.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::json;
use smol_str::{SmolStr, format_smolstr};

use crate::world::Row;
use crate::{
    Argument, ArgumentKind, Arguments, Bounds, Compare, ErrorKind, Slots, Tool, ToolError, Value, World,
};

/// An argument of a call that is made up of slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Its name in the call.
    pub name: SmolStr,
    /// What it is made up of: arguments of the tool, each named like its slot.
    pub parts: Vec<SmolStr>,
    /// How.
    pub kind: FoldKind,
}

/// How slots make up an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldKind {
    /// A list of those that are known, in order.
    List,
    /// A day and a time of day: `2027-01-05T09:30:00Z`.
    DateTime,
}

/// How a search gives a long list in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// What names a piece.
    pub by: PageBy,
    /// The argument that says where to begin.
    pub start: SmolStr,
    /// The argument that says how many results are wanted at once, where there is one.
    pub size: Option<SmolStr>,
    /// Whether a call has to say where to begin.
    pub required: bool,
}

/// What names a piece of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageBy {
    /// The number of the page, from 1.
    Page,
    /// How many results come before it.
    Offset,
    /// A text that the piece before it ended with.
    Cursor,
}

impl Paging {
    /// The two arguments as a tool has them.
    pub fn arguments(&self) -> Vec<Argument> {
        let (kind, least, description) = match self.by {
            PageBy::Page => (ArgumentKind::Integer, Some(1), "number of the page, from 1"),
            PageBy::Offset => (ArgumentKind::Integer, Some(0), "how many results to leave out"),
            PageBy::Cursor => (ArgumentKind::String, None, "what the page before it gave as next"),
        };
        let start = plain(&self.start, kind, least, description, self.required);
        let size = self.size.as_ref().map(|name| {
            plain(name, ArgumentKind::Integer, Some(1), "how many results are wanted at once", false)
        });
        std::iter::once(start).chain(size).collect()
    }

    /// Whether an argument of this name says which page is wanted.
    pub fn has(&self, name: &str) -> bool {
        self.start == name || self.size.as_deref() == Some(name)
    }

    /// The value that asks for the first page; none where that is said by leaving it out.
    pub fn first(&self) -> Option<Value> {
        match self.by {
            PageBy::Page => Some(Value::Int(1)),
            PageBy::Offset => Some(Value::Int(0)),
            PageBy::Cursor => None,
        }
    }

    /// Which of so many rows are wanted, and what asks for the next ones: null at the end.
    pub(crate) fn cut(
        &self,
        found: &[&Row],
        arguments: &Arguments,
        limit: usize,
    ) -> Result<(Range<usize>, Value), ToolError> {
        let number = |name: &SmolStr| {
            let number = arguments.get(name).and_then(Value::as_number).map(|number| number as i64);
            number.and_then(|number| usize::try_from(number).ok())
        };
        let size = self.size.as_ref().and_then(number).map_or(limit, |size| size.clamp(1, limit.max(1)));
        let key = |row: &Row| row.first().map(Value::plain).unwrap_or_default();
        let asked = number(&self.start);
        let from = match (self.by, arguments.get(&self.start)) {
            (_, None) => 0,
            (PageBy::Page, _) => asked.unwrap_or(1).saturating_sub(1).saturating_mul(size),
            (PageBy::Offset, _) => asked.unwrap_or(0),
            (PageBy::Cursor, Some(cursor)) => {
                let cursor = cursor.plain();
                let last = found.iter().position(|row| cursor_of(&key(row)) == cursor);
                1 + last.ok_or_else(|| invalid(&format!("unknown cursor {cursor:?}")))?
            }
        };
        let (from, to) = (from.min(found.len()), from.saturating_add(size).min(found.len()));
        let next = match self.by {
            _ if to >= found.len() => Value::Null,
            PageBy::Page => Value::Int(1 + asked.unwrap_or(1).max(1) as i64),
            PageBy::Offset => Value::Int(to as i64),
            PageBy::Cursor => {
                let last = found.get(to.saturating_sub(1));
                last.map(|row| Value::Text(cursor_of(&key(row)))).unwrap_or_default()
            }
        };
        Ok((from..to, next))
    }
}

/// What a page that ends with this key gives as next.
fn cursor_of(key: &str) -> SmolStr {
    format_smolstr!("after:{key}")
}

fn plain(
    name: &SmolStr,
    kind: ArgumentKind,
    least: Option<i64>,
    description: &str,
    required: bool,
) -> Argument {
    Argument {
        name: name.clone(),
        slot: SmolStr::default(),
        description: description.to_owned(),
        required,
        kind,
        bounds: least.map(Bounds::at_least).unwrap_or_default(),
        allowed: vec![],
        column: None,
        compare: Compare::Equal,
        nearest: false,
    }
}

impl Fold {
    /// Its JSON Schema, made of its first part's.
    pub(crate) fn schema(&self, first: &Argument) -> serde_json::Value {
        match self.kind {
            FoldKind::List => json!({
                "type": "array",
                "items": first.schema(),
                "minItems": 1,
                "maxItems": self.parts.len(),
            }),
            FoldKind::DateTime => {
                json!({ "type": "string", "format": "date-time", "description": first.description })
            }
        }
    }

    /// Its value, taken out of the slots; none where there are too few.
    fn take(&self, slots: &mut Slots) -> Option<Value> {
        let parts: Vec<Value> = self.parts.iter().filter_map(|part| slots.remove(part)).collect();
        match (self.kind, parts.as_slice()) {
            (_, []) => None,
            (FoldKind::List, _) => Some(Value::from_iter(parts)),
            (FoldKind::DateTime, [day, time]) => {
                Some(Value::Text(format_smolstr!("{}T{}:00Z", day.plain(), time.plain())))
            }
            (FoldKind::DateTime, _) => None,
        }
    }

    /// The values of its parts; none where it is not of its kind.
    fn open(&self, value: &Value) -> Option<Vec<(SmolStr, Value)>> {
        let values: Vec<Value> = match (self.kind, value) {
            (FoldKind::List, Value::List(items)) => items.to_vec(),
            (FoldKind::DateTime, Value::Text(text)) => {
                let (day, time) = text.split_once('T')?;
                let time = time.strip_suffix(":00Z")?;
                vec![Value::text(day), Value::text(time)]
            }
            _ => return None,
        };
        let fits = (1..=self.parts.len()).contains(&values.len());
        fits.then(|| self.parts.iter().cloned().zip(values).collect())
    }
}

impl Tool {
    /// Slots as a call writes them.
    pub fn fold(&self, mut slots: Slots) -> Value {
        let folded: Vec<(SmolStr, Value)> =
            self.folds.iter().filter_map(|fold| Some((fold.name.clone(), fold.take(&mut slots)?))).collect();
        slots.extend(folded);
        Value::record(slots)
    }

    /// The arguments of a call by slot.
    ///
    /// # Errors
    /// A list or a date-time is none, or something is given under the name of a part.
    pub fn unfold<'a>(&self, arguments: &'a Arguments) -> Result<Cow<'a, Arguments>, ToolError> {
        if self.folds.is_empty() || matches!(arguments, Arguments::Raw(_)) {
            return Ok(Cow::Borrowed(arguments));
        }
        let mut fields: Vec<(SmolStr, Value)> = Vec::new();
        for (name, value) in arguments.fields() {
            if self.folds.iter().any(|fold| fold.name != *name && fold.parts.contains(name)) {
                return Err(invalid(&format!("unknown argument {name:?}")));
            }
            match self.folds.iter().find(|fold| fold.name == *name) {
                None => fields.push((name.clone(), value.clone())),
                Some(fold) => fields.extend(fold.open(value).ok_or_else(|| {
                    let expected = match fold.kind {
                        FoldKind::List => format!("a list of 1 to {} values", fold.parts.len()),
                        FoldKind::DateTime => "a day and a time, YYYY-MM-DDTHH:MM:00Z".to_owned(),
                    };
                    invalid(&format!("argument {name:?} can't be {value}, expected {expected}"))
                })?),
            }
        }
        Ok(Cow::Owned(Arguments::Parsed(Value::record(fields))))
    }

    /// The same, where what does not fit is no matter: it is left as it stands.
    pub fn by_slot<'a>(&self, arguments: &'a Arguments) -> Cow<'a, Arguments> {
        self.unfold(arguments).unwrap_or(Cow::Borrowed(arguments))
    }

    /// Answers a call as it is written; on an error the world is as it was.
    ///
    /// # Errors
    /// Those of [`Tool::run`], and arguments that are no slots' values.
    pub fn call(&self, world: &mut World, arguments: &Arguments) -> Result<Value, ToolError> {
        let page = self.paging.as_ref().filter(|paging| paging.required).map(|paging| &paging.start);
        if let Some(missing) = page.filter(|start| arguments.get(start).is_none()) {
            return Err(invalid(&format!("missing argument {missing:?}")));
        }
        self.run(world, &*self.unfold(arguments)?)
    }
}

fn invalid(message: &str) -> ToolError {
    ToolError { kind: ErrorKind::InvalidArguments, message: message.into(), rule: None }
}
