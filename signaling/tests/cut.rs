//! A hub and a client over links that are cut at any point, in either direction, any number of times: every message is
//! processed once and in order, or the resume is refused and both sides know what is in doubt.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use ids::{Sid, UtcMillis};
use proptest::prelude::*;
use signaling::client::{Client, Demand, Event as ClientEvent};
use signaling::hub::{ConnectionId, Event, Hub, Next, SocketId};
use signaling::protocol::{ClientFrame, ClientMessage, ServerFrame, ServerMessage};

/// What may happen next.
#[derive(Debug, Clone)]
enum Step {
    ClientSays,
    ServerSays,
    /// So many frames arrive at the server, on the link that is this many links old.
    Up(usize, usize),
    /// So many frames arrive at the client.
    Down(usize),
    /// The newest link breaks; so many frames in the air, up and down, still arrive.
    Cut(usize, usize),
    /// A side learns of the break.
    ServerNotices,
    ClientNotices,
    /// The client tries to connect, if it wants to.
    Dial,
    /// The application takes so many events.
    Take(usize),
    /// Time passes.
    Pass(u64),
}

struct Link {
    up: VecDeque<String>,
    down: VecDeque<String>,
    broken: bool,
    /// As the server knows it, once the hello has arrived.
    socket: Option<(SocketId, ConnectionId)>,
    server_open: bool,
    client_open: bool,
}

struct World {
    hub: Hub<&'static str>,
    client: Client,
    links: Vec<Link>,
    now: Instant,
    count: u32,
    /// What the client said, and heard, since its last new connection.
    said: Vec<u32>,
    heard: Vec<u64>,
    connection: Option<ConnectionId>,
    /// What the server took from and sent to each connection.
    took: BTreeMap<ConnectionId, Vec<u32>>,
    sent: BTreeMap<ConnectionId, Vec<u64>>,
    afresh: u32,
}

fn utc() -> UtcMillis {
    UtcMillis::from_millis(1_795_511_597_050)
}

fn from_client(request: u32) -> ClientMessage {
    ClientMessage::MediaOffer {
        sid: Sid::from_bytes([1; 16]),
        request,
        connection: 1,
        sdp: String::new(),
    }
}

fn from_server(re: u64) -> ServerMessage {
    ServerMessage::Error {
        re,
        code: String::new(),
        detail: "再试".into(),
        detail_en: String::new(),
    }
}

fn number(message: &ClientMessage) -> u32 {
    let ClientMessage::MediaOffer { request, .. } = message else {
        panic!("{message:?}")
    };
    *request
}

impl World {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            hub: Hub::default(),
            client: Client::new("phone".into(), now),
            links: Vec::new(),
            now,
            count: 0,
            said: Vec::new(),
            heard: Vec::new(),
            connection: None,
            took: BTreeMap::new(),
            sent: BTreeMap::new(),
            afresh: 0,
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::ClientSays => {
                self.count += 1;
                if self.client.send(from_client(self.count)).is_ok() {
                    self.said.push(self.count);
                }
            }
            Step::ServerSays => {
                let newest = self.hub.connections().map(|(id, ..)| id).max();
                if let Some(connection) = newest {
                    self.count += 1;
                    self.hub.send(connection, from_server(self.count.into()));
                    self.sent
                        .entry(connection)
                        .or_default()
                        .push(self.count.into());
                }
            }
            Step::Up(frames, age) => {
                if let Some(at) = self.links.len().checked_sub(1 + age) {
                    (0..frames).for_each(|_| self.up(at));
                }
            }
            Step::Down(frames) => (0..frames).for_each(|_| self.down()),
            Step::Cut(up, down) => {
                if let Some(link) = self.links.last_mut() {
                    link.broken = true;
                    link.up.truncate(up);
                    link.down.truncate(down);
                }
            }
            Step::ServerNotices => {
                for at in 0..self.links.len() {
                    if self.links[at].broken {
                        self.server_drops(at);
                    }
                }
            }
            Step::ClientNotices => {
                if self
                    .links
                    .last()
                    .is_some_and(|link| link.broken && link.client_open)
                {
                    self.client_drops();
                    self.client.socket_lost(self.now);
                }
            }
            Step::Dial => self.dial(),
            Step::Take(events) => {
                for _ in 0..events {
                    self.take();
                }
            }
            Step::Pass(ms) => {
                self.now += Duration::from_millis(ms);
                self.hub.expire(self.now);
            }
        }
        self.write();
    }

    fn dial(&mut self) {
        match self.client.demand(self.now) {
            Demand::Dial => {
                self.client.socket_up(self.now);
                let (up, down) = (VecDeque::new(), VecDeque::new());
                let link = Link {
                    up,
                    down,
                    broken: false,
                    socket: None,
                    server_open: true,
                    client_open: true,
                };
                self.links.push(link);
            }
            Demand::Drop => self.client_drops(),
            Demand::Wait => {}
            Demand::Stop => panic!("nothing here is final"),
        }
    }

    /// Both sides write what they have; what is written to a broken link is lost.
    fn write(&mut self) {
        if self.links.last().is_some_and(|link| link.client_open) {
            while let Some(frame) = self.client.next_frame() {
                let link = self.links.last_mut().unwrap();
                if !link.broken {
                    link.up.push_back(serde_json::to_string(&frame).unwrap());
                }
            }
        }
        for at in 0..self.links.len() {
            let (Some((socket, _)), true) = (self.links[at].socket, self.links[at].server_open)
            else {
                continue;
            };
            loop {
                match self.hub.next_frame(socket, utc()) {
                    Next::Frame(frame) if !self.links[at].broken => {
                        self.links[at]
                            .down
                            .push_back(serde_json::to_string(&frame).unwrap());
                    }
                    Next::Frame(_) => {}
                    Next::Wait => break,
                    Next::Close => {
                        self.server_drops(at);
                        break;
                    }
                }
            }
        }
    }

    fn up(&mut self, at: usize) {
        let link = &mut self.links[at];
        if !link.server_open
            || link
                .socket
                .is_some_and(|(socket, _)| !self.hub.may_read(socket))
        {
            return;
        }
        let Some(text) = link.up.pop_front() else {
            return;
        };
        let frame: ClientFrame = serde_json::from_str(&text).unwrap();
        match link.socket {
            Some((socket, _)) => self.hub.frame(socket, frame, self.now),
            None => {
                let token = format!("token{at}");
                let attached = self.hub.hello(frame, "li", token, self.now, utc()).unwrap();
                let link = &mut self.links[at];
                link.socket = Some((attached.socket, attached.connection));
                if !link.broken {
                    link.down
                        .push_back(serde_json::to_string(&attached.welcome).unwrap());
                }
            }
        }
    }

    fn down(&mut self) {
        let Some(link) = self.links.last_mut().filter(|link| link.client_open) else {
            return;
        };
        let Some(text) = link.down.pop_front() else {
            return;
        };
        let frame: ServerFrame = serde_json::from_str(&text).unwrap();
        self.client
            .receive(frame, self.now)
            .expect("the hub keeps to the protocol");
        while let Some(event) = self.client.poll() {
            match event {
                ClientEvent::Welcome {
                    resumed,
                    unacknowledged,
                } => self.welcome(resumed, &unacknowledged),
                ClientEvent::Message(ServerMessage::Error { re, .. }) => self.heard.push(re),
                ClientEvent::Message(other) => panic!("{other:?} was never sent"),
                ClientEvent::Lost => {}
                ClientEvent::Closed { code, detail, .. } => panic!("{code:?}: {detail}"),
            }
        }
    }

    fn welcome(&mut self, resumed: bool, unacknowledged: &[ClientMessage]) {
        let connection = self.links.last().unwrap().socket.unwrap().1;
        if resumed {
            assert_eq!(self.connection, Some(connection));
        } else if let Some(old) = self.connection.replace(connection) {
            self.afresh += 1;
            while self.take() {}
            // Nothing is in doubt but what is handed back.
            let (certain, doubt) = self.said.split_at(self.said.len() - unacknowledged.len());
            assert_eq!(unacknowledged.iter().map(number).collect::<Vec<_>>(), doubt);
            let took = self.took.remove(&old).unwrap_or_default();
            assert!(
                took.starts_with(certain) && self.said.starts_with(&took),
                "{took:?} of {:?}",
                self.said
            );
            let sent = self.sent.remove(&old).unwrap_or_default();
            assert!(
                sent.starts_with(&self.heard),
                "{:?} of {sent:?}",
                self.heard
            );
            self.said.clear();
            self.heard.clear();
        }
    }

    fn take(&mut self) -> bool {
        let event = self.hub.poll();
        if let Some(Event::Message {
            connection, body, ..
        }) = &event
        {
            self.took.entry(*connection).or_default().push(number(body));
        }
        event.is_some()
    }

    fn server_drops(&mut self, at: usize) {
        let link = &mut self.links[at];
        (link.server_open, link.broken) = (false, true);
        if let Some((socket, _)) = link.socket {
            self.hub.socket_lost(socket, self.now);
        }
    }

    fn client_drops(&mut self) {
        if let Some(link) = self.links.last_mut() {
            link.client_open = false;
            link.broken = true;
            link.down.clear();
        }
    }

    /// The link heals and everything in the air arrives.
    fn heal(&mut self) {
        for _ in 0..4 {
            self.step(Step::ServerNotices);
            self.step(Step::ClientNotices);
            self.step(Step::Pass(8_000));
            self.step(Step::Dial);
            for _ in 0..40 {
                for step in [Step::Up(64, 0), Step::Take(200), Step::Down(200)] {
                    self.step(step);
                }
            }
        }
        let connection = self.connection.expect("the client is connected");
        assert_eq!(self.took.remove(&connection).unwrap_or_default(), self.said);
        assert_eq!(
            self.sent.remove(&connection).unwrap_or_default(),
            self.heard
        );
    }
}

fn step(pass_ms_max: u64) -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::ClientSays),
        4 => Just(Step::ServerSays),
        4 => (1..4_usize, prop_oneof![4 => Just(0_usize), 1 => 1..3_usize]).prop_map(|(n, age)| Step::Up(n, age)),
        4 => (1..4_usize).prop_map(Step::Down),
        2 => (0..3_usize, 0..3_usize).prop_map(|(up, down)| Step::Cut(up, down)),
        1 => Just(Step::ServerNotices),
        2 => Just(Step::ClientNotices),
        3 => Just(Step::Dial),
        2 => (1..8_usize).prop_map(Step::Take),
        2 => (0..pass_ms_max).prop_map(Step::Pass),
    ]
}

proptest! {
    /// Short cuts never cost a connection.
    #[test]
    fn every_message_is_processed_once_and_in_order(steps in proptest::collection::vec(step(300), 1..160)) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.heal();
        prop_assert_eq!(world.afresh, 0);
    }

    /// Long ones may, and then the client is handed back exactly what is in doubt.
    #[test]
    fn or_both_sides_begin_afresh_and_know_what_is_in_doubt(steps in proptest::collection::vec(step(40_000), 1..160)) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.heal();
    }
}

#[test]
fn a_connection_that_expired_begins_afresh() {
    let mut world = World::new();
    let talk = [
        Step::Dial,
        Step::Up(1, 0),
        Step::Down(1),
        Step::ClientSays,
        Step::ServerSays,
        Step::Up(1, 0),
    ];
    let cut = [
        Step::Cut(0, 0),
        Step::ClientSays,
        Step::ServerNotices,
        Step::ClientNotices,
        Step::Pass(61_000),
    ];
    for step in talk.into_iter().chain(cut) {
        world.step(step);
    }
    world.heal();
    assert_eq!(world.afresh, 1);
}
