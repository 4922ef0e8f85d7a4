//! Which texts run together, and on which thread.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Groups texts by length into batches of at most `budget` tokens (a longer text is a batch of its own), longest
/// first so that no thread is left with a long one at the end. Each batch is a list of indices into `lengths`.
///
/// The plan depends on the lengths alone, never on the number of threads.
pub(crate) fn batches(lengths: &[usize], budget: usize, mixed: bool) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(lengths[*index]), *index));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for index in order {
        let length = lengths[index];
        match batches.last_mut() {
            Some(batch) if room >= length && (mixed || lengths[batch[0]] == length) => {
                batch.push(index);
                room -= length;
            }
            _ => {
                batches.push(vec![index]);
                room = budget.saturating_sub(length);
            }
        }
    }
    batches
}

/// Runs `work` on each item, on up to `threads` threads, and gives the results in the order of the items. After a
/// failure no new item is begun; the failure of the first item that has one is returned.
pub(crate) fn in_parallel<T, R, E>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E>
where
    T: Sync,
    R: Send,
    E: Send,
{
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<R, E>)>> = Mutex::new(Vec::with_capacity(items.len()));
    let worker = || {
        while let Some(item) = claim(&next, items) {
            let result = work(item.1);
            if result.is_err() {
                next.store(items.len(), Ordering::Relaxed);
            }
            // A thread that panicked while it held the lock only pushed: the list is whole.
            done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((item.0, result));
        }
    };
    thread::scope(|scope| {
        let extra = threads.min(items.len()).saturating_sub(1);
        for _ in 0..extra {
            scope.spawn(worker);
        }
        worker();
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn claim<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
}

#[cfg(test)]
mod tests {
    use super::{batches, in_parallel};

    #[test]
    fn a_plan_keeps_every_text_once_and_the_budget() {
        let lengths = [3, 9, 3, 4, 20, 3, 4];
        for mixed in [true, false] {
            let plan = batches(&lengths, 10, mixed);
            let mut seen: Vec<usize> = plan.iter().flatten().copied().collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..lengths.len()).collect::<Vec<_>>());
            for batch in &plan {
                assert!(batch.len() == 1 || batch.iter().map(|index| lengths[*index]).sum::<usize>() <= 10);
                assert!(mixed || batch.iter().all(|index| lengths[*index] == lengths[batch[0]]));
            }
        }
        assert!(batches(&[], 10, true).is_empty());
    }

    #[test]
    fn results_keep_their_order_and_a_failure_is_told() {
        let items: Vec<usize> = (0..100).collect();
        let squares: Result<Vec<usize>, ()> = in_parallel(&items, 4, |item| Ok(item * item));
        assert_eq!(squares, Ok(items.iter().map(|item| item * item).collect()));
        let failed: Result<Vec<usize>, usize> =
            in_parallel(&items, 1, |item| if *item == 7 { Err(*item) } else { Ok(*item) });
        assert_eq!(failed, Err(7));
    }
}
