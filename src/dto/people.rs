//! People, units, and the ways in.

use ids::{ParticipantId, Sid, UtcMillis};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::store::Role;

/// Login name and password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Login name.
    pub login: String,
    /// Password.
    pub password: String,
}

/// A signed-in account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignedIn {
    /// For programs: `Authorization: Bearer <token>`. Browsers use the cookie set beside it.
    pub token: String,
    /// When it ends.
    #[schema(value_type = String)]
    pub expires_at: UtcMillis,
    /// Who signed in.
    pub user: User,
}

/// Whose request this is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Me {
    /// The account, where one is signed in.
    pub user: Option<User>,
    /// The place in one session, where a party joined by invitation.
    pub party: Option<PartyAccess>,
}

/// A party's access to one session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartyAccess {
    /// The session.
    #[schema(value_type = String)]
    pub sid: Sid,
    /// Who they are in it.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
    /// When it ends.
    #[schema(value_type = String)]
    pub expires_at: UtcMillis,
}

/// The token of an invitation: what stands behind `#` in its address.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The token.
    pub token: String,
}

/// A party that joined.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Joined {
    /// Bearer token for this session only.
    pub token: String,
    /// When it ends.
    #[schema(value_type = String)]
    pub expires_at: UtcMillis,
    /// The session.
    #[schema(value_type = String)]
    pub sid: Sid,
    /// Who the party is in it.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
}

/// An account, as administrators and its owner see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    /// Id.
    pub id: Uuid,
    /// Login name.
    pub login: String,
    /// Name.
    pub name: String,
    /// What the account is for.
    pub role: Role,
    /// Where the person serves.
    pub unit: UnitRef,
    /// Police number.
    pub badge_no: String,
    /// Holds the qualification to enforce the law (行政处罚法 art. 42); an auxiliary never does.
    pub qualified: bool,
    /// Branch, e.g. `police_traffic`.
    pub police_type: String,
    /// Can't sign in.
    pub disabled: bool,
    /// When it was made.
    #[schema(value_type = String)]
    pub created_at: UtcMillis,
}

/// A unit, as named beside a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitRef {
    /// Id.
    pub id: Uuid,
    /// Full name.
    pub name: String,
    /// Short name.
    pub short_name: String,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Unit {
    /// Id.
    pub id: Uuid,
    /// Full name, as decisions print it.
    pub name: String,
    /// Short name.
    pub short_name: String,
    /// The unit above.
    pub parent_id: Option<Uuid>,
    /// Who decides on reconsideration (行政复议法 art. 24), as decisions print it.
    pub review_authority: String,
    /// Where fines are paid, as decisions print it.
    pub bank: String,
}

/// A unit to make.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnit {
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

/// Which accounts.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// In login, name or police number.
    pub q: Option<String>,
    /// With this role.
    pub role: Option<Role>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Items wanted, at most 200; 50 if not said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// An account to make.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Login name: 2 to 32 of `a-z 0-9 . _ -`.
    pub login: String,
    /// Name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Where the person serves.
    pub unit_id: Uuid,
    /// Police number.
    pub badge_no: String,
    /// Holds the qualification to enforce the law.
    pub qualified: bool,
    /// Branch, e.g. `police_traffic`.
    pub police_type: String,
    /// At least 10 characters; one is made up if missing.
    pub password: Option<String>,
}

/// An account that was made.
#[derive(Clone, Serialize, ToSchema)]
pub struct CreatedUser {
    /// The account.
    pub user: User,
    /// The password that was made up; it is shown this once.
    pub password: Option<String>,
}

/// What to change of an account; what is missing stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// Name.
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
    /// Can't sign in; ends what is signed in.
    pub disabled: Option<bool>,
}

/// A new password, shown this once.
#[derive(Clone, Serialize, ToSchema)]
pub struct NewPassword {
    /// The password.
    pub password: String,
}
