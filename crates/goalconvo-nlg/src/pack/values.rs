//! `values.toml`: how values are said, for reading and for wording alike.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;
use toml::Spanned;

use super::cues::checked;
use super::{PackFile, toml};
use crate::Error;
use crate::trie::{Trie, word, words_of};

/// Holes of value forms, by their numbers.
pub(crate) mod hole {
    pub(crate) const HOUR: u8 = 0;
    pub(crate) const MINUTE: u8 = 1;
    pub(crate) const H24: u8 = 2;
    pub(crate) const H12: u8 = 3;
    pub(crate) const MM: u8 = 4;
    pub(crate) const DAY: u8 = 5;
    pub(crate) const ORDINAL: u8 = 6;
    pub(crate) const MONTH: u8 = 7;
    pub(crate) const YEAR: u8 = 8;
    pub(crate) const NAMES: [&str; 10] =
        ["hour", "minute", "h24", "h12", "mm", "day", "ordinal", "month", "year", "number"];
}

/// The half of the day that words fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Half {
    Am,
    Pm,
}

/// One way to say a time or a date.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) say: String,
    pub(crate) add: i64,
    pub(crate) to: bool,
    pub(crate) half: Option<Half>,
    /// How often user and assistant say it so; 0: only read.
    pub(crate) weight: [u32; 2],
    pub(crate) is_date: bool,
}

/// A table from a word's hash to a number, sorted.
pub(crate) type WordTable = Vec<(u64, u32)>;

/// All of `values.toml`, made ready for look-ups.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    pub(crate) number_words: Vec<String>,
    pub(crate) numbers: WordTable,
    pub(crate) tens: WordTable,
    pub(crate) hundred: u64,
    pub(crate) units: Vec<u64>,
    pub(crate) before: Vec<Vec<u64>>,
    pub(crate) hour_cues: Vec<u64>,
    /// Words after which a verb in its plain form states something.
    pub(crate) statement_cues: Vec<u64>,
    /// Words between a slot's noun and its value: "the area is north".
    pub(crate) fact_words: Vec<u64>,
    /// The same words as they are written.
    pub(crate) fact_forms: Vec<String>,
    /// Words that tell nothing of which slot a value behind them is.
    pub(crate) light_words: Vec<u64>,
    /// Pairs of them that tell two slots of one kind apart.
    pub(crate) opposite_words: Vec<Vec<u64>>,
    pub(crate) number_phrases: Vec<(Vec<u64>, i64)>,
    pub(crate) money_symbols: BTreeMap<String, String>,
    pub(crate) symbol_words: Vec<u64>,
    pub(crate) money_units: Vec<u64>,
    pub(crate) money_forms: Vec<(String, [u32; 2])>,
    /// Times and dates; payloads of `trie`.
    pub(crate) forms: Vec<Form>,
    pub(crate) trie: Trie,
    /// Words that may begin a number, a time, a date, a day or a whole phrase.
    pub(crate) starters: Vec<u64>,
    pub(crate) time_words: Vec<(u64, SmolStr)>,
    pub(crate) months: WordTable,
    pub(crate) month_names: Vec<String>,
    pub(crate) ordinal_suffixes: Vec<u64>,
    pub(crate) suffixes: Vec<String>,
    /// Days of the month in words, sorted by their first word.
    ordinals: Vec<(Vec<u64>, u32)>,
    pub(crate) days: Vec<(u64, SmolStr)>,
    pub(crate) day_names: Vec<(SmolStr, String)>,
    pub(crate) duration_minutes: Vec<u64>,
    pub(crate) duration_hours: Vec<u64>,
    pub(crate) duration_words: (String, String, String, String, String),
    pub(crate) and: u64,
    pub(crate) duration_phrases: Vec<(Vec<u64>, i64)>,
    pub(crate) postcodes: Vec<String>,
    pub(crate) reference_length: usize,
    pub(crate) phone_starts: Vec<String>,
    pub(crate) phone_digits: [usize; 2],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    numbers: Numbers,
    money: Money,
    time: Time,
    date: Date,
    day: Day,
    duration: Duration,
    codes: Codes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbers {
    words: Vec<String>,
    tens: Vec<String>,
    hundred: String,
    units: Vec<String>,
    before: Vec<String>,
    hour_cues: Vec<String>,
    statement_cues: Vec<String>,
    fact_words: Vec<String>,
    light_words: Vec<String>,
    opposite_words: Vec<[String; 2]>,
    phrases: BTreeMap<String, i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Money {
    symbols: BTreeMap<String, String>,
    units: Vec<String>,
    forms: Vec<RawForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForm {
    say: Spanned<String>,
    #[serde(default)]
    add: i64,
    #[serde(default)]
    to: bool,
    half: Option<Half>,
    #[serde(default)]
    weight: [u32; 2],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Time {
    am: Vec<String>,
    pm: Vec<String>,
    forms: Vec<RawForm>,
    words: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Date {
    months: Vec<String>,
    short_months: Vec<String>,
    ordinal_suffixes: Vec<String>,
    ordinals: Vec<String>,
    forms: Vec<RawForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    names: Vec<String>,
    values: Vec<String>,
    short: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Duration {
    minutes: Vec<String>,
    hours: Vec<String>,
    and: String,
    phrases: BTreeMap<String, i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Codes {
    postcodes: Vec<String>,
    reference_length: usize,
    phone_starts: Vec<String>,
    phone_digits: [usize; 2],
}

fn ordinals(texts: &[String]) -> Vec<(Vec<u64>, u32)> {
    let mut ordinals: Vec<_> = texts.iter().zip(1..).map(|(text, day)| (words_of(text), day)).collect();
    ordinals.sort();
    ordinals
}

impl Values {
    /// The days of the month whose words begin with this one.
    pub(crate) fn ordinals_from(&self, first: u64) -> &[(Vec<u64>, u32)] {
        let from = self.ordinals.partition_point(|(words, _)| words.first() < Some(&first));
        let to = self.ordinals.partition_point(|(words, _)| words.first() <= Some(&first));
        self.ordinals.get(from..to).unwrap_or_default()
    }

    pub(crate) fn parse(file: PackFile<'_>) -> Result<Self, Error> {
        let raw: Raw = toml(file)?;
        let (forms, trie) = forms(file, &raw)?;
        let first = |list: &[String], at: usize| list.get(at).cloned().unwrap_or_default();
        let months = raw.date.months.iter().chain(&raw.date.short_months).enumerate();
        Ok(Values {
            starters: starters(&raw),
            numbers: table(raw.numbers.words.iter().enumerate().map(|(n, text)| (text, n as u32))),
            tens: table(raw.numbers.tens.iter().enumerate().map(|(n, text)| (text, 20 + 10 * n as u32))),
            hundred: word(&raw.numbers.hundred),
            units: hashes(&raw.numbers.units),
            before: raw.numbers.before.iter().map(|text| words_of(text)).collect(),
            hour_cues: hashes(&raw.numbers.hour_cues),
            statement_cues: hashes(&raw.numbers.statement_cues),
            fact_words: hashes(&raw.numbers.fact_words),
            light_words: hashes(&raw.numbers.light_words),
            opposite_words: raw.numbers.opposite_words.iter().map(hashes).collect(),
            fact_forms: raw.numbers.fact_words,
            number_phrases: phrases(&raw.numbers.phrases),
            symbol_words: hashes(raw.money.symbols.values()),
            money_units: hashes(&raw.money.units),
            money_forms: raw
                .money
                .forms
                .iter()
                .map(|form| (form.say.get_ref().clone(), form.weight))
                .collect(),
            forms,
            trie,
            time_words: raw.time.words.iter().map(|(text, time)| (word(text), SmolStr::new(time))).collect(),
            months: table(months.map(|(n, text)| (text, n as u32 % 12 + 1))),
            ordinal_suffixes: hashes(&raw.date.ordinal_suffixes),
            ordinals: ordinals(&raw.date.ordinals),
            days: days(&raw.day),
            day_names: raw.day.values.iter().map(SmolStr::new).zip(raw.day.names).collect(),
            duration_minutes: hashes(&raw.duration.minutes),
            duration_hours: hashes(&raw.duration.hours),
            duration_words: (
                first(&raw.duration.minutes, 0),
                first(&raw.duration.minutes, 1),
                first(&raw.duration.hours, 0),
                first(&raw.duration.hours, 1),
                raw.duration.and.clone(),
            ),
            and: word(&raw.duration.and),
            duration_phrases: phrases(&raw.duration.phrases),
            number_words: raw.numbers.words,
            money_symbols: raw.money.symbols,
            month_names: raw.date.months,
            suffixes: raw.date.ordinal_suffixes,
            postcodes: raw.codes.postcodes,
            reference_length: raw.codes.reference_length,
            phone_starts: raw.codes.phone_starts,
            phone_digits: raw.codes.phone_digits,
        })
    }

    /// The number that a word's hash stands for in a table.
    pub(crate) fn look_up(table: &WordTable, hash: u64) -> Option<u32> {
        table
            .binary_search_by_key(&hash, |(known, _)| *known)
            .ok()
            .and_then(|at| table.get(at))
            .map(|(_, n)| *n)
    }
}

fn forms(file: PackFile<'_>, raw: &Raw) -> Result<(Vec<Form>, Trie), Error> {
    let (mut forms, mut trie) = (Vec::new(), Trie::default());
    let times = raw.time.forms.iter().map(|form| (form, false));
    for (form, is_date) in times.chain(raw.date.forms.iter().map(|form| (form, true))) {
        let (_, sequences) = checked(file, &form.say, &hole::NAMES)?;
        sequences.iter().for_each(|steps| trie.add_steps(false, steps, forms.len() as u32));
        let say = form.say.get_ref().clone();
        forms.push(Form { say, add: form.add, to: form.to, half: form.half, weight: form.weight, is_date });
    }
    let halves = raw
        .time
        .am
        .iter()
        .map(|text| (text, Half::Am))
        .chain(raw.time.pm.iter().map(|text| (text, Half::Pm)));
    for (text, half) in halves {
        let say = format!("{{hour}} {text}");
        let (_, sequences) = crate::trie::expand(&say, &hole::NAMES).unwrap_or_default();
        sequences.iter().for_each(|steps| trie.add_steps(false, steps, forms.len() as u32));
        forms.push(Form { say, add: 0, to: false, half: Some(half), weight: [0, 0], is_date: false });
    }
    Ok((forms, trie))
}

fn starters(raw: &Raw) -> Vec<u64> {
    let lists = [
        &raw.numbers.words,
        &raw.numbers.tens,
        &raw.date.months,
        &raw.date.short_months,
        &raw.date.ordinals,
        &raw.day.names,
    ];
    let maps = raw.numbers.phrases.keys().chain(raw.duration.phrases.keys());
    let words = lists.into_iter().flatten().chain(maps);
    let words =
        words.chain(raw.time.words.keys()).chain(raw.day.short.keys()).chain(raw.money.symbols.values());
    let mut starters: Vec<u64> = words.filter_map(|text| words_of(text).first().copied()).collect();
    for form in raw.time.forms.iter().chain(&raw.date.forms) {
        let (_, sequences) = crate::trie::expand(form.say.get_ref(), &hole::NAMES).unwrap_or_default();
        for steps in sequences {
            if let Some(crate::trie::Step::Word(word)) = steps.first() {
                starters.push(*word);
            }
        }
    }
    starters
}

fn days(raw: &Day) -> Vec<(u64, SmolStr)> {
    let full = raw.names.iter().zip(&raw.values);
    let all = full.chain(raw.short.iter()).map(|(text, value)| (word(text), SmolStr::new(value)));
    all.collect()
}

fn hashes<'a>(words: impl IntoIterator<Item = &'a String>) -> Vec<u64> {
    let mut hashes: Vec<u64> = words.into_iter().filter_map(|text| words_of(text).first().copied()).collect();
    hashes.sort_unstable();
    hashes
}

fn table<'a>(words: impl Iterator<Item = (&'a String, u32)>) -> WordTable {
    let mut table: WordTable = words.map(|(text, n)| (word(text), n)).collect();
    table.sort_unstable();
    table
}

fn phrases(map: &BTreeMap<String, i64>) -> Vec<(Vec<u64>, i64)> {
    let mut all: Vec<_> = map.iter().map(|(text, n)| (words_of(text), *n)).collect();
    all.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
    all
}
