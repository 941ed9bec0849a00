//! Parsing at the edge: what a handler gets is well-formed, what isn't is answered by a problem that says where.

use axum::body::Bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use ids::{DocId, Sid, StepId, TrackId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use uuid::Uuid;

use super::problem::{Code, Problem};

/// The body, as JSON of type `T`.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
        if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
            return Err(Problem::new(Code::MediaTypeUnsupported).saying(
                "请以 application/json 发送请求内容。",
                "Send the body as application/json.",
            ));
        }
        let bytes = body_bytes(request, state).await?;
        parse_json(&bytes).map(Self)
    }
}

/// The whole body, within the address's limit.
pub async fn body_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| {
            if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                Problem::new(Code::BodyTooLarge)
            } else {
                Problem::new(Code::BodyInvalid)
                    .saying("请求内容未能完整接收。", "The body did not arrive whole.")
            }
        })
}

fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let place = (inner.line(), inner.column());
        match inner.classify() {
            serde_json::error::Category::Syntax | serde_json::error::Category::Eof => malformed(place),
            serde_json::error::Category::Data => {
                let said = strip_place(&inner.to_string());
                let (line, column) = place;
                Problem::new(Code::BodyInvalid)
                    .saying(
                        format!("请求内容第 {line} 行第 {column} 列不符合接口要求：{said}。"),
                        format!("The body doesn't have the shape the API describes at line {line} column {column}: {said}."),
                    )
                    .with_field(path, said)
            }
            serde_json::error::Category::Io => Problem::new(Code::JsonMalformed),
        }
    })?;
    deserializer
        .end()
        .map_err(|error| malformed((error.line(), error.column())))?;
    Ok(value)
}

fn malformed((line, column): (usize, usize)) -> Problem {
    Problem::new(Code::JsonMalformed).saying(
        format!("请求内容不是有效的 JSON：第 {line} 行第 {column} 列。"),
        format!("The body is not valid JSON at line {line} column {column}."),
    )
}

/// serde_json ends its messages with the place, which the detail already names.
fn strip_place(message: &str) -> String {
    message
        .rsplit_once(" at line ")
        .map_or(message, |(head, _)| head)
        .to_owned()
}

/// Query parameters.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        let text = rejection.body_text();
        Self::new(Code::QueryInvalid).saying(format!("查询参数不正确：{text}"), text)
    }
}

/// Parameters in the address. What isn't of their type names nothing that exists.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::new(Code::NotFound)
    }
}

/// Names an account, unit or case.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct IdPath {
    /// Id.
    pub id: Uuid,
}

/// Names a session.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SidPath {
    /// The session.
    #[param(value_type = String)]
    pub sid: Sid,
}

/// Names a step of a session.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct StepPath {
    /// The session.
    #[param(value_type = String)]
    pub sid: Sid,
    /// The step.
    #[param(value_type = String)]
    pub step: StepId,
}

/// Names a track of a session.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TrackPath {
    /// The session.
    #[param(value_type = String)]
    pub sid: Sid,
    /// The track.
    #[param(value_type = String)]
    pub track: TrackId,
}

/// Names a document of a session.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct DocPath {
    /// The session.
    #[param(value_type = String)]
    pub sid: Sid,
    /// The document.
    #[param(value_type = String)]
    pub doc: DocId,
}

/// Names a captured picture of a session.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CapturePath {
    /// The session.
    #[param(value_type = String)]
    pub sid: Sid,
    /// The picture; the same form as a document's id.
    #[param(value_type = String)]
    pub capture: DocId,
}
