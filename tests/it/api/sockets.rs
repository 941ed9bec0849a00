use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use cloudseat::http::auth;
use cloudseat::store::{AccountChange, Role, TokenScope};
use serde_json::json;
use signaling::client::Event;
use signaling::protocol::CloseCode;
use signaling::ws::Client;
use tokio::net::{TcpListener, TcpStream};

use super::site::Site;

/// A site that also answers on a port.
struct Open {
    site: Site,
    port: u16,
}

impl Open {
    async fn start() -> Self {
        let site = Site::start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = site.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { site, port }
    }

    /// A device's socket that was let in.
    async fn socket(&self, device: &str, token: &str) -> Client {
        let uri = format!("ws://localhost:{}/api/v1/ws", self.port);
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
        let port = self.port;
        let dial = move || TcpStream::connect(("127.0.0.1", port));
        let mut client =
            Client::connect(uri.parse().unwrap(), headers, device.to_owned(), dial).unwrap();
        let welcome = soon(&mut client).await;
        assert!(
            matches!(welcome, Some(Event::Welcome { .. })),
            "{welcome:?}"
        );
        client
    }
}

async fn soon(client: &mut Client) -> Option<Event> {
    tokio::time::timeout(Duration::from_secs(10), client.recv())
        .await
        .expect("something is heard")
}

async fn is_closed(client: &mut Client) {
    let closed = soon(client).await;
    assert!(
        matches!(
            closed,
            Some(Event::Closed {
                code: CloseCode::Unauthorised,
                last: true,
                ..
            })
        ),
        "{closed:?}"
    );
}

async fn is_open(client: &mut Client) {
    let heard = tokio::time::timeout(Duration::from_millis(200), client.recv()).await;
    assert!(heard.is_err(), "{heard:?}");
}

#[tokio::test]
async fn a_sign_out_closes_the_sockets_of_its_token_and_no_others() {
    let open = Open::start().await;
    let account = open.site.account("officer", Role::Officer).await;
    let token = async || {
        let scope = TokenScope::Account(account.id);
        open.site.token_for(scope, 60_000).await
    };
    let (phone, desk) = (token().await, token().await);
    let mut on_phone = open.socket("phone", &phone).await;
    let mut on_desk = open.socket("desk", &desk).await;
    let out = open
        .site
        .post("/api/v1/sign-out", &phone, &json!(null))
        .await;
    assert_eq!(out.status, 204);
    is_closed(&mut on_phone).await;
    is_open(&mut on_desk).await;
}

#[tokio::test]
async fn a_token_that_ends_takes_its_sockets_with_it() {
    let open = Open::start().await;
    let account = open.site.account("officer", Role::Officer).await;
    let scope = TokenScope::Account(account.id);
    let token = open.site.token_for(scope, 5_000).await;
    is_closed(&mut open.socket("phone", &token).await).await;
}

#[tokio::test]
async fn a_token_does_not_run_out_in_a_session() {
    let open = Open::start().await;
    let account = open.site.account("officer", Role::Officer).await;
    let token = open
        .site
        .token_for(TokenScope::Account(account.id), 5_000)
        .await;
    let case = json!({"procedure": "traffic_simple",
        "place": {"lon": 118.05, "lat": 43.6, "accuracy_m": 12.5, "text": "林西县迎宾路"}});
    let case = open.site.post("/api/v1/cases", &token, &case).await.json();
    let call = format!("/api/v1/cases/{}/call", case["id"].as_str().unwrap());
    let called = open.site.post(&call, &token, &json!({})).await;
    assert_eq!(called.status, 201, "{}", called.text());
    let mut client = open.socket("phone", &token).await;
    let said = async {
        while let Some(event) = client.recv().await {
            assert!(!matches!(event, Event::Closed { .. }), "{event:?}");
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(7), said).await;
    assert!(ended.is_err(), "the socket ended");
    let me = open.site.get("/api/v1/me", &token).await.json();
    assert_eq!(me["user"]["login"], "officer", "{me}");
}

#[tokio::test]
async fn an_account_that_another_process_disables_loses_its_sockets() {
    let open = Open::start().await;
    let account = open.site.account("officer", Role::Officer).await;
    let scope = TokenScope::Account(account.id);
    let token = open.site.token_for(scope, 60_000).await;
    let mut socket = open.socket("phone", &token).await;
    // As `cloudseat user disable` does beside a running server.
    let change = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    let store = open.site.store();
    store.change_account(account.id, &change).await.unwrap();
    // It would be looked up within seconds; having missed what was told, it is at once.
    for _ in 0..100 {
        let (_, digest) = auth::new_token();
        open.site.server.endings.tell(digest);
    }
    is_closed(&mut socket).await;
}
