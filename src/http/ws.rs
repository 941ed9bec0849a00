//! The WebSocket's upgrade: who asks is decided here, once; what is said afterwards in `signaling` and `app`.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use hyper_util::rt::TokioIo;

use super::Shared;
use super::auth::{self, Caller};
use super::problem::{Code, Problem};
use crate::app::Who;

/// `GET /api/v1/ws`.
pub async fn upgrade(
    State(server): State<Shared>,
    caller: Caller,
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
    let upgrade = hyper::upgrade::on(&mut request);
    let who = Who::from(caller.principal());
    let (token, _) = auth::new_token();
    tokio::spawn(async move {
        // A client that went away between the answer and the upgrade is no failure of the server.
        if let Ok(io) = upgrade.await {
            server
                .app
                .hub()
                .server()
                .serve(TokioIo::new(io), who, token)
                .await;
        }
    });
    Ok(answer.map(|()| Body::empty()))
}
