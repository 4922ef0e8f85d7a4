//! What a user's words do, where nobody knows which acts were meant: a model's that plays from its goal, a writer's, or a
//! person's. They are read beside the goal and what was asked last.
//!
//! A value is told of the slot that it suits best: the one that was asked for, the one whose words stand around it, one of
//! the task at hand. A yes, a choice or indifference is taken from words that say so, and only where they answer something;
//! what is not understood gets no act, and the judge decides.

use goalconvo_core::{Act, ActKind, Cue, IntentKind, Mention, Reading, Slot, Slots, Task, UserView, Value};
use smol_str::SmolStr;

use super::asking::{plain, sentences, vocabulary};
use crate::user::{Progress, Standing};

/// The acts in a user's words, as far as values and cues give them away.
pub(crate) fn understood(view: &UserView<'_>, text: &str, reading: &Reading) -> Vec<Act> {
    let progress = Progress::of(view);
    let hearing = Hearing { view, text, reading, plain: plain(text), progress: &progress };
    let mut acts = Vec::new();
    let cue = |wanted: &Cue| hearing.has(wanted);
    acts.extend(cue(&Cue::Greeting).then(|| Act::new(ActKind::Greet)));
    let told = hearing.told();
    acts.extend(hearing.answer(&told));
    acts.extend(told);
    let asked = hearing.questions(&acts);
    acts.extend(asked);
    acts.extend(hearing.indifference(&acts));
    acts.extend(hearing.withdrawal(&acts));
    acts.extend(cue(&Cue::Thanks).then(|| Act::new(ActKind::Thank)));
    acts.extend(cue(&Cue::Farewell).then(|| Act::new(ActKind::Bye)));
    acts
}

/// Words that agree to what was asked to be confirmed.
const ASSENT: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "yup",
    "sure",
    "ok",
    "okay",
    "right",
    "correct",
    "perfect",
    "exactly",
    "fine",
    "great",
    "good",
    "lovely",
    "go ahead",
    "please do",
    "that works",
    "that is it",
    "confirmed",
];

/// Words that come to an end.
pub(super) const CLOSING: &[&str] = &[
    "bye",
    "goodbye",
    "cheers",
    "thanks",
    "thank",
    "appreciate",
    "that is all",
    "that s all",
    "thats all",
    "that will be all",
    "all i need",
    "all i needed",
    "that is it",
    "that s it",
    "everything",
    "nothing",
    "no more",
    "all set",
    "done",
    "see you",
    "take care",
    "have a",
    "no",
    "enough",
    "good to go",
];

/// Words that take what was offered.
pub(super) const TAKING: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "sure",
    "okay",
    "perfect",
    "excellent",
    "wonderful",
    "great",
    "lovely",
    "ideal",
    "sounds",
    "take it",
    "take that",
    "have that",
    "have it",
    "that one",
    "that works",
    "works for me",
    "go with",
    "would be great",
    "will do",
    "will work",
    "would work",
    "like to go there",
    "d like that",
    "would like that",
    "what i need",
    "what i want",
    "was looking for",
    "looks good",
    "looks nice",
];

/// Words that want another one than what was offered.
pub(super) const OTHERWISE: &[&str] = &[
    "another",
    "something else",
    "somewhere else",
    "different one",
    "other options",
    "other choices",
    "any others",
    "any other",
    "alternatives",
];

/// Words by which any value will do.
pub(super) const INDIFFERENT: &[&str] = &[
    "any",
    "anything",
    "anywhere",
    "anytime",
    "whatever",
    "whichever",
    "either",
    "no preference",
    "up to you",
    "flexible",
    "don t mind",
    "do not mind",
    "don t care",
    "do not care",
    "doesn t matter",
    "does not matter",
    "preference",
    "recommend",
    "i am open",
    "i m open",
];

/// Words that ask without a question mark.
const ASKING: &[&str] = &["tell me", "give me", "let me know", "also need", "i d need", "please"];

/// Words that hold a yes back.
const RESERVED: &[&str] = &["not", "don t", "wait", "hold on", "before", "but", "isn t"];

/// Words, with all that they may lean on.
struct Hearing<'v, 'b> {
    view: &'b UserView<'v>,
    text: &'b str,
    reading: &'b Reading,
    plain: String,
    progress: &'b Progress<'v>,
}

/// A value that words may have told, and of which task.
struct Told<'g> {
    at: usize,
    task: &'g Task,
    slot: SmolStr,
    value: Value,
}

impl<'v> Hearing<'v, '_> {
    fn has(&self, wanted: &Cue) -> bool {
        self.reading.cues.iter().any(|(_, cue)| cue == wanted)
    }

    fn asked(&self, kind: ActKind) -> impl Iterator<Item = &'v Act> {
        self.progress.last.iter().filter(move |act| act.act == kind)
    }

    fn task(&self, at: usize) -> Option<(&'v Task, &Standing)> {
        self.view.goal().tasks.get(at).zip(self.progress.tasks.get(at))
    }

    /// What a yes or a no means after what the assistant said last, or the taking or passing over of its offer.
    fn answer(&self, told: &[Act]) -> Option<Act> {
        if self.has(&Cue::No) {
            return Some(Act::new(ActKind::Deny));
        }
        let corrects = told.iter().any(|act| act.act == ActKind::Correct);
        let stated = self.stated();
        let means =
            |phrases: &[&str]| !corrects && has_phrase(&stated, phrases) && !has_phrase(&stated, RESERVED);
        if self.asked(ActKind::Confirm).chain(self.asked(ActKind::OfferIntent)).next().is_some() {
            let consents = self.has(&Cue::Yes) || (means(ASSENT) && !self.has(&Cue::Question));
            return (consents && !corrects).then(|| Act::new(ActKind::Affirm));
        }
        if told.iter().any(|act| act.act == ActKind::Select) {
            return None;
        }
        let (task, of) = self.offer()?;
        if has_phrase(&self.plain, OTHERWISE) {
            return Some(about(ActKind::Alternatives, task));
        }
        let takes = self.has(&Cue::Yes) || means(TAKING) || self.builds_on(task, told);
        takes.then(|| about(ActKind::Select, task).of(&of))
    }

    /// What is said and not asked: "Great, and what is the address?" says "great".
    fn stated(&self) -> String {
        let stated = sentences(self.text).map(|(_, sentence)| match sentence.trim_end().ends_with('?') {
            false => plain(sentence),
            true => {
                plain(sentence).split_once(" and ").map_or(String::new(), |(before, _)| format!("{before} "))
            }
        });
        stated.collect()
    }

    /// The offer that waits for the user's word, the latest one.
    fn offer(&self) -> Option<(&'v Task, SmolStr)> {
        let tasks = self.view.goal().tasks.iter().zip(&self.progress.tasks);
        let waiting = tasks.filter(|(_, standing)| standing.selected.is_none() && standing.closed.is_none());
        let (task, standing) = waiting.rev().find(|(_, standing)| standing.offered.is_some())?;
        Some((task, standing.offered.as_ref()?.0.clone()))
    }

    /// Whether something is wanted done with what was offered: who books a room takes the hotel.
    fn builds_on(&self, offered: &Task, told: &[Act]) -> bool {
        let intent = |act: &Act| self.view.intent(act.domain.as_deref()?, act.intent.as_deref()?);
        told.iter().any(|act| {
            act.domain.as_ref() == Some(&offered.domain)
                && intent(act).is_some_and(|intent| intent.entity.as_ref() == Some(&offered.intent))
        })
    }

    /// Values of the goal that the words say, each as told of the slot that it suits best, and tasks that they name.
    fn told(&self) -> Vec<Act> {
        let mut acts: Vec<Act> = Vec::new();
        for mention in &self.reading.mentions {
            match (self.taken(mention), self.best(mention, &acts)) {
                (Some(select), None) => acts.push(select),
                (_, Some(told)) => {
                    acts.extend(self.begun(told.at, told.task, &acts));
                    let known =
                        self.progress.tasks.get(told.at).and_then(|standing| standing.told.get(&told.slot));
                    let corrects = known.is_some_and(|known| *known != told.value)
                        && told.task.changes.get(&told.slot) == Some(&told.value);
                    let kind = if corrects { ActKind::Correct } else { ActKind::Inform };
                    acts.push(about(kind, told.task).slot(&told.slot).value(told.value));
                }
                (None, None) => {}
            }
        }
        let named = (0..self.progress.tasks.len()).find_map(|at| {
            let (task, standing) = self.task(at)?;
            let closed = standing.closed.is_some() || acts.iter().any(|act| is_of(act, task));
            (!closed && self.names(task)).then(|| self.begun(at, task, &acts)).flatten()
        });
        acts.extend(named);
        acts
    }

    /// That a task is wanted, where nobody has said so yet.
    fn begun(&self, at: usize, task: &Task, acts: &[Act]) -> Option<Act> {
        let standing = self.progress.tasks.get(at)?;
        let is_open =
            standing.intended || !standing.told.is_empty() || acts.iter().any(|act| is_of(act, task));
        (!is_open).then(|| about(ActKind::Intend, task))
    }

    /// Whether the words call a task by its deed, or by what it looks for.
    fn names(&self, task: &Task) -> bool {
        let Some(intent) = self.view.intent(&task.domain, &task.intent) else { return false };
        let looked_for = intent.wording.noun.iter().filter(|_| intent.kind == IntentKind::Search);
        intent.wording.verb.iter().chain(looked_for).any(|phrase| self.plain.contains(&plain(phrase)))
    }

    /// An offered entity that is named and not taken yet.
    fn taken(&self, mention: &Mention) -> Option<Act> {
        let mut tasks = self.view.goal().tasks.iter().zip(&self.progress.tasks);
        tasks.find_map(|(task, standing)| {
            let (of, value) = standing.offers.iter().find(|(_, label)| mention.means(label))?;
            let is_taken = standing.selected.as_ref() == Some(of);
            (!is_taken).then(|| about(ActKind::Select, task).of(of).value(value.clone()))
        })
    }

    /// The slot of the goal that a mention is about, of those whose value it may mean; none where an offered entity is
    /// what is named.
    fn best(&self, mention: &Mention, acts: &[Act]) -> Option<Told<'v>> {
        let mut best: Option<(usize, Told<'v>)> = None;
        for (at, task) in self.view.goal().tasks.iter().enumerate() {
            for (slot, value) in self.licensed(at, task) {
                let said = |act: &Act| is_of(act, task) && act.slot.as_ref() == Some(&slot);
                if !mention.means(&value) || !mention.is_of(&slot) || acts.iter().any(said) {
                    continue;
                }
                let Some(score) = self.score((at, task), (&slot, &value), mention, acts) else { continue };
                if best.as_ref().is_none_or(|(most, _)| score > *most) {
                    best = Some((score, Told { at, task, slot, value }));
                }
            }
        }
        // A name that was offered and is told of nothing yet asked for is the taking of it.
        let (score, told) = best?;
        let taken = self.taken(mention).is_some();
        (!taken || score >= ASKED_FOR).then_some(told)
    }

    /// All that the user may say of a task, by slot: what it wants now, what it may come to want, and what other tasks
    /// bring.
    fn licensed(&self, at: usize, task: &'v Task) -> Vec<(SmolStr, Value)> {
        let now = self.progress.wanted(self.view.goal(), at);
        let pairs = |slots: &Slots| -> Vec<(SmolStr, Value)> {
            slots.iter().map(|(slot, value)| (slot.clone(), value.clone())).collect()
        };
        let later = std::iter::once(&task.changes).chain(&task.relaxations).chain([&task.constraints]);
        let mut all = pairs(&now);
        for pair in later.flat_map(pairs) {
            if !all.contains(&pair) {
                all.push(pair);
            }
        }
        all
    }

    /// How well a mention suits a slot; none where a yes or no has none of the slot's own words and was not asked for.
    fn score(
        &self,
        (at, task): (usize, &Task),
        (slot, value): (&SmolStr, &Value),
        mention: &Mention,
        acts: &[Act],
    ) -> Option<usize> {
        let standing = self.progress.tasks.get(at)?;
        let known = self.view.slot(&task.domain, slot)?;
        let own = vocabulary(known);
        let shared =
            |text: &str| plain(text).split(' ').filter(|word| word.len() > 2 && own.contains(*word)).count();
        let within = shared(self.text.get(mention.span.clone()).unwrap_or_default());
        let is_asked = |act: &&Act| is_of(act, task) && act.slot.as_ref() == Some(slot);
        let asked = self.asked(ActKind::Request).any(|act| is_asked(&act));
        if matches!(value, Value::Bool(_)) && within == 0 && !asked {
            return None;
        }
        let before = self.text.get(..mention.span.start).unwrap_or_default();
        let before: String = before.chars().rev().take(24).collect::<Vec<_>>().into_iter().rev().collect();
        let after: String = self.text.get(mention.span.end..).unwrap_or_default().chars().take(14).collect();
        let around = 8 * within
            + 8 * shared(&after)
            + 4 * shared(&before)
            + 4 * usize::from(known.kind == mention.kind);
        let checked = self.asked(ActKind::Confirm).any(|act| is_asked(&act));
        let at_hand =
            self.progress.last.iter().any(|act| is_of(act, task)) || acts.iter().any(|act| is_of(act, task));
        let open = standing.closed.is_none();
        let new = standing.told.get(slot) != Some(value);
        Some(
            ASKED_FOR * usize::from(asked)
                + 60 * usize::from(checked && new)
                + 40 * usize::from(new)
                + 30 * usize::from(at_hand && open)
                + 20 * usize::from(open && self.names(task))
                + 10 * usize::from(open && standing.intended)
                + around,
        )
    }

    /// What is asked: the goal's questions whose slot is named and has not been told, of what was taken, offered or done.
    fn questions(&self, acts: &[Act]) -> Vec<Act> {
        if !self.has(&Cue::Question) && !has_phrase(&self.plain, ASKING) {
            return vec![];
        }
        let mut found = Vec::new();
        for (task, standing) in self.view.goal().tasks.iter().zip(&self.progress.tasks) {
            let intent = self.view.intent(&task.domain, &task.intent);
            let searches = intent.is_some_and(|intent| intent.kind == IntentKind::Search);
            if searches && standing.offered.is_none() && standing.selected.is_none() {
                continue;
            }
            let said = |slot: &SmolStr| {
                let tells = |act: &Act| is_of(act, task) && act.slot.as_ref() == Some(slot);
                standing.heard.contains_key(slot) || acts.iter().any(tells)
            };
            let asked = task.requests.iter().filter(|slot| !said(slot) && self.speaks_of(task, slot));
            found.extend(asked.map(|slot| about(ActKind::Request, task).slot(slot)));
        }
        found
    }

    /// Whether the words name a slot.
    fn speaks_of(&self, task: &Task, slot: &SmolStr) -> bool {
        let topic = |cue: &Cue| matches!(cue, Cue::Topic(slots) if slots.contains(slot));
        let named = |known: &Slot| known.wording.noun.iter().any(|noun| self.plain.contains(&plain(noun)));
        self.reading.cues.iter().any(|(_, cue)| topic(cue))
            || self.view.slot(&task.domain, slot).is_some_and(named)
    }

    /// That any value will do for what was asked and is not wanted, where the words say that they don't mind.
    fn indifference(&self, acts: &[Act]) -> Vec<Act> {
        if !has_phrase(&self.plain, INDIFFERENT) {
            return vec![];
        }
        let mut found = Vec::new();
        for request in self.asked(ActKind::Request) {
            let Some(slot) = &request.slot else { continue };
            let task = (0..self.progress.tasks.len())
                .find(|at| self.task(*at).is_some_and(|(task, _)| is_of(request, task)));
            let Some((at, (task, _))) = task.and_then(|at| Some((at, self.task(at)?))) else { continue };
            let wanted = self.licensed(at, task).iter().any(|(known, _)| known == slot);
            let said = acts.iter().any(|act| is_of(act, task) && act.slot.as_ref() == Some(slot));
            if !wanted && !said {
                found.push(about(ActKind::DontCare, task).slot(slot));
            }
        }
        found
    }

    /// That the task at hand is no longer wanted.
    fn withdrawal(&self, acts: &[Act]) -> Option<Act> {
        let task = self.has(&Cue::Withdrawal).then(|| {
            let tasks = self.view.goal().tasks.iter().zip(&self.progress.tasks);
            let mut open = tasks.filter(|(_, standing)| standing.intended && standing.closed.is_none()).rev();
            open.next().map(|(task, _)| task)
        });
        let wants = acts
            .iter()
            .any(|act| matches!(act.act, ActKind::Inform | ActKind::Correct | ActKind::Alternatives));
        task.flatten().filter(|_| !wants).map(|task| about(ActKind::GiveUp, task))
    }
}

/// What an answer to a question counts: more than all else together.
const ASKED_FOR: usize = 1000;

/// Whether one of these phrases stands in a plain text, as whole words.
fn has_phrase(plain: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| plain.contains(&format!(" {phrase} ")))
}

fn is_of(act: &Act, task: &Task) -> bool {
    act.domain.as_ref() == Some(&task.domain) && act.intent.as_ref() == Some(&task.intent)
}

fn about(kind: ActKind, task: &Task) -> Act {
    Act::new(kind).about(&task.domain, &task.intent)
}
