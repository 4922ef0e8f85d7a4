//! Model judges: what a reply must have to count, what a failed call is, and what samples are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use goalconvo_core::{Dialogue, Finding, Turn, Verdict};
use goalconvo_llm::{Address, Error, Model, Reply, Request, Scripted};
use goalconvo_sim::judge::{
    Calibration, Depth, Gate, GateConfig, Heuristic, Judge, Opinion, OpinionConfig, OutcomeJudge, PROVIDER,
    PanelRule, Rubric, Rule, Share, Statistics, Weight, first_fault, repair_tail, repair_turn,
};
use goalconvo_sim::{AgendaUser, Cast, Dials, PolicyAssistant, Prompts, verify};
use serde_json::json;

use crate::dialogues::{plan, words_of};

fn prompts() -> Arc<Prompts> {
    Arc::new(Prompts::new(&BTreeMap::new()).unwrap())
}

fn dialogue() -> Dialogue {
    plan(Dials::default(), 41).make(0).dialogue.unwrap()
}

/// The number and some words of the first utterance.
fn first_words(dialogue: &Dialogue) -> (usize, String) {
    let (_, text) = dialogue.said().next().unwrap();
    (0, text.chars().take(20).collect())
}

fn rating(dialogue: &Dialogue, score: i64) -> String {
    let (line, quote) = first_words(dialogue);
    json!({ "evidence": [{ "line": line, "quote": quote }], "reason": "So it reads.", "score": score })
        .to_string()
}

/// A provider's failure, as it comes from the crate of models.
fn outage() -> Error {
    "nobody:nothing".parse::<Address>().unwrap_err()
}

type Answers = dyn Fn(usize, &Request) -> Result<String, Error> + Send + Sync;

/// A model that answers by the number of the call, and keeps what it was asked.
fn model(name: &str, answer: Box<Answers>) -> (Arc<dyn Model>, Arc<Mutex<Vec<Request>>>) {
    let log: Arc<Mutex<Vec<Request>>> = Arc::default();
    let asked = Arc::clone(&log);
    let reported = name.to_owned();
    let scripted = Scripted::new(name, move |request: &Request| {
        let mut asked = asked.lock().unwrap();
        asked.push(request.clone());
        answer(asked.len() - 1, request)
            .map(|text| Reply { model: Some(reported.clone()), ..Reply::said(text) })
    });
    (Arc::new(scripted), log)
}

fn judged(members: Vec<Arc<dyn Model>>, samples: u32, dialogue: &Dialogue) -> Verdict {
    judged_by(PanelRule::All, members, samples, dialogue)
}

fn judged_by(panel: PanelRule, members: Vec<Arc<dyn Model>>, samples: u32, dialogue: &Dialogue) -> Verdict {
    let config = OpinionConfig { samples, panel, ..OpinionConfig::default() };
    let judge = Opinion::new(Rubric::Coherence, config, members, prompts());
    pollster::block_on(judge.judge(dialogue))
}

/// One model with these answers, one a sample.
fn check(answers: Vec<Result<String, Error>>, expect: Finding, reason: &str) -> Verdict {
    let dialogue = dialogue();
    let count = answers.len();
    let (model, _) = model("scripted", Box::new(move |at, _| answers[at].clone()));
    let found = judged(vec![model], u32::try_from(count).unwrap(), &dialogue);
    assert_eq!(found.finding, expect, "{found:?}");
    let checks: Vec<&str> = found.reasons.iter().map(|reason| reason.check.as_str()).collect();
    assert!(reason.is_empty() || checks.contains(&reason), "{checks:?}");
    assert!(found.prompt.is_some(), "no hash of the prompt");
    found
}

#[test]
fn a_mark_passes_or_fails_and_says_why() {
    let dialogue = dialogue();
    let rated = |score| Ok(rating(&dialogue, score));
    let found = check(vec![rated(5), rated(4), rated(4)], Finding::Passed, "");
    assert_eq!(found.scores["coherence"].to_bits(), 4.0_f64.to_bits());
    let found = check(vec![rated(1), rated(2), rated(5)], Finding::Failed, "rating");
    assert!(found.reasons[0].at.starts_with("/turns/0") && found.reasons[0].what.contains("So it reads."));
    assert!((found.scores["coherence"] - 2.0).abs() < 1e-9, "the median, not the mean");
}

#[test]
fn a_failed_call_is_unknown_and_never_a_mark() {
    let dialogue = dialogue();
    let found = check(vec![Err(outage()), Err(outage()), Err(outage())], Finding::Unknown, PROVIDER);
    assert!(found.scores.is_empty(), "{:?}", found.scores);
    // One answer of three is too little to know.
    let found =
        check(vec![Ok(rating(&dialogue, 5)), Err(outage()), Err(outage())], Finding::Unknown, PROVIDER);
    assert!(!found.scores.contains_key("coherence"));
    check(vec![Ok(rating(&dialogue, 5)), Ok(rating(&dialogue, 5)), Err(outage())], Finding::Passed, "");
}

#[test]
fn replies_that_are_no_ratings_do_not_count() {
    let (line, quote) = first_words(&dialogue());
    let reply =
        |evidence, score: i64| Ok(json!({ "evidence": evidence, "reason": "", "score": score }).to_string());
    let quoted = json!([{ "line": line, "quote": quote }]);
    check(vec![reply(quoted.clone(), 5)], Finding::Passed, "");
    for score in [0, 6, -1, 100] {
        check(vec![reply(quoted.clone(), score)], Finding::Unknown, "reply");
    }
    check(vec![reply(json!([]), 5)], Finding::Unknown, "quote");
    check(
        vec![reply(json!([{ "line": line, "quote": "words that nobody said" }]), 5)],
        Finding::Unknown,
        "quote",
    );
    check(vec![reply(json!([{ "line": 999, "quote": quote }]), 5)], Finding::Unknown, "quote");
    check(vec![reply(json!([{ "line": line, "quote": "" }]), 5)], Finding::Unknown, "quote");
    check(vec![reply(json!([{ "line": line, "quote": "  . " }]), 5)], Finding::Unknown, "quote");
    for text in ["", "5", "Great dialogue! 5/5", "{\"score\": 5}", "<think>hm</think>{}"] {
        check(vec![Ok(text.to_owned())], Finding::Unknown, "reply");
    }
}

#[test]
fn ten_samples_are_ten_calls_with_ten_keys() {
    let dialogue = dialogue();
    let rated = rating(&dialogue, 4);
    let (model, log) = model("scripted", Box::new(move |_, _| Ok(rated.clone())));
    judged(vec![model], 10, &dialogue);
    let log = log.lock().unwrap();
    let tags: BTreeSet<_> = log.iter().map(|request| request.tag.clone()).collect();
    let bodies: BTreeSet<[u8; 16]> = log.iter().map(|request| request.digest("scripted").unwrap()).collect();
    assert_eq!((log.len(), tags.len(), bodies.len()), (10, 10, 10), "a cache could answer two with one");
}

#[test]
fn rubrics_and_samples_share_all_but_the_question() {
    let dialogue = dialogue();
    let rated = rating(&dialogue, 4);
    let (model, log) = model("scripted", Box::new(move |_, _| Ok(rated.clone())));
    for rubric in Rubric::ALL {
        let judge = Opinion::new(rubric, OpinionConfig::default(), vec![Arc::clone(&model)], prompts());
        pollster::block_on(judge.judge(&dialogue));
    }
    let log = log.lock().unwrap();
    assert_eq!(log.len(), 18);
    assert!(log.iter().all(|request| request.messages[..2] == log[0].messages[..2]), "rules and record");
    assert_ne!(log[0].messages[2], log[1].messages[2], "the other order of the marks");
    assert_eq!(log[0].messages[2], log[2].messages[2]);
    let questions: BTreeSet<&str> = log.iter().map(|request| request.messages[2].text()).collect();
    assert_eq!(questions.len(), 12, "six questions, each in two orders");
}

#[test]
fn judges_see_neither_verdicts_nor_who_made_it() {
    let dialogue = dialogue();
    let rated = rating(&dialogue, 4);
    let (model, log) = model("scripted", Box::new(move |_, _| Ok(rated.clone())));
    judged(vec![model], 1, &dialogue);
    let asked = log.lock().unwrap();
    let shown: String = asked[0].messages[1..].iter().map(goalconvo_llm::Message::text).collect();
    // What was said may speak of success; what else is shown may not.
    let shown = dialogue.said().fold(shown, |shown, (_, text)| shown.replace(text, ""));
    for hidden in ["grammar", "passed", "success", "reward", "verdict"] {
        assert!(!shown.contains(hidden), "{hidden}");
    }
}

#[test]
fn prompts_are_as_they_were() {
    let dialogue = dialogue();
    for rubric in Rubric::ALL {
        let (line, quote) = first_words(&dialogue);
        let (model, log) = model(
            "scripted",
            Box::new(move |_, _| {
                Ok(json!({ "evidence": [{ "line": line, "quote": quote }], "reason": "", "score": 3 })
                    .to_string())
            }),
        );
        let judge =
            Opinion::new(rubric, OpinionConfig { samples: 1, ..Default::default() }, vec![model], prompts());
        pollster::block_on(judge.judge(&dialogue));
        let log = log.lock().unwrap();
        let (rules, asked) = (log[0].messages[0].text(), log[0].messages[2].text());
        let question = &rules[rules.find(&format!("\n{}: ", rubric.name())).unwrap()..];
        assert!(question.find("- 1: ") < question.find("- 5: "), "{question}");
        assert!(asked.contains(&format!("\"{}\"", rubric.name())) && !rules.contains("{%"), "{asked}");
    }
}

#[test]
fn a_panel_needs_each_of_its_members() {
    let dialogue = dialogue();
    let (high, middle, low) = (rating(&dialogue, 5), rating(&dialogue, 4), rating(&dialogue, 2));
    let fixed = |name: &str, text: &str| {
        let text = text.to_owned();
        model(name, Box::new(move |_, _| Ok(text.clone()))).0
    };
    let panel = || vec![fixed("a", &high), fixed("b", &middle), fixed("c", &low)];
    let found = judged_by(PanelRule::Median, panel(), 2, &dialogue);
    assert_eq!((found.finding, found.scores["coherence"] as i64), (Finding::Passed, 4));
    let found = judged(panel(), 2, &dialogue);
    assert_eq!((found.finding, found.scores["coherence"] as i64), (Finding::Failed, 2), "one is against it");
    assert!(found.reasons[0].what.starts_with("2 of 5"), "{:?}", found.reasons);
    assert!(found.scores.contains_key("rating/2:c/1"), "{:?}", found.scores);
    let (down, _) = model("d", Box::new(|_, _| Err(outage())));
    let found = judged(vec![fixed("a", &high), fixed("b", &middle), down], 2, &dialogue);
    assert_eq!(found.finding, Finding::Unknown);
}

#[test]
fn who_never_gives_a_usable_reply_is_told_from_who_sometimes_does() {
    let dialogue = dialogue();
    let good = rating(&dialogue, 5);
    let made_up =
        json!({ "evidence": [{ "line": 0, "quote": "what nobody said" }], "reason": "", "score": 5 });
    // The models' usable replies, by the number of the call.
    let mute = |usable: [fn(usize) -> bool; 2]| {
        let members = usable.map(|usable| {
            let (good, bad) = (good.clone(), made_up.to_string());
            model("m", Box::new(move |at, _| Ok(if usable(at) { good.clone() } else { bad.clone() }))).0
        });
        let judge = Opinion::new(Rubric::Coherence, OpinionConfig::default(), members.into(), prompts());
        let gate = Gate::new(vec![Rule::must(judge)]).unwrap();
        let ruling = pollster::block_on(gate.rule(&dialogue, Depth::Cheap));
        assert!(!ruling.accepted);
        ruling.mute()
    };
    let says = "none of its ratings quotes the record";
    assert!(mute([|_| false, |_| false]).unwrap().contains(says));
    assert!(mute([|_| true, |_| false]).unwrap().contains(says), "one member of a panel");
    assert_eq!(mute([|_| true, |at| at == 0]), None, "one reply of its three");
}

#[test]
fn rubrics_without_their_matter_are_unknown() {
    let bare = Dialogue { scenario: None, ..dialogue() };
    for rubric in [Rubric::Goal, Rubric::Persona] {
        let rated = rating(&bare, 5);
        let (model, log) = model("scripted", Box::new(move |_, _| Ok(rated.clone())));
        let judge = Opinion::new(rubric, OpinionConfig::default(), vec![model], prompts());
        assert_eq!(pollster::block_on(judge.judge(&bare)).finding, Finding::Unknown);
        assert!(log.lock().unwrap().is_empty(), "nothing to pay for");
    }
}

#[test]
fn nobody_pays_for_an_opinion_on_what_is_rejected_already() {
    let dialogue = dialogue();
    let rated = rating(&dialogue, 5);
    let (model, log) = model("scripted", Box::new(move |_, _| Ok(rated.clone())));
    let opinion = Opinion::new(Rubric::Coherence, OpinionConfig::default(), vec![model], prompts());
    let mut rules: Vec<Rule> = vec![Rule::must(opinion), Rule::must(OutcomeJudge)];
    rules.extend(Heuristic::all().into_iter().map(Rule::must));
    let gate = Gate::new(rules).unwrap();
    let mut bad = dialogue.clone();
    bad.outcome.as_mut().unwrap().success = false;
    assert!(!pollster::block_on(gate.rule(&bad, Depth::Cheap)).accepted);
    assert_eq!(log.lock().unwrap().len(), 0);
    assert!(!pollster::block_on(gate.rule(&bad, Depth::All)).accepted);
    assert_eq!(log.lock().unwrap().len(), 3);
    assert!(pollster::block_on(gate.rule(&dialogue, Depth::Cheap)).accepted);
}

#[test]
fn agreement_position_and_verbosity_are_measured() {
    let mut statistics = Statistics::default();
    let long = dialogue();
    for (number, (first, second)) in [(5.0, 4.0), (3.0, 2.0), (1.0, 1.0), (4.0, 4.0)].into_iter().enumerate()
    {
        let mut dialogue = long.clone();
        dialogue.turns.truncate(2 + 2 * number);
        let scores =
            [("rating/0:m/0", first), ("rating/0:m/1", second), ("coherence", (first + second) / 2.0)];
        let scores = scores.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let verdict = Verdict {
            judge: "coherence".into(),
            finding: Finding::Passed,
            scores,
            reasons: vec![],
            prompt: None,
        };
        statistics.push(&dialogue, &[verdict]);
    }
    let report = statistics.report("coherence", Weight::Must);
    let agreement = report.agreement.unwrap();
    assert!((0.5..1.0).contains(&agreement.value) && agreement.n == 4, "{agreement:?}");
    assert_eq!(report.between, Some("samples"));
    assert!((report.position.unwrap().value + 0.5).abs() < 1e-9);
    assert!(report.verbosity.unwrap().value < 0.0);
    assert!(statistics.report("fluency", Weight::Must).agreement.is_none(), "not computed is not 0");
}

#[test]
fn calibration_counts_faults_found() {
    let mut calibration = Calibration::default();
    let ruling = |accepted, finding| goalconvo_sim::judge::Ruling {
        accepted,
        verdicts: vec![Verdict {
            judge: "coherence".into(),
            finding,
            scores: BTreeMap::new(),
            reasons: vec![],
            prompt: None,
        }],
        reasons: vec![],
    };
    let label = |sound| BTreeMap::from([("coherence".to_owned(), sound), ("gate".to_owned(), sound)]);
    for (sound, finding, times) in [
        (false, Finding::Failed, 6),
        (false, Finding::Passed, 2),
        (false, Finding::Unknown, 2),
        (true, Finding::Failed, 1),
        (true, Finding::Passed, 9),
    ] {
        for _ in 0..times {
            calibration.push(&label(sound), &ruling(finding == Finding::Passed, finding));
        }
    }
    let report = calibration.report();
    let [coherence, gate] = &report[..] else { panic!("{report:?}") };
    let value = |share: Option<Share>| (share.unwrap().value * 1000.0).round() as i64;
    assert_eq!((coherence.n, coherence.faulty, coherence.unknown), (20, 10, 2));
    assert_eq!(
        (value(coherence.precision), value(coherence.recall), value(coherence.specificity)),
        (857, 600, 900)
    );
    // The gate rejects what it does not know.
    assert_eq!((gate.judge.as_str(), value(gate.recall), value(gate.precision)), ("gate", 800, 889));
    let [low, high] = Share::of(6, 10).unwrap().interval;
    assert!((low - 0.3127).abs() < 1e-4 && (high - 0.8318).abs() < 1e-4, "{low} {high}");
    assert_eq!(Share::of(0, 0), None);
    // One that never could tell has missed nothing and passed nothing.
    let mut silent = Calibration::default();
    for sound in [false, true] {
        silent.push(&label(sound), &ruling(false, Finding::Unknown));
    }
    let coherence = &silent.report()[0];
    assert_eq!((coherence.n, coherence.unknown), (2, 2));
    assert_eq!((coherence.precision, coherence.recall, coherence.specificity), (None, None, None));
}

#[test]
fn a_repaired_tail_is_a_new_candidate_judged_afresh() {
    let plan = plan(Dials { tool_errors: Some(0), ..Dials::default() }, 43);
    let mut mended = 0;
    for index in 0..20 {
        let good = plan.make(index).dialogue.unwrap();
        let (stage, words) = (plan.stage(&good.domains).unwrap(), words_of(&good));
        let mut bad = good.clone();
        let Some(Turn::Assistant(said)) = bad
            .turns
            .iter_mut()
            .rev()
            .find(|turn| matches!(turn, Turn::Assistant(said) if !said.text.is_empty()))
        else {
            continue;
        };
        said.text.push_str(" It costs £7351.");
        let verdict = verify(&bad, &stage, &words);
        assert_eq!(verdict.finding, Finding::Failed);
        let (user, assistant) = (AgendaUser::new(words.clone()), PolicyAssistant::new(words.clone()));
        let cast = Cast { user: &user, assistant: &assistant };
        let verdicts = [verdict];
        let repaired = repair_tail(&bad, &verdicts, (&stage, &words), &cast);
        let repaired = pollster::block_on(repaired).unwrap();
        assert_eq!(repaired.provenance.repaired_from.as_deref(), Some(bad.id.as_str()));
        assert_ne!(repaired.id, bad.id);
        assert!(repaired.verdicts.is_empty(), "a candidate brings no verdict along");
        assert_eq!(verify(&repaired, &stage, &words).finding, Finding::Passed, "{index}");
        mended += 1;
    }
    assert!(mended > 15);
}

#[test]
fn one_turn_is_worded_again_and_judged_on_its_merits() {
    let plan = plan(Dials::default(), 47);
    let good = plan.make(1).dialogue.unwrap();
    let (stage, words) = (plan.stage(&good.domains).unwrap(), words_of(&good));
    let at = good
        .turns
        .iter()
        .position(|turn| matches!(turn, Turn::Assistant(said) if !said.text.is_empty()))
        .unwrap();
    let mut bad = good.clone();
    let Turn::Assistant(said) = &mut bad.turns[at] else { panic!() };
    let right = said.text.clone();
    said.text.push_str(" It costs £7351.");
    let (verdicts, prompts) = ([verify(&bad, &stage, &words)], prompts());
    assert_eq!(first_fault(&verdicts), Some(at));
    for (reply, passes) in [(right, true), ("It costs £99 and £12.".to_owned(), false)] {
        let text = json!({ "text": reply }).to_string();
        let (model, log) = model("mender", Box::new(move |_, _| Ok(text.clone())));
        let repaired = repair_turn(&bad, &verdicts, Some((&stage, &words)), (&*model, &prompts));
        let repaired = pollster::block_on(repaired).unwrap();
        assert_eq!(verify(&repaired, &stage, &words).finding == Finding::Passed, passes, "{reply}");
        assert_eq!(serde_json::to_value(&repaired.turns[at]).unwrap()["origin"], "repaired");
        assert!(log.lock().unwrap()[0].messages[0].text().contains("7351"));
    }
    for reply in ["{\"text\": \" \"}", "sorry", "{\"words\": \"x\"}"] {
        let (model, _) = model("mender", Box::new(move |_, _| Ok(reply.to_owned())));
        let repaired = repair_turn(&bad, &verdicts, Some((&stage, &words)), (&*model, &prompts));
        assert!(pollster::block_on(repaired).is_err(), "{reply}: a repair that failed is no candidate");
    }
}

#[test]
fn a_gate_is_read_strictly() {
    let gate = |json: serde_json::Value| -> Result<Gate, String> {
        let config: GateConfig = serde_json::from_value(json).map_err(|error| error.to_string())?;
        let open = |_: &str| Err("no model was given".to_owned());
        config.gate(OutcomeJudge, &open, &prompts()).map_err(|error| error.to_string())
    };
    assert!(gate(json!({ "must": ["length"], "length": { "fewest": 2 } })).is_ok());
    for (config, says) in [
        (json!({ "must": ["lenght"] }), "is no judge; expected one of facts"),
        (json!({ "must": [], "report": ["length"] }), "no judge of the gate must pass"),
        (json!({ "must": ["length", "length"] }), "listed twice"),
        (json!({ "must": ["length"], "length": { "fewst": 2 } }), "fewst"),
        (json!({ "must": ["coherence"] }), "no model was given"),
        (json!({ "must": ["coherence"], "coherence": { "least": 9.0 } }), "expected a mark from 1 to 5"),
        (json!({ "must": ["coherence"], "coherence": { "samples": 0 } }), "at least one sample"),
        (json!({ "any_of": ["length"] }), "any_of"),
        (json!({ "must": ["length"], "length": { "fewest": 100, "most": 2 } }), "expected fewest up to most"),
        (json!({ "must": ["facts"], "length": { "fewest": 100, "most": 2 } }), "[length] found fewest = 100"),
        (json!({ "must": ["facts"], "fluency": { "least": 9.0 } }), "[fluency] found least = 9"),
        (json!({ "must": ["facts"], "fluency": { "panel": "most" } }), "unknown variant `most`"),
        (json!({ "must": ["facts"], "repetition": { "same_percent": 400 } }), "expected 0 to 100"),
    ] {
        let error = gate(config.clone()).err().unwrap_or_default();
        assert!(error.contains(says), "{config}: {error}");
    }
    assert!(GateConfig::standard(true).needs_model() && !GateConfig::standard(false).needs_model());
}
