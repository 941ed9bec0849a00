//! From the oldest packet of a segment to its entry, as the logs themselves say; the head is signed within the same commit.

use std::path::Path;

use anyhow::Context;
use integrity::Entry;
use serde::Serialize;

/// Commit latency over all segments of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Latency {
    pub(crate) segments: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
    /// Segments over 1,000 ms.
    pub(crate) late: usize,
}

/// Reads every log under `evidence`.
pub(crate) fn of(evidence: &Path) -> anyhow::Result<Latency> {
    let mut ages = Vec::new();
    for session in std::fs::read_dir(evidence).with_context(|| evidence.display().to_string())? {
        let log = std::fs::read(session?.path().join("log.jsonl"))?;
        for entry in log
            .split_inclusive(|b| *b == b'\n')
            .filter_map(|line| Entry::from_line(line).ok())
        {
            let t0 = entry.body.get("t0_us").and_then(serde_json::Value::as_u64);
            if let Some(t0) = t0.filter(|_| entry.kind == "segment.committed") {
                ages.push(entry.mono.saturating_sub(t0) as f64 / 1000.0);
            }
        }
    }
    ages.sort_by(f64::total_cmp);
    let at = |share: f64| {
        ages.get(((ages.len() as f64 - 1.0) * share).round() as usize)
            .copied()
            .unwrap_or(f64::NAN)
    };
    let late = ages.iter().filter(|ms| **ms > 1000.0).count();
    Ok(Latency {
        segments: ages.len(),
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        max_ms: at(1.0),
        late,
    })
}
