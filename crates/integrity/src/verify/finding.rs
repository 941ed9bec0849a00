//! What a verifier can find, and how bad it is.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

/// How much a finding weighs, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing can be said.
    Unusable,
    /// The recording is not what was recorded.
    Tampered,
    /// It is, and something is honestly missing.
    Incomplete,
    /// Worth a look.
    Warning,
    /// Worth knowing.
    Info,
}

macro_rules! codes {
    ($($level:ident: $($name:ident $text:literal)*;)*) => {
        /// The findings of the format, by the names in its text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = concat!("`", $text, "`")] $name,)*)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$($(Self::$name,)*)*];

            /// The name in the format's text, e.g. `GAP_UNDECLARED`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$name => $text,)*)*
                }
            }

            /// How much it weighs.
            pub const fn level(self) -> Level {
                match self {
                    $($(Self::$name)|* => Level::$level,)*
                }
            }
        }
    };
}

codes! {
    Unusable:
        BundleUnreadable "BUNDLE_UNREADABLE" TrustUnreadable "TRUST_UNREADABLE" LogMissing "LOG_MISSING"
        VersionUnsupported "VERSION_UNSUPPORTED" SiteUnknown "SITE_UNKNOWN";
    Tampered:
        ManifestFormat "MANIFEST_FORMAT" ManifestMismatch "MANIFEST_MISMATCH" FileMissing "FILE_MISSING"
        FileUnlisted "FILE_UNLISTED" FileUnbound "FILE_UNBOUND" FileNotRegular "FILE_NOT_REGULAR"
        PathUnsafe "PATH_UNSAFE" ExportSignature "EXPORT_SIGNATURE"
        LogTorn "LOG_TORN" JsonInvalid "JSON_INVALID" JsonDuplicateKey "JSON_DUPLICATE_KEY" JsonNumber "JSON_NUMBER"
        JsonNfc "JSON_NFC" JsonNoncanonical "JSON_NONCANONICAL" EntrySchema "ENTRY_SCHEMA" SeqBroken "SEQ_BROKEN"
        ChainBroken "CHAIN_BROKEN" SessionMismatch "SESSION_MISMATCH" ClockBackwards "CLOCK_BACKWARDS"
        OpenMissing "OPEN_MISSING" OpenDuplicate "OPEN_DUPLICATE" SealMissing "SEAL_MISSING"
        SealDuplicate "SEAL_DUPLICATE" EntryAfterSeal "ENTRY_AFTER_SEAL"
        CheckpointMissing "CHECKPOINT_MISSING" NoteMalformed "NOTE_MALFORMED" OriginMismatch "ORIGIN_MISMATCH"
        SignatureInvalid "SIGNATURE_INVALID" SignatureUntrusted "SIGNATURE_UNTRUSTED"
        KeyOutOfWindow "KEY_OUT_OF_WINDOW" CheckpointRoot "CHECKPOINT_ROOT" CheckpointFork "CHECKPOINT_FORK"
        LogTruncated "LOG_TRUNCATED" LogUncovered "LOG_UNCOVERED"
        TrackUnknown "TRACK_UNKNOWN" SegmentIndex "SEGMENT_INDEX" SegmentMissing "SEGMENT_MISSING"
        SegmentEmpty "SEGMENT_EMPTY" SegmentLength "SEGMENT_LENGTH" SegmentDigest "SEGMENT_DIGEST"
        SegmentLayout "SEGMENT_LAYOUT" SegmentTime "SEGMENT_TIME" Sm3Mismatch "SM3_MISMATCH"
        GapUndeclared "GAP_UNDECLARED" GapmapMismatch "GAPMAP_MISMATCH" TotalsMismatch "TOTALS_MISMATCH"
        BackfillMismatch "BACKFILL_MISMATCH"
        FileDigest "FILE_DIGEST" DecisionMismatch "DECISION_MISMATCH" DecisionHead "DECISION_HEAD"
        SignedDocMismatch "SIGNED_DOC_MISMATCH" OpeningMismatch "OPENING_MISMATCH" RedactionInvalid "REDACTION_INVALID"
        ProofMissing "PROOF_MISSING" AnchorInvalid "ANCHOR_INVALID" AnchorHead "ANCHOR_HEAD"
        AnchorBeyondLog "ANCHOR_BEYOND_LOG" WitnessQuorum "WITNESS_QUORUM" TimestampInvalid "TIMESTAMP_INVALID"
        TimestampMismatch "TIMESTAMP_MISMATCH" TimestampTime "TIMESTAMP_TIME" ReceiptInvalid "RECEIPT_INVALID"
        ReceiptMismatch "RECEIPT_MISMATCH" ReceiptBeyondLog "RECEIPT_BEYOND_LOG";
    Incomplete:
        GapDeclared "GAP_DECLARED" ParticipantUnrecorded "PARTICIPANT_UNRECORDED" StepMissing "STEP_MISSING"
        StepUnrecorded "STEP_UNRECORDED" BackfillPending "BACKFILL_PENDING" SessionOpen "SESSION_OPEN";
    Warning:
        LateCommit "LATE_COMMIT" ClockSkew "CLOCK_SKEW" BackfillUncommitted "BACKFILL_UNCOMMITTED"
        CrashRecovered "CRASH_RECOVERED" Sm3Unchecked "SM3_UNCHECKED" ExportUnsigned "EXPORT_UNSIGNED";
    Info:
        PacketsLost "PACKETS_LOST" SegmentWithheld "SEGMENT_WITHHELD" FieldWithheld "FIELD_WITHHELD"
        FieldErased "FIELD_ERASED" GapBackfilled "GAP_BACKFILLED" LegalHold "LEGAL_HOLD";
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// How bad.
    pub level: Level,
    /// At which entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// In which file, from the bundle's top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What exactly, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Finding {
    pub(crate) fn new(code: Code) -> Self {
        Self {
            code,
            level: code.level(),
            seq: None,
            path: None,
            detail: None,
        }
    }

    pub(crate) fn at(mut self, seq: u64) -> Self {
        self.seq = Some(seq);
        self
    }

    /// Names the file; a hostile name may be long and is cut.
    pub(crate) fn path(mut self, path: &str) -> Self {
        self.path = Some(path.chars().take(200).collect());
        self
    }

    pub(crate) fn detail(mut self, detail: impl ToString) -> Self {
        self.detail = Some(detail.to_string().chars().take(300).collect());
        self
    }
}

/// Findings kept of one code; further ones are only counted.
pub(crate) const OF_ONE_CODE_MAX: usize = 100;

/// Everything found so far. A hostile bundle can cause findings without end, so of each code the first hundred are kept.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    counts: BTreeMap<Code, usize>,
}

impl Findings {
    pub(crate) fn push(&mut self, finding: Finding) {
        let count = self.counts.entry(finding.code).or_default();
        *count += 1;
        if *count <= OF_ONE_CODE_MAX {
            self.kept.push(finding);
        }
    }

    pub(crate) fn has_level(&self, level: Level) -> bool {
        self.counts.keys().any(|code| code.level() == level)
    }

    /// The findings, the worst first, each level in the order found.
    pub(crate) fn into_sorted(mut self) -> Vec<Finding> {
        for (code, count) in self
            .counts
            .into_iter()
            .filter(|(_, count)| *count > OF_ONE_CODE_MAX)
        {
            let more = format!("{} more of these", count - OF_ONE_CODE_MAX);
            self.kept.push(Finding::new(code).detail(more));
        }
        self.kept.sort_by_key(|f| f.level);
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_formats_words() {
        assert_eq!(Code::ALL.len(), 5 + 8 + 16 + 10 + 13 + 6 + 11 + 6 + 6 + 6);
        let spelled =
            |code: &Code| format!("{code:?}").to_uppercase() == code.as_str().replace('_', "");
        assert!(Code::ALL.iter().all(spelled));
        assert_eq!(Code::GapDeclared.level(), Level::Incomplete);
        assert_eq!(Code::GapUndeclared.level(), Level::Tampered);
    }

    #[test]
    fn of_one_code_a_hundred_are_kept_and_the_rest_counted() {
        let mut findings = Findings::default();
        (0..OF_ONE_CODE_MAX as u64 + 5)
            .for_each(|seq| findings.push(Finding::new(Code::LateCommit).at(seq)));
        findings.push(Finding::new(Code::LogTorn));
        let sorted = findings.into_sorted();
        assert_eq!(sorted.len(), OF_ONE_CODE_MAX + 2);
        assert_eq!(sorted[0].code, Code::LogTorn);
        assert_eq!(
            sorted.last().unwrap().detail.as_deref(),
            Some("5 more of these")
        );
    }
}
