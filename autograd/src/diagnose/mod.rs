//! What is said of numbers: where they were recorded, their range, which is not finite.

mod anomaly;
mod origin;
mod range;

pub use anomaly::{Anomaly, Brief, Found};
pub use origin::Origin;
pub use range::Range;
pub(crate) use range::{digits, norm};
