use std::time::{Duration, SystemTime};

use sfu::{Codec, Event, Kind, PeerId, Track};

use str0m::rtp::RtpPacket;

use crate::client::{Mark, Plan, read_mark};
use crate::world::{Way, World};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn two_see_each_other() {
    for mut world in [World::new(), World::without_estimation()] {
        world.join(&Plan::sending());
        world.join(&Plan::sending());
        world.run(SECOND * 2);
        world.assert_all_see_all();
        assert_eq!(
            world.count(|event| matches!(event, Event::Connected { .. })),
            2
        );
    }
}

#[test]
fn the_tap_gets_every_packet_once_with_its_own_numbers() {
    let mut world = World::new();
    let plan = Plan {
        seq_first: 65_400,
        ..Plan::sending()
    };
    let sender = world.join(&plan);
    // Nobody watches.
    world.run(SECOND * 4);
    let video: Vec<_> = world
        .packets
        .iter()
        .filter(|p| world.tracks[&p.track].kind == Kind::Video)
        .collect();
    let first = video[0].seq;
    assert_eq!(first, 65_400);
    assert!(
        video.last().unwrap().seq > 65_536,
        "numbers go on past the rollover"
    );
    for (n, packet) in video.iter().enumerate() {
        assert_eq!(packet.seq, first + n as u64);
        let mark = read_mark(&packet.payload);
        assert_eq!((mark.peer, mark.seq), (sender, packet.seq));
    }
    let times = video.windows(2).filter(|two| two[1].time != two[0].time);
    assert!(
        times
            .into_iter()
            .all(|two| two[1].time - two[0].time == 3600 && two[0].marker && !two[1].marker)
    );
    assert!(
        world.packets.iter().any(|p| p.report.is_some()),
        "sender reports are handed on"
    );

    let mut tracks: Vec<_> = world
        .tracks
        .values()
        .map(|t| (t.kind, t.codec, t.clock_hz, t.fmtp.as_str()))
        .collect();
    tracks.sort();
    assert_eq!(
        tracks[0],
        (
            Kind::Audio,
            Codec::Opus,
            48_000,
            "minptime=10;useinbandfec=1"
        )
    );
    assert_eq!(
        (tracks[1].0, tracks[1].1, tracks[1].2),
        (Kind::Video, Codec::H264, 90_000)
    );
    assert!(
        tracks[1].3.contains("profile-level-id=42e01f"),
        "{}",
        tracks[1].3
    );
}

#[test]
fn a_late_viewer_starts_with_a_keyframe_and_low_numbers() {
    let mut world = World::new();
    let sender = world.join(&Plan {
        seq_first: 65_000,
        ..Plan::sending()
    });
    world.run(SECOND * 20);
    assert!(world.packets.last().unwrap().seq > 65_536);
    assert_eq!(world.client(sender).keyframes_asked, 0);

    let viewer = world.join(&Plan::watching());
    world.run(SECOND * 2);
    assert!(world.client(sender).keyframes_asked >= 1);
    let seen = world.client(viewer).seen(sender, Kind::Video);
    let (_, mark, packet) = &seen[0];
    assert!(
        mark.keyframe,
        "the first packet a decoder gets is one it can start with"
    );
    assert!(*packet.seq_no < 65_536);
    for two in seen.windows(2) {
        assert_eq!(*two[1].2.seq_no - *two[0].2.seq_no, 1);
    }
}

fn video_codecs(world: &World, peer: PeerId) -> Vec<Codec> {
    let of_peer = |track: &&Track| track.key.peer == peer && track.kind == Kind::Video;
    world
        .tracks
        .values()
        .filter(of_peer)
        .map(|track| track.codec)
        .collect()
}

#[test]
fn who_cannot_decode_h264_has_the_others_send_vp8() {
    let mut world = World::new();
    let a = world.join(&Plan::sending());
    world.run(SECOND * 2);
    let b = world.join(&Plan::sending().without_h264());
    world.run(SECOND * 3);
    world.assert_all_see_all();
    // One track ended and another began, so that a recording keeps them apart.
    assert_eq!(video_codecs(&world, a), [Codec::H264, Codec::Vp8]);
    assert_eq!(video_codecs(&world, b), [Codec::Vp8]);
    assert_eq!(world.closed.len(), 1);
}

#[test]
fn a_codec_known_to_be_missing_is_not_tried_first() {
    let mut world = World::new();
    world.join(&Plan::watching().without_h264());
    world.run(SECOND);
    let sender = world.join(&Plan::sending());
    world.run(SECOND * 2);
    world.assert_all_see_all();
    assert_eq!(video_codecs(&world, sender), [Codec::Vp8]);
}

#[test]
fn another_stream_on_an_m_line_is_another_track() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    let viewer = world.join(&Plan::watching());
    world.run(SECOND * 2);
    world.client(viewer).forget();
    world.client(sender).change_ssrc();
    world.run(SECOND * 2);
    assert_eq!((world.tracks.len(), world.closed.len()), (3, 1));
    let seen = world.clients[&viewer].seen(sender, Kind::Video);
    assert!(seen.len() > 150);
    for two in seen.windows(2) {
        assert_eq!(
            *two[1].2.seq_no - *two[0].2.seq_no,
            1,
            "the viewer sees one stream"
        );
    }
}

/// When a viewer takes a packet to have been captured, by the reports it got (RFC 3550 §6.4.1), in µs against
/// when it was made.
fn offset_us(packet: &RtpPacket, mark: &Mark, clock_hz: f64) -> Option<f64> {
    let report = packet.last_sender_info?;
    let ntp = report
        .ntp_time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let ticks = packet
        .header
        .timestamp
        .wrapping_sub(report.rtp_time.numer() as u32)
        .cast_signed();
    // Differences are what counts; the whole is too large for microseconds in 53 bits.
    let seconds = (ntp.as_secs() % 100_000) as f64 + f64::from(ntp.subsec_nanos()) / 1e9;
    Some((seconds + f64::from(ticks) / clock_hz) * 1e6 - mark.made.as_micros() as f64)
}

#[test]
fn sound_and_picture_stay_in_step_though_the_picture_takes_longer() {
    let mut world = World::new();
    world.detour = Box::new(|way, bytes| {
        let slow = matches!(way, Way::Up(_)) && bytes.len() > 500;
        if slow {
            Duration::from_millis(90)
        } else {
            Duration::ZERO
        }
    });
    let sender = world.join(&Plan::sending());
    let viewer = world.join(&Plan::watching());
    world.run(SECOND * 20);
    world.client(viewer).forget();
    world.run(SECOND * 3);
    let offsets = |kind: Kind, clock_hz: f64| -> Vec<f64> {
        let seen = world.clients[&viewer].seen(sender, kind);
        seen.iter()
            .filter_map(|(_, mark, packet)| offset_us(packet, mark, clock_hz))
            .collect()
    };
    let (sound, picture) = (
        offsets(Kind::Audio, 48_000.0),
        offsets(Kind::Video, 90_000.0),
    );
    assert!(sound.len() > 100 && picture.len() > 200);
    let (sound, picture) = (sound.last().unwrap(), picture.last().unwrap());
    assert!(
        (sound - picture).abs() < 2_000.0,
        "apart by {} us",
        picture - sound
    );
}

#[test]
fn late_packets_of_a_stream_that_was_replaced_do_not_bring_it_back() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    world.run(SECOND * 2);
    let of_picture = |packet: &&sfu::Packet| world.tracks[&packet.track].kind == Kind::Video;
    let former = world
        .packets
        .iter()
        .find(of_picture)
        .unwrap()
        .ssrc
        .to_be_bytes();
    // Its last packets take another way, and arrive when the next stream has long begun.
    world.detour = Box::new(move |_, bytes| {
        let late = bytes.len() > 500 && bytes[8..12] == former;
        if late {
            Duration::from_millis(400)
        } else {
            Duration::ZERO
        }
    });
    world.run(Duration::from_millis(200));
    world.client(sender).change_ssrc();
    world.run(SECOND * 2);
    assert_eq!((world.tracks.len(), world.closed.len()), (3, 1));
}
