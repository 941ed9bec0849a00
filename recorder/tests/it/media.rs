//! Real streams, encoded by the `ffmpeg` program: what is recorded plays and is what was sent.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;
use recorder::disk::FileSystem;
use recorder::{Codec, Packet};
use rtc_rtp::codec::h264::H264Payloader;
use rtc_rtp::codec::vp8::Vp8Payloader;
use rtc_rtp::packetizer::Payloader;

use crate::source::clock_hz;
use crate::studio::Studio;

/// Runs a program of FFmpeg's in `dir` and returns what it prints. Anything on its error output
/// (`-v error`) is a failure: a damaged file must not pass.
fn run(dir: &Path, program: &str, arguments: &str) -> String {
    let output = Command::new(program)
        .args(["-hide_banner", "-v", "error"])
        .args(arguments.split_whitespace())
        .current_dir(dir)
        .output()
        .expect("the ffmpeg programs are installed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && errors.is_empty(),
        "{program} {arguments}: {errors}"
    );
    String::from_utf8(output.stdout).unwrap()
}

fn encode(dir: &Path, arguments: &str) {
    run(dir, "ffmpeg", &format!("-y -threads 1 {arguments}"));
}

/// An encoded frame and its time in RTP ticks.
struct Encoded {
    data: Vec<u8>,
    ticks: u32,
}

/// When frame `n` is taken: cameras are not as regular as encoders think.
fn taken(n: u32, frame_ticks: u32) -> u32 {
    n * frame_ticks + n * 7_919 % (frame_ticks / 3)
}

/// Access units of an Annex B file with one slice or more per picture.
fn h264(file: &[u8], frame_ticks: u32) -> Vec<Encoded> {
    let mut starts: Vec<usize> = (0..file.len() - 3)
        .filter(|&at| file[at..at + 3] == [0, 0, 1])
        .map(|at| at + 3)
        .collect();
    starts.push(file.len() + 3);
    let mut units: Vec<Encoded> = Vec::new();
    let mut has_picture = true;
    for pair in starts.windows(2) {
        let unit = file[pair[0]..pair[1] - 3]
            .strip_suffix(&[0])
            .unwrap_or(&file[pair[0]..pair[1] - 3]);
        let is_slice = matches!(unit[0] & 0x1f, 1 | 5);
        let begins = if is_slice { unit[1] & 0x80 != 0 } else { true };
        if has_picture && begins {
            units.push(Encoded {
                data: Vec::new(),
                ticks: taken(units.len() as u32, frame_ticks),
            });
            has_picture = false;
        }
        has_picture |= is_slice;
        let data = &mut units.last_mut().unwrap().data;
        data.extend_from_slice(&[0, 0, 0, 1]);
        data.extend_from_slice(unit);
    }
    units
}

/// Frames of an IVF file.
fn ivf(file: &[u8], frame_ticks: u32) -> Vec<Encoded> {
    let mut rest = &file[32..];
    let mut frames = Vec::new();
    while let Some((header, after)) = rest.split_first_chunk::<12>() {
        let size = u32::from_le_bytes(header[..4].try_into().unwrap()) as usize;
        let number = u32::from_le_bytes(header[4..8].try_into().unwrap());
        frames.push(Encoded {
            data: after[..size].to_vec(),
            ticks: taken(number, frame_ticks),
        });
        rest = &after[size..];
    }
    frames
}

/// Packets of an Ogg file (RFC 3533), but for the two headers.
fn ogg(file: &[u8], packet_ticks: u32) -> Vec<Encoded> {
    let mut rest = file;
    let (mut packets, mut packet) = (Vec::new(), Vec::new());
    while let Some(head) = rest.get(..27) {
        let table = &rest[27..27 + usize::from(head[26])];
        rest = &rest[27 + table.len()..];
        for &lace in table {
            packet.extend_from_slice(&rest[..lace.into()]);
            rest = &rest[lace.into()..];
            if lace < 255 {
                packets.push(std::mem::take(&mut packet));
            }
        }
    }
    let payload = packets.into_iter().skip(2).enumerate();
    payload
        .map(|(n, data)| Encoded {
            data,
            ticks: n as u32 * packet_ticks,
        })
        .collect()
}

/// Cuts frames to packets that arrive as they were made, from one second on.
fn send(codec: Codec, frames: &[Encoded]) -> Vec<Packet> {
    let (mut h264, mut vp8) = (H264Payloader::default(), Vp8Payloader::default());
    vp8.enable_picture_id = true;
    let mut packets = Vec::new();
    for frame in frames {
        let data = Bytes::from(frame.data.clone());
        let payloads = match codec {
            Codec::H264 => h264.payload(1_100, &data).unwrap(),
            Codec::Vp8 => vp8.payload(1_100, &data).unwrap(),
            Codec::Opus => vec![data],
        };
        let count = payloads.len();
        for (index, payload) in payloads.into_iter().enumerate() {
            packets.push(Packet {
                arrival_us: 1_000_000
                    + u64::from(frame.ticks) * 1_000_000 / u64::from(clock_hz(codec))
                    + index as u64 * 50,
                seq: 65_000 + packets.len() as u64,
                rtp: 0xffff_0000u32.wrapping_add(frame.ticks),
                marker: codec != Codec::Opus && index + 1 == count,
                red: false,
                payload: payload.as_ref().into(),
                ssrc: 4,
                sender: None,
            });
        }
    }
    packets
}

/// Records one take and writes its files as one to `recorded.<ext>`; the name of that file.
fn record(dir: &Path, codec: Codec, packets: &[Packet]) -> (Studio, String) {
    let mut studio = Studio::new(Arc::new(FileSystem), dir.to_owned());
    studio.start("t1", codec);
    let packets: Vec<_> = packets
        .iter()
        .map(|packet| ("t1", packet.clone()))
        .collect();
    studio.play(&packets);
    studio.end("t1");
    studio.log.check();
    assert_eq!(studio.log.started.len(), 1);
    let name = format!("recorded.{}", codec.extension());
    std::fs::write(dir.join(&name), studio.concatenate("t1")).unwrap();
    (studio, name)
}

/// One line for each frame of `file` once decoded: its digest.
fn decoded(dir: &Path, file: &str) -> Vec<String> {
    let lines = run(
        dir,
        "ffmpeg",
        &format!("-i {file} -fps_mode passthrough -f framemd5 -"),
    );
    lines
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.rsplit(',').next().unwrap().trim().to_owned())
        .collect()
}

/// Times of the packets of `file` in units of its clock.
fn times(dir: &Path, file: &str) -> Vec<f64> {
    let lines = run(
        dir,
        "ffprobe",
        &format!("-show_entries packet=pts_time -of csv=p=0 {file}"),
    );
    lines
        .lines()
        .map(|line| line.trim_end_matches(',').parse().unwrap())
        .collect()
}

fn check_times(dir: &Path, file: &str, codec: Codec, frames: &[Encoded], exact_to: f64) {
    let times = times(dir, file);
    assert_eq!(times.len(), frames.len());
    for (time, frame) in times.iter().zip(frames) {
        let sent = f64::from(frame.ticks) / f64::from(clock_hz(codec));
        assert!(
            (time - sent).abs() <= exact_to,
            "sent at {sent}, stored at {time}"
        );
    }
}

const PICTURE: &str = "-f lavfi -i testsrc2=size=320x240:rate=25:duration=6";

#[test]
fn h264_is_recorded_as_it_was_sent() {
    for slices in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        encode(
            dir,
            &format!(
                "{PICTURE} -c:v libx264 -profile:v high -bf 0 -g 40 -slices {slices} -f h264 source.h264"
            ),
        );
        let frames = h264(&std::fs::read(dir.join("source.h264")).unwrap(), 3_600);
        assert_eq!(frames.len(), 150);
        let (studio, file) = record(dir, Codec::H264, &send(Codec::H264, &frames));
        assert_eq!(decoded(dir, &file), decoded(dir, "source.h264"));
        check_times(dir, &file, Codec::H264, &frames, 0.000_02);
        let stream = run(
            dir,
            "ffprobe",
            &format!("-show_entries stream=codec_tag_string,width,height -of csv=p=0 {file}"),
        );
        assert_eq!(stream.trim(), "avc1,320,240");
        assert_eq!(studio.log.gaps, []);
        assert!(
            studio
                .log
                .segments
                .iter()
                .all(|(_, _, s)| s.lost == 0 && s.missing.is_none())
        );
        assert!(studio.log.of("t1").len() >= 11);
        // No index behind the last segment, where no digest would cover it.
        let bytes = std::fs::read(dir.join(&file)).unwrap();
        assert!(!bytes.windows(4).any(|window| window == b"mfra"));
    }
}

#[test]
fn vp8_is_recorded_as_it_was_sent() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    encode(
        dir,
        &format!("{PICTURE} -c:v libvpx -deadline realtime -g 40 -b:v 800k -f ivf source.ivf"),
    );
    let frames = ivf(&std::fs::read(dir.join("source.ivf")).unwrap(), 3_600);
    assert_eq!(frames.len(), 150);
    let (_, file) = record(dir, Codec::Vp8, &send(Codec::Vp8, &frames));
    assert_eq!(decoded(dir, &file), decoded(dir, "source.ivf"));
    check_times(dir, &file, Codec::Vp8, &frames, 0.001);
}

#[test]
fn opus_is_recorded_as_it_was_sent() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    encode(
        dir,
        "-f lavfi -i sine=frequency=440:duration=130 -ac 2 -c:a libopus -b:a 32k -frame_duration 20 -f ogg source.ogg",
    );
    let packets = ogg(&std::fs::read(dir.join("source.ogg")).unwrap(), 960);
    assert!(packets.len() >= 6_500);
    let (studio, file) = record(dir, Codec::Opus, &send(Codec::Opus, &packets));
    let copied = |file: &str| run(dir, "ffmpeg", &format!("-i {file} -c copy -f hash -"));
    assert_eq!(copied(&file), copied("source.ogg"), "the same packets");
    check_times(dir, &file, Codec::Opus, &packets, 0.000_03);
    run(dir, "ffmpeg", &format!("-i {file} -f null -"));
    let mut files: Vec<_> = studio.log.of("t1").into_iter().map(|s| s.file).collect();
    files.dedup();
    assert_eq!(
        files,
        ["media/t1/000.mp4", "media/t1/001.mp4", "media/t1/002.mp4"]
    );
}

#[test]
fn a_new_size_goes_on_in_the_same_track() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    for (codec, encoder, form) in [
        (Codec::H264, "libx264 -bf 0", "h264"),
        (Codec::Vp8, "libvpx -deadline realtime", "ivf"),
    ] {
        let mut frames: Vec<Encoded> = Vec::new();
        for size in ["320x240", "240x320"] {
            let file = format!("{size}.{form}");
            encode(
                dir,
                &format!(
                    "-f lavfi -i testsrc2=size={size}:rate=25:duration=2 -c:v {encoder} -g 25 -f {form} {file}"
                ),
            );
            let bytes = std::fs::read(dir.join(&file)).unwrap();
            let part = if codec == Codec::H264 {
                h264(&bytes, 3_600)
            } else {
                ivf(&bytes, 3_600)
            };
            let offset = frames.len() as u32 * 3_600;
            frames.extend(part.into_iter().map(|frame| Encoded {
                ticks: frame.ticks + offset,
                ..frame
            }));
        }
        let sub = dir.join(form);
        std::fs::create_dir(&sub).unwrap();
        let (_, file) = record(&sub, codec, &send(codec, &frames));
        let sizes = run(
            &sub,
            "ffprobe",
            &format!("-show_entries frame=width,height -of csv=p=0 {file}"),
        );
        let sizes: Vec<_> = sizes
            .lines()
            .map(|line| line.trim_end_matches(','))
            // Side data has lines of its own.
            .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
            .collect();
        assert_eq!(sizes.len(), 100);
        assert!(
            sizes[..50].iter().all(|size| *size == "320,240")
                && sizes[50..].iter().all(|size| *size == "240,320")
        );
    }
}

#[test]
fn whatever_is_cut_off_the_rest_plays() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    encode(
        dir,
        &format!("{PICTURE} -c:v libvpx -deadline realtime -g 25 -f ivf source.ivf"),
    );
    encode(
        dir,
        &format!("{PICTURE} -c:v libx264 -bf 0 -g 25 -f h264 source.h264"),
    );
    for codec in [Codec::Vp8, Codec::H264] {
        let (source, frames) = if codec == Codec::Vp8 {
            (
                "source.ivf",
                ivf(&std::fs::read(dir.join("source.ivf")).unwrap(), 3_600),
            )
        } else {
            (
                "source.h264",
                h264(&std::fs::read(dir.join("source.h264")).unwrap(), 3_600),
            )
        };
        let sub = dir.join(codec.extension());
        std::fs::create_dir(&sub).unwrap();
        let (studio, file) = record(&sub, codec, &send(codec, &frames));
        let bytes = std::fs::read(sub.join(&file)).unwrap();
        let truth = decoded(dir, source);
        // Cut behind each of some segments: exactly their frames are there.
        let (mut end, mut count) = (0, 0);
        for segment in studio.log.of("t1") {
            end += segment.bytes as usize;
            count += segment.frames as usize;
            if segment.idx % 4 == 1 {
                let cut = format!("cut.{}", codec.extension());
                std::fs::write(sub.join(&cut), &bytes[..end]).unwrap();
                assert_eq!(decoded(&sub, &cut), truth[..count]);
            }
        }
    }
}

#[test]
fn a_hole_keeps_the_time_of_what_follows() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    encode(
        dir,
        &format!("{PICTURE} -c:v libx264 -bf 0 -g 25 -f h264 source.h264"),
    );
    let frames = h264(&std::fs::read(dir.join("source.h264")).unwrap(), 3_600);
    let mut packets = send(Codec::H264, &frames);
    // Two seconds never arrive; frame 75 is a keyframe.
    let lost = frames[25].ticks..frames[75].ticks;
    packets.retain(|packet| !lost.contains(&packet.rtp.wrapping_sub(0xffff_0000)));
    let (studio, file) = record(dir, Codec::H264, &packets);
    let times = times(dir, &file);
    assert_eq!(times.len(), 100);
    for (time, frame) in times.iter().zip(frames[..25].iter().chain(&frames[75..])) {
        assert!(
            (time - f64::from(frame.ticks) / 90_000.0).abs() < 0.000_02,
            "{time}"
        );
    }
    let truth = decoded(dir, "source.h264");
    assert_eq!(decoded(dir, &file), [&truth[..25], &truth[75..]].concat());
    let [gap] = &studio.log.gaps[..] else {
        panic!("one gap: {:?}", studio.log.gaps)
    };
    let arrival = |frame: &Encoded| 1_000_000 + u64::from(frame.ticks) * 1_000_000 / 90_000;
    assert_eq!(gap.t1_us, arrival(&frames[75]));
    assert!(gap.t0_us - arrival(&frames[24]) < 2_000, "{gap:?}");
    assert_eq!(
        studio
            .log
            .segments
            .iter()
            .filter(|(_, _, s)| s.lost > 0)
            .count(),
        1
    );
}
