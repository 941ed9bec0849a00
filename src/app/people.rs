//! Who acts, as the log, the screens and the rules name them.

use casework::context::{Officer, Rank};
use ids::{ParticipantId, Sid};
use integrity::Actor;

use crate::store::{Account, Principal, Role};

/// Whose connection or request it is: an account, or a party in its one session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// A person with an account.
    Account {
        /// Id of the account.
        id: String,
        /// What it is for.
        role: RoleKey,
    },
    /// A party.
    Party {
        /// The session.
        sid: Sid,
        /// Their place in it.
        participant: ParticipantId,
    },
}

impl Who {
    /// Whether it is a connection or request of this account.
    pub fn is_account(&self, account: &str) -> bool {
        matches!(self, Self::Account { id, .. } if id == account)
    }
}

/// A role that can be compared and ordered, for tables of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleKey {
    /// Field officer.
    Officer,
    /// Cloud seat.
    Seat,
    /// Duty chief.
    Chief,
    /// Auditor.
    Auditor,
    /// Administrator.
    Admin,
}

impl From<Role> for RoleKey {
    fn from(role: Role) -> Self {
        match role {
            Role::Officer => Self::Officer,
            Role::Seat => Self::Seat,
            Role::Chief => Self::Chief,
            Role::Auditor => Self::Auditor,
            Role::Admin => Self::Admin,
        }
    }
}

impl From<&Principal> for Who {
    fn from(principal: &Principal) -> Self {
        match principal {
            Principal::Account(account) => Self::Account {
                id: account.id.to_string(),
                role: account.role.into(),
            },
            Principal::Party(party) => Self::Party {
                sid: party.sid,
                participant: party.participant.clone(),
            },
        }
    }
}

/// The word of a role in the log and in the rules.
pub(crate) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Officer => "officer",
        Role::Seat => "seat",
        Role::Chief => "chief",
        Role::Auditor => "auditor",
        Role::Admin => "admin",
    }
}

/// The handle of an account in the log: its id, never a name.
pub(crate) fn handle(account: &Account) -> String {
    account.id.to_string()
}

/// Who acts, as an entry says it.
pub(crate) fn actor_of(who: &Principal) -> Actor {
    let text = match who {
        Principal::Account(account) => format!("{}:{}", role_word(account.role), handle(account)),
        Principal::Party(party) => format!("party:{}", party.participant),
    };
    text.parse().expect("a role's word and an id make an actor")
}

/// The server itself, as an entry says it.
pub(crate) fn server_actor() -> Actor {
    "server:rec-1".parse().expect("this is a role and a handle")
}

/// Who acts, as the rules say it.
pub(crate) fn case_actor(who: &Principal) -> casework::Actor {
    let role = match who {
        Principal::Account(account) => match account.role {
            Role::Officer => casework::Role::Officer,
            Role::Seat => casework::Role::Seat,
            Role::Chief => casework::Role::Chief,
            Role::Auditor => casework::Role::Auditor,
            Role::Admin => casework::Role::Admin,
        },
        Principal::Party(_) => casework::Role::Party,
    };
    casework::Actor::new(role, actor_of(who).handle())
}

/// An account as the rules see an officer in the session.
pub(crate) fn officer(account: &Account) -> Officer {
    Officer {
        handle: handle(account),
        role: if account.role == Role::Seat {
            casework::Role::Seat
        } else {
            casework::Role::Officer
        },
        rank: if account.qualified {
            Rank::Qualified
        } else {
            Rank::Auxiliary
        },
        name: account.name.clone(),
        number: account.badge_no.clone(),
        unit: account.unit.name.clone(),
    }
}
