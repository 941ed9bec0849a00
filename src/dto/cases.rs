//! Cases.

use ids::{Sid, UtcMillis};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Person;

/// Where something happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Longitude, degrees, WGS 84.
    pub lon: Option<f64>,
    /// Latitude, degrees, WGS 84.
    pub lat: Option<f64>,
    /// Radius of uncertainty, metres.
    pub accuracy_m: Option<f64>,
    /// In words, as decisions print it.
    pub text: String,
}

/// A case to open.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    /// Procedure id, e.g. `traffic_simple`.
    pub procedure: String,
    /// Where.
    pub place: Place,
    /// Number plate.
    pub plate: Option<String>,
    /// Kind of plate, code.
    pub plate_type: Option<String>,
    /// Violation, national code.
    pub violation_code: Option<String>,
    /// Which row of that code.
    pub violation_variant: Option<String>,
}

/// Which cases.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// Only one's own.
    pub mine: Option<bool>,
    /// In plate, violation, place or document number.
    pub q: Option<String>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Items wanted, at most 200; 50 if not said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Case {
    /// Id.
    pub id: Uuid,
    /// Procedure id.
    pub procedure: String,
    /// `OPEN` before the first call, then the state its procedure names, e.g. `DECIDED`.
    pub state: String,
    /// Where.
    pub place: Place,
    /// Number plate.
    pub plate: Option<String>,
    /// The conduct.
    pub violation_text: Option<String>,
    /// The party's name with all but its first character hidden.
    pub party_name_masked: Option<String>,
    /// Who opened it.
    pub officer: Person,
    /// Its newest session.
    #[schema(value_type = Option<String>)]
    pub sid: Option<Sid>,
    /// Number of the decision.
    pub doc_no: Option<String>,
    /// When it was opened.
    #[schema(value_type = String)]
    pub created_at: UtcMillis,
    /// When it was decided.
    #[schema(value_type = Option<String>)]
    pub decided_at: Option<UtcMillis>,
    /// What is due.
    pub deadlines: Vec<Deadline>,
}

/// Something due in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deadline {
    /// Key of the table of deadlines, e.g. `file_traffic_simple`.
    pub key: String,
    /// Until when.
    #[schema(value_type = String)]
    pub due_at: UtcMillis,
    /// Done.
    pub done: bool,
}

/// The decision was filed (道路交通安全违法行为处理程序规定 art. 44: within two working days).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Filing {
    /// Number the archive gave.
    pub receipt_no: String,
}

/// The fine was paid.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// Number of the bank's receipt.
    pub receipt_no: String,
    /// Day of payment, `YYYY-MM-DD`.
    #[schema(format = Date)]
    pub paid_on: String,
}
