//! The dispatch actor: calls and seats meet here. It carries out what [`signaling::dispatch`] decides.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use ids::Sid;
use integrity::Draft;
use signaling::dispatch::{
    Audience, Call, Dispatch, Fact, Happened, Input, Output, SeatId, SeatProfile,
};
use signaling::hub::ConnectionId;
use signaling::protocol::{ClientMessage, QueueItem, SeatStatus};
use signaling::{DispatchError, Error as SignalingError};
use tokio::sync::{mpsc, oneshot};

use super::people::{RoleKey, server_actor};
use super::{Error, Parts, Who};
use crate::clock;
use crate::journal::Keep;
use crate::store::{Account, AccountFilter, PageRequest, Role};

/// Messages waiting for the dispatch actor.
const MAILBOX_MAX: usize = 4_096;

/// What reaches the dispatch actor.
pub(crate) enum Message {
    /// A connection came up, or has a socket again.
    Up { link: ConnectionId, who: Who },
    /// A connection lost its socket, or ended.
    Down { link: ConnectionId, who: Who },
    /// A seat said something about the queue.
    Said {
        link: ConnectionId,
        who: Who,
        n: u64,
        body: ClientMessage,
    },
    /// An officer calls.
    Call {
        call: Box<Call>,
        reply: oneshot::Sender<Result<u32, DispatchError>>,
    },
    /// An officer gives up waiting.
    Cancel {
        sid: Sid,
        reply: oneshot::Sender<Result<(), DispatchError>>,
    },
    /// An account was changed: it may be a seat now, another one, or none any more.
    Account { account: Box<Account> },
    /// A session ended.
    Over { sid: Sid },
    /// Queue and seats as they stand.
    Board {
        reply: oneshot::Sender<(Vec<QueueItem>, Vec<SeatStatus>)>,
    },
}

/// A handle to the dispatch actor.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    mailbox: mpsc::Sender<Message>,
}

/// A handle, and what the actor will read from.
pub(crate) fn mailbox() -> (Handle, mpsc::Receiver<Message>) {
    let (sender, receiver) = mpsc::channel(MAILBOX_MAX);
    (Handle { mailbox: sender }, receiver)
}

impl Handle {
    pub(crate) async fn tell(&self, message: Message) {
        if self.mailbox.send(message).await.is_err() {
            tracing::debug!("The dispatch actor has stopped");
        }
    }

    /// Queues a call; returns its position.
    pub(crate) async fn call(&self, call: Call) -> Result<u32, Error> {
        let (reply, answer) = oneshot::channel();
        self.tell(Message::Call {
            call: Box::new(call),
            reply,
        })
        .await;
        answer
            .await
            .map_err(|_| Error::ShuttingDown)?
            .map_err(refused)
    }

    /// Takes a call out of the queue.
    pub(crate) async fn cancel(&self, sid: Sid) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.tell(Message::Cancel { sid, reply }).await;
        answer
            .await
            .map_err(|_| Error::ShuttingDown)?
            .map_err(refused)
    }

    /// Queue and seats as they stand.
    pub(crate) async fn board(&self) -> Result<(Vec<QueueItem>, Vec<SeatStatus>), Error> {
        let (reply, answer) = oneshot::channel();
        self.tell(Message::Board { reply }).await;
        answer.await.map_err(|_| Error::ShuttingDown)
    }
}

fn refused(error: DispatchError) -> Error {
    if matches!(error, DispatchError::UnknownCall(_)) {
        return Error::NotFound;
    }
    let message = SignalingError::from(error).reply(0);
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "an error's reply is an error message"
    )]
    match message {
        signaling::protocol::ServerMessage::Error {
            detail, detail_en, ..
        } => Error::Conflict {
            zh: detail,
            en: detail_en,
        },
        other => Error::Internal(format!("{other:?} is no refusal")),
    }
}

/// What the actor starts from after a restart.
pub(crate) struct Before {
    /// Calls that waited, first first.
    pub(crate) calls: Vec<Call>,
    /// Seats that were in a session.
    pub(crate) busy: BTreeMap<SeatId, Sid>,
}

/// All seats, from the accounts.
pub(crate) async fn seats(parts: &Parts) -> Result<Vec<SeatProfile>, crate::store::Error> {
    let mut seats = Vec::new();
    let filter = AccountFilter {
        role: Some(Role::Seat),
        ..AccountFilter::default()
    };
    let mut cursor = None;
    loop {
        let page = parts
            .store
            .accounts(&filter, &PageRequest::new(cursor, Some(200)))
            .await?;
        seats.extend(page.items.iter().filter(|a| !a.disabled).map(profile));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(seats),
        }
    }
}

fn profile(account: &Account) -> SeatProfile {
    SeatProfile {
        person: account.person(),
        skills: [account.police_type.clone()].into(),
    }
}

/// Runs for as long as the server does.
pub(crate) async fn run(
    parts: Arc<Parts>,
    mut dispatch: Dispatch,
    mut mailbox: mpsc::Receiver<Message>,
) {
    loop {
        let deadline = dispatch.next_deadline();
        let timer = async {
            match deadline {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        let reply = tokio::select! {
            message = mailbox.recv() => match message {
                Some(message) => take(&parts, &mut dispatch, message).await,
                None => return,
            },
            () = timer => {
                note(handle(&mut dispatch, Input::Tick));
                None
            }
        };
        carry_out(&parts, &mut dispatch).await;
        // What was asked for is in the log before it is answered.
        if let Some(reply) = reply {
            reply();
        }
    }
}

fn handle(dispatch: &mut Dispatch, input: Input) -> Result<(), DispatchError> {
    dispatch.handle(input, Instant::now(), clock::utc_now())
}

fn note(outcome: Result<(), DispatchError>) {
    if let Err(error) = outcome {
        tracing::debug!(%error, "Dispatch refused what it was told");
    }
}

/// An answer that waits until what it rests on is durable.
type Reply = Box<dyn FnOnce() + Send>;

async fn take(parts: &Parts, dispatch: &mut Dispatch, message: Message) -> Option<Reply> {
    match message {
        Message::Up { link, who } => up(parts, dispatch, link, who).await,
        Message::Down { link, who } => {
            if let Who::Account {
                id,
                role: RoleKey::Seat,
            } = who
            {
                note(handle(
                    dispatch,
                    Input::Disconnected {
                        seat: SeatId(id),
                        connection: link,
                    },
                ));
            }
        }
        Message::Said { link, who, n, body } => said(parts, dispatch, link, who, n, body),
        Message::Call { call, reply } => {
            let sid = call.sid;
            let queued = handle(dispatch, Input::Call(*call));
            let position = dispatch
                .queue()
                .iter()
                .find(|item| item.sid == sid)
                .map_or(1, |item| item.position);
            return Some(Box::new(move || {
                drop(reply.send(queued.map(|()| position)))
            }));
        }
        Message::Cancel { sid, reply } => {
            let cancelled = handle(dispatch, Input::Cancel { sid });
            return Some(Box::new(move || drop(reply.send(cancelled))));
        }
        Message::Account { account } => {
            let is_seat = account.role == Role::Seat && !account.disabled;
            let known = dispatch
                .seats()
                .iter()
                .any(|seat| seat.person.id == account.id.to_string());
            if is_seat {
                note(handle(dispatch, Input::Seat(profile(&account))));
            } else if known {
                let seat = SeatId(account.id.to_string());
                note(handle(dispatch, Input::SeatRemoved(seat)));
            }
        }
        Message::Over { sid } => note(handle(dispatch, Input::SessionOver { sid })),
        Message::Board { reply } => drop(reply.send((dispatch.queue(), dispatch.seats()))),
    }
    None
}

/// Somebody connected: seats enter, and everybody is shown what concerns them.
async fn up(parts: &Parts, dispatch: &mut Dispatch, link: ConnectionId, who: Who) {
    let Who::Account { id, role } = who else {
        return;
    };
    match role {
        RoleKey::Seat => {
            let seat = SeatId(id.clone());
            if dispatch.seats().iter().all(|s| s.person.id != id) {
                let Some(account) = account(parts, &id).await else {
                    return;
                };
                note(handle(dispatch, Input::Seat(profile(&account))));
            }
            note(handle(
                dispatch,
                Input::Connected {
                    seat: seat.clone(),
                    connection: link,
                },
            ));
            parts.hub.send(link, dispatch.board());
            if let Some(offer) = dispatch.offer_at(&seat) {
                parts.hub.send(link, offer);
            }
        }
        RoleKey::Chief => parts.hub.send(link, dispatch.board()),
        RoleKey::Officer => {
            for item in dispatch.queue().iter().filter(|item| item.officer.id == id) {
                if let Some(position) = dispatch.position(item.sid) {
                    parts.hub.send(link, position);
                }
            }
        }
        RoleKey::Auditor | RoleKey::Admin => {}
    }
}

async fn account(parts: &Parts, id: &str) -> Option<Account> {
    parts.store.account(id.parse().ok()?).await.ok().flatten()
}

fn said(
    parts: &Parts,
    dispatch: &mut Dispatch,
    link: ConnectionId,
    who: Who,
    n: u64,
    body: ClientMessage,
) {
    let Who::Account {
        id,
        role: RoleKey::Seat,
    } = who
    else {
        parts.hub.send(
            link,
            SignalingError::from(DispatchError::UnknownSeat(SeatId(String::new()))).reply(n),
        );
        return;
    };
    let seat = SeatId(id);
    let input = match body {
        ClientMessage::SeatState { state } => Input::Wish { seat, wish: state },
        ClientMessage::CallAnswer { sid } => Input::Answer { seat, sid },
        ClientMessage::CallDecline { sid } => Input::Decline { seat, sid },
        // These concern a session and never come here.
        ClientMessage::SessionJoin { .. }
        | ClientMessage::SessionLeave { .. }
        | ClientMessage::MediaOffer { .. }
        | ClientMessage::MediaState { .. }
        | ClientMessage::ScreenTurned { .. } => return,
    };
    if let Err(error) = handle(dispatch, input) {
        parts.hub.send(link, SignalingError::from(error).reply(n));
    }
}

/// Carries out what follows, facts before the messages that rest on them.
async fn carry_out(parts: &Arc<Parts>, dispatch: &mut Dispatch) {
    let mut told = Vec::new();
    while let Some(output) = dispatch.poll() {
        match output {
            Output::Fact(fact) => write(parts, &fact).await,
            Output::Tell { to, message } => told.push((to, message)),
            Output::Answered { sid, seat, .. } => {
                let (Some(handle), Some(seat)) =
                    (parts.sessions.live(sid), account(parts, &seat.id).await)
                else {
                    tracing::error!(%sid, "A call was answered whose session or seat is gone");
                    continue;
                };
                let seat = Box::new(seat);
                handle
                    .send(super::session::Message::Answered { seat })
                    .await;
            }
        }
    }
    // Told last: whoever hears that a call is answered may join at once, and the session knows of it by then.
    for (to, message) in told {
        match to {
            Audience::Account(id) => parts.hub.send_to_account(&id, &message),
            Audience::Board => parts.hub.send_to_board(&message),
        }
    }
}

async fn write(parts: &Parts, fact: &Fact) {
    let serde_json::Value::Object(body) = fact.body(|seat| format!("seat:{}", seat.0)) else {
        return;
    };
    let actor = match (&fact.what, fact.seat()) {
        (Happened::Answered { .. } | Happened::Declined { .. }, Some(seat)) => {
            format!("seat:{}", seat.0).parse().ok()
        }
        _ => None,
    };
    let draft = Draft::free(actor.unwrap_or_else(server_actor), fact.entry_type(), body);
    let appended = match draft {
        Ok(draft) => parts
            .journal
            .append(fact.sid, vec![draft.into()], Keep::UntilNext)
            .await
            .map(drop)
            .map_err(|e| e.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = appended {
        tracing::error!(sid = %fact.sid, error, "A fact of the queue was not written");
    }
}
