//! Sessions, and who is in them.

use ids::{ParticipantId, Sid, UtcMillis};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Head, Integrity, Kind, Person};
use crate::store::SessionState;

/// Which sessions.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SessionQuery {
    /// In the session's id or number, people's names, plate, or document number.
    pub q: Option<String>,
    /// In this state.
    pub state: Option<SessionState>,
    /// Opened at or after.
    #[param(value_type = Option<String>)]
    pub from: Option<UtcMillis>,
    /// Opened before.
    #[param(value_type = Option<String>)]
    pub to: Option<UtcMillis>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Items wanted, at most 200; 50 if not said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A session in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionSummary {
    /// Id, the same in addresses, folder and QR code.
    #[schema(value_type = String)]
    pub sid: Sid,
    /// Consecutive number within the site.
    pub session_no: u64,
    /// The case.
    pub case_id: Option<Uuid>,
    /// Procedure id.
    pub procedure: String,
    /// Where it is.
    pub state: SessionState,
    /// Who called.
    pub officer: Person,
    /// Who answered.
    pub seat: Option<Person>,
    /// When the call began.
    #[schema(value_type = String)]
    pub opened_at: UtcMillis,
    /// When it was sealed.
    #[schema(value_type = Option<String>)]
    pub sealed_at: Option<UtcMillis>,
    /// From the call to the end, or until now.
    pub duration_ms: u64,
    /// Declared gaps.
    pub gaps: u32,
    /// Their length together, overlaps counted once.
    pub gap_ms: u64,
    /// What was decided in it.
    pub decision: Option<DecisionRef>,
    /// The newest verification.
    pub verdict: Option<VerdictRef>,
}

/// A decision in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionRef {
    /// Number of the document.
    pub doc_no: String,
    /// The penalty in words.
    pub penalty_text: String,
}

/// A verification in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VerdictRef {
    /// `valid`, `tampered` or `unusable`.
    pub verdict: String,
    /// `complete`, `incomplete` or `unknown`.
    pub completeness: String,
    /// When it was made.
    #[schema(value_type = String)]
    pub at: UtcMillis,
}

/// A session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Session {
    /// As in lists.
    #[serde(flatten)]
    pub summary: SessionSummary,
    /// Everyone in it.
    pub participants: Vec<Participant>,
    /// How the recording stands.
    pub integrity: Integrity,
    /// Who the asker is in it; none for those who only look.
    pub me: Option<Own>,
}

/// The asker's own place in a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Own {
    /// Their place.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
    /// `officer`, `seat`, `party`, `chief`.
    pub role: String,
}

/// Somebody in a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Participant {
    /// As told over the WebSocket.
    #[serde(flatten)]
    pub entry: signaling::protocol::RosterEntry,
    /// What they must send for the session to be recorded.
    pub must_record: Vec<Kind>,
}

/// A call that was placed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Called {
    /// The session that was opened for it.
    #[schema(value_type = String)]
    pub sid: Sid,
    /// Place in the queue, 1 = next.
    pub position: u32,
}

/// Whom to invite into a session.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Only `party`.
    pub role: InvitedRole,
}

/// Who can be invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitedRole {
    /// The party, on a phone of their own.
    Party,
}

/// An invitation, shown as a QR code.
#[derive(Clone, Serialize, ToSchema)]
pub struct Invitation {
    /// `https://<site>/join#<token>`.
    pub url: String,
    /// The token alone.
    pub token: String,
    /// Until when it can be used, once.
    #[schema(value_type = String)]
    pub expires_at: UtcMillis,
}

/// A session that was sealed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sealed {
    /// Where it is now.
    pub state: SessionState,
    /// The log's head with the seal.
    pub head: Head,
    /// The citizen's receipt page.
    pub receipt_url: String,
}
