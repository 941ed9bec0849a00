//! Doing a step again, and who may do which.

use casework::act::Act;
use casework::context::SignOff;
use casework::limits::{ATTEMPTS_MAX, CAPTURES_MAX};
use casework::procedure::{Cause, Check, Predicate};
use casework::view::StepState;
use casework::{Actor, Role, Tables};
use serde_json::json;

use super::start;
use crate::driver::{World, fields, file, officer, seat, server, step};

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
