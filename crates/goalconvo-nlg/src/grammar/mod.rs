//! The grammar: dialogue acts to words.
//!
//! An utterance is planned (which acts share a sentence, in what order), drawn from the pack's rules with the
//! domains' phrases in their holes, and read back by the lexicon. Words that do not say every value once, or say
//! another one, are thrown away and drawn again; when that keeps failing a plain form is taken, and when that is not
//! right either, it is an error: nothing wrong is ever said.

mod assistant;
mod banked;
mod check;
mod forms;
mod noise;
mod ranker;
mod speech;
mod user;
mod words;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use goalconvo_core::{Act, Domain, Reading, Rng, Role, Traits, Value};
use smol_str::SmolStr;

use crate::bank::Bank;
use crate::pack::{Pack, RuleId, Rules, Spoken, Style, Taste};
use crate::{Error, Glossary, Lexicon};
use forms::Manner;
use ranker::Memory;
pub use ranker::Trace;
pub(crate) use ranker::{opener, pairs};
use speech::Speech;
pub(crate) use words::DomainWords;

pub(crate) use banked::Filled;

/// Drawn so often before the plain form is taken.
const DRAWS: usize = 12;

/// Words acts about some domains.
#[derive(Clone, Debug)]
pub struct Grammar {
    pack: &'static Pack,
    style: Style,
    lexicon: Arc<Lexicon>,
    domains: BTreeMap<SmolStr, Arc<DomainWords>>,
    spoken: &'static Spoken,
    /// Domains and intents that are about a person.
    persons: Vec<(SmolStr, SmolStr)>,
    /// Whether users are on a journey.
    travel: bool,
    bank: Option<Arc<Bank>>,
}

/// What is to be worded.
#[derive(Clone, Copy, Debug)]
pub struct Wording<'a> {
    /// Who speaks.
    pub role: Role,
    /// What is to be said, in the order in which it was decided.
    pub acts: &'a [Act],
    /// The speaker's character.
    pub traits: &'a Traits,
    /// The last few utterances, oldest first.
    pub heard: &'a [Heard<'a>],
}

/// An utterance of before.
#[derive(Clone, Debug)]
pub struct Heard<'a> {
    /// Who spoke.
    pub role: Role,
    /// What was said.
    pub text: &'a str,
    /// What it did.
    pub acts: &'a [Act],
    /// What it left in the memory of who said it.
    pub trace: Arc<Trace>,
}

impl<'a> Heard<'a> {
    /// An utterance whose trace nobody has kept.
    pub fn new(role: Role, text: &'a str, acts: &'a [Act]) -> Self {
        Heard { role, text, acts, trace: Arc::new(Trace::of(text)) }
    }
}

/// Words, and where they say which act's value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worded {
    /// The utterance.
    pub text: String,
    /// Index of the act and the bytes that say its value, in the order of the text.
    pub mentions: Vec<(usize, Range<usize>)>,
    /// What the lexicon read in it.
    pub reading: Reading,
    /// What it leaves in the speaker's memory.
    pub trace: Trace,
    /// Whether a template of the bank said it, or the most of it.
    pub mined: bool,
}

impl Grammar {
    /// The grammar of these domains, in the variety that the pack is written in.
    ///
    /// # Errors
    /// The pack lacks a rule that the program starts from.
    pub fn new(pack: &'static Pack, domains: &[Arc<Domain>]) -> Result<Self, Error> {
        Grammar::with(&Glossary::default(), pack, domains, Style::default())
    }

    /// The grammar of these domains in one style, with what the glossary keeps of single domains.
    ///
    /// # Errors
    /// The pack lacks a rule that the program starts from.
    pub fn with(
        glossary: &Glossary,
        pack: &'static Pack,
        domains: &[Arc<Domain>],
        style: Style,
    ) -> Result<Self, Error> {
        let words = domains.iter().map(|domain| (domain.name.clone(), glossary.words(pack, domain, style)));
        let domain_words: BTreeMap<SmolStr, Arc<DomainWords>> = words.collect();
        let persons = domain_words.iter().flat_map(|(domain, words)| {
            let persons = words.intents.iter().filter(|(_, intent)| intent.person);
            persons.map(|(intent, _)| (domain.clone(), intent.clone()))
        });
        Ok(Grammar {
            pack,
            style,
            lexicon: Arc::new(Lexicon::with(glossary, pack, domains)),
            persons: persons.collect(),
            travel: domains.iter().any(|domain| domain.behaviour.travel),
            domains: domain_words,
            spoken: pack.spoken(style)?,
            bank: None,
        })
    }

    /// The lexicon of the same domains.
    pub fn lexicon(&self) -> &Arc<Lexicon> {
        &self.lexicon
    }

    /// Words the acts: every value once, and no other.
    ///
    /// # Errors
    /// An act names a domain, intent or slot that is not there, or has a value that no form of words says rightly.
    pub fn word(&self, wording: &Wording<'_>, rng: &mut Rng) -> Result<Worded, Error> {
        if let Some(worded) = self.banked(wording, rng) {
            return Ok(worded);
        }
        let mut wrong = String::new();
        let rankings = &self.pack.rankings;
        let ranking = if wording.role == Role::User { rankings.user } else { rankings.assistant };
        let ranking = if self.bank.is_some() { ranking.beside_bank() } else { ranking };
        let memory = Memory::of(wording.role, wording.heard);
        let who = self.who(wording);
        let mut turned_down = 0;
        for draw in 0..=DRAWS {
            let worded = self.draw(wording, draw == DRAWS, rng)?;
            let may = turned_down < ranking.candidates && draw < DRAWS;
            if may && !self.is_usual(&ranking, &worded, rng) {
                turned_down += 1;
                continue;
            }
            let trace = Trace::of(&worded.text);
            if may && !memory.admits(&ranking, &trace, worded.bits, rng) {
                turned_down += 1;
                continue;
            }
            match check::check(&self.lexicon, wording, &worded, who) {
                Ok(reading) => {
                    let worded = finish(worded, reading, trace);
                    #[cfg(feature = "derivations")]
                    crate::derivation::accept(wording.role, wording.acts, &worded);
                    return Ok(worded);
                }
                Err(why) => wrong = why,
            }
        }
        Err(Error::words(format!("acts that no words say rightly: {wrong}")))
    }

    fn draw<'a>(&'a self, wording: &Wording<'a>, plain: bool, rng: &mut Rng) -> Result<Speech<'a>, Error> {
        let manner =
            Manner { role: wording.role, plain, own_words: true, attributive: false, style: self.style };
        #[cfg(feature = "derivations")]
        crate::derivation::begin();
        let mut speech = Speech::new(self.pack, self.spoken, manner, taste(wording.traits));
        let plan = match wording.role {
            Role::User => user::plan,
            Role::Assistant => assistant::plan,
        };
        plan(self, wording, &mut speech, rng)?;
        speech.finish();
        if wording.role == Role::User && !plain {
            let care = wording.traits.typing;
            noise::type_as(&self.pack.morphology, &mut speech.text, &mut speech.marks, care, rng);
        }
        Ok(speech)
    }

    /// Whom an utterance is about, and whether its user has just said to come alone.
    fn who(&self, wording: &Wording<'_>) -> check::Who {
        let person = |act: &Act| {
            self.persons.iter().any(|(domain, intent)| {
                act.domain.as_ref() == Some(domain) && act.intent.as_ref() == Some(intent)
            })
        };
        let alone = |act: &Act| {
            act.value == Some(Value::Int(1))
                && self.slot(act).is_ok_and(|slot| {
                    slot.unit.iter().any(|(one, _)| self.pack.morphology.counts_people(one))
                })
        };
        let user = wording.role == Role::User;
        let heard = wording.heard.iter().filter(|heard| heard.role == Role::User);
        check::Who {
            travel: self.travel,
            person: !self.persons.is_empty() && wording.acts.iter().any(person),
            alone: user && wording.acts.iter().chain(heard.flat_map(|heard| heard.acts)).any(alone),
        }
    }

    fn slot(&self, act: &Act) -> Result<&words::SlotWords, Error> {
        let domain = self.domain(act)?;
        let name = act.slot.as_deref().unwrap_or_default();
        domain.slots.get(name).ok_or_else(|| Error::words(format!("no slot {name:?} for act {act:?}")))
    }

    fn intent(&self, act: &Act) -> Result<&words::IntentWords, Error> {
        let name = act.intent.as_deref().unwrap_or_default();
        let intents = &self.domain(act)?.intents;
        intents.get(name).ok_or_else(|| Error::words(format!("no intent {name:?} for act {act:?}")))
    }

    fn domain(&self, act: &Act) -> Result<&DomainWords, Error> {
        let name = act.domain.as_deref().unwrap_or_default();
        let domain = self.domains.get(name).map(|words| &**words);
        domain.ok_or_else(|| Error::words(format!("no domain {name:?} for act {act:?}")))
    }
}

fn finish(speech: Speech<'_>, reading: Reading, trace: Trace) -> Worded {
    let mut mentions: Vec<_> =
        speech.marks.into_iter().map(|mark| (mark.act, mark.start..mark.end)).collect();
    mentions.sort_by_key(|(_, span)| span.start);
    Worded { text: speech.text, mentions, reading, trace, mined: false }
}

/// What the speaker's character makes of the tags of alternatives.
fn taste(traits: &Traits) -> Taste {
    let high = |of: u8| u32::from(of) * 2;
    let low = |of: u8| u32::from(100 - of.min(100)) * 2;
    Taste([
        high(traits.politeness),
        low(traits.politeness),
        high(traits.verbosity),
        low(traits.verbosity),
        high(traits.literacy),
        low(traits.literacy),
    ])
}

macro_rules! rule_ids {
    ($($name:ident),* $(,)?) => {
        /// The rules that the program starts from, by name.
        #[derive(Clone, Debug)]
        pub(crate) struct RuleIds {
            $(pub(crate) $name: RuleId,)*
        }

        impl RuleIds {
            pub(crate) fn new(rules: &Rules) -> Result<Self, Error> {
                Ok(RuleIds { $($name: rules.id(stringify!($name))?,)* })
            }

            /// All of them.
            pub(crate) fn all(&self) -> Vec<RuleId> {
                vec![$(self.$name,)*]
            }
        }
    };
}

rule_ids! {
    again, again_count, again_day, aside_done, aside_request, assistant_aside, assistant_bye, assistant_confirm, assistant_count, assistant_count_all, assistant_count_one, assistant_count_plain, assistant_done, assistant_done_again, assistant_done_facts, assistant_fact_named, assistant_good, assistant_greet, assistant_hope, assistant_inform, assistant_inform_named, assistant_inform_record, assistant_more, assistant_narrow, assistant_needed, assistant_no_match, assistant_no_match_plain, assistant_no_match_tail, assistant_not_done, assistant_offer, assistant_offer_code, assistant_offer_intent, assistant_offer_intent_named, assistant_offer_says, assistant_count_offers, assistant_offer_tail, assistant_offers, assistant_way_on, assistant_which, assistant_question, assistant_question_two, assistant_record, assistant_refuse, assistant_request, assistant_sure, assistant_trouble, assistant_unable, assistant_welcome, fact, fact_flag, fact_join, fact_code, fact_own, fact_record, fact_their, fallback_after, fallback_says, it, list_and, list_comma, list_or, np_adj, np_tail, plain_fact, plain_flag, plain_labels, relative, the_slot, user_acknowledge, user_affirm, user_affirm_confirm, user_affirm_offer, user_affirm_vp, user_alternatives, user_answer_after, user_answer_before, user_answer_np, user_answer_record, user_answer_says, user_answer_task, user_answer_value, user_ask, user_ask_two, user_book_np, user_bye, user_close, user_close_thanks, user_correct, user_deny, user_deny_more, user_deny_wrong, user_dont_care, user_dont_care_flag, user_dont_care_named, user_extra, user_extra_after, user_give_up, user_good, user_greet, user_more_after, user_more_np, user_more_says, user_narrows, user_noted, user_reason, user_request, user_request_named, user_search, user_search_more, user_search_vp, user_select, user_select_first, user_select_label, user_select_last, user_select_second, user_sorry, user_thank, user_transact, user_transact_split, user_try_again, user_wish, user_wish_more, user_yes_more,
}
