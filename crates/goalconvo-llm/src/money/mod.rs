//! What calls cost: amounts, prices, the hard budget, and the ledger of who spent what.

mod budget;
mod cost;
mod ledger;
mod price;

pub use budget::{Budget, Reservation};
pub use cost::Cost;
pub use ledger::{Account, Entry, Ledger};
pub use price::{Price, PriceTable};
