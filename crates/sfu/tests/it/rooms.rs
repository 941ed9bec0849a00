use std::collections::BTreeSet;
use std::time::Duration;

use ids::Sid;
use sfu::{Command, Event, GoneReason, Kind, PeerId, RejectReason, RequestId, TrackKey, limits};

use crate::client::Plan;
use crate::world::World;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn all_see_all_in_any_order_of_joining() {
    let sending = Plan::sending();
    let orders = [
        [
            sending.clone(),
            Plan::watching(),
            sending.clone(),
            sending.clone(),
        ],
        [
            Plan::watching(),
            sending.clone(),
            sending.clone(),
            sending.clone(),
        ],
        [
            sending.clone(),
            sending.clone(),
            sending.clone(),
            Plan {
                slots: 5,
                ..Plan::watching()
            },
        ],
        [
            Plan {
                sends: vec![Kind::Audio],
                ..sending.clone()
            },
            sending.clone(),
            sending.clone(),
            sending,
        ],
    ];
    for plans in orders {
        let mut world = World::new();
        for plan in &plans {
            world.join(plan);
            // Some come while the ones before are still connecting.
            world.run(Duration::from_millis(70));
        }
        world.run(SECOND * 2);
        world.assert_all_see_all();
    }
}

#[test]
fn who_leaves_makes_room_for_who_comes() {
    let mut world = World::new();
    let stays = world.join(&Plan::sending());
    let mut leaves = world.join(&Plan::sending());
    world.join(&Plan::sending());
    world.run(SECOND * 2);
    world.assert_all_see_all();
    let lines = world.clients[&stays].slots.len();
    for _ in 0..4 {
        world.leave(leaves);
        assert!(
            world.clients[&stays]
                .slots
                .iter()
                .all(|slot| slot.from.is_none_or(|from| from.peer != leaves))
        );
        world.run(SECOND);
        world.assert_all_see_all();
        leaves = world.join(&Plan::sending());
        world.run(SECOND * 2);
        world.assert_all_see_all();
    }
    assert_eq!(
        world.clients[&stays].slots.len(),
        lines,
        "slots are used again"
    );
    // Each of a sender's halves sits in the pair of the other.
    for pair in world.clients[&stays].slots.chunks(2) {
        assert_eq!(pair[0].from.unwrap().peer, pair[1].from.unwrap().peer);
    }
}

#[test]
fn a_slot_goes_on_without_a_hole_when_it_changes_hands() {
    let mut world = World::new();
    let viewer = world.join(&Plan::watching());
    let first = world.join(&Plan::sending());
    world.run(SECOND * 2);
    world.leave(first);
    world.run(SECOND);
    world.join(&Plan {
        seq_first: 3,
        ..Plan::sending()
    });
    world.run(SECOND * 2);

    let client = &world.clients[&viewer];
    let mid = client
        .slots
        .iter()
        .find(|slot| slot.kind == Kind::Video)
        .unwrap()
        .mid;
    let packets = &client.received[&mid];
    let senders: BTreeSet<_> = packets
        .iter()
        .map(|packet| crate::client::read_mark(&packet.payload).peer)
        .collect();
    assert_eq!(senders.len(), 2);
    for two in packets.windows(2) {
        assert_eq!(*two[1].seq_no - *two[0].seq_no, 1);
        assert!(
            two[1].time >= two[0].time,
            "time never goes back for a decoder"
        );
        assert_eq!(two[0].header.ssrc, two[1].header.ssrc);
    }
}

#[test]
fn rooms_know_nothing_of_each_other() {
    let mut world = World::new();
    let other = Sid::from_bytes([9; 16]);
    let a = world.join(&Plan::sending());
    let b = world.join_room(other, &Plan::sending());
    world.run(SECOND * 2);
    for peer in [a, b] {
        assert!(world.clients[&peer].slots.is_empty());
    }
    world.command(Command::CloseRoom { room: other });
    world.drop_client(b);
    let gone = Event::PeerGone {
        peer: b,
        reason: GoneReason::RoomClosed,
    };
    assert_eq!(world.count(|event| *event == gone), 1);
    assert_eq!(world.worker.peers(), 1);
}

#[test]
fn the_end_of_a_peer_ends_its_tracks_first() {
    let mut world = World::new();
    let peer = world.join(&Plan::sending());
    world.run(SECOND * 2);
    world.leave(peer);
    let closed = |index| Event::TrackClosed {
        track: TrackKey { peer, index },
    };
    let tail = &world.events[world.events.len() - 3..];
    assert_eq!(
        tail,
        [
            closed(0),
            closed(1),
            Event::PeerGone {
                peer,
                reason: GoneReason::Left
            }
        ]
    );
    assert_eq!(
        world.worker.next_deadline(),
        None,
        "nothing is left to do for anyone"
    );
}

#[test]
fn a_client_that_closes_its_connection_is_gone_at_once() {
    let mut world = World::new();
    let peer = world.join(&Plan::sending());
    world.run(SECOND * 2);
    world.client(peer).rtc.close().unwrap();
    let now = world.now;
    world.client(peer).live = false;
    world.client(peer).advance(now);
    world.run(SECOND / 10);
    assert_eq!(
        world.count(|e| matches!(
            e,
            Event::PeerGone {
                reason: GoneReason::Closed,
                ..
            }
        )),
        1
    );
}

#[test]
fn a_client_that_does_not_do_what_it_is_asked_for_is_not_asked_for_ever() {
    let mut world = World::new();
    world.obliging = false;
    let idle = world.join(&Plan::sending());
    world.join(&Plan::sending());
    let asked = |world: &World| {
        world.count(|event| matches!(event, Event::PleaseOffer { peer, .. } if *peer == idle))
    };
    assert_eq!(asked(&world), 1);
    for _ in 0..5 {
        let (sdp, pending) = world.client(idle).offer_restart();
        world.offer(idle, sdp, pending);
    }
    assert_eq!(asked(&world), 1);
    world.join(&Plan::sending());
    assert_eq!(asked(&world), 2, "the room has changed");
}

#[test]
fn what_a_client_is_asked_for_comes_after_the_answer_to_what_it_offered() {
    let mut world = World::new();
    world.obliging = false;
    world.join(&Plan::sending());
    let late = world.join(&Plan::sending());
    // Were it the other way round, the client would have an offer pending.
    let wants = |e: &Event| {
        *e == Event::PleaseOffer {
            peer: late,
            audio: 1,
            video: 1,
            prefer: None,
        }
    };
    assert_eq!(world.count(wants), 1);
    assert!(world.asked_before_answer.is_empty());
}

#[test]
fn figures_are_given_on_request() {
    let mut world = World::new();
    let peer = world.join(&Plan::sending());
    world.join(&Plan::sending());
    world.run(SECOND * 8);
    world.command(Command::Stats {
        peer,
        request: RequestId(4),
    });
    let stats = world.stats[0];
    assert!(stats.connected);
    // 25 frames of 4 × 900 bytes a second are 720 kbit/s, sound and headers not counted.
    assert!((720..1000).contains(&stats.kbps_in), "{stats:?}");
    assert!((720..1000).contains(&stats.kbps_out), "{stats:?}");
    assert!(
        stats
            .rtt
            .is_some_and(|rtt| rtt >= crate::world::LATENCY * 2 && rtt < crate::world::LATENCY * 4)
    );
    world.command(Command::Stats {
        peer: PeerId(99),
        request: RequestId(5),
    });
    assert_eq!(world.rejected, [(PeerId(99), RejectReason::UnknownPeer)]);
}

#[test]
fn rooms_and_workers_fill_up() {
    let mut world = World::new();
    let join = |world: &mut World, room: u16, peer: u64| {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&room.to_be_bytes());
        world.command(Command::Join {
            room: Sid::from_bytes(bytes),
            peer: PeerId(peer),
            request: RequestId(0),
        });
        world.rejected.pop().map(|(_, reason)| reason)
    };
    for peer in 0..limits::ROOM_PEERS_MAX as u64 {
        assert_eq!(join(&mut world, 0, peer), None);
    }
    assert_eq!(join(&mut world, 0, 5), Some(RejectReason::AlreadyJoined));
    assert_eq!(join(&mut world, 0, 1000), Some(RejectReason::RoomFull));
    for peer in limits::ROOM_PEERS_MAX..limits::PEERS_MAX {
        assert_eq!(
            join(
                &mut world,
                1 + (peer / limits::ROOM_PEERS_MAX) as u16,
                peer as u64
            ),
            None
        );
    }
    assert_eq!(join(&mut world, 9999, 9999), Some(RejectReason::WorkerFull));
    // Nobody ever offers, so all are given up, and the tables are empty again.
    world.run(limits::PEER_DOWN_MAX + SECOND);
    assert_eq!(world.worker.peers(), 0);
    assert_eq!(
        world.count(|e| matches!(
            e,
            Event::PeerGone {
                reason: GoneReason::Lost,
                ..
            }
        )),
        limits::PEERS_MAX
    );
    assert_eq!(world.worker.next_deadline(), None);
}
