//! What is read to the person, and what they say to it.

use casework::act::{Act, Statement};
use casework::{Actor, Role};
use serde_json::json;

use super::{at_facts, complete, party};
use crate::driver::{World, change, fields, officer, seat};

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
    let again = Act::ReadSentence {
        sentence: "SC02.5".to_owned(),
    };
    world.context.actor = seat();
    assert_eq!(
        world.case.decide(&again, &world.context),
        Ok(Vec::new()),
        "both tapped it: it was read once"
    );
    world.context.actor = officer();
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
