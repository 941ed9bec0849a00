//! H.264 payloads (RFC 6184): single NAL units, STAP-A and FU-A, into length-prefixed NAL units.

use h264_reader::nal::sps::SeqParameterSet;
use h264_reader::rbsp;

use super::{Content, VideoParameters};
use crate::error::Malformed;
use crate::limits::FRAME_BYTES_MAX;

const SLICE: u8 = 1;
const IDR: u8 = 5;
const SPS: u8 = 7;
const PPS: u8 = 8;
const DELIMITER: u8 = 9;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// What the container is told when a parameter set cannot be read: a hint, since decoders believe
/// the parameter sets themselves, and no reason not to record.
const SIZE_UNKNOWN: (u32, u32) = (640, 480);

/// Collects the NAL units of one access unit.
#[derive(Debug, Default)]
pub(super) struct H264 {
    data: Vec<u8>,
    /// Where the length of the NAL unit that is arriving in fragments stands.
    fragment: Option<usize>,
    sps: Vec<Vec<u8>>,
    pps: Vec<Vec<u8>>,
    idr: bool,
    /// `nal_ref_idc` of the slices: the same for all of one picture, or zero for all (H.264 §7.4.1).
    referenced: Option<bool>,
    /// A parameter set of each kind has been received since the stream began.
    known: bool,
}

impl H264 {
    pub(super) fn reset(&mut self) {
        *self = Self {
            known: self.known,
            ..Self::default()
        };
    }

    /// After a loss: could a whole access unit begin with this payload?
    pub(super) fn starts_frame(payload: &[u8]) -> bool {
        first_nal(payload).is_some_and(|nal| match nal_type(nal[0]) {
            SPS | DELIMITER => true,
            // `first_mb_in_slice` is 0, coded as a single 1 bit.
            SLICE => nal.get(1).is_some_and(|b| b & 0x80 != 0),
            _ => false,
        })
    }

    /// Is this how the access unit of a random access point begins, parameter sets first?
    pub(super) fn starts_random_access(payload: &[u8]) -> bool {
        let Some(nal) = first_nal(payload) else {
            return false;
        };
        match nal_type(nal[0]) {
            SPS => true,
            DELIMITER if nal_type(payload[0]) == STAP_A => {
                aggregated(payload).any(|part| part.is_ok_and(|nal| nal_type(nal[0]) == SPS))
            }
            // A delimiter alone in its packet precedes every access unit, this one perhaps.
            DELIMITER => true,
            _ => false,
        }
    }

    /// No other frame refers to this one, as far as it has been received.
    pub(super) fn discardable(&self) -> bool {
        self.referenced == Some(false)
    }

    pub(super) fn push(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let header = *payload.first().ok_or(Malformed::Short)?;
        if header & 0x80 != 0 {
            return Err(Malformed::Field("forbidden_zero_bit is set"));
        }
        match nal_type(header) {
            1..=23 => self.unit(payload),
            STAP_A => aggregated(payload).try_for_each(|part| self.unit(part?)),
            FU_A => self.fragment(payload),
            other => Err(Malformed::Unsupported(other)),
        }
    }

    pub(super) fn finish(&mut self) -> Result<Content, Malformed> {
        if self.fragment.is_some() || self.data.is_empty() {
            return Err(Malformed::Fragment);
        }
        if !self.sps.is_empty() && !self.pps.is_empty() {
            self.known = true;
        }
        let random_access = self.idr && self.known;
        let parameters = if random_access {
            self.parameters()
        } else {
            None
        };
        let content = Content {
            data: std::mem::take(&mut self.data),
            random_access,
            discardable: self.discardable(),
            parameters,
            duration: None,
        };
        self.reset();
        Ok(content)
    }

    fn unit(&mut self, nal: &[u8]) -> Result<(), Malformed> {
        if self.fragment.is_some() {
            return Err(Malformed::Fragment);
        }
        self.append(&(nal.len() as u32).to_be_bytes())?;
        self.append(nal)?;
        self.note(nal[0]);
        match nal_type(nal[0]) {
            SPS => self.sps.push(nal.to_vec()),
            PPS => self.pps.push(nal.to_vec()),
            _ => {}
        }
        Ok(())
    }

    fn fragment(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let &[indicator, header, ref rest @ ..] = payload else {
            return Err(Malformed::Short);
        };
        let (start, end) = (header & 0x80 != 0, header & 0x40 != 0);
        if start && end {
            return Err(Malformed::Field("a fragment that is both first and last"));
        }
        let nal_header = (indicator & 0x60) | nal_type(header);
        if start {
            if self.fragment.is_some() {
                return Err(Malformed::Fragment);
            }
            self.fragment = Some(self.data.len());
            self.append(&[0, 0, 0, 0, nal_header])?;
            self.note(nal_header);
        }
        let at = self.fragment.ok_or(Malformed::Fragment)?;
        self.append(rest)?;
        if end {
            let length = (self.data.len() - at - 4) as u32;
            self.data[at..at + 4].copy_from_slice(&length.to_be_bytes());
            let nal = self.data[at + 4..].to_vec();
            match nal_type(nal_header) {
                SPS => self.sps.push(nal),
                PPS => self.pps.push(nal),
                _ => {}
            }
            self.fragment = None;
        }
        Ok(())
    }

    fn note(&mut self, header: u8) {
        match nal_type(header) {
            SLICE..=4 => self.referenced = Some(header & 0x60 != 0),
            IDR => {
                self.idr = true;
                self.referenced = Some(true);
            }
            _ => {}
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        if self.data.len() + bytes.len() > FRAME_BYTES_MAX {
            return Err(Malformed::TooLarge);
        }
        self.data.extend_from_slice(bytes);
        Ok(())
    }

    fn parameters(&self) -> Option<VideoParameters> {
        let sps = self.sps.first()?;
        let [_, profile, constraints, level, ..] = sps[..] else {
            return None;
        };
        let parsed = rbsp::decode_nal(sps)
            .ok()
            .and_then(|bits| SeqParameterSet::from_bits(rbsp::BitReader::new(&*bits)).ok());
        let size = parsed.as_ref().and_then(|sps| sps.pixel_dimensions().ok());
        let (width, height) = size
            .filter(|&(w, h)| w > 0 && h > 0)
            .unwrap_or(SIZE_UNKNOWN);

        // AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1.2), four bytes of length before each unit.
        let mut extra = vec![
            1,
            profile,
            constraints,
            level,
            0xff,
            0xe0 | count(&self.sps, 31),
        ];
        write_sets(&mut extra, &self.sps, 31)?;
        extra.push(count(&self.pps, 255));
        write_sets(&mut extra, &self.pps, 255)?;
        if let Some(sps) = parsed.filter(|sps| sps.profile_idc.has_chroma_info()) {
            let chroma = &sps.chroma_info;
            extra.push(0xfc | u8::try_from(chroma.chroma_format.to_u32()).ok()?);
            extra.push(0xf8 | chroma.bit_depth_luma_minus8);
            extra.push(0xf8 | chroma.bit_depth_chroma_minus8);
            extra.push(0);
        }
        Some(VideoParameters {
            width,
            height,
            extra,
        })
    }
}

fn count(sets: &[Vec<u8>], max: u8) -> u8 {
    u8::try_from(sets.len()).unwrap_or(max).min(max)
}

fn write_sets(out: &mut Vec<u8>, sets: &[Vec<u8>], max: u8) -> Option<()> {
    for set in sets.iter().take(count(sets, max).into()) {
        out.extend_from_slice(&u16::try_from(set.len()).ok()?.to_be_bytes());
        out.extend_from_slice(set);
    }
    Some(())
}

const fn nal_type(header: u8) -> u8 {
    header & 0x1f
}

/// The first NAL unit of a payload, not empty; for a first fragment its payload with the header
/// restored is not needed: the header byte and the byte after it are what callers look at.
fn first_nal(payload: &[u8]) -> Option<std::borrow::Cow<'_, [u8]>> {
    use std::borrow::Cow;
    match nal_type(*payload.first()?) {
        1..=23 => Some(Cow::Borrowed(payload)),
        STAP_A => aggregated(payload).next()?.ok().map(Cow::Borrowed),
        FU_A => match *payload {
            [indicator, header, first, ..] if header & 0x80 != 0 => Some(Cow::Owned(vec![
                (indicator & 0x60) | nal_type(header),
                first,
            ])),
            _ => None,
        },
        _ => None,
    }
}

/// The units of a STAP-A (RFC 6184 §5.7.1), none of them empty.
fn aggregated(payload: &[u8]) -> impl Iterator<Item = Result<&[u8], Malformed>> {
    let mut rest = payload.get(1..).unwrap_or_default();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let part = take_unit(rest);
        rest = part.map_or(&[], |(_, after)| after);
        Some(part.map(|(nal, _)| nal))
    })
}

fn take_unit(bytes: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let (size, rest) = bytes.split_first_chunk::<2>().ok_or(Malformed::Short)?;
    let announced = usize::from(u16::from_be_bytes(*size));
    let (nal, after) = rest.split_at_checked(announced).ok_or(Malformed::Overrun {
        announced,
        left: rest.len(),
    })?;
    match nal.first().map(|&header| nal_type(header)) {
        None => Err(Malformed::Field("an empty unit in an aggregation")),
        Some(1..=23) => Ok((nal, after)),
        Some(other) => Err(Malformed::Unsupported(other)),
    }
}
