//! The mined bank: sentences of a corpus that a user brings, without their values, by what they do.
//!
//! A template is kept under its signature: what its acts are, without their values. It holds `{restaurant.area}` where
//! the value stood; a text that held any other value, a name or a number is no template. Acts are said with one template
//! or with two, one after the other; where there are none, the grammar says it all. Filled templates are read back like
//! everything else.

mod fill;
mod mine;
mod signature;
mod usual;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Error;
pub use mine::{Context, Mined};
use usual::{Openers, Usual};

/// One line of a bank's file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Who speaks, and what it does: keys joined by spaces, in order.
    pub signature: String,
    /// The words, with keys in braces for values.
    pub text: String,
    /// How often the corpus says it.
    pub count: u32,
}

/// Templates by signature.
#[derive(Clone, Debug, Default)]
pub struct Bank {
    templates: BTreeMap<String, Vec<Filling>>,
    usual: Usual,
}

/// A template cut at its values.
#[derive(Clone, Debug)]
struct Filling {
    pieces: Vec<Piece>,
    weight: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// The value of the act with this key.
    Value(String),
}

/// In how many percent of the draws every template is as likely as any other; else as the corpus says it, and opens.
const UNIFORM: u32 = 40;

/// The grammar speaks as often as so many templates without values would.
const GRAMMAR: usize = 100;

/// In how many percent of the turns two templates, one for the first acts and one for the rest, go before one for all.
pub(crate) const SPLIT: u32 = 70;

impl Bank {
    /// The bank of these templates.
    ///
    /// # Errors
    /// A template does not say who speaks, has a brace too many, or names a value that its signature does not have.
    pub fn new(templates: &[Template]) -> Result<Self, Error> {
        let mut bank = Bank { usual: Usual::of(templates), ..Bank::default() };
        let openers = Openers::of(templates);
        for (at, template) in templates.iter().enumerate() {
            let pieces = pieces(template)
                .map_err(|what| Error::pack("bank", "", 0, format!("template {}: {what}", at + 1)))?;
            let filling = Filling { pieces, weight: openers.weight(template) };
            bank.templates.entry(template.signature.clone()).or_default().push(filling);
        }
        Ok(bank)
    }

    /// What words its corpus usually puts together.
    pub(crate) fn usual(&self) -> &Usual {
        &self.usual
    }

    /// How many templates there are.
    pub fn len(&self) -> usize {
        self.templates.values().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }
}

/// A template cut at its values; every value of the signature that is said stands once.
fn pieces(template: &Template) -> Result<Vec<Piece>, String> {
    if !signature::has_speaker(&template.signature) {
        return Err(format!("the signature {:?} does not begin with who speaks", template.signature));
    }
    let mut pieces = Vec::new();
    let mut rest = template.text.as_str();
    while let Some((text, after)) = rest.split_once('{') {
        let (key, after) = after.split_once('}').ok_or_else(|| format!("'{{' without '}}' in {rest:?}"))?;
        let known = template.signature.split(' ').any(|part| signature::hole(part) == Some(key));
        let twice = pieces.contains(&Piece::Value(key.to_owned()));
        if !known || twice {
            return Err(format!("{key:?} is not in the signature {:?}, or stands twice", template.signature));
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        pieces.push(Piece::Value(key.to_owned()));
        rest = after;
    }
    if rest.contains('}') {
        return Err(format!("'}}' without '{{' in {rest:?}"));
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}
