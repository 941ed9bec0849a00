//! What follows the seal.

use casework::act::{Act, PayMethod};
use serde_json::json;

use super::at_facts;
use crate::driver::{World, fields, file, officer, server, step};

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
