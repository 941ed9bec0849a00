use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::limits::MEDIA_SUSPECT;
use crate::protocol::CaptureState;

const BOTH: [Kind; 2] = [Kind::Audio, Kind::Video];

struct Stage {
    room: Room,
    now: Instant,
}

fn id(name: &str) -> ParticipantId {
    name.parse().unwrap()
}

fn link(n: u64) -> ConnectionId {
    ConnectionId::new(n)
}

fn expected(name: &str, must_send: &[Kind]) -> Expected {
    Expected {
        participant: id(name),
        role: name.into(),
        person: None,
        display_name: name.into(),
        must_send: must_send.iter().copied().collect(),
    }
}

fn interrupted(name: &str, reason: Interruption) -> Output {
    fact(name, Happened::Interrupted { reason })
}

fn fact(name: &str, what: Happened) -> Output {
    Output::Fact(Fact {
        participant: id(name),
        what,
    })
}

fn joined(name: &str) -> Output {
    fact(
        name,
        Happened::Joined {
            role: name.into(),
            must_record: BTreeSet::from(BOTH),
        },
    )
}

impl Stage {
    fn new() -> Self {
        let now = Instant::now();
        let mut stage = Self {
            room: Room::new(Sid::from_bytes([7; 16]), now),
            now,
        };
        stage.ok(Input::Expect(expected("officer", &BOTH)));
        stage.ok(Input::Expect(expected("seat", &BOTH)));
        stage.outputs();
        stage
    }

    /// Officer and seat joined, on links 1 and 2.
    fn live() -> Self {
        let mut stage = Self::new();
        for (name, n) in [("officer", 1), ("seat", 2)] {
            stage.join(name, n);
            stage.ok(Input::Offer {
                link: link(n),
                connection: 1,
            });
            stage.flow(name, 1);
        }
        stage.outputs();
        stage
    }

    fn ok(&mut self, input: Input) {
        self.room.handle(input, self.now).unwrap();
    }

    fn err(&mut self, input: Input) -> RoomError {
        self.room.handle(input, self.now).unwrap_err()
    }

    fn join(&mut self, name: &str, n: u64) {
        self.ok(Input::Join {
            participant: id(name),
            link: link(n),
        });
    }

    fn flow(&mut self, name: &str, connection: u32) {
        for kind in BOTH {
            self.ok(Input::Flowing {
                participant: id(name),
                connection,
                kind,
            });
        }
    }

    fn silent(&mut self, name: &str, connection: u32, kind: Kind) {
        self.ok(Input::Silent {
            participant: id(name),
            connection,
            kind,
            since: self.now,
        });
    }

    fn tick(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.ok(Input::Tick);
    }

    fn presence(&self, name: &str) -> Presence {
        self.room.presence(&id(name)).unwrap()
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.room.poll()).collect()
    }

    /// Outputs but rosters.
    fn doings(&mut self) -> Vec<Output> {
        self.outputs()
            .into_iter()
            .filter(|output| !matches!(output, Output::Broadcast(_)))
            .collect()
    }
}

#[test]
fn joined_is_said_when_every_kind_has_arrived() {
    let mut stage = Stage::new();
    stage.join("officer", 1);
    let outputs = stage.outputs();
    let [
        Output::Entered(entered),
        Output::Broadcast(ServerMessage::SessionRoster { roster, .. }),
    ] = &outputs[..]
    else {
        panic!("{outputs:?}")
    };
    assert_eq!(
        (entered.link, entered.connection, &entered.must_send[..]),
        (link(1), 1, &BOTH[..])
    );
    assert_eq!(
        (&entered.roster, roster[0].state),
        (roster, Presence::Lobby)
    );
    stage.ok(Input::Offer {
        link: link(1),
        connection: 1,
    });
    stage.ok(Input::Flowing {
        participant: id("officer"),
        connection: 1,
        kind: Kind::Audio,
    });
    stage.tick(60_000);
    assert_eq!(
        (stage.outputs(), stage.presence("officer")),
        (vec![], Presence::Lobby)
    );
    stage.ok(Input::Flowing {
        participant: id("officer"),
        connection: 1,
        kind: Kind::Video,
    });
    assert_eq!(stage.doings(), [joined("officer")]);
    assert_eq!(stage.presence("officer"), Presence::Joined);
}

#[test]
fn who_need_not_send_is_in_at_once() {
    let mut stage = Stage::new();
    stage.ok(Input::Expect(expected("party", &[])));
    stage.outputs();
    stage.join("party", 3);
    let outputs = stage.doings();
    let joined = Happened::Joined {
        role: "party".into(),
        must_record: BTreeSet::new(),
    };
    assert_eq!(outputs[0], fact("party", joined));
    assert!(
        matches!(&outputs[1], Output::Entered(entered) if entered.roster[1].state == Presence::Joined)
    );
}

#[test]
fn silence_is_suspect_then_an_interruption_then_over() {
    let mut stage = Stage::live();
    stage.silent("officer", 1, Kind::Video);
    assert_eq!(stage.room.next_deadline(), Some(stage.now + MEDIA_SUSPECT));
    stage.tick(1_999);
    assert_eq!(stage.outputs(), []);
    stage.tick(1);
    assert_eq!(
        stage.outputs(),
        [Output::Suspect {
            participant: id("officer"),
            kind: Kind::Video
        }]
    );
    assert_eq!(
        stage.room.next_deadline(),
        Some(stage.now + Duration::from_secs(2))
    );
    stage.tick(2_000);
    assert_eq!(
        stage.doings(),
        [interrupted("officer", Interruption::Media)]
    );
    assert_eq!(stage.presence("officer"), Presence::Interrupted);
    stage.ok(Input::Flowing {
        participant: id("officer"),
        connection: 1,
        kind: Kind::Video,
    });
    assert_eq!(stage.doings(), [fact("officer", Happened::Resumed)]);
}

#[test]
fn a_short_silence_is_none() {
    let mut stage = Stage::live();
    stage.silent("officer", 1, Kind::Audio);
    stage.tick(3_999);
    stage.ok(Input::Flowing {
        participant: id("officer"),
        connection: 1,
        kind: Kind::Audio,
    });
    stage.silent("officer", 1, Kind::Audio);
    stage.tick(3_999);
    assert_eq!(stage.presence("officer"), Presence::Joined);
}

#[test]
fn a_lost_link_interrupts_after_a_while_although_media_flows() {
    let mut stage = Stage::live();
    stage.ok(Input::LinkLost { link: link(1) });
    stage.tick(4_999);
    assert_eq!(stage.doings(), []);
    stage.tick(1);
    assert_eq!(stage.doings(), [interrupted("officer", Interruption::Link)]);
    assert!(
        stage.room.links().any(|l| l == link(1)),
        "what is broadcast waits for the resume"
    );
    stage.ok(Input::LinkResumed { link: link(1) });
    assert_eq!(stage.doings(), [fact("officer", Happened::Resumed)]);
}

#[test]
fn whoever_comes_back_after_the_link_ended_goes_on_with_the_media_that_flows() {
    let mut stage = Stage::live();
    stage.ok(Input::LinkEnded { link: link(1) });
    stage.tick(1_000);
    stage.join("officer", 9);
    let outputs = stage.doings();
    assert!(matches!(&outputs[..], [Output::Entered(entered)] if entered.connection == 2));
    assert_eq!(stage.presence("officer"), Presence::Joined);
    // A reloaded page offers anew; the old page's media is void.
    stage.ok(Input::Offer {
        link: link(9),
        connection: 2,
    });
    assert_eq!(
        stage.doings(),
        [Output::MediaVoid {
            participant: id("officer"),
            below: 2
        }]
    );
    stage.flow("officer", 1);
    stage.tick(4_000);
    assert!(
        stage
            .doings()
            .contains(&interrupted("officer", Interruption::Media)),
        "packets of the old page don't count"
    );
    stage.flow("officer", 2);
    assert_eq!(stage.doings(), [fact("officer", Happened::Resumed)]);
}

#[test]
fn joining_from_another_device_puts_the_first_one_out() {
    let mut stage = Stage::live();
    stage.join("officer", 3);
    let outputs = stage.doings();
    assert_eq!(
        outputs[..3],
        [
            interrupted("officer", Interruption::Displaced),
            Output::MediaVoid {
                participant: id("officer"),
                below: 2
            },
            Output::Displaced { link: link(1) },
        ]
    );
    assert!(matches!(&outputs[3..], [Output::Entered(entered)] if entered.connection == 2));
    assert_eq!(stage.room.roster().len(), 2, "no ghost");
    assert_eq!(
        stage.err(Input::Offer {
            link: link(1),
            connection: 2
        }),
        RoomError::NotJoined
    );
    assert_eq!(
        stage.err(Input::Offer {
            link: link(3),
            connection: 1
        }),
        RoomError::StaleConnection {
            asked: 1,
            newest: 2
        }
    );
    // Neither the old device's packets nor its end bring anybody back or out.
    stage.flow("officer", 1);
    stage.ok(Input::LinkEnded { link: link(1) });
    assert_eq!(stage.doings(), []);
    stage.ok(Input::Offer {
        link: link(3),
        connection: 2,
    });
    stage.flow("officer", 2);
    assert!(stage.doings().contains(&fact("officer", Happened::Resumed)));
}

#[test]
fn offers_are_numbered_upwards() {
    let mut stage = Stage::live();
    stage.ok(Input::Offer {
        link: link(1),
        connection: 1,
    });
    assert_eq!(stage.doings(), [], "a renegotiation");
    stage.ok(Input::Offer {
        link: link(1),
        connection: 3,
    });
    assert_eq!(
        stage.doings(),
        [Output::MediaVoid {
            participant: id("officer"),
            below: 3
        }]
    );
    let stale = RoomError::StaleConnection {
        asked: 2,
        newest: 3,
    };
    assert_eq!(
        stage.err(Input::Offer {
            link: link(1),
            connection: 2
        }),
        stale
    );
    for asked in [0, 3 + CONNECTION_SKIP_MAX + 1, u32::MAX] {
        let out_of_turn = RoomError::ConnectionOutOfTurn { asked, newest: 3 };
        assert_eq!(
            stage.err(Input::Offer {
                link: link(1),
                connection: asked
            }),
            out_of_turn
        );
    }
    stage.ok(Input::Offer {
        link: link(1),
        connection: 3 + CONNECTION_SKIP_MAX,
    });
}

#[test]
fn leaving_is_a_button_and_does_not_bar_the_way_back() {
    let mut stage = Stage::live();
    stage.ok(Input::Leave { link: link(1) });
    let left = fact(
        "officer",
        Happened::Left {
            reason: Leaving::HungUp,
        },
    );
    assert_eq!(
        stage.doings(),
        [
            left,
            Output::MediaVoid {
                participant: id("officer"),
                below: 2
            }
        ]
    );
    assert_eq!(
        stage.err(Input::Leave { link: link(1) }),
        RoomError::NotJoined
    );
    stage.join("officer", 1);
    stage.ok(Input::Offer {
        link: link(1),
        connection: 2,
    });
    stage.flow("officer", 2);
    assert!(stage.doings().contains(&joined("officer")));
}

#[test]
fn a_lobby_leaves_no_trace_in_the_log() {
    let mut stage = Stage::new();
    stage.join("officer", 1);
    stage.ok(Input::LinkEnded { link: link(1) });
    assert_eq!(stage.presence("officer"), Presence::Absent);
    stage.join("officer", 2);
    stage.ok(Input::Leave { link: link(2) });
    assert_eq!(stage.presence("officer"), Presence::Left);
    assert!(
        !stage
            .outputs()
            .iter()
            .any(|output| matches!(output, Output::Fact(_)))
    );
}

#[test]
fn only_who_is_expected_joins() {
    let mut stage = Stage::new();
    let join = Input::Join {
        participant: id("stranger"),
        link: link(5),
    };
    assert_eq!(
        stage.err(join),
        RoomError::UnknownParticipant(id("stranger"))
    );
    for n in 2..PARTICIPANTS_MAX {
        stage.ok(Input::Expect(expected(&format!("p{n}"), &[])));
    }
    assert_eq!(
        stage.err(Input::Expect(expected("one_more", &[]))),
        RoomError::RoomFull
    );
    stage.ok(Input::Expect(expected("officer", &[])));
}

#[test]
fn a_session_that_nobody_is_in_is_abandoned_after_a_quarter_of_an_hour() {
    let mut stage = Stage::live();
    stage.ok(Input::Leave { link: link(1) });
    stage.tick(60 * 60 * 1000);
    assert_eq!(
        stage.presence("seat"),
        Presence::Joined,
        "somebody is there"
    );
    stage.ok(Input::LinkEnded { link: link(2) });
    for kind in BOTH {
        stage.silent("seat", 1, kind);
    }
    stage.outputs();
    stage.tick(ABANDONED.as_millis() as u64 - 1);
    assert!(!stage.outputs().contains(&Output::Abandoned));
    stage.tick(1);
    let outputs = stage.doings();
    let left = fact(
        "seat",
        Happened::Left {
            reason: Leaving::Ended(EndState::Abandoned),
        },
    );
    assert_eq!(
        (outputs.first(), outputs.last()),
        (Some(&left), Some(&Output::Abandoned))
    );
    assert_eq!(
        stage.err(Input::Join {
            participant: id("seat"),
            link: link(9)
        }),
        RoomError::Over
    );
    assert_eq!(stage.room.next_deadline(), None);
}

#[test]
fn who_is_still_seen_and_heard_is_there_without_a_connection() {
    let mut stage = Stage::live();
    stage.ok(Input::Leave { link: link(1) });
    stage.ok(Input::LinkEnded { link: link(2) });
    stage.tick(2 * ABANDONED.as_millis() as u64);
    assert_eq!(stage.presence("seat"), Presence::Interrupted);
    assert!(
        !stage.outputs().contains(&Output::Abandoned),
        "what flows is recorded"
    );
}

#[test]
fn sealing_is_everyones_leave() {
    let mut stage = Stage::live();
    stage.ok(Input::End(EndState::Sealed));
    let reason = Leaving::Ended(EndState::Sealed);
    let left = stage
        .doings()
        .into_iter()
        .filter(|o| matches!(o, Output::Fact(_)))
        .collect::<Vec<_>>();
    assert_eq!(
        left,
        [
            fact("officer", Happened::Left { reason }),
            fact("seat", Happened::Left { reason })
        ]
    );
    assert_eq!(stage.room.next_deadline(), None);

    let mut empty = Stage::new();
    empty.ok(Input::End(EndState::Cancelled));
    assert_eq!(
        empty.presence("seat"),
        Presence::Absent,
        "who never came has not left"
    );
    empty.ok(Input::LinkEnded { link: link(1) });
}

#[test]
fn after_a_restart_everyone_is_interrupted_until_they_rejoin() {
    let mut stage = Stage::new();
    let known = vec![
        (expected("officer", &BOTH), Before::In, 3),
        (expected("seat", &BOTH), Before::Left, 1),
        (expected("party", &[]), Before::Absent, 0),
    ];
    stage.room = Room::restore(Sid::from_bytes([7; 16]), known, stage.now);
    assert_eq!(
        stage.outputs(),
        [interrupted("officer", Interruption::Restart)]
    );
    assert_eq!(stage.room.next_deadline(), Some(stage.now + ABANDONED));
    stage.join("officer", 1);
    assert!(matches!(&stage.doings()[..], [Output::Entered(entered)] if entered.connection == 4));
    stage.ok(Input::Offer {
        link: link(1),
        connection: 4,
    });
    stage.flow("officer", 4);
    assert_eq!(
        stage.doings().last(),
        Some(&fact("officer", Happened::Resumed))
    );
}

#[test]
fn capture_is_logged_and_shown_when_it_changes() {
    let mut stage = Stage::live();
    let hidden = Capture {
        visible: false,
        camera: CaptureState::Interrupted,
        microphone: CaptureState::Live,
    };
    for _ in 0..2 {
        stage.ok(Input::Capture {
            link: link(1),
            capture: hidden,
        });
    }
    let outputs = stage.outputs();
    assert_eq!(
        outputs[0],
        fact("officer", Happened::State { capture: hidden })
    );
    let [
        _,
        Output::Broadcast(ServerMessage::SessionRoster { roster, .. }),
    ] = &outputs[..]
    else {
        panic!("{outputs:?}")
    };
    assert_eq!(roster[0].capture, Some(hidden));
    assert_eq!(
        stage.err(Input::Capture {
            link: link(8),
            capture: hidden
        }),
        RoomError::NotJoined
    );
}

#[test]
fn facts_have_the_bodies_of_the_evidence_format() {
    let capture = Capture {
        visible: true,
        camera: CaptureState::Muted,
        microphone: CaptureState::Absent,
    };
    let facts = [
        (
            Happened::Joined {
                role: "seat".into(),
                must_record: BTreeSet::from(BOTH),
            },
            "participant.joined",
            json!({"participant": "p1", "role": "seat", "must_record": ["audio", "video"]}),
        ),
        (
            Happened::Left {
                reason: Leaving::HungUp,
            },
            "participant.left",
            json!({"participant": "p1", "reason": "hung_up"}),
        ),
        (
            Happened::Interrupted {
                reason: Interruption::Media,
            },
            "participant.interrupted",
            json!({"participant": "p1", "reason": "media_silent"}),
        ),
        (
            Happened::Resumed,
            "participant.resumed",
            json!({"participant": "p1"}),
        ),
        (
            Happened::State { capture },
            "participant.state",
            json!({"participant": "p1", "visible": true, "camera": "muted", "microphone": "absent"}),
        ),
    ];
    for (what, entry_type, body) in facts {
        let fact = Fact {
            participant: id("p1"),
            what,
        };
        assert_eq!((fact.entry_type(), fact.body()), (entry_type, body));
    }
}

const NAMES: [&str; 3] = ["officer", "seat", "party"];

/// Random inputs: small numbers name people, links and connections.
fn input(what: u8, who: u8, n: u8, now: Instant) -> Input {
    let participant = id(NAMES[usize::from(who)]);
    let from = link(u64::from(who) * 3 + u64::from(n));
    let (connection, kind) = (u32::from(n) + 1, BOTH[usize::from(n % 2)]);
    match what {
        0..=2 => Input::Join {
            participant,
            link: from,
        },
        3 => Input::Leave { link: from },
        4 => Input::LinkLost { link: from },
        5 => Input::LinkResumed { link: from },
        6 => Input::LinkEnded { link: from },
        7 | 8 => Input::Offer {
            link: from,
            connection,
        },
        9 | 10 => Input::Flowing {
            participant,
            connection,
            kind,
        },
        11 | 12 => Input::Flowing {
            participant,
            connection: 1,
            kind,
        },
        13 => Input::Silent {
            participant,
            connection,
            kind,
            since: now,
        },
        _ => Input::Tick,
    }
}

proptest! {
    /// What the log says of a participant is a story: joined, then interrupted and resumed in turns, then left.
    #[test]
    fn any_session_reads_as_a_story(steps in proptest::collection::vec((0..16_u8, 0..3_u8, 0..3_u8, 0..3_000_u64), 1..150)) {
        let mut stage = Stage::new();
        stage.ok(Input::Expect(expected("party", &[])));
        let mut story = BTreeMap::new();
        for (what, who, n, ms) in steps {
            stage.now += Duration::from_millis(ms);
            let input = input(what, who, n, stage.now);
            let refused = stage.room.handle(input, stage.now).is_err();
            let outputs = stage.outputs();
            for output in outputs {
                let Output::Fact(Fact { participant, what }) = output else {
                    prop_assert!(!(refused && matches!(output, Output::Entered(_))));
                    continue;
                };
                let before = story.insert(participant, what.clone());
                let fits = match what {
                    Happened::Joined { .. } => matches!(before, None | Some(Happened::Left { .. })),
                    Happened::Interrupted { .. } => matches!(before, Some(Happened::Joined { .. } | Happened::Resumed)),
                    Happened::Resumed => matches!(before, Some(Happened::Interrupted { .. })),
                    Happened::Left { .. } => !matches!(before, None | Some(Happened::Left { .. })),
                    Happened::State { .. } => true,
                };
                prop_assert!(fits, "{before:?} then {what:?}");
            }
            let links: Vec<_> = stage.room.links().collect();
            prop_assert_eq!(links.iter().collect::<BTreeSet<_>>().len(), links.len());
            for name in NAMES {
                let shown = stage.presence(name);
                let logged = story.get(&id(name));
                let fits = match shown {
                    Presence::Joined => matches!(logged, Some(Happened::Joined { .. } | Happened::Resumed)),
                    Presence::Interrupted => matches!(logged, Some(Happened::Interrupted { .. })),
                    Presence::Absent | Presence::Lobby | Presence::Left => {
                        matches!(logged, None | Some(Happened::Left { .. }))
                    }
                };
                prop_assert!(fits, "{name} is {shown:?}, the log says {logged:?}");
            }
            prop_assert!(stage.room.next_deadline().is_none_or(|due| due > stage.now), "what is due was done");
        }
    }
}
