//! From packets in order to frames as a container stores them.
//!
//! A frame is passed on only when every packet of it was there; what a loss makes of the frames
//! after it is the segmenter's to judge.

mod h264;
mod opus;
pub(crate) mod red;
mod vp8;

use std::collections::VecDeque;

use crate::error::Malformed;
use crate::packet::{Codec, Packet, SenderReport};

/// What a container must be told about a picture before its first frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoParameters {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// `AVCDecoderConfigurationRecord` for H.264, empty for VP8.
    pub extra: Vec<u8>,
}

/// One whole frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// NAL units with four bytes of length before each; a VP8 frame; an Opus packet.
    pub data: Vec<u8>,
    /// Decoding can begin here.
    pub random_access: bool,
    /// No other frame refers to this one.
    pub discardable: bool,
    /// With random access points of a picture.
    pub parameters: Option<VideoParameters>,
    /// Ticks of the RTP clock, where the frame says so itself.
    pub duration: Option<u32>,
    /// RTP timestamp.
    pub rtp: u32,
    /// Sequence number of the first packet.
    pub seq_first: u64,
    /// Sequence number of the last packet.
    pub seq_last: u64,
    /// Earliest arrival among its packets, µs.
    pub oldest_us: u64,
    /// Latest arrival among its packets, µs.
    pub newest_us: u64,
    /// The newest sender report when its first packet arrived.
    pub sender: Option<SenderReport>,
}

/// What came out of the packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assembled {
    /// A whole frame.
    Frame(Frame),
    /// One or more frames, or parts of one, that others may refer to are missing from here on.
    Lost {
        /// Arrival of the packet that showed it, µs.
        at_us: u64,
    },
}

/// What a codec makes of one frame's payloads.
struct Content {
    data: Vec<u8>,
    random_access: bool,
    discardable: bool,
    parameters: Option<VideoParameters>,
    duration: Option<u32>,
}

#[derive(Debug)]
enum Payloads {
    H264(h264::H264),
    Vp8(vp8::Vp8),
    Opus(Option<Vec<u8>>),
}

impl Payloads {
    fn reset(&mut self) {
        match self {
            Self::H264(h264) => h264.reset(),
            Self::Vp8(vp8) => vp8.reset(),
            Self::Opus(packet) => *packet = None,
        }
    }

    fn push(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        match self {
            Self::H264(h264) => h264.push(payload),
            Self::Vp8(vp8) => vp8.push(payload),
            Self::Opus(packet) => {
                *packet = Some(payload.to_vec());
                Ok(())
            }
        }
    }

    fn finish(&mut self) -> Result<Content, Malformed> {
        match self {
            Self::H264(h264) => h264.finish(),
            Self::Vp8(vp8) => vp8.finish(),
            Self::Opus(packet) => opus::content(packet.take().ok_or(Malformed::Short)?),
        }
    }

    fn discardable(&self) -> bool {
        match self {
            Self::H264(h264) => h264.discardable(),
            Self::Vp8(vp8) => vp8.discardable(),
            Self::Opus(_) => true,
        }
    }
}

/// Could a whole frame begin with this payload? Asked where the packet before it is unknown.
fn starts_frame(codec: Codec, payload: &[u8]) -> bool {
    match codec {
        Codec::H264 => h264::H264::starts_frame(payload),
        Codec::Vp8 => vp8::Vp8::starts_frame(payload),
        Codec::Opus => !payload.is_empty(),
    }
}

/// Could a random access point begin with this payload?
pub(crate) fn starts_random_access(codec: Codec, payload: &[u8]) -> bool {
    match codec {
        Codec::H264 => h264::H264::starts_random_access(payload),
        Codec::Vp8 => vp8::Vp8::starts_random_access(payload),
        Codec::Opus => !payload.is_empty(),
    }
}

/// The frame whose packets are arriving.
#[derive(Debug)]
struct Open {
    rtp: u32,
    seq_first: u64,
    seq_last: u64,
    oldest_us: u64,
    newest_us: u64,
    sender: Option<SenderReport>,
    /// Everything so far is there and well-formed.
    whole: bool,
}

/// Joins packets, given in order of their sequence numbers, to frames.
#[derive(Debug)]
pub struct Assembler {
    codec: Codec,
    payloads: Payloads,
    open: Option<Open>,
    /// The packet before the next one is missing.
    after_hole: bool,
    out: VecDeque<Assembled>,
}

impl Assembler {
    /// Begins where a frame begins.
    pub fn new(codec: Codec) -> Self {
        let payloads = match codec {
            Codec::H264 => Payloads::H264(h264::H264::default()),
            Codec::Vp8 => Payloads::Vp8(vp8::Vp8::default()),
            Codec::Opus => Payloads::Opus(None),
        };
        Self {
            codec,
            payloads,
            open: None,
            after_hole: false,
            out: VecDeque::new(),
        }
    }

    /// The packet that follows all those given so far; padding-only ones change nothing.
    pub fn push(&mut self, packet: &Packet) {
        if packet.payload.is_empty() {
            return;
        }
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.rtp != packet.rtp)
        {
            // It ended without its marker, or lost its end in the hole.
            if self.after_hole {
                self.open = None;
            } else {
                self.finish();
            }
        }
        self.add(packet);
        if packet.marker || self.codec == Codec::Opus {
            self.finish();
        }
    }

    /// The packets between the last one and the next are given up.
    pub fn hole(&mut self) {
        self.after_hole = true;
    }

    /// The rest of the frame that is arriving is given up.
    pub fn abandon(&mut self) {
        if let Some(open) = &mut self.open
            && std::mem::replace(&mut open.whole, false)
        {
            self.out.push_back(Assembled::Lost {
                at_us: open.newest_us,
            });
        }
    }

    /// Earliest arrival among the packets of the frame that is arriving and may still become whole, µs.
    pub fn oldest_us(&self) -> Option<u64> {
        self.open
            .as_ref()
            .filter(|open| open.whole)
            .map(|open| open.oldest_us)
    }

    /// The next frame or loss, in order.
    pub fn poll(&mut self) -> Option<Assembled> {
        self.out.pop_front()
    }

    fn add(&mut self, packet: &Packet) {
        let after_hole = std::mem::take(&mut self.after_hole);
        let mut whole = true;
        if let Some(open) = &mut self.open {
            open.seq_last = packet.seq;
            open.oldest_us = open.oldest_us.min(packet.arrival_us);
            open.newest_us = open.newest_us.max(packet.arrival_us);
            if !open.whole {
                return;
            }
            if after_hole {
                // The hole lies inside this one frame: harmless if no other refers to it.
                open.whole = false;
                if !self.payloads.discardable() {
                    self.lost(packet.arrival_us);
                }
                return;
            }
        } else {
            self.payloads.reset();
            if after_hole {
                self.lost(packet.arrival_us);
                whole = starts_frame(self.codec, &packet.payload);
            }
            self.open = Some(Open {
                rtp: packet.rtp,
                seq_first: packet.seq,
                seq_last: packet.seq,
                oldest_us: packet.arrival_us,
                newest_us: packet.arrival_us,
                sender: packet.sender,
                whole,
            });
        }
        if whole && self.payloads.push(&packet.payload).is_err() {
            self.spoil(packet.arrival_us);
        }
    }

    fn finish(&mut self) {
        let Some(open) = self.open.take() else { return };
        if !open.whole {
            return;
        }
        match self.payloads.finish() {
            Ok(content) => self.out.push_back(Assembled::Frame(Frame {
                data: content.data,
                random_access: content.random_access,
                discardable: content.discardable,
                parameters: content.parameters,
                duration: content.duration,
                rtp: open.rtp,
                seq_first: open.seq_first,
                seq_last: open.seq_last,
                oldest_us: open.oldest_us,
                newest_us: open.newest_us,
                sender: open.sender,
            })),
            Err(_) => self.lost(open.newest_us),
        }
    }

    fn spoil(&mut self, at_us: u64) {
        if let Some(open) = &mut self.open {
            open.whole = false;
        }
        self.lost(at_us);
    }

    fn lost(&mut self, at_us: u64) {
        self.out.push_back(Assembled::Lost { at_us });
    }
}
