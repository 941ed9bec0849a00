//! The use cases of a session, each carried out in its turn by the session's actor.

use std::collections::BTreeMap;
use std::sync::Arc;

use ids::{DocId, ParticipantId, Sid, StepId};
use signaling::dispatch::Call;
use signaling::protocol::{QueueItem, SeatStatus, Storage};
use uuid::Uuid;

use super::session::{self, Handle};
use super::sessions::Name;
use super::{App, Error, LiveSession, NewCapture, Parts, StoredFile, storage};
use crate::dto;
use crate::store::{self, Account, Principal, SessionRow};

impl App {
    async fn session_of(&self, sid: Sid) -> Result<Handle, Error> {
        match self.parts.sessions.live(sid) {
            Some(handle) => Ok(handle),
            None => session::load(&self.parts, sid).await,
        }
    }

    /// All seats.
    ///
    /// # Errors
    /// [`Error::ShuttingDown`].
    pub async fn seats(&self) -> Result<Vec<SeatStatus>, Error> {
        Ok(self.parts.dispatch.board().await?.1)
    }

    /// Whether somebody is in a session that is not over. Where nobody can say, they are.
    pub async fn is_in_session(&self, who: &Principal) -> bool {
        let found = match who {
            Principal::Party(party) => {
                let session = self.parts.store.session(party.sid).await;
                session.map(|found| found.is_some_and(|s| s.row.ended_at.is_none()))
            }
            Principal::Account(account) => {
                let of = store::SessionFilter {
                    of: Some(account.id),
                    ..store::SessionFilter::default()
                };
                let newest = store::PageRequest::new(None, Some(10));
                let page = self.parts.store.sessions(&of, &newest).await;
                page.map(|page| page.items.iter().any(|s| s.row.ended_at.is_none()))
            }
        };
        found.unwrap_or(true)
    }

    /// An account was changed: seats come and go with it.
    pub async fn account_changed(&self, account: &Account) {
        let account = Box::new(account.clone());
        let changed = super::dispatch::Message::Account { account };
        self.parts.dispatch.tell(changed).await;
    }

    /// Waiting calls, first first.
    ///
    /// # Errors
    /// [`Error::ShuttingDown`].
    pub async fn queue(&self) -> Result<Vec<QueueItem>, Error> {
        Ok(self.parts.dispatch.board().await?.0)
    }

    /// Opens a session for a case and queues the call.
    ///
    /// # Errors
    /// [`Error::RecordingUnavailable`] where there is no room for another recording; [`Error::Conflict`] where the case
    /// has a session that is not over.
    pub async fn call(&self, officer: &Account, case: store::Case) -> Result<dto::Called, Error> {
        if storage::state(&self.parts.storage) != Storage::Ok {
            return Err(Error::RecordingUnavailable {
                zh: "录制空间不足，暂不接受新的呼叫；正在进行的会话不受影响。请联系管理员清理磁盘。".to_owned(),
                en: "There is too little room for another recording, so no new call is taken; sessions in progress go on. Ask the administrator to free disk space.".to_owned(),
            });
        }
        // Goes on by itself: an officer whose phone is cut off now must not leave a session that nobody is called for.
        let (parts, officer) = (Arc::clone(&self.parts), officer.clone());
        tokio::spawn(async move { call(&parts, &officer, case.id).await })
            .await
            .map_err(|error| Error::Internal(error.to_string()))?
    }

    /// The officer gives up waiting.
    ///
    /// # Errors
    /// [`Error::Conflict`] where a seat has answered.
    pub async fn cancel(&self, _officer: &Account, sid: Sid) -> Result<(), Error> {
        self.session_of(sid)
            .await?
            .ask(|session| Box::pin(session.cancel()))
            .await?;
        self.parts.index.settled(sid).await;
        Ok(())
    }

    /// The row of a session that is loaded, which the index may not have yet.
    pub async fn newest_row(&self, sid: Sid) -> Option<SessionRow> {
        let handle = self.parts.sessions.live(sid)?;
        let row = handle.ask(|session| Box::pin(async move { Ok(session.row().clone()) }));
        row.await.ok()
    }

    /// A session with its people and the state of its recording.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn session(&self, who: &Principal, sid: Sid) -> Result<LiveSession, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| Box::pin(async move { Ok(session.live(&who)) }))
            .await
    }

    /// Makes a place in the session for a party with a phone of their own.
    ///
    /// # Errors
    /// [`Error::Conflict`] before a seat has answered.
    pub async fn invite(&self, _who: &Account, sid: Sid) -> Result<ParticipantId, Error> {
        self.session_of(sid)
            .await?
            .ask(|session| Box::pin(async move { session.invite() }))
            .await
    }

    /// Seals the session.
    ///
    /// # Errors
    /// [`Error::Conflict`] before the procedure has ended.
    pub async fn seal(&self, who: &Account, sid: Sid) -> Result<dto::Sealed, Error> {
        let handle = self.session_of(sid).await?;
        handle
            .ask(|session| Box::pin(async move { session.begin_seal() }))
            .await?;
        handle.tracks_ended().await;
        let who = Principal::Account(who.clone());
        handle
            .ask(move |session| Box::pin(async move { session.seal(&who).await }))
            .await
    }

    /// The procedure with everything done so far.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn procedure(&self, who: &Principal, sid: Sid) -> Result<dto::ProcedureView, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| Box::pin(async move { session.view(&who) }))
            .await
    }

    /// Begins an attempt at a step.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub async fn start_step(
        &self,
        who: &Principal,
        sid: Sid,
        step: StepId,
    ) -> Result<dto::ProcedureView, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| Box::pin(async move { session.start_step(&who, step).await }))
            .await
    }

    /// Notes that a sentence was said.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub async fn read_sentence(
        &self,
        who: &Principal,
        sid: Sid,
        step: StepId,
        sentence: String,
    ) -> Result<dto::ProcedureView, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| {
                Box::pin(async move { session.read_sentence(&who, step, sentence).await })
            })
            .await
    }

    /// Enters values.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Invalid`].
    pub async fn set_fields(
        &self,
        who: &Principal,
        sid: Sid,
        _step: StepId,
        values: BTreeMap<String, serde_json::Value>,
    ) -> Result<dto::ProcedureView, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| Box::pin(async move { session.set_fields(&who, values).await }))
            .await
    }

    /// A person confirms a guard's sentence.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub async fn confirm(
        &self,
        who: &Principal,
        sid: Sid,
        step: StepId,
        guard: String,
    ) -> Result<dto::ProcedureView, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| Box::pin(async move { session.confirm(&who, step, guard).await }))
            .await
    }

    /// Completes the running attempt, once everything recorded until now is committed.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub async fn complete_step(
        &self,
        who: &Principal,
        sid: Sid,
        step: StepId,
    ) -> Result<dto::ProcedureView, Error> {
        let who = who.clone();
        let handle = self.session_of(sid).await?;
        let asked_us = wait_until_covered(&handle).await?;
        handle
            .ask(move |session| {
                Box::pin(async move { session.complete_step(&who, step, asked_us).await })
            })
            .await
    }

    /// Keeps a picture.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub async fn capture(
        &self,
        who: &Principal,
        sid: Sid,
        picture: NewCapture,
    ) -> Result<dto::Captured, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| Box::pin(async move { session.capture(&who, picture).await }))
            .await
    }

    /// Kept pictures, in order; a view of evidence.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn captures(&self, who: &Principal, sid: Sid) -> Result<Vec<dto::Capture>, Error> {
        self.look(who, sid, "captures").await?;
        self.captured(sid).await
    }

    /// A kept picture; a view of evidence.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn capture_file(
        &self,
        who: &Principal,
        sid: Sid,
        capture: DocId,
    ) -> Result<StoredFile, Error> {
        self.look(who, sid, "captures").await?;
        self.referenced(sid, &capture, "capture", "image/jpeg")
            .await
    }

    /// The party's defence, or that they do without.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub async fn defend(
        &self,
        who: &Principal,
        sid: Sid,
        defence: dto::Defence,
    ) -> Result<dto::ProcedureView, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| Box::pin(async move { session.defend(&who, defence).await }))
            .await
    }

    /// The seat's verdict.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub async fn review(
        &self,
        who: &Principal,
        sid: Sid,
        review: dto::Review,
    ) -> Result<dto::ProcedureView, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| Box::pin(async move { session.review(&who, review).await }))
            .await
    }

    /// Leaves the procedure before its end.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub async fn take_exit(
        &self,
        who: &Principal,
        sid: Sid,
        exit: dto::TakeExit,
    ) -> Result<dto::ProcedureView, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| Box::pin(async move { session.take_exit(&who, exit).await }))
            .await
    }

    /// The decision as it would read now.
    ///
    /// # Errors
    /// [`Error::NotFound`] as long as it may not be made.
    pub async fn decision_draft(
        &self,
        _who: &Principal,
        sid: Sid,
    ) -> Result<dto::DecisionText, Error> {
        self.session_of(sid)
            .await?
            .ask(|session| Box::pin(async move { session.draft() }))
            .await
    }

    /// Makes the decision.
    ///
    /// # Errors
    /// [`Error::Refused`]: without a live recording there is no decision.
    pub async fn decide(&self, who: &Principal, sid: Sid) -> Result<dto::Issued, Error> {
        let who = who.clone();
        let handle = self.session_of(sid).await?;
        // Asked for twice, the second finds it made and uses up no number.
        let _alone = self.parts.sessions.alone(Name::Decision(sid)).await;
        let asked_us = wait_until_covered(&handle).await?;
        let decider = who.clone();
        let drafted = handle
            .ask(move |session| {
                Box::pin(async move { session.draft_to_issue(&decider, asked_us).await })
            })
            .await?;
        let pdf = drafted.typeset(Arc::clone(&self.parts.typesetter)).await?;
        // Typesetting took its time: what was recorded meanwhile counts as well.
        let asked_us = wait_until_covered(&handle).await?;
        self.parts.index.settled(sid).await;
        handle
            .ask(move |session| {
                Box::pin(async move { session.issue(&who, drafted, pdf, asked_us).await })
            })
            .await
    }

    /// The decision.
    ///
    /// # Errors
    /// [`Error::NotFound`] before it is made.
    pub async fn decision(&self, _who: &Principal, sid: Sid) -> Result<dto::Decision, Error> {
        self.session_of(sid)
            .await?
            .ask(|session| Box::pin(async move { session.decision().await }))
            .await
    }

    /// A document of the session; a view of evidence.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn document(
        &self,
        who: &Principal,
        sid: Sid,
        doc: DocId,
    ) -> Result<StoredFile, Error> {
        self.look(who, sid, "document").await?;
        self.referenced(sid, &doc, "doc", "application/pdf").await
    }

    /// The party signs, or refuses to.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub async fn sign(
        &self,
        who: &Principal,
        sid: Sid,
        signature: dto::Signature,
    ) -> Result<dto::ProcedureView, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| Box::pin(async move { session.sign(&who, signature).await }))
            .await
    }

    /// The decision reaches the party.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub async fn deliver(
        &self,
        who: &Principal,
        sid: Sid,
        delivery: dto::Delivery,
    ) -> Result<dto::ProcedureView, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| Box::pin(async move { session.deliver(&who, delivery).await }))
            .await
    }

    /// The sealed case is filed.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub async fn file_case(
        &self,
        who: &Account,
        sid: Sid,
        filing: dto::Filing,
    ) -> Result<store::Case, Error> {
        let who = Principal::Account(who.clone());
        let handle = self.session_of(sid).await?;
        let case = handle
            .ask(move |session| Box::pin(async move { session.file_case(&who, filing).await }))
            .await?;
        self.parts.index.settled(sid).await;
        self.parts.store.case(case).await?.ok_or(Error::NotFound)
    }

    /// The fine was paid.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub async fn pay(
        &self,
        who: &Account,
        sid: Sid,
        payment: dto::Payment,
    ) -> Result<store::Case, Error> {
        let who = Principal::Account(who.clone());
        let handle = self.session_of(sid).await?;
        let case = handle
            .ask(move |session| Box::pin(async move { session.pay(&who, payment).await }))
            .await?;
        self.parts.index.settled(sid).await;
        self.parts.store.case(case).await?.ok_or(Error::NotFound)
    }

    /// Hands a head to the party; returns its note.
    pub(super) async fn hand_receipt(&self, who: &Principal, sid: Sid) -> Result<Arc<str>, Error> {
        let who = who.clone();
        self.session_of(sid)
            .await?
            .ask(move |session| Box::pin(async move { session.hand_receipt(&who).await }))
            .await
    }
}

/// Opens a session for a case and queues the call; where it can't be queued, the session ends at once.
async fn call(parts: &Arc<Parts>, officer: &Account, case: Uuid) -> Result<dto::Called, Error> {
    let _alone = parts.sessions.alone(case).await;
    let case = parts.store.case(case).await?.ok_or(Error::NotFound)?;
    if let Some(sid) = case.sid
        && let Some(before) = parts.store.session(sid).await?
        && before.row.ended_at.is_none()
    {
        return Err(Error::Conflict {
            zh: "该案件已有进行中的会话，请返回该会话。".to_owned(),
            en: "The case has a session in progress; go back to it.".to_owned(),
        });
    }
    let own = officer.id.to_string();
    let (queue, _) = parts.dispatch.board().await?;
    if queue.iter().any(|waiting| waiting.officer.id == own) {
        return Err(Error::Conflict {
            zh: "您已有一个呼叫在等待接听，请先返回或取消该呼叫。".to_owned(),
            en: "A call of yours is waiting already; go back to it or cancel it first.".to_owned(),
        });
    }
    let (sid, handle) = session::open(parts, officer, case.clone()).await?;
    let queued = parts.dispatch.call(Call {
        sid,
        officer: officer.person(),
        skill: officer.police_type.clone(),
        procedure: case.procedure,
        place_text: case.facts.place_text,
        violation_text: case.facts.violation_text,
        waiting_since: session::now(),
    });
    match queued.await {
        Ok(position) => {
            parts.index.settled(sid).await;
            Ok(dto::Called { sid, position })
        }
        Err(error) => {
            handle.ask(|session| Box::pin(session.cancel())).await?;
            Err(error)
        }
    }
}

/// What isn't durable doesn't count: waits until what was recorded up to now is committed, and says up to when that is.
async fn wait_until_covered(handle: &Handle) -> Result<u64, Error> {
    let asked_us = handle
        .ask(|session| Box::pin(async move { Ok(session.now_us()) }))
        .await?;
    handle.covered(asked_us).await;
    Ok(asked_us)
}
