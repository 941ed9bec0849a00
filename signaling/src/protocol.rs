//! Every WebSocket message, version 1.
//!
//! A connection begins with [`ClientFrame::Hello`] and [`ServerFrame::Welcome`]. After that both sides
//! number their messages 1, 2, 3… and acknowledge what they have processed; a client that lost its socket
//! connects again with [`Resume`] and each side repeats what the other has not acknowledged, so that
//! no message is lost and none is processed twice (see [`crate::resume`]).

use ids::{ParticipantId, Sid, UtcMillis};
use serde::{Deserialize, Serialize};

/// The version spoken here; a `hello` with another one is answered by [`ServerFrame::Closing`].
pub const VERSION: u32 = 1;

/// What a client sends: one JSON object a text frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "frame", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// The first frame of a socket; nothing else is said before [`ServerFrame::Welcome`]. With the first frame after
    /// that (a ping will do, and is best sent at once) the connection replaces the older ones of the same device.
    Hello {
        /// [`VERSION`].
        version: u32,
        /// A random name of this device, kept by it.
        device: String,
        /// Where an earlier connection ended.
        resume: Option<Resume>,
    },
    /// A numbered message.
    Message {
        /// 1, 2, 3… within the resumable connection.
        n: u64,
        /// The newest server message processed.
        ack: u64,
        /// What is said.
        body: ClientMessage,
    },
    /// Sent every 5 s; a server that hears nothing for 12 s closes the socket.
    Ping {
        /// The newest server message processed.
        ack: u64,
    },
}

/// Where an earlier connection ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The token of that connection's `welcome`.
    pub token: String,
    /// The newest server message processed.
    pub received: u64,
}

/// What the server sends: one JSON object a text frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "frame", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "moved once from machine to socket, never kept in bulk"
)]
pub enum ServerFrame {
    /// The answer to `hello`.
    Welcome {
        /// [`VERSION`].
        version: u32,
        /// Names this connection in a later [`Resume`].
        token: String,
        /// The earlier connection goes on; `false`: both sides start again at 1 and the client rejoins.
        resumed: bool,
        /// The newest client message processed (0 where not resumed).
        received: u64,
        /// The server's wall clock.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        server_time: UtcMillis,
    },
    /// A numbered message.
    Message {
        /// 1, 2, 3… within the resumable connection.
        n: u64,
        /// The newest client message processed.
        ack: u64,
        /// What is said.
        body: ServerMessage,
    },
    /// The answer to `ping`.
    Pong {
        /// The newest client message processed.
        ack: u64,
        /// The server's wall clock.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        server_time: UtcMillis,
    },
    /// The last frame before the server closes the socket.
    Closing {
        /// Why.
        code: CloseCode,
        /// The reason in a sentence.
        detail: String,
    },
}

/// Why the server closes a socket, and what the client does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CloseCode {
    /// Not signed in any more: sign in first.
    Unauthorised,
    /// Another [`VERSION`] is spoken here: load the page again.
    Version,
    /// The same person goes on elsewhere: do not reconnect by itself.
    Replaced,
    /// A frame that makes no sense: a fault of the client; start afresh.
    Malformed,
    /// Too much was left unacknowledged: start afresh and rejoin.
    TooSlow,
    /// Too many connections: try again later.
    Busy,
    /// The server goes down: reconnect as after any cut.
    ShuttingDown,
}

/// What a client may say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", deny_unknown_fields)]
pub enum ClientMessage {
    /// A seat says whether it takes calls.
    #[serde(rename = "seat.state")]
    SeatState {
        /// The wish; `busy` and `ringing` follow from calls and cannot be wished.
        state: SeatWish,
    },
    /// The seat takes the call that rings at it.
    #[serde(rename = "call.answer")]
    CallAnswer {
        /// The session that rings.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
    },
    /// The seat passes the call on to the next seat.
    #[serde(rename = "call.decline")]
    CallDecline {
        /// The session that rings.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
    },
    /// Enter the session (or come back into it). Answered by [`ServerMessage::SessionJoined`].
    #[serde(rename = "session.join")]
    SessionJoin {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
    },
    /// Hang up; only ever sent for a button that was pressed.
    #[serde(rename = "session.leave")]
    SessionLeave {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
    },
    /// An SDP offer: the first, a renegotiation, or an ICE restart. Only clients offer.
    #[serde(rename = "media.offer")]
    MediaOffer {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// Echoed in the answer.
        request: u32,
        /// The connection of this client within the session: 1 for its first `RTCPeerConnection`, 2 for the one
        /// that replaces it after a full reconnect, and so on. Media of an older one is dropped.
        connection: u32,
        /// The offer (RFC 8866), at most 64 KiB.
        sdp: String,
    },
    /// What the client knows of its own capture, whenever it changes.
    #[serde(rename = "media.state")]
    MediaState {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// The page is in the foreground.
        visible: bool,
        /// The camera.
        camera: CaptureState,
        /// The microphone.
        microphone: CaptureState,
    },
    /// The officer's screen was turned to the party, or back.
    #[serde(rename = "screen.turned")]
    ScreenTurned {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// It shows the party's view now.
        to_party: bool,
    },
}

/// Whether a seat takes calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SeatWish {
    /// Calls may ring.
    Idle,
    /// At the desk, not taking calls.
    Away,
}

/// The state of a camera or microphone as its owner knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaptureState {
    /// Captures and sends.
    Live,
    /// Muted by its owner.
    Muted,
    /// Taken away by the system (a phone call, the lock screen, another application).
    Interrupted,
    /// Not there, or not allowed.
    Absent,
}

/// What the server may say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type")]
pub enum ServerMessage {
    /// To officers that wait: their place and whom it rings at.
    #[serde(rename = "call.queued")]
    CallQueued {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// 1 = next.
        position: u32,
        /// Where it rings now.
        ringing: Option<Ringing>,
    },
    /// To a seat: a call rings.
    #[serde(rename = "call.offered")]
    CallOffered {
        /// The call.
        call: QueueItem,
        /// When it goes to the next seat.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        until: UtcMillis,
    },
    /// To a seat: it rings no longer.
    #[serde(rename = "call.withdrawn")]
    CallWithdrawn {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// Why.
        reason: Withdrawal,
    },
    /// To officer and seat: a seat took the call; both join now.
    #[serde(rename = "call.answered")]
    CallAnswered {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// Who took it.
        seat: Person,
    },
    /// To seats and chiefs: queue and seats as they stand, after each change.
    #[serde(rename = "queue.changed")]
    QueueChanged {
        /// Waiting calls, first first.
        queue: Vec<QueueItem>,
        /// All seats.
        seats: Vec<SeatStatus>,
    },
    /// The answer to `session.join`.
    #[serde(rename = "session.joined")]
    SessionJoined {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// Who the receiver is in it.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        participant: ParticipantId,
        /// The connection number to offer with next.
        connection: u32,
        /// What the receiver has to send for the session to be recorded.
        must_send: Vec<Kind>,
        /// Everyone in it.
        roster: Vec<RosterEntry>,
        /// How the recording stands.
        integrity: Integrity,
    },
    /// Who is in the session, after each change.
    #[serde(rename = "session.roster")]
    SessionRoster {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// Everyone in it.
        roster: Vec<RosterEntry>,
    },
    /// How the recording stands: after each commit (at most twice a second) and at once when it breaks.
    #[serde(rename = "session.integrity")]
    SessionIntegrity {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// The state.
        integrity: Integrity,
    },
    /// Steps, fields, captures or documents changed: read `…/steps` again.
    #[serde(rename = "session.changed")]
    SessionChanged {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// Entries in the log; what was read at this size or later is new enough.
        size: u64,
    },
    /// The session is over.
    #[serde(rename = "session.ended")]
    SessionEnded {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// `sealed`, `abandoned` or `cancelled`.
        state: EndState,
    },
    /// The answer to `media.offer`.
    #[serde(rename = "media.answer")]
    MediaAnswer {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// The offer's number.
        request: u32,
        /// The answer (RFC 8866).
        sdp: String,
        /// Whom each receiving m-line carries.
        slots: Vec<Slot>,
    },
    /// An offer that cannot be answered.
    #[serde(rename = "media.rejected")]
    MediaRejected {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// The offer's number.
        request: u32,
        /// Stable: `sdp_invalid`, `stale_connection`, `not_joined`, `busy`.
        code: String,
        /// The reason in a sentence.
        detail: String,
    },
    /// Whom each receiving m-line carries, after it changed without an offer.
    #[serde(rename = "media.slots")]
    MediaSlots {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// All slots.
        slots: Vec<Slot>,
    },
    /// Please offer again with at least so many receiving m-lines in all.
    #[serde(rename = "media.please_offer")]
    MediaPleaseOffer {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// Receiving audio m-lines wanted in all.
        audio: u32,
        /// Receiving video m-lines wanted in all.
        video: u32,
        /// Put this video codec first when sending (`VP8`): a viewer lacks the present one.
        prefer: Option<String>,
    },
    /// How a participant's link fares, when it changes.
    #[serde(rename = "media.quality")]
    MediaQuality {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// Whose link.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        participant: ParticipantId,
        /// How good.
        level: Quality,
        /// Loss towards the server in tenths of a percent, where known.
        loss_permille: Option<u32>,
        /// Round trip in milliseconds, where known.
        rtt_ms: Option<u32>,
    },
    /// The officer's screen shows the party's view, or no longer.
    #[serde(rename = "screen.turned")]
    ScreenTurned {
        /// The session.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        sid: Sid,
        /// It shows the party's view now.
        to_party: bool,
    },
    /// A client message could not be carried out.
    #[serde(rename = "error")]
    Error {
        /// The number of that message.
        re: u64,
        /// Stable code.
        code: String,
        /// What to do, Chinese.
        detail: String,
        /// What to do, English.
        detail_en: String,
    },
}

/// How good a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Nothing to remark.
    Good,
    /// Loss or delay that a viewer notices.
    Weak,
    /// Hardly usable.
    Bad,
}

/// Why a call stops ringing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Withdrawal {
    /// Not answered in time; it rings at the next seat.
    NoAnswer,
    /// The officer gave up.
    Cancelled,
    /// The seat answered or declined it, here or on another of its connections.
    Settled,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndState {
    /// Sealed by officer or seat.
    Sealed,
    /// Sealed by the server because nobody was in it any more.
    Abandoned,
    /// Cancelled before a seat answered.
    Cancelled,
}

/// A person as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Person {
    /// Id of the account.
    pub id: String,
    /// Name.
    pub name: String,
    /// `officer`, `seat`, `chief`…
    pub role: String,
    /// Unit, as shown.
    pub unit_name: String,
    /// Police number, as shown.
    pub badge_no: String,
}

/// Where a call rings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ringing {
    /// The seat.
    pub person: Person,
    /// When it goes to the next seat.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub until: UtcMillis,
}

/// A waiting call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueItem {
    /// The session.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sid: Sid,
    /// Who calls.
    pub officer: Person,
    /// Procedure id, e.g. `traffic_simple`.
    pub procedure: String,
    /// Where, in words.
    pub place_text: String,
    /// What for, where known.
    pub violation_text: Option<String>,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub waiting_since: UtcMillis,
    /// 1 = next.
    pub position: u32,
    /// Where it rings now.
    pub ringing: Option<Ringing>,
}

/// A seat as the board shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatStatus {
    /// Who sits there.
    pub person: Person,
    /// What they do.
    pub state: SeatState,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub since: UtcMillis,
    /// The session they are in or that rings.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub sid: Option<Sid>,
}

/// What a seat does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SeatState {
    /// Not connected.
    Offline,
    /// Free.
    Idle,
    /// A call rings.
    Ringing,
    /// In a session.
    Busy,
    /// Not taking calls.
    Away,
}

/// Sound or picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Sound.
    Audio,
    /// Picture.
    Video,
}

/// Whom a receiving m-line carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Slot {
    /// The m-line's `mid`.
    pub mid: String,
    /// Sound or picture.
    pub kind: Kind,
    /// Whose; none: the m-line is free.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub participant: Option<ParticipantId>,
}

/// Somebody in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RosterEntry {
    /// Their place in the session.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub participant: ParticipantId,
    /// `officer`, `seat`, `party`…
    pub role: String,
    /// The account, where there is one.
    pub person: Option<Person>,
    /// What to write under their picture.
    pub display_name: String,
    /// Where they are.
    pub state: Presence,
    /// Their own word on their capture, where they gave one.
    pub capture: Option<Capture>,
}

/// A participant's own word on its capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Capture {
    /// The page is in the foreground.
    pub visible: bool,
    /// The camera.
    pub camera: CaptureState,
    /// The microphone.
    pub microphone: CaptureState,
}

/// Where a participant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Expected, not connected.
    Absent,
    /// Connected; what they must send is not all there yet.
    Lobby,
    /// In, and recorded.
    Joined,
    /// Was in; media or connection broke and is awaited.
    Interrupted,
    /// Hung up.
    Left,
}

/// How the recording of a session stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Integrity {
    /// The state that the red dot shows.
    pub recording: RecordingState,
    /// When recording began, µs of the session clock.
    pub started_us: Option<u64>,
    /// The session clock now, µs.
    pub mono_us: u64,
    /// The end of what the newest commit covers, µs.
    pub last_commit_us: Option<u64>,
    /// Declared gaps so far.
    pub gaps: u32,
    /// Their length together, overlaps counted once, ms.
    pub gap_ms: u64,
    /// How far the client's clock is off, ms, where measured.
    pub clock_offset_ms: Option<i64>,
    /// Room for the recording.
    pub storage: Storage,
    /// Entries in the log.
    pub size: u64,
    /// Merkle root over them, 64 hex.
    pub root: String,
    /// The signed note of the newest checkpoint (C2SP signed note); clients keep the newest.
    pub note: Option<String>,
    /// What is broken now.
    pub broken: Vec<Broken>,
    /// Everything that is recorded.
    pub tracks: Vec<TrackStatus>,
}

/// The state that the red dot shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordingState {
    /// Not everything that must be recorded has arrived yet.
    Waiting,
    /// Everything that must be recorded is.
    Recording,
    /// Something that must be recorded is not.
    Broken,
    /// Sealed.
    Ended,
}

/// Room for the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// Enough.
    Ok,
    /// No new calls; this one goes on to its end.
    Low,
    /// Nothing can be written.
    Full,
}

/// Something that must be recorded and is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Broken {
    /// Whose.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub participant: ParticipantId,
    /// Sound or picture.
    pub kind: Kind,
    /// Reason as in `media.gap`, e.g. `no_rtp`.
    pub reason: String,
    /// Since when, µs of the session clock.
    pub since_us: u64,
}

/// A recorded track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrackStatus {
    /// The track.
    pub track: String,
    /// Whose.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub participant: ParticipantId,
    /// Sound or picture.
    pub kind: Kind,
    /// Whether it flows.
    pub state: TrackState,
}

/// Whether a track flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrackState {
    /// Arrives and is committed.
    Flowing,
    /// Nothing decodable arrives.
    Stalled,
    /// Over.
    Ended,
}
