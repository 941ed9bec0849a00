//! The acceptance stories of the simple procedure.

use casework::act::{Act, Finding, Verdict};
use casework::{Actor, Penalty, Role};
use serde_json::json;

use crate::driver::{
    ID_NUMBER, NAME, PLACE, PLATE, World, change, fields, file, officer, seat, server, step,
};

/// What every story must keep: the log alone gives the same case, and tells nobody's name.
fn check(world: &World) {
    assert!(
        world.replayed() == world.case,
        "a restart gives the same case"
    );
    let personal = [
        NAME,
        ID_NUMBER,
        "1949-12-31",
        PLATE,
        PLACE,
        "1180541000",
        "2026-11-24T09:05",
        "录像不符",
        "更正",
    ];
    for line in &world.log {
        let body = serde_json::to_string(&line.body).unwrap();
        assert!(
            personal.iter().all(|p| !body.contains(p)),
            "{} {body}",
            line.kind
        );
    }
}

fn in_order(world: &World, kinds: &[&str]) {
    let log = world.kinds();
    let positions: Vec<usize> = kinds
        .iter()
        .map(|k| {
            log.iter()
                .rposition(|l| l == k)
                .unwrap_or_else(|| panic!("no {k}"))
        })
        .collect();
    assert!(positions.is_sorted(), "{kinds:?} at {positions:?}");
}

#[test]
fn story_1_the_happy_path() {
    let mut world = World::approved();
    assert_eq!(world.case.state(), "APPROVED");
    let draft = world.draft().unwrap();
    world.must(officer(), world.issue());
    assert_eq!(world.case.state(), "DECIDED");
    world.s11_signed();
    assert_eq!(world.case.state(), "SIGNED");
    world.s12_delivered();
    world.s13_released();
    assert_eq!(world.case.state(), "DELIVERED");
    world.seal();
    assert_eq!(world.case.state(), "SEALED");
    world.must(
        officer(),
        Act::File {
            receipt: file("filing.pdf"),
        },
    );
    assert_eq!(world.case.state(), "FILED");
    world.pay();
    assert_eq!(world.case.state(), "PAID");

    let expected: Vec<String> = (3..=13)
        .flat_map(|n| {
            [
                format!("started S{n:02} #1"),
                format!("completed S{n:02} #1"),
            ]
        })
        .collect();
    assert_eq!(world.steps(), expected, "one attempt each, in order");
    in_order(
        &world,
        &[
            "call.answered",
            "track.started",
            "defence.waived",
            "review.made",
            "document.issued",
            "decision.made",
            "party.signed",
            "delivery.made",
            "session.sealed",
            "case.filed",
            "case.paid",
        ],
    );
    assert!(
        draft
            .remedy
            .contains("六十日内先向林西县人民政府申请行政复议"),
        "{}",
        draft.remedy
    );
    assert_eq!(
        draft.finding,
        format!(
            "被处罚人于2026年11月24日17时05分，在{PLACE}实施机动车违反禁止标线指示违法行为（代码1345），违反《中华人民共和国道路交通安全法》第三十八条，\
             依据《中华人民共和国道路交通安全法》第九十条，决定处以罚款100元。"
        )
    );
    assert_eq!(
        (draft.penalty, draft.points),
        (Penalty::Fine { yuan: 100 }, Some(1))
    );
    assert_eq!(draft.mark, Some("未经法制核对"));
    assert_eq!(
        draft
            .officers
            .iter()
            .map(|o| o.name.as_str())
            .collect::<Vec<_>>(),
        ["王建国", "李卫东"]
    );
    assert!(draft.payment.unwrap().text.contains("2026年12月9日"));
    check(&world);
}

#[test]
fn story_2_refuses_to_sign_and_to_take_the_paper() {
    let mut world = World::approved();
    world.must(officer(), world.issue());
    let participant = || "p_party".parse().unwrap();

    world.start("S11_SIGN");
    let read = world.read_all();
    assert_eq!(
        read,
        ["SC03.1", "SC09.1", "SC09.2"],
        "the remedy is read aloud"
    );
    world.must(
        officer(),
        Act::RefuseSignature {
            participant: participant(),
            reason: "不认可录像".to_owned(),
        },
    );
    assert_eq!(world.read_all(), ["SC04.1"], "and what refusing means");
    let guard = world.guard_against(
        officer(),
        Act::CompleteStep {
            step: step("S11_SIGN"),
        },
    );
    assert_eq!(guard, "officer_note_made");
    assert_eq!(
        world
            .refused(
                officer(),
                Act::ConfirmGuard {
                    guard,
                    finding: Finding::Holds
                }
            )
            .code(),
        "actor_not_allowed"
    );
    world.confirm(seat(), "officer_note_made");
    world.complete("S11_SIGN");
    assert_eq!(world.case.state(), "SIGN_REFUSED");

    world.start("S12_DELIVER");
    world.must(
        officer(),
        Act::RefuseDelivery {
            participant: participant(),
            reason: "拒收".to_owned(),
        },
    );
    let noted = world.log.last().unwrap().stamp.at;
    world.read_all();
    world.confirm(seat(), "officer_note_made");
    world.confirm(officer(), "delivered_at_scene");
    world.complete("S12_DELIVER");
    assert_eq!(world.case.state(), "RECEIPT_REFUSED");
    world.s13_released();
    assert_eq!(world.case.state(), "RECEIPT_REFUSED");
    world.seal();
    assert_eq!(world.case.state(), "SEALED");
    world.must(
        officer(),
        Act::File {
            receipt: file("filing.pdf"),
        },
    );
    assert_eq!(world.case.state(), "FILED");

    assert!(!world.kinds().contains(&"party.signed"));
    let (_, pay) = world.case.procedure().step("S16_PAY").unwrap();
    let due = world.case.due(pay).unwrap();
    assert_eq!(
        due.day().to_string(),
        "2026-12-09",
        "fifteen days from the note at {noted}"
    );
    check(&world);
}

#[test]
fn story_3_network_drop_within_the_notice() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_facts();
    world.start("S06_NOTICE");
    for sentence in ["SC02.1", "SC02.2", "SC02.3"] {
        world.must(
            officer(),
            Act::ReadSentence {
                sentence: sentence.to_owned(),
            },
        );
    }
    assert_eq!(world.gap("p_officer", 20_000), ["step.invalidated"]);
    assert_eq!(world.case.state(), "FACTS");
    assert_eq!(
        world
            .refused(
                officer(),
                Act::StartStep {
                    step: step("S07_DEFENCE")
                }
            )
            .code(),
        "step_locked"
    );
    assert_eq!(
        world.refused(officer(), world.issue()).code(),
        "step_locked"
    );

    world.start("S06_NOTICE");
    let read = world.read_all();
    assert_eq!(
        read,
        [
            "SC10.1", "SC10.2", "SC02.1", "SC02.2", "SC02.3", "SC02.4", "SC02.5"
        ],
        "why it broke, then from sentence 1"
    );
    world.confirm(officer(), "points_told");
    world.complete("S06_NOTICE");
    world.s07_waived();
    world.s08_review("nothing_said");
    world.s09_approved();
    assert_eq!(world.draft().unwrap().notice_attempt, 2);
    world.must(officer(), world.issue());
    assert_eq!(
        world.case.decision().unwrap().notice_attempt,
        2,
        "the decision cites the attempt that counts"
    );
    let steps = world.steps();
    assert!(
        steps.contains(&"invalidated S06 #1".to_owned())
            && steps.contains(&"completed S06 #2".to_owned())
    );
    assert!(!steps.contains(&"completed S06 #1".to_owned()));
    check(&world);
}

#[test]
fn story_4_wrong_identity_before_the_decision() {
    let mut world = World::connected();
    world.s03_identity();
    world.start("S04_PARTY");
    world.read_all();
    let papers = json!({"id_doc_type": "A", "party_name": "李四", "id_no": "440524188001010014", "face_matches_photo": true, "plate": PLATE, "points_so_far": 0});
    world.must(officer(), fields(papers));
    let kinds = world.must(
        seat(),
        Act::ConfirmGuard {
            guard: "identity_confirmed".to_owned(),
            finding: Finding::Fails,
        },
    );
    assert_eq!(kinds, ["step.confirmed", "identity.mismatched"]);
    assert_eq!(
        world.guard_against(
            officer(),
            Act::CompleteStep {
                step: step("S04_PARTY")
            }
        ),
        "identity_confirmed"
    );
    // The person who stands there: what was confirmed about the other one is void.
    world.must(
        officer(),
        fields(json!({"party_name": NAME, "id_no": ID_NUMBER, "birth_date": "1949-12-31"})),
    );
    assert_eq!(
        world
            .refused(
                officer(),
                Act::CompleteStep {
                    step: step("S04_PARTY")
                }
            )
            .code(),
        "guard_not_confirmed"
    );
    world.confirm(seat(), "identity_confirmed");
    world.complete("S04_PARTY");
    check(&world);
}

#[test]
fn story_4_wrong_identity_found_after_the_notice() {
    let mut world = World::approved();
    let other =
        json!({"party_name": "李四", "id_no": "440524188001010014", "birth_date": "1880-01-01"});
    let refusal = world.refused(officer(), fields(other.clone()));
    assert_eq!(refusal.code(), "would_reopen");
    let kinds = world.must(officer(), change(other));
    assert_eq!(
        kinds.iter().filter(|k| *k == "step.invalidated").count(),
        6,
        "S04 to S09: {kinds:?}"
    );
    assert_eq!(world.case.state(), "IDENTIFIED");
    world.start("S04_PARTY");
    assert_eq!(world.steps().last().unwrap(), "started S04 #2");
    check(&world);
}

#[test]
fn story_4_wrong_identity_found_after_the_decision() {
    let mut world = World::approved();
    world.must(officer(), world.issue());
    assert_eq!(
        world
            .refused(officer(), change(json!({"party_name": "李四"})))
            .code(),
        "decision_stands"
    );
    let revoke = || Act::Exit {
        exit: "REVOKED".to_owned(),
        reason: "被处罚人身份有误".to_owned(),
    };
    assert_eq!(
        world.refused(officer(), revoke()).code(),
        "actor_not_allowed"
    );
    assert_eq!(
        world.must(Actor::new(Role::Reviewer, "r1"), revoke()),
        ["case.revoked"]
    );
    assert_eq!(world.case.state(), "REVOKED");
    assert!(world.case.decision().is_some(), "both stand in the log");
    assert_eq!(
        world
            .refused(
                officer(),
                Act::StartStep {
                    step: step("S11_SIGN")
                }
            )
            .code(),
        "case_closed"
    );
    check(&world);
}

#[test]
fn story_5_the_seat_rejects() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_enter("1345", 200);
    world.s05_confirm();
    world.complete("S05_FACTS");
    world.s06_notice();
    world.s07_waived();
    world.s08_review("nothing_said");
    assert_eq!(
        world
            .refused(
                seat(),
                Act::Review {
                    verdict: Verdict::Rejected,
                    reason: None
                }
            )
            .code(),
        "reason_missing"
    );
    let rejected = Act::Review {
        verdict: Verdict::Rejected,
        reason: Some("罚款高于本地标准".to_owned()),
    };
    assert_eq!(
        world.must(seat(), rejected),
        ["step.started", "review.made", "step.invalidated"]
    );
    assert_eq!(world.case.state(), "RETURNED");
    assert_eq!(
        world.refused(officer(), world.issue()).code(),
        "step_locked",
        "no number is used before approval"
    );

    assert_eq!(
        world
            .refused(officer(), fields(json!({"proposed_fine_yuan": 100})))
            .code(),
        "would_reopen"
    );
    // The seat makes the edit itself, and so may not approve it.
    let kinds = world.must(seat(), change(json!({"proposed_fine_yuan": 100})));
    assert_eq!(
        kinds,
        [
            "case.fields",
            "step.invalidated",
            "step.invalidated",
            "step.invalidated"
        ],
        "S06, S07, S08"
    );
    world.s06_notice();
    world.s07_waived();
    world.s08_review("nothing_said");
    let approve = || Act::Review {
        verdict: Verdict::Approved,
        reason: None,
    };
    assert_eq!(
        world.guard_against(seat(), approve()),
        "reviewer_not_editor"
    );
    assert_eq!(
        world.must(Actor::new(Role::Seat, "s2"), approve()),
        ["step.started", "review.made", "step.completed"]
    );
    world.must(officer(), world.issue());
    assert_eq!(
        world.case.decision().unwrap().penalty,
        Penalty::Fine { yuan: 100 }
    );
    check(&world);
}

#[test]
fn story_5_the_officer_adopts_what_the_seat_entered() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_enter("1345", 150);
    world.must(seat(), fields(json!({"proposed_fine_yuan": 100})));
    world.must(officer(), fields(json!({"proposed_fine_yuan": 100})));
    world.s05_confirm();
    world.complete("S05_FACTS");
    world.s06_notice();
    world.s07_waived();
    world.s08_review("nothing_said");
    world.s09_approved();
    check(&world);
}

#[test]
fn story_6_escalation() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_enter("1603", 500);
    world.must(
        officer(),
        fields(json!({"violation_variant": "other_vehicle_ordinary_road"})),
    );
    world.s05_confirm();
    let refusal = world.refused(
        officer(),
        Act::CompleteStep {
            step: step("S05_FACTS"),
        },
    );
    assert_eq!(refusal.guard().unwrap().id, "violation_on_spot_allowed");
    assert!(
        refusal
            .zh()
            .contains("《道路交通安全法》第一百零七条第一款")
            && refusal.zh().contains("转一般程序"),
        "{}",
        refusal.zh()
    );
    let escalate = Act::Exit {
        exit: "ESCALATED".to_owned(),
        reason: "超速百分之五十以上".to_owned(),
    };
    assert_eq!(world.must(officer(), escalate), ["case.exited"]);
    assert_eq!(world.log.last().unwrap().body["step"], "S05_FACTS");
    assert_eq!(world.case.state(), "ESCALATED");
    let view = world.case.view(&world.context);
    assert_eq!(view.exit.unwrap().zh, "转一般程序");
    world.seal();
    assert!(world.case.decision().is_none());
    assert_eq!(
        world
            .refused(
                officer(),
                Act::File {
                    receipt: file("filing.pdf")
                }
            )
            .code(),
        "no_decision"
    );
    check(&world);
}

#[test]
fn an_oral_warning_ends_it_once_it_was_said() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    world.s05_enter("1345", 100);
    world.must(
        officer(),
        fields(json!({"proposed_penalty": "oral_warning"})),
    );
    let exit = || Act::Exit {
        exit: "ORAL_WARNING".to_owned(),
        reason: "情节轻微".to_owned(),
    };
    assert_eq!(
        world.refused(officer(), exit()).code(),
        "exit_script_unread"
    );
    assert_eq!(world.read_all(), ["SC12.1", "SC12.2"]);
    assert_eq!(
        world.guard_against(
            officer(),
            Act::CompleteStep {
                step: step("S05_FACTS")
            }
        ),
        "not_minor_violation"
    );
    world.must(officer(), exit());
    assert_eq!(world.case.state(), "ORAL_WARNING");
    check(&world);
}

#[test]
fn a_lost_recording_behind_a_decision_is_flagged_and_changes_nothing() {
    let mut world = World::approved();
    world.must(officer(), world.issue());
    let (from_us, to_us) = (2_000_000, Some(900_000_000));
    let lost = || Act::RecordingBroke {
        participant: "p_seat".parse().unwrap(),
        cause: casework::procedure::Cause::IntegrityFailure,
        from_us,
        to_us,
    };
    let kinds = world.must(server(), lost());
    assert!(
        kinds.iter().all(|k| k == "case.evidence_incomplete") && kinds.len() == 6,
        "S03 to S08: {kinds:?}"
    );
    assert_eq!(world.must(server(), lost()), Vec::<String>::new(), "once");
    assert_eq!(world.case.state(), "DECIDED");
    assert_eq!(world.case.incomplete_steps().count(), 6);
    check(&world);
}
