//! What a run reports: counts, and what was asked beside what was made.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use goalconvo_core::GoalClass;
use goalconvo_llm::Ledger;
use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::{Dials, Plan};
use crate::settings::Settings;
use crate::tally::Tally;

/// `report.json`. The same for the same run, however often it was interrupted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Always `goalconvo-report/1`.
    pub format: &'static str,
    /// Dialogues that were asked for.
    pub asked: u64,
    /// What was made.
    pub made: Tally,
    /// Weights of the goal classes that were drawn from.
    pub class_weights: BTreeMap<GoalClass, u32>,
    /// What each dial asked and what came of it, where it was set.
    pub dials: Vec<Dial>,
    /// Who spent what, by model, role and phase; absent in a run without models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Account>,
    /// How many dialogues failed because a provider did.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failed: u64,
    /// How many the budget broke off.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub broken_off: u64,
}

/// What models were asked and what came of it.
#[derive(Default)]
pub struct Spent {
    /// The ledger's rows.
    pub ledger: BTreeMap<goalconvo_llm::Account, goalconvo_llm::Entry>,
    /// How many dialogues failed because a provider did.
    pub failed: u64,
    /// How many the budget broke off.
    pub broken_off: u64,
}

/// One row of the ledger.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Account {
    /// The model's address.
    pub model: String,
    /// Who was played.
    pub role: String,
    /// What for.
    pub phase: String,
    /// Calls that were answered and paid for.
    pub answered: u64,
    /// Calls that ended in an error.
    pub failed: u64,
    /// Calls that the budget had no room for: not sent; absent when there are none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refused: u64,
    /// Tokens of the prompts, as the provider counted.
    pub prompt_tokens: u64,
    /// Of these, read from the provider's cache.
    pub cached_tokens: u64,
    /// Tokens of the replies, as the provider counted.
    pub completion_tokens: u64,
    /// Answered calls whose tokens the provider did not tell, or told wrongly; absent when there are none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tokens_unknown: u64,
    /// US dollars of the answers; absent when a price or a usage is not known. Under a budget, calls whose tokens are
    /// not known stand in it with the most that they can have cost, so that it is an upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// US dollars of failed attempts, at worst.
    pub wasted: f64,
    /// US dollars of both that stand for calls whose cost nobody knows: the most that they can have cost; absent when
    /// there are none.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub assumed: f64,
    /// Mean time of an answer in milliseconds.
    pub mean_latency_ms: f64,
}

impl Account {
    /// The rows of a ledger.
    pub fn of(ledger: &Ledger) -> Vec<Self> {
        ledger.rows().iter().map(|(account, entry)| Account::new(account, entry)).collect()
    }

    fn new(account: &goalconvo_llm::Account, entry: &goalconvo_llm::Entry) -> Self {
        Account {
            model: account.model.to_string(),
            role: account.role.to_string(),
            phase: account.phase.to_string(),
            answered: entry.answered,
            failed: entry.failed,
            refused: entry.refused,
            prompt_tokens: entry.usage.prompt_tokens,
            cached_tokens: entry.usage.cached_tokens,
            completion_tokens: entry.usage.completion_tokens,
            tokens_unknown: entry.unmetered,
            cost: (entry.unpriced == 0).then(|| entry.cost.dollars()),
            wasted: entry.wasted.dollars(),
            assumed: entry.assumed.dollars(),
            mean_latency_ms: entry.latency_us as f64 / 1e3 / entry.answered.max(1) as f64,
        }
    }

    /// A line for people.
    pub fn text(&self) -> String {
        let (bound, unknown) = match self.tokens_unknown {
            0 => ("", String::new()),
            calls => ("at most ", format!(" (those of {calls} calls are unknown)")),
        };
        let cost = self.cost.map_or("price unknown".to_owned(), |cost| format!("{bound}${cost:.4}"));
        let wasted = if self.wasted > 0.0 { format!(", ${:.4} wasted", self.wasted) } else { String::new() };
        let assumed = match self.assumed > 0.0 {
            true => format!(", ${:.4} of it for calls whose cost is unknown", self.assumed),
            false => String::new(),
        };
        let refused = match self.refused {
            0 => String::new(),
            calls => format!(", {calls} refused for the budget (not sent)"),
        };
        format!(
            "{:<10} {:<6} {}: {} calls, {} failed{refused}, {} + {} tokens{unknown}, {cost}{wasted}{assumed}, {:.0} ms a call",
            self.role,
            self.phase,
            self.model,
            self.answered,
            self.failed,
            self.prompt_tokens,
            self.completion_tokens,
            self.mean_latency_ms
        )
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_nothing(dollars: &f64) -> bool {
    *dollars <= 0.0
}

/// One dial: what was asked and what was made.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Dial {
    /// Its flag.
    pub name: &'static str,
    /// What was asked.
    pub asked: String,
    /// What was made, in the same words.
    pub made: String,
}

impl Report {
    /// The report of a run.
    pub fn new(asked: u64, plan: &Plan, settings: &Settings, made: Tally, spent: Option<Spent>) -> Self {
        // Goals that are given are played as they are: nothing is drawn.
        let drawn = settings.goals.is_none().then(|| plan.requested().iter().copied());
        let class_weights = drawn.into_iter().flatten().collect();
        let dials = dial_rows(&settings.dials, &made);
        let Spent { ledger, failed, broken_off } = spent.unwrap_or_default();
        let models = ledger.iter().map(|(account, entry)| Account::new(account, entry)).collect();
        Report { format: "goalconvo-report/1", asked, made, class_weights, dials, models, failed, broken_off }
    }

    /// Requested and achieved distribution side by side, for people.
    pub fn text(&self) -> String {
        let mut text = format!("{:<24}{:>8}  {:>8}\n", "goal class", "asked", "made");
        let total: u32 = self.class_weights.values().sum();
        let classes: std::collections::BTreeSet<&GoalClass> =
            self.class_weights.keys().chain(self.made.classes.keys()).collect();
        for class in classes {
            let weight = self.class_weights.get(class).copied().unwrap_or(0);
            let made = self.made.classes.get(class).copied().unwrap_or(0);
            let asked = match total {
                // Goals of a file are played as they are.
                0 => "given".to_owned(),
                total => share(u64::from(weight), u64::from(total)),
            };
            let _ = writeln!(
                text,
                "{:<24}{asked:>8}  {:>8}  {made}",
                class.name(),
                share(made, self.made.dialogues)
            );
        }
        for dial in &self.dials {
            let _ = writeln!(text, "{:<24}{:>8}  {}", dial.name, dial.asked, dial.made);
        }
        let endings: Vec<String> =
            self.made.endings.iter().map(|(ending, count)| format!("{count} {}", snake(ending))).collect();
        let _ = writeln!(text, "{:<24}{}", "endings", endings.join(", "));
        let success = share(self.made.successes, self.made.dialogues);
        let _ =
            writeln!(text, "{:<24}{} of {} ({success})", "success", self.made.successes, self.made.dialogues);
        let each = |count: u64| count as f64 / self.made.dialogues.max(1) as f64;
        let (said, called) = (each(self.made.utterances), each(self.made.calls));
        let _ = writeln!(text, "{:<24}{said:.1} utterances, {called:.1} tool calls", "a dialogue has");
        // Where the grammar says it all there is nothing to tell apart.
        for (role, sources) in self.made.worded.iter().filter(|_| !self.models.is_empty()) {
            let total: u64 = sources.values().sum();
            let parts = sources.iter().map(|(source, count)| format!("{count} {source}"));
            let parts: Vec<String> = parts.collect();
            let what = format!("{role}'s words");
            let _ = writeln!(text, "{what:<24}{} of {total} utterances", parts.join(", "));
        }
        for account in &self.models {
            let _ = writeln!(text, "{}", account.text());
        }
        text
    }
}

/// The dials that were set, each with what came of it.
fn dial_rows(dials: &Dials, made: &Tally) -> Vec<Dial> {
    let spread = |counts: &BTreeMap<usize, u64>| {
        let total = counts.values().sum();
        let parts: Vec<String> =
            counts.iter().map(|(number, count)| format!("{number}: {}", share(*count, total))).collect();
        parts.join(", ")
    };
    let rows = [
        ("constraints", dials.difficulty.constraints.map(|n| n.to_string()), spread(&made.constraints)),
        ("domains-per-dialogue", dials.domains.map(|n| n.to_string()), spread(&made.domains_per_dialogue)),
        ("relaxations", dials.difficulty.relaxations.map(|n| n.to_string()), spread(&made.relaxations)),
        (
            "ambiguity",
            dials.difficulty.ambiguity.map(|n| format!("{n} %")),
            format!("{} of searches", share(made.ambiguous_searches, made.searches)),
        ),
        (
            "tool-errors",
            dials.tool_errors.map(|n| format!("{n} %")),
            format!("{} of calls", share(made.failed_calls, made.calls)),
        ),
    ];
    rows.into_iter().filter_map(|(name, asked, made)| Some(Dial { name, asked: asked?, made })).collect()
}

/// All is 100 %, and nothing less is.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    let percent = 100.0 * part as f64 / whole as f64;
    format!("{:.1} %", if part < whole { percent.min(99.9) } else { percent })
}

fn snake(name: &impl Serialize) -> String {
    match serde_json::to_value(name) {
        Ok(serde_json::Value::String(text)) => text.replace('_', " "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_less_than_all_is_a_hundred_percent() {
        let shares = [(19_995, 20_000), (20_000, 20_000), (1, 3), (0, 0)];
        let shares = shares.map(|(part, whole)| super::share(part, whole));
        assert_eq!(shares, ["99.9 %", "100.0 %", "33.3 %", "none"]);
    }
}
