//! Each cue fires where it should and nowhere else.

use goalconvo_core::{Cue, Role};
use goalconvo_nlg::{Lexicon, Pack};

use crate::stage;

fn claim() -> Cue {
    Cue::Claim { domain: "mock".into(), intent: "rent_kayak".into() }
}

/// Reads a text of the mock domain, and fails where those cues are not read, or another one is.
fn check(role: Role, text: &str, expected: &[Cue]) {
    let lexicon = Lexicon::new(Pack::english().unwrap(), &stage::mock());
    let all = [
        Cue::Greeting,
        Cue::Farewell,
        Cue::Thanks,
        Cue::Question,
        claim(),
        Cue::VagueClaim,
        Cue::NothingFound,
        Cue::Declined,
        Cue::More,
        Cue::OtherRole,
        Cue::Leak,
        Cue::Denial,
        Cue::Unbacked,
        Cue::Assent,
    ];
    let found: Vec<Cue> = lexicon.read(role, text).cues.into_iter().map(|(_, cue)| cue).collect();
    for cue in &all {
        assert_eq!(found.contains(cue), expected.contains(cue), "{cue:?} in {text:?}: {found:?}");
    }
}

#[test]
fn each_cue_fires_where_it_should_and_nowhere_else() {
    let (user, assistant) = (Role::User, Role::Assistant);
    check(user, "Hello, I need a boat.", &[Cue::Greeting]);
    check(user, "Say hello to the red kayak for me", &[]);
    check(user, "Thanks, bye!", &[Cue::Thanks, Cue::Farewell]);
    check(user, "Could you rent me a kayak", &[Cue::Question]);
    check(user, "How much is it?", &[Cue::Question]);
    check(user, "How can I help you today?", &[Cue::Question, Cue::OtherRole]);
    check(user, "I'd like to rent a kayak.", &[]);
    check(assistant, "I'd like to book a table for two.", &[Cue::OtherRole]);
    check(assistant, "I would be happy to rent it to you.", &[]);
    check(assistant, "I've reserved it for you.", &[claim(), Cue::VagueClaim]);
    check(assistant, "Your rental is confirmed.", &[claim()]);
    check(assistant, "I have rented that for you, the reservation is in place", &[claim()]);
    check(assistant, "You're all set.", &[Cue::VagueClaim]);
    check(assistant, "I have booked that for you.", &[Cue::VagueClaim]);
    check(assistant, "I can book that for you.", &[]);
    check(assistant, "Would you like me to book it?", &[Cue::Question]);
    check(
        assistant,
        "There are no kayaks in red available.",
        &[Cue::NothingFound, Cue::Declined, Cue::Denial],
    );
    check(assistant, "I couldn't find any red ones.", &[Cue::NothingFound, Cue::Declined, Cue::Denial]);
    check(assistant, "The system has a problem, unfortunately.", &[Cue::Declined]);
    check(user, "A table with my wife", &[Cue::Unbacked]);
    check(user, "My boss and I want the red kayak", &[Cue::Unbacked]);
    check(user, "My boss told me to find a kayak", &[]);
    check(assistant, "Certainly, it is red.", &[Cue::Assent]);
    check(assistant, "That would be the nearest kayak.", &[Cue::Unbacked]);
    check(assistant, "All the best!", &[]);
    check(assistant, "Anything else?", &[Cue::More, Cue::Question]);
    check(assistant, "There are three kayaks.", &[]);
    check(assistant, "As an AI language model, I can't do that.", &[Cue::Leak, Cue::Declined, Cue::Denial]);
    check(assistant, "Your kayak is not there yet.", &[Cue::Denial]);
    check(assistant, "It has never been red.", &[Cue::Denial]);
    check(assistant, "No problem, it is red. Don't forget your hat!", &[Cue::Declined]);
    check(assistant, "I hope you don't get wet. If that's not right, tell me.", &[]);
    check(user, "Anything but the red one, please.", &[Cue::Denial]);
    check(user, "I haven't been on the water for years.", &[]);
    check(assistant, "Have a lovely day!", &[Cue::Farewell]);
    check(user, "Thanks so much. Have a good afternoon.", &[Cue::Thanks, Cue::Farewell]);
}
