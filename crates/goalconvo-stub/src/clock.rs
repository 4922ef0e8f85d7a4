//! Delays to a tenth of a millisecond. Tokio's timers count whole milliseconds and round up, which would make a
//! stub of 20 ms one of 21, and every client that is measured against it five per cent slower.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// One thread that wakes sleepers in order; it ends with the last handle.
pub(crate) struct Clock(Arc<Shared>);

#[derive(Default)]
struct Shared {
    sleepers: Mutex<Sleepers>,
    changed: Condvar,
}

#[derive(Default)]
struct Sleepers {
    due: BinaryHeap<Reverse<(Instant, u64)>>,
    wake: std::collections::BTreeMap<u64, oneshot::Sender<()>>,
    next: u64,
    over: bool,
}

impl Clock {
    pub(crate) fn start() -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        std::thread::Builder::new().name("clock".to_owned()).spawn(move || tick(&own))?;
        Ok(Clock(shared))
    }

    pub(crate) async fn sleep(&self, delay: Duration) {
        if delay.is_zero() {
            return;
        }
        let (wake, woken) = oneshot::channel();
        {
            let mut sleepers = self.0.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
            sleepers.next += 1;
            let id = sleepers.next;
            sleepers.due.push(Reverse((now() + delay, id)));
            sleepers.wake.insert(id, wake);
        }
        self.0.changed.notify_one();
        // A clock that has ended wakes everybody.
        let _ = woken.await;
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.0.sleepers.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        self.0.changed.notify_one();
    }
}

fn tick(shared: &Shared) {
    let mut sleepers = shared.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
    while !sleepers.over {
        let wait = match sleepers.due.peek() {
            None => Duration::from_secs(3600),
            Some(Reverse((due, _))) => due.saturating_duration_since(now()),
        };
        if wait.is_zero() {
            if let Some(wake) = sleepers.due.pop().and_then(|Reverse((_, id))| sleepers.wake.remove(&id)) {
                // Whoever slept may have gone.
                let _ = wake.send(());
            }
            continue;
        }
        sleepers = shared.changed.wait_timeout(sleepers, wait).unwrap_or_else(PoisonError::into_inner).0;
    }
}

#[expect(clippy::disallowed_methods, reason = "a stub's delays are real time")]
fn now() -> Instant {
    Instant::now()
}
