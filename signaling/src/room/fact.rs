//! What the session's log is told of its participants.

use std::collections::BTreeSet;

use ids::ParticipantId;
use serde_json::json;

use crate::protocol::{Capture, EndState, Kind};

/// Something for the session's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Whom it is about.
    pub participant: ParticipantId,
    /// What happened.
    pub what: Happened,
}

/// What happened to a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// Everything they must send has arrived.
    Joined {
        /// Their role.
        role: String,
        /// What they must send.
        must_record: BTreeSet<Kind>,
    },
    /// They hung up, or the session ended.
    Left {
        /// Why.
        reason: Leaving,
    },
    /// Media or connection broke and is awaited.
    Interrupted {
        /// What broke.
        reason: Interruption,
    },
    /// Everything flows again.
    Resumed,
    /// Their own word on their capture.
    State {
        /// The word.
        capture: Capture,
    },
}

/// Why somebody left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// They pressed the button.
    HungUp,
    /// The session ended.
    Ended(EndState),
}

/// What broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// Something that must be sent is silent.
    Media,
    /// The connection is lost.
    Link,
    /// They joined from another page or device.
    Displaced,
    /// The server was restarted.
    Restart,
}

impl Fact {
    /// The entry's `type`.
    pub fn entry_type(&self) -> &'static str {
        match self.what {
            Happened::Joined { .. } => "participant.joined",
            Happened::Left { .. } => "participant.left",
            Happened::Interrupted { .. } => "participant.interrupted",
            Happened::Resumed => "participant.resumed",
            Happened::State { .. } => "participant.state",
        }
    }

    /// The entry's `body`.
    pub fn body(&self) -> serde_json::Value {
        let participant = &self.participant;
        match &self.what {
            Happened::Joined { role, must_record } => {
                json!({ "participant": participant, "role": role, "must_record": must_record })
            }
            Happened::Left { reason } => {
                let reason = match reason {
                    Leaving::HungUp => "hung_up",
                    Leaving::Ended(EndState::Sealed) => "sealed",
                    Leaving::Ended(EndState::Abandoned) => "abandoned",
                    Leaving::Ended(EndState::Cancelled) => "cancelled",
                };
                json!({ "participant": participant, "reason": reason })
            }
            Happened::Interrupted { reason } => {
                let reason = match reason {
                    Interruption::Media => "media_silent",
                    Interruption::Link => "link_lost",
                    Interruption::Displaced => "joined_elsewhere",
                    Interruption::Restart => "server_restart",
                };
                json!({ "participant": participant, "reason": reason })
            }
            Happened::Resumed => json!({ "participant": participant }),
            Happened::State { capture } => {
                let Capture {
                    visible,
                    camera,
                    microphone,
                } = capture;
                json!({ "participant": participant, "visible": visible, "camera": camera, "microphone": microphone })
            }
        }
    }
}
