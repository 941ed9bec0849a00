//! Each guard and rule at its edge: it lets through what the article allows, and nothing beyond.

use casework::act::{Act, Delivery, Finding, PayMethod, SignMethod, Statement, Verdict};
use casework::context::{Flow, Gap, Rank, Recorder, SignOff};
use casework::limits::{ATTEMPTS_MAX, CAPTURES_MAX};
use casework::procedure::{Cause, Check, Predicate};
use casework::view::StepState;
use casework::{Actor, Role, Tables};
use serde_json::json;

use crate::driver::{World, change, fields, file, id_number_of, officer, seat, server, step};

fn party() -> ids::ParticipantId {
    "p_party".parse().unwrap()
}

fn complete(id: &str) -> Act {
    Act::CompleteStep { step: step(id) }
}

fn start(id: &str) -> Act {
    Act::StartStep { step: step(id) }
}

/// With facts entered and confirmed, but not complete.
fn at_facts(code: &str, fine: u32) -> World {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_enter(code, fine);
    world.s05_confirm();
    world
}

#[test]
fn every_table_loads_and_every_machine_guard_is_tested_here() {
    let tables = Tables::embedded();
    assert_eq!(tables.procedures().count(), 1);
    let this_file = include_str!("guards.rs").replace('_', "");
    let procedure = tables.procedure("traffic_simple").unwrap();
    for guard in procedure.steps.iter().flat_map(|s| &s.guards) {
        if matches!(guard.check, Check::Machine(_)) {
            assert!(
                this_file.contains(&guard.id.replace('_', "")),
                "{} has no test",
                guard.id
            );
        }
    }
    let required: Vec<String> = procedure
        .required_steps()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        required,
        [
            "S03_IDENTITY",
            "S04_PARTY",
            "S05_FACTS",
            "S06_NOTICE",
            "S07_DEFENCE",
            "S08_REVIEW",
            "S11_SIGN",
            "S12_DELIVER"
        ]
    );
    // Every sentence comes from somewhere, and every guard that cites nothing is a rule of the product.
    assert!(
        tables
            .scripts
            .iter()
            .flat_map(|s| &s.sentences)
            .all(|s| !s.source.is_empty())
    );
    assert!(
        tables
            .glossary()
            .iter()
            .any(|t| t.identifier == "seat" && t.zh == "云端坐席")
    );
}

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

#[test]
fn evidence_items_at_least_one() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.start("S05_FACTS");
    world.must(
        officer(),
        fields(json!({
            "violation_code": "1345", "violation_time": "2026-11-24T09:05:00.000Z", "violation_place": {"lon": 118.0, "lat": 43.6},
            "place_text": "松漠街", "proposed_penalty": "warning",
        })),
    );
    world.s05_confirm();
    let refusal = world.refused(officer(), complete("S05_FACTS"));
    assert!(refusal.en().contains("evidence"), "{refusal}");
    let evidence_items_at_least = world.case.view(&world.context).steps[4].guards[0].clone();
    assert_eq!(evidence_items_at_least.id, "evidence_items_at_least");
    assert_eq!(
        evidence_items_at_least.state,
        casework::view::GuardState::Open
    );
    world.capture("e1", "plate_photo");
    assert_eq!(
        world.refused(officer(), complete("S05_FACTS")).code(),
        "needs_missing",
        "a picture of something else"
    );
    world.capture("e2", "evidence");
    world.complete("S05_FACTS");
}

#[test]
fn violation_on_spot_allowed_and_penalty_only_warning_or_fine() {
    // The driver is not there: nobody to decide about on the spot.
    let mut world = at_facts("1039", 100);
    world.must(
        officer(),
        fields(json!({"violation_variant": "driver_absent"})),
    );
    world.s05_confirm();
    assert_eq!(
        world.guard_against(officer(), complete("S05_FACTS")),
        "violation_on_spot_allowed"
    );
    world.must(
        officer(),
        fields(json!({"violation_variant": "refuses_to_leave"})),
    );
    world.s05_confirm();
    world.complete("S05_FACTS");
    // Drink driving: suspension is due, so both guards point away.
    let mut world = at_facts("1712", 1_000);
    world.must(
        officer(),
        fields(json!({"violation_variant": "first_offence"})),
    );
    world.s05_confirm();
    world.context.actor = officer();
    let view = world.case.view(&world.context);
    let failing: Vec<_> = view.steps[4]
        .guards
        .iter()
        .filter(|g| g.state == casework::view::GuardState::Fails)
        .map(|g| g.id.as_str())
        .collect();
    assert_eq!(
        failing,
        [
            "violation_on_spot_allowed",
            "fine_at_most",
            "penalty_only_warning_or_fine",
            "points_below_full"
        ]
    );
}

#[test]
fn a_code_with_variants_needs_one_of_its_own() {
    let mut world = at_facts("1039", 100);
    let refusal = world.refused(officer(), complete("S05_FACTS"));
    assert!(
        refusal.en().contains("variant of the violation"),
        "{refusal}"
    );
    world.must(
        officer(),
        fields(json!({"violation_variant": "signal_light"})),
    );
    assert_eq!(
        world.refused(officer(), complete("S05_FACTS")).code(),
        "field_value",
        "a variant of another code"
    );
}

#[test]
fn fine_within_statute_to_the_yuan() {
    for (yuan, passes) in [(19, false), (20, true), (200, true)] {
        let mut world = at_facts("1345", yuan);
        if passes {
            world.complete("S05_FACTS");
        } else {
            assert_eq!(
                world.guard_against(officer(), complete("S05_FACTS")),
                "fine_within_statute"
            );
        }
    }
    // 道路交通安全法 89 for pedestrians: 5 to 50.
    assert_eq!(
        at_facts("3001", 51).guard_against(officer(), complete("S05_FACTS")),
        "fine_within_statute"
    );
    at_facts("3001", 50).complete("S05_FACTS");
    // 93.2 names no warning.
    let mut world = at_facts("1039", 100);
    world.must(
        officer(),
        fields(json!({"violation_variant": "refuses_to_leave", "proposed_penalty": "warning"})),
    );
    world.s05_confirm();
    assert_eq!(
        world.guard_against(officer(), complete("S05_FACTS")),
        "fine_within_statute"
    );
}

#[test]
fn fine_at_most_two_hundred() {
    let mut world = at_facts("1345", 201);
    let ids: Vec<String> = world.case.view(&world.context).steps[4]
        .missing
        .iter()
        .filter_map(|h| h.guard.clone())
        .collect();
    assert_eq!(ids, ["fine_within_statute", "fine_at_most"]);
    world.must(officer(), fields(json!({"proposed_fine_yuan": 200})));
    world.s05_confirm();
    world.complete("S05_FACTS");
    // After the facts are established a change is measured by the same rule.
    assert_eq!(
        world.guard_against(officer(), fields(json!({"proposed_fine_yuan": 201}))),
        "fine_within_statute"
    );
    world.must(officer(), fields(json!({"proposed_fine_yuan": 199})));
}

#[test]
fn points_below_full_at_eleven() {
    // 1625 brings six points.
    for (so_far, passes) in [(5, true), (6, false)] {
        let mut world = at_facts("1625", 200);
        world.must(
            officer(),
            fields(json!({"violation_variant": "signal_light", "points_so_far": so_far})),
        );
        world.s05_confirm();
        world.read_all();
        if passes {
            world.complete("S05_FACTS");
        } else {
            assert_eq!(
                world.guard_against(officer(), complete("S05_FACTS")),
                "points_below_full"
            );
            world.must(
                officer(),
                Act::Exit {
                    exit: "FULL_POINTS".to_owned(),
                    reason: "记满十二分".to_owned(),
                },
            );
            assert!(
                world
                    .log
                    .iter()
                    .any(|l| l.body.get("sentence") == Some(&json!("SC14.1"))),
                "it was said"
            );
        }
    }
    // Points that nobody looked up are not below anything.
    let mut world = World::connected();
    world.s03_identity();
    world.start("S04_PARTY");
    world.read_all();
    world.must(officer(), fields(json!({"id_doc_type": "A", "party_name": "张三", "id_no": crate::driver::ID_NUMBER, "face_matches_photo": true, "plate": "蒙D12345"})));
    world.confirm(seat(), "identity_confirmed");
    world.complete("S04_PARTY");
    world.s05_enter("1345", 100);
    world.s05_confirm();
    assert!(
        world
            .refused(officer(), complete("S05_FACTS"))
            .en()
            .contains("points so far")
    );
    // With a warning no points follow.
    world.must(officer(), fields(json!({"proposed_penalty": "warning"})));
    world.s05_confirm();
    world.complete("S05_FACTS");
}

#[test]
fn script_read_to_end_in_order() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_facts();
    world.start("S06_NOTICE");
    assert_eq!(
        world
            .refused(
                officer(),
                Act::ReadSentence {
                    sentence: "SC02.2".to_owned()
                }
            )
            .code(),
        "sentence_order"
    );
    assert_eq!(
        world
            .refused(
                officer(),
                Act::ReadSentence {
                    sentence: "SC16.1".to_owned()
                }
            )
            .code(),
        "sentence_order",
        "another script"
    );
    for n in 1..=4 {
        // Either of them may read it.
        let who = if n % 2 == 0 { seat() } else { officer() };
        world.must(
            who,
            Act::ReadSentence {
                sentence: format!("SC02.{n}"),
            },
        );
        world.context.actor = officer();
    }
    world.confirm(seat(), "points_told");
    assert_eq!(
        world.guard_against(officer(), complete("S06_NOTICE")),
        "script_read_to_end"
    );
    world.must(
        officer(),
        Act::ReadSentence {
            sentence: "SC02.5".to_owned(),
        },
    );
    assert_eq!(
        world
            .refused(
                officer(),
                Act::ReadSentence {
                    sentence: "SC02.5".to_owned()
                }
            )
            .code(),
        "sentence_order"
    );
    world.complete("S06_NOTICE");
}

#[test]
fn the_script_fits_the_penalty_and_the_person() {
    let first = |code: &str, values: serde_json::Value| {
        let mut world = at_facts(code, 50);
        world.must(officer(), fields(values));
        world.s05_confirm();
        world.complete("S05_FACTS");
        world.start("S06_NOTICE");
        world.read_all()[0].clone()
    };
    assert_eq!(first("1345", json!({"proposed_fine_yuan": 100})), "SC02.1");
    assert_eq!(
        first("1345", json!({"proposed_penalty": "warning"})),
        "SC16.1"
    );
    assert_eq!(first("3001", json!({"proposed_fine_yuan": 5})), "SC15.1");
}

#[test]
fn a_notice_half_read_is_void_when_its_content_changes() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_facts();
    world.start("S06_NOTICE");
    world.must(
        officer(),
        Act::ReadSentence {
            sentence: "SC02.1".to_owned(),
        },
    );
    let lighter = json!({"proposed_fine_yuan": 50});
    assert_eq!(
        world.refused(officer(), fields(lighter.clone())).code(),
        "would_reopen"
    );
    assert_eq!(
        world.must(officer(), change(lighter)),
        ["case.fields", "step.invalidated"]
    );
    world.s06_notice();
    assert_eq!(world.steps().last().unwrap(), "completed S06 #2");
}

#[test]
fn defence_heard_or_waived() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_facts();
    world.s06_notice();
    assert_eq!(
        world
            .refused(
                officer(),
                Act::WaiveDefence {
                    participant: party()
                }
            )
            .code(),
        "step_not_running"
    );
    world.start("S07_DEFENCE");
    world.read_all();
    world.must(officer(), fields(json!({"recusal_requested": false})));
    assert_eq!(
        world.refused(officer(), complete("S07_DEFENCE")).code(),
        "needs_missing"
    );
    // The guard defence_heard_or_waived itself, beside the missing field.
    let hints = world.case.view(&world.context).steps[6].missing.clone();
    assert!(
        hints
            .iter()
            .any(|h| h.guard.as_deref() == Some("defence_heard_or_waived")
                && h.basis.contains(&"《行政处罚法》第六十二条".to_owned()))
    );
    // What was said must lie in this attempt, and in recording that is whole.
    let spoken = |t0_us, t1_us| Act::StateDefence {
        participant: party(),
        statement: Statement::Spoken { t0_us, t1_us },
    };
    let now = world.context.mono_us;
    assert_eq!(
        world.refused(officer(), spoken(1, now)).code(),
        "field_value"
    );
    world.must(Actor::new(Role::Party, "p1"), spoken(now - 100_000, now));
    assert_eq!(
        world
            .refused(
                officer(),
                Act::WaiveDefence {
                    participant: party()
                }
            )
            .code(),
        "done_before"
    );
    world.complete("S07_DEFENCE");
}

#[test]
fn recusal_is_decided_first() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_facts();
    world.s06_notice();
    world.start("S07_DEFENCE");
    world.read_all();
    world.must(
        officer(),
        Act::WaiveDefence {
            participant: party(),
        },
    );
    world.must(officer(), fields(json!({"recusal_requested": true})));
    assert_eq!(
        world.guard_against(officer(), complete("S07_DEFENCE")),
        "recusal_decided"
    );
    world.confirm(officer(), "recusal_decided");
    world.complete("S07_DEFENCE");
}

#[test]
fn penalty_not_heavier_after_defence() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_facts();
    world.s06_notice();
    world.s07_defended();
    assert_eq!(
        world.guard_against(officer(), change(json!({"proposed_fine_yuan": 101}))),
        "penalty_not_heavier_after_defence"
    );
    // More points are heavier too: 1223 brings three.
    assert_eq!(
        world.guard_against(officer(), change(json!({"violation_code": "1223"}))),
        "penalty_not_heavier_after_defence"
    );
    // Lighter is lawful, is notified again, and becomes the new ceiling.
    world.must(officer(), change(json!({"proposed_fine_yuan": 50})));
    world.s06_notice();
    world.s07_defended();
    assert_eq!(
        world.guard_against(officer(), change(json!({"proposed_fine_yuan": 100}))),
        "penalty_not_heavier_after_defence"
    );
    // Retyping a name does not make a defence unheard.
    world.must(officer(), change(json!({"party_name": "张叁"})));
    assert_eq!(
        world.guard_against(officer(), fields(json!({"proposed_fine_yuan": 100}))),
        "penalty_not_heavier_after_defence"
    );
}

#[test]
fn upheld_defence_followed() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_facts();
    world.s06_notice();
    world.s07_defended();
    world.start("S08_REVIEW");
    let finding = |finding: &str| {
        fields(json!({"defence_finding": finding, "finding_reason": "标线确不清晰"}))
    };
    world.must(officer(), finding("nothing_said"));
    assert_eq!(
        world.refused(officer(), complete("S08_REVIEW")).code(),
        "field_value",
        "something was said"
    );
    world.must(officer(), finding("upheld"));
    let refusal = world.refused(officer(), complete("S08_REVIEW"));
    assert_eq!(refusal.guard().unwrap().id, "upheld_defence_followed");
    assert!(refusal.zh().contains("处罚前告知"));
    world.must(officer(), change(json!({"proposed_penalty": "warning"})));
    world.s06_notice();
    world.s07_waived();
    world.s08_review("nothing_said");
    world.s09_approved();
    assert_eq!(world.draft().unwrap().penalty_text, "警告");
}

#[test]
fn reviewer_not_editor_of_identity_either() {
    let mut world = World::connected();
    world.must(seat(), fields(json!({"party_name": "张三"})));
    world.s03_identity();
    // The officer enters the same name, which makes it the officer's.
    world.s04_party();
    world.s05_facts();
    world.must(seat(), change(json!({"place_text": "松漠街"})));
    world.s05_enter_again();
    world.s06_notice();
    world.s07_waived();
    world.s08_review("nothing_said");
    let approve = Act::Review {
        verdict: Verdict::Approved,
        reason: None,
    };
    assert_eq!(world.guard_against(seat(), approve), "reviewer_not_editor");
}

#[test]
fn recorded_steps_complete_before_approval() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_facts();
    world.s06_notice();
    world.s07_waived();
    world.s08_review("nothing_said");
    // The recorder found a hole in S05 that it has not told of yet.
    let (from_us, to_us) = (2_000_000, world.context.mono_us);
    world.context.recording.gaps.push(Gap {
        participant: "p_officer".parse().unwrap(),
        from_us,
        to_us,
    });
    let approve = Act::Review {
        verdict: Verdict::Approved,
        reason: None,
    };
    assert_eq!(
        world.guard_against(seat(), approve),
        "recorded_steps_complete"
    );
    let after_all = World::approved();
    let mut late = after_all.clone();
    late.context.recording.gaps.push(Gap {
        participant: "p_officer".parse().unwrap(),
        from_us,
        to_us,
    });
    assert!(
        ["no_gap_in_step", "recorded_steps_complete"]
            .contains(&late.guard_against(officer(), late.issue()).as_str())
    );
}

#[test]
fn review_approved_before_the_decision() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_facts();
    world.s06_notice();
    world.s07_waived();
    world.s08_review("nothing_said");
    assert_eq!(
        world
            .refused(
                officer(),
                Act::Review {
                    verdict: Verdict::Approved,
                    reason: None
                }
            )
            .code(),
        "actor_not_allowed"
    );
    // A seat that opens the review cannot just complete it: review_approved is a verdict.
    world.start("S09_SUPERVISE");
    assert_eq!(
        world.refused(seat(), complete("S09_SUPERVISE")).code(),
        "needs_missing"
    );
    assert_eq!(
        world.refused(officer(), world.issue()).code(),
        "step_locked"
    );
    world.must(
        seat(),
        Act::Review {
            verdict: Verdict::Escalated,
            reason: Some("案情复杂".to_owned()),
        },
    );
    assert_eq!(world.case.state(), "ESCALATED");
    assert_eq!(
        world.refused(officer(), world.issue()).code(),
        "case_closed"
    );
}

#[test]
fn notice_matches_decision_because_every_change_reopens_it() {
    let procedure = Tables::embedded().procedure("traffic_simple").unwrap();
    let (_, notice) = procedure.step("S06_NOTICE").unwrap();
    let content = [
        "party_name",
        "id_no",
        "plate",
        "violation_time",
        "place_text",
        "facts",
        "reason",
        "legal_basis",
        "proposed_fine_yuan",
    ];
    for field in content {
        let cause = casework::field::content_cause(field).unwrap();
        assert!(notice.reopens_on.contains(&cause), "{field}");
        let mut world = World::approved();
        let value = if field == "proposed_fine_yuan" {
            json!(90)
        } else if field == "violation_time" {
            json!("2026-11-24T09:01:00.000Z")
        } else if field == "id_no" {
            json!("440524188001010014")
        } else {
            json!("变更")
        };
        world.must(officer(), change(json!({field: value})));
        let states = world.case.view(&world.context).steps;
        assert!(
            states[5..9].iter().all(|s| s.state == StepState::Invalid),
            "{field}: S06 to S09"
        );
        assert_eq!(
            world.refused(officer(), world.issue()).code(),
            "step_locked"
        );
    }
}

#[test]
fn reconsideration_text_printed_or_no_decision() {
    let mut world = World::approved();
    world.context.office.region = "999999".to_owned();
    assert_eq!(
        world.guard_against(officer(), world.issue()),
        "reconsideration_text_printed"
    );
    assert_eq!(world.draft().unwrap_err().code(), "needs_missing");
}

#[test]
fn the_decision_stands() {
    let mut world = World::approved();
    let yesterday = world.clone();
    world.must(officer(), world.issue());
    assert_eq!(
        world.refused(officer(), world.issue()).code(),
        "decision_stands"
    );
    for id in ["S03_IDENTITY", "S06_NOTICE", "S10_DECISION"] {
        assert_eq!(
            world.refused(officer(), start(id)).code(),
            "decision_stands"
        );
        assert_eq!(
            world
                .refused(
                    officer(),
                    Act::RestartStep {
                        step: step(id),
                        reason: "再来".to_owned()
                    }
                )
                .code(),
            "decision_stands"
        );
    }
    assert_eq!(
        world
            .refused(
                seat(),
                Act::Review {
                    verdict: Verdict::Rejected,
                    reason: Some("x".to_owned())
                }
            )
            .code(),
        "decision_stands"
    );
    assert_eq!(
        world.must(server(), Act::OfficersChanged),
        Vec::<String>::new()
    );
    // A number of another day is not today's.
    let mut world = yesterday;
    let act = world.issue();
    world.wait_ms(24 * 3_600_000);
    assert_eq!(world.refused(officer(), act).code(), "document_number");
}

#[test]
fn signature_or_refusal_and_change_of_mind() {
    let mut world = World::approved();
    world.must(officer(), world.issue());
    world.start("S11_SIGN");
    world.read_all();
    assert_eq!(
        world.refused(officer(), complete("S11_SIGN")).code(),
        "needs_missing"
    );
    assert!(
        world.case.view(&world.context).steps[10]
            .missing
            .iter()
            .any(|h| h.guard.as_deref() == Some("signature_or_refusal"))
    );
    assert_eq!(
        world
            .refused(
                officer(),
                Act::RefuseSignature {
                    participant: party(),
                    reason: " ".to_owned()
                }
            )
            .code(),
        "reason_missing"
    );
    world.must(
        officer(),
        Act::RefuseSignature {
            participant: party(),
            reason: "不认可".to_owned(),
        },
    );
    world.must(
        Actor::new(Role::Party, "p1"),
        Act::Sign {
            participant: party(),
            method: SignMethod::Fingerprint,
            file: file("f.png"),
        },
    );
    assert_eq!(
        world
            .refused(
                officer(),
                Act::RefuseSignature {
                    participant: party(),
                    reason: "又不认可".to_owned()
                }
            )
            .code(),
        "done_before"
    );
    world.complete("S11_SIGN");
    assert_eq!(world.case.state(), "SIGNED");
}

#[test]
fn whoever_objected_is_not_asked_to_sign_without_objection() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_facts();
    world.s06_notice();
    world.s07_defended();
    world.s08_review("not_upheld");
    world.s09_approved();
    world.must(officer(), world.issue());
    world.start("S11_SIGN");
    assert_eq!(world.read_all()[0], "SC05.1");
}

#[test]
fn a_gap_while_signing_repeats_the_signing_only() {
    let mut world = World::approved();
    world.must(officer(), world.issue());
    world.start("S11_SIGN");
    world.read_all();
    world.must(
        officer(),
        Act::Sign {
            participant: party(),
            method: SignMethod::Drawn,
            file: file("s.png"),
        },
    );
    assert_eq!(world.gap("p_seat", 4_000), ["step.invalidated"]);
    assert_eq!(world.case.state(), "DECIDED");
    world.s11_signed();
    assert_eq!(world.steps().last().unwrap(), "completed S11 #2");
}

#[test]
fn electronic_delivery_agreed_by_a_signed_confirmation() {
    let mut world = World::approved();
    world.must(officer(), world.issue());
    world.s11_signed();
    world.start("S12_DELIVER");
    world.must(
        officer(),
        Act::Deliver {
            participant: party(),
            method: Delivery::Electronic {
                consent: file("consent.pdf"),
            },
        },
    );
    let guards = world.case.view(&world.context).steps[11].guards.clone();
    assert!(
        guards.iter().any(|g| g.id == "electronic_delivery_agreed"
            && g.state == casework::view::GuardState::Holds)
    );
    world.read_all();
    world.confirm(officer(), "delivered_at_scene");
    world.complete("S12_DELIVER");
}

#[test]
fn a_decision_that_was_not_handed_over_is_served_after_the_seal() {
    let mut world = World::approved();
    world.must(officer(), world.issue());
    world.s11_signed();
    // The party has left, and the session ends.
    world.seal();
    let deliver = || Act::Deliver {
        participant: party(),
        method: Delivery::Paper,
    };
    let pay = || Act::Pay {
        method: PayMethod::Bank,
        receipt: file("p.pdf"),
    };
    assert_eq!(world.refused(server(), pay()).code(), "not_served");
    assert_eq!(world.refused(seat(), deliver()).code(), "actor_not_allowed");
    world.wait_ms(2 * 24 * 3_600_000);
    assert_eq!(world.must(officer(), deliver()), ["delivery.made"]);
    assert_eq!(world.refused(officer(), deliver()).code(), "done_before");
    let (_, pays) = world.case.procedure().step("S16_PAY").unwrap();
    assert_eq!(
        world.case.due(pays).unwrap().day().to_string(),
        "2026-12-11"
    );
    world.must(server(), pay());
}

#[test]
fn papers_returned_before_release() {
    let mut world = World::approved();
    world.must(officer(), world.issue());
    world.s11_signed();
    world.s12_delivered();
    assert_eq!(
        world.refused(officer(), Act::Release).code(),
        "step_not_running"
    );
    world.start("S13_RELEASE");
    assert_eq!(
        world.refused(officer(), Act::Release).code(),
        "script_unread"
    );
    assert_eq!(
        world.refused(officer(), complete("S13_RELEASE")).code(),
        "needs_missing"
    );
    let papers_returned = world.case.view(&world.context).steps[12].guards[0].state;
    assert_eq!(papers_returned, casework::view::GuardState::Open);
    world.read_all();
    assert_eq!(
        world.must(officer(), Act::Release),
        ["case.fields", "step.completed"]
    );
}

#[test]
fn no_missing_segment_is_shown_at_the_seal() {
    let mut world = World::approved();
    world.context.recording.segments_missing = 1;
    let view = world.case.view(&world.context);
    assert_eq!(view.steps[13].guards[0].id, "no_missing_segment");
    assert_eq!(
        view.steps[13].guards[0].state,
        casework::view::GuardState::Open
    );
    world.context.recording.segments_missing = 0;
    assert_eq!(
        world.case.view(&world.context).steps[13].guards[0].state,
        casework::view::GuardState::Holds
    );
}

#[test]
fn the_officer_says_why_it_broke() {
    let mut world = World::connected();
    world.s03_identity();
    world.wait_ms(1);
    assert_eq!(
        world.gap("p_officer", 5_000),
        Vec::<String>::new(),
        "between the steps nothing is lost"
    );
    assert!(world.case.view(&world.context).unexplained_break);
    world.start("S04_PARTY");
    let said = world.case.view(&world.context).steps[3].sentences[0]
        .words
        .zh
        .clone();
    assert!(
        said.starts_with("刚才因网络中断，录音录像在17时13分"),
        "{said}"
    );
    assert_eq!(
        world.read_all(),
        ["SC10.1", "SC08.1"],
        "no step was lost, so none is announced as repeated"
    );
    assert!(!world.case.view(&world.context).unexplained_break);
}

/// Sealed, with a fine to pay.
fn sealed() -> World {
    let mut world = World::approved();
    world.must(officer(), world.issue());
    world.s11_signed();
    world.s12_delivered();
    world.s13_released();
    world.seal();
    world
}

#[test]
fn within_deadline_or_flagged() {
    const DAY_MS: u32 = 24 * 3_600_000;
    let mut world = sealed();
    let overdue = |id: &str| Act::NoteOverdue { step: step(id) };
    // Decided on Tuesday: due on Thursday at midnight.
    world.wait_ms(2 * DAY_MS);
    assert_eq!(
        world.refused(server(), overdue("S15_FILE")).code(),
        "not_overdue"
    );
    world.wait_ms(DAY_MS);
    assert_eq!(world.must(server(), overdue("S15_FILE")), ["case.overdue"]);
    assert_eq!(
        world.refused(server(), overdue("S15_FILE")).code(),
        "done_before"
    );
    assert_eq!(
        world.refused(officer(), overdue("S16_PAY")).code(),
        "actor_not_allowed"
    );
    // Late filing is filed all the same.
    world.must(
        officer(),
        Act::File {
            receipt: file("filing.pdf"),
        },
    );
    assert_eq!(world.case.state(), "FILED");
    // Received on 24 November: the fifteenth day is 9 December. Paid two days later.
    world.wait_ms(14 * DAY_MS);
    world.pay();
    let paid = &world.log.last().unwrap().body;
    assert_eq!(
        (&paid["late_fee_fen"], &paid["fine_yuan"]),
        (&json!(600), &json!(100))
    );
}

#[test]
fn cash_only_where_allowed() {
    let cash = || Act::Pay {
        method: PayMethod::Cash,
        receipt: file("receipt.pdf"),
    };
    let mut world = sealed();
    assert_eq!(
        world.guard_against(officer(), cash()),
        "cash_only_where_allowed"
    );
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_enter("3001", 20);
    world.s05_confirm();
    world.complete("S05_FACTS");
    world.s06_notice();
    world.s07_waived();
    world.s08_review("nothing_said");
    world.s09_approved();
    world.must(officer(), world.issue());
    world.s11_signed();
    world.s12_delivered();
    world.s13_released();
    world.seal();
    world.must(officer(), cash());
    assert_eq!(world.refused(officer(), cash()).code(), "done_before");
}

#[test]
fn a_warning_has_nothing_to_pay() {
    let mut world = at_facts("1345", 100);
    world.must(officer(), fields(json!({"proposed_penalty": "warning"})));
    world.s05_confirm();
    world.complete("S05_FACTS");
    world.s06_notice();
    world.s07_waived();
    world.s08_review("nothing_said");
    world.s09_approved();
    let draft = world.draft().unwrap();
    assert_eq!((draft.payment, draft.points), (None, Some(0)));
    world.must(officer(), world.issue());
    world.s11_signed();
    world.s12_delivered();
    world.s13_released();
    let pay = || Act::Pay {
        method: PayMethod::Bank,
        receipt: file("p.pdf"),
    };
    assert_eq!(world.refused(server(), pay()).code(), "not_sealed");
    world.seal();
    assert_eq!(world.refused(server(), pay()).code(), "no_fine");
}

#[test]
fn other_officers_introduce_themselves_again() {
    let mut world = World::approved();
    assert_eq!(
        world.refused(officer(), Act::OfficersChanged).code(),
        "actor_not_allowed"
    );
    assert_eq!(
        world.must(server(), Act::OfficersChanged),
        ["step.invalidated", "step.invalidated"],
        "S03, and the approval"
    );
    let states: Vec<_> = world
        .case
        .view(&world.context)
        .steps
        .iter()
        .map(|s| s.state)
        .collect();
    assert_eq!(
        (states[2], states[5], states[8]),
        (StepState::Invalid, StepState::Completed, StepState::Invalid)
    );
    world.s03_identity();
    world.s09_approved();
    world.must(officer(), world.issue());
}

#[test]
fn a_late_gap_reopens_what_was_built_on_the_step() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_facts();
    world.s06_notice();
    let inside_notice = world.context.mono_us - 1;
    world.s07_waived();
    world.s08_review("nothing_said");
    let lost = Act::RecordingBroke {
        participant: "p_seat".parse().unwrap(),
        cause: Cause::IntegrityFailure,
        from_us: inside_notice,
        to_us: Some(inside_notice),
    };
    assert_eq!(
        world.must(server(), lost),
        ["step.invalidated"; 3],
        "S06, and the defence and review that answered it"
    );
    assert_eq!(world.case.state(), "FACTS");
    let invalid = world
        .log
        .iter()
        .rev()
        .find(|l| l.body.get("step") == Some(&json!("S07_DEFENCE")))
        .unwrap();
    assert_eq!(invalid.body["reason"], "earlier_step_reopened");
}

#[test]
fn doing_a_step_again_takes_a_reason_and_keeps_the_first() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    assert_eq!(
        world.refused(officer(), start("S04_PARTY")).code(),
        "step_complete"
    );
    let again = |reason: &str| Act::RestartStep {
        step: step("S04_PARTY"),
        reason: reason.to_owned(),
    };
    assert_eq!(world.refused(officer(), again("")).code(), "reason_missing");
    assert_eq!(
        world.must(officer(), again("证件没有拍清")),
        ["step.invalidated", "step.started"]
    );
    let view = world.case.view(&world.context);
    assert_eq!(view.steps[3].attempts.len(), 2);
    assert_eq!(
        view.steps[3].attempts[0].state,
        casework::view::AttemptState::Superseded
    );
}

#[test]
fn limits_are_reached() {
    let mut world = World::connected();
    world.start("S03_IDENTITY");
    let again = || Act::RestartStep {
        step: step("S03_IDENTITY"),
        reason: "重来".to_owned(),
    };
    for _ in 1..ATTEMPTS_MAX {
        world.must(officer(), again());
    }
    assert_eq!(
        world.refused(officer(), again()).code(),
        "too_many_attempts"
    );
    for n in 0..CAPTURES_MAX {
        world.capture(&format!("c{n}"), "evidence");
    }
    let one_more = |name: &str| Act::AddCapture {
        capture: name.to_owned(),
        kind: "evidence".to_owned(),
        file: file("x"),
        participant: None,
        at_us: None,
    };
    assert_eq!(
        world.refused(officer(), one_more("c_last")).code(),
        "too_many_captures"
    );
    let mut world = World::connected();
    world.capture("c0", "evidence");
    assert_eq!(
        world.refused(officer(), one_more("c0")).code(),
        "capture_exists"
    );
}

#[test]
fn outside_demo_mode_only_what_is_signed_off_is_used() {
    let tables = Tables::embedded();
    let mut world = World::connected();
    let rows = |ids: &[&str]| {
        SignOff::Rows(
            ids.iter()
                .map(|id| tables.scripts.script(id).unwrap().digest())
                .collect(),
        )
    };
    world.context.sign_off = rows(&["SC01"]);
    world.start("S03_IDENTITY");
    assert_eq!(
        world
            .refused(
                officer(),
                Act::ReadSentence {
                    sentence: "SC11.1".to_owned()
                }
            )
            .code(),
        "script_not_signed_off"
    );
    world.context.sign_off = rows(&["SC01", "SC11"]);
    world.must(
        officer(),
        Act::ReadSentence {
            sentence: "SC11.1".to_owned(),
        },
    );
    let choose = || fields(json!({"violation_code": "1345"}));
    assert_eq!(world.refused(officer(), choose()).code(), "field_value");
    let row = tables.catalogue.find("1345", None).unwrap().digest.clone();
    world.context.sign_off = SignOff::Rows([row].into());
    world.must(officer(), choose());
}

#[test]
fn a_sentence_waits_for_its_blanks() {
    let mut world = World::connected();
    world.context.officers.clear();
    world.start("S03_IDENTITY");
    let refusal = world.refused(
        officer(),
        Act::ReadSentence {
            sentence: "SC11.1".to_owned(),
        },
    );
    assert_eq!(refusal.zh(), "宣读前请先填写：现场民警单位。");
}

#[test]
fn roles_do_their_own_steps() {
    let mut world = World::connected();
    for role in [
        Role::Party,
        Role::Chief,
        Role::Auditor,
        Role::Admin,
        Role::Reviewer,
        Role::Clerk,
        Role::Server,
    ] {
        let who = Actor::new(role, "x");
        assert_eq!(
            world.refused(who.clone(), start("S03_IDENTITY")).code(),
            "actor_not_allowed"
        );
        assert_eq!(
            world
                .refused(who, fields(json!({"party_name": "x"})))
                .code(),
            "actor_not_allowed"
        );
    }
    world.s03_identity();
    assert_eq!(
        world.refused(seat(), start("S04_PARTY")).code(),
        "actor_not_allowed"
    );
    for id in [
        "S01_CALL",
        "S02_REC_START",
        "S14_REC_CLOSE",
        "S15_FILE",
        "S99",
    ] {
        assert_eq!(
            world.refused(officer(), start(id)).code(),
            "step_unknown",
            "{id}"
        );
    }
    assert!(matches!(
        world.case.procedure().step("S12_DELIVER").unwrap().1.guards[1].check,
        Check::Machine(Predicate::ElectronicDeliveryAgreed)
    ));
}
