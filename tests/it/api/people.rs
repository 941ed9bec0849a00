use axum::http::Method;
use cloudseat::store::Role;
use serde_json::{Value, json};

use super::site::{PASSWORD, Site, json as ask};

async fn new_user(site: &Site, unit: &Value, login: &str) -> Value {
    json!({"login": login, "name": "李静", "role": "officer", "unit_id": unit_id(site, unit).await, "badge_no": "150442",
        "qualified": true, "police_type": "police_traffic", "password": null})
}

async fn unit_id(site: &Site, known: &Value) -> Value {
    if known.is_null() {
        json!(site.store().units().await.unwrap()[0].id)
    } else {
        known.clone()
    }
}

#[tokio::test]
async fn an_account_is_made_changed_and_disabled() {
    let site = Site::start().await;
    let token = site.token("admin", Role::Admin).await;
    let body = new_user(&site, &Value::Null, "officer2").await;
    let made = site.post("/api/v1/users", &token, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let password = made["password"].as_str().unwrap().to_owned();
    assert!(password.len() >= 16, "{password}");
    let user = format!("/api/v1/users/{}", made["user"]["id"].as_str().unwrap());
    let sign_in = async |password: &str| {
        site.post(
            "/api/v1/sign-in",
            "",
            &json!({"login": "officer2", "password": password}),
        )
        .await
    };
    let signed_in = sign_in(&password).await.json()["token"]
        .as_str()
        .unwrap()
        .to_owned();

    let changed = site
        .send(ask(
            Method::PATCH,
            &user,
            &token,
            &json!({"name": "李静静", "qualified": false}),
        ))
        .await;
    assert_eq!(
        (&changed.json()["name"], &changed.json()["qualified"]),
        (&json!("李静静"), &json!(false))
    );
    assert_eq!(
        site.get("/api/v1/me", &signed_in).await.json()["user"]["name"],
        "李静静"
    );

    let renewed = site
        .post(&format!("{user}/password"), &token, &json!({}))
        .await
        .json();
    assert_eq!(
        site.get("/api/v1/me", &signed_in).await.json()["user"],
        Value::Null,
        "the old sign-in ended"
    );
    assert_eq!(sign_in(&password).await.status, 401);
    assert_eq!(
        sign_in(renewed["password"].as_str().unwrap()).await.status,
        200
    );

    site.send(ask(
        Method::PATCH,
        &user,
        &token,
        &json!({"disabled": true}),
    ))
    .await;
    assert_eq!(
        sign_in(renewed["password"].as_str().unwrap()).await.status,
        401
    );
    let found = site
        .get("/api/v1/users?q=%E9%9D%99%E9%9D%99&role=officer", &token)
        .await
        .json();
    assert_eq!(
        (
            found["items"].as_array().unwrap().len(),
            &found["items"][0]["disabled"]
        ),
        (1, &json!(true))
    );
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_said_by_field() {
    let site = Site::start().await;
    let token = site.token("admin", Role::Admin).await;
    let mut body = new_user(&site, &Value::Null, "Bad Login").await;
    body["name"] = json!(" ");
    body["password"] = json!("short");
    let answer = site.post("/api/v1/users", &token, &body).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (422, "invalid")
    );
    let fields = answer.json()["fields"].clone();
    assert_eq!(
        fields.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["login", "name", "password"]
    );

    let taken = site
        .post(
            "/api/v1/users",
            &token,
            &new_user(&site, &Value::Null, "admin").await,
        )
        .await;
    assert_eq!(
        (taken.status.as_u16(), taken.code().as_str()),
        (409, "taken")
    );
    let nowhere = json!("01890a5d-ac96-774b-bcce-b302099a8057");
    let homeless = site
        .post(
            "/api/v1/users",
            &token,
            &new_user(&site, &nowhere, "officer2").await,
        )
        .await;
    assert!(
        homeless.json()["fields"]["unit_id"].is_string(),
        "{}",
        homeless.text()
    );
    let nobody = ask(
        Method::PATCH,
        "/api/v1/users/01890a5d-ac96-774b-bcce-b302099a8057",
        &token,
        &json!({"name": "x"}),
    );
    assert_eq!(site.send(nobody).await.code(), "not_found");
}

#[tokio::test]
async fn seats_come_and_go_with_their_accounts() {
    let site = Site::start().await;
    let admin = site.token("admin", Role::Admin).await;
    let chief = site.token("chief", Role::Chief).await;
    let mut body = new_user(&site, &Value::Null, "seat9").await;
    body["role"] = json!("seat");
    let made = site.post("/api/v1/users", &admin, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let user = format!(
        "/api/v1/users/{}",
        made.json()["user"]["id"].as_str().unwrap()
    );
    let seats = async || {
        let list = site.get("/api/v1/seats", &chief).await.json();
        let names = list["items"].as_array().unwrap().iter();
        names
            .map(|seat| seat["person"]["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let change = async |change: Value| {
        let changed = site.send(ask(Method::PATCH, &user, &admin, &change)).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
    };
    change(json!({ "name": "周敏敏" })).await;
    assert_eq!(seats().await, ["周敏敏"]);
    change(json!({ "disabled": true })).await;
    assert!(seats().await.is_empty());
    change(json!({ "disabled": false })).await;
    assert_eq!(seats().await, ["周敏敏"]);
    change(json!({ "role": "auditor" })).await;
    assert!(seats().await.is_empty());
}

#[tokio::test]
async fn an_administrator_can_not_lock_the_last_door() {
    let site = Site::start().await;
    let token = site.token("admin", Role::Admin).await;
    let id = site.get("/api/v1/me", &token).await.json()["user"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for change in [json!({"disabled": true}), json!({"role": "officer"})] {
        let answer = site
            .send(ask(
                Method::PATCH,
                &format!("/api/v1/users/{id}"),
                &token,
                &change,
            ))
            .await;
        assert_eq!(answer.code(), "conflict", "{change}");
    }
    let renamed = ask(
        Method::PATCH,
        &format!("/api/v1/users/{id}"),
        &token,
        &json!({"name": "郑宇", "role": "admin"}),
    );
    assert_eq!(site.send(renamed).await.status, 200);
}

#[tokio::test]
async fn units_form_a_tree() {
    let site = Site::start().await;
    let token = site.token("admin", Role::Admin).await;
    let above = unit_id(&site, &Value::Null).await;
    let unit = json!({"name": "林西县公安局交通管理大队城区中队", "short_name": "城区中队", "parent_id": above,
        "review_authority": "林西县人民政府", "bank": "中国农业银行林西县支行"});
    assert_eq!(site.post("/api/v1/units", &token, &unit).await.status, 201);
    let officer = site.token("officer", Role::Officer).await;
    let units = site.get("/api/v1/units", &officer).await.json();
    assert!(
        units["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|found| found["parent_id"] == above),
        "{units}"
    );
    let mut nameless = unit.clone();
    nameless["name"] = json!("");
    assert!(
        site.post("/api/v1/units", &token, &nameless).await.json()["fields"]["name"].is_string()
    );
    assert_eq!(
        site.post(
            "/api/v1/sign-in",
            "",
            &json!({"login": "officer", "password": PASSWORD})
        )
        .await
        .status,
        200
    );
}
