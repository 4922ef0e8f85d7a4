//! The words of the built-in speakers: grammar and reader of one troupe of domains.

use std::sync::Arc;

use goalconvo_core::{
    Act, AssistantView, Domain, Persona, Purpose, Reading, Rng, Role, Turn, UserView, Utterance,
};
use goalconvo_nlg::{Error, Grammar, Heard, Lexicon, Pack, Style, Wording};

/// Grammar and reader over some domains; cloning shares them.
#[derive(Clone, Debug)]
pub struct Words {
    grammar: Arc<Grammar>,
    style: Style,
}

/// So many utterances back the grammar looks, for ellipsis and against repetition.
const MEMORY: usize = 4;

impl Words {
    /// The words of these domains in English.
    ///
    /// # Errors
    /// The language pack or a domain's wording can't be used.
    pub fn new(domains: &[Arc<Domain>]) -> Result<Self, Error> {
        Ok(Words { grammar: Arc::new(Grammar::new(Pack::english()?, domains)?), style: Style::default() })
    }

    /// Reads what a role says.
    pub fn reader(&self) -> impl Fn(Role, &str) -> Reading + Sync + use<> {
        let lexicon: Arc<Lexicon> = self.grammar.lexicon().clone();
        move |role, text| lexicon.read(role, text)
    }

    /// What a role says, read.
    pub(crate) fn read(&self, role: Role, text: &str) -> Reading {
        self.grammar.lexicon().read(role, text)
    }

    /// The user's acts in words.
    pub(crate) fn user(&self, view: &UserView<'_>, acts: &[Act]) -> Result<String, Error> {
        let heard: Vec<(Role, &Utterance)> = view.heard().rev().take(MEMORY).collect();
        self.word(Role::User, view.persona(), &heard, acts, view.rng(Purpose::Words))
    }

    /// The assistant's acts in words.
    pub(crate) fn assistant(&self, view: &AssistantView<'_>, acts: &[Act]) -> Result<String, Error> {
        let heard = view.turns().iter().rev().filter_map(|turn| match turn {
            Turn::User(said) => Some((Role::User, said)),
            Turn::Assistant(said) if !said.text.is_empty() => Some((Role::Assistant, said)),
            _ => None,
        });
        let heard: Vec<(Role, &Utterance)> = heard.take(MEMORY).collect();
        self.word(Role::Assistant, view.persona(), &heard, acts, view.rng(Purpose::Words))
    }

    /// Words acts after what was heard, latest first.
    fn word(
        &self,
        role: Role,
        persona: &Persona,
        heard: &[(Role, &Utterance)],
        acts: &[Act],
        mut rng: Rng,
    ) -> Result<String, Error> {
        let heard: Vec<Heard<'_>> = heard
            .iter()
            .rev()
            .map(|(role, said)| Heard { role: *role, text: &said.text, acts: &said.acts })
            .collect();
        let wording = Wording { role, acts, traits: &persona.traits, heard: &heard, style: &self.style };
        self.grammar.word(&wording, &mut rng).map(|worded| worded.text)
    }
}
