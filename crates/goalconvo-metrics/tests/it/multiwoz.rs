//! Inform, Success and the venue database against the evaluation script of MultiWOZ.

use goalconvo_metrics::multiwoz::{
    DomainStates, Goal, InformSuccess, Prediction, SlotValues, VenueDatabase, estimate_active_domains,
    inform_success, normalised_response, normalised_state, partial_ratio, richness,
};
use goalconvo_metrics::overlap::{Bleu, BleuStats};
use serde_json::Value;

use crate::shared::{Comparison, json, strings};

const FOLDER: &str = "golden/metrics/mwz";

fn database() -> Option<VenueDatabase> {
    let mut database = VenueDatabase::default();
    for domain in ["restaurant", "attraction", "hotel", "train"] {
        database.insert(domain, &json(&format!("{FOLDER}/{domain}_db.json"))?);
    }
    Some(database)
}

fn slots(value: &Value) -> SlotValues {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    value.as_object().into_iter().flatten().map(|(slot, value)| (slot.clone(), plain(value))).collect()
}

fn states(value: &Value) -> DomainStates {
    value.as_object().into_iter().flatten().map(|(domain, values)| (domain.clone(), slots(values))).collect()
}

#[test]
fn the_database_finds_what_the_script_finds() {
    let (Some(database), Some(queries)) = (database(), json(&format!("{FOLDER}/db_queries.json"))) else {
        return;
    };
    let mut wrong = Vec::new();
    for query in queries.as_array().expect("queries") {
        let found = database.query(query["domain"].as_str().expect("domain"), &slots(&query["constraints"]));
        if serde_json::json!(found) != query["result"] {
            wrong.push(format!("{query}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
}

#[test]
fn every_system_gets_the_script_s_inform_and_success() {
    let (Some(database), Some(goals), Some(booked), Some(results)) = (
        database(),
        json(&format!("{FOLDER}/goals_test.json")),
        json(&format!("{FOLDER}/booked_domains_test.json")),
        json(&format!("{FOLDER}/results.json")),
    ) else {
        return;
    };
    let goals: std::collections::BTreeMap<String, Goal> = serde_json::from_value(goals).expect("goals");
    let references = json(&format!("{FOLDER}/mwz21_delex_refs_test.json")).expect("references");
    let gold = json(&format!("{FOLDER}/mwz21_gold_states_test.json")).expect("states");
    let mut comparison = Comparison::default();
    for (system, expect) in results.as_object().expect("systems") {
        let normalized = json(&format!("{FOLDER}/{system}.normalized.json.gz")).expect("evaluator input");
        let raw = json(&format!("{FOLDER}/{system}.predictions.json.gz")).expect("predictions");
        let details = json(&format!("{FOLDER}/{system}.per_dialogue.json")).expect("details");
        let (mut from_normalized, mut from_raw) = (InformSuccess::default(), InformSuccess::default());
        for (id, turns) in normalized.as_object().expect("dialogues") {
            let matched =
                inform_success(&goals[id], &predictions(turns, &Value::Null, &booked[id]), &database);
            from_normalized.push(&matched);
            let own = turns_from_raw(&raw[id], &gold[id], &booked[id]);
            from_raw.push(&inform_success(&goals[id], &own, &database));
            for (domain, hit) in &matched.inform {
                let expect = details[id]["match"][domain].as_bool();
                assert_eq!(Some(*hit), expect, "{system} {id} {domain}");
            }
            let success = details[id]["success"]["total"].as_bool().unwrap_or(false);
            assert_eq!(matched.succeeded(), success, "{system} {id}");
        }
        for (which, counts) in [("normalised", from_normalized), ("raw", from_raw)] {
            let what = |figure: &str| format!("{system} {which} {figure}");
            comparison.check(what("inform"), counts.inform(), &expect["inform"]["total"], 0.0501);
            comparison.check(what("success"), counts.success(), &expect["success"]["total"], 0.0501);
            let bleu = expect["bleu_mwz21refs"].as_f64().expect("bleu");
            let combined = counts.combined(bleu);
            comparison.check(what("combined"), combined, &expect["combined_with_mwz21_bleu"], 1e-9);
        }
        texts(&mut comparison, system, &normalized, &references, expect);
    }
    comparison.finish(60);
}

fn predictions(turns: &Value, gold: &Value, booked: &Value) -> Vec<Prediction> {
    let turns = turns.as_array().expect("turns").iter().enumerate();
    let prediction = |(at, turn): (usize, &Value)| Prediction {
        response: turn["response"].as_str().expect("response").to_owned(),
        state: states(turn.get("state").unwrap_or(&gold[at])),
        active_domains: turn
            .get("active_domains")
            .map(strings)
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect(),
        booked_domains: strings(&booked[at]).into_iter().map(Into::into).collect(),
    };
    turns.map(prediction).collect()
}

fn turns_from_raw(turns: &Value, gold: &Value, booked: &Value) -> Vec<Prediction> {
    let mut own = predictions(turns, gold, booked);
    let says = turns.as_array().expect("turns").iter().all(|turn| turn.get("active_domains").is_some());
    for turn in &mut own {
        turn.response = normalised_response(&turn.response);
        turn.state = normalised_state(&turn.state);
    }
    if !says {
        let states: Vec<DomainStates> = own.iter().map(|turn| turn.state.clone()).collect();
        for (turn, domain) in own.iter_mut().zip(estimate_active_domains(&states)) {
            turn.active_domains = domain.into_iter().collect();
        }
    }
    own
}

fn texts(comparison: &mut Comparison, system: &str, normalized: &Value, references: &Value, expect: &Value) {
    let bleu = Bleu::default();
    let mut stats = BleuStats::default();
    let mut responses = Vec::new();
    for (id, turns) in normalized.as_object().expect("dialogues") {
        for (at, turn) in turns.as_array().expect("turns").iter().enumerate() {
            let response = turn["response"].as_str().expect("response");
            stats.merge(&bleu.stats(response, &[references[id][at].as_str().expect("reference")]));
            responses.push(response);
        }
    }
    comparison.check(
        format!("{system} bleu"),
        Some(bleu.score(&stats).score),
        &expect["bleu_mwz21refs"],
        1e-9,
    );
    let got = serde_json::to_value(richness(&responses)).expect("serialises");
    for (name, value) in expect["richness"].as_object().expect("richness") {
        comparison.check(format!("{system} {name}"), got[name].as_f64(), value, 1e-9);
    }
}

#[test]
fn partial_similarity_is_that_of_the_best_aligned_window() {
    let check = |left: &str, right: &str, expect: u32| {
        assert_eq!(partial_ratio(left, right), expect, "{left} {right}")
    };
    check("abc", "abc", 100);
    check("nusha", "the nusha", 100);
    check("", "", 100);
    check("abcd", "xxabxdxx", 75);
    check("aaa", "bbb", 0);
}
