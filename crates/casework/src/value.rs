//! Values of fields, in the one JSON form that a log entry and its private part may hold.

use crate::calendar::shanghai;
use ids::UtcMillis;
use jiff::civil::Date;

use serde_json::{Value as Json, json};
use unicode_normalization::UnicodeNormalization;

use crate::error::ValueProblem;
use crate::limits::TEXT_CHARS_MAX;
use crate::procedure::{Field, FieldKind};

/// A value that stands in the log. Times and days stay text in their one canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, a choice, a time (`2026-11-24T09:13:17.050Z`), a day (`2026-11-24`), a number of a document.
    Text(String),
    /// An integer.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// A point on earth.
    Geo(Geo),
    /// A span of the recording.
    Span(Span),
}

/// A point, in units of 10⁻⁷ degree because the log holds integers only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Geo {
    /// Longitude, east positive.
    pub lon_e7: i64,
    /// Latitude, north positive.
    pub lat_e7: i64,
    /// Radius in metres that the device vouches for.
    pub accuracy_m: u64,
    /// `wgs84` or `gcj02` (Chinese maps are shifted).
    pub crs: String,
}

/// A span of the recording, in µs since `session.opened`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Begin.
    pub t0_us: u64,
    /// End.
    pub t1_us: u64,
}

impl Value {
    /// The JSON form.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Text(text) => json!(text),
            Self::Number(n) => json!(n),
            Self::Flag(yes) => json!(yes),
            Self::Geo(g) => {
                json!({"accuracy_m": g.accuracy_m, "crs": g.crs, "lat_e7": g.lat_e7, "lon_e7": g.lon_e7})
            }
            Self::Span(s) => json!({"t0_us": s.t0_us, "t1_us": s.t1_us}),
        }
    }

    /// Reads the JSON form back; none if it is not one.
    pub fn from_json(json: &Json) -> Option<Self> {
        if let Some(text) = json.as_str() {
            return Some(Self::Text(text.to_owned()));
        }
        if let Some(n) = json.as_u64() {
            return Some(Self::Number(n));
        }
        if let Some(yes) = json.as_bool() {
            return Some(Self::Flag(yes));
        }
        let object = json.as_object()?;
        let integer = |name: &str| object.get(name)?.as_i64();
        let unsigned = |name: &str| object.get(name)?.as_u64();
        if let (Some(t0_us), Some(t1_us)) = (unsigned("t0_us"), unsigned("t1_us")) {
            return Some(Self::Span(Span { t0_us, t1_us }));
        }
        Some(Self::Geo(Geo {
            lon_e7: integer("lon_e7")?,
            lat_e7: integer("lat_e7")?,
            accuracy_m: unsigned("accuracy_m")?,
            crs: object.get("crs")?.as_str()?.to_owned(),
        }))
    }

    /// Reads what a client sent for a field of that kind. Geo may come as a browser gives it: `{lon, lat, accuracy}`
    /// in degrees and metres.
    pub fn accept(field: &Field, json: &Json, now: UtcMillis) -> Result<Self, ValueProblem> {
        match field.kind {
            FieldKind::Text => text(json).map(Self::Text),
            FieldKind::Enum => json
                .as_str()
                .map(|s| Self::Text(s.to_owned()))
                .ok_or(ValueProblem::Kind { expected: "enum" }),
            FieldKind::IdNumber | FieldKind::Plate => {
                let number: String = text(json)?
                    .chars()
                    .filter(|c| !c.is_whitespace() && *c != '·')
                    .collect();
                if number.is_empty() {
                    Err(ValueProblem::Range)
                } else {
                    Ok(Self::Text(number.to_uppercase()))
                }
            }
            FieldKind::Bool => json
                .as_bool()
                .map(Self::Flag)
                .ok_or(ValueProblem::Kind { expected: "bool" }),
            FieldKind::Number => {
                let n = json
                    .as_u64()
                    .ok_or(ValueProblem::Kind { expected: "number" })?;
                let inside = n >= field.min.unwrap_or(0) && n <= field.max.unwrap_or(INTEGER_MAX);
                if inside {
                    Ok(Self::Number(n))
                } else {
                    Err(ValueProblem::Range)
                }
            }
            FieldKind::Time => time(json, now),
            FieldKind::Geo => geo(json).map(Self::Geo),
            FieldKind::Media => span(json).map(Self::Span),
            // Files are never typed in: an act brings them.
            FieldKind::Document => Err(ValueProblem::Kind {
                expected: "document",
            }),
            FieldKind::Signature => Err(ValueProblem::Kind {
                expected: "signature",
            }),
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Flag(_) | Self::Geo(_) | Self::Span(_) => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<u64> {
        match self {
            Self::Number(n) => Some(*n),
            Self::Text(_) | Self::Flag(_) | Self::Geo(_) | Self::Span(_) => None,
        }
    }

    /// The answer, if it is one.
    pub fn as_flag(&self) -> Option<bool> {
        match self {
            Self::Flag(yes) => Some(*yes),
            Self::Text(_) | Self::Number(_) | Self::Geo(_) | Self::Span(_) => None,
        }
    }

    /// The moment, if it is one.
    pub fn as_time(&self) -> Option<UtcMillis> {
        self.as_text()?.parse().ok()
    }

    /// The day, if it is one; of a moment the day it falls on in Asia/Shanghai.
    pub fn as_date(&self) -> Option<Date> {
        let moment = self.as_time().map(|time| shanghai(time).date());
        moment.or_else(|| self.as_text()?.parse().ok())
    }
}

/// The greatest integer that every JSON reader keeps exactly.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Text as the log may hold it: NFC, no control characters but LF and TAB, trimmed, neither empty nor too long.
pub(crate) fn clean_text(text: &str) -> Result<String, ValueProblem> {
    let text: String = text.trim().nfc().collect();
    if text
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\t')
    {
        return Err(ValueProblem::Kind { expected: "text" });
    }
    if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        Err(ValueProblem::Range)
    } else {
        Ok(text)
    }
}

fn text(json: &Json) -> Result<String, ValueProblem> {
    clean_text(
        json.as_str()
            .ok_or(ValueProblem::Kind { expected: "text" })?,
    )
}

fn time(json: &Json, now: UtcMillis) -> Result<Value, ValueProblem> {
    let kind = ValueProblem::Kind { expected: "time" };
    let text = json.as_str().ok_or_else(|| kind.clone())?;
    let at = match text.parse::<UtcMillis>() {
        Ok(at) => at,
        // A day is in the future only when all of it is.
        Err(_) => crate::calendar::start_of(text.parse::<Date>().map_err(|_| kind)?),
    };
    if at > now {
        Err(ValueProblem::Future)
    } else {
        Ok(Value::Text(text.to_owned()))
    }
}

fn geo(json: &Json) -> Result<Geo, ValueProblem> {
    let degrees = |name: &str, e7: &str, limit: f64| {
        let value = match json.get(e7).and_then(Json::as_i64) {
            Some(n) => n as f64,
            None => {
                json.get(name)
                    .and_then(Json::as_f64)
                    .ok_or(ValueProblem::Kind { expected: "geo" })?
                    * 1e7
            }
        };
        if value.abs() <= limit * 1e7 {
            Ok(value.round() as i64)
        } else {
            Err(ValueProblem::Range)
        }
    };
    let accuracy = json
        .get("accuracy_m")
        .or_else(|| json.get("accuracy"))
        .and_then(Json::as_f64)
        .unwrap_or(0.0);
    let crs = json.get("crs").and_then(Json::as_str).unwrap_or("wgs84");
    if !["wgs84", "gcj02"].contains(&crs) || !(0.0..1e7).contains(&accuracy) {
        return Err(ValueProblem::Range);
    }
    let lon_e7 = degrees("lon", "lon_e7", 180.0)?;
    Ok(Geo {
        lon_e7,
        lat_e7: degrees("lat", "lat_e7", 90.0)?,
        accuracy_m: accuracy.ceil() as u64,
        crs: crs.to_owned(),
    })
}

fn span(json: &Json) -> Result<Span, ValueProblem> {
    let edge = |name: &str| {
        json.get(name)
            .and_then(Json::as_u64)
            .ok_or(ValueProblem::Kind { expected: "media" })
    };
    let span = Span {
        t0_us: edge("t0_us")?,
        t1_us: edge("t1_us")?,
    };
    if span.t0_us <= span.t1_us && span.t1_us <= INTEGER_MAX {
        Ok(span)
    } else {
        Err(ValueProblem::Range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procedure::Choices;

    fn accept(kind: FieldKind, json: Json) -> Result<Value, ValueProblem> {
        let now = "2026-11-24T09:00:00.000Z".parse().unwrap();
        let field = Field {
            name: "x".into(),
            kind,
            required: true,
            choices: Choices::Any,
            min: None,
            max: Some(1000),
            note: None,
        };
        Value::accept(&field, &json, now)
    }

    #[test]
    fn every_value_survives_its_json_form() {
        for value in [
            Value::Text("林西".into()),
            Value::Number(7),
            Value::Flag(false),
            Value::Geo(Geo {
                lon_e7: 1_180_500_000,
                lat_e7: -436_000_000,
                accuracy_m: 8,
                crs: "wgs84".into(),
            }),
            Value::Span(Span { t0_us: 0, t1_us: 9 }),
        ] {
            assert_eq!(Value::from_json(&value.to_json()), Some(value));
        }
        assert_eq!(Value::from_json(&json!(-1)), None);
        assert_eq!(Value::from_json(&json!({"t0_us": 1})), None);
    }

    #[test]
    fn text_is_made_fit_for_the_log() {
        // e + combining acute becomes one character.
        assert_eq!(
            accept(FieldKind::Text, json!(" e\u{301} ")),
            Ok(Value::Text("é".into()))
        );
        assert_eq!(
            accept(FieldKind::Text, json!("  ")),
            Err(ValueProblem::Range)
        );
        assert_eq!(
            accept(FieldKind::Text, json!("a\u{0}b")),
            Err(ValueProblem::Kind { expected: "text" })
        );
        assert!(accept(FieldKind::Text, json!("字".repeat(TEXT_CHARS_MAX))).is_ok());
        assert_eq!(
            accept(FieldKind::Text, json!("字".repeat(TEXT_CHARS_MAX + 1))),
            Err(ValueProblem::Range)
        );
        assert_eq!(
            accept(FieldKind::Plate, json!("蒙d·12345 ")),
            Ok(Value::Text("蒙D12345".into()))
        );
    }

    #[test]
    fn times_are_canonical_and_past() {
        assert!(accept(FieldKind::Time, json!("2026-11-24T08:59:59.000Z")).is_ok());
        assert!(accept(FieldKind::Time, json!("1990-02-28")).is_ok());
        assert_eq!(
            accept(FieldKind::Time, json!("2026-11-24T09:00:00.001Z")),
            Err(ValueProblem::Future)
        );
        assert_eq!(
            accept(FieldKind::Time, json!("2026-02-30")),
            Err(ValueProblem::Kind { expected: "time" })
        );
    }

    #[test]
    fn degrees_become_integers() {
        let Ok(Value::Geo(geo)) = accept(
            FieldKind::Geo,
            json!({"lon": 118.0541234, "lat": 43.6, "accuracy": 7.2}),
        ) else {
            panic!()
        };
        assert_eq!(
            (geo.lon_e7, geo.lat_e7, geo.accuracy_m),
            (1_180_541_234, 436_000_000, 8)
        );
        assert_eq!(
            accept(FieldKind::Geo, json!({"lon": 181.0, "lat": 0})),
            Err(ValueProblem::Range)
        );
        assert_eq!(
            accept(FieldKind::Geo, json!({"lon": 1.0})),
            Err(ValueProblem::Kind { expected: "geo" })
        );
        assert_eq!(
            accept(FieldKind::Number, json!(1001)),
            Err(ValueProblem::Range)
        );
        assert_eq!(
            accept(FieldKind::Media, json!({"t0_us": 2, "t1_us": 1})),
            Err(ValueProblem::Range)
        );
    }
}
