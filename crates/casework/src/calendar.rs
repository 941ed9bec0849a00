//! Days off and days on, in Asia/Shanghai: a fixed +08:00, which the country has kept since 1991.

use std::collections::BTreeMap;

use ids::UtcMillis;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::Offset;
use serde::Deserialize;

use crate::error::TableError;

const SHANGHAI: Offset = Offset::constant(8);

/// The wall clock in Shanghai.
pub fn shanghai(at: UtcMillis) -> DateTime {
    let at = jiff::Timestamp::from_millisecond(at.as_millis())
        .expect("UtcMillis stays within years 0 to 9999");
    SHANGHAI.to_datetime(at)
}

/// The moment that Shanghai's wall clock shows that; beyond year 9999 the last moment there is.
pub fn from_shanghai(at: DateTime) -> UtcMillis {
    UtcMillis::from_millis(
        SHANGHAI
            .to_timestamp(at)
            .map_or(i64::MAX, jiff::Timestamp::as_millisecond),
    )
}

/// The first moment of a day.
pub(crate) fn start_of(day: Date) -> UtcMillis {
    from_shanghai(day.at(0, 0, 0, 0))
}

/// The last moment of a day: time limits that count days run to midnight.
pub(crate) fn end_of(day: Date) -> UtcMillis {
    from_shanghai(day.at(23, 59, 59, 999_000_000))
}

/// `2026年11月24日`.
pub(crate) fn day_zh(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// `2026年11月24日17时13分`.
pub(crate) fn minute_zh(at: UtcMillis) -> String {
    let at = shanghai(at);
    format!("{}{}时{:02}分", day_zh(at.date()), at.hour(), at.minute())
}

/// `17时13分05秒`.
pub(crate) fn second_zh(at: UtcMillis) -> String {
    let at = shanghai(at);
    format!("{}时{:02}分{:02}秒", at.hour(), at.minute(), at.second())
}

/// The holidays that the State Council has published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    years: Vec<i16>,
    days: BTreeMap<Date, Day>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Off,
    On,
}

#[derive(Deserialize)]
struct RawYear {
    year: i16,
    days: Vec<RawDay>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDay {
    date: Date,
    is_off_day: bool,
}

impl Calendar {
    /// Reads one file a year. Fails with [`TableError::Json`].
    pub fn parse(files: &[(&'static str, &'static str)]) -> Result<Self, TableError> {
        let mut calendar = Self {
            years: Vec::new(),
            days: BTreeMap::new(),
        };
        for (file, json) in files {
            let raw: RawYear =
                serde_json::from_str(json).map_err(|source| TableError::Json { file, source })?;
            calendar.years.push(raw.year);
            calendar.days.extend(
                raw.days
                    .iter()
                    .map(|d| (d.date, if d.is_off_day { Day::Off } else { Day::On })),
            );
        }
        Ok(calendar)
    }

    /// Whether people work on that day: as published, else Monday to Friday.
    pub fn is_working(&self, day: Date) -> bool {
        match self.days.get(&day) {
            Some(Day::Off) => false,
            Some(Day::On) => true,
            None => !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    /// Whether the holidays of that year are known.
    pub fn knows(&self, year: i16) -> bool {
        self.years.contains(&year)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::tables::Tables;

    #[test]
    fn holidays_and_make_up_days() {
        let calendar = &Tables::embedded().calendar;
        assert!(
            !calendar.is_working(date(2026, 10, 1)),
            "a holiday on a Thursday"
        );
        assert!(
            calendar.is_working(date(2026, 10, 10)),
            "a Saturday worked to make up"
        );
        assert!(!calendar.is_working(date(2026, 11, 22)), "a plain Sunday");
        assert!(calendar.is_working(date(2026, 11, 24)));
        assert!(calendar.knows(2026) && !calendar.knows(2027));
    }

    #[test]
    fn the_day_begins_at_midnight_in_shanghai() {
        let late: UtcMillis = "2026-11-24T16:00:00.000Z".parse().unwrap();
        assert_eq!(shanghai(late).date(), date(2026, 11, 25));
        assert_eq!(start_of(date(2026, 11, 25)), late);
        assert_eq!(end_of(date(2026, 11, 24)).as_millis(), late.as_millis() - 1);
        assert_eq!(minute_zh(late), "2026年11月25日0时00分");
    }
}
