//! The session, its participants, clocks, crash and seal, and custody after it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;

use ids::{ParticipantId, StepId, TrackId, UtcMillis};
use serde::{Deserialize, Serialize};

use super::{FileRef, Name, present};
use crate::Digest;

/// Whether proofs by outsiders are part of what makes a recording valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// Not asked for.
    None,
    /// Without them the recording is not valid.
    Required,
}

/// What a session promises about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Age of the oldest packet of a segment when its entry is written, ms.
    pub commit_max_ms: u64,
    /// The longest hole that need not be declared, ms.
    pub gap_tolerance_ms: u64,
    /// How long a participant may be unrecorded at joining and leaving, ms.
    pub join_grace_ms: u64,
    /// Witnessed inclusion in the site log.
    pub anchors: Requirement,
    /// RFC 3161 tokens.
    pub timestamps: Requirement,
    /// Steps without which the procedure is not complete.
    pub required_steps: BTreeSet<StepId>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            commit_max_ms: 1000,
            gap_tolerance_ms: 500,
            join_grace_ms: 3000,
            anchors: Requirement::None,
            timestamps: Requirement::None,
            required_steps: BTreeSet::new(),
        }
    }
}

/// The software that writes a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Software {
    /// Its version.
    pub version: String,
    /// Digest of the executable.
    pub build: Digest,
}

/// `session.opened`, entry 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOpened {
    /// The recording site's name, e.g. `evd.example.gov`.
    pub site: String,
    /// Consecutive per site: a hole in the public log is a session that vanished.
    pub session_no: NonZeroU64,
    /// The recorder's vkeys.
    pub keys: Vec<String>,
    /// What the session promises.
    pub policy: Policy,
    /// What writes the log.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub software: Option<Software>,
}

/// What must be recorded of a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// Picture.
    Video,
    /// Sound.
    Audio,
}

impl MediaKind {
    /// The word in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
        }
    }

    /// What is recorded of a role unless a site says otherwise: picture and sound of officer and seat.
    pub fn required_of(role: &str) -> &'static [Self] {
        match role {
            "officer" | "seat" => &[Self::Video, Self::Audio],
            _ => &[],
        }
    }
}

/// `participant.joined`: written when the first packet of everything they must send is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParticipantJoined {
    /// Who.
    pub participant: ParticipantId,
    /// As what.
    pub role: String,
    /// What of them must be recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_record: Vec<MediaKind>,
    /// Why.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub reason: Option<String>,
}

macro_rules! participant_facts {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// Who.
            pub participant: ParticipantId,
            /// Why.
            #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
            pub reason: Option<String>,
        }
    )*};
}

participant_facts! {
    /// `participant.left`: from here on nothing of them need be recorded.
    ParticipantLeft,
    /// `participant.interrupted`: their media stopped; they are still part of the session.
    ParticipantInterrupted,
    /// `participant.resumed`: their media is back.
    ParticipantResumed,
    /// `participant.state`: muted, on hold, ….
    ParticipantState,
}

/// `clock.adjusted`: the wall clock was set; the only entry beside `session.recovered` whose time may lie before the last's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockAdjusted {
    /// The clock's reading before.
    pub before: UtcMillis,
    /// Its reading after.
    pub after: UtcMillis,
    /// What set it, e.g. `ntp`.
    pub source: String,
}

/// `session.recovered`: recording goes on after a crash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRecovered {
    /// Why it was needed, e.g. `crash`, `power_loss`.
    pub reason: String,
    /// Torn bytes that were kept under `recovered/`.
    #[serde(
        rename = "ref",
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub file: Option<FileRef>,
    /// Whether the kept bytes are the log's own tail.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub log_tail: Option<bool>,
}

/// What a seal says of one track.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackTotals {
    /// Committed segments.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Packets that never came.
    pub lost: u64,
}

/// A declared gap as the seal lists it: begin µs, end µs, reason.
pub type GapRow = (u64, u64, String);

/// `session.sealed`: the recording is complete as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSealed {
    /// Entries before this one.
    pub entries: u64,
    /// Every track.
    pub tracks: BTreeMap<TrackId, TrackTotals>,
    /// Tracks that have gaps, each in the log's order.
    pub gaps: BTreeMap<TrackId, Vec<GapRow>>,
    /// SHA-256 over all lines before.
    pub log_sha256: Digest,
    /// SM3 over all lines before.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub log_sm3: Option<Digest>,
    /// Why it ended, e.g. `completed`, `abandoned`.
    pub reason: String,
}

macro_rules! access_facts {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// What for.
            pub purpose: String,
        }
    )*};
}

access_facts! {
    /// `access.viewed`: someone looked at the recording.
    AccessViewed,
    /// `access.exported`: someone took a copy.
    AccessExported,
    /// `access.denied`: someone was refused.
    AccessDenied,
}

/// `redaction.applied`: a segment may be withheld from copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedactionApplied {
    /// The redaction it belongs to.
    pub redaction: Name,
    /// `seq` of a segment's or a backfill's entry.
    pub target: u64,
    /// Why.
    pub reason: String,
    /// What copies carry instead.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub replacement: Option<FileRef>,
}

/// `privacy.erased`: a private field's opening was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyErased {
    /// `seq` of the entry.
    pub target: u64,
    /// The field.
    pub field: String,
    /// By what right.
    pub basis: String,
}

macro_rules! hold_facts {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// The matter it serves.
            pub matter: String,
            /// Until when.
            #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
            pub until: Option<String>,
        }
    )*};
}

hold_facts! {
    /// `hold.placed`: the recording must not be disposed of.
    HoldPlaced,
    /// `hold.lifted`: it may be again.
    HoldLifted,
}

/// `key.rotated`: the recorder's next key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRotated {
    /// vkey so far.
    pub old: String,
    /// vkey from now on.
    pub new: String,
}

/// `archive.renewed`: proofs stamped anew before an algorithm weakens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveRenewed {
    /// The renewal evidence.
    #[serde(rename = "ref")]
    pub file: FileRef,
}

/// `export.created`: a copy left the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportCreated {
    /// The export.
    pub export: Name,
    /// The redaction it was made with.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub redaction: Option<Name>,
}
