//! Rows of a compiled world: groups that share what a search asks for, values that agree within a row.

use std::collections::BTreeSet;

use goalconvo_core::{Key, Purpose, Rng};

use super::layout::{Column, Filled, MEMBERS_ONLY};
use super::model::{Model, Part, day, time};
use super::pools::{self, Place, Pool};
use crate::registry::names::words;

/// How many groups of rows a table has.
const GROUPS: usize = 144;
/// How many rows a group has, each as likely: half of them one, since what a single row tells can be built upon.
const GROUP: [usize; 4] = [1, 1, 2, 3];
/// The same where a search gives its results page by page.
const PAGED_GROUP: [usize; 5] = [1, 2, 3, 4, 5];

/// In how many percent of rows of what deeds are about members alone may do them.
const RESERVED: u32 = 8;

/// A row with the number of its group.
struct Member {
    group: usize,
    cells: Vec<String>,
}

/// The cells of each table, row by row; the first of a row is a unique key, and a key of another table's is that of a row
/// there, of the same group where there is one.
pub(super) fn rows(tables: &[Filled], seed: u64) -> Vec<Vec<Vec<String>>> {
    let made = tables.iter().enumerate();
    let mut all: Vec<Vec<Member>> =
        made.map(|(number, table)| members(table, seed.wrapping_add(number as u64))).collect();
    let keys: Vec<Vec<(usize, String)>> = all
        .iter()
        .map(|rows| rows.iter().filter_map(|row| Some((row.group, row.cells.first()?.clone()))).collect())
        .collect();
    for (at, table) in tables.iter().enumerate() {
        for (place, column) in table.columns.iter().enumerate().skip(1).filter(|(_, c)| c.model.is_key()) {
            let same = |key: &Column| {
                key.name == column.name || (!key.entity.is_empty() && key.entity == column.entity)
            };
            let is_key_of = |other: &Filled| other.columns.first().is_some_and(same);
            let Some(other) = (0..tables.len()).find(|other| *other != at && is_key_of(&tables[*other]))
            else {
                continue;
            };
            for (number, row) in all[at].iter_mut().enumerate() {
                let same: Vec<&String> =
                    keys[other].iter().filter(|(group, _)| *group == row.group).map(|(_, key)| key).collect();
                let any = || keys[other].get(number % keys[other].len().max(1)).map(|(_, key)| key);
                if let Some(key) = same.get(number % same.len().max(1)).copied().or_else(any) {
                    row.cells[place].clone_from(key);
                }
            }
        }
    }
    all.into_iter().map(|rows| rows.into_iter().map(|row| row.cells).collect()).collect()
}

fn members(table: &Filled, seed: u64) -> Vec<Member> {
    let mut rng = Key { seed, index: 0 }.rng(0, Purpose::Tables);
    let second = seconds(&table.columns);
    let hours: Vec<usize> = (0..table.columns.len()).map(|at| times(&table.columns[..at])).collect();
    let pairs = pairs(&table.columns);
    let between = between(&table.columns);
    let label = table.columns.iter().position(|column| matches!(column.name.as_str(), "name" | "title"));
    let mut keys = BTreeSet::new();
    let mut names = BTreeSet::new();
    let mut rows = Vec::new();
    let alone = alone(&table.columns);
    for group in 0..GROUPS {
        let shared = Shared { alone, ..Shared::draw(group, &mut rng) };
        let columns = || table.columns.iter().zip(second.iter().zip(&hours));
        let common: Vec<String> = columns()
            .map(|(column, (second, hour))| shared.cell(column, (*second, *hour), &mut rng))
            .collect();
        let sizes: &[usize] = if table.paged { &PAGED_GROUP } else { &GROUP };
        for place in 0..rng.pick(sizes).copied().unwrap_or(1) {
            let own = Shared { dates: shared.dates, place, alone, ..Shared::draw(group, &mut rng) };
            let mut row: Vec<String> = columns()
                .zip(&common)
                .map(|((column, (second, hour)), common)| match is_shared(column) {
                    true => common.clone(),
                    false => own.cell(column, (*second, *hour), &mut rng),
                })
                .collect();
            order(&pairs, &mut row);
            between.iter().for_each(|(bounds, inner)| put_between(*bounds, *inner, &mut row));
            entitle(&table.columns, &mut row, &mut rng);
            let free = label.is_none_or(|label| names.insert(row[label].to_lowercase()));
            if free && row.first().is_some_and(|key| keys.insert(key.clone())) {
                rows.push(Member { group, cells: row });
            }
        }
    }
    rows
}

/// A title speaks of what its row is about.
fn entitle(columns: &[Column], row: &mut [String], rng: &mut Rng) {
    const OF_JOBS: [&str; 6] =
        ["Senior {}", "Junior {}", "Lead {}", "Part-time {}", "Travelling {}", "Assistant {}"];
    const OF_TOPICS: [&str; 10] = [
        "The world of {}",
        "An evening of {}",
        "All about {}",
        "A look at {}",
        "The story of {}",
        "Hopes for {}",
        "Lessons from {}",
        "The future of {}",
        "Voices of {}",
        "A week of {}",
    ];
    let find = |model: &dyn Fn(&Column) -> bool| columns.iter().position(model);
    let title =
        find(&|column| column.model == Model::Title && matches!(column.name.as_str(), "title" | "name"));
    let topic = find(&|column| matches!(column.model, Model::Words(Pool::Topics | Pool::Jobs)));
    let (Some(title), Some(topic)) = (title, topic) else { return };
    let templates: &[&str] =
        if columns[topic].model == Model::Words(Pool::Jobs) { &OF_JOBS } else { &OF_TOPICS };
    if let Some(template) = rng.pick(templates) {
        row[title] = template.replace("{}", &row[topic]);
    }
}

/// What a search asks for, and places, which hang together.
fn is_shared(column: &Column) -> bool {
    column.grouped || matches!(column.model, Model::Place(_))
}

/// What the rows of a group have in common.
#[derive(Clone, Copy)]
struct Shared {
    from: Place,
    to: Place,
    /// Numbers of the first and the last day.
    dates: (i64, i64),
    group: usize,
    /// Which of the group's rows it is about.
    place: usize,
    /// What stands for places where cities and airports are not told.
    alone: Option<Part>,
}

impl Shared {
    fn draw(group: usize, rng: &mut Rng) -> Self {
        let places = pools::places();
        let blank = Place { city: "", country: "", currency: "", airport: "" };
        // In turn and not by chance, so that no place is much more common than another.
        let at = group % places.len().max(1);
        let other = (at + 1 + rng.below(places.len().saturating_sub(1).max(1))) % places.len().max(1);
        let from = places.get(at).copied().unwrap_or(blank);
        let mut to = places.get(other).copied().unwrap_or(blank);
        if to.currency == from.currency {
            to.currency = if from.currency == "EUR" { "GBP" } else { "EUR" };
        }
        // A day for each group, and another one a few days later: no two groups begin or end on the same one.
        const LATER: [i64; 7] = [10, 6, 10, 5, 9, 4, 5];
        let first = (group as i64 * 7) % 97;
        let last = first + LATER.get((first % 7) as usize).copied().unwrap_or(7);
        Shared { from, to, group, place: 0, dates: (first, last), alone: None }
    }

    /// The cell of a column, which may be about the second of two, behind so many other times of the day.
    fn cell(&self, column: &Column, (second, hour): (bool, usize), rng: &mut Rng) -> String {
        let place = if second { &self.to } else { &self.from };
        match (&column.model, column.name.as_str()) {
            (Model::Flag, MEMBERS_ONLY) => rng.chance(RESERVED).to_string(),
            (Model::Date, "open_from") => day(self.dates.0),
            (Model::Date, "open_until") => day(self.dates.1 + 6),
            (Model::Date, _) if second => day(self.dates.1),
            (Model::Date, _) if column.grouped => day(self.dates.0),
            // By place and not by chance, so that tables about the same things agree on when they are.
            (Model::Date, _) => day((self.dates.0 + self.place as i64).min(self.dates.1)),
            (Model::Place(Part::City), _) if !column.grouped && !second => self.from.city.to_owned(),
            (Model::Place(Part::Currency), _) if column.grouped || self.alone == Some(Part::Currency) => {
                self.in_turn(pools::currencies(), second).to_owned()
            }
            (Model::Place(Part::Country), _) if self.alone == Some(Part::Country) => {
                self.in_turn(pools::countries(), second).to_owned()
            }
            (Model::Time, _) if !second => time(3 * self.group + self.place + 67 * hour),
            (Model::Words(pool), _) if column.grouped => pool.line(self.group).to_owned(),
            (model, _) => model.draw(place, rng),
        }
    }
}

impl Shared {
    /// One of a list where places are not told: each as often as any other.
    fn in_turn(&self, all: &[&'static str], second: bool) -> &'static str {
        // The other of two stands some places further on, and further on each time round.
        let further = if second { 3 + self.group / all.len().max(1) * 7 } else { 0 };
        let at = |turn: usize| all.get(turn % all.len().max(1)).copied().unwrap_or_default();
        let (first, one, next) = (at(self.group), at(self.group + further), at(self.group + further + 1));
        if second && one == first { next } else { one }
    }
}

/// What stands for places in a table that tells neither city nor airport. Many places share one country or currency:
/// by themselves these come in turn.
fn alone(columns: &[Column]) -> Option<Part> {
    let told = |part: Part| columns.iter().any(|column| column.model == Model::Place(part));
    match () {
        () if told(Part::City) || told(Part::Airport) => None,
        () if told(Part::Country) => Some(Part::Country),
        () => Some(Part::Currency),
    }
}

/// How many of these columns are times of the day.
fn times(columns: &[Column]) -> usize {
    columns.iter().filter(|column| column.model == Model::Time).count()
}

/// Which columns are about the second of two: by their names, or as the other place of a kind where no name says so.
fn seconds(columns: &[Column]) -> Vec<bool> {
    let said: Vec<bool> = columns.iter().map(|column| is_second(&column.name)).collect();
    let other = |at: usize| {
        let same = |other: &usize| columns[*other].model == columns[at].model;
        matches!(columns[at].model, Model::Place(_))
            && (0..at).any(|before| same(&before))
            && !(0..columns.len()).any(|one| same(&one) && said[one])
    };
    (0..columns.len()).map(|at| said[at] || other(at)).collect()
}

/// Whether a name speaks of the second of two: where a journey goes, when it ends.
fn is_second(name: &str) -> bool {
    let parts = words(name);
    parts.iter().any(|part| {
        matches!(
            part.as_str(),
            "to" | "destination"
                | "arrival"
                | "end"
                | "until"
                | "return"
                | "target"
                | "out"
                | "due"
                | "dropoff"
        )
    })
}

/// Columns of a row that have an order: a low is not above its high, a departure not after its arrival.
fn pairs(columns: &[Column]) -> Vec<(usize, usize)> {
    const PAIRS: [(&str, &str); 10] = [
        ("opening", "closing"),
        ("opens", "closes"),
        ("low", "high"),
        ("min", "max"),
        ("departure", "arrival"),
        ("start", "end"),
        ("open", "close"),
        ("p25", "p75"),
        ("from", "to"),
        ("bid", "ask"),
    ];
    let ordered = |column: &Column| matches!(column.model, Model::Number(_) | Model::Money(_) | Model::Time);
    let parts: Vec<Vec<String>> =
        columns.iter().map(|column| if ordered(column) { words(&column.name) } else { vec![] }).collect();
    let find = |word: &str| parts.iter().position(|parts| parts.iter().any(|part| part == word));
    let found = PAIRS.iter().filter_map(|(less, more)| Some((find(less)?, find(more)?)));
    // What opens in the morning closes later; a price may close below where it opened.
    let falls =
        |less: &usize| parts[*less].iter().any(|part| part == "open") && columns[*less].model != Model::Time;
    found.filter(|(less, more)| columns[*less].model == columns[*more].model && !falls(less)).collect()
}

/// Columns of prices and measures that lie between the low and the high of the same thing in a row: an opening price, a mean.
fn between(columns: &[Column]) -> Vec<((usize, usize), usize)> {
    const LOW: [&str; 3] = ["low", "min", "minimum"];
    const HIGH: [&str; 3] = ["high", "max", "maximum"];
    const INNER: [&str; 11] = [
        "open",
        "close",
        "price",
        "current",
        "last",
        "average",
        "avg",
        "mean",
        "median",
        "temp",
        "temperature",
    ];
    let number = |column: &&Column| matches!(column.model, Model::Number(_) | Model::Money(_));
    // What it is a low, a high or a mean of.
    let thing = |at: usize| -> Vec<String> {
        let said = words(&columns[at].name).into_iter();
        said.filter(|word| ![&LOW[..], &HIGH, &INNER].iter().any(|list| list.contains(&word.as_str())))
            .collect()
    };
    let is = |at: usize, names: &[&str]| {
        Some(&columns[at]).filter(number).is_some()
            && words(&columns[at].name).iter().any(|word| names.contains(&word.as_str()))
    };
    let all = || 0..columns.len();
    let mut found = Vec::new();
    for low in all().filter(|at| is(*at, &LOW)) {
        let Some(high) = all().find(|at| is(*at, &HIGH) && thing(*at) == thing(low)) else { continue };
        let inner = |at: &usize| {
            *at != low && *at != high && is(*at, &INNER) && thing(*at) == thing(low) && !columns[*at].grouped
        };
        found.extend(all().filter(inner).map(|at| ((low, high), at)));
    }
    found
}

/// Moves a cell that lies outside its bounds onto the nearer one.
fn put_between((low, high): (usize, usize), inner: usize, row: &mut [String]) {
    let number = |at: usize| row[at].parse::<f64>().ok();
    let (Some(least), Some(most), Some(value)) = (number(low), number(high), number(inner)) else { return };
    if value < least {
        row[inner] = row[low].clone();
    } else if value > most {
        row[inner] = row[high].clone();
    }
}

/// Puts the cells of such pairs in order.
fn order(pairs: &[(usize, usize)], row: &mut [String]) {
    for (less, more) in pairs {
        let above = match (row[*less].parse::<f64>(), row[*more].parse::<f64>()) {
            (Ok(x), Ok(y)) => x > y,
            _ => row[*less] > row[*more],
        };
        if above {
            row.swap(*less, *more);
        }
    }
}
