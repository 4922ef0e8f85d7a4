//! Judges judged: how well each finds what people found.
//!
//! The thing that is looked for is a fault. Precision is how many of those that a judge failed people failed too; recall
//! is how many of those that people failed the judge failed. A judge that could not tell has not found anything: its
//! unknowns count against recall and say nothing about precision. One that never could tell has none of these. The whole gate is measured under the name [`GATE`];
//! it rejects by failing and by not knowing.

use std::collections::BTreeMap;

use goalconvo_core::{Dialogue, Finding};
use serde::{Deserialize, Serialize};

use super::gate::Ruling;

/// The name under which labels and reports mean the whole gate.
pub const GATE: &str = "gate";

/// A dialogue with what people found.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// The record.
    pub dialogue: Dialogue,
    /// By judge, or `gate` for all together: whether it should pass.
    pub labels: BTreeMap<String, bool>,
}

/// A share with how many it is from and its 95 % interval (Wilson, 1927).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The share.
    pub value: f64,
    /// Of how many.
    pub n: u64,
    /// Lower and upper end of the interval.
    pub interval: [f64; 2],
}

impl Share {
    /// So many of so many; none of none.
    pub fn of(part: u64, n: u64) -> Option<Share> {
        /// The 97.5th percentile of the normal distribution.
        const Z: f64 = 1.959_963_984_540_054;
        let (count, value) = (n as f64, part as f64 / n as f64);
        let middle = value + Z * Z / (2.0 * count);
        let half = Z * (value * (1.0 - value) / count + Z * Z / (4.0 * count * count)).sqrt();
        let scale = 1.0 + Z * Z / count;
        let interval = [((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0)];
        (n > 0).then_some(Share { value, n, interval })
    }
}

/// How well one judge finds faults.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibrated {
    /// The judge.
    pub judge: String,
    /// Labelled dialogues that it was asked about.
    pub n: u64,
    /// Those with a fault, by their labels.
    pub faulty: u64,
    /// Those about which it could not tell.
    pub unknown: u64,
    /// Of those that it failed, how many have a fault.
    pub precision: Option<Share>,
    /// Of those with a fault, how many it failed.
    pub recall: Option<Share>,
    /// Of those without a fault, how many it passed.
    pub specificity: Option<Share>,
}

/// Counts of what judges found against labels.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    judges: BTreeMap<String, Counts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    caught: u64,
    missed: u64,
    alarms: u64,
    right: u64,
    unknown_faulty: u64,
    unknown_sound: u64,
}

impl Calibration {
    /// Counts a ruling against the labels of its dialogue. Judges without a label are not counted.
    pub fn push(&mut self, labels: &BTreeMap<String, bool>, ruling: &Ruling) {
        let gate = if ruling.accepted { Finding::Passed } else { Finding::Failed };
        let found = ruling.verdicts.iter().map(|verdict| (verdict.judge.as_str(), verdict.finding));
        for (judge, finding) in found.chain([(GATE, gate)]) {
            let Some(sound) = labels.get(judge) else { continue };
            let counts = self.judges.entry(judge.to_owned()).or_default();
            let place = match (finding, sound) {
                (Finding::Failed, false) => &mut counts.caught,
                (Finding::Passed, false) => &mut counts.missed,
                (Finding::Failed, true) => &mut counts.alarms,
                (Finding::Passed, true) => &mut counts.right,
                (Finding::Unknown, false) => &mut counts.unknown_faulty,
                (Finding::Unknown, true) => &mut counts.unknown_sound,
            };
            *place += 1;
        }
    }

    /// Every judge that has labels, by name.
    pub fn report(&self) -> Vec<Calibrated> {
        self.judges.iter().map(|(judge, counts)| counts.report(judge)).collect()
    }
}

impl Counts {
    fn report(&self, judge: &str) -> Calibrated {
        let faulty = self.caught + self.missed + self.unknown_faulty;
        let sound = self.alarms + self.right + self.unknown_sound;
        let told = self.caught + self.missed + self.alarms + self.right > 0;
        Calibrated {
            judge: judge.to_owned(),
            n: faulty + sound,
            faulty,
            unknown: self.unknown_faulty + self.unknown_sound,
            precision: Share::of(self.caught, self.caught + self.alarms),
            recall: Share::of(self.caught, faulty).filter(|_| told),
            specificity: Share::of(self.right, sound).filter(|_| told),
        }
    }
}
