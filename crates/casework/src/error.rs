//! What can go wrong: a table that does not load, an act that is refused, an entry that does not fit.

use ids::StepId;

use crate::context::Role;
use crate::procedure::{Cause, Guard, OnFail, Step};
use crate::statute::StatuteRef;
use crate::tables::Tables;

/// A table of the law that does not load. Fatal: the product is built with a broken table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Not a reference to a statute.
    #[error("{found:?} is not a reference like 道路交通安全法:99.1.4")]
    Statute {
        /// What was read.
        found: String,
    },
    /// Not YAML of the expected shape.
    #[error("{file}: {source}")]
    Yaml {
        /// Which file.
        file: &'static str,
        /// Why.
        source: serde_yaml_ng::Error,
    },
    /// Not CSV of the expected shape.
    #[error("{file}: {source}")]
    Csv {
        /// Which file.
        file: &'static str,
        /// Why.
        source: csv::Error,
    },
    /// Not JSON of the expected shape.
    #[error("{file}: {source}")]
    Json {
        /// Which file.
        file: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// A procedure contradicts itself or another table.
    #[error("procedure {procedure}: {what}")]
    Procedure {
        /// Which procedure.
        procedure: String,
        /// What is wrong.
        what: String,
    },
    /// A script contradicts itself.
    #[error("scripts: {what}")]
    Script {
        /// What is wrong.
        what: String,
    },
    /// A row contradicts itself.
    #[error("{file}, row {row}: {what}")]
    Row {
        /// Which file.
        file: &'static str,
        /// Key of the row.
        row: String,
        /// What is wrong.
        what: String,
    },
}

/// A log entry that cannot follow what came before it: the log is not one that this crate's rules produced. Fatal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The procedure has no such step.
    #[error("the procedure has no step {step}")]
    UnknownStep {
        /// The step named.
        step: StepId,
    },
    /// Attempts are not 1, 2, 3…, or the attempt named is not the newest.
    #[error("{step}: attempt {attempt} does not follow")]
    Attempt {
        /// The step named.
        step: StepId,
        /// The attempt named.
        attempt: u32,
    },
    /// A decision stands already, or what needs one came before it.
    #[error("{what} does not fit the decision so far")]
    Decision {
        /// The entry type.
        what: &'static str,
    },
}

/// Why a value is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueProblem {
    /// Another kind of value is expected.
    #[error("not of the kind {expected}")]
    Kind {
        /// The kind.
        expected: &'static str,
    },
    /// Not one of the values that may be chosen.
    #[error("not one of the choices")]
    Choice,
    /// Too small, too large, too few, too many, too long, or empty.
    #[error("out of range")]
    Range,
    /// The check digit or the birth date inside the number is wrong (GB 11643).
    #[error("the number's check digit or date is wrong")]
    IdNumber,
    /// In the future.
    #[error("in the future")]
    Future,
    /// The birth date is not the one in the number of the document.
    #[error("the birth date is not the one in the document's number")]
    BirthDate,
    /// What the seat or the law has not yet signed off, outside demo mode.
    #[error("not signed off by the legal officer")]
    NotSignedOff,
}

/// An act that is refused. Class *reject*: the case is unchanged, the caller may do something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another role must do it.
    #[error("{role:?} may not do this")]
    ActorNotAllowed {
        /// The caller's role.
        role: Role,
        /// Who may.
        allowed: Vec<Role>,
    },
    /// The procedure has no such step, or it is the server's own.
    #[error("no step {step} can be started")]
    StepUnknown {
        /// What was asked for.
        step: String,
    },
    /// An earlier step comes first.
    #[error("{step} is locked until {after} is complete")]
    StepLocked {
        /// What was asked for.
        step: StepId,
        /// What comes first.
        after: StepId,
        /// Its title.
        after_zh: String,
        /// Its title.
        after_en: String,
    },
    /// Another step is running.
    #[error("{running} is running")]
    StepRunning {
        /// Which.
        running: StepId,
    },
    /// The step is not running.
    #[error("{step} is not running")]
    StepNotRunning {
        /// Which.
        step: String,
    },
    /// The step is complete; to do it again takes a reason.
    #[error("{step} is complete")]
    StepComplete {
        /// Which.
        step: StepId,
    },
    /// Too many attempts.
    #[error("{step} was tried too often")]
    TooManyAttempts {
        /// Which.
        step: StepId,
    },
    /// Not the sentence whose turn it is.
    #[error("sentence {given} is not next")]
    SentenceOrder {
        /// What was read.
        given: String,
        /// What is next; none: all are read.
        expected: Option<String>,
    },
    /// Something must still be read.
    #[error("{step}: {sentence} is not read")]
    ScriptUnread {
        /// Which step.
        step: StepId,
        /// The next sentence.
        sentence: String,
    },
    /// The sentence has a blank that the case does not fill yet.
    #[error("sentence {sentence} lacks {placeholder}")]
    SentenceIncomplete {
        /// Which.
        sentence: String,
        /// The blank.
        placeholder: String,
        /// What it stands for.
        placeholder_zh: String,
    },
    /// The script was not signed off by the legal officer.
    #[error("script {script} is not signed off")]
    ScriptNotSignedOff {
        /// Which.
        script: String,
    },
    /// No step asks for such a field.
    #[error("no step asks for {field}")]
    FieldUnknown {
        /// Which.
        field: String,
    },
    /// The field follows from an act or a table and is not typed in.
    #[error("{field} is not typed in")]
    FieldDerived {
        /// Which.
        field: String,
    },
    /// The value is not accepted.
    #[error("{field}: {problem}")]
    FieldValue {
        /// Which.
        field: String,
        /// Why.
        problem: ValueProblem,
    },
    /// Something must still be entered.
    #[error("{step} still needs {fields:?}")]
    NeedsMissing {
        /// Which step.
        step: StepId,
        /// Fields; of alternatives all are named.
        fields: Vec<String>,
    },
    /// A guard does not hold.
    #[error("{step}: {} does not hold", guard.id)]
    GuardFailed {
        /// Which step.
        step: StepId,
        /// Which guard.
        guard: Box<Guard>,
    },
    /// A person must confirm a guard.
    #[error("{step}: {} is not confirmed", guard.id)]
    GuardNotConfirmed {
        /// Which step.
        step: StepId,
        /// Which guard.
        guard: Box<Guard>,
        /// Who must.
        by: Vec<Role>,
    },
    /// The step has no such guard for people.
    #[error("{step} has no guard {guard} to confirm")]
    GuardUnknown {
        /// Which step.
        step: StepId,
        /// What was named.
        guard: String,
    },
    /// The change would reopen steps: it takes the act `change_facts` with a reason.
    #[error("would reopen {steps:?}")]
    WouldReopen {
        /// Steps that would have to be repeated.
        steps: Vec<StepId>,
        /// Why.
        cause: Cause,
    },
    /// A reason must be given.
    #[error("a reason is missing")]
    ReasonMissing,
    /// The exit is not open from here.
    #[error("{exit} is not an exit from here")]
    ExitNotOpen {
        /// Which.
        exit: String,
    },
    /// The exit's sentences must be read first.
    #[error("{sentence} is to be read before leaving by {exit}")]
    ExitScriptUnread {
        /// Which exit.
        exit: String,
        /// The next sentence.
        sentence: String,
    },
    /// The case left the procedure or its session is over.
    #[error("the case is in state {state}")]
    CaseClosed {
        /// The state.
        state: String,
    },
    /// A decision stands and never changes.
    #[error("the decision stands")]
    DecisionStands,
    /// There is no decision yet.
    #[error("there is no decision yet")]
    NoDecision,
    /// The decision was not served, so its time limits do not run.
    #[error("the decision is not served")]
    NotServed,
    /// The recording must be sealed first.
    #[error("the session is not sealed")]
    NotSealed,
    /// It was done before.
    #[error("{what} was done before")]
    DoneBefore {
        /// The entry type.
        what: &'static str,
    },
    /// The number of the document has another form or another day.
    #[error("{number} is not a number of today")]
    DocumentNumber {
        /// What was given.
        number: String,
    },
    /// There is no fine to pay.
    #[error("there is no fine")]
    NoFine,
    /// The deadline is not over.
    #[error("not overdue")]
    NotOverdue,
    /// The case holds as many captures as it may.
    #[error("too many captures")]
    TooManyCaptures,
    /// A capture of that name exists.
    #[error("capture {capture} exists")]
    CaptureExists {
        /// Which.
        capture: String,
    },
}

impl Refusal {
    /// The step concerned, where one is.
    pub fn step(&self) -> Option<&StepId> {
        if let Self::StepLocked { step, .. }
        | Self::StepRunning { running: step }
        | Self::StepComplete { step }
        | Self::TooManyAttempts { step }
        | Self::ScriptUnread { step, .. }
        | Self::NeedsMissing { step, .. }
        | Self::GuardFailed { step, .. }
        | Self::GuardNotConfirmed { step, .. }
        | Self::GuardUnknown { step, .. } = self
        {
            Some(step)
        } else {
            None
        }
    }

    pub(crate) fn guard_failed(step: &Step, guard: &Guard) -> Self {
        Self::GuardFailed {
            step: step.id.clone(),
            guard: Box::new(guard.clone()),
        }
    }

    pub(crate) fn guard_not_confirmed(step: &Step, guard: &Guard, by: Vec<Role>) -> Self {
        Self::GuardNotConfirmed {
            step: step.id.clone(),
            guard: Box::new(guard.clone()),
            by,
        }
    }

    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ActorNotAllowed { .. } => "actor_not_allowed",
            Self::StepUnknown { .. } => "step_unknown",
            Self::StepLocked { .. } => "step_locked",
            Self::StepRunning { .. } => "step_running",
            Self::StepNotRunning { .. } => "step_not_running",
            Self::StepComplete { .. } => "step_complete",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::SentenceOrder { .. } => "sentence_order",
            Self::ScriptUnread { .. } => "script_unread",
            Self::SentenceIncomplete { .. } => "sentence_incomplete",
            Self::ScriptNotSignedOff { .. } => "script_not_signed_off",
            Self::FieldUnknown { .. } => "field_unknown",
            Self::FieldDerived { .. } => "field_derived",
            Self::FieldValue { .. } => "field_value",
            Self::NeedsMissing { .. } => "needs_missing",
            Self::GuardFailed { .. } => "guard_failed",
            Self::GuardNotConfirmed { .. } => "guard_not_confirmed",
            Self::GuardUnknown { .. } => "guard_unknown",
            Self::WouldReopen { .. } => "would_reopen",
            Self::ReasonMissing => "reason_missing",
            Self::ExitNotOpen { .. } => "exit_not_open",
            Self::ExitScriptUnread { .. } => "exit_script_unread",
            Self::CaseClosed { .. } => "case_closed",
            Self::DecisionStands => "decision_stands",
            Self::NoDecision => "no_decision",
            Self::NotServed => "not_served",
            Self::NotSealed => "not_sealed",
            Self::DoneBefore { .. } => "done_before",
            Self::DocumentNumber { .. } => "document_number",
            Self::NoFine => "no_fine",
            Self::NotOverdue => "not_overdue",
            Self::TooManyCaptures => "too_many_captures",
            Self::CaptureExists { .. } => "capture_exists",
        }
    }

    /// The guard that stands in the way, if one does.
    pub fn guard(&self) -> Option<&Guard> {
        if let Self::GuardFailed { guard, .. } | Self::GuardNotConfirmed { guard, .. } = self {
            Some(guard)
        } else {
            None
        }
    }

    /// The articles that ask for it; empty: a rule of the product.
    pub fn basis(&self) -> &[StatuteRef] {
        self.guard().map_or(&[], |g| &g.basis)
    }

    /// What to do, in Chinese, with the article.
    pub fn zh(&self) -> String {
        match self {
            Self::ActorNotAllowed { allowed, .. } => {
                format!("此操作由{}进行。", roles_zh(allowed, "或者"))
            }
            Self::StepUnknown { step } => format!("“{}”不能这样开始。", called_zh(step)),
            Self::StepLocked { after_zh, .. } => format!("请先完成“{after_zh}”。"),
            Self::StepRunning { running } => {
                format!("“{}”正在进行，请先完成。", called_zh(running.as_str()))
            }
            Self::StepNotRunning { step } => format!("“{}”没有开始，请先开始。", called_zh(step)),
            Self::StepComplete { step } => {
                format!(
                    "“{}”已经完成；需要重做的，请写明理由。",
                    called_zh(step.as_str())
                )
            }
            Self::TooManyAttempts { step } => {
                format!(
                    "“{}”重做次数过多，请结束本次处理。",
                    called_zh(step.as_str())
                )
            }
            Self::SentenceOrder {
                expected: Some(expected),
                ..
            } => {
                format!("请按顺序宣读，下一句是 {expected}。")
            }
            Self::SentenceOrder { expected: None, .. } => "本步骤的内容已经读完。".to_owned(),
            Self::ScriptUnread { sentence, .. } => format!("请继续宣读 {sentence}。"),
            Self::SentenceIncomplete { placeholder_zh, .. } => {
                format!("宣读前请先填写：{placeholder_zh}。")
            }
            Self::ScriptNotSignedOff { script } => {
                format!("话术 {script} 未经法制核对，不能使用。")
            }
            Self::FieldUnknown { field } => format!("没有“{field}”这一项。"),
            Self::FieldDerived { field } => {
                format!("{}由操作或者目录得出，不能直接填写。", called_zh(field))
            }
            Self::FieldValue { field, problem } => {
                format!("{}：{}。", called_zh(field), problem.zh())
            }
            Self::NeedsMissing { fields, .. } => {
                let fields: Vec<_> = fields.iter().map(|f| called_zh(f)).collect();
                format!("还缺：{}。", fields.join("、"))
            }
            Self::GuardFailed { guard, .. } => {
                format!("{}{}{}", guard.zh, cite(&guard.basis), guard.on_fail.zh())
            }
            Self::GuardNotConfirmed { guard, by, .. } => {
                format!(
                    "请{}确认：{}{}。",
                    roles_zh(by, "、"),
                    guard.zh,
                    cite(&guard.basis)
                )
            }
            Self::GuardUnknown { guard, .. } => format!("本步骤没有需要确认的事项 {guard}。"),
            Self::WouldReopen { steps, cause } => {
                let steps: Vec<_> = steps.iter().map(|s| called_zh(s.as_str())).collect();
                format!(
                    "{}，将重做：{}；请写明理由后变更。",
                    cause.words().0,
                    steps.join("、")
                )
            }
            Self::ReasonMissing => "请写明理由。".to_owned(),
            Self::ExitNotOpen { exit } => format!("现在不能转入“{}”。", called_zh(exit)),
            Self::ExitScriptUnread { sentence, .. } => format!("请先读完 {sentence}。"),
            Self::CaseClosed { state } => {
                format!("案件已经处于“{}”，不能再操作。", called_zh(state))
            }
            Self::DecisionStands => "决定已经作出，不能更改；更正须另出文书撤销原决定。".to_owned(),
            Self::NoDecision => "还没有作出决定。".to_owned(),
            Self::NotServed => "决定书还没有送达。".to_owned(),
            Self::NotSealed => "录制还没有封存。".to_owned(),
            Self::DoneBefore { .. } => "此项已经办理过。".to_owned(),
            Self::DocumentNumber { number } => {
                format!("文书编号 {number} 格式不对或者不是今天的。")
            }
            Self::NoFine => "没有罚款。".to_owned(),
            Self::NotOverdue => "期限还没有届满。".to_owned(),
            Self::TooManyCaptures => "本案的截图和照片已达上限。".to_owned(),
            Self::CaptureExists { capture } => format!("{capture} 已经存在。"),
        }
    }

    /// What to do, in English, with the article.
    pub fn en(&self) -> String {
        match self {
            Self::ActorNotAllowed { allowed, .. } => {
                format!("This is done by the {}.", roles_en(allowed, " or the "))
            }
            Self::StepUnknown { step } => {
                format!("“{}” is not started like this.", called_en(step))
            }
            Self::StepLocked { after_en, .. } => format!("Complete “{after_en}” first."),
            Self::StepRunning { running } => {
                format!(
                    "Complete “{}” first; it is running.",
                    called_en(running.as_str())
                )
            }
            Self::StepNotRunning { step } => format!("Start “{}” first.", called_en(step)),
            Self::StepComplete { step } => {
                let step = called_en(step.as_str());
                format!("“{step}” is complete. To do it again, give the reason.")
            }
            Self::TooManyAttempts { step } => {
                let step = called_en(step.as_str());
                format!("“{step}” was repeated too often. Leave by an exit.")
            }
            Self::SentenceOrder {
                expected: Some(expected),
                ..
            } => {
                format!("Read in order; {expected} is next.")
            }
            Self::SentenceOrder { expected: None, .. } => {
                "Everything in this step has been read.".to_owned()
            }
            Self::ScriptUnread { sentence, .. } => {
                format!("Go on reading: {sentence} is next.")
            }
            Self::SentenceIncomplete { placeholder, .. } => {
                format!("Enter {placeholder} before reading this sentence.")
            }
            Self::ScriptNotSignedOff { script } => {
                format!("Script {script} has not been signed off by the legal officer.")
            }
            Self::FieldUnknown { field } => format!("No step asks for {field}."),
            Self::FieldDerived { field } => {
                let field = called_en(field);
                format!("The {field} follows from an act or a table and is not typed in.")
            }
            Self::FieldValue { field, problem } => format!("{}: {problem}.", called_en(field)),
            Self::NeedsMissing { fields, .. } => {
                let fields: Vec<_> = fields.iter().map(|f| called_en(f)).collect();
                format!("Still missing: {}.", fields.join(", "))
            }
            Self::GuardFailed { guard, .. } => {
                format!("{}{}{}", guard.en, cite(&guard.basis), guard.on_fail.en())
            }
            Self::GuardNotConfirmed { guard, by, .. } => {
                let by = roles_en(by, " and the ");
                format!("The {by} must confirm: {}{}.", guard.en, cite(&guard.basis))
            }
            Self::GuardUnknown { guard, .. } => {
                format!("This step has nothing called {guard} to confirm.")
            }
            Self::WouldReopen { steps, cause } => {
                let steps: Vec<_> = steps.iter().map(|s| called_en(s.as_str())).collect();
                let (cause, steps) = (cause.words().1, steps.join(", "));
                format!(
                    "Because {cause}, these would be repeated: {steps}. Change it with a reason."
                )
            }
            Self::ReasonMissing => "Give a reason.".to_owned(),
            Self::ExitNotOpen { exit } => {
                format!("“{}” cannot be taken from here.", called_en(exit))
            }
            Self::ExitScriptUnread { sentence, .. } => format!("Read {sentence} first."),
            Self::CaseClosed { state } => {
                format!("The case has ended: {}.", called_en(state))
            }
            Self::DecisionStands => {
                "The decision stands; correct it by a new document that revokes it.".to_owned()
            }
            Self::NoDecision => "There is no decision yet.".to_owned(),
            Self::NotServed => "The decision has not been served yet.".to_owned(),
            Self::NotSealed => "The recording is not sealed yet.".to_owned(),
            Self::DoneBefore { .. } => "This was done before.".to_owned(),
            Self::DocumentNumber { number } => {
                format!("{number} is not a document number of today.")
            }
            Self::NoFine => "There is no fine.".to_owned(),
            Self::NotOverdue => "The deadline is not over.".to_owned(),
            Self::TooManyCaptures => "The case holds as many captures as it may.".to_owned(),
            Self::CaptureExists { capture } => format!("{capture} exists already."),
        }
    }
}

impl ValueProblem {
    fn zh(&self) -> &'static str {
        match self {
            Self::Kind { .. } => "格式不对",
            Self::Choice => "不在可选范围内",
            Self::Range => "超出允许范围",
            Self::IdNumber => "证件号码校验不通过，请重新核对（GB 11643）",
            Self::Future => "不能晚于现在",
            Self::BirthDate => "出生日期与证件号码不一致",
            Self::NotSignedOff => "未经法制核对，不能选用",
        }
    }
}

impl OnFail {
    fn zh(&self) -> String {
        match self {
            Self::Block => "，不满足，不能完成本步骤。".to_owned(),
            Self::Wait => "，请等候。".to_owned(),
            Self::RepeatStep => "，不满足，请从头重做本步骤。".to_owned(),
            Self::Overdue => "，已经逾期。".to_owned(),
            Self::Step(step) => format!("，不满足，请回到“{}”。", called_zh(step)),
            Self::Exit(exit) => format!("，不满足，请转入“{}”。", called_zh(exit)),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::Block => ": this does not hold, so the step stays open.".to_owned(),
            Self::Wait => ": please wait.".to_owned(),
            Self::RepeatStep => {
                ": this does not hold; repeat the step from its beginning.".to_owned()
            }
            Self::Overdue => ": the deadline is over.".to_owned(),
            Self::Step(step) => format!(": this does not hold; go back to “{}”.", called_en(step)),
            Self::Exit(exit) => format!(": this does not hold; leave by “{}”.", called_en(exit)),
        }
    }
}

/// What people call a field, a step or an exit; what has no name keeps its identifier.
fn called_zh(id: &str) -> &str {
    Tables::embedded().label(id).map_or(id, |l| &l.zh)
}

fn called_en(id: &str) -> &str {
    Tables::embedded().label(id).map_or(id, |l| &l.en)
}

fn roles_zh(roles: &[Role], between: &str) -> String {
    roles
        .iter()
        .map(|r| r.zh())
        .collect::<Vec<_>>()
        .join(between)
}

fn roles_en(roles: &[Role], between: &str) -> String {
    roles
        .iter()
        .map(|r| r.as_str())
        .collect::<Vec<_>>()
        .join(between)
}

/// `（《道路交通安全法》第一百零七条）`, or nothing.
fn cite(basis: &[StatuteRef]) -> String {
    if basis.is_empty() {
        String::new()
    } else {
        format!("（{}）", crate::statute::join_zh(basis))
    }
}
