//! The mix of patterns: exact at every prefix, and the same for every shard.

use super::types::Pattern;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Weights of patterns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mix {
    /// How often each pattern comes, in relation to the others.
    pub weights: BTreeMap<Pattern, u32>,
}

impl Default for Mix {
    fn default() -> Self {
        let weights = [
            (Pattern::Short, 10),
            (Pattern::Sequential, 25),
            (Pattern::MultiTool, 15),
            (Pattern::ClarificationFirst, 15),
            (Pattern::Parallel, 10),
            (Pattern::Conditional, 7),
            (Pattern::Loop, 6),
            (Pattern::Join, 6),
            (Pattern::Retry, 6),
        ];
        Self { weights: BTreeMap::from(weights) }
    }
}

impl Mix {
    /// One cycle of patterns in which each has been given its share, to within one, at every point (smooth
    /// weighted round robin).
    pub fn cycle(&self) -> Vec<Pattern> {
        let total: i64 = self.weights.values().map(|weight| i64::from(*weight)).sum();
        let mut credit: BTreeMap<Pattern, i64> = self.weights.keys().map(|pattern| (*pattern, 0)).collect();
        let mut cycle = Vec::new();
        for _ in 0..total {
            let mut best: Option<(Pattern, i64)> = None;
            for (pattern, balance) in &mut credit {
                *balance += i64::from(self.weights[pattern]);
                if best.is_none_or(|(_, most)| *balance > most) {
                    best = Some((*pattern, *balance));
                }
            }
            let Some((pattern, _)) = best else { break };
            credit.entry(pattern).and_modify(|balance| *balance -= total);
            cycle.push(pattern);
        }
        cycle
    }
}
