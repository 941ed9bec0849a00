use axum::body::Body;
use axum::http::{Method, header};
use cloudseat::clock;
use cloudseat::http::auth;
use cloudseat::store::{AccountChange, NewInvitation, Party, Role, TokenScope};
use ids::{Sid, UtcMillis};
use serde_json::json;

use super::site::{PASSWORD, Site, json, request};

#[tokio::test]
async fn who_signs_in_is_known_by_cookie_and_by_token_until_signing_out() {
    let site = Site::start().await;
    site.account("officer", Role::Officer).await;
    let answer = site
        .post(
            "/api/v1/sign-in",
            "",
            &json!({"login": "Officer", "password": PASSWORD}),
        )
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let cookie = answer.header("set-cookie").to_owned();
    for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let body = answer.json();
    assert_eq!(body["user"]["role"], "officer");
    assert_eq!(body["user"]["unit"]["short_name"], "林西大队");
    let token = body["token"].as_str().unwrap().to_owned();
    let pair = cookie.split(';').next().unwrap().to_owned();

    let by_cookie = request(Method::GET, "/api/v1/me", "").header(header::COOKIE, &pair);
    let me = site
        .send(by_cookie.body(Body::empty()).unwrap())
        .await
        .json();
    assert_eq!(me["user"]["login"], "officer");
    assert_eq!(
        site.get("/api/v1/me", &token).await.json()["user"]["login"],
        "officer"
    );

    let out = request(Method::POST, "/api/v1/sign-out", "").header(header::COOKIE, &pair);
    let out = site.send(out.body(Body::empty()).unwrap()).await;
    assert_eq!(out.status, 204);
    assert!(
        out.header("set-cookie").contains("Max-Age=0"),
        "{}",
        out.header("set-cookie")
    );
    assert_eq!(
        site.get("/api/v1/me", &token).await.json(),
        json!({"user": null, "party": null})
    );
    assert_eq!(
        site.get("/api/v1/cases", &token).await.code(),
        "unauthenticated"
    );
}

#[tokio::test]
async fn a_wrong_password_says_no_more_than_an_unknown_name() {
    let site = Site::start().await;
    let account = site.account("officer", Role::Officer).await;
    let answers = [
        ("officer", "wrong-password"),
        ("nobody", PASSWORD),
        ("officer", &"x".repeat(10_000)),
    ];
    for (login, password) in answers {
        let answer = site
            .post(
                "/api/v1/sign-in",
                "",
                &json!({"login": login, "password": password}),
            )
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (401, "sign_in_failed"),
            "{login}"
        );
        assert_eq!(answer.header("set-cookie"), "");
    }
    let disabled = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    site.store()
        .change_account(account.id, &disabled)
        .await
        .unwrap();
    let answer = site
        .post(
            "/api/v1/sign-in",
            "",
            &json!({"login": "officer", "password": PASSWORD}),
        )
        .await;
    assert_eq!(answer.code(), "sign_in_failed");
}

#[tokio::test]
async fn guessing_is_stopped_for_the_name_that_is_guessed_at() {
    let site = Site::start().await;
    site.account("officer", Role::Officer).await;
    site.account("seat", Role::Seat).await;
    let sign_in = |login: &str, password: &str| {
        json(
            Method::POST,
            "/api/v1/sign-in",
            "",
            &json!({"login": login, "password": password}),
        )
    };
    for _ in 0..5 {
        assert_eq!(
            site.send(sign_in("officer", "wrong-password")).await.status,
            401
        );
    }
    let answer = site.send(sign_in("officer", PASSWORD)).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (429, "too_many_attempts")
    );
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=301).contains(&wait), "{wait}");
    assert_eq!(
        site.send(sign_in("seat", PASSWORD)).await.status,
        200,
        "a colleague at the same address still can"
    );
}

#[tokio::test]
async fn guessing_all_at_once_gets_no_further_than_one_by_one() {
    let site = Site::start().await;
    site.account("officer", Role::Officer).await;
    let guesses = (0..60).map(|_| {
        site.send(json(
            Method::POST,
            "/api/v1/sign-in",
            "",
            &json!({"login": "officer", "password": "wrong-password"}),
        ))
    });
    let answers = futures_util::future::join_all(guesses).await;
    let count = |status: u16| answers.iter().filter(|a| a.status == status).count();
    assert_eq!((count(401), count(429)), (5, 55));
    // Nor does guessing at many names from one address.
    let guesses = (0..60).map(|n| {
        site.send(json(
            Method::POST,
            "/api/v1/sign-in",
            "",
            &json!({"login": format!("name{n}"), "password": "wrong-password"}),
        ))
    });
    let answers = futures_util::future::join_all(guesses).await;
    let count = |status: u16| answers.iter().filter(|a| a.status == status).count();
    assert_eq!((count(401), count(429)), (25, 35));
}

#[tokio::test]
async fn who_signs_in_rightly_is_not_counted() {
    let site = Site::start().await;
    site.account("officer", Role::Officer).await;
    for _ in 0..7 {
        let right = json!({"login": "officer", "password": PASSWORD});
        assert_eq!(site.post("/api/v1/sign-in", "", &right).await.status, 200);
    }
}

#[tokio::test]
async fn a_token_that_has_ended_is_worth_nothing() {
    let site = Site::start().await;
    let account = site.account("officer", Role::Officer).await;
    let ended = site.token_for(TokenScope::Account(account.id), -1).await;
    let answer = site.get("/api/v1/cases", &ended).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (401, "unauthenticated")
    );
    for nonsense in ["", "x", "Bearer", "é"] {
        let request = request(Method::GET, "/api/v1/cases", "")
            .header(header::AUTHORIZATION, nonsense.as_bytes());
        assert_eq!(
            site.send(request.body(Body::empty()).unwrap()).await.status,
            401,
            "{nonsense:?}"
        );
    }
}

#[tokio::test]
async fn another_sites_page_can_not_use_the_cookie() {
    let site = Site::start().await;
    let token = site.token("admin", Role::Admin).await;
    let body = json!({"name": "乙", "short_name": "乙", "parent_id": null, "review_authority": "", "bank": ""});
    let ask = |headers: &[(&str, &str)]| {
        let mut request = json(Method::POST, "/api/v1/units", "", &body);
        let cookie = format!("cloudseat={token}");
        request
            .headers_mut()
            .insert(header::COOKIE, cookie.parse().unwrap());
        request
            .headers_mut()
            .insert(header::HOST, "seat.example.gov:8443".parse().unwrap());
        for (name, value) in headers {
            let name: header::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        request
    };
    for headers in [
        vec![("sec-fetch-site", "cross-site")],
        vec![
            ("sec-fetch-site", "same-site"),
            ("origin", "https://seat.example.gov:8443"),
        ],
        vec![("origin", "https://evil.example")],
        vec![("origin", "https://seat.example.gov")],
        vec![("origin", "null")],
    ] {
        assert_eq!(
            site.send(ask(&headers)).await.code(),
            "cross_origin",
            "{headers:?}"
        );
    }
    for headers in [
        vec![("sec-fetch-site", "same-origin")],
        vec![("origin", "https://seat.example.gov:8443")],
    ] {
        assert_eq!(site.send(ask(&headers)).await.status, 201, "{headers:?}");
    }
    let mut foreign = ask(&[("origin", "https://evil.example")]);
    foreign.headers_mut().insert(
        header::AUTHORIZATION,
        format!("Bearer {token}").parse().unwrap(),
    );
    assert_eq!(
        site.send(foreign).await.status,
        201,
        "a token is no cookie: no page sends it by itself"
    );
}

#[tokio::test]
async fn an_invitation_leads_into_one_session_once() {
    let site = Site::start().await;
    let officer = site.account("officer", Role::Officer).await;
    let party = Party {
        sid: Sid::from_bytes([7; 16]),
        participant: "party_1".parse().unwrap(),
    };
    let invite = async |lasts_ms: i64| {
        let (token, digest) = auth::new_token();
        let now = clock::utc_now();
        let expires_at = UtcMillis::from_millis(now.as_millis() + lasts_ms);
        let (party, created_by) = (party.clone(), officer.id);
        let invitation = NewInvitation {
            digest,
            party,
            created_by,
            created_at: now,
            expires_at,
        };
        site.store().add_invitation(&invitation).await.unwrap();
        token
    };
    let token = invite(60_000).await;
    let joined = site
        .post("/api/v1/join", "", &json!({"token": token}))
        .await;
    assert_eq!(joined.status, 200);
    let joined = joined.json();
    assert_eq!(
        (&joined["sid"], &joined["participant"]),
        (&json!(party.sid.to_string()), &json!("party_1"))
    );
    let me = site
        .get("/api/v1/me", joined["token"].as_str().unwrap())
        .await
        .json();
    assert_eq!(
        (&me["user"], &me["party"]["sid"]),
        (&json!(null), &json!(party.sid.to_string()))
    );

    for token in [token, invite(-1).await, "x".to_owned()] {
        let again = site
            .post("/api/v1/join", "", &json!({"token": token}))
            .await;
        assert_eq!(
            (again.status.as_u16(), again.code().as_str()),
            (401, "invitation_invalid")
        );
    }
    for _ in 0..20 {
        site.post("/api/v1/join", "", &json!({"token": "guess"}))
            .await;
    }
    assert_eq!(
        site.post("/api/v1/join", "", &json!({"token": "guess"}))
            .await
            .status,
        429
    );
}
