//! The WebSocket's upgrade: who asks is decided here, once; what is said afterwards in `signaling` and `app`.
//!
//! A socket lives no longer than the token it was opened with. While somebody is in a session their token does not run
//! out: nobody is thrown out of a call because their shift began twelve hours ago.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hyper_util::rt::TokioIo;
use ids::UtcMillis;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::auth::{self, Caller};
use super::problem::{Code, Problem};
use super::{Server, Shared};
use crate::app::Who;
use crate::clock;
use crate::store::{Principal, TokenDigest};

/// How often a socket's token is looked up: what another process did (`cloudseat user disable`) is heard of no
/// other way.
const RECHECK: Duration = Duration::from_secs(15);

/// A token that runs out within this time while its owner is in a session is extended to [`EXTENDED`] from now.
const RUNS_OUT: Duration = Duration::from_secs(60);
/// See [`RUNS_OUT`].
const EXTENDED: Duration = Duration::from_secs(10 * 60);

/// Tokens that end at once whose sockets may not have heard of it yet; one that misses any looks its own up.
const ENDED_MAX: usize = 64;

/// Tells sockets that the token they were opened with has ended.
#[derive(Debug)]
pub struct Endings(broadcast::Sender<TokenDigest>);

impl Default for Endings {
    fn default() -> Self {
        Self(broadcast::Sender::new(ENDED_MAX))
    }
}

impl Endings {
    /// A token has ended; its sockets are closed.
    pub fn tell(&self, token: TokenDigest) {
        // Nobody listens where no socket is open.
        drop(self.0.send(token));
    }
}

/// `GET /api/v1/ws`.
pub async fn upgrade(
    State(server): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    mut request: Request,
) -> Result<Response, Problem> {
    let answer = signaling::ws::accept(request.headers()).map_err(|error| {
        let code = match &error {
            signaling::ws::UpgradeError::ForeignOrigin { .. } => Code::CrossOrigin,
            signaling::ws::UpgradeError::NotAnUpgrade(_) | signaling::ws::UpgradeError::Version => {
                Code::NotAWebSocket
            }
        };
        Problem::new(code)
    })?;
    let digest =
        auth::presented_digest(&headers).ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    // From here on, so that a sign-out while the socket comes up is heard.
    let endings = server.endings.0.subscribe();
    let upgrade = hyper::upgrade::on(&mut request);
    let who = Who::from(caller.principal());
    let (expires_at, principal) = (caller.0.expires_at, caller.0.principal.clone());
    let (token, _) = auth::new_token();
    tokio::spawn(async move {
        // A client that went away between the answer and the upgrade is no failure of the server.
        if let Ok(io) = upgrade.await {
            let ended = ended(&server, digest, &principal, expires_at, endings);
            server
                .app
                .hub()
                .server()
                .serve_while(TokioIo::new(io), who, token, ended)
                .await;
        }
    });
    Ok(answer.map(|()| Body::empty()))
}

/// Waits until the token is worth nothing any more, and says so.
async fn ended(
    server: &Server,
    token: TokenDigest,
    principal: &Principal,
    mut expires_at: UtcMillis,
    mut endings: broadcast::Receiver<TokenDigest>,
) -> &'static str {
    const ENDED: &str = "the sign-in has ended; sign in again";
    loop {
        let left_ms = expires_at.as_millis() - clock::utc_now().as_millis();
        let left = Duration::from_millis(u64::try_from(left_ms).unwrap_or(0));
        if left < RUNS_OUT && server.app.is_in_session(principal).await {
            let until_ms = clock::utc_now().as_millis() + EXTENDED.as_millis() as i64;
            let until = UtcMillis::from_millis(until_ms);
            match server.store.extend_token(token, until).await {
                Ok(()) => expires_at = until,
                Err(error) => {
                    tracing::warn!(%error, "A token that runs out during a session was not extended")
                }
            }
        } else if left.is_zero() {
            return ENDED;
        }
        let wait = left.clamp(Duration::from_secs(1), RECHECK);
        match tokio::time::timeout(wait, endings.recv()).await {
            Ok(Ok(other)) if other != token => continue,
            Ok(Ok(_)) => return ENDED,
            Ok(Err(RecvError::Lagged(_) | RecvError::Closed)) | Err(_) => {}
        }
        match server.store.access(token, clock::utc_now()).await {
            Ok(Some(_)) => {}
            Ok(None) => return ENDED,
            // A call goes on without the database; the token is looked up again.
            Err(error) => tracing::debug!(%error, "A socket's token could not be looked up"),
        }
    }
}
