//! FFmpeg's muxers behind one small type: frames in, the bytes of a segment out.
//!
//! Stream copy only: FFmpeg is given whole frames and never decodes them. All unsafe code of the
//! project is in this file.

#![expect(
    unsafe_code,
    reason = "libavformat calls and fields that ffmpeg-next does not wrap"
)]

use std::io::{self, Write};
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use ffmpeg_next as ffmpeg;
use ffmpeg_next::codec::{self, packet::Flags};
use ffmpeg_next::format::context::{Output, StreamIo};
use ffmpeg_next::packet::Mut as _;
use ffmpeg_next::{Dictionary, Rational, ffi, format, media};

use crate::depacketise::VideoParameters;
use crate::packet::Codec;
use crate::segment::Stored;

/// A container that is written a segment at a time: fragmented MP4, or WebM of unknown size.
///
/// The bytes of all segments, one after the other, are one playable file. There is no trailer:
/// the file is as good after any segment as after the last.
pub struct Muxer {
    output: Output,
    written: Written,
    is_mp4: bool,
    clock: Rational,
    stream: Rational,
    /// Time of the last frame in the RTP clock's ticks.
    last: i64,
}

/// FFmpeg refused something.
#[derive(Debug, thiserror::Error)]
#[error("{during}: {source}")]
pub struct MuxError {
    during: &'static str,
    source: ffmpeg::Error,
}

/// Whether this FFmpeg can write both containers; its version.
///
/// # Errors
/// What it refuses.
pub fn probe() -> Result<String, MuxError> {
    let picture = VideoParameters {
        width: 640,
        height: 480,
        extra: Vec::new(),
    };
    Muxer::new(Codec::Opus, 48_000, None)?;
    Muxer::new(Codec::Vp8, 90_000, Some(&picture))?;
    let version = format::version();
    Ok(format!(
        "libavformat {}.{}.{}",
        version >> 16,
        (version >> 8) & 0xff,
        version & 0xff
    ))
}

/// What FFmpeg has written since it was last taken.
#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Tags an error with what was being done.
fn during(during: &'static str) -> impl Fn(ffmpeg::Error) -> MuxError {
    move |source| MuxError { during, source }
}

fn ticks(frame: &Stored) -> i64 {
    i64::try_from(frame.ticks).unwrap_or(i64::MAX)
}

fn done(code: i32, what: &'static str) -> Result<(), MuxError> {
    if code < 0 {
        Err(during(what)(ffmpeg::Error::from(code)))
    } else {
        Ok(())
    }
}

impl Muxer {
    /// Begins a container; `parameters` are needed for a picture.
    pub fn new(
        codec: Codec,
        clock_hz: u32,
        parameters: Option<&VideoParameters>,
    ) -> Result<Self, MuxError> {
        let (container, options): (_, &[(&str, &str)]) = match codec {
            // `frag_custom`: a fragment ends when told so. `empty_moov`: the tables come first, not
            // last. `skip_trailer`: no index behind the last segment, outside of every digest.
            Codec::H264 | Codec::Opus => (
                "mp4",
                &[(
                    "movflags",
                    "+frag_custom+empty_moov+default_base_moof+skip_trailer",
                )],
            ),
            // Clusters end with their segment, or with the container's own limit of 32 s for one.
            Codec::Vp8 => (
                "webm",
                &[
                    ("cluster_time_limit", "30000"),
                    ("cluster_size_limit", "2000000000"),
                ],
            ),
        };
        // Errors come back as results; FFmpeg's own log would repeat them on the error output.
        ffmpeg::log::set_level(ffmpeg::log::Level::Quiet);
        let written = Written::default();
        let sink = StreamIo::from_write(written.clone()).map_err(during("open"))?;
        let mut output =
            format::output_to_stream(sink, None, Some(container)).map_err(during("open"))?;
        let clock = Rational(1, i32::try_from(clock_hz).unwrap_or(i32::MAX));
        {
            let mut stream = output
                .add_stream(None::<ffmpeg::Codec>)
                .map_err(during("add stream"))?;
            stream.set_parameters(
                codec_parameters(codec, parameters)
                    .ok_or_else(|| during("parameters")(ffmpeg::Error::InvalidData))?,
            );
            stream.set_time_base(clock);
        }
        let mut dictionary = Dictionary::new();
        // No version strings and no random identifiers: the same packets make the same bytes.
        dictionary.set("fflags", "+bitexact");
        for (key, value) in options {
            dictionary.set(key, value);
        }
        output
            .write_header_with(dictionary)
            .map_err(during("write header"))?;
        let stream = output
            .stream(0)
            .map(|stream| stream.time_base())
            .unwrap_or(clock);
        Ok(Self {
            output,
            written,
            is_mp4: container == "mp4",
            clock,
            stream,
            last: -1,
        })
    }

    /// Writes frames as one segment and returns its bytes; the first begins with the initialisation.
    pub fn segment(&mut self, frames: &[Stored]) -> Result<Vec<u8>, MuxError> {
        if let Some(first) = frames.first() {
            self.keep_time(ticks(first))?;
        }
        for frame in frames {
            let mut packet = ffmpeg::Packet::copy(&frame.data);
            let ticks = ticks(frame);
            self.last = ticks;
            packet.set_stream(0);
            packet.set_pts(Some(ticks));
            packet.set_dts(Some(ticks));
            packet.set_duration(frame.duration.into());
            if frame.random_access {
                packet.set_flags(Flags::KEY);
            }
            packet.rescale_ts(self.clock, self.stream);
            packet
                .write(&mut self.output)
                .map_err(during("write frame"))?;
        }
        self.cut()?;
        Ok(self.written.take())
    }

    /// Has an MP4 fragment begin exactly at `ticks`, the time of its first frame. By default FFmpeg
    /// moves that frame to the end of the one before, whose duration is only a guess, and so
    /// across any hole.
    ///
    /// The flag takes effect with the first packet after it, but that packet is first checked
    /// against the guess; so an empty one, which is discarded, goes before.
    fn keep_time(&mut self, ticks: i64) -> Result<(), MuxError> {
        if !self.is_mp4 || self.last + 1 >= ticks {
            return Ok(());
        }
        let mut empty = ffmpeg::Packet::empty();
        empty.set_stream(0);
        empty.set_dts(Some(ticks - 1));
        empty.set_pts(Some(ticks - 1));
        empty.rescale_ts(self.clock, self.stream);
        // SAFETY: `output` owns an initialised muxing context; `priv_data` is its muxer's own, with
        // options, which the MP4 muxer has. The strings are terminated and copied; the packet
        // lives through the call and has no data to refer to.
        let code = unsafe {
            let context = self.output.as_mut_ptr();
            let (flags, discontinuous) = (c"movflags".as_ptr(), c"+frag_discont".as_ptr());
            match ffi::av_opt_set((*context).priv_data, flags, discontinuous, 0) {
                0 => ffi::av_write_frame(context, empty.as_mut_ptr()),
                error => error,
            }
        };
        done(code, "keep time")
    }

    /// Ends the fragment or cluster and hands everything to the sink.
    fn cut(&mut self) -> Result<(), MuxError> {
        // SAFETY: `output` owns an initialised muxing context, its header written, and its `pb` is
        // the `StreamIo` it was made with. A null packet asks the muxer to flush.
        let code = unsafe {
            let context = self.output.as_mut_ptr();
            let code = ffi::av_write_frame(context, ptr::null_mut());
            ffi::avio_flush((*context).pb);
            code
        };
        done(code, "end fragment")
    }
}

/// What the container says about the stream. `None` if there is no memory or no picture parameters.
fn codec_parameters(codec: Codec, video: Option<&VideoParameters>) -> Option<codec::Parameters> {
    let mut parameters = codec::Parameters::new();
    let (medium, id, extra) = match codec {
        Codec::H264 => (media::Type::Video, codec::Id::H264, video?.extra.as_slice()),
        Codec::Vp8 => (media::Type::Video, codec::Id::VP8, &[][..]),
        Codec::Opus => (media::Type::Audio, codec::Id::OPUS, OPUS_HEAD),
    };
    parameters.set_medium(medium);
    parameters.set_id(id);
    // SAFETY: `parameters` owns an allocated `AVCodecParameters` nobody else refers to. The extra
    // data is allocated with the padding FFmpeg requires and handed over to it.
    unsafe {
        let raw = &mut *parameters.as_mut_ptr();
        match (codec, video) {
            (Codec::Opus, _) => {
                raw.sample_rate = 48_000;
                raw.frame_size = 960;
                ffi::av_channel_layout_default(&mut raw.ch_layout, 2);
            }
            (Codec::H264 | Codec::Vp8, Some(video)) => {
                raw.width = i32::try_from(video.width).ok()?;
                raw.height = i32::try_from(video.height).ok()?;
            }
            (Codec::H264 | Codec::Vp8, None) => return None,
        }
        if !extra.is_empty() {
            let copy = ffi::av_mallocz(extra.len() + ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize)
                .cast::<u8>();
            if copy.is_null() {
                return None;
            }
            ptr::copy_nonoverlapping(extra.as_ptr(), copy, extra.len());
            raw.extradata = copy;
            raw.extradata_size = i32::try_from(extra.len()).ok()?;
        }
    }
    Some(parameters)
}

/// Identification header of Opus (RFC 7845 §5.1): two channels, as in every session description
/// (RFC 7587 §7), nothing skipped at the beginning, so that file time is RTP time.
const OPUS_HEAD: &[u8] = &[
    b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', 1, 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0,
];
