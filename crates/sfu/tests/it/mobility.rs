use std::time::Duration;

use sfu::{Event, GoneReason, Kind, limits};

use crate::client::Plan;
use crate::world::{Way, World};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_ice_restart_keeps_identity_tracks_and_slots() {
    let mut world = World::new();
    let a = world.join(&Plan::sending());
    world.join(&Plan::sending());
    world.run(SECOND * 2);
    let (tracks, slots) = (world.tracks.len(), world.clients[&a].slots.clone());
    let before = world.packets.len();

    // The client moves to another network and restarts.
    world.rebind(a);
    let (sdp, pending) = world.client(a).offer_restart();
    world.offer(a, sdp, pending);
    world.run(SECOND);

    assert!(world.packets.len() > before + 100);
    assert_eq!((world.tracks.len(), world.closed.len()), (tracks, 0));
    assert_eq!(world.clients[&a].slots, slots);
    world.assert_all_see_all();
}

#[test]
fn an_ice_restart_in_place_interrupts_nothing() {
    let mut world = World::new();
    let a = world.join(&Plan::sending());
    let viewer = world.join(&Plan::watching());
    world.run(SECOND * 2);
    world.client(viewer).forget();
    let (sdp, pending) = world.client(a).offer_restart();
    world.offer(a, sdp, pending);
    world.run(SECOND * 2);
    let seen = world.clients[&viewer].seen(a, Kind::Video);
    let seqs: Vec<_> = seen.iter().map(|(_, mark, _)| mark.seq).collect();
    assert!(seqs.windows(2).all(|two| two[1] == two[0] + 1));
    assert_eq!(
        world.count(|event| matches!(event, Event::Disconnected { .. })),
        0
    );
}

#[test]
fn a_sender_whose_nat_forgot_it_is_followed_with_its_next_packet() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    let viewer = world.join(&Plan::sending());
    world.run(SECOND * 2);
    let packets = world.packets.len();
    world.rebind(sender);
    world.run(SECOND / 2);
    let moved = |event: &Event| *event == Event::AddressChanged { peer: sender };
    assert_eq!(world.count(moved), 1);
    assert!(world.packets.len() > packets + 50);
    // Both ways: it also goes on receiving.
    world.client(sender).forget();
    world.run(SECOND / 2);
    assert!(world.clients[&sender].seen(viewer, Kind::Video).len() > 40);
    // And for longer than the stack keeps a pair without checks.
    for _ in 0..3 {
        world.rebind(sender);
        world.run(SECOND * 20);
    }
    world.assert_all_see_all();
    assert_eq!(
        world.count(|event| matches!(event, Event::Disconnected { .. })),
        0
    );
    assert_eq!(world.count(moved), 4);
}

#[test]
fn a_viewer_whose_nat_forgot_it_is_followed_with_its_next_check() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    let viewer = world.join(&Plan::watching());
    world.run(SECOND * 2);
    world.rebind(viewer);
    world.run(SECOND * 5);
    world.client(viewer).forget();
    world.run(SECOND);
    assert!(world.clients[&viewer].seen(sender, Kind::Video).len() > 80);
    assert_eq!(
        world.count(|event| *event == Event::AddressChanged { peer: viewer }),
        1
    );
    assert_eq!(
        world.count(|event| matches!(event, Event::Disconnected { .. })),
        0
    );
}

#[test]
fn a_replayed_packet_moves_nobody() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    world.run(SECOND * 2);
    let heard = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let spy = std::rc::Rc::clone(&heard);
    world.loss = Box::new(move |way, bytes| {
        if way == Way::Up(sender) {
            spy.borrow_mut().push(bytes.to_vec());
        }
        false
    });
    world.run(SECOND);
    world.client(sender).live = false;
    world.run(SECOND / 10);
    let packets = world.packets.len();
    for bytes in heard.borrow().iter().filter(|bytes| bytes[0] >= 128) {
        world.datagram("198.51.100.9:6666".parse().unwrap(), bytes);
    }
    assert_eq!(world.packets.len(), packets);
    assert_eq!(
        world.count(|event| matches!(event, Event::AddressChanged { .. })),
        0
    );
}

#[test]
fn a_new_connection_of_the_same_peer_replaces_the_old_one() {
    let mut world = World::new();
    let a = world.join(&Plan::sending());
    world.join(&Plan::sending());
    world.run(SECOND * 2);
    // The page was reloaded: another certificate, other m-lines, the same peer.
    world.connect(a, &Plan::sending());
    world.run(SECOND * 2);
    world.assert_all_see_all();
    assert_eq!(world.closed.len(), 2);
    assert_eq!(world.tracks.len(), 6);
    let connected = |event: &Event| *event == Event::Connected { peer: a };
    assert_eq!(world.count(connected), 2);
    assert_eq!(
        world.count(|event| *event == Event::Disconnected { peer: a }),
        1
    );
}

#[test]
fn a_peer_that_falls_silent_is_disconnected_comes_back_or_is_lost() {
    let mut world = World::new();
    let a = world.join(&Plan::sending());
    let b = world.join(&Plan::sending());
    world.run(SECOND * 2);
    world.loss = Box::new(move |way, _| way == Way::Up(a) || way == Way::Down(a));
    world.run(limits::PEER_SILENT_MAX + SECOND * 5);
    assert_eq!(
        world.count(|event| *event == Event::Disconnected { peer: a }),
        1
    );
    assert!(
        world.clients[&b]
            .slots
            .iter()
            .any(|slot| slot.from.is_some()),
        "its place is kept"
    );

    world.loss = Box::new(|_, _| false);
    let (sdp, pending) = world.client(a).offer_restart();
    world.offer(a, sdp, pending);
    world.run(SECOND * 3);
    assert_eq!(
        world.count(|event| *event == Event::Connected { peer: a }),
        2
    );
    world.assert_all_see_all();

    world.loss = Box::new(move |way, _| way == Way::Up(a) || way == Way::Down(a));
    world.run(limits::PEER_SILENT_MAX + limits::PEER_DOWN_MAX + SECOND);
    assert_eq!(
        world.count(|e| *e
            == Event::PeerGone {
                peer: a,
                reason: GoneReason::Lost
            }),
        1
    );
    assert!(
        world.clients[&b]
            .slots
            .iter()
            .all(|slot| slot.from.is_none())
    );
}

#[test]
fn where_nothing_but_tcp_gets_out_the_call_goes_by_tcp() {
    let mut world = World::new();
    world.udp_blocked = true;
    for _ in 0..2 {
        world.join(&Plan {
            tcp: true,
            ..Plan::sending()
        });
    }
    world.run(SECOND * 3);
    world.assert_all_see_all();
    // The same address by another transport is another way.
    world.udp_blocked = false;
    world.run(SECOND * 3);
    world.assert_all_see_all();
    assert_eq!(
        world.count(|event| matches!(event, Event::Disconnected { .. })),
        0
    );
}

#[test]
fn a_network_that_closes_to_udp_in_mid_call_is_left_by_tcp() {
    let mut world = World::new();
    let plan = Plan {
        tcp: true,
        ..Plan::sending()
    };
    let peers = [world.join(&plan), world.join(&plan)];
    world.run(SECOND * 3);
    world.udp_blocked = true;
    world.run(SECOND * 3);
    for peer in peers {
        let (sdp, pending) = world.client(peer).offer_restart();
        world.offer(peer, sdp, pending);
    }
    world.run(SECOND * 3);
    world.assert_all_see_all();
    assert_eq!((world.tracks.len(), world.closed.len()), (4, 0));
}
