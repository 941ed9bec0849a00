use std::collections::BTreeSet;
use std::time::Duration;

use sfu::{Command, Event, Kind, PeerId, limits};

use crate::client::Plan;
use crate::world::{Loss, Way, World};

const SECOND: Duration = Duration::from_secs(1);

/// Drops one RTP packet in `n` on the chosen way, by counting, and nothing else.
fn one_in(n: u32, way: impl Fn(Way) -> bool + 'static) -> Loss {
    let mut count = 0;
    Box::new(move |at, bytes| {
        let is_rtp = bytes.len() > 200 && (128..192).contains(&bytes[0]);
        count += u32::from(way(at) && is_rtp);
        way(at) && is_rtp && count.is_multiple_of(n)
    })
}

fn video_seqs(world: &World, sender: PeerId) -> Vec<u64> {
    let of_sender = world.packets.iter().filter(|p| p.track.peer == sender);
    of_sender
        .filter(|p| world.tracks[&p.track].kind == Kind::Video)
        .map(|p| p.seq)
        .collect()
}

#[test]
fn what_is_lost_on_the_way_in_is_asked_for_and_recorded() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    world.run(SECOND);
    world.loss = one_in(10, move |way| way == Way::Up(sender));
    world.run(SECOND * 5);
    world.loss = Box::new(|_, _| false);
    world.run(SECOND);

    let seqs = video_seqs(&world, sender);
    let distinct: BTreeSet<_> = seqs.iter().copied().collect();
    assert_eq!(distinct.len(), seqs.len(), "once each");
    let span = distinct.last().unwrap() - distinct.first().unwrap() + 1;
    assert_eq!(distinct.len() as u64, span, "without a hole");
    assert!(
        seqs.windows(2).any(|two| two[1] < two[0]),
        "the repaired ones come late, in order of arrival"
    );
}

#[test]
fn what_is_lost_on_the_way_out_is_sent_again() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    let viewer = world.join(&Plan::watching());
    world.run(SECOND * 2);
    world.client(viewer).forget();
    world.loss = one_in(10, move |way| way == Way::Down(viewer));
    world.run(SECOND * 5);
    world.loss = Box::new(|_, _| false);
    world.run(SECOND);

    let seen: Vec<u64> = world.clients[&viewer]
        .seen(sender, Kind::Video)
        .iter()
        .map(|(_, mark, _)| mark.seq)
        .collect();
    let distinct: BTreeSet<_> = seen.iter().copied().collect();
    assert_eq!(distinct.len(), seen.len());
    assert_eq!(
        distinct.len() as u64,
        distinct.last().unwrap() - distinct.first().unwrap() + 1
    );
    assert!(seen.windows(2).any(|two| two[1] < two[0]));
}

#[test]
fn a_hole_on_the_way_in_reaches_the_viewer_filled() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    let viewer = world.join(&Plan::watching());
    world.run(SECOND * 2);
    world.client(viewer).forget();
    world.loss = one_in(25, move |way| way == Way::Up(sender));
    world.run(SECOND * 4);
    world.loss = Box::new(|_, _| false);
    world.run(SECOND);
    let seen = world.clients[&viewer].seen(sender, Kind::Video);
    let numbers: BTreeSet<u64> = seen.iter().map(|(_, _, packet)| *packet.seq_no).collect();
    assert_eq!(
        numbers.len() as u64,
        numbers.last().unwrap() - numbers.first().unwrap() + 1
    );
}

#[test]
fn many_requests_for_a_keyframe_become_few() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    let viewers = [
        world.join(&Plan::watching()),
        world.join(&Plan::watching()),
        world.join(&Plan::watching()),
    ];
    world.run(SECOND * 3);
    let before = world.clients[&sender].keyframes_asked;
    for _ in 0..20 {
        for viewer in viewers {
            let slots = &world.clients[&viewer].slots;
            let mid = slots
                .iter()
                .find(|slot| slot.kind == Kind::Video)
                .unwrap()
                .mid;
            world.client(viewer).ask_keyframe(mid);
        }
        world.run(SECOND / 10);
    }
    let asked = world.clients[&sender].keyframes_asked - before;
    let most = (SECOND * 2).as_millis() / limits::KEYFRAME_INTERVAL_MIN.as_millis() + 1;
    assert!((2..=most as u32).contains(&asked), "{asked}");
}

#[test]
fn the_recorder_gets_a_keyframe_even_if_its_request_is_lost() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    world.run(SECOND * 2);
    let track = world
        .tracks
        .values()
        .find(|track| track.kind == Kind::Video)
        .unwrap()
        .key;
    // RTCP on the way to the sender is lost for a while.
    world.loss =
        Box::new(move |way, bytes| way == Way::Down(sender) && (200..208).contains(&bytes[1]));
    world.command(Command::RequestKeyframe { track });
    world.run(SECOND);
    assert_eq!(world.clients[&sender].keyframes_asked, 0);
    world.loss = Box::new(|_, _| false);
    world.run(SECOND);
    assert_eq!(world.clients[&sender].keyframes_asked, 1);
    world.run(SECOND * 5);
    assert_eq!(
        world.clients[&sender].keyframes_asked, 1,
        "not repeated once one came"
    );
}

#[test]
fn a_sender_that_never_makes_keyframes_is_shown_after_a_while() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    world.run(SECOND * 2);
    world.client(sender).stubborn = true;
    let viewer = world.join(&Plan::watching());
    world.run(limits::KEYFRAME_WAIT_MAX / 2);
    assert!(world.clients[&viewer].seen(sender, Kind::Video).is_empty());
    world.run(limits::KEYFRAME_WAIT_MAX + SECOND);
    assert!(!world.clients[&viewer].seen(sender, Kind::Video).is_empty());
    // The worker stops asking after a bounded number of times for one wish.
    assert!(world.clients[&sender].keyframes_asked <= limits::KEYFRAME_REPEATS_MAX + 2);
}

#[test]
fn silence_is_noticed_and_so_is_its_end() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    world.run(SECOND * 2);
    world.client(sender).live = false;
    world.run(limits::TRACK_SILENT_AFTER + SECOND / 2);
    assert_eq!(
        world.count(|event| matches!(event, Event::TrackSilent { silent: true, .. })),
        2
    );
    world.client(sender).live = true;
    world.run(SECOND);
    let last: Vec<_> = world.events.iter().rev().take(2).collect();
    assert!(
        last.iter()
            .all(|event| matches!(event, Event::TrackSilent { silent: false, .. })),
        "{last:?}"
    );
}

#[test]
fn a_weak_link_is_not_made_weaker_by_holding_packets_back() {
    let mut world = World::new();
    let sender = world.join(&Plan::sending());
    let viewer = world.join(&Plan::watching());
    world.run(SECOND * 2);
    // Three packets in ten are lost, and the others are late by more and more.
    let sent = std::rc::Rc::new(std::cell::Cell::new(0));
    let counter = std::rc::Rc::clone(&sent);
    let mut lossy = one_in(3, move |way| way == Way::Down(viewer));
    world.loss = Box::new(move |way, bytes| {
        if way == Way::Down(viewer) && bytes.len() > 800 {
            counter.set(counter.get() + 1);
        }
        lossy(way, bytes)
    });
    let clock = std::rc::Rc::new(std::cell::Cell::new(0));
    world.detour = Box::new(move |way, _| {
        if way == Way::Down(viewer) {
            clock.set(clock.get() + 1);
            return Duration::from_micros(clock.get() * 150);
        }
        Duration::ZERO
    });
    let before = video_seqs(&world, sender).len();
    world.run(SECOND * 15);
    let made = video_seqs(&world, sender).len() - before;
    world.command(Command::Stats {
        peer: viewer,
        request: sfu::RequestId(9),
    });
    let estimate = world.stats[0].kbps_estimate.unwrap();
    assert!(
        estimate < 700,
        "{estimate} kbit/s are less than the picture takes"
    );
    assert!(sent.get() >= made, "{} of {made} went out", sent.get());
}
