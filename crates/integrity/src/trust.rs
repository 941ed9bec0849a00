//! `trust.json`: whom a verifier believes. It comes from the supervising authority, never from a bundle.

use std::collections::BTreeSet;

use ids::{StepId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::body::{Policy, Requirement};
use crate::note::{Algorithm, Note, Signed, Vkey};

/// A key that signs session heads and exports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecorderKey {
    /// The key.
    pub vkey: Vkey,
    /// Heads whose last entry is older are not its work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<UtcMillis>,
    /// Set after a compromise: heads count only if an outsider shows them before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<UtcMillis>,
}

/// A key without a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The key.
    pub vkey: Vkey,
}

/// A site's floor under what its sessions promise; absent members demand nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// At most, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_max_ms: Option<u64>,
    /// At most, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap_tolerance_ms: Option<u64>,
    /// At most, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_grace_ms: Option<u64>,
    /// At least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchors: Option<Requirement>,
    /// At least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamps: Option<Requirement>,
    /// At least these.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub required_steps: BTreeSet<StepId>,
}

/// Whom a verifier believes about one site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// The site's name.
    pub site: String,
    /// Who signs session heads and exports.
    pub recorder_keys: Vec<RecorderKey>,
    /// Who signs the public log.
    #[serde(default)]
    pub log_keys: Vec<Key>,
    /// Who cosigns the public log.
    #[serde(default)]
    pub witness_keys: Vec<Key>,
    /// How many of them it takes; at least 1 if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness_quorum: Option<u64>,
    /// PEM certificates of those who sign time stamps.
    #[serde(default)]
    pub tsa_certificates: Vec<String>,
    /// What sessions must promise at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Floor>,
    /// From which session number on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_from: Option<u64>,
}

impl Trust {
    /// A site whose sessions are signed by one key, without a public log or a time-stamping authority.
    pub fn of(site: &str, recorder: Vkey) -> Self {
        Self {
            site: site.to_owned(),
            recorder_keys: vec![RecorderKey {
                vkey: recorder,
                not_before: None,
                not_after: None,
            }],
            log_keys: Vec::new(),
            witness_keys: Vec::new(),
            witness_quorum: None,
            tsa_certificates: Vec::new(),
            policy: None,
            policy_from: None,
        }
    }

    /// Reads `trust.json`.
    ///
    /// # Errors
    /// [`Error::Malformed`] for another form, witnesses without a quorum, or keys of a kind that cannot do their work.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let trust: Self = serde_json::from_slice(bytes).map_err(|_| Error::Malformed {
            what: "a trust.json",
        })?;
        let of = |keys: &[Key], algorithm| keys.iter().all(|k| k.vkey.algorithm() == algorithm);
        let signs = trust
            .recorder_keys
            .iter()
            .all(|k| k.vkey.algorithm() == Algorithm::Ed25519)
            && of(&trust.log_keys, Algorithm::Ed25519)
            && of(&trust.witness_keys, Algorithm::Cosignature);
        let quorum = match trust.witness_quorum {
            Some(quorum) => quorum >= 1 && quorum <= trust.witness_keys.len() as u64,
            None => trust.witness_keys.is_empty(),
        };
        match (signs, quorum) {
            (false, _) => Err(Error::Malformed {
                what: "a trust.json (a key cannot do its work)",
            }),
            (_, false) => Err(Error::Malformed {
                what: "a trust.json (witness_quorum does not fit witness_keys)",
            }),
            (true, true) => Ok(trust),
        }
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("every member has a form in JSON");
        text.push('\n');
        text
    }

    /// The recorder's good signatures of a note.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`] if a line of *any* key listed here is wrong, [`Error::SignatureUntrusted`] if the
    /// recorder has not signed.
    pub fn verify_recorder(&self, note: &Note) -> Result<Vec<Signed>, Error> {
        let others = self
            .log_keys
            .iter()
            .chain(&self.witness_keys)
            .map(|k| &k.vkey);
        match note.verify(others) {
            Ok(_) | Err(Error::SignatureUntrusted) => {
                note.verify(self.recorder_keys.iter().map(|k| &k.vkey))
            }
            Err(error) => Err(error),
        }
    }

    /// What counts for a session: of each promise the stricter, so that a rewritten log cannot excuse itself.
    pub fn policy_for(&self, stated: &Policy, session_no: u64) -> Policy {
        let mut policy = stated.clone();
        let Some(floor) = self
            .policy
            .as_ref()
            .filter(|_| session_no >= self.policy_from.unwrap_or(0))
        else {
            return policy;
        };
        let tighten = |ms: &mut u64, floor: Option<u64>| *ms = (*ms).min(floor.unwrap_or(u64::MAX));
        tighten(&mut policy.commit_max_ms, floor.commit_max_ms);
        tighten(&mut policy.gap_tolerance_ms, floor.gap_tolerance_ms);
        tighten(&mut policy.join_grace_ms, floor.join_grace_ms);
        policy.anchors = policy
            .anchors
            .max(floor.anchors.unwrap_or(Requirement::None));
        policy.timestamps = policy
            .timestamps
            .max(floor.timestamps.unwrap_or(Requirement::None));
        policy
            .required_steps
            .extend(floor.required_steps.iter().cloned());
        policy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &[u8] = include_bytes!("../../../tests/vectors/valid-full/trust.json");

    #[test]
    fn a_foreign_trust_file_reads_and_prints() {
        let trust = Trust::parse(FULL).unwrap();
        assert_eq!(
            (
                trust.recorder_keys.len(),
                trust.witness_keys.len(),
                trust.witness_quorum
            ),
            (2, 3, Some(2))
        );
        assert_eq!(Trust::parse(trust.to_json().as_bytes()).unwrap(), trust);
    }

    #[test]
    fn witnesses_need_a_quorum_that_they_can_reach() {
        let text = String::from_utf8(FULL.to_vec()).unwrap();
        for bad in [
            "\"witness_quorum\": 0",
            "\"witness_quorum\": 4",
            "\"other\": 2",
        ] {
            assert!(
                Trust::parse(text.replace("\"witness_quorum\": 2", bad).as_bytes()).is_err(),
                "{bad}"
            );
        }
        // A witness cannot record: its signatures cover another message.
        let witness = "witness1.example/w+abcee40f+BLDvac9mmAMfo6UM3ZhuGEswRR4MUnSlB9TyBI0y+MK1";
        let recorder =
            "evd.example.gov/recorder+1ac9a2a6+AYaoyjFBeC+VhKdlpZsi2GyOib5vyJQucDfw7MGV9LeS";
        assert!(Trust::parse(text.replace(recorder, witness).as_bytes()).is_err());
    }

    #[test]
    fn a_wrong_line_of_any_listed_key_is_fatal() {
        let trust = Trust::parse(FULL).unwrap();
        let text = include_str!(
            "../../../tests/vectors/valid-full/bundle/data/checkpoints/0000000040.note"
        );
        let verify = |text: &str| {
            trust
                .verify_recorder(&Note::parse(text.as_bytes()).unwrap())
                .map(|s| s.len())
        };
        assert_eq!(verify(text), Ok(1));
        let unknown = "— example.org/other AAAAAAAAAAAA\n";
        assert_eq!(verify(&format!("{text}{unknown}")), Ok(1));
        let wrong = "— evd.example.gov/log Wo8ADwAAAAAA\n";
        assert_eq!(
            verify(&format!("{text}{wrong}")),
            Err(Error::SignatureInvalid {
                name: "evd.example.gov/log".to_owned()
            })
        );
    }

    #[test]
    fn of_each_promise_the_stricter_counts() {
        let mut trust = Trust::parse(FULL).unwrap();
        let step: StepId = "S06_NOTICE".parse().unwrap();
        trust
            .policy
            .as_mut()
            .unwrap()
            .required_steps
            .insert(step.clone());
        let lax = Policy {
            gap_tolerance_ms: 60_000,
            join_grace_ms: 10,
            ..Policy::default()
        };
        let applied = trust.policy_for(&lax, 1);
        assert_eq!(
            (
                applied.gap_tolerance_ms,
                applied.join_grace_ms,
                applied.commit_max_ms
            ),
            (100, 10, 1000)
        );
        assert_eq!(
            (applied.anchors, applied.timestamps),
            (Requirement::Required, Requirement::Required)
        );
        assert!(applied.required_steps.contains(&step));
        assert_eq!(trust.policy_for(&lax, 0), lax, "policy_from is 1");
    }
}
