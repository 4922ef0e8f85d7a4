//! What a judge is.

use std::future::Future;
use std::pin::Pin;

use goalconvo_core::{Dialogue, Finding, Reason, Verdict};
use smol_str::SmolStr;

/// A verdict to come.
pub type Judging<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// Whoever finds something about a record: a check of facts, a heuristic, a model with a rubric.
pub trait Judge: Send + Sync {
    /// The name in verdicts.
    fn name(&self) -> &str;

    /// What it costs to ask, for the order in which a gate asks.
    fn is_free(&self) -> bool {
        true
    }

    /// Its verdict on a record. A judge that could not judge says [`Finding::Unknown`] with the reason; there is no
    /// other way to fail, so that no failure can turn into a mark.
    fn judge<'a>(&'a self, dialogue: &'a Dialogue) -> Judging<'a>;
}

/// A verdict by reasons: passed when there is none.
pub(super) fn by_reasons(judge: &str, reasons: Vec<Reason>) -> Verdict {
    let finding = if reasons.is_empty() { Finding::Passed } else { Finding::Failed };
    Verdict::new(judge, finding, reasons)
}

/// A verdict of somebody who could not tell, and why.
pub(super) fn unknown(judge: &str, check: &str, at: &str, what: impl Into<String>) -> Verdict {
    Verdict::new(judge, Finding::Unknown, vec![reason(check, at, what)])
}

pub(super) fn reason(check: &str, at: &str, what: impl Into<String>) -> Reason {
    Reason { check: SmolStr::new(check), at: at.to_owned(), what: what.into() }
}
