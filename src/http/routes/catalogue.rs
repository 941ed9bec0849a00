//! The catalogue: the law's tables, as the product carries them.

use casework::Tables;
use casework::catalogue::{self, Handling, Offender, OnSpot, Warning};
use casework::procedure::Confidence;

use crate::dto::{Choice, Choices, Items, ProcedureRef, Violation, ViolationQuery};
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Problem;

/// Traffic violations by code: all of them, or those whose code begins with `q` or whose text holds its words.
#[utoipa::path(get, path = "/catalogue/violations", tag = "catalogue", params(ViolationQuery),
    responses((status = 200, body = Items<Violation>)))]
pub async fn list_violations(
    caller: Caller,
    Query(query): Query<ViolationQuery>,
) -> Result<axum::Json<Items<Violation>>, Problem> {
    caller.account()?;
    let catalogue = &Tables::embedded().catalogue;
    let words = query
        .q
        .as_deref()
        .map(str::trim)
        .filter(|words| !words.is_empty());
    let items = match words {
        Some(words) => catalogue.search(words).into_iter().map(violation).collect(),
        None => catalogue.iter().map(violation).collect(),
    };
    Ok(axum::Json(Items { items }))
}

/// Code tables a form needs.
#[utoipa::path(get, path = "/catalogue/choices", tag = "catalogue", responses((status = 200, body = Choices)))]
pub async fn list_choices(caller: Caller) -> Result<axum::Json<Choices>, Problem> {
    caller.account()?;
    Ok(axum::Json(Choices {
        id_doc_types: choices("id_doc_types_traffic"),
        vehicle_types: choices("vehicle_types"),
        plate_types: choices("plate_types"),
        licence_classes: choices("licence_classes"),
    }))
}

/// Procedures that can be chosen.
#[utoipa::path(get, path = "/catalogue/procedures", tag = "catalogue",
    responses((status = 200, body = Items<ProcedureRef>)))]
pub async fn list_procedures(caller: Caller) -> Result<axum::Json<Items<ProcedureRef>>, Problem> {
    caller.account()?;
    let items = Tables::embedded()
        .procedures()
        .map(|procedure| ProcedureRef {
            id: procedure.id.clone(),
            title_zh: procedure.title_zh.clone(),
            title_en: procedure.title_en.clone(),
            version: procedure.version.clone(),
            digest: procedure.digest.clone(),
        });
    Ok(axum::Json(Items {
        items: items.collect(),
    }))
}

fn choices(table: &str) -> Vec<Choice> {
    let codes = Tables::embedded().codes(table).iter();
    codes
        .map(|code| Choice {
            code: code.code.clone(),
            name: code.name.clone(),
        })
        .collect()
}

fn violation(row: &catalogue::Violation) -> Violation {
    Violation {
        code: row.code.clone(),
        variant: row.variant.clone().unwrap_or_default(),
        text: row.text.clone(),
        actor: match row.offender {
            Offender::MotorDriver => "motor_driver",
            Offender::NonMotor => "non_motor",
            Offender::Passenger => "passenger",
            Offender::Pedestrian => "pedestrian",
        }
        .to_owned(),
        violates: row.violates.iter().map(ToString::to_string).collect(),
        basis: row.basis.iter().map(ToString::to_string).collect(),
        fine_min: row.fine_min,
        fine_max: row.fine_max,
        fine_usual: row.fine_usual.map(|(least, _)| least),
        points: row.points.map(u32::from),
        warning_allowed: row.warning == Warning::Allowed,
        procedure: match row.handling {
            Handling::Simple => "simple",
            Handling::MeasureFirst => "measure_first",
            Handling::General => "general",
        }
        .to_owned(),
        on_spot: row.on_spot == OnSpot::Allowed,
        note: row.note.clone(),
        confidence: match row.confidence {
            Confidence::L => "L",
            Confidence::M => "M",
            Confidence::H => "H",
        }
        .to_owned(),
    }
}
