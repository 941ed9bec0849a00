//! What the database holds, as plain data.

use ids::{ParticipantId, Sid, UtcMillis};
use serde::{Deserialize, Serialize};
use signaling::protocol::Person;
use utoipa::ToSchema;
use uuid::Uuid;

/// What an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 现场民警: an officer at the scene.
    Officer,
    /// 云端坐席民警: an experienced officer at a cloud seat.
    Seat,
    /// 值班长: sees all live sessions.
    Chief,
    /// 法制/督察: sees and verifies all recordings.
    Auditor,
    /// 管理员: people and units.
    Admin,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] = [
        Self::Officer,
        Self::Seat,
        Self::Chief,
        Self::Auditor,
        Self::Admin,
    ];

    /// As written in the API, the log and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Seat => "seat",
            Self::Chief => "chief",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// The role so written.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Where a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// Waits for a seat.
    Queued,
    /// Rings at a seat.
    Ringing,
    /// Officer and seat are connected.
    Live,
    /// Nobody, or only one of them, is connected.
    Interrupted,
    /// Sealed by officer or seat.
    Sealed,
    /// Sealed by the server because nobody was in it any more.
    Abandoned,
    /// Cancelled before a seat answered.
    Cancelled,
}

impl SessionState {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Ringing,
        Self::Live,
        Self::Interrupted,
        Self::Sealed,
        Self::Abandoned,
        Self::Cancelled,
    ];

    /// As written in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ringing => "ringing",
            Self::Live => "live",
            Self::Interrupted => "interrupted",
            Self::Sealed => "sealed",
            Self::Abandoned => "abandoned",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state so written.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Nothing more will be recorded.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Queued | Self::Ringing | Self::Live | Self::Interrupted => false,
            Self::Sealed | Self::Abandoned | Self::Cancelled => true,
        }
    }
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Id.
    pub id: Uuid,
    /// Full name, as decisions print it.
    pub name: String,
    /// Short name.
    pub short_name: String,
    /// The unit above.
    pub parent_id: Option<Uuid>,
    /// Who decides on reconsideration.
    pub review_authority: String,
    /// Where fines are paid.
    pub bank: String,
}

/// An account without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Id.
    pub id: Uuid,
    /// Login name.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Where the person serves.
    pub unit: Unit,
    /// Police number.
    pub badge_no: String,
    /// Holds the qualification to enforce the law.
    pub qualified: bool,
    /// Branch, e.g. `police_traffic`.
    pub police_type: String,
    /// Can't sign in.
    pub disabled: bool,
    /// When it was made.
    pub created_at: UtcMillis,
}

impl Account {
    /// The person as others see them.
    pub fn person(&self) -> Person {
        Person {
            id: self.id.to_string(),
            name: self.name.clone(),
            role: self.role.as_str().to_owned(),
            unit_name: self.unit.short_name.clone(),
            badge_no: self.badge_no.clone(),
        }
    }
}

/// An account to make.
#[derive(Clone)]
pub struct NewAccount {
    /// Id.
    pub id: Uuid,
    /// Login name, unique.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Where the person serves.
    pub unit_id: Uuid,
    /// Police number.
    pub badge_no: String,
    /// Holds the qualification to enforce the law.
    pub qualified: bool,
    /// Branch.
    pub police_type: String,
    /// Argon2id hash of the password (PHC string).
    pub password_hash: String,
    /// When.
    pub created_at: UtcMillis,
}

/// What to change of an account; none: stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// The person's name.
    pub name: Option<String>,
    /// What it is for.
    pub role: Option<Role>,
    /// Where the person serves.
    pub unit_id: Option<Uuid>,
    /// Police number.
    pub badge_no: Option<String>,
    /// Holds the qualification to enforce the law.
    pub qualified: Option<bool>,
    /// Branch.
    pub police_type: Option<String>,
    /// Can't sign in.
    pub disabled: Option<bool>,
}

/// Which accounts.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// In login, name or police number.
    pub text: Option<String>,
    /// With this role.
    pub role: Option<Role>,
}

/// SHA-256 of an opaque token; the token itself is never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest(pub [u8; 32]);

/// Whose requests a token speaks for.
#[expect(
    clippy::large_enum_variant,
    reason = "one for each request, never in numbers"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A person with an account.
    Account(Account),
    /// A party, in one session only.
    Party(Party),
}

impl Principal {
    /// The account, where there is one.
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Account(account) => Some(account),
            Self::Party(_) => None,
        }
    }
}

/// A party's place in one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The session.
    pub sid: Sid,
    /// Who they are in it.
    pub participant: ParticipantId,
}

/// A token with its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Whose requests it speaks for.
    pub principal: Principal,
    /// From this moment on it is worth nothing.
    pub expires_at: UtcMillis,
}

/// Whom a new token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenScope {
    /// An account.
    Account(Uuid),
    /// A party, in one session only.
    Party(Party),
}

/// A token to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Its digest.
    pub digest: TokenDigest,
    /// Whom it speaks for.
    pub scope: TokenScope,
    /// When it was made.
    pub created_at: UtcMillis,
    /// When it ends.
    pub expires_at: UtcMillis,
}

/// An invitation of a party into a session, good for one use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// Digest of its token.
    pub digest: TokenDigest,
    /// Where it leads.
    pub party: Party,
    /// Who invited.
    pub created_by: Uuid,
    /// When.
    pub created_at: UtcMillis,
    /// When it ends.
    pub expires_at: UtcMillis,
}

/// A case. Personal data of the party stands here and in the evidence folder's `private/`, nowhere else.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Id.
    pub id: Uuid,
    /// Procedure id.
    pub procedure: String,
    /// State its procedure reached; `OPEN` before the first call.
    pub state: String,
    /// Who opened it.
    pub officer: Account,
    /// What is known of it.
    pub facts: CaseFacts,
    /// Its newest session.
    pub sid: Option<Sid>,
    /// Number of the decision.
    pub doc_no: Option<String>,
    /// When it was opened.
    pub created_at: UtcMillis,
    /// When it was decided.
    pub decided_at: Option<UtcMillis>,
    /// What is due.
    pub deadlines: Vec<DueDate>,
}

/// What is known of a case; stored as one JSON object.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CaseFacts {
    /// Longitude, degrees, WGS 84.
    pub lon: Option<f64>,
    /// Latitude, degrees, WGS 84.
    pub lat: Option<f64>,
    /// Radius of uncertainty, metres.
    pub accuracy_m: Option<f64>,
    /// Place in words.
    pub place_text: String,
    /// Number plate.
    pub plate: Option<String>,
    /// Kind of plate, code.
    pub plate_type: Option<String>,
    /// Violation, code.
    pub violation_code: Option<String>,
    /// Which row of that code.
    pub violation_variant: Option<String>,
    /// The conduct in words.
    pub violation_text: Option<String>,
    /// The party's name.
    pub party_name: Option<String>,
    /// Values of the procedure's fields, by field.
    pub fields: serde_json::Map<String, serde_json::Value>,
}

impl CaseFacts {
    /// What a search looks through.
    pub(super) fn search_text(&self, doc_no: Option<&str>) -> String {
        let parts = [
            &self.plate,
            &self.violation_code,
            &self.violation_text,
            &self.party_name,
        ];
        let parts = parts
            .into_iter()
            .flatten()
            .map(String::as_str)
            .chain([self.place_text.as_str()])
            .chain(doc_no);
        parts.collect::<Vec<_>>().join("\n").to_lowercase()
    }
}

/// Something due in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueDate {
    /// Key of the table of deadlines.
    pub key: String,
    /// Until when.
    pub due_at: UtcMillis,
    /// Done.
    pub done: bool,
}

/// A case to open.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// Id.
    pub id: Uuid,
    /// Procedure id.
    pub procedure: String,
    /// Who opens it.
    pub officer_id: Uuid,
    /// What is known of it.
    pub facts: CaseFacts,
    /// When.
    pub created_at: UtcMillis,
}

/// What to change of a case; none: stays.
#[derive(Debug, Clone, Default)]
pub struct CaseChange {
    /// State its procedure reached.
    pub state: Option<String>,
    /// What is known of it, whole.
    pub facts: Option<CaseFacts>,
    /// Its newest session.
    pub sid: Option<Sid>,
    /// Number of the decision.
    pub doc_no: Option<String>,
    /// When it was decided.
    pub decided_at: Option<UtcMillis>,
    /// What is due, whole.
    pub deadlines: Option<Vec<DueDate>>,
}

/// Which cases.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// Opened by this account.
    pub officer_id: Option<Uuid>,
    /// In plate, violation, place, party's name or document number.
    pub text: Option<String>,
}

/// A session in the index. Everything here can be rebuilt from the evidence folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Id.
    pub sid: Sid,
    /// Consecutive number within the site.
    pub session_no: u64,
    /// The case.
    pub case_id: Option<Uuid>,
    /// Procedure id.
    pub procedure: String,
    /// Where it is.
    pub state: SessionState,
    /// Who called, as they were then.
    pub officer: Person,
    /// Who answered, as they were then.
    pub seat: Option<Person>,
    /// When the call began.
    pub opened_at: UtcMillis,
    /// When it ended, by the seal or by being cancelled.
    pub ended_at: Option<UtcMillis>,
    /// Declared gaps.
    pub gaps: u32,
    /// Their length together, overlaps counted once.
    pub gap_ms: u64,
    /// The seat sent it back at least once.
    pub returned: bool,
    /// Number plate of the case.
    pub plate: Option<String>,
    /// Number of the decision's document.
    pub doc_no: Option<String>,
    /// The penalty in words.
    pub penalty_text: Option<String>,
    /// Digest of the decision's document, 64 hex.
    pub doc_sha256: Option<String>,
}

impl SessionRow {
    /// What a search looks through.
    pub(super) fn search_text(&self) -> String {
        let seat = self.seat.as_ref().map_or("", |seat| seat.name.as_str());
        let parts = [
            &self.sid.to_string(),
            &self.session_no.to_string(),
            self.officer.name.as_str(),
            seat,
            self.plate.as_deref().unwrap_or(""),
            self.doc_no.as_deref().unwrap_or(""),
        ];
        parts.join("\n").to_lowercase()
    }
}

/// A verification's outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// `valid`, `tampered` or `unusable`.
    pub verdict: String,
    /// `complete`, `incomplete` or `unknown`.
    pub completeness: String,
    /// When it was made.
    pub at: UtcMillis,
}

/// A session in the index, with what was found when it was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The index's row.
    pub row: SessionRow,
    /// The newest verification.
    pub verdict: Option<Verdict>,
}

/// Which sessions.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// This account called or answered.
    pub of: Option<Uuid>,
    /// In id, number, people's names, plate or document number.
    pub text: Option<String>,
    /// In this state.
    pub state: Option<SessionState>,
    /// Opened at or after.
    pub from: Option<UtcMillis>,
    /// Opened before.
    pub to: Option<UtcMillis>,
}

/// A look at evidence, indexed from its session's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// The session.
    pub sid: Sid,
    /// The entry in its chain.
    pub seq: u64,
    /// When.
    pub time: UtcMillis,
    /// Handle of who looked.
    pub actor: String,
    /// The person, where known, as they were then.
    pub person: Option<Person>,
    /// The entry's type.
    pub kind: String,
    /// What for.
    pub purpose: String,
}

/// The index as the evidence folders have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// Sessions.
    pub sessions: Vec<SessionRow>,
    /// Looks at their evidence.
    pub audit: Vec<AuditRow>,
    /// Sessions whose folders could not be read: what the index has of them stays.
    pub kept: Vec<Sid>,
}

/// An account's figures over a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Sessions called or answered.
    pub sessions: u32,
    /// Mean length of those that ended.
    pub mean_handling_ms: Option<u64>,
    /// Of those, sent back by the seat.
    pub returned: u32,
}
