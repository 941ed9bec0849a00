//! Machine guards: each asks one question about the case, as its article does.

use crate::act::{Finding, PayMethod};
use crate::calendar::shanghai;
use crate::case::state::{Attempt, Defence, Signing};
use crate::case::{Case, FULL_POINTS};
use crate::catalogue::{Cash, Handling, OnSpot};
use crate::context::{Context, Rank, Role};
use crate::field::content_cause;
use crate::identity::age_on;
use crate::penalty::Proposal;
use crate::procedure::{Check, Guard, Phase, Predicate, Step};

/// How a guard stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Its condition does not arise.
    NotApplicable,
    /// It holds.
    Holds,
    /// People must still confirm it.
    Unconfirmed(Vec<Role>),
    /// It does not hold, or cannot be computed from what was entered.
    Fails,
}

impl Case<'_> {
    pub(crate) fn judge(&self, guard: &Guard, step: &Step, context: &Context) -> Judgement {
        let applies = guard.only_if.is_none_or(|c| self.applies(c, step))
            && !guard.unless.is_some_and(|c| self.applies(c, step));
        if !applies {
            return Judgement::NotApplicable;
        }
        match &guard.check {
            Check::Machine(predicate) if self.holds(predicate, step, context) => Judgement::Holds,
            Check::Machine(_) => Judgement::Fails,
            Check::Human { confirmed_by } => self.confirmation(guard, step, confirmed_by),
        }
    }

    /// The roles that must confirm a guard of a step; empty: any one of officer and seat.
    pub(crate) fn confirmers<'a>(step: &'a Step, confirmed_by: &'a [Role]) -> &'a [Role] {
        if confirmed_by.is_empty() {
            &step.confirmed_by
        } else {
            confirmed_by
        }
    }

    fn confirmation(&self, guard: &Guard, step: &Step, confirmed_by: &[Role]) -> Judgement {
        // An oral warning is proposed exactly because the act is minor (道路交通安全法:87.2).
        if guard.id == "not_minor_violation" && self.proposal() == Some(Proposal::OralWarning) {
            return Judgement::Fails;
        }
        if guard.id == "identity_confirmed" && self.state.flag("face_matches_photo") == Some(false)
        {
            return Judgement::Fails;
        }
        let needed = Self::confirmers(step, confirmed_by);
        let Some(attempt) = self.state.latest(&step.id) else {
            return Judgement::Unconfirmed(or_either(needed));
        };
        let found = |role: Role| {
            attempt
                .confirmed
                .get(&(guard.id.clone(), role))
                .map(|c| c.finding)
        };
        let everyone = [Role::Officer, Role::Seat];
        if everyone.iter().any(|r| found(*r) == Some(Finding::Fails)) {
            return Judgement::Fails;
        }
        let missing: Vec<Role> = needed
            .iter()
            .copied()
            .filter(|r| found(*r).is_none())
            .collect();
        if needed.is_empty() && everyone.iter().all(|r| found(*r).is_none()) {
            return Judgement::Unconfirmed(everyone.to_vec());
        }
        if missing.is_empty() {
            Judgement::Holds
        } else {
            Judgement::Unconfirmed(missing)
        }
    }

    fn holds(&self, predicate: &Predicate, step: &Step, context: &Context) -> bool {
        let recording = &context.recording;
        match predicate {
            Predicate::SeatAvailable => self.state.call == crate::case::state::Call::Answered,
            Predicate::RecorderHealthy => recording.recorder_healthy(),
            Predicate::BothLegsRecorded => recording.both_legs_live(),
            Predicate::QualifiedOfficersAtLeast { n } => self.enough_officers(*n, context),
            Predicate::RecordingNoticeGiven => {
                self.state.flag("recording_notice_given") == Some(true)
            }
            Predicate::PartyAgeAtLeast { years } => self.party_is_at_least(*years, context),
            Predicate::EvidenceItemsAtLeast { n } => self.evidence_items() >= u64::from(*n),
            Predicate::ViolationOnSpotAllowed => self
                .violation()
                .is_some_and(|v| v.on_spot == OnSpot::Allowed),
            Predicate::FineWithinStatute => self.penalty_is_statutory(),
            Predicate::FineAtMost { yuan } => {
                self.proposal().is_some()
                    && self
                        .penalty()
                        .and_then(|p| p.fine_yuan())
                        .is_none_or(|f| f <= *yuan)
            }
            Predicate::PenaltyOnlyWarningOrFine => self
                .violation()
                .is_some_and(|v| v.handling != Handling::General),
            Predicate::PointsBelowFull => self.points_stay_below_full(),
            Predicate::ScriptReadToEnd => self.script_is_read(step),
            Predicate::NoGapInStep => self
                .state
                .latest(&step.id)
                .is_some_and(|a| Self::is_unbroken(a, context)),
            Predicate::DefenceHeardOrWaived => self.state.defence != Defence::Unheard,
            Predicate::PenaltyNotHeavierAfterDefence => !self.heavier_than_ceiling(),
            Predicate::UpheldDefenceFollowed => {
                self.state.text("defence_finding") != Some("upheld")
            }
            Predicate::ReviewerNotEditor => !self.edited_by(&context.actor.handle),
            Predicate::RecordedStepsComplete => self.recorded_steps_count(step, context),
            Predicate::ReviewApproved => self.state.text("verdict") == Some("approved"),
            Predicate::NoticeMatchesDecision => self.notice_matches(),
            Predicate::ReconsiderationTextPrinted => self.remedy_text(context).is_some(),
            Predicate::SignatureOrRefusal => self.state.signing != Signing::Open,
            Predicate::ElectronicDeliveryAgreed => self
                .state
                .fields
                .contains_key("electronic_delivery_consent"),
            Predicate::PapersReturned => self.state.flag("papers_returned") == Some(true),
            Predicate::NoMissingSegment => recording.segments_missing == 0,
            Predicate::WithinDeadline { .. } => {
                self.due(step).is_none_or(|due| context.now <= due.at)
            }
            Predicate::CashOnlyWhereAllowed => {
                self.state
                    .paid
                    .as_ref()
                    .is_none_or(|p| p.method != PayMethod::Cash)
                    || self.cash_is_allowed()
            }
        }
    }

    /// 行政处罚法:42.1; 道路交通安全违法行为处理程序规定:44.1. Somebody must stand at the scene.
    pub(crate) fn enough_officers(&self, n: u32, context: &Context) -> bool {
        let qualified = |role| {
            context
                .officers
                .iter()
                .filter(|o| o.role == role && o.rank == Rank::Qualified)
                .count()
        };
        let seats = if self.procedure.counts_as_second_officer {
            qualified(Role::Seat)
        } else {
            0
        };
        qualified(Role::Officer) >= 1 && qualified(Role::Officer) + seats >= n as usize
    }

    /// 行政处罚法:30: the age at the time of the act counts, today's where no time was entered yet.
    fn party_is_at_least(&self, years: u8, context: &Context) -> bool {
        let day = shanghai(self.time("violation_time").unwrap_or(context.now)).date();
        let birth = self.state.value("birth_date").and_then(|v| v.as_date());
        birth.is_some_and(|birth| age_on(birth, day) >= i16::from(years))
    }

    /// 行政处罚法:40.
    pub(crate) fn evidence_items(&self) -> u64 {
        self.state
            .captures
            .iter()
            .filter(|c| c.kind == "evidence")
            .count() as u64
    }

    /// 道路交通安全法:89, 90, 93.2: never outside the range, and a warning only where the article names one.
    fn penalty_is_statutory(&self) -> bool {
        match (self.violation(), self.proposal()) {
            (Some(violation), Some(Proposal::Penalty(penalty))) => violation.allows(penalty),
            (Some(_), Some(Proposal::OralWarning)) => true,
            (None, _) | (_, None) => false,
        }
    }

    /// 道路交通安全法:24.1. Where points follow, those so far must be known.
    fn points_stay_below_full(&self) -> bool {
        match (self.violation(), self.points()) {
            (None, _) => false,
            (Some(_), None | Some(0)) => true,
            (Some(_), Some(points)) => self
                .state
                .number("points_so_far")
                .is_some_and(|so_far| so_far + u64::from(points) < u64::from(FULL_POINTS)),
        }
    }

    /// 行政处罚法:44: the notice is read from the first sentence to the last.
    pub(crate) fn script_is_read(&self, step: &Step) -> bool {
        let Some((_, step)) = self.procedure.step(step.id.as_str()) else {
            return false;
        };
        self.state
            .latest(&step.id)
            .is_some_and(|attempt| self.next_sentence(step, attempt).is_none())
    }

    /// 行政处罚法:47: both legs flowed without a break from the attempt's beginning to its end, or until now.
    pub(crate) fn is_unbroken(attempt: &Attempt, context: &Context) -> bool {
        match attempt.completed() {
            Some(end) => !context
                .recording
                .gap_between(attempt.started.mono_us, end.mono_us),
            None => context.recording.unbroken_since(attempt.started.mono_us),
        }
    }

    /// 行政处罚法:45.2.
    pub(crate) fn heavier_than_ceiling(&self) -> bool {
        let Some(ceiling) = self.state.ceiling else {
            return false;
        };
        let heavier = self.penalty().is_some_and(|p| p > ceiling.penalty);
        heavier || self.points().is_some_and(|p| p > ceiling.points)
    }

    /// Whether what the case is about was worded by that person. What the catalogue gives is nobody's edit.
    fn edited_by(&self, handle: &str) -> bool {
        self.state.fields.iter().any(|(name, held)| {
            let content = content_cause(name).is_some()
                || ["defence_finding", "finding_reason"].contains(&name.as_str());
            content && held.by.handle == handle && held.value != self.catalogue_value(name)
        })
    }

    /// 行政处罚法:47: every recorded step before this one counts, and no gap touches it.
    pub(crate) fn recorded_steps_count(&self, step: &Step, context: &Context) -> bool {
        let before = self.procedure.steps.iter().take_while(|s| s.id != step.id);
        before
            .filter(|s| s.phase == Phase::Session && s.recorded)
            .all(|s| {
                self.counting(s)
                    .is_some_and(|a| Self::is_unbroken(a, context))
            })
    }

    /// 行政处罚法:44, 62: facts, basis and penalty are those that were notified.
    fn notice_matches(&self) -> bool {
        let Some(notice) = &self.state.notice else {
            return false;
        };
        let now = self
            .state
            .fields
            .iter()
            .filter(|(name, _)| content_cause(name).is_some());
        let same = now
            .map(|(name, held)| (name, &held.value))
            .eq(&notice.content);
        same && self.penalty() == Some(notice.penalty) && self.points() == notice.points
    }

    /// 道路交通安全法:108.2: pedestrians, passengers and non-motor drivers.
    pub(crate) fn cash_is_allowed(&self) -> bool {
        self.violation().is_some_and(|v| v.cash == Cash::Allowed)
    }
}

fn or_either(needed: &[Role]) -> Vec<Role> {
    if needed.is_empty() {
        vec![Role::Officer, Role::Seat]
    } else {
        needed.to_vec()
    }
}
