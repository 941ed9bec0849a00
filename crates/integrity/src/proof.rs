//! Proofs from a site's public log: that it holds a session's head, and who saw that log
//! ([c2sp.org/tlog-proof](https://c2sp.org/tlog-proof)).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ids::{Sid, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::body::Head;
use crate::checkpoint::Checkpoint;
use crate::note::{Note, Signed, Vkey};
use crate::{Digest, Error, canonical, merkle};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Hashes of a path at most: no tree of 2⁶⁴ leaves has more.
const PATH_MAX: usize = 64;

/// Why a head was put into the public log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeafKind {
    /// A session was opened: size 1.
    #[serde(rename = "session.opened")]
    Opened,
    /// A session went on.
    #[serde(rename = "session.head")]
    Head,
    /// A session was sealed.
    #[serde(rename = "session.sealed")]
    Sealed,
    /// A session was lawfully destroyed.
    #[serde(rename = "session.disposed")]
    Disposed,
}

/// An entry of the public log about a session. It holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// Format.
    pub v: u64,
    /// Why.
    pub kind: LeafKind,
    /// `session_no`.
    pub no: u64,
    /// The session.
    pub sid: Sid,
    /// Entries of its log.
    pub size: u64,
    /// Root over them.
    pub root: Digest,
    /// When, by the site's clock.
    pub time: UtcMillis,
    /// By what right it was destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}

impl Leaf {
    /// Canonical bytes: what is hashed as a leaf.
    ///
    /// # Errors
    /// [`Error::Json`] for a number or text outside the JSON of evidence.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let value = serde_json::to_value(self).map_err(|_| Error::Malformed {
            what: "a leaf of the public log",
        })?;
        Ok(canonical::write(&value)?)
    }

    /// Reads canonical bytes. Unknown members are allowed.
    ///
    /// # Errors
    /// [`Error::Json`] or [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let malformed = Error::Malformed {
            what: "a leaf of the public log",
        };
        let leaf = Self::deserialize(canonical::read(bytes)?).map_err(|_| malformed.clone())?;
        if leaf.v == 1 {
            Ok(leaf)
        } else {
            Err(malformed)
        }
    }

    /// The session's head.
    pub fn head(&self) -> Head {
        Head {
            size: self.size,
            root: self.root,
        }
    }
}

/// A leaf's inclusion in a public log whose checkpoint others have seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The leaf's bytes.
    pub leaf: Vec<u8>,
    /// Its place.
    pub index: u64,
    /// Siblings from the leaf to the root.
    pub path: Vec<Digest>,
    /// The log's checkpoint with its signature and cosignatures.
    pub note: Note,
}

/// A proof that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// What the public log says of the session.
    pub leaf: Leaf,
    /// Witnesses that saw the log, each once, with the time they state.
    pub witnesses: Vec<Signed>,
}

impl Proof {
    /// Checks the signature of the log, the inclusion and the cosignatures.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::SignatureInvalid`], [`Error::SignatureUntrusted`], [`Error::ProofInvalid`].
    pub fn verify<'k>(
        &self,
        origin: &str,
        log_keys: impl IntoIterator<Item = &'k Vkey> + Clone,
        witness_keys: impl IntoIterator<Item = &'k Vkey> + Clone,
    ) -> Result<Anchor, Error> {
        self.note.verify(log_keys)?;
        let checkpoint: Checkpoint = self.note.text().parse()?;
        if checkpoint.origin != origin {
            return Err(Error::SignatureUntrusted);
        }
        let leaf_hash = merkle::leaf_hash(&self.leaf);
        merkle::verify_inclusion(
            &leaf_hash,
            self.index,
            checkpoint.size,
            &self.path,
            &checkpoint.root,
        )?;
        let witnesses = match self.note.verify(witness_keys) {
            Err(Error::SignatureUntrusted) => Vec::new(),
            other => other?,
        };
        Ok(Anchor {
            leaf: Leaf::from_bytes(&self.leaf)?,
            witnesses,
        })
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{HEADER}\nextra {}\nindex {}",
            BASE64_STANDARD.encode(&self.leaf),
            self.index
        )?;
        self.path
            .iter()
            .try_for_each(|hash| writeln!(f, "{}", BASE64_STANDARD.encode(hash.as_bytes())))?;
        write!(f, "\n{}", self.note)
    }
}

impl FromStr for Proof {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self, Error> {
        let malformed = || Error::Malformed {
            what: "a proof from the public log",
        };
        let (head, note) = s.split_once("\n\n").ok_or_else(malformed)?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(malformed());
        }
        let base64 = |text: &str| BASE64_STANDARD.decode(text).map_err(|_| malformed());
        let leaf = base64(
            lines
                .next()
                .and_then(|l| l.strip_prefix("extra "))
                .ok_or_else(malformed)?,
        )?;
        let stated = lines
            .next()
            .and_then(|l| l.strip_prefix("index "))
            .ok_or_else(malformed)?;
        let index: u64 = stated.parse().map_err(|_| malformed())?;
        let hash = |line: &str| -> Result<Digest, Error> {
            base64(line)?
                .try_into()
                .map(Digest::from_bytes)
                .map_err(|_| malformed())
        };
        let path = lines
            .take(PATH_MAX + 1)
            .map(hash)
            .collect::<Result<Vec<_>, _>>()?;
        if index.to_string() != stated || path.len() > PATH_MAX {
            return Err(malformed());
        }
        Ok(Self {
            leaf,
            index,
            path,
            note: Note::parse(note.as_bytes())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::Trust;

    const PROOF: &str =
        include_str!("../../../tests/vectors/valid-full/bundle/data/anchors/0000000032.tlog-proof");
    const TRUST: &[u8] = include_bytes!("../../../tests/vectors/valid-full/trust.json");

    fn verify(text: &str) -> Result<Anchor, Error> {
        let trust = Trust::parse(TRUST).unwrap();
        let keys =
            |keys: &[crate::trust::Key]| keys.iter().map(|k| k.vkey.clone()).collect::<Vec<_>>();
        let (log, witnesses) = (keys(&trust.log_keys), keys(&trust.witness_keys));
        text.parse::<Proof>()?
            .verify("evd.example.gov/log", &log, &witnesses)
    }

    #[test]
    fn a_foreign_proof_holds_and_prints() {
        let anchor = verify(PROOF).unwrap();
        assert_eq!(
            (anchor.leaf.kind, anchor.leaf.no, anchor.leaf.size),
            (LeafKind::Head, 7, 32)
        );
        assert_eq!(anchor.witnesses.len(), 3);
        assert_eq!(PROOF.parse::<Proof>().unwrap().to_string(), PROOF);
        let proof: Proof = PROOF.parse().unwrap();
        assert_eq!(anchor.leaf.to_bytes().unwrap(), proof.leaf);
    }

    #[test]
    fn a_bent_proof_does_not_hold() {
        for (from, to) in [
            ("index 13", "index 12"),
            ("\ngettu", "\nhettu"),
            ("OYGMg", "PYGMg"),
            (
                "— witness2.example/w OBLW2wAAAABr",
                "— witness2.example/w OBLW2wAAAABs",
            ),
        ] {
            let bent = PROOF.replace(from, to);
            assert_ne!(bent, PROOF);
            assert!(verify(&bent).is_err(), "{from}");
        }
        // Without witnesses the proof holds, and nobody vouches for it.
        let alone: String = PROOF
            .lines()
            .filter(|l| !l.contains("witness"))
            .map(|l| format!("{l}\n"))
            .collect();
        assert_eq!(verify(&alone).unwrap().witnesses, []);
    }
}
