//! Receipts: heads in the hands of those who were recorded, in every form they are given out.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::body::Head;
use crate::note::Note;
use crate::{Digest, Error};

/// The form printed on a decision: `size/first 32 hex of root`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short {
    size: u64,
    root: [u8; 16],
}

impl From<Head> for Short {
    fn from(head: Head) -> Self {
        let mut root = [0; 16];
        root.copy_from_slice(&head.root.as_bytes()[..16]);
        Self {
            size: head.size,
            root,
        }
    }
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.size, hex::encode(self.root))
    }
}

/// What a receipt says about a log, by its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// The short form.
    Short(Short),
    /// Size and root, of a QR code: `#<size>.<root base64url>`.
    Head(Head),
    /// The signed note, of a file or the receipt page: `#n.<base64url of the note>`. Its signature is still to be checked.
    Note(Note),
}

/// The fragment of a receipt's address for a QR code on paper: `<size>.<root base64url>`.
pub fn head_fragment(head: Head) -> String {
    format!(
        "{}.{}",
        head.size,
        BASE64_URL_SAFE_NO_PAD.encode(head.root.as_bytes())
    )
}

/// The fragment of a receipt's address on its page: `n.<base64url of the note>`.
pub fn note_fragment(note: &str) -> String {
    format!("n.{}", BASE64_URL_SAFE_NO_PAD.encode(note))
}

impl FromStr for Receipt {
    type Err = Error;

    /// Reads any form: the short one, an address with a fragment, a fragment alone (with or without `#`), a note.
    fn from_str(s: &str) -> Result<Self, Error> {
        let malformed = || Error::Malformed { what: "a receipt" };
        if s.contains("\n\n") {
            return Note::parse(s.as_bytes()).map(Self::Note);
        }
        let s = s.trim();
        let fragment = s.rsplit_once('#').map_or(s, |(_, fragment)| fragment);
        let base64url = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed());
        if let Some(note) = fragment.strip_prefix("n.") {
            return Note::parse(&base64url(note)?).map(Self::Note);
        }
        if let Some((size, root)) = fragment.split_once('.') {
            let root: [u8; 32] = base64url(root)?.try_into().map_err(|_| malformed())?;
            return Ok(Self::Head(Head {
                size: parse_size(size)?,
                root: Digest::from_bytes(root),
            }));
        }
        let (size, root) = fragment.split_once('/').ok_or_else(malformed)?;
        let mut prefix = [0; 16];
        hex::decode_to_slice(root, &mut prefix).map_err(|_| malformed())?;
        Ok(Self::Short(Short {
            size: parse_size(size)?,
            root: prefix,
        }))
    }
}

fn parse_size(s: &str) -> Result<u64, Error> {
    let size: Option<u64> = s.parse().ok();
    size.filter(|n| n.to_string() == s)
        .ok_or(Error::Malformed { what: "a receipt" })
}

/// What comparing a receipt with a log comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The log contains what the receipt was given for.
    Agrees,
    /// The log was rewritten.
    Differs,
    /// The log was cut: the receipt is of a longer one.
    BeyondLog,
}

/// Compares size and root with a log of `log_size` entries whose root at a size is `root_at(size)`.
pub fn compare(head: &Head, log_size: u64, root_at: impl FnOnce(u64) -> Digest) -> Comparison {
    match head.size {
        size if size > log_size => Comparison::BeyondLog,
        size if root_at(size) == head.root => Comparison::Agrees,
        _ => Comparison::Differs,
    }
}

/// [`compare`] for the short form.
pub fn compare_short(
    short: &Short,
    log_size: u64,
    root_at: impl FnOnce(u64) -> Digest,
) -> Comparison {
    match short.size {
        size if size > log_size => Comparison::BeyondLog,
        size if root_at(size).as_bytes()[..16] == short.root => Comparison::Agrees,
        _ => Comparison::Differs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str =
        include_str!("../../../tests/vectors/plain-valid/bundle/data/receipts/p1-0000000034.note");

    fn head() -> Head {
        Head {
            size: 34,
            root: Digest::sha256(b"x"),
        }
    }

    #[test]
    fn every_form_reads_back() {
        let short = Short::from(head()).to_string();
        assert_eq!(short, "34/2d711642b726b04401627ca9fbac32f5");
        assert_eq!(short.parse(), Ok(Receipt::Short(head().into())));
        let fragment = head_fragment(head());
        assert_eq!(fragment.len(), 3 + 43);
        for text in [
            fragment.clone(),
            format!("#{fragment}"),
            format!(
                "https://evd.example.gov/receipt/{}#{fragment}\n",
                "a3".repeat(16)
            ),
        ] {
            assert_eq!(text.parse(), Ok(Receipt::Head(head())), "{text}");
        }
        let note = Note::parse(NOTE.as_bytes()).unwrap();
        assert_eq!(NOTE.parse(), Ok(Receipt::Note(note.clone())));
        assert_eq!(
            format!("#{}", note_fragment(NOTE)).parse(),
            Ok(Receipt::Note(note))
        );
        assert!(NOTE.len() <= 300, "it fits a QR code");
    }

    #[test]
    fn other_texts_are_no_receipts() {
        for bad in [
            "",
            "34",
            "34/00",
            "034/2d711642b726b04401627ca9fbac32f5",
            "x/2d711642b726b04401627ca9fbac32f5",
            "34.AAAA",
            "#n.",
            "#n.AAAA",
        ] {
            assert!(bad.parse::<Receipt>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_receipt_finds_a_rewrite_and_a_cut() {
        let root = head().root;
        assert_eq!(compare(&head(), 40, |_| root), Comparison::Agrees);
        assert_eq!(compare(&head(), 40, |_| Digest::ZERO), Comparison::Differs);
        assert_eq!(compare(&head(), 33, |_| root), Comparison::BeyondLog);
        assert_eq!(
            compare_short(&head().into(), 40, |_| root),
            Comparison::Agrees
        );
        assert_eq!(
            compare_short(&head().into(), 40, |_| Digest::ZERO),
            Comparison::Differs
        );
        assert_eq!(
            compare_short(&head().into(), 33, |_| root),
            Comparison::BeyondLog
        );
    }
}
