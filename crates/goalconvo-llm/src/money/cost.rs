//! Money, in whole picodollars: sums are exact, whatever their order.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

/// An amount of US dollars in steps of 10⁻¹² (up to 18 million dollars). A price per million tokens with six
/// decimal places is a whole number of steps per token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cost(u64);

const STEPS: u64 = 1_000_000_000_000;

impl Cost {
    /// Nothing.
    pub const ZERO: Cost = Cost(0);

    /// From picodollars.
    #[must_use]
    pub const fn from_pico(pico: u64) -> Self {
        Cost(pico)
    }

    /// In picodollars.
    #[must_use]
    pub const fn pico(self) -> u64 {
        self.0
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
    pub(crate) fn is_zero(&self) -> bool {
        *self == Cost::ZERO
    }

    /// In dollars, for display.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "for display only")]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / STEPS as f64
    }

    /// The difference, or zero.
    #[must_use]
    pub fn saturating_sub(self, other: Cost) -> Cost {
        Cost(self.0.saturating_sub(other.0))
    }

    /// Half, rounded up.
    #[must_use]
    pub fn half(self) -> Cost {
        Cost(self.0.div_ceil(2))
    }

    /// This price per token for so many tokens.
    #[must_use]
    pub fn times(self, tokens: u64) -> Cost {
        Cost(self.0.saturating_mul(tokens))
    }
}

impl Add for Cost {
    type Output = Cost;

    fn add(self, other: Cost) -> Cost {
        Cost(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        *self = *self + other;
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Cost>>(costs: I) -> Cost {
        costs.fold(Cost::ZERO, Add::add)
    }
}

impl fmt::Display for Cost {
    /// In dollars, with cents at least and no useless zeros: `$0.00`, `$1.25`, `$0.000003`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / STEPS, self.0 % STEPS);
        let digits = format!("{part:012}");
        let kept = digits.trim_end_matches('0').len().max(2);
        write!(f, "${whole}.{}", &digits[..kept])
    }
}

impl FromStr for Cost {
    type Err = Error;

    /// Reads dollars: "5", "5usd", "$0.25", "0.000001 USD".
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::new(
                Kind::Price,
                format!("amount \"{text}\" is not in dollars: expected for example 5usd, $0.25 or 12.50"),
            )
        };
        let lower = text.trim().to_ascii_lowercase();
        let number = lower.trim_start_matches('$').trim_end_matches("usd").trim();
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && part.is_empty()) || !digits(whole) || !digits(part) || part.len() > 12 {
            return Err(wrong());
        }
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| wrong())? };
        let part: u64 = format!("{part:0<12}").parse().map_err(|_| wrong())?;
        whole.checked_mul(STEPS).and_then(|w| w.checked_add(part)).map(Cost).ok_or_else(wrong)
    }
}
