//! The hub: who enters, who is shown, and that neither depends on order.

use std::sync::Arc;

use goalconvo_core::{Finding, Key, Purpose, Verdict};
use goalconvo_sim::Dials;
use goalconvo_sim::hub::{Candidate, Hub, HubConfig, Refusal, Source, Wanted};

use crate::dialogues::plan;

/// A candidate with a mark, or without opinions.
fn candidate(index: u64, mark: Option<f64>) -> Candidate {
    let mut dialogue = plan(Dials::default(), 61).make(index).dialogue.unwrap();
    let scores = mark.map(|mark| ("coherence".into(), mark)).into_iter().collect();
    let opinion = Verdict {
        judge: "coherence".into(),
        finding: Finding::Passed,
        scores,
        reasons: vec![],
        prompt: None,
    };
    dialogue.verdicts.push(opinion);
    Candidate::new(&dialogue, source(index)).unwrap()
}

fn source(index: u64) -> Source {
    Source { run: "run".to_owned(), index, round: Some(0) }
}

fn ids(hub: &Hub, round: u64) -> Vec<String> {
    hub.for_round(round).unwrap().entries().iter().map(|entry| entry.id().to_owned()).collect()
}

fn open() -> HubConfig {
    HubConfig { too_similar: 1001, ..HubConfig::default() }
}

#[test]
fn only_what_a_gate_let_through_enters() {
    let good = plan(Dials::default(), 61).make(0).dialogue.unwrap();
    for finding in [Finding::Failed, Finding::Unknown] {
        let mut bad = good.clone();
        bad.verdicts[0].finding = finding;
        assert!(Candidate::new(&bad, source(0)).is_err(), "{finding:?}");
    }
    let unjudged = goalconvo_core::Dialogue { verdicts: vec![], ..good };
    assert!(Candidate::new(&unjudged, source(0)).is_err());
}

#[test]
fn a_round_sees_what_rounds_up_to_two_before_it_accepted() {
    let mut hub = Hub::new(open(), vec![candidate(0, None)]);
    assert_eq!((ids(&hub, 0).len(), ids(&hub, 1).len()), (1, 1));
    assert!(hub.for_round(2).is_err(), "round 0 is not closed");
    hub.close(0, vec![candidate(1, None)]).unwrap();
    assert_eq!((ids(&hub, 1).len(), ids(&hub, 2).len()), (1, 2));
    assert!(hub.close(0, vec![]).is_err() && hub.close(2, vec![]).is_err(), "rounds close in order, once");
    hub.close(1, vec![candidate(2, None)]).unwrap();
    assert_eq!((ids(&hub, 2).len(), ids(&hub, 3).len()), (2, 3));
}

#[test]
fn order_does_not_matter() {
    let mut candidates: Vec<Candidate> = (0..40).map(|index| candidate(index, None)).collect();
    let config = HubConfig { capacity: 12, by_domain: 5, by_class: 4, ..HubConfig::default() };
    let mut straight = Hub::new(config.clone(), vec![]);
    straight.close(0, candidates.clone()).unwrap();
    Key { seed: 1, index: 2 }.rng(0, Purpose::Probe).shuffle(&mut candidates);
    let mut shuffled = Hub::new(config, vec![]);
    shuffled.close(0, candidates).unwrap();
    assert_eq!(ids(&straight, 2), ids(&shuffled, 2));
}

#[test]
fn caps_hold_and_better_ones_take_the_place_of_worse_ones() {
    let config = HubConfig { capacity: 10, by_domain: 4, by_class: 3, ..open() };
    let mut hub = Hub::new(config, (0..60).map(|index| candidate(index, Some(2.0))).collect());
    let before = hub.for_round(0).unwrap();
    assert!(before.entries().len() <= 10);
    for entry in before.entries() {
        let same =
            |fits: &dyn Fn(&Candidate) -> bool| before.entries().iter().filter(|entry| fits(entry)).count();
        assert!(same(&|other| other.class() == entry.class()) <= 3);
        for domain in entry.domains() {
            assert!(same(&|other| other.domains().contains(domain)) <= 4, "{domain}");
        }
    }
    let equal = hub.close(0, (0..60).map(|index| candidate(index + 60, Some(2.0))).collect()).unwrap();
    assert_eq!(equal.left, 0, "an equal takes nobody's place");
    let better = hub.close(1, (0..60).map(|index| candidate(index + 120, Some(4.5))).collect()).unwrap();
    assert!(better.left > 3, "{better:?}");
    let entries = hub.for_round(3).unwrap();
    assert!(entries.entries().len() <= 10);
}

#[test]
fn what_is_not_new_stays_out() {
    let mut hub = Hub::new(HubConfig::default(), vec![candidate(0, Some(4.0))]);
    let closed = hub.close(0, vec![candidate(0, Some(4.0))]).unwrap();
    assert_eq!(closed.refused.get(&Refusal::NotNew), Some(&1));
    let closed = hub.close(1, vec![candidate(0, Some(5.0))]).unwrap();
    assert_eq!((closed.entered, closed.left), (1, 1), "the better of two alike stays");
}

#[test]
fn examples_fit_and_differ() {
    let seeds = Hub::seeds(&plan(Dials::default(), 67), 120);
    assert!(seeds.len() > 110 && seeds.iter().all(|seed| seed.source().round.is_none()));
    let hub = Hub::new(HubConfig::default(), seeds);
    let pool = hub.for_round(0).unwrap();
    let (mut fitting, mut shown) = (0, 0);
    for index in 0..20 {
        let scenario = plan(Dials::default(), 71).scenario(index, 0).unwrap();
        let examples = pool.examples(&Wanted::from(&scenario), 3);
        assert_eq!(examples.len(), 3);
        let again = pool.examples(&Wanted::from(&scenario), 3);
        assert!(examples.iter().zip(&again).all(|(one, other)| Arc::ptr_eq(one, other)));
        shown += 3;
        fitting += examples
            .iter()
            .filter(|entry| entry.domains().iter().any(|domain| scenario.domains.contains(domain)))
            .count();
        for (at, entry) in examples.iter().enumerate() {
            assert!(examples[..at].iter().all(|other| other.similarity(entry) < 600));
        }
    }
    assert!(fitting * 4 > shown * 3, "{fitting} of {shown} share a domain");
    assert!(pool.examples(&Wanted { domains: &[], class: None }, 0).is_empty());
}
