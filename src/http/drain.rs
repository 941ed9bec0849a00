//! What a client still sends after its request was refused.
//!
//! A client that is in the middle of an upload hears the answer only if the server goes on reading: over HTTP/1.1 the
//! connection would be reset under its hands, over HTTP/2 the stream. So what is left is read and thrown away, up to a limit.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

/// Bytes thrown away of one body; a client that sends more is cut off.
pub const DRAIN_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// How long one body is read for nothing.
pub const DRAIN_TIME_MAX: Duration = Duration::from_secs(30);

/// Middleware: reads bodies to their end though nobody wants them any more.
pub async fn drain(request: Request, next: Next) -> Response {
    next.run(request.map(|body| Body::new(Drained(Some(body)))))
        .await
}

/// `None` once it has ended.
struct Drained(Option<Body>);

impl HttpBody for Drained {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.0 = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        if let Some(body) = self.0.take().filter(|body| !body.is_end_stream())
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(tokio::time::timeout(DRAIN_TIME_MAX, discard(body)));
        }
    }
}

async fn discard(mut body: Body) {
    let mut left = DRAIN_BYTES_MAX;
    loop {
        let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        let Some(Ok(frame)) = frame else { return };
        let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
        let Some(rest) = left.checked_sub(bytes) else {
            return;
        };
        left = rest;
        // A body that is all here already never waits by itself.
        tokio::task::yield_now().await;
    }
}
