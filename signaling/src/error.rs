//! What can go wrong, named for what the caller can do about it.

use ids::{ParticipantId, Sid};

use crate::dispatch::SeatId;
use crate::protocol::{CloseCode, ServerMessage};

/// Any refusal of this crate's machines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Of the connection.
    #[error(transparent)]
    Resume(#[from] ResumeError),
    /// Of the queue.
    #[error(transparent)]
    Dispatch(#[from] DispatchError),
    /// Of the session.
    #[error(transparent)]
    Room(#[from] RoomError),
}

/// A stream of messages that cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// The token names no connection: expired, replaced, or of a server before its restart. Start afresh.
    #[error("no connection has this token")]
    Unknown,
    /// The token belongs to another person or device. Start afresh.
    #[error("the token belongs to another person or device")]
    Foreign,
    /// Messages after `asked` were acknowledged once and are gone. Start afresh.
    #[error("messages after {asked} are wanted, but {oldest} is the oldest kept")]
    TooOld {
        /// The newest the other side says it has.
        asked: u64,
        /// The oldest number that can still be sent.
        oldest: u64,
    },
    /// The other side has, or acknowledges, what was never sent. Start afresh.
    #[error("{asked} is acknowledged, but {newest} is the newest sent")]
    NeverSent {
        /// What it says it has.
        asked: u64,
        /// The newest number sent.
        newest: u64,
    },
    /// A number was left out, which an ordered link cannot do: a fault of the sender.
    #[error("message {found} came where {expected} was due")]
    Gap {
        /// The next number.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// Too much waits for its acknowledgement; the connection ends with `too_slow`.
    #[error("{messages} messages of {bytes} bytes wait for their acknowledgement")]
    TooSlow {
        /// Messages waiting.
        messages: usize,
        /// Their encoded length together.
        bytes: usize,
    },
    /// Another version of the protocol.
    #[error("version {found} is spoken, {expected} is understood", expected = crate::protocol::VERSION)]
    Version {
        /// The other side's.
        found: u32,
    },
    /// A frame where it may not stand.
    #[error("unexpected frame: {found}")]
    Unexpected {
        /// Which.
        found: &'static str,
    },
    /// A device name that is empty or longer than [`crate::limits::DEVICE_BYTES_MAX`].
    #[error("a device's name has 1 to {max} bytes", max = crate::limits::DEVICE_BYTES_MAX)]
    Device,
    /// Too many connections, or an application that is behind. Try again later.
    #[error("too many connections")]
    Busy,
    /// The server goes down.
    #[error("the server goes down")]
    ShuttingDown,
}

impl ResumeError {
    /// The code that closes a socket for this reason.
    pub fn close_code(&self) -> CloseCode {
        match self {
            Self::Version { .. } => CloseCode::Version,
            Self::TooSlow { .. } => CloseCode::TooSlow,
            Self::Busy => CloseCode::Busy,
            Self::ShuttingDown => CloseCode::ShuttingDown,
            Self::Unknown
            | Self::Foreign
            | Self::TooOld { .. }
            | Self::NeverSent { .. }
            | Self::Gap { .. }
            | Self::Unexpected { .. }
            | Self::Device => CloseCode::Malformed,
        }
    }
}

/// A wish about a call that cannot be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DispatchError {
    /// No such seat: connect it first.
    #[error("seat {0} is not known")]
    UnknownSeat(SeatId),
    /// No such call: cancelled, ended, or never there.
    #[error("call {0} does not wait")]
    UnknownCall(Sid),
    /// It rang here once, and rings no longer: the time was up, or the connection was lost.
    #[error("call {0} no longer rings at this seat")]
    OfferOver(Sid),
    /// Another seat has it.
    #[error("call {sid} was answered by seat {by}")]
    Taken {
        /// The call.
        sid: Sid,
        /// Who has it.
        by: SeatId,
    },
    /// It waits or is answered already.
    #[error("call {0} is known already")]
    KnownCall(Sid),
    /// [`crate::limits::QUEUE_MAX`] calls wait. Try again.
    #[error("the queue is full")]
    QueueFull,
    /// [`crate::limits::SEATS_MAX`] seats are known.
    #[error("there are too many seats")]
    SeatsFull,
}

/// A wish about a session that cannot be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    /// Not expected in this session.
    #[error("{0} is not expected in this session")]
    UnknownParticipant(ParticipantId),
    /// This connection is not in the session, or no longer: join first.
    #[error("this connection has not joined the session")]
    NotJoined,
    /// The offer is of an `RTCPeerConnection` that a newer one has replaced.
    #[error("connection {asked} was replaced by {newest}")]
    StaleConnection {
        /// The offer's.
        asked: u32,
        /// The newest.
        newest: u32,
    },
    /// A number that is 0 or far ahead: a fault of the client.
    #[error("connection {asked} is out of turn, {newest} is the newest")]
    ConnectionOutOfTurn {
        /// The offer's.
        asked: u32,
        /// The newest.
        newest: u32,
    },
    /// The session is over.
    #[error("the session is over")]
    Over,
    /// [`crate::limits::PARTICIPANTS_MAX`] are expected.
    #[error("too many participants")]
    RoomFull,
}

impl Error {
    /// The answer to client message `re` that failed for this reason.
    pub fn reply(&self, re: u64) -> ServerMessage {
        let (code, detail, detail_en) = self.explain();
        ServerMessage::Error {
            re,
            code: code.into(),
            detail: detail.into(),
            detail_en: detail_en.into(),
        }
    }

    /// Stable code, what to do in Chinese, and in English.
    fn explain(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Resume(_) => (
                "connection",
                "连接需要重新建立。",
                "The connection has to be made anew.",
            ),
            Self::Dispatch(error) => match error {
                DispatchError::UnknownSeat(_) => (
                    "seat_unknown",
                    "该坐席未登记，请重新登录。",
                    "This seat is not known; sign in again.",
                ),
                DispatchError::UnknownCall(_) => (
                    "call_unknown",
                    "该呼叫已取消或已结束。",
                    "The call was cancelled or is over.",
                ),
                DispatchError::OfferOver(_) => (
                    "offer_over",
                    "该呼叫已不在本席振铃，已转至下一坐席。",
                    "The call no longer rings here; it went on to the next seat.",
                ),
                DispatchError::Taken { .. } => (
                    "call_taken",
                    "该呼叫已由其他坐席接听。",
                    "Another seat has answered the call.",
                ),
                DispatchError::KnownCall(_) => (
                    "call_known",
                    "该呼叫已在队列中。",
                    "The call is known already.",
                ),
                DispatchError::QueueFull => (
                    "queue_full",
                    "排队已满，请稍后再呼叫。",
                    "The queue is full; call again in a while.",
                ),
                DispatchError::SeatsFull => (
                    "seats_full",
                    "坐席数量已达上限。",
                    "There are too many seats.",
                ),
            },
            Self::Room(error) => match error {
                RoomError::UnknownParticipant(_) => (
                    "not_participant",
                    "您不是本次会话的参与人。",
                    "You are not expected in this session.",
                ),
                RoomError::NotJoined => ("not_joined", "请先进入会话。", "Join the session first."),
                RoomError::StaleConnection { .. } => (
                    "stale_connection",
                    "该媒体连接已被新的连接取代。",
                    "A newer media connection has replaced this one.",
                ),
                RoomError::ConnectionOutOfTurn { .. } => (
                    "connection_out_of_turn",
                    "媒体连接编号有误，请重新进入会话。",
                    "The number of the media connection is wrong; join again.",
                ),
                RoomError::Over => ("session_over", "会话已结束。", "The session is over."),
                RoomError::RoomFull => (
                    "room_full",
                    "参与人数已达上限。",
                    "The session has too many participants.",
                ),
            },
        }
    }
}
