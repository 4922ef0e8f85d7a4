//! Variety of tool use: buckets of tools and pattern, and how unlike chains are.

use goalconvo_core::Dialogue;
use goalconvo_metrics::{Settings, evaluate};
use serde_json::{Value, json};

/// A dialogue whose assistant's turns make these calls; a turn without calls asks something.
fn calling(turns: &[&[&str]]) -> Dialogue {
    let call = |tool: &&str| json!({"id": format!("c{tool}"), "type": "function", "function": {"name": tool, "arguments": "{}"}});
    let turn = |calls: &&[&str]| match calls {
        [] => json!({"role": "assistant", "text": "Which one?", "origin": "human"}),
        _ => {
            json!({"role": "assistant", "origin": "human", "tool_calls": calls.iter().map(call).collect::<Value>()})
        }
    };
    let turns: Vec<Value> = turns.iter().map(turn).collect();
    let record =
        json!({"format": "goalconvo/1", "id": "d", "turns": turns, "provenance": {"source": "a hand"}});
    serde_json::from_value(record).expect("a record")
}

fn check(dialogues: &[&[&[&str]]], expect: [(&str, Option<f64>); 4]) {
    let dialogues: Vec<Dialogue> = dialogues.iter().map(|turns| calling(turns)).collect();
    let report = evaluate(&dialogues, Settings::default());
    for (name, expect) in expect {
        let got = report.get(name).expect("a figure");
        let same = match (got.value, expect) {
            (Some(got), Some(expect)) => (got - expect).abs() < 1e-12,
            (got, expect) => got == expect && got.is_none(),
        };
        assert!(same, "{name}: {got:?}, expected {expect:?}");
    }
}

fn figures(bits: Option<f64>, share: Option<f64>, alike: Option<f64>) -> [(&'static str, Option<f64>); 4] {
    [
        ("tool_bucket_entropy", bits),
        ("tool_bucket_entropy_normalised", share),
        ("tool_chain_jaccard", alike),
        ("tool_chain_jaccard_dissimilarity", alike.map(|alike| 1.0 - alike)),
    ]
}

#[test]
fn pairs_of_tools_have_an_order() {
    let entropy = |chains: &[&[&str]]| {
        let dialogues: Vec<Dialogue> = chains.iter().map(|chain| calling(&[chain])).collect();
        evaluate(&dialogues, Settings::default()).value("tool_pair_entropy").expect("computed")
    };
    assert_eq!(entropy(&[&["a", "a"], &["b", "b"], &["c", "c"], &["d", "d"]]), 2.0);
    assert_eq!(entropy(&[&["a", "b"], &["b", "a"], &["a", "b"], &["b", "a"]]), 1.0);
}

#[test]
fn dialogues_fall_into_buckets_of_tools_and_pattern() {
    check(&[&[&[]]], figures(None, None, None));
    check(&[&[&["a"]]], figures(Some(0.0), None, None));
    check(&[&[&["a"]], &[&["a"]]], figures(Some(0.0), Some(0.0), Some(1.0)));
    check(&[&[&["a"]], &[&["b"]]], figures(Some(1.0), Some(1.0), Some(0.0)));
    // One tool in four patterns: short, sequential, parallel, asked for first.
    let patterns: [&[&[&str]]; 4] = [&[&["a"]], &[&["a"], &["a"]], &[&["a", "a"]], &[&[], &["a"]]];
    check(&patterns, figures(Some(2.0), Some(1.0), Some(1.0)));
    // Six dialogues could fill six buckets, but one tool has only five patterns.
    let six: Vec<&[&[&str]]> = patterns.iter().chain(&patterns[..2]).copied().collect();
    let bits = 2.0 / 6.0 * 2.0 * 3.0_f64.log2() + 2.0 * 6.0_f64.log2() / 6.0;
    check(&six, figures(Some(bits), Some(bits / 5.0_f64.log2()), Some(1.0)));
    // The order of tools makes another chain, not another bucket.
    check(&[&[&["a"], &["b"]], &[&["b"], &["a"]]], figures(Some(0.0), Some(0.0), Some(1.0)));
    check(&[&[&["a"], &["b"]], &[&["b"]]], figures(Some(1.0), Some(1.0), Some(0.5)));
}
