//! What screens are shown.

use casework::Role;
use casework::act::Act;
use casework::context::Flow;
use casework::view::{NextAction, SentenceState, StepState};
use serde_json::json;

use crate::driver::{World, fields, guided, officer, seat, step};

#[test]
fn whoever_follows_the_hint_reaches_the_end() {
    for seed in 0..64u32 {
        let mut draws = seed;
        let mut choose = |n: u32| {
            draws = draws.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (draws >> 16) % n
        };
        let mut world = World::connected();
        let mut acts = 0;
        while let Some((who, act)) = guided(&world, &mut choose) {
            world.must(who, act);
            acts += 1;
            assert!(
                acts < 600,
                "seed {seed}: still at {:?}",
                world.case.view(&world.context).next
            );
        }
        assert_eq!(
            world.case.view(&world.context).next.action,
            NextAction::Seal,
            "seed {seed}"
        );
        // A warning against which the party was right is dropped; everything else is decided.
        let dropped = world.case.state() == "NOT_PUNISHED";
        assert_eq!(world.case.decision().is_none(), dropped, "seed {seed}");
        world.seal();
        while let Some((who, act)) = guided(&world, &mut choose) {
            world.must(who, act);
        }
        let state = world.case.state();
        assert!(
            ["FILED", "PAID"].contains(&state) || dropped,
            "seed {seed}: {state}"
        );
        assert!(world.replayed() == world.case);
    }
}

#[test]
fn the_hint_waits_for_what_only_others_can_bring() {
    let mut world = World::new();
    let next = |w: &World| w.case.view(&w.context).next.action;
    assert_eq!(next(&world), NextAction::WaitForSeat);
    world.observe("call.answered", json!({}));
    assert_eq!(next(&world), NextAction::WaitForRecording);
    let mut world = World::connected();
    assert_eq!(next(&world), NextAction::StartStep);
    let flowing = world.context.recording.clone();
    let since_us = world.context.mono_us;
    world
        .context
        .recording
        .legs
        .get_mut(&"p_officer".parse().unwrap())
        .unwrap()
        .audio = Flow::Broken { since_us };
    assert_eq!(next(&world), NextAction::RestoreRecording);
    let problem = world.case.view(&world.context).recording_problem.unwrap();
    assert_eq!(
        (problem.guard.as_deref(), problem.basis.as_slice()),
        (
            Some("both_legs_recorded"),
            ["《行政处罚法》第四十七条".to_owned()].as_slice()
        )
    );
    world.context.recording = flowing;
    world.start("S03_IDENTITY");
    world
        .context
        .recording
        .legs
        .get_mut(&"p_officer".parse().unwrap())
        .unwrap()
        .audio = Flow::Live {
        since_us: world.context.mono_us + 1,
    };
    assert_eq!(next(&world), NextAction::RestartStep);
}

#[test]
fn a_view_is_plain_json_with_every_word_filled_in() {
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
    let view = world.case.view(&world.context);
    let notice = &view.steps[5];
    assert_eq!(
        (
            notice.id.as_str(),
            notice.number,
            notice.state,
            notice.attempt
        ),
        ("S06_NOTICE", 6, StepState::Running, 1)
    );
    let zh: Vec<&str> = notice
        .sentences
        .iter()
        .map(|s| s.words.zh.as_str())
        .collect();
    assert_eq!(
        zh[0],
        "违法事实：2026年11月24日17时05分，在林西县林西镇松漠街与大宁路交叉口，机动车违反禁止标线指示。"
    );
    assert_eq!(
        zh[1],
        "你的机动车违反禁止标线指示的行为违反了道路交通安全法律法规，依据《道路交通安全法》第九十条和《道路交通安全法》第三十八条的规定，对你处以100元的罚款，记1分。"
    );
    let states: Vec<_> = notice.sentences.iter().map(|s| s.state).collect();
    assert_eq!(
        states[..3],
        [
            SentenceState::Read,
            SentenceState::Next,
            SentenceState::Later
        ]
    );
    assert_eq!(notice.sentences[1].read_by, [Role::Officer, Role::Seat]);
    assert_eq!(view.next.about.as_deref(), Some("SC02.2"));
    assert_eq!(
        view.steps[6].why_locked.as_ref().unwrap().zh,
        "请先完成“处罚前告知”"
    );
    assert_eq!(
        view.violation.as_ref().unwrap().fine_reference_min,
        Some(100)
    );
    assert_eq!(view.penalty.as_ref().unwrap().zh, "罚款100元");
    let json = serde_json::to_value(&view).unwrap();
    assert_eq!(json["steps"][5]["state"], "running");
    assert_eq!(
        json["steps"][5]["guards"][0]["basis"][0],
        "《行政处罚法》第四十四条"
    );
    assert_eq!(json["next"]["action"], "read_sentence");
}

#[test]
fn a_usual_fine_is_shown_and_never_filled_in() {
    let mut world = World::connected();
    world.must(officer(), fields(json!({"violation_code": "1345"})));
    let view = world.case.view(&world.context);
    assert_eq!(view.penalty, None);
    let fields = view.steps[4].needs.iter().flat_map(|n| &n.fields);
    let fine = fields
        .filter(|f| f.field == "proposed_fine_yuan")
        .map(|f| (&f.value, &f.suggested))
        .next();
    assert_eq!(fine, Some((&None, &None)));
    let facts = view.steps[5]
        .needs
        .iter()
        .flat_map(|n| &n.fields)
        .find(|f| f.field == "facts")
        .unwrap();
    assert_eq!(facts.suggested, Some(json!("机动车违反禁止标线指示")));
}

#[test]
fn an_unusual_plate_is_warned_of_and_never_blocks() {
    let mut world = World::connected();
    let plate = |w: &World| {
        w.case.view(&w.context).steps[3]
            .needs
            .iter()
            .flat_map(|n| n.fields.clone())
            .find(|f| f.field == "plate")
            .unwrap()
    };
    for (text, unusual) in [
        ("蒙D12345", false),
        ("蒙DD12345", false),
        ("蒙I12345", true),
        ("D12345", true),
    ] {
        world.must(officer(), fields(json!({"plate": text})));
        assert_eq!(plate(&world).warning.is_some(), unusual, "{text}");
    }
}

#[test]
fn who_must_confirm_is_named() {
    let mut world = World::connected();
    world.s03_identity();
    world.start("S04_PARTY");
    let guard = |w: &World| {
        w.case.view(&w.context).steps[3]
            .guards
            .iter()
            .find(|g| g.id == "identity_confirmed")
            .unwrap()
            .clone()
    };
    assert_eq!(guard(&world).confirm_by, [Role::Seat]);
    world.confirm(seat(), "identity_confirmed");
    let confirmed = guard(&world);
    assert!(confirmed.confirm_by.is_empty());
    assert_eq!(
        (
            confirmed.confirmed[0].role,
            confirmed.confirmed[0].by.as_str()
        ),
        (Role::Seat, "s1")
    );
}

#[test]
fn due_dates_carry_their_article_and_turn_overdue() {
    let mut world = World::approved();
    world.must(officer(), world.issue());
    world.s11_signed();
    world.s12_delivered();
    world.s13_released();
    world.seal();
    let filing = world.case.view(&world.context).steps[14]
        .due
        .clone()
        .unwrap();
    assert_eq!(
        (filing.at.as_str(), filing.overdue),
        ("2026-11-26T15:59:59.999Z", false)
    );
    assert_eq!(
        filing.basis[0],
        "《道路交通安全违法行为处理程序规定》第四十四条第二款"
    );
    world.wait_ms(3 * 24 * 3_600_000);
    assert!(
        world.case.view(&world.context).steps[14]
            .due
            .as_ref()
            .unwrap()
            .overdue
    );
}

#[test]
fn exits_are_those_of_the_step() {
    let mut world = World::connected();
    world.s03_identity();
    world.s04_party();
    let exits = |w: &World| {
        w.case
            .view(&w.context)
            .exits
            .iter()
            .map(|e| e.id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        exits(&world),
        [
            "ORAL_WARNING",
            "ESCALATED",
            "FULL_POINTS",
            "CRIME_SUSPECTED",
            "ABORTED"
        ]
    );
    world.must(
        officer(),
        Act::Exit {
            exit: "ABORTED".to_owned(),
            reason: "设备故障".to_owned(),
        },
    );
    assert!(exits(&world).is_empty());
    assert_eq!(
        world
            .refused(
                officer(),
                Act::StartStep {
                    step: step("S05_FACTS")
                }
            )
            .code(),
        "case_closed"
    );
    assert_eq!(
        world.case.view(&world.context).next.action,
        NextAction::Seal
    );
}
