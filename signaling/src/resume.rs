//! Numbered, acknowledged streams of messages that outlive a socket.
//!
//! Each direction is an [`Outbox`] on one side and an [`Inbox`] on the other. The sender numbers its messages
//! 1, 2, 3… and keeps each until it is acknowledged; after a cut the receiver says how far it came and the sender
//! goes on from there. The link below is ordered and may end at any point (a WebSocket), so a number is either
//! the next one, or one that was received before the cut and is dropped. A gap is therefore a fault, not a loss.

use std::collections::VecDeque;

use crate::error::ResumeError;
use crate::limits::{OUTBOX_BYTES_MAX, OUTBOX_MESSAGES_MAX};

/// The sending side of one direction.
#[derive(Debug, Clone)]
pub struct Outbox<T> {
    /// The number of the front of `kept`, or the next number when nothing is kept.
    oldest: u64,
    kept: VecDeque<Kept<T>>,
    bytes: usize,
}

#[derive(Debug, Clone)]
struct Kept<T> {
    body: T,
    bytes: usize,
}

impl<T> Default for Outbox<T> {
    fn default() -> Self {
        Self {
            oldest: 1,
            kept: VecDeque::new(),
            bytes: 0,
        }
    }
}

impl<T> Outbox<T> {
    /// Numbers a message of so many encoded bytes and keeps it.
    ///
    /// # Errors
    /// [`ResumeError::TooSlow`]: the limits are reached; the connection has to end, since dropping the message
    /// would be a silent loss.
    pub fn push(&mut self, body: T, bytes: usize) -> Result<u64, ResumeError> {
        if self.kept.len() >= OUTBOX_MESSAGES_MAX
            || self.bytes.saturating_add(bytes) > OUTBOX_BYTES_MAX
        {
            return Err(ResumeError::TooSlow {
                messages: self.kept.len(),
                bytes: self.bytes,
            });
        }
        self.bytes += bytes;
        self.kept.push_back(Kept { body, bytes });
        Ok(self.newest())
    }

    /// Forgets everything up to `ack`; an older acknowledgement than an earlier one says nothing new.
    ///
    /// # Errors
    /// [`ResumeError::NeverSent`].
    pub fn acknowledge(&mut self, ack: u64) -> Result<(), ResumeError> {
        if ack > self.newest() {
            return Err(ResumeError::NeverSent {
                asked: ack,
                newest: self.newest(),
            });
        }
        while self.oldest <= ack {
            let Some(kept) = self.kept.pop_front() else {
                break;
            };
            self.bytes -= kept.bytes;
            self.oldest += 1;
        }
        Ok(())
    }

    /// Prepares to go on after `received`: what the other side has is forgotten, the rest can be sent again.
    ///
    /// # Errors
    /// [`ResumeError::TooOld`] and [`ResumeError::NeverSent`]; the streams cannot be joined without loss.
    pub fn resume(&mut self, received: u64) -> Result<(), ResumeError> {
        if received.saturating_add(1) < self.oldest {
            return Err(ResumeError::TooOld {
                asked: received,
                oldest: self.oldest,
            });
        }
        self.acknowledge(received)
    }

    /// The message with this number, if it is kept.
    pub fn message(&self, n: u64) -> Option<&T> {
        let at = n.checked_sub(self.oldest)?;
        self.kept
            .get(usize::try_from(at).ok()?)
            .map(|kept| &kept.body)
    }

    /// The newest number given out; 0 when there is none.
    pub fn newest(&self) -> u64 {
        self.oldest + self.kept.len() as u64 - 1
    }

    /// The oldest number that could be sent again; one more than [`Self::newest`] when there is none.
    pub fn oldest(&self) -> u64 {
        self.oldest
    }

    /// What was never acknowledged, oldest first.
    pub fn into_unacknowledged(self) -> Vec<T> {
        self.kept.into_iter().map(|kept| kept.body).collect()
    }
}

/// The receiving side of one direction.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inbox {
    received: u64,
}

/// What a received number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The next one: process it.
    Next,
    /// Processed before the cut: drop it.
    Duplicate,
}

impl Inbox {
    /// Takes note of message `n`.
    ///
    /// # Errors
    /// [`ResumeError::Gap`]: at least one number was left out.
    pub fn take(&mut self, n: u64) -> Result<Arrival, ResumeError> {
        let expected = self.received + 1;
        if n > expected || n == 0 {
            return Err(ResumeError::Gap { expected, found: n });
        }
        if n < expected {
            return Ok(Arrival::Duplicate);
        }
        self.received = n;
        Ok(Arrival::Next)
    }

    /// The newest number processed; what is to be acknowledged.
    pub fn received(&self) -> u64 {
        self.received
    }
}

/// The length of `message` in JSON, in bytes.
pub(crate) fn encoded_bytes(message: &impl serde::Serialize) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, message).expect("messages have text keys and finite numbers");
    count.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_run_from_one_and_are_kept_until_acknowledged() {
        let mut outbox = Outbox::default();
        assert_eq!((outbox.newest(), outbox.oldest()), (0, 1));
        for n in 1..=5 {
            assert_eq!(outbox.push(n * 10, 1), Ok(n));
        }
        outbox.acknowledge(2).unwrap();
        outbox.acknowledge(1).unwrap();
        assert_eq!((outbox.oldest(), outbox.newest()), (3, 5));
        assert_eq!(
            (outbox.message(2), outbox.message(3), outbox.message(6)),
            (None, Some(&30), None)
        );
        assert_eq!(
            outbox.acknowledge(6),
            Err(ResumeError::NeverSent {
                asked: 6,
                newest: 5
            })
        );
        assert_eq!(
            outbox.clone().resume(1),
            Err(ResumeError::TooOld {
                asked: 1,
                oldest: 3
            })
        );
        assert_eq!(outbox.clone().resume(2), Ok(()));
        assert_eq!(outbox.into_unacknowledged(), [30, 40, 50]);
    }

    #[test]
    fn a_full_outbox_refuses_instead_of_forgetting() {
        let mut outbox = Outbox::default();
        for _ in 0..OUTBOX_MESSAGES_MAX {
            outbox.push((), 1).unwrap();
        }
        assert_eq!(
            outbox.push((), 1),
            Err(ResumeError::TooSlow {
                messages: OUTBOX_MESSAGES_MAX,
                bytes: OUTBOX_MESSAGES_MAX
            })
        );
        outbox.acknowledge(1).unwrap();
        assert!(outbox.push((), 1).is_ok());

        let mut outbox = Outbox::default();
        outbox.push((), OUTBOX_BYTES_MAX).unwrap();
        assert_eq!(
            outbox.push((), 1),
            Err(ResumeError::TooSlow {
                messages: 1,
                bytes: OUTBOX_BYTES_MAX
            })
        );
    }

    #[test]
    fn an_inbox_takes_the_next_drops_the_known_and_refuses_a_gap() {
        let mut inbox = Inbox::default();
        assert_eq!(inbox.take(1), Ok(Arrival::Next));
        assert_eq!(inbox.take(1), Ok(Arrival::Duplicate));
        assert_eq!(
            inbox.take(3),
            Err(ResumeError::Gap {
                expected: 2,
                found: 3
            })
        );
        assert_eq!(
            inbox.take(0),
            Err(ResumeError::Gap {
                expected: 2,
                found: 0
            })
        );
        assert_eq!(inbox.take(2), Ok(Arrival::Next));
        assert_eq!(inbox.received(), 2);
    }

    #[test]
    fn encoded_bytes_is_the_length_of_the_json() {
        let message = crate::protocol::SeatWish::Idle;
        assert_eq!(
            encoded_bytes(&message),
            serde_json::to_string(&message).unwrap().len()
        );
    }
}
