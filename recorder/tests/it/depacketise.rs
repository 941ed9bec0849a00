//! Payload formats: what packetisers of another hand make is read back, and no bytes do harm.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use recorder::depacketise::{Assembled, Assembler, Frame};
use recorder::{Codec, Packet};
use rtc_rtp::codec::h264::H264Payloader;
use rtc_rtp::codec::vp8::Vp8Payloader;
use rtc_rtp::packetizer::Payloader;

fn packet(seq: u64, rtp: u32, marker: bool, payload: &[u8]) -> Packet {
    Packet {
        arrival_us: seq * 1_000,
        seq,
        rtp,
        marker,
        red: false,
        payload: payload.into(),
        ssrc: 1,
        sender: None,
    }
}

/// Packets of frames, a timestamp apart.
fn packets(frames: &[Vec<Bytes>]) -> Vec<Packet> {
    let mut out: Vec<Packet> = Vec::new();
    for (number, payloads) in frames.iter().enumerate() {
        for (index, payload) in payloads.iter().enumerate() {
            let marker = index + 1 == payloads.len();
            out.push(packet(
                out.len() as u64,
                number as u32 * 3_000,
                marker,
                payload,
            ));
        }
    }
    out
}

fn assemble(codec: Codec, packets: &[Packet]) -> Vec<Assembled> {
    let mut assembler = Assembler::new(codec);
    let mut last: Option<u64> = None;
    let mut out = Vec::new();
    for packet in packets {
        if last.is_some_and(|last| last + 1 != packet.seq) {
            assembler.hole();
        }
        last = Some(packet.seq);
        assembler.push(packet);
        out.extend(std::iter::from_fn(|| assembler.poll()));
    }
    out
}

fn frames(codec: Codec, packets: &[Packet]) -> Vec<Frame> {
    assemble(codec, packets)
        .into_iter()
        .map(|assembled| match assembled {
            Assembled::Frame(frame) => frame,
            Assembled::Lost { at_us } => panic!("lost at {at_us}"),
        })
        .collect()
}

/// NAL units in a stream with start codes, and with lengths.
fn annex_b(units: &[Vec<u8>]) -> Bytes {
    units
        .iter()
        .flat_map(|unit| [&[0, 0, 0, 1][..], unit].concat())
        .collect()
}

fn prefixed(units: &[Vec<u8>]) -> Vec<u8> {
    units
        .iter()
        .flat_map(|unit| [&(unit.len() as u32).to_be_bytes()[..], unit].concat())
        .collect()
}

/// A unit of a given type without start codes in it.
fn unit(header: u8, length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    vec(1..=255u8, length).prop_map(move |body| [&[header][..], &body].concat())
}

fn vp8_frame(key: bool, body: &[u8]) -> Vec<u8> {
    let head: &[u8] = if key {
        &[0x10, 2, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00]
    } else {
        &[0x11, 2, 0]
    };
    [head, body].concat()
}

proptest! {
    #[test]
    fn h264_comes_back(
        sps in unit(0x67, 6..30),
        pps in unit(0x68, 2..10),
        idr in unit(0x65, 1..6_000),
        slices in vec(unit(0x41, 1..4_000), 1..5),
        mtu in 80..1_400usize,
    ) {
        let mut payloader = H264Payloader::default();
        let mut payloads = vec![payloader.payload(mtu, &annex_b(&[sps.clone(), pps.clone(), idr.clone()])).unwrap()];
        for slice in &slices {
            payloads.push(payloader.payload(mtu, &annex_b(std::slice::from_ref(slice))).unwrap());
        }
        let got = frames(Codec::H264, &packets(&payloads));
        prop_assert_eq!(got.len(), slices.len() + 1);
        prop_assert_eq!(&got[0].data, &prefixed(&[sps, pps, idr]));
        prop_assert!(got[0].random_access && got[0].parameters.is_some());
        for (frame, slice) in got[1..].iter().zip(&slices) {
            prop_assert_eq!(&frame.data, &prefixed(std::slice::from_ref(slice)));
            prop_assert!(!frame.random_access && !frame.discardable);
        }
    }

    #[test]
    fn vp8_comes_back(
        bodies in vec((any::<bool>(), vec(any::<u8>(), 1..5_000)), 1..6),
        mtu in 40..1_400usize,
        enable_picture_id in any::<bool>(),
    ) {
        let mut payloader = Vp8Payloader::default();
        payloader.enable_picture_id = enable_picture_id;
        let sent: Vec<_> = bodies.iter().map(|(key, body)| vp8_frame(*key, body)).collect();
        let payloads: Vec<_> = sent.iter().map(|frame| payloader.payload(mtu, &Bytes::from(frame.clone())).unwrap()).collect();
        let got = frames(Codec::Vp8, &packets(&payloads));
        prop_assert_eq!(got.len(), sent.len());
        for ((frame, sent), (key, _)) in got.iter().zip(&sent).zip(&bodies) {
            prop_assert_eq!(&frame.data, sent);
            prop_assert_eq!(frame.random_access, *key);
            prop_assert_eq!(frame.parameters.as_ref().map(|p| (p.width, p.height)), key.then_some((320, 240)));
        }
    }

    /// Whatever is lost, a frame comes out whole or not at all, and loss is told before the next.
    #[test]
    fn a_frame_with_a_hole_never_comes_out(
        bodies in vec((any::<bool>(), vec(any::<u8>(), 1..400)), 2..8),
        lost in vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let sent: Vec<_> = bodies.iter().map(|(key, body)| vp8_frame(*key, body)).collect();
        let mut payloader = Vp8Payloader::default();
        let payloads: Vec<_> = sent.iter().map(|frame| payloader.payload(100, &Bytes::from(frame.clone())).unwrap()).collect();
        let mut packets = packets(&payloads);
        for index in lost {
            let at = index.index(packets.len());
            if packets.len() > 1 {
                packets.remove(at);
            }
        }
        let mut broken = packets[0].seq != 0;
        let mut next = if broken { usize::MAX } else { 0 };
        for assembled in assemble(Codec::Vp8, &packets) {
            match assembled {
                Assembled::Lost { .. } => broken = true,
                Assembled::Frame(frame) => {
                    let number = frame.rtp as usize / 3_000;
                    prop_assert_eq!(&frame.data, &sent[number]);
                    prop_assert!(broken || number == next, "frame {} is missing without a word", next);
                    broken = false;
                    next = number + 1;
                }
            }
        }
    }

    #[test]
    fn any_bytes_make_frames_or_losses_but_no_harm(
        codec in prop_oneof![Just(Codec::H264), Just(Codec::Vp8), Just(Codec::Opus)],
        payloads in vec((vec(any::<u8>(), 0..60), any::<bool>(), 0..3u64, 0..2u32), 1..40),
    ) {
        let mut assembler = Assembler::new(codec);
        let (mut seq, mut rtp, mut bytes) = (0, 0u32, 0);
        for (payload, marker, hole, step) in payloads {
            if hole > 0 {
                assembler.hole();
            }
            seq += 1 + hole;
            rtp = rtp.wrapping_add(step);
            bytes += payload.len() + 8;
            assembler.push(&packet(seq, rtp, marker, &payload));
            while let Some(assembled) = assembler.poll() {
                if let Assembled::Frame(frame) = assembled {
                    prop_assert!(!frame.data.is_empty() && frame.data.len() <= bytes * 4);
                    prop_assert!(frame.seq_first <= frame.seq_last && frame.oldest_us <= frame.newest_us);
                }
            }
        }
    }

    /// Bytes behind a plausible beginning reach further into the readers.
    #[test]
    fn damaged_h264_does_no_harm(
        head in prop_oneof![Just(0x78u8), Just(0x7c), Just(0x67), Just(0x65), Just(0x1c), Just(0x18)],
        second in any::<u8>(),
        payloads in vec(vec(any::<u8>(), 0..50), 1..10),
    ) {
        let packets: Vec<_> = payloads
            .iter()
            .enumerate()
            .map(|(n, body)| packet(n as u64, 0, n % 3 == 2, &[&[head, second][..], body].concat()))
            .collect();
        assemble(Codec::H264, &packets);
    }
}

#[test]
fn rules_of_rfc_6184_are_kept() {
    let whole = |payloads: &[&[u8]]| {
        let packets: Vec<_> = payloads
            .iter()
            .enumerate()
            .map(|(n, payload)| packet(n as u64, 0, n + 1 == payloads.len(), payload))
            .collect();
        matches!(assemble(Codec::H264, &packets)[..], [Assembled::Frame(_)])
    };
    assert!(whole(&[&[0x41, 0x9a]]));
    assert!(whole(&[
        &[0x7c, 0x81, 1],
        &[0x7c, 0x01, 2],
        &[0x7c, 0x41, 3]
    ]));
    assert!(
        !whole(&[&[0x7c, 0x81, 1], &[0x7c, 0x01, 2]]),
        "no last fragment"
    );
    assert!(
        !whole(&[&[0x7c, 0x01, 2], &[0x7c, 0x41, 3]]),
        "no first fragment"
    );
    assert!(
        !whole(&[&[0x7c, 0x81, 1], &[0x41, 2], &[0x7c, 0x41, 3]]),
        "a unit between fragments"
    );
    assert!(!whole(&[&[0x7c, 0xc1, 1]]), "first and last at once");
    assert!(!whole(&[&[0x7c]]), "no fragment header");
    assert!(whole(&[&[0x78, 0, 2, 0x41, 1, 0, 1, 0x06]]));
    assert!(
        !whole(&[&[0x78, 0, 3, 0x41, 1]]),
        "a unit longer than its packet"
    );
    assert!(!whole(&[&[0x78, 0, 0]]), "an empty unit");
    assert!(
        !whole(&[&[0x78, 0, 1, 0x78]]),
        "an aggregation in an aggregation"
    );
    assert!(
        !whole(&[&[0x79, 0, 0, 0, 1, 0x41]]),
        "STAP-B was not negotiated"
    );
    assert!(!whole(&[&[0xc1, 1]]), "forbidden_zero_bit");
}

#[test]
fn a_frame_without_marker_ends_where_the_next_begins() {
    let packets = [
        packet(
            0,
            0,
            false,
            &[0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 64, 0],
        ),
        packet(1, 0, false, &[0x00, 5]),
        packet(2, 3_000, true, &[0x10, 0x11, 9]),
    ];
    let got = frames(Codec::Vp8, &packets);
    assert_eq!(
        got.iter()
            .map(|f| (f.seq_first, f.seq_last))
            .collect::<Vec<_>>(),
        [(0, 1), (2, 2)]
    );
}

#[test]
fn a_descriptor_of_every_kind_is_skipped() {
    let tag = [0x11, 0, 0];
    for head in [
        &[0x10][..],
        &[0x90, 0x80, 0x11],
        &[0x90, 0x80, 0x91, 0x22],
        &[0x90, 0x40, 0x33],
        &[0x90, 0x20, 0x44],
        &[0x90, 0x30, 0x44],
        &[0x90, 0xf0, 0x91, 0x22, 0x33, 0x44],
        &[0x90, 0x00],
    ] {
        let payload = [head, &tag].concat();
        assert_eq!(
            frames(Codec::Vp8, &[packet(0, 0, true, &payload)])[0].data,
            tag,
            "{head:x?}"
        );
        for cut in 1..head.len() {
            let out = assemble(Codec::Vp8, &[packet(0, 0, true, &payload[..cut])]);
            assert!(
                matches!(out[..], [Assembled::Lost { .. }]),
                "{head:x?} cut at {cut}"
            );
        }
    }
}
