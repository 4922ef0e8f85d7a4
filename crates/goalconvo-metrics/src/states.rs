//! Belief states: what the record holds as changes, put together.

use std::collections::BTreeMap;

use goalconvo_core::{Dialogue, Turn, Value};

/// Values by `domain-slot`.
pub type BeliefState = BTreeMap<String, Value>;

/// The belief state after each user turn that is followed by an assistant turn, or ends the dialogue: the changes up
/// to and including that assistant turn, a null taking a slot out.
#[must_use]
pub fn belief_states(dialogue: &Dialogue) -> Vec<BeliefState> {
    let mut state = BeliefState::new();
    let mut states = Vec::new();
    let mut heard = false;
    for turn in &dialogue.turns {
        let (said, by_user) = match turn {
            Turn::User(said) => (said, true),
            Turn::Assistant(said) => (said, false),
            Turn::Tool(_) | Turn::Garbled { .. } => continue,
        };
        apply(&mut state, &said.state);
        if by_user {
            heard = true;
        } else if heard && !said.text.is_empty() {
            states.push(state.clone());
            heard = false;
        }
    }
    if heard {
        states.push(state);
    }
    states
}

/// The belief state after the last turn.
#[must_use]
pub fn final_state(dialogue: &Dialogue) -> BeliefState {
    let mut state = BeliefState::new();
    for turn in &dialogue.turns {
        if let Turn::User(said) | Turn::Assistant(said) = turn {
            apply(&mut state, &said.state);
        }
    }
    state
}

fn apply<K: AsRef<str>>(state: &mut BeliefState, changes: &BTreeMap<K, Value>) {
    for (slot, value) in changes {
        if value.is_null() {
            state.remove(slot.as_ref());
        } else {
            state.insert(slot.as_ref().to_owned(), value.clone());
        }
    }
}

/// Joint goal accuracy: the share of turns whose predicted state equals the true one in every slot. Turns are paired
/// in order; one that only one side has counts as wrong. None when there is no turn.
#[must_use]
pub fn joint_goal_accuracy(predicted: &[BeliefState], truth: &[BeliefState]) -> Option<f64> {
    let turns = predicted.len().max(truth.len());
    let right = predicted.iter().zip(truth).filter(|(p, t)| p == t).count();
    (turns > 0).then(|| right as f64 / turns as f64)
}

/// Slot-level precision, recall and F1 of predicted states against true ones, pooled over turns.
#[must_use]
pub fn slot_f1(predicted: &[BeliefState], truth: &[BeliefState]) -> Option<[f64; 3]> {
    let pairs = |states: &[BeliefState]| states.iter().map(BTreeMap::len).sum::<usize>() as f64;
    let shared =
        |(p, t): (&BeliefState, &BeliefState)| p.iter().filter(|(k, v)| t.get(*k) == Some(*v)).count();
    let hits = predicted.iter().zip(truth).map(shared).sum::<usize>() as f64;
    let (precision, recall) = (hits / pairs(predicted), hits / pairs(truth));
    let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
    (pairs(predicted) > 0.0 && pairs(truth) > 0.0).then_some([precision, recall, f1])
}

/// The chance that `k` independent trials of a task all succeed, estimated from `n` trials with `c` successes:
/// `C(c, k) / C(n, k)` (Yao et al. 2024), averaged over tasks. None when a task has fewer than `k` trials or there is
/// no task.
#[must_use]
pub fn pass_hat_k(tasks: &[(u64, u64)], k: u64) -> Option<f64> {
    if tasks.is_empty() || tasks.iter().any(|&(trials, successes)| trials < k || successes > trials) {
        return None;
    }
    let chance = |&(trials, successes): &(u64, u64)| -> f64 {
        (0..k).map(|i| successes.saturating_sub(i) as f64 / (trials - i) as f64).product()
    };
    Some(tasks.iter().map(chance).sum::<f64>() / tasks.len() as f64)
}
