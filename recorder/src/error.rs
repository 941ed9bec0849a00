//! Why the recorder refuses something.

/// Bytes that do not follow the payload format of their codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The payload ends inside a header.
    #[error("payload ends inside a header")]
    Short,
    /// The payload is of a kind that was not negotiated.
    #[error("payload type {0} was not negotiated")]
    Unsupported(u8),
    /// A part announces more bytes than there are.
    #[error("a part of {announced} bytes in {left}")]
    Overrun {
        /// Bytes announced.
        announced: usize,
        /// Bytes left.
        left: usize,
    },
    /// A fragment without its beginning, or a beginning without its end.
    #[error("fragments out of order")]
    Fragment,
    /// A header field contradicts the standard.
    #[error("{0}")]
    Field(&'static str),
    /// The frame is larger than [`crate::limits::FRAME_BYTES_MAX`].
    #[error("frame larger than the limit")]
    TooLarge,
}
