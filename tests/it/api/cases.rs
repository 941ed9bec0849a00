use cloudseat::store::Role;
use serde_json::{Value, json};

use super::site::Site;

fn new_case() -> Value {
    json!({"procedure": "traffic_simple",
        "place": {"lon": 118.05, "lat": 43.6, "accuracy_m": 12.5, "text": "林西县迎宾路与松州街路口"},
        "plate": "蒙D12345", "plate_type": "02", "violation_code": "1344", "violation_variant": ""})
}

#[tokio::test]
async fn a_case_is_opened_found_and_seen_by_its_officer_only() {
    let site = Site::start().await;
    let (mine, other) = (
        site.token("officer", Role::Officer).await,
        site.token("officer2", Role::Officer).await,
    );
    let made = site.post("/api/v1/cases", &mine, &new_case()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let case = made.json();
    assert_eq!(
        (&case["state"], &case["plate"], &case["sid"]),
        (&json!("OPEN"), &json!("蒙D12345"), &json!(null))
    );
    assert!(
        case["violation_text"]
            .as_str()
            .unwrap()
            .contains("禁令标志"),
        "{case}"
    );
    assert_eq!(case["officer"]["badge_no"], "150437");
    let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
    assert_eq!(site.get(&path, &mine).await.json(), case);
    assert_eq!(site.get(&path, &other).await.code(), "not_found");
    let count = async |path: &str, token: &str| {
        site.get(path, token).await.json()["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count("/api/v1/cases?q=d12345", &mine).await, 1);
    assert_eq!(count("/api/v1/cases?q=99999", &mine).await, 0);
    assert_eq!(count("/api/v1/cases", &other).await, 0);
    let auditor = site.token("auditor", Role::Auditor).await;
    assert_eq!(count("/api/v1/cases", &auditor).await, 1);
    assert_eq!(count("/api/v1/cases?mine=true", &auditor).await, 0);
}

#[tokio::test]
async fn a_plate_is_kept_as_it_is_written() {
    let site = Site::start().await;
    let token = site.token("officer", Role::Officer).await;
    for (typed, kept) in [
        (" 蒙d12345 ", json!("蒙D12345")),
        ("蒙d 123 45", json!("蒙D12345")),
        ("   ", json!(null)),
        ("", json!(null)),
    ] {
        let mut body = new_case();
        body["plate"] = json!(typed);
        let made = site.post("/api/v1/cases", &token, &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(made.json()["plate"], kept, "{typed:?}");
    }
}

#[tokio::test]
async fn a_case_names_things_that_exist() {
    let site = Site::start().await;
    let token = site.token("officer", Role::Officer).await;
    for (member, value, field) in [
        ("/procedure", json!("walk_away"), "procedure"),
        ("/place/text", json!("  "), "place.text"),
        ("/place/lat", json!(91), "place"),
        ("/plate", json!("蒙".repeat(21)), "plate"),
        ("/plate_type", json!("xx"), "plate_type"),
        ("/violation_code", json!("0000"), "violation_code"),
        ("/violation_variant", json!("nothing"), "violation_code"),
    ] {
        let mut body = new_case();
        *body.pointer_mut(member).unwrap() = value;
        let answer = site.post("/api/v1/cases", &token, &body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (422, "invalid"),
            "{member}"
        );
        assert!(
            answer.json()["fields"][field].is_string(),
            "{member}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn an_officer_waits_in_one_call_at_a_time() {
    let site = Site::start().await;
    let token = site.token("officer", Role::Officer).await;
    let open = async || {
        let case = site.post("/api/v1/cases", &token, &new_case()).await.json();
        format!("/api/v1/cases/{}/call", case["id"].as_str().unwrap())
    };
    let (first, second) = (open().await, open().await);
    // The button was pressed twice.
    let nothing = json!({});
    let (one, other) = tokio::join!(
        site.post(&first, &token, &nothing),
        site.post(&first, &token, &nothing)
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{} {}", one.text(), other.text());
    let called = if one.status == 201 { one } else { other };
    let refused = site.post(&second, &token, &json!({})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code()),
        (409, "conflict".to_owned())
    );
    // Given up, the way is free.
    let sid = called.json()["sid"].as_str().unwrap().to_owned();
    let cancelled = site
        .post(
            &format!("/api/v1/sessions/{sid}/cancel"),
            &token,
            &json!({}),
        )
        .await;
    assert!(cancelled.status.is_success(), "{}", cancelled.text());
    let again = site.post(&second, &token, &json!({})).await;
    assert_eq!(again.status, 201, "{}", again.text());
}

#[tokio::test]
async fn cases_page_without_gap_or_repetition() {
    let site = Site::start().await;
    let token = site.token("officer", Role::Officer).await;
    for _ in 0..5 {
        site.post("/api/v1/cases", &token, &new_case()).await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/cases?limit=2".to_owned();
    loop {
        let page = site.get(&path, &token).await.json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|case| case["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/v1/cases?limit=2&cursor={next}");
    }
    let mut distinct = seen.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((seen.len(), distinct.len()), (5, 5));
}

#[tokio::test]
async fn the_catalogue_is_the_laws() {
    let site = Site::start().await;
    let token = site.token("officer", Role::Officer).await;
    let all = site
        .get("/api/v1/catalogue/violations", &token)
        .await
        .json();
    assert!(all["items"].as_array().unwrap().len() > 20);
    let found = site
        .get("/api/v1/catalogue/violations?q=1344", &token)
        .await
        .json();
    let row = &found["items"][0];
    assert_eq!(
        (&row["code"], &row["fine_max"], &row["on_spot"]),
        (&json!("1344"), &json!(200), &json!(true))
    );
    assert!(
        row["basis"][0].as_str().unwrap().contains("道路交通安全法"),
        "{row}"
    );
    let choices = site.get("/api/v1/catalogue/choices", &token).await.json();
    for table in [
        "id_doc_types",
        "vehicle_types",
        "plate_types",
        "licence_classes",
    ] {
        assert!(
            choices[table].as_array().is_some_and(|rows| rows.len() > 3),
            "{table}"
        );
    }
    let procedures = site
        .get("/api/v1/catalogue/procedures", &token)
        .await
        .json();
    assert_eq!(procedures["items"][0]["digest"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn ones_own_day_is_counted() {
    let site = Site::start().await;
    let officer = site.account("officer", Role::Officer).await;
    let token = site
        .token_for(cloudseat::store::TokenScope::Account(officer.id), 60_000)
        .await;
    super::roles::index_session(&site, &officer).await;
    let figures = site.get("/api/v1/figures", &token).await.json();
    assert_eq!(
        figures,
        json!({"sessions_today": 1, "mean_handling_ms": null, "returned_today": 0})
    );
}
