//! What an assistant's words do, found by reading them beside what its tools returned and what the user said.
//!
//! A model gives words, not acts; the agenda, and the judge of facts, need acts. Nothing is guessed: an act with a
//! value has a mention that says it and a result or a word of the user's that has it, a deed has a call and a phrase
//! that claims it, a failure has a failed call and a phrase that owns up to it. What is not understood gets no act,
//! and the judge decides.

use goalconvo_core::{
    Act, ActKind, AssistantView, Cue, Intent, IntentKind, Mention, Reading, Role, SlotKind, ToolTurn, Turn,
    Value,
};
use smol_str::SmolStr;

use super::asking;
use crate::words::Words;

/// The dialogue acts of an assistant's words.
pub(crate) fn annotate(view: &AssistantView<'_>, words: &Words, text: &str) -> Vec<Act> {
    let reading = words.read(Role::Assistant, text);
    let ear = Ear::new(view, text, &reading);
    let mut acts = Vec::new();
    if ear.has(&Cue::Greeting) {
        acts.push(Act::new(ActKind::Greet));
    }
    acts.extend(ear.results());
    // After a failure a question is about what to try instead, and wants no yes.
    let failed = acts.iter().any(|act| is_failure(act.act));
    let asks = ear.has(&Cue::Question) && !failed;
    let confirmed = asks.then(|| asking::pending(&ear)).flatten();
    acts.extend(ear.values(confirmed.as_ref()));
    if !failed {
        let asked = asking::questions(&ear, confirmed.as_ref(), &acts);
        acts.extend(asked);
    }
    if ear.has(&Cue::More) {
        acts.push(Act::new(ActKind::RequestMore));
    }
    if ear.has(&Cue::Farewell) {
        acts.push(Act::new(ActKind::Bye));
    }
    acts
}

fn is_failure(kind: ActKind) -> bool {
    matches!(kind, ActKind::Refuse | ActKind::NotDone | ActKind::Trouble | ActKind::NoMatch)
}

/// Domain and intent.
pub(super) type About<'a> = (&'a SmolStr, &'a Intent);

/// The words, with all that they may lean on.
pub(super) struct Ear<'a, 'b> {
    pub view: &'b AssistantView<'a>,
    pub text: &'b str,
    pub reading: &'b Reading,
    /// Tool answers with whether they came after the user's last words, latest first.
    answers: Vec<(&'a ToolTurn, bool)>,
    /// Entities that the words name, in order: the mention, the intent, the row.
    named: Vec<(usize, About<'a>, &'a Value)>,
}

impl<'a, 'b> Ear<'a, 'b> {
    fn new(view: &'b AssistantView<'a>, text: &'b str, reading: &'b Reading) -> Self {
        let turns = view.turns();
        let since = turns.iter().rposition(|turn| matches!(turn, Turn::User(_))).unwrap_or(0);
        let answer = |(at, turn): (usize, &'a Turn)| match turn {
            Turn::Tool(answer) => Some((answer, at > since)),
            _ => None,
        };
        let answers = turns.iter().enumerate().rev().filter_map(answer).collect();
        let mut ear = Ear { view, text, reading, answers, named: Vec::new() };
        ear.named = ear.names();
        ear
    }

    pub fn has(&self, cue: &Cue) -> bool {
        self.reading.cues.iter().any(|(_, found)| found == cue)
    }

    /// All intents of the stage with their domains.
    pub fn intents(&self) -> impl Iterator<Item = About<'a>> {
        let view = *self.view;
        view.domains().flat_map(move |domain| view.intents(domain).iter().map(move |intent| (domain, intent)))
    }

    fn about(&self, answer: &ToolTurn) -> Option<About<'a>> {
        self.intents().find(|(_, intent)| intent.tool == answer.name)
    }

    /// The user's acts, latest first.
    pub fn heard(&self) -> impl Iterator<Item = &'a Act> {
        self.view.turns().iter().rev().flat_map(|turn| match turn {
            Turn::User(said) => said.acts.iter().rev(),
            _ => [].iter().rev(),
        })
    }

    /// The assistant's own earlier acts, latest first.
    fn spoken(&self) -> impl Iterator<Item = &'a Act> {
        self.view.turns().iter().rev().flat_map(|turn| match turn {
            Turn::Assistant(said) => said.acts.iter().rev(),
            _ => [].iter().rev(),
        })
    }

    /// The user's latest word on a slot.
    pub fn told(&self, domain: &str, slot: &str) -> Option<&'a Value> {
        let on = |act: &&Act| act.domain.as_deref() == Some(domain) && act.slot.as_deref() == Some(slot);
        let tells = |act: &&Act| matches!(act.act, ActKind::Inform | ActKind::Correct | ActKind::DontCare);
        self.heard().filter(on).find(tells)?.value.as_ref()
    }

    /// Whether an act is about this intent.
    pub fn is_of(act: &Act, (domain, intent): About<'_>) -> bool {
        act.domain.as_ref() == Some(domain) && act.intent.as_ref() == Some(&intent.name)
    }

    /// What became of the calls since the user spoke, as far as the words own up to it.
    fn results(&self) -> Vec<Act> {
        let mut acts: Vec<Act> = Vec::new();
        let mut seen: Vec<&SmolStr> = Vec::new();
        for (answer, _) in self.answers.iter().filter(|(_, fresh)| *fresh) {
            // A later call of the same tool is what counts.
            if seen.contains(&&answer.name) {
                continue;
            }
            seen.push(&answer.name);
            acts.extend(self.about(answer).and_then(|about| self.result(about, answer)));
        }
        acts.reverse();
        acts
    }

    fn result(&self, about: About<'a>, answer: &ToolTurn) -> Option<Act> {
        let (domain, intent) = about;
        let act = |kind: ActKind| Act::new(kind).about(domain, &intent.name);
        let verbatim = |sentence: &str| {
            let sentence = sentence.trim_end_matches('.').to_lowercase();
            self.text.to_lowercase().contains(&sentence)
        };
        let Some(error) = &answer.error else {
            let claimed = self.has(&Cue::VagueClaim)
                || self.has(&Cue::Claim { domain: domain.clone(), intent: intent.name.clone() });
            let nothing = answer.result.field("total") == Some(&Value::Int(0));
            return match intent.kind {
                IntentKind::Transact => claimed.then(|| act(ActKind::Done)),
                IntentKind::Search
                    if nothing && (self.has(&Cue::NothingFound) || self.has(&Cue::Declined)) =>
                {
                    Some(act(ActKind::NoMatch))
                }
                _ => None,
            };
        };
        let rule = error.rule.as_ref().and_then(|rule| self.view.policy(domain)?.rules.get(rule));
        let quoted = std::iter::once(error.message.as_str()).chain(rule.map(String::as_str));
        let quoted = quoted.rev().find(|sentence| verbatim(sentence));
        if quoted.is_none() && !self.has(&Cue::Declined) && !self.has(&Cue::NothingFound) {
            return None;
        }
        let kind = match error.kind {
            kind if kind.is_transient() => return Some(act(ActKind::Trouble)),
            kind if kind.is_refusal() => ActKind::Refuse,
            _ => ActKind::NotDone,
        };
        Some(match quoted {
            Some(sentence) => act(kind).value(Value::text(sentence)),
            None => act(kind),
        })
    }

    /// The entities that the words call by their names.
    fn names(&self) -> Vec<(usize, About<'a>, &'a Value)> {
        let mut named: Vec<(usize, About<'a>, &'a Value)> = Vec::new();
        for (at, mention) in self.reading.mentions.iter().enumerate() {
            let found = self.answers.iter().find_map(|(answer, _)| {
                let about = self.about(answer)?;
                let label = self.view.label(&self.view.tool(&answer.name)?.table)?;
                let rows = answer.result.field("results").map_or(&[][..], Value::items);
                let fits = |row: &&Value| row.field(&label).is_some_and(|name| mention.means(name));
                Some((at, about, rows.iter().find(fits)?))
            });
            named.extend(found);
        }
        named
    }

    /// The acts of the values that the words say; those that the user is asked to confirm are confirmations.
    fn values(&self, confirmed: Option<&About<'a>>) -> Vec<Act> {
        let mut acts: Vec<Act> = Vec::new();
        for (at, mention) in self.reading.mentions.iter().enumerate() {
            let act = self
                .count(mention)
                .or_else(|| self.name(at))
                .or_else(|| confirmed.and_then(|about| self.confirm(*about, mention, &acts)))
                .or_else(|| self.fact(at, mention))
                .or_else(|| self.echo(mention));
            let Some(act) = act.filter(|act| !acts.contains(act)) else { continue };
            // An entity is offered before anything is told of it, in whatever order the words have it.
            let told = |other: &Act| act.act == ActKind::Offer && other.of == act.of;
            let place = acts.iter().position(told).unwrap_or(acts.len());
            acts.insert(place, act);
        }
        acts
    }

    /// How many the latest search of a kind has found.
    fn count(&self, mention: &Mention) -> Option<Act> {
        if !matches!(mention.kind, SlotKind::Count | SlotKind::Number) {
            return None;
        }
        let mut seen: Vec<&SmolStr> = Vec::new();
        let latest = self.answers.iter().filter(|(answer, _)| {
            let new = !seen.contains(&&answer.name);
            seen.push(&answer.name);
            new
        });
        let latest: Vec<&(&ToolTurn, bool)> = latest.collect();
        let (answer, _) = latest
            .into_iter()
            .find(|(answer, _)| answer.result.field("total").is_some_and(|total| mention.means(total)))?;
        let (domain, intent) = self.about(answer)?;
        let total = answer.result.field("total")?.clone();
        let several = total.as_number() > Some(1.0) && !self.is_chosen((domain, intent));
        several.then(|| Act::new(ActKind::Count).about(domain, &intent.name).value(total))
    }

    /// Whether the user took an entity of this intent.
    fn is_chosen(&self, about: About<'a>) -> bool {
        self.heard().any(|act| act.act == ActKind::Select && Self::is_of(act, about))
    }

    /// An entity by its name: an offer, or, where it has been taken, something told of it.
    fn name(&self, at: usize) -> Option<Act> {
        let (_, about, row) = self.named.iter().find(|(place, _, _)| *place == at)?;
        let (domain, intent) = *about;
        let label = self.view.label(&self.view.tool(&intent.tool)?.table)?;
        let of = key(row);
        let taken = |act: &&Act| act.act == ActKind::Select && Self::is_of(act, *about);
        let is_taken = self.heard().find(taken).is_some_and(|act| act.of.as_ref() == Some(&of));
        let offered = |act: &&Act| act.act == ActKind::Offer && Self::is_of(act, *about);
        let is_offered = self.spoken().find(offered).is_some_and(|act| act.of.as_ref() == Some(&of));
        let kind = if is_taken || is_offered { ActKind::Inform } else { ActKind::Offer };
        let value = row.field(&label)?.clone();
        Some(Act::new(kind).about(domain, &intent.name).slot(&label).of(&of).value(value))
    }

    /// A value that the user gave and is asked to confirm, where that is not done yet.
    fn confirm(&self, about: About<'a>, mention: &Mention, acts: &[Act]) -> Option<Act> {
        let (domain, intent) = about;
        let done = |slot: &SmolStr| {
            acts.iter().any(|act| act.act == ActKind::Confirm && act.slot.as_ref() == Some(slot))
        };
        let known = self.known(about, mention).filter(|(slot, _)| !done(slot));
        let (slot, value) = self.best(domain, mention, known)?;
        Some(Act::new(ActKind::Confirm).about(domain, &intent.name).slot(slot).value(value.clone()))
    }

    /// What the user said of an intent's slots that a mention may mean.
    fn known<'m>(
        &'m self,
        (domain, intent): About<'a>,
        mention: &'m Mention,
    ) -> impl Iterator<Item = (&'a SmolStr, &'a Value)> + use<'a, 'b, 'm> {
        let slots = intent.required.iter().chain(&intent.optional);
        let known = slots.filter_map(move |slot| Some((slot, self.told(domain, slot)?)));
        known.filter(|(slot, value)| mention.means(value) && mention.is_of(slot))
    }

    /// The slot that a mention is about, of those whose value it may mean: the one whose words stand around it.
    fn best<'v>(
        &self,
        domain: &str,
        mention: &Mention,
        slots: impl Iterator<Item = (&'v SmolStr, &'v Value)>,
    ) -> Option<(&'v SmolStr, &'v Value)> {
        let mut best: Option<(usize, (&SmolStr, &Value))> = None;
        for (slot, value) in slots {
            let Some(score) = self.score(domain, slot, value, mention) else { continue };
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, (slot, value)));
            }
        }
        best.map(|(_, found)| found)
    }

    /// How well a mention suits a slot: a yes or no must be said in the slot's own words.
    fn score(&self, domain: &str, slot: &str, value: &Value, mention: &Mention) -> Option<usize> {
        let slot = self.view.slot(domain, slot)?;
        let own = asking::vocabulary(slot);
        let shared = |text: &str| {
            let text = asking::plain(text);
            text.split(' ').filter(|word| word.len() > 2 && own.contains(*word)).count()
        };
        let within = shared(self.text.get(mention.span.clone()).unwrap_or_default());
        if matches!(value, Value::Bool(_)) {
            return (within > 0).then_some(100 * within);
        }
        let end = mention.span.end;
        let after: String = self.text.get(end..).unwrap_or_default().chars().take(14).collect();
        let before = self.text.get(..mention.span.start).unwrap_or_default();
        let before: String = before.chars().rev().take(24).collect::<Vec<_>>().into_iter().rev().collect();
        Some(4 * usize::from(slot.kind == mention.kind) + 4 * shared(&after) + 2 * shared(&before) + within)
    }

    /// A value of the entity or record that the talk is about.
    fn fact(&self, at: usize, mention: &Mention) -> Option<Act> {
        let before = self.named.iter().rev().find(|(place, _, _)| *place < at);
        let after = self.named.iter().find(|(place, _, _)| *place > at);
        let named = before.into_iter().chain(after).map(|(_, about, row)| (*about, *row));
        let said = self.intents().any(|about| self.known(about, mention).next().is_some());
        // The user's own words are taken for an entity's only where the entity is named.
        let others = (!said).then(|| self.records()).into_iter().flatten();
        named.chain(others).find_map(|(about, record)| self.field(about, record, mention))
    }

    /// Records by how likely the talk is about them: what was just got or done, what was taken or offered, any other.
    fn records(&self) -> Vec<(About<'a>, &'a Value)> {
        let mut records = Vec::new();
        let good = || {
            let ok = self.answers.iter().filter(|(answer, _)| answer.error.is_none());
            ok.filter_map(|(answer, fresh)| Some((self.about(answer)?, *answer, *fresh)))
        };
        let single = |intent: &Intent| intent.kind != IntentKind::Search;
        records.extend(
            good()
                .filter(|(about, _, fresh)| *fresh && single(about.1))
                .map(|(about, a, _)| (about, &a.result)),
        );
        let mut rows = Vec::new();
        for (about, answer, _) in good().filter(|(about, _, _)| !single(about.1)) {
            let of = |act: &Act| {
                let talks = matches!(act.act, ActKind::Select | ActKind::Offer) && Self::is_of(act, about);
                talks.then(|| act.of.clone()).flatten()
            };
            let focus = self.heard().find_map(of).or_else(|| self.spoken().find_map(of));
            for row in answer.result.field("results").map_or(&[][..], Value::items) {
                if Some(key(row)) == focus { records.push((about, row)) } else { rows.push((about, row)) }
            }
        }
        records
            .extend(good().filter(|(about, _, _)| single(about.1)).map(|(about, a, _)| (about, &a.result)));
        records.extend(rows);
        records
    }

    fn field(&self, (domain, intent): About<'a>, record: &Value, mention: &Mention) -> Option<Act> {
        let fields = record.fields().iter().map(|(name, value)| (name, value));
        let says = |name: &SmolStr, value: &Value| mention.means(value) && mention.is_of(name);
        let fits = fields.filter(|(name, value)| !value.is_null() && says(name, value));
        let fits: Vec<(&SmolStr, &Value)> = fits.collect();
        // What the user asked for is what is told, where two fields have the same value.
        let asked = |slot: &SmolStr| {
            self.heard().any(|act| act.act == ActKind::Request && act.slot.as_ref() == Some(slot))
        };
        let wanted = self.best(domain, mention, fits.iter().copied().filter(|(slot, _)| asked(slot)));
        let (slot, value) = wanted.or_else(|| self.best(domain, mention, fits.iter().copied()))?;
        let act = Act::new(ActKind::Inform).about(domain, &intent.name).slot(slot);
        Some(act.value(value.clone()).of(&key(record)))
    }

    /// A value that the user said.
    fn echo(&self, mention: &Mention) -> Option<Act> {
        self.intents().find_map(|about| {
            let (domain, intent) = about;
            let (slot, value) = self.best(domain, mention, self.known(about, mention))?;
            Some(Act::new(ActKind::Inform).about(domain, &intent.name).slot(slot).value(value.clone()))
        })
    }

    /// Whether a tool has ever done this.
    pub fn was_done(&self, intent: &Intent) -> bool {
        self.answers.iter().any(|(answer, _)| answer.name == intent.tool && answer.error.is_none())
    }

    /// Whether an entity of this intent was offered, taken or got.
    pub fn is_settled(&self, domain: &SmolStr, name: &SmolStr) -> bool {
        let is = |act: &Act| act.domain.as_ref() == Some(domain) && act.intent.as_ref() == Some(name);
        let of = |act: &Act| matches!(act.act, ActKind::Select | ActKind::Offer) && is(act);
        let named = self.named.iter().any(|(_, (d, intent), _)| *d == domain && intent.name == *name);
        let got = || {
            let intent = self.view.intent(domain, name);
            intent.is_some_and(|intent| intent.kind != IntentKind::Search && self.was_done(intent))
        };
        named || self.heard().any(of) || self.spoken().any(of) || got()
    }
}

/// The key of a record: its first field.
fn key(record: &Value) -> SmolStr {
    record.fields().first().map(|(_, key)| key.plain()).unwrap_or_default()
}
