//! Units, accounts, tokens, invitations.

use ids::UtcMillis;
use uuid::Uuid;

use super::super::rows::{self, Columns};
use super::super::*;
use super::PostgresStore;

pub(super) async fn units(store: &PostgresStore) -> Result<Vec<Unit>, Error> {
    let rows = sqlx::query(
        "SELECT id::text AS unit_id, name AS unit_name, short_name AS unit_short_name, parent_id::text AS unit_parent_id,
                review_authority AS unit_review_authority, bank AS unit_bank
         FROM units ORDER BY name, id",
    )
    .fetch_all(&store.pool)
    .await?;
    rows.iter().map(rows::unit).collect()
}

pub(super) async fn add_unit(store: &PostgresStore, unit: &Unit) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO units (id, name, short_name, parent_id, review_authority, bank) VALUES ($1::uuid, $2, $3, $4::uuid, $5, $6)",
    )
    .bind(rows::id(unit.id))
    .bind(&unit.name)
    .bind(&unit.short_name)
    .bind(unit.parent_id.map(rows::id))
    .bind(&unit.review_authority)
    .bind(&unit.bank)
    .execute(&store.pool)
    .await
    .map_err(|error| Error::of_write(error, "id", "parent_id"))?;
    Ok(())
}

pub(super) async fn add_account(store: &PostgresStore, account: &NewAccount) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO accounts
             (id, login, name, role, unit_id, badge_no, qualified, police_type, password_hash, created_at)
         VALUES ($1::uuid, $2, $3, $4, $5::uuid, $6, $7, $8, $9, $10)",
    )
    .bind(rows::id(account.id))
    .bind(&account.login)
    .bind(&account.name)
    .bind(account.role.as_str())
    .bind(rows::id(account.unit_id))
    .bind(&account.badge_no)
    .bind(account.qualified)
    .bind(&account.police_type)
    .bind(&account.password_hash)
    .bind(account.created_at.as_millis())
    .execute(&store.pool)
    .await
    .map_err(|error| Error::of_write(error, "login", "unit_id"))?;
    Ok(())
}

pub(super) async fn account(store: &PostgresStore, id: Uuid) -> Result<Option<Account>, Error> {
    let row = sqlx::query(
        "SELECT a.id::text AS id, a.login, a.name, a.role, a.badge_no, a.qualified, a.police_type, a.disabled, a.created_at,
                u.id::text AS unit_id, u.name AS unit_name, u.short_name AS unit_short_name, u.parent_id::text AS unit_parent_id,
                u.review_authority AS unit_review_authority, u.bank AS unit_bank
         FROM accounts a JOIN units u ON u.id = a.unit_id
         WHERE a.id = $1::uuid",
    )
    .bind(rows::id(id))
    .fetch_optional(&store.pool)
    .await?;
    row.as_ref().map(rows::account).transpose()
}

pub(super) async fn account_by_login(
    store: &PostgresStore,
    login: &str,
) -> Result<Option<(Account, String)>, Error> {
    let row = sqlx::query(
        "SELECT a.id::text AS id, a.login, a.name, a.role, a.badge_no, a.qualified, a.police_type, a.disabled, a.created_at,
                a.password_hash,
                u.id::text AS unit_id, u.name AS unit_name, u.short_name AS unit_short_name, u.parent_id::text AS unit_parent_id,
                u.review_authority AS unit_review_authority, u.bank AS unit_bank
         FROM accounts a JOIN units u ON u.id = a.unit_id
         WHERE a.login = $1",
    )
    .bind(login)
    .fetch_optional(&store.pool)
    .await?;
    row.map(|row| Ok((rows::account(&row)?, row.text("password_hash")?)))
        .transpose()
}

pub(super) async fn accounts(
    store: &PostgresStore,
    filter: &AccountFilter,
    page: &PageRequest,
) -> Result<Page<Account>, Error> {
    let rows = sqlx::query(
        "SELECT a.id::text AS id, a.login, a.name, a.role, a.badge_no, a.qualified, a.police_type, a.disabled, a.created_at,
                u.id::text AS unit_id, u.name AS unit_name, u.short_name AS unit_short_name, u.parent_id::text AS unit_parent_id,
                u.review_authority AS unit_review_authority, u.bank AS unit_bank
         FROM accounts a JOIN units u ON u.id = a.unit_id
         WHERE ($1 IS NULL OR a.login > $1)
           AND ($2 IS NULL OR a.role = $2)
           AND ($3 IS NULL OR lower(a.login || chr(10) || a.name || chr(10) || a.badge_no) LIKE $3 ESCAPE '\\')
         ORDER BY a.login LIMIT $4",
    )
    .bind(page.after::<String>()?)
    .bind(filter.role.map(Role::as_str))
    .bind(rows::pattern(filter.text.as_deref()))
    .bind(page.rows())
    .fetch_all(&store.pool)
    .await?;
    let items = rows.iter().map(rows::account).collect::<Result<_, _>>()?;
    Ok(page.page(items, |account: &Account| account.login.clone()))
}

pub(super) async fn change_account(
    store: &PostgresStore,
    id: Uuid,
    change: &AccountChange,
) -> Result<(), Error> {
    let mut tx = store.pool.begin().await?;
    let done = sqlx::query(
        "UPDATE accounts SET
             name = coalesce($2, name), role = coalesce($3, role), unit_id = coalesce($4::uuid, unit_id),
             badge_no = coalesce($5, badge_no), qualified = coalesce($6, qualified),
             police_type = coalesce($7, police_type), disabled = coalesce($8, disabled)
         WHERE id = $1::uuid",
    )
    .bind(rows::id(id))
    .bind(&change.name)
    .bind(change.role.map(Role::as_str))
    .bind(change.unit_id.map(rows::id))
    .bind(&change.badge_no)
    .bind(change.qualified)
    .bind(&change.police_type)
    .bind(change.disabled)
    .execute(&mut *tx)
    .await
    .map_err(|error| Error::of_write(error, "login", "unit_id"))?;
    if done.rows_affected() == 0 {
        return Err(Error::Missing { what: "account" });
    }
    if change.disabled == Some(true) || change.role.is_some() {
        sqlx::query("DELETE FROM tokens WHERE account_id = $1::uuid")
            .bind(rows::id(id))
            .execute(&mut *tx)
            .await?;
    }
    Ok(tx.commit().await?)
}

pub(super) async fn set_password(
    store: &PostgresStore,
    id: Uuid,
    password_hash: &str,
) -> Result<(), Error> {
    let mut tx = store.pool.begin().await?;
    let done = sqlx::query("UPDATE accounts SET password_hash = $2 WHERE id = $1::uuid")
        .bind(rows::id(id))
        .bind(password_hash)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::Missing { what: "account" });
    }
    sqlx::query("DELETE FROM tokens WHERE account_id = $1::uuid")
        .bind(rows::id(id))
        .execute(&mut *tx)
        .await?;
    Ok(tx.commit().await?)
}

pub(super) async fn add_token(store: &PostgresStore, token: &NewToken) -> Result<(), Error> {
    let (account, party) = match &token.scope {
        TokenScope::Account(id) => (Some(rows::id(*id)), None),
        TokenScope::Party(party) => (None, Some(party)),
    };
    sqlx::query(
        "INSERT INTO tokens (digest, account_id, sid, participant, created_at, expires_at)
         VALUES ($1, $2::uuid, $3, $4, $5, $6)",
    )
    .bind(token.digest.0.as_slice())
    .bind(account)
    .bind(party.map(|party| party.sid.to_string()))
    .bind(party.map(|party| party.participant.as_str()))
    .bind(token.created_at.as_millis())
    .bind(token.expires_at.as_millis())
    .execute(&store.pool)
    .await
    .map_err(|error| Error::of_write(error, "token", "account"))?;
    Ok(())
}

pub(super) async fn access(
    store: &PostgresStore,
    digest: TokenDigest,
    now: UtcMillis,
) -> Result<Option<Access>, Error> {
    let row = sqlx::query(
        "SELECT t.sid, t.participant, t.expires_at,
                a.id::text AS id, a.login, a.name, a.role, a.badge_no, a.qualified, a.police_type, a.disabled, a.created_at,
                u.id::text AS unit_id, u.name AS unit_name, u.short_name AS unit_short_name, u.parent_id::text AS unit_parent_id,
                u.review_authority AS unit_review_authority, u.bank AS unit_bank
         FROM tokens t LEFT JOIN accounts a ON a.id = t.account_id LEFT JOIN units u ON u.id = a.unit_id
         WHERE t.digest = $1 AND t.expires_at > $2 AND NOT coalesce(a.disabled, false)",
    )
    .bind(digest.0.as_slice())
    .bind(now.as_millis())
    .fetch_optional(&store.pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let principal = match rows::party(&row)? {
        Some(party) => Principal::Party(party),
        None => Principal::Account(rows::account(&row)?),
    };
    Ok(Some(rows::access(principal, row.int("expires_at")?)))
}

pub(super) async fn extend_token(
    store: &PostgresStore,
    digest: TokenDigest,
    until: UtcMillis,
) -> Result<(), Error> {
    sqlx::query("UPDATE tokens SET expires_at = $2 WHERE digest = $1 AND expires_at < $2")
        .bind(digest.0.as_slice())
        .bind(until.as_millis())
        .execute(&store.pool)
        .await?;
    Ok(())
}

pub(super) async fn end_token(store: &PostgresStore, digest: TokenDigest) -> Result<(), Error> {
    sqlx::query("DELETE FROM tokens WHERE digest = $1")
        .bind(digest.0.as_slice())
        .execute(&store.pool)
        .await?;
    Ok(())
}

pub(super) async fn forget_expired(store: &PostgresStore, now: UtcMillis) -> Result<u64, Error> {
    let mut tx = store.pool.begin().await?;
    let mut forgotten = 0;
    for sql in [
        "DELETE FROM tokens WHERE expires_at <= $1",
        "DELETE FROM invitations WHERE expires_at <= $1",
    ] {
        forgotten += sqlx::query(sql)
            .bind(now.as_millis())
            .execute(&mut *tx)
            .await?
            .rows_affected();
    }
    tx.commit().await?;
    Ok(forgotten)
}

pub(super) async fn add_invitation(
    store: &PostgresStore,
    invitation: &NewInvitation,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO invitations (digest, sid, participant, created_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4::uuid, $5, $6)",
    )
    .bind(invitation.digest.0.as_slice())
    .bind(invitation.party.sid.to_string())
    .bind(invitation.party.participant.as_str())
    .bind(rows::id(invitation.created_by))
    .bind(invitation.created_at.as_millis())
    .bind(invitation.expires_at.as_millis())
    .execute(&store.pool)
    .await
    .map_err(|error| Error::of_write(error, "invitation", "account"))?;
    Ok(())
}

pub(super) async fn redeem_invitation(
    store: &PostgresStore,
    digest: TokenDigest,
    now: UtcMillis,
) -> Result<Option<Party>, Error> {
    // One statement: of two at once, the second finds it used.
    let row = sqlx::query(
        "UPDATE invitations SET used_at = $2
         WHERE digest = $1 AND used_at IS NULL AND expires_at > $2
         RETURNING sid, participant",
    )
    .bind(digest.0.as_slice())
    .bind(now.as_millis())
    .fetch_optional(&store.pool)
    .await?;
    match row {
        Some(row) => rows::party(&row),
        None => Ok(None),
    }
}
