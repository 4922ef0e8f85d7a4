//! Names of places: the corpus writes them in many ways, the databases in one.

use std::collections::BTreeMap;

/// What annotators wrote for names that no rule brings together.
const ALIASES: &[(&str, &str)] = &[
    ("rosas", "rosas bed and breakfast"),
    ("cityroomz", "cityroomz"),
    ("el shaddia", "el shaddai"),
    ("huntingdon hotel", "huntingdon marriott hotel"),
    ("marriott", "huntingdon marriott hotel"),
    ("express holiday inn", "express by holiday inn cambridge"),
    ("holiday inn", "express by holiday inn cambridge"),
    ("worth", "worth house"),
    ("wartworth", "warkworth house"),
    ("warkworth", "warkworth house"),
    ("cafe jello galery", "cafe jello gallery"),
    ("belfry", "the cambridge belfry"),
    ("rajmahal", "rajmahal"),
    ("christs college", "christ college"),
    ("saint johns", "saint johns college"),
    ("cineworld", "cineworld cinema"),
    ("man on the moon", "the man on the moon"),
    ("gandhi", "the gandhi"),
    ("kohinoor", "kohinoor"),
    ("nirala", "the nirala"),
    ("golden house", "golden house"),
    ("scudamores", "scudamores punting co"),
    ("downing", "downing college"),
    ("pizza express fenditton", "pizza express Fen Ditton"),
];

/// Names of one kind of place, by their simplest form.
#[derive(Debug, Default)]
pub(super) struct Venues {
    by_form: BTreeMap<String, String>,
}

impl Venues {
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut by_form = BTreeMap::new();
        for name in names {
            by_form.insert(form(name), name.to_owned());
        }
        let aliases: Vec<_> = ALIASES
            .iter()
            .filter_map(|(alias, name)| Some((form(alias), by_form.get(&form(name))?.clone())))
            .collect();
        for (alias, name) in aliases {
            by_form.entry(alias).or_insert(name);
        }
        Venues { by_form }
    }

    /// The name as the database has it, if it is clear which is meant.
    pub(super) fn find(&self, text: &str) -> Option<&str> {
        let wanted = form(text);
        if wanted.is_empty() {
            return None;
        }
        if let Some(name) = self.by_form.get(&wanted) {
            return Some(name);
        }
        let close = |(known, _): &(&String, &String)| {
            let (long, short) = if known.len() > wanted.len() {
                (known.as_str(), wanted.as_str())
            } else {
                (wanted.as_str(), known.as_str())
            };
            short.len() >= 5 && format!(" {long} ").contains(&format!(" {short} "))
        };
        let mut inside: Vec<&String> = self.by_form.iter().filter(close).map(|(_, name)| name).collect();
        inside.sort();
        inside.dedup();
        if let [only] = inside.as_slice() {
            return Some(only);
        }
        let mut near: Vec<&String> = self
            .by_form
            .iter()
            .filter(|(known, _)| typed_wrong(known, &wanted))
            .map(|(_, name)| name)
            .collect();
        near.sort();
        near.dedup();
        match near.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// A name without case, articles, punctuation and words that are left out at will.
fn form(name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .replace(" 's", "s")
        .replace('&', " and ")
        .chars()
        .filter(|c| *c != '\'' && *c != '’')
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let joined = plain
        .replace("guest house", "guesthouse")
        .replace("center", "centre")
        .replace("bed and breakfast", "bnb")
        .replace("b and b", "bnb");
    let dropped =
        ["the", "restaurant", "hotel", "guesthouse", "bnb", "cambridge", "museum", "a", "and", "of"];
    let words: Vec<&str> =
        joined.split_whitespace().map(|word| if word == "st" { "saint" } else { word }).collect();
    let kept: Vec<&str> = words.iter().copied().filter(|word| !dropped.contains(word)).collect();
    if kept.is_empty() { words.join(" ") } else { kept.join(" ") }
}

/// Whether two forms differ by one letter added, left out or replaced, in a name long enough to be sure.
fn typed_wrong(known: &str, wanted: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (known.chars().collect(), wanted.chars().collect());
    if a.len() < 6 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y).count();
    a.len().max(b.len()) - start - end <= 1
}
