//! Numbers as people read them.

/// A figure with as many digits as it takes to tell it from its neighbours: three after the point below ten, whole from a
/// thousand on, and never `0` for what is not 0.
pub fn number(value: f64) -> String {
    let size = value.abs();
    let digits = match size {
        _ if value == 0.0 => 0,
        _ if size >= 1000.0 => 0,
        _ if size >= 100.0 => usize::from(value.fract() != 0.0),
        _ if size >= 10.0 => 2,
        _ if size >= 0.001 => 3,
        _ => return format!("{value:.1e}"),
    };
    format!("{value:.digits$}").replace('-', "−")
}

/// A number on an axis: no more digits than the step between two ticks has.
pub(super) fn tick(value: f64, step: f64) -> String {
    let digits = (0..6).find(|digits| is_whole(step * 10_f64.powi(*digits))).unwrap_or(6);
    format!("{value:.digits$}", digits = digits as usize).replace('-', "−")
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6
}
