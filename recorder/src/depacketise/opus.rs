//! Opus payloads (RFC 7587): one packet is one frame; only its length in time is read.

use super::Content;
use crate::error::Malformed;

/// 2.5 ms on the 48 kHz clock that the RTP clock of Opus always is (RFC 7587 §4.1).
const UNIT_TICKS: u32 = 120;

pub(super) fn content(packet: Vec<u8>) -> Result<Content, Malformed> {
    let duration = Some(duration(&packet)?);
    Ok(Content {
        data: packet,
        random_access: true,
        discardable: true,
        parameters: None,
        duration,
    })
}

/// Length of a packet in 48 kHz ticks from its first bytes (RFC 6716 §3.1).
fn duration(payload: &[u8]) -> Result<u32, Malformed> {
    let toc = *payload.first().ok_or(Malformed::Short)?;
    // One frame of this configuration, in units of 2.5 ms.
    let frame: u32 = match toc >> 3 {
        config @ 0..=11 => [4, 8, 16, 24][usize::from(config % 4)],
        config @ 12..=15 => [4, 8][usize::from(config % 2)],
        config @ 16.. => [1, 2, 4, 8][usize::from(config % 4)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(payload.get(1).ok_or(Malformed::Short)? & 0x3f),
    };
    // At least one frame, at most 120 ms (RFC 6716 §3.2.5).
    if frames == 0 || frame * frames > 48 {
        return Err(Malformed::Field(
            "an Opus packet of no length or above 120 ms",
        ));
    }
    Ok(frame * frames * UNIT_TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_comes_from_the_first_bytes() {
        assert_eq!(duration(&[0b0111_1000]), Ok(960), "hybrid 20 ms");
        assert_eq!(duration(&[0b1111_1000]), Ok(960), "CELT 20 ms");
        assert_eq!(duration(&[0b1000_0000]), Ok(120), "CELT 2.5 ms");
        assert_eq!(duration(&[0b0001_1001]), Ok(5_760), "SILK 60 ms twice");
        assert_eq!(duration(&[0b1111_1011, 6]), Ok(5_760));
        assert!(duration(&[0b1111_1011, 7]).is_err());
        assert!(duration(&[0b1111_1011, 0]).is_err());
        assert!(duration(&[0b1111_1011]).is_err());
        assert!(duration(&[]).is_err());
    }
}
