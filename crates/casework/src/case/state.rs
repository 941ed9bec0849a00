//! What a case remembers: the fold of its events.

use std::collections::BTreeMap;

use ids::{DocId, ParticipantId, StepId, TrackId, UtcMillis};

use crate::act::{FileRef, Finding, PayMethod, SignMethod};
use crate::context::{Actor, Role};
use crate::event::{DecisionMade, Stamp};
use crate::penalty::Penalty;
use crate::procedure::Cause;
use crate::value::Value;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct State {
    pub(crate) call: Call,
    pub(crate) tracks: BTreeMap<TrackId, Track>,
    pub(crate) attempts: BTreeMap<StepId, Vec<Attempt>>,
    pub(crate) fields: BTreeMap<String, Held>,
    pub(crate) captures: Vec<Capture>,
    pub(crate) defence: Defence,
    /// The lightest penalty that was notified before the party defended: nothing heavier may follow.
    pub(crate) ceiling: Option<Ceiling>,
    pub(crate) notice: Option<Notice>,
    pub(crate) course: Course,
    pub(crate) decision: Option<Decision>,
    pub(crate) signing: Signing,
    pub(crate) service: Service,
    pub(crate) sealed: Option<Stamp>,
    pub(crate) filed: Option<Stamp>,
    pub(crate) paid: Option<Paid>,
    pub(crate) overdue: BTreeMap<StepId, UtcMillis>,
    pub(crate) incomplete: Vec<Incomplete>,
    /// A break that the officer has not yet explained aloud.
    pub(crate) unexplained: Option<Break>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Call {
    #[default]
    Open,
    Queued,
    Answered,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Track {
    pub(crate) participant: ParticipantId,
    pub(crate) kind: String,
}

/// One attempt at a step. Attempts are never erased; the last one counts if it is completed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attempt {
    pub(crate) number: u32,
    pub(crate) started: Stamp,
    pub(crate) read: Vec<String>,
    pub(crate) confirmed: BTreeMap<(String, Role), Confirmation>,
    pub(crate) end: End,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum End {
    Running,
    Completed(Stamp),
    Invalidated {
        at: Stamp,
        cause: Cause,
        completed: Option<Stamp>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Confirmation {
    pub(crate) finding: Finding,
    pub(crate) by: Actor,
    pub(crate) at: UtcMillis,
}

/// A field's value; none if it was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) value: Option<Value>,
    pub(crate) by: Actor,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Capture {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) file: FileRef,
    pub(crate) at_us: u64,
    pub(crate) taken: Stamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Defence {
    #[default]
    Unheard,
    Heard,
    Waived,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ceiling {
    pub(crate) penalty: Penalty,
    pub(crate) points: u8,
}

/// What was notified, by the attempt that completed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Notice {
    pub(crate) attempt: u32,
    pub(crate) content: BTreeMap<String, Option<Value>>,
    pub(crate) penalty: Penalty,
    pub(crate) points: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Course {
    #[default]
    Going,
    /// The seat did not approve; the officer has not begun anew.
    Returned,
    Left {
        exit: String,
        from: StepId,
    },
    Revoked,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decision {
    pub(crate) made: DecisionMade,
    pub(crate) at: UtcMillis,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Signing {
    #[default]
    Open,
    Signed {
        method: SignMethod,
    },
    Refused,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Service {
    #[default]
    Open,
    OnPaper {
        at: UtcMillis,
    },
    Electronic {
        at: UtcMillis,
    },
    Refused {
        at: UtcMillis,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paid {
    pub(crate) at: UtcMillis,
    pub(crate) method: PayMethod,
    pub(crate) late_fee_fen: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incomplete {
    pub(crate) step: StepId,
    pub(crate) attempt: u32,
    pub(crate) cause: Cause,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Break {
    pub(crate) from_us: u64,
    pub(crate) to_us: Option<u64>,
    /// As the recorder names it, e.g. `ice_disconnected`.
    pub(crate) reason: String,
}

impl State {
    pub(crate) fn latest(&self, step: &StepId) -> Option<&Attempt> {
        self.attempts.get(step)?.last()
    }

    /// The newest attempt, if its number is that one.
    pub(crate) fn latest_mut(&mut self, step: &StepId, number: u32) -> Option<&mut Attempt> {
        self.attempts
            .get_mut(step)?
            .last_mut()
            .filter(|a| a.number == number)
    }

    pub(crate) fn value(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)?.value.as_ref()
    }

    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.value(field)?.as_text()
    }

    pub(crate) fn flag(&self, field: &str) -> Option<bool> {
        self.value(field)?.as_flag()
    }

    pub(crate) fn number(&self, field: &str) -> Option<u64> {
        self.value(field)?.as_number()
    }

    pub(crate) fn set(&mut self, field: &str, value: Value, by: &Actor) {
        self.fields.insert(
            field.to_owned(),
            Held {
                value: Some(value),
                by: by.clone(),
            },
        );
    }

    /// The document of the decision, if that is it.
    pub(crate) fn decided_doc(&self) -> Option<&DocId> {
        self.decision.as_ref().map(|d| &d.made.doc)
    }

    /// When the decision counts as received: handed over, or the refusal noted.
    pub(crate) fn received(&self) -> Option<UtcMillis> {
        match self.service {
            Service::Open => None,
            Service::OnPaper { at } | Service::Electronic { at } | Service::Refused { at } => {
                Some(at)
            }
        }
    }
}

impl Attempt {
    pub(crate) fn is_running(&self) -> bool {
        match self.end {
            End::Running => true,
            End::Completed(_) | End::Invalidated { .. } => false,
        }
    }

    pub(crate) fn completed(&self) -> Option<&Stamp> {
        match &self.end {
            End::Completed(stamp) => Some(stamp),
            End::Running | End::Invalidated { .. } => None,
        }
    }

    /// Running or completed: something that can still be invalidated.
    pub(crate) fn stands(&self) -> bool {
        match self.end {
            End::Running | End::Completed(_) => true,
            End::Invalidated { .. } => false,
        }
    }

    /// Whether it overlaps the span; a running one lasts on.
    pub(crate) fn touches(&self, from_us: u64, to_us: u64) -> bool {
        let end = self.completed().map_or(u64::MAX, |s| s.mono_us);
        self.started.mono_us <= to_us && end >= from_us
    }
}
