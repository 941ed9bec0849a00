//! The procedure's steps, and the acts on them.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::evidence::stored_file;
use crate::app::NewCapture;
use crate::dto::{
    Binary, Capture, CaptureQuery, Captured, Confirmation, Defence, FieldValues, Items,
    ProcedureView, Review, SentenceRead, TakeExit,
};
use crate::http::Shared;
use crate::http::access::{self, Want};
use crate::http::auth::Caller;
use crate::http::extract::{CapturePath, Json, Path, Query, SidPath, StepPath, body_bytes};
use crate::http::problem::{Code, Problem};
use crate::store::{Principal, Role};

type View = Result<axum::Json<ProcedureView>, Problem>;

/// The procedure with everything done so far.
#[utoipa::path(get, path = "/sessions/{sid}/steps", tag = "steps", params(SidPath),
    responses((status = 200, body = ProcedureView)))]
pub async fn read_steps(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
) -> View {
    access::session(&server, &caller, path.sid, Want::Look).await?;
    Ok(axum::Json(
        server.app.procedure(caller.principal(), path.sid).await?,
    ))
}

/// Begin an attempt at a step.
#[utoipa::path(post, path = "/sessions/{sid}/steps/{step}/start", tag = "steps", params(StepPath),
    responses((status = 200, body = ProcedureView)))]
pub async fn start_step(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<StepPath>,
) -> View {
    caller.with_role(&[Role::Officer, Role::Seat])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    Ok(axum::Json(
        server
            .app
            .start_step(caller.principal(), path.sid, path.step)
            .await?,
    ))
}

/// A sentence was said.
#[utoipa::path(post, path = "/sessions/{sid}/steps/{step}/sentences", tag = "steps", params(StepPath),
    request_body = SentenceRead, responses((status = 200, body = ProcedureView)))]
pub async fn read_sentence(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<StepPath>,
    Json(body): Json<SentenceRead>,
) -> View {
    caller.with_role(&[Role::Officer, Role::Seat])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    let view = server
        .app
        .read_sentence(caller.principal(), path.sid, path.step, body.sentence)
        .await?;
    Ok(axum::Json(view))
}

/// Enter values.
#[utoipa::path(put, path = "/sessions/{sid}/steps/{step}/fields", tag = "steps", params(StepPath),
    request_body = FieldValues, responses((status = 200, body = ProcedureView)))]
pub async fn set_fields(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<StepPath>,
    Json(body): Json<FieldValues>,
) -> View {
    caller.with_role(&[Role::Officer, Role::Seat])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    Ok(axum::Json(
        server
            .app
            .set_fields(caller.principal(), path.sid, path.step, body.values)
            .await?,
    ))
}

/// Confirm a guard's sentence.
#[utoipa::path(post, path = "/sessions/{sid}/steps/{step}/confirmations", tag = "steps", params(StepPath),
    request_body = Confirmation, responses((status = 200, body = ProcedureView)))]
pub async fn confirm(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<StepPath>,
    Json(body): Json<Confirmation>,
) -> View {
    caller.with_role(&[Role::Officer, Role::Seat])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    Ok(axum::Json(
        server
            .app
            .confirm(caller.principal(), path.sid, path.step, body.guard)
            .await?,
    ))
}

/// Complete the running attempt.
#[utoipa::path(post, path = "/sessions/{sid}/steps/{step}/complete", tag = "steps", params(StepPath),
    responses((status = 200, body = ProcedureView)))]
pub async fn complete_step(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<StepPath>,
) -> View {
    caller.with_role(&[Role::Officer, Role::Seat])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    Ok(axum::Json(
        server
            .app
            .complete_step(caller.principal(), path.sid, path.step)
            .await?,
    ))
}

/// Keep a picture, at most 5 MiB.
#[utoipa::path(post, path = "/sessions/{sid}/captures", tag = "steps", params(SidPath, CaptureQuery),
    request_body(content = Binary, content_type = "image/jpeg"), responses((status = 201, body = Captured)))]
pub async fn take_capture(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
    Query(query): Query<CaptureQuery>,
    request: Request,
) -> Result<(StatusCode, axum::Json<Captured>), Problem> {
    caller.with_role(&[Role::Officer, Role::Seat])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    let jpeg = body_bytes(request, &server).await?;
    // Typed by content, not by what the client says it is.
    if !jpeg.starts_with(&[0xff, 0xd8, 0xff]) {
        return Err(Problem::new(Code::MediaTypeUnsupported)
            .saying("请上传 JPEG 图片。", "Send a JPEG picture."));
    }
    let picture = NewCapture {
        kind: query.kind,
        step: query.step,
        field: query.field,
        jpeg,
    };
    let captured = server
        .app
        .capture(caller.principal(), path.sid, picture)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(captured)))
}

/// Kept pictures, in order.
#[utoipa::path(get, path = "/sessions/{sid}/captures", tag = "steps", params(SidPath),
    responses((status = 200, body = Items<Capture>)))]
pub async fn list_captures(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
) -> Result<axum::Json<Items<Capture>>, Problem> {
    access::session(&server, &caller, path.sid, Want::Evidence).await?;
    Ok(axum::Json(Items {
        items: server.app.captures(caller.principal(), path.sid).await?,
    }))
}

/// A kept picture.
#[utoipa::path(get, path = "/sessions/{sid}/captures/{capture}", tag = "steps", params(CapturePath),
    responses((status = 200, content_type = "image/jpeg", body = Binary)))]
pub async fn read_capture(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<CapturePath>,
) -> Result<Response, Problem> {
    access::session(&server, &caller, path.sid, Want::Evidence).await?;
    let file = server
        .app
        .capture_file(caller.principal(), path.sid, path.capture)
        .await?;
    Ok(stored_file(
        file,
        header::HeaderValue::from_static("inline"),
    ))
}

/// The party states a defence, or does without (行政处罚法 arts. 45, 62).
#[utoipa::path(post, path = "/sessions/{sid}/defence", tag = "steps", params(SidPath), request_body = Defence,
    responses((status = 200, body = ProcedureView)))]
pub async fn state_defence(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
    Json(body): Json<Defence>,
) -> View {
    officer_or_party(&caller)?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    let said = body
        .text
        .as_deref()
        .is_some_and(|text| !text.trim().is_empty());
    if said == body.waived {
        return Err(Problem::new(Code::Invalid).with_field(
            "text",
            "填写陈述申辩，或者选择放弃，二者择一 / state a defence or do without, one of the two",
        ));
    }
    Ok(axum::Json(
        server
            .app
            .defend(caller.principal(), path.sid, body)
            .await?,
    ))
}

/// The seat's verdict.
#[utoipa::path(post, path = "/sessions/{sid}/review", tag = "steps", params(SidPath), request_body = Review,
    responses((status = 200, body = ProcedureView)))]
pub async fn review(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
    Json(body): Json<Review>,
) -> View {
    caller.with_role(&[Role::Seat])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    Ok(axum::Json(
        server
            .app
            .review(caller.principal(), path.sid, body)
            .await?,
    ))
}

/// Leave the procedure before its end.
#[utoipa::path(post, path = "/sessions/{sid}/exit", tag = "steps", params(SidPath), request_body = TakeExit,
    responses((status = 200, body = ProcedureView)))]
pub async fn take_exit(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
    Json(body): Json<TakeExit>,
) -> View {
    caller.with_role(&[Role::Officer, Role::Seat])?;
    access::session(&server, &caller, path.sid, Want::Act).await?;
    Ok(axum::Json(
        server
            .app
            .take_exit(caller.principal(), path.sid, body)
            .await?,
    ))
}

/// What the party does on the officer's phone or on their own.
pub(super) fn officer_or_party(caller: &Caller) -> Result<(), Problem> {
    match caller.principal() {
        Principal::Party(_) => Ok(()),
        Principal::Account(_) => caller.with_role(&[Role::Officer]).map(drop),
    }
}
