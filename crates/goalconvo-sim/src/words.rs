//! The words of the built-in speakers: grammar and reader of one troupe of domains.

use std::sync::{Arc, Mutex, PoisonError};

use goalconvo_core::{
    Act, AssistantView, Domain, Origin, Persona, Purpose, Reading, Rng, Role, Turn, UserView, Utterance,
};
pub use goalconvo_nlg::Glossary;
use goalconvo_nlg::{Bank, Error, Grammar, Heard, Lexicon, Pack, Style, Trace, Wording};

/// Grammar and reader over some domains; cloning shares them.
#[derive(Clone, Debug)]
pub struct Words {
    grammar: Arc<Grammar>,
    /// What was read in the words of the dialogue at hand while they were made or weighed. A reading follows from the
    /// words alone, so the judge need not read them once more.
    known: Option<Arc<Mutex<Vec<Known>>>>,
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

/// An utterance of the dialogue at hand: what is read in it, and what it leaves in its speaker's memory.
#[derive(Debug)]
struct Known {
    role: Role,
    text: String,
    reading: Reading,
    trace: Arc<Trace>,
}

impl Known {
    fn is(&self, role: Role, text: &str) -> bool {
        self.role == role && self.text == text
    }
}

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
        Ok(Words { grammar: Arc::new(grammar), known: None })
    }

    /// The same words for one dialogue: what they mean is read once.
    pub(crate) fn for_one_dialogue(&self) -> Self {
        Words { known: Some(Arc::default()), ..self.clone() }
    }

    /// Reads what a role says.
    pub fn reader(&self) -> impl Fn(Role, &str) -> Reading + Sync + use<> {
        let lexicon: Arc<Lexicon> = self.grammar.lexicon().clone();
        let known = self.known.clone();
        move |role, text| {
            let read = known.as_ref().and_then(|known| {
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                let at = known.iter().position(|said| said.is(role, text))?;
                Some(known.swap_remove(at).reading)
            });
            read.unwrap_or_else(|| lexicon.read(role, text))
        }
    }

    /// What a role says, read; within one dialogue once for whoever asks.
    pub(crate) fn read(&self, role: Role, text: &str) -> Reading {
        let Some(known) = &self.known else { return self.grammar.lexicon().read(role, text) };
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(said) = known.iter().find(|said| said.is(role, text)) {
            return said.reading.clone();
        }
        let reading = self.grammar.lexicon().read(role, text);
        let trace = Arc::new(Trace::of(text));
        known.push(Known { role, text: text.to_owned(), reading: reading.clone(), trace });
        reading
    }

    /// What an utterance left in its speaker's memory.
    fn trace(&self, role: Role, text: &str) -> Arc<Trace> {
        let known = self.known.as_ref().and_then(|known| {
            let known = known.lock().unwrap_or_else(PoisonError::into_inner);
            known.iter().find(|said| said.is(role, text)).map(|said| said.trace.clone())
        });
        known.unwrap_or_else(|| Arc::new(Trace::of(text)))
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
            .map(|(by, said)| {
                // Speakers mind their own repetitions.
                let trace = if *by == role { self.trace(role, &said.text) } else { Arc::default() };
                Heard { role: *by, text: &said.text, acts: &said.acts, trace }
            })
            .collect();
        let wording = Wording { role, acts, traits: &persona.traits, heard: &heard };
        let worded = self.grammar.word(&wording, &mut rng)?;
        if let Some(known) = &self.known {
            let (text, trace) = (worded.text.clone(), Arc::new(worded.trace));
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            known.push(Known { role, text, reading: worded.reading, trace });
        }
        let origin = if worded.mined { Origin::Mined } else { Origin::Grammar };
        Ok((worded.text, origin))
    }
}
