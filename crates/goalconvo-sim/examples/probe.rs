//! Makes dialogues and prints how they came out: `probe DOMAINS N [show]`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a probe prints")]
use std::collections::BTreeMap;
use std::sync::Arc;

use goalconvo_core::{Dialogue, Turn};
use goalconvo_sim::{Dials, Goals, Plan};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let names: Vec<&str> = arguments[1].split(',').collect();
    let count: u64 = arguments[2].parse().unwrap();
    let show: usize = arguments.get(3).map_or(0, |n| n.parse().unwrap());
    let domains: Vec<Arc<_>> =
        names.iter().map(|name| Arc::new(goalconvo_worlds::domain::built_in(name).unwrap())).collect();
    let plan = Plan::new(&domains, Goals::Sampled, Dials::default(), 7).unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut shown = 0;
    let mut count_of = |what: String| *counts.entry(what).or_default() += 1;
    let mut turns = 0;
    for index in 0..count {
        let made = plan.make(index);
        match &made.dialogue {
            None => {
                let scenario = plan.scenario(index, 0);
                count_of(format!(
                    "NONE {}",
                    scenario.map_or("no scenario".into(), |s| s.goal.class.name().to_owned())
                ));
            }
            Some(dialogue) => {
                turns += dialogue.said().count();
                let scenario = dialogue.scenario.as_ref().unwrap();
                let outcome = dialogue.outcome.as_ref().unwrap();
                count_of(format!(
                    "class {:24} {:?} success {}",
                    scenario.goal.class.name(),
                    outcome.ending,
                    outcome.success
                ));
                let wanted = if arguments.get(4).is_some_and(|a| a == "f") {
                    !outcome.success
                } else {
                    arguments.len() < 5
                };
                if wanted && shown < show {
                    shown += 1;
                    print(dialogue);
                }
            }
        }
        for rejected in &made.rejected {
            for reason in &rejected.verdicts[0].reasons {
                count_of(format!(
                    "REJECTED {} {}",
                    reason.check,
                    if arguments.len() > 4 { &reason.what } else { "" }
                ));
            }
            if shown < show && arguments.len() >= 5 {
                shown += 1;
                print(rejected);
            }
        }
    }
    for (what, n) in counts {
        println!("{n:6} {what}");
    }
    println!("{:.2} turns a dialogue", turns as f64 / count as f64);
}

fn print(dialogue: &Dialogue) {
    println!(
        "=== {} {}",
        dialogue.id,
        serde_json::to_string(&dialogue.scenario.as_ref().unwrap().goal).unwrap()
    );
    for turn in &dialogue.turns {
        match turn {
            Turn::User(said) => println!("U: {}", said.text),
            Turn::Assistant(said) if said.tool_calls.is_empty() => println!("A: {}", said.text),
            Turn::Assistant(said) => said.tool_calls.iter().for_each(|call| {
                println!(
                    "   -> {} {:?}",
                    call.function.name,
                    serde_json::to_string(&call.function.arguments).unwrap()
                );
            }),
            Turn::Tool(answer) => println!("   <- {} {:?}", answer.result, answer.error),
            Turn::Garbled { raw, .. } => println!("GARBLED {raw}"),
        }
    }
    println!("{}", serde_json::to_string(&(&dialogue.outcome, &dialogue.verdicts)).unwrap());
}
