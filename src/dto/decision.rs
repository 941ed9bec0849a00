//! The decision: its text, its document, its signature, its delivery.

use ids::{DocId, UtcMillis};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Head, ProcedureView};

/// What a decision says, in the order it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionText {
    /// Authority and unit.
    pub issuer: String,
    /// Title of the document.
    pub title: String,
    /// Its number; none before it is issued.
    pub doc_no: Option<String>,
    /// Who it is against.
    pub party: Vec<LabelledValue>,
    /// What happened.
    pub facts: String,
    /// Provisions violated and applied.
    pub basis: String,
    /// The penalty.
    pub penalty: String,
    /// Licence points.
    pub points: Option<String>,
    /// How to pay.
    pub pay: Option<String>,
    /// Remedies (行政复议法 arts. 20, 23).
    pub remedy: String,
    /// Where the penalty is imposed.
    pub place: String,
    /// Remarks, e.g. on a refusal to sign.
    pub remarks: Option<String>,
}

/// A labelled line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LabelledValue {
    /// Label.
    pub label: String,
    /// Value.
    pub value: String,
}

/// The decision as it would read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DecisionDraft {
    /// Its text.
    pub text: DecisionText,
}

/// A decision that was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Decision {
    /// Its id in the log.
    pub decision: String,
    /// Its document's id in the log.
    #[schema(value_type = String)]
    pub doc: DocId,
    /// Number of the document.
    pub doc_no: String,
    /// When.
    #[schema(value_type = String)]
    pub issued_at: UtcMillis,
    /// Digest of the document's file, 64 hex.
    pub sha256: String,
    /// The head printed on it.
    pub head: Head,
    /// Where the PDF can be read.
    pub url: String,
    /// What it says.
    pub text: DecisionText,
    /// Signature, or its refusal.
    pub signed: Option<SignedNote>,
    /// How it was delivered.
    pub delivered: Option<DeliveredNote>,
}

/// Whether the party signed. Signing acknowledges receipt; it is not consent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignedNote {
    /// `signed` or `refused`.
    pub kind: String,
    /// When.
    #[schema(value_type = String)]
    pub at: UtcMillis,
    /// The party's reason for refusing.
    pub reason: Option<String>,
}

/// How a decision reached the party.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveredNote {
    /// The way.
    pub method: DeliveryMethod,
    /// When.
    #[schema(value_type = String)]
    pub at: UtcMillis,
    /// The party's reason for refusing.
    pub reason: Option<String>,
}

/// The answer to issuing a decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Issued {
    /// The decision.
    pub decision: Decision,
    /// The procedure after it.
    pub view: ProcedureView,
}

/// The party signs, or refuses to.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Signature {
    /// Signed on the screen.
    Signed {
        /// The drawing: PNG in base64, at most 1 MiB.
        image_png: String,
        /// How it was drawn.
        strokes: Strokes,
    },
    /// Refused (道路交通安全违法行为处理程序规定 art. 44: the officer notes it on the decision).
    Refused {
        /// The reason the party gives, or that none was given.
        reason: String,
    },
}

/// A drawn signature as movement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Strokes {
    /// Width of the drawing area, CSS pixels.
    pub width: f64,
    /// Height of the drawing area, CSS pixels.
    pub height: f64,
    /// Device pixels per CSS pixel.
    pub dpr: f64,
    /// `touch`, `pen` or `mouse`.
    pub pointer: String,
    /// Strokes of points `[x, y, t_ms, pressure]`; at most 20 000 points.
    pub strokes: Vec<Vec<[f64; 4]>>,
}

/// How the decision reaches the party.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The way.
    pub method: DeliveryMethod,
    /// The party's reason for refusing.
    pub reason: Option<String>,
}

/// A way of delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMethod {
    /// Handed over on paper.
    Paper,
    /// Electronically, with the party's consent.
    Electronic,
    /// Refused; noting it is delivery.
    Refused,
}
