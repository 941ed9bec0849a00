//! The catalogue of violations: which act breaks which article, what it may cost, and how it may be dealt with.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::TableError;
use crate::limits::SEARCH_ROWS_MAX;
use crate::penalty::Penalty;
use crate::procedure::Confidence;
use crate::statute::StatuteRef;

/// All violations.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    rows: Vec<Violation>,
    /// SHA-256 of the table, lower-case hex: a decision names the table it used.
    pub digest: String,
}

/// One row: a code, and where a code covers several acts a variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Code in the national table.
    pub code: String,
    /// Variant, where the code has several.
    pub variant: Option<String>,
    /// Code before 2022.
    pub old_code: Option<String>,
    /// What was done, in the words of the table.
    pub text: String,
    /// Who did it.
    pub offender: Offender,
    /// Articles broken.
    pub violates: Vec<StatuteRef>,
    /// Articles that the penalty rests on.
    pub basis: Vec<StatuteRef>,
    /// Least fine, yuan.
    pub fine_min: u32,
    /// Greatest fine, yuan.
    pub fine_max: u32,
    /// Usual fine (or the range of usual fines) seen in records: shown as 参考, never filled in.
    pub fine_usual: Option<(u32, u32)>,
    /// Licence points; none for people without a licence at stake.
    pub points: Option<u8>,
    /// Where the points are found.
    pub points_note: String,
    /// Whether the statute names a warning.
    pub warning: Warning,
    /// How it is dealt with.
    pub handling: Handling,
    /// Measure that may or must be taken, e.g. `vehicle_detention`.
    pub measure: Option<String>,
    /// Whether the fine may be taken in cash (道路交通安全法:108.2).
    pub cash: Cash,
    /// Whether it may be decided at the scene.
    pub on_spot: OnSpot,
    /// Remark for the legal officer.
    pub note: String,
    /// Where the row comes from.
    pub source: String,
    /// How sure.
    pub confidence: Confidence,
    /// SHA-256 of the row, lower-case hex: what a legal officer signs off.
    pub digest: String,
}

/// Who broke the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offender {
    /// Driver of a motor vehicle.
    MotorDriver,
    /// Rider or driver of a non-motor vehicle.
    NonMotor,
    /// Passenger.
    Passenger,
    /// Pedestrian.
    Pedestrian,
}

/// How a violation is dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// On the spot.
    Simple,
    /// A measure is a duty and comes first, then on the spot.
    MeasureFirst,
    /// By the general procedure: suspension, revocation or detention may be due.
    General,
}

/// Whether the statute names a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// It does.
    Allowed,
    /// It names a fine only.
    NotNamed,
}

/// Whether the fine may be taken in cash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cash {
    /// If the party does not object.
    Allowed,
    /// Never.
    Forbidden,
}

/// Whether it may be decided at the scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnSpot {
    /// It may.
    Allowed,
    /// It may not.
    Forbidden,
}

impl Violation {
    /// Whether the penalty lies in the statutory range, limits included.
    pub fn allows(&self, penalty: Penalty) -> bool {
        match penalty {
            Penalty::Warning => self.warning == Warning::Allowed,
            Penalty::Fine { yuan } => (self.fine_min..=self.fine_max).contains(&yuan),
        }
    }

    /// Points that follow from that penalty: none with a warning (道路交通安全违法行为记分管理办法:28).
    pub fn points_with(&self, penalty: Penalty) -> Option<u8> {
        match penalty {
            Penalty::Warning => self.points.map(|_| 0),
            Penalty::Fine { .. } => self.points,
        }
    }
}

impl Catalogue {
    /// Reads the table. Fails with [`TableError::Csv`], [`TableError::Statute`] or [`TableError::Row`].
    pub fn parse(text: &'static str) -> Result<Self, TableError> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let csv_error = |source| TableError::Csv { file: FILE, source };
        let headers = reader.headers().map_err(csv_error)?.clone();
        let mut rows: Vec<Violation> = Vec::new();
        for record in reader.records() {
            let record = record.map_err(csv_error)?;
            let digest = hex::encode(Sha256::digest(
                record.iter().collect::<Vec<_>>().join("\u{1f}"),
            ));
            let row = Violation::from_raw(
                record.deserialize(Some(&headers)).map_err(csv_error)?,
                digest,
            )?;
            if rows.iter().any(|r| {
                r.code == row.code
                    && (r.variant == row.variant || r.variant.is_none() || row.variant.is_none())
            }) {
                return Err(bad(&row.code, "code and variant stand twice".to_owned()));
            }
            rows.push(row);
        }
        Ok(Self {
            rows,
            digest: hex::encode(Sha256::digest(text)),
        })
    }

    /// All rows in file order.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.rows.iter()
    }

    /// The row of that code and variant.
    pub fn find(&self, code: &str, variant: Option<&str>) -> Option<&Violation> {
        self.rows
            .iter()
            .find(|r| r.code == code && r.variant.as_deref() == variant)
    }

    /// The variants of a code; empty if it has none.
    pub fn variants(&self, code: &str) -> Vec<&str> {
        self.rows
            .iter()
            .filter(|r| r.code == code)
            .filter_map(|r| r.variant.as_deref())
            .collect()
    }

    /// Rows whose code begins with the words or whose text holds every one of them, at most [`SEARCH_ROWS_MAX`].
    pub fn search(&self, words: &str) -> Vec<&Violation> {
        let words: Vec<&str> = words.split_whitespace().collect();
        let hit = |row: &Violation, word: &&str| {
            row.code.starts_with(*word)
                || row
                    .old_code
                    .as_deref()
                    .is_some_and(|c| c.starts_with(*word))
                || row.text.contains(*word)
        };
        self.rows
            .iter()
            .filter(|row| words.iter().all(|word| hit(row, word)))
            .take(SEARCH_ROWS_MAX)
            .collect()
    }
}

const FILE: &str = "violations_traffic.csv";

fn bad(row: &str, what: String) -> TableError {
    TableError::Row {
        file: FILE,
        row: row.to_owned(),
        what,
    }
}

#[derive(Deserialize)]
struct Raw {
    code: String,
    variant: Option<String>,
    old_code: Option<String>,
    text: String,
    actor: Offender,
    violates: String,
    basis: String,
    fine_min: u32,
    fine_max: u32,
    fine_usual: Option<u32>,
    fine_usual_max: Option<u32>,
    points: Option<u8>,
    points_note: String,
    warning_allowed: bool,
    procedure: Handling,
    measure: Option<String>,
    cash_allowed: bool,
    on_spot: bool,
    note: String,
    source: String,
    confidence: Confidence,
}

impl Violation {
    fn from_raw(raw: Raw, digest: String) -> Result<Self, TableError> {
        let fine_usual = raw
            .fine_usual
            .map(|low| (low, raw.fine_usual_max.unwrap_or(low)));
        let row = Self {
            violates: StatuteRef::parse_list(&raw.violates)?,
            basis: StatuteRef::parse_list(&raw.basis)?,
            code: raw.code,
            variant: raw.variant,
            old_code: raw.old_code,
            text: raw.text,
            offender: raw.actor,
            fine_min: raw.fine_min,
            fine_max: raw.fine_max,
            fine_usual,
            points: raw.points,
            points_note: raw.points_note,
            warning: if raw.warning_allowed {
                Warning::Allowed
            } else {
                Warning::NotNamed
            },
            handling: raw.procedure,
            measure: raw.measure,
            cash: if raw.cash_allowed {
                Cash::Allowed
            } else {
                Cash::Forbidden
            },
            on_spot: if raw.on_spot {
                OnSpot::Allowed
            } else {
                OnSpot::Forbidden
            },
            note: raw.note,
            source: raw.source,
            confidence: raw.confidence,
            digest,
        };
        let fine = row.fine_min..=row.fine_max;
        if fine.is_empty()
            || fine_usual.is_some_and(|(low, high)| !fine.contains(&low) || !fine.contains(&high))
        {
            return Err(bad(
                &row.code,
                "the fines contradict one another".to_owned(),
            ));
        }
        if row.violates.is_empty() || row.basis.is_empty() {
            return Err(bad(&row.code, "an article is missing".to_owned()));
        }
        if row.on_spot == OnSpot::Allowed && row.handling == Handling::General {
            return Err(bad(
                &row.code,
                "on the spot and general exclude each other".to_owned(),
            ));
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Tables;

    #[test]
    fn finds_by_code_variant_and_words() {
        let catalogue = &Tables::embedded().catalogue;
        assert_eq!(catalogue.find("1345", None).unwrap().points, Some(1));
        assert_eq!(catalogue.find("1039", None), None);
        assert_eq!(
            catalogue.variants("1039"),
            ["driver_absent", "refuses_to_leave"]
        );
        let texts: Vec<_> = catalogue
            .search("禁止 标线")
            .iter()
            .map(|r| r.code.as_str())
            .collect();
        assert_eq!(texts, ["1044", "1345"]);
        assert_eq!(catalogue.search("1302").len(), 2);
        assert!(catalogue.search("没有这样的行为").is_empty());
    }

    #[test]
    fn a_search_is_bounded() {
        let catalogue = &Tables::embedded().catalogue;
        let doubled = Catalogue {
            rows: catalogue
                .rows
                .iter()
                .chain(&catalogue.rows)
                .cloned()
                .collect(),
            digest: String::new(),
        };
        assert!(doubled.rows.len() > SEARCH_ROWS_MAX);
        assert_eq!(doubled.search("").len(), SEARCH_ROWS_MAX);
    }

    #[test]
    fn the_statutory_range_includes_its_limits() {
        let row = Tables::embedded().catalogue.find("1345", None).unwrap();
        for (yuan, allowed) in [(19, false), (20, true), (200, true), (201, false)] {
            assert_eq!(row.allows(Penalty::Fine { yuan }), allowed, "{yuan}");
        }
        assert!(row.allows(Penalty::Warning));
        // 道路交通安全法 93.2 names a fine only.
        assert!(
            !Tables::embedded()
                .catalogue
                .find("1039", Some("refuses_to_leave"))
                .unwrap()
                .allows(Penalty::Warning)
        );
    }

    #[test]
    fn a_warning_brings_no_points() {
        let row = Tables::embedded().catalogue.find("1345", None).unwrap();
        assert_eq!(row.points_with(Penalty::Warning), Some(0));
        assert_eq!(row.points_with(Penalty::Fine { yuan: 100 }), Some(1));
        assert_eq!(
            Tables::embedded()
                .catalogue
                .find("3001", None)
                .unwrap()
                .points_with(Penalty::Warning),
            None
        );
    }
}
