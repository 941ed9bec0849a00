//! Recording, log, verification, bundle. Each look is an entry in the session's chain; `app` writes it.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::app::StoredFile;
use crate::dto::{Binary, LogPage, LogQuery, Receipt, Recording, Verification};
use crate::http::Shared;
use crate::http::access::{self, Want};
use crate::http::auth::Caller;
use crate::http::extract::{Path, Query, SidPath, TrackPath};
use crate::http::files;
use crate::http::problem::Problem;

/// Entries of a log page if not said, and at most.
const LOG_LIMIT: (u32, u32) = (200, 1000);

/// The recording as a timeline.
#[utoipa::path(get, path = "/sessions/{sid}/recording", tag = "evidence", params(SidPath),
    responses((status = 200, body = Recording)))]
pub async fn read_recording(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
) -> Result<axum::Json<Recording>, Problem> {
    access::session(&server, &caller, path.sid, Want::Evidence).await?;
    Ok(axum::Json(
        server.app.recording(caller.principal(), path.sid).await?,
    ))
}

/// A track: its files concatenated, which is one playable file. Single ranges are served.
#[utoipa::path(get, path = "/sessions/{sid}/recording/{track}", tag = "evidence", params(TrackPath),
    responses(
        (status = 200, content_type = "video/mp4", body = Binary, description = "The whole track, in the media type of the track."),
        (status = 206, content_type = "video/mp4", body = Binary, description = "The range asked for.")))]
pub async fn read_track(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<TrackPath>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    access::session(&server, &caller, path.sid, Want::Evidence).await?;
    let track = server
        .app
        .track(caller.principal(), path.sid, path.track)
        .await?;
    files::concatenated(&track, headers.get(header::RANGE))
}

/// Entries of the log, as they stand in it.
#[utoipa::path(get, path = "/sessions/{sid}/log", tag = "evidence", params(SidPath, LogQuery),
    responses((status = 200, body = LogPage)))]
pub async fn read_log(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
    Query(query): Query<LogQuery>,
) -> Result<axum::Json<LogPage>, Problem> {
    access::session(&server, &caller, path.sid, Want::Evidence).await?;
    let limit = query.limit.unwrap_or(LOG_LIMIT.0).clamp(1, LOG_LIMIT.1);
    let page = server
        .app
        .log(caller.principal(), path.sid, query.from.unwrap_or(0), limit)
        .await?;
    Ok(axum::Json(page))
}

/// Verify the session's folder with the same code as `cloudseat verify`.
#[utoipa::path(post, path = "/sessions/{sid}/verification", tag = "evidence", params(SidPath),
    responses((status = 200, body = Verification)))]
pub async fn verify(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
) -> Result<axum::Json<Verification>, Problem> {
    access::session(&server, &caller, path.sid, Want::Evidence).await?;
    Ok(axum::Json(
        server.app.verify(caller.principal(), path.sid).await?,
    ))
}

/// The session as a bundle that anyone can verify, zipped.
#[utoipa::path(get, path = "/sessions/{sid}/bundle", tag = "evidence", params(SidPath),
    responses((status = 200, content_type = "application/zip", body = Binary)))]
pub async fn read_bundle(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
) -> Result<Response, Problem> {
    access::session(&server, &caller, path.sid, Want::Evidence).await?;
    let download = server.app.bundle(caller.principal(), path.sid).await?;
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", download.name))
        .map_err(Problem::internal)?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/zip"),
        ),
        (header::CONTENT_DISPOSITION, name),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        ),
    ];
    Ok((headers, Body::from_stream(files::pieces_of(download))).into_response())
}

/// The citizen's receipt.
#[utoipa::path(get, path = "/sessions/{sid}/receipt", tag = "evidence", params(SidPath),
    responses((status = 200, body = Receipt)))]
pub async fn read_receipt(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
) -> Result<axum::Json<Receipt>, Problem> {
    access::session(&server, &caller, path.sid, Want::Look).await?;
    Ok(axum::Json(
        server.app.receipt(caller.principal(), path.sid).await?,
    ))
}

/// A whole stored file. What people sent is never a page of this origin: the sandbox takes every right from it.
pub(super) fn stored_file(file: StoredFile, disposition: HeaderValue) -> Response {
    let kind = HeaderValue::from_str(&file.mime)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_LENGTH, HeaderValue::from(file.bytes)),
        (header::CONTENT_DISPOSITION, disposition),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ),
    ];
    (
        headers,
        Body::from_stream(files::stream(file.file, file.bytes)),
    )
        .into_response()
}
