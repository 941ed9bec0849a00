//! When a sender's packets were captured, on our clock.
//!
//! Receivers play sound and picture in step by the sender reports we make for them, which tie RTP time to one
//! clock. Times of arrival would do so only as well as the network: a keyframe of many packets arrives later
//! than the sound of its moment. So the sender's own reports (RFC 3550 §6.4.1) are carried over: what it says
//! about its sound and its picture uses one clock, and one delay takes that clock to ours.

use std::time::{Duration, Instant, SystemTime};

use crate::SenderReport;

/// The sender's clock is taken to have been set anew when packets seem to be late by more than this.
const LATENESS_MAX: Duration = Duration::from_secs(2);

/// One sender's clock against ours: by the packet that came through fastest.
#[derive(Debug, Default)]
pub(crate) struct CaptureClock {
    fastest: Option<Fastest>,
}

#[derive(Debug, Clone, Copy)]
struct Fastest {
    arrival: Instant,
    captured_ns: i128,
}

impl CaptureClock {
    /// When a packet was captured, at the latest `arrival`; that is also the answer as long as the sender has
    /// not reported.
    pub(crate) fn captured(
        &mut self,
        report: Option<SenderReport>,
        time: u32,
        clock_hz: u32,
        arrival: Instant,
    ) -> Instant {
        let Some(report) = report.filter(|_| clock_hz > 0) else {
            return arrival;
        };
        // RTP time wraps round; a report is never half a turn away.
        let ticks = time.wrapping_sub(report.time).cast_signed();
        let captured_ns =
            unix_ns(report.ntp) + i128::from(ticks) * 1_000_000_000 / i128::from(clock_hz);
        let this = Fastest {
            arrival,
            captured_ns,
        };
        let lateness = self.fastest.map_or(0, |fastest| this.behind(fastest));
        match u64::try_from(lateness).map(Duration::from_nanos) {
            Ok(late) if late <= LATENESS_MAX && self.fastest.is_some() => {
                arrival.checked_sub(late).unwrap_or(arrival)
            }
            Ok(_) | Err(_) => {
                self.fastest = Some(this);
                arrival
            }
        }
    }
}

impl Fastest {
    /// By how many ns this packet took longer than another.
    fn behind(self, other: Self) -> i128 {
        let later = self
            .arrival
            .saturating_duration_since(other.arrival)
            .as_nanos();
        let earlier = other
            .arrival
            .saturating_duration_since(self.arrival)
            .as_nanos();
        let between = i128::try_from(later).unwrap_or(i128::MAX)
            - i128::try_from(earlier).unwrap_or(i128::MAX);
        between - (self.captured_ns - other.captured_ns)
    }
}

fn unix_ns(time: SystemTime) -> i128 {
    let ns = |duration: Duration| i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => ns(after),
        Err(before) => -ns(before.duration()),
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "an arbitrary origin of time")]
mod tests {
    use super::*;

    fn at(ntp_ms: u64, time: u32) -> Option<SenderReport> {
        Some(SenderReport {
            ntp: SystemTime::UNIX_EPOCH + Duration::from_millis(ntp_ms),
            time,
        })
    }

    #[test]
    fn sound_and_picture_of_one_moment_get_one_time_however_late_they_come() {
        let start = Instant::now();
        let ms = |n| start + Duration::from_millis(n);
        let mut clock = CaptureClock::default();
        // The sender's clock is at 5,000,000 ms when ours is at 0; sound takes 30 ms, picture 110 ms.
        let (sound, picture) = (at(5_000_000, 777), at(5_000_100, 4_000_000_000));
        let first = clock.captured(sound, 777, 48_000, ms(30));
        assert_eq!(first, ms(30));
        for n in 1..100u64 {
            let moment = n * 40;
            let sound_time = 777 + (moment * 48) as u32;
            let picture_time = 4_000_000_000u32
                .wrapping_add((moment * 90) as u32)
                .wrapping_sub(9_000);
            let heard = clock.captured(sound, sound_time, 48_000, ms(moment + 30));
            let seen = clock.captured(picture, picture_time, 90_000, ms(moment + 110));
            assert_eq!(heard, ms(moment + 30));
            assert_eq!(seen, heard);
        }
    }

    #[test]
    fn without_reports_arrival_is_all_there_is() {
        let now = Instant::now();
        assert_eq!(CaptureClock::default().captured(None, 5, 90_000, now), now);
    }

    #[test]
    fn a_clock_that_was_set_is_followed() {
        let start = Instant::now();
        let ms = |n| start + Duration::from_millis(n);
        let mut clock = CaptureClock::default();
        clock.captured(at(3_600_000, 0), 0, 1_000, ms(0));
        // Set back by an hour, then forward again.
        assert_eq!(clock.captured(at(0, 10), 10, 1_000, ms(10)), ms(10));
        assert_eq!(clock.captured(at(7_200_000, 20), 20, 1_000, ms(20)), ms(20));
        assert_eq!(clock.captured(at(7_200_000, 20), 30, 1_000, ms(40)), ms(30));
    }

    #[test]
    fn nonsense_is_survived() {
        let now = Instant::now();
        let mut clock = CaptureClock::default();
        let far = SystemTime::UNIX_EPOCH - Duration::from_secs(1 << 40);
        for (ntp, time, hz) in [
            (far, u32::MAX, 1),
            (SystemTime::UNIX_EPOCH, 0, u32::MAX),
            (far, 0, 0),
        ] {
            assert!(clock.captured(Some(SenderReport { ntp, time }), 0, hz, now) <= now);
        }
    }
}
