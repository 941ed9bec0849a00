//! Every durable step × how it may fail: what was reported as committed is on the disk.

use std::path::Path;
use std::sync::Arc;

use integrity::Digest;
use recorder::{Codec, Failure, Packet};

use crate::disk::{Fault, Memory};
use crate::network::Link;
use crate::source::{self, Plan};
use crate::studio::Studio;

const DIR: &str = "/session";

fn plan(codec: Codec, frames: u32) -> Plan {
    Plan {
        codec,
        seq0: 65_000,
        rtp0: 1,
        start_us: 1_000_000,
        frames,
        interval_us: 40_000,
        key_every: 25,
        packets: 3,
        pauses: Vec::new(),
        padding_every: None,
    }
}

/// Two takes of one session for some seconds, then the end.
fn session(memory: &Memory, seconds: u32) -> Studio {
    let mut studio = Studio::new(Arc::new(memory.clone()), Path::new(DIR).to_owned());
    studio.start("v1", Codec::Vp8);
    studio.start("a1", Codec::Opus);
    let picture = Link::perfect().carry(&source::send(&plan(Codec::Vp8, seconds * 25)).0);
    let sound = Link::perfect().carry(&source::send(&plan(Codec::Opus, seconds * 25)).0);
    let mut packets: Vec<(&str, Packet)> = picture
        .into_iter()
        .map(|p| ("v1", p))
        .chain(sound.into_iter().map(|p| ("a1", p)))
        .collect();
    packets.sort_by_key(|(_, packet)| packet.arrival_us);
    studio.play(&packets);
    studio.end("v1");
    studio.end("a1");
    studio
}

/// Every range that was reported is durable, under a durable name, with the digest that was told.
fn check(studio: &Studio, memory: &Memory) {
    studio.log.check();
    let state = memory.0.lock().unwrap();
    for (_, _, segment) in &studio.log.segments {
        let path = Path::new(DIR).join(&segment.file);
        let contents = &state.files[&path];
        let end = (segment.off + segment.bytes) as usize;
        assert!(
            contents.durable >= end,
            "{} to {end}, durable to {}",
            segment.file,
            contents.durable
        );
        assert_eq!(
            Digest::sha256(&contents.bytes[segment.off as usize..end]),
            segment.sha256
        );
        for name in path.ancestors().take_while(|name| *name != Path::new(DIR)) {
            assert!(
                state.names.contains(name),
                "{} would be lost",
                name.display()
            );
        }
    }
    assert!(!state.retried, "a failed sync is not tried again");
}

#[test]
fn every_step_may_fail_in_every_way() {
    let memory = Memory::default();
    let whole = session(&memory, 4);
    check(&whole, &memory);
    assert!(whole.log.failed.is_empty() && whole.log.closed.len() == 2);
    let operations = memory.0.lock().unwrap().operations;
    assert!(operations > 40);
    for at in 1..=operations {
        for fault in [Fault::Refused, Fault::Half, Fault::Done] {
            let memory = Memory::failing(at, fault);
            let studio = session(&memory, 4);
            check(&studio, &memory);
            let [(_, Failure::Disk(_))] = &studio.log.failed[..] else {
                panic!("step {at}, {fault:?}: {:?}", studio.log.failed)
            };
            assert_eq!(
                studio.log.ended.len(),
                studio.log.started.len(),
                "every track ends"
            );
            assert!(
                studio
                    .log
                    .ended
                    .iter()
                    .any(|ended| ended.reason.as_deref() == Some("disk"))
            );
            assert_eq!(
                studio.log.closed.len(),
                2,
                "both takes of the session are over"
            );
            let after = memory.0.lock().unwrap().operations;
            assert!(
                after <= at + 8,
                "step {at}: {after} operations, the session goes on"
            );
        }
    }
}

#[test]
fn takes_of_a_session_commit_together() {
    let memory = Memory::default();
    let studio = session(&memory, 10);
    let commits = studio.log.commits;
    assert!(
        (18..=26).contains(&commits),
        "{commits} commits in ten seconds for two takes"
    );
    for (now_us, _, segment) in &studio.log.segments {
        assert!(
            now_us - segment.t0_us <= 525_000,
            "oldest packet {} µs old",
            now_us - segment.t0_us
        );
    }
}

#[test]
fn files_roll_over_every_minute() {
    let memory = Memory::default();
    let studio = session(&memory, 130);
    check(&studio, &memory);
    let state = memory.0.lock().unwrap();
    let names: Vec<_> = state
        .files
        .keys()
        .map(|path| path.to_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "/session/media/a1/000.mp4",
            "/session/media/a1/001.mp4",
            "/session/media/a1/002.mp4",
            "/session/media/v1/000.webm",
            "/session/media/v1/001.webm",
            "/session/media/v1/002.webm",
        ]
    );
}

#[test]
fn a_name_in_use_stops_only_its_own_take() {
    let memory = Memory::default();
    let mut studio = session(&memory, 2);
    let before = studio.log.segments.len();
    studio.start("a2", Codec::Opus);
    studio.start("a2", Codec::Opus);
    studio.tick();
    assert!(
        matches!(&studio.log.failed[..], [(take, Failure::NameTaken)] if take.as_str() == "a2")
    );
    assert_eq!(studio.log.segments.len(), before);
}
