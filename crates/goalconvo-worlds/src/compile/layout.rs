//! The layout of a compiled world: which tables there are, which columns each has, how arguments compare with them.

use std::collections::BTreeMap;

use goalconvo_core::{Compare, SlotKind};

use super::model::{Model, Range};
use super::site::{Deed, Given, Site};
use super::told::Told;
use crate::registry::names::{slug, words};

/// A column of a table with rows.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    pub model: Model,
    /// Of a key, the kind of thing that it is the key of; empty for anything else.
    pub entity: String,
    /// Whether rows share it in groups, so that a search by it finds several.
    pub grouped: bool,
    /// Whether speakers know it: what only bounds an argument stays hidden.
    pub spoken: bool,
}

impl Column {
    /// One that speakers know.
    fn told(name: String, model: Model) -> Self {
        Column { name, model, entity: String::new(), grouped: false, spoken: true }
    }

    /// One that only bounds an argument.
    fn hidden(name: String, model: Model) -> Self {
        Column { spoken: false, ..Column::told(name, model) }
    }
}

/// A table that has rows before any dialogue.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    pub name: String,
    /// The key comes first.
    pub columns: Vec<Column>,
    /// A search gives its rows page by page: there are more that go together.
    pub paged: bool,
}

/// An argument of a tool that reads, with the column that it is compared with.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    pub argument: String,
    pub column: String,
    pub compare: Compare,
    pub required: bool,
}

/// The layout of one tool's world.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    pub tables: Vec<Filled>,
    /// By site: its table, and the arguments that it compares.
    pub places: BTreeMap<usize, (String, Vec<Compared>)>,
    /// By site that adds a row: the table with rows that searches for such things look in, where there is one.
    pub joined: BTreeMap<usize, String>,
    /// Slots by name: kind-giving model, description.
    pub slots: BTreeMap<String, (Model, String)>,
    /// Sites that the layout could not take, with the reason.
    pub refused: BTreeMap<usize, String>,
}

/// The layout of these sites for a domain of this name.
pub(super) fn layout(domain: &str, sites: &[(usize, &Site<'_>)]) -> Layout {
    let mut layout = Layout::default();
    for (at, site) in sites {
        if let Err(reason) = layout.learn_slots(site) {
            layout.refused.insert(*at, reason);
        }
    }
    let takes = |at: &usize, layout: &Layout| !layout.refused.contains_key(at);
    for (at, site) in sites.iter().filter(|(_, site)| site.deed == Deed::Search) {
        if takes(at, &layout) {
            layout.place(domain, *at, site, None);
        }
    }
    for (at, site) in sites.iter().filter(|(_, site)| site.deed == Deed::Get) {
        if !takes(at, &layout) {
            continue;
        }
        let giver = site.keys.first().and_then(|key| {
            key.producers
                .iter()
                .find_map(|(giver, _)| layout.places.get(giver).map(|(table, _)| table.clone()))
        });
        match (giver, site.keys.is_empty()) {
            (None, false) => {
                layout.refused.insert(*at, "what gives its key is not playable".to_owned());
            }
            (table, _) => layout.place(domain, *at, site, table),
        }
    }
    for (at, site) in sites.iter().filter(|(_, site)| site.deed.mutates()) {
        layout.reserve(site);
        layout.join(*at, site, sites);
    }
    let own = |table: &str| {
        let mut here =
            sites.iter().filter(|(at, _)| layout.places.get(at).is_some_and(|(name, _)| name == table));
        here.find_map(|(_, site)| site.key()).map(|key| key.name.clone())
    };
    let keys: Vec<Option<String>> = layout.tables.iter().map(|table| own(&table.name)).collect();
    for (table, own) in layout.tables.iter_mut().zip(keys) {
        finish(table, own.as_deref());
    }
    layout
}

/// The column that says of a row that members alone may do something with it.
pub(super) const MEMBERS_ONLY: &str = "members_only";

/// Puts the key first, the table's own before those of other things, and makes sure that there is one.
fn finish(table: &mut Filled, own: Option<&str>) {
    let unique = |column: &Column| column.model.is_key();
    let find = |is: &dyn Fn(&Column) -> bool| table.columns.iter().position(is);
    let place = find(&|column| Some(column.name.as_str()) == own).or_else(|| find(&unique));
    match place {
        Some(place) => table.columns[..=place].rotate_right(1),
        None => {
            let model = Model::Code("R".to_owned());
            table.columns.insert(0, Column::told("record_id".into(), model));
        }
    }
}

impl Layout {
    /// Notes the slots of what is given; a name that means two kinds of thing in one tool can't be both.
    fn learn_slots(&mut self, site: &Site<'_>) -> Result<(), String> {
        for given in &site.given {
            let known = self.slots.get(&given.argument).map(|(model, _)| model.clone());
            let model = match known {
                None => given.model.clone(),
                Some(known) => match agree(&known, &given.model) {
                    Some(model) => model,
                    None if !given.required => continue,
                    None => return Err(format!("{:?} means two things in this tool", given.argument)),
                },
            };
            self.slots.insert(given.argument.clone(), (model, given.description.clone()));
        }
        if let Some(key) = site.key().filter(|_| site.deed == Deed::Search) {
            let (known, _) =
                self.slots.entry(key.name.clone()).or_insert_with(|| (key.model.clone(), String::new()));
            if known.kind() != key.model.kind() {
                return Err(format!("its key {:?} is of another kind elsewhere in this tool", key.name));
            }
        }
        Ok(())
    }

    /// The model of an argument, if the slot of its name fits it.
    fn slot(&self, given: &Given) -> Option<&Model> {
        let (model, _) = self.slots.get(&given.argument)?;
        (model.kind() == given.model.kind()).then_some(model)
    }

    /// Gives a site that reads its table and columns.
    fn place(&mut self, domain: &str, at: usize, site: &Site<'_>, table: Option<String>) {
        let details = table.is_some();
        let name = table.unwrap_or_else(|| self.table_of(domain, site));
        for told in site.told.iter().filter(|told| reckoned(site, &told.name).is_none()) {
            let model = match self.slots.get(&told.name) {
                Some((known, _)) if known.kind() == told.model.kind() => known.clone(),
                // The name is taken by an argument of another kind: the field would be told as that.
                Some(_) => continue,
                None => told.model.clone(),
            };
            self.slots.entry(told.name.clone()).or_insert_with(|| (model.clone(), String::new()));
            self.column(&name, Column { entity: key_of(told), ..Column::told(told.name.clone(), model) });
        }
        let mut compared = Vec::new();
        for given in &site.given {
            let Some(model) = self.slot(given).cloned().filter(|_| self.takes(site, given)) else { continue };
            if (details && !given.required) || is_reckoned(site, given) {
                continue;
            }
            compared.push(self.compare(&name, given, &model, site));
        }
        if let Some(table) = self.tables.iter_mut().find(|table| table.name == name) {
            table.paged |= site.paging.is_some();
        }
        self.places.insert(at, (name, compared));
    }

    /// Some of the things that a deed is about are for members alone: nobody knows before it is tried.
    fn reserve(&mut self, site: &Site<'_>) {
        let giver = site.keys.first().and_then(|key| key.producers.first());
        let Some((table, _)) = giver.and_then(|(giver, _)| self.places.get(giver).cloned()) else { return };
        let name = MEMBERS_ONLY.to_owned();
        self.column(&table, Column::hidden(name, Model::Flag));
    }

    /// What comes into being stands among the things of its kind: a search with the same key finds it.
    fn join(&mut self, at: usize, site: &Site<'_>, sites: &[(usize, &Site<'_>)]) {
        let Some(own) = site.id().filter(|_| site.deed == Deed::Insert) else { return };
        let finds = |(_, other): &&(usize, &Site<'_>)| {
            let same = |id: &Told| id.name == own.name && id.concept == own.concept;
            other.deed == Deed::Search && other.id().is_some_and(same)
        };
        let Some((giver, _)) = sites.iter().find(finds) else { return };
        let Some((name, _)) = self.places.get(giver).cloned() else { return };
        let given: Vec<(String, Model)> = (site.given.iter().filter(|given| self.takes(site, given)))
            .filter_map(|given| Some((given.argument.clone(), self.slot(given)?.clone())))
            .collect();
        let known: &[Column] =
            self.tables.iter().find(|table| table.name == name).map_or(&[], |table| &table.columns);
        let clashes = |(name, model): &(String, Model)| {
            known.iter().any(|column| column.name == *name && column.model.kind() != model.kind())
        };
        if given.iter().any(clashes) {
            return;
        }
        for (argument, model) in given {
            self.column(&name, Column::told(argument, model));
        }
        self.joined.insert(at, name);
    }

    /// Whether the slots of an argument, and of all that a call writes as one with it, fit.
    pub fn takes(&self, site: &Site<'_>, given: &Given) -> bool {
        site.together(&given.argument).into_iter().all(|given| self.slot(given).is_some())
    }

    /// The table of a site's own: sites that tell of one kind of thing share it.
    fn table_of(&self, domain: &str, site: &Site<'_>) -> String {
        let subject = match site.key() {
            Some(key) if site.deed == Deed::Search => key.concept.entity.clone(),
            _ if site.deed == Deed::Get => by_what(site).unwrap_or_else(|| slug(&site.endpoint.name)),
            _ => slug(&site.endpoint.name),
        };
        format!("{domain}_{}", slug(&subject))
    }

    fn column(&mut self, table: &str, column: Column) {
        let place = self.tables.iter().position(|known| known.name == table).unwrap_or_else(|| {
            self.tables.push(Filled { name: table.to_owned(), columns: vec![], paged: false });
            self.tables.len() - 1
        });
        let columns = &mut self.tables[place].columns;
        match columns.iter_mut().find(|known| known.name == column.name) {
            Some(known) => known.grouped |= column.grouped,
            None => columns.push(column),
        }
    }

    /// The column that an argument is compared with, made where there is none.
    fn compare(&mut self, table: &str, given: &Given, model: &Model, site: &Site<'_>) -> Compared {
        let own = |column: String, compare: Compare| Compared {
            argument: given.argument.clone(),
            column,
            compare,
            required: given.required,
        };
        let bound = bound(given, model, site);
        let known: Vec<Column> = self
            .tables
            .iter()
            .find(|known| known.name == table)
            .map(|known| known.columns.clone())
            .unwrap_or_default();
        match bound {
            None => {
                let name = given.argument.clone();
                self.column(
                    table,
                    Column { grouped: given.required, ..Column::told(name.clone(), model.clone()) },
                );
                own(name, Compare::Equal)
            }
            Some(Bound::Room) => {
                let name = format!("most_{}", given.argument);
                let column = Column::hidden(name.clone(), Model::Count(rooms(model)));
                self.column(table, column);
                own(name, Compare::AtLeast)
            }
            Some(Bound::Ends(compare, base)) => {
                let fits = |column: &&Column| {
                    let alike = column.model.kind() == model.kind()
                        || (column.model.is_number() && model.is_number());
                    column.spoken && alike && about(&column.name, &base)
                };
                let dated = |column: &&Column| {
                    column.spoken && model.kind() == SlotKind::Date && column.model == Model::Date
                };
                if let Some(column) = known.iter().find(fits).or_else(|| known.iter().find(dated)) {
                    return own(column.name.clone(), compare);
                }
                // Without a value in the answer the bounds are those of a time in which the thing is there.
                let (name, turned) = match (model.kind(), compare) {
                    (SlotKind::Date, Compare::AtLeast) => ("open_from".to_owned(), Compare::AtMost),
                    (SlotKind::Date, _) => ("open_until".to_owned(), Compare::AtLeast),
                    _ => (format!("own_{}", slug(&base.join(" "))), compare),
                };
                self.column(table, Column::hidden(name.clone(), model.clone()));
                own(name, turned)
            }
        }
    }
}

/// What a look-up goes by: those that go by the same look at the same rows, so that they agree.
fn by_what(site: &Site<'_>) -> Option<String> {
    let required = site.given.iter().filter(|given| given.required && !is_reckoned(site, given));
    let mut names: Vec<&str> = required.map(|given| given.argument.as_str()).collect();
    names.sort_unstable();
    (!names.is_empty()).then(|| format!("by_{}", names.join("_")))
}

/// Whether an argument is multiplied by the row's rate and not compared with anything.
pub(super) fn is_reckoned(site: &Site<'_>, given: &Given) -> bool {
    let number = matches!(given.model, Model::Number(_) | Model::Money(_));
    number && given.argument.contains("amount") && site.told.iter().any(|told| told.name == "rate")
}

/// What a reckoning site tells: the product, or what was given.
pub(super) fn reckoned(site: &Site<'_>, told: &str) -> Option<String> {
    let given = site.given.iter().find(|given| is_reckoned(site, given))?;
    let any = |list: &[&str]| words(told).iter().any(|word| list.contains(&word.as_str()));
    if any(&["converted", "result", "total"]) {
        return Some(format!("round({} * row.rate)", given.argument));
    }
    any(&["amount", "original"]).then(|| given.argument.clone())
}

/// For how many there is room: for a few at least, and for no more than can be asked for.
fn rooms(model: &Model) -> Range {
    let most = if let Model::Count(range) = model { range.high } else { 30 };
    Range::whole(most.min(3), most)
}

/// What a told key is the key of.
fn key_of(told: &Told) -> String {
    if told.concept.is_identifier() { told.concept.entity.clone() } else { String::new() }
}

/// How an argument bounds a search.
enum Bound {
    /// The thing has room for so many.
    Room,
    /// A least or a greatest of what these words are about.
    Ends(Compare, Vec<String>),
}

/// What an argument of a search bounds.
fn bound(given: &Given, model: &Model, site: &Site<'_>) -> Option<Bound> {
    // What the answer tells under the same name is compared with itself: a number of people is no room, and a day that
    // something begins is that day.
    let tells = site.told.iter().any(|told| told.name == given.argument);
    let itself = |bound: &Bound| matches!(bound, Bound::Room) || model.kind() == SlotKind::Date;
    let of_told =
        |base: &[String]| site.told.iter().any(|told| told.model.is_ordered() && about(&told.name, base));
    let bound = bound_of(&given.argument, model, &of_told).filter(|_| site.deed == Deed::Search);
    bound.filter(|bound| !(tells && itself(bound)))
}

/// What an argument bounds, if that is what it does; `of_told` says whether the answer tells something that these words are
/// about.
fn bound_of(argument: &str, model: &Model, of_told: &dyn Fn(&[String]) -> bool) -> Option<Bound> {
    let parts = words(argument);
    let has = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    let base = |list: &[&str]| -> Vec<String> {
        parts.iter().filter(|part| !list.contains(&part.as_str())).cloned().collect()
    };
    if matches!(model, Model::Count(_))
        && has(&[
            "guests",
            "passengers",
            "people",
            "party",
            "quantity",
            "adults",
            "seats",
            "rooms",
            "tickets",
        ])
    {
        return Some(Bound::Room);
    }
    if !model.is_ordered() {
        return None;
    }
    const LEAST: [&str; 9] = ["min", "minimum", "least", "gte", "from", "start", "after", "since", "in"];
    const MOST: [&str; 8] = ["max", "maximum", "most", "lte", "to", "end", "before", "until"];
    let checks = has(&["check", "checkin", "checkout"]);
    let dated = model.kind() == SlotKind::Date;
    // "year_from" bounds the year that is told; a "from" of nothing that is told is where something begins.
    let ranged = |list: &[&str]| dated || of_told(&base(list));
    if has(&["min", "minimum", "least", "gte"])
        || (has(&["from", "start", "after", "since"]) && ranged(&LEAST))
    {
        return Some(Bound::Ends(Compare::AtLeast, base(&LEAST)));
    }
    if has(&["max", "maximum", "most", "lte"]) || (has(&["to", "end", "before", "until"]) && ranged(&MOST)) {
        return Some(Bound::Ends(Compare::AtMost, base(&MOST)));
    }
    if dated && checks {
        let compare = if has(&["out", "checkout"]) { Compare::AtMost } else { Compare::AtLeast };
        return Some(Bound::Ends(compare, vec![]));
    }
    None
}

/// Whether a column's name has a word that a bound is about.
fn about(column: &str, base: &[String]) -> bool {
    words(column).iter().any(|word| base.iter().any(|other| other == word || format!("{other}s") == *word))
}

/// A model that fits both, if one does.
fn agree(one: &Model, other: &Model) -> Option<Model> {
    match (one, other) {
        (Model::Choice(a), Model::Choice(b)) => {
            let both: Vec<String> = a.iter().filter(|choice| b.contains(choice)).cloned().collect();
            (both.len() > 1).then_some(Model::Choice(both))
        }
        (Model::Number(a), Model::Number(b)) => a.common(*b).map(Model::Number),
        (Model::Digits(a), Model::Digits(b)) => a.common(*b).map(Model::Digits),
        (Model::Count(a), Model::Count(b)) => a.common(*b).map(Model::Count),
        (a, b) if a.kind() == b.kind() => Some(a.clone()),
        _ => None,
    }
}
