//! From the arrival of a segment's oldest packet to its signed, durable head, as the server's own metrics have it.

use anyhow::Context;
use serde::Serialize;

use crate::server::Server;

const NAME: &str = "cloudseat_evidence_latency_seconds";

/// The server's histogram at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    /// Upper bound in ms, and how many took at most so long; the last is all.
    below: Vec<(f64, u64)>,
}

/// Commit latency over all segments of a span. Within a bucket values are taken to lie evenly.
#[derive(Debug, Serialize)]
pub(crate) struct Latency {
    pub(crate) segments: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// The bound that no segment exceeded; infinite where the last bucket was.
    pub(crate) within_ms: f64,
    /// Segments over 1,000 ms.
    pub(crate) late: u64,
}

impl Reading {
    pub(crate) async fn of(server: &Server) -> anyhow::Result<Self> {
        let ca = server.api()?.ca.unwrap_or_default();
        let mut http = reqwest::Client::builder();
        for authority in reqwest::Certificate::from_pem_bundle(&ca)? {
            http = http.add_root_certificate(authority);
        }
        let metrics = http.build()?.get(format!("{}/metrics", server.url()));
        Self::parse(&metrics.send().await?.error_for_status()?.text().await?)
    }

    fn parse(metrics: &str) -> anyhow::Result<Self> {
        let prefix = format!("{NAME}_bucket{{le=\"");
        let buckets = metrics.lines().filter_map(|l| l.strip_prefix(&prefix));
        let below = buckets.map(|bucket| {
            let (bound, count) = bucket.split_once("\"} ").context("a bucket")?;
            let seconds: f64 = bound.trim_start_matches('+').parse()?;
            Ok((seconds * 1_000.0, count.parse()?))
        });
        let below: Vec<_> = below.collect::<anyhow::Result<_>>()?;
        anyhow::ensure!(!below.is_empty(), "the server has no {NAME}");
        Ok(Self { below })
    }

    /// What came after `before`.
    pub(crate) fn since(&self, before: &Self) -> Latency {
        let earlier = |n: usize| before.below.get(n).map_or(0, |(_, count)| *count);
        let mut below = self.below.clone();
        for (n, (_, count)) in below.iter_mut().enumerate() {
            *count -= earlier(n);
        }
        let segments = below.last().map_or(0, |(_, count)| *count);
        let at = |share: f64| {
            let wanted = (segments as f64 * share).ceil();
            let mut from = (0.0, 0);
            for (bound, count) in &below {
                if *count as f64 >= wanted && wanted > 0.0 {
                    let within = (wanted - from.1 as f64) / (count - from.1) as f64;
                    return from.0 + (bound - from.0) * within;
                }
                from = (*bound, *count);
            }
            f64::NAN
        };
        let within = below.iter().find(|(_, count)| *count == segments);
        let second = below.iter().find(|(bound, _)| *bound == 1_000.0);
        Latency {
            segments,
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            within_ms: within.map_or(f64::NAN, |(bound, _)| *bound),
            late: segments - second.map_or(0, |(_, count)| *count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_what_its_ends_differ_by() {
        let text = |counts: [u64; 3]| {
            let line = |(le, n): (&str, u64)| format!("{NAME}_bucket{{le=\"{le}\"}} {n}\n");
            let lines: String = ["0.5", "1", "+Inf"]
                .into_iter()
                .zip(counts)
                .map(line)
                .collect();
            format!("# HELP\n{lines}{NAME}_sum 3\n")
        };
        let before = Reading::parse(&text([10, 10, 10])).unwrap();
        let after = Reading::parse(&text([60, 109, 110])).unwrap();
        let latency = after.since(&before);
        assert_eq!((latency.segments, latency.late), (100, 1));
        assert_eq!((latency.p50_ms, latency.p99_ms), (500.0, 1_000.0));
        assert!(latency.within_ms.is_infinite());
    }
}
