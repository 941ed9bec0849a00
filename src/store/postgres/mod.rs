//! PostgreSQL: the database of several servers, or of one that already has it.

mod cases;
mod people;
mod sessions;

use async_trait::async_trait;
use ids::{Sid, UtcMillis};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, Row, SqlSafeStr};
use uuid::Uuid;

use super::*;

/// Connections of one server.
const CONNECTIONS_MAX: u32 = 16;

/// A database of a PostgreSQL server.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pool: PgPool,
}

impl PostgresStore {
    /// Connects and brings the tables up to date.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .connect(url)
            .await?;
        migrator().run(&pool).await?;
        Ok(Self { pool })
    }
}

fn migrator() -> Migrator {
    let migration = |version, name: &'static str, sql: &'static str| {
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    };
    Migrator::with_migrations(vec![migration(
        1,
        "people, cases, sessions",
        include_str!("../migrations/postgres/0001_people_cases_sessions.sql"),
    )])
}

#[async_trait]
impl Store for PostgresStore {
    async fn check(&self) -> Result<(), Error> {
        // A standby answers reads and refuses writes.
        let row = sqlx::query("SELECT pg_is_in_recovery() AS standby")
            .fetch_one(&self.pool)
            .await?;
        if row.try_get("standby")? {
            Err(Error::ReadOnly)
        } else {
            Ok(())
        }
    }

    async fn units(&self) -> Result<Vec<Unit>, Error> {
        people::units(self).await
    }
    async fn add_unit(&self, unit: &Unit) -> Result<(), Error> {
        people::add_unit(self, unit).await
    }
    async fn add_account(&self, account: &NewAccount) -> Result<(), Error> {
        people::add_account(self, account).await
    }
    async fn account(&self, id: Uuid) -> Result<Option<Account>, Error> {
        people::account(self, id).await
    }
    async fn account_by_login(&self, login: &str) -> Result<Option<(Account, String)>, Error> {
        people::account_by_login(self, login).await
    }
    async fn accounts(
        &self,
        filter: &AccountFilter,
        page: &PageRequest,
    ) -> Result<Page<Account>, Error> {
        people::accounts(self, filter, page).await
    }
    async fn change_account(&self, id: Uuid, change: &AccountChange) -> Result<(), Error> {
        people::change_account(self, id, change).await
    }
    async fn set_password(&self, id: Uuid, password_hash: &str) -> Result<(), Error> {
        people::set_password(self, id, password_hash).await
    }

    async fn add_token(&self, token: &NewToken) -> Result<(), Error> {
        people::add_token(self, token).await
    }
    async fn access(&self, digest: TokenDigest, now: UtcMillis) -> Result<Option<Access>, Error> {
        people::access(self, digest, now).await
    }
    async fn extend_token(&self, digest: TokenDigest, until: UtcMillis) -> Result<(), Error> {
        people::extend_token(self, digest, until).await
    }

    async fn end_token(&self, digest: TokenDigest) -> Result<(), Error> {
        people::end_token(self, digest).await
    }
    async fn forget_expired(&self, now: UtcMillis) -> Result<u64, Error> {
        people::forget_expired(self, now).await
    }
    async fn add_invitation(&self, invitation: &NewInvitation) -> Result<(), Error> {
        people::add_invitation(self, invitation).await
    }
    async fn redeem_invitation(
        &self,
        digest: TokenDigest,
        now: UtcMillis,
    ) -> Result<Option<Party>, Error> {
        people::redeem_invitation(self, digest, now).await
    }

    async fn add_case(&self, case: &NewCase) -> Result<(), Error> {
        cases::add_case(self, case).await
    }
    async fn case(&self, id: Uuid) -> Result<Option<Case>, Error> {
        cases::case(self, id).await
    }
    async fn cases(&self, filter: &CaseFilter, page: &PageRequest) -> Result<Page<Case>, Error> {
        cases::cases(self, filter, page).await
    }
    async fn change_case(&self, id: Uuid, change: &CaseChange) -> Result<(), Error> {
        cases::change_case(self, id, change).await
    }

    async fn put_session(&self, row: &SessionRow) -> Result<(), Error> {
        sessions::put_session(self, row).await
    }
    async fn session(&self, sid: Sid) -> Result<Option<Session>, Error> {
        sessions::session(self, sid).await
    }
    async fn sessions(
        &self,
        filter: &SessionFilter,
        page: &PageRequest,
    ) -> Result<Page<Session>, Error> {
        sessions::sessions(self, filter, page).await
    }
    async fn last_session_no(&self) -> Result<u64, Error> {
        sessions::last_session_no(self).await
    }
    async fn put_verdict(&self, sid: Sid, verdict: &Verdict) -> Result<(), Error> {
        sessions::put_verdict(self, sid, verdict).await
    }
    async fn add_audit(&self, row: &AuditRow) -> Result<(), Error> {
        sessions::add_audit(self, row).await
    }
    async fn audit(&self, page: &PageRequest) -> Result<Page<AuditRow>, Error> {
        sessions::audit(self, page).await
    }
    async fn replace_index(&self, index: &Index) -> Result<(), Error> {
        sessions::replace_index(self, index).await
    }
    async fn figures(
        &self,
        account: Uuid,
        from: UtcMillis,
        to: UtcMillis,
    ) -> Result<Figures, Error> {
        sessions::figures(self, account, from, to).await
    }
}
