//! The catalogue: violations, code tables, procedures; and the figures of one's own day.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which violations.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ViolationQuery {
    /// In code or text.
    pub q: Option<String>,
}

/// A traffic violation and what the law allows for it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Violation {
    /// National code.
    pub code: String,
    /// Tells rows of one code apart; empty where there is one.
    pub variant: String,
    /// The conduct, as decisions print it.
    pub text: String,
    /// Who commits it, e.g. `motor_driver`.
    pub actor: String,
    /// Provisions violated, as people cite them.
    pub violates: Vec<String>,
    /// Provisions of the penalty.
    pub basis: Vec<String>,
    /// Least fine, yuan.
    pub fine_min: u32,
    /// Largest fine, yuan.
    pub fine_max: u32,
    /// Usual amount in records, yuan: a reference, not the local standard.
    pub fine_usual: Option<u32>,
    /// Licence points; none: no points for this actor.
    pub points: Option<u32>,
    /// The statute names a warning.
    pub warning_allowed: bool,
    /// `simple`, `general` or `measure_first`.
    pub procedure: String,
    /// May be decided at the scene.
    pub on_spot: bool,
    /// What to mind.
    pub note: String,
    /// `H`, `M` or `L`: how sure the row is before the legal officer signed it off.
    pub confidence: String,
}

/// A code with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Choice {
    /// What is stored.
    pub code: String,
    /// What is shown.
    pub name: String,
}

/// The code tables a form needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Choices {
    /// Kinds of identity document.
    pub id_doc_types: Vec<Choice>,
    /// Kinds of vehicle.
    pub vehicle_types: Vec<Choice>,
    /// Kinds of number plate.
    pub plate_types: Vec<Choice>,
    /// Classes of driving licence.
    pub licence_classes: Vec<Choice>,
}

/// A procedure that can be chosen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProcedureRef {
    /// Id, e.g. `traffic_simple`.
    pub id: String,
    /// Title, Chinese.
    pub title_zh: String,
    /// Title, English.
    pub title_en: String,
    /// Version.
    pub version: String,
    /// SHA-256 of the procedure's file, 64 hex.
    pub digest: String,
}

/// The asking officer's or seat's day so far, Asia/Shanghai.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Figures {
    /// Sessions opened (officer) or answered (seat).
    pub sessions_today: u32,
    /// From opening to the end, on average, of those that ended.
    pub mean_handling_ms: Option<u64>,
    /// Of those, sent back by the seat.
    pub returned_today: u32,
}
