//! The decision: draft, issue, signature, delivery.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::evidence::stored_file;
use super::steps::officer_or_party;
use crate::dto::{Binary, Decision, DecisionDraft, Delivery, Issued, ProcedureView, Signature};
use crate::http::Shared;
use crate::http::access::{self, Want};
use crate::http::auth::Caller;
use crate::http::extract::{DocPath, Json, Path, SidPath};
use crate::http::problem::Problem;
use crate::store::Role;

/// The decision.
#[utoipa::path(get, path = "/sessions/{sid}/decision", tag = "decision", params(SidPath),
    responses((status = 200, body = Decision)))]
pub async fn read_decision(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
) -> Result<axum::Json<Decision>, Problem> {
    access::session(&server, &caller, path.sid, Want::Look).await?;
    Ok(axum::Json(
        server.app.decision(caller.principal(), path.sid).await?,
    ))
}

/// The decision as it would read now: what the party reads before it is made.
#[utoipa::path(get, path = "/sessions/{sid}/decision/draft", tag = "decision", params(SidPath),
    responses((status = 200, body = DecisionDraft)))]
pub async fn read_draft(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
) -> Result<axum::Json<DecisionDraft>, Problem> {
    access::session(&server, &caller, path.sid, Want::Look).await?;
    let text = server
        .app
        .decision_draft(caller.principal(), path.sid)
        .await?;
    Ok(axum::Json(DecisionDraft { text }))
}

/// Make the decision. Refused without unbroken recording of every step that must be recorded.
#[utoipa::path(post, path = "/sessions/{sid}/decision", tag = "decision", params(SidPath),
    responses((status = 201, body = Issued)))]
pub async fn make_decision(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
) -> Result<(StatusCode, axum::Json<Issued>), Problem> {
    caller.with_role(&[Role::Officer])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    let issued = server.app.decide(caller.principal(), path.sid).await?;
    Ok((StatusCode::CREATED, axum::Json(issued)))
}

/// A document of the session.
#[utoipa::path(get, path = "/sessions/{sid}/documents/{doc}", tag = "decision", params(DocPath),
    responses((status = 200, content_type = "application/pdf", body = Binary)))]
pub async fn read_document(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<DocPath>,
) -> Result<Response, Problem> {
    access::session(&server, &caller, path.sid, Want::Look).await?;
    let file = server
        .app
        .document(caller.principal(), path.sid, path.doc)
        .await?;
    Ok(stored_file(
        file,
        header::HeaderValue::from_static("inline"),
    ))
}

/// The party signs, or refuses to.
#[utoipa::path(post, path = "/sessions/{sid}/signature", tag = "decision", params(SidPath), request_body = Signature,
    responses((status = 200, body = ProcedureView)))]
pub async fn sign(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
    Json(body): Json<Signature>,
) -> Result<axum::Json<ProcedureView>, Problem> {
    officer_or_party(&caller)?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    Ok(axum::Json(
        server.app.sign(caller.principal(), path.sid, body).await?,
    ))
}

/// The decision reaches the party.
#[utoipa::path(post, path = "/sessions/{sid}/delivery", tag = "decision", params(SidPath), request_body = Delivery,
    responses((status = 200, body = ProcedureView)))]
pub async fn deliver(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
    Json(body): Json<Delivery>,
) -> Result<axum::Json<ProcedureView>, Problem> {
    caller.with_role(&[Role::Officer])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    Ok(axum::Json(
        server
            .app
            .deliver(caller.principal(), path.sid, body)
            .await?,
    ))
}
