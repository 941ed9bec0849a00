//! Identifiers and clock readings that every other crate shares: newtypes without logic.
//!
//! Parsing happens at the edge of the system; a value of one of these types is well-formed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is not what the type promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not {expected}")]
pub struct ParseError {
    /// What was read, cut at 80 characters.
    pub found: String,
    /// The form that was expected.
    pub expected: &'static str,
}

impl ParseError {
    fn new(found: &str, expected: &'static str) -> Self {
        Self {
            found: found.chars().take(80).collect(),
            expected,
        }
    }
}

/// A session's random identifier: 16 bytes, written as 32 lower-case hex characters
/// (no time and no person in it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sid([u8; 16]);

impl Sid {
    /// Wraps 16 bytes from a cryptographic random number generator.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl FromStr for Sid {
    type Err = ParseError;

    fn from_str(s: &str) -> Result<Self, ParseError> {
        const EXPECTED: &str = "a session id (32 lower-case hex characters)";
        let digit = |c: u8| match c {
            b'0'..=b'9' => Some(c - b'0'),
            b'a'..=b'f' => Some(c - b'a' + 10),
            _ => None,
        };
        let bytes = s.as_bytes();
        if bytes.len() != 32 {
            return Err(ParseError::new(s, EXPECTED));
        }
        let mut out = [0; 16];
        for (o, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
            let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
                return Err(ParseError::new(s, EXPECTED));
            };
            *o = high << 4 | low;
        }
        Ok(Self(out))
    }
}

/// A name that may stand in a file path and as a member of a JSON object.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(s: &str) -> Result<Self, ParseError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(s) { Ok(Self(s.to_owned())) } else { Err(ParseError::new(s, $expected)) }
            }
        }
    };
}

fn is_identifier(s: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut chars = s.chars();
    s.len() <= 64
        && chars
            .next()
            .is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
        && chars.all(rest)
}

fn is_member_name(s: &str) -> bool {
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let mut chars = s.chars();
    s.len() <= 40 && chars.next().is_some_and(|c| c.is_ascii_lowercase()) && chars.all(rest)
}

text_id!(
    /// One track of one participant from start to end, one series of files: `[a-z][a-z0-9_]{0,39}`
    /// because it is a member name in the seal.
    TrackId, "a track id ([a-z][a-z0-9_]{0,39})", is_member_name
);
text_id!(
    /// A person's place in a session (never a name): `[A-Za-z0-9_][A-Za-z0-9_-]{0,63}`.
    ParticipantId, "a participant id ([A-Za-z0-9_][A-Za-z0-9_-]{0,63})", is_identifier
);
text_id!(
    /// A step of a procedure, e.g. `S06_NOTICE`.
    StepId, "a step id ([A-Za-z0-9_][A-Za-z0-9_-]{0,63})", is_identifier
);
text_id!(
    /// A document of a case.
    DocId, "a document id ([A-Za-z0-9_][A-Za-z0-9_-]{0,63})", is_identifier
);

/// Wall-clock time in milliseconds since 1970-01-01T00:00:00Z, written `YYYY-MM-DDThh:mm:ss.mmmZ`.
/// For evidence; never for timers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UtcMillis(i64);

impl UtcMillis {
    /// Milliseconds since the epoch, within the years 0000 to 9999 (outside it is clamped).
    pub fn from_millis(ms: i64) -> Self {
        Self(ms.clamp(-62_167_219_200_000, 253_402_300_799_999))
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).expect("from_millis clamps to jiff's range")
    }
}

impl fmt::Display for UtcMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

impl FromStr for UtcMillis {
    type Err = ParseError;

    fn from_str(s: &str) -> Result<Self, ParseError> {
        const EXPECTED: &str = "a time (YYYY-MM-DDThh:mm:ss.mmmZ)";
        let parsed = s
            .parse::<jiff::Timestamp>()
            .map_err(|_| ParseError::new(s, EXPECTED))?;
        let time = Self(parsed.as_millisecond());
        if time.to_string() == s {
            Ok(time)
        } else {
            Err(ParseError::new(s, EXPECTED))
        }
    }
}

macro_rules! serde_as_text {
    ($($name:ty),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

serde_as_text!(Sid, TrackId, ParticipantId, StepId, DocId, UtcMillis);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sid_is_32_lower_case_hex_characters() {
        let sid: Sid = "00ff00000000000000000000000000a3".parse().unwrap();
        assert_eq!(sid.to_string(), "00ff00000000000000000000000000a3");
        for bad in [
            "",
            "00",
            "00FF00000000000000000000000000a3",
            "00ff00000000000000000000000000ag",
        ] {
            assert!(bad.parse::<Sid>().is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_keep_out_of_paths() {
        for bad in ["", "../x", "a/b", ".hidden", "-x", "ä", &"x".repeat(65)] {
            assert!(bad.parse::<StepId>().is_err(), "{bad}");
        }
        assert!("S06_NOTICE".parse::<StepId>().is_ok());
        assert!("S06".parse::<TrackId>().is_err());
        assert!("v1".parse::<TrackId>().is_ok());
    }

    #[test]
    fn time_has_exactly_one_form() {
        let text = "2026-11-24T09:13:17.050Z";
        let time: UtcMillis = text.parse().unwrap();
        assert_eq!(time.to_string(), text);
        assert_eq!(time.as_millis(), 1_795_511_597_050);
        for bad in [
            "2026-11-24T09:13:17Z",
            "2026-11-24T09:13:17.05Z",
            "2026-11-24T09:13:17.050+00:00",
            "now",
        ] {
            assert!(bad.parse::<UtcMillis>().is_err(), "{bad}");
        }
    }
}
