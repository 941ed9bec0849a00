//! Who may see which session.
//!
//! | who | sees | evidence (recording, log, bundle, verification) |
//! | --- | --- | --- |
//! | officer | the sessions they called from | of these |
//! | seat | the sessions they answered | of these |
//! | party | its one session: steps, decision, receipt | no |
//! | chief | all | all |
//! | auditor | all | all |
//! | administrator | none | none |
//!
//! What may not be seen is answered like what doesn't exist, so that ids can't be probed.

use ids::Sid;

use super::Server;
use super::auth::Caller;
use super::problem::{Code, Problem};
use crate::store::{Principal, Role, Session, SessionRow};

/// What is wanted of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// To see how it stands.
    Look,
    /// To act in it.
    Act,
    /// To see its evidence.
    Evidence,
}

/// The session, if it exists and the caller may do what is wanted.
pub async fn session(
    server: &Server,
    caller: &Caller,
    sid: Sid,
    want: Want,
) -> Result<Session, Problem> {
    let mut session = server
        .store
        .session(sid)
        .await?
        .ok_or_else(|| Problem::new(Code::NotFound))?;
    if !sees(caller.principal(), &session.row)
        && let Some(newest) = server.app.newest_row(sid).await
    {
        // Who has just taken the call may be ahead of the index.
        session.row = newest;
    }
    if !sees(caller.principal(), &session.row) {
        return Err(Problem::new(Code::NotFound));
    }
    if may(caller.principal(), want) {
        Ok(session)
    } else {
        Err(Problem::new(Code::Forbidden))
    }
}

fn sees(who: &Principal, session: &SessionRow) -> bool {
    match who {
        Principal::Party(party) => party.sid == session.sid,
        Principal::Account(account) => match account.role {
            Role::Officer => session.officer.id == account.id.to_string(),
            Role::Seat => session
                .seat
                .as_ref()
                .is_some_and(|seat| seat.id == account.id.to_string()),
            Role::Chief | Role::Auditor => true,
            Role::Admin => false,
        },
    }
}

fn may(who: &Principal, want: Want) -> bool {
    match (who, want) {
        (_, Want::Look) => true,
        (Principal::Party(_), Want::Act) => true,
        (Principal::Party(_), Want::Evidence) => false,
        (Principal::Account(account), Want::Act) => match account.role {
            Role::Officer | Role::Seat => true,
            Role::Chief | Role::Auditor | Role::Admin => false,
        },
        (Principal::Account(_), Want::Evidence) => true,
    }
}
