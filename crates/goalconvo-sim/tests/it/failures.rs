//! What other systems let pass, and what becomes of it here: one test each.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use goalconvo_core::{Ending, Origin, Turn};
use goalconvo_llm::{Reply, Request, Scripted};
use goalconvo_sim::{AssistantPart, Company, Dials, UserPart};

use crate::dialogues::plan;
use crate::models::{make, said, voice};

fn assistant(model: impl goalconvo_llm::Model + 'static) -> Company {
    Company { user: UserPart::BuiltIn, assistant: AssistantPart::Model(voice(model)), attempts: 1 }
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
    let company =
        Company { user: UserPart::Free(voice(polite)), assistant: AssistantPart::BuiltIn, attempts: 1 };
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
    let company =
        Company { user: UserPart::Free(voice(confused)), assistant: AssistantPart::BuiltIn, attempts: 1 };
    let made = make(&plan, &company, 0);
    assert!(made.dialogue.is_none());
    let failed = &made.rejected[0];
    assert_eq!(failed.outcome.as_ref().unwrap().ending, Ending::Failed);
    assert!(failed.turns.iter().all(|turn| matches!(turn, Turn::Garbled { .. })));
}

#[test]
fn a_provider_that_does_not_name_its_model_has_none_named() {
    let plan = plan(Dials::default(), 12);
    let nameless = Scripted::new("configured-name", |_: &Request| Ok(Reply::said("One moment.")));
    let made = make(&plan, &assistant(nameless), 0);
    let spoken = made.rejected[0].turns.iter().filter_map(|turn| match turn {
        Turn::Assistant(said) => Some(&said.origin),
        _ => None,
    });
    for origin in spoken {
        assert_eq!(*origin, Origin::Model("unreported".to_owned()));
    }
}
