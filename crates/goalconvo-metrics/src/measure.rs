//! One number with all that it takes to trust it, and a report of many.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::bootstrap::{BootstrappedMean, is_flat, wilson};
use crate::jackknife;

/// A figure: its value, or why there is none; how many items it rests on; its interval; what it means.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// The name in the report, snake case.
    #[serde(skip)]
    pub name: String,
    /// The figure; absent where it could not be computed, never 0 in place of unknown.
    pub value: Option<f64>,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The number of items that it rests on; which items, the definition says.
    pub n: u64,
    /// 95 % interval.
    pub interval: Option<[f64; 2]>,
    /// What was computed, in a sentence.
    pub definition: String,
    /// The settings that the value depends on.
    pub config: BTreeMap<String, Value>,
}

impl Measure {
    /// A figure that was computed.
    pub fn new(name: impl Into<String>, value: f64, n: u64, definition: impl Into<String>) -> Self {
        Self::maybe(name, Some(value), "", n, definition)
    }

    /// A figure that was computed, or else could not be for this reason. A value that is not finite counts as not
    /// computed.
    pub fn maybe(
        name: impl Into<String>,
        value: Option<f64>,
        reason: &str,
        n: u64,
        definition: impl Into<String>,
    ) -> Self {
        let value = value.filter(|value| value.is_finite());
        let reason = value.is_none().then(|| match reason {
            "" => "undefined for this data".to_owned(),
            _ => reason.to_owned(),
        });
        let config = BTreeMap::new();
        // What is not there rests on nothing.
        let n = if value.is_some() { n } else { 0 };
        Self { name: name.into(), value, reason, n, interval: None, definition: definition.into(), config }
    }

    /// The same with an interval.
    #[must_use]
    pub fn within(mut self, interval: Option<[f64; 2]>) -> Self {
        self.interval = interval.filter(|_| self.value.is_some());
        self
    }

    /// The same with the interval of a mean over dialogues, and how it was come by: from resamples, or where all dialogues
    /// agree on 0 or on `most`, the greatest value that there can be, exactly. Resamples of what agrees all agree, too:
    /// they would claim a certainty that nobody has, so that where it agrees on anything else there is no interval.
    #[must_use]
    pub(crate) fn over_dialogues(self, state: &BootstrappedMean, most: Option<f64>) -> Self {
        let resampled = state.interval();
        let exact = most.and_then(|most| state.interval_up_to(most)).filter(|_| is_flat(resampled));
        match exact {
            Some(exact) => self.within_by(Some(exact), "Clopper-Pearson, all dialogues agree"),
            None => self.resampled("dialogues", resampled),
        }
    }

    /// The same with an interval from resamples of these items; none where the resamples all agree, and that is said.
    #[must_use]
    pub(crate) fn resampled(self, items: &str, interval: Option<[f64; 2]>) -> Self {
        if is_flat(interval) {
            return self.with("interval", "none: all resamples agree, which is no certainty");
        }
        self.within_by(interval, &format!("bootstrap over {items}"))
    }

    /// The same with the interval that the replicates of a figure from 0 to `most` give, each without one of ten groups of
    /// dialogues; none where one is undefined, or where all agree, and that is said.
    #[must_use]
    pub(crate) fn jackknifed(
        self,
        replicates: impl IntoIterator<Item = Option<f64>>,
        most: Option<f64>,
    ) -> Self {
        let Some(value) = self.value else { return self };
        let most = most.unwrap_or(f64::INFINITY);
        match jackknife::reach(replicates) {
            None => self.with("interval", "none: undefined where a tenth of the dialogues is left out"),
            Some(reach) => {
                let interval = Some([(value - reach).max(0.0), (value + reach).min(most)]);
                if is_flat(interval) {
                    return self.with(
                        "interval",
                        "none: the same whichever tenth is left out, which is no certainty",
                    );
                }
                self.within_by(interval, "jackknife over ten groups of dialogues")
            }
        }
    }

    /// The same as a share of n, with its interval (Wilson 1927).
    #[must_use]
    pub(crate) fn share_of(self, hits: u64) -> Self {
        let interval = wilson(hits, self.n);
        self.within_by(interval, "Wilson")
    }

    /// The same as a count of what is there, which estimates nothing.
    #[must_use]
    pub(crate) fn counted(self) -> Self {
        self.with("interval", "none: a count of what is there, no estimate")
    }

    pub(crate) fn within_by(self, interval: Option<[f64; 2]>, how: &str) -> Self {
        let measure = self.within(interval);
        match (measure.value, measure.interval) {
            (_, Some(_)) => measure.with("interval", how),
            (Some(_), None) => measure.with("interval", "none: fewer than two, or undefined in a resample"),
            (None, None) => measure,
        }
    }

    /// The same name and definition, not computed for this reason.
    #[must_use]
    pub fn not_computed(self, reason: &str) -> Self {
        Self::maybe(self.name, None, reason, 0, self.definition)
    }

    /// The same with a setting noted.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.config.insert(key.to_owned(), value.into());
        self
    }

    /// The same under a name with this in front, for a role or a domain.
    #[must_use]
    pub fn of(mut self, whose: &str) -> Self {
        self.name = format!("{whose}_{}", self.name);
        self
    }
}

/// Measures by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    measures: Vec<Measure>,
}

impl Report {
    /// Adds measures; a later one replaces an earlier one of the same name.
    pub fn extend(&mut self, measures: impl IntoIterator<Item = Measure>) {
        for measure in measures {
            match self.measures.iter_mut().find(|known| known.name == measure.name) {
                Some(known) => *known = measure,
                None => self.measures.push(measure),
            }
        }
    }

    /// The measure of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.name == name)
    }

    /// The value of that name, where it was computed.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        self.get(name)?.value
    }

    /// All measures in the order in which they were added.
    #[must_use]
    pub fn measures(&self) -> &[Measure] {
        &self.measures
    }
}

/// `{"metrics": {"<name>": {"value": …, "n": …, "interval": …, "definition": …, "config": …}}}`.
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let metrics: BTreeMap<&str, &Measure> =
            self.measures.iter().map(|measure| (measure.name.as_str(), measure)).collect();
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("metrics", &metrics)?;
        map.end()
    }
}
