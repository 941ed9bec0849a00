//! Recognising keyframes, and asking for them neither too often nor in vain.

use std::time::Instant;

use crate::Codec;
use crate::limits::{KEYFRAME_INTERVAL_MIN, KEYFRAME_REPEATS_MAX};

/// Whether a decoder can start at this packet. Looks at the payload's first bytes only.
pub(crate) fn starts_keyframe(codec: Codec, payload: &[u8]) -> bool {
    match codec {
        Codec::Opus => true,
        Codec::H264 => h264_starts_keyframe(payload),
        Codec::Vp8 => vp8_starts_keyframe(payload),
    }
}

/// RFC 6184 §5.2: an IDR slice, or the parameter sets that come before one.
fn h264_starts_keyframe(payload: &[u8]) -> bool {
    const IDR: u8 = 5;
    const SPS: u8 = 7;
    const STAP_A: u8 = 24;
    const FU_A: u8 = 28;
    let starts = |header: u8| matches!(header & 0x1f, IDR | SPS);
    let Some((&first, rest)) = payload.split_first() else {
        return false;
    };
    match first & 0x1f {
        STAP_A => {
            // §5.7.1: a 16-bit length before each unit.
            let mut units = rest;
            while let [high, low, unit @ ..] = units {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                if unit.first().is_some_and(|&header| starts(header)) {
                    return true;
                }
                let Some(next) = unit.get(length.max(1)..) else {
                    return false;
                };
                units = next;
            }
            false
        }
        // §5.8: the start bit, then the type of the fragmented unit.
        FU_A => rest
            .first()
            .is_some_and(|&header| header & 0x80 != 0 && starts(header)),
        _ => starts(first),
    }
}

/// RFC 7741 §4.2 and §4.3: start of partition 0, and the inverse key frame flag of the payload header.
fn vp8_starts_keyframe(payload: &[u8]) -> bool {
    let Some(&first) = payload.first() else {
        return false;
    };
    let starts_first_partition = first & 0x17 == 0x10;
    if !starts_first_partition {
        return false;
    }
    let mut at = 1;
    if first & 0x80 != 0 {
        let Some(&extension) = payload.get(at) else {
            return false;
        };
        at += 1;
        if extension & 0x80 != 0 {
            // A picture id of 7 or 15 bits.
            at += if payload.get(at).is_some_and(|id| id & 0x80 != 0) {
                2
            } else {
                1
            };
        }
        at += usize::from(extension & 0x40 != 0) + usize::from(extension & 0x30 != 0);
    }
    payload.get(at).is_some_and(|header| header & 0x01 == 0)
}

/// Merges everybody's wish for a keyframe of one source into few requests, and repeats them until one comes:
/// a request may be lost like any other packet.
#[derive(Debug, Default)]
pub(crate) struct KeyframeRequests {
    wanted: Option<Wanted>,
    asked: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
struct Wanted {
    asked: u32,
    at: Instant,
}

impl KeyframeRequests {
    /// Somebody needs a keyframe.
    pub(crate) fn want(&mut self, now: Instant) {
        let earliest = self
            .asked
            .map_or(now, |asked| now.max(asked + KEYFRAME_INTERVAL_MIN));
        let at = self
            .wanted
            .map_or(earliest, |wanted| wanted.at.min(earliest));
        self.wanted = Some(Wanted { asked: 0, at });
    }

    /// One came.
    pub(crate) fn came(&mut self) {
        self.wanted = None;
    }

    /// When [`KeyframeRequests::ask`] has something to do.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.wanted.map(|wanted| wanted.at)
    }

    /// Whether to send a request now.
    pub(crate) fn ask(&mut self, now: Instant) -> bool {
        let Some(wanted) = self.wanted.filter(|wanted| wanted.at <= now) else {
            return false;
        };
        self.asked = Some(now);
        self.wanted = (wanted.asked < KEYFRAME_REPEATS_MAX).then(|| Wanted {
            asked: wanted.asked + 1,
            at: now + KEYFRAME_INTERVAL_MIN,
        });
        true
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "an arbitrary origin of time")]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn h264_keyframes_are_told_from_other_pictures() {
        let cases: [(&[u8], bool); 9] = [
            (&[0x65, 0x88], true),                                // IDR slice
            (&[0x67, 0x42, 0xe0, 0x1f], true),                    // SPS
            (&[0x41, 0x9a], false),                               // other slice
            (&[0x68, 0xce], false),                               // PPS alone
            (&[0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce], true),  // STAP-A: SPS, PPS
            (&[0x78, 0, 2, 0x09, 0xf0, 0, 2, 0x65, 0x88], true),  // STAP-A: AUD, IDR
            (&[0x78, 0, 2, 0x09, 0xf0, 0, 2, 0x41, 0x9a], false), // STAP-A: AUD, other slice
            (&[0x7c, 0x85, 0x88], true),                          // FU-A, first of an IDR
            (&[0x7c, 0x05, 0x88], false),                         // FU-A, later of an IDR
        ];
        for (payload, expected) in cases {
            assert_eq!(
                starts_keyframe(Codec::H264, payload),
                expected,
                "{payload:x?}"
            );
        }
    }

    #[test]
    fn vp8_keyframes_are_told_from_other_pictures() {
        let cases: [(&[u8], bool); 6] = [
            (&[0x10, 0x00, 0x9d], true),
            (&[0x10, 0x01], false),
            (&[0x90, 0x80, 0x12, 0x50], true), // 7-bit picture id
            (&[0x90, 0xe0, 0x92, 0x34, 0x01, 0x20, 0x50], true), // 15-bit picture id, TL0PICIDX, TID
            (&[0x90, 0xe0, 0x92, 0x34, 0x01, 0x20, 0x51], false),
            (&[0x00, 0x00], false), // continuation
        ];
        for (payload, expected) in cases {
            assert_eq!(
                starts_keyframe(Codec::Vp8, payload),
                expected,
                "{payload:x?}"
            );
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(payload in prop::collection::vec(any::<u8>(), 0..80)) {
            starts_keyframe(Codec::H264, &payload);
            starts_keyframe(Codec::Vp8, &payload);
        }
    }

    #[test]
    fn many_wishes_become_one_request() {
        let start = Instant::now();
        let mut requests = KeyframeRequests::default();
        let mut sent = 0;
        for ms in 0..1000 {
            let now = start + Duration::from_millis(ms);
            requests.want(now);
            sent += u32::from(requests.ask(now));
        }
        assert_eq!(sent, 2);
        requests.came();
        assert_eq!(requests.due(), None);
        assert!(!requests.ask(start + Duration::from_secs(9)));
    }

    #[test]
    fn a_lost_request_is_repeated_but_not_for_ever() {
        let start = Instant::now();
        let mut requests = KeyframeRequests::default();
        requests.want(start);
        let mut sent = Vec::new();
        while let Some(at) = requests.due() {
            assert!(requests.ask(at));
            sent.push(at - start);
        }
        assert_eq!(sent.len() as u32, KEYFRAME_REPEATS_MAX + 1);
        assert!(
            sent.windows(2)
                .all(|two| two[1] - two[0] == KEYFRAME_INTERVAL_MIN)
        );
    }
}
