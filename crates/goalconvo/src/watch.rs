//! Tells the person that a provider has been failing for a while, so that nobody waits in the dark.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use goalconvo_llm::{Failing, Provider};

use crate::terminal::say_between;

/// The providers of a verb, by place.
pub(crate) type Providers = Arc<Mutex<BTreeMap<String, Arc<Provider>>>>;

/// How often it is looked at them.
const LOOK: Duration = Duration::from_secs(1);

/// So long a provider may fail before a word is said.
const FIRST: Duration = Duration::from_secs(10);

/// So long until the next.
const AGAIN: Duration = Duration::from_secs(60);

/// Looks at them until it is dropped; `goes_on` when the same command continues what is stopped.
pub(crate) async fn watch(providers: Providers, goes_on: bool) {
    let mut watch = Watch { goes_on, said: BTreeMap::new() };
    loop {
        tokio::time::sleep(LOOK).await;
        let known = providers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for provider in known.values() {
            let line = watch.line(provider.base_url(), provider.failing().as_ref());
            line.iter().for_each(|line| say_between(line));
        }
    }
}

struct Watch {
    goes_on: bool,
    /// For how long each had been failing when it was said.
    said: BTreeMap<String, Duration>,
}

impl Watch {
    /// What is to be said of a provider now.
    fn line(&mut self, place: &str, failing: Option<&Failing>) -> Option<String> {
        let Some(failing) = failing else {
            self.said.remove(place);
            return None;
        };
        // Shorter than when it was said: it has answered meanwhile.
        self.said.retain(|at, said| at != place || *said <= failing.for_how_long);
        if failing.for_how_long < self.said.get(place).map_or(FIRST, |said| *said + AGAIN) {
            return None;
        }
        self.said.insert(place.to_owned(), failing.for_how_long);
        let (seconds, why) = (failing.for_how_long.as_secs(), &failing.why);
        let doing = match failing.patience.map(|patience| patience.as_secs()) {
            Some(seconds) if seconds % 60 == 0 => format!("waiting up to {} min", seconds / 60),
            Some(seconds) => format!("waiting up to {seconds} s"),
            None => "trying again".to_owned(),
        };
        let later = if self.goes_on { " and continue later" } else { "" };
        Some(format!("{place}: no answer since {seconds} s ({why}); {doing}, Ctrl-C to stop{later}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_provider_is_named_after_ten_seconds_and_then_once_a_minute() {
        let mut watch = Watch { goes_on: true, said: BTreeMap::new() };
        let mut said = |seconds: Option<u64>| {
            let failing = seconds.map(|seconds| Failing {
                for_how_long: Duration::from_secs(seconds),
                why: "the provider failed (status 500)".to_owned(),
                patience: Some(Duration::from_secs(600)),
            });
            watch.line("http://host/v1", failing.as_ref())
        };
        let line = "http://host/v1: no answer since 12 s (the provider failed (status 500)); waiting up to 10 min, \
                    Ctrl-C to stop and continue later";
        assert_eq!((said(Some(9)), said(Some(12)).as_deref()), (None, Some(line)));
        assert_eq!((said(Some(71)), said(Some(72)).is_some(), said(Some(100))), (None, true, None));
        // It answers, and fails anew.
        assert_eq!((said(None), said(Some(9)), said(Some(10)).is_some()), (None, None, true));
        assert_eq!((said(Some(3)), said(Some(11)).is_some()), (None, true));
    }
}
