use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use sfu::{Command, Event, GoneReason, Kind, PeerId, RejectReason, RequestId, limits};

use crate::client::Plan;
use crate::world::World;

const SECOND: Duration = Duration::from_secs(1);

fn reject(world: &mut World, peer: PeerId, sdp: &str) -> RejectReason {
    world.command(Command::Offer {
        peer,
        request: RequestId(1),
        sdp: sdp.to_owned(),
    });
    world.rejected.pop().expect("a refusal").1
}

#[test]
fn offers_that_are_none_change_nothing() {
    let mut world = World::new();
    let a = world.join(&Plan::sending());
    world.join(&Plan::sending());
    world.run(SECOND * 2);
    let (good, _) = world.client(a).offer_restart();
    let without = |what: &str| -> String {
        good.lines()
            .filter(|line| !line.contains(what))
            .map(|line| format!("{line}\r\n"))
            .collect()
    };
    let bad = [
        String::new(),
        "hello".to_owned(),
        "v=0\r\n".to_owned(),
        "m=audio 9\r\n".repeat(3),
        without("a=fingerprint"),
        without("a=ice-ufrag"),
        without("a=ice-pwd"),
        without("a=mid"),
        without("m="),
        good.replace("a=group:BUNDLE", "a=group:BUNDLE 77"),
        good.replace("sha-256", "sha-256 zz"),
        good.chars().rev().collect(),
    ];
    for sdp in bad {
        let reason = reject(&mut world, a, &sdp);
        assert!(
            matches!(reason, RejectReason::BadOffer(_)),
            "{reason:?} for {sdp}"
        );
    }
    world.run(SECOND);
    world.assert_all_see_all();
    assert_eq!(
        reject(&mut world, PeerId(77), &good),
        RejectReason::UnknownPeer
    );
}

#[test]
fn an_offer_that_contradicts_the_session_ends_only_its_peer() {
    let mut world = World::new();
    let a = world.join(&Plan::sending());
    let b = world.join(&Plan::sending());
    let c = world.join(&Plan::sending());
    world.run(SECOND * 2);
    let (good, _) = world.client(a).offer_restart();
    // The same m-lines in another order (forbidden by RFC 8829 §5.2.2).
    let at = good.find("m=").unwrap();
    let (head, lines) = good.split_at(at);
    let mut sections: Vec<String> = lines
        .split("m=")
        .skip(1)
        .map(|section| format!("m={section}"))
        .collect();
    let group = head
        .lines()
        .find(|line| line.starts_with("a=group:BUNDLE"))
        .unwrap();
    let mut mids: Vec<&str> = group.split(' ').collect();
    sections.swap(0, 1);
    mids.swap(1, 2);
    let swapped = format!(
        "{}{}",
        head.replace(group, &mids.join(" ")),
        sections.concat()
    );
    let reason = reject(&mut world, a, &swapped);
    assert!(matches!(reason, RejectReason::Failed(_)), "{reason:?}");
    world.drop_client(a);
    assert_eq!(
        world.count(|e| matches!(
            e,
            Event::PeerGone {
                reason: GoneReason::Failed(_),
                ..
            }
        )),
        1
    );
    world.run(SECOND);
    world.assert_all_see_all();
    assert!(world.clients.contains_key(&b) && world.clients.contains_key(&c));
}

#[test]
fn offers_are_bounded() {
    let mut world = World::new();
    let peer = world.join(&Plan::sending());
    assert_eq!(
        reject(&mut world, peer, &"x".repeat(limits::OFFER_BYTES_MAX + 1)),
        RejectReason::OfferTooLarge
    );

    let greedy = Plan {
        sends: vec![Kind::Video; limits::PEER_SOURCES_MAX + 1],
        ..Plan::sending()
    };
    let address = "10.9.9.9:1".parse().unwrap();
    let (sdp, _) =
        crate::client::Client::new(peer, address, &greedy, world.now).first_offer(&greedy);
    assert_eq!(reject(&mut world, peer, &sdp), RejectReason::TooManySources);

    let wide = Plan {
        slots: limits::OFFER_LINES_MAX / 2 + 1,
        ..Plan::watching()
    };
    let (sdp, _) = crate::client::Client::new(peer, address, &wide, world.now).first_offer(&wide);
    assert_eq!(reject(&mut world, peer, &sdp), RejectReason::OfferTooLarge);
}

#[test]
fn what_browsers_put_in_and_the_server_does_not_use_is_no_obstacle() {
    let mut world = World::new();
    let peer = PeerId(50);
    world.command(Command::Join {
        room: World::room(),
        peer,
        request: RequestId(0),
    });
    let address = "10.0.0.50:5000".parse().unwrap();
    let mut client = crate::client::Client::new(peer, address, &Plan::sending(), world.now);
    let (sdp, pending) = client.first_offer(&Plan::sending());
    world.clients.insert(peer, client);
    world.outside.insert(peer, address);
    let extra = "a=mid:$0\r\n\
        a=candidate:1 1 udp 2113937151 6f2b54f2-1f4c.local 54321 typ host generation 0 network-cost 999\r\n\
        a=rid:h send\r\na=rid:l send\r\na=simulcast:send h;l\r\n\
        a=extmap:13 urn:3gpp:video-orientation\r\n";
    let mut odd = String::new();
    for line in sdp.lines() {
        match line.strip_prefix("a=mid:") {
            Some(mid) => odd.push_str(&extra.replace("$0", mid)),
            None => odd.push_str(&format!("{line}\n")),
        }
    }
    world.offer(peer, odd, pending);
    world.run(SECOND * 2);
    assert_eq!(world.tracks.len(), 2);
    let answer = world.last_answer.clone().unwrap();
    for refused in ["video-orientation", "simulcast", "a=rid"] {
        assert!(!answer.contains(refused), "{refused}");
    }
}

#[test]
fn garbage_from_everywhere_disturbs_nobody() {
    let mut world = World::new();
    let a = world.join(&Plan::sending());
    world.join(&Plan::sending());
    world.run(SECOND * 2);
    let events = world.events.len();
    let (stranger, member) = ("198.51.100.66:1234".parse().unwrap(), world.outside[&a]);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let head = prop_oneof![
        Just(0u8),
        Just(1),
        Just(22),
        Just(128),
        Just(0x90),
        any::<u8>()
    ];
    let datagrams = (head, prop::collection::vec(any::<u8>(), 0..200));
    let ssrc = world.packets[0].ssrc.to_be_bytes();
    for _ in 0..3000 {
        let (first, rest) = datagrams.new_tree(&mut runner).unwrap().current();
        let mut bytes = vec![first];
        bytes.extend(rest);
        world.datagram(stranger, &bytes);
        if bytes.len() > 12 {
            // With an SSRC that exists.
            bytes[8..12].copy_from_slice(&ssrc);
            world.datagram(stranger, &bytes);
        }
        // DTLS garbage under a member's address is dropped by DTLS itself.
        world.datagram(member, &bytes);
    }
    assert_eq!(world.events.len(), events);
    world.assert_all_see_all();
}

#[test]
fn a_check_without_the_peers_password_opens_nothing() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    world.run(SECOND * 2);
    let answer = world.last_answer.clone().unwrap();
    let ufrag = answer
        .lines()
        .find_map(|line| line.strip_prefix("a=ice-ufrag:"))
        .unwrap()
        .to_owned();
    let forged = forged_check(&ufrag);
    let stranger = "198.51.100.66:1234".parse().unwrap();
    world.run(limits::ADDRESS_SILENT_MIN * 2);
    world.to_strangers.clear();
    world.datagram(stranger, &forged);
    world.datagram(stranger, &forged[..forged.len() - 9]);
    for cut in 0..forged.len() {
        world.datagram(stranger, &forged[..cut]);
    }
    assert!(world.to_strangers.is_empty(), "no reply either");
    assert_eq!(
        world.count(|event| *event == Event::AddressChanged { peer: sender }),
        0
    );
}

/// RFC 8489 §5: a binding request with a username and a wrong integrity.
fn forged_check(ufrag: &str) -> Vec<u8> {
    use str0m::ice::{StunMessage, TransId};
    let name = format!("{ufrag}:abcd");
    let message = StunMessage::binding_request(&name, TransId::new(), true, 1, 100, true);
    let mut buffer = vec![0; 500];
    let length = message
        .to_bytes(Some(b"not the password"), &mut buffer, |_, _| [7; 20])
        .unwrap();
    buffer.truncate(length);
    buffer
}

#[test]
fn a_picture_in_a_codec_nobody_knows_here_is_refused_and_the_sound_goes_on() {
    let mut world = World::new();
    let peer = PeerId(60);
    world.command(Command::Join {
        room: World::room(),
        peer,
        request: RequestId(0),
    });
    let address = "10.0.0.60:5000".parse().unwrap();
    let mut client = crate::client::Client::new(peer, address, &Plan::sending(), world.now);
    let (sdp, _) = client.first_offer(&Plan::sending());
    let foreign = sdp
        .replace("H264/90000", "theora/90000")
        .replace("VP8/90000", "theora/90000");
    world.command(Command::Offer {
        peer,
        request: RequestId(1),
        sdp: foreign,
    });
    let answer = world.last_answer.clone().unwrap();
    assert!(
        answer.contains("m=video 0 UDP/TLS/RTP/SAVPF 0\r\n"),
        "{answer}"
    );
    let group = answer
        .lines()
        .find(|line| line.starts_with("a=group:BUNDLE"))
        .unwrap();
    assert_eq!(group.split(' ').count(), 2);
    // Nobody is asked to make room for a picture that cannot come.
    let viewer = world.join(&Plan::watching());
    assert!(
        world.clients[&viewer]
            .slots
            .iter()
            .all(|s| s.from.is_some() == (s.kind == Kind::Audio))
    );
}

#[test]
fn a_peer_cannot_begin_tracks_without_end() {
    let mut world = World::new();
    let honest = world.join(&Plan {
        sends: vec![Kind::Audio],
        ..Plan::sending()
    });
    let restless = world.join(&Plan {
        sends: vec![Kind::Video],
        ..Plan::sending()
    });
    world.run(SECOND * 2);
    for _ in 0..limits::PEER_TRACKS_MAX {
        if world.worker.peers() == 1 {
            break;
        }
        world.client(restless).change_ssrc();
        world.run(SECOND / 10);
    }
    let gone = |e: &Event| matches!(e, Event::PeerGone { peer, reason: GoneReason::Failed(_) } if *peer == restless);
    assert_eq!(world.count(gone), 1);
    let of = |peer: PeerId| world.tracks.keys().filter(|key| key.peer == peer).count();
    assert_eq!(
        (of(honest), of(restless)),
        (1, limits::PEER_TRACKS_MAX as usize)
    );
}
