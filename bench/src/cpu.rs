//! CPU time by thread, from the scheduler's own accounts (`/proc/<pid>/task/<tid>/schedstat`: ns on a processor).

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context;

/// Seconds on a processor by the beginning of the threads' names.
pub(crate) type ByThread = BTreeMap<String, f64>;

/// Reads all threads of a process. Threads that end between two readings are lost, which the server's don't.
pub(crate) fn by_thread(pid: u32) -> anyhow::Result<ByThread> {
    let mut sums = ByThread::new();
    for task in fs::read_dir(format!("/proc/{pid}/task")).context("the server has gone")? {
        let path = task?.path();
        let (Ok(name), Ok(stat)) = (
            fs::read_to_string(path.join("comm")),
            fs::read_to_string(path.join("schedstat")),
        ) else {
            continue;
        };
        let ns: f64 = stat.split_whitespace().next().unwrap_or("0").parse()?;
        let group = name
            .trim()
            .split(['-', '/'])
            .next()
            .unwrap_or_default()
            .to_owned();
        *sums.entry(group).or_insert(0.0) += ns / 1e9;
    }
    Ok(sums)
}

/// CPU seconds of this thread so far.
pub(crate) fn own() -> anyhow::Result<f64> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let ns: f64 = stat.split_whitespace().next().unwrap_or("0").parse()?;
    Ok(ns / 1e9)
}
