//! Time limits, the typed form of `data/deadlines.csv`: each with its article, its way of counting and its holidays.
//!
//! The hour or day in which a limit begins is not counted (公安机关办理行政案件程序规定:35).

use ids::UtcMillis;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, end_of, from_shanghai, shanghai};
use crate::error::TableError;
use crate::procedure::Confidence;
use crate::statute::StatuteRef;

/// One time limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Deadline {
    /// Key, e.g. `file_traffic_simple`.
    pub key: String,
    /// How many units.
    pub amount: u16,
    /// Of what.
    pub unit: Unit,
    /// Event it runs from.
    pub from: String,
    /// Which way it is counted.
    pub direction: Direction,
    /// Which days count.
    pub counting: Counting,
    /// Procedures it applies to.
    pub applies_to: Vec<String>,
    /// Articles.
    pub basis: Vec<StatuteRef>,
    /// Remark.
    pub note: String,
    /// Where the row comes from.
    pub source: String,
    /// How sure.
    pub confidence: Confidence,
}

/// Unit of a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Working days.
    WorkingDay,
    /// Months.
    Month,
    /// Years.
    Year,
}

/// Which days count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// Plain hours and days.
    Calendar,
    /// Working days only.
    Working,
    /// Plain days; a last day off moves to the next working day.
    RollToWorkday,
}

/// Which way a limit is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the event on.
    After,
    /// Back from the event.
    Before,
}

/// When a limit ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The last moment in time.
    pub at: UtcMillis,
    /// How far the calendar behind it is known.
    pub calendar: CalendarKnown,
}

/// Whether the holidays on the way to a due day are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CalendarKnown {
    /// They are, or they do not matter.
    Published,
    /// Not all: Monday to Friday were taken for working days.
    Assumed,
}

impl Due {
    /// The due day in Shanghai.
    pub fn day(&self) -> Date {
        shanghai(self.at).date()
    }
}

impl Deadline {
    /// When the limit ends, counted from (or back from) an event.
    pub fn due(&self, event: UtcMillis, calendar: &Calendar) -> Due {
        let start = shanghai(event);
        if self.unit == Unit::Hour {
            let hours = match self.direction {
                // The hour in which it begins is not counted: 24 hours from 10:20 end at 11:00 on the next day.
                Direction::After => {
                    i64::from(self.amount)
                        + i64::from(
                            start.minute() != 0
                                || start.second() != 0
                                || start.subsec_nanosecond() != 0,
                        )
                }
                Direction::Before => -i64::from(self.amount),
            };
            let hour = start.date().at(start.hour(), 0, 0, 0);
            let at = hour
                .checked_add(hours.hours())
                .map_or(UtcMillis::from_millis(i64::MAX), from_shanghai);
            return Due {
                at,
                calendar: CalendarKnown::Published,
            };
        }
        let day = self.last_day(start.date(), calendar);
        let (first, last) = if day < start.date() {
            (day, start.date())
        } else {
            (start.date(), day)
        };
        let known = self.counting == Counting::Calendar
            || (first.year()..=last.year()).all(|y| calendar.knows(y));
        Due {
            at: end_of(day),
            calendar: if known {
                CalendarKnown::Published
            } else {
                CalendarKnown::Assumed
            },
        }
    }

    fn last_day(&self, start: Date, calendar: &Calendar) -> Date {
        let amount = i64::from(self.amount);
        let sign = match self.direction {
            Direction::After => 1,
            Direction::Before => -1,
        };
        let step = |day: Date| {
            if sign > 0 {
                day.tomorrow()
            } else {
                day.yesterday()
            }
            .unwrap_or(day)
        };
        let mut day = match (self.unit, self.counting) {
            (Unit::WorkingDay, _) | (Unit::Day, Counting::Working) => {
                let mut day = start;
                for _ in 0..amount {
                    day = step(day);
                    while !calendar.is_working(day) {
                        day = step(day);
                    }
                }
                day
            }
            (Unit::Hour | Unit::Day, _) => {
                start.checked_add((sign * amount).days()).unwrap_or(start)
            }
            (Unit::Month, _) => start.checked_add((sign * amount).months()).unwrap_or(start),
            (Unit::Year, _) => start.checked_add((sign * amount).years()).unwrap_or(start),
        };
        if self.counting == Counting::RollToWorkday {
            while !calendar.is_working(day) {
                day = step(day);
            }
        }
        day
    }
}

/// What is added to a fine that is not paid in time: 3 % of it for each day after the due day, at most the fine itself
/// (行政处罚法:72.1.1), in fen. The days during reconsideration or a suit do not count (行政处罚法:73.3): the caller leaves
/// them out by moving `due`.
pub fn late_fee_fen(fine_yuan: u32, due: &Due, paid: UtcMillis) -> u64 {
    let days = (shanghai(paid).date() - due.day()).get_days().max(0);
    let fine_fen = u64::from(fine_yuan) * 100;
    (u64::from(fine_yuan) * 3 * u64::from(days.unsigned_abs())).min(fine_fen)
}

/// Reads `deadlines.csv`. Fails with [`TableError::Csv`], [`TableError::Statute`] or [`TableError::Row`].
pub(crate) fn parse(text: &'static str) -> Result<Vec<Deadline>, TableError> {
    const FILE: &str = "deadlines.csv";
    let mut deadlines: Vec<Deadline> = Vec::new();
    for raw in csv::Reader::from_reader(text.as_bytes()).deserialize::<Raw>() {
        let raw = raw.map_err(|source| TableError::Csv { file: FILE, source })?;
        let bad = |what: &str| TableError::Row {
            file: FILE,
            row: raw.key.clone(),
            what: what.to_owned(),
        };
        if deadlines.iter().any(|d| d.key == raw.key) {
            return Err(bad("the key stands twice"));
        }
        if (raw.unit == Unit::WorkingDay) != (raw.calendar == Counting::Working) {
            return Err(bad("working days are counted as working days"));
        }
        let (direction, from) = match raw.from.strip_prefix("before:") {
            Some(from) => (Direction::Before, from),
            None => (Direction::After, raw.from.as_str()),
        };
        deadlines.push(Deadline {
            basis: StatuteRef::parse_list(&raw.basis)?,
            from: from.to_owned(),
            direction,
            applies_to: raw.applies_to.split(';').map(str::to_owned).collect(),
            key: raw.key,
            amount: raw.amount,
            unit: raw.unit,
            counting: raw.calendar,
            note: raw.note,
            source: raw.source,
            confidence: raw.confidence,
        });
    }
    Ok(deadlines)
}

#[derive(Deserialize)]
struct Raw {
    key: String,
    amount: u16,
    unit: Unit,
    from: String,
    calendar: Counting,
    applies_to: String,
    basis: String,
    note: String,
    source: String,
    confidence: Confidence,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tables::Tables;

    /// The last moment, in Shanghai, of the limit `key` from the Shanghai time `from`.
    fn due(key: &str, from: &str) -> String {
        let tables = Tables::embedded();
        let due = tables
            .deadline(key)
            .unwrap()
            .due(from_shanghai(from.parse().unwrap()), &tables.calendar);
        shanghai(due.at).strftime("%Y-%m-%d %H:%M").to_string()
    }

    #[test]
    fn filing_takes_two_working_days() {
        assert_eq!(
            due("file_traffic_simple", "2026-11-24T10:20"),
            "2026-11-26 23:59"
        );
        // Friday: Monday and Tuesday.
        assert_eq!(
            due("file_traffic_simple", "2026-11-27T23:59"),
            "2026-12-01 23:59"
        );
        // The day before the National Day holidays (1 to 7 October): the 8th and the 9th.
        assert_eq!(
            due("file_traffic_simple", "2026-09-30T09:00"),
            "2026-10-09 23:59"
        );
        // Friday before a Saturday that is worked to make up.
        assert_eq!(
            due("file_traffic_simple", "2026-10-09T09:00"),
            "2026-10-12 23:59"
        );
    }

    #[test]
    fn paying_takes_fifteen_days_and_rolls_past_days_off() {
        assert_eq!(due("pay", "2026-11-24T10:20"), "2026-12-09 23:59");
        // The fifteenth day is Saturday 12 December.
        assert_eq!(due("pay", "2026-11-27T10:20"), "2026-12-14 23:59");
        // The fifteenth day is 3 October, inside the holidays.
        assert_eq!(due("pay", "2026-09-18T10:20"), "2026-10-08 23:59");
        // The fifteenth day is Saturday 10 October, worked to make up: it is a working day.
        assert_eq!(due("pay", "2026-09-25T10:20"), "2026-10-10 23:59");
    }

    #[test]
    fn hours_months_years_and_counting_back() {
        assert_eq!(
            due("file_zhian_onspot", "2026-11-24T10:20"),
            "2026-11-25 11:00"
        );
        assert_eq!(
            due("file_zhian_onspot", "2026-11-24T10:00"),
            "2026-11-25 10:00"
        );
        assert_eq!(due("sue_direct", "2026-08-31T10:00"), "2027-03-01 23:59");
        assert_eq!(
            due("penalty_bar_general", "2024-02-29T10:00"),
            "2026-02-28 23:59"
        );
        // Seven working days back from Monday 12 October: 10 (worked), 9 and 8 October, then 30, 29 and 28 September,
        // and 24, for 25 to 27 September are the Mid-Autumn days off.
        assert_eq!(
            due("hearing_notice", "2026-10-12T10:00"),
            "2026-09-24 23:59"
        );
    }

    #[test]
    fn an_unpublished_year_is_said() {
        let tables = Tables::embedded();
        let pay = tables.deadline("pay").unwrap();
        let known = |from: &str| {
            pay.due(from_shanghai(from.parse().unwrap()), &tables.calendar)
                .calendar
        };
        assert_eq!(known("2026-12-01T10:00"), CalendarKnown::Published);
        assert_eq!(known("2026-12-20T10:00"), CalendarKnown::Assumed);
    }

    #[test]
    fn a_late_fine_grows_by_three_percent_a_day_up_to_itself() {
        let tables = Tables::embedded();
        let due = tables.deadline("pay").unwrap().due(
            from_shanghai("2026-11-24T10:20".parse().unwrap()),
            &tables.calendar,
        );
        let fee = |paid: &str| late_fee_fen(100, &due, from_shanghai(paid.parse().unwrap()));
        assert_eq!(fee("2026-12-09T23:59"), 0);
        assert_eq!(fee("2026-12-10T00:00"), 300);
        assert_eq!(fee("2027-01-11T08:00"), 9_900);
        assert_eq!(fee("2027-06-01T08:00"), 10_000);
    }

    proptest! {
        #[test]
        fn later_events_never_fall_due_earlier(a in 0i64..400, b in 0i64..400) {
            let tables = Tables::embedded();
            let at = |day: i64| UtcMillis::from_millis(1_767_200_000_000 + day * 86_400_000);
            let (first, second) = (at(a.min(b)), at(a.max(b)));
            for deadline in tables.deadlines() {
                let due = |t| deadline.due(t, &tables.calendar).at;
                prop_assert!(due(first) <= due(second), "{}", deadline.key);
                prop_assert_eq!(deadline.direction == Direction::After, due(first) > first || deadline.amount == 0);
            }
        }

        #[test]
        fn what_rolls_ends_on_a_working_day(day in 0i64..400) {
            let tables = Tables::embedded();
            let event = UtcMillis::from_millis(1_767_200_000_000 + day * 86_400_000);
            for deadline in tables.deadlines().filter(|d| d.counting != Counting::Calendar) {
                prop_assert!(tables.calendar.is_working(deadline.due(event, &tables.calendar).day()), "{}", deadline.key);
            }
        }
    }
}
