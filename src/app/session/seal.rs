//! A session's end: tracks end, everybody has left, the log is sealed.

use std::sync::Arc;
use std::time::Instant;

use integrity::body::{ParticipantLeft, ReceiptDelivered};
use integrity::{Actor, Draft};
use recorder::EndReason;
use signaling::protocol::{EndState, ServerMessage};
use signaling::room::{Happened, Input, Output, Room};

use super::limits::{RECEIPT_AGAIN_MS, RECEIPTS_MAX};
use super::status::Handed;
use super::{Session, now};
use crate::app::Error;
use crate::app::people::{actor_of, server_actor};
use crate::dto;
use crate::journal::Keep;
use crate::store::{Principal, SessionState};

impl Session {
    /// Whether the call was given up before a seat answered.
    pub(super) fn is_cancelled(&self) -> bool {
        self.row.state == SessionState::Cancelled
    }

    /// Whether the procedure has come to an end, by its last step or by an exit.
    fn may_seal(&self) -> Result<(), Error> {
        if self.case.may_seal() {
            return Ok(());
        }
        Err(Error::Conflict {
            zh: "程序尚未办结：请完成交还证件放行，或者从出口结束后再封存。".to_owned(),
            en: "The procedure has not ended: return the papers and release, or leave by an exit, then seal.".to_owned(),
        })
    }

    /// Begins the end: nobody sends any more, and the recorder commits what it holds. The caller then waits until the
    /// tracks have ended ([`super::Handle::tracks_ended`]) and calls [`Self::seal`].
    pub(crate) fn begin_seal(&mut self) -> Result<(), Error> {
        if self.is_over() {
            return Err(Error::Conflict {
                zh: "会话已封存。".to_owned(),
                en: "The session is sealed already.".to_owned(),
            });
        }
        self.may_seal()?;
        self.sealing = true;
        self.stop_media();
        Ok(())
    }

    fn stop_media(&mut self) {
        self.end_takes(EndReason::Left);
        super::media::told(self.parts.media.close_room(self.sid));
    }

    /// Nothing that arrives is recorded any more.
    pub(super) fn end_takes(&mut self, reason: EndReason) {
        for arriving in self.arriving.values() {
            self.end_take(&arriving.take, reason);
        }
        for track in std::mem::take(&mut self.arriving).into_keys() {
            self.parts.taps_close(self.sid, track);
        }
    }

    /// Seals the session once its tracks have ended.
    pub(crate) async fn seal(&mut self, who: &Principal) -> Result<dto::Sealed, Error> {
        self.finish(actor_of(who), "completed", EndState::Sealed)
            .await?;
        Ok(dto::Sealed {
            state: self.row.state,
            head: dto::Head {
                size: self.size,
                root: self.root.clone(),
            },
            receipt_url: format!("{}/receipt/{}", self.parts.public_url, self.sid),
        })
    }

    /// Seals a session that nobody is in any more, or that was given up.
    pub(super) async fn close(&mut self, reason: &str, state: EndState) -> Result<(), Error> {
        self.sealing = true;
        self.stop_media();
        // Whoever is gone sends nothing: what is still open of them ends now.
        while self
            .status
            .track_statuses()
            .iter()
            .any(|t| t.state != signaling::protocol::TrackState::Ended)
            && self.orphans.is_empty()
            && self.failed.is_none()
        {
            let Ok(Some(commit)) =
                tokio::time::timeout(super::limits::END_WAIT, self.commits.recv()).await
            else {
                break;
            };
            self.hear(&commit);
        }
        self.finish(server_actor(), reason, state).await
    }

    async fn finish(&mut self, actor: Actor, reason: &str, state: EndState) -> Result<(), Error> {
        self.end_orphans(None).await;
        // The room forgets its people as it ends, and they are told after the seal.
        let links: Vec<_> = self.room.iter().flat_map(Room::links).collect();
        if let Some(room) = &mut self.room {
            // The room says who leaves; it is written before the seal.
            if let Err(error) = room.handle(Input::End(state), Instant::now()) {
                tracing::debug!(sid = %self.sid, %error, "The room had ended already");
            }
        }
        let mut left = Vec::new();
        while let Some(output) = self.room.as_mut().and_then(Room::poll) {
            if let Output::Fact(fact) = output
                && let Happened::Left { .. } = fact.what
            {
                let body = ParticipantLeft {
                    participant: fact.participant.clone(),
                    reason: Some(reason.to_owned()),
                };
                let draft = Draft::new(self.actor_of_participant(&fact.participant), &body);
                left.push(
                    draft
                        .map_err(|error| Error::Internal(error.to_string()))?
                        .into(),
                );
            }
        }
        self.append(left, Keep::UntilNext).await?;
        let sealed = self.parts.journal.seal(self.sid, actor, reason).await;
        while let Ok(commit) = self.commits.try_recv() {
            self.hear(&commit);
        }
        sealed?;
        let last = [
            ServerMessage::SessionIntegrity {
                sid: self.sid,
                integrity: self.integrity(),
            },
            ServerMessage::SessionEnded {
                sid: self.sid,
                state,
            },
        ];
        for message in last {
            for link in &links {
                self.parts.hub.send(*link, message.clone());
            }
            if links.is_empty() {
                let officer = self.officer.id.to_string();
                self.parts.hub.send_to_account(&officer, &message);
            }
        }
        self.parts
            .dispatch
            .tell(crate::app::dispatch::Message::Over { sid: self.sid })
            .await;
        Ok(())
    }

    /// The officer gives up waiting: the session ends before anybody answered.
    pub(crate) async fn cancel(&mut self) -> Result<(), Error> {
        if self.room.is_some() || self.is_over() {
            return Err(Error::Conflict {
                zh: "坐席已接听，不能取消；请从出口结束。".to_owned(),
                en: "A seat has answered; leave the procedure by an exit instead.".to_owned(),
            });
        }
        self.ring_nobody().await?;
        self.finish(server_actor(), "cancelled", EndState::Cancelled)
            .await
    }

    /// Takes the call out of the queue; a refusal where a seat has taken it.
    async fn ring_nobody(&self) -> Result<(), Error> {
        match self.parts.dispatch.cancel(self.sid).await {
            // Dispatch never came to know of it, or has forgotten it: nobody is rung for it.
            Ok(()) | Err(Error::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Gives up a call whose officer has been away for too long, so that seats are not rung for nobody.
    pub(super) async fn give_up_unattended(&mut self) {
        let waits = self.seat.is_none() && !self.is_over();
        if !waits || self.parts.hub.has_account(&self.officer.id.to_string()) {
            self.caller_gone = None;
            return;
        }
        let since = *self.caller_gone.get_or_insert_with(Instant::now);
        if since.elapsed() < super::limits::CALLER_GONE {
            return;
        }
        self.caller_gone = None;
        // A seat may be answering at this moment; then dispatch says so, and the call goes on.
        if let Err(error) = self.ring_nobody().await {
            tracing::debug!(sid = %self.sid, %error, "A call without its officer was taken meanwhile");
            return;
        }
        let ended = self.finish(server_actor(), "abandoned", EndState::Abandoned);
        if let Err(error) = ended.await {
            tracing::error!(sid = %self.sid, %error, "A call without its officer could not be sealed");
        }
    }

    /// Hands the party the newest head, notes that, and keeps a copy of what was given; returns the note. Asking again
    /// gets the same receipt again for a while, so that asking often makes no evidence.
    pub(crate) async fn hand_receipt(&mut self, who: &Principal) -> Result<Arc<str>, Error> {
        let party: ids::ParticipantId = super::PARTY
            .parse()
            .map_err(|_| Error::Internal("a participant's id".to_owned()))?;
        let name = |size: u64| format!("receipts/{party}-{size:010}.note");
        if let Some(handed) = self.handed_already() {
            let path = self
                .parts
                .journal
                .dir(self.sid)
                .path()
                .join(name(handed.size));
            let note = tokio::fs::read_to_string(&path).await;
            return note
                .map(Arc::from)
                .map_err(|error| Error::Internal(format!("{}: {error}", path.display())));
        }
        let given = self.append(Vec::new(), Keep::ForGood).await?;
        // The copy of a receipt whose entry a crash cut off is there already.
        let name = name(given.head.size);
        if !self.parts.journal.dir(self.sid).path().join(&name).exists() {
            self.add_file(&name, given.note.as_bytes().to_vec()).await?;
        }
        let body = ReceiptDelivered {
            participant: party,
            size: given.head.size,
            // It was sent; nobody has said that it arrived.
            acked: false,
        };
        let draft =
            Draft::new(actor_of(who), &body).map_err(|error| Error::Internal(error.to_string()))?;
        self.append(vec![draft.into()], Keep::UntilNext).await?;
        Ok(given.note)
    }

    /// The receipt that is handed out again: one of a moment ago, one that nothing has followed, the last of as many as
    /// there may be. After the seal there is one more, for good.
    fn handed_already(&self) -> Option<Handed> {
        let receipts = self.status.receipts();
        let age_ms = |handed: &Handed| now().as_millis() - handed.time.as_millis();
        receipts.newest.filter(|handed| {
            if self.is_over() {
                return handed.sealed;
            }
            handed.seq + 1 == self.size
                || (0..RECEIPT_AGAIN_MS).contains(&age_ms(handed))
                || receipts.count >= RECEIPTS_MAX
        })
    }
}
