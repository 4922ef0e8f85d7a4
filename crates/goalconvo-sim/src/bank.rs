//! A bank of templates from a corpus of dialogues that a user brings.

use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{Dialogue, Domain, Role, Turn, Utterance};
use goalconvo_nlg::{Context, Error, Grammar, Mined, Pack, Template};

/// What a corpus gave: templates in order, and how many utterances became one or why not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quarry {
    /// The templates with how often they are said.
    pub templates: Vec<Template>,
    /// Utterances by what became of them: `template`, or the reason why there is none.
    pub utterances: BTreeMap<&'static str, usize>,
}

/// Takes templates out of the dialogues of a corpus that is about these domains.
///
/// # Errors
/// The domains can't be worded.
pub fn mine<'a>(
    domains: &[Arc<Domain>],
    dialogues: impl IntoIterator<Item = &'a Dialogue>,
) -> Result<Quarry, Error> {
    let grammar = Grammar::new(Pack::english()?, domains)?;
    let mut counts: BTreeMap<Template, u32> = BTreeMap::new();
    let mut quarry = Quarry::default();
    for dialogue in dialogues {
        let mut context = Context::default();
        for turn in &dialogue.turns {
            let (role, said): (Role, &Utterance) = match turn {
                Turn::User(said) => (Role::User, said),
                Turn::Assistant(said) if !said.text.is_empty() => (Role::Assistant, said),
                _ => continue,
            };
            let became = match grammar.mine(role, &said.text, &said.acts, &mut context) {
                Mined::Template(template) => {
                    *counts.entry(template).or_default() += 1;
                    "template"
                }
                Mined::Acts => "acts that no bank keeps",
                Mined::Missing => "a value that is not in the words",
                Mined::Literal => "a value, name or number that no act has",
                Mined::Cue => "words that do what no act does",
            };
            *quarry.utterances.entry(became).or_default() += 1;
        }
    }
    let counted = counts.into_iter().map(|(template, count)| Template { count, ..template });
    quarry.templates = counted.collect();
    Ok(quarry)
}
