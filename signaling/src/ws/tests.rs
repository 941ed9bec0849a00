#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test picks what it is about"
)]

use std::future::Future;
use std::io;
use std::time::Duration;

use futures_util::SinkExt;
use ids::{Sid, UtcMillis};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::Role;

use super::*;
use crate::client::Event as ClientEvent;
use crate::hub::{End, Event};
use crate::protocol::{ClientFrame, ClientMessage, CloseCode, ServerFrame, ServerMessage, VERSION};

/// Long enough for a busy machine; reached only by a failure.
const PATIENCE: Duration = Duration::from_secs(30);

async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(PATIENCE, what).await.expect("it happens")
}

fn server() -> Server<String> {
    Server::new(|| UtcMillis::from_millis(1_795_511_597_050))
}

/// Reads an HTTP head and answers it as a web server with [`accept`] does.
async fn upgrade(io: &mut DuplexStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(io.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut headers = HeaderMap::new();
    for line in head.lines().skip(1).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        headers.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    let who = headers
        .get(AUTHORIZATION)
        .map(|value| value.to_str().unwrap().to_owned());
    let Some(who) = who else {
        io.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")
            .await?;
        return Err(io::ErrorKind::PermissionDenied.into());
    };
    let response = accept(&headers).unwrap();
    let mut text = String::from("HTTP/1.1 101 Switching Protocols\r\n");
    for (name, value) in response.headers() {
        text += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    io.write_all((text + "\r\n").as_bytes()).await?;
    Ok(who)
}

/// Serves whatever is dialled; each socket's task is handed out so that the test can cut it.
fn dial(
    server: &Server<String>,
) -> (
    impl FnMut() -> Dialled + Send + 'static,
    mpsc::Receiver<JoinHandle<()>>,
) {
    let (tasks, sockets) = mpsc::channel(64);
    let (server, mut sockets_so_far) = (server.clone(), 0);
    let dial = move || {
        let (near, mut far) = duplex(1024);
        sockets_so_far += 1;
        let (server, token) = (server.clone(), format!("token{sockets_so_far}"));
        let task = tokio::spawn(async move {
            if let Ok(who) = upgrade(&mut far).await {
                server.serve(far, who, token).await;
            }
        });
        tasks.try_send(task).unwrap();
        std::future::ready(Ok(near))
    };
    (dial, sockets)
}

type Dialled = std::future::Ready<io::Result<DuplexStream>>;

fn bearer() -> HeaderMap {
    HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("li"))])
}

fn client(server: &Server<String>) -> (Client, mpsc::Receiver<JoinHandle<()>>) {
    let (dial, sockets) = dial(server);
    let uri = "ws://seat.example/api/v1/ws".parse().unwrap();
    (
        Client::connect(uri, bearer(), "phone".into(), dial).unwrap(),
        sockets,
    )
}

fn offer(request: u32) -> ClientMessage {
    ClientMessage::MediaOffer {
        sid: Sid::from_bytes([1; 16]),
        request,
        connection: 1,
        sdp: "v=0".repeat(100),
    }
}

fn note(re: u64) -> ServerMessage {
    ServerMessage::Error {
        re,
        code: "c".into(),
        detail: "再试".repeat(100),
        detail_en: String::new(),
    }
}

/// A socket that speaks by hand: upgraded already, hello not said.
fn raw(server: &Server<String>) -> WebSocketPair {
    let (near, far) = duplex(512 * 1024);
    let server = server.clone();
    let task = tokio::spawn(async move { server.serve(far, "li".into(), "token".into()).await });
    (near, task)
}

type WebSocketPair = (DuplexStream, JoinHandle<()>);

async fn by_hand(io: DuplexStream) -> WebSocketStream<DuplexStream> {
    WebSocketStream::from_raw_socket(io, Role::Client, None).await
}

async fn hello(socket: &mut WebSocketStream<DuplexStream>) -> ServerFrame {
    let hello = ClientFrame::Hello {
        version: VERSION,
        device: "d".into(),
        resume: None,
    };
    socket.send(encode(&hello)).await.unwrap();
    frame(socket).await
}

async fn frame(socket: &mut WebSocketStream<DuplexStream>) -> ServerFrame {
    match soon(receive(socket)).await {
        Received::Frame(frame) => frame,
        Received::Control | Received::Malformed(_) | Received::Gone => panic!("a frame"),
    }
}

#[tokio::test]
async fn messages_pass_in_both_directions_through_many_cuts() {
    const EACH: u32 = 300;
    let server = server();
    let (mut client, mut sockets) = client(&server);
    let Event::Connected { connection, who } = soon(server.recv()).await else {
        panic!()
    };
    assert_eq!(who, "li");
    let mut current = sockets.recv().await.unwrap();

    let (mut said, mut heard) = (Vec::new(), Vec::new());
    let mut cuts = 0;
    for n in 1..=EACH {
        assert_eq!(client.send(offer(n)), Ok(u64::from(n)));
        server.with(|hub| hub.send(connection, note(n.into())));
        if n % 50 == 0 {
            current.abort();
            cuts += 1;
            // The client comes back by itself; until then everything is kept.
            current = loop {
                tokio::select! {
                    task = sockets.recv() => break task.unwrap(),
                    event = server.recv() => said.extend(number_said(event)),
                    event = client.recv() => heard.extend(number_heard(event.unwrap())),
                }
            };
        }
    }
    while said.len() < EACH as usize || heard.len() < EACH as usize {
        soon(async {
            tokio::select! {
                event = server.recv() => said.extend(number_said(event)),
                event = client.recv() => heard.extend(number_heard(event.unwrap())),
            }
        })
        .await;
    }
    assert_eq!(said, (1..=EACH).collect::<Vec<_>>());
    assert_eq!(heard, (1..=u64::from(EACH)).collect::<Vec<_>>());
    assert_eq!(cuts, 6);
    assert!(
        soon(client.close()).await,
        "the server has acknowledged everything"
    );
}

fn number_said(event: Event<String>) -> Option<u32> {
    match event {
        Event::Message {
            body: ClientMessage::MediaOffer { request, .. },
            ..
        } => Some(request),
        Event::Ended { reason, .. } => panic!("{reason:?}"),
        _ => None,
    }
}

fn number_heard(event: ClientEvent) -> Option<u64> {
    match event {
        ClientEvent::Message(ServerMessage::Error { re, .. }) => Some(re),
        ClientEvent::Closed { code, detail, .. } => panic!("{code:?}: {detail}"),
        _ => None,
    }
}

#[tokio::test]
async fn what_is_no_frame_is_answered_with_the_reason() {
    let long = format!(
        r#"{{"frame":"ping","ack":0{}}}"#,
        " ".repeat(crate::limits::FRAME_BYTES_MAX)
    );
    for (bad, reason) in [
        (Message::text("{"), "EOF"),
        (Message::text(r#"{"frame":"pong"}"#), "unknown variant"),
        (
            Message::text(r#"{"frame":"ping","ack":0,"more":1}"#),
            "unknown field",
        ),
        (Message::binary(vec![1]), "binary"),
        (Message::text(long), "too long"),
    ] {
        let server = server();
        let (io, task) = raw(&server);
        let mut socket = by_hand(io).await;
        assert!(matches!(
            hello(&mut socket).await,
            ServerFrame::Welcome { resumed: false, .. }
        ));
        socket.send(bad).await.unwrap();
        let ServerFrame::Closing {
            code: CloseCode::Malformed,
            detail,
        } = frame(&mut socket).await
        else {
            panic!()
        };
        assert!(detail.contains(reason), "{detail}");
        assert!(matches!(
            soon(receive::<ServerFrame>(&mut socket)).await,
            Received::Gone
        ));
        drop(socket);
        soon(task).await.unwrap();
        assert!(matches!(soon(server.recv()).await, Event::Connected { .. }));
        assert!(matches!(
            soon(server.recv()).await,
            Event::Ended {
                reason: End::Malformed,
                ..
            }
        ));
    }
}

#[tokio::test]
async fn a_socket_that_does_not_greet_is_told_so_and_gets_no_connection() {
    for (first, code) in [
        (encode(&ClientFrame::Ping { ack: 0 }), CloseCode::Malformed),
        (
            encode(&ClientFrame::Hello {
                version: 99,
                device: "d".into(),
                resume: None,
            }),
            CloseCode::Version,
        ),
        (Message::text("hello"), CloseCode::Malformed),
    ] {
        let server = server();
        let (io, task) = raw(&server);
        let mut socket = by_hand(io).await;
        socket.send(first).await.unwrap();
        assert!(
            matches!(frame(&mut socket).await, ServerFrame::Closing { code: c, .. } if c == code)
        );
        drop(socket);
        soon(task).await.unwrap();
        assert_eq!(server.with(|hub| hub.connections().count()), 0);
        assert!(!server.with(|hub| hub.has_events()));
    }
}

#[tokio::test]
async fn a_flood_waits_for_the_application_and_nothing_is_lost() {
    let flood = 5 * crate::limits::MESSAGES_PENDING_MAX as u64;
    let server = server();
    let (io, _task) = raw(&server);
    let mut socket = by_hand(io).await;
    hello(&mut socket).await;
    for n in 1..=flood {
        let body = ClientMessage::SessionLeave {
            sid: Sid::from_bytes([1; 16]),
        };
        socket
            .send(encode(&ClientFrame::Message { n, ack: 0, body }))
            .await
            .unwrap();
    }
    assert!(matches!(soon(server.recv()).await, Event::Connected { .. }));
    for n in 1..=flood {
        assert!(matches!(soon(server.recv()).await, Event::Message { n: m, .. } if n == m));
    }
}

#[tokio::test]
async fn closing_ends_the_client_for_good_or_lets_it_come_back() {
    let server = server();
    let (mut client, _sockets) = client(&server);
    let Event::Connected { connection, .. } = soon(server.recv()).await else {
        panic!()
    };
    assert!(matches!(
        soon(client.recv()).await,
        Some(ClientEvent::Welcome { resumed: false, .. })
    ));
    server.with(|hub| hub.close(connection, CloseCode::TooSlow, "a test"));
    let closed = soon(client.recv()).await;
    assert_eq!(
        closed,
        Some(ClientEvent::Closed {
            code: CloseCode::TooSlow,
            detail: "a test".into(),
            last: false
        })
    );
    assert!(matches!(
        soon(client.recv()).await,
        Some(ClientEvent::Welcome { resumed: false, .. })
    ));

    server.with(|hub| hub.close_where(|who| who == "li", CloseCode::Unauthorised, "signed out"));
    let closed = soon(client.recv()).await;
    assert!(matches!(
        closed,
        Some(ClientEvent::Closed {
            code: CloseCode::Unauthorised,
            last: true,
            ..
        })
    ));
    assert_eq!(soon(client.recv()).await, None);
}

#[tokio::test]
async fn a_socket_whose_sign_in_ends_is_told_so_and_its_connection_is_over() {
    let server = server();
    let (near, far) = duplex(512 * 1024);
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let serving = server.clone();
    let task = tokio::spawn(async move {
        let ended = async {
            drop(ended.await);
            "signed out"
        };
        serving
            .serve_while(far, "li".into(), "token".into(), ended)
            .await;
    });
    let mut socket = by_hand(near).await;
    assert!(matches!(
        hello(&mut socket).await,
        ServerFrame::Welcome { .. }
    ));
    assert!(matches!(soon(server.recv()).await, Event::Connected { .. }));
    end.send(()).unwrap();
    let closing = frame(&mut socket).await;
    assert_eq!(
        closing,
        ServerFrame::Closing {
            code: CloseCode::Unauthorised,
            detail: "signed out".into()
        }
    );
    soon(task).await.unwrap();
    assert!(matches!(soon(server.recv()).await, Event::Ended { .. }));
}

#[tokio::test]
async fn a_client_that_is_not_let_in_stops() {
    let server = server();
    let (dial, _sockets) = dial(&server);
    let uri = "ws://seat.example/api/v1/ws".parse().unwrap();
    let mut client = Client::connect(uri, HeaderMap::new(), "phone".into(), dial).unwrap();
    let closed = soon(client.recv()).await;
    assert!(matches!(
        closed,
        Some(ClientEvent::Closed {
            code: CloseCode::Unauthorised,
            last: true,
            ..
        })
    ));
    assert_eq!(soon(client.recv()).await, None);
}

#[tokio::test]
async fn a_dropped_client_detaches() {
    let server = server();
    let (client, _sockets) = client(&server);
    assert!(matches!(soon(server.recv()).await, Event::Connected { .. }));
    drop(client);
    assert!(matches!(soon(server.recv()).await, Event::Detached { .. }));
}
