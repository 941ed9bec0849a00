//! Signed notes and verifier keys ([c2sp.org/signed-note](https://c2sp.org/signed-note)) with Ed25519, and the
//! cosignatures of witnesses ([c2sp.org/tlog-cosignature](https://c2sp.org/tlog-cosignature)) over them.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::Error;

/// What a reader accepts at most.
pub mod limits {
    /// Bytes of a note.
    pub const NOTE_BYTES_MAX: usize = 65_536;
    /// Signature lines of a note.
    pub const SIGNATURES_MAX: usize = 64;
}

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// 0x01: the note's text.
    Ed25519,
    /// 0x04: the text with the time of observation (a witness).
    Cosignature,
}

impl Algorithm {
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::Cosignature => 4,
        }
    }
}

/// A verifier key: `name+hex(id)+base64(algorithm ‖ public key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vkey {
    name: String,
    id: [u8; 4],
    algorithm: Algorithm,
    key: VerifyingKey,
}

impl Vkey {
    /// The key of this name.
    ///
    /// # Errors
    /// [`Error::Malformed`] if the name is empty or has white space or a plus sign.
    pub fn new(name: &str, algorithm: Algorithm, key: VerifyingKey) -> Result<Self, Error> {
        if !is_key_name(name) {
            return Err(Error::Malformed {
                what: "a key's name",
            });
        }
        let digest = Sha256::new_with_prefix(name)
            .chain_update([b'\n', algorithm.byte()])
            .chain_update(key.as_bytes())
            .finalize();
        let id = [digest[0], digest[1], digest[2], digest[3]];
        Ok(Self {
            name: name.to_owned(),
            id,
            algorithm,
            key,
        })
    }

    /// The key's name, e.g. `evd.example.gov/recorder`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The 32 bytes of the public key.
    pub fn public_key(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    fn is_of(&self, line: &SignatureLine) -> bool {
        self.name == line.name && self.id == line.id
    }

    /// Checks a line that carries this key's name and id.
    fn verify(&self, text: &str, line: &SignatureLine) -> Result<Signed, Error> {
        let invalid = || Error::SignatureInvalid {
            name: self.name.clone(),
        };
        let (time, message, signature) = match self.algorithm {
            Algorithm::Ed25519 => (None, text.as_bytes().to_vec(), &line.bytes[..]),
            Algorithm::Cosignature => {
                let (time, signature) = line.bytes.split_first_chunk::<8>().ok_or_else(invalid)?;
                let time = u64::from_be_bytes(*time);
                (
                    Some(time),
                    format!("cosignature/v1\ntime {time}\n{text}").into_bytes(),
                    signature,
                )
            }
        };
        let signature = Signature::from_slice(signature).map_err(|_| invalid())?;
        self.key
            .verify_strict(&message, &signature)
            .map_err(|_| invalid())?;
        Ok(Signed {
            name: self.name.clone(),
            time,
        })
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.algorithm.byte()];
        key.extend_from_slice(self.key.as_bytes());
        write!(
            f,
            "{}+{}+{}",
            self.name,
            hex::encode(self.id),
            BASE64_STANDARD.encode(key)
        )
    }
}

impl FromStr for Vkey {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self, Error> {
        let malformed = || Error::Malformed {
            what: "a vkey (name+id+key)",
        };
        let mut parts = s.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed());
        };
        let key = BASE64_STANDARD.decode(key).map_err(|_| malformed())?;
        let algorithm = match key.first() {
            Some(1) => Algorithm::Ed25519,
            Some(4) => Algorithm::Cosignature,
            Some(_) | None => return Err(malformed()),
        };
        let public: &[u8; 32] = key[1..].try_into().map_err(|_| malformed())?;
        let vkey = Self::new(
            name,
            algorithm,
            VerifyingKey::from_bytes(public).map_err(|_| malformed())?,
        )?;
        // The id is derived, so a stated id that differs is a torn or mistyped key.
        if hex::encode(vkey.id) == id {
            Ok(vkey)
        } else {
            Err(malformed())
        }
    }
}

impl Serialize for Vkey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Vkey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// One signature line of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SignatureLine {
    name: String,
    id: [u8; 4],
    bytes: Vec<u8>,
}

/// A signature that was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The key's name.
    pub name: String,
    /// Seconds since 1970 that a witness says it saw the note; `None` for a plain signature.
    pub time: Option<u64>,
}

/// A text with signatures. Nothing is believed until [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
}

impl Note {
    /// A note of one signature, `signature` over `text` by `vkey`.
    pub(crate) fn signed(text: String, vkey: &Vkey, signature: Signature) -> Self {
        let line = SignatureLine {
            name: vkey.name.clone(),
            id: vkey.id,
            bytes: signature.to_bytes().to_vec(),
        };
        Self {
            text,
            signatures: vec![line],
        }
    }

    /// Reads a note's bytes.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let malformed = || Error::Malformed {
            what: "a signed note",
        };
        let note = std::str::from_utf8(bytes).map_err(|_| malformed())?;
        if bytes.len() > limits::NOTE_BYTES_MAX || note.contains(|c: char| c < ' ' && c != '\n') {
            return Err(malformed());
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or_else(malformed)?;
        let lines = lines.strip_suffix('\n').ok_or_else(malformed)?;
        let signatures = lines
            .split('\n')
            .map(signature_line)
            .collect::<Option<Vec<_>>>()
            .ok_or_else(malformed)?;
        if signatures.len() > limits::SIGNATURES_MAX {
            return Err(malformed());
        }
        Ok(Self {
            text: format!("{text}\n"),
            signatures,
        })
    }

    /// The signed text, with its last LF.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The good signatures by any of `keys`, once per name; lines of unknown keys are ignored.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`] if a line of one of these keys is wrong, [`Error::SignatureUntrusted`] if none has signed.
    pub fn verify<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k Vkey> + Clone,
    ) -> Result<Vec<Signed>, Error> {
        let mut good: Vec<Signed> = Vec::new();
        for line in &self.signatures {
            if let Some(key) = keys.clone().into_iter().find(|k| k.is_of(line)) {
                let signed = key.verify(&self.text, line)?;
                if good.iter().all(|g| g.name != signed.name) {
                    good.push(signed);
                }
            }
        }
        if good.is_empty() {
            Err(Error::SignatureUntrusted)
        } else {
            Ok(good)
        }
    }
}

fn signature_line(line: &str) -> Option<SignatureLine> {
    let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = BASE64_STANDARD.decode(signature).ok()?;
    let (id, bytes) = bytes.split_first_chunk::<4>()?;
    let line = SignatureLine {
        name: name.to_owned(),
        id: *id,
        bytes: bytes.to_vec(),
    };
    (is_key_name(name) && !bytes.is_empty()).then_some(line)
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| {
            let bytes = [&line.id[..], &line.bytes].concat();
            writeln!(f, "— {} {}", line.name, BASE64_STANDARD.encode(bytes))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // The example of golang.org/x/mod/sumdb/note.
    const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn the_reference_implementations_example_verifies() {
        let key: Vkey = VKEY.parse().unwrap();
        assert_eq!(key.to_string(), VKEY);
        let note = Note::parse(NOTE.as_bytes()).unwrap();
        assert_eq!(
            note.verify([&key]),
            Ok(vec![Signed {
                name: "PeterNeumann".to_owned(),
                time: None
            }])
        );
        assert_eq!(note.to_string(), NOTE);
    }

    #[test]
    fn a_witness_signs_the_time_too() {
        let key: Vkey = "witness1.example/w+abcee40f+BLDvac9mmAMfo6UM3ZhuGEswRR4MUnSlB9TyBI0y+MK1"
            .parse()
            .unwrap();
        let text = "evd.example.gov/log\n20\nOYGMgcFeDBfMCgXYAw3/jHKfZ9JXDOkufJp8WS9pU+Q=\n\n— witness1.example/w ";
        let line = "q87kDwAAAABrBVVRGpVGl+Vm5iXL5L6ILZXfacw8Oyt3k9p0sAr73eQ5BNOclL2gw5i4O+LgAeuZfOuWlU+2XO96yneWOZcPBgweCg==\n";
        let note = Note::parse(format!("{text}{line}").as_bytes()).unwrap();
        assert_eq!(note.verify([&key]).unwrap()[0].time, Some(1_795_511_633));
        let later = line.replace("BrBVVR", "BrBVVS");
        let note = Note::parse(format!("{text}{later}").as_bytes()).unwrap();
        assert!(matches!(
            note.verify([&key]),
            Err(Error::SignatureInvalid { .. })
        ));
    }

    #[test]
    fn unknown_keys_are_ignored_and_bad_signatures_are_not() {
        let key: Vkey = VKEY.parse().unwrap();
        let unknown = NOTE.replace("PeterNeumann", "PeterNewmann");
        assert_eq!(
            Note::parse(unknown.as_bytes()).unwrap().verify([&key]),
            Err(Error::SignatureUntrusted)
        );
        let forged = NOTE.replace("answer", "Answer");
        let forged = Note::parse(forged.as_bytes()).unwrap().verify([&key]);
        assert_eq!(
            forged,
            Err(Error::SignatureInvalid {
                name: "PeterNeumann".to_owned()
            })
        );
    }

    #[test]
    fn malformed_notes_and_keys_are_refused() {
        for bad in [
            "",
            "x\n",
            "x\n\n",
            "x\n\n— a\n",
            "x\n\n— a AAAA\n",
            "x\n\n- a AAAAAAAA\n",
            "x\n\n— a AAAAAAAA",
            "x\r\n\n— a AAAAAAAA\n",
            "x\n\n— a+b AAAAAAAA\n",
        ] {
            assert!(Note::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
        for bad in [
            "",
            "a+b",
            "a+00000000+AQ==",
            &VKEY.replace("c74f", "c74e"),
            &VKEY.replace("+AR", "+BR"),
            &VKEY.replace("c74f20a3", "C74F20A3"),
        ] {
            assert!(bad.parse::<Vkey>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_flipped_bit_of_a_note_verifies(at in 0..NOTE.len(), bit in 0_u8..8) {
            let key: Vkey = VKEY.parse().unwrap();
            let mut bytes = NOTE.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            prop_assert!(Note::parse(&bytes).and_then(|n| n.verify([&key])).is_err());
        }
    }
}
