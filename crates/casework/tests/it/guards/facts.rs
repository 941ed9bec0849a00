//! What was done and what it may cost.

use casework::act::Act;
use serde_json::json;

use super::{at_facts, complete};
use crate::driver::{World, fields, officer, seat};

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
