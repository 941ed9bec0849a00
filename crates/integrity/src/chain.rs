//! The chain: what may be the next line of a log, for who appends and who resumes.

use ids::{Sid, UtcMillis};

use crate::body::{self, Body, Fact, Head, SessionOpened, SessionSealed};
use crate::canonical::limits::INTEGER_MAX;
use crate::merkle::{Tree, leaf_hash};
use crate::{Digest, Draft, Entry, Error};

/// A line that has its place in a log. It counts once its bytes are durable.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Line number − 1.
    pub seq: u64,
    /// Canonical bytes with LF.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes: the next line's `prev`.
    pub digest: Digest,
    /// The Merkle leaf, for the signer.
    pub leaf: Digest,
    /// What the line says.
    pub entry: Entry,
}

/// The end of a log: all that is needed to append to it. O(log n) memory, no IO.
#[derive(Debug, Clone)]
pub struct Chain {
    sid: Sid,
    tree: Tree,
    prev: Digest,
    last: Option<(UtcMillis, u64)>,
    sealed: bool,
}

impl Chain {
    /// An empty log.
    pub fn open(sid: Sid) -> Self {
        Self {
            sid,
            tree: Tree::new(),
            prev: Digest::ZERO,
            last: None,
            sealed: false,
        }
    }

    /// The end of an existing log, each line with or without its LF.
    ///
    /// # Errors
    /// What [`Chain::accept`] refuses, and [`Error::Malformed`] for no line at all.
    pub fn resume<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Error> {
        let mut lines = lines.into_iter();
        let first = lines.next().ok_or(Error::Malformed {
            what: "a log (it is empty)",
        })?;
        let mut chain = Self::open(Entry::from_line(first)?.sid);
        chain.accept(first)?;
        for line in lines {
            chain.accept(line)?;
        }
        Ok(chain)
    }

    /// Takes over a line that someone has written: canonical, linked, well-formed.
    ///
    /// # Errors
    /// [`Error::ChainBroken`] if it does not continue the chain, and what [`Chain::append`] refuses.
    pub fn accept(&mut self, line: &[u8]) -> Result<Line, Error> {
        let entry = Entry::from_line(line)?;
        let seq = self.size();
        let broken = |what| Err(Error::ChainBroken { seq, what });
        if entry.seq != seq {
            return broken("seq");
        }
        if entry.sid != self.sid {
            return broken("sid");
        }
        if entry.prev != self.prev {
            return broken("prev");
        }
        self.advance(entry)
    }

    /// Appends an entry at `time` (wall clock) and `mono` (µs since the opening). Write the line's bytes; if that
    /// fails, this chain is ahead of the disk and must be dropped.
    ///
    /// # Errors
    /// [`Error::ClockBackwards`], [`Error::MonoBackwards`], [`Error::OpenMisplaced`], [`Error::Sealed`],
    /// [`Error::Schema`], [`Error::Json`], [`Error::TooLong`]. Nothing has changed then.
    pub fn append(&mut self, draft: Draft, time: UtcMillis, mono: u64) -> Result<Line, Error> {
        let entry = Entry::place(draft, self.sid, self.size(), self.prev, time, mono);
        self.advance(entry)
    }

    fn advance(&mut self, entry: Entry) -> Result<Line, Error> {
        let kind = entry.kind.as_str();
        if (kind == SessionOpened::TYPE) != (entry.seq == 0) {
            return Err(Error::OpenMisplaced {
                kind: kind.to_owned(),
                seq: entry.seq,
            });
        }
        if self.sealed && !body::may_follow_seal(kind) {
            return Err(Error::Sealed {
                kind: kind.to_owned(),
            });
        }
        if let Some((last, last_mono)) = self.last {
            if entry.time < last && !body::may_turn_clock_back(kind) {
                return Err(Error::ClockBackwards {
                    last,
                    time: entry.time,
                });
            }
            if entry.mono < last_mono {
                return Err(Error::MonoBackwards {
                    last: last_mono,
                    mono: entry.mono,
                });
            }
        }
        if entry.mono > INTEGER_MAX.unsigned_abs() {
            return Err(crate::canonical::JsonError::Number { at: 0 }.into());
        }
        Body::parse(kind, &entry.body)?;
        let bytes = entry.to_line()?;
        let (digest, leaf) = (Digest::sha256(&bytes), leaf_hash(&bytes));
        self.sealed |= kind == SessionSealed::TYPE;
        self.last = Some((entry.time, entry.mono));
        self.prev = digest;
        self.tree.push(leaf);
        Ok(Line {
            seq: entry.seq,
            bytes,
            digest,
            leaf,
            entry,
        })
    }

    /// The session.
    pub fn sid(&self) -> Sid {
        self.sid
    }

    /// Number of entries: the next one's `seq`.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Size and Merkle root as they stand.
    pub fn head(&self) -> Head {
        Head {
            size: self.tree.size(),
            root: self.tree.root(),
        }
    }

    /// Time and `mono` of the last entry.
    pub fn last(&self) -> Option<(UtcMillis, u64)> {
        self.last
    }

    /// Whether the seal has been written; only custody may follow.
    pub fn is_sealed(&self) -> bool {
        self.sealed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;
    use crate::body::{ClockAdjusted, Policy};

    fn opened() -> Draft {
        let fact = SessionOpened {
            site: "evd.example.gov".to_owned(),
            session_no: 1.try_into().unwrap(),
            keys: Vec::new(),
            policy: Policy::default(),
            software: None,
        };
        Draft::new("server:n1".parse().unwrap(), &fact).unwrap()
    }

    fn said(text: &str) -> Draft {
        let body = Map::from_iter([("text".to_owned(), Value::from(text))]);
        Draft::free("server:n1".parse().unwrap(), "call.said", body).unwrap()
    }

    fn at(ms: i64) -> UtcMillis {
        UtcMillis::from_millis(1_795_511_597_000 + ms)
    }

    fn chain() -> Chain {
        let mut chain = Chain::open(Sid::from_bytes([0xa3; 16]));
        chain.append(opened(), at(0), 0).unwrap();
        chain
    }

    #[test]
    fn a_log_begins_with_its_opening_and_has_one() {
        let mut empty = Chain::open(Sid::from_bytes([0; 16]));
        assert!(matches!(
            empty.append(said("x"), at(0), 0),
            Err(Error::OpenMisplaced { seq: 0, .. })
        ));
        assert!(matches!(
            chain().append(opened(), at(1), 1),
            Err(Error::OpenMisplaced { seq: 1, .. })
        ));
    }

    #[test]
    fn clocks_do_not_go_back_unless_the_entry_says_so() {
        let mut chain = chain();
        chain.append(said("x"), at(10), 10_000).unwrap();
        let before = chain.head();
        assert_eq!(
            chain.append(said("y"), at(9), 11_000),
            Err(Error::ClockBackwards {
                last: at(10),
                time: at(9)
            })
        );
        assert_eq!(
            chain.append(said("y"), at(10), 9_999),
            Err(Error::MonoBackwards {
                last: 10_000,
                mono: 9_999
            })
        );
        assert_eq!(chain.head(), before, "a refusal changes nothing");
        let fact = ClockAdjusted {
            before: at(10),
            after: at(3),
            source: "ntp".to_owned(),
        };
        let draft = Draft::new("server:n1".parse().unwrap(), &fact).unwrap();
        chain.append(draft, at(3), 12_000).unwrap();
        chain.append(said("z"), at(4), 13_000).unwrap();
    }

    #[test]
    fn what_a_reader_would_refuse_is_not_written() {
        let mut chain = chain();
        assert!(matches!(
            chain.append(said("e\u{301}"), at(1), 1),
            Err(Error::Json(_))
        ));
        assert!(matches!(
            chain.append(said(&"x".repeat(66_000)), at(1), 1),
            Err(Error::TooLong { .. })
        ));
        assert!(matches!(
            chain.append(said("x"), at(1), 1 << 53),
            Err(Error::Json(_))
        ));
        assert_eq!(chain.size(), 1);
    }

    proptest! {
        #[test]
        fn a_resumed_chain_goes_on_as_the_first(texts in prop::collection::vec("[a-z云\n]{0,8}", 0..20), cut in any::<prop::sample::Index>()) {
            let mut chain = Chain::open(Sid::from_bytes([9; 16]));
            let mut lines = vec![chain.append(opened(), at(0), 0).unwrap()];
            for (i, text) in texts.iter().enumerate() {
                lines.push(chain.append(said(text), at(i as i64), i as u64).unwrap());
            }
            let cut = cut.index(lines.len()) + 1;
            let mut resumed = Chain::resume(lines[..cut].iter().map(|l| &l.bytes[..])).unwrap();
            for line in &lines[cut..] {
                prop_assert_eq!(&resumed.accept(&line.bytes).unwrap(), line);
            }
            prop_assert_eq!(resumed.head(), chain.head());
        }

        #[test]
        fn no_flipped_bit_continues_a_chain(at_byte in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let mut chain = chain();
            let mut lines = vec![];
            for i in 0..3 {
                lines.push(chain.append(said("x"), at(i), 0).unwrap().bytes);
            }
            let mut log: Vec<u8> = lines.concat();
            let position = at_byte.index(log.len() - lines[2].len());
            log[position] ^= 1 << bit;
            let mut other = self::chain();
            let accepted = log.split_inclusive(|&b| b == b'\n').try_for_each(|line| other.accept(line).map(drop));
            prop_assert!(accepted.is_err());
        }
    }
}
