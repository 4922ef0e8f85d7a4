//! Reads TOML with its places, and notes down every mistake instead of stopping at the first.

use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;

use goalconvo_core::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problems, Spot, suggest};

/// A text with its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) spot: Spot,
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A value with its place, that can be read as what is wanted.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    value: &'a DeValue<'a>,
    pub(super) spot: Spot,
    problems: &'a Problems,
}

impl<'a> Node<'a> {
    pub(super) fn new(value: &'a Spanned<DeValue<'a>>, file: usize, problems: &'a Problems) -> Self {
        Node { value: value.get_ref(), spot: Spot { file, at: value.span().start }, problems }
    }

    pub(super) fn wrong(&self, expected: &str) {
        let found = match self.value {
            DeValue::String(text) => format!("the text {text:?}"),
            DeValue::Integer(n) => format!("the number {}", n.as_str()),
            DeValue::Float(x) => format!("the number {}", x.as_str()),
            DeValue::Boolean(b) => format!("{b}"),
            DeValue::Datetime(at) => format!("the date {at}"),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        };
        self.problems.mistake(self.spot, format!("found {found}, expected {expected}"), "");
    }

    pub(super) fn text(&self) -> Option<Text> {
        match self.value {
            DeValue::String(text) => Some(Text { text: text.to_string(), spot: self.spot }),
            _ => {
                self.wrong("a text in quotes");
                None
            }
        }
    }

    pub(super) fn flag(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(b) => Some(*b),
            _ => {
                self.wrong("true or false");
                None
            }
        }
    }

    pub(super) fn whole(&self) -> Option<i64> {
        match self.scalar_quietly() {
            Some(Value::Int(n)) => Some(n),
            _ => {
                self.wrong("a whole number");
                None
            }
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        let number = self.scalar_quietly().and_then(|value| value.as_number());
        if number.is_none() {
            self.wrong("a number");
        }
        number
    }

    /// A whole number from 0 up.
    pub(super) fn count(&self) -> Option<u32> {
        let n = self.whole()?;
        let count = u32::try_from(n).ok();
        if count.is_none() {
            self.wrong("a number from 0 to 4294967295");
        }
        count
    }

    /// A whole number from 0 to 100.
    pub(super) fn percent(&self) -> Option<u32> {
        let n = self.whole()?;
        let percent = u32::try_from(n).ok().filter(|n| *n <= 100);
        if percent.is_none() {
            self.wrong("a percentage from 0 to 100");
        }
        percent
    }

    /// A list of two values: from and to.
    pub(super) fn bounds(&self) -> Option<((Value, Spot), (Value, Spot))> {
        let ends: Vec<_> = self.items().iter().filter_map(|node| Some((node.scalar()?, node.spot))).collect();
        match <[(Value, Spot); 2]>::try_from(ends) {
            Ok([from, to]) => Some((from, to)),
            Err(_) => {
                self.wrong("two values, as in [1, 8]");
                None
            }
        }
    }

    /// A text, a number, true or false.
    pub(super) fn scalar(&self) -> Option<Value> {
        let value = self.scalar_quietly();
        if value.is_none() {
            self.wrong("a text, a number, true or false (write times and dates in quotes)");
        }
        value
    }

    fn scalar_quietly(&self) -> Option<Value> {
        match self.value {
            DeValue::String(text) => Some(Value::text(text)),
            DeValue::Boolean(b) => Some(Value::Bool(*b)),
            DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(Value::Int),
            DeValue::Float(x) => x.as_str().parse().ok().filter(|x: &f64| x.is_finite()).map(Value::Float),
            _ => None,
        }
    }

    pub(super) fn items(&self) -> Vec<Node<'a>> {
        match self.value {
            DeValue::Array(items) => {
                items.iter().map(|item| Node::new(item, self.spot.file, self.problems)).collect()
            }
            _ => {
                self.wrong("a list in square brackets");
                Vec::new()
            }
        }
    }

    pub(super) fn texts(&self) -> Vec<Text> {
        self.items().iter().filter_map(Node::text).collect()
    }

    pub(super) fn is_empty_list(&self) -> bool {
        matches!(self.value, DeValue::Array(items) if items.is_empty())
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// The table's keys, each with its value, in the order of the file.
    pub(super) fn entries(&self) -> Vec<(Text, Node<'a>)> {
        match self.value {
            DeValue::Table(table) => entries(table, self.spot.file, self.problems),
            _ => {
                self.wrong("a table");
                Vec::new()
            }
        }
    }

    /// The table's fields; a key that nobody asks for is a mistake.
    pub(super) fn fields(&self, what: &'static str) -> Option<Fields<'a>> {
        match self.value {
            DeValue::Table(table) => Some(Fields::new(table, self.spot, what, self.problems)),
            _ => {
                self.wrong("a table");
                None
            }
        }
    }
}

fn entries<'a>(table: &'a DeTable<'a>, file: usize, problems: &'a Problems) -> Vec<(Text, Node<'a>)> {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| {
            let spot = Spot { file, at: key.span().start };
            (Text { text: key.get_ref().to_string(), spot }, Node::new(value, file, problems))
        })
        .collect();
    entries.sort_by_key(|(key, _)| key.spot);
    entries
}

/// The fields of one table, with the keys that were asked for.
pub(super) struct Fields<'a> {
    table: &'a DeTable<'a>,
    pub(super) spot: Spot,
    what: &'static str,
    known: RefCell<Vec<&'static str>>,
    problems: &'a Problems,
}

impl<'a> Fields<'a> {
    pub(super) fn new(
        table: &'a DeTable<'a>,
        spot: Spot,
        what: &'static str,
        problems: &'a Problems,
    ) -> Self {
        Fields { table, spot, what, known: RefCell::default(), problems }
    }

    pub(super) fn get(&self, key: &'static str) -> Option<Node<'a>> {
        self.known.borrow_mut().push(key);
        self.table.get(key).map(|value| Node::new(value, self.spot.file, self.problems))
    }

    pub(super) fn need(&self, key: &'static str) -> Option<Node<'a>> {
        let node = self.get(key);
        if node.is_none() {
            self.problems.mistake(
                self.spot,
                format!("{} without `{key}`", self.what),
                format!("add `{key} = …`"),
            );
        }
        node
    }

    pub(super) fn text(&self, key: &'static str) -> Option<Text> {
        self.get(key)?.text()
    }

    pub(super) fn need_text(&self, key: &'static str) -> Option<Text> {
        self.need(key)?.text()
    }

    pub(super) fn texts(&self, key: &'static str) -> Vec<Text> {
        self.get(key).map(|node| node.texts()).unwrap_or_default()
    }

    pub(super) fn flag(&self, key: &'static str) -> bool {
        self.get(key).and_then(|node| node.flag()).unwrap_or(false)
    }

    pub(super) fn entries(&self, key: &'static str) -> Vec<(Text, Node<'a>)> {
        self.get(key).map(|node| node.entries()).unwrap_or_default()
    }

    /// The same, with another place for what is missing.
    pub(super) fn at(mut self, spot: Spot) -> Self {
        self.spot = spot;
        self
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn report_unknown(&self) {
        let known = self.known.borrow();
        for (key, _) in entries(self.table, self.spot.file, self.problems) {
            if !known.contains(&key.text.as_str()) {
                let fix = suggest(&key, known.iter().copied());
                self.problems.mistake(key.spot, format!("unknown key `{key}` in {}", self.what), fix);
            }
        }
    }
}
