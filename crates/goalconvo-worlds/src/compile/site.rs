//! Sites: what each endpoint of a tool is in a world, before the world is laid out.
//!
//! A site says whether the endpoint searches, gets, adds, changes or takes away, which of its parameters people can
//! give, which fields of its answer people can be told, and where its keys come from. An endpoint that can't be
//! played says why.

use std::collections::BTreeSet;

use goalconvo_core::SlotKind;
use serde_json::Value as Json;

use super::model::{Hint, Model, Part};
use super::span::is_span;
use super::told::{Told, label, told};
use super::wire::{Folded, Paged, folded, paged};
use crate::registry::names::{singular, slug, words};
use crate::registry::{Bounds, Concept, Effect, Endpoint, Format, Kind, Parameter, Role, Shape, Verb};

/// What an endpoint does in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Search,
    Get,
    Insert,
    Update,
    Delete,
}

impl Deed {
    /// Whether it changes the world.
    pub fn mutates(self) -> bool {
        matches!(self, Deed::Insert | Deed::Update | Deed::Delete)
    }
}

/// A parameter that speakers give.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub argument: String,
    pub model: Model,
    pub required: bool,
    pub description: String,
    /// What a number can be.
    pub limits: Limits,
}

/// What the source says that a number can be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    pub bounds: Bounds,
    pub whole: bool,
}

impl Limits {
    fn of(shape: &Shape) -> Self {
        match shape.kind {
            Kind::Integer(bounds) => Limits { bounds, whole: true },
            Kind::Number(bounds) => Limits { bounds, whole: false },
            _ => Limits::default(),
        }
    }

    /// The keys of an argument that say so, each with a comma before it.
    pub fn keys(self) -> String {
        let bounds = [
            ("minimum", self.bounds.minimum),
            ("maximum", self.bounds.maximum),
            ("above", self.bounds.exclusive_minimum),
            ("below", self.bounds.exclusive_maximum),
            ("step", self.bounds.multiple_of),
        ];
        let said = bounds.iter().filter_map(|(key, bound)| Some(format!(", {key} = {}", (*bound)?)));
        said.chain(self.whole.then(|| ", whole = true".to_owned())).collect()
    }
}

/// A parameter that takes a key out of an earlier answer.
#[derive(Clone, Debug)]
pub(super) struct KeyParameter {
    pub argument: String,
    pub concept: Concept,
    /// Sites that give it, with the field that holds it.
    pub producers: Vec<(usize, String)>,
    /// What else the call takes from the thing that it names: a name alone may not say which one is meant.
    pub beside: Vec<String>,
}

impl KeyParameter {
    /// Whether what gives the key calls it by the same name.
    pub fn is_named_alike(&self) -> bool {
        self.producers.first().is_some_and(|(_, field)| *field == self.argument)
    }
}

/// An endpoint as it will be played.
#[derive(Clone, Debug)]
pub(super) struct Site<'a> {
    pub endpoint: &'a Endpoint,
    pub deed: Deed,
    pub given: Vec<Given>,
    pub keys: Vec<KeyParameter>,
    pub told: Vec<Told>,
    /// Lists and date-times, whose parts are among what is given.
    pub folds: Vec<Folded>,
    /// How results come in pages, where they do.
    pub paging: Option<Paged>,
    /// Optional parameters that the world leaves out.
    pub left_out: Vec<String>,
}

impl Site<'_> {
    /// Everything that is given in one with this: the parts of its list or date-time, or itself.
    pub fn together(&self, argument: &str) -> Vec<&Given> {
        let fold = self.folds.iter().find(|fold| fold.parts.iter().any(|part| part == argument));
        let is_one = |given: &&Given| match fold {
            Some(fold) => fold.parts.contains(&given.argument),
            None => given.argument == argument,
        };
        self.given.iter().filter(is_one).collect()
    }

    /// Whether an argument is given by itself: half of a date-time can't be.
    pub fn alone(&self, argument: &str) -> bool {
        self.together(argument).len() < 2
    }

    /// The keys of an argument that say what a number can be.
    pub fn limits(&self, argument: &str) -> String {
        let given = self.given.iter().find(|given| given.argument == argument);
        given.map(|given| given.limits.keys()).unwrap_or_default()
    }

    /// The required arguments that are dates.
    pub fn dates(&self) -> Vec<&str> {
        let dates = self.given.iter().filter(|given| given.model == Model::Date && given.required);
        dates.map(|given| given.argument.as_str()).collect()
    }

    /// The required times of one stretch within a day, its beginning and its end; of two days either may be the later.
    pub fn times(&self) -> Option<(&str, &str)> {
        let times = || self.given.iter().filter(|given| given.model == Model::Time && given.required);
        let ends = |from: &str| times().find(|to| is_span(from, &to.argument)).map(|to| to.argument.as_str());
        let found = times().find_map(|from| Some((from.argument.as_str(), ends(&from.argument)?)));
        found.filter(|_| self.dates().len() < 2)
    }

    /// The key among what is told: that of what the endpoint is about or named after, or else the only one that is no
    /// argument of the call. What a deed is given is never the key of what it makes.
    pub fn id(&self) -> Option<&Told> {
        let code = |told: &&Told| told.concept.is_identifier() && told.model.is_key();
        let given = |told: &Told| self.endpoint.visible().any(|parameter| parameter.argument == told.name);
        let may = |told: &&Told| code(told) && (!self.deed.mutates() || !given(told));
        let codes = || self.told.iter().filter(may);
        let about = |entity: &str| codes().find(|told| told.concept.entity == entity);
        let own = about(&self.endpoint.intent.object);
        // "order" is a verb, too, so that no object is found in `create_order`.
        let named = || words(&self.endpoint.name).iter().find_map(|word| about(&singular(word)));
        let only = || {
            let mut others = codes().filter(|told| !given(told));
            others.next().filter(|_| others.next().is_none())
        };
        own.or_else(named).or_else(only)
    }

    /// What its table is keyed by: the key, or what things are called where they have none.
    pub fn key(&self) -> Option<&Told> {
        let label = || self.told.get(label(&self.told, &self.endpoint.intent.object)?);
        self.id().or_else(|| label().filter(|_| self.deed == Deed::Search))
    }

    /// Whether an argument comes from the thing that the call is about.
    pub fn takes_from_thing(&self, argument: &str) -> bool {
        self.keys.iter().any(|key| key.beside.iter().any(|beside| beside == argument))
    }
}

/// What things without keys go by.
struct Label {
    /// The field of the answer, and the argument of later calls.
    name: String,
    /// What is called so.
    entity: String,
}

/// The labels of searches that do not ask for them.
fn labels(sites: &[Result<Site<'_>, String>]) -> Vec<Label> {
    let found = sites.iter().flatten().filter(|site| site.deed == Deed::Search && site.id().is_none());
    let label = |site: &Site<'_>| {
        let told = site.key()?;
        let asked = site.given.iter().any(|given| given.argument == told.name);
        (!asked).then(|| Label { name: told.name.clone(), entity: told.concept.entity.clone() })
    };
    found.filter_map(label).collect()
}

/// Whether a parameter names a thing that a search found by its label, and not a thing that comes into being.
fn names_found(parameter: &Parameter, endpoint: &Endpoint, labels: &[Label]) -> bool {
    const MAKING: [&str; 9] =
        ["add", "create", "insert", "make", "new", "post", "publish", "register", "save"];
    let Some(label) = labels.iter().find(|label| label.name == parameter.argument) else { return false };
    let first = words(&endpoint.name).into_iter().next().unwrap_or_default();
    let makes = MAKING.contains(&first.as_str()) && endpoint.intent.object == label.entity;
    let unqualified = matches!(label.name.as_str(), "name" | "title");
    let adds = endpoint.effect == Effect::Write && endpoint.intent.verb != Verb::Update;
    parameter.required && !makes && !(unqualified && adds)
}

/// The sites of a tool's endpoints, each with the reason where there is none.
pub(super) fn sites(endpoints: &[Endpoint]) -> Vec<Result<Site<'_>, String>> {
    let all = |labels: &[Label]| -> Vec<Result<Site<'_>, String>> {
        endpoints.iter().map(|endpoint| site(endpoint, endpoints, labels)).collect()
    };
    let mut found = all(&[]);
    let labels = labels(&found);
    if !labels.is_empty() {
        found = all(&labels);
    }
    priced_in_many(&mut found);
    let givers: Vec<(usize, Vec<Told>)> = found
        .iter()
        .enumerate()
        .filter_map(|(at, site)| site.as_ref().ok().map(|site| (at, site)))
        .filter(|(_, site)| site.deed == Deed::Search && site.keys.is_empty())
        .map(|(at, site)| (at, site.key().cloned().into_iter().collect()))
        .collect();
    for at in 0..found.len() {
        let Some(Ok(site)) = found.get(at) else { continue };
        let producers: Vec<_> = site.keys.iter().map(|key| producers(key, &givers)).collect();
        let beside: Vec<_> = producers.iter().map(|all| beside(site, all, &found)).collect();
        let Some(Ok(site)) = found.get_mut(at) else { continue };
        for ((key, producers), beside) in site.keys.iter_mut().zip(producers).zip(beside) {
            (key.producers, key.beside) = (producers, beside);
        }
        if site.keys.len() > 1 {
            found[at] = Err("needs two keys at once".to_owned());
        } else if let Some(key) = site.keys.iter().find(|key| key.producers.is_empty()) {
            found[at] = Err(format!("needs the key {:?}, which no search of the tool gives", key.argument));
        }
    }
    found
}

/// Where answers say which currency they are in, amounts are numbers: an amount of money is in the domain's own currency.
fn priced_in_many(sites: &mut [Result<Site<'_>, String>]) {
    let currency = |told: &Told| told.model == Model::Place(Part::Currency);
    if !sites.iter().flatten().any(|site| site.told.iter().any(currency)) {
        return;
    }
    for site in sites.iter_mut().flatten() {
        let (told, given) = (&mut site.told, &mut site.given);
        let models = told.iter_mut().map(|told| &mut told.model);
        for model in models.chain(given.iter_mut().map(|given| &mut given.model)) {
            if let Model::Money(range) = model {
                *model = Model::Number(*range);
            }
        }
    }
}

fn producers(key: &KeyParameter, givers: &[(usize, Vec<Told>)]) -> Vec<(usize, String)> {
    let both_codes = |told: &Told| told.concept.is_identifier() && key.concept.is_identifier();
    let fits = |told: &&Told| {
        let same = told.concept.entity == key.concept.entity || key.argument == "id";
        told.name == key.argument || (both_codes(told) && same)
    };
    let all = givers.iter().filter_map(|(at, told)| Some((*at, told.iter().find(fits)?.name.clone())));
    all.take(3).collect()
}

/// What a call that names a thing by its label takes from it beside: places, times and kinds that all its givers tell.
fn beside(site: &Site<'_>, producers: &[(usize, String)], found: &[Result<Site<'_>, String>]) -> Vec<String> {
    let by_label = |(giver, field): &(usize, String)| {
        let Some(Ok(giver)) = found.get(*giver) else { return None };
        giver.id().is_none_or(|id| id.name != *field).then_some(giver)
    };
    let givers: Option<Vec<&Site<'_>>> = producers.iter().map(by_label).collect();
    let Some(givers) = givers.filter(|givers| !givers.is_empty() && site.deed != Deed::Update) else {
        return vec![];
    };
    let says_which = |given: &&Given| {
        use SlotKind::{Address, Category, Date, Name, Text, Time};
        matches!(given.model.kind(), Address | Category | Date | Name | Text | Time)
    };
    let told = |given: &&Given| {
        let same = |told: &Told| told.name == given.argument && told.model.kind() == given.model.kind();
        givers.iter().all(|giver| giver.told.iter().any(same)) && site.alone(&given.argument)
    };
    let all = site.given.iter().filter(says_which).filter(|given| given.required).filter(told);
    all.map(|given| given.argument.clone()).collect()
}

fn site<'a>(endpoint: &'a Endpoint, siblings: &[Endpoint], labels: &[Label]) -> Result<Site<'a>, String> {
    let mut given = Vec::new();
    let mut keys = Vec::new();
    let mut folds = Vec::new();
    let mut left_out = Vec::new();
    let (listed, mut told) = told(endpoint);
    let paging = paged(endpoint).filter(|_| listed && endpoint.effect == Effect::Read);
    let visible: Vec<&Parameter> = endpoint.visible().collect();
    for parameter in visible.iter().copied() {
        if paging.as_ref().is_some_and(|paging| paging.has(&parameter.argument)) {
            continue;
        }
        if let Some((fold, models)) = folded(parameter, &visible, &|item| of_parameter(item, siblings)) {
            let give = |(part, model): (&String, Model)| Given {
                argument: part.clone(),
                model,
                required: parameter.required,
                description: parameter.description.clone(),
                limits: Limits::default(),
            };
            given.extend(fold.parts.iter().zip(models).map(give));
            folds.push(fold);
            continue;
        }
        let is_key = parameter.role == Role::Identifier;
        if (is_key && parameter.required) || names_found(parameter, endpoint, labels) {
            let (argument, concept) = (parameter.argument.clone(), parameter.concept.clone());
            keys.push(KeyParameter { argument, concept, producers: vec![], beside: vec![] });
            continue;
        }
        match of_parameter(parameter, siblings) {
            Some(model) if !is_key && (parameter.required || !is_form(parameter)) => given.push(Given {
                argument: parameter.argument.clone(),
                model,
                required: parameter.required,
                description: parameter.description.clone(),
                limits: Limits::of(&parameter.shape),
            }),
            None if parameter.required => {
                return Err(unknown(parameter));
            }
            _ => left_out.push(parameter.argument.clone()),
        }
    }
    told.retain(|told| !given.iter().any(|given| echoes(told, given)));
    let deed = deed(endpoint, listed, &keys, &given)?;
    if told.is_empty() && matches!(deed, Deed::Search | Deed::Get) {
        return Err("nothing is known of its answer that can be said aloud".to_owned());
    }
    if deed == Deed::Update && given.iter().all(|given| !given.required) {
        return Err("changes nothing that it requires".to_owned());
    }
    let paging = paging.filter(|_| deed == Deed::Search);
    Ok(Site { endpoint, deed, given, keys, told, folds, paging, left_out })
}

/// What an endpoint does in a world, by what it takes and tells.
fn deed(endpoint: &Endpoint, listed: bool, keys: &[KeyParameter], given: &[Given]) -> Result<Deed, String> {
    let verb = endpoint.intent.verb;
    // What is named by its label and given nothing has no record to change: that a song is played is noted.
    let by_code = keys.iter().any(|key| key.concept.is_identifier());
    let changes = (by_code && !given.is_empty()) || given.iter().any(|given| given.required);
    Ok(match endpoint.effect {
        Effect::Read if listed && keys.is_empty() => Deed::Search,
        Effect::Read => Deed::Get,
        Effect::Write if verb == Verb::Update && !keys.is_empty() && changes => Deed::Update,
        Effect::Write => Deed::Insert,
        Effect::Destructive if keys.is_empty() => return Err("takes away what it does not name".to_owned()),
        Effect::Destructive => Deed::Delete,
    })
}

/// Why nobody can give a parameter.
fn unknown(parameter: &Parameter) -> String {
    let plain = |choice: &Json| choice.as_str().map_or_else(|| choice.to_string(), str::to_owned);
    let choices: Vec<String> = parameter.shape.choices.iter().take(12).map(plain).collect();
    let why = match () {
        () if parameter.shape.is_empty() => "which no value fits".to_owned(),
        () if choices.is_empty() => {
            "of which no value is known that people could say; an enum or an example would show one"
                .to_owned()
        }
        () => format!("whose choices can't be said aloud: {}", choices.join(", ")),
    };
    format!("requires {:?}, {why}", parameter.argument)
}

/// Whether a field only says again what was given under another name (`from` of `from_currency`, `original_text` of
/// `text`): rows of their own would say something else.
fn echoes(told: &Told, given: &Given) -> bool {
    let (field, argument) = (told.name.as_str(), given.argument.as_str());
    let parts = |long: &str, short: &str| {
        let rest = long.strip_prefix(short).or_else(|| long.strip_suffix(short));
        rest.is_some_and(|rest| rest.starts_with('_') || rest.ends_with('_'))
    };
    let again = ["original", "source", "input", "requested"];
    let said_again = field.split('_').any(|word| again.contains(&word)) && parts(field, argument);
    let place =
        matches!((&told.model, &given.model), (Model::Place(one), Model::Place(other)) if one == other);
    field != argument
        && told.model.kind() == given.model.kind()
        && (said_again || (place && parts(argument, field)))
}

/// Whether an optional parameter steers the form of the answer, which no user asks for.
fn is_form(parameter: &Parameter) -> bool {
    let name = parameter.name.to_lowercase();
    let bound = ["min", "max", "before", "after", "start", "end", "from"];
    parameter.role == Role::Control && !bound.iter().any(|part| name.contains(part))
}

fn of_parameter(parameter: &Parameter, siblings: &[Endpoint]) -> Option<Model> {
    let shown = parameter.examples.first().or(parameter.default.as_ref());
    let model = Model::of(Hint {
        name: &parameter.name,
        concept: &parameter.concept,
        shape: &parameter.shape,
        description: &parameter.description,
        example: shown,
    });
    match model {
        // A text of which nothing is known is one of those that the tool's own answers show, if they show any; one that
        // is required takes the value that the source shows.
        Some(Model::Title) | None => {
            let free = matches!(parameter.shape.kind, Kind::Text(Format::Plain) | Kind::Unknown)
                && parameter.shape.choices.is_empty();
            let choices = if free { shown_choices(parameter, siblings) } else { None };
            let shown = || shown.filter(|_| parameter.required)?.as_str().and_then(Model::shown);
            choices.map(Model::Choice).or(model).or_else(shown)
        }
        model => model,
    }
}

/// Words that answers show where they speak of a parameter: `room_type` in `room_types[].type`.
fn shown_choices(parameter: &Parameter, siblings: &[Endpoint]) -> Option<Vec<String>> {
    let name = slug(&parameter.name);
    let (of, leaf) = name.rsplit_once('_')?;
    let mut shown = BTreeSet::new();
    for endpoint in siblings {
        for field in &endpoint.response.fields {
            let mut steps = field.pointer.rsplit('/');
            let (last, list) = (steps.next()?, steps.find(|step| *step != "*").unwrap_or_default());
            if last == leaf && slug(list).starts_with(of) {
                endpoint
                    .response
                    .examples
                    .iter()
                    .for_each(|example| all_at(example, &field.pointer, &mut shown));
            }
        }
    }
    let sayable =
        |text: &String| text.len() < 24 && text.chars().all(|c| c.is_alphabetic() || c == ' ' || c == '-');
    (shown.len() > 1 && shown.iter().all(sayable)).then(|| shown.into_iter().collect())
}

/// All texts that a pointer with `*` for list items points at.
fn all_at(value: &Json, pointer: &str, found: &mut BTreeSet<String>) {
    let Some((step, rest)) = pointer.strip_prefix('/').map(|path| path.split_once('/').unwrap_or((path, "")))
    else {
        found.extend(value.as_str().map(str::to_owned));
        return;
    };
    let rest = if rest.is_empty() { String::new() } else { format!("/{rest}") };
    match (step, value) {
        ("*", Json::Array(items)) => items.iter().for_each(|item| all_at(item, &rest, found)),
        (name, Json::Object(fields)) => {
            if let Some(inner) = fields.get(name) {
                all_at(inner, &rest, found);
            }
        }
        _ => {}
    }
}
