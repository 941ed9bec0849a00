//! Each guard and rule at its edge: it lets through what the article allows, and nothing beyond.

mod after;
mod again;
mod decision;
mod facts;
mod rights;
mod scene;

use casework::Tables;
use casework::act::Act;
use casework::procedure::Check;

use crate::driver::{World, step};

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
    let these_files = [
        include_str!("after.rs"),
        include_str!("again.rs"),
        include_str!("decision.rs"),
        include_str!("facts.rs"),
        include_str!("rights.rs"),
        include_str!("scene.rs"),
    ];
    let these_files = these_files.concat().replace('_', "");
    let procedure = tables.procedure("traffic_simple").unwrap();
    for guard in procedure.steps.iter().flat_map(|s| &s.guards) {
        if matches!(guard.check, Check::Machine(_)) {
            assert!(
                these_files.contains(&guard.id.replace('_', "")),
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
