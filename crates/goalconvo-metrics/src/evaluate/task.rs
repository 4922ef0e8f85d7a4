//! Whether the task was done: facts of the record, none of them read from polite words.

use std::collections::BTreeMap;

use goalconvo_core::{Ending, ErrorKind, Finding, Outcome, Turn};

use super::{Metric, Seen};
use crate::bootstrap::BootstrappedMean;
use crate::measure::Measure;

/// Success, endings, tool use and evidence.
#[derive(Debug, Clone, Default)]
pub struct TaskSuccess {
    success: BootstrappedMean,
    /// Successes that nobody could check.
    claimed: BootstrappedMean,
    /// Records that nobody could check.
    unchecked: u64,
    reward: BootstrappedMean,
    endings: BTreeMap<Ending, u64>,
    success_by_domain: BTreeMap<String, BootstrappedMean>,
    accepted: BootstrappedMean,
    calls: BootstrappedMean,
    valid_calls: BootstrappedMean,
    answered_calls: BootstrappedMean,
    grounded: BootstrappedMean,
    /// Pieces of evidence in the records.
    evidence: u64,
    informed: BootstrappedMean,
    told: BootstrappedMean,
}

impl Metric for TaskSuccess {
    fn push(&mut self, seen: &Seen<'_>) {
        if let Some(outcome) = &seen.dialogue.outcome {
            self.push_outcome(seen, outcome);
        }
        if !seen.dialogue.verdicts.is_empty() && seen.fact() != Some(Finding::Unknown) {
            let passed = seen.dialogue.verdicts.iter().all(|verdict| verdict.finding == Finding::Passed);
            self.accepted.push(f64::from(u8::from(passed)), &seen.weights);
        }
        self.unchecked += u64::from(seen.fact() == Some(Finding::Unknown));
        self.push_calls(seen);
        self.push_evidence(seen);
        if !seen.is_unchecked() {
            self.push_goal(seen);
        }
    }

    fn merge(&mut self, other: Self) {
        self.success.merge(&other.success);
        self.claimed.merge(&other.claimed);
        self.unchecked += other.unchecked;
        self.reward.merge(&other.reward);
        self.accepted.merge(&other.accepted);
        self.calls.merge(&other.calls);
        self.valid_calls.merge(&other.valid_calls);
        self.answered_calls.merge(&other.answered_calls);
        self.grounded.merge(&other.grounded);
        self.evidence += other.evidence;
        self.informed.merge(&other.informed);
        self.told.merge(&other.told);
        for (ending, count) in other.endings {
            *self.endings.entry(ending).or_insert(0) += count;
        }
        for (domain, state) in other.success_by_domain {
            self.success_by_domain.entry(domain).or_default().merge(&state);
        }
    }

    fn measures(&mut self) -> Vec<Measure> {
        // Where nobody wrote evidence down, as in people's corpora, nothing can be said about it.
        let unknown = BootstrappedMean::default();
        let grounded = if self.evidence > 0 { &self.grounded } else { &unknown };
        let unchecked = self.unchecked;
        // No corpus of people writes down that no tool was called.
        let calls = if self.calls.sum() > 0.0 { &self.calls } else { &unknown };
        let states = [
            &self.success,
            &self.claimed,
            &self.reward,
            &self.accepted,
            calls,
            &self.valid_calls,
            &self.answered_calls,
            grounded,
            &self.informed,
            &self.told,
        ];
        let measure = |((name, reason, definition), state): (&(&str, &str, &str), &BootstrappedMean)| {
            let most = (*name != "tool_calls_per_dialogue").then_some(1.0);
            let measure = Measure::maybe(*name, state.mean(), reason, state.n(), *definition)
                .over_dialogues(state, most);
            match *name {
                "claimed_success" | "tool_calls_per_dialogue" | "tool_answered" => measure,
                _ => measure.with("unchecked", unchecked),
            }
        };
        let mut measures: Vec<Measure> = FIGURES.iter().zip(states).map(measure).collect();
        let ended: u64 = self.endings.values().sum();
        for (ending, count) in &self.endings {
            let name = format!("ending_{}", ending_name(*ending));
            let share = *count as f64 / ended as f64;
            measures.push(
                Measure::new(
                    name,
                    share,
                    ended,
                    "share of dialogues that say they end so, of those whose record holds",
                )
                .share_of(*count),
            );
        }
        for (domain, state) in &self.success_by_domain {
            let of_domain = ("goal_success", NO_OUTCOME, "goal success of dialogues about this domain");
            measures.push(measure((&of_domain, state)).of(&name_of(domain)));
        }
        measures.extend(FOR_SYSTEMS.map(|(name, reason, what)| Measure::maybe(name, None, reason, 0, what)));
        measures
    }
}

const NO_ANSWERS: &str = "needs a system's delexicalised answers to MultiWOZ's goals and its databases; dialogues alone \
                          have neither";

/// Figures of systems, not of dialogues: named here so that nobody looks for them in vain.
const FOR_SYSTEMS: [(&str, &str, &str); 4] = [
    ("inform", NO_ANSWERS, "share of MultiWOZ's goals whose venues the answers offer, in percent"),
    ("success", NO_ANSWERS, "share of MultiWOZ's goals with every request answered too, in percent"),
    ("combined", NO_ANSWERS, "mean of inform and success, and BLEU"),
    (
        "joint_goal_accuracy",
        "needs predicted belief states beside the true ones; a dataset has one kind (a student's are scored by tstr)",
        "share of turns whose predicted belief state is right in every slot",
    ),
];

const NO_OUTCOME: &str = "no dialogue records an outcome that could be checked";
const NO_CALL: &str = "no dialogue records a tool call";

/// Name, why there may be no value, definition.
const FIGURES: [(&str, &str, &str); 10] = [
    (
        "goal_success",
        NO_OUTCOME,
        "share of dialogues whose final state and calls are what the goal expects; of a generated run, those that its gate \
         let in",
    ),
    (
        "claimed_success",
        "every recorded outcome could be checked, or there is none",
        "share of dialogues that claim success, among those that nobody could check; no goal success",
    ),
    ("goal_reward", NO_OUTCOME, "mean share of the goal's tasks and requests that were met"),
    (
        "accepted",
        "no dialogue was judged that could be checked",
        "share of judged dialogues that every judge passed",
    ),
    ("tool_calls_per_dialogue", NO_CALL, "mean number of tool calls in a dialogue"),
    (
        "tool_validity",
        "no dialogue records a call of a tool that is known here",
        "share of tool calls that name a known tool with arguments that fit its schema",
    ),
    ("tool_answered", NO_CALL, "share of tool calls that a tool turn answers"),
    (
        "grounding_rate",
        "no dialogue that could be checked records evidence for values in the assistant's acts",
        "share of values in the assistant's acts with evidence, in records that hold; in those found false none has any",
    ),
    (
        "slot_completion",
        "no dialogue records a goal and belief states",
        "share of the goal's settled constraints that the final belief state holds",
    ),
    (
        "requests_answered",
        "no dialogue records requests and acts",
        "share of the goal's requested slots that an assistant's act gives a value for",
    ),
];

impl TaskSuccess {
    fn push_outcome(&mut self, seen: &Seen<'_>, outcome: &Outcome) {
        let success = f64::from(u8::from(outcome.success));
        if seen.is_unchecked() {
            return self.claimed.push(success, &seen.weights);
        }
        if !seen.is_disproved() {
            *self.endings.entry(outcome.ending).or_insert(0) += 1;
        }
        self.success.push(success, &seen.weights);
        self.reward.push(outcome.reward, &seen.weights);
        for domain in &seen.dialogue.domains {
            self.success_by_domain.entry(domain.to_string()).or_default().push(success, &seen.weights);
        }
    }

    fn push_calls(&mut self, seen: &Seen<'_>) {
        let (mut calls, mut valid, mut answered) = (0.0, 0.0, 0.0);
        for (call, answer) in seen.dialogue.calls() {
            let wrong = |error: &goalconvo_core::ToolError| {
                matches!(error.kind, ErrorKind::UnknownTool | ErrorKind::InvalidArguments)
            };
            let raw = matches!(call.function.arguments, goalconvo_core::Arguments::Raw(_));
            calls += 1.0;
            answered += f64::from(u8::from(answer.is_some()));
            valid += f64::from(u8::from(!raw && !answer.and_then(|a| a.error.as_ref()).is_some_and(wrong)));
        }
        self.calls.push(calls, &seen.weights);
        if calls > 0.0 {
            match seen.fact() {
                Some(Finding::Passed) => self.valid_calls.push_ratio(valid, calls, &seen.weights),
                Some(Finding::Failed) => self.valid_calls.push_ratio(0.0, calls, &seen.weights),
                // Whose tools are not here, nobody knows what fits them.
                Some(Finding::Unknown) | None => {}
            }
            self.answered_calls.push_ratio(answered, calls, &seen.weights);
        }
    }

    /// Evidence says something only where places and sources were checked: of a record that holds, or is found false.
    fn push_evidence(&mut self, seen: &Seen<'_>) {
        let holds = match seen.fact() {
            Some(Finding::Passed) => true,
            Some(Finding::Failed) => false,
            Some(Finding::Unknown) | None => return,
        };
        let (mut stated, mut supported) = (0.0, 0.0);
        for turn in &seen.dialogue.turns {
            let Turn::Assistant(said) = turn else { continue };
            self.evidence += said.evidence.len() as u64;
            for value in
                said.acts.iter().filter(|act| act.slot.is_some()).filter_map(|act| act.value.as_ref())
            {
                stated += 1.0;
                let has = said.evidence.iter().any(|evidence| evidence.value == *value);
                supported += f64::from(u8::from(holds && has));
            }
        }
        if stated > 0.0 {
            self.grounded.push_ratio(supported, stated, &seen.weights);
        }
    }

    fn push_goal(&mut self, seen: &Seen<'_>) {
        let Some(scenario) = &seen.dialogue.scenario else { return };
        let state = crate::states::final_state(seen.dialogue);
        let (mut constraints, mut held, mut requests, mut answered) = (0.0, 0.0, 0.0, 0.0);
        for task in &scenario.goal.tasks {
            for (slot, value) in task.settled() {
                constraints += 1.0;
                let key = format!("{}-{slot}", task.domain);
                held += f64::from(u8::from(state.get(key.as_str()) == Some(&value)));
            }
            for slot in &task.requests {
                requests += 1.0;
                answered += f64::from(u8::from(gives(seen, &task.domain, slot)));
            }
        }
        if seen.is_disproved() {
            (held, answered) = (0.0, 0.0);
        }
        if constraints > 0.0 && !state.is_empty() {
            self.informed.push_ratio(held, constraints, &seen.weights);
        }
        if requests > 0.0 {
            self.told.push_ratio(answered, requests, &seen.weights);
        }
    }
}

/// Whether an act of the assistant gives a value for the slot.
fn gives(seen: &Seen<'_>, domain: &str, slot: &str) -> bool {
    seen.dialogue.turns.iter().any(|turn| match turn {
        Turn::Assistant(said) => said.acts.iter().any(|act| {
            act.slot.as_deref() == Some(slot)
                && act.domain.as_deref().is_none_or(|d| d == domain)
                && act.value.is_some()
        }),
        _ => false,
    })
}

/// The name of an ending in records.
fn ending_name(ending: Ending) -> &'static str {
    match ending {
        Ending::Satisfied => "satisfied",
        Ending::Refused => "refused",
        Ending::GaveUp => "gave_up",
        Ending::OutOfTurns => "out_of_turns",
        Ending::OutOfContext => "out_of_context",
        Ending::Failed => "failed",
    }
}

/// A domain's name as part of a measure's name.
fn name_of(domain: &str) -> String {
    domain.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "_")
}
