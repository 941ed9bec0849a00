//! Clients' connections, and who hears what they say.

use std::sync::Arc;

use signaling::hub::{ConnectionId, Event};
use signaling::protocol::{ClientMessage, CloseCode, ServerMessage};
use signaling::ws::Server;

use super::people::RoleKey;
use super::session::{LinkChange, Message, Untold};
use super::{Parts, Who, dispatch};
use crate::clock;

/// All connections. Clones are handles.
#[derive(Debug, Clone)]
pub struct Hub {
    server: Server<Who>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            server: Server::new(clock::utc_now),
        }
    }
}

impl Hub {
    /// The socket side, for the HTTP upgrade.
    pub fn server(&self) -> &Server<Who> {
        &self.server
    }

    pub(crate) fn send(&self, link: ConnectionId, message: ServerMessage) {
        self.server.with(|hub| hub.send(link, message));
    }

    pub(crate) fn send_to_account(&self, id: &str, message: &ServerMessage) {
        self.server
            .with(|hub| hub.send_where(|who| who.is_account(id), message));
    }

    /// Whether somebody of this account is connected, or was until just now.
    pub(crate) fn has_account(&self, id: &str) -> bool {
        self.server
            .with(|hub| hub.connections().any(|(_, who, _)| who.is_account(id)))
    }

    pub(crate) fn send_to_board(&self, message: &ServerMessage) {
        let meant = |who: &Who| {
            matches!(
                who,
                Who::Account {
                    role: RoleKey::Seat | RoleKey::Chief,
                    ..
                }
            )
        };
        self.server.with(|hub| hub.send_where(meant, message));
    }

    pub(crate) fn close(&self, link: ConnectionId, code: CloseCode, detail: &str) {
        self.server.with(|hub| hub.close(link, code, detail));
    }

    /// Ends the connections of an account: signed out, disabled.
    pub fn close_account(&self, id: &str, detail: &str) {
        self.server.with(|hub| {
            hub.close_where(|who| who.is_account(id), CloseCode::Unauthorised, detail);
        });
    }

    /// Tells everyone that the server goes down, and takes nobody in any more.
    pub fn shut_down(&self) {
        self.server
            .with(|hub| hub.shut_down("the server is restarting"));
    }
}

/// Hands every event to whom it concerns. Runs for as long as the server does.
pub(crate) async fn route(parts: Arc<Parts>) {
    loop {
        match parts.hub.server.recv().await {
            Event::Connected { connection, who } => {
                parts
                    .dispatch
                    .tell(dispatch::Message::Up {
                        link: connection,
                        who,
                    })
                    .await
            }
            Event::Resumed { connection, who } => {
                parts
                    .dispatch
                    .tell(dispatch::Message::Up {
                        link: connection,
                        who: who.clone(),
                    })
                    .await;
                link_changed(&parts, connection, LinkChange::Resumed);
            }
            Event::Detached { connection, who } => {
                parts
                    .dispatch
                    .tell(dispatch::Message::Down {
                        link: connection,
                        who,
                    })
                    .await;
                link_changed(&parts, connection, LinkChange::Lost);
            }
            Event::Ended {
                connection, who, ..
            } => {
                parts
                    .dispatch
                    .tell(dispatch::Message::Down {
                        link: connection,
                        who,
                    })
                    .await;
                link_changed(&parts, connection, LinkChange::Ended);
                parts.sessions.forget_link(connection);
            }
            Event::Message {
                connection,
                who,
                n,
                body,
            } => said(&parts, connection, who, n, body).await,
        }
    }
}

fn link_changed(parts: &Parts, link: ConnectionId, change: LinkChange) {
    for handle in parts.sessions.at_link(link) {
        if handle.try_send(Message::Link { link, change }) == Err(Untold::Behind) {
            tracing::error!("A session is too far behind to hear of a connection");
        }
    }
}

async fn said(parts: &Arc<Parts>, link: ConnectionId, who: Who, n: u64, body: ClientMessage) {
    let sid = match &body {
        ClientMessage::SeatState { .. }
        | ClientMessage::CallAnswer { .. }
        | ClientMessage::CallDecline { .. } => {
            parts
                .dispatch
                .tell(dispatch::Message::Said { link, who, n, body })
                .await;
            return;
        }
        ClientMessage::SessionJoin { sid }
        | ClientMessage::SessionLeave { sid }
        | ClientMessage::MediaOffer { sid, .. }
        | ClientMessage::MediaState { sid, .. }
        | ClientMessage::ScreenTurned { sid, .. } => *sid,
    };
    let Some(handle) = parts.sessions.live(sid) else {
        parts.hub.send(
            link,
            signaling::Error::from(signaling::RoomError::Over).reply(n),
        );
        return;
    };
    if matches!(body, ClientMessage::SessionJoin { .. }) {
        parts.sessions.note_link(link, sid);
    }
    let told = handle.try_send(Message::Client { link, who, n, body });
    if told == Err(Untold::Behind) {
        // One session must not hold up the others: the client begins again and finds how things stand.
        parts
            .hub
            .close(link, CloseCode::TooSlow, "the session is too far behind");
    }
}
