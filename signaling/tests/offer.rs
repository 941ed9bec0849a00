//! The link of a seat is cut between the offer of a call and its answer, at every point, in each direction, and healed
//! after a moment, after the server noticed, and after the connection expired. Whatever happens, one seat gets the call,
//! everybody agrees which, and a late answer is told why it is late.
//!
//! The glue in [`World`] is what an application does: events of the hub become inputs of the dispatcher, its outputs
//! become facts and messages.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "clients and log of a test pick what they are about"
)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use ids::{Sid, UtcMillis};
use signaling::client::{Client, Demand, Event as ClientEvent};
use signaling::dispatch::{Audience, Call, Dispatch, Happened, Input, Output, SeatId, SeatProfile};
use signaling::error::Error;
use signaling::hub::{Event, Hub, Next, SocketId};
use signaling::protocol::{ClientMessage, Person, SeatWish, ServerFrame, ServerMessage};

const SID: Sid = Sid::from_bytes([7; 16]);

/// A client, its link, and what its person does: a seat answers whatever rings.
struct Phone {
    who: &'static str,
    client: Client,
    link: Option<Link>,
    /// As its screen shows.
    rings: bool,
    answered_by: Option<String>,
    errors: Vec<String>,
}

#[derive(Default)]
struct Link {
    up: VecDeque<String>,
    down: VecDeque<String>,
    socket: Option<SocketId>,
    /// Frames that will still pass, up and down, before the link breaks without a sign.
    passes: (usize, usize),
}

struct World {
    hub: Hub<&'static str>,
    dispatch: Dispatch,
    log: Vec<Happened>,
    phones: BTreeMap<&'static str, Phone>,
    now: Instant,
    start: Instant,
    sockets: u32,
}

fn person(id: &str) -> Person {
    let role = if id == "officer" { "officer" } else { "seat" };
    Person {
        id: id.into(),
        name: id.into(),
        role: role.into(),
        unit_name: String::new(),
        badge_no: String::new(),
    }
}

impl World {
    fn new(seats: &[&'static str]) -> Self {
        let now = Instant::now();
        let (phones, log) = (BTreeMap::new(), Vec::new());
        let (hub, dispatch) = (Hub::default(), Dispatch::default());
        let mut world = Self {
            hub,
            dispatch,
            log,
            phones,
            now,
            start: now,
            sockets: 0,
        };
        for who in seats {
            let skills = BTreeSet::from(["traffic".to_owned()]);
            world.dispatch(
                Input::Seat(SeatProfile {
                    person: person(who),
                    skills,
                }),
                None,
            );
            world.phone(who);
            world
                .phones
                .get_mut(who)
                .unwrap()
                .client
                .send(ClientMessage::SeatState {
                    state: SeatWish::Idle,
                })
                .unwrap();
            world.run(1);
        }
        world.phone("officer");
        world.run(1);
        world
    }

    fn phone(&mut self, who: &'static str) {
        let client = Client::new(format!("device-{who}"), self.now);
        let phone = Phone {
            who,
            client,
            link: None,
            rings: false,
            answered_by: None,
            errors: Vec::new(),
        };
        self.phones.insert(who, phone);
    }

    fn utc(&self) -> UtcMillis {
        UtcMillis::from_millis(
            1_795_511_597_050 + self.now.duration_since(self.start).as_millis() as i64,
        )
    }

    fn call(&mut self) {
        let call = Call {
            sid: SID,
            officer: person("officer"),
            skill: "traffic".into(),
            procedure: "traffic_simple".into(),
            place_text: String::new(),
            violation_text: None,
            waiting_since: self.utc(),
        };
        self.dispatch(Input::Call(call), None);
    }

    /// The application: an input, and what follows from it. `re` is the message that asked.
    fn dispatch(&mut self, input: Input, re: Option<(signaling::hub::ConnectionId, u64)>) {
        let (now, utc) = (self.now, self.utc());
        if let (Err(error), Some((connection, n))) = (self.dispatch.handle(input, now, utc), re) {
            self.hub.send(connection, Error::from(error).reply(n));
        }
        while let Some(output) = self.dispatch.poll() {
            match output {
                Output::Fact(fact) => self.log.push(fact.what),
                Output::Tell {
                    to: Audience::Account(id),
                    message,
                } => self.hub.send_where(|who| *who == id, &message),
                Output::Tell {
                    to: Audience::Board,
                    message,
                } => self.hub.send_where(|who| *who != "officer", &message),
                Output::Answered { .. } => {}
            }
        }
    }

    fn events(&mut self) {
        while let Some(event) = self.hub.poll() {
            let seat = |who: &str| SeatId(who.into());
            match event {
                Event::Connected { connection, who } | Event::Resumed { connection, who } => {
                    self.dispatch(
                        Input::Connected {
                            seat: seat(who),
                            connection,
                        },
                        None,
                    );
                }
                Event::Detached { connection, who }
                | Event::Ended {
                    connection, who, ..
                } => {
                    self.dispatch(
                        Input::Disconnected {
                            seat: seat(who),
                            connection,
                        },
                        None,
                    );
                }
                Event::Message {
                    connection,
                    who,
                    n,
                    body,
                } => {
                    let input = match body {
                        ClientMessage::SeatState { state } => Input::Wish {
                            seat: seat(who),
                            wish: state,
                        },
                        ClientMessage::CallAnswer { sid } => Input::Answer {
                            seat: seat(who),
                            sid,
                        },
                        other => panic!("{other:?}"),
                    };
                    self.dispatch(input, Some((connection, n)));
                }
            }
        }
    }

    /// Everything moves until nothing does, then a second passes; so many times.
    fn run(&mut self, seconds: u32) {
        for _ in 0..seconds {
            for _ in 0..20 {
                self.round();
            }
            self.now += Duration::from_secs(1);
            self.hub.expire(self.now);
            self.dispatch(Input::Tick, None);
        }
    }

    fn round(&mut self) {
        self.events();
        let utc = self.utc();
        for phone in self.phones.values_mut() {
            if phone.client.demand(self.now) == Demand::Dial {
                phone.client.socket_up(self.now);
                phone.link = Some(Link {
                    passes: (usize::MAX, usize::MAX),
                    ..Link::default()
                });
            }
            let Some(link) = &mut phone.link else {
                continue;
            };
            while let Some(frame) = phone.client.next_frame() {
                link.up.push_back(serde_json::to_string(&frame).unwrap());
            }
            while link.passes.0 > 0 {
                let Some(text) = link.up.pop_front() else {
                    break;
                };
                link.passes.0 -= 1;
                let frame = serde_json::from_str(&text).unwrap();
                if let Some(socket) = link.socket {
                    self.hub.frame(socket, frame, self.now);
                } else {
                    self.sockets += 1;
                    let token = format!("token{}", self.sockets);
                    let attached = self
                        .hub
                        .hello(frame, phone.who, token, self.now, utc)
                        .unwrap();
                    link.socket = Some(attached.socket);
                    link.down
                        .push_back(serde_json::to_string(&attached.welcome).unwrap());
                }
            }
            while let Some(socket) = link.socket {
                let Next::Frame(frame) = self.hub.next_frame(socket, utc) else {
                    break;
                };
                link.down.push_back(serde_json::to_string(&frame).unwrap());
            }
            while link.passes.1 > 0 {
                let Some(text) = link.down.pop_front() else {
                    break;
                };
                link.passes.1 -= 1;
                let frame: ServerFrame = serde_json::from_str(&text).unwrap();
                phone.client.receive(frame, self.now).unwrap();
            }
            while let Some(event) = phone.client.poll() {
                phone.see(event);
            }
        }
    }

    /// Both sides learn that the link is gone.
    fn hang_up(&mut self, who: &str) {
        let phone = self.phones.get_mut(who).unwrap();
        if let Some(socket) = phone.link.take().and_then(|link| link.socket) {
            self.hub.socket_lost(socket, self.now);
        }
        phone.client.socket_lost(self.now);
    }

    fn answered(&self) -> Vec<&SeatId> {
        self.log.iter().filter_map(answered_by).collect()
    }
}

fn answered_by(fact: &Happened) -> Option<&SeatId> {
    match fact {
        Happened::Answered { seat, .. } => Some(seat),
        _ => None,
    }
}

impl Phone {
    fn see(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Welcome { resumed: false, .. } => {
                self.rings = false;
                if self.who != "officer" {
                    self.client
                        .send(ClientMessage::SeatState {
                            state: SeatWish::Idle,
                        })
                        .unwrap();
                }
            }
            ClientEvent::Message(ServerMessage::CallOffered { call, .. }) => {
                self.rings = true;
                self.client
                    .send(ClientMessage::CallAnswer { sid: call.sid })
                    .unwrap();
            }
            ClientEvent::Message(ServerMessage::CallWithdrawn { .. }) => self.rings = false,
            ClientEvent::Message(ServerMessage::CallAnswered { seat, .. }) => {
                self.answered_by = Some(seat.id)
            }
            ClientEvent::Message(ServerMessage::Error { code, .. }) => self.errors.push(code),
            ClientEvent::Closed { code, detail, .. } => panic!("{code:?}: {detail}"),
            _ => {}
        }
    }
}

/// How the cut heals.
#[derive(Debug, Clone, Copy)]
enum Heal {
    /// The seat's side notices first and resumes before the server missed it.
    HalfOpen,
    /// Both sides notice after so many seconds.
    After(u32),
}

fn play(seats: &[&'static str], passes: (usize, usize), heal: Heal) -> World {
    let mut world = World::new(seats);
    let first = seats[0];
    world
        .phones
        .get_mut(first)
        .unwrap()
        .link
        .as_mut()
        .unwrap()
        .passes = passes;
    world.call();
    for _ in 0..10 {
        world.round();
    }
    match heal {
        Heal::HalfOpen => {
            let phone = world.phones.get_mut(first).unwrap();
            phone.link = None;
            phone.client.socket_lost(world.now);
        }
        Heal::After(seconds) => {
            world.run(seconds);
            world.hang_up(first);
        }
    }
    world.run(90);
    world
}

#[test]
fn one_seat_gets_the_call_wherever_the_link_is_cut() {
    let mut late = BTreeSet::new();
    for seats in [&["a"][..], &["a", "b"]] {
        for passes in (0..4).flat_map(|up| (0..4).map(move |down| (up, down))) {
            for heal in [
                Heal::HalfOpen,
                Heal::After(0),
                Heal::After(3),
                Heal::After(30),
                Heal::After(80),
            ] {
                let world = play(seats, passes, heal);
                let case = format!("{seats:?} {passes:?} {heal:?}: {:?}", world.log);
                let [winner] = world.answered()[..] else {
                    panic!("{case}")
                };
                for phone in world.phones.values() {
                    assert!(!phone.rings, "{} still rings: {case}", phone.who);
                    if phone.who == "officer" || phone.who == winner.0 {
                        assert_eq!(
                            phone.answered_by.as_ref(),
                            Some(&winner.0),
                            "{} knows: {case}",
                            phone.who
                        );
                    } else {
                        assert_eq!(phone.answered_by, None, "{case}");
                    }
                    late.extend(phone.errors.iter().cloned());
                }
                assert!(world.dispatch.queue().is_empty(), "{case}");
            }
        }
    }
    // Among all these there are answers that came too late, and each was told so in one of two ways.
    assert_eq!(
        late,
        BTreeSet::from(["call_taken".to_owned(), "offer_over".to_owned()])
    );
}

#[test]
fn an_offer_that_was_lost_on_the_road_arrives_with_the_resume() {
    // The cut comes before the offer passes; the seat is back before anybody noticed.
    let world = play(&["a", "b"], (0, 0), Heal::HalfOpen);
    assert_eq!(world.answered(), [&SeatId("a".into())]);
    let offers = world
        .log
        .iter()
        .filter(|fact| matches!(fact, Happened::Offered { .. }))
        .count();
    assert_eq!(offers, 1, "it rang on");
}

#[test]
fn an_answer_that_was_lost_on_the_road_arrives_with_the_resume() {
    let world = play(&["a", "b"], (0, usize::MAX), Heal::HalfOpen);
    assert_eq!(world.answered(), [&SeatId("a".into())]);
    assert_eq!(world.phones["b"].errors, [""; 0]);
}

#[test]
fn an_answer_after_the_call_went_on_is_refused() {
    let world = play(&["a", "b"], (0, usize::MAX), Heal::After(3));
    // The silent link is only noticed when it breaks: `a` rang until then, `b` took over at once.
    assert_eq!(world.answered(), [&SeatId("b".into())]);
    assert_eq!(world.phones["a"].errors.len(), 1);
}
