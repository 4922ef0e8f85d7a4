//! A model that breaks its contract wherever it can: nothing of that reaches an accepted record.
//!
//! What is a breach is said here once more, in plain strings and numbers: nothing of the reader, the cues or the guards of
//! the program is used to find one, and breaches planted in accepted records are found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use goalconvo_core::{ActKind, Dialogue, Finding, Origin, Turn, Utterance};
use goalconvo_llm::{Reply, Request, Scripted};
use goalconvo_sim::{Dials, Grade};

use crate::dialogues::plan;
use crate::models::{guided, make, obey, said, users};

/// What the adversary does to an answer, each in three of ten.
const WRONGS: [&str; 5] = ["stop", "leak", "swap", "greet", "silent"];

/// A number that is a function of a place and a salt.
fn dice(place: &str, salt: &str) -> u64 {
    goalconvo_core::ContentHash::of(format!("{place}/{salt}").as_bytes()).low()
}

/// Words with one wrong done to them.
fn wronged(text: &str, wrong: &str, place: &str) -> String {
    let which = dice(place, &format!("{wrong} which"));
    match (wrong, which % 4) {
        ("stop", 0) => format!("{text} Thank you, that's perfect! Goodbye. STOP"),
        ("stop", 1) => format!("{text} That is all, bye."),
        ("stop", 2) => "Goodbye! STOP".to_owned(),
        ("stop", _) => format!("{text} Have a nice day, goodbye!"),
        ("leak", 0) => format!("{text} My phone number is 01223 351880 and I need it by 19:45."),
        ("leak", 1) => format!("As an AI language model I was told to say: {text}"),
        ("leak", 2) => format!("{text} [insert name], 7 people."),
        ("leak", _) => format!("{text} My goal is to spend 93 pounds."),
        ("swap", 0) => format!("{text}\nAssistant: I have booked it for you."),
        ("swap", 1) => "How can I help you today? I have booked a table for you.".to_owned(),
        ("swap", 2) => format!("User: {text}\nAssistant: Which day?"),
        ("swap", _) => format!("{text} Your booking is confirmed, how else may I assist you?"),
        ("greet", 0) => format!("Hi! {text}"),
        ("greet", _) => format!("Hello there! {text}"),
        ("silent", 0) => String::new(),
        ("silent", 1) => "...".to_owned(),
        ("silent", _) => " \n ".to_owned(),
        _ => text.to_owned(),
    }
}

fn place(request: &Request) -> String {
    format!("{}/{}/{}", request.tag.scope, request.tag.turn, request.tag.attempt)
}

/// Obeys, and does each wrong in three of ten answers.
fn misbehave(request: &Request) -> Reply {
    let place = place(request);
    let does = |wrong: &&&str| dice(&place, wrong) % 100 < 30;
    said(WRONGS.iter().filter(does).fold(obey(request), |text, wrong| wronged(&text, wrong, &place)))
}

/// What is wrong with a user's turn, if anything: by its words and acts alone.
fn breach(said: &Utterance, opening: bool) -> Option<&'static str> {
    let words = said.text.to_lowercase().replace('\u{2019}', "'");
    let has = |marks: &[&str]| marks.iter().any(|mark| words.contains(mark));
    let does = |kinds: &[ActKind]| said.acts.iter().any(|act| kinds.contains(&act.act));
    if !words.contains(char::is_alphanumeric) {
        return Some("silent");
    }
    if said.acts.is_empty() {
        return Some("without an act");
    }
    let service = [
        "assistant:",
        "user:",
        "how can i help",
        "how else may i assist",
        "i have booked",
        "booking is confirmed",
    ];
    if has(&service) {
        return Some("swaps roles");
    }
    if has(&["as an ai", "language model", "[insert", "i was told to say", "my goal is"]) {
        return Some("leaks");
    }
    // The grammar parts and greets by its acts; these are about a model's words.
    if matches!(said.origin, Origin::Grammar) {
        return None;
    }
    let parts = has(&["goodbye", " bye", "that's perfect", "have a nice day"]) || said.text.contains("STOP");
    if parts && !does(&[ActKind::Bye]) {
        return Some("stops early");
    }
    if words.split(|c: char| !c.is_alphanumeric()).next().is_some_and(|word| ["hi", "hello"].contains(&word))
        && !(opening || does(&[ActKind::Greet]))
    {
        return Some("greets again");
    }
    let values: Vec<String> = said
        .acts
        .iter()
        .filter_map(|act| act.value.as_ref())
        .map(|value| value.plain().to_string())
        .collect();
    let known: BTreeSet<u64> = values.iter().flat_map(|value| sayable(value)).collect();
    // A telephone number may be said in other groups.
    let long: Vec<String> =
        values.iter().map(|value| digits(value).concat()).filter(|all| all.len() > 8).collect();
    let explained = |run: &&str| {
        known.contains(&number(run)) || (run.len() > 2 && long.iter().any(|value| value.contains(*run)))
    };
    let words = words.replace(',', "");
    (!digits(&words).iter().all(explained)).then_some("says a number that no act says")
}

/// The numbers by which a value can be said: 19:45 is a quarter to 8 too, and 15 to 20; 31.5 is 31.50.
fn sayable(value: &str) -> Vec<u64> {
    let mut all: Vec<u64> = digits(value).into_iter().map(number).collect();
    let is_time = value.len() == 5 && value.as_bytes()[2] == b':';
    if let (true, [hour, minute]) = (is_time, all.as_slice()) {
        let (hour, minute) = (*hour, *minute);
        all.extend([hour % 12, (hour + 11) % 12 + 1, hour + 1, hour % 12 + 1, 60 - minute, 12]);
    }
    if let Some((_, part)) = value.split_once('.').filter(|(_, part)| part.len() == 1) {
        all.push(number(part) * 10);
    }
    all
}

/// The runs of digits in a text; 19:30 has two.
fn digits(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty()).collect()
}

fn number(digits: &str) -> u64 {
    digits.parse().unwrap_or(u64::MAX)
}

/// What was done in a dialogue, without the words.
fn deeds(dialogue: &Dialogue) -> Vec<String> {
    let deed = |turn: &Turn| match turn {
        Turn::User(said) | Turn::Assistant(said) => format!("{:?} {:?}", said.acts, said.tool_calls),
        Turn::Tool(answer) => format!("{:?} {:?}", answer.result, answer.error),
        Turn::Garbled { raw, .. } => raw.clone(),
    };
    dialogue.turns.iter().map(deed).collect()
}

/// Plays so many dialogues with the adversary: none is lost, none breaks the contract, no turn takes more calls than
/// it may. Returns the accepted ones' turns of the user, how many of them the model worded, and how often each wrong came.
fn withstand(count: u64) -> (u64, u64, BTreeMap<&'static str, u64>) {
    let plan = plan(Dials::default(), 41);
    let calls: Arc<Mutex<BTreeMap<(String, u32), u32>>> = Arc::default();
    let wrongs: Arc<Mutex<BTreeMap<&'static str, u64>>> = Arc::default();
    let (counted, done) = (calls.clone(), wrongs.clone());
    let model = Scripted::new("adversary", move |request: &Request| {
        *counted.lock().unwrap().entry((request.tag.scope.to_string(), request.tag.turn)).or_default() += 1;
        for wrong in WRONGS.iter().filter(|wrong| dice(&place(request), wrong) % 100 < 30) {
            *done.lock().unwrap().entry(wrong).or_default() += 1;
        }
        Ok(misbehave(request))
    });
    let company = guided(model, Grade::Guided);
    let (mut own, mut all, mut breaches) = (0, 0, Vec::new());
    for index in 0..count {
        let dialogue = make(&plan, &company, index).dialogue.unwrap();
        assert!(dialogue.verdicts.iter().all(|verdict| verdict.finding == Finding::Passed));
        for (turn, said) in users(&dialogue).enumerate() {
            all += 1;
            own += u64::from(matches!(said.origin, Origin::Model(_)));
            let found = breach(said, turn == 0);
            breaches
                .extend(found.map(|what| format!("{} {what}: {:?} {:?}", dialogue.id, said.text, said.acts)));
        }
        // Nothing that a model says moves the dialogue: what is done is what is done without one.
        let without = plan.make(index).dialogue.unwrap();
        if without.scenario == dialogue.scenario {
            assert_eq!(deeds(&dialogue), deeds(&without), "{}", dialogue.id);
        }
        assert!(calls.lock().unwrap().values().all(|calls| *calls <= 3), "more than three calls for a turn");
        calls.lock().unwrap().clear();
    }
    assert!(breaches.is_empty(), "{} breaches: {:#?}", breaches.len(), &breaches[..breaches.len().min(12)]);
    let wrongs = wrongs.lock().unwrap().clone();
    (own, all, wrongs)
}

#[test]
fn an_adversary_breaks_no_contract() {
    let (own, all, wrongs) = withstand(150);
    let share = own as f64 / all as f64;
    assert!(share > 0.2 && share < 0.9, "{share}: the adversary is not one, or nothing of it is used");
    assert!(WRONGS.iter().all(|wrong| wrongs[wrong] > all / 5), "{wrongs:?} in {all} turns");
}

/// The bound of the issue; some seconds in a release build.
#[test]
#[ignore = "ten thousand dialogues: cargo test --release -p goalconvo-sim --test it adversary -- --ignored --nocapture"]
fn an_adversary_breaks_no_contract_in_ten_thousand_dialogues() {
    let (own, all, wrongs) = withstand(10_000);
    eprintln!(
        "10000 accepted dialogues, {all} turns of the user, 0 breaches; {:.1} % of the turns are the model's words; \
         wrongs done: {wrongs:?}",
        100.0 * own as f64 / all as f64
    );
}

/// The measure of the two tests above: each wrong, done to a turn of an accepted record, is a breach.
#[test]
fn a_planted_breach_is_found() {
    let plan = plan(Dials::default(), 41);
    let company =
        guided(Scripted::new("obedient", |request: &Request| Ok(said(obey(request)))), Grade::Guided);
    let mut planted: BTreeMap<&str, u64> = BTreeMap::new();
    for index in 0..60 {
        let dialogue = make(&plan, &company, index).dialogue.unwrap();
        for (turn, said) in users(&dialogue).enumerate() {
            for wrong in WRONGS {
                // Who is to part may part, and who begins or is told to greet may greet.
                let may = |kind: ActKind| said.acts.iter().any(|act| act.act == kind);
                let allowed = match wrong {
                    "stop" => may(ActKind::Bye),
                    "greet" => turn == 0 || may(ActKind::Greet),
                    _ => false,
                };
                if allowed {
                    continue;
                }
                let place = format!("{index}/{turn}");
                let mut spoilt = said.clone();
                spoilt.text = wronged(&said.text, wrong, &place);
                spoilt.origin = Origin::Model("scripted-1".into());
                let found = breach(&spoilt, turn == 0);
                assert!(found.is_some(), "{wrong}: {:?} {:?}", spoilt.text, spoilt.acts);
                *planted.entry(wrong).or_default() += 1;
            }
        }
    }
    assert!(WRONGS.iter().all(|wrong| planted.get(wrong).is_some_and(|count| *count > 100)), "{planted:?}");
}

/// A user that had nothing to say fell silent: whoever is about to think better of a value says it first, though the offer
/// has it already.
#[test]
fn a_user_always_has_something_to_say() {
    let classes = BTreeMap::from([(goalconvo_core::GoalClass::ChangeOfMind, 1)]);
    let plan = plan(Dials { classes, ..Dials::default() }, 41);
    for index in 0..1_500 {
        let made = plan.make(index);
        let garbled =
            |dialogue: &Dialogue| dialogue.turns.iter().any(|turn| matches!(turn, Turn::Garbled { .. }));
        assert!(!made.dialogue.iter().chain(&made.rejected).any(garbled), "{index}");
    }
}
