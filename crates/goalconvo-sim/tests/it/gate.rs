//! The gate: what the built-in engine makes passes, what is spoilt is rejected in full.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::OnceLock;

use goalconvo_core::{
    Dialogue, Ending, Finding, Key, Origin, Outcome, Provenance, Purpose, Reason, Role, Turn, Utterance,
    Verdict,
};
use goalconvo_sim::judge::{
    Depth, FactsJudge, Gate, Heuristic, Judge, Judging, OutcomeJudge, Rule, Ruling, Weight,
};
use goalconvo_sim::{Dials, Plan};

use crate::dialogues::{plan, words_of};

/// So many dialogues of the built-in engine.
const COUNT: u64 = 150;

/// A built-in run in which tools do not fail, so that every goal is reached.
fn run() -> &'static (Plan, Vec<Dialogue>) {
    static RUN: OnceLock<(Plan, Vec<Dialogue>)> = OnceLock::new();
    RUN.get_or_init(|| {
        let plan = plan(Dials { tool_errors: Some(0), ..Dials::default() }, 31);
        let made = (0..COUNT).map(|index| plan.make(index).dialogue.unwrap()).collect();
        (plan, made)
    })
}

fn facts() -> impl Judge + 'static {
    FactsJudge::new(|dialogue: &Dialogue| {
        let stage = run().0.stage(&dialogue.domains).ok_or("no such domains")?;
        Ok((stage, words_of(dialogue)))
    })
}

/// The gate that needs no model.
fn gate() -> Gate {
    let mut rules = vec![Rule::must(facts()), Rule::must(OutcomeJudge)];
    rules.extend(Heuristic::all().into_iter().map(Rule::must));
    Gate::new(rules).unwrap()
}

/// The gate without facts and outcome: all that a foreign dialogue can be judged by.
fn heuristics() -> Gate {
    Gate::new(Heuristic::all().into_iter().map(Rule::must).collect()).unwrap()
}

fn rule(gate: &Gate, dialogue: &Dialogue) -> Ruling {
    pollster::block_on(gate.rule(dialogue, Depth::All))
}

/// How many pass, and how often each judge rejects.
fn passed(gate: &Gate, dialogues: &[Dialogue]) -> (usize, BTreeMap<String, usize>) {
    let mut by_judge = BTreeMap::new();
    let mut passed = 0;
    for dialogue in dialogues {
        let ruling = rule(gate, dialogue);
        passed += usize::from(ruling.accepted);
        for verdict in ruling.verdicts.iter().filter(|verdict| verdict.finding != Finding::Passed) {
            *by_judge.entry(verdict.judge.to_string()).or_default() += 1;
        }
        assert_eq!(ruling.accepted, ruling.reasons.is_empty(), "a reject without a reason: {}", dialogue.id);
    }
    (passed, by_judge)
}

#[test]
fn what_the_built_in_engine_makes_passes() {
    let (count, by_judge) = passed(&gate(), &run().1);
    assert_eq!(count, COUNT as usize, "{by_judge:?}");
}

fn said(dialogue: &mut Dialogue) -> impl Iterator<Item = (Role, &mut Utterance)> {
    dialogue.turns.iter_mut().filter_map(|turn| match turn {
        Turn::User(said) => Some((Role::User, said)),
        Turn::Assistant(said) if !said.text.is_empty() => Some((Role::Assistant, said)),
        _ => None,
    })
}

/// A dialogue without world, scenario and acts, as a model's text would be imported.
fn bare(dialogue: &Dialogue) -> Dialogue {
    let mut bare = dialogue.clone();
    (bare.scenario, bare.world, bare.outcome) = (None, None, None);
    bare.verdicts.clear();
    for (_, said) in said(&mut bare) {
        *said = Utterance {
            text: said.text.clone(),
            tool_calls: said.tool_calls.clone(),
            ..Utterance::default()
        };
    }
    bare
}

fn garbage(dialogue: &Dialogue) -> Dialogue {
    let mut spoilt = dialogue.clone();
    let mut rng = Key { seed: 3, index: 1 }.rng(dialogue.turns.len(), Purpose::Probe);
    for (_, said) in said(&mut spoilt) {
        let letters: Vec<char> = "#§%&/()=?{}[]~*'+:;<>|x".chars().collect();
        said.text = (0..30).filter_map(|_| rng.pick(&letters).copied()).collect();
    }
    spoilt
}

/// Words in any order: no text is legible as an answer, though each word is one.
fn word_salad(dialogue: &Dialogue) -> Dialogue {
    let mut spoilt = dialogue.clone();
    let mut rng = Key { seed: 5, index: 2 }.rng(dialogue.turns.len(), Purpose::Probe);
    let mut words: Vec<String> =
        dialogue.said().flat_map(|(_, text)| text.split_whitespace().map(str::to_owned)).collect();
    rng.shuffle(&mut words);
    let mut words = words.into_iter();
    for (_, said) in said(&mut spoilt) {
        let count = said.text.split_whitespace().count();
        said.text = words.by_ref().take(count).collect::<Vec<_>>().join(" ");
    }
    spoilt
}

fn empty(dialogue: &Dialogue) -> Dialogue {
    Dialogue { turns: vec![], ..dialogue.clone() }
}

fn silent(dialogue: &Dialogue) -> Dialogue {
    let mut spoilt = dialogue.clone();
    said(&mut spoilt).for_each(|(_, said)| said.text.clear());
    spoilt
}

fn shuffled(dialogue: &Dialogue) -> Dialogue {
    let mut spoilt = dialogue.clone();
    Key { seed: 7, index: 3 }.rng(dialogue.turns.len(), Purpose::Probe).shuffle(&mut spoilt.turns);
    spoilt
}

fn polite_but_useless(dialogue: &Dialogue) -> Dialogue {
    let polite = [
        "Thank you so much for your message, I am here for you.",
        "Of course! That is a wonderful idea, and I would love to be of service.",
        "I completely understand. Your satisfaction matters to me more than anything.",
        "It was a pleasure. Thank you for your patience, everything is wonderful!",
    ];
    let mut spoilt = dialogue.clone();
    spoilt.turns.retain(|turn| !matches!(turn, Turn::Tool(_)));
    let mut at = 0;
    spoilt.turns.retain_mut(|turn| match turn {
        Turn::Assistant(said) if said.text.is_empty() => false,
        Turn::Assistant(said) => {
            let text = polite[at % polite.len()].to_owned();
            at += 1;
            *said = Utterance { text, origin: Origin::Model("flatterer".into()), ..Utterance::default() };
            true
        }
        _ => true,
    });
    spoilt
}

/// A run in which every dialogue honestly says that it failed.
fn all_failed(dialogue: &Dialogue) -> Dialogue {
    let mut spoilt = dialogue.clone();
    let outcome = spoilt.outcome.as_mut().unwrap();
    *outcome = Outcome { ending: Ending::Failed, success: false, reward: 0.0, ..outcome.clone() };
    spoilt
}

/// Makes a bad dialogue of a good one.
type Spoil = fn(&Dialogue) -> Dialogue;

fn spoilt(spoil: Spoil) -> Vec<Dialogue> {
    run().1.iter().map(spoil).filter(|spoilt| !run().1.contains(spoilt)).collect()
}

#[test]
fn spoilt_runs_are_rejected_in_full() {
    let spoilers: [(&str, Spoil); 7] = [
        ("garbage", garbage),
        ("word salad", word_salad),
        ("empty", empty),
        ("silent", silent),
        ("shuffled turns", shuffled),
        ("polite but useless", polite_but_useless),
        ("all failed", all_failed),
    ];
    for (name, spoil) in spoilers {
        let spoilt = spoilt(spoil);
        assert!(spoilt.len() as u64 > COUNT * 9 / 10, "{name} hardly ever spoils anything");
        let (count, by_judge) = passed(&gate(), &spoilt);
        println!("{name}: {count} of {} pass; rejected by {by_judge:?}", spoilt.len());
        assert_eq!(count, 0, "{name}");
    }
}

#[test]
fn foreign_dialogues_are_judged_by_their_words_alone() {
    let foreign: Vec<Dialogue> = run().1.iter().map(bare).collect();
    let (count, by_judge) = passed(&heuristics(), &foreign);
    assert_eq!(count, foreign.len(), "{by_judge:?}");
    for (name, spoil) in [("garbage", garbage as Spoil), ("empty", empty), ("shuffled", shuffled)] {
        let spoilt: Vec<Dialogue> = spoilt(spoil).iter().map(bare).collect();
        let (count, by_judge) = passed(&heuristics(), &spoilt);
        println!("foreign {name}: {count} of {} pass; rejected by {by_judge:?}", spoilt.len());
        assert_eq!(count, 0, "{name}");
    }
    // Facts that can't be checked are no pass.
    let ruling = rule(&gate(), &foreign[0]);
    assert!(!ruling.accepted);
    assert!(ruling.verdicts[..2].iter().all(|verdict| verdict.finding == Finding::Unknown));
}

fn spoken(lines: &[&str]) -> Dialogue {
    let turns = lines.iter().enumerate().map(|(at, line)| {
        let said = Utterance { text: (*line).to_owned(), ..Utterance::default() };
        if at % 2 == 0 { Turn::User(said) } else { Turn::Assistant(said) }
    });
    Dialogue {
        format: Default::default(),
        id: "t".into(),
        domains: vec![],
        scenario: None,
        world: None,
        turns: turns.collect(),
        outcome: None,
        verdicts: vec![],
        provenance: Provenance::default(),
    }
}

fn check(lines: &[&str], expect: &[&str]) {
    let ruling = rule(&heuristics(), &spoken(lines));
    let mut judges: Vec<&str> = ruling.reasons.iter().map(|(judge, _)| judge.as_str()).collect();
    judges.dedup();
    assert_eq!(judges, expect, "{lines:?}: {:?}", ruling.reasons);
}

const ASK: &str = "Hello, I'd like a table for two near the station, please.";
const OFFER: &str = "There is the Copper Kettle, a small place behind the station.";
const TAKE: &str = "That sounds right, please book it for eight.";
const DONE: &str = "It's booked for eight. Enjoy your evening!";

#[test]
fn each_heuristic_finds_what_it_is_for() {
    check(&[ASK, OFFER, TAKE, DONE], &[]);
    check(&[ASK, OFFER], &["length"]);
    check(&[ASK, OFFER, TAKE], &["length", "unanswered"]);
    check(&[ASK, OFFER, TAKE, "Which day would you like?"], &["unanswered"]);
    check(&[ASK, OFFER, TAKE, "Is there anything else I can do?"], &[]);
    check(&[ASK, OFFER, TAKE, "User: thanks\nAssistant: you are welcome"], &["roles"]);
    check(&[ASK, OFFER, "How can I help you today, then?", DONE], &["roles"]);
    check(&[ASK, OFFER, ASK, OFFER], &["repetition"]);
    check(
        &[ASK, OFFER, TAKE, "Sure.", "Is it a quiet place?", OFFER, "And the price?", OFFER],
        &["repetition"],
    );
    check(&[ASK, OFFER, TAKE, "It's booked, you bloody bastard."], &["profanity"]);
    check(&[ASK, "There is the Copper Kettle. You idiot.", TAKE, DONE], &["profanity"]);
    check(&[ASK, OFFER, TAKE, "Booked under jo.doe@example.org, thanks."], &["personal"]);
    check(&[ASK, OFFER, TAKE, "The api_key: 9f8e7d6c5b4a3f2e is yours now."], &["personal"]);
    check(&[ASK, OFFER, TAKE, "\u{fffd}\u{fffd} ok"], &["length"]);
}

#[test]
fn words_inside_words_are_no_swear_words() {
    check(&[ASK, "The Scunthorpe Arms in Cockfosters has a table.", TAKE, DONE], &[]);
    check(&[ASK, "The class of assorted shiitake dishes is good.", TAKE, DONE], &[]);
}

#[test]
fn stop_inside_a_sentence_ends_nothing() {
    check(&[ASK, "It's by the bus STOP nearby.", "STOP there for a coffee? Good idea, book it.", DONE], &[]);
}

#[test]
fn goodbyes_end() {
    let end = ["Goodbye!", "Bye, take care!"];
    check(&[ASK, OFFER, TAKE, DONE, end[0], end[1]], &[]);
    check(
        &[
            ASK,
            OFFER,
            TAKE,
            DONE,
            end[0],
            end[1],
            "Bye!",
            "See you!",
            "Thanks again, bye!",
            "Goodbye, take care!",
        ],
        &["goodbyes"],
    );
    let lines =
        ["Thank you!", "You're welcome!", "No, thank you!", "My pleasure!", "Thanks!", "Happy to help!"];
    check(&[&[ASK, OFFER, TAKE, DONE][..], &lines[..]].concat(), &["goodbyes"]);
}

/// A judge that always finds the same.
struct Fixed(&'static str, Finding);

impl Judge for Fixed {
    fn name(&self) -> &str {
        self.0
    }

    fn judge<'a>(&'a self, _: &'a Dialogue) -> Judging<'a> {
        let reasons = vec![Reason { check: "fixed".into(), at: String::new(), what: "so it is".into() }];
        let reasons = if self.1 == Finding::Passed { vec![] } else { reasons };
        let (judge, finding) = (self.0.into(), self.1);
        Box::pin(ready(Verdict { judge, finding, scores: BTreeMap::new(), reasons, prompt: None }))
    }
}

#[test]
fn every_judge_that_must_pass_can_reject_alone() {
    let good = spoken(&[ASK, OFFER, TAKE, DONE]);
    for (finding, weight, accepted) in [
        (Finding::Passed, Weight::Must, true),
        (Finding::Failed, Weight::Must, false),
        (Finding::Unknown, Weight::Must, false),
        (Finding::Failed, Weight::Report, true),
        (Finding::Unknown, Weight::Report, true),
    ] {
        let mut rules: Vec<Rule> = Heuristic::all().into_iter().map(Rule::must).collect();
        rules.push(Rule { judge: Box::new(Fixed("opinion", finding)), weight });
        let ruling = rule(&Gate::new(rules).unwrap(), &good);
        assert_eq!(ruling.accepted, accepted, "{finding:?} {weight:?}");
        assert_eq!(ruling.reasons.is_empty(), accepted);
    }
    // The other way round: a judge that likes all does not save what a heuristic rejects.
    let mut rules: Vec<Rule> = Heuristic::all().into_iter().map(Rule::must).collect();
    rules.push(Rule::must(Fixed("opinion", Finding::Passed)));
    assert!(!rule(&Gate::new(rules).unwrap(), &spoken(&[ASK, OFFER])).accepted);
}

#[test]
fn nothing_is_discarded_by_quota() {
    let (good, _) = passed(&gate(), &run().1);
    let (bad, _) = passed(&gate(), &spoilt(all_failed));
    assert_eq!((good as u64, bad), (COUNT, 0), "the same share of any batch would be neither");
}

#[test]
fn a_gate_that_could_reject_nothing_is_none() {
    assert!(Gate::new(vec![]).is_err());
    let report = Rule { judge: Box::new(OutcomeJudge), weight: Weight::Report };
    assert!(Gate::new(vec![report]).is_err());
    assert!(Gate::new(vec![Rule::must(OutcomeJudge), Rule::must(OutcomeJudge)]).is_err());
}
