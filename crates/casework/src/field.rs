//! What a field means to the law: whether its value is personal data, and what a change of it reopens.

use crate::procedure::{Cause, FieldKind};

/// Whether the value is personal data and stands in an entry's private part. What can hold a person's words,
/// number, place or time is personal unless it is known not to be.
pub fn is_personal(name: &str, kind: FieldKind) -> bool {
    match kind {
        FieldKind::Text => !["doc_no", "decision_digest", "legal_basis"].contains(&name),
        FieldKind::IdNumber | FieldKind::Plate | FieldKind::Geo | FieldKind::Time => true,
        // How many points somebody has is in their licence record; those of this violation are in the table.
        FieldKind::Number => name == "points_so_far",
        FieldKind::Enum
        | FieldKind::Bool
        | FieldKind::Media
        | FieldKind::Document
        | FieldKind::Signature => false,
    }
}

/// What a change of the field reopens. Fields with none belong to one attempt at a step and are entered again when it is
/// repeated.
pub fn content_cause(name: &str) -> Option<Cause> {
    match name {
        "party_name" | "id_doc_type" | "id_no" | "licence_no" | "birth_date" | "guardian_name" => {
            Some(Cause::PartyChanged)
        }
        "plate" | "vehicle_type" | "plate_type" | "points_so_far" | "violation_code"
        | "violation_variant" | "violation_time" | "violation_place" | "place_text"
        | "measured_value" | "facts" | "reason" => Some(Cause::FactsChanged),
        "legal_basis" => Some(Cause::BasisChanged),
        "proposed_penalty" | "proposed_fine_yuan" | "points" => Some(Cause::PenaltyChanged),
        _ => None,
    }
}

/// Fields kept for the whole case although nothing reopens when they change.
pub(crate) fn is_kept(name: &str) -> bool {
    [
        "place",
        "place_is_highway",
        "licence_class",
        "licence_file_no",
        "licence_authority",
        "contact",
    ]
    .contains(&name)
}

/// What the catalogue gives once a violation is chosen, until somebody words it differently.
pub(crate) const FROM_VIOLATION: [&str; 4] = ["facts", "reason", "legal_basis", "points"];

/// Fields that an act, a sentence or a table fills, never a form.
pub(crate) fn is_derived(name: &str) -> bool {
    [
        "unit",
        "officer_no",
        "police_type",
        "recording_id",
        "clock_offset_ms",
        "first_segment_digest",
        "recording_notice_given",
        "evidence",
        "points",
        "right_to_state_and_defend_told",
        "right_to_recusal_told",
        "statement_text",
        "statement_media",
        "explicit_waiver",
        "verdict",
        "verdict_reason",
        "doc_no",
        "decision_document",
        "decision_digest",
        "officer_signature",
        "second_officer_signature",
        "unit_seal",
        "signature",
        "fingerprint",
        "sign_refusal_reason",
        "paper_given",
        "electronic_delivery_consent",
        "receipt_refusal_reason",
        "papers_returned",
        "manifest",
        "root_digest",
        "gap_list",
        "signer",
        "filing_receipt",
        "payment_receipt",
    ]
    .contains(&name)
}
