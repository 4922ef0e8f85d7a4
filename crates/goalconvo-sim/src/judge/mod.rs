//! Judges: each looks at a record and finds that it passes, fails, or that it cannot tell.
//!
//! Facts come first ([`FactsJudge`], [`OutcomeJudge`]), then what can be seen without asking anybody (the heuristics of
//! [`Check`]), then opinions. A [`Gate`] is conjunctive: every judge that it lists must pass, and not knowing is no pass.
//! Nothing here writes a score where a judge gave none.

mod calibrate;
mod config;
mod facts;
mod gate;
mod heuristics;
mod judging;
mod opinion;
mod repair;
mod rubric;
mod statistics;
mod transcript;

pub use calibrate::{Calibrated, Calibration, GATE, Labelled, Share};
pub use config::{FREE, GateConfig, Open};
pub use facts::{FactsJudge, OutcomeJudge, SealedFacts, Staged};
pub use gate::{Depth, Gate, GateError, Rule, Ruling, Weight};
pub use heuristics::{
    Check, Goodbyes, Heuristic, Length, Personal, Profanity, Repetition, Roles, Unanswered,
};
pub use judging::{Judge, Judging};
pub use opinion::{BUDGET, Opinion, OpinionConfig, PROVIDER, PanelRule};
pub use repair::{Mending, RepairError, first_fault, repair_tail, repair_turn};
pub(crate) use rubric::PROMPTS;
pub use rubric::{Asking, JudgeRules, Opined, Question, Quote, Record, Rubric};
pub use statistics::{Figure, JudgeReport, Statistics};
