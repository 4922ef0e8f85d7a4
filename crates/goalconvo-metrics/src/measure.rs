//! One number with all that it takes to trust it, and a report of many.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::bootstrap::{BootstrappedMean, is_flat};

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
    /// What `config.interval` says of a range over orders in which one budget was filled.
    pub const OVER_ORDERS: &'static str = "range over the orders";

    /// Whether the interval is a range over orders of the same dialogues: it says nothing of other dialogues.
    pub fn is_over_orders(&self) -> bool {
        self.config.get("interval").and_then(|kind| kind.as_str()) == Some(Self::OVER_ORDERS)
    }

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

    fn within_by(self, interval: Option<[f64; 2]>, how: &str) -> Self {
        let measure = self.within(interval);
        if measure.interval.is_some() { measure.with("interval", how) } else { measure }
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
