//! Questions about a case that its keeper asks, beside the view for screens.

use ids::{Sid, StepId, UtcMillis};

use super::Case;
use crate::act::Head;
use crate::context::Context;
use crate::document::{DecisionDraft, DocumentNumber};
use crate::procedure::Phase;

impl Case<'_> {
    /// Whether the recording may be sealed: the procedure was left by an exit, or every step before the seal is done.
    pub fn may_seal(&self) -> bool {
        let session = self
            .procedure
            .steps
            .iter()
            .filter(|s| s.phase == Phase::Session && !self.writes(s, "session.sealed"));
        self.is_closed() || session.into_iter().all(|s| self.is_done(s))
    }

    /// Whether there has been an attempt at a step that is running or completed.
    pub fn was_begun(&self, step: &StepId) -> bool {
        self.state
            .latest(step)
            .is_some_and(|attempt| attempt.is_running() || attempt.completed().is_some())
    }

    /// Whether a step is done, after the seal too.
    pub fn is_step_done(&self, step: &StepId) -> bool {
        self.procedure
            .step(step.as_str())
            .is_some_and(|(_, step)| self.is_done(step))
    }

    /// When the decision was made.
    pub fn decided_at(&self) -> Option<UtcMillis> {
        self.state.decision.as_ref().map(|decision| decision.at)
    }

    /// The decision as it would read once it may be made; none as long as facts or proposal are not complete, and once it
    /// is made.
    pub fn preview_decision(
        &self,
        number: &DocumentNumber,
        sid: Sid,
        head: &Head,
        context: &Context,
    ) -> Option<DecisionDraft> {
        if self.state.decision.is_some() {
            return None;
        }
        self.compose_decision(number, sid, head, context).ok()
    }
}
