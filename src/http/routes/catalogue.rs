//! The catalogue.

use axum::extract::State;

use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::dto::{Choices, Items, ProcedureRef, Violation, ViolationQuery};
use crate::http::extract::Query;
use crate::http::problem::{Code, Problem};

/// Traffic violations by code.
#[utoipa::path(get, path = "/catalogue/violations", tag = "catalogue", params(ViolationQuery),
    responses((status = 200, body = Items<Violation>)))]
pub async fn list_violations(
    State(_server): State<Shared>,
    caller: Caller,
    Query(_query): Query<ViolationQuery>,
) -> Result<axum::Json<Items<Violation>>, Problem> {
    caller.account()?;
    Err(Problem::new(Code::ShuttingDown))
}

/// Code tables a form needs.
#[utoipa::path(get, path = "/catalogue/choices", tag = "catalogue", responses((status = 200, body = Choices)))]
pub async fn list_choices(caller: Caller) -> Result<axum::Json<Choices>, Problem> {
    caller.account()?;
    Err(Problem::new(Code::ShuttingDown))
}

/// Procedures that can be chosen.
#[utoipa::path(get, path = "/catalogue/procedures", tag = "catalogue",
    responses((status = 200, body = Items<ProcedureRef>)))]
pub async fn list_procedures(caller: Caller) -> Result<axum::Json<Items<ProcedureRef>>, Problem> {
    caller.account()?;
    Err(Problem::new(Code::ShuttingDown))
}
