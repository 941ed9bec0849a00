//! What the database shows of sessions and cases, brought up behind the log.
//!
//! Sessions note here what changed and go on at once: a database that is slow or away never holds up a call. The newest
//! state of each session waits until it is written, so what waits is bounded by the number of sessions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ids::Sid;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::store::{CaseChange, SessionRow, Store};

/// Pauses between attempts while the database can't be written: doubled each time up to the last.
const RETRY: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(10)];
/// How long somebody waits at most to find what they have just done in the index.
const SETTLED_WITHIN: Duration = Duration::from_secs(2);

/// What of a session the database doesn't have yet.
#[derive(Debug, Clone, Default)]
struct Waiting {
    row: Option<SessionRow>,
    case: Option<(Uuid, CaseChange)>,
}

#[derive(Debug, Default)]
struct State {
    waiting: BTreeMap<Sid, Waiting>,
    /// The session that is being written.
    writing: Option<Sid>,
}

/// The changes on their way to the database.
#[derive(Debug, Default)]
pub(crate) struct Index {
    state: Mutex<State>,
    noted: Notify,
    written: Notify,
}

impl Index {
    fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        work(
            &mut self
                .state
                .lock()
                .expect("nothing panics while it holds this lock"),
        )
    }

    /// A session's row changed.
    pub(crate) fn note_row(&self, row: &SessionRow) {
        self.with(|state| state.waiting.entry(row.sid).or_default().row = Some(row.clone()));
        self.noted.notify_one();
    }

    /// The record of a session's case changed.
    pub(crate) fn note_case(&self, sid: Sid, case: Uuid, change: CaseChange) {
        self.with(|state| state.waiting.entry(sid).or_default().case = Some((case, change)));
        self.noted.notify_one();
    }

    /// Waits until what was noted of this session is in the database, or until that takes too long.
    pub(crate) async fn settled(&self, sid: Sid) {
        self.quiet(|state| !state.waiting.contains_key(&sid) && state.writing != Some(sid))
            .await;
    }

    /// Waits until nothing waits any more, or until that takes too long.
    pub(crate) async fn all_settled(&self) {
        self.quiet(|state| state.waiting.is_empty() && state.writing.is_none())
            .await;
    }

    async fn quiet(&self, is_quiet: impl Fn(&State) -> bool) {
        let wait = async {
            loop {
                let written = self.written.notified();
                tokio::pin!(written);
                written.as_mut().enable();
                if self.with(|state| is_quiet(state)) {
                    return;
                }
                written.await;
            }
        };
        if tokio::time::timeout(SETTLED_WITHIN, wait).await.is_err() {
            tracing::warn!("The index lags behind the logs");
        }
    }

    /// Writes what is noted, one session at a time. Runs for as long as the server does.
    pub(crate) async fn run(self: Arc<Self>, store: Arc<dyn Store>) {
        let mut pause = RETRY[0];
        loop {
            let next = self.with(|state| {
                let next = state.waiting.pop_first();
                state.writing = next.as_ref().map(|(sid, _)| *sid);
                next
            });
            let Some((sid, waiting)) = next else {
                self.noted.notified().await;
                continue;
            };
            let outcome = write(&*store, &waiting).await;
            let again = outcome.as_ref().is_err_and(is_passing);
            self.with(|state| {
                state.writing = None;
                if again {
                    // What was noted meanwhile is newer.
                    let newer = state.waiting.entry(sid).or_default();
                    newer.row = newer.row.take().or(waiting.row);
                    newer.case = newer.case.take().or(waiting.case);
                }
            });
            self.written.notify_waiters();
            match outcome {
                Ok(()) => pause = RETRY[0],
                Err(error) if again => {
                    tracing::warn!(%sid, %error, "The index lags behind the log");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(RETRY[1]);
                }
                Err(error) => {
                    tracing::error!(%sid, %error, "A session is not in the index; run `cloudseat reindex`")
                }
            }
        }
    }
}

/// Whether a later attempt may succeed.
const fn is_passing(error: &crate::store::Error) -> bool {
    use crate::store::Error;
    match error {
        Error::ReadOnly | Error::Unavailable(_) => true,
        Error::Taken { .. }
        | Error::Missing { .. }
        | Error::Cursor
        | Error::UrlUnknown
        | Error::Migration(_)
        | Error::Corrupt { .. } => false,
    }
}

async fn write(store: &dyn Store, waiting: &Waiting) -> Result<(), crate::store::Error> {
    if let Some(row) = &waiting.row {
        store.put_session(row).await?;
    }
    if let Some((case, change)) = &waiting.case {
        store.change_case(*case, change).await?;
    }
    Ok(())
}
