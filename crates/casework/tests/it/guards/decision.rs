//! Review, decision, signature, handing over.

use casework::act::{Act, Delivery, PayMethod, SignMethod, Verdict};
use casework::context::Gap;
use casework::view::StepState;
use casework::{Actor, Role, Tables};
use serde_json::json;

use super::{complete, party, start};
use crate::driver::{World, change, fields, file, officer, seat, server, step};

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
