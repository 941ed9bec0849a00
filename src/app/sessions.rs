//! Which sessions run here, and what leads to them: peers of the media workers, connections of clients.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ids::Sid;
use sfu::PeerId;
use signaling::hub::ConnectionId;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::session::Handle;

/// The sessions that are loaded.
#[derive(Default)]
pub(crate) struct Sessions {
    tables: Mutex<Routes>,
}

/// What is worked on alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// A session that is being loaded.
    Session(Sid),
    /// A case that is being called for.
    Case(Uuid),
    /// A session whose decision is being made.
    Decision(Sid),
    /// A session that is looked at.
    Look(Sid),
}

impl From<Sid> for Name {
    fn from(sid: Sid) -> Self {
        Self::Session(sid)
    }
}

impl From<Uuid> for Name {
    fn from(case: Uuid) -> Self {
        Self::Case(case)
    }
}

/// The right to work alone, until it is dropped.
pub(crate) struct Alone<'s> {
    sessions: &'s Sessions,
    name: Name,
    held: Option<OwnedMutexGuard<()>>,
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.held = None;
        // Nobody waits where only the table holds the lock.
        self.sessions.with(|routes| {
            if routes
                .alone
                .get(&self.name)
                .is_some_and(|lock| Arc::strong_count(lock) == 1)
            {
                routes.alone.remove(&self.name);
            }
        });
    }
}

#[derive(Default)]
struct Routes {
    alone: BTreeMap<Name, Arc<tokio::sync::Mutex<()>>>,
    live: BTreeMap<Sid, Handle>,
    peers: BTreeMap<PeerId, Sid>,
    links: BTreeMap<ConnectionId, Vec<Sid>>,
}

impl Sessions {
    fn with<R>(&self, work: impl FnOnce(&mut Routes) -> R) -> R {
        work(
            &mut self
                .tables
                .lock()
                .expect("nothing panics while it holds this lock"),
        )
    }

    /// A session that is loaded.
    pub(crate) fn live(&self, sid: Sid) -> Option<Handle> {
        self.with(|routes| {
            let handle = routes.live.get(&sid).cloned();
            handle.filter(|handle| !handle.has_stopped())
        })
    }

    /// Work on one session or case, one at a time: whoever comes second waits and finds what the first has done.
    pub(crate) async fn alone(&self, name: impl Into<Name>) -> Alone<'_> {
        let name = name.into();
        let lock = self.with(|routes| Arc::clone(routes.alone.entry(name).or_default()));
        let held = lock.lock_owned().await;
        Alone {
            sessions: self,
            name,
            held: Some(held),
        }
    }

    /// Makes a session known.
    pub(crate) fn enter(&self, sid: Sid, handle: Handle) {
        self.with(|routes| routes.live.insert(sid, handle));
    }

    /// A session's actor has stopped; one that was loaded since stays.
    pub(crate) fn forget(&self, sid: Sid) {
        self.with(|routes| {
            if routes.live.get(&sid).is_some_and(Handle::has_stopped) {
                routes.live.remove(&sid);
                routes.peers.retain(|_, s| *s != sid);
            }
        });
    }

    /// Events of this peer go to that session.
    pub(crate) fn route_peer(&self, peer: PeerId, sid: Sid) {
        self.with(|routes| routes.peers.insert(peer, sid));
    }

    /// The session of a peer.
    pub(crate) fn of_peer(&self, peer: PeerId) -> Option<Handle> {
        self.with(|routes| {
            routes
                .peers
                .get(&peer)
                .and_then(|sid| routes.live.get(sid))
                .cloned()
        })
    }

    /// A peer is gone.
    pub(crate) fn forget_peer(&self, peer: PeerId) {
        self.with(|routes| routes.peers.remove(&peer));
    }

    /// This connection has something to do with that session.
    pub(crate) fn note_link(&self, link: ConnectionId, sid: Sid) {
        self.with(|routes| {
            let sids = routes.links.entry(link).or_default();
            if !sids.contains(&sid) {
                sids.push(sid);
            }
        });
    }

    /// The sessions a connection has to do with.
    pub(crate) fn at_link(&self, link: ConnectionId) -> Vec<Handle> {
        self.with(|routes| {
            routes
                .links
                .get(&link)
                .into_iter()
                .flatten()
                .filter_map(|sid| routes.live.get(sid))
                .cloned()
                .collect()
        })
    }

    /// A connection is over.
    pub(crate) fn forget_link(&self, link: ConnectionId) {
        self.with(|routes| routes.links.remove(&link));
    }
}
