//! The bots' clips: ten seconds of picture and sound each, encoded, played in a loop. Made by `clips/make.sh`.

use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;

/// How a picture is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// H.264, constrained baseline, parameter sets in band.
    H264,
    /// VP8.
    Vp8,
}

/// A person's clip.
#[derive(Debug, Clone)]
pub struct Clip {
    /// The picture's codec.
    pub codec: Codec,
    /// Frames of the picture, in order.
    pub frames: Vec<Bytes>,
    /// Time between two of them.
    pub frame_time: Duration,
    /// Opus packets, 20 ms each.
    pub sound: Vec<Bytes>,
}

/// Time between two Opus packets.
pub const SOUND_TIME: Duration = Duration::from_millis(20);
const FRAME_TIME: Duration = Duration::from_nanos(66_666_667);

/// A still of the officer's clip, as a phone would photograph it.
pub const STILL: &[u8] = include_bytes!("clips/still.jpg");

impl Clip {
    /// The officer's: H.264.
    pub fn officer() -> anyhow::Result<Self> {
        let frames = access_units(include_bytes!("clips/officer.h264"));
        Self::new(Codec::H264, frames, include_bytes!("clips/officer.ogg"))
    }

    /// The seat's: VP8.
    pub fn seat() -> anyhow::Result<Self> {
        Self::new(
            Codec::Vp8,
            ivf_frames(include_bytes!("clips/seat.ivf"))?,
            include_bytes!("clips/seat.ogg"),
        )
    }

    /// The party's: VP8.
    pub fn party() -> anyhow::Result<Self> {
        Self::new(
            Codec::Vp8,
            ivf_frames(include_bytes!("clips/party.ivf"))?,
            include_bytes!("clips/party.ogg"),
        )
    }

    fn new(codec: Codec, frames: Vec<Bytes>, ogg: &'static [u8]) -> anyhow::Result<Self> {
        let sound = opus_packets(ogg)?;
        if frames.is_empty() || sound.is_empty() {
            bail!("a clip is empty");
        }
        Ok(Self {
            codec,
            frames,
            frame_time: FRAME_TIME,
            sound,
        })
    }
}

/// Frames of an IVF file: a header of 32 bytes, then a length and a time before each frame.
fn ivf_frames(ivf: &'static [u8]) -> anyhow::Result<Vec<Bytes>> {
    let mut rest = ivf
        .get(32..)
        .context("an IVF file has a header of 32 bytes")?;
    let mut frames = Vec::new();
    while let Some((header, behind)) = rest.split_first_chunk::<12>() {
        let length = u32::from_le_bytes([header[0], header[1], header[2], header[3]]) as usize;
        frames.push(Bytes::from_static(
            behind.get(..length).context("an IVF frame is cut off")?,
        ));
        rest = &behind[length..];
    }
    Ok(frames)
}

/// Access units of an H.264 byte stream (ITU-T H.264 annex B) with one slice a picture.
fn access_units(stream: &'static [u8]) -> Vec<Bytes> {
    // A start code is three bytes, with a zero more before it where an access unit or a parameter set begins.
    let codes = stream
        .windows(3)
        .enumerate()
        .filter(|(_, w)| *w == [0, 0, 1]);
    let starts: Vec<usize> = codes.map(|(at, _)| at).collect();
    let with_zero = |at: usize| at - usize::from(at > 0 && stream[at - 1] == 0);
    let mut units = Vec::new();
    let mut begin = 0;
    for (n, start) in starts.iter().enumerate() {
        let kind = stream.get(start + 3).map_or(0, |byte| byte & 0x1f);
        if kind == 1 || kind == 5 {
            let end = starts
                .get(n + 1)
                .map_or(stream.len(), |next| with_zero(*next));
            units.push(Bytes::from_static(&stream[begin..end]));
            begin = end;
        }
    }
    units
}

/// Packets of an Ogg file (RFC 3533) with one Opus packet a page (RFC 7845), without its two headers.
fn opus_packets(ogg: &'static [u8]) -> anyhow::Result<Vec<Bytes>> {
    let mut rest = ogg;
    let mut packets = Vec::new();
    while let Some(header) = rest.get(..27) {
        if !header.starts_with(b"OggS") {
            bail!("an Ogg page begins with OggS");
        }
        let segments = usize::from(header[26]);
        let lengths = rest
            .get(27..27 + segments)
            .context("an Ogg page is cut off")?;
        let mut at = 27 + segments;
        let mut begin = at;
        for length in lengths {
            at += usize::from(*length);
            if *length < 255 {
                packets.push(Bytes::from_static(
                    rest.get(begin..at).context("an Ogg page is cut off")?,
                ));
                begin = at;
            }
        }
        rest = &rest[at..];
    }
    packets.retain(|packet| !packet.starts_with(b"OpusHead") && !packet.starts_with(b"OpusTags"));
    Ok(packets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_are_ten_seconds_and_begin_with_a_keyframe() {
        for clip in [
            Clip::officer().unwrap(),
            Clip::seat().unwrap(),
            Clip::party().unwrap(),
        ] {
            assert_eq!(clip.frames.len(), 150);
            assert!(
                (495..=505).contains(&clip.sound.len()),
                "{}",
                clip.sound.len()
            );
            match clip.codec {
                // RFC 6386 §9.1: bit 0 of the first byte is 0 for a key frame.
                Codec::Vp8 => assert_eq!(clip.frames[0][0] & 1, 0),
                // A sequence parameter set comes first.
                Codec::H264 => assert_eq!(clip.frames[0][4] & 0x1f, 7),
            }
        }
    }
}
