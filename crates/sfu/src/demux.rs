//! To whom a datagram belongs: by ICE user fragment, then by address, then by SSRC. One look-up each,
//! whatever the number of peers.

use std::collections::HashMap;

use crate::Remote;

/// What a datagram on a WebRTC socket is, by its first byte (RFC 7983 §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Stun,
    Dtls,
    /// RTP or RTCP; with the SSRC of an RTP header, `None` for RTCP.
    Media {
        ssrc: Option<u32>,
    },
}

/// `None` for what is none of these.
pub(crate) fn classify(bytes: &[u8]) -> Option<Class> {
    const STUN_HEADER: usize = 20;
    const RTP_HEADER: usize = 12;
    const RTCP_HEADER: usize = 8;
    match *bytes {
        [0..=3, ..] if bytes.len() >= STUN_HEADER => Some(Class::Stun),
        [20..=63, ..] => Some(Class::Dtls),
        // RFC 5761 §4: payload types 64 to 95 are RTCP.
        [128..=191, second, ..] if (64..96).contains(&(second & 0x7f)) => {
            (bytes.len() >= RTCP_HEADER).then_some(Class::Media { ssrc: None })
        }
        [128..=191, _, _, _, _, _, _, _, a, b, c, d, ..] if bytes.len() > RTP_HEADER => {
            Some(Class::Media {
                ssrc: Some(u32::from_be_bytes([a, b, c, d])),
            })
        }
        _ => None,
    }
}

/// Indexes into the worker's table of peers.
#[derive(Debug, Default)]
pub(crate) struct Demux {
    by_ufrag: HashMap<String, usize>,
    by_address: HashMap<Remote, usize>,
    by_ssrc: HashMap<u32, usize>,
}

impl Demux {
    pub(crate) fn ufrag(&self, ufrag: &str) -> Option<usize> {
        self.by_ufrag.get(ufrag).copied()
    }

    pub(crate) fn address(&self, address: Remote) -> Option<usize> {
        self.by_address.get(&address).copied()
    }

    pub(crate) fn ssrc(&self, ssrc: u32) -> Option<usize> {
        self.by_ssrc.get(&ssrc).copied()
    }

    pub(crate) fn add_ufrag(&mut self, ufrag: String, peer: usize) {
        self.by_ufrag.insert(ufrag, peer);
    }

    pub(crate) fn add_address(&mut self, address: Remote, peer: usize) {
        self.by_address.insert(address, peer);
    }

    pub(crate) fn add_ssrc(&mut self, ssrc: u32, peer: usize) {
        self.by_ssrc.insert(ssrc, peer);
    }

    pub(crate) fn remove_ufrag(&mut self, ufrag: &str, peer: usize) {
        if self.ufrag(ufrag) == Some(peer) {
            self.by_ufrag.remove(ufrag);
        }
    }

    /// Unless the address has become somebody else's, as ports behind a NAT do.
    pub(crate) fn remove_address(&mut self, address: Remote, peer: usize) {
        if self.address(address) == Some(peer) {
            self.by_address.remove(&address);
        }
    }

    /// Unless another peer, by chance, chose the same.
    pub(crate) fn remove_ssrc(&mut self, ssrc: u32, peer: usize) {
        if self.ssrc(ssrc) == Some(peer) {
            self.by_ssrc.remove(&ssrc);
        }
    }

    /// Entries of all tables together.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.by_ufrag.len() + self.by_address.len() + self.by_ssrc.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_are_classified_by_their_first_bytes() {
        let rtp = [0x80, 111, 0, 1, 0, 0, 0, 9, 0, 0, 0, 7, 0xff];
        assert_eq!(classify(&rtp), Some(Class::Media { ssrc: Some(7) }));
        assert_eq!(
            classify(&rtp[..12]),
            None,
            "a header without anything behind it"
        );
        assert_eq!(
            classify(&[0x80, 200, 0, 1, 0, 0, 0, 9]),
            Some(Class::Media { ssrc: None })
        );
        assert_eq!(classify(&[0x80, 200, 0, 1]), None);
        assert_eq!(classify(&[22, 254, 253]), Some(Class::Dtls));
        assert_eq!(classify(&[0; 20]), Some(Class::Stun));
        assert_eq!(classify(&[0; 19]), None);
        assert_eq!(classify(&[]), None);
        assert_eq!(classify(&[0x47, 0x45, 0x54, 0x20]), None, "GET");
    }

    #[test]
    fn what_became_somebody_elses_is_not_removed() {
        let mut demux = Demux::default();
        let address = "192.0.2.1:5000".parse().unwrap();
        let address = Remote {
            transport: crate::Transport::Udp,
            address,
        };
        demux.add_address(address, 1);
        demux.add_address(address, 2);
        demux.remove_address(address, 1);
        assert_eq!(demux.address(address), Some(2));
        demux.remove_address(address, 2);
        assert_eq!(demux.len(), 0);
    }
}
