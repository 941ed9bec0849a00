//! A server with everything behind it, in a folder of its own, asked in-process.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::extract::connect_info::MockConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use cloudseat::app::{App, Settings};
use cloudseat::clock;
use cloudseat::http::{Server, Shared, auth, health, limits, router, tls, ws};
use cloudseat::media::MediaConfig;
use cloudseat::store::{self, Account, NewAccount, NewToken, Party, Role, Store, TokenScope, Unit};
use ids::{Sid, UtcMillis};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

/// The password of every account here; hashed once, because hashing is meant to be slow.
pub(super) const PASSWORD: &str = "correct-horse-battery";
static PASSWORD_HASH: LazyLock<String> = LazyLock::new(|| auth::hash_password(PASSWORD));

pub(super) struct Site {
    pub(super) server: Shared,
    router: axum::Router,
    folder: TempDir,
}

/// An answer, read whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The code of a problem; empty for an answer that is none.
    pub(super) fn code(&self) -> String {
        if self.header("content-type") != "application/problem+json" {
            return String::new();
        }
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

impl Site {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("cloudseat.db").display());
        let store = store::open(&url).await.unwrap();
        let settings = Settings {
            data_dir: folder.path().to_owned(),
            site: "evd.example.gov".to_owned(),
            public_url: "https://seat.example.gov:8443".to_owned(),
            demo: true,
            media: MediaConfig {
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
                advertise: vec![[127, 0, 0, 1].into()],
                workers: 1,
                kbps_initial: None,
            },
            reserve_bytes: 0,
            fonts: Vec::new(),
        };
        let app = App::start(settings, Arc::clone(&store)).await.unwrap();
        let authority = tls::Authority {
            der: b"der".to_vec(),
            pem: "pem".to_owned(),
            fingerprint: "AB:CD".to_owned(),
        };
        let server = Arc::new(Server {
            store,
            app,
            public_url: "https://seat.example.gov:8443".to_owned(),
            authority: Some(authority),
            limits: limits::RateLimits::default(),
            metrics: health::Metrics::default(),
            endings: ws::Endings::default(),
        });
        let peer = SocketAddr::from(([192, 0, 2, 7], 40_000));
        let router = router::router(Arc::clone(&server)).layer(MockConnectInfo(peer));
        Self {
            server,
            router,
            folder,
        }
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.server.store
    }

    pub(super) fn router(&self) -> axum::Router {
        self.router.clone()
    }

    pub(super) fn data_dir(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A session that waits for a seat, and the token of its officer.
    pub(super) async fn call(&self) -> (Sid, String) {
        let officer = self.token("officer", Role::Officer).await;
        let place =
            serde_json::json!({"lon": 118.05, "lat": 43.6, "accuracy_m": 12.5, "text": "东环路"});
        let case = serde_json::json!({"procedure": "traffic_simple", "place": place});
        let case = self.post("/api/v1/cases", &officer, &case).await.json();
        let path = format!("/api/v1/cases/{}/call", case["id"].as_str().unwrap());
        let called = self.post(&path, &officer, &Value::Null).await;
        assert_eq!(called.status, 201, "{}", called.text());
        (
            called.json()["sid"].as_str().unwrap().parse().unwrap(),
            officer,
        )
    }

    pub(super) async fn account(&self, login: &str, role: Role) -> Account {
        let unit = match self.store().units().await.unwrap().into_iter().next() {
            Some(unit) => unit,
            None => {
                let unit = Unit {
                    id: Uuid::now_v7(),
                    name: "林西县公安局交通管理大队".to_owned(),
                    short_name: "林西大队".to_owned(),
                    parent_id: None,
                    review_authority: "林西县人民政府".to_owned(),
                    bank: "中国农业银行林西县支行".to_owned(),
                };
                self.store().add_unit(&unit).await.unwrap();
                unit
            }
        };
        let account = NewAccount {
            id: Uuid::now_v7(),
            login: login.to_owned(),
            name: format!("王{login}"),
            role,
            unit_id: unit.id,
            badge_no: "150437".to_owned(),
            qualified: true,
            police_type: "police_traffic".to_owned(),
            password_hash: PASSWORD_HASH.clone(),
            created_at: clock::utc_now(),
        };
        self.store().add_account(&account).await.unwrap();
        self.store().account(account.id).await.unwrap().unwrap()
    }

    /// An account's bearer token.
    pub(super) async fn token(&self, login: &str, role: Role) -> String {
        let account = self.account(login, role).await;
        self.token_for(TokenScope::Account(account.id), 60_000)
            .await
    }

    pub(super) async fn party_token(&self, party: Party) -> String {
        self.token_for(TokenScope::Party(party), 60_000).await
    }

    /// A token that ends so many milliseconds from now (or before now).
    pub(super) async fn token_for(&self, scope: TokenScope, lasts_ms: i64) -> String {
        let (token, digest) = auth::new_token();
        let now = clock::utc_now();
        let expires_at = UtcMillis::from_millis(now.as_millis() + lasts_ms);
        self.store()
            .add_token(&NewToken {
                digest,
                scope,
                created_at: now,
                expires_at,
            })
            .await
            .unwrap();
        token
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap()
            .to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(super) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(
            request(Method::GET, path, token)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub(super) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(json(Method::POST, path, token, body)).await
    }
}

pub(super) fn request(method: Method, path: &str, token: &str) -> axum::http::request::Builder {
    let builder = Request::builder().method(method).uri(path);
    if token.is_empty() {
        builder
    } else {
        builder.header(header::AUTHORIZATION, format!("Bearer {token}"))
    }
}

pub(super) fn json(method: Method, path: &str, token: &str, body: &Value) -> Request<Body> {
    let builder = request(method, path, token).header(header::CONTENT_TYPE, "application/json");
    builder.body(Body::from(body.to_string())).unwrap()
}
