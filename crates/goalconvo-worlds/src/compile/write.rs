//! A compiled world as the files of a domain folder: what the domain loader reads, whoever wrote it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use goalconvo_core::{Compare, ContentHash};

use super::guards;
use super::layout::{Column, Compared, Layout, MEMBERS_ONLY, is_reckoned, reckoned};
use super::model::Model;
use super::phrase;
use super::rows;
use super::site::{Deed, Given, Site};
use super::told::Told;
use super::toml::{bare, list, quoted};
use crate::domain::line;
use crate::registry::names::slug;

/// The files of one tool's world, and the intents by site.
pub(super) struct Written {
    pub files: Vec<(String, String)>,
    /// Intents of a site: their name and, where they take a key, the site that gives it.
    pub intents: BTreeMap<usize, Vec<(String, Option<usize>)>>,
}

/// A domain in the making.
pub(super) struct Writer<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub sites: &'a [(usize, &'a Site<'a>)],
    pub layout: &'a Layout,
    /// Slots that computed values need beside the layout's.
    pub(super) extra: BTreeMap<String, Model>,
    tools: String,
    tables: String,
    pub(super) intents: String,
    /// Sentences of the policy, by name.
    pub(super) rules: BTreeMap<String, String>,
    made: BTreeMap<usize, Vec<(String, Option<usize>)>>,
}

impl<'a> Writer<'a> {
    pub fn new(
        name: &'a str,
        description: &'a str,
        sites: &'a [(usize, &'a Site<'a>)],
        layout: &'a Layout,
    ) -> Self {
        Writer {
            name,
            description,
            sites,
            layout,
            extra: BTreeMap::new(),
            tools: String::new(),
            tables: String::new(),
            intents: String::new(),
            rules: BTreeMap::new(),
            made: BTreeMap::new(),
        }
    }

    /// The files.
    pub fn write(mut self) -> Written {
        let seed = ContentHash::of(self.name.as_bytes()).low();
        let mut files = Vec::new();
        let filled = rows::rows(&self.layout.tables, seed);
        for (table, rows) in self.layout.tables.iter().zip(&filled) {
            let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            let mut text = line(names.iter().copied());
            for row in rows {
                text.push_str(&line(row.iter().map(String::as_str)));
            }
            let file = format!("{}.csv", table.name);
            let _ = writeln!(
                self.tables,
                "[tables.{}]\nfile = {}\n{}",
                table.name,
                quoted(&file),
                columns(&names)
            );
            files.push((file, text));
        }
        let order = |deed: Deed| if deed.mutates() { 2 } else { u8::from(deed == Deed::Get) };
        for rank in 0..3 {
            for (at, site) in self.sites.iter().filter(|(_, site)| order(site.deed) == rank) {
                match site.deed {
                    Deed::Search | Deed::Get => self.reader(*at, site),
                    Deed::Insert => self.insert(*at, site),
                    Deed::Update | Deed::Delete => self.change(*at, site),
                }
            }
        }
        let domain = self.domain();
        files.push(("domain.toml".to_owned(), domain));
        files.push(("tables.toml".to_owned(), self.tables));
        files.push(("tools.toml".to_owned(), self.tools));
        files.push(("policy.md".to_owned(), policy(self.description)));
        Written { files, intents: self.made }
    }

    fn table(&self, at: usize) -> Option<(&'a str, &'a [Column], &'a [Compared])> {
        let (name, compared) = self.layout.places.get(&at)?;
        let table = self.layout.tables.iter().find(|table| table.name == *name)?;
        Some((name, &table.columns, compared))
    }

    /// Gives a reckoning look-up its computed values: those arguments, and what to write of the tool.
    fn reckon<'s>(&mut self, site: &'s Site<'_>, returns: &mut Vec<&'s str>) -> (Vec<&'s str>, String) {
        let reckons = site.given.iter().filter(|given| site.deed == Deed::Get && is_reckoned(site, given));
        let given: Vec<&str> = reckons.map(|given| given.argument.as_str()).collect();
        let mut more = String::new();
        for told in site.told.iter().filter(|_| !given.is_empty()) {
            let Some(expression) = reckoned(site, &told.name) else { continue };
            let start = if more.is_empty() { "[tools.computed]\n" } else { "" };
            let _ = writeln!(more, "{start}{} = {}", bare(&told.name), quoted(&expression));
            self.extra.insert(told.name.clone(), told.model.clone());
            returns.push(&told.name);
        }
        (given, more)
    }

    /// A search or a look-up.
    fn reader(&mut self, at: usize, site: &Site<'_>) {
        let Some((table, columns, compared)) = self.table(at) else { return };
        let search = site.deed == Deed::Search;
        let key = columns.first().map(|column| column.name.as_str()).unwrap_or_default();
        let mut returns = vec![key];
        let told = |column: &&Column| {
            column.spoken
                && (site.told.iter().any(|told| told.name == column.name) || column.grouped && search)
        };
        returns.extend(
            columns.iter().filter(told).map(|column| column.name.as_str()).filter(|name| *name != key),
        );
        // What an entity is called is told by every search that finds it.
        let label =
            ["name", "title"].into_iter().find(|label| columns.iter().any(|column| column.name == *label));
        if let Some(label) = label.filter(|label| search && !returns.contains(label)) {
            returns.push(label);
        }
        let mut arguments = self.conditions(site, compared, search);
        let (given, more) = self.reckon(site, &mut returns);
        for argument in &given {
            let _ =
                writeln!(arguments, "{} = {{ required = true{} }}", bare(argument), site.limits(argument));
        }
        let written: Vec<&str> = compared.iter().map(|one| one.argument.as_str()).collect();
        let wire = folds(site, &written) + &paging(site);
        let asked = |one: &&Compared| one.required && !site.takes_from_thing(&one.argument);
        let mut required = names(compared.iter().filter(asked));
        required.splice(0..0, given);
        let optional = names(compared.iter().filter(|one| !one.required && site.alone(&one.argument)));
        let requests: Vec<&str> = returns
            .iter()
            .copied()
            .filter(|name| *name != key && Some(*name) != label.filter(|_| search || !site.keys.is_empty()))
            .filter(|name| !compared.iter().any(|one| one.argument == *name))
            .collect();
        if requests.is_empty() && !search {
            return;
        }
        self.tool(
            site,
            if search { "find" } else { "get" },
            table,
            &returns,
            &format!("{arguments}{wire}{more}"),
        );
        let kind = if search { "search" } else { "lookup" };
        self.intent((at, site), kind, &required, &optional, &requests);
    }

    /// The arguments of a search or a look-up: keys, and what is compared with columns.
    fn conditions(&self, site: &Site<'_>, compared: &[Compared], search: bool) -> String {
        let mut arguments = String::new();
        for (argument, column) in self.keys(site) {
            let _ = writeln!(
                arguments,
                "{} = {{ slot = {}, column = {}, required = true }}",
                bare(argument),
                quoted(&column),
                quoted(&column)
            );
        }
        for one in compared {
            let compare = match one.compare {
                Compare::Equal => "equal",
                Compare::AtMost => "at_most",
                Compare::AtLeast => "at_least",
            };
            let compare = if search { format!(", compare = \"{compare}\"") } else { String::new() };
            let _ = writeln!(
                arguments,
                "{} = {{ column = {}, required = {}{compare}{} }}",
                bare(&one.argument),
                quoted(&one.column),
                one.required,
                site.limits(&one.argument)
            );
        }
        arguments
    }

    /// What the policy forbids of a deed, with the sentences that say so.
    fn guard(&mut self, site: &Site<'_>, taken: &[&str], row: &str) -> String {
        let mut text = String::new();
        let giver = site.keys.first().and_then(|key| key.producers.first());
        let reserved = giver.is_some_and(|(giver, _)| self.table(*giver).is_some());
        let of_members = reserved.then(|| guards::of_members(row));
        for guard in guards::most(site, taken).into_iter().chain(of_members) {
            self.rules.insert(guard.rule, guard.sentence);
            text.push_str(&guard.text);
        }
        text
    }

    /// The parameters of a site that take keys, with the column that holds the key.
    fn keys<'s>(&self, site: &'s Site<'_>) -> Vec<(&'s str, String)> {
        let keys = site.keys.iter().filter_map(|key| {
            let (_, column) = key.producers.first()?;
            Some((key.argument.as_str(), column.clone()))
        });
        keys.collect()
    }

    /// A tool that adds a row to a table of its own.
    fn insert(&mut self, at: usize, site: &Site<'_>) {
        let joined = self.layout.joined.get(&at);
        let own = || format!("{}_{}", self.name, slug(&site.endpoint.function));
        let table = joined.cloned().unwrap_or_else(own);
        let taken: Vec<&str> = site
            .given
            .iter()
            .filter(|given| self.layout.takes(site, given))
            .map(|given| given.argument.as_str())
            .collect();
        let mut columns: Vec<String> = site.keys.iter().map(|key| key.argument.clone()).collect();
        columns.extend(taken.iter().map(|name| (*name).to_owned()));
        let computed = self.computed(site, &columns);
        let Some((key, _)) = computed.first().cloned() else { return };
        columns.insert(0, key.clone());
        columns.extend(computed.iter().skip(1).map(|(name, _)| name.clone()));
        let all: Vec<&str> = columns.iter().map(String::as_str).collect();
        if joined.is_none() {
            let _ = writeln!(self.tables, "[tables.{table}]\n{}", self::columns(&all));
        }
        let mut arguments = String::new();
        for (argument, column) in self.keys(site) {
            let _ =
                writeln!(arguments, "{} = {{ slot = {}, required = true }}", bare(argument), quoted(&column));
        }
        for given in site.given.iter().filter(|given| taken.contains(&given.argument.as_str())) {
            let (name, limits) = (bare(&given.argument), given.limits.keys());
            let _ = writeln!(arguments, "{name} = {{ required = {}{limits} }}", given.required);
        }
        let mut more = folds(site, &taken);
        more.push_str(&self.lookups(site));
        more.push_str(&guards::agree(site));
        more.push_str(&guards::stretch(site));
        more.push_str(&self.guard(site, &taken, "thing"));
        let _ = writeln!(more, "[tools.computed]");
        for (name, expression) in &computed {
            let _ = writeln!(more, "{} = {}", bare(name), quoted(expression));
        }
        if self.is_reserved(&table) {
            let _ = writeln!(more, "{MEMBERS_ONLY} = \"false\"");
        }
        let mut returns: Vec<&str> = computed.iter().map(|(name, _)| name.as_str()).collect();
        // What was given is told back where the answer declares it: a key as well, if it goes by the same name.
        let is_key = |name: &str| site.keys.iter().any(|key| key.argument == name && key.is_named_alike());
        let again = |name: &&str| taken.contains(name) || is_key(name);
        returns.extend(site.told.iter().map(|told| told.name.as_str()).filter(again));
        self.tool(site, "insert", &table, &returns, &format!("{arguments}{more}"));
        let required = site.given.iter().filter(|given| given.required);
        let required: Vec<&str> = required
            .map(|given| given.argument.as_str())
            .filter(|name| !site.takes_from_thing(name))
            .collect();
        let may = |name: &&str| !required.contains(name) && !site.takes_from_thing(name) && site.alone(name);
        let optional: Vec<&str> = taken.iter().copied().filter(may).collect();
        let hidden = |name: &str| self.extra.get(name).is_some_and(|model| model.kind().is_hidden());
        let requests: Vec<&str> =
            computed.iter().map(|(name, _)| name.as_str()).filter(|name| !hidden(name)).collect();
        self.intent((at, site), "transact", &required, &optional, &requests);
    }

    /// Whether some things of a table are for members alone.
    fn is_reserved(&self, table: &str) -> bool {
        let tables = self.layout.tables.iter().filter(|filled| filled.name == table);
        tables.flat_map(|filled| &filled.columns).any(|column| column.name == MEMBERS_ONLY)
    }

    /// The computed values of an insert, its key first.
    fn computed(&mut self, site: &Site<'_>, columns: &[String]) -> Vec<(String, String)> {
        let mut computed = Vec::new();
        let key = site.id().filter(|id| !columns.contains(&id.name));
        let (key, model) = match key {
            Some(id) => (id.name.clone(), id.model.clone()),
            None => ("reference_code".to_owned(), Model::Code(String::new())),
        };
        let code = match &model {
            Model::Serial => "id_number()".to_owned(),
            Model::Uuid => "uuid()".to_owned(),
            Model::Code(prefix) if !prefix.is_empty() => format!("join('{prefix}', code())"),
            _ => "code()".to_owned(),
        };
        self.extra.insert(key.clone(), model);
        computed.push((key.clone(), code));
        for told in site.told.iter().filter(|told| told.name != key && !columns.contains(&told.name)) {
            if let Some((model, expression)) = self.told_by_deed(site, told) {
                self.extra.insert(told.name.clone(), model);
                computed.push((told.name.clone(), expression));
            }
        }
        computed
    }

    /// What a deed tells beside what it was given, as an expression: what is told of the thing itself, a code, a total.
    fn told_by_deed(&self, site: &Site<'_>, told: &Told) -> Option<(Model, String)> {
        let any = |list: &[&str]| told.name.split('_').any(|word| list.contains(&word));
        let number = matches!(told.model, Model::Money(_) | Model::Number(_) | Model::Count(_));
        let total = any(&["total", "price", "cost"]) && !any(&["per"]);
        match () {
            // The name is taken by an argument of another kind.
            () if self.layout.slots.contains_key(&told.name) && !self.fits(&told.name, &told.model) => None,
            () if self.is_of_thing(site, told) => Some((told.model.clone(), format!("thing.{}", told.name))),
            () if any(&["confirmation", "tracking", "ticket", "voucher"]) && !number => {
                Some((Model::Code(String::new()), "join('C', code())".to_owned()))
            }
            () if total => Some((told.model.clone(), self.total(site, &told.model)?)),
            () => None,
        }
    }

    /// Whether what a deed tells is told of the thing itself: its price a night, its address.
    fn is_of_thing(&self, site: &Site<'_>, told: &Told) -> bool {
        let giver = site.keys.first().and_then(|key| key.producers.first());
        let table = giver.and_then(|(giver, _)| self.table(*giver));
        table.is_some_and(|(_, columns, _)| {
            let same = |column: &Column| column.name == told.name && column.model.kind() == told.model.kind();
            columns.iter().any(|column| column.spoken && same(column))
        })
    }

    /// What a booking costs: the price of the thing, times nights or pieces.
    fn total(&self, site: &Site<'_>, model: &Model) -> Option<String> {
        let (giver, _) = site.keys.first()?.producers.first()?;
        let (_, columns, _) = self.table(*giver)?;
        let is_price = |column: &&Column| {
            let named =
                || column.name.split('_').any(|word| matches!(word, "price" | "cost" | "fare" | "fee"));
            column.spoken
                && (matches!(column.model, Model::Money(_))
                    || matches!(column.model, Model::Number(_)) && named())
        };
        let price = format!("thing.{}", columns.iter().find(is_price)?.name);
        if !matches!(model, Model::Money(_) | Model::Number(_)) {
            return None;
        }
        let dates = site.dates();
        let counted = |given: &&Given| given.required && matches!(given.model, Model::Count(_));
        let pieces = site.given.iter().find(|given| counted(given) && !given.argument.contains("party"));
        Some(match (dates.as_slice(), pieces) {
            ([from, to], _) => format!("round(days({from}, {to}) * {price})"),
            (_, Some(pieces)) => format!("round({} * {price})", pieces.argument),
            _ => format!("round({price})"),
        })
    }

    fn lookups(&self, site: &Site<'_>) -> String {
        let mut text = String::new();
        if let Some(key) = site.keys.first()
            && let Some((table, _, _)) = key.producers.first().and_then(|(giver, _)| self.table(*giver))
        {
            let _ = writeln!(
                text,
                "[tools.lookups]\nthing = {{ table = {}, key = {} }}",
                quoted(table),
                quoted(&key.argument)
            );
        }
        text
    }

    /// A tool that changes or takes away a row of the table that its key is of.
    fn change(&mut self, at: usize, site: &Site<'_>) {
        let Some(key) = site.keys.first() else { return };
        let Some((giver, column)) = key.producers.first() else { return };
        let Some((table, columns, _)) = self.table(*giver) else { return };
        let mut arguments =
            format!("{} = {{ slot = {}, required = true }}\n", bare(&key.argument), quoted(column));
        let mut computed = String::from("[tools.computed]\n");
        let mut required: Vec<&str> = Vec::new();
        let fits = |name: &str, model: &Model| {
            columns.iter().any(|known| known.name == name && known.spoken) && self.fits(name, model)
        };
        for given in site.given.iter().filter(|given| given.required && fits(&given.argument, &given.model)) {
            let (name, limits) = (bare(&given.argument), given.limits.keys());
            let _ = writeln!(arguments, "{name} = {{ required = true{limits} }}");
            let _ = writeln!(computed, "{0} = \"{0}\"", given.argument);
            required.push(&given.argument);
        }
        let update = site.deed == Deed::Update;
        if update && required.len() < site.given.iter().filter(|given| given.required).count().max(1) {
            return;
        }
        let mut returns = vec![column.as_str()];
        returns.extend(required.iter().copied());
        let (verb, computed) = if update { ("update", computed.as_str()) } else { ("delete", "") };
        let wire = folds(site, &required) + &self.guard(site, &[], "row");
        self.tool(site, verb, table, &returns, &format!("{arguments}{wire}{computed}"));
        self.intent((at, site), "transact", &required.clone(), &[], &[]);
    }

    /// Whether an argument's slot is of its kind.
    fn fits(&self, argument: &str, model: &Model) -> bool {
        self.layout.slots.get(argument).is_some_and(|(known, _)| known.kind() == model.kind())
    }

    /// A tool; `text` has its arguments and what comes after them.
    fn tool(&mut self, site: &Site<'_>, verb: &str, table: &str, returns: &[&str], text: &str) {
        let endpoint = site.endpoint;
        let description =
            if endpoint.description.is_empty() { &endpoint.name } else { &endpoint.description };
        let _ = writeln!(
            self.tools,
            "[[tools]]\nname = {}\ndescription = {}\nverb = \"{verb}\"\ntable = {}\nreturns = {}\n{}[tools.arguments]\n{text}",
            quoted(&endpoint.function),
            quoted(description),
            quoted(table),
            list(returns),
            if site.paging.is_some() { format!("limit = {PAGE}\n") } else { String::new() },
        );
    }

    /// The intents of a site: one for each that gives its key, or one.
    fn intent(
        &mut self,
        (at, site): (usize, &Site<'_>),
        kind: &str,
        required: &[&str],
        optional: &[&str],
        requests: &[&str],
    ) {
        let base = slug(&site.endpoint.name);
        let givers: Vec<(Option<usize>, Option<String>)> = match site.keys.first() {
            None => vec![(None, None)],
            Some(key) => {
                key.producers.iter().map(|(giver, column)| (Some(*giver), Some(column.clone()))).collect()
            }
        };
        for (giver, column) in givers {
            let entity = giver.and_then(|giver| Some(self.made.get(&giver)?.first()?.0.clone()));
            if giver.is_some() && entity.is_none() {
                continue;
            }
            let mut name = base.clone();
            while self.made.values().flatten().any(|(known, _)| *known == name) {
                name.push_str("_too");
            }
            let thing = site.key().filter(|_| kind == "search").map(|key| key.concept.entity.as_str());
            let said = phrase::intent(site.endpoint, thing, kind == "search");
            let _ = writeln!(
                self.intents,
                "[[intents]]\nname = {}\nkind = \"{kind}\"\ntool = {}",
                quoted(&name),
                quoted(&site.endpoint.function)
            );
            if let (Some(entity), Some(column), Some(key)) = (&entity, &column, site.keys.first()) {
                let beside = key.beside.iter().map(|name| format!(", {} = {}", bare(name), quoted(name)));
                let _ = writeln!(
                    self.intents,
                    "entity = {}\nfrom_entity = {{ {} = {}{} }}",
                    quoted(entity),
                    bare(&key.argument),
                    quoted(column),
                    beside.collect::<String>()
                );
            }
            let _ = writeln!(
                self.intents,
                "required = {}\noptional = {}\nrequests = {}\n[intents.wording]\nverb = {}",
                list(required),
                list(optional),
                list(requests),
                list(&said.verb),
            );
            // What is looked up of a thing goes by the thing's own noun: "for that job", not "for that job details".
            if kind != "lookup" || entity.is_none() {
                let (noun, plural) = (list(&[said.noun.as_str()]), list(&[said.plural.as_str()]));
                let _ = writeln!(self.intents, "noun = {noun}\nplural = {plural}");
            }
            if kind == "transact" {
                let _ = writeln!(self.intents, "done = {}\ndeed = {}", list(&said.done), list(&said.deed));
            }
            self.made.entry(at).or_default().push((name, giver));
        }
    }
}

/// Results on a page: few, so that dialogues of people's length need the next one.
const PAGE: usize = 2;

/// The lists and date-times of a tool that takes these arguments.
fn folds(site: &Site<'_>, written: &[&str]) -> String {
    let whole = site.folds.iter().filter(|fold| fold.parts.iter().all(|part| written.contains(&&**part)));
    let mut text = String::new();
    for fold in whole {
        let start = if text.is_empty() { "[tools.folds]\n" } else { "" };
        let (name, parts) = (bare(&fold.argument), list(&fold.parts));
        let _ = writeln!(text, "{start}{name} = {{ as = \"{}\", parts = {parts} }}", fold.kind);
    }
    text
}

/// How a search gives its pages.
fn paging(site: &Site<'_>) -> String {
    let Some(paging) = &site.paging else { return String::new() };
    let size = paging.size.as_ref().map(|size| format!("size = {}\n", quoted(size))).unwrap_or_default();
    let (by, start, required) = (paging.by, quoted(&paging.start), paging.required);
    format!("[tools.paging]\nby = \"{by}\"\nstart = {start}\nrequired = {required}\n{size}")
}

fn policy(description: &str) -> String {
    format!(
        "# {description}\n\nSay nothing that a tool or the user has not said. Ask for what a tool requires and nobody has \
         said. Ask for a yes before anything is added, changed or taken away.\n"
    )
}

fn names<'c>(compared: impl Iterator<Item = &'c Compared>) -> Vec<&'c str> {
    compared.map(|one| one.argument.as_str()).collect()
}

fn columns(names: &[&str]) -> String {
    let columns: Vec<String> = names.iter().map(|name| format!("{} = {{}}", bare(name))).collect();
    format!("columns = {{ {} }}\n", columns.join(", "))
}
