//! Who looked at evidence.

use axum::extract::State;

use crate::dto::{AuditItem, Page, PageQuery};
use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::http::problem::Problem;
use crate::store::{PageRequest, Role};

/// Looks at evidence, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(PageQuery), responses((status = 200, body = Page<AuditItem>)))]
pub async fn list_audit(
    State(server): State<Shared>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<AuditItem>>, Problem> {
    caller.with_role(&[Role::Auditor])?;
    let page = server
        .store
        .audit(&PageRequest::new(query.cursor, query.limit))
        .await?;
    let page = page.map(|row| AuditItem {
        time: row.time,
        sid: row.sid,
        seq: row.seq,
        actor: row.actor,
        person: row.person,
        kind: row.kind,
        purpose: row.purpose,
    });
    Ok(axum::Json(Page {
        items: page.items,
        next: page.next,
    }))
}
