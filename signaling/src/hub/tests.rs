use std::time::Duration;

use super::*;
use crate::limits::{OUTBOX_BYTES_MAX, OUTBOX_MESSAGES_MAX};
use crate::protocol::SeatWish;

struct World {
    hub: Hub<&'static str>,
    now: Instant,
    tokens: u32,
}

fn hello(device: &str, resume: Option<Resume>) -> ClientFrame {
    ClientFrame::Hello {
        version: VERSION,
        device: device.into(),
        resume,
    }
}

fn wish() -> ClientMessage {
    ClientMessage::SeatState {
        state: SeatWish::Idle,
    }
}

fn message(n: u64, ack: u64) -> ClientFrame {
    ClientFrame::Message {
        n,
        ack,
        body: wish(),
    }
}

/// A server message that can be told from others.
fn note(re: u64) -> ServerMessage {
    let text = String::new;
    ServerMessage::Error {
        re,
        code: text(),
        detail: text(),
        detail_en: text(),
    }
}

impl World {
    fn new() -> Self {
        Self {
            hub: Hub::default(),
            now: Instant::now(),
            tokens: 0,
        }
    }

    fn attach(&mut self, who: &'static str, device: &str, resume: Option<Resume>) -> Attached {
        self.tokens += 1;
        let token = format!("token{}", self.tokens);
        self.hub
            .hello(
                hello(device, resume),
                who,
                token,
                self.now,
                UtcMillis::from_millis(0),
            )
            .unwrap()
    }

    fn token(&self, attached: &Attached) -> String {
        let ServerFrame::Welcome { token, .. } = &attached.welcome else {
            panic!("a welcome")
        };
        token.clone()
    }

    fn resume(
        &mut self,
        who: &'static str,
        device: &str,
        before: &Attached,
        received: u64,
    ) -> Attached {
        let resume = Resume {
            token: self.token(before),
            received,
        };
        self.attach(who, device, Some(resume))
    }

    fn frame(&mut self, socket: SocketId, frame: ClientFrame) {
        self.hub.frame(socket, frame, self.now);
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.hub.expire(self.now);
    }

    /// Everything there is to write to a socket.
    fn written(&mut self, socket: SocketId) -> Vec<Next> {
        let mut all = Vec::new();
        loop {
            match self.hub.next_frame(socket, UtcMillis::from_millis(0)) {
                Next::Wait => return all,
                Next::Close => {
                    all.push(Next::Close);
                    return all;
                }
                frame @ Next::Frame(_) => all.push(frame),
            }
        }
    }

    fn numbers(&mut self, socket: SocketId) -> Vec<u64> {
        let number = |next| match next {
            Next::Frame(ServerFrame::Message { n, .. }) => Some(n),
            Next::Frame(_) | Next::Wait | Next::Close => None,
        };
        self.written(socket)
            .into_iter()
            .filter_map(number)
            .collect()
    }

    fn closed_with(&mut self, socket: SocketId) -> Option<CloseCode> {
        match self.written(socket).as_slice() {
            [
                ..,
                Next::Frame(ServerFrame::Closing { code, .. }),
                Next::Close,
            ] => Some(*code),
            _ => None,
        }
    }

    fn events(&mut self) -> Vec<Event<&'static str>> {
        std::iter::from_fn(|| self.hub.poll()).collect()
    }
}

#[test]
fn a_connection_outlives_its_socket_and_goes_on_where_it_was_cut() {
    let mut w = World::new();
    let first = w.attach("li", "phone", None);
    let (connection, who) = (first.connection, "li");
    for re in 1..=4 {
        w.hub.send(connection, note(re));
    }
    assert_eq!(w.numbers(first.socket), [1, 2, 3, 4]);
    w.frame(first.socket, message(1, 1));
    w.hub.socket_lost(first.socket, w.now);
    w.hub.send(connection, note(5));

    let second = w.resume("li", "phone", &first, 2);
    assert_eq!((second.connection, &second.refused), (connection, &None));
    assert!(matches!(
        second.welcome,
        ServerFrame::Welcome {
            resumed: true,
            received: 1,
            ..
        }
    ));
    assert_eq!(w.numbers(second.socket), [3, 4, 5]);
    w.frame(second.socket, message(1, 2));
    w.frame(second.socket, message(2, 5));
    assert_eq!(
        w.events(),
        [
            Event::Connected { connection, who },
            Event::Message {
                connection,
                who,
                n: 1,
                body: wish()
            },
            Event::Detached { connection, who },
            Event::Resumed { connection, who },
            Event::Message {
                connection,
                who,
                n: 2,
                body: wish()
            },
        ]
    );
}

#[test]
fn a_resume_that_cannot_be_without_loss_begins_afresh_and_says_why() {
    let mut w = World::new();
    let first = w.attach("li", "phone", None);
    w.hub.send(first.connection, note(1));
    w.hub.send(first.connection, note(2));
    w.frame(first.socket, message(1, 2));
    let token = w.token(&first);
    let resume = |received| {
        Some(Resume {
            token: token.clone(),
            received,
        })
    };

    // Another person, another device: the connection is untouched.
    for (who, device) in [("wang", "phone"), ("li", "tablet")] {
        assert_eq!(
            w.attach(who, device, resume(2)).refused,
            Some(ResumeError::Foreign)
        );
    }
    assert!(
        w.hub
            .connections()
            .any(|(id, _, attached)| id == first.connection && attached)
    );

    let afresh = w.attach("li", "phone", resume(1));
    assert_eq!(
        afresh.refused,
        Some(ResumeError::TooOld {
            asked: 1,
            oldest: 3
        })
    );
    assert!(matches!(
        afresh.welcome,
        ServerFrame::Welcome {
            resumed: false,
            received: 0,
            ..
        }
    ));
    assert_ne!(afresh.connection, first.connection);
    w.frame(afresh.socket, ClientFrame::Ping { ack: 0 });
    let ended = Event::Ended {
        connection: first.connection,
        who: "li",
        reason: End::Replaced,
    };
    assert!(w.events().contains(&ended));

    let gone = w.attach("li", "phone", resume(2));
    assert_eq!(gone.refused, Some(ResumeError::Unknown));
    let ahead = w.resume("li", "phone", &gone, 7);
    assert_eq!(
        ahead.refused,
        Some(ResumeError::NeverSent {
            asked: 7,
            newest: 0
        })
    );
}

#[test]
fn a_half_open_socket_is_replaced_before_anybody_missed_it() {
    let mut w = World::new();
    let first = w.attach("li", "phone", None);
    w.hub.send(first.connection, note(1));
    let second = w.resume("li", "phone", &first, 0);
    assert_eq!(w.written(first.socket), [Next::Close]);
    assert_eq!(w.numbers(second.socket), [1]);
    // What the old socket still had in the air is sent again on the new one; here it is dropped.
    w.frame(first.socket, message(1, 1));
    w.hub.socket_lost(first.socket, w.now);
    assert_eq!(
        w.events(),
        [Event::Connected {
            connection: first.connection,
            who: "li"
        }]
    );
    // Were the second hello the one that came late, the first page would get its connection back.
    assert_eq!(
        w.resume("li", "phone", &first, 0).connection,
        first.connection
    );
}

#[test]
fn the_same_device_takes_over_and_another_one_joins_in() {
    let mut w = World::new();
    let phone = w.attach("li", "phone", None);
    let tablet = w.attach("li", "tablet", None);
    let reloaded = w.attach("li", "phone", None);
    assert_eq!(
        w.written(phone.socket),
        [],
        "a hello alone may be a late one"
    );
    w.frame(phone.socket, message(1, 0));
    assert_eq!(
        w.written(reloaded.socket),
        [],
        "what the old page says does not put the new one out"
    );
    w.frame(reloaded.socket, message(1, 0));
    assert_eq!(w.closed_with(phone.socket), Some(CloseCode::Replaced));
    let ended = Event::Ended {
        connection: phone.connection,
        who: "li",
        reason: End::Replaced,
    };
    assert_eq!(
        w.events()[4..],
        [
            ended,
            Event::Message {
                connection: reloaded.connection,
                who: "li",
                n: 1,
                body: wish()
            }
        ]
    );
    w.hub.send_to(&"li", &note(1));
    w.hub.send_to(&"nobody", &note(2));
    w.hub.send_where(|who| who.starts_with('l'), &note(3));
    for attached in [&tablet, &reloaded] {
        assert_eq!(w.numbers(attached.socket), [1, 2]);
    }
}

#[test]
fn a_connection_expires_after_a_minute_without_a_socket() {
    let mut w = World::new();
    let first = w.attach("li", "phone", None);
    w.hub.socket_lost(first.socket, w.now);
    assert!(w.hub.next_deadline() <= Some(w.now + DETACHED_MAX));
    w.pass(DETACHED_MAX - Duration::from_millis(1));
    assert_eq!(w.resume("li", "phone", &first, 0).refused, None);
    let (now, socket) = (w.now, *w.hub.sockets.keys().next().unwrap());
    w.hub.socket_lost(socket, now);
    w.pass(DETACHED_MAX);
    let ended = Event::Ended {
        connection: first.connection,
        who: "li",
        reason: End::Expired,
    };
    assert_eq!(w.events().last(), Some(&ended));
    assert_eq!(
        w.resume("li", "phone", &first, 0).refused,
        Some(ResumeError::Unknown)
    );
}

#[test]
fn a_silent_socket_is_dead_after_twelve_seconds() {
    let mut w = World::new();
    let first = w.attach("li", "phone", None);
    w.pass(SOCKET_DEAD - Duration::from_millis(1));
    w.frame(first.socket, ClientFrame::Ping { ack: 0 });
    assert!(matches!(
        w.written(first.socket)[..],
        [Next::Frame(ServerFrame::Pong { ack: 0, .. })]
    ));
    assert!(w.hub.next_deadline() <= Some(w.now + SOCKET_DEAD));
    w.pass(SOCKET_DEAD);
    assert_eq!(w.written(first.socket), [Next::Close]);
    assert_eq!(
        w.events().last(),
        Some(&Event::Detached {
            connection: first.connection,
            who: "li"
        })
    );
}

#[test]
fn what_is_never_acknowledged_ends_the_connection_instead_of_getting_lost() {
    let mut w = World::new();
    let first = w.attach("li", "phone", None);
    for re in 0..=OUTBOX_MESSAGES_MAX as u64 {
        w.hub.send(first.connection, note(re));
    }
    assert_eq!(w.closed_with(first.socket), Some(CloseCode::TooSlow));
    let Some(Event::Ended {
        reason: End::Fault(ResumeError::TooSlow { messages, .. }),
        ..
    }) = w.events().pop()
    else {
        panic!("ended too slow")
    };
    assert_eq!(messages, OUTBOX_MESSAGES_MAX);

    let again = w.resume("li", "phone", &first, 0);
    assert_eq!(again.refused, Some(ResumeError::Unknown));
    let detail = "x".repeat(OUTBOX_BYTES_MAX);
    w.hub.send(
        again.connection,
        ServerMessage::Error {
            re: 1,
            code: detail,
            detail: String::new(),
            detail_en: String::new(),
        },
    );
    assert_eq!(w.closed_with(again.socket), Some(CloseCode::TooSlow));
}

#[test]
fn a_broken_protocol_ends_the_connection() {
    let faults = [
        (
            message(2, 0),
            ResumeError::Gap {
                expected: 1,
                found: 2,
            },
        ),
        (
            message(1, 1),
            ResumeError::NeverSent {
                asked: 1,
                newest: 0,
            },
        ),
        (
            ClientFrame::Ping { ack: 9 },
            ResumeError::NeverSent {
                asked: 9,
                newest: 0,
            },
        ),
        (
            hello("phone", None),
            ResumeError::Unexpected {
                found: "second hello",
            },
        ),
    ];
    for (frame, error) in faults {
        let mut w = World::new();
        let first = w.attach("li", "phone", None);
        w.frame(first.socket, frame);
        assert_eq!(w.closed_with(first.socket), Some(CloseCode::Malformed));
        let ended = Event::Ended {
            connection: first.connection,
            who: "li",
            reason: End::Fault(error),
        };
        assert_eq!(w.events().last(), Some(&ended));
    }
    let mut w = World::new();
    let first = w.attach("li", "phone", None);
    w.hub.malformed(first.socket, "not JSON");
    assert_eq!(w.closed_with(first.socket), Some(CloseCode::Malformed));
}

#[test]
fn only_a_proper_hello_opens_a_connection() {
    let mut w = World::new();
    let utc = UtcMillis::from_millis(0);
    let mut refusal = |frame| {
        w.hub
            .hello(frame, "li", "t".into(), w.now, utc)
            .unwrap_err()
    };
    assert_eq!(
        refusal(ClientFrame::Ping { ack: 0 }).close_code(),
        CloseCode::Malformed
    );
    assert_eq!(refusal(message(1, 0)).close_code(), CloseCode::Malformed);
    assert_eq!(refusal(hello("", None)), ResumeError::Device);
    assert_eq!(
        refusal(hello(&"d".repeat(DEVICE_BYTES_MAX + 1), None)),
        ResumeError::Device
    );
    let old = ClientFrame::Hello {
        version: 0,
        device: "d".into(),
        resume: None,
    };
    assert_eq!(refusal(old).close_code(), CloseCode::Version);
    assert_eq!(w.events(), []);
}

#[test]
fn an_application_that_is_behind_stops_the_reading_not_the_connection() {
    let mut w = World::new();
    let first = w.attach("li", "phone", None);
    w.events();
    for n in 1..=MESSAGES_PENDING_MAX as u64 {
        assert!(w.hub.may_read(first.socket));
        w.frame(first.socket, message(n, 0));
    }
    assert!(!w.hub.may_read(first.socket));
    w.pass(SOCKET_DEAD);
    w.pass(SOCKET_DEAD);
    while w.hub.poll_wake().is_some() {}
    assert!(matches!(w.hub.poll(), Some(Event::Message { n: 1, .. })));
    assert_eq!(w.hub.poll_wake(), Some(first.socket));
    assert!(w.hub.may_read(first.socket));
    w.pass(SOCKET_DEAD - Duration::from_millis(1));
    assert_eq!(w.written(first.socket), []);
}

#[test]
fn events_of_a_flapping_link_are_bounded() {
    let mut w = World::new();
    let first = w.attach("li", "phone", None);
    let token = w.token(&first);
    let mut socket = first.socket;
    let refused = loop {
        w.hub.socket_lost(socket, w.now);
        let resume = Resume {
            token: token.clone(),
            received: 0,
        };
        let utc = UtcMillis::from_millis(0);
        match w
            .hub
            .hello(hello("phone", Some(resume)), "li", "t".into(), w.now, utc)
        {
            Ok(attached) => socket = attached.socket,
            Err(error) => break error,
        }
    };
    assert_eq!(refused.close_code(), CloseCode::Busy);
    assert!(w.events().len() <= EVENTS_PENDING_MAX + 1);
    assert_eq!(w.resume("li", "phone", &first, 0).refused, None);
}

#[test]
fn connections_are_bounded_for_each_person_and_in_all() {
    const NAMES: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut w = World::new();
    let first = w.attach("li", "d0", None);
    for device in 1..=CONNECTIONS_EACH_MAX {
        w.attach("li", &format!("d{device}"), None);
    }
    assert_eq!(w.closed_with(first.socket), Some(CloseCode::Replaced));
    assert_eq!(w.hub.connections().count(), CONNECTIONS_EACH_MAX);

    let people: Vec<&'static str> = (0..NAMES.len())
        .flat_map(|a| (a..NAMES.len()).map(move |b| &NAMES[a..=b]))
        .collect();
    let mut world = World::new();
    let fill = people
        .iter()
        .flat_map(|who| (0..CONNECTIONS_EACH_MAX).map(move |d| (*who, d)));
    for (who, device) in fill.take(CONNECTIONS_MAX) {
        world.attach(who, &device.to_string(), None);
    }
    let utc = UtcMillis::from_millis(0);
    let one_more = world.hub.hello(
        hello("d", None),
        "somebody else",
        "t".into(),
        world.now,
        utc,
    );
    assert_eq!(one_more, Err(ResumeError::Busy));
}

#[test]
fn closing_names_its_reason_and_shutting_down_lets_nobody_in() {
    let mut w = World::new();
    let (li, wang) = (
        w.attach("li", "phone", None),
        w.attach("wang", "phone", None),
    );
    w.hub
        .close(li.connection, CloseCode::Unauthorised, "signed out");
    assert_eq!(w.closed_with(li.socket), Some(CloseCode::Unauthorised));
    w.hub.shut_down("an update");
    assert_eq!(w.closed_with(wang.socket), Some(CloseCode::ShuttingDown));
    let ended = Event::Ended {
        connection: wang.connection,
        who: "wang",
        reason: End::Closed(CloseCode::ShuttingDown),
    };
    assert_eq!(w.events().last(), Some(&ended));
    let utc = UtcMillis::from_millis(0);
    assert_eq!(
        w.hub.hello(hello("d", None), "li", "t".into(), w.now, utc),
        Err(ResumeError::ShuttingDown)
    );
}
