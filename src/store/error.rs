//! What can go wrong with the database.

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reject: what has to be unique is in use.
    #[error("{what} is already in use")]
    Taken {
        /// What, e.g. `login`.
        what: &'static str,
    },
    /// Reject: what is referred to isn't there.
    #[error("there is no such {what}")]
    Missing {
        /// What, e.g. `unit`.
        what: &'static str,
    },
    /// Reject: a cursor that no list gave out.
    #[error("the cursor was not given out by this list")]
    Cursor,
    /// Fatal: an address that names no supported database.
    #[error("the database address must begin with sqlite:// or postgres://")]
    UrlUnknown,
    /// Fatal: the database's tables are not those this program expects.
    #[error("the database's tables could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Fatal: a stored value is not what its column promises.
    #[error("column {column} holds {found:?}")]
    Corrupt {
        /// Table and column.
        column: &'static str,
        /// What stands there, cut.
        found: String,
    },
    /// Retry: the database takes no writes, because it stands by for another.
    #[error("the database takes no writes (a standby)")]
    ReadOnly,
    /// Retry: the database can't be reached, or gave up. A write may have happened or not.
    #[error("the database failed: {0}")]
    Unavailable(#[source] sqlx::Error),
}

impl Error {
    pub(super) fn corrupt(column: &'static str, found: &str) -> Self {
        Self::Corrupt {
            column,
            found: found.chars().take(40).collect(),
        }
    }

    /// Whether the database refused because a unique value is in use.
    pub(super) fn of_write(error: sqlx::Error, taken: &'static str, missing: &'static str) -> Self {
        match error.as_database_error() {
            Some(refusal) if refusal.is_unique_violation() => Self::Taken { what: taken },
            Some(refusal) if refusal.is_foreign_key_violation() => Self::Missing { what: missing },
            Some(_) | None => Self::Unavailable(error),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error)
    }
}
