//! Who may ask what: every operation of the document, asked by everybody.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, header};
use cloudseat::clock;
use cloudseat::http::openapi;
use cloudseat::store::{Account, Party, Role, SessionRow, SessionState, TokenScope};
use ids::Sid;
use serde_json::{Value, json};

use super::site::{Site, request};

/// Letters of those who may: Officer, Seat, Chief, Auditor, aDministrator, Party, Nobody (not signed in).
/// Officer and seat are those of the session; strangers are tried beside them.
const MAY: &[(&str, &str, &str)] = &[
    ("post", "/sign-in", "OSCADPN"),
    ("post", "/sign-out", "OSCADPN"),
    ("get", "/me", "OSCADPN"),
    ("post", "/join", "OSCADPN"),
    ("get", "/users", "D"),
    ("post", "/users", "D"),
    ("patch", "/users/{id}", "D"),
    ("post", "/users/{id}/password", "D"),
    ("get", "/units", "OSCAD"),
    ("post", "/units", "D"),
    ("get", "/seats", "OSC"),
    ("get", "/queue", "SC"),
    ("get", "/figures", "OS"),
    ("get", "/catalogue/violations", "OSCAD"),
    ("get", "/catalogue/choices", "OSCAD"),
    ("get", "/catalogue/procedures", "OSCAD"),
    ("get", "/cases", "OCA"),
    ("post", "/cases", "O"),
    ("get", "/cases/{id}", "OCA"),
    ("post", "/cases/{id}/call", "O"),
    ("get", "/sessions", "OSCA"),
    ("get", "/sessions/{sid}", "OSCAP"),
    ("post", "/sessions/{sid}/cancel", "O"),
    ("post", "/sessions/{sid}/invitations", "OS"),
    ("post", "/sessions/{sid}/seal", "OS"),
    ("post", "/sessions/{sid}/filing", "O"),
    ("post", "/sessions/{sid}/payment", "O"),
    ("get", "/sessions/{sid}/steps", "OSCAP"),
    ("post", "/sessions/{sid}/steps/{step}/start", "OS"),
    ("post", "/sessions/{sid}/steps/{step}/sentences", "OS"),
    ("put", "/sessions/{sid}/steps/{step}/fields", "OS"),
    ("post", "/sessions/{sid}/steps/{step}/confirmations", "OS"),
    ("post", "/sessions/{sid}/steps/{step}/complete", "OS"),
    ("get", "/sessions/{sid}/captures", "OSCA"),
    ("post", "/sessions/{sid}/captures", "OS"),
    ("get", "/sessions/{sid}/captures/{capture}", "OSCA"),
    ("post", "/sessions/{sid}/defence", "OP"),
    ("post", "/sessions/{sid}/review", "S"),
    ("post", "/sessions/{sid}/exit", "OS"),
    ("get", "/sessions/{sid}/decision", "OSCAP"),
    ("post", "/sessions/{sid}/decision", "O"),
    ("get", "/sessions/{sid}/decision/draft", "OSCAP"),
    ("get", "/sessions/{sid}/documents/{doc}", "OSCAP"),
    ("post", "/sessions/{sid}/signature", "OP"),
    ("post", "/sessions/{sid}/delivery", "O"),
    ("get", "/sessions/{sid}/recording", "OSCA"),
    ("get", "/sessions/{sid}/recording/{track}", "OSCA"),
    ("get", "/sessions/{sid}/log", "OSCA"),
    ("post", "/sessions/{sid}/verification", "OSCA"),
    ("get", "/sessions/{sid}/bundle", "OSCA"),
    ("get", "/sessions/{sid}/receipt", "OSCAP"),
    ("get", "/receipts/{sid}", "OSCADPN"),
    ("get", "/receipts/{sid}/consistency", "OSCADPN"),
    ("get", "/audit", "A"),
];

/// A body that each operation understands.
fn body(path: &str) -> Value {
    match path.rsplit('/').next().unwrap_or_default() {
        "sign-in" => json!({"login": "nobody", "password": "nothing-at-all"}),
        "join" => json!({"token": "x"}),
        "users" => {
            json!({"login": "x", "name": "", "role": "officer", "unit_id": uuid::Uuid::nil(), "badge_no": "",
            "qualified": false, "police_type": "", "password": null})
        }
        "units" => {
            json!({"name": "", "short_name": "", "parent_id": null, "review_authority": "", "bank": ""})
        }
        "cases" => {
            json!({"procedure": "none", "place": {"lon": null, "lat": null, "accuracy_m": null, "text": "x"}})
        }
        "invitations" => json!({"role": "party"}),
        "filing" => json!({"receipt_no": "1"}),
        "payment" => json!({"receipt_no": "1", "paid_on": "2026-11-24"}),
        "sentences" => json!({"sentence": "SC01.1"}),
        "fields" => json!({"values": {}}),
        "confirmations" => json!({"guard": "credential_shown"}),
        "defence" => json!({"text": null, "waived": true, "recusal_requested": false}),
        "review" => json!({"verdict": "approved", "reason": null}),
        "exit" => json!({"exit": "ABORTED", "reason": "x"}),
        "signature" => json!({"kind": "refused", "reason": "x"}),
        "delivery" => json!({"method": "paper", "reason": null}),
        _ => json!({}),
    }
}

/// Puts a session of these people into the index.
pub(super) async fn index_session(site: &Site, officer: &Account) -> Sid {
    let session_no = site.store().last_session_no().await.unwrap() + 1;
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&session_no.to_be_bytes());
    let row = SessionRow {
        sid: Sid::from_bytes(bytes),
        session_no,
        case_id: None,
        procedure: "traffic_simple".to_owned(),
        state: SessionState::Live,
        officer: officer.person(),
        seat: None,
        opened_at: clock::utc_now(),
        ended_at: None,
        gaps: 0,
        gap_ms: 0,
        returned: false,
        plate: None,
        doc_no: None,
        penalty_text: None,
        doc_sha256: None,
    };
    site.store().put_session(&row).await.unwrap();
    row.sid
}

/// Calls a seat for a new case of this officer; the session is there, and the seat has answered as far as the index knows.
async fn call_session(site: &Site, officer: &str, seat: &Account) -> Sid {
    let place = json!({"lon": 118.05, "lat": 43.6, "accuracy_m": 5.0, "text": "林西县迎宾路"});
    let case = json!({"procedure": "traffic_simple", "place": place, "violation_code": "1344"});
    let case = site.post("/api/v1/cases", officer, &case).await.json();
    let path = format!("/api/v1/cases/{}/call", case["id"].as_str().unwrap());
    let called = site.post(&path, officer, &json!({})).await;
    assert_eq!(called.status, 201, "{}", called.text());
    let sid: Sid = called.json()["sid"].as_str().unwrap().parse().unwrap();
    let mut row = site.store().session(sid).await.unwrap().unwrap().row;
    row.seat = Some(seat.person());
    site.store().put_session(&row).await.unwrap();
    sid
}

struct People {
    tokens: Vec<(char, String)>,
    /// An officer, a seat and a party of other sessions.
    strangers: Vec<(char, String)>,
    sid: Sid,
}

async fn people(site: &Site) -> People {
    let mut tokens = vec![('N', String::new())];
    let mut accounts = Vec::new();
    for (letter, login, role) in [
        ('O', "officer", Role::Officer),
        ('S', "seat", Role::Seat),
        ('C', "chief", Role::Chief),
        ('A', "auditor", Role::Auditor),
        ('D', "admin", Role::Admin),
    ] {
        let account = site.account(login, role).await;
        tokens.push((
            letter,
            site.token_for(TokenScope::Account(account.id), 600_000)
                .await,
        ));
        accounts.push(account);
    }
    let sid = call_session(site, &tokens[1].1, &accounts[1]).await;
    let party = |sid| Party {
        sid,
        participant: "party_1".parse().unwrap(),
    };
    tokens.push(('P', site.party_token(party(sid)).await));
    let mut strangers = vec![('P', site.party_token(party(Sid::from_bytes([9; 16]))).await)];
    for (letter, login, role) in [('O', "officer2", Role::Officer), ('S', "seat2", Role::Seat)] {
        strangers.push((letter, site.token(login, role).await));
    }
    People {
        tokens,
        strangers,
        sid,
    }
}

async fn ask(site: &Site, method: &str, path: &str, sid: Sid, token: &str) -> (u16, String) {
    let address = format!("/api/v1{path}")
        .replace("{sid}", &sid.to_string())
        .replace("{step}", "S03_IDENTITY")
        .replace("{track}", "v1")
        .replace("{doc}", "decision")
        .replace("{capture}", "c1")
        .replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057");
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let picture = method == Method::POST && path.ends_with("/captures");
    let query = match path {
        "/sessions/{sid}/captures" if picture => "?kind=still",
        "/receipts/{sid}/consistency" => "?from=1",
        _ => "",
    };
    let builder = request(method, &format!("{address}{query}"), token);
    let request = if picture {
        builder
            .header(header::CONTENT_TYPE, "image/jpeg")
            .body(Body::from(&b"\xff\xd8\xff"[..]))
    } else {
        builder
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body(path).to_string()))
    };
    let answer = site.send(request.unwrap()).await;
    (answer.status.as_u16(), answer.code())
}

#[test]
fn every_operation_is_in_the_table() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            described.insert((
                method.clone(),
                path.strip_prefix(openapi::BASE).unwrap().to_owned(),
            ));
        }
    }
    let table = MAY
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(described, table);
}

#[tokio::test]
async fn everyone_may_what_the_table_says_and_nothing_else() {
    let site = Site::start().await;
    let people = people(&site).await;
    for (method, path, may) in MAY {
        // These end what is asked with; who may is told by their own tests.
        if *path == "/sign-out" {
            continue;
        }
        for (who, token) in &people.tokens {
            let (status, code) = ask(&site, method, path, people.sid, token).await;
            let what = format!("{method} {path} by {who}: {status} {code}");
            if may.contains(*who) {
                assert!(code != "unauthenticated" && code != "forbidden", "{what}");
            } else if *who == 'N' {
                assert_eq!((status, code.as_str()), (401, "unauthenticated"), "{what}");
            } else {
                assert!(matches!(code.as_str(), "forbidden" | "not_found"), "{what}");
            }
            assert!(
                status < 500 || code == "shutting_down" || code == "recording_unavailable",
                "{what}"
            );
        }
    }
}

#[tokio::test]
async fn a_session_of_others_does_not_exist() {
    let site = Site::start().await;
    let people = people(&site).await;
    for (method, path, may) in MAY
        .iter()
        .filter(|(_, path, _)| path.starts_with("/sessions/{sid}"))
    {
        for (who, token) in people
            .strangers
            .iter()
            .filter(|(who, _)| may.contains(*who))
        {
            let (status, code) = ask(&site, method, path, people.sid, token).await;
            assert_eq!(
                (status, code.as_str()),
                (404, "not_found"),
                "{method} {path} by another {who}"
            );
        }
    }
}
