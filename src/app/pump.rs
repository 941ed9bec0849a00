//! From the recorder to the journal: what was made durable is logged, and what is only a signal goes to the session.

use std::sync::Arc;

use crossbeam_channel::Receiver;
use ids::Sid;
use integrity::Draft;
use integrity::body::Fact as Body;
use recorder::Report;

use super::Parts;
use super::people::server_actor;
use super::session::{Message, Untold};
use crate::journal::{self, Fact};

/// Reports waiting to be logged: seconds of them on a full node. The recorder waits when they are more, and media then
/// waits in the taps.
pub(crate) const REPORTS_MAX: usize = 4_096;

/// Runs on a thread of its own until the recorder has stopped.
pub(crate) fn run(parts: &Arc<Parts>, reports: &Receiver<Report>) {
    for report in reports {
        match &report {
            Report::Started { sid, body } => log(parts, *sid, std::slice::from_ref(body)),
            Report::Committed { sid, segments } => log(parts, *sid, segments),
            Report::Gap { sid, body } => log(parts, *sid, std::slice::from_ref(body)),
            Report::Ended { sid, body } => log(parts, *sid, std::slice::from_ref(body)),
            Report::Stalled { sid, .. }
            | Report::Flowing { sid, .. }
            | Report::KeyframeWanted { sid, .. }
            | Report::Failed { sid, .. }
            | Report::Closed { sid, .. } => {
                let sid = *sid;
                let told = parts
                    .sessions
                    .live(sid)
                    .map(|handle| handle.try_send(Message::Signal(report)));
                if told == Some(Err(Untold::Behind)) {
                    tracing::error!(%sid, "A session is too far behind for the recorder's signals");
                }
            }
        }
    }
}

fn log<B: Body>(parts: &Arc<Parts>, sid: Sid, bodies: &[B]) {
    let drafts = bodies
        .iter()
        .map(|body| Draft::new(server_actor(), body).map(Fact::from))
        .collect::<Result<Vec<_>, _>>();
    let submitted = match drafts {
        Ok(facts) => {
            let parts_then = Arc::clone(parts);
            let answer = move |outcome: Result<_, journal::Error>| {
                if let Err(error) = outcome {
                    unlogged(&parts_then, sid, &error);
                }
            };
            let submitted = parts.journal.submit(sid, facts, Box::new(answer));
            submitted.map_err(|e| e.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = submitted {
        unlogged(parts, sid, &error);
    }
}

/// What was recorded is on disk but not in the log: the session must not look recorded any more.
fn unlogged(parts: &Parts, sid: Sid, error: &dyn std::fmt::Display) {
    tracing::error!(%sid, %error, "What was recorded could not be logged");
    let told = parts
        .sessions
        .live(sid)
        .map(|handle| handle.try_send(Message::Unlogged(error.to_string())));
    if told == Some(Err(Untold::Behind)) {
        tracing::error!(%sid, "A session is too far behind to be told that its recording is over");
    }
}
