//! Signed heads of logs and exports: what is signed, and who signs it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::ed25519::signature::Signer as _;
use ids::Sid;

use crate::body::Head;
use crate::merkle::Tree;
use crate::note::{Algorithm, Note, Vkey};
use crate::{Digest, Error};

/// Origin of a session's log: `<site>/session/<sid>`.
pub fn session_origin(site: &str, sid: Sid) -> String {
    format!("{site}/session/{sid}")
}

/// Origin of an export's note: `<site>/export/<sid>`.
pub fn export_origin(site: &str, sid: Sid) -> String {
    format!("{site}/export/{sid}")
}

/// Origin of a site's public log: `<site>/log`.
pub fn log_origin(site: &str) -> String {
    format!("{site}/log")
}

/// A C2SP tlog-checkpoint without extension lines: origin, size, root in base64, each with LF.
///
/// An export's note has the same three lines; there the digest is that of `tagmanifest-sha256.txt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose head it is.
    pub origin: String,
    /// Entries of the log.
    pub size: u64,
    /// Merkle root over them, or an export's digest.
    pub root: Digest,
}

impl Checkpoint {
    /// The head of a session's log.
    pub fn session(site: &str, sid: Sid, head: Head) -> Self {
        Self {
            origin: session_origin(site, sid),
            size: head.size,
            root: head.root,
        }
    }

    /// What fixes an export: the log's size and the digest of `tagmanifest-sha256.txt`.
    pub fn export(site: &str, sid: Sid, size: u64, tagmanifest: Digest) -> Self {
        Self {
            origin: export_origin(site, sid),
            size,
            root: tagmanifest,
        }
    }

    /// Size and root.
    pub fn head(&self) -> Head {
        Head {
            size: self.size,
            root: self.root,
        }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            BASE64_STANDARD.encode(self.root.as_bytes())
        )
    }
}

impl FromStr for Checkpoint {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self, Error> {
        let malformed = || Error::Malformed {
            what: "a checkpoint (origin, size and root, a line each)",
        };
        let lines: Vec<&str> = s
            .strip_suffix('\n')
            .ok_or_else(malformed)?
            .split('\n')
            .collect();
        let [origin, size, root] = lines[..] else {
            return Err(malformed());
        };
        let root: [u8; 32] = BASE64_STANDARD
            .decode(root)
            .ok()
            .and_then(|b| b.try_into().ok())
            .ok_or_else(malformed)?;
        let size_value: u64 = size.parse().map_err(|_| malformed())?;
        if origin.is_empty() || size_value.to_string() != size {
            return Err(malformed());
        }
        Ok(Self {
            origin: origin.to_owned(),
            size: size_value,
            root: Digest::from_bytes(root),
        })
    }
}

/// Signs heads. It keeps its own copy of every tree and grows it itself, so it never signs two roots of one size, nor a
/// head that does not contain the last: whoever controls the caller can stop a log, but not fork it.
pub trait Signer: Send {
    /// The key others verify with.
    fn vkey(&self) -> &Vkey;

    /// Signs `head`, which must be what the signer's own tree of that origin becomes when `leaves` (hashes, in order)
    /// are added to the head it signed last. A new origin begins with the empty tree. The entries must be durable.
    ///
    /// # Errors
    /// [`Error::HeadInconsistent`] names the size signed last; nothing has changed then.
    fn sign_head(&mut self, head: &Checkpoint, leaves: &[Digest]) -> Result<Note, Error>;

    /// Signs an export's note. Exports of one log may differ, so nothing is compared but the origin's form.
    ///
    /// # Errors
    /// [`Error::Malformed`] if this is not [`Checkpoint::export`].
    fn sign_export(&mut self, export: &Checkpoint) -> Result<Note, Error>;

    /// Forgets a log's tree; its next head must come with all its leaves again.
    fn forget(&mut self, origin: &str);
}

/// A signer with an Ed25519 key in memory.
pub struct Ed25519Signer {
    key: SigningKey,
    vkey: Vkey,
    trees: BTreeMap<String, Tree>,
}

impl Ed25519Signer {
    /// The signer of this name with a 32-byte seed (RFC 8032 §5.1.5).
    ///
    /// # Errors
    /// [`Error::Malformed`] if a vkey cannot carry the name.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, Error> {
        let key = SigningKey::from_bytes(seed);
        let vkey = Vkey::new(name, Algorithm::Ed25519, key.verifying_key())?;
        Ok(Self {
            key,
            vkey,
            trees: BTreeMap::new(),
        })
    }

    fn note(&self, text: String) -> Note {
        let signature = self.key.sign(text.as_bytes());
        Note::signed(text, &self.vkey, signature)
    }
}

impl fmt::Debug for Ed25519Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ed25519Signer")
            .field("vkey", &self.vkey.to_string())
            .finish_non_exhaustive()
    }
}

impl Signer for Ed25519Signer {
    fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    fn sign_head(&mut self, head: &Checkpoint, leaves: &[Digest]) -> Result<Note, Error> {
        let mut tree = self.trees.get(&head.origin).cloned().unwrap_or_default();
        let last = tree.size();
        tree.extend(leaves.iter().copied());
        if tree.size() != head.size || tree.root() != head.root {
            return Err(Error::HeadInconsistent {
                origin: head.origin.clone(),
                size: head.size,
                last,
            });
        }
        self.trees.insert(head.origin.clone(), tree);
        Ok(self.note(head.to_string()))
    }

    fn sign_export(&mut self, export: &Checkpoint) -> Result<Note, Error> {
        if !export.origin.contains("/export/") {
            return Err(Error::Malformed {
                what: "an export's origin",
            });
        }
        Ok(self.note(export.to_string()))
    }

    fn forget(&mut self, origin: &str) {
        self.trees.remove(origin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::leaf_hash;

    fn signer() -> Ed25519Signer {
        Ed25519Signer::new("evd.example.gov/recorder", &[7; 32]).unwrap()
    }

    fn grown(leaves: &[Digest]) -> Checkpoint {
        let mut tree = Tree::new();
        tree.extend(leaves.iter().copied());
        let head = Head {
            size: tree.size(),
            root: tree.root(),
        };
        Checkpoint::session("evd.example.gov", Sid::from_bytes([1; 16]), head)
    }

    #[test]
    fn a_signed_head_verifies_and_reads_back() {
        let mut signer = signer();
        let leaves = [leaf_hash(b"a"), leaf_hash(b"b")];
        let head = grown(&leaves);
        let note = Note::parse(
            signer
                .sign_head(&head, &leaves)
                .unwrap()
                .to_string()
                .as_bytes(),
        )
        .unwrap();
        assert!(note.verify([signer.vkey()]).is_ok());
        assert_eq!(note.text().parse(), Ok(head));
    }

    #[test]
    fn a_head_that_does_not_grow_out_of_the_last_is_refused() {
        let mut signer = signer();
        let leaves = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
        signer
            .sign_head(&grown(&leaves[..2]), &leaves[..2])
            .unwrap();
        let refused = |last| Error::HeadInconsistent {
            origin: grown(&[]).origin,
            size: 2,
            last,
        };
        // Another root of the same size, an older head, and leaves that were skipped.
        let other = [leaves[0], leaf_hash(b"x")];
        assert_eq!(signer.sign_head(&grown(&other), &[]), Err(refused(2)));
        assert!(signer.sign_head(&grown(&leaves[..1]), &[]).is_err());
        assert!(signer.sign_head(&grown(&leaves), &[]).is_err());
        // A refusal changes nothing: the same head again, and the next one.
        assert!(signer.sign_head(&grown(&leaves[..2]), &[]).is_ok());
        assert!(signer.sign_head(&grown(&leaves), &leaves[2..]).is_ok());
        let origin = grown(&[]).origin;
        signer.forget(&origin);
        assert!(signer.sign_head(&grown(&leaves), &leaves).is_ok());
    }

    #[test]
    fn checkpoints_have_one_form() {
        let good = grown(&[leaf_hash(b"a")]).to_string();
        assert!(good.parse::<Checkpoint>().is_ok());
        let size = |s: &str| good.replace("\n1\n", &format!("\n{s}\n"));
        for bad in [
            "",
            "a\n1\n",
            &size("01"),
            &size("+1"),
            &size("-1"),
            &size(""),
            &format!("{good}x\n"),
            good.trim_end(),
            &good.replace("=\n", "\n"),
        ] {
            assert!(bad.parse::<Checkpoint>().is_err(), "{bad:?}");
        }
    }
}
