//! What the index shows of a session, as its log says it.

use integrity::Entry;
use integrity::body::{Body, ReviewVerdict};

use super::status::Status;
use crate::store::{SessionRow, SessionState};

/// Lets an entry change its session's row; whether it says anything that the index shows. `status` has taken the entry.
pub(crate) fn note(row: &mut SessionRow, status: &Status, entry: &Entry) -> bool {
    // The other types say nothing that the index shows.
    match Body::parse(&entry.kind, &entry.body) {
        Ok(Body::MediaGap(_)) => {
            row.gaps = u32::try_from(status.gaps().len()).unwrap_or(u32::MAX);
            row.gap_ms = status.gap_us() / 1000;
        }
        Ok(Body::ReviewMade(review)) => {
            row.returned |= review.verdict == ReviewVerdict::Rejected;
        }
        Ok(Body::DecisionMade(made)) => {
            row.doc_no = Some(made.decision);
            row.doc_sha256 = Some(made.doc_sha256.to_string());
            let fine = entry
                .body
                .get("fine_yuan")
                .and_then(serde_json::Value::as_u64);
            row.penalty_text =
                Some(fine.map_or_else(|| "警告".to_owned(), |yuan| format!("罚款{yuan}元")));
        }
        Ok(Body::SessionSealed(sealed)) => {
            row.state = match sealed.reason.as_str() {
                "abandoned" => SessionState::Abandoned,
                "cancelled" => SessionState::Cancelled,
                _ => SessionState::Sealed,
            };
            row.ended_at = Some(entry.time);
        }
        _ => return false,
    }
    true
}
