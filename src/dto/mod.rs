//! What the API says and hears: plain data, one file a resource. The OpenAPI document is made of these.
//!
//! Members are snake_case. Times are RFC 3339 in UTC with milliseconds; members that end in `_us` are
//! microseconds of the session clock. What may be missing is `null` or absent when read and `null` when written.

mod cases;
mod catalogue;
mod decision;
mod evidence;
mod people;
mod procedure;
mod sessions;

pub use cases::*;
pub use catalogue::*;
pub use decision::*;
pub use evidence::*;
pub use people::*;
pub use procedure::*;
pub use sessions::*;
pub use signaling::protocol::{Integrity, Kind, Person, QueueItem, SeatStatus};

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// Ask with this `cursor` for what follows; none: this was the end.
    pub next: Option<String>,
}

/// A list that is always given whole.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Items<T> {
    /// In the list's order.
    pub items: Vec<T>,
}

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Items wanted, at most 200; 50 if not said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A tree head: so many entries, and the Merkle root over them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Head {
    /// Entries.
    pub size: u64,
    /// Merkle root, 64 lower-case hex.
    pub root: String,
}

/// Bytes of a file.
#[derive(Debug, Clone, ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct Binary(pub Vec<u8>);
