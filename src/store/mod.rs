//! What is asked for by name, list or filter: people, units, tokens, cases, the index of recordings.
//!
//! The evidence folders hold what was recorded and decided; where this database and a folder disagree, the
//! folder is right, and the index can be rebuilt from the folders. SQL lives in this module only: each
//! backend in plain SQL of its own, both held to one contract by one suite of tests.

mod cursor;
mod error;
mod model;
mod postgres;
mod rows;
mod sqlite;

pub use cursor::{PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, Page, PageRequest};
pub use error::Error;
pub use model::*;
pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;

use std::sync::Arc;

use async_trait::async_trait;
use ids::{Sid, UtcMillis};
use uuid::Uuid;

/// A database. Every method is one transaction: it happened whole, durably, when it returns `Ok`, and not
/// at all when it returns `Err` (but see [`Error::Unavailable`]).
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Answers if reads and writes work.
    async fn check(&self) -> Result<(), Error>;

    /// All units, by name.
    async fn units(&self) -> Result<Vec<Unit>, Error>;
    /// Adds a unit. [`Error::Missing`]: no such parent.
    async fn add_unit(&self, unit: &Unit) -> Result<(), Error>;

    /// Adds an account. [`Error::Taken`]: the login name is in use; [`Error::Missing`]: no such unit.
    async fn add_account(&self, account: &NewAccount) -> Result<(), Error>;
    /// An account by id.
    async fn account(&self, id: Uuid) -> Result<Option<Account>, Error>;
    /// An account by login name, with the hash of its password.
    async fn account_by_login(&self, login: &str) -> Result<Option<(Account, String)>, Error>;
    /// Accounts by login name.
    async fn accounts(
        &self,
        filter: &AccountFilter,
        page: &PageRequest,
    ) -> Result<Page<Account>, Error>;
    /// Changes an account; disabling it, or changing its role, also ends its tokens. [`Error::Missing`]: no such account or unit.
    async fn change_account(&self, id: Uuid, change: &AccountChange) -> Result<(), Error>;
    /// Replaces a password and ends the account's tokens. [`Error::Missing`]: no such account.
    async fn set_password(&self, id: Uuid, password_hash: &str) -> Result<(), Error>;

    /// Keeps a token.
    async fn add_token(&self, token: &NewToken) -> Result<(), Error>;
    /// What a token is worth at `now`: none where unknown, expired, or its account disabled.
    async fn access(&self, digest: TokenDigest, now: UtcMillis) -> Result<Option<Access>, Error>;
    /// Lets a token end later; never earlier, and nothing happens where it is unknown.
    async fn extend_token(&self, digest: TokenDigest, until: UtcMillis) -> Result<(), Error>;
    /// Ends a token; nothing happens where it is unknown.
    async fn end_token(&self, digest: TokenDigest) -> Result<(), Error>;
    /// Forgets tokens and invitations that ended before `now`; returns how many.
    async fn forget_expired(&self, now: UtcMillis) -> Result<u64, Error>;

    /// Keeps an invitation.
    async fn add_invitation(&self, invitation: &NewInvitation) -> Result<(), Error>;
    /// Uses an invitation up at `now`: of any number of callers with one digest, exactly one gets the party.
    async fn redeem_invitation(
        &self,
        digest: TokenDigest,
        now: UtcMillis,
    ) -> Result<Option<Party>, Error>;

    /// Opens a case.
    async fn add_case(&self, case: &NewCase) -> Result<(), Error>;
    /// A case by id.
    async fn case(&self, id: Uuid) -> Result<Option<Case>, Error>;
    /// Cases, newest first.
    async fn cases(&self, filter: &CaseFilter, page: &PageRequest) -> Result<Page<Case>, Error>;
    /// Changes a case. [`Error::Missing`]: no such case.
    async fn change_case(&self, id: Uuid, change: &CaseChange) -> Result<(), Error>;

    /// Writes a session's row, new or not; a verdict stays beside it. [`Error::Taken`]: another session has its number.
    async fn put_session(&self, row: &SessionRow) -> Result<(), Error>;
    /// A session by id.
    async fn session(&self, sid: Sid) -> Result<Option<Session>, Error>;
    /// Sessions by number, newest first.
    async fn sessions(
        &self,
        filter: &SessionFilter,
        page: &PageRequest,
    ) -> Result<Page<Session>, Error>;
    /// The largest session number in use, 0 if none.
    async fn last_session_no(&self) -> Result<u64, Error>;
    /// Notes a verification's outcome beside its session. [`Error::Missing`]: no such session.
    async fn put_verdict(&self, sid: Sid, verdict: &Verdict) -> Result<(), Error>;

    /// Indexes a look at evidence; again with the same session and entry changes nothing.
    async fn add_audit(&self, row: &AuditRow) -> Result<(), Error>;
    /// Looks at evidence, newest first.
    async fn audit(&self, page: &PageRequest) -> Result<Page<AuditRow>, Error>;
    /// Puts what was read from the folders in the place of the index of sessions and of looks at evidence. Verdicts stay
    /// beside their sessions, and what is `kept` stays as it is. [`Error::Taken`]: two sessions have one number.
    async fn replace_index(&self, index: &Index) -> Result<(), Error>;

    /// An account's figures for sessions opened in `[from, to)`.
    async fn figures(
        &self,
        account: Uuid,
        from: UtcMillis,
        to: UtcMillis,
    ) -> Result<Figures, Error>;
}

/// Opens the database behind `url` (`sqlite://PATH` or `postgres://…`) and brings its tables up to date.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, Error> {
    if url.starts_with("sqlite:") {
        Ok(Arc::new(SqliteStore::open(url).await?))
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        Ok(Arc::new(PostgresStore::open(url).await?))
    } else {
        Err(Error::UrlUnknown)
    }
}
