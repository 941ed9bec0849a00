//! Cases.

use uuid::Uuid;

use super::super::rows;
use super::super::*;
use super::SqliteStore;

pub(super) async fn add_case(store: &SqliteStore, case: &NewCase) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO cases (id, procedure, state, officer_id, facts, search_text, created_at)
         VALUES (?1, ?2, 'OPEN', ?3, ?4, ?5, ?6)",
    )
    .bind(rows::id(case.id))
    .bind(&case.procedure)
    .bind(rows::id(case.officer_id))
    .bind(rows::to_json(&case.facts))
    .bind(case.facts.search_text(None))
    .bind(case.created_at.as_millis())
    .execute(&store.pool)
    .await
    .map_err(|error| Error::of_write(error, "case", "account"))?;
    Ok(())
}

pub(super) async fn case(store: &SqliteStore, id: Uuid) -> Result<Option<Case>, Error> {
    let row = sqlx::query(
        "SELECT c.id AS case_id, c.procedure, c.state, c.facts, c.sid, c.doc_no, c.created_at AS case_created_at,
                c.decided_at, c.deadlines,
                a.id, a.login, a.name, a.role, a.badge_no, a.qualified, a.police_type, a.disabled, a.created_at,
                u.id AS unit_id, u.name AS unit_name, u.short_name AS unit_short_name, u.parent_id AS unit_parent_id,
                u.review_authority AS unit_review_authority, u.bank AS unit_bank
         FROM cases c JOIN accounts a ON a.id = c.officer_id JOIN units u ON u.id = a.unit_id
         WHERE c.id = ?1",
    )
    .bind(rows::id(id))
    .fetch_optional(&store.pool)
    .await?;
    row.as_ref().map(rows::case).transpose()
}

pub(super) async fn cases(
    store: &SqliteStore,
    filter: &CaseFilter,
    page: &PageRequest,
) -> Result<Page<Case>, Error> {
    let (after_time, after_id) = page.after::<(i64, String)>()?.unzip();
    let rows = sqlx::query(
        "SELECT c.id AS case_id, c.procedure, c.state, c.facts, c.sid, c.doc_no, c.created_at AS case_created_at,
                c.decided_at, c.deadlines,
                a.id, a.login, a.name, a.role, a.badge_no, a.qualified, a.police_type, a.disabled, a.created_at,
                u.id AS unit_id, u.name AS unit_name, u.short_name AS unit_short_name, u.parent_id AS unit_parent_id,
                u.review_authority AS unit_review_authority, u.bank AS unit_bank
         FROM cases c JOIN accounts a ON a.id = c.officer_id JOIN units u ON u.id = a.unit_id
         WHERE (?1 IS NULL OR (c.created_at, c.id) < (?1, ?2))
           AND (?3 IS NULL OR c.officer_id = ?3)
           AND (?4 IS NULL OR c.search_text LIKE ?4 ESCAPE '\\')
         ORDER BY c.created_at DESC, c.id DESC LIMIT ?5",
    )
    .bind(after_time)
    .bind(after_id)
    .bind(filter.officer_id.map(rows::id))
    .bind(rows::pattern(filter.text.as_deref()))
    .bind(page.rows())
    .fetch_all(&store.pool)
    .await?;
    let items = rows.iter().map(rows::case).collect::<Result<_, _>>()?;
    Ok(page.page(items, |case: &Case| {
        (case.created_at.as_millis(), rows::id(case.id))
    }))
}

pub(super) async fn change_case(
    store: &SqliteStore,
    id: Uuid,
    change: &CaseChange,
) -> Result<(), Error> {
    let mut tx = store.write().await?;
    let row = sqlx::query("SELECT facts, doc_no FROM cases WHERE id = ?1")
        .bind(rows::id(id))
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::Missing { what: "case" })?;
    let (facts, doc_no) = rows::case_search(&row, change)?;
    sqlx::query(
        "UPDATE cases SET
             state = coalesce(?2, state), facts = ?3, search_text = ?4, sid = coalesce(?5, sid),
             doc_no = coalesce(?6, doc_no), decided_at = coalesce(?7, decided_at),
             deadlines = coalesce(?8, deadlines)
         WHERE id = ?1",
    )
    .bind(rows::id(id))
    .bind(&change.state)
    .bind(rows::to_json(&facts))
    .bind(facts.search_text(doc_no.as_deref()))
    .bind(change.sid.map(|sid| sid.to_string()))
    .bind(&change.doc_no)
    .bind(change.decided_at.map(|at| at.as_millis()))
    .bind(change.deadlines.as_ref().map(rows::to_json))
    .execute(&mut *tx)
    .await?;
    Ok(tx.commit().await?)
}
