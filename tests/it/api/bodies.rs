//! What strangers send: broken, oversized, or aimed at something else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::{Method, header};
use cloudseat::http::drain::DRAIN_BYTES_MAX;
use cloudseat::store::Role;
use futures_util::stream;
use serde_json::json;

use super::site::{Site, json, request};

async fn sign_in_with(site: &Site, kind: &str, body: &str) -> super::site::Answer {
    let request = request(Method::POST, "/api/v1/sign-in", "").header(header::CONTENT_TYPE, kind);
    site.send(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

#[tokio::test]
async fn broken_json_is_answered_with_its_place() {
    let site = Site::start().await;
    for (body, place) in [
        ("{\"login\": \"a\",\n  \"password\": }", "line 2 column 15"),
        ("{\"login\": \"a\", \"password\": \"b\"", "line 1 column 30"),
        ("", "line 1 column 0"),
        (
            "{\"login\": \"a\", \"password\": \"b\"} x",
            "line 1 column 33",
        ),
    ] {
        let answer = sign_in_with(&site, "application/json; charset=utf-8", body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (400, "json_malformed"),
            "{body:?}"
        );
        let detail = answer.json()["detail_en"].as_str().unwrap().to_owned();
        assert!(detail.contains(place), "{body:?}: {detail}");
    }
}

#[tokio::test]
async fn json_of_another_shape_is_answered_with_the_member() {
    let site = Site::start().await;
    for (body, member, message) in [
        (
            json!({"login": 7, "password": "b"}),
            "login",
            "expected a string",
        ),
        (json!({"login": "a"}), ".", "missing field `password`"),
        (
            json!({"login": "a", "password": "b", "admin": true}),
            "admin",
            "unknown field `admin`",
        ),
        (json!([1]), "[0]", "expected a string"),
    ] {
        let answer = sign_in_with(&site, "application/json", &body.to_string()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (422, "body_invalid"),
            "{body}"
        );
        let fields = answer.json()["fields"].clone();
        let said = fields[member]
            .as_str()
            .unwrap_or_else(|| panic!("{body}: {fields}"));
        assert!(said.contains(message), "{body}: {said}");
    }
    let form = sign_in_with(
        &site,
        "application/x-www-form-urlencoded",
        "login=a&password=b",
    )
    .await;
    assert_eq!(
        form.code(),
        "media_type_unsupported",
        "a form of another site's page can't be sent as JSON"
    );
}

#[tokio::test]
async fn a_huge_body_is_refused_without_being_read() {
    let site = Site::start().await;
    let huge = vec![b' '; 100 * 1024 * 1024];
    let request_whole = request(Method::POST, "/api/v1/sign-in", "")
        .header(header::CONTENT_TYPE, "application/json");
    let answer = site
        .send(request_whole.body(Body::from(huge)).unwrap())
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (413, "body_too_large")
    );

    // Without a length in front: chunk after chunk, until the limit.
    let chunks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&chunks);
    let endless = stream::repeat_with(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(vec![b' '; 16 * 1024])
    });
    let request = request(Method::POST, "/api/v1/sign-in", "")
        .header(header::CONTENT_TYPE, "application/json");
    let answer = site
        .send(request.body(Body::from_stream(endless)).unwrap())
        .await;
    assert_eq!(answer.code(), "body_too_large");
    let read = || chunks.load(Ordering::Relaxed);
    assert!(read() < 64, "{} chunks were read before the answer", read());
    // The rest is thrown away so that the client hears the answer, but not for ever.
    let most = usize::try_from(DRAIN_BYTES_MAX).unwrap() / (16 * 1024) + 64;
    for _ in 0..2 * most {
        tokio::task::yield_now().await;
    }
    let drained = read();
    assert!((1000..most).contains(&drained), "{drained} chunks");
    tokio::task::yield_now().await;
    assert_eq!(read(), drained);
}

#[tokio::test]
async fn ids_that_are_none_name_nothing() {
    let site = Site::start().await;
    let token = site.token("auditor", Role::Auditor).await;
    let sid = "0".repeat(32);
    for path in [
        "/api/v1/sessions/..%2f..%2fetc%2fpasswd".to_owned(),
        "/api/v1/sessions/%2e%2e".to_owned(),
        format!("/api/v1/sessions/{}/log", sid.replace('0', "G")),
        format!("/api/v1/sessions/{sid}/recording/..%2f..%2flog"),
        format!("/api/v1/sessions/{sid}/documents/..%2f..%2fprivate%2f1.json"),
        format!("/api/v1/sessions/{sid}/captures/%00"),
        format!("/api/v1/sessions/{sid}/captures/%ff"),
        "/api/v1/cases/1".to_owned(),
        "/api/v1/cases/..".to_owned(),
        format!("/api/v1/sessions/{sid}"),
    ] {
        let answer = site.get(&path, &token).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (404, "not_found"),
            "{path}"
        );
    }
    for path in [
        "/..%2fCargo.toml",
        "/%2e%2e/Cargo.toml",
        "/assets/..%2f..%2f..%2fCargo.toml",
        "/assets/%2e%2e/%2e%2e/package.json",
    ] {
        let answer = site.get(path, "").await;
        assert!(
            !answer.text().contains("[package]") && !answer.text().contains("\"scripts\""),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_the_api_does_not_have_is_a_problem_and_not_the_application() {
    let site = Site::start().await;
    for (method, path, status, code) in [
        (Method::GET, "/api/v1/nothing", 404, "route_unknown"),
        (Method::GET, "/api", 404, "route_unknown"),
        (Method::POST, "/api/v2/cases", 404, "route_unknown"),
        (Method::DELETE, "/api/v1/cases", 405, "method_not_allowed"),
        (Method::POST, "/", 405, "method_not_allowed"),
        (Method::GET, "/assets/missing-1a2b3c.js", 404, "not_found"),
    ] {
        let answer = site
            .send(
                request(method.clone(), path, "")
                    .body(Body::empty())
                    .unwrap(),
            )
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (status, code),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn queries_are_checked() {
    let site = Site::start().await;
    let token = site.token("auditor", Role::Auditor).await;
    for (query, code) in [
        ("limit=x", "query_invalid"),
        ("state=asleep", "query_invalid"),
        ("from=yesterday", "query_invalid"),
        ("cursor=x", "cursor_invalid"),
    ] {
        let answer = site.get(&format!("/api/v1/sessions?{query}"), &token).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (400, code),
            "{query}"
        );
    }
    let answer = site
        .get(
            "/api/v1/sessions?limit=100000&state=live&from=2026-11-24T09:00:00.000Z",
            &token,
        )
        .await;
    assert_eq!(answer.json(), json!({"items": [], "next": null}));
}

#[tokio::test]
async fn a_picture_is_known_by_its_content() {
    let site = Site::start().await;
    let officer = site.account("officer", Role::Officer).await;
    let token = site
        .token_for(cloudseat::store::TokenScope::Account(officer.id), 60_000)
        .await;
    let sid = super::roles::index_session(&site, &officer).await;
    let send = |bytes: Vec<u8>| {
        let path = format!("/api/v1/sessions/{sid}/captures?kind=plate");
        request(Method::POST, &path, &token)
            .header(header::CONTENT_TYPE, "image/jpeg")
            .body(Body::from(bytes))
            .unwrap()
    };
    let answer = site.send(send(b"<svg onload=alert(1)>".to_vec())).await;
    assert_eq!(answer.code(), "media_type_unsupported");
    let mut large = vec![0xff, 0xd8, 0xff];
    large.resize(5 * 1024 * 1024 + 1, 0);
    assert_eq!(site.send(send(large)).await.code(), "body_too_large");
    let put = json(
        Method::POST,
        &format!("/api/v1/sessions/{sid}/captures?kind=poem"),
        &token,
        &json!({}),
    );
    assert_eq!(site.send(put).await.code(), "query_invalid");
}
