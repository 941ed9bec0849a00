//! Failures as the API tells them (RFC 9457): the only mapping from errors to answers.
//!
//! A handler returns [`Problem`]; [`render`] adds the request's id and writes the body. What a failure inside
//! the server was stays in the log, beside the same id.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app, gate, store};

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $status:ident, $zh:literal, $en:literal;)*) => {
        /// Why a request was refused: stable, for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = ProblemCode)]
        pub enum Code { $($(#[doc = $doc])* $name,)* }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The HTTP status it is answered with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            const fn sentence(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($zh, $en),)* }
            }
        }
    };
}

codes! {
    /// Nobody is signed in, or the sign-in has ended.
    Unauthenticated = UNAUTHORIZED, "请先登录。", "Sign in first.";
    /// Login name or password is wrong, or the account is disabled.
    SignInFailed = UNAUTHORIZED, "用户名或密码不正确。", "Login name or password is wrong.";
    /// The invitation is unknown, used, or has ended.
    InvitationInvalid = UNAUTHORIZED, "邀请已失效，请民警重新出示二维码。", "The invitation has ended; ask the officer for a new code.";
    /// Too many tries in a short time; `Retry-After` says how long to wait.
    TooManyAttempts = TOO_MANY_REQUESTS, "尝试次数过多，请稍后再试。", "Too many attempts; try again later.";
    /// The account's role, or its part in the session, doesn't allow it.
    Forbidden = FORBIDDEN, "没有权限进行此操作。", "You may not do this.";
    /// A browser sent it from another site's page.
    CrossOrigin = FORBIDDEN, "请求来自其他网站，已拒绝。", "The request came from another site's page.";
    /// There is no such thing, or it isn't the asker's to see.
    NotFound = NOT_FOUND, "没有找到。", "Not found.";
    /// The API has no such address.
    RouteUnknown = NOT_FOUND, "接口地址不存在。", "The API has no such address.";
    /// The address exists, the method doesn't.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "该地址不支持此方法。", "The address doesn't support this method.";
    /// The address speaks WebSocket (RFC 6455) only.
    NotAWebSocket = BAD_REQUEST, "此地址只接受 WebSocket 连接。", "This address takes WebSocket connections only.";
    /// The body is not JSON.
    JsonMalformed = BAD_REQUEST, "请求内容不是有效的 JSON。", "The body is not valid JSON.";
    /// The body is JSON of another shape than the API's.
    BodyInvalid = UNPROCESSABLE_ENTITY, "请求内容的格式不符合接口要求。", "The body doesn't have the shape the API describes.";
    /// A query parameter is wrong.
    QueryInvalid = BAD_REQUEST, "查询参数不正确。", "A query parameter is wrong.";
    /// The cursor isn't one this list gave out.
    CursorInvalid = BAD_REQUEST, "分页标记无效。", "The cursor was not given out by this list.";
    /// The body's media type isn't what the address takes.
    MediaTypeUnsupported = UNSUPPORTED_MEDIA_TYPE, "不支持的内容类型。", "The body's media type is not supported here.";
    /// The body is larger than allowed.
    BodyTooLarge = PAYLOAD_TOO_LARGE, "请求内容过大。", "The body is too large.";
    /// The range lies outside the file.
    RangeNotSatisfiable = RANGE_NOT_SATISFIABLE, "请求的范围超出文件。", "The range lies outside the file.";
    /// Values are missing or wrong; `fields` says which.
    Invalid = UNPROCESSABLE_ENTITY, "填写的内容有误。", "Some values are missing or wrong.";
    /// What has to be unique is in use.
    Taken = CONFLICT, "已被占用。", "It is already in use.";
    /// The procedure doesn't allow it now; `refusal` says what is missing and on what basis.
    Refused = CONFLICT, "程序目前不允许此操作。", "The procedure doesn't allow this now.";
    /// The state of the session or case doesn't allow it.
    Conflict = CONFLICT, "当前状态不允许此操作。", "The present state doesn't allow this.";
    /// Nothing can be recorded now, so no call can begin.
    RecordingUnavailable = SERVICE_UNAVAILABLE, "目前无法录制，不能发起执法。", "Recording is not possible now, so no call can begin.";
    /// The database doesn't answer.
    DatabaseUnavailable = SERVICE_UNAVAILABLE, "数据库暂时不可用，请稍后再试。", "The database doesn't answer; try again later.";
    /// Too much of this is being done at once; `Retry-After` says when to try again.
    Busy = SERVICE_UNAVAILABLE, "服务器繁忙，请稍后再试。", "The server is busy with this; try again shortly.";
    /// The server is shutting down.
    ShuttingDown = SERVICE_UNAVAILABLE, "服务正在重启，请稍后再试。", "The server is restarting; try again shortly.";
    /// The server failed; the log has the reason beside the request's id.
    Internal = INTERNAL_SERVER_ERROR, "服务器内部错误，请联系管理员并提供请求编号。", "The server failed; tell the administrator the request's id.";
}

/// A failure to tell the asker.
#[derive(Debug, Clone)]
pub struct Problem(Box<Facts>);

#[derive(Debug, Clone)]
struct Facts {
    code: Code,
    zh: Cow<'static, str>,
    en: Cow<'static, str>,
    fields: BTreeMap<String, String>,
    refusal: Option<Refusal>,
    retry_after_s: Option<u64>,
    /// For the log only.
    cause: Option<String>,
}

/// What the procedure misses, and on what basis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Refusal {
    /// The step, where one is concerned.
    pub step: Option<String>,
    /// The guard that doesn't hold, where one is concerned.
    pub guard: Option<String>,
    /// Provisions it rests on, e.g. `行政处罚法:47`.
    pub basis: Vec<String>,
}

/// The body of every failure (RFC 9457), `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// `urn:cloudseat:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: &'a str,
    /// HTTP status.
    pub status: u16,
    /// Stable, for programs.
    pub code: Code,
    /// What happened and what to do, Chinese.
    pub detail: &'a str,
    /// What happened and what to do, English.
    pub detail_en: &'a str,
    /// Names the request in the server's log.
    pub request_id: &'a str,
    /// What is wrong with which value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: &'a BTreeMap<String, String>,
    /// What the procedure misses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<&'a Refusal>,
}

impl Problem {
    /// A failure with the code's own sentences.
    pub fn new(code: Code) -> Self {
        let (zh, en) = code.sentence();
        Self(Box::new(Facts {
            code,
            zh: zh.into(),
            en: en.into(),
            fields: BTreeMap::new(),
            refusal: None,
            retry_after_s: None,
            cause: None,
        }))
    }

    /// Says more exactly what happened and what to do.
    #[must_use]
    pub fn saying(
        mut self,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.0.zh = zh.into();
        self.0.en = en.into();
        self
    }

    /// Adds what is wrong with a value.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.fields.insert(name.into(), message.into());
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// A failure of the server; `cause` goes to the log only.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::new(Code::Internal).because(cause)
    }

    fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.0.code
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Taken { what } => {
                Self::new(Code::Taken).with_field(what, "已被占用 / already in use")
            }
            store::Error::Missing { what } => {
                Self::new(Code::Invalid).with_field(what, "不存在 / does not exist")
            }
            store::Error::Cursor => Self::new(Code::CursorInvalid),
            store::Error::Unavailable(_) | store::Error::ReadOnly => {
                Self::new(Code::DatabaseUnavailable).because(error)
            }
            store::Error::UrlUnknown
            | store::Error::Migration(_)
            | store::Error::Corrupt { .. } => Self::internal(error),
        }
    }
}

/// Whoever comes back sooner finds the same queue.
const BUSY_RETRY_S: u64 = 5;

impl From<gate::Full> for Problem {
    fn from(_: gate::Full) -> Self {
        Self::new(Code::Busy).retry_after(BUSY_RETRY_S)
    }
}

impl From<app::Error> for Problem {
    fn from(error: app::Error) -> Self {
        match error {
            app::Error::NotFound => Self::new(Code::NotFound),
            app::Error::Forbidden => Self::new(Code::Forbidden),
            app::Error::Refused(refused) => {
                let mut problem = Self::new(Code::Refused).saying(refused.zh, refused.en);
                problem.0.refusal = Some(Refusal {
                    step: refused.step,
                    guard: refused.guard,
                    basis: refused.basis,
                });
                problem
            }
            app::Error::Conflict { zh, en } => Self::new(Code::Conflict).saying(zh, en),
            app::Error::Invalid { fields } => {
                let mut problem = Self::new(Code::Invalid);
                problem.0.fields = fields;
                problem
            }
            app::Error::RecordingUnavailable { zh, en } => {
                Self::new(Code::RecordingUnavailable).saying(zh, en)
            }
            app::Error::Busy(full) => full.into(),
            app::Error::ShuttingDown => Self::new(Code::ShuttingDown).retry_after(5),
            app::Error::Store(error) => error.into(),
            app::Error::Journal(error) => Self::internal(error),
            app::Error::Internal(cause) => Self::internal(cause),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The id of a request, in the answer's `x-request-id` and beside everything the log says of it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Middleware: gives each request its id, and writes the body of the problem a handler answered.
pub async fn render(mut request: Request, next: Next) -> Response {
    let id = uuid::Uuid::now_v7().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        if let Some(cause) = &problem.0.cause {
            tracing::error!(request.id = %id, %method, path, cause, "Request failed");
        }
        response = problem.written_into(response, &id);
    }
    let value = HeaderValue::from_str(&id).expect("a UUID is printable ASCII");
    response.headers_mut().insert("x-request-id", value);
    response
}

impl Problem {
    /// Headers that were set beside the problem stay.
    fn written_into(&self, response: Response, request_id: &str) -> Response {
        let status = self.0.code.status();
        let code = serde_json::to_value(self.0.code).expect("a code is a string");
        let body = ProblemBody {
            kind: format!(
                "urn:cloudseat:problem:{}",
                code.as_str().unwrap_or_default()
            ),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: self.0.code,
            detail: &self.0.zh,
            detail_en: &self.0.en,
            request_id,
            fields: &self.0.fields,
            refusal: self.0.refusal.as_ref(),
        };
        let bytes = serde_json::to_vec(&body).expect("a problem is plain data");
        let (parts, _) = response.into_parts();
        let mut response = Response::from_parts(parts, Body::from(bytes));
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.0.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
