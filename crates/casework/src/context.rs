//! What the outside knows and this crate may not read itself: time, people, the state of recording, the office.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use ids::{ParticipantId, UtcMillis};
use serde::{Deserialize, Serialize};

/// Everything that a decision about an act depends on beside the case itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// Wall clock.
    pub now: UtcMillis,
    /// Microseconds since `session.opened`.
    pub mono_us: u64,
    /// Who acts, or who looks.
    pub actor: Actor,
    /// Recording as it stands.
    pub recording: Recording,
    /// Officers in the session now, on site and at the seat.
    pub officers: Vec<Officer>,
    /// The issuing office.
    pub office: Office,
    /// What the legal officer has signed off.
    pub sign_off: SignOff,
}

/// Who did something: `<role>:<handle>`, the form of an entry's `actor`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Actor {
    /// In which role.
    pub role: Role,
    /// A handle, never a name.
    pub handle: String,
}

impl Actor {
    /// An actor of that role and handle.
    pub fn new(role: Role, handle: impl Into<String>) -> Self {
        Self {
            role,
            handle: handle.into(),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.role.as_str(), self.handle)
    }
}

impl FromStr for Actor {
    type Err = UnknownActor;

    fn from_str(s: &str) -> Result<Self, UnknownActor> {
        let unknown = || UnknownActor {
            found: s.chars().take(80).collect(),
        };
        let (role, handle) = s.split_once(':').ok_or_else(unknown)?;
        let role = Role::ALL
            .into_iter()
            .find(|r| r.as_str() == role)
            .ok_or_else(unknown)?;
        Ok(Self::new(role, handle))
    }
}

/// An `actor` that is not `<role>:<handle>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not an actor")]
pub struct UnknownActor {
    /// What was read.
    pub found: String,
}

/// Roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The server itself.
    Server,
    /// 现场民警.
    Officer,
    /// 云端坐席.
    Seat,
    /// 当事人.
    Party,
    /// 值班长.
    Chief,
    /// 审计员.
    Auditor,
    /// 法制员.
    Reviewer,
    /// Keeper of the file.
    Clerk,
    /// 管理员.
    Admin,
}

impl Role {
    const ALL: [Self; 9] = [
        Self::Server,
        Self::Officer,
        Self::Seat,
        Self::Party,
        Self::Chief,
        Self::Auditor,
        Self::Reviewer,
        Self::Clerk,
        Self::Admin,
    ];

    /// The word in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Officer => "officer",
            Self::Seat => "seat",
            Self::Party => "party",
            Self::Chief => "chief",
            Self::Auditor => "auditor",
            Self::Reviewer => "reviewer",
            Self::Clerk => "clerk",
            Self::Admin => "admin",
        }
    }

    /// The word in a Chinese sentence.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Server => "系统",
            Self::Officer => "现场民警",
            Self::Seat => "云端坐席",
            Self::Party => "当事人",
            Self::Chief => "值班长",
            Self::Auditor => "审计员",
            Self::Reviewer => "法制员",
            Self::Clerk => "内勤",
            Self::Admin => "管理员",
        }
    }
}

/// The recording of everyone who must be recorded, as the recorder and the media worker report it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recording {
    /// Whether the recorder works.
    pub recorder: Recorder,
    /// Those who must be recorded.
    pub legs: BTreeMap<ParticipantId, Leg>,
    /// Every declared gap of theirs since the session opened, not filled by backfill.
    pub gaps: Vec<Gap>,
    /// Segments that were committed and can no longer be read.
    pub segments_missing: u64,
}

/// The recorder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Recorder {
    /// Not recording yet.
    #[default]
    Idle,
    /// Committing.
    Healthy {
        /// Of the server's clock against its time source; either sign.
        clock_offset_ms: i64,
    },
    /// A disk, an fsync, a queue failed.
    Failed,
}

/// One person's recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// In which role they take part.
    pub role: Role,
    /// Picture.
    pub video: Flow,
    /// Sound.
    pub audio: Flow,
}

/// Whether a medium is being recorded, in µs since `session.opened`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Nothing came yet.
    Absent,
    /// Unbroken since then.
    Live {
        /// Begin.
        since_us: u64,
    },
    /// Missing since then.
    Broken {
        /// Begin.
        since_us: u64,
    },
}

/// A hole in somebody's recording, in µs since `session.opened`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Whose.
    pub participant: ParticipantId,
    /// Begin.
    pub from_us: u64,
    /// End.
    pub to_us: u64,
}

impl Recording {
    /// Whether sound and picture of an officer and of a seat flow, and of everyone else who must be recorded.
    pub fn both_legs_live(&self) -> bool {
        let has = |role| self.legs.values().any(|l| l.role == role);
        has(Role::Officer)
            && has(Role::Seat)
            && self
                .legs
                .values()
                .all(|l| l.flows().all(|f| matches!(f, Flow::Live { .. })))
    }

    /// Whether a declared gap touches the span.
    pub fn gap_between(&self, from_us: u64, to_us: u64) -> bool {
        self.gaps
            .iter()
            .any(|g| g.from_us <= to_us && g.to_us >= from_us)
    }

    /// Whether everyone's sound and picture has been flowing without a break from `from_us` until now.
    pub fn unbroken_since(&self, from_us: u64) -> bool {
        let flowing = |flow| match flow {
            Flow::Live { since_us } => since_us <= from_us,
            Flow::Absent | Flow::Broken { .. } => false,
        };
        self.both_legs_live()
            && self.legs.values().flat_map(Leg::flows).all(flowing)
            && !self.gap_between(from_us, u64::MAX)
    }

    /// Whether the recorder works and the clock is at most one second off.
    pub fn recorder_healthy(&self) -> bool {
        match self.recorder {
            Recorder::Healthy { clock_offset_ms } => {
                clock_offset_ms.unsigned_abs() <= CLOCK_OFFSET_MS_MAX
            }
            Recorder::Idle | Recorder::Failed => false,
        }
    }
}

/// A clock that is further off cannot date evidence.
const CLOCK_OFFSET_MS_MAX: u64 = 1_000;

impl Leg {
    fn flows(&self) -> impl Iterator<Item = Flow> {
        [self.video, self.audio].into_iter()
    }
}

/// An officer in the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// The handle in the log.
    pub handle: String,
    /// `Officer` on site or `Seat`.
    pub role: Role,
    /// Whether they may act in law.
    pub rank: Rank,
    /// Name, for the sentence in which they introduce themselves and for the decision.
    pub name: String,
    /// 警号.
    pub number: String,
    /// Unit, as they name it.
    pub unit: String,
}

/// Whether somebody in uniform may act in law (行政处罚法:42.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// A police officer with the qualification.
    Qualified,
    /// 辅警: never counts.
    Auxiliary,
}

/// The issuing office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// As it stands on the decision, e.g. `林西县公安局交通管理大队`.
    pub issuer: String,
    /// Code of its county in `regions_chifeng`: whose government reviews (行政复议法:24).
    pub region: String,
    /// Bank or channel where fines are paid.
    pub bank: String,
}

/// What the legal officer has signed off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignOff {
    /// Demo mode: everything may be used, and every document says 未经法制核对.
    Demo,
    /// Digests of the rows and scripts that may be used.
    Rows(BTreeSet<String>),
}

impl SignOff {
    /// Whether the row or script of that digest may be used.
    pub fn covers(&self, digest: &str) -> bool {
        match self {
            Self::Demo => true,
            Self::Rows(rows) => rows.contains(digest),
        }
    }
}
