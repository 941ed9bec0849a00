//! Whatever people do, in whatever order, and whatever breaks: what the law asks has happened before a decision stands.

use casework::act::{Act, Delivery, Finding, PayMethod, SignMethod, Statement, Verdict};
use casework::context::{Flow, Recorder};
use casework::procedure::Cause;
use casework::{Actor, Role, Tables};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::driver::{
    ID_NUMBER, Line, NAME, PLACE, PLATE, World, change, fields, file, guided, step,
};

/// One move of the world; the numbers pick what it is about.
#[derive(Debug, Clone)]
enum Move {
    /// What the hint says.
    Follow(u32),
    /// Anything by anyone.
    Stray { who: u8, what: u8, about: u8 },
    /// Somebody's recording breaks for a while and the server says so.
    Gap { seat: bool, ms: u32 },
    /// A leg stops without anybody having said so yet, or comes back.
    Flow { seat: bool, audio: bool, back: bool },
    /// The recorder fails or recovers.
    Recorder { works: bool },
    /// Recording of a past moment turns out to be lost.
    Lost { ago_ms: u32 },
    /// Time passes.
    Wait(u32),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        40 => any::<u32>().prop_map(Move::Follow),
        6 => (0u8..9, 0u8..30, any::<u8>()).prop_map(|(who, what, about)| Move::Stray { who, what, about }),
        1 => (any::<bool>(), 1u32..30_000).prop_map(|(seat, ms)| Move::Gap { seat, ms }),
        1 => (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(seat, audio, back)| Move::Flow { seat, audio, back }),
        1 => any::<bool>().prop_map(|works| Move::Recorder { works }),
        1 => (0u32..60_000).prop_map(|ago_ms| Move::Lost { ago_ms }),
        2 => (0u32..5_000).prop_map(Move::Wait),
    ];
    proptest::collection::vec(one, 60..220)
}

fn stray(world: &World, what: u8, about: u8) -> Act {
    let steps = &world.case.procedure().steps;
    let pick = |n: usize| usize::from(about) % n;
    let any_step = || steps[pick(steps.len())].id.clone();
    let participant = || "p_party".parse().unwrap();
    let values = [
        json!({"proposed_fine_yuan": about}),
        json!({"proposed_penalty": (["oral_warning", "warning", "fine"][pick(3)])}),
        json!({"violation_code": (["1345", "1223", "1603", "3001", "1625", "1712"][pick(6)])}),
        json!({"party_name": NAME, "id_no": ID_NUMBER}),
        json!({"id_no": "440524188001010014", "birth_date": "1880-01-01"}),
        json!({"place_text": PLACE}),
        json!({"defence_finding": (["upheld", "not_upheld", "nothing_said"][pick(3)])}),
        json!({"recusal_requested": about.is_multiple_of(2)}),
        json!({"points_so_far": about % 13}),
        json!({"facts": "变更后的事实"}),
    ][pick(10)]
    .clone();
    match what {
        0..=2 => Act::StartStep { step: any_step() },
        3 => Act::RestartStep {
            step: any_step(),
            reason: "更正".to_owned(),
        },
        4 | 5 => Act::CompleteStep { step: any_step() },
        6 => Act::ReadSentence {
            sentence: format!("SC{:02}.{}", about % 18, about % 5 + 1),
        },
        7..=9 => fields(values),
        10..=12 => change(values),
        13 => {
            let guards: Vec<&str> = steps
                .iter()
                .flat_map(|s| &s.guards)
                .map(|g| g.id.as_str())
                .collect();
            let finding = if about.is_multiple_of(3) {
                Finding::Fails
            } else {
                Finding::Holds
            };
            Act::ConfirmGuard {
                guard: guards[pick(guards.len())].to_owned(),
                finding,
            }
        }
        14 => Act::AddCapture {
            capture: format!("x{}", world.log.len()),
            kind: "evidence".to_owned(),
            file: file("x"),
            participant: None,
            at_us: None,
        },
        15 => Act::StateDefence {
            participant: participant(),
            statement: Statement::Spoken {
                t0_us: u64::from(about),
                t1_us: world.context.mono_us,
            },
        },
        16 => Act::WaiveDefence {
            participant: participant(),
        },
        17 | 18 => Act::Review {
            verdict: [Verdict::Approved, Verdict::Approved, Verdict::Rejected][pick(3)],
            reason: Some("更正".to_owned()),
        },
        19..=21 => world.issue(),
        22 => Act::Sign {
            participant: participant(),
            method: SignMethod::Drawn,
            file: file("s"),
        },
        23 => Act::RefuseSignature {
            participant: participant(),
            reason: "更正".to_owned(),
        },
        24 => Act::Deliver {
            participant: participant(),
            method: Delivery::Paper,
        },
        25 => Act::Release,
        26 => Act::OfficersChanged,
        27 => Act::File { receipt: file("f") },
        28 => Act::Pay {
            method: PayMethod::Cash,
            receipt: file("p"),
        },
        // Leaving is rare, or nothing else would be seen.
        _ if about < 8 => Act::Exit {
            exit: ["ABORTED", "ESCALATED", "REVOKED"][pick(3)].to_owned(),
            reason: "更正".to_owned(),
        },
        _ => Act::NoteOverdue {
            step: step("S15_FILE"),
        },
    }
}

fn play(world: &mut World, moves: &[Move]) {
    let id = |seat: bool| if seat { "p_seat" } else { "p_officer" };
    for made in moves {
        match made {
            Move::Follow(draws) => {
                let mut draws = *draws;
                let mut choose = |n: u32| {
                    draws = draws.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (draws >> 16) % n
                };
                if let Some((who, act)) = guided(world, &mut choose) {
                    // The hint may come too late for the world; a refusal is as good as any move.
                    let _refused = world.act(who, act).is_err();
                }
            }
            Move::Stray { who, what, about } => {
                let roles = [
                    Role::Officer,
                    Role::Officer,
                    Role::Officer,
                    Role::Seat,
                    Role::Seat,
                    Role::Server,
                    Role::Party,
                    Role::Chief,
                    Role::Auditor,
                ];
                let who = Actor::new(roles[usize::from(*who)], format!("x{}", about % 2));
                let act = stray(world, *what, *about);
                let _refused = world.act(who, act).is_err();
            }
            Move::Gap { seat, ms } => drop(world.gap(id(*seat), *ms)),
            Move::Flow { seat, audio, back } => {
                let since_us = world.context.mono_us;
                let flow = if *back {
                    Flow::Live { since_us }
                } else {
                    Flow::Broken { since_us }
                };
                let leg = world
                    .context
                    .recording
                    .legs
                    .get_mut(&id(*seat).parse().unwrap())
                    .unwrap();
                *(if *audio {
                    &mut leg.audio
                } else {
                    &mut leg.video
                }) = flow;
                // Most breaks end soon, or no story would get far.
                if !since_us.is_multiple_of(4) {
                    (leg.audio, leg.video) = (Flow::Live { since_us }, Flow::Live { since_us });
                }
            }
            Move::Recorder { works } => {
                world.context.recording.recorder =
                    if *works || !world.context.mono_us.is_multiple_of(4) {
                        Recorder::Healthy { clock_offset_ms: 0 }
                    } else {
                        Recorder::Failed
                    };
            }
            Move::Lost { ago_ms } => {
                let at_us = world
                    .context
                    .mono_us
                    .saturating_sub(u64::from(*ago_ms) * 1_000);
                let act = Act::RecordingBroke {
                    participant: "p_seat".parse().unwrap(),
                    cause: Cause::IntegrityFailure,
                    from_us: at_us,
                    to_us: Some(at_us),
                };
                let _events = world.must(crate::driver::server(), act);
            }
            Move::Wait(ms) => world.wait_ms(*ms),
        }
    }
}

fn text<'a>(line: &'a Line, member: &str) -> &'a str {
    line.body
        .get(member)
        .and_then(Json::as_str)
        .unwrap_or_default()
}

/// The attempt at a step that counts, by the log alone: the newest, if it was completed and not invalidated since.
fn counting(log: &[Line], id: &str) -> Option<(usize, usize)> {
    let of_step = |kind: &str, line: &Line| line.kind == kind && text(line, "step") == id;
    let started = log.iter().rposition(|l| of_step("step.started", l))?;
    let completed = log[started..]
        .iter()
        .position(|l| of_step("step.completed", l))?
        + started;
    let void = log[started..]
        .iter()
        .any(|l| of_step("step.invalidated", l));
    (!void).then_some((started, completed))
}

/// What must be true of a log with a decision in it, without asking the machine that wrote it.
fn check_decision(world: &World) -> Result<(), TestCaseError> {
    let decisions: Vec<usize> = (0..world.log.len())
        .filter(|i| world.log[*i].kind == "decision.made")
        .collect();
    prop_assert!(decisions.len() <= 1, "a decision is made once");
    let Some(&decided) = decisions.first() else {
        return Ok(());
    };
    let before = &world.log[..decided];
    let mut last = 0;
    for id in [
        "S03_IDENTITY",
        "S04_PARTY",
        "S05_FACTS",
        "S06_NOTICE",
        "S07_DEFENCE",
        "S08_REVIEW",
        "S09_SUPERVISE",
    ] {
        let Some((started, completed)) = counting(before, id) else {
            return Err(TestCaseError::fail(format!("{id} does not count")));
        };
        // The steps about the facts follow one another; officers may be introduced anew in between.
        if !["S03_IDENTITY", "S04_PARTY"].contains(&id) {
            prop_assert!(last <= started, "{id} out of order");
            last = completed;
        }
        if id != "S09_SUPERVISE" {
            let (from_us, to_us) = (
                before[started].stamp.mono_us,
                before[completed].stamp.mono_us,
            );
            let gaps = before.iter().filter(|l| l.kind == "media.gap");
            for gap in gaps {
                let (t0, t1) = (
                    gap.body["t0_us"].as_u64().unwrap(),
                    gap.body["t1_us"].as_u64().unwrap(),
                );
                prop_assert!(t1 < from_us || t0 > to_us, "{id} lies across a gap");
            }
        }
        let inside = &before[started..=completed];
        match id {
            "S06_NOTICE" => {
                let read: Vec<&str> = inside
                    .iter()
                    .filter(|l| l.kind == "step.sentence")
                    .map(|l| text(l, "sentence"))
                    .filter(|s| !s.starts_with("SC10"))
                    .collect();
                prop_assert_eq!(read.len(), 5, "the whole notice: {:?}", read);
                prop_assert_eq!(
                    &world.log[decided].body["notice_attempt"],
                    &before[started].body["attempt"]
                );
            }
            "S07_DEFENCE" => prop_assert!(
                inside
                    .iter()
                    .any(|l| ["defence.recorded", "defence.waived"].contains(&l.kind.as_str()))
            ),
            "S09_SUPERVISE" => {
                let review = inside.iter().rfind(|l| l.kind == "review.made").unwrap();
                prop_assert_eq!(text(review, "verdict"), "approved");
                let content = ["violation_code", "proposed_penalty", "proposed_fine_yuan"];
                let changed = before[completed..].iter().any(|l| {
                    l.kind == "case.fields"
                        && content.iter().any(|f| l.body["fields"].get(f).is_some())
                });
                prop_assert!(!changed, "nothing changes between approval and decision");
            }
            _ => {}
        }
    }
    let body = &world.log[decided].body;
    let row = Tables::embedded()
        .catalogue
        .find(
            body["code"].as_str().unwrap(),
            body.get("variant").and_then(Json::as_str),
        )
        .unwrap();
    if let Some(fine) = body.get("fine_yuan").and_then(Json::as_u64) {
        prop_assert!(
            fine <= 200 && fine >= u64::from(row.fine_min) && fine <= u64::from(row.fine_max)
        );
    }
    Ok(())
}

/// Nothing that was given in private stands in any body, nor any of the words that people typed.
fn check_privacy(world: &World) -> Result<(), TestCaseError> {
    for line in &world.log {
        let body = serde_json::to_string(&line.body).unwrap();
        for typed in [
            NAME,
            ID_NUMBER,
            PLATE,
            PLACE,
            "更正",
            "变更",
            "视频清晰",
            "1949-12-31",
            "1180541000",
        ] {
            prop_assert!(!body.contains(typed), "{} holds {typed}: {body}", line.kind);
        }
        prop_assert!(is_loggable(&Json::Object(line.body.clone())), "{body}");
        prop_assert!(
            is_loggable(&Json::Object(line.private.clone())),
            "{}",
            line.kind
        );
    }
    Ok(())
}

/// The log's subset of JSON: member names and integers.
fn is_loggable(json: &Json) -> bool {
    let name = |n: &str| {
        n.len() <= 40
            && n.starts_with(|c: char| c.is_ascii_lowercase())
            && n.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if let Some(object) = json.as_object() {
        return object.iter().all(|(n, v)| name(n) && is_loggable(v));
    }
    if let Some(array) = json.as_array() {
        return array.iter().all(is_loggable);
    }
    !json.is_null() && json.as_number().is_none_or(|n| n.is_i64() || n.is_u64())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_decision_without_what_the_law_asks(moves in moves()) {
        let mut world = World::connected();
        play(&mut world, &moves);
        check_decision(&world)?;
        check_privacy(&world)?;
        prop_assert!(world.replayed() == world.case, "replaying the log gives the same case");
        // An erased private part replays too.
        let mut erased = world.clone();
        for line in &mut erased.log {
            line.private.clear();
        }
        let case = erased.replayed();
        prop_assert_eq!(case.state(), world.case.state());
        prop_assert_eq!(case.decision(), world.case.decision());
    }
}

/// The property above is about something: the same moves do reach decisions, gaps and repeated notices.
#[test]
fn random_play_reaches_decisions() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut decided, mut repeated) = (0, 0);
    for _ in 0..60 {
        let moves = moves().new_tree(&mut runner).unwrap().current();
        let mut world = World::connected();
        play(&mut world, &moves);
        decided += usize::from(world.case.decision().is_some());
        repeated += usize::from(world.steps().contains(&"started S06 #2".to_owned()));
    }
    assert!(
        decided >= 5 && repeated >= 5,
        "{decided} decisions, {repeated} repeated notices"
    );
}
