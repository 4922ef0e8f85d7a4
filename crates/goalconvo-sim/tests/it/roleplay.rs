//! Two personas talk: who speaks, who ends it, what they are told, and the same again from the seed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use goalconvo_core::{Key, Purpose, Rng};
use goalconvo_llm::{Address, Error, Model, Reply, Request, Scripted};
use goalconvo_sim::Prompts;
use goalconvo_sim::roleplay::{
    Canned, Card, Cast, End, Generator, Heard, Library, Orchestrator, Own, Part, Rules, Talk, WhoEnds, talk,
};
use serde_json::{Map, Value, json};

fn prompts() -> Arc<Prompts> {
    Arc::new(Prompts::new(&BTreeMap::new()).unwrap())
}

fn card(name: &str) -> Card {
    Card::new(json!({ "name": name, "job": "baker", "likes": ["trains", "rain"] }), "x", None).unwrap()
}

type Answers = dyn Fn(usize, &Request) -> Result<Value, Error> + Send + Sync;

/// A model that answers by the number of its call, and keeps what it was asked.
fn model(answer: Box<Answers>) -> (Arc<dyn Model>, Arc<Mutex<Vec<Request>>>) {
    let log: Arc<Mutex<Vec<Request>>> = Arc::default();
    let asked = Arc::clone(&log);
    let scripted = Scripted::new("asked-for", move |request: &Request| {
        let mut asked = asked.lock().unwrap();
        asked.push(request.clone());
        let said = answer(asked.len() - 1, request)?;
        Ok(Reply { model: Some("reported-1".to_owned()), ..Reply::said(said.to_string()) })
    });
    (Arc::new(scripted), log)
}

/// Says something new each time, and is done at this call.
fn chatty(done_at: usize) -> Box<Answers> {
    Box::new(move |at, request| {
        let may_end = request.messages[0].text().contains("\"done\"");
        let words = format!("This is what I say at number {at} by seed {:?}.", request.seed);
        Ok(if may_end { json!({ "words": words, "done": at == done_at }) } else { json!({ "words": words }) })
    })
}

fn cast(first: Arc<dyn Model>, second: Arc<dyn Model>, orchestrators: Vec<Orchestrator>) -> Cast {
    let parts = [
        Part { card: card("Anna"), model: first, orchestrators },
        Part { card: card("Ben"), model: second, orchestrators: vec![] },
    ];
    Cast { parts, prompts: prompts() }
}

fn play(cast: &Cast, rules: &Rules, index: u64) -> Result<Talk, String> {
    pollster::block_on(talk(cast, rules, Key { seed: 5, index })).map_err(|error| error.to_string())
}

#[test]
fn they_take_turns_until_one_ends_it() {
    let (first, _) = model(chatty(3));
    let (second, asked) = model(chatty(99));
    let talk = play(&cast(first, second, vec![]), &Rules::default(), 0).unwrap();
    let speakers: Vec<&str> = talk.turns.iter().map(|turn| turn.speaker.as_str()).collect();
    assert_eq!(speakers, ["Anna", "Ben", "Anna", "Ben", "Anna", "Ben", "Anna"]);
    assert_eq!((talk.end.clone(), talk.is_complete()), (End::EndedBy("Anna".to_owned()), true));
    assert_eq!(
        serde_json::to_value(&talk.turns[0].origin).unwrap(),
        "model:reported-1",
        "as reported, not as asked"
    );
    assert!(talk.text().starts_with("Anna: This is") && talk.text().ends_with("(end)\n"));
    // Nobody is shown the other one's persona, and what was said is only ever added to.
    let asked = asked.lock().unwrap();
    assert!(!asked[0].messages[0].text().contains("Who Anna is"));
    for pair in asked.windows(2) {
        assert_eq!(pair[1].messages[..pair[0].messages.len()], pair[0].messages[..]);
    }
}

#[test]
fn a_talk_that_is_cut_off_is_not_complete() {
    let talk_of = |rules: Rules| {
        let cast = cast(model(chatty(2)).0, model(chatty(99)).0, vec![]);
        play(&cast, &rules, 0).unwrap()
    };
    let cut = talk_of(Rules { most_turns: 4, ..Rules::default() });
    assert_eq!(
        (cut.turns.len(), cut.is_complete(), cut.sdialog()["complete"].clone()),
        (4, false, false.into())
    );
    assert!(cut.text().ends_with("(cut off)\n"));
    let second = talk_of(Rules { most_turns: 8, ends: WhoEnds::Second, ..Rules::default() });
    assert_eq!((second.turns.len(), second.end), (8, End::CutOff), "Anna may not end it");
    let nobody = talk_of(Rules { most_turns: 8, ends: WhoEnds::Nobody, ..Rules::default() });
    assert!(!nobody.is_complete());
}

#[test]
fn the_same_seed_is_the_same_talk() {
    let run = |index| {
        play(&cast(model(chatty(2)).0, model(chatty(99)).0, vec![]), &Rules::default(), index).unwrap()
    };
    assert_eq!(run(4), run(4));
    assert_ne!(run(4).turns, run(5).turns);
}

#[test]
fn opening_lines_are_the_first_speakers_and_no_models() {
    let rules = Rules { opening: vec!["Morning!".into(), "Hi there!".into()], ..Rules::default() };
    let (second, asked) = model(chatty(1));
    let talk = play(&cast(model(chatty(9)).0, second, vec![]), &rules, 1).unwrap();
    assert!(["Morning!", "Hi there!"].contains(&talk.turns[0].text.as_str()));
    assert_eq!(serde_json::to_value(&talk.turns[0]).unwrap()["origin"], "script");
    assert_eq!(asked.lock().unwrap()[0].messages[1].text(), talk.turns[0].text);
}

/// The first speaker's replies, in order; what came of the talk.
fn check(replies: Vec<Value>, expect: Result<usize, &str>) {
    let (first, _) = model(Box::new(move |at, _| Ok(replies[at.min(replies.len() - 1)].clone())));
    let rules = Rules { most_turns: 1, ..Rules::default() };
    let found = play(&cast(first, model(chatty(9)).0, vec![]), &rules, 0);
    match expect {
        Ok(discarded) => assert_eq!(found.unwrap().turns[0].discarded as usize, discarded),
        Err(says) => {
            let error = found.unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}

#[test]
fn what_cannot_be_used_is_asked_again_and_never_replaced() {
    let good = json!({ "words": "Good morning to you.", "done": false });
    check(vec![good.clone()], Ok(0));
    check(vec![json!({ "words": "Ben: Hello!\nAnna: Hi!", "done": false }), good.clone()], Ok(1));
    check(vec![json!({ "words": " … ", "done": false }), json!("STOP"), good], Ok(2));
    check(vec![json!({ "words": "", "done": true })], Err("Anna gave no usable reply in 4 attempts"));
    check(vec![json!({ "speech": "Hello." })], Err("it is not the JSON asked for"));
    // The word is no end: the talk goes on to its limit.
    let talk = play(
        &cast(
            model(Box::new(|at, _| {
                Ok(json!({ "words": format!("There is a bus STOP nearby, number {at}."), "done": false }))
            }))
            .0,
            model(chatty(99)).0,
            vec![],
        ),
        &Rules { most_turns: 6, ..Rules::default() },
        0,
    );
    assert_eq!(talk.unwrap().turns.len(), 6);
}

#[test]
fn a_providers_failure_is_no_turn() {
    let failing: Box<Answers> = Box::new(|_, _| Err("nobody:nothing".parse::<Address>().unwrap_err()));
    let error = play(&cast(model(chatty(9)).0, model(failing).0, vec![]), &Rules::default(), 0).unwrap_err();
    assert!(error.starts_with("Ben could not speak: "), "{error}");
}

#[test]
fn braces_in_a_persona_are_braces() {
    let content = json!({ "name": "Zoë", "motto": "{{ 7 * 7 }} {% raw %}", "nested": { "a": [1, 2] } });
    let plain = Card::new(content.clone(), "x", None).unwrap();
    assert!(plain.description.contains("- motto: {{ 7 * 7 }} {% raw %}"), "{}", plain.description);
    let own = Card::new(
        content.clone(),
        "x",
        Some("{{ name }} lives by {{ motto }} and {{ fields.nested.a[1] }}."),
    )
    .unwrap();
    assert_eq!(own.description, "Zoë lives by {{ 7 * 7 }} {% raw %} and 2.");
    assert!(
        Card::new(content, "x", Some("{{ mottto }}")).unwrap_err().to_string().contains("template, line 1")
    );
    for (content, says) in [
        (json!([1]), "found a list"),
        (json!({ "name": 3 }), "name: found 3"),
        (json!({ "name": "a:b" }), "without ':'"),
    ] {
        assert!(Card::new(content, "x", None).unwrap_err().to_string().contains(says));
    }
    assert_eq!(Card::new(json!({ "age": 4 }), "from-file", None).unwrap().name, "from-file");
}

#[test]
fn nobody_ends_a_talk_before_its_fewest_utterances() {
    let length = || vec![Orchestrator::Length { fewest: 4, most: 5 }];
    // Ben wants to end it at once, and is not the one who is told of a length.
    let hasty: Box<Answers> = Box::new(|at, request| {
        let again = request.messages.iter().any(|message| message.text().contains("it is too early to end"));
        Ok(json!({ "words": format!("So much for that, number {at}."), "done": !again }))
    });
    let made = play(&cast(model(chatty(99)).0, model(hasty).0, length()), &Rules::default(), 0).unwrap();
    let discarded: Vec<u32> = made.turns.iter().map(|turn| turn.discarded).collect();
    assert_eq!((discarded, made.end), (vec![0, 1, 0, 1, 0, 0], End::EndedBy("Ben".to_owned())));
    // Whoever insists gives no usable reply.
    let stubborn: Box<Answers> =
        Box::new(|at, _| Ok(json!({ "words": format!("Bye, {at}."), "done": true })));
    let error = play(&cast(model(stubborn).0, model(chatty(9)).0, length()), &Rules::default(), 0);
    let error = error.unwrap_err();
    assert!(error.contains("4 utterances come before the last one"), "{error}");
}

#[test]
fn what_an_orchestrator_cannot_mean_is_said() {
    let check = |fields: Value, says: &str| {
        let orchestrator: Orchestrator = serde_json::from_value(fields.clone()).unwrap();
        let found = orchestrator.check().err().unwrap_or_default();
        assert!(if says.is_empty() { found.is_empty() } else { found.contains(says) }, "{fields}: {found}");
    };
    let three = |then: Value| json!({ "kind": "canned", "responses": [{ "text": "a", "then": then }, { "text": "b" }, { "text": "c" }] });
    check(three(json!([0, 2])), "");
    check(three(json!([9])), "found 9 in then of response 0; expected places of the 3 responses, 0 to 2");
    check(json!({ "kind": "canned", "responses": [] }), "found 0 responses");
    check(json!({ "kind": "canned", "responses": [{ "text": "a" }], "suggest": 0 }), "suggest = 0");
    check(json!({ "kind": "canned", "responses": [{ "text": " . " }] }), "expected words");
    check(json!({ "kind": "length", "fewest": 10, "most": 2 }), "found fewest = 10 and most = 2");
    check(json!({ "kind": "length", "fewest": 2, "most": 2 }), "");
    check(json!({ "kind": "change_of_mind", "percent": 400 }), "found percent = 400; expected 0 to 100");
    check(json!({ "kind": "change_of_mind", "percent": 100 }), "");
    check(json!({ "kind": "reflex", "when": [], "instruction": "Blush." }), "found when = []");
    check(json!({ "kind": "reflex", "when": ["cake", "?"], "instruction": "Blush." }), "found \"?\" in when");
    check(json!({ "kind": "instructions", "list": [] }), "found list = []");
}

fn told(orchestrator: &Orchestrator, said: &[(bool, &str)]) -> Option<String> {
    let rngs = |turn: usize| -> Rng { Key { seed: 9, index: 0 }.rng(turn, Purpose::User) };
    orchestrator.instruct(&Heard { said }, &rngs)
}

#[test]
fn orchestrators_say_what_to_mind() {
    let length = Orchestrator::Length { fewest: 2, most: 3 };
    let said = [(true, "Hi."), (false, "Hello, is the cake ready?"), (true, "Nearly."), (false, "Good.")];
    assert!(told(&length, &said[..1]).unwrap().contains("must not end yet"));
    assert_eq!(told(&length, &said[..2]), None);
    assert!(told(&length, &said).unwrap().contains("natural end now"));
    let reflex = Orchestrator::Reflex { when: vec!["the cake".into()], instruction: "Blush.".into() };
    assert_eq!(told(&reflex, &said[..2]), Some("Blush.".into()));
    assert_eq!(told(&reflex, &[(false, "The cakes and pancake are here")]), None, "whole words");
    let list = Orchestrator::Instructions { list: vec!["One.".into(), "Two.".into()] };
    assert_eq!((told(&list, &[]), told(&list, &said[..2])), (Some("One.".into()), Some("Two.".into())));
    assert_eq!(told(&list, &said), None);
    let own = Orchestrator::Own(Own(Arc::new(|heard, _| Some(heard.own_turns().to_string()))));
    assert_eq!(told(&own, &said), Some("2".into()));
}

#[test]
fn a_mind_changes_at_most_so_often() {
    let change = Orchestrator::ChangeOfMind { percent: 60, reasons: vec!["it rains".into()], most: 2 };
    let said: Vec<(bool, &str)> = (0..40).map(|at| (at % 2 == 0, "Well.")).collect();
    let changes = (0..40).step_by(2).filter(|end| told(&change, &said[..*end]).is_some()).count();
    assert!((1..=2).contains(&changes), "{changes}");
    let never = Orchestrator::ChangeOfMind { percent: 0, reasons: vec![], most: 2 };
    assert!((0..40).all(|end| told(&never, &said[..end]).is_none()));
}

#[test]
fn canned_responses_follow_their_flow() {
    let response = |text: &str, then: &[usize]| Canned { text: text.into(), then: then.to_vec() };
    let flow = Orchestrator::Canned {
        responses: vec![
            response("Welcome to the bakery, what would you like?", &[1, 2]),
            response("The chocolate cake costs nine pounds.", &[2]),
            response("When will you pick it up?", &[]),
        ],
        suggest: 1,
    };
    let at_first = told(&flow, &[]).unwrap();
    assert!(at_first.contains("Welcome"), "{at_first}");
    let greeted =
        [(true, "Welcome to our bakery, what would you like?"), (false, "How much is the chocolate cake?")];
    assert!(told(&flow, &greeted).unwrap().contains("nine pounds"));
    let later = [(true, "The chocolate cake costs nine pounds."), (false, "What would you like?")];
    assert!(told(&flow, &later).unwrap().contains("pick it up"), "the flow allows nothing else");
}

#[test]
fn instructions_are_shown_last_once_and_kept_in_the_record() {
    let list = Orchestrator::Instructions { list: vec!["Ask about the weather.".into()] };
    let (first, asked) = model(chatty(99));
    let talk =
        play(&cast(first, model(chatty(99)).0, vec![list]), &Rules { most_turns: 4, ..Rules::default() }, 0)
            .unwrap();
    assert_eq!(talk.turns[0].instructions, ["Ask about the weather."]);
    let asked = asked.lock().unwrap();
    assert!(asked[0].messages.last().unwrap().text().contains("- Ask about the weather."));
    assert!(asked[1].messages.iter().all(|message| !message.text().contains("weather")));
    assert_eq!(talk.sdialog()["events"][0]["action"], "instruct");
}

#[test]
fn the_shape_is_sdialogs() {
    let talk = play(&cast(model(chatty(1)).0, model(chatty(99)).0, vec![]), &Rules::default(), 3).unwrap();
    let shape = talk.sdialog();
    let keys: Vec<&str> = shape.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "version",
            "timestamp",
            "model",
            "seed",
            "id",
            "parentId",
            "complete",
            "personas",
            "context",
            "scenario",
            "turns",
            "events",
            "annotations",
            "notes"
        ]
    );
    assert_eq!(
        (&shape["personas"]["Anna"]["job"], &shape["model"]["name"]),
        (&"baker".into(), &"reported-1".into())
    );
    let record = talk.record();
    assert_eq!(record.turns.len(), talk.turns.len());
    assert!(record.outcome.is_none() && record.scenario.is_none());
    let back: Talk = serde_json::from_str(&serde_json::to_string(&talk).unwrap()).unwrap();
    assert_eq!(back, talk);
}

fn library() -> Library {
    serde_json::from_value(json!({
        "attributes": {
            "job": { "choice": ["pupil", "baker", "driver"] },
            "age": { "range": [8, 70] },
            "country": { "fixed": "Malta" },
            "mood": { "choice": ["calm", "cross"] },
        },
        "constraints": ["age >= 18 or job == 'pupil'", "age < 20 or job != 'pupil'"],
        "quotas": { "job": { "pupil": 20, "baker": 50, "driver": 30 } },
    }))
    .unwrap()
}

#[test]
fn a_library_keeps_constraints_and_quotas_and_repeats_nobody() {
    let drawn = library().draw(60, 3).unwrap();
    let count = |job: &str| drawn.iter().filter(|one| one["job"] == job).count();
    assert_eq!((count("pupil"), count("baker"), count("driver")), (12, 30, 18));
    for one in &drawn {
        let age = one["age"].as_i64().unwrap();
        assert!(if one["job"] == "pupil" { age < 20 } else { age >= 18 }, "{one:?}");
        assert_eq!(one["country"], "Malta");
    }
    let kinds: std::collections::BTreeSet<String> = drawn.iter().map(|one| json!(one).to_string()).collect();
    assert_eq!(kinds.len(), 60);
    assert_eq!(drawn, library().draw(60, 3).unwrap());
    assert_ne!(drawn, library().draw(60, 4).unwrap());
}

#[test]
fn a_library_says_what_is_wrong_with_it() {
    let with = |change: fn(&mut Library)| {
        let mut library = library();
        change(&mut library);
        library.draw(10, 1).unwrap_err().to_string()
    };
    let none: fn(&mut Library) = |library| library.constraints.push("age > 90".into());
    assert!(with(none).contains("no new combination for number 1"));
    assert!(with(|library| library.constraints.push("aeg > 9".into())).contains("there is no attribute"));
    assert!(
        with(|library| library.quotas.get_mut("job").unwrap().retain(|job, _| job != "baker"))
            .contains("expected 100")
    );
    let empty: fn(&mut Library) =
        |library| drop(library.attributes.insert("mood".into(), Generator::Choice(vec![])));
    assert!(with(empty).contains("attributes.mood: found an empty choice"));
    let few = Library {
        attributes: BTreeMap::from([(
            "mood".to_owned(),
            Generator::Choice(vec!["calm".into(), "cross".into()]),
        )]),
        ..Library::default()
    };
    assert_eq!(few.draw(2, 1).unwrap().len(), 2);
    assert!(few.draw(3, 1).is_err(), "there are but two");
}

#[test]
fn a_model_words_attributes_and_breaks_no_constraint() {
    let mut library = library();
    library.attributes.insert("hobby".into(), Generator::Model("A hobby that costs little.".into()));
    library.constraints.push("hobby != 'sailing'".into());
    assert!(library.needs_model());
    let drawn = library.draw(3, 1).unwrap();
    assert!(drawn.iter().all(|one| !one.contains_key("hobby")));
    let complete = |answers: &'static [&'static str]| -> Result<Map<String, Value>, String> {
        let (model, _) =
            model(Box::new(move |at, _| Ok(json!({ "value": answers[at.min(answers.len() - 1)] }))));
        let prompts = prompts();
        let found = library.complete(drawn[0].clone(), 0, (&*model, &prompts));
        pollster::block_on(found).map_err(|error| error.to_string())
    };
    assert_eq!(complete(&["chess"]).unwrap()["hobby"], "chess");
    assert_eq!(complete(&["sailing", "walking"]).unwrap()["hobby"], "walking");
    assert!(complete(&["sailing"]).unwrap_err().contains("nothing that keeps the constraints"));
    assert!(complete(&[" "]).is_err());
}
