//! The JSON of evidence: a subset of RFC 8785 (JCS) of which every value has exactly one form.
//!
//! Member names are `[a-z][a-z0-9_]{0,39}`, numbers integers of at most 2⁵³ − 1, strings NFC without control
//! characters other than LF and TAB, depth at most 8, no member twice. [`read`] refuses everything else and names the
//! breach; [`write`](fn@write) is the only function of the product whose output is hashed as JSON.

use serde_json::{Map, Number, Value};
use unicode_normalization::is_nfc;

/// What a reader accepts at most.
pub mod limits {
    /// Bytes of a line with its LF.
    pub const LINE_BYTES_MAX: usize = 65_536;
    /// Nesting: the entry itself is 1.
    pub const DEPTH_MAX: usize = 8;
    /// The largest magnitude of a number: every JSON reader holds it exactly.
    pub const INTEGER_MAX: i64 = (1 << 53) - 1;
    /// Characters of a member's name.
    pub const NAME_CHARS_MAX: usize = 40;
}

/// How bytes fail to be the JSON of evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, or a breach that has no name of its own.
    #[error("invalid JSON at byte {at}: {what}")]
    Invalid {
        /// Offset of the breach.
        at: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// An object has a member twice.
    #[error("the member {name:?} stands twice")]
    DuplicateKey {
        /// The member.
        name: String,
    },
    /// A number is not an integer of at most 2⁵³ − 1.
    #[error("the number at byte {at} is not an integer within 2^53 - 1")]
    Number {
        /// Offset of the number.
        at: usize,
    },
    /// A string is not in Unicode normalisation form C.
    #[error("the string at byte {at} is not in normalisation form C")]
    Nfc {
        /// Offset of the string.
        at: usize,
    },
    /// The value is sound, but these are not its bytes.
    #[error("the bytes are not the canonical form of their value")]
    NonCanonical,
}

/// Parses canonical bytes (without LF).
///
/// # Errors
/// The first breach found; [`JsonError::NonCanonical`] only when there is no other.
pub fn read(bytes: &[u8]) -> Result<Value, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|e| JsonError::Invalid {
        at: e.valid_up_to(),
        what: "not UTF-8",
    })?;
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(1)?;
    reader.space();
    if reader.at != text.len() {
        return Err(reader.invalid("bytes after the value"));
    }
    let mut own = Vec::with_capacity(bytes.len());
    emit(&value, &mut own);
    if own == bytes {
        Ok(value)
    } else {
        Err(JsonError::NonCanonical)
    }
}

/// The canonical bytes of a value (without LF).
///
/// # Errors
/// When the value lies outside the subset; offsets count from the value's own place and are 0.
pub fn write(value: &Value) -> Result<Vec<u8>, JsonError> {
    check(value, 1)?;
    let mut out = Vec::with_capacity(256);
    emit(value, &mut out);
    Ok(out)
}

/// Whether `name` may be a member's name.
pub fn is_member_name(name: &str) -> bool {
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    name.len() <= limits::NAME_CHARS_MAX
        && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && name.bytes().all(rest)
}

fn is_forbidden(c: char) -> bool {
    (c < ' ' && c != '\n' && c != '\t') || c == '\u{7f}'
}

fn check(value: &Value, depth: usize) -> Result<(), JsonError> {
    let invalid = |what| Err(JsonError::Invalid { at: 0, what });
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(n) => match n.as_i64() {
            Some(n) if n.abs() <= limits::INTEGER_MAX => Ok(()),
            Some(_) | None => Err(JsonError::Number { at: 0 }),
        },
        Value::String(s) if s.contains(is_forbidden) => invalid("a control character"),
        Value::String(s) => {
            if is_nfc(s) {
                Ok(())
            } else {
                Err(JsonError::Nfc { at: 0 })
            }
        }
        Value::Array(_) | Value::Object(_) if depth > limits::DEPTH_MAX => {
            invalid("nested too deeply")
        }
        Value::Array(items) => items.iter().try_for_each(|v| check(v, depth + 1)),
        Value::Object(members) => members.iter().try_for_each(|(name, v)| {
            if is_member_name(name) {
                check(v, depth + 1)
            } else {
                invalid("a member's name")
            }
        }),
    }
}

/// Serialises a checked value. RFC 8785 sorts names by UTF-16 units, which for the subset's names is byte order.
fn emit(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(n) => out.extend_from_slice(n.to_string().as_bytes()),
        Value::String(s) => emit_string(s, out),
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                emit(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            out.push(b'{');
            for (i, (name, member)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                emit_string(name, out);
                out.push(b':');
                emit(member, out);
            }
            out.push(b'}');
        }
    }
}

fn emit_string(s: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for b in s.bytes() {
        match b {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => out.push(b),
        }
    }
    out.push(b'"');
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn invalid(&self, what: &'static str) -> JsonError {
        JsonError::Invalid { at: self.at, what }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Whitespace is JSON, so that it is reported as non-canonical and not as invalid.
    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.invalid("not a JSON value"))
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.space();
        match self.peek() {
            Some(b'{' | b'[') if depth > limits::DEPTH_MAX => {
                Err(self.invalid("nested too deeply"))
            }
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(_) | None => Err(self.invalid("not a JSON value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut members = Map::new();
        self.space();
        if self.eat(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.invalid("a member's name is missing"));
            }
            let name = self.string()?;
            if members.contains_key(&name) {
                return Err(JsonError::DuplicateKey { name });
            }
            if !is_member_name(&name) {
                return Err(self.invalid("a member's name is not [a-z][a-z0-9_]{0,39}"));
            }
            self.space();
            if !self.eat(b':') {
                return Err(self.invalid("a colon is missing"));
            }
            members.insert(name, self.value(depth + 1)?);
            self.space();
            if self.eat(b'}') {
                return Ok(Value::Object(members));
            }
            if !self.eat(b',') {
                return Err(self.invalid("an object is not closed"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.eat(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.eat(b']') {
                return Ok(Value::Array(items));
            }
            if !self.eat(b',') {
                return Err(self.invalid("an array is not closed"));
            }
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    /// RFC 8259 §6, then the subset: no fraction, no exponent, magnitude within 2⁵³ − 1.
    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        self.eat(b'-');
        let leading_zero = self.peek() == Some(b'0');
        match self.digits() {
            0 => return Err(self.invalid("a number without digits")),
            1 => {}
            _ if leading_zero => return Err(self.invalid("a number with a leading zero")),
            _ => {}
        }
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return Err(JsonError::Number { at: start });
        }
        match self.text[start..self.at].parse::<i64>() {
            Ok(n) if n.unsigned_abs() <= limits::INTEGER_MAX.unsigned_abs() => {
                Ok(Value::Number(Number::from(n)))
            }
            Ok(_) | Err(_) => Err(JsonError::Number { at: start }),
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let stop = rest
                .find(|c: char| c == '"' || c == '\\' || c < ' ')
                .ok_or_else(|| self.invalid("a string is not closed"))?;
            out.push_str(&rest[..stop]);
            self.at += stop;
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => out.push(self.escape()?),
                Some(_) | None => return Err(self.invalid("a raw control character")),
            }
        }
        self.at += 1;
        if out.contains(is_forbidden) {
            return Err(JsonError::Invalid {
                at: start,
                what: "a control character",
            });
        }
        if is_nfc(&out) {
            Ok(out)
        } else {
            Err(JsonError::Nfc { at: start })
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.at += 1;
        let c = match self.peek() {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            Some(_) | None => return Err(self.invalid("an unknown escape")),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let high = self.code_unit()?;
        if let Some(c) = char::from_u32(high) {
            return Ok(c);
        }
        if high < 0xdc00 && self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            self.at += 1;
            let low = self.code_unit()?;
            if (0xdc00..0xe000).contains(&low) {
                let c = char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                return c.ok_or_else(|| self.invalid("a lone surrogate"));
            }
        }
        Err(self.invalid("a lone surrogate"))
    }

    /// Reads `uXXXX`, standing on the `u`.
    fn code_unit(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5);
        let digits = digits.ok_or_else(|| self.invalid("an escape is cut short"))?;
        let mut unit = 0;
        for &d in digits {
            let d = char::from(d)
                .to_digit(16)
                .ok_or_else(|| self.invalid("an escape without hex digits"))?;
            unit = unit << 4 | d;
        }
        self.at += 5;
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_breach_has_its_name() {
        let number = |at| JsonError::Number { at };
        let cases: &[(&str, JsonError)] = &[
            (
                r#"{"a":1,"a":2}"#,
                JsonError::DuplicateKey {
                    name: "a".to_owned(),
                },
            ),
            (
                r#"{"a":1,"\u0061":2}"#,
                JsonError::DuplicateKey {
                    name: "a".to_owned(),
                },
            ),
            (r#"{"a":1.0}"#, number(5)),
            (r#"{"a":1e3}"#, number(5)),
            (r#"{"a":9007199254740992}"#, number(5)),
            (r#"{"a":123456789012345678901234567890}"#, number(5)),
            ("{\"a\":\"e\u{301}\"}", JsonError::Nfc { at: 5 }),
            (r#"{"a":-0}"#, JsonError::NonCanonical),
            (r#"{"a": 1}"#, JsonError::NonCanonical),
            (r#"{"b":1,"a":2}"#, JsonError::NonCanonical),
            (r#"{"a":"\/"}"#, JsonError::NonCanonical),
            (r#"{"a":"\u00e9"}"#, JsonError::NonCanonical),
            ("{\"a\":1}\n", JsonError::NonCanonical),
        ];
        for (text, breach) in cases {
            assert_eq!(read(text.as_bytes()).as_ref(), Err(breach), "{text}");
        }
    }

    #[test]
    fn everything_else_is_invalid() {
        let deep = "[".repeat(9) + &"]".repeat(9);
        let long_name = format!(r#"{{"{}":1}}"#, "a".repeat(41));
        let cases: &[&[u8]] = &[
            b"",
            b"{",
            b"{\"a\"}",
            b"[1,]",
            b"{\"a\":1,}",
            b"01",
            b"-",
            b"nul",
            b"{}{}",
            b"\"",
            b"\"\\",
            b"\"\\u12",
            b"{\"A\":1}",
            b"{\"\":1}",
            b"{\"1a\":1}",
            b"{\"a b\":1}",
            long_name.as_bytes(),
            deep.as_bytes(),
            b"\"\x01\"",
            b"\"\\u0001\"",
            b"\"\\r\"",
            b"\"\x7f\"",
            b"\"\\ud800\"",
            b"\"\\udc00\"",
            b"\"\\ud800\\u0041\"",
            b"\"\xff\"",
        ];
        for &bytes in cases {
            assert!(
                matches!(read(bytes), Err(JsonError::Invalid { .. })),
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
        assert!(read(("[".repeat(8) + &"]".repeat(8)).as_bytes()).is_ok());
    }

    #[test]
    fn a_surrogate_pair_is_one_character() {
        assert_eq!(read(br#""\ud83d\ude00""#), Err(JsonError::NonCanonical));
        assert_eq!(read("\"😀\"".as_bytes()), Ok(json!("😀")));
    }

    #[test]
    fn write_refuses_what_read_would_refuse() {
        for bad in [
            json!(1.5),
            json!(1_u64 << 53),
            json!("e\u{301}"),
            json!("\u{1}"),
            json!({"A": 1}),
            json!([[[[[[[[[]]]]]]]]]),
        ] {
            assert!(write(&bad).is_err(), "{bad}");
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-limits::INTEGER_MAX..=limits::INTEGER_MAX).prop_map(Value::from),
            "[ -~\n\t\u{a0}-\u{2ff}云席😀]{0,12}"
                .prop_filter("NFC", |s| is_nfc(s) && !s.contains('\u{7f}'))
                .prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map("[a-z][a-z0-9_]{0,6}", inner, 0..6)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn written_values_are_rfc_8785_and_read_back(value in any_value()) {
            let bytes = write(&value).unwrap();
            prop_assert_eq!(&bytes, &serde_json_canonicalizer::to_vec(&value).unwrap());
            prop_assert_eq!(read(&bytes).unwrap(), value);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = read(&bytes) {
                prop_assert_eq!(write(&value).unwrap(), bytes);
            }
        }

        #[test]
        fn any_json_like_text_is_read_or_refused(text in r#"[\[\]{}",:\\a-c0-2eu.\- \n]{0,24}"#) {
            if let Ok(value) = read(text.as_bytes()) {
                prop_assert_eq!(write(&value).unwrap(), text.into_bytes());
            }
        }
    }
}
