use std::time::Duration;

use ids::UtcMillis;

use super::*;
use crate::protocol::SeatWish;

const MOMENT: Duration = Duration::from_millis(1);
fn start() -> Instant {
    Instant::now()
}

fn wish() -> ClientMessage {
    ClientMessage::SeatState {
        state: SeatWish::Away,
    }
}

fn note(n: u64, ack: u64) -> ServerFrame {
    let text = String::new;
    let body = ServerMessage::Error {
        re: n,
        code: text(),
        detail: text(),
        detail_en: text(),
    };
    ServerFrame::Message { n, ack, body }
}

fn welcome(token: &str, resumed: bool, received: u64) -> ServerFrame {
    let server_time = UtcMillis::from_millis(0);
    ServerFrame::Welcome {
        version: VERSION,
        token: token.into(),
        resumed,
        received,
        server_time,
    }
}

fn up(client: &mut Client, now: Instant, token: &str, resumed: bool, received: u64) -> ClientFrame {
    assert_eq!(client.demand(now), Demand::Dial);
    client.socket_up(now);
    let hello = client.next_frame().unwrap();
    client
        .receive(welcome(token, resumed, received), now)
        .unwrap();
    hello
}

fn events(client: &mut Client) -> Vec<Event> {
    std::iter::from_fn(|| client.poll()).collect()
}

#[test]
fn what_was_said_before_the_first_welcome_is_sent_after_it() {
    let now = start();
    let mut client = Client::new("bot".into(), now);
    assert_eq!(client.send(wish()), Ok(1));
    assert_eq!(
        up(&mut client, now, "t", false, 0),
        ClientFrame::Hello {
            version: VERSION,
            device: "bot".into(),
            resume: None
        }
    );
    assert_eq!(
        client.next_frame(),
        Some(ClientFrame::Message {
            n: 1,
            ack: 0,
            body: wish()
        })
    );
    assert_eq!(
        events(&mut client),
        [Event::Welcome {
            resumed: false,
            unacknowledged: vec![]
        }]
    );
}

#[test]
fn a_cut_is_resumed_from_where_each_side_was() {
    let now = start();
    let mut client = Client::new("bot".into(), now);
    up(&mut client, now, "t", false, 0);
    for _ in 0..3 {
        client.send(wish()).unwrap();
        client.next_frame().unwrap();
    }
    client.receive(note(1, 1), now).unwrap();
    client.socket_lost(now);
    let ClientFrame::Hello {
        resume: Some(resume),
        ..
    } = up(&mut client, now, "t", true, 2)
    else {
        panic!("a resume")
    };
    assert_eq!((resume.token.as_str(), resume.received), ("t", 1));
    assert_eq!(
        client.next_frame(),
        Some(ClientFrame::Message {
            n: 3,
            ack: 1,
            body: wish()
        })
    );
    client.receive(note(1, 3), now).unwrap();
    client.receive(note(2, 3), now).unwrap();
    let notes = events(&mut client)
        .into_iter()
        .filter(|event| matches!(event, Event::Message(_)))
        .count();
    assert_eq!(notes, 2);
    assert!(client.settle());
}

#[test]
fn afresh_hands_back_what_nobody_acknowledged() {
    let now = start();
    let mut client = Client::new("bot".into(), now);
    up(&mut client, now, "t", false, 0);
    client.send(wish()).unwrap();
    client.socket_lost(now);
    client.send(wish()).unwrap();
    up(&mut client, now, "u", false, 0);
    let afresh = Event::Welcome {
        resumed: false,
        unacknowledged: vec![wish(), wish()],
    };
    assert_eq!(events(&mut client).last(), Some(&afresh));
    assert_eq!(client.send(wish()), Ok(1));
}

#[test]
fn it_pings_every_five_seconds_and_gives_a_silent_socket_up_after_twelve() {
    let now = start();
    let mut client = Client::new("bot".into(), now);
    up(&mut client, now, "t", false, 0);
    assert_eq!(
        client.next_frame(),
        Some(ClientFrame::Ping { ack: 0 }),
        "the answer to the welcome"
    );
    assert_eq!(client.next_deadline(), Some(now + SOCKET_PING));
    assert_eq!(
        (
            client.demand(now + SOCKET_PING - MOMENT),
            client.next_frame()
        ),
        (Demand::Wait, None)
    );
    assert_eq!(client.demand(now + SOCKET_PING), Demand::Wait);
    assert_eq!(client.next_frame(), Some(ClientFrame::Ping { ack: 0 }));
    assert_eq!(client.demand(now + 2 * SOCKET_PING), Demand::Wait);
    assert_eq!(client.next_deadline(), Some(now + SOCKET_DEAD));
    assert_eq!(client.demand(now + SOCKET_DEAD), Demand::Drop);
    assert_eq!(events(&mut client).last(), Some(&Event::Lost));
    assert_eq!(client.demand(now + SOCKET_DEAD), Demand::Dial);
}

#[test]
fn it_backs_off_and_never_gives_up() {
    let mut now = start();
    let mut client = Client::new("bot".into(), now);
    for attempt in 0..20 {
        assert_eq!(client.demand(now), Demand::Dial);
        client.socket_lost(now);
        let pause = RECONNECT[attempt.min(RECONNECT.len() - 1)];
        if pause > Duration::ZERO {
            assert_eq!(client.demand(now + pause - MOMENT), Demand::Wait);
        }
        now += pause;
    }
    up(&mut client, now, "t", false, 0);
    client.socket_lost(now);
    assert_eq!(
        client.next_deadline(),
        Some(now),
        "success starts the pauses anew"
    );
}

#[test]
fn a_burst_is_acknowledged_before_the_next_ping() {
    let now = start();
    let mut client = Client::new("bot".into(), now);
    up(&mut client, now, "t", false, 0);
    assert_eq!(
        client.next_frame(),
        Some(ClientFrame::Ping { ack: 0 }),
        "the answer to the welcome"
    );
    for n in 1..=ACKNOWLEDGE_EVERY {
        assert_eq!(client.next_frame(), None);
        client.receive(note(n, 0), now).unwrap();
    }
    assert_eq!(
        client.next_frame(),
        Some(ClientFrame::Ping {
            ack: ACKNOWLEDGE_EVERY
        })
    );
    assert_eq!(client.next_frame(), None);
}

#[test]
fn a_close_says_whether_to_come_back_and_how() {
    use CloseCode::{Busy, Malformed, Replaced, ShuttingDown, TooSlow, Unauthorised, Version};
    for (code, last, resumes) in [
        (Unauthorised, true, false),
        (Version, true, false),
        (Replaced, true, false),
        (Malformed, false, false),
        (TooSlow, false, false),
        (Busy, false, true),
        (ShuttingDown, false, true),
    ] {
        let now = start();
        let mut client = Client::new("bot".into(), now);
        up(&mut client, now, "t", false, 0);
        client
            .receive(
                ServerFrame::Closing {
                    code,
                    detail: "d".into(),
                },
                now,
            )
            .unwrap();
        let closed = Event::Closed {
            code,
            detail: "d".into(),
            last,
        };
        assert_eq!(events(&mut client).last(), Some(&closed));
        if last {
            assert_eq!(client.demand(now + RECONNECT[5]), Demand::Stop);
            continue;
        }
        assert_eq!(client.demand(now), Demand::Wait, "{code:?}: not at once");
        let hello = up(&mut client, now + RECONNECT[1], "u", false, 0);
        assert_eq!(
            matches!(
                hello,
                ClientFrame::Hello {
                    resume: Some(_),
                    ..
                }
            ),
            resumes,
            "{code:?}"
        );
    }
}

#[test]
fn a_server_that_breaks_the_protocol_is_left_for_a_new_connection() {
    let now = start();
    for fault in [note(2, 0), note(1, 1), welcome("t", true, 0)] {
        let mut client = Client::new("bot".into(), now);
        up(&mut client, now, "t", false, 0);
        client.receive(fault, now).unwrap_err();
        client.socket_lost(now);
        let hello = up(&mut client, now, "u", false, 0);
        assert!(matches!(hello, ClientFrame::Hello { resume: None, .. }));
    }
}
