//! STAR's columns as slots: what kind of value each holds, which values, and how a value of the source is written in a
//! domain folder.

use goalconvo_core::{SlotKind, Value};
use serde_json::Value as Json;
use smol_str::SmolStr;

use super::pools;
use super::rules::{self, Bound, When};
use super::toml_text::plain;
use crate::registry::names::{slug, words};

/// The weekdays as the world writes them.
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The longest text that users say in their own words: in longer ones they say more than one thing.
const BRIEF: usize = 48;

/// A quarter of the longest text that is told.
const LONGEST: usize = 160;

/// A column of STAR as a slot.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// STAR's name of the column.
    pub source: String,
    /// For a column that holds several values: the one whose presence this slot tells.
    pub member: Option<String>,
    /// The slot.
    pub name: String,
    /// What people call it.
    pub noun: String,
    /// What kind of value it holds.
    pub kind: SlotKind,
    /// All values, as cells; empty where there is no list.
    pub values: Vec<String>,
    /// Bounds of a whole number.
    pub range: Option<(i64, i64)>,
    /// Bounds that another column gives.
    pub bounds: [Option<Bound>; 2],
    /// When there is a value at all.
    pub when: Option<When>,
    /// Whether users say it in their own words: then it has to be short.
    pub own_words: bool,
}

impl Field {
    /// The slots of a column; `task` is the task's first word, which tells apart what is only called `id`.
    pub fn of(column: &Json, task: &str) -> Vec<Field> {
        let text = |key: &str| column.get(key).and_then(Json::as_str).unwrap_or_default();
        let source = text("Name");
        let kind = text("Type");
        if source.is_empty() || kind == "RequestType" || source == "RequestType" {
            return vec![];
        }
        let (choices, pairs) = choices(column);
        if kind == "CategoricalMultiple" || pairs {
            return choices.iter().map(|member| one_of_several(source, member, column)).collect();
        }
        let readable = text("ReadableName");
        let readable = readable.split('(').next().unwrap_or_default().trim();
        let noun = sayable(if readable.is_empty() { source } else { readable });
        let (name, noun) = match source {
            "id" => (format!("{task}_id"), format!("{task} ID")),
            _ => (slug(source), without_measure(&noun)),
        };
        let integer = kind == "Integer";
        let bound = |key: &str| column.get(key).and_then(Json::as_i64);
        let range = integer.then(|| bound("Min").zip(bound("Max"))).flatten();
        let slot = kind_of(source, kind, &choices, range);
        let mut field = Field {
            source: source.to_owned(),
            member: None,
            name,
            noun,
            kind: slot,
            values: vec![],
            range: range.filter(|_| matches!(slot, SlotKind::Count | SlotKind::Number | SlotKind::Money)),
            bounds: ["Min", "Max"].map(|key| Bound::read(text(key))),
            when: When::read(text("Enabled")),
            own_words: kind == "LongString" || source.contains("Description"),
        };
        let mut values: Vec<String> =
            choices.iter().filter_map(|choice| field.cell(&Json::from(choice.as_str()))).collect();
        values.dedup();
        if slot != SlotKind::Flag {
            field.values = values;
        }
        vec![field]
    }

    /// A value of the source as a cell; nothing if it is none of this slot's.
    pub fn cell(&self, value: &Json) -> Option<String> {
        if let Some(member) = &self.member {
            let items = value.as_array()?;
            return Some(items.iter().any(|item| item.as_str() == Some(member)).to_string());
        }
        let text = match value {
            Json::String(text) => plain(text),
            Json::Array(items) => {
                items.iter().filter_map(Json::as_str).map(plain).collect::<Vec<_>>().join(" ")
            }
            Json::Null | Json::Object(_) => return None,
            other => other.to_string(),
        };
        match self.kind {
            SlotKind::Day => {
                DAYS.iter().find(|day| text.eq_ignore_ascii_case(day)).map(|day| (*day).to_owned())
            }
            SlotKind::Time => clock(&text),
            SlotKind::Date => date(&text),
            SlotKind::Flag => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" => Some("true".to_owned()),
                "false" | "no" => Some("false".to_owned()),
                _ => None,
            },
            SlotKind::Count | SlotKind::Number | SlotKind::Money => whole(&text),
            SlotKind::Reference => {
                let code = text.to_ascii_uppercase();
                let plain = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
                // Longer ones may be the numbers of somebody's payment cards.
                (plain && code.len() <= 12).then_some(code)
            }
            SlotKind::Text if self.own_words && text.len() > BRIEF => None,
            SlotKind::Text => words_only(&text),
            _ => self.word(&text),
        }
    }

    fn word(&self, text: &str) -> Option<String> {
        if !self.values.is_empty() {
            return self.values.iter().find(|value| value.eq_ignore_ascii_case(text)).cloned();
        }
        let text = text.trim_end_matches(['.', ',', '!']);
        let sayable = text.chars().all(|c| c.is_alphanumeric() || " .'-&/".contains(c));
        (!text.is_empty() && text.len() <= 48 && sayable).then(|| pools::capital(text, self.kind))
    }

    /// A cell as a value of a goal.
    pub fn value(&self, cell: &str) -> Value {
        match self.kind {
            SlotKind::Flag => Value::Bool(cell == "true"),
            SlotKind::Count | SlotKind::Number | SlotKind::Money => {
                cell.parse::<i64>().map_or_else(|_| Value::text(cell), Value::Int)
            }
            _ => Value::Text(SmolStr::new(cell)),
        }
    }
}

/// Values that are listed, and whether a cell holds two of them.
fn choices(column: &Json) -> (Vec<String>, bool) {
    match column.get("Categories") {
        Some(Json::Array(items)) => {
            let text = |item: &Json| match item {
                Json::String(text) => Some(text.clone()),
                Json::Array(steps) => Some(
                    steps
                        .iter()
                        .filter_map(Json::as_str)
                        .map(plain)
                        .collect::<Vec<_>>()
                        .join(". ")
                        .replace("..", "."),
                ),
                _ => None,
            };
            (items.iter().filter_map(text).collect(), false)
        }
        Some(Json::String(code)) => rules::list(code).unwrap_or_default(),
        _ => (vec![], false),
    }
}

/// What is measured, without what it is measured in.
fn without_measure(noun: &str) -> String {
    let measured = [" hour", " celsius"].into_iter().find_map(|measure| noun.strip_suffix(measure));
    measured.unwrap_or(noun).to_owned()
}

fn one_of_several(source: &str, member: &str, column: &Json) -> Field {
    let thing = words(member).join(" ").replace("user s", "user's");
    let first = words(source).first().cloned().unwrap_or_default();
    let noun = if first == "nearby" {
        format!("{thing} nearby")
    } else {
        format!("{thing} among the {}", words(source).join(" "))
    };
    Field {
        source: source.to_owned(),
        member: Some(member.to_owned()),
        name: format!("{}_{}", slug(source), slug(member)),
        noun,
        kind: SlotKind::Flag,
        values: vec![],
        range: None,
        bounds: [None, None],
        when: column.get("Enabled").and_then(Json::as_str).and_then(When::read),
        own_words: false,
    }
}

fn kind_of(source: &str, kind: &str, choices: &[String], range: Option<(i64, i64)>) -> SlotKind {
    let parts = words(source);
    let has = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    let all = |is: &dyn Fn(&str) -> bool| !choices.is_empty() && choices.iter().all(|choice| is(choice));
    match kind {
        "Boolean" => SlotKind::Flag,
        "Integer" if source == "id" || source.ends_with("Number") => SlotKind::Reference,
        "Integer" if has(&["price", "balance", "cost"]) => SlotKind::Money,
        "Integer" if range.is_some_and(|(low, _)| low < 0) || has(&["num"]) && has(&["question"]) => {
            SlotKind::Number
        }
        "Integer" => SlotKind::Count,
        "CategoricalList" | "LongString" => SlotKind::Text,
        _ if all(&|choice| DAYS.iter().any(|day| choice.eq_ignore_ascii_case(day))) => SlotKind::Day,
        _ if all(&|choice| clock(choice).is_some()) => SlotKind::Time,
        _ if all(&|choice| matches!(choice, "Yes" | "No")) => SlotKind::Flag,
        _ if all(&|choice| choice.len() > LONGEST / 4) => SlotKind::Text,
        _ if has(&["birth"]) => SlotKind::Date,
        _ if has(&["number", "pin", "code", "plate"]) && choices.is_empty() => SlotKind::Reference,
        _ if has(&["message", "status", "wait", "description", "instructions", "question", "answer"])
            && choices.is_empty() =>
        {
            SlotKind::Text
        }
        _ if has(&["name", "city", "location", "manufacturer", "airline", "answer1", "answer2"])
            || choices.is_empty() =>
        {
            if has(&["location"]) && !choices.is_empty() || has(&["color", "colour"]) {
                SlotKind::Category
            } else {
                SlotKind::Name
            }
        }
        _ => SlotKind::Category,
    }
}

/// `10 pm` as `22:00`.
fn clock(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let (hour, half) = match text.strip_suffix("am") {
        Some(hour) => (hour, 0),
        None => (text.strip_suffix("pm")?, 12),
    };
    let hour: u8 = hour.trim().parse().ok()?;
    (1..=12).contains(&hour).then(|| format!("{:02}:00", hour % 12 + half))
}

/// `25/03/1998` as `1998-03-25`, if there is such a day.
fn date(text: &str) -> Option<String> {
    let mut parts = text.split(['/', '-', '.']).map(str::parse::<u32>);
    let (Some(Ok(day)), Some(Ok(month)), Some(Ok(year)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    ((1..=last).contains(&day) && (1900..2100).contains(&year))
        .then(|| format!("{year:04}-{month:02}-{day:02}"))
}

fn whole(text: &str) -> Option<String> {
    text.trim_start_matches('$').parse::<i64>().ok().map(|number| number.to_string())
}

/// Free words, if they can be said in one breath.
fn words_only(text: &str) -> Option<String> {
    let text = text.trim_end_matches(['.', ',', '!', ' ']);
    let sayable = text.chars().all(|c| c.is_alphanumeric() || c.is_ascii_punctuation() || c == ' ');
    (!text.is_empty() && text.chars().any(char::is_alphabetic) && text.len() <= 4 * LONGEST && sayable)
        .then(|| text.to_owned())
}

/// A name as people say it: no digit is said but that of a value.
fn sayable(name: &str) -> String {
    let (mut front, mut rest) = (Vec::new(), Vec::new());
    for word in words(name) {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        match &word[letters.len()..] {
            "" => {}
            "1" => front.push("first".to_owned()),
            "2" => front.push("second".to_owned()),
            _ => front.push("other".to_owned()),
        }
        if !letters.is_empty() {
            rest.push(letters.to_owned());
        }
    }
    front.extend(rest);
    front.join(" ")
}
