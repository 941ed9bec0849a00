//! The outside: HTTPS, the API, the web application, the WebSocket's upgrade. It translates and decides nothing.
//!
//! [`router`] puts everything together; [`routes`] has one file a resource; [`dto`] is what is said and heard;
//! [`problem`] is the only mapping of failures; [`auth`] knows who asks, [`access`] what they may see.

pub mod access;
pub mod assets;
pub mod auth;
pub mod drain;
pub mod extract;
pub mod files;
pub mod headers;
pub mod health;
pub mod limits;
pub mod machine;
pub mod openapi;
pub mod pages;
pub mod problem;
pub mod router;
pub mod routes;
pub mod tls;
pub mod upkeep;
pub mod ws;

use std::sync::Arc;

use crate::app::App;
use crate::store::Store;

/// What handlers share.
pub struct Server {
    /// The database.
    pub store: Arc<dyn Store>,
    /// The use cases.
    pub app: Arc<App>,
    /// `https://host[:port]` of this site as people reach it, for addresses in QR codes.
    pub public_url: String,
    /// The local authority; none where the certificate is from elsewhere.
    pub authority: Option<tls::Authority>,
    /// Who tried what how often.
    pub limits: limits::RateLimits,
    /// Counts of answered requests.
    pub metrics: health::Metrics,
    /// Tells sockets that their token has ended.
    pub endings: ws::Endings,
}

/// Handlers' state.
pub type Shared = Arc<Server>;
