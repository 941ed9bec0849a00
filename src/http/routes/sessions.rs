//! Sessions: their list, their people, their end.

use axum::extract::State;
use axum::http::StatusCode;
use ids::UtcMillis;

use super::translate::session_summary;
use crate::clock;
use crate::dto::{Invitation, NewInvitation, Page, Sealed, Session, SessionQuery, SessionSummary};
use crate::http::Shared;
use crate::http::access::{self, Want};
use crate::http::auth::{self, Caller, INVITATION_MS};
use crate::http::extract::{Json, Path, Query, SidPath};
use crate::http::problem::Problem;
use crate::store::{self, PageRequest, Party, Role, SessionFilter};

/// Sessions, newest first: of chiefs and auditors all, of officers and seats their own.
#[utoipa::path(get, path = "/sessions", tag = "sessions", params(SessionQuery),
    responses((status = 200, body = Page<SessionSummary>)))]
pub async fn list_sessions(
    State(server): State<Shared>,
    caller: Caller,
    Query(query): Query<SessionQuery>,
) -> Result<axum::Json<Page<SessionSummary>>, Problem> {
    let account = caller.with_role(&[Role::Officer, Role::Seat, Role::Chief, Role::Auditor])?;
    let own = matches!(account.role, Role::Officer | Role::Seat);
    let filter = SessionFilter {
        of: own.then_some(account.id),
        text: query.q,
        state: query.state,
        from: query.from,
        to: query.to,
    };
    let now = clock::utc_now();
    let page = server
        .store
        .sessions(&filter, &PageRequest::new(query.cursor, query.limit))
        .await?;
    let page = page.map(|session| session_summary(session, now));
    Ok(axum::Json(Page {
        items: page.items,
        next: page.next,
    }))
}

/// A session.
#[utoipa::path(get, path = "/sessions/{sid}", tag = "sessions", params(SidPath),
    responses((status = 200, body = Session)))]
pub async fn read_session(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
) -> Result<axum::Json<Session>, Problem> {
    let session = access::session(&server, &caller, path.sid, Want::Look).await?;
    let live = server.app.session(caller.principal(), path.sid).await?;
    Ok(axum::Json(Session {
        summary: session_summary(session, clock::utc_now()),
        participants: live.participants,
        integrity: live.integrity,
        me: live.me,
    }))
}

/// The officer gives up waiting for a seat.
#[utoipa::path(post, path = "/sessions/{sid}/cancel", tag = "sessions", params(SidPath),
    responses((status = 204, description = "Cancelled.")))]
pub async fn cancel_call(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
) -> Result<StatusCode, Problem> {
    let officer = caller.with_role(&[Role::Officer])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    server.app.cancel(officer, path.sid).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Invite the party with a phone of their own; shown as a QR code, good for one use.
#[utoipa::path(post, path = "/sessions/{sid}/invitations", tag = "sessions", params(SidPath),
    request_body = NewInvitation, responses((status = 201, body = Invitation)))]
pub async fn invite(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
    Json(_only_parties): Json<NewInvitation>,
) -> Result<(StatusCode, axum::Json<Invitation>), Problem> {
    let account = caller.with_role(&[Role::Officer, Role::Seat])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    let participant = server.app.invite(account, path.sid).await?;
    let (token, digest) = auth::new_token();
    let created_at = clock::utc_now();
    let expires_at = UtcMillis::from_millis(created_at.as_millis() + INVITATION_MS);
    let party = Party {
        sid: path.sid,
        participant,
    };
    let invitation = store::NewInvitation {
        digest,
        party,
        created_by: account.id,
        created_at,
        expires_at,
    };
    server.store.add_invitation(&invitation).await?;
    let url = format!("{}/join#{token}", server.public_url);
    Ok((
        StatusCode::CREATED,
        axum::Json(Invitation {
            url,
            token,
            expires_at,
        }),
    ))
}

/// Seal the session, after its last step or an exit.
#[utoipa::path(post, path = "/sessions/{sid}/seal", tag = "sessions", params(SidPath),
    responses((status = 200, body = Sealed)))]
pub async fn seal(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
) -> Result<axum::Json<Sealed>, Problem> {
    let account = caller.with_role(&[Role::Officer, Role::Seat])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    Ok(axum::Json(server.app.seal(account, path.sid).await?))
}
