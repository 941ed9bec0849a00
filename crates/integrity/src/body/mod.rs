//! Bodies of the format's own entry types, the same structs for who writes and who verifies.
//!
//! A member without `Option` must be there. Unknown members are allowed and ignored, `null` is not a value.
//! Types that are not of the table ([`Body::Other`]) are the product's: chained, but not looked into.

mod case;
mod media;
mod session;

pub use case::*;
pub use media::*;
pub use session::*;

use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::entry::is_identifier;
use crate::{Digest, Error};

/// A body that belongs to one entry type.
pub trait Fact: Serialize + DeserializeOwned {
    /// The entry's `type`.
    const TYPE: &'static str;
}

macro_rules! facts {
    ($($kind:literal => $name:ident),* $(,)?) => {
        $(impl Fact for $name {
            const TYPE: &'static str = $kind;
        })*

        /// A body by its entry's type.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Body {
            $(#[doc = concat!("`", $kind, "`")] $name($name),)*
            /// A type that this crate does not know.
            Other,
        }

        impl Body {
            /// Reads the body of an entry of type `kind`.
            ///
            /// # Errors
            /// [`Error::Schema`] if a member is missing or has another type.
            pub fn parse(kind: &str, body: &Map<String, Value>) -> Result<Self, Error> {
                let parsed = match kind {
                    $($kind => $name::deserialize(body).map(Self::$name),)*
                    _ => return Ok(Self::Other),
                };
                let schema = |detail: String| Error::Schema { kind: kind.to_owned(), detail };
                let parsed = parsed.map_err(|e| schema(e.to_string()))?;
                match body.get("private") {
                    Some(private) if !is_commitments(private) => Err(schema("private is not {field: commitment}".to_owned())),
                    Some(_) | None => Ok(parsed),
                }
            }
        }
    };
}

facts! {
    "session.opened" => SessionOpened,
    "participant.joined" => ParticipantJoined,
    "participant.left" => ParticipantLeft,
    "participant.interrupted" => ParticipantInterrupted,
    "participant.resumed" => ParticipantResumed,
    "participant.state" => ParticipantState,
    "track.started" => TrackStarted,
    "segment.committed" => SegmentCommitted,
    "media.gap" => MediaGap,
    "track.ended" => TrackEnded,
    "device.committed" => DeviceCommitted,
    "backfill.received" => BackfillReceived,
    "step.started" => StepStarted,
    "step.completed" => StepCompleted,
    "step.invalidated" => StepInvalidated,
    "capture.taken" => CaptureTaken,
    "review.made" => ReviewMade,
    "case.linked" => CaseLinked,
    "statement.made" => StatementMade,
    "document.issued" => DocumentIssued,
    "decision.made" => DecisionMade,
    "party.signed" => PartySigned,
    "party.refused" => PartyRefused,
    "receipt.delivered" => ReceiptDelivered,
    "clock.adjusted" => ClockAdjusted,
    "session.recovered" => SessionRecovered,
    "session.sealed" => SessionSealed,
    "access.viewed" => AccessViewed,
    "access.exported" => AccessExported,
    "access.denied" => AccessDenied,
    "redaction.applied" => RedactionApplied,
    "privacy.erased" => PrivacyErased,
    "hold.placed" => HoldPlaced,
    "hold.lifted" => HoldLifted,
    "key.rotated" => KeyRotated,
    "archive.renewed" => ArchiveRenewed,
    "export.created" => ExportCreated,
}

/// Whether an entry of this type may stand behind the seal: custody, proofs and acts of the case.
pub fn may_follow_seal(kind: &str) -> bool {
    const CUSTODY: [&str; 11] = [
        "access.",
        "redaction.",
        "privacy.",
        "hold.",
        "export.",
        "archive.",
        "backfill.",
        "receipt.",
        "key.",
        "case.",
        "delivery.",
    ];
    CUSTODY.iter().any(|p| kind.starts_with(p))
        || kind == SessionRecovered::TYPE
        || kind == ClockAdjusted::TYPE
}

/// Whether the wall clock may stand before the last entry's at an entry of this type.
pub fn may_turn_clock_back(kind: &str) -> bool {
    kind == ClockAdjusted::TYPE || kind == SessionRecovered::TYPE
}

fn is_commitments(private: &Value) -> bool {
    let digest = |v: &Value| v.as_str().is_some_and(|s| s.parse::<Digest>().is_ok());
    private
        .as_object()
        .is_some_and(|fields| fields.values().all(digest))
}

/// An optional member that is there must have a value: `null` is none.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A name of the format that has no type of its own in `ids` (a capture, a redaction, an export).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self, Error> {
        let malformed = Error::Malformed {
            what: "an identifier ([A-Za-z0-9_][A-Za-z0-9_-]{0,63})",
        };
        if is_identifier(s) {
            Ok(Self(s.to_owned()))
        } else {
            Err(malformed)
        }
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Binds any file of the session's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Path from the session's folder.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Digest,
}

/// A log at one moment: its number of entries and the Merkle root over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Entries.
    pub size: u64,
    /// RFC 6962 root over the lines.
    pub root: Digest,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(kind: &str, body: Value) -> Result<Body, Error> {
        Body::parse(kind, body.as_object().unwrap())
    }

    #[test]
    fn unknown_members_are_ignored_and_null_is_no_value() {
        let left = Body::ParticipantLeft(ParticipantLeft {
            participant: "p1".parse().unwrap(),
            reason: None,
        });
        assert_eq!(
            parse(
                "participant.left",
                json!({"participant": "p1", "new": null})
            ),
            Ok(left)
        );
        assert!(
            parse(
                "participant.left",
                json!({"participant": "p1", "reason": null})
            )
            .is_err()
        );
        assert!(parse("participant.left", json!({"participant": null})).is_err());
    }

    #[test]
    fn numbers_are_not_negative_and_attempts_count_from_one() {
        assert!(
            parse(
                "media.gap",
                json!({"track": "v1", "t0_us": -1, "t1_us": 2, "reason": "x"})
            )
            .is_err()
        );
        assert!(parse("step.started", json!({"step": "S1", "attempt": 0})).is_err());
        assert!(parse("step.started", json!({"step": "S1", "attempt": 1})).is_ok());
    }

    #[test]
    fn commitments_are_digests() {
        let viewed = |private| {
            parse(
                "access.viewed",
                json!({"purpose": "audit", "private": private}),
            )
        };
        assert!(viewed(json!({"user": "0".repeat(64)})).is_ok());
        for bad in [
            json!("x"),
            json!({"user": "王"}),
            json!({"user": 1}),
            json!(null),
        ] {
            assert!(viewed(bad).is_err());
        }
    }

    #[test]
    fn products_own_types_are_not_looked_into() {
        assert_eq!(
            parse("dispatch.seat_offered", json!({"seat": 7})),
            Ok(Body::Other)
        );
    }

    #[test]
    fn custody_follows_the_seal_and_procedure_does_not() {
        for kind in [
            "access.viewed",
            "case.filed",
            "delivery.made",
            "session.recovered",
            "clock.adjusted",
            "key.rotated",
        ] {
            assert!(may_follow_seal(kind), "{kind}");
        }
        for kind in [
            "step.started",
            "segment.committed",
            "session.opened",
            "session.sealed",
            "clock.other",
            "decision.made",
        ] {
            assert!(!may_follow_seal(kind), "{kind}");
        }
    }
}
