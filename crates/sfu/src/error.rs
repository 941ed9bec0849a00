/// The worker cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// No address was given under which clients could reach the worker.
    #[error("no candidate address")]
    NoCandidate,
    /// An address cannot be an ICE candidate (unspecified or multicast).
    #[error("{0} cannot be an ICE candidate")]
    BadCandidate(std::net::SocketAddr),
    /// The cryptographic provider made no certificate.
    #[error("no DTLS certificate could be generated")]
    NoCertificate,
}

/// Why a command was refused. Nothing changed for anybody, unless the variant says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RejectReason {
    /// The peer is already in a room.
    #[error("the peer has already joined")]
    AlreadyJoined,
    /// The peer never joined, has left or was lost.
    #[error("the peer is not in a room")]
    UnknownPeer,
    /// The room holds `ROOM_PEERS_MAX` peers.
    #[error("the room is full")]
    RoomFull,
    /// The worker holds `PEERS_MAX` peers.
    #[error("the worker is full")]
    WorkerFull,
    /// The offer is longer than `OFFER_BYTES_MAX` or has more than `OFFER_LINES_MAX` m-lines.
    #[error("the offer is too large")]
    OfferTooLarge,
    /// The offer has more than `PEER_SOURCES_MAX` sending m-lines.
    #[error("the offer sends on too many m-lines")]
    TooManySources,
    /// Not a session description (RFC 8866), or not one WebRTC could use (RFC 8829).
    #[error("unusable offer: {0}")]
    BadOffer(String),
    /// Negotiation failed half-way, so the peer was discarded.
    #[error("negotiation failed: {0}")]
    Failed(String),
}

/// Why a peer is no longer there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GoneReason {
    /// `Command::Leave`.
    #[error("left")]
    Left,
    /// `Command::CloseRoom`.
    #[error("the room was closed")]
    RoomClosed,
    /// The other side closed the connection (DTLS close_notify).
    #[error("closed by the peer")]
    Closed,
    /// Not connected for `PEER_DOWN_MAX`.
    #[error("not connected for too long")]
    Lost,
    /// The stack gave up on this peer.
    #[error("failed: {0}")]
    Failed(String),
    /// The stack panicked over this peer. The others go on.
    #[error("panicked")]
    Panicked,
}
