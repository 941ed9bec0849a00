//! The index of recordings and of looks at them.

use std::collections::BTreeSet;

use ids::{Sid, UtcMillis};
use uuid::Uuid;

use super::super::rows::{self, Columns};
use super::super::*;
use super::SqliteStore;

pub(super) async fn put_session(store: &SqliteStore, row: &SessionRow) -> Result<(), Error> {
    put_row(&store.pool, row).await
}

async fn put_row<'e>(to: impl sqlx::SqliteExecutor<'e>, row: &SessionRow) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO sessions
             (sid, session_no, case_id, procedure, state, officer_id, officer, seat_id, seat, opened_at, ended_at,
              gaps, gap_ms, returned, plate, doc_no, penalty_text, doc_sha256, search_text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
         ON CONFLICT (sid) DO UPDATE SET
             session_no = excluded.session_no, case_id = excluded.case_id, procedure = excluded.procedure,
             state = excluded.state, officer_id = excluded.officer_id, officer = excluded.officer,
             seat_id = excluded.seat_id, seat = excluded.seat, opened_at = excluded.opened_at,
             ended_at = excluded.ended_at, gaps = excluded.gaps, gap_ms = excluded.gap_ms,
             returned = excluded.returned, plate = excluded.plate, doc_no = excluded.doc_no,
             penalty_text = excluded.penalty_text, doc_sha256 = excluded.doc_sha256,
             search_text = excluded.search_text",
    )
    .bind(row.sid.to_string())
    .bind(rows::int(row.session_no))
    .bind(row.case_id.map(rows::id))
    .bind(&row.procedure)
    .bind(row.state.as_str())
    .bind(&row.officer.id)
    .bind(rows::to_json(&row.officer))
    .bind(row.seat.as_ref().map(|seat| &seat.id))
    .bind(row.seat.as_ref().map(rows::to_json))
    .bind(row.opened_at.as_millis())
    .bind(row.ended_at.map(|at| at.as_millis()))
    .bind(i64::from(row.gaps))
    .bind(rows::int(row.gap_ms))
    .bind(row.returned)
    .bind(&row.plate)
    .bind(&row.doc_no)
    .bind(&row.penalty_text)
    .bind(&row.doc_sha256)
    .bind(row.search_text())
    .execute(to)
    .await
    .map_err(|error| Error::of_write(error, "session_no", "session"))?;
    Ok(())
}

pub(super) async fn session(store: &SqliteStore, sid: Sid) -> Result<Option<Session>, Error> {
    let row = sqlx::query(
        "SELECT sid, session_no, case_id, procedure, state, officer, seat, opened_at, ended_at, gaps, gap_ms,
                returned, plate, doc_no, penalty_text, doc_sha256, verdict
         FROM sessions WHERE sid = ?1",
    )
    .bind(sid.to_string())
    .fetch_optional(&store.pool)
    .await?;
    row.as_ref().map(rows::session).transpose()
}

pub(super) async fn sessions(
    store: &SqliteStore,
    filter: &SessionFilter,
    page: &PageRequest,
) -> Result<Page<Session>, Error> {
    let rows = sqlx::query(
        "SELECT sid, session_no, case_id, procedure, state, officer, seat, opened_at, ended_at, gaps, gap_ms,
                returned, plate, doc_no, penalty_text, doc_sha256, verdict
         FROM sessions
         WHERE (?1 IS NULL OR session_no < ?1)
           AND (?2 IS NULL OR officer_id = ?2 OR seat_id = ?2)
           AND (?3 IS NULL OR search_text LIKE ?3 ESCAPE '\\')
           AND (?4 IS NULL OR state = ?4)
           AND (?5 IS NULL OR opened_at >= ?5)
           AND (?6 IS NULL OR opened_at < ?6)
         ORDER BY session_no DESC LIMIT ?7",
    )
    .bind(page.after::<i64>()?)
    .bind(filter.of.map(rows::id))
    .bind(rows::pattern(filter.text.as_deref()))
    .bind(filter.state.map(SessionState::as_str))
    .bind(filter.from.map(UtcMillis::as_millis))
    .bind(filter.to.map(UtcMillis::as_millis))
    .bind(page.rows())
    .fetch_all(&store.pool)
    .await?;
    let items = rows.iter().map(rows::session).collect::<Result<_, _>>()?;
    Ok(page.page(items, |session: &Session| session.row.session_no))
}

pub(super) async fn last_session_no(store: &SqliteStore) -> Result<u64, Error> {
    let row = sqlx::query("SELECT coalesce(max(session_no), 0) AS last FROM sessions")
        .fetch_one(&store.pool)
        .await?;
    Ok(u64::try_from(row.int("last")?).unwrap_or(0))
}

pub(super) async fn put_verdict(
    store: &SqliteStore,
    sid: Sid,
    verdict: &Verdict,
) -> Result<(), Error> {
    let done = sqlx::query("UPDATE sessions SET verdict = ?2 WHERE sid = ?1")
        .bind(sid.to_string())
        .bind(rows::to_json(verdict))
        .execute(&store.pool)
        .await?;
    if done.rows_affected() == 0 {
        Err(Error::Missing { what: "session" })
    } else {
        Ok(())
    }
}

pub(super) async fn add_audit(store: &SqliteStore, row: &AuditRow) -> Result<(), Error> {
    put_audit(&store.pool, row).await
}

async fn put_audit<'e>(to: impl sqlx::SqliteExecutor<'e>, row: &AuditRow) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO audit (sid, seq, time, actor, person, kind, purpose) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (sid, seq) DO NOTHING",
    )
    .bind(row.sid.to_string())
    .bind(rows::int(row.seq))
    .bind(row.time.as_millis())
    .bind(&row.actor)
    .bind(row.person.as_ref().map(rows::to_json))
    .bind(&row.kind)
    .bind(&row.purpose)
    .execute(to)
    .await?;
    Ok(())
}

pub(super) async fn audit(
    store: &SqliteStore,
    page: &PageRequest,
) -> Result<Page<AuditRow>, Error> {
    let (time, sid, seq) = match page.after::<(i64, String, i64)>()? {
        Some((time, sid, seq)) => (Some(time), Some(sid), Some(seq)),
        None => (None, None, None),
    };
    let rows = sqlx::query(
        "SELECT sid, seq, time, actor, person, kind, purpose FROM audit
         WHERE (?1 IS NULL OR (time, sid, seq) < (?1, ?2, ?3))
         ORDER BY time DESC, sid DESC, seq DESC LIMIT ?4",
    )
    .bind(time)
    .bind(sid)
    .bind(seq)
    .bind(page.rows())
    .fetch_all(&store.pool)
    .await?;
    let items = rows.iter().map(rows::audit).collect::<Result<_, _>>()?;
    Ok(page.page(items, |row: &AuditRow| {
        (row.time.as_millis(), row.sid.to_string(), row.seq)
    }))
}

pub(super) async fn replace_index(store: &SqliteStore, index: &Index) -> Result<(), Error> {
    let mut tx = store.write().await?;
    let rows = sqlx::query("SELECT sid, verdict FROM sessions UNION SELECT sid, NULL FROM audit")
        .fetch_all(&mut *tx)
        .await?;
    let kept: BTreeSet<String> = index.kept.iter().map(Sid::to_string).collect();
    let mut verdicts = Vec::new();
    for row in &rows {
        let (sid, verdict) = (row.text("sid")?, row.text_opt("verdict")?);
        if kept.contains(&sid) {
            continue;
        }
        for statement in [
            "DELETE FROM sessions WHERE sid = ?1",
            "DELETE FROM audit WHERE sid = ?1",
        ] {
            sqlx::query(statement).bind(&sid).execute(&mut *tx).await?;
        }
        verdicts.extend(verdict.map(|verdict| (sid, verdict)));
    }
    for row in &index.sessions {
        put_row(&mut *tx, row).await?;
    }
    for (sid, verdict) in verdicts {
        sqlx::query("UPDATE sessions SET verdict = ?2 WHERE sid = ?1")
            .bind(sid)
            .bind(verdict)
            .execute(&mut *tx)
            .await?;
    }
    for row in &index.audit {
        put_audit(&mut *tx, row).await?;
    }
    Ok(tx.commit().await?)
}

pub(super) async fn figures(
    store: &SqliteStore,
    account: Uuid,
    from: UtcMillis,
    to: UtcMillis,
) -> Result<Figures, Error> {
    let row = sqlx::query(
        "SELECT count(*) AS sessions,
                CAST(avg(CASE WHEN state <> 'cancelled' THEN ended_at - opened_at END) AS INTEGER) AS mean_handling_ms,
                coalesce(sum(returned), 0) AS returned
         FROM sessions WHERE (officer_id = ?1 OR seat_id = ?1) AND opened_at >= ?2 AND opened_at < ?3",
    )
    .bind(rows::id(account))
    .bind(from.as_millis())
    .bind(to.as_millis())
    .fetch_one(&store.pool)
    .await?;
    rows::figures(&row)
}
