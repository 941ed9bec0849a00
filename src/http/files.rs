//! Serving stored files: streamed, and by range over several files at once.

use std::io::{self, SeekFrom};
use std::path::PathBuf;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::try_unfold;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::problem::{Code, Problem};
use crate::app::{Chunk, Download, TrackFiles};

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// The first `bytes` bytes of an open file.
pub fn stream(file: std::fs::File, bytes: u64) -> impl Stream<Item = io::Result<Bytes>> {
    try_unfold(
        (tokio::fs::File::from_std(file), bytes),
        |(mut file, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let chunk = read_chunk(&mut file, left).await?;
            let left = left - chunk.len() as u64;
            Ok(Some((chunk, (file, left))))
        },
    )
}

/// An archive while it is made. One that stops half-way ends in an error, so that no client takes it for whole.
pub fn pieces_of(download: Download) -> impl Stream<Item = io::Result<Bytes>> {
    try_unfold(download.chunks, |mut chunks| async move {
        match chunks.recv().await {
            Some(Chunk::Bytes(bytes)) => Ok(Some((bytes, chunks))),
            Some(Chunk::End) => Ok(None),
            None => Err(io::Error::other("the archive was not finished")),
        }
    })
}

async fn read_chunk(file: &mut tokio::fs::File, left: u64) -> io::Result<Bytes> {
    let want = usize::try_from(left)
        .unwrap_or(CHUNK_BYTES)
        .min(CHUNK_BYTES);
    let mut buffer = vec![0; want];
    file.read_exact(&mut buffer).await?;
    Ok(buffer.into())
}

/// The files one after another as one body; one `Range` (RFC 9110 §14.2) is served, others are ignored.
pub fn concatenated(track: &TrackFiles, range: Option<&HeaderValue>) -> Result<Response, Problem> {
    let total: u64 = track.files.iter().map(|(_, bytes)| bytes).sum();
    let asked = range
        .and_then(|value| value.to_str().ok())
        .map_or(Range::Whole, |text| parse_range(text, total));
    let (status, from, to) = match asked {
        Range::Whole => (StatusCode::OK, 0, total),
        Range::Part(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
        Range::Outside => {
            let mut response = Problem::new(Code::RangeNotSatisfiable).into_response();
            let value =
                HeaderValue::from_str(&format!("bytes */{total}")).map_err(Problem::internal)?;
            response.headers_mut().insert(header::CONTENT_RANGE, value);
            return Ok(response);
        }
    };
    let kind = HeaderValue::from_str(&track.mime).map_err(Problem::internal)?;
    let body = Body::from_stream(span(pieces(&track.files, from, to)));
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(to - from));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    if status == StatusCode::PARTIAL_CONTENT {
        let value = format!("bytes {from}-{}/{total}", to - 1);
        headers.insert(
            header::CONTENT_RANGE,
            HeaderValue::from_str(&value).map_err(Problem::internal)?,
        );
    }
    Ok(response)
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    /// No range, or one this server doesn't take apart.
    Whole,
    /// From, and up to but without.
    Part(u64, u64),
    /// Begins behind the end.
    Outside,
}

/// RFC 9110 §14.1.2, one range.
fn parse_range(text: &str, total: u64) -> Range {
    let Some((first, last)) = text
        .strip_prefix("bytes=")
        .and_then(|spec| spec.split_once('-'))
    else {
        return Range::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let number = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.parse::<u64>().ok())
            .flatten()
    };
    match (number(first), number(last)) {
        (Some(from), _) if from >= total => Range::Outside,
        (Some(from), None) if last.is_empty() => Range::Part(from, total),
        (Some(from), Some(last)) if last >= from => {
            Range::Part(from, last.saturating_add(1).min(total))
        }
        (None, Some(0)) if first.is_empty() => Range::Outside,
        (None, Some(count)) if first.is_empty() && total > 0 => {
            Range::Part(total.saturating_sub(count), total)
        }
        (Some(_) | None, Some(_) | None) => Range::Whole,
    }
}

/// Which bytes of which file make up `[from, to)` of the whole: path, offset, length.
fn pieces(files: &[(PathBuf, u64)], from: u64, to: u64) -> Vec<(PathBuf, u64, u64)> {
    let mut begins = 0;
    let mut pieces = Vec::new();
    for (path, bytes) in files {
        let ends = begins + bytes;
        let (first, last) = (from.max(begins), to.min(ends));
        if first < last {
            pieces.push((path.clone(), first - begins, last - first));
        }
        begins = ends;
    }
    pieces
}

fn span(pieces: Vec<(PathBuf, u64, u64)>) -> impl Stream<Item = io::Result<Bytes>> {
    let start = (pieces.into_iter(), None::<(tokio::fs::File, u64)>);
    try_unfold(start, |(mut rest, mut open)| async move {
        loop {
            if let Some((mut file, left)) = open.take()
                && left > 0
            {
                let chunk = read_chunk(&mut file, left).await?;
                let left = left - chunk.len() as u64;
                return Ok(Some((chunk, (rest, Some((file, left))))));
            }
            let Some((path, offset, bytes)) = rest.next() else {
                return Ok(None);
            };
            let mut file = tokio::fs::File::open(path).await?;
            file.seek(SeekFrom::Start(offset)).await?;
            open = Some((file, bytes));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_rfc_9110() {
        for (text, expected) in [
            ("bytes=0-", Range::Part(0, 100)),
            ("bytes=0-0", Range::Part(0, 1)),
            ("bytes=10-19", Range::Part(10, 20)),
            ("bytes=10-1000", Range::Part(10, 100)),
            ("bytes=-10", Range::Part(90, 100)),
            ("bytes=-1000", Range::Part(0, 100)),
            ("bytes=-0", Range::Outside),
            ("bytes=100-", Range::Outside),
            ("bytes=20-10", Range::Whole),
            ("bytes=0-1,5-6", Range::Whole),
            ("bytes=+1-5", Range::Whole),
            ("bytes=-", Range::Whole),
            ("items=0-1", Range::Whole),
        ] {
            assert_eq!(parse_range(text, 100), expected, "{text}");
        }
    }

    #[test]
    fn a_range_behind_the_end_names_the_length() {
        let track = TrackFiles {
            mime: "video/mp4".into(),
            files: vec![(PathBuf::new(), 7)],
        };
        let response = concatenated(&track, Some(&HeaderValue::from_static("bytes=7-"))).unwrap();
        assert_eq!(response.status(), StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(response.headers()[header::CONTENT_RANGE], "bytes */7");
    }

    #[tokio::test]
    async fn a_range_reaches_over_files() {
        let folder = tempfile::tempdir().unwrap();
        let contents = [
            b"0123".as_slice(),
            b"".as_slice(),
            b"456789".as_slice(),
            b"ab".as_slice(),
        ];
        let mut files = Vec::new();
        for (n, bytes) in contents.iter().enumerate() {
            let path = folder.path().join(n.to_string());
            tokio::fs::write(&path, bytes).await.unwrap();
            files.push((path, bytes.len() as u64));
        }
        let whole = b"0123456789ab";
        let track = TrackFiles {
            mime: "video/mp4".into(),
            files,
        };
        for from in 0..12 {
            for to in from..12 {
                let range = HeaderValue::from_str(&format!("bytes={from}-{to}")).unwrap();
                let response = concatenated(&track, Some(&range)).unwrap();
                assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
                let bytes = axum::body::to_bytes(response.into_body(), 100)
                    .await
                    .unwrap();
                assert_eq!(bytes, whole[from..=to], "{from}-{to}");
            }
        }
    }
}
