//! What models invent: people and goals that can be used, and what becomes of those that can't.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use goalconvo_core::{Goal, GoalClass, Key, Slots};
use goalconvo_llm::{Model, Request, Scripted};
use goalconvo_sim::hub::{Candidate, Hub, HubConfig, Showcase, Source};
use goalconvo_sim::{Author, Company, Dials, Plan};
use serde_json::{Value, json};

use crate::dialogues::plan;
use crate::models::{make, said, voice};

fn company(model: impl Model + 'static, goals: bool) -> Company {
    let voice = voice(model);
    let author = Author {
        model: voice.model,
        prompts: voice.prompts,
        goals,
        people: !goals,
        known: Arc::default(),
        temperature: None,
        max_tokens: 500,
    };
    Company { author: Some(author), attempts: 2, ..Company::default() }
}

fn ada() -> Value {
    json!({
        "name": "Ada",
        "description": "A night nurse who plans her rare free days with care.",
        "context": "Her sister visits for once, and nothing is arranged.",
        "style": "Writes in short lines between two rounds.",
        "opening": "Hello, I hope somebody is there at this hour."
    })
}

/// Replies with the same each time, and counts.
fn always(reply: Value) -> (impl Model, Arc<AtomicU64>) {
    let calls = Arc::new(AtomicU64::new(0));
    let counted = calls.clone();
    let model = Scripted::new("author", move |_: &Request| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(said(reply.to_string()))
    });
    (model, calls)
}

#[test]
fn a_model_invents_who_comes_and_the_record_says_who_invented() {
    let (model, calls) = always(ada());
    let made = make(&plan(Dials::default(), 81), &company(model, false), 3).dialogue.unwrap();
    let scenario = made.scenario.unwrap();
    assert_eq!(scenario.user.name, "Ada");
    assert_eq!(scenario.experience.unwrap().opening, "Hello, I hope somebody is there at this hour.");
    assert_eq!(scenario.authors["experience"], "model:scripted-1");
    assert!(made.provenance.prompts.contains_key("experience/person"));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

/// Why an author's reply was rejected, after how many calls for two scenarios.
fn rejected(reply: Value, goals: bool, plan: &Plan) -> String {
    let (model, calls) = always(reply);
    let made = make(plan, &company(model, goals), 0);
    assert!(made.dialogue.is_none());
    assert_eq!(
        (made.rejected.len(), calls.load(Ordering::SeqCst)),
        (2, 6),
        "three calls for each of two scenarios"
    );
    let verdict = &made.rejected[0].verdicts[0];
    assert!(made.rejected[0].turns.is_empty() && verdict.judge == "author");
    verdict.reasons[0].what.clone()
}

#[test]
fn a_person_that_cannot_be_used_is_rejected_with_the_reason() {
    let plan = plan(Dials::default(), 82);
    let mut wishful = ada();
    wishful["opening"] = "Hi, I need a table for 17 people at 03:25.".into();
    let why = rejected(wishful, false, &plan);
    assert!(why.contains("the opening says") && why.contains("no part of what is wanted"), "{why}");
    let mut silent = ada();
    silent["context"] = " ".into();
    assert_eq!(rejected(silent, false, &plan), "context is empty");
    assert!(rejected(json!({ "who": "Ada" }), false, &plan).starts_with("it is no person"));
}

#[test]
fn a_name_is_a_name_and_no_sentence() {
    let plan = plan(Dials::default(), 82);
    let called = |name: &str| {
        let mut person = ada();
        person["name"] = name.into();
        person
    };
    for (name, says) in [
        ("Well, the meeting is confirmed for Tuesday let me.", "name has 9 words and 50 characters"),
        ("Thanks, my ride.", "without digits or the marks of a sentence"),
        ("Agent 47", "without digits"),
        ("Who knows?", "without digits"),
        ("Ada: Baker", "without digits"),
        ("- -", "expected a person's name"),
        (&"Wolfeschlegel".repeat(5), "name has 1 words and 65 characters"),
    ] {
        let why = rejected(called(name), false, &plan);
        assert!(why.contains(says), "{name}: {why}");
    }
    for name in ["Dr. Ada O'Neill", "J.R.R. Tolkien", "Ada B. Baker Jr.", "Zoë de la Cruz-Ortiz", "王芳"] {
        let (model, _) = always(called(name));
        let made = make(&plan, &company(model, false), 3).dialogue.unwrap();
        assert_eq!(made.scenario.unwrap().user.name, name);
    }
}

#[test]
fn nobody_comes_twice() {
    let plan = plan(Dials::default(), 83);
    let (model, _) = always(ada());
    let first = make(&plan, &company(model, false), 0).dialogue.unwrap();
    let source = Source { run: "run".to_owned(), index: 0, round: Some(0) };
    let seeds = vec![Candidate::new(&first, source).unwrap()];
    let pool = Hub::new(HubConfig::default(), seeds).for_round(0).unwrap();
    let (model, _) = always(ada());
    let again = Company { showcase: Some(Arc::new(Showcase::new(pool, 2))), ..company(model, false) };
    let made = make(&plan, &again, 1);
    assert!(made.dialogue.is_none());
    assert!(made.rejected[0].verdicts[0].reasons[0].what.contains("has come before"));
}

/// A goal as a model would write it down.
fn written(goal: &Goal) -> Value {
    let wishes = |slots: &Slots| -> Vec<Value> {
        slots.iter().map(|(slot, value)| json!({ "slot": slot, "value": value.plain() })).collect()
    };
    let task = |task: &goalconvo_core::Task| {
        let instead: Vec<Value> = task.relaxations.iter().flat_map(wishes).collect();
        json!({
            "domain": task.domain,
            "intent": task.intent,
            "wishes": wishes(&task.constraints),
            "instead": instead,
            "questions": task.requests,
        })
    };
    json!({ "tasks": goal.tasks.iter().map(task).collect::<Vec<_>>() })
}

#[test]
fn a_goal_that_a_model_writes_is_typed_and_proven() {
    let classes = [
        GoalClass::UniqueMatch,
        GoalClass::ManyMatches,
        GoalClass::NoneThenRelax,
        GoalClass::InformationOnly,
        GoalClass::Transaction,
    ];
    let dials =
        Dials { domains: Some(1), classes: classes.map(|class| (class, 1)).into(), ..Dials::default() };
    // The goals of another run: of the class and domains asked for, or else proven to be none.
    let (own, other) = (plan(dials.clone(), 84), plan(dials, 84));
    let model = Scripted::new("author", move |request: &Request| {
        let index: u64 = request.tag.scope.split('/').nth(1).unwrap().parse().unwrap();
        let key = Key { seed: 0, index };
        let scenario = other.scenario(key.place(), key.attempt()).unwrap();
        Ok(said(written(&scenario.goal).to_string()))
    });
    let company = company(model, true);
    let (mut proven, mut reasons) = (0, Vec::new());
    for index in 0..60 {
        let made = make(&own, &company, index);
        match made.dialogue {
            Some(dialogue) => {
                proven += 1;
                let scenario = dialogue.scenario.unwrap();
                assert!(dialogue.outcome.unwrap().success || !scenario.faults.is_empty());
                assert_eq!(scenario.authors["goal"], "model:scripted-1");
            }
            None => reasons.push(made.rejected[0].verdicts[0].reasons[0].what.clone()),
        }
    }
    assert!(proven >= 45, "{proven} of 60; {reasons:#?}");
}

#[test]
fn a_goal_that_cannot_be_had_is_rejected_with_the_reason() {
    let classes = [(GoalClass::ManyMatches, 1)].into();
    let dials = Dials { domains: Some(1), classes, ..Dials::default() };
    let plan = plan(dials, 85);
    let scenario = plan.scenario(0, 0).unwrap();
    let good = written(&scenario.goal);
    let check = |change: &dyn Fn(&mut Value), expect: &str| {
        let mut goal = good.clone();
        change(&mut goal);
        let why = rejected(goal, true, &plan);
        assert!(why.contains(expect), "{why}");
    };
    check(&|goal| goal["tasks"][0]["intent"] = "levitate".into(), "there is no intent \"levitate\"");
    check(&|goal| goal["tasks"][0]["wishes"][0]["slot"] = "aura".into(), "\"aura\" is no slot of");
    check(&|goal| goal["tasks"][0]["questions"] = json!(["aura"]), "is nothing to ask about");
    check(&|goal| goal["tasks"] = json!([]), "it has 0 tasks");
    check(&|goal| *goal = json!("a table"), "it is no goal");
}
