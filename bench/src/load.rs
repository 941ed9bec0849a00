//! Load: sessions of an officer and a seat, each sending 1.2 Mbit/s of picture in frames of six packets and Opus, as
//! browsers do, over real WebRTC on another stack.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use cloudseat::bot::call::Call;
use cloudseat::bot::clip::{Clip, Codec};
use ids::Sid;
use serde::Serialize;
use serde_json::json;
use signaling::protocol::{ClientMessage, RecordingState};

use crate::cpu;
use crate::server::Server;

/// What the load cost.
#[derive(Debug, Serialize)]
pub(crate) struct Media {
    pub(crate) packets_in_per_s: f64,
    pub(crate) packets_out_per_s: f64,
    pub(crate) payload_bytes_mean: usize,
    pub(crate) forwarded_per_cpu_s: f64,
    pub(crate) forwarded_per_media_cpu_s: f64,
    /// CPU of recorder, journal and reports for each CPU-second of the media threads.
    pub(crate) recording_cpu_share: f64,
    pub(crate) sessions_per_core: f64,
    /// Cores, by the threads' names.
    pub(crate) cores: cpu::ByThread,
}

/// Calls in progress.
pub(crate) struct Load {
    calls: Vec<(Sid, Call, Call)>,
}

/// A picture of 1.2 Mbit/s.
pub(crate) const FRAME_BYTES: usize = 6_000;
const FRAMES_A_SECOND: u32 = 25;

/// A picture whose frames nobody decodes: VP8 frame headers (RFC 6386 §9.1) before noise.
fn clip(sound: &Clip, frame_bytes: usize) -> Clip {
    let frame = |n: u32| {
        let mut bytes: Vec<u8> = (0..frame_bytes as u32)
            .map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(n) >> 13) as u8)
            .collect();
        if n == 0 {
            bytes[..10].copy_from_slice(&[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01]);
        } else {
            bytes[..3].copy_from_slice(&[0x11, 0, 0]);
        }
        Bytes::from(bytes)
    };
    let frames = (0..FRAMES_A_SECOND * 4).map(frame).collect();
    Clip {
        codec: Codec::Vp8,
        frames,
        frame_time: Duration::from_secs(1) / FRAMES_A_SECOND,
        sound: sound.sound.clone(),
    }
}

impl Load {
    /// Opens the sessions one after another: each officer calls, a seat of its own answers.
    pub(crate) async fn start(
        server: &Server,
        name: &str,
        sessions: usize,
        frame_bytes: usize,
    ) -> anyhow::Result<Self> {
        let admin = server.sign_in("admin").await?;
        let units = admin.get("units").await?;
        let unit = units["items"][0]["id"].clone();
        let mut calls = Vec::new();
        for n in 0..sessions {
            let mut people = Vec::new();
            for role in ["officer", "seat"] {
                let login = format!("{name}-{role}-{n}");
                let user = json!({ "login": login, "name": login, "role": role, "unit_id": unit, "badge_no": n.to_string(), "qualified": true, "police_type": "police_traffic" });
                let made = admin.post("users", &user).await?;
                let password = made["password"]
                    .as_str()
                    .context("a password is made")?
                    .to_owned();
                people.push(server.api()?.sign_in(&login, &password).await?);
            }
            calls.push(open(server, &people[0], &people[1], frame_bytes).await?);
        }
        Ok(Self { calls })
    }

    /// Measures the server over a span.
    pub(crate) async fn measure(&self, server: &Server, span: Duration) -> anyhow::Result<Media> {
        // Bandwidth estimates settle first.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let count = || {
            self.calls
                .iter()
                .map(|(_, a, b)| a.packets_received() + b.packets_received())
                .sum::<u64>()
        };
        let (before, packets) = (cpu::by_thread(server.pid())?, count());
        tokio::time::sleep(span).await;
        let (after, received) = (cpu::by_thread(server.pid())?, count() - packets);
        let seconds = span.as_secs_f64();
        let cores: cpu::ByThread = after
            .iter()
            .map(|(name, s)| {
                (
                    name.clone(),
                    (s - before.get(name).unwrap_or(&0.0)) / seconds,
                )
            })
            .collect();
        let of = |names: &[&str]| names.iter().filter_map(|n| cores.get(*n)).sum::<f64>();
        let (media, recording, all) = (
            of(&["media"]),
            of(&["recorder", "journal", "reports"]),
            cores.values().sum::<f64>(),
        );
        let out = received as f64 / seconds;
        Ok(Media {
            // Everybody's packets go to exactly one other.
            packets_in_per_s: out,
            packets_out_per_s: out,
            payload_bytes_mean: (FRAME_BYTES * FRAMES_A_SECOND as usize + 60 * 50)
                / (6 * FRAMES_A_SECOND as usize + 50),
            forwarded_per_cpu_s: out / all,
            forwarded_per_media_cpu_s: out / media,
            recording_cpu_share: recording / media,
            sessions_per_core: self.calls.len() as f64 / all,
            cores,
        })
    }

    /// The folder of the first session.
    pub(crate) fn folder(&self, server: &Server) -> anyhow::Result<PathBuf> {
        let (sid, _, _) = self.calls.first().context("there is a session")?;
        Ok(server.data_dir().join("evidence").join(sid.to_string()))
    }

    pub(crate) async fn stop(self) {
        for (sid, officer, seat) in self.calls {
            for call in [officer, seat] {
                if let Err(error) = call.say(ClientMessage::SessionLeave { sid }).await {
                    eprintln!("a call was not hung up: {error}");
                }
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn open(
    server: &Server,
    officer: &cloudseat::bot::api::Api,
    seat: &cloudseat::bot::api::Api,
    frame_bytes: usize,
) -> anyhow::Result<(Sid, Call, Call)> {
    let (url, trust) = (server.url(), server.api()?.ca);
    let picture = clip(&Clip::seat()?, frame_bytes);
    let seat_call = Call::connect(&url, trust.as_deref(), seat.token(), picture.clone()).await?;
    let officer_call = Call::connect(&url, trust.as_deref(), officer.token(), picture).await?;
    seat_call.be_idle().await?;
    let place = json!({ "lon": 118.0, "lat": 43.6, "accuracy_m": 10.0, "text": "load" });
    let case = officer
        .post(
            "cases",
            &json!({ "procedure": "traffic_simple", "place": place }),
        )
        .await?;
    let called = officer
        .post(
            format!("cases/{}/call", case["id"].as_str().unwrap_or_default()),
            &json!({}),
        )
        .await?;
    let sid: Sid = called["sid"].as_str().unwrap_or_default().parse()?;
    seat_call
        .wait("for the call to ring", |seen| {
            seen.offered.as_ref().is_some_and(|call| call.sid == sid)
        })
        .await?;
    seat_call.say(ClientMessage::CallAnswer { sid }).await?;
    officer_call
        .wait("for the seat to answer", |seen| seen.answered)
        .await?;
    tokio::try_join!(officer_call.join(sid), seat_call.join(sid))?;
    officer_call
        .wait("for both to be recorded", |seen| {
            seen.integrity
                .as_ref()
                .is_some_and(|i| i.recording == RecordingState::Recording)
        })
        .await?;
    Ok((sid, officer_call, seat_call))
}
