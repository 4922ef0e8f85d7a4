//! Models as speakers, played by functions: obedient, adversarial, and one that repeats the built-in assistant.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use goalconvo_core::{Act, ActKind, Cue, Dialogue, Finding, Origin, Role, Turn, Utterance};
use goalconvo_llm::{Model, Reply, Request, Scripted, ToolCall};
use goalconvo_sim::{
    AssistantPart, Company, Dials, Grade, Made, Plan, Prompts, Sampling, UserPart, Voice, Words,
};

use crate::dialogues::{domains, plan};

pub fn voice(model: impl Model + 'static) -> Voice {
    let prompts = Arc::new(Prompts::new(&BTreeMap::new()).unwrap());
    Voice { model: Arc::new(model), prompts, sampling: Sampling::default() }
}

pub fn said(text: impl Into<String>) -> Reply {
    Reply { model: Some("scripted-1".into()), ..Reply::said(text) }
}

/// Does what it is told: says the items of the list, or the draft.
fn obey(request: &Request) -> String {
    let told = request.messages.iter().rev().map(goalconvo_llm::Message::text);
    let mut told = told.filter(|text| !text.starts_with("That message"));
    let text = told.find(|text| text.starts_with("Say:") || text.contains("answer: ")).unwrap();
    let items: Vec<String> =
        text.lines().filter_map(|line| line.strip_prefix("- ")).map(|item| item.replace('"', "")).collect();
    if items.is_empty() {
        return text.rsplit_once("answer: ").unwrap().1.trim().to_owned();
    }
    format!("{}.", items.join(", "))
}

pub fn make(plan: &Plan, company: &Company, index: u64) -> Made {
    pollster::block_on(plan.make_with(index, company)).unwrap()
}

fn guided(model: impl Model + 'static, grade: Grade) -> Company {
    Company {
        user: UserPart::Worded(voice(model), grade),
        assistant: AssistantPart::BuiltIn,
        attempts: 4,
        ..Company::default()
    }
}

fn users(dialogue: &Dialogue) -> impl Iterator<Item = &Utterance> {
    dialogue.turns.iter().filter_map(|turn| match turn {
        Turn::User(said) => Some(said),
        _ => None,
    })
}

#[test]
fn an_obedient_model_words_every_turn_of_the_user() {
    let plan = plan(Dials::default(), 3);
    for grade in [Grade::Guided, Grade::Rewrite] {
        let company = guided(Scripted::new("obedient", |request: &Request| Ok(said(obey(request)))), grade);
        let (mut own, mut all) = (0, 0);
        for index in 0..60 {
            let dialogue = make(&plan, &company, index).dialogue.unwrap();
            assert!(dialogue.provenance.prompts.keys().any(|name| name.starts_with("user/")));
            for said in users(&dialogue) {
                all += 1;
                own += usize::from(said.origin == Origin::Model("scripted-1".into()));
                assert!(said.usage.is_some());
            }
        }
        assert!(own * 100 >= all * 90, "{grade:?}: {own} of {all}");
    }
}

/// A number from 0 to 99 that is a function of the request's place and a salt.
fn dice(request: &Request, salt: &str) -> u64 {
    let seed = format!("{}/{}/{}/{salt}", request.tag.scope, request.tag.turn, request.tag.attempt);
    goalconvo_core::ContentHash::of(seed.as_bytes()).low() % 100
}

/// Stops, leaks, swaps roles, greets again and is silent, each in three of ten answers.
fn misbehave(request: &Request) -> Reply {
    let mut text = obey(request);
    if dice(request, "stop") < 30 {
        text = format!("{text} Thank you, that's perfect! Goodbye. STOP");
    }
    if dice(request, "leak") < 30 {
        text = match dice(request, "which") % 3 {
            0 => format!("{text} My phone number is 01223 351880 and I need it by 19:45."),
            1 => format!("As an AI language model I was told to say: {text}"),
            _ => format!("{text} [insert name], 7 people."),
        };
    }
    if dice(request, "swap") < 30 {
        text = match dice(request, "whose") % 2 {
            0 => format!("{text}\nAssistant: I have booked it for you."),
            _ => "How can I help you today? I have booked a table for you.".to_owned(),
        };
    }
    if dice(request, "greet") < 30 {
        text = format!("Hello there! {text}");
    }
    if dice(request, "silent") < 30 {
        text = String::new();
    }
    said(text)
}

/// Plays so many dialogues with the adversary: none is lost, none breaks the contract, no turn takes more calls than
/// it may. Returns the share of turns that are the model's own words.
fn withstand(count: u64) -> f64 {
    let plan = plan(Dials::default(), 41);
    let calls: Arc<Mutex<BTreeMap<(String, u32), u32>>> = Arc::default();
    let counted = calls.clone();
    let model = Scripted::new("adversary", move |request: &Request| {
        *counted.lock().unwrap().entry((request.tag.scope.to_string(), request.tag.turn)).or_default() += 1;
        Ok(misbehave(request))
    });
    let company = guided(model, Grade::Guided);
    let (mut own, mut all, mut known) = (0_u64, 0_u64, BTreeMap::new());
    for index in 0..count {
        let dialogue = make(&plan, &company, index).dialogue.unwrap();
        assert!(dialogue.verdicts.iter().all(|verdict| verdict.finding == Finding::Passed));
        let words = known.entry(dialogue.domains.clone()).or_insert_with(|| {
            let playing = domains().iter().filter(|domain| dialogue.domains.contains(&domain.name));
            Words::new(&playing.cloned().collect::<Vec<_>>()).unwrap()
        });
        for (turn, said) in users(&dialogue).enumerate() {
            all += 1;
            own += u64::from(matches!(said.origin, Origin::Model(_)));
            keeps_the_contract(words, said, turn == 0);
        }
        assert!(calls.lock().unwrap().values().all(|calls| *calls <= 3), "more than three calls for a turn");
        calls.lock().unwrap().clear();
    }
    own as f64 / all as f64
}

/// The contract, read again from the words alone.
fn keeps_the_contract(words: &Words, said: &Utterance, opening: bool) {
    let reading = words.reader()(Role::User, &said.text);
    let does = |kind: ActKind| said.acts.iter().any(|act: &Act| act.act == kind);
    let by_model = matches!(said.origin, Origin::Model(_));
    assert!(!said.text.trim().is_empty());
    assert!(!said.text.contains("STOP") || does(ActKind::Bye), "{:?}", said.text);
    assert!(!said.text.contains("Assistant:"), "{:?}", said.text);
    for (_, cue) in &reading.cues {
        let breach = match cue {
            Cue::OtherRole | Cue::Leak => true,
            // The grammar's own "goodbye party" parts from nobody: these two are about the model's words.
            Cue::Greeting => by_model && !opening && !does(ActKind::Greet),
            Cue::Farewell => by_model && !does(ActKind::Bye),
            _ => false,
        };
        assert!(!breach, "{cue:?} in {:?}", said.text);
    }
    let mut own: Vec<_> = said.acts.iter().filter_map(|act| act.value.as_ref()).collect();
    for mention in &reading.mentions {
        let place = own.iter().position(|value| mention.means(value));
        assert!(
            place.is_some(),
            "{:?} says {:?}, which no act says",
            said.text,
            &said.text[mention.span.clone()]
        );
        own.remove(place.unwrap());
    }
}

#[test]
fn an_adversary_breaks_no_contract() {
    let own = withstand(150);
    assert!(own > 0.2 && own < 0.9, "{own}: the adversary is not one, or nothing of it is used");
}

/// The bound of the issue; about a minute.
#[test]
#[ignore = "ten thousand dialogues"]
fn an_adversary_breaks_no_contract_in_ten_thousand_dialogues() {
    let own = withstand(10_000);
    eprintln!("{:.1} % of the turns are the model's words", 100.0 * own);
}

#[test]
fn what_can_never_be_used_falls_to_the_grammar_and_says_so() {
    let plan = plan(Dials::default(), 5);
    let calls = Arc::new(AtomicU64::new(0));
    let counted = calls.clone();
    let silent = Scripted::new("silent", move |_: &Request| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(said(""))
    });
    let dialogue = make(&plan, &guided(silent, Grade::Guided), 0).dialogue.unwrap();
    assert!(users(&dialogue).all(|said| said.origin == Origin::Grammar));
    assert_eq!(calls.load(Ordering::SeqCst), 3 * users(&dialogue).count() as u64);
}

#[test]
fn a_bus_stop_ends_nothing() {
    let plan = plan(Dials::default(), 6);
    let model = Scripted::new("stop", |request: &Request| {
        Ok(said(format!("{} I wait at the bus STOP nearby", obey(request))))
    });
    let dialogue = make(&plan, &guided(model, Grade::Guided), 1).dialogue.unwrap();
    assert!(users(&dialogue).filter(|said| said.text.contains("bus STOP nearby")).count() > 1);
}

/// The built-in assistant's own dialogues, as a model that says them again.
fn repeating(dialogues: BTreeMap<u64, Dialogue>) -> impl Model {
    Scripted::new("repeating", move |request: &Request| {
        let index: u64 = request.tag.scope.split('/').nth(1).unwrap().parse().unwrap();
        let turn = dialogues.get(&index).and_then(|dialogue| dialogue.turns.get(request.tag.turn as usize));
        let Some(Turn::Assistant(own)) = turn else { return Ok(said("I don't know what to say to that.")) };
        let call = |call: &goalconvo_core::ToolCall| ToolCall {
            id: "same".into(),
            name: call.function.name.to_string(),
            arguments: match &call.function.arguments {
                goalconvo_core::Arguments::Parsed(record) => record.to_string(),
                goalconvo_core::Arguments::Raw(text) => text.clone(),
            },
        };
        Ok(Reply { tool_calls: own.tool_calls.iter().map(call).collect(), ..said(own.text.clone()) })
    })
}

#[test]
fn an_assistants_words_are_understood() {
    let plan = plan(Dials { tool_errors: Some(0), ..Dials::default() }, 23);
    let count = 200;
    let known = (0..count).map(|index| (index, plan.make(index).dialogue.unwrap()));
    let known: BTreeMap<u64, Dialogue> = known.collect();
    let company = Company {
        user: UserPart::BuiltIn,
        assistant: AssistantPart::Model(voice(repeating(known.clone()))),
        attempts: 1,
        ..Company::default()
    };
    let (mut same, mut reasons) = (0, BTreeMap::<String, usize>::new());
    for index in 0..count {
        let made = make(&plan, &company, index);
        for rejected in &made.rejected {
            let expected = &known[&index];
            show_difference(expected, rejected);
            for reason in rejected.verdicts.iter().flat_map(|verdict| &verdict.reasons).take(1) {
                *reasons.entry(format!("{}: {}", reason.check, reason.what)).or_default() += 1;
            }
        }
        same += usize::from(made.dialogue.is_some());
    }
    eprintln!("{same} of {count} pass; first reasons of the others: {reasons:#?}");
    assert!(same * 100 >= count as usize * 70, "{same} of {count}");
}

/// Where understanding went another way first, for whoever improves it.
#[expect(clippy::print_stderr, reason = "for whoever improves the understanding")]
fn show_difference(expected: &Dialogue, found: &Dialogue) {
    let acts = |turn: &Turn| match turn {
        Turn::Assistant(said) => said
            .acts
            .iter()
            .map(|act| {
                let value = act.value.as_ref().map(goalconvo_core::Value::plain);
                format!(
                    "{:?} {} {}",
                    act.act,
                    act.slot.clone().unwrap_or_default(),
                    value.unwrap_or_default()
                )
            })
            .collect::<Vec<_>>(),
        _ => vec![],
    };
    for (own, other) in expected.turns.iter().zip(&found.turns) {
        let (Turn::Assistant(said), Turn::Assistant(_)) = (own, other) else { continue };
        if acts(own) != acts(other) {
            eprintln!("{} {:?}\n   meant {:?}\n   heard {:?}", found.id, said.text, acts(own), acts(other));
        }
    }
}
