//! What anybody may ask: to check a citizen's receipt.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, State};

use super::sign_in::{network, too_many};
use crate::dto::{Consistency, ConsistencyQuery, PublicReceipt};
use crate::http::Shared;
use crate::http::extract::{Path, Query, SidPath};
use crate::http::problem::Problem;

/// What the public may know of a session.
#[utoipa::path(get, path = "/receipts/{sid}", tag = "receipts", params(SidPath), security(()),
    responses((status = 200, body = PublicReceipt)))]
pub async fn check_receipt(
    State(server): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(path): Path<SidPath>,
) -> Result<axum::Json<PublicReceipt>, Problem> {
    server
        .limits
        .receipt
        .admit(&network(peer.ip()), Instant::now())
        .map_err(too_many)?;
    Ok(axum::Json(server.app.public_receipt(path.sid).await?))
}

/// Proof that the log on a receipt is a beginning of today's (RFC 6962 §2.1.2).
#[utoipa::path(get, path = "/receipts/{sid}/consistency", tag = "receipts", params(SidPath, ConsistencyQuery),
    security(()), responses((status = 200, body = Consistency)))]
pub async fn prove_consistency(
    State(server): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(path): Path<SidPath>,
    Query(query): Query<ConsistencyQuery>,
) -> Result<axum::Json<Consistency>, Problem> {
    server
        .limits
        .receipt
        .admit(&network(peer.ip()), Instant::now())
        .map_err(too_many)?;
    Ok(axum::Json(
        server.app.consistency(path.sid, query.from).await?,
    ))
}
