//! Numbers as people read them.

/// A figure with as many digits as it takes to tell it from its neighbours: three or four after the point below ten, whole from a
/// thousand on, and never `0` for what is not 0.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    let digits = match size {
        _ if size >= 1000.0 => 0,
        _ if size >= 100.0 => usize::from(value.fract() != 0.0),
        _ if size >= 10.0 => 2,
        _ if size >= 0.01 => 3,
        _ if size >= 0.0001 => 4,
        _ => return format!("{value:.1e}"),
    };
    format!("{value:.digits$}").replace('-', "−")
}

/// A number on an axis: no more digits than the step between two ticks has.
pub(super) fn tick(value: f64, step: f64) -> String {
    // What adding up steps leaves of zero is zero.
    let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
    let digits = (0..6).find(|digits| is_whole(step * 10_f64.powi(*digits))).unwrap_or(6);
    format!("{value:.digits$}", digits = digits as usize).replace('-', "−")
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_become_zero() {
        let check = |value: f64, expect: &str| assert_eq!(number(value), expect);
        check(0.0, "0");
        check(-0.0, "0");
        check(0.52764, "0.528");
        check(0.00061, "0.0006");
        check(0.000_012, "1.2e-5");
        check(-0.257, "−0.257");
        check(14.743, "14.74");
        check(256.03, "256.0");
        check(500.0, "500");
        check(13944.0, "13944");
    }

    #[test]
    fn ticks_have_the_digits_of_their_step() {
        assert_eq!([0.25, 0.5, 10.0, 0.0005].map(|step| tick(step, step)), ["0.25", "0.5", "10", "0.0005"]);
    }
}
