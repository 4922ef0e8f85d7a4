//! Judges: each looks at a record and finds that it passes, fails, or that it cannot tell.
//!
//! Facts come first ([`FactsJudge`], [`OutcomeJudge`]), then what can be seen without asking anybody (the heuristics of
//! [`Check`]), then opinions. A [`Gate`] is conjunctive: every judge that it lists must pass, and not knowing is no pass.
//! Nothing here writes a score where a judge gave none.

mod facts;
mod gate;
mod heuristics;
mod judging;

pub use facts::{FactsJudge, OutcomeJudge, Staged};
pub use gate::{Depth, Gate, GateError, Rule, Ruling, Weight};
pub use heuristics::{
    Check, Goodbyes, Heuristic, Length, Personal, Profanity, Repetition, Roles, Unanswered,
};
pub use judging::{Judge, Judging};
