//! What the fields of a procedure and their choices are called on screens.

/// Chinese and English label of a field; the field's own name where there is none, which a test forbids.
pub(super) fn field_label(field: &str) -> (&'static str, &'static str) {
    match field {
        "officer_credential" => ("现场民警执法证件", "Officer's credential"),
        "seat_credential" => ("坐席民警执法证件", "Seat's credential"),
        "recording_notice_given" => ("已告知全程录音录像", "Told that everything is recorded"),
        "place_is_highway" => ("地点为公路", "The place is a highway"),
        "party_name" => ("当事人姓名", "Party's name"),
        "id_doc_type" => ("证件种类", "Kind of document"),
        "id_no" => ("证件号码", "Document number"),
        "licence_no" => ("驾驶证号", "Driving licence number"),
        "birth_date" => ("出生日期", "Date of birth"),
        "face_matches_photo" => ("相貌与照片一致", "Face agrees with the photo"),
        "plate" => ("车辆号牌", "Number plate"),
        "vehicle_type" => ("车辆类型", "Kind of vehicle"),
        "plate_type" => ("号牌种类", "Kind of plate"),
        "points_so_far" => ("已累积记分", "Points so far"),
        "guardian_name" => ("监护人姓名", "Guardian's name"),
        "violation_code" => ("违法行为", "Violation"),
        "violation_variant" => ("违法情形", "Variant"),
        "violation_time" => ("违法时间", "Time of the violation"),
        "violation_place" => ("违法地点（坐标）", "Place (coordinates)"),
        "place_text" => ("违法地点", "Place"),
        "evidence" => ("证据照片", "Evidence"),
        "measured_value" => ("标准值和实测值", "Standard and measured value"),
        "proposed_penalty" => ("拟处罚", "Proposed penalty"),
        "proposed_fine_yuan" => ("拟罚款（元）", "Proposed fine (yuan)"),
        "facts" => ("违法事实", "Facts"),
        "reason" => ("处罚理由", "Reasons"),
        "legal_basis" => ("法律依据", "Legal basis"),
        "points" => ("记分", "Points"),
        "right_to_state_and_defend_told" => ("已告知陈述申辩权", "Told of the right to defend"),
        "right_to_recusal_told" => ("已告知回避权", "Told of the right to recusal"),
        "statement_text" => ("陈述申辩内容", "Statement"),
        "statement_media" => ("陈述录音", "Spoken statement"),
        "explicit_waiver" => ("明确放弃陈述申辩", "Clear waiver"),
        "recusal_requested" => ("申请回避", "Asks for recusal"),
        "defence_finding" => ("复核结论", "Finding"),
        "finding_reason" => ("复核理由", "Reasons of the finding"),
        "verdict" => ("审核意见", "Verdict"),
        "verdict_reason" => ("审核理由", "Reasons of the verdict"),
        "signature" => ("签名", "Signature"),
        "fingerprint" => ("指印", "Fingerprint"),
        "sign_refusal_reason" => ("拒签原因", "Reason for refusing to sign"),
        "paper_given" => ("已交付纸质文书", "Given on paper"),
        "electronic_delivery_consent" => ("电子送达确认书", "Consent to electronic service"),
        "receipt_refusal_reason" => ("拒收原因", "Reason for refusing to accept"),
        "papers_returned" => ("已交还证件", "Papers returned"),
        "doc_no" => ("文书编号", "Document number"),
        "decision_document" => ("处罚决定书", "Decision"),
        "decision_digest" => ("决定书校验值", "Digest of the decision"),
        "officer_signature" => ("现场民警签章", "Officer's mark"),
        "second_officer_signature" => ("坐席民警签章", "Seat's mark"),
        "unit_seal" => ("单位印章", "Unit's seal"),
        "unit" => ("单位", "Unit"),
        "officer_no" => ("警号", "Police number"),
        "place" => ("位置", "Place"),
        "police_type" => ("警种", "Branch"),
        "recording_id" => ("录制编号", "Recording"),
        "clock_offset_ms" => ("时钟偏差（毫秒）", "Clock offset (ms)"),
        "first_segment_digest" => ("首段校验值", "Digest of the first segment"),
        "manifest" => ("证据清单", "Evidence manifest"),
        "root_digest" => ("根校验值", "Root"),
        "gap_list" => ("缺口清单", "Gaps"),
        "signer" => ("签名密钥", "Signer"),
        "filing_receipt" => ("备案回执", "Filing receipt"),
        "payment_receipt" => ("缴款凭证", "Payment receipt"),
        _ => ("其他", "Other"),
    }
}

/// The Chinese word of a listed choice; codes of tables come with their own names.
pub(super) fn choice_label<'c>(field: &str, code: &'c str) -> &'c str {
    match (field, code) {
        ("proposed_penalty", "oral_warning") => "口头警告",
        ("proposed_penalty", "warning") => "警告",
        ("proposed_penalty", "fine") => "罚款",
        ("defence_finding", "upheld") => "成立",
        ("defence_finding", "not_upheld") => "不成立",
        ("defence_finding", "nothing_said") => "未陈述申辩",
        ("verdict", "approved") => "同意",
        ("verdict", "rejected") => "退回",
        ("verdict", "escalated") => "转一般程序",
        ("police_type", "police_traffic") => "交警",
        (_, other) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_every_procedure_has_a_name() {
        for procedure in casework::Tables::embedded().procedures() {
            for field in procedure
                .steps
                .iter()
                .flat_map(|s| &s.needs)
                .flat_map(casework::procedure::Need::fields)
            {
                assert_ne!(field_label(&field.name).0, "其他", "{}", field.name);
            }
        }
    }
}
