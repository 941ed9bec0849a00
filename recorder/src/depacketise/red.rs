//! Redundant audio data (RFC 2198): earlier packets carried again inside a later one.

use std::sync::Arc;

use crate::error::Malformed;
use crate::packet::Packet;

/// The packets inside `packet`, newest first: its own, then those it repeats, each with the
/// sequence number it had when it was sent.
///
/// RFC 2198 has no sequence number for a repeated block. Senders repeat the packets directly
/// before, in order, so the block before the primary is one number back, and so on.
pub(crate) fn open(packet: &Packet) -> Result<Vec<Packet>, Malformed> {
    let mut rest = &*packet.payload;
    let mut headers = Vec::new();
    loop {
        let (&first, after) = rest.split_first().ok_or(Malformed::Short)?;
        if first & 0x80 == 0 {
            rest = after;
            break;
        }
        let &[a, b, c, ref after @ ..] = after else {
            return Err(Malformed::Short);
        };
        let offset = u32::from(a) << 6 | u32::from(b) >> 2;
        let length = usize::from(b & 3) << 8 | usize::from(c);
        headers.push((offset, length));
        rest = after;
    }
    let mut packets = Vec::with_capacity(headers.len() + 1);
    let blocks = headers.len() as u64;
    for (index, (offset, length)) in (0u64..).zip(headers) {
        let (block, after) = rest.split_at_checked(length).ok_or(Malformed::Overrun {
            announced: length,
            left: rest.len(),
        })?;
        rest = after;
        if let Some(seq) = packet
            .seq
            .checked_sub(blocks - index)
            .filter(|_| length > 0 && offset > 0)
        {
            packets.push(Packet {
                seq,
                rtp: packet.rtp.wrapping_sub(offset),
                marker: false,
                red: false,
                payload: Arc::from(block),
                ..packet.clone()
            });
        }
    }
    packets.push(Packet {
        red: false,
        payload: Arc::from(rest),
        ..packet.clone()
    });
    packets.reverse();
    Ok(packets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(payload: &[u8]) -> Packet {
        Packet {
            arrival_us: 7,
            seq: 100,
            rtp: 9_600,
            marker: false,
            red: true,
            payload: payload.into(),
            ssrc: 1,
            sender: None,
        }
    }

    #[test]
    fn blocks_get_the_numbers_of_the_packets_before() {
        // Two blocks, 1920 and 960 ticks back, of two and one bytes; then the primary.
        let header = |offset: u32, length: u8| {
            [0x80 | 111, (offset >> 6) as u8, (offset << 2) as u8, length]
        };
        let payload = [
            &header(1_920, 2)[..],
            &header(960, 1),
            &[111, 1, 2, 3, 4, 5],
        ]
        .concat();
        let opened = open(&packet(&payload)).unwrap();
        let seen: Vec<_> = opened.iter().map(|p| (p.seq, p.rtp, &*p.payload)).collect();
        assert_eq!(
            seen,
            [
                (100, 9_600, &[4, 5][..]),
                (99, 8_640, &[3]),
                (98, 7_680, &[1, 2])
            ]
        );
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        for bad in [&[][..], &[0x80], &[0x80, 0, 0], &[0x80, 0, 4, 9, 111, 1]] {
            assert!(open(&packet(bad)).is_err(), "{bad:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_opened_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
            if let Ok(packets) = open(&packet(&bytes)) {
                proptest::prop_assert!(packets.iter().map(|p| p.payload.len()).sum::<usize>() <= bytes.len());
            }
        }
    }
}
