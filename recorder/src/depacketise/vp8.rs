//! VP8 payloads (RFC 7741): the payload descriptor removed, the partitions joined.

use super::{Content, VideoParameters};
use crate::error::Malformed;
use crate::limits::FRAME_BYTES_MAX;

/// Collects one frame.
#[derive(Debug, Default)]
pub(super) struct Vp8 {
    data: Vec<u8>,
    discardable: bool,
}

/// The parts of a payload descriptor that storing needs (RFC 7741 §4.2).
struct Descriptor<'a> {
    non_reference: bool,
    first: bool,
    rest: &'a [u8],
}

impl Vp8 {
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Partition 0 begins here, so the frame does.
    pub(super) fn starts_frame(payload: &[u8]) -> bool {
        descriptor(payload).is_ok_and(|d| d.first && !d.rest.is_empty())
    }

    /// A keyframe begins here: the P bit of the frame tag is 0 (RFC 6386 §9.1).
    pub(super) fn starts_random_access(payload: &[u8]) -> bool {
        descriptor(payload).is_ok_and(|d| d.first && d.rest.first().is_some_and(|tag| tag & 1 == 0))
    }

    /// No other frame refers to this one (the N bit).
    pub(super) fn discardable(&self) -> bool {
        self.discardable
    }

    pub(super) fn push(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let descriptor = descriptor(payload)?;
        if self.data.is_empty() {
            if !descriptor.first {
                return Err(Malformed::Fragment);
            }
            self.discardable = descriptor.non_reference;
        } else if descriptor.first {
            return Err(Malformed::Fragment);
        }
        if self.data.len() + descriptor.rest.len() > FRAME_BYTES_MAX {
            return Err(Malformed::TooLarge);
        }
        self.data.extend_from_slice(descriptor.rest);
        Ok(())
    }

    pub(super) fn finish(&mut self) -> Result<Content, Malformed> {
        let frame = std::mem::take(self);
        let tag = *frame.data.first().ok_or(Malformed::Short)?;
        let random_access = tag & 1 == 0;
        let parameters = if random_access {
            Some(key_header(&frame.data)?)
        } else {
            None
        };
        Ok(Content {
            data: frame.data,
            random_access,
            discardable: frame.discardable && !random_access,
            parameters,
            duration: None,
        })
    }
}

/// Size of the picture from the header of a keyframe (RFC 6386 §9.1).
fn key_header(frame: &[u8]) -> Result<VideoParameters, Malformed> {
    let &[_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..] = frame else {
        return Err(Malformed::Field("a keyframe without its start code"));
    };
    // The two upper bits are a scaling hint for display.
    let size = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    let (width, height) = (size(w0, w1), size(h0, h1));
    if width == 0 || height == 0 {
        return Err(Malformed::Field("a picture without size"));
    }
    Ok(VideoParameters {
        width,
        height,
        extra: Vec::new(),
    })
}

fn descriptor(payload: &[u8]) -> Result<Descriptor<'_>, Malformed> {
    let (&head, mut rest) = payload.split_first().ok_or(Malformed::Short)?;
    if head & 0x80 != 0 {
        let (&extension, after) = rest.split_first().ok_or(Malformed::Short)?;
        rest = after;
        if extension & 0x80 != 0 {
            let long = rest.first().ok_or(Malformed::Short)? & 0x80 != 0;
            rest = rest
                .get(if long { 2 } else { 1 }..)
                .ok_or(Malformed::Short)?;
        }
        if extension & 0x40 != 0 {
            rest = rest.get(1..).ok_or(Malformed::Short)?;
        }
        if extension & 0x30 != 0 {
            rest = rest.get(1..).ok_or(Malformed::Short)?;
        }
    }
    Ok(Descriptor {
        non_reference: head & 0x20 != 0,
        first: head & 0x10 != 0 && head & 0x07 == 0,
        rest,
    })
}
