//! The words of the built-in speakers: grammar and reader of one troupe of domains.

use std::sync::{Arc, Mutex, PoisonError};

use goalconvo_core::{
    Act, AssistantView, Domain, Origin, Persona, Purpose, Reading, Rng, Role, Turn, UserView, Utterance,
};
pub use goalconvo_nlg::Glossary;
use goalconvo_nlg::{Bank, Error, Grammar, Heard, Lexicon, Pack, Style, Wording};

/// Grammar and reader over some domains; cloning shares them.
#[derive(Clone, Debug)]
pub struct Words {
    grammar: Arc<Grammar>,
    /// What was read in the words of the dialogue at hand while they were made or weighed. A reading follows from the
    /// words alone, so the judge need not read them once more.
    read: Option<Arc<Mutex<Vec<Read>>>>,
}

/// How the built-in speakers word what they do, the same for a whole run.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// The variety of the language.
    pub style: Style,
    /// Templates of a corpus, to be taken before the grammar's words where they fit.
    pub bank: Option<Arc<Bank>>,
}

/// The varieties of the language, by name.
///
/// # Errors
/// The language pack can't be used.
pub fn varieties() -> Result<Vec<(&'static str, Style)>, Error> {
    let pack = Pack::english()?;
    Ok(pack.varieties().filter_map(|name| Some((name, pack.style(name)?))).collect())
}

/// What a linguist should look at in a language pack: its files with their names, or the built-in one without any.
/// Empty for a pack in good order.
///
/// # Errors
/// A file is missing, or has a mistake: the message says file and line.
pub fn lint(files: &[(String, String)]) -> Result<Vec<String>, Error> {
    if files.is_empty() {
        return Ok(Pack::english()?.lint());
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Ok(Pack::parse(&files)?.lint())
}

/// Who said what, and what is read in it.
type Read = (Role, String, Reading);

/// So many utterances back the grammar looks, for ellipsis and against repetition.
const MEMORY: usize = 6;

impl Words {
    /// The words of these domains in English.
    ///
    /// # Errors
    /// The language pack or a domain's wording can't be used.
    pub fn new(domains: &[Arc<Domain>]) -> Result<Self, Error> {
        Words::with(&Glossary::default(), domains, &Manner::default())
    }

    /// The words of these domains in this manner, with what the glossary keeps of single domains: for many sets of
    /// the same ones.
    ///
    /// # Errors
    /// The language pack or a domain's wording can't be used.
    pub fn with(glossary: &Glossary, domains: &[Arc<Domain>], manner: &Manner) -> Result<Self, Error> {
        let mut grammar = Grammar::with(glossary, Pack::english()?, domains, manner.style)?;
        if let Some(bank) = &manner.bank {
            grammar = grammar.with_bank(bank.clone());
        }
        Ok(Words { grammar: Arc::new(grammar), read: None })
    }

    /// The same words for one dialogue: what they mean is read once.
    pub(crate) fn for_one_dialogue(&self) -> Self {
        Words { read: Some(Arc::default()), ..self.clone() }
    }

    /// Reads what a role says.
    pub fn reader(&self) -> impl Fn(Role, &str) -> Reading + Sync + use<> {
        let lexicon: Arc<Lexicon> = self.grammar.lexicon().clone();
        let read = self.read.clone();
        move |role, text| {
            let known = read.as_ref().and_then(|read| {
                let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
                let at = read.iter().position(|(by, said, _)| *by == role && said == text)?;
                Some(read.swap_remove(at).2)
            });
            known.unwrap_or_else(|| lexicon.read(role, text))
        }
    }

    /// What a role says, read; within one dialogue once for whoever asks.
    pub(crate) fn read(&self, role: Role, text: &str) -> Reading {
        let Some(read) = &self.read else { return self.grammar.lexicon().read(role, text) };
        let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, known)) = read.iter().find(|(by, said, _)| *by == role && said == text) {
            return known.clone();
        }
        let reading = self.grammar.lexicon().read(role, text);
        read.push((role, text.to_owned(), reading.clone()));
        reading
    }

    /// The user's acts in words.
    pub(crate) fn user(&self, view: &UserView<'_>, acts: &[Act]) -> Result<(String, Origin), Error> {
        let heard: Vec<(Role, &Utterance)> = view.heard().rev().take(MEMORY).collect();
        self.word(Role::User, view.persona(), &heard, acts, view.rng(Purpose::Words))
    }

    /// The assistant's acts in words.
    pub(crate) fn assistant(
        &self,
        view: &AssistantView<'_>,
        acts: &[Act],
    ) -> Result<(String, Origin), Error> {
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
    ) -> Result<(String, Origin), Error> {
        let heard: Vec<Heard<'_>> = heard
            .iter()
            .rev()
            .map(|(role, said)| Heard { role: *role, text: &said.text, acts: &said.acts })
            .collect();
        let wording = Wording { role, acts, traits: &persona.traits, heard: &heard };
        let worded = self.grammar.word(&wording, &mut rng)?;
        if let Some(read) = &self.read {
            let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
            read.push((role, worded.text.clone(), worded.reading));
        }
        let origin = if worded.mined { Origin::Mined } else { Origin::Grammar };
        Ok((worded.text, origin))
    }
}
