use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::*;

struct Desk {
    dispatch: Dispatch,
    now: Instant,
    utc: UtcMillis,
    connections: u64,
}

fn id(name: &str) -> SeatId {
    SeatId(name.into())
}

fn sid(n: u8) -> Sid {
    Sid::from_bytes([n; 16])
}

fn person(id: &str, role: &str) -> Person {
    Person {
        id: id.into(),
        name: id.to_uppercase(),
        role: role.into(),
        unit_name: "林西县公安局交通管理大队".into(),
        badge_no: "040001".into(),
    }
}

fn profile(name: &str, skills: &[&str]) -> SeatProfile {
    SeatProfile {
        person: person(name, "seat"),
        skills: skills.iter().map(|s| (*s).to_owned()).collect(),
    }
}

fn call(n: u8, skill: &str, waiting_since: UtcMillis) -> Call {
    Call {
        sid: sid(n),
        officer: person(&format!("officer{n}"), "officer"),
        skill: skill.into(),
        procedure: "traffic_simple".into(),
        place_text: "林西镇".into(),
        violation_text: None,
        waiting_since,
    }
}

impl Desk {
    fn new() -> Self {
        let utc = UtcMillis::from_millis(1_795_511_597_050);
        Self {
            dispatch: Dispatch::default(),
            now: Instant::now(),
            utc,
            connections: 0,
        }
    }

    /// Seats for traffic that became idle in this order.
    fn with_idle(names: &[&str]) -> Self {
        let mut desk = Self::new();
        for name in names {
            desk.seat(name, &["traffic"]);
            desk.pass(1000);
        }
        desk.outputs();
        desk
    }

    fn seat(&mut self, name: &str, skills: &[&str]) -> ConnectionId {
        self.ok(Input::Seat(profile(name, skills)));
        let connection = self.connect(name);
        self.ok(Input::Wish {
            seat: id(name),
            wish: SeatWish::Idle,
        });
        connection
    }

    fn connect(&mut self, name: &str) -> ConnectionId {
        self.connections += 1;
        let connection = ConnectionId::new(self.connections);
        self.ok(Input::Connected {
            seat: id(name),
            connection,
        });
        connection
    }

    fn call(&mut self, n: u8) {
        self.ok(Input::Call(call(n, "traffic", self.utc)));
    }

    fn handle(&mut self, input: Input) -> Result<(), DispatchError> {
        self.dispatch.handle(input, self.now, self.utc)
    }

    fn ok(&mut self, input: Input) {
        self.handle(input).unwrap();
    }

    fn answer(&mut self, name: &str, n: u8) -> Result<(), DispatchError> {
        self.handle(Input::Answer {
            seat: id(name),
            sid: sid(n),
        })
    }

    fn decline(&mut self, name: &str, n: u8) {
        self.ok(Input::Decline {
            seat: id(name),
            sid: sid(n),
        });
    }

    fn pass(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.utc = UtcMillis::from_millis(self.utc.as_millis() + ms as i64);
    }

    fn tick(&mut self, ms: u64) {
        self.pass(ms);
        self.ok(Input::Tick);
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.dispatch.poll()).collect()
    }

    fn facts(&mut self) -> Vec<Happened> {
        let fact = |output| match output {
            Output::Fact(fact) => Some(fact.what),
            Output::Tell { .. } | Output::Answered { .. } => None,
        };
        self.outputs().into_iter().filter_map(fact).collect()
    }

    /// Where a call rings.
    fn rings_at(&self, n: u8) -> Option<String> {
        let item = self
            .dispatch
            .queue()
            .into_iter()
            .find(|item| item.sid == sid(n))?;
        Some(item.ringing?.person.id)
    }

    fn state(&self, name: &str) -> SeatState {
        self.dispatch
            .seats()
            .into_iter()
            .find(|seat| seat.person.id == name)
            .unwrap()
            .state
    }
}

#[test]
fn a_call_rings_at_the_longest_idle_seat_then_at_the_next() {
    let mut desk = Desk::with_idle(&["b", "a", "c"]);
    desk.call(1);
    let until = UtcMillis::from_millis(desk.utc.as_millis() + 20_000);
    assert_eq!(
        desk.facts(),
        [
            Happened::Queued {
                position: 1,
                skill: "traffic".into()
            },
            Happened::Offered {
                seat: id("b"),
                offer: 1,
                until
            },
        ]
    );
    assert_eq!(desk.dispatch.next_deadline(), Some(desk.now + RING));
    desk.tick(19_999);
    assert_eq!(desk.rings_at(1).as_deref(), Some("b"));
    desk.tick(1);
    assert_eq!(desk.rings_at(1).as_deref(), Some("a"));
    let missed = Happened::Missed {
        seat: id("b"),
        offer: 1,
        reason: Miss::NoAnswer,
    };
    assert_eq!(desk.facts()[0], missed);
    desk.decline("a", 1);
    assert_eq!(desk.rings_at(1).as_deref(), Some("c"));
    assert_eq!(
        desk.facts()[0],
        Happened::Declined {
            seat: id("a"),
            offer: 2
        }
    );
    desk.pass(500);
    desk.answer("c", 1).unwrap();
    assert_eq!(
        desk.facts(),
        [Happened::Answered {
            seat: id("c"),
            offer: 3,
            waited_ms: 20_500
        }]
    );
    assert_eq!(desk.state("c"), SeatState::Busy);
    assert_eq!(desk.dispatch.queue(), []);
}

#[test]
fn an_answer_is_told_to_both_after_its_fact() {
    let mut desk = Desk::with_idle(&["a"]);
    desk.call(1);
    desk.outputs();
    desk.answer("a", 1).unwrap();
    let outputs = desk.outputs();
    let seat = person("a", "seat");
    let tell = |to: &str, message| Output::Tell {
        to: Audience::Account(to.into()),
        message,
    };
    let answered = ServerMessage::CallAnswered {
        sid: sid(1),
        seat: seat.clone(),
    };
    let withdrawn = ServerMessage::CallWithdrawn {
        sid: sid(1),
        reason: Withdrawal::Settled,
    };
    assert!(matches!(&outputs[0], Output::Fact(fact) if fact.entry_type() == "call.answered"));
    assert_eq!(outputs[1], tell("a", withdrawn));
    assert_eq!(outputs[2], tell("a", answered.clone()));
    assert_eq!(outputs[3], tell("officer1", answered));
    assert_eq!(
        outputs[4],
        Output::Answered {
            sid: sid(1),
            officer: person("officer1", "officer"),
            seat
        }
    );
    assert!(matches!(
        outputs[5],
        Output::Tell {
            to: Audience::Board,
            ..
        }
    ));
    assert_eq!(outputs.len(), 6);
}

#[test]
fn exactly_one_answer_wins_and_late_ones_are_told_why() {
    let mut desk = Desk::with_idle(&["a", "b"]);
    desk.call(1);
    assert_eq!(
        desk.answer("b", 1),
        Err(DispatchError::OfferOver(sid(1))),
        "it does not ring there"
    );
    // At the very moment the offer ends the answer is late.
    desk.pass(20_000);
    assert_eq!(desk.answer("a", 1), Err(DispatchError::OfferOver(sid(1))));
    desk.answer("b", 1).unwrap();
    assert_eq!(
        desk.answer("b", 1),
        Ok(()),
        "a second click changes nothing"
    );
    assert_eq!(
        desk.answer("a", 1),
        Err(DispatchError::Taken {
            sid: sid(1),
            by: id("b")
        })
    );
    assert_eq!(desk.answer("a", 2), Err(DispatchError::UnknownCall(sid(2))));
    assert_eq!(
        desk.answer("x", 1),
        Err(DispatchError::UnknownSeat(id("x")))
    );
    let answers = desk
        .facts()
        .into_iter()
        .filter(|fact| matches!(fact, Happened::Answered { .. }));
    assert_eq!(answers.count(), 1);
}

#[test]
fn a_seat_that_declined_is_asked_again_only_when_no_other_is_free() {
    let mut desk = Desk::with_idle(&["a", "b"]);
    desk.call(1);
    desk.decline("a", 1);
    desk.decline("b", 1);
    assert_eq!(
        desk.rings_at(1),
        None,
        "nobody is rung at the moment they declined"
    );
    assert_eq!(desk.dispatch.next_deadline(), Some(desk.now + RING_AGAIN));
    desk.tick(9_999);
    assert_eq!(desk.rings_at(1), None);
    desk.seat("c", &["traffic"]);
    assert_eq!(
        desk.rings_at(1).as_deref(),
        Some("c"),
        "who was not asked comes first"
    );
    desk.decline("c", 1);
    desk.tick(1);
    assert_eq!(
        desk.rings_at(1).as_deref(),
        Some("a"),
        "then whose turn was longest ago"
    );
}

#[test]
fn a_call_that_was_missed_does_not_hold_up_the_next() {
    let mut desk = Desk::with_idle(&["a", "b"]);
    desk.call(1);
    desk.tick(20_000);
    desk.answer("b", 1).unwrap();
    desk.ok(Input::SessionOver { sid: sid(1) });
    desk.seat("c", &["traffic"]);
    desk.call(2);
    // `a` missed a call 20 s ago and is behind nobody but those who became idle after that.
    assert_eq!(desk.rings_at(2).as_deref(), Some("a"));
    desk.ok(Input::Cancel { sid: sid(2) });
    desk.call(3);
    assert_eq!(
        desk.rings_at(3).as_deref(),
        Some("a"),
        "a cancelled call costs no rank"
    );
    desk.tick(20_000);
    desk.call(4);
    assert_eq!(
        (desk.rings_at(3).as_deref(), desk.rings_at(4).as_deref()),
        (Some("b"), Some("c"))
    );
}

#[test]
fn skills_decide_who_is_asked_and_do_not_block_others() {
    let mut desk = Desk::new();
    desk.seat("a", &["traffic"]);
    desk.ok(Input::Call(call(1, "public_order", desk.utc)));
    desk.call(2);
    assert_eq!(
        (desk.rings_at(1), desk.rings_at(2).as_deref()),
        (None, Some("a"))
    );
    desk.ok(Input::Seat(profile("a", &["traffic", "public_order"])));
    assert_eq!(desk.rings_at(1), None, "it rings already");
    desk.decline("a", 2);
    assert_eq!(desk.rings_at(1).as_deref(), Some("a"));
}

#[test]
fn a_seat_that_is_cut_off_while_it_rings_loses_the_call_at_once() {
    let mut desk = Desk::with_idle(&["a", "b"]);
    let second_page = desk.connect("a");
    desk.call(1);
    let first_page = ConnectionId::new(1);
    desk.ok(Input::Disconnected {
        seat: id("a"),
        connection: second_page,
    });
    assert_eq!(
        desk.rings_at(1).as_deref(),
        Some("a"),
        "another page of it is there"
    );
    desk.facts();
    desk.ok(Input::Disconnected {
        seat: id("a"),
        connection: first_page,
    });
    assert_eq!(desk.rings_at(1).as_deref(), Some("b"));
    assert_eq!(
        desk.facts()[0],
        Happened::Missed {
            seat: id("a"),
            offer: 1,
            reason: Miss::Disconnected
        }
    );
    assert_eq!(desk.state("a"), SeatState::Offline);
    desk.decline("b", 1);
    desk.connect("a");
    assert_eq!(
        desk.rings_at(1).as_deref(),
        Some("a"),
        "it refused nothing, so there is no pause for it"
    );
}

#[test]
fn a_seat_in_a_session_stays_busy_without_a_connection() {
    let mut desk = Desk::with_idle(&["a"]);
    desk.call(1);
    desk.answer("a", 1).unwrap();
    desk.ok(Input::Disconnected {
        seat: id("a"),
        connection: ConnectionId::new(1),
    });
    assert_eq!(desk.state("a"), SeatState::Busy);
    assert_eq!(
        desk.handle(Input::Cancel { sid: sid(1) }),
        Err(DispatchError::Taken {
            sid: sid(1),
            by: id("a")
        })
    );
    assert_eq!(
        desk.handle(Input::Call(call(1, "traffic", desk.utc))),
        Err(DispatchError::KnownCall(sid(1)))
    );
    desk.connect("a");
    desk.call(2);
    assert_eq!(
        (desk.state("a"), desk.rings_at(2)),
        (SeatState::Busy, None),
        "one session each"
    );
    desk.ok(Input::SessionOver { sid: sid(1) });
    assert_eq!(desk.rings_at(2).as_deref(), Some("a"));
}

#[test]
fn a_seat_in_a_session_leaves_when_it_is_over() {
    for comes_back in [false, true] {
        let mut desk = Desk::with_idle(&["a"]);
        desk.call(1);
        desk.ok(Input::Answer {
            seat: id("a"),
            sid: sid(1),
        });
        desk.ok(Input::SeatRemoved(id("a")));
        assert_eq!(desk.state("a"), SeatState::Busy);
        if comes_back {
            desk.ok(Input::Seat(profile("a", &[])));
        }
        desk.ok(Input::SessionOver { sid: sid(1) });
        let gone = desk.handle(Input::SeatRemoved(id("a")));
        let unknown = Err(DispatchError::UnknownSeat(id("a")));
        assert_eq!(gone, if comes_back { Ok(()) } else { unknown });
    }
}

#[test]
fn away_passes_on_what_rings_and_takes_nothing_more() {
    let mut desk = Desk::with_idle(&["a", "b"]);
    desk.call(1);
    desk.ok(Input::Wish {
        seat: id("a"),
        wish: SeatWish::Away,
    });
    assert_eq!(
        (desk.state("a"), desk.rings_at(1).as_deref()),
        (SeatState::Away, Some("b"))
    );
    desk.call(2);
    assert_eq!(desk.rings_at(2), None);
}

#[test]
fn a_short_cut_keeps_wish_and_rank_and_a_long_absence_does_not() {
    let mut desk = Desk::with_idle(&["a", "b"]);
    desk.ok(Input::Disconnected {
        seat: id("a"),
        connection: ConnectionId::new(1),
    });
    desk.pass(WISH_KEPT.as_millis() as u64 - 1);
    desk.connect("a");
    desk.call(1);
    assert_eq!(desk.rings_at(1).as_deref(), Some("a"));
    desk.ok(Input::Cancel { sid: sid(1) });
    let connection = ConnectionId::new(desk.connections);
    desk.ok(Input::Disconnected {
        seat: id("a"),
        connection,
    });
    desk.pass(WISH_KEPT.as_millis() as u64);
    desk.connect("a");
    assert_eq!(desk.state("a"), SeatState::Away);
}

#[test]
fn cancelling_stops_the_ringing_and_moves_the_queue_up() {
    let mut desk = Desk::with_idle(&["a"]);
    desk.call(1);
    desk.call(2);
    desk.outputs();
    desk.pass(3_000);
    desk.ok(Input::Cancel { sid: sid(1) });
    let outputs = desk.outputs();
    let tell = |to: &str, message| Output::Tell {
        to: Audience::Account(to.into()),
        message,
    };
    assert_eq!(
        outputs[0],
        Output::Fact(Fact {
            sid: sid(1),
            what: Happened::Cancelled { waited_ms: 3_000 }
        })
    );
    let withdrawn = ServerMessage::CallWithdrawn {
        sid: sid(1),
        reason: Withdrawal::Cancelled,
    };
    assert_eq!(outputs[1], tell("a", withdrawn));
    let ringing = desk.dispatch.queue()[0].ringing.clone();
    assert!(ringing.is_some());
    let moved = ServerMessage::CallQueued {
        sid: sid(2),
        position: 1,
        ringing,
    };
    assert!(outputs.contains(&tell("officer2", moved)));
    assert_eq!(
        desk.handle(Input::Cancel { sid: sid(1) }),
        Err(DispatchError::UnknownCall(sid(1)))
    );
}

#[test]
fn who_connects_late_can_be_told_how_things_stand() {
    let mut desk = Desk::with_idle(&["a"]);
    desk.call(1);
    let ServerMessage::CallOffered { call, until } = desk.dispatch.offer_at(&id("a")).unwrap()
    else {
        panic!()
    };
    assert_eq!(
        (call.sid, until.as_millis() - desk.utc.as_millis()),
        (sid(1), 20_000)
    );
    let Some(ServerMessage::CallQueued {
        position: 1,
        ringing: Some(_),
        ..
    }) = desk.dispatch.position(sid(1))
    else {
        panic!()
    };
    assert_eq!(desk.dispatch.offer_at(&id("b")), None);
    assert_eq!(desk.dispatch.position(sid(2)), None);
}

#[test]
fn after_a_restart_calls_wait_in_their_order_and_sessions_keep_their_seats() {
    let before = Desk::new();
    let calls = vec![
        call(2, "traffic", before.utc),
        call(1, "traffic", before.utc),
    ];
    let seats = vec![profile("a", &["traffic"]), profile("b", &["traffic"])];
    let busy = BTreeMap::from([(id("a"), sid(9))]);
    let dispatch = Dispatch::restore(calls, seats, &busy, before.utc);
    let mut desk = Desk { dispatch, ..before };
    assert_eq!(desk.facts(), [], "the log has them already");
    let order: Vec<_> = desk
        .dispatch
        .queue()
        .iter()
        .map(|item| (item.sid, item.position))
        .collect();
    assert_eq!(order, [(sid(2), 1), (sid(1), 2)]);
    assert_eq!(
        (desk.state("a"), desk.state("b")),
        (SeatState::Busy, SeatState::Offline)
    );
    desk.seat("b", &["traffic"]);
    desk.pass(4_000);
    desk.answer("b", 2).unwrap();
    desk.ok(Input::SessionOver { sid: sid(9) });
    assert_eq!(desk.state("a"), SeatState::Offline);
}

#[test]
fn queue_and_seats_are_bounded() {
    let mut desk = Desk::new();
    let mut numbered = |n: usize| {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        let call = Call {
            sid: Sid::from_bytes(bytes),
            ..call(0, "traffic", desk.utc)
        };
        desk.dispatch.handle(Input::Call(call), desk.now, desk.utc)
    };
    for n in 0..QUEUE_MAX {
        numbered(n).unwrap();
    }
    assert_eq!(numbered(QUEUE_MAX), Err(DispatchError::QueueFull));
    for n in 0..SEATS_MAX {
        desk.ok(Input::Seat(profile(&format!("s{n}"), &[])));
    }
    assert_eq!(
        desk.handle(Input::Seat(profile("one more", &[]))),
        Err(DispatchError::SeatsFull)
    );
    desk.ok(Input::SeatRemoved(id("s0")));
    desk.ok(Input::Seat(profile("one more", &[])));
}

#[test]
fn facts_name_their_entry_and_no_account() {
    let seat = || id("account");
    let until = UtcMillis::from_millis(0);
    let facts = [
        (
            Happened::Queued {
                position: 2,
                skill: "s".into(),
            },
            "call.queued",
            json!({"position": 2, "skill": "s"}),
        ),
        (
            Happened::Offered {
                seat: seat(),
                offer: 1,
                until,
            },
            "dispatch.offered",
            json!({"seat": "h", "offer": 1, "until": "1970-01-01T00:00:00.000Z"}),
        ),
        (
            Happened::Missed {
                seat: seat(),
                offer: 1,
                reason: Miss::NoAnswer,
            },
            "dispatch.missed",
            json!({"seat": "h", "offer": 1, "reason": "no_answer"}),
        ),
        (
            Happened::Declined {
                seat: seat(),
                offer: 1,
            },
            "dispatch.declined",
            json!({"seat": "h", "offer": 1}),
        ),
        (
            Happened::Answered {
                seat: seat(),
                offer: 1,
                waited_ms: 5,
            },
            "call.answered",
            json!({"seat": "h", "offer": 1, "waited_ms": 5}),
        ),
        (
            Happened::Cancelled { waited_ms: 5 },
            "call.cancelled",
            json!({"waited_ms": 5}),
        ),
    ];
    for (what, entry_type, body) in facts {
        let fact = Fact { sid: sid(1), what };
        assert_eq!(
            (fact.entry_type(), fact.body(|_| "h".into())),
            (entry_type, body)
        );
    }
}

/// A step of a random day: small numbers name seats, calls and connections.
#[derive(Debug, Clone)]
enum Step {
    Pass(u64),
    Input(u8, u8, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => prop_oneof![0..3_000_u64, 8_000..22_000_u64, Just(20_000), Just(10_000)].prop_map(Step::Pass),
        5 => (0..12_u8, 0..4_u8, 0..6_u8).prop_map(|(what, seat, call)| Step::Input(what, seat, call)),
    ];
    proptest::collection::vec(step, 1..120)
}

const SEATS: [(&str, &[&str]); 4] = [
    ("a", &["traffic"]),
    ("b", &["traffic"]),
    ("c", &["traffic", "order"]),
    ("d", &["order"]),
];

fn input(what: u8, seat: u8, n: u8, utc: UtcMillis) -> Input {
    let name = SEATS[usize::from(seat)].0;
    let connection = ConnectionId::new(u64::from(seat) * 2 + u64::from(n % 2));
    match what {
        0 | 1 => Input::Connected {
            seat: id(name),
            connection,
        },
        2 => Input::Disconnected {
            seat: id(name),
            connection,
        },
        3 | 4 => Input::Wish {
            seat: id(name),
            wish: SeatWish::Idle,
        },
        5 => Input::Wish {
            seat: id(name),
            wish: SeatWish::Away,
        },
        6 | 7 => Input::Call(call(
            n,
            if n.is_multiple_of(3) {
                "order"
            } else {
                "traffic"
            },
            utc,
        )),
        8 => Input::Answer {
            seat: id(name),
            sid: sid(n),
        },
        9 => Input::Decline {
            seat: id(name),
            sid: sid(n),
        },
        10 => Input::Cancel { sid: sid(n) },
        _ => Input::SessionOver { sid: sid(n) },
    }
}

/// What people and log know, from outputs alone.
#[derive(Default)]
struct Known {
    rings: BTreeMap<String, Sid>,
    positions: BTreeMap<Sid, u32>,
    open_offer: BTreeMap<Sid, SeatId>,
    tried: BTreeMap<Sid, BTreeSet<SeatId>>,
    answered: BTreeMap<Sid, SeatId>,
}

impl Known {
    fn see(&mut self, output: Output, before: &[SeatStatus], after: &[SeatStatus]) {
        match output {
            Output::Fact(Fact { sid, what }) => self.fact(sid, what, before, after),
            Output::Tell {
                to: Audience::Account(account),
                message,
            } => self.told(account, message),
            Output::Tell {
                to: Audience::Board,
                ..
            } => {}
            Output::Answered { sid, seat, .. } => assert_eq!(self.answered[&sid], SeatId(seat.id)),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "anything else is a failure")]
    fn told(&mut self, account: String, message: ServerMessage) {
        match message {
            ServerMessage::CallOffered { call, .. } => {
                assert_eq!(
                    self.rings.insert(account, call.sid),
                    None,
                    "a seat rings for one call"
                );
            }
            ServerMessage::CallWithdrawn { sid, .. } => {
                assert_eq!(self.rings.remove(&account), Some(sid))
            }
            ServerMessage::CallQueued { sid, position, .. } => {
                self.positions.insert(sid, position);
            }
            ServerMessage::CallAnswered { .. } => {}
            other => panic!("{other:?}"),
        }
    }

    fn fact(&mut self, sid: Sid, what: Happened, before: &[SeatStatus], after: &[SeatStatus]) {
        match what {
            Happened::Queued { .. } => {
                self.answered.remove(&sid);
                self.tried.remove(&sid);
            }
            Happened::Offered { seat, .. } => {
                self.check_choice(sid, &seat, before, after);
                assert_eq!(
                    self.open_offer.insert(sid, seat),
                    None,
                    "a call rings at one seat"
                );
            }
            Happened::Missed { seat, .. } | Happened::Declined { seat, .. } => {
                assert_eq!(self.open_offer.remove(&sid).as_ref(), Some(&seat));
                self.tried.entry(sid).or_default().insert(seat);
            }
            Happened::Answered { seat, .. } => {
                assert_eq!(
                    self.open_offer.remove(&sid).as_ref(),
                    Some(&seat),
                    "who answers was asked"
                );
                assert_eq!(self.answered.insert(sid, seat), None, "one answer");
                self.positions.remove(&sid);
            }
            Happened::Cancelled { .. } => {
                self.open_offer.remove(&sid);
                self.positions.remove(&sid);
            }
        }
    }

    /// No seat that was free all along had a better claim to the call than the one that was chosen.
    fn check_choice(&self, sid: Sid, chosen: &SeatId, before: &[SeatStatus], after: &[SeatStatus]) {
        let tried = |seat: &SeatId| {
            self.tried
                .get(&sid)
                .is_some_and(|tried| tried.contains(seat))
        };
        let skill = if sid.as_bytes()[0].is_multiple_of(3) {
            "order"
        } else {
            "traffic"
        };
        let idle_since = |seats: &[SeatStatus], seat: &SeatId| {
            let status = seats.iter().find(|s| s.person.id == seat.0)?;
            (status.state == SeatState::Idle).then_some(status.since)
        };
        let mine = idle_since(before, chosen);
        for (name, skills) in SEATS {
            let other = id(name);
            let (Some(since), Some(_)) = (idle_since(before, &other), idle_since(after, &other))
            else {
                continue;
            };
            if other == *chosen || !skills.contains(&skill) || tried(&other) {
                continue;
            }
            assert!(!tried(chosen), "{chosen} was asked before, {other} was not");
            assert!(
                mine.is_some_and(|mine| mine <= since),
                "{other} has been idle longer than {chosen}"
            );
        }
    }

    fn check(&self, desk: &Desk) {
        let (queue, seats) = (desk.dispatch.queue(), desk.dispatch.seats());
        for (item, position) in queue.iter().zip(1..) {
            assert_eq!(
                (item.position, self.positions[&item.sid]),
                (position, position)
            );
            let at = item
                .ringing
                .as_ref()
                .map(|ringing| SeatId(ringing.person.id.clone()));
            assert_eq!(self.open_offer.get(&item.sid), at.as_ref());
            assert!(!self.answered.contains_key(&item.sid));
        }
        assert_eq!(self.positions.len(), queue.len());
        for seat in &seats {
            let rings = (seat.state == SeatState::Ringing)
                .then_some(seat.sid)
                .flatten();
            assert_eq!(self.rings.get(&seat.person.id).copied(), rings);
            let idle = seat.state == SeatState::Idle;
            let skills = SEATS
                .iter()
                .find(|(name, _)| *name == seat.person.id)
                .unwrap()
                .1;
            for item in queue.iter().filter(|item| idle && item.ringing.is_none()) {
                let skill = if item.sid.as_bytes()[0].is_multiple_of(3) {
                    "order"
                } else {
                    "traffic"
                };
                let asked = self
                    .tried
                    .get(&item.sid)
                    .is_some_and(|t| t.contains(&SeatId(seat.person.id.clone())));
                assert!(
                    asked || !skills.contains(&skill),
                    "a call waits beside a free seat"
                );
            }
        }
        let due = desk.dispatch.next_deadline();
        assert!(due.is_none_or(|due| due > desk.now), "what is due was done");
    }
}

proptest! {
    #[test]
    fn any_day_at_the_desk_keeps_the_rules(steps in steps()) {
        let mut desk = Desk::new();
        for (name, skills) in SEATS {
            desk.ok(Input::Seat(profile(name, skills)));
        }
        let mut known = Known::default();
        desk.outputs();
        for step in steps {
            let before = desk.dispatch.seats();
            let refused = match step {
                Step::Pass(ms) => {
                    desk.pass(ms);
                    desk.handle(Input::Tick)
                }
                Step::Input(what, seat, n) => desk.handle(input(what, seat, n, desk.utc)),
            }.is_err();
            let after = desk.dispatch.seats();
            let outputs = desk.outputs();
            prop_assert!(!refused || outputs.is_empty(), "a refusal changes nothing: {outputs:?}");
            for output in outputs {
                known.see(output, &before, &after);
            }
            known.check(&desk);
        }
    }
}
