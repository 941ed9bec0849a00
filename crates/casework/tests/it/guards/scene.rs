//! Who is there, what records them, and who the person is.

use casework::Role;
use casework::act::{Act, Finding, SignMethod};
use casework::context::{Flow, Gap, Rank, Recorder};
use serde_json::json;

use super::{complete, party, start};
use crate::driver::{World, fields, file, id_number_of, officer, seat};

#[test]
fn seat_available_comes_first() {
    let mut world = World::new();
    assert_eq!(world.case.state(), "QUEUED");
    assert_eq!(
        world.refused(officer(), start("S03_IDENTITY")).code(),
        "step_locked"
    );
    world.observe("call.answered", json!({}));
    assert_eq!(world.case.state(), "CONNECTED");
    assert_eq!(
        world.refused(officer(), start("S03_IDENTITY")).code(),
        "step_locked",
        "nothing is recorded yet"
    );
}

#[test]
fn recorder_healthy_and_both_legs_recorded() {
    for recorder in [
        Recorder::Idle,
        Recorder::Failed,
        Recorder::Healthy {
            clock_offset_ms: 1_001,
        },
        Recorder::Healthy {
            clock_offset_ms: -1_001,
        },
    ] {
        let mut world = World::connected();
        world.context.recording.recorder = recorder;
        assert_eq!(
            world.guard_against(officer(), start("S03_IDENTITY")),
            "recorder_healthy"
        );
    }
    let mut world = World::connected();
    world.context.recording.recorder = Recorder::Healthy {
        clock_offset_ms: 1_000,
    };
    let live = world.context.recording.clone();
    for (who, video) in [
        ("p_officer", true),
        ("p_officer", false),
        ("p_seat", true),
        ("p_seat", false),
    ] {
        for flow in [Flow::Absent, Flow::Broken { since_us: 5 }] {
            world.context.recording = live.clone();
            let leg = world
                .context
                .recording
                .legs
                .get_mut(&who.parse().unwrap())
                .unwrap();
            *(if video {
                &mut leg.video
            } else {
                &mut leg.audio
            }) = flow;
            assert_eq!(
                world.guard_against(officer(), start("S03_IDENTITY")),
                "both_legs_recorded"
            );
        }
        world.context.recording = live.clone();
        world.context.recording.legs.remove(&who.parse().unwrap());
        assert_eq!(
            world.guard_against(officer(), start("S03_IDENTITY")),
            "both_legs_recorded"
        );
    }
    world.context.recording = live;
    world.start("S03_IDENTITY");
}

#[test]
fn nothing_is_read_heard_decided_signed_or_completed_unrecorded() {
    let mut world = World::approved();
    let live = world.context.recording.clone();
    let broken = {
        let mut broken = live.clone();
        broken
            .legs
            .get_mut(&"p_seat".parse().unwrap())
            .unwrap()
            .audio = Flow::Broken {
            since_us: world.context.mono_us,
        };
        broken
    };
    world.context.recording = broken.clone();
    assert_eq!(
        world.guard_against(officer(), world.issue()),
        "both_legs_recorded"
    );
    assert_eq!(
        world.draft().unwrap_err().guard().unwrap().id,
        "both_legs_recorded"
    );
    world.context.recording = live.clone();
    world.must(officer(), world.issue());
    world.start("S11_SIGN");
    world.context.recording = broken;
    assert_eq!(
        world.guard_against(
            officer(),
            Act::ReadSentence {
                sentence: "SC03.1".to_owned()
            }
        ),
        "both_legs_recorded"
    );
    let sign = || Act::Sign {
        participant: party(),
        method: SignMethod::Drawn,
        file: file("s.png"),
    };
    assert_eq!(world.guard_against(officer(), sign()), "both_legs_recorded");
    world.context.recording = live;
    world.read_all();
    world.must(officer(), sign());
    world.context.recording.recorder = Recorder::Failed;
    assert_eq!(
        world.guard_against(officer(), complete("S11_SIGN")),
        "recorder_healthy"
    );
}

#[test]
fn no_gap_in_step_counts_from_its_first_to_its_last_moment() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_facts();
    world.start("S06_NOTICE");
    let started_us = world.context.mono_us;
    world.read_all();
    world.confirm(officer(), "points_told");
    let whole = world.context.recording.clone();
    let gap = |from_us, to_us| Gap {
        participant: "p_seat".parse().unwrap(),
        from_us,
        to_us,
    };
    world.context.recording.gaps = vec![gap(started_us - 10, started_us)];
    assert_eq!(
        world.guard_against(officer(), complete("S06_NOTICE")),
        "no_gap_in_step"
    );
    // A track that began later than the step was not there at its beginning.
    world.context.recording = whole.clone();
    world
        .context
        .recording
        .legs
        .get_mut(&"p_seat".parse().unwrap())
        .unwrap()
        .video = Flow::Live {
        since_us: started_us + 1,
    };
    assert_eq!(
        world.guard_against(officer(), complete("S06_NOTICE")),
        "no_gap_in_step"
    );
    world.context.recording = whole;
    world.context.recording.gaps = vec![gap(started_us - 10, started_us - 1)];
    world.complete("S06_NOTICE");
}

#[test]
fn qualified_officers_at_least_two_and_auxiliaries_never_count() {
    let identified = |prepare: fn(&mut World)| {
        let mut world = World::connected();
        world.start("S03_IDENTITY");
        world.read_all();
        world.must(officer(), fields(json!({"officer_credential": {"t0_us": 1, "t1_us": 2}, "seat_credential": {"t0_us": 1, "t1_us": 2}})));
        world.confirm(seat(), "credential_shown");
        prepare(&mut world);
        world
    };
    identified(|_| {}).complete("S03_IDENTITY");
    let without: [fn(&mut World); 4] = [
        |w| w.context.officers[1].rank = Rank::Auxiliary,
        |w| w.context.officers.truncate(1),
        // Two at seats and nobody at the scene.
        |w| w.context.officers[0].role = Role::Seat,
        |w| w.context.officers.clear(),
    ];
    for prepare in without {
        assert_eq!(
            identified(prepare).guard_against(officer(), complete("S03_IDENTITY")),
            "qualified_officers_at_least"
        );
    }
    // And again when the decision is made.
    let mut world = World::approved();
    world.context.officers.truncate(1);
    assert_eq!(
        world.guard_against(officer(), world.issue()),
        "qualified_officers_at_least"
    );
}

#[test]
fn on_a_highway_two_must_stand_at_the_scene() {
    let mut world = World::connected();
    world.must(officer(), fields(json!({"place_is_highway": true})));
    world.start("S03_IDENTITY");
    world.read_all();
    world.must(officer(), fields(json!({"officer_credential": {"t0_us": 1, "t1_us": 2}, "seat_credential": {"t0_us": 1, "t1_us": 2}})));
    world.confirm(officer(), "credential_shown");
    assert_eq!(
        world.guard_against(officer(), complete("S03_IDENTITY")),
        "officers_on_site_at_least"
    );
    world.must(
        seat(),
        Act::ConfirmGuard {
            guard: "officers_on_site_at_least".to_owned(),
            finding: Finding::Fails,
        },
    );
    assert_eq!(
        world.guard_against(officer(), complete("S03_IDENTITY")),
        "officers_on_site_at_least"
    );
}

#[test]
fn recording_notice_given_by_its_sentence_alone() {
    let mut world = World::connected();
    world.start("S03_IDENTITY");
    assert_eq!(
        world
            .refused(officer(), fields(json!({"recording_notice_given": true})))
            .code(),
        "field_derived"
    );
    world.must(
        officer(),
        Act::ReadSentence {
            sentence: "SC11.1".to_owned(),
        },
    );
    assert_eq!(
        world
            .refused(
                officer(),
                Act::ReadSentence {
                    sentence: "SC01.1".to_owned()
                }
            )
            .code(),
        "actor_not_allowed",
        "the seat's words"
    );
    assert_eq!(
        world
            .refused(
                seat(),
                Act::ReadSentence {
                    sentence: "SC01.2".to_owned()
                }
            )
            .code(),
        "sentence_order"
    );
    let refusal = world.refused(officer(), complete("S03_IDENTITY"));
    assert!(
        refusal.en().contains("notice of recording"),
        "{}",
        refusal.en()
    );
    world.read_all();
    let view = world.case.view(&world.context);
    let guard = view.steps[2]
        .guards
        .iter()
        .find(|g| g.id == "recording_notice_given")
        .unwrap();
    assert_eq!(guard.state, casework::view::GuardState::Holds);
}

#[test]
fn party_age_at_least_fourteen_on_the_day() {
    for (birth, passes) in [("20121124", true), ("20121125", false)] {
        let mut world = World::connected();
        world.s03_identity();
        world.start("S04_PARTY");
        world.read_all();
        let number = id_number_of(birth);
        world.must(officer(), fields(json!({"id_doc_type": "A", "party_name": "小明", "id_no": number, "face_matches_photo": true})));
        world.confirm(seat(), "identity_confirmed");
        if passes {
            world.complete("S04_PARTY");
        } else {
            let refusal = world.refused(officer(), complete("S04_PARTY"));
            assert_eq!(refusal.guard().unwrap().id, "party_age_at_least");
            assert!(
                refusal.zh().contains("《行政处罚法》第三十条")
                    && refusal.zh().contains("不予处罚")
            );
            world.must(
                officer(),
                Act::Exit {
                    exit: "NOT_PUNISHED".to_owned(),
                    reason: "不满十四周岁".to_owned(),
                },
            );
            assert_eq!(world.case.state(), "NOT_PUNISHED");
        }
    }
}

#[test]
fn identity_numbers_are_checked_where_they_must_be() {
    let mut world = World::connected();
    world.s03_identity();
    world.start("S04_PARTY");
    let wrong = "110105194912310021";
    assert_eq!(
        world
            .refused(officer(), fields(json!({"licence_no": wrong})))
            .code(),
        "field_value"
    );
    // Before the kind of document is known the number is taken, and checked when the step completes.
    world.must(officer(), fields(json!({"id_no": wrong, "party_name": "张三", "birth_date": "1949-12-31", "face_matches_photo": true})));
    world.must(officer(), fields(json!({"id_doc_type": "A"})));
    world.read_all();
    world.confirm(seat(), "identity_confirmed");
    assert_eq!(
        world.refused(officer(), complete("S04_PARTY")).code(),
        "field_value"
    );
    // A passport number is nobody's to check.
    world.must(officer(), fields(json!({"id_doc_type": "F"})));
    world.confirm(seat(), "identity_confirmed");
    world.complete("S04_PARTY");

    // A birth date that is not the one in the number.
    let mut world = World::connected();
    world.s03_identity();
    world.start("S04_PARTY");
    world.read_all();
    world.must(officer(), fields(json!({"id_doc_type": "A", "id_no": crate::driver::ID_NUMBER, "party_name": "张三", "birth_date": "1950-01-01", "face_matches_photo": true})));
    world.confirm(seat(), "identity_confirmed");
    let refusal = world.refused(officer(), complete("S04_PARTY"));
    assert_eq!(refusal.zh(), "出生日期：出生日期与证件号码不一致。");
}

#[test]
fn one_alternative_replaces_the_other() {
    let mut world = World::connected();
    world.must(officer(), fields(json!({"id_no": "E12345678"})));
    world.must(
        officer(),
        fields(json!({"licence_no": crate::driver::ID_NUMBER})),
    );
    let view = world.case.view(&world.context);
    let need = view.steps[3]
        .needs
        .iter()
        .find(|n| n.fields.len() == 2)
        .unwrap();
    assert_eq!(
        need.fields.iter().map(|f| f.filled).collect::<Vec<_>>(),
        [false, true]
    );
}

#[test]
fn a_face_that_does_not_match_blocks_whatever_the_seat_says() {
    let mut world = World::connected();
    world.s03_identity();
    world.start("S04_PARTY");
    world.read_all();
    world.must(officer(), fields(json!({"id_doc_type": "A", "id_no": crate::driver::ID_NUMBER, "party_name": "张三", "face_matches_photo": false})));
    world.confirm(seat(), "identity_confirmed");
    assert_eq!(
        world.guard_against(officer(), complete("S04_PARTY")),
        "identity_confirmed"
    );
}
