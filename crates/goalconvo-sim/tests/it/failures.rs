//! What other systems let pass, and what becomes of it here: one test each.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use goalconvo_core::{Ending, Origin, Turn};
use goalconvo_llm::{Reply, Request, Scripted};
use goalconvo_sim::hub::{Hub, HubConfig, Showcase};
use goalconvo_sim::{AssistantPart, Company, Dials, Grade, UserPart};

use crate::dialogues::plan;
use crate::models::{make, said, voice};

fn assistant(model: impl goalconvo_llm::Model + 'static) -> Company {
    Company {
        user: UserPart::BuiltIn,
        assistant: AssistantPart::Model(voice(model)),
        attempts: 1,
        ..Company::default()
    }
}

#[test]
fn the_assistant_is_told_nothing_of_the_goal() {
    let plan = plan(Dials { domains: Some(1), ..Dials::default() }, 2);
    let rules: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let heard = rules.clone();
    let company = assistant(Scripted::new("curious", move |request: &Request| {
        heard.lock().unwrap().insert(request.messages[0].text().to_owned());
        Ok(said("One moment."))
    }));
    let mut domains = BTreeSet::new();
    for index in 0..40 {
        let made = make(&plan, &company, index);
        let played = made.rejected.first().or(made.dialogue.as_ref()).unwrap();
        domains.insert(played.domains.clone());
    }
    // Whatever forty users wanted, each domain has one set of rules.
    assert_eq!(rules.lock().unwrap().len(), domains.len());
}

#[test]
fn an_invented_confirmation_is_rejected() {
    let plan = plan(Dials::default(), 8);
    let company = assistant(Scripted::new("inventive", |_: &Request| {
        Ok(said("I've booked it for you. Your reference number is XK42PQ7T. Thank you, that's perfect!"))
    }));
    for index in 0..20 {
        let made = make(&plan, &company, index);
        assert!(made.dialogue.is_none(), "{index}");
        let reasons = made.rejected[0].verdicts.iter().flat_map(|verdict| &verdict.reasons);
        assert!(reasons.into_iter().any(|reason| reason.check == "claim" || reason.check == "ungrounded"));
    }
}

#[test]
fn two_goodbyes_are_enough() {
    let plan = plan(Dials::default(), 9);
    let polite = Scripted::new("polite", |_: &Request| Ok(said("Thank you so much, goodbye!")));
    let company = Company {
        user: UserPart::Free(voice(polite)),
        assistant: AssistantPart::BuiltIn,
        attempts: 1,
        ..Company::default()
    };
    let made = make(&plan, &company, 0);
    // It got nothing done, so it is no dialogue to keep; but it has ended.
    let ended = made.rejected.first().or(made.dialogue.as_ref()).unwrap();
    assert!(ended.turns.len() <= 4, "{:?}", ended.turns);
    assert_ne!(ended.outcome.as_ref().unwrap().ending, Ending::OutOfTurns);
}

#[test]
fn a_user_that_plays_the_assistant_says_nothing() {
    let plan = plan(Dials::default(), 10);
    let confused = Scripted::new("confused", |_: &Request| Ok(said("How can I help you today?")));
    let company = Company {
        user: UserPart::Free(voice(confused)),
        assistant: AssistantPart::BuiltIn,
        attempts: 1,
        ..Company::default()
    };
    let made = make(&plan, &company, 0);
    assert!(made.dialogue.is_none());
    let failed = &made.rejected[0];
    assert_eq!(failed.outcome.as_ref().unwrap().ending, Ending::Failed);
    assert!(failed.turns.iter().all(|turn| matches!(turn, Turn::Garbled { .. })));
}

#[test]
fn what_does_something_else_is_nothing_that_a_guided_user_says() {
    let plan = plan(Dials::default(), 14);
    for stray in [
        "I'm sorry, but I can't assist with that request.",
        "Thank you, that was all, goodbye. STOP",
        "Okay, what is your name?",
        "My neighbour paints fences on weekends.",
    ] {
        let company = Company {
            user: UserPart::Worded(
                voice(Scripted::new("stray", move |_: &Request| Ok(said(stray)))),
                Grade::Guided,
            ),
            assistant: AssistantPart::BuiltIn,
            ..Company::default()
        };
        for index in 0..10 {
            let made = make(&plan, &company, index).dialogue.expect("the grammar takes over");
            let mut users = made.turns.iter().filter_map(|turn| match turn {
                Turn::User(said) => Some(said),
                _ => None,
            });
            let astray = users.find(|said| said.text == stray);
            assert!(astray.is_none(), "{stray} {index}: {:?}", astray.map(|said| &said.acts));
        }
    }
}

#[test]
fn a_provider_that_does_not_name_its_model_has_none_named() {
    let plan = plan(Dials::default(), 12);
    let nameless = Scripted::new("configured-name", |_: &Request| Ok(Reply::said("One moment.")));
    let made = make(&plan, &assistant(nameless), 0);
    let record = made.dialogue.as_ref().or(made.rejected.first()).unwrap();
    let spoken = record.turns.iter().filter_map(|turn| match turn {
        Turn::Assistant(said) => Some(&said.origin),
        _ => None,
    });
    let origins: Vec<&Origin> = spoken.collect();
    assert!(!origins.is_empty());
    assert!(origins.iter().all(|origin| **origin == Origin::Model("unreported".to_owned())));
}

#[test]
fn nothing_is_appended_to_what_was_said() {
    let plan = plan(Dials::default(), 13);
    let replies: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let kept = replies.clone();
    let company = Company {
        user: UserPart::Free(voice(Scripted::new("user", move |request: &Request| {
            let text = format!("I am looking for something, number {}.", request.tag.turn);
            kept.lock().unwrap().insert(text.clone());
            Ok(said(text))
        }))),
        attempts: 1,
        ..Company::default()
    };
    let made = make(&plan, &company, 0);
    let played = made.rejected.first().or(made.dialogue.as_ref()).unwrap();
    let mut heard = 0;
    for turn in &played.turns {
        if let Turn::User(said) = turn {
            heard += 1;
            assert!(replies.lock().unwrap().contains(&said.text), "nobody said {:?}", said.text);
        }
    }
    assert!(heard > 1);
}

#[test]
fn no_example_has_the_goal_at_hand() {
    let plan = plan(Dials { domains: Some(1), ..Dials::default() }, 14);
    let seeds = Hub::seeds(&plan, 60);
    let pool = Hub::new(HubConfig::default(), seeds).for_round(0).unwrap();
    let showcase = Showcase::new(pool, 8);
    let (mut own, mut others) = (0, 0);
    for index in 0..60 {
        // Of the same run as the seeds, so that some of them are this very dialogue.
        let scenario = plan.scenario(index, 0).unwrap();
        let shown = showcase.examples(&scenario);
        own += shown.sources.iter().filter(|source| **source == format!("seed/{index:06}")).count();
        others += shown.sources.len();
    }
    assert_eq!(own, 0);
    assert!(others > 100, "{others}");
}

/// What systems before this one did, and the test that fails when this one does it.
const KNOWN: [(&str, &str, &str); 18] = [
    (
        "a provider's error becomes a turn",
        "goalconvo-llm/tests/it/contract.rs",
        "a_providers_error_never_becomes_a_reply",
    ),
    (
        "a failed dialogue is accepted",
        "goalconvo/tests/it/models.rs",
        "an_outage_is_listed_with_its_reason_and_tried_again",
    ),
    (
        "the assistant is given the goal",
        "goalconvo-sim/tests/it/failures.rs",
        "the_assistant_is_told_nothing_of_the_goal",
    ),
    (
        "an example gives the goal away",
        "goalconvo-sim/tests/it/failures.rs",
        "no_example_has_the_goal_at_hand",
    ),
    ("heuristics or judge", "goalconvo-sim/tests/it/gate.rs", "every_judge_that_must_pass_can_reject_alone"),
    ("the judge can never reject", "goalconvo/tests/it/gated.rs", "one_judge_that_rejects_is_enough"),
    (
        "a failed judge call scores",
        "goalconvo-sim/tests/it/opinions.rs",
        "a_failed_call_is_unknown_and_never_a_mark",
    ),
    ("ten percent are discarded", "goalconvo-sim/tests/it/gate.rs", "nothing_is_discarded_by_quota"),
    (
        "an invented confirmation",
        "goalconvo-sim/tests/it/failures.rs",
        "an_invented_confirmation_is_rejected",
    ),
    ("appended thanks", "goalconvo-sim/tests/it/failures.rs", "nothing_is_appended_to_what_was_said"),
    ("STOP in a sentence ends it", "goalconvo-sim/tests/it/models.rs", "a_bus_stop_ends_nothing"),
    ("endless goodbyes", "goalconvo-sim/tests/it/failures.rs", "two_goodbyes_are_enough"),
    (
        "the user plays the assistant",
        "goalconvo-sim/tests/it/failures.rs",
        "a_user_that_plays_the_assistant_says_nothing",
    ),
    (
        "resuming makes it anew",
        "goalconvo/tests/it/models.rs",
        "a_killed_run_pays_nothing_twice_and_has_the_same_bytes",
    ),
    (
        "a POST is not retried",
        "goalconvo-llm/tests/it/retries.rs",
        "a_post_is_retried_whenever_trying_again_may_help",
    ),
    (
        "the seed depends on threads",
        "goalconvo/tests/it/models.rs",
        "how_many_are_open_at_once_changes_no_byte",
    ),
    (
        "one sample for ten requests",
        "goalconvo-llm/tests/it/journals.rs",
        "ten_equal_requests_of_ten_scopes_are_ten_samples",
    ),
    ("braces crash the template", "goalconvo-sim/src/prompt.rs", "braces_in_values_are_braces"),
];

#[test]
fn every_known_failure_has_its_test() {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (failure, file, test) in KNOWN {
        let text = std::fs::read_to_string(crates.join(file)).unwrap();
        assert!(text.contains(&format!("fn {test}(")), "{failure}: {file} has no test {test}");
    }
}
