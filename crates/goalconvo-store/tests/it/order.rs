//! However many make, one writes, in order.

use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};

use goalconvo_store::{Pace, Reorder, in_order};
use proptest::prelude::*;

/// Takes an uneven time without sleeping.
fn busy(index: u64) -> u64 {
    (0..(index * 7919) % 4000).fold(index, |sum, n| sum.wrapping_mul(31).wrapping_add(n))
}

#[test]
fn order_does_not_depend_on_the_number_of_makers() {
    for makers in [1, 2, 8, 33] {
        let mut seen = Vec::new();
        let written = in_order(
            5..1000,
            Pace::threads(makers),
            |index| (index, busy(index)),
            |item| {
                seen.extend(item);
                Ok::<_, ()>(ControlFlow::Continue(()))
            },
        );
        assert_eq!(written, Ok(995));
        assert!(seen.iter().copied().eq((5..1000).map(|index| (index, busy(index)))));
    }
}

#[test]
fn makers_run_ahead_of_the_writer_by_a_bounded_window() {
    let pace = Pace { makers: 4, chunk: 8, ahead: 2, ..Pace::threads(4) };
    let (made, most) = (AtomicU64::new(0), AtomicU64::new(0));
    let make = |index| {
        made.fetch_add(1, Ordering::SeqCst);
        index
    };
    in_order(0..20_000, pace, make, |item| {
        if let Some(index) = item {
            most.fetch_max(made.load(Ordering::SeqCst) - index, Ordering::SeqCst);
        }
        Ok::<_, ()>(ControlFlow::Continue(()))
    })
    .unwrap();
    assert!(most.load(Ordering::SeqCst) <= 4 * 8 * 3, "{most:?} items were in memory");
}

#[test]
fn the_writer_can_end_it_early() {
    let stop_at = |last: u64| {
        move |item: Option<u64>| match item {
            Some(made) if made == busy(last) => Ok::<_, ()>(ControlFlow::Break(())),
            _ => Ok(ControlFlow::Continue(())),
        }
    };
    assert_eq!(in_order(0..1_000_000, Pace::threads(4), busy, stop_at(99)), Ok(100));
    let failing = in_order(0..1_000_000, Pace::threads(4), busy, |item| match item {
        Some(made) if made == busy(100) => Err("full"),
        _ => Ok(ControlFlow::Continue(())),
    });
    assert_eq!(failing, Err("full"));
}

#[test]
fn a_maker_that_panics_ends_all_instead_of_hanging() {
    let make = |index| if index == 500 { panic!("a bug") } else { index };
    let run = || in_order(0..1_000_000, Pace::threads(4), make, |_| Ok::<_, ()>(ControlFlow::Continue(())));
    assert!(std::panic::catch_unwind(AssertUnwindSafe(run)).is_err());
}

proptest! {
    #[test]
    fn a_reorder_buffer_lets_all_out_once_and_in_order(indexes in Just((0..40u64).collect::<Vec<_>>()).prop_shuffle()) {
        let mut order = Reorder::new(0);
        let mut out = Vec::new();
        for index in indexes {
            prop_assert!(order.push(index, index));
            prop_assert!(!order.push(index, index), "the same twice");
            out.extend(std::iter::from_fn(|| order.pop()).map(|(index, _)| index));
        }
        prop_assert_eq!(out, (0..40).collect::<Vec<_>>());
        prop_assert_eq!(order.waiting(), 0);
    }
}
