//! Entries: one line of `log.jsonl` each, and drafts of them.

use std::fmt;
use std::str::FromStr;

use ids::{Sid, UtcMillis};
use serde_json::{Map, Value};

use crate::body::{Body, Fact};
use crate::canonical::{self, limits};
use crate::{Digest, Error, private};

/// The format's version, the member `v`.
pub const VERSION: i64 = 1;

/// Who an entry comes from: `<role>:<handle>`, never a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Actor {
    text: String,
    colon: usize,
}

impl Actor {
    /// The role before the colon: `server`, `officer`, `seat`, `party`, `chief`, `auditor`, `clerk`, …
    pub fn role(&self) -> &str {
        &self.text[..self.colon]
    }

    /// The handle behind the colon.
    pub fn handle(&self) -> &str {
        &self.text[self.colon + 1..]
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Actor {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self, Error> {
        let parsed = s.split_once(':').filter(|(role, handle)| {
            !role.is_empty()
                && role.bytes().all(|b| b.is_ascii_lowercase())
                && is_identifier(handle)
        });
        match parsed {
            Some((role, _)) => Ok(Self {
                text: s.to_owned(),
                colon: role.len(),
            }),
            None => Err(Error::Malformed {
                what: "an actor (<role>:<handle>)",
            }),
        }
    }
}

/// Whether `s` is an identifier of the format, `[A-Za-z0-9_][A-Za-z0-9_-]{0,63}`.
pub(crate) fn is_identifier(s: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    s.len() <= 64 && s.bytes().all(rest) && s.bytes().next().is_some_and(|b| b != b'-')
}

/// An entry that has no place in a log yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    kind: String,
    actor: Actor,
    body: Map<String, Value>,
}

impl Draft {
    /// An entry of a type of the format's table.
    ///
    /// # Errors
    /// [`Error::Schema`] if the body does not serialise to an object (none of this crate's bodies).
    pub fn new<F: Fact>(actor: Actor, fact: &F) -> Result<Self, Error> {
        let schema = |detail: String| Error::Schema {
            kind: F::TYPE.to_owned(),
            detail,
        };
        match serde_json::to_value(fact).map_err(|e| schema(e.to_string()))? {
            Value::Object(body) => Ok(Self {
                kind: F::TYPE.to_owned(),
                actor,
                body,
            }),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Err(schema("it is not an object".to_owned())),
        }
    }

    /// An entry of a type the format leaves to the product (`dispatch.*`, `call.*`, `step.sentence`, `case.*`, …).
    ///
    /// # Errors
    /// [`Error::Malformed`] if `kind` is not dotted lower-case words; [`Error::Schema`] if it is a type of the
    /// table and the body breaks its rules.
    pub fn free(actor: Actor, kind: &str, body: Map<String, Value>) -> Result<Self, Error> {
        let word = |w: &str| canonical::is_member_name(w);
        if kind.len() > 64 || !kind.split('.').all(word) {
            return Err(Error::Malformed {
                what: "an entry's type (lower-case words joined by dots)",
            });
        }
        Body::parse(kind, &body)?;
        Ok(Self {
            kind: kind.to_owned(),
            actor,
            body,
        })
    }

    /// Puts the commitments of sealed private fields into the body; their openings go to `private/<seq>.json`.
    #[must_use]
    pub fn with_private(mut self, sealed: &private::Sealed) -> Self {
        if !sealed.is_empty() {
            self.body.insert("private".to_owned(), sealed.commitments());
        }
        self
    }

    /// The entry's type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Who it comes from.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The body as it will stand in the line.
    pub fn body(&self) -> &Map<String, Value> {
        &self.body
    }
}

/// One entry of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The session.
    pub sid: Sid,
    /// Its place: line number − 1.
    pub seq: u64,
    /// Digest of the line before; zeros in entry 0.
    pub prev: Digest,
    /// Wall clock.
    pub time: UtcMillis,
    /// µs since `session.opened`.
    pub mono: u64,
    /// The type.
    pub kind: String,
    /// Who it comes from.
    pub actor: Actor,
    /// The body, unknown members included.
    pub body: Map<String, Value>,
}

impl Entry {
    /// The entry of a draft at its place in the log.
    pub(crate) fn place(
        draft: Draft,
        sid: Sid,
        seq: u64,
        prev: Digest,
        time: UtcMillis,
        mono: u64,
    ) -> Self {
        Self {
            sid,
            seq,
            prev,
            time,
            mono,
            kind: draft.kind,
            actor: draft.actor,
            body: draft.body,
        }
    }

    /// The line: canonical bytes and LF.
    ///
    /// # Errors
    /// [`Error::Json`] or [`Error::TooLong`] if a reader would refuse it.
    pub fn to_line(&self) -> Result<Vec<u8>, Error> {
        let entry = serde_json::json!({
            "v": VERSION,
            "sid": self.sid,
            "seq": self.seq,
            "prev": self.prev,
            "time": self.time,
            "mono": self.mono,
            "type": self.kind,
            "actor": self.actor.text,
            "body": self.body,
        });
        let mut line = canonical::write(&entry)?;
        line.push(b'\n');
        if line.len() > limits::LINE_BYTES_MAX {
            Err(Error::TooLong { bytes: line.len() })
        } else {
            Ok(line)
        }
    }

    /// Reads a line, with or without its LF: canonical form and the nine members. The body is not looked into
    /// (see [`Body::parse`]) beyond its commitments, nor is the place in the chain.
    ///
    /// # Errors
    /// [`Error::Json`] for a breach of the form, [`Error::TooLong`], [`Error::Schema`] for a member that is missing,
    /// unknown or of another type.
    pub fn from_line(line: &[u8]) -> Result<Self, Error> {
        let json = line.strip_suffix(b"\n").unwrap_or(line);
        if json.len() >= limits::LINE_BYTES_MAX {
            return Err(Error::TooLong {
                bytes: json.len() + 1,
            });
        }
        Self::from_value(canonical::read(json)?)
    }

    fn from_value(value: Value) -> Result<Self, Error> {
        let schema = |detail: String| Error::Schema {
            kind: "the entry".to_owned(),
            detail,
        };
        let Value::Object(mut members) = value else {
            return Err(schema("it is not an object".to_owned()));
        };
        let mut take = |name: &str| {
            members
                .remove(name)
                .ok_or_else(|| schema(format!("{name} is missing")))
        };
        let wrong = |name: &str| schema(format!("{name} has the wrong form"));
        let text = |name: &'static str, value: Value| match value {
            Value::String(s) => Ok(s),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => Err(wrong(name)),
        };
        if take("v")?.as_i64() != Some(VERSION) {
            return Err(wrong("v"));
        }
        let entry = Self {
            sid: text("sid", take("sid")?)?
                .parse()
                .map_err(|_| wrong("sid"))?,
            seq: take("seq")?.as_u64().ok_or_else(|| wrong("seq"))?,
            prev: text("prev", take("prev")?)?
                .parse()
                .map_err(|_| wrong("prev"))?,
            time: text("time", take("time")?)?
                .parse()
                .map_err(|_| wrong("time"))?,
            mono: take("mono")?.as_u64().ok_or_else(|| wrong("mono"))?,
            kind: text("type", take("type")?)?,
            actor: text("actor", take("actor")?)?
                .parse()
                .map_err(|_| wrong("actor"))?,
            body: match take("body")? {
                Value::Object(body) => body,
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_) => {
                    return Err(wrong("body"));
                }
            },
        };
        match members.keys().next() {
            Some(unknown) => Err(schema(format!("{unknown} is not a member of an entry"))),
            None => Ok(entry),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            sid: Sid::from_bytes([0xa3; 16]),
            seq: 3,
            prev: Digest::sha256(b"x"),
            time: "2026-11-24T09:13:17.050Z".parse().unwrap(),
            mono: 50_000,
            kind: "case.note".to_owned(),
            actor: "officer:o1".parse().unwrap(),
            body: Map::new(),
        }
    }

    #[test]
    fn a_line_reads_back() {
        let line = entry().to_line().unwrap();
        assert_eq!(line.last(), Some(&b'\n'));
        assert_eq!(Entry::from_line(&line), Ok(entry()));
    }

    #[test]
    fn every_member_is_needed_and_no_other_allowed() {
        let line = entry().to_line().unwrap();
        let Value::Object(members) = canonical::read(&line[..line.len() - 1]).unwrap() else {
            panic!("an object")
        };
        assert_eq!(members.len(), 9);
        for name in members.keys() {
            let mut less = members.clone();
            less.remove(name);
            let line = canonical::write(&Value::Object(less)).unwrap();
            assert!(
                matches!(Entry::from_line(&line), Err(Error::Schema { .. })),
                "{name}"
            );
        }
        let mut more = members;
        more.insert("x".to_owned(), Value::from(1));
        let line = canonical::write(&Value::Object(more)).unwrap();
        assert!(matches!(Entry::from_line(&line), Err(Error::Schema { .. })));
    }

    #[test]
    fn a_line_has_65536_bytes_at_most() {
        let mut entry = entry();
        let spare = limits::LINE_BYTES_MAX - entry.to_line().unwrap().len() - r#""x":"""#.len();
        entry
            .body
            .insert("x".to_owned(), Value::from("x".repeat(spare)));
        let line = entry.to_line().unwrap();
        assert_eq!(line.len(), limits::LINE_BYTES_MAX);
        assert!(Entry::from_line(&line).is_ok());
        entry
            .body
            .insert("x".to_owned(), Value::from("x".repeat(spare + 1)));
        assert_eq!(
            entry.to_line(),
            Err(Error::TooLong {
                bytes: limits::LINE_BYTES_MAX + 1
            })
        );
    }

    #[test]
    fn actors_are_a_role_and_a_handle() {
        let actor: Actor = "seat:s-12".parse().unwrap();
        assert_eq!((actor.role(), actor.handle()), ("seat", "s-12"));
        for bad in [
            "", "seat", ":x", "seat:", "Seat:x", "seat:王", "seat:a:b", "seat:-a",
        ] {
            assert!(bad.parse::<Actor>().is_err(), "{bad}");
        }
    }

    #[test]
    fn free_types_are_lower_case_words() {
        let actor: Actor = "server:n1".parse().unwrap();
        assert!(Draft::free(actor.clone(), "dispatch.seat_offered", Map::new()).is_ok());
        for bad in ["", "Dispatch", "dispatch.", ".x", "a..b", "a b"] {
            assert!(
                Draft::free(actor.clone(), bad, Map::new()).is_err(),
                "{bad}"
            );
        }
        // A type of the table keeps its rules however it is written.
        assert!(matches!(
            Draft::free(actor, "media.gap", Map::new()),
            Err(Error::Schema { .. })
        ));
    }
}
