//! The gate: which judges must pass before a record is accepted.
//!
//! It is conjunctive. A judge whose weight is [`Weight::Must`] rejects by failing and by not knowing; one that is only
//! reported never decides anything. There is no average, no "or", no share to discard: a good batch keeps all of its
//! records and a bad one none.

use std::fmt;

use goalconvo_core::{Dialogue, Finding, Reason, Verdict};
use serde::{Deserialize, Serialize};

use super::judging::Judge;
use super::opinion::{BUDGET, MUTE, PROVIDER, QUOTE};
use crate::speaker::SpeakerError;

/// Whether a judge decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It must pass: failing and not knowing reject.
    #[default]
    Must,
    /// It is reported, and decides nothing.
    Report,
}

/// One judge with its weight.
pub struct Rule {
    /// Who judges.
    pub judge: Box<dyn Judge>,
    /// Whether it decides.
    pub weight: Weight,
}

impl Rule {
    /// A judge that must pass.
    pub fn must(judge: impl Judge + 'static) -> Self {
        Rule { judge: Box::new(judge), weight: Weight::Must }
    }
}

/// How many judges are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Once one that is free has rejected, those that cost something are not asked any more.
    Cheap,
    /// All of them, for measuring judges. At either depth nobody is asked after one that could not be.
    All,
}

/// What the gate found.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    /// Whether every judge that must pass has passed.
    pub accepted: bool,
    /// The verdicts of those that were asked, in the gate's order.
    pub verdicts: Vec<Verdict>,
    /// Why it was rejected: of each judge that must pass and did not.
    pub reasons: Vec<(String, Reason)>,
}

impl Ruling {
    /// Why a judge could not be asked, where one could not: the budget was reached, or a provider failed. Such a ruling
    /// says nothing of the dialogue, and may come out otherwise another time.
    pub fn unasked(&self) -> Option<SpeakerError> {
        let because = |check: &str| {
            let mut found = self
                .verdicts
                .iter()
                .flat_map(|verdict| verdict.reasons.iter().map(move |reason| (verdict, reason)));
            found
                .find(|(_, reason)| reason.check == check)
                .map(|(verdict, reason)| format!("the judge {:?}: {}", verdict.judge, reason.what))
        };
        let budget = because(BUDGET).map(SpeakerError::budget);
        budget.or_else(|| because(PROVIDER).map(|what| SpeakerError::new(what, true)))
    }

    /// Who rejected it by giving no usable reply at all, be it no rating or one that quotes what nobody said, and what came
    /// instead. That says nothing of the dialogue. Nobody, where another one has failed it.
    pub fn mute(&self) -> Option<String> {
        let rejects = |verdict: &&Verdict| self.reasons.iter().any(|(judge, _)| *judge == verdict.judge);
        let mut rejecting = self.verdicts.iter().filter(rejects);
        if rejecting.clone().any(|verdict| verdict.finding == Finding::Failed) {
            return None;
        }
        let found = rejecting.find(|verdict| is_mute(verdict))?;
        let last = found.reasons.iter().rev().find(|reason| reason.check != MUTE)?;
        let what = &last.what;
        let advice = match last.check == QUOTE {
            true => "none of its ratings quotes the record; name another model for judging",
            false => "name another model for judging, or let it reply longer",
        };
        Some(format!("the judge {:?} gave no usable reply: {what}; {advice}", found.judge))
    }
}

/// Whether a judge, or a member of its panel, was asked and gave no reply that could be used.
fn is_mute(verdict: &Verdict) -> bool {
    verdict.finding == Finding::Unknown && verdict.reasons.iter().any(|reason| reason.check == MUTE)
}

/// Whether a judge could not be asked: a provider failed, or the budget is reached.
fn is_unasked(verdict: &Verdict) -> bool {
    verdict.reasons.iter().any(|reason| reason.check == PROVIDER || reason.check == BUDGET)
}

/// Why there is no gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateError(String);

impl GateError {
    pub(super) fn new(what: impl Into<String>) -> Self {
        GateError(what.into())
    }
}

pub(super) fn none_must() -> GateError {
    GateError::new("no judge of the gate must pass, so it could reject nothing; list at least one that must")
}

pub(super) fn listed_twice(name: &str) -> GateError {
    GateError::new(format!("the judge {name:?} is listed twice; list it once"))
}

impl fmt::Display for GateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for GateError {}

/// Judges in the order in which they are asked and reported.
pub struct Gate {
    rules: Vec<Rule>,
}

impl Gate {
    /// A gate of these rules.
    ///
    /// # Errors
    /// No judge must pass, so that everything would, or two have one name.
    pub fn new(rules: Vec<Rule>) -> Result<Self, GateError> {
        if !rules.iter().any(|rule| rule.weight == Weight::Must) {
            return Err(none_must());
        }
        for (at, rule) in rules.iter().enumerate() {
            if rules[..at].iter().any(|other| other.judge.name() == rule.judge.name()) {
                return Err(listed_twice(rule.judge.name()));
            }
        }
        Ok(Gate { rules })
    }

    /// The judges' names with their weights, in order.
    pub fn rules(&self) -> impl Iterator<Item = (&str, Weight)> {
        self.rules.iter().map(|rule| (rule.judge.name(), rule.weight))
    }

    /// Asks the judges about a record. Verdicts that it has already are not looked at.
    pub async fn rule(&self, dialogue: &Dialogue, depth: Depth) -> Ruling {
        let mut found: Vec<Option<Verdict>> = vec![None; self.rules.len()];
        for free in [true, false] {
            let rejected = self.rules.iter().zip(&found).any(|(rule, found)| rejects(rule, found.as_ref()));
            if !free && rejected && depth == Depth::Cheap {
                break;
            }
            for (rule, place) in self.rules.iter().zip(&mut found) {
                if rule.judge.is_free() != free {
                    continue;
                }
                let verdict = rule.judge.judge(dialogue).await;
                let must = rule.weight == Weight::Must && depth == Depth::Cheap;
                let unanswered = is_unasked(&verdict) || (must && is_mute(&verdict));
                *place = Some(verdict);
                // The others would fare alike, and the ruling can't be another one any more.
                if unanswered {
                    return self.sum_up(found);
                }
            }
        }
        self.sum_up(found)
    }

    fn sum_up(&self, found: Vec<Option<Verdict>>) -> Ruling {
        let mut reasons = Vec::new();
        for (rule, found) in self.rules.iter().zip(&found) {
            if let Some(found) = found.as_ref().filter(|found| rejects(rule, Some(found))) {
                reasons.extend(given(found).into_iter().map(|reason| (found.judge.to_string(), reason)));
            }
        }
        // Whoever must pass and was not asked has not passed; it is left out only beside one that rejected.
        let passed = |(rule, found): (&Rule, &Option<Verdict>)| {
            rule.weight == Weight::Report
                || found.as_ref().is_some_and(|found| found.finding == Finding::Passed)
        };
        let accepted = self.rules.iter().zip(&found).all(passed);
        Ruling { accepted, verdicts: found.into_iter().flatten().collect(), reasons }
    }
}

fn rejects(rule: &Rule, found: Option<&Verdict>) -> bool {
    rule.weight == Weight::Must && found.is_some_and(|found| found.finding != Finding::Passed)
}

/// The reasons of a verdict that did not pass; a judge that gave none is named as such.
fn given(found: &Verdict) -> Vec<Reason> {
    if found.reasons.is_empty() {
        let what = format!("{:?}, and no reason was given", found.finding).to_lowercase();
        return vec![Reason { check: found.judge.clone(), at: String::new(), what }];
    }
    found.reasons.clone()
}
