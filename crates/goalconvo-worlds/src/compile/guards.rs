//! What the deeds of a compiled world refuse: stretches of time that end before they begin, more than is sold at once,
//! what members alone may do.

use super::layout::MEMBERS_ONLY;
use super::model::Model;
use super::site::Site;
use super::spoken::spoken;

/// The most that is sold at once.
const MOST: i64 = 20;

/// A guard as a domain folder has it, with the rule behind it.
pub(super) struct Guarded {
    pub rule: String,
    /// What the assistant says.
    pub sentence: String,
    pub text: String,
}

/// The end of a stretch of time comes after its beginning.
pub(super) fn stretch(site: &Site<'_>) -> String {
    let dates = site.dates();
    let days = match dates.as_slice() {
        [from, to] => Some((*from, *to)),
        _ => None,
    };
    let guard = |(from, to): (&str, &str)| {
        format!(
            "[[tools.guards]]\nholds = \"{to} > {from}\"\nerror = \"unavailable\"\nmessage = \"the end has to come after the beginning\"\n"
        )
    };
    days.or_else(|| site.times()).map(guard).unwrap_or_default()
}

/// What is said beside a name has to be true of the thing.
pub(super) fn agree(site: &Site<'_>) -> String {
    let beside = site.keys.iter().flat_map(|key| &key.beside);
    let guard = |name: &String| {
        format!(
            "[[tools.guards]]\nholds = \"thing.{name} == {name}\"\nerror = \"not_found\"\nmessage = \"there is none with this {name}\"\n"
        )
    };
    beside.map(guard).collect()
}

/// Nobody gets more than so many at once: out of policy.
pub(super) fn most(site: &Site<'_>, taken: &[&str]) -> Option<Guarded> {
    let counted = |model: &Model| matches!(model, Model::Count(range) if range.high > MOST);
    let given = site
        .given
        .iter()
        .find(|given| given.required && counted(&given.model) && taken.contains(&given.argument.as_str()))?;
    let argument = &given.argument;
    let unit = spoken(argument, &given.model).unit.map_or_else(|| "of these".to_owned(), |(_, many)| many);
    let rule = format!("most_{argument}");
    let text = format!(
        "[[tools.guards]]\nholds = \"{argument} <= {MOST}\"\nerror = \"policy\"\nrule = \"{rule}\"\nmessage = \"too many at once\"\n"
    );
    Some(Guarded { rule, sentence: format!("No more than twenty {unit} can be had at once."), text })
}

/// Members alone may do it with this one: not permitted.
pub(super) fn of_members(row: &str) -> Guarded {
    let text = format!(
        "[[tools.guards]]\nholds = \"{row}.{MEMBERS_ONLY} == false\"\nerror = \"permission\"\nrule = \"{MEMBERS_ONLY}\"\nmessage = \"for members only\"\n"
    );
    Guarded {
        rule: MEMBERS_ONLY.to_owned(),
        sentence: "This one is reserved for members, so I can't do that for you.".to_owned(),
        text,
    }
}
