//! Recording, log, verification, receipt.

use std::collections::BTreeMap;

use ids::{ParticipantId, Sid, StepId, TrackId, UtcMillis};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{AttemptState, Head, Kind, Person};
use crate::store::SessionState;

/// A session's recording as a timeline, computed from its log alone. Times are µs of the session clock.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Recording {
    /// The session.
    #[schema(value_type = String)]
    pub sid: Sid,
    /// Its length.
    pub duration_us: u64,
    /// Everything recorded.
    pub tracks: Vec<Track>,
    /// Everything missing.
    pub gaps: Vec<Gap>,
    /// Steps as chapters.
    pub steps: Vec<Chapter>,
    /// Other entries worth a pin.
    pub marks: Vec<Mark>,
    /// Entries in the log.
    pub entries: u64,
}

/// A recorded track.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Track {
    /// Id.
    #[schema(value_type = String)]
    pub track: TrackId,
    /// Whose.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
    /// `officer`, `seat`, `party`…
    pub role: String,
    /// Under their picture.
    pub display_name: String,
    /// Sound or picture.
    pub kind: Kind,
    /// Codec, as in the log.
    pub codec: String,
    /// Media type with `codecs=` (RFC 6381), for MediaSource.
    pub mime: String,
    /// Start.
    pub t0_us: u64,
    /// End.
    pub t1_us: u64,
    /// Length of its files together.
    pub bytes: u64,
    /// Segments.
    pub segments: u64,
    /// Its files concatenated, by range.
    pub url: String,
    /// Spans with media.
    pub spans: Vec<(u64, u64)>,
}

/// A declared gap.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Gap {
    /// The track.
    #[schema(value_type = String)]
    pub track: TrackId,
    /// Start.
    pub t0_us: u64,
    /// End.
    pub t1_us: u64,
    /// Reason, e.g. `no_rtp`.
    pub reason: String,
    /// The entry that declares it.
    pub seq: u64,
}

/// An attempt at a step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Chapter {
    /// The step.
    #[schema(value_type = String)]
    pub step: StepId,
    /// Title, Chinese.
    pub title_zh: String,
    /// Title, English.
    pub title_en: String,
    /// Which attempt.
    pub attempt: u32,
    /// How it stands.
    pub state: AttemptState,
    /// Start.
    pub t0_us: u64,
    /// End.
    pub t1_us: Option<u64>,
}

/// An entry worth a pin.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Mark {
    /// The entry.
    pub seq: u64,
    /// When.
    pub at_us: u64,
    /// Type of the entry.
    #[serde(rename = "type")]
    pub kind: String,
    /// Label, Chinese.
    pub label_zh: String,
    /// Label, English.
    pub label_en: String,
}

/// Which entries.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// First entry wanted, 0 if not said.
    pub from: Option<u64>,
    /// Entries wanted, at most 1000; 200 if not said.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
}

/// Entries of a log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogPage {
    /// In order.
    pub items: Vec<LogEntry>,
    /// Ask with this `from` for what follows; none: this was the end.
    pub next: Option<u64>,
}

/// One entry.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogEntry {
    /// Its number.
    pub seq: u64,
    /// Wall clock.
    #[schema(value_type = String)]
    pub time: UtcMillis,
    /// Session clock, µs.
    pub mono: u64,
    /// Type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Handle of who did it.
    pub actor: String,
    /// Digest of the line with its line feed, 64 hex.
    pub line_sha256: String,
    /// The entry's body.
    pub body: BTreeMap<String, serde_json::Value>,
}

/// What a verifier finds (the evidence format's §10), with the time it took.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Verification {
    /// Version of this object, 1.
    pub v: u32,
    /// Name and version of the verifier.
    pub verifier: String,
    /// `valid`, `tampered` or `unusable`.
    pub verdict: String,
    /// `complete`, `incomplete` or `unknown`.
    pub completeness: String,
    /// `full` or `partial`.
    pub disclosure: String,
    /// The session.
    pub session: Option<String>,
    /// The site.
    pub site: Option<String>,
    /// Entries read.
    pub entries: u64,
    /// Head over them.
    pub head: Option<Head>,
    /// The policy applied.
    pub policy: Option<serde_json::Value>,
    /// Totals a track, recomputed.
    pub tracks: Option<serde_json::Value>,
    /// Gaps a track, recomputed.
    pub gaps: Option<serde_json::Value>,
    /// Decisions found.
    pub decisions: Vec<VerifiedDecision>,
    /// First and last time.
    pub times: Option<Times>,
    /// Proofs that hold.
    pub proofs: Option<serde_json::Value>,
    /// Everything to report.
    pub findings: Vec<Finding>,
    /// How long it took, ms.
    pub took_ms: u64,
}

/// A decision a verifier found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VerifiedDecision {
    /// The entry.
    pub seq: u64,
    /// Its id.
    pub decision: String,
    /// Digest of its document.
    pub doc_sha256: String,
    /// The head it names.
    pub head: Head,
}

/// First and last wall-clock time.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Times {
    /// Of the first entry.
    pub first: Option<String>,
    /// Of the last entry.
    pub last: Option<String>,
}

/// Something a verifier reports.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// Stable code, e.g. `SEGMENT_DIGEST`.
    pub code: String,
    /// `unusable`, `tampered`, `incomplete`, `warning` or `info`.
    pub level: String,
    /// The entry.
    pub seq: Option<u64>,
    /// The file, from the bundle's top.
    pub path: Option<String>,
    /// What exactly.
    pub detail: Option<String>,
}

/// The citizen's receipt.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Receipt {
    /// The signed note (C2SP signed note).
    pub note: String,
    /// Receipt page with the note in the fragment.
    pub url: String,
    /// The shorter address for paper.
    pub url_paper: String,
    /// `size/first 32 hex of root`.
    pub short: String,
    /// Entries.
    pub size: u64,
    /// Merkle root, 64 hex.
    pub root: String,
    /// QR code of `url_paper`, SVG.
    pub qr_svg: String,
}

/// What the public may know of a session: enough to check a receipt.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicReceipt {
    /// The session asked for.
    #[schema(value_type = String)]
    pub sid: Sid,
    /// This site.
    pub site: String,
    /// This site holds it.
    pub known: bool,
    /// Where it is.
    pub state: Option<SessionState>,
    /// Entries.
    pub size: Option<u64>,
    /// Merkle root, 64 hex.
    pub root: Option<String>,
    /// The newest signed note.
    pub note: Option<String>,
    /// When it was opened.
    #[schema(value_type = Option<String>)]
    pub opened_at: Option<UtcMillis>,
    /// When it was sealed.
    #[schema(value_type = Option<String>)]
    pub sealed_at: Option<UtcMillis>,
    /// The site's key that signs heads.
    pub vkey: String,
    /// Digest of the decision's document.
    pub decision: Option<PublicDecision>,
}

/// What the public may know of a decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicDecision {
    /// Digest of its document, 64 hex.
    pub doc_sha256: String,
}

/// From which head.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConsistencyQuery {
    /// Size on the receipt.
    pub from: u64,
}

/// Proof that a receipt's log is a beginning of today's (RFC 6962 §2.1.2).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Consistency {
    /// Size on the receipt.
    pub from: u64,
    /// Size now.
    pub to: u64,
    /// Root of the first `from` entries, 64 hex.
    pub root_from: String,
    /// Hashes, 64 hex each.
    pub proof: Vec<String>,
}

/// A look at evidence.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditItem {
    /// When.
    #[schema(value_type = String)]
    pub time: UtcMillis,
    /// The session.
    #[schema(value_type = String)]
    pub sid: Sid,
    /// The entry in its chain.
    pub seq: u64,
    /// Handle of who looked.
    pub actor: String,
    /// The account, where known.
    pub person: Option<Person>,
    /// `access.viewed`, `access.exported`, `access.denied`, `export.created`…
    #[serde(rename = "type")]
    pub kind: String,
    /// What for.
    pub purpose: String,
}
