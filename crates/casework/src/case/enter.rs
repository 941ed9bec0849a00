//! Entering values.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::case::Case;
use crate::context::{Context, Role};
use crate::error::{Refusal, ValueProblem};
use crate::event::{Event, Reason, Stamp};
use crate::field::{content_cause, is_derived, is_kept, is_personal};
use crate::guard::Judgement;
use crate::identity::resident_id_birth_date;
use crate::procedure::{CatalogueColumn, Cause, Check, Choices, Field, FieldKind, Predicate};
use crate::value::{Value, clean_text};

impl Case<'_> {
    /// `why` none: refused where a completed step would be reopened.
    pub(crate) fn enter(
        &self,
        values: &BTreeMap<String, Json>,
        why: Option<&str>,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        allow(context, &[Role::Officer, Role::Seat])?;
        let mut accepted = BTreeMap::new();
        for (name, json) in values {
            accepted.insert(name.clone(), self.accept(name, json, context)?);
        }
        self.add_birth_date(&mut accepted);
        accepted.retain(|name, value| !self.holds_already(name, value, context));
        if accepted.is_empty() {
            return Ok(Vec::new());
        }
        let reason = why
            .map(|why| clean_text(why).map_err(|_| Refusal::ReasonMissing))
            .transpose()?;
        let causes = self.causes(&accepted);
        let entered = self.fields_event(accepted, reason.clone());
        let reopened = self.reopened_by(&causes);
        if let (Some(cause), None) = (reopened.values().next(), &reason) {
            let steps = reopened
                .keys()
                .map(|p| self.procedure.steps[*p].id.clone())
                .collect();
            return Err(Refusal::WouldReopen {
                steps,
                cause: *cause,
            });
        }
        let mut events = vec![entered];
        events.extend(self.invalidate_all(&reopened, None));
        let mut after = self.clone();
        events
            .iter()
            .for_each(|event| after.take_in(event, context));
        after.check_law(context)?;
        Ok(events)
    }

    /// A `case.fields` event with each value on its side of the line between open and personal.
    pub(crate) fn fields_event(&self, values: BTreeMap<String, Value>, reason: Reason) -> Event {
        let mut open = BTreeMap::new();
        let mut private = BTreeMap::new();
        for (name, value) in values {
            let kind = self
                .procedure
                .field(&name)
                .map_or(FieldKind::Text, |(_, f)| f.kind);
            if is_personal(&name, kind) {
                private.insert(name, Some(value));
            } else {
                open.insert(name, value);
            }
        }
        Event::FieldsSet {
            open,
            private,
            reason,
        }
    }

    /// Applies an event of an act in progress to a copy that is looked at and thrown away.
    pub(crate) fn take_in(&mut self, event: &Event, context: &Context) {
        self.apply(event, &Stamp::of(context))
            .expect("an event that this case has just produced follows from it");
    }

    fn accept(&self, name: &str, json: &Json, context: &Context) -> Result<Value, Refusal> {
        let (step, field) = self
            .procedure
            .field(name)
            .ok_or_else(|| Refusal::FieldUnknown {
                field: name.to_owned(),
            })?;
        if is_derived(name) {
            return Err(Refusal::FieldDerived {
                field: name.to_owned(),
            });
        }
        let bad = |problem| Refusal::FieldValue {
            field: name.to_owned(),
            problem,
        };
        let value = Value::accept(field, json, context.now).map_err(bad)?;
        let position = self.procedure.step(step.id.as_str()).map_or(0, |(i, _)| i);
        if self.state.decision.is_some() && position <= self.decision_position() {
            return Err(Refusal::DecisionStands);
        }
        // A value that belongs to one attempt is entered while that attempt runs.
        let lasting = content_cause(name).is_some() || is_kept(name);
        if !lasting
            && self
                .running()
                .is_none_or(|(running, _)| running.id != step.id)
        {
            return Err(Refusal::StepNotRunning {
                step: step.id.to_string(),
            });
        }
        self.check_choice(field, &value, context).map_err(bad)?;
        if let (FieldKind::IdNumber, Some(number)) = (field.kind, value.as_text())
            && self.must_be_resident_number(name)
            && resident_id_birth_date(number).is_none()
        {
            return Err(bad(ValueProblem::IdNumber));
        }
        Ok(value)
    }

    /// GB 11643 holds for resident ID cards and for the driving licences of those who have one.
    pub(crate) fn must_be_resident_number(&self, field: &str) -> bool {
        const RESIDENT_CARDS: [&str; 2] = ["A", "M"];
        const OF_FOREIGNERS: [&str; 4] = ["F", "G", "I", "Q"];
        let kind = self.state.text("id_doc_type");
        match field {
            "licence_no" => kind.is_none_or(|k| !OF_FOREIGNERS.contains(&k)),
            _ => kind.is_some_and(|k| RESIDENT_CARDS.contains(&k)),
        }
    }

    fn check_choice(
        &self,
        field: &Field,
        value: &Value,
        context: &Context,
    ) -> Result<(), ValueProblem> {
        let Some(choice) = value.as_text() else {
            return Ok(());
        };
        let known = match &field.choices {
            Choices::Any => true,
            Choices::Listed(words) => words.iter().any(|w| w == choice),
            Choices::Codes(table) => self.tables.code_name(table, choice).is_some(),
            Choices::Catalogue(CatalogueColumn::Code) => {
                let mut rows = self
                    .tables
                    .catalogue
                    .iter()
                    .filter(|r| r.code == choice)
                    .peekable();
                if rows.peek().is_some() && !rows.any(|r| context.sign_off.covers(&r.digest)) {
                    return Err(ValueProblem::NotSignedOff);
                }
                self.tables.catalogue.iter().any(|r| r.code == choice)
            }
            Choices::Catalogue(CatalogueColumn::Variant) => self
                .tables
                .catalogue
                .iter()
                .any(|r| r.variant.as_deref() == Some(choice)),
        };
        if known {
            Ok(())
        } else {
            Err(ValueProblem::Choice)
        }
    }

    /// A sound resident number holds the birth date: nobody types it again.
    fn add_birth_date(&self, values: &mut BTreeMap<String, Value>) {
        let number = ["id_no", "licence_no"]
            .iter()
            .find_map(|n| values.get(*n)?.as_text())
            .map(str::to_owned);
        if let Some(birth) = number.and_then(|n| resident_id_birth_date(&n))
            && !values.contains_key("birth_date")
        {
            values.insert("birth_date".to_owned(), Value::Text(birth.to_string()));
        }
    }

    /// Entered before with the same value. A seat's value that the officer enters too becomes the officer's.
    fn holds_already(&self, name: &str, value: &Value, context: &Context) -> bool {
        let held = self.state.fields.get(name);
        held.is_some_and(|h| {
            h.value.as_ref() == Some(value) && (h.by.role != Role::Seat || h.by == context.actor)
        })
    }

    fn causes(&self, values: &BTreeMap<String, Value>) -> Vec<Cause> {
        let changed = values
            .iter()
            .filter(|(name, value)| self.state.value(name) != Some(value));
        let mut causes: Vec<Cause> = changed
            .filter_map(|(name, _)| content_cause(name))
            .collect();
        causes.sort_unstable();
        causes.dedup();
        causes
    }

    /// What the law asks of the content as soon as it was complete once: a later change never slips past the limits that
    /// were checked when the facts were established, nor past the defence.
    fn check_law(&self, context: &Context) -> Result<(), Refusal> {
        let Some((facts, _)) = self.procedure.field("violation_code") else {
            return Ok(());
        };
        if self.counting(facts).is_some() {
            for guard in facts
                .guards
                .iter()
                .filter(|g| matches!(g.check, Check::Machine(_)))
            {
                if self.judge(guard, facts, context) == Judgement::Fails {
                    return Err(Refusal::guard_failed(facts, guard));
                }
            }
        }
        if self.heavier_than_ceiling() {
            let mut guards = self
                .procedure
                .steps
                .iter()
                .flat_map(|s| s.guards.iter().map(move |g| (s, g)));
            if let Some((step, guard)) = guards
                .find(|(_, g)| g.check == Check::Machine(Predicate::PenaltyNotHeavierAfterDefence))
            {
                return Err(Refusal::guard_failed(step, guard));
            }
        }
        Ok(())
    }
}

pub(crate) fn allow(context: &Context, roles: &[Role]) -> Result<(), Refusal> {
    if roles.contains(&context.actor.role) {
        Ok(())
    } else {
        Err(Refusal::ActorNotAllowed {
            role: context.actor.role,
            allowed: roles.to_vec(),
        })
    }
}
