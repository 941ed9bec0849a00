//! The one thing to do next: what the primary button of every screen says.

use serde::Serialize;

use crate::case::state::{Attempt, Call, Defence, Service, Signing};
use crate::case::{Case, roles_of};
use crate::context::{Context, Role};
use crate::error::Refusal;
use crate::penalty::Penalty;
use crate::procedure::{OnFail, Phase, Step};
use crate::view::Words;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseNext))]
pub struct Next {
    /// What.
    pub action: NextAction,
    /// In which step.
    pub step: Option<String>,
    /// The sentence, guard or exit it is about.
    pub about: Option<String>,
    /// The fields it is about.
    pub fields: Vec<String>,
    /// Who may do it; empty: nobody needs to.
    pub by: Vec<Role>,
    /// In words.
    pub words: Words,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseNextAction))]
#[serde(rename_all = "snake_case")]
pub enum NextAction {
    /// A seat has to answer.
    WaitForSeat,
    /// Everybody's sound and picture have to arrive.
    WaitForRecording,
    /// Recording has to come back.
    RestoreRecording,
    /// `start_step`.
    StartStep,
    /// `restart_step`.
    RestartStep,
    /// `read_sentence`, named in `about`.
    ReadSentence,
    /// `set_fields`, named in `fields`.
    Enter,
    /// `add_capture` of the kinds named in `fields`.
    Capture,
    /// `change_facts`: what was proposed has to change.
    ChangeFacts,
    /// `confirm_guard`, named in `about`.
    Confirm,
    /// `state_defence` or `waive_defence`.
    HearParty,
    /// `complete_step`.
    CompleteStep,
    /// `review`.
    Review,
    /// Draft, look, `issue_decision`.
    Decide,
    /// `sign` or `refuse_signature`.
    Sign,
    /// `deliver` or `refuse_delivery`.
    Deliver,
    /// `release`.
    Release,
    /// `exit`, named in `about`.
    Leave,
    /// Hang up; the server seals.
    Seal,
    /// `file`.
    File,
    /// `pay`.
    Pay,
    /// Nothing.
    Nothing,
}

impl NextAction {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::WaitForSeat => ("等待坐席接听", "Wait for a seat to answer"),
            Self::WaitForRecording => (
                "等待两路声音、画面开始录制",
                "Wait until both sides are being recorded",
            ),
            Self::RestoreRecording => ("等待录制恢复", "Wait until recording is sound again"),
            Self::StartStep => ("开始本步骤", "Start this step"),
            Self::RestartStep => ("从头重做本步骤", "Do this step again from the beginning"),
            Self::ReadSentence => ("宣读下一句", "Read the next sentence"),
            Self::Enter => ("填写缺少的内容", "Enter what is missing"),
            Self::Capture => ("拍照或者截图取证", "Take a picture"),
            Self::ChangeFacts => (
                "变更拟处罚并重新告知",
                "Change the proposal and notify again",
            ),
            Self::Confirm => ("核对并确认", "Check and confirm"),
            Self::HearParty => (
                "听取陈述申辩，或者记录放弃",
                "Hear the party, or note the waiver",
            ),
            Self::CompleteStep => ("完成本步骤", "Complete this step"),
            Self::Review => ("坐席审核", "The seat reviews"),
            Self::Decide => ("制作决定书", "Make the decision"),
            Self::Sign => (
                "请当事人签名，或者注明拒签",
                "Ask for the signature, or note the refusal",
            ),
            Self::Deliver => (
                "交付决定书，或者注明拒收",
                "Hand over the decision, or note the refusal",
            ),
            Self::Release => ("交还证件并放行", "Return the papers and release"),
            Self::Leave => ("转出本程序", "Leave this procedure"),
            Self::Seal => ("结束通话，封存录制", "End the call and seal the recording"),
            Self::File => ("报备案", "File the decision"),
            Self::Pay => ("登记缴款", "Note the payment"),
            Self::Nothing => ("已经办结", "Nothing is left to do"),
        }
    }
}

impl<'t> Case<'t> {
    pub(super) fn next(&self, context: &Context) -> Next {
        let sealed = self.state.sealed.is_some();
        if self.is_closed() && !sealed {
            return make(NextAction::Seal, None, vec![Role::Server]);
        }
        if sealed {
            return self.next_after_seal();
        }
        let Some((_, step)) = self.current() else {
            return make(NextAction::Nothing, None, Vec::new());
        };
        if step.is_system() || self.state.call != Call::Answered {
            return self.next_of_server(step);
        }
        match self.running() {
            Some((_, attempt)) => self.next_in_step(step, attempt, context),
            None => self.next_to_start(step, context),
        }
    }

    fn next_of_server(&self, step: &Step) -> Next {
        let action = if self.writes(step, "session.sealed") {
            NextAction::Seal
        } else if self.state.call == Call::Answered {
            NextAction::WaitForRecording
        } else {
            NextAction::WaitForSeat
        };
        make(action, Some(step), vec![Role::Server])
    }

    fn next_to_start(&self, step: &Step, context: &Context) -> Next {
        let action = if step.recorded && self.recording_refusal(context).is_some() {
            NextAction::RestoreRecording
        } else if self.writes(step, "review.made") {
            NextAction::Review
        } else if self.writes(step, "decision.made") {
            NextAction::Decide
        } else {
            NextAction::StartStep
        };
        make(action, Some(step), roles_of(step))
    }

    fn next_after_seal(&self) -> Next {
        let step = |entry| self.procedure.writer(entry).map(|(_, s)| s);
        let decided = self.decision().filter(|_| !self.is_closed());
        match (decided, &self.state.filed, &self.state.paid) {
            (Some(_), None, _) => make(NextAction::File, step("case.filed"), vec![Role::Officer]),
            (Some(made), Some(_), None)
                if made.penalty.fine_yuan().is_some() && self.state.received().is_some() =>
            {
                make(
                    NextAction::Pay,
                    step("case.paid"),
                    vec![Role::Party, Role::Clerk],
                )
            }
            (Some(_) | None, _, _) => make(NextAction::Nothing, None, Vec::new()),
        }
    }

    fn next_in_step(&self, step: &'t Step, attempt: &Attempt, context: &Context) -> Next {
        if step.recorded && self.recording_refusal(context).is_some() {
            return make(NextAction::RestoreRecording, Some(step), Vec::new());
        }
        if step.recorded && !Self::is_unbroken(attempt, context) {
            return make(NextAction::RestartStep, Some(step), roles_of(step));
        }
        if self.writes(step, "review.made") {
            return make(NextAction::Review, Some(step), roles_of(step));
        }
        if self.writes(step, "decision.made") {
            return make(NextAction::Decide, Some(step), roles_of(step));
        }
        if let Some(next) = self.next_of_party(step, attempt) {
            return next;
        }
        if let Some((script, sentence)) = self.next_sentence(step, attempt)
            && self.fill(sentence, step, context).missing.is_none()
        {
            let next = make(
                NextAction::ReadSentence,
                Some(step),
                script.read_by.roles().to_vec(),
            );
            return Next {
                about: Some(sentence.id.clone()),
                ..next
            };
        }
        match self.open_points(step, context).into_iter().next() {
            None => make(NextAction::CompleteStep, Some(step), roles_of(step)),
            Some(refusal) => self.next_by_refusal(step, refusal),
        }
    }

    /// Where the next move is the party's: the defence, the signature, the receipt.
    fn next_of_party(&self, step: &'t Step, attempt: &Attempt) -> Option<Next> {
        let asked = self
            .next_sentence(step, attempt)
            .is_none_or(|(_, s)| s.speaker == Role::Party);
        if self.writes(step, "defence.recorded") && self.state.defence == Defence::Unheard && asked
        {
            return Some(make(NextAction::HearParty, Some(step), roles_of(step)));
        }
        // SC03 or SC05 ends with the request; what follows is read while the pen moves.
        let requested = ["SC03.1", "SC05.1"]
            .iter()
            .any(|s| attempt.read.iter().any(|r| r == s));
        if self.writes(step, "party.signed") && self.state.signing == Signing::Open && requested {
            return Some(make(NextAction::Sign, Some(step), roles_of(step)));
        }
        if self.writes(step, "delivery.made") && self.state.service == Service::Open {
            return Some(make(NextAction::Deliver, Some(step), roles_of(step)));
        }
        None
    }

    fn next_by_refusal(&self, step: &Step, refusal: Refusal) -> Next {
        let officers = || vec![Role::Officer, Role::Seat];
        if let Refusal::NeedsMissing { fields, .. } = refusal {
            if fields == ["papers_returned"] {
                return make(NextAction::Release, Some(step), roles_of(step));
            }
            // Media fields are filled by captures; a form asks for the others first.
            let (captured, entered): (Vec<_>, Vec<_>) = fields.into_iter().partition(|f| {
                self.procedure
                    .field(f)
                    .is_some_and(|(_, field)| field.kind == crate::procedure::FieldKind::Media)
            });
            let (action, fields) = if entered.is_empty() {
                (NextAction::Capture, captured)
            } else {
                (NextAction::Enter, entered)
            };
            return Next {
                fields,
                ..make(action, Some(step), officers())
            };
        }
        if let Refusal::GuardNotConfirmed { guard, by, .. } = refusal {
            return Next {
                about: Some(guard.id),
                ..make(NextAction::Confirm, Some(step), by)
            };
        }
        if let Refusal::GuardFailed { guard, .. } = refusal {
            let enter = || make(NextAction::Enter, Some(step), officers());
            return match guard.on_fail {
                OnFail::Exit(exit) => Next {
                    about: Some(exit),
                    ..make(NextAction::Leave, Some(step), officers())
                },
                // Below a warning there is nothing to change to: the case is dropped.
                OnFail::Step(_) if self.penalty() == Some(Penalty::Warning) => Next {
                    about: Some("NOT_PUNISHED".to_owned()),
                    ..make(NextAction::Leave, Some(step), officers())
                },
                OnFail::Step(_) => make(NextAction::ChangeFacts, Some(step), officers()),
                OnFail::RepeatStep => make(NextAction::RestartStep, Some(step), roles_of(step)),
                OnFail::Block | OnFail::Wait | OnFail::Overdue => Next {
                    about: Some(guard.id),
                    ..enter()
                },
            };
        }
        if let Refusal::FieldValue { field, .. } = refusal {
            return Next {
                fields: vec![field],
                ..make(NextAction::Enter, Some(step), officers())
            };
        }
        // A sentence with an open blank: what fills it comes from an earlier step or from the office's settings.
        make(NextAction::Enter, Some(step), officers())
    }
}

fn make(action: NextAction, step: Option<&Step>, by: Vec<Role>) -> Next {
    debug_assert!(step.is_none_or(
        |s| s.phase == Phase::Session || matches!(action, NextAction::File | NextAction::Pay)
    ));
    let (zh, en) = action.words();
    Next {
        action,
        step: step.map(|s| s.id.to_string()),
        about: None,
        fields: Vec::new(),
        by,
        words: Words {
            zh: zh.to_owned(),
            en: en.to_owned(),
        },
    }
}
