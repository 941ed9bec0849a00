//! Senders: streams of made-up frames, each carrying its own number, cut into RTP payloads.

use recorder::Codec;

/// One packet as sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) at_us: u64,
    pub(crate) seq: u64,
    pub(crate) rtp: u32,
    pub(crate) marker: bool,
    pub(crate) payload: Vec<u8>,
    /// Which frame it belongs to; `None` for padding.
    pub(crate) frame: Option<u32>,
}

/// One frame as sent.
#[derive(Debug, Clone)]
pub(crate) struct SentFrame {
    pub(crate) key: bool,
    pub(crate) rtp: u32,
}

/// What a sender does.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) codec: Codec,
    pub(crate) seq0: u64,
    pub(crate) rtp0: u32,
    pub(crate) start_us: u64,
    pub(crate) frames: u32,
    /// Time between frames.
    pub(crate) interval_us: u64,
    /// A keyframe every so many frames.
    pub(crate) key_every: u32,
    /// Packets of a frame, 1 to 8.
    pub(crate) packets: u32,
    /// After so many frames, time passes without any, at the sender: (frame, µs).
    pub(crate) pauses: Vec<(u32, u64)>,
    /// Every so many frames, a padding-only packet.
    pub(crate) padding_every: Option<u32>,
}

pub(crate) fn clock_hz(codec: Codec) -> u32 {
    match codec {
        Codec::H264 | Codec::Vp8 => 90_000,
        Codec::Opus => 48_000,
    }
}

/// Everything a sender sends.
pub(crate) fn send(plan: &Plan) -> (Vec<Sent>, Vec<SentFrame>) {
    let mut packets = Vec::new();
    let mut frames = Vec::new();
    let mut seq = plan.seq0;
    let mut at_us = plan.start_us;
    for number in 0..plan.frames {
        at_us += plan
            .pauses
            .iter()
            .filter(|(frame, _)| *frame == number)
            .map(|(_, us)| us)
            .sum::<u64>();
        let elapsed =
            u128::from(at_us - plan.start_us) * u128::from(clock_hz(plan.codec)) / 1_000_000;
        let rtp = plan.rtp0.wrapping_add(elapsed as u32);
        let key = plan.codec == Codec::Opus || number % plan.key_every == 0;
        frames.push(SentFrame { key, rtp });
        let payloads = payloads(plan.codec, number, key, plan.packets);
        let last = payloads.len() - 1;
        for (index, payload) in payloads.into_iter().enumerate() {
            let marker = index == last && plan.codec != Codec::Opus;
            packets.push(Sent {
                at_us: at_us + index as u64,
                seq,
                rtp,
                marker,
                payload,
                frame: Some(number),
            });
            seq += 1;
        }
        if plan
            .padding_every
            .is_some_and(|every| number % every == every - 1)
        {
            packets.push(Sent {
                at_us: at_us + 20,
                seq,
                rtp,
                marker: false,
                payload: Vec::new(),
                frame: None,
            });
            seq += 1;
        }
        at_us += plan.interval_us;
    }
    (packets, frames)
}

const SPS: &[u8] = &[0x67, 0x42, 0xc0, 0x1e, 0xda, 0x02, 0x80, 0xf6, 0x84];
const PPS: &[u8] = &[0x68, 0xce, 0x3c, 0x80];

/// The payloads of one frame.
fn payloads(codec: Codec, number: u32, key: bool, packets: u32) -> Vec<Vec<u8>> {
    let id = number.to_be_bytes();
    match codec {
        // CELT, 20 ms, one frame.
        Codec::Opus => vec![[&[0b1111_1000][..], &id].concat()],
        Codec::Vp8 => {
            let head: &[u8] = if key {
                &[0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 1, 240, 0]
            } else {
                &[0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            };
            let first = [&[0x10][..], head, &id].concat();
            let rest = (1..packets).map(|part| vec![0x00, part as u8, 7, 7]);
            std::iter::once(first).chain(rest).collect()
        }
        Codec::H264 => {
            let header = if key { 0x65 } else { 0x41 };
            // `first_mb_in_slice` 0: the bit after the header is 1. No byte of the rest may look
            // like a start code, so the number is written in halves.
            let nal = [&[0x88][..], &id.map(|b| b | 0x80), &id.map(|b| b | 0x7f)].concat();
            let mut out = Vec::new();
            if key {
                let part = |nal: &[u8]| [&(nal.len() as u16).to_be_bytes()[..], nal].concat();
                out.push([vec![0x78], part(SPS), part(PPS)].concat());
            }
            if packets < 2 {
                out.push([&[header][..], &nal].concat());
            } else {
                let fragment = |flags: u8, bytes: &[u8]| {
                    [
                        &[0x7c & (header | 0x1f), flags | (header & 0x1f)][..],
                        bytes,
                    ]
                    .concat()
                };
                out.push(fragment(0x80, &nal));
                out.extend((2..packets).map(|part| fragment(0, &[part as u8; 3])));
                out.push(fragment(0x40, &[9]));
            }
            out
        }
    }
}

/// Which frame the stored bytes are.
pub(crate) fn number(codec: Codec, data: &[u8]) -> u32 {
    let four = |at: usize| <[u8; 4]>::try_from(&data[at..at + 4]).unwrap();
    match codec {
        Codec::Opus => u32::from_be_bytes(four(1)),
        Codec::Vp8 => u32::from_be_bytes(four(10)),
        Codec::H264 => {
            // Skip the parameter sets.
            let mut at = 0;
            while !matches!(data[at + 4] & 0x1f, 1 | 5) {
                at += 4 + u32::from_be_bytes(four(at)) as usize;
            }
            let (low, high) = (four(at + 6), four(at + 10));
            let byte = |i: usize| (low[i] & 0x7f) | (high[i] & 0x80);
            u32::from_be_bytes([byte(0), byte(1), byte(2), byte(3)])
        }
    }
}
