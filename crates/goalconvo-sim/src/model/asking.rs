//! What an assistant's questions ask for: a yes, a value, or whether to go on.

use std::collections::BTreeSet;

use goalconvo_core::{Act, ActKind, Cue, Intent, IntentKind, Slot, SlotWording};

use super::annotate::{About, Ear};

/// The transaction that waits for a yes: the user wants it, all that it needs is known, and it has not been done.
pub(super) fn pending<'a>(ear: &Ear<'a, '_>) -> Option<About<'a>> {
    ear.intents().find(|about| {
        let (domain, intent) = *about;
        intent.kind == IntentKind::Transact
            && ear.view.tool(&intent.tool).is_some()
            && is_wanted(ear, *about)
            && !ear.was_done(intent)
            && intent.required.iter().all(|slot| ear.told(domain, slot).is_some())
            && intent.entity.as_ref().is_none_or(|entity| ear.is_settled(domain, entity))
    })
}

/// Whether the user brought it up, or brought up what needs it.
fn is_wanted(ear: &Ear<'_, '_>, about: About<'_>) -> bool {
    let brought =
        |about: About<'_>| ear.heard().any(|act| Ear::is_of(act, about) && act.act != ActKind::GiveUp);
    let needs = |other: About<'_>| other.0 == about.0 && other.1.entity.as_ref() == Some(&about.1.name);
    brought(about) || ear.intents().any(|other| needs(other) && brought(other))
}

/// What the words ask, beside what they tell.
pub(super) fn questions(ear: &Ear<'_, '_>, pending: Option<&About<'_>>, told: &[Act]) -> Vec<Act> {
    let does = |kind: ActKind| told.iter().any(|act| act.act == kind);
    let asked = asked(ear);
    if !asked.is_empty() {
        return asked;
    }
    if does(ActKind::Confirm) || ear.has(&Cue::More) {
        return vec![];
    }
    match pending {
        // "Shall I go ahead?" wants a yes, and repeats nothing.
        Some((domain, intent)) if !does(ActKind::Offer) => {
            vec![Act::new(ActKind::Confirm).about(domain, &intent.name)]
        }
        _ => proposed(ear).into_iter().collect(),
    }
}

/// The unknown slots that the words ask for: named in a question, or else in a sentence that tells nothing.
fn asked(ear: &Ear<'_, '_>) -> Vec<Act> {
    let all = || sentences(ear.text);
    let questions: Vec<String> =
        all().filter(|(_, sentence)| sentence.contains('?')).map(|(_, sentence)| plain(sentence)).collect();
    let found = named(ear, &questions);
    if !found.is_empty() {
        return found;
    }
    let tells = |start: usize, sentence: &str| {
        let range = start..start + sentence.len();
        ear.reading.mentions.iter().any(|mention| range.contains(&mention.span.start))
    };
    let silent = all().filter(|(start, sentence)| !tells(*start, sentence));
    let silent: Vec<String> = silent.map(|(_, sentence)| plain(sentence)).collect();
    named(ear, &silent)
}

/// Unknown slots of what the user wants that the sentences name; of two names one in the other, the longer one.
fn named(ear: &Ear<'_, '_>, sentences: &[String]) -> Vec<Act> {
    let mut found: Vec<(String, Act)> = Vec::new();
    let open = |about: &About<'_>| about.1.kind == IntentKind::Search || !ear.was_done(about.1);
    for about in ear.intents().filter(|about| is_wanted(ear, *about) && open(about)) {
        let (domain, intent) = about;
        for slot in intent.required.iter().chain(&intent.optional) {
            if ear.told(domain, slot).is_some()
                || found.iter().any(|(_, act)| act.slot.as_ref() == Some(slot))
            {
                continue;
            }
            let phrase = ear.view.slot(domain, slot).and_then(|slot| phrase(slot, sentences));
            let act = Act::new(ActKind::Request).about(domain, &intent.name).slot(slot);
            found.extend(phrase.map(|phrase| (phrase, act)));
        }
    }
    let longer =
        |phrase: &String| found.iter().any(|(other, _)| other != phrase && other.contains(phrase.as_str()));
    found.iter().filter(|(phrase, _)| !longer(phrase)).map(|(_, act)| act.clone()).collect()
}

/// The longest of a slot's names and questions that stands in one of the sentences.
fn phrase(slot: &Slot, sentences: &[String]) -> Option<String> {
    let wording = &slot.wording;
    let units = wording.unit.iter().flat_map(|(one, many)| [one, many]);
    let phrases = wording.noun.iter().chain(units).chain(&wording.question).map(|phrase| plain(phrase));
    let stands = |phrase: &String| {
        phrase.len() > 3 && sentences.iter().any(|sentence| sentence.contains(phrase.as_str()))
    };
    phrases.filter(stands).max_by_key(String::len)
}

/// The words by which a slot is known.
pub(super) fn vocabulary(slot: &Slot) -> BTreeSet<String> {
    let all = |wording: &SlotWording| {
        let units = wording.unit.iter().flat_map(|(one, many)| [one.clone(), many.clone()]);
        let lists = [&wording.noun, &wording.before, &wording.after, &wording.says];
        lists.into_iter().flatten().cloned().chain(units).collect::<Vec<_>>()
    };
    let negative = slot.wording.negative.iter().flat_map(|wording| all(wording));
    let phrases = all(&slot.wording).into_iter().chain(negative);
    let words = phrases.flat_map(|phrase| {
        let plain = plain(&phrase.replace("{value}", " "));
        plain.split(' ').filter(|word| word.len() > 2).map(str::to_owned).collect::<Vec<_>>()
    });
    let common =
        ["the", "and", "has", "have", "with", "without", "does", "not", "for", "doesn", "its", "that"];
    words.filter(|word| !common.contains(&word.as_str())).collect()
}

/// Another task that is proposed: one that follows from what is settled and that the user has not brought up.
fn proposed(ear: &Ear<'_, '_>) -> Option<Act> {
    let text = plain(ear.text);
    let asks = ear.has(&Cue::Question);
    let has = |word: &str| text.contains(&format!(" {word} "));
    let named = |intent: &Intent| {
        let mut verbs = intent.wording.verb.iter().map(|verb| plain(verb));
        let whole = |verb: &String| verb.split(' ').filter(|word| word.len() > 2).all(&has);
        let first = intent.wording.verb.first().map(|verb| plain(verb));
        let first = first.and_then(|verb| verb.split(' ').find(|word| word.len() > 3).map(str::to_owned));
        verbs.any(|verb| whole(&verb)) || (asks && first.is_some_and(|verb| has(&verb)))
    };
    let (domain, intent) = ear.intents().find(|about| {
        let (domain, intent) = *about;
        intent.kind == IntentKind::Transact
            && !is_wanted(ear, *about)
            && intent.entity.as_ref().is_some_and(|entity| ear.is_settled(domain, entity))
            && named(intent)
    })?;
    Some(Act::new(ActKind::OfferIntent).about(domain, &intent.name))
}

/// The sentences of a text, each with the byte at which it begins and with what ends it.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive(['.', '!', '?', '\n']).map(move |sentence| {
        let at = start;
        start += sentence.len();
        (at, sentence)
    })
}

/// Small letters and digits with one space between words, and one at both ends.
pub(super) fn plain(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(" ".to_owned(), |line, word| line + &word.to_lowercase() + " ")
}
