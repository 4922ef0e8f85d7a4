//! x
mod address; mod cost; mod dialect; mod error; mod model; mod reply; mod request; mod secret; mod thinking;
pub use address::*; pub use cost::*; pub use dialect::*; pub use error::*; pub use model::*; pub use reply::*; pub use request::*; pub use secret::*; pub use thinking::*;
