//! Cases.

use axum::extract::State;
use axum::http::StatusCode;
use casework::Tables;
use casework::limits::TEXT_CHARS_MAX;
use uuid::Uuid;

use crate::clock;
use crate::dto::{Called, Case, CaseQuery, Filing, NewCase, Page, Payment};
use crate::http::Shared;
use crate::http::access::{self, Want};
use crate::http::auth::Caller;
use crate::http::extract::{IdPath, Json, Path, Query, SidPath};
use crate::http::problem::{Code, Problem};
use crate::store::{self, CaseFacts, CaseFilter, PageRequest, Role};

/// Longest number plate, with room for foreign ones.
const PLATE_CHARS_MAX: usize = 20;

/// Open a case.
#[utoipa::path(post, path = "/cases", tag = "cases", request_body = NewCase, responses((status = 201, body = Case)))]
pub async fn create_case(
    State(server): State<Shared>,
    caller: Caller,
    Json(mut body): Json<NewCase>,
) -> Result<(StatusCode, axum::Json<Case>), Problem> {
    let officer = caller.with_role(&[Role::Officer])?;
    body.violation_variant.take_if(|variant| variant.is_empty());
    body.plate = body.plate.take().and_then(|plate| normalised(&plate));
    let violation_text = checked(&body)?;
    let id = Uuid::now_v7();
    let case = store::NewCase {
        id,
        procedure: body.procedure,
        officer_id: officer.id,
        facts: CaseFacts {
            lon: body.place.lon,
            lat: body.place.lat,
            accuracy_m: body.place.accuracy_m,
            place_text: body.place.text,
            plate: body.plate,
            plate_type: body.plate_type,
            violation_code: body.violation_code,
            violation_variant: body.violation_variant,
            violation_text,
            party_name: None,
            fields: serde_json::Map::new(),
        },
        created_at: clock::utc_now(),
    };
    server.store.add_case(&case).await?;
    let case = server
        .store
        .case(id)
        .await?
        .ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok((StatusCode::CREATED, axum::Json(case.into())))
}

/// A number plate as it is written, whichever way it was typed: capitals, no spaces. Its shape is only warned of
/// on the screen, for plates of other shapes exist.
fn normalised(plate: &str) -> Option<String> {
    let text: String = plate.split_whitespace().collect();
    (!text.is_empty()).then(|| text.to_uppercase())
}

/// Whether the body names things that exist; the conduct's words, where a violation is named.
fn checked(body: &NewCase) -> Result<Option<String>, Problem> {
    let tables = Tables::embedded();
    let wrong =
        |field: &str, message: &str| Err(Problem::new(Code::Invalid).with_field(field, message));
    let Some(procedure) = tables.procedure(&body.procedure) else {
        return wrong("procedure", "没有这个程序 / no such procedure");
    };
    if body.place.text.trim().is_empty() || body.place.text.chars().count() > TEXT_CHARS_MAX {
        return wrong(
            "place.text",
            "必填，最多 2000 字 / required, at most 2000 characters",
        );
    }
    let within = |value: Option<f64>, most: f64| value.is_none_or(|value| value.abs() <= most);
    if !within(body.place.lon, 180.0) || !within(body.place.lat, 90.0) {
        return wrong(
            "place",
            "经纬度超出范围 / longitude or latitude out of range",
        );
    }
    if body
        .plate
        .as_deref()
        .is_some_and(|plate| plate.chars().count() > PLATE_CHARS_MAX)
    {
        return wrong("plate", "号牌过长 / too long for a number plate");
    }
    if body
        .plate_type
        .as_deref()
        .is_some_and(|code| tables.code_name("plate_types", code).is_none())
    {
        return wrong("plate_type", "没有这个号牌种类 / no such kind of plate");
    }
    let Some(code) = &body.violation_code else {
        return if body.violation_variant.is_some() {
            wrong(
                "violation_code",
                "选择了情形，还须选择违法行为 / a variant needs its violation",
            )
        } else {
            Ok(None)
        };
    };
    // Of a code with variants the variant may still be open when the call is placed.
    let row = tables
        .catalogue
        .find(code, body.violation_variant.as_deref());
    let open = body.violation_variant.is_none() && !tables.catalogue.variants(code).is_empty();
    match row {
        Some(row) => Ok(Some(row.text.clone())),
        None if open => Ok(None),
        None => wrong(
            "violation_code",
            &format!(
                "{}中没有这个违法行为 / no such violation",
                procedure.title_zh
            ),
        ),
    }
}

/// Cases, newest first.
#[utoipa::path(get, path = "/cases", tag = "cases", params(CaseQuery), responses((status = 200, body = Page<Case>)))]
pub async fn list_cases(
    State(server): State<Shared>,
    caller: Caller,
    Query(query): Query<CaseQuery>,
) -> Result<axum::Json<Page<Case>>, Problem> {
    let account = caller.with_role(&[Role::Officer, Role::Chief, Role::Auditor])?;
    let own = account.role == Role::Officer || query.mine == Some(true);
    let filter = CaseFilter {
        officer_id: own.then_some(account.id),
        text: query.q,
    };
    let page = server
        .store
        .cases(&filter, &PageRequest::new(query.cursor, query.limit))
        .await?;
    Ok(axum::Json(page.into()))
}

/// A case.
#[utoipa::path(get, path = "/cases/{id}", tag = "cases", params(IdPath), responses((status = 200, body = Case)))]
pub async fn read_case(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<IdPath>,
) -> Result<axum::Json<Case>, Problem> {
    let account = caller.with_role(&[Role::Officer, Role::Seat, Role::Chief, Role::Auditor])?;
    let case = server
        .store
        .case(path.id)
        .await?
        .ok_or_else(|| Problem::new(Code::NotFound))?;
    let sees = match account.role {
        Role::Officer => case.officer.id == account.id,
        Role::Seat => match case.sid {
            Some(sid) => access::session(&server, &caller, sid, Want::Look)
                .await
                .is_ok(),
            None => false,
        },
        Role::Chief | Role::Auditor => true,
        Role::Admin => false,
    };
    if sees {
        Ok(axum::Json(case.into()))
    } else {
        Err(Problem::new(Code::NotFound))
    }
}

/// Call a seat for a case. `503 recording_unavailable` where nothing can be recorded.
#[utoipa::path(post, path = "/cases/{id}/call", tag = "cases", params(IdPath),
    responses((status = 201, body = Called)))]
pub async fn call_seat(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<IdPath>,
) -> Result<(StatusCode, axum::Json<Called>), Problem> {
    let officer = caller.with_role(&[Role::Officer])?;
    let case = server
        .store
        .case(path.id)
        .await?
        .filter(|case| case.officer.id == officer.id);
    let case = case.ok_or_else(|| Problem::new(Code::NotFound))?;
    let called = server.app.call(officer, case).await?;
    Ok((StatusCode::CREATED, axum::Json(called)))
}

/// The sealed case was filed (行政处罚法 art. 44 with 道路交通安全违法行为处理程序规定 art. 44).
#[utoipa::path(post, path = "/sessions/{sid}/filing", tag = "cases", params(SidPath), request_body = Filing,
    responses((status = 200, body = Case)))]
pub async fn file_case(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
    Json(body): Json<Filing>,
) -> Result<axum::Json<Case>, Problem> {
    let officer = caller.with_role(&[Role::Officer])?;
    let session = access::session(&server, &caller, path.sid, Want::Act).await?;
    Ok(axum::Json(
        server
            .app
            .file_case(officer, session.row.sid, body)
            .await?
            .into(),
    ))
}

/// The fine was paid.
#[utoipa::path(post, path = "/sessions/{sid}/payment", tag = "cases", params(SidPath), request_body = Payment,
    responses((status = 200, body = Case)))]
pub async fn note_payment(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<SidPath>,
    Json(body): Json<Payment>,
) -> Result<axum::Json<Case>, Problem> {
    let officer = caller.with_role(&[Role::Officer])?;
    let session = access::session(&server, &caller, path.sid, Want::Act).await?;
    Ok(axum::Json(
        server.app.pay(officer, session.row.sid, body).await?.into(),
    ))
}
