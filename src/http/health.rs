//! For the people and programs that watch over the server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Shared;
use super::problem::Problem;
use crate::app::Counts;
use crate::histogram::{Distribution, Histogram};
use crate::media::WorkerCounters;

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    detail: String,
    detail_en: String,
}

/// `GET /readyz`: a session could begin now; 503 with what is wrong, if not.
pub async fn ready(State(server): State<Shared>) -> Response {
    let readiness = readiness(&server).await;
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness)).into_response()
}

async fn readiness(server: &Shared) -> Readiness {
    let checks: Vec<Check> = server
        .app
        .checks()
        .await
        .into_iter()
        .map(Check::from)
        .collect();
    Readiness {
        ready: checks.iter().all(|check| check.ok),
        checks,
    }
}

impl From<crate::app::Check> for Check {
    fn from(check: crate::app::Check) -> Self {
        Self {
            name: check.name,
            ok: check.ok,
            detail: check.zh,
            detail_en: check.en,
        }
    }
}

/// `GET /trust.json`: the keys an auditor has to trust.
pub async fn trust(State(server): State<Shared>) -> Result<Response, Problem> {
    Ok((
        [(header::CACHE_CONTROL, "no-cache")],
        Json(server.app.trust()?),
    )
        .into_response())
}

/// Upper bounds of the histogram's buckets, in milliseconds.
const BUCKETS_MS: &[u64] = &[1, 5, 10, 25, 50, 100, 250, 1_000, 5_000];

/// Counts of answered requests. Addresses are counted as the router knows them, so that ids make no new series.
#[derive(Debug)]
pub struct Metrics {
    by_class: [AtomicU64; 5],
    took: Histogram,
    in_flight: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            by_class: <[AtomicU64; 5]>::default(),
            took: Histogram::new(BUCKETS_MS),
            in_flight: AtomicU64::new(0),
        }
    }
}

impl Metrics {
    fn answered(&self, status: StatusCode, took_us: u64) {
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        self.by_class[class].fetch_add(1, Ordering::Relaxed);
        self.took.observe(Duration::from_micros(took_us));
    }

    /// Prometheus' text format, version 0.0.4.
    fn text(&self, checks: &[Check], counts: &Counts) -> String {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut lines = Vec::new();
        let by_class = self.by_class.iter().enumerate();
        metric(
            &mut lines,
            "http_requests_total",
            "counter",
            "Requests answered, by class of status.",
            by_class.map(|(n, counter)| (format!("{{class=\"{}xx\"}}", n + 1), of(counter))),
        );
        histogram(
            &mut lines,
            "http_request_seconds",
            "Time to the beginning of the answer.",
            &self.took.read(),
        );
        metric(
            &mut lines,
            "http_in_flight",
            "gauge",
            "Requests being answered.",
            [(String::new(), of(&self.in_flight))],
        );
        let states = checks.iter();
        metric(
            &mut lines,
            "check",
            "gauge",
            "Whether what a session needs works.",
            states.map(|check| (format!("{{name=\"{}\"}}", check.name), check.ok.into())),
        );
        count(counts, &mut lines);
        lines.push(format!(
            "cloudseat_info{{version=\"{}\"}} 1\n",
            env!("CARGO_PKG_VERSION")
        ));
        lines.join("\n")
    }
}

/// One metric with its samples: labels in braces, or nothing, and the value.
fn metric(
    lines: &mut Vec<String>,
    name: &str,
    kind: &str,
    help: &str,
    samples: impl IntoIterator<Item = (String, u64)>,
) {
    lines.push(format!("# HELP cloudseat_{name} {help}"));
    lines.push(format!("# TYPE cloudseat_{name} {kind}"));
    for (labels, value) in samples {
        lines.push(format!("cloudseat_{name}{labels} {value}"));
    }
}

/// What the media workers, the journal and the queue have counted.
fn count(counts: &Counts, lines: &mut Vec<String>) {
    type Of = fn(&WorkerCounters) -> u64;
    let media: [(&str, &str, &str, Of); 7] = [
        ("media_peers", "gauge", "Peers at present.", |w| w.peers),
        (
            "media_datagrams_in_total",
            "counter",
            "Datagrams received.",
            |w| w.datagrams_in,
        ),
        (
            "media_datagrams_out_total",
            "counter",
            "Datagrams sent.",
            |w| w.datagrams_out,
        ),
        (
            "media_datagrams_unsent_total",
            "counter",
            "Datagrams the kernel did not take.",
            |w| w.datagrams_unsent,
        ),
        (
            "media_packets_tapped_total",
            "counter",
            "Media packets handed to the recorder.",
            |w| w.packets_tapped,
        ),
        (
            "media_events_dropped_total",
            "counter",
            "Informative events left out because the application was behind.",
            |w| w.events_dropped,
        ),
        (
            "media_events_waiting",
            "gauge",
            "Events that wait for the application.",
            |w| w.events_waiting,
        ),
    ];
    for (name, kind, help, of) in media {
        let samples = counts.media.iter().enumerate();
        let samples = samples.map(|(n, worker)| (format!("{{worker=\"{n}\"}}"), of(worker)));
        metric(lines, name, kind, help, samples);
    }
    let commits = &counts.commits;
    let one = |value: u64| [(String::new(), value)];
    metric(
        lines,
        "journal_entries_total",
        "counter",
        "Entries that are durable and signed for.",
        one(commits.entries),
    );
    metric(
        lines,
        "journal_commits_failed_total",
        "counter",
        "Group commits that failed; each ended a session's recording.",
        one(commits.failed),
    );
    histogram(
        lines,
        "journal_commit_seconds",
        "Time of a group commit: written, synced, signed.",
        &commits.took,
    );
    histogram(
        lines,
        "evidence_latency_seconds",
        "From the arrival of a segment's oldest packet to its signed, durable head.",
        &commits.behind,
    );
    if let Some(board) = counts.board {
        for (name, help, value) in [
            ("sessions_live", "Sessions with a seat in them.", board.live),
            ("queue_length", "Calls that wait for a seat.", board.waiting),
            ("seats_idle", "Seats that are free.", board.idle),
        ] {
            metric(lines, name, "gauge", help, one(value as u64));
        }
    }
}

fn histogram(lines: &mut Vec<String>, name: &str, help: &str, of: &Distribution) {
    let below = of.below.iter().map(|(bound_ms, count)| {
        let seconds = *bound_ms as f64 / 1_000.0;
        (format!("_bucket{{le=\"{seconds}\"}}"), *count)
    });
    let rest = [
        ("_bucket{le=\"+Inf\"}".to_owned(), of.count),
        ("_count".to_owned(), of.count),
    ];
    metric(lines, name, "histogram", help, below.chain(rest));
    let seconds = of.total.as_secs_f64();
    lines.push(format!("cloudseat_{name}_sum {seconds}"));
}

/// `GET /metrics`.
pub async fn metrics(State(server): State<Shared>) -> Response {
    let (readiness, counts) = tokio::join!(readiness(&server), server.app.counts());
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (kind, server.metrics.text(&readiness.checks, &counts)).into_response()
}

/// Middleware: counts, and writes a line of DEBUG for each request. The address is the route's, never a query or a token.
pub async fn observe(State(server): State<Shared>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let method = request.method().clone();
    server.metrics.in_flight.fetch_add(1, Ordering::Relaxed);
    let response = next.run(request).await;
    server.metrics.in_flight.fetch_sub(1, Ordering::Relaxed);
    let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    server.metrics.answered(response.status(), took_us);
    let route = route.as_deref().unwrap_or("(application)");
    tracing::debug!(%method, route, status = response.status().as_u16(), took_us, "Request answered");
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::app::Board;
    use crate::journal::CommitCounts;

    #[test]
    fn buckets_are_cumulative() {
        let metrics = Metrics::default();
        metrics.answered(StatusCode::OK, 3_000);
        metrics.answered(StatusCode::NOT_FOUND, 7_000_000);
        let check = Check {
            name: "disk",
            ok: false,
            detail: String::new(),
            detail_en: String::new(),
        };
        let counts = Counts {
            media: vec![WorkerCounters {
                peers: 3,
                ..WorkerCounters::default()
            }],
            commits: CommitCounts {
                failed: 0,
                entries: 9,
                took: Distribution {
                    below: vec![(1, 1), (5, 3)],
                    count: 4,
                    total: Duration::from_millis(12),
                },
                behind: Distribution {
                    below: vec![(500, 7), (1_000, 8)],
                    count: 8,
                    total: Duration::from_millis(4_000),
                },
                last: None,
            },
            board: Some(Board {
                live: 1,
                waiting: 2,
                idle: 0,
            }),
        };
        let text = metrics.text(&[check], &counts);
        for line in [
            "cloudseat_http_requests_total{class=\"2xx\"} 1",
            "cloudseat_http_requests_total{class=\"4xx\"} 1",
            "cloudseat_http_request_seconds_bucket{le=\"0.001\"} 0",
            "cloudseat_http_request_seconds_bucket{le=\"0.005\"} 1",
            "cloudseat_http_request_seconds_bucket{le=\"5\"} 1",
            "cloudseat_http_request_seconds_bucket{le=\"+Inf\"} 2",
            "cloudseat_http_request_seconds_sum 7.003",
            "cloudseat_check{name=\"disk\"} 0",
            "cloudseat_media_peers{worker=\"0\"} 3",
            "cloudseat_journal_entries_total 9",
            "cloudseat_journal_commit_seconds_bucket{le=\"0.005\"} 3",
            "cloudseat_journal_commit_seconds_bucket{le=\"+Inf\"} 4",
            "cloudseat_journal_commit_seconds_sum 0.012",
            "cloudseat_journal_commit_seconds_count 4",
            "cloudseat_evidence_latency_seconds_bucket{le=\"0.5\"} 7",
            "cloudseat_evidence_latency_seconds_count 8",
            "cloudseat_sessions_live 1",
            "cloudseat_queue_length 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
