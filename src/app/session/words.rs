//! What the listed choices of a procedure are called on screens.

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
    fn every_listed_choice_has_a_name() {
        for procedure in casework::Tables::embedded().procedures() {
            let needs = procedure.steps.iter().flat_map(|step| &step.needs);
            for field in needs.flat_map(casework::procedure::Need::fields) {
                if let casework::procedure::Choices::Listed(codes) = &field.choices {
                    for code in codes {
                        assert_ne!(choice_label(&field.name, code), code, "{}", field.name);
                    }
                }
            }
        }
    }
}
