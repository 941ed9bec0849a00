use axum::body::Body;
use axum::http::{Method, header};
use cloudseat::store::Role;

use super::site::{Site, request};

#[tokio::test]
async fn every_answer_tells_the_browser_to_be_strict() {
    let site = Site::start().await;
    for path in [
        "/",
        "/join",
        "/ca",
        "/api/docs",
        "/api/v1/me",
        "/api/v1/nothing",
        "/healthz",
    ] {
        let answer = site.get(path, "").await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("unsafe") && !policy.contains("http:") && !policy.contains('*'),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(
            answer.header("strict-transport-security"),
            "",
            "{path}: not with a certificate of our own"
        );
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
    }
    let problem = site.get("/api/v1/nothing", "").await;
    assert_eq!(problem.json()["request_id"], problem.header("x-request-id"));
    assert_eq!(
        problem.json()["type"],
        "urn:cloudseat:problem:route_unknown"
    );
}

#[tokio::test]
async fn nothing_personal_stays_in_a_cache() {
    let site = Site::start().await;
    let token = site.token("officer", Role::Officer).await;
    for path in ["/api/v1/me", "/api/v1/cases", "/readyz"] {
        assert_eq!(
            site.get(path, &token).await.header("cache-control"),
            "no-store",
            "{path}"
        );
    }
}

#[tokio::test]
async fn pages_run_no_script() {
    let site = Site::start().await;
    for path in ["/ca", "/api/docs"] {
        let page = site.get(path, "").await;
        assert_eq!(page.status, 200, "{path}");
        for banned in ["<script", "style=", "onclick", "//cdn", "javascript:"] {
            assert!(!page.text().contains(banned), "{path}: {banned}");
        }
    }
    let page = site.get("/ca", "").await.text();
    for said in [
        "AB:CD",
        "证书信任设置",
        "Certificate Trust Settings",
        "安卓",
        "/ca/cloudseat-ca.crt",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let certificate = site.get("/ca/cloudseat-ca.crt", "").await;
    assert_eq!(
        (certificate.header("content-type"), &certificate.body[..]),
        ("application/x-x509-ca-cert", &b"der"[..])
    );
    assert!(
        site.get("/api/docs", "")
            .await
            .text()
            .contains("id=\"make_decision\"")
    );
}

#[tokio::test]
async fn texts_are_compressed_for_those_who_ask() {
    let site = Site::start().await;
    let ask = |encoding: &str| {
        let request = request(Method::GET, "/api/v1/openapi.json", "")
            .header(header::ACCEPT_ENCODING, encoding);
        request.body(Body::empty()).unwrap()
    };
    let plain = site.send(ask("identity")).await;
    let packed = site.send(ask("gzip")).await;
    assert_eq!(
        (
            plain.header("content-encoding"),
            packed.header("content-encoding")
        ),
        ("", "gzip")
    );
    assert!(packed.body.len() * 5 < plain.body.len());
}

#[tokio::test]
async fn those_who_watch_find_what_they_look_for() {
    let site = Site::start().await;
    assert_eq!(site.get("/healthz", "").await.text(), "ok\n");
    let ready = site.get("/readyz", "").await;
    let body = ready.json();
    assert_eq!(body["ready"], ready.status == 200, "{body}");
    let checks = body["checks"].as_array().unwrap();
    let names: Vec<_> = checks.iter().filter_map(|c| c["name"].as_str()).collect();
    assert_eq!(names, ["database", "disk", "clock", "recorder", "media"]);
    for check in checks {
        assert_eq!(check["ok"], true, "{check}");
        let words = |member: &str| check[member].as_str().unwrap().to_owned();
        let chinese = |text: &str| text.chars().any(|c| ('一'..='鿿').contains(&c));
        assert!(
            chinese(&words("detail")) && !chinese(&words("detail_en")),
            "{check}"
        );
    }
    let metrics = site.get("/metrics", "").await.text();
    for name in [
        "cloudseat_media_packets_tapped_total{worker=\"0\"} 0",
        "cloudseat_journal_commit_seconds_count 0",
        "cloudseat_queue_length 0",
        "cloudseat_check{name=\"recorder\"} 1",
    ] {
        assert!(
            metrics.lines().any(|line| line == name),
            "{name}\n{metrics}"
        );
    }
    assert!(
        metrics.contains("cloudseat_http_requests_total{class=\"2xx\"} "),
        "{metrics}"
    );
    assert!(
        metrics.contains("cloudseat_check{name=\"database\"} 1"),
        "{metrics}"
    );
    assert_eq!(site.get("/trust.json", "").await.status, 200);
}

#[tokio::test]
async fn a_socket_is_opened_for_those_who_are_signed_in_on_this_site() {
    let site = Site::start().await;
    let token = site.token("officer", Role::Officer).await;
    let ask = |token: &str, origin: &str| {
        request(Method::GET, "/api/v1/ws", token)
            .header(header::HOST, "seat.example.gov:8443")
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==")
            .header(header::ORIGIN, origin)
            .body(Body::empty())
            .unwrap()
    };
    let own = "https://seat.example.gov:8443";
    let opened = site.send(ask(&token, own)).await;
    assert_eq!(
        (
            opened.status.as_u16(),
            opened.header("sec-websocket-accept")
        ),
        (101, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    );
    assert_eq!(site.send(ask("", own)).await.code(), "unauthenticated");
    assert_eq!(
        site.send(ask(&token, "https://evil.example")).await.code(),
        "cross_origin"
    );
    assert_eq!(
        site.get("/api/v1/ws", &token).await.code(),
        "not_a_web_socket"
    );
}
