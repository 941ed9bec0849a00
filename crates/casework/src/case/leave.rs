//! Ways out, and what follows after the seal.

use ids::StepId;

use crate::act::{FileRef, PayMethod};
use crate::case::decide::REVOKED;
use crate::case::enter::allow;
use crate::case::{Case, roles_of};
use crate::context::{Context, Role};
use crate::deadline::late_fee_fen;
use crate::error::Refusal;
use crate::event::Event;
use crate::procedure::Predicate;
use crate::value::clean_text;

impl<'t> Case<'t> {
    /// The exits that may be taken where the case stands.
    pub(crate) fn open_exits(&self) -> Vec<&'t str> {
        if self.is_closed() || self.state.sealed.is_some() {
            return Vec::new();
        }
        let current = self.current().map_or(&[][..], |(_, step)| &step.exits);
        // The seat returns by its review, and a decision is revoked by others.
        current
            .iter()
            .map(String::as_str)
            .filter(|e| ![RETURNED, REVOKED].contains(e))
            .collect()
    }

    pub(super) fn exit(
        &self,
        exit: &str,
        reason: &str,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        if exit == REVOKED {
            allow(context, &[Role::Chief, Role::Reviewer])?;
            let decision = self.decided()?.number.clone();
            let reason = Some(clean_text(reason).map_err(|_| Refusal::ReasonMissing)?);
            return Ok(vec![Event::CaseRevoked { decision, reason }]);
        }
        allow(context, &[Role::Officer, Role::Seat])?;
        let not_open = || Refusal::ExitNotOpen {
            exit: exit.to_owned(),
        };
        if !self.open_exits().contains(&exit) {
            return Err(not_open());
        }
        let reason = Some(clean_text(reason).map_err(|_| Refusal::ReasonMissing)?);
        let (_, step) = self.current().ok_or_else(not_open)?;
        if let Some(unread) = self.unread_before_exit(step, exit) {
            return Err(Refusal::ExitScriptUnread {
                exit: exit.to_owned(),
                sentence: unread.id.clone(),
            });
        }
        Ok(vec![Event::CaseExited {
            exit: exit.to_owned(),
            step: step.id.clone(),
            reason,
        }])
    }

    pub(super) fn note_overdue(
        &self,
        id: &StepId,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        allow(context, &[Role::Server])?;
        let (_, step) = self
            .procedure
            .step(id.as_str())
            .ok_or_else(|| Refusal::StepUnknown {
                step: id.to_string(),
            })?;
        let due = self.due(step).ok_or(Refusal::NotOverdue)?;
        let nothing_to_pay =
            self.writes(step, "case.paid") && self.decided()?.penalty.fine_yuan().is_none();
        if context.now <= due.at || self.is_done(step) || nothing_to_pay {
            return Err(Refusal::NotOverdue);
        }
        if self.state.overdue.contains_key(id) {
            return Err(Refusal::DoneBefore {
                what: "case.overdue",
            });
        }
        Ok(vec![Event::CaseOverdue {
            step: id.clone(),
            due: due.at,
        }])
    }

    pub(super) fn file(&self, receipt: &FileRef, context: &Context) -> Result<Vec<Event>, Refusal> {
        let decision = self.decided()?.number.clone();
        let (_, step) = self
            .procedure
            .writer("case.filed")
            .ok_or(Refusal::NoDecision)?;
        allow(context, &roles_of(step))?;
        if self.state.filed.is_some() {
            return Err(Refusal::DoneBefore { what: "case.filed" });
        }
        let due = self.due(step).ok_or(Refusal::NoDecision)?.at;
        Ok(vec![Event::CaseFiled {
            decision,
            due,
            file: receipt.clone(),
        }])
    }

    pub(super) fn pay(
        &self,
        method: PayMethod,
        receipt: &FileRef,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        let made = self.decided()?;
        let (_, step) = self
            .procedure
            .writer("case.paid")
            .ok_or(Refusal::NoDecision)?;
        // Payment is known from the bank or the platform, so the server and the office note it too.
        allow(
            context,
            &[Role::Server, Role::Officer, Role::Party, Role::Clerk],
        )?;
        let fine_yuan = made.penalty.fine_yuan().ok_or(Refusal::NoFine)?;
        if self.state.paid.is_some() {
            return Err(Refusal::DoneBefore { what: "case.paid" });
        }
        if method == PayMethod::Cash && !self.cash_is_allowed() {
            let cash = self.named_guard(&Predicate::CashOnlyWhereAllowed);
            return Err(cash.map_or(Refusal::NoFine, |(step, guard)| {
                Refusal::guard_failed(step, guard)
            }));
        }
        let due = self.due(step).ok_or(Refusal::NotServed)?;
        let late_fee_fen = late_fee_fen(fine_yuan, &due, context.now);
        Ok(vec![Event::CasePaid {
            decision: made.number.clone(),
            due: due.at,
            method,
            fine_yuan,
            late_fee_fen,
            file: receipt.clone(),
        }])
    }
}

/// The seat returns a case by its review, never by an exit.
const RETURNED: &str = "RETURNED";
