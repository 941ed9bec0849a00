//! Which sessions run here, and what leads to them: peers of the media workers, connections of clients.

use std::collections::BTreeMap;
use std::sync::Mutex;

use ids::Sid;
use sfu::PeerId;
use signaling::hub::ConnectionId;

use super::session::Handle;

/// The sessions that are loaded.
#[derive(Default)]
pub(crate) struct Sessions {
    tables: Mutex<Routes>,
}

#[derive(Default)]
struct Routes {
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
        self.with(|routes| routes.live.get(&sid).cloned())
    }

    /// Makes a session known, unless it is already; returns the one that is.
    pub(crate) fn enter(&self, sid: Sid, handle: Handle) -> Handle {
        self.with(|routes| routes.live.entry(sid).or_insert(handle).clone())
    }

    /// A session is no longer loaded.
    pub(crate) fn forget(&self, sid: Sid) {
        self.with(|routes| {
            routes.live.remove(&sid);
            routes.peers.retain(|_, s| *s != sid);
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
