//! The floor: what receiving, opening, sealing and sending the same packets costs when nothing else is done.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde::Serialize;

use crate::cpu;

/// The bare work.
#[derive(Debug, Serialize)]
pub(crate) struct Floor {
    pub(crate) packets_per_cpu_s: f64,
    pub(crate) packets: u64,
}

const HEADER_BYTES: usize = 12;
/// Packets sent in a burst, as a frame's are.
const BURST: usize = 6;

/// Forwards packets of `payload_bytes` for `span` on one thread and divides them by its CPU time. The sender's share is on
/// another thread and not counted.
pub(crate) fn measure(payload_bytes: usize, span: Duration) -> anyhow::Result<Floor> {
    let (source, relay, sink) = (
        UdpSocket::bind("127.0.0.1:0")?,
        UdpSocket::bind("127.0.0.1:0")?,
        UdpSocket::bind("127.0.0.1:0")?,
    );
    source.connect(relay.local_addr()?)?;
    relay.set_read_timeout(Some(Duration::from_millis(100)))?;
    let to = sink.local_addr()?;
    let key =
        || LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("32 bytes are a key"));
    let until = Instant::now() + span;
    let sender = std::thread::spawn(move || -> std::io::Result<()> {
        let key = key();
        let mut packet = vec![0x80; HEADER_BYTES + payload_bytes];
        let (header, payload) = packet.split_at_mut(HEADER_BYTES);
        let tag = key
            .seal_in_place_separate_tag(nonce(), Aad::from(&*header), payload)
            .expect("a short payload can be sealed");
        packet.extend_from_slice(tag.as_ref());
        while Instant::now() < until {
            for _ in 0..BURST {
                source.send(&packet)?;
            }
            std::thread::park_timeout(Duration::from_micros(200));
        }
        Ok(())
    });
    let drain = std::thread::spawn(move || -> std::io::Result<()> {
        sink.set_read_timeout(Some(Duration::from_millis(300)))?;
        let mut buffer = [0; 2048];
        while sink.recv(&mut buffer).is_ok() {}
        Ok(())
    });
    let key = key();
    let mut buffer = vec![0; 2048];
    let (mut packets, begun) = (0, cpu::own()?);
    while Instant::now() < until {
        let length = match relay.recv(&mut buffer) {
            Ok(length) => length,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let (header, sealed) = buffer[..length].split_at_mut(HEADER_BYTES);
        let opened = key
            .open_in_place(nonce(), Aad::from(&*header), sealed)
            .expect("it was sealed with the same key")
            .len();
        let (payload, rest) = sealed.split_at_mut(opened);
        let tag = key
            .seal_in_place_separate_tag(nonce(), Aad::from(&*header), payload)
            .expect("a short payload can be sealed");
        rest[..tag.as_ref().len()].copy_from_slice(tag.as_ref());
        relay.send_to(&buffer[..length], to)?;
        packets += 1;
    }
    let spent = cpu::own()? - begun;
    sender.join().expect("the sender does not panic")?;
    drain.join().expect("the sink does not panic")?;
    Ok(Floor {
        packets_per_cpu_s: packets as f64 / spent,
        packets,
    })
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}
