//! Names: words out of identifiers, and identifiers that a function-calling model accepts.
//!
//! Sources name things `getPetById`, `/v1/chucknorris`, `* Search` or `機票`; a model accepts
//! `[a-zA-Z0-9_-]{1,64}`. The map back is kept in the registry, so nothing is guessed when a call returns.

use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The longest name that the common function-calling interfaces accept.
pub const LONGEST_NAME: usize = 64;

/// The lowercase words of an identifier or a phrase: camel case, snake case and punctuation all divide.
pub fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (index, &character) in characters.iter().enumerate() {
        // `IDs` is one word: a plural's `s` does not make the capital before it the start of another.
        let plural = characters.get(index + 1) == Some(&'s')
            && characters.get(index + 2).is_none_or(|after| !after.is_lowercase());
        let starts_word = character.is_uppercase()
            && index > 0
            && !(plural && characters[index - 1].is_uppercase())
            && (characters[index - 1].is_lowercase()
                || characters[index - 1].is_uppercase()
                    && characters.get(index + 1).is_some_and(|next| next.is_lowercase()));
        if (starts_word || !character.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A plural English noun in the singular; other words unchanged.
pub fn singular(word: &str) -> String {
    const UNCHANGED: [&str; 13] = [
        "status", "address", "news", "series", "species", "sms", "gps", "dns", "bus", "process", "business",
        "analysis", "ids",
    ];
    if word == "ids" {
        return "id".into();
    }
    let uninflected = UNCHANGED.contains(&word) || word.len() < 4 || !word.is_ascii();
    if uninflected || word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        return word.into();
    }
    if let Some(stem) = word.strip_suffix("ies") {
        // What ends in "ie" is short, or one of these.
        const IN_IE: [&str; 8] = ["calor", "cook", "coll", "gen", "mov", "rook", "smooth", "zomb"];
        let in_ie = stem.len() < 2 || IN_IE.contains(&stem);
        return format!("{stem}{}", if in_ie { "ie" } else { "y" });
    }
    for ending in ["ches", "shes", "xes", "sses", "zes"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].into();
        }
    }
    word.strip_suffix('s').unwrap_or(word).into()
}

/// A name for identifiers: lowercase ASCII words joined by `_`. What has no ASCII letters at all becomes `x` and
/// a fingerprint, so that two such names stay two.
pub fn slug(name: &str) -> String {
    let ascii: Vec<String> = words(name)
        .into_iter()
        .map(|word| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect();
    if ascii.is_empty() {
        return format!("x{}", fingerprint(name.as_bytes()));
    }
    ascii.join("_")
}

/// Eight hexadecimal digits that stand for some bytes.
pub fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// True if the common function-calling interfaces accept the name as it is.
pub fn is_fit(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// A fit name as near to `wanted` as possible that `taken` does not hold yet; it is added to `taken`.
/// `identity` makes the tail of shortened and of colliding names, so it should be unique and stable.
pub fn fit(wanted: &str, identity: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = if is_fit(wanted) { wanted.to_owned() } else { slug(wanted) };
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, 'n');
    }
    if name.len() > LONGEST_NAME {
        name = with_tail(&name, &fingerprint(identity.as_bytes()));
    }
    let mut round = 0;
    while !taken.insert(name.clone()) {
        round += 1;
        name = with_tail(&name, &fingerprint(format!("{identity}#{round}").as_bytes()));
    }
    name
}

fn with_tail(name: &str, tail: &str) -> String {
    let room = LONGEST_NAME - tail.len() - 1;
    let kept: String = name.chars().take(room).collect();
    format!("{}_{tail}", kept.trim_end_matches('_'))
}
