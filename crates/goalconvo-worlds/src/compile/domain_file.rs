//! `domain.toml` of a compiled world: behaviour, rules, slots with their wording, intents.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use goalconvo_core::{ContentHash, Key, Purpose};

use super::model::{Model, Range};
use super::pools;
use super::spoken::{Spoken, spoken};
use super::toml::{bare, list, quoted};
use super::write::Writer;

impl Writer<'_> {
    pub(super) fn domain(&self) -> String {
        let description = if self.description.is_empty() { self.name } else { self.description };
        let mut text = format!(
            "format = \"goalconvo-domain/1\"\ndescription = {}\ncurrency = \"dollars\"\n\n[behaviour]\n\
             opening_values = [0, 0, 0, 0, 0, 0, 0, 1]\nvalues = [0, 0, 0, 0, 0, 0, 1]\nover_answer = 0\n\
             under_answer = 0\ncorrect = 0\n\n",
            quoted(description)
        );
        if !self.rules.is_empty() {
            text.push_str("[rules]\n");
            for (rule, sentence) in &self.rules {
                let _ = writeln!(text, "{} = {}", bare(rule), quoted(sentence));
            }
            text.push('\n');
        }
        let mut slots: BTreeMap<&str, (&Model, &str)> = BTreeMap::new();
        for (name, (model, description)) in &self.layout.slots {
            slots.insert(name, (model, description));
        }
        for (name, model) in &self.extra {
            slots.entry(name).or_insert((model, ""));
        }
        for column in
            self.layout.tables.iter().flat_map(|table| &table.columns).filter(|column| column.spoken)
        {
            slots.entry(&column.name).or_insert((&column.model, ""));
        }
        for (name, (model, _)) in slots {
            self.slot(name, model, &mut text);
        }
        text.push_str(&self.intents);
        text
    }

    fn slot(&self, name: &str, model: &Model, text: &mut String) {
        let in_rows =
            self.layout.tables.iter().any(|table| table.columns.iter().any(|column| column.name == name));
        let seed = ContentHash::of(format!("{}/{name}", self.name).as_bytes()).low();
        let said = spoken(name, model);
        let _ = writeln!(
            text,
            "[slots.{}]\nkind = \"{}\"\ndescription = {}",
            bare(name),
            // A key that was made up for rows without one is told to nobody.
            if name == "record_id" { "id" } else { model.kind().name() },
            quoted(&said.noun)
        );
        match model {
            Model::Choice(choices) => {
                let _ = writeln!(text, "values = {}", list(choices));
            }
            Model::Count(Range { low, high, .. }) => {
                let _ = writeln!(text, "range = [{low}, {high}]");
            }
            Model::Date if !in_rows => text.push_str("range = [\"2027-01-02\", \"2027-03-28\"]\n"),
            Model::Time if !in_rows => text.push_str("range = [\"07:00\", \"22:50\"]\nstep = 10\n"),
            Model::Flag | Model::Code(_) | Model::Serial | Model::Uuid => {}
            _ if in_rows => {}
            model => {
                let values = drawn(model, seed);
                let number = matches!(model, Model::Money(_) | Model::Number(_));
                let values = if number { format!("[{}]", values.join(", ")) } else { list(&values) };
                let _ = writeln!(text, "values = {values}");
            }
        }
        wording(name, &said, text);
    }
}

/// How a slot is spoken of.
fn wording(name: &str, said: &Spoken, text: &mut String) {
    let _ = writeln!(text, "[slots.{}.wording]\nnoun = {}", bare(name), list(&[&said.noun]));
    let mut phrases = |key: &str, phrases: &[String]| {
        if !phrases.is_empty() {
            let _ = writeln!(text, "{key} = {}", list(phrases));
        }
    };
    phrases("after", &said.after);
    phrases("says", &said.says);
    phrases("question", said.question.as_slice());
    phrases("ask", said.ask.as_slice());
    if let Some((one, many)) = &said.unit {
        let _ = writeln!(text, "unit = [[{}, {}]]", quoted(one), quoted(many));
    }
    if let Some((after, says)) = &said.negative {
        let _ = writeln!(
            text,
            "[slots.{}.wording.negative]\nafter = {}\nsays = {}",
            bare(name),
            list(&[after]),
            list(&[says])
        );
    }
}

/// Values of a slot that no row holds: what users want of it.
fn drawn(model: &Model, seed: u64) -> Vec<String> {
    let mut rng = Key { seed, index: 1 }.rng(0, Purpose::Tables);
    let places = pools::places();
    let mut values: Vec<String> = Vec::new();
    for at in 0..160 {
        let Some(place) = places.get(at % places.len().max(1)) else { break };
        let value = model.draw(place, &mut rng);
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}
