//! Whether a session could begin now, and what is counted: for the people and programs that watch over the server.

use std::time::{Duration, Instant};

use signaling::protocol::{SeatState, Storage};

use super::{App, Parts, storage};
use crate::clock;
use crate::journal::CommitCounts;
use crate::media::WorkerCounters;

/// How much the wall clock may be moved unnoticed: verifiers report more as CLOCK_SKEW (evidence-format.md).
const SHIFT_MS_MAX: i64 = 2_000;
/// How long the queue is waited for. Who watches wants an answer above all.
const BOARD_WAIT: Duration = Duration::from_secs(1);

/// Whether something a session needs works. It is told to strangers: nothing in it names an address, a path or a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What, e.g. `disk`.
    pub name: &'static str,
    /// It works.
    pub ok: bool,
    /// Where it stands, or what to do; Chinese.
    pub zh: String,
    /// Where it stands, or what to do; English.
    pub en: String,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Of each media worker.
    pub media: Vec<WorkerCounters>,
    /// Of the journal.
    pub commits: CommitCounts,
    /// Of the queue; none where dispatch does not answer.
    pub board: Option<Board>,
}

/// The queue and the seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Board {
    /// Sessions with a seat in them.
    pub live: usize,
    /// Calls that wait for a seat.
    pub waiting: usize,
    /// Seats that are free.
    pub idle: usize,
}

impl App {
    /// What a session needs, each with its state.
    pub async fn checks(&self) -> Vec<Check> {
        let parts = &self.parts;
        vec![
            database(parts).await,
            disk(parts),
            clock(parts),
            recorder(parts),
            media(parts),
        ]
    }

    /// What is counted.
    pub async fn counts(&self) -> Counts {
        let board = tokio::time::timeout(BOARD_WAIT, self.parts.dispatch.board()).await;
        let board = board.ok().and_then(Result::ok).map(|(queue, seats)| {
            let seats_that_are = |state| seats.iter().filter(|seat| seat.state == state).count();
            Board {
                live: seats_that_are(SeatState::Busy),
                waiting: queue.len(),
                idle: seats_that_are(SeatState::Idle),
            }
        });
        Counts {
            media: self.parts.media.counters(),
            commits: self.parts.journal.counts(),
            board,
        }
    }
}

fn check(name: &'static str, outcome: Result<(String, String), (String, String)>) -> Check {
    let ok = outcome.is_ok();
    let (zh, en) = match outcome {
        Ok(words) | Err(words) => words,
    };
    Check { name, ok, zh, en }
}

fn say(zh: impl Into<String>, en: impl Into<String>) -> (String, String) {
    (zh.into(), en.into())
}

async fn database(parts: &Parts) -> Check {
    let outcome = match parts.store.check().await {
        Ok(()) => Ok(say("读写正常", "reads and writes")),
        Err(error) => {
            // It may name the database's address: that is for the log.
            tracing::warn!(%error, "The database does not answer");
            Err(say(
                "没有应答，原因见服务日志",
                "does not answer; the server's log says why",
            ))
        }
    };
    check("database", outcome)
}

fn disk(parts: &Parts) -> Check {
    let words = storage::describe(&parts.storage);
    let outcome = match storage::state(&parts.storage) {
        Storage::Ok => Ok(words),
        Storage::Low | Storage::Full => Err(words),
    };
    check("disk", outcome)
}

fn clock(parts: &Parts) -> Check {
    let outcome = match parts.clock.shift_ms(Instant::now(), clock::utc_now()) {
        Some(shift_ms) if shift_ms.abs() <= SHIFT_MS_MAX => Ok(say(
            "走时均匀（与单调时钟核对）",
            "runs evenly, measured against the monotonic clock",
        )),
        Some(shift_ms) => {
            let s = shift_ms as f64 / 1000.0;
            Err(say(
                format!("刚被拨动 {s:.1} 秒，请检查授时服务"),
                format!("was just set by {s:.1} s; look at the time service"),
            ))
        }
        None => Err(say(
            "时间不对，请校准系统时钟",
            "shows a time that cannot be; set the system's clock",
        )),
    };
    check("clock", outcome)
}

fn recorder(parts: &Parts) -> Check {
    let outcome = if !parts.recorder.is_alive() {
        Err(say(
            "录制线程已停止，请重启服务",
            "a recorder thread has stopped; restart the server",
        ))
    } else if !parts.journal.is_alive() {
        Err(say(
            "证据日志线程已停止，请重启服务",
            "a thread of the evidence log has stopped; restart the server",
        ))
    } else {
        Ok(match parts.journal.counts().last {
            Some(ago) => {
                let s = ago.as_secs_f64();
                say(
                    format!("正常，最近提交 {s:.1} 秒前"),
                    format!("works, last commit {s:.1} s ago"),
                )
            }
            None => say("正常，尚无录制", "works, nothing recorded yet"),
        })
    };
    check("recorder", outcome)
}

fn media(parts: &Parts) -> Check {
    let outcome = if parts.media.is_alive() {
        let workers = parts.media.counters().len();
        let plural = if workers == 1 {
            "worker runs"
        } else {
            "workers run"
        };
        Ok(say(
            format!("正常，{workers} 个线程"),
            format!("works, {workers} {plural}"),
        ))
    } else {
        Err(say(
            "媒体线程已停止，请重启服务",
            "a media worker has stopped; restart the server",
        ))
    };
    check("media", outcome)
}
