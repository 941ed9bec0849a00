//! The live side of a bot: its WebSocket, its one peer connection, its clip going out and what comes in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use async_trait::async_trait;
use ids::Sid;
use rtc::interceptor::Registry;
use rtc::media::Sample;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::interceptor_registry::register_default_interceptors;
use rtc::peer_connection::configuration::media_engine::{
    MIME_TYPE_H264, MIME_TYPE_OPUS, MIME_TYPE_VP8, MediaEngine,
};
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
    RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use rustls::pki_types::ServerName;
use signaling::client::Event;
use signaling::protocol::{
    CaptureState, ClientMessage, Integrity, QueueItem, SeatWish, ServerMessage,
};
use signaling::ws::Client;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue, Uri, header};
use webrtc::media_stream::Track as _;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_sample::TrackLocalStaticSample;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCPeerConnectionState,
};

use super::clip::{Clip, Codec, SOUND_TIME};

/// How long anything may take before the bot gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What a bot knows of its call, for those who wait for it.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// A call rings here.
    pub offered: Option<QueueItem>,
    /// A seat took the call.
    pub answered: bool,
    /// In the session.
    pub joined: bool,
    /// How the recording stands.
    pub integrity: Option<Integrity>,
    /// The session is over.
    pub ended: bool,
    /// What the server refused, newest last.
    pub errors: Vec<String>,
}

/// One person on the line.
pub struct Call {
    link: mpsc::Sender<ClientMessage>,
    seen: watch::Receiver<Seen>,
    received: Arc<AtomicU64>,
}

/// Trust for the WebSocket's TLS.
fn connector(ca: Option<&[u8]>) -> anyhow::Result<TlsConnector> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca.unwrap_or_default()) {
        roots.add(certificate.context("the certificate authority's file is not PEM")?)?;
    }
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl Call {
    /// Connects to the server with a person's token. `clip` is what they send once they are in a session.
    pub async fn connect(
        url: &str,
        ca: Option<&[u8]>,
        token: &str,
        clip: Clip,
    ) -> anyhow::Result<Self> {
        let uri: Uri = format!(
            "{}/api/v1/ws",
            url.trim_end_matches('/').replacen("https://", "wss://", 1)
        )
        .parse()?;
        let host = uri
            .host()
            .context("the address has no host")?
            .trim_matches(['[', ']'])
            .to_owned();
        let port = uri.port_u16().unwrap_or(443);
        let server = tokio::net::lookup_host((host.as_str(), port))
            .await?
            .next()
            .context("the host has no address")?;
        let mut headers = HeaderMap::new();
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_str(&format!("Bearer {token}"))?,
        );
        let tls = connector(ca)?;
        let name = ServerName::try_from(host)?;
        let dial = move || {
            let (tls, name) = (tls.clone(), name.clone());
            async move { tls.connect(name, TcpStream::connect(server).await?).await }
        };
        let client = Client::connect(
            uri,
            headers,
            format!("bot-{}", uuid::Uuid::new_v4().simple()),
            dial,
        )?;
        let (link, orders) = mpsc::channel(64);
        let (seen_in, seen) = watch::channel(Seen::default());
        let received = Arc::new(AtomicU64::new(0));
        let line = Line {
            client,
            orders,
            link: link.clone(),
            seen: seen_in,
            clip: Arc::new(clip),
            server,
            received: Arc::clone(&received),
            peer: None,
            requests: 0,
        };
        tokio::spawn(line.run());
        Ok(Self {
            link,
            seen,
            received,
        })
    }

    /// Says something.
    pub async fn say(&self, message: ClientMessage) -> anyhow::Result<()> {
        self.link.send(message).await.context("the line is closed")
    }

    /// Takes calls from now on.
    pub async fn be_idle(&self) -> anyhow::Result<()> {
        self.say(ClientMessage::SeatState {
            state: SeatWish::Idle,
        })
        .await
    }

    /// Enters a session and begins to send.
    pub async fn join(&self, sid: Sid) -> anyhow::Result<()> {
        self.say(ClientMessage::SessionJoin { sid }).await?;
        self.wait("to be in the session", |seen| seen.joined)
            .await?;
        let live = CaptureState::Live;
        self.say(ClientMessage::MediaState {
            sid,
            visible: true,
            camera: live,
            microphone: live,
        })
        .await
    }

    /// Waits until what is seen is as wanted.
    pub async fn wait(&self, what: &str, wanted: impl Fn(&Seen) -> bool) -> anyhow::Result<Seen> {
        let mut seen = self.seen.clone();
        let waiting = seen.wait_for(|seen| wanted(seen));
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(Ok(seen)) => Ok(seen.clone()),
            Ok(Err(_)) => bail!("the line was closed while waiting {what}"),
            Err(_) => bail!(
                "waited {} s {what}; refused meanwhile: {:?}",
                PATIENCE.as_secs(),
                self.seen.borrow().errors
            ),
        }
    }

    /// What is seen now.
    pub fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Media packets received from the others so far.
    pub fn packets_received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

struct Line {
    client: Client,
    orders: mpsc::Receiver<ClientMessage>,
    link: mpsc::Sender<ClientMessage>,
    seen: watch::Sender<Seen>,
    clip: Arc<Clip>,
    server: SocketAddr,
    received: Arc<AtomicU64>,
    peer: Option<Peer>,
    requests: u32,
}

struct Peer {
    connection: Arc<dyn PeerConnection>,
    number: u32,
    audio_slots: usize,
    video_slots: usize,
}

impl Line {
    async fn run(mut self) {
        loop {
            let outcome = tokio::select! {
                order = self.orders.recv() => match order {
                    Some(message) => self.client.send(message).map(drop).map_err(anyhow::Error::from),
                    None => break,
                },
                event = self.client.recv() => match event {
                    Some(Event::Message(message)) => self.heard(message).await,
                    Some(Event::Welcome { .. } | Event::Lost) => Ok(()),
                    Some(Event::Closed { code, detail, .. }) => Err(anyhow::anyhow!("closed: {code:?}: {detail}")),
                    None => break,
                },
            };
            if let Err(error) = outcome {
                self.seen
                    .send_modify(|seen| seen.errors.push(error.to_string()));
            }
        }
        if let Some(peer) = self.peer.take()
            && let Err(error) = peer.connection.close().await
        {
            tracing::debug!(%error, "A bot's connection did not close");
        }
    }

    async fn heard(&mut self, message: ServerMessage) -> anyhow::Result<()> {
        match message {
            ServerMessage::CallOffered { call, .. } => {
                self.seen.send_modify(|seen| seen.offered = Some(call))
            }
            ServerMessage::CallWithdrawn { .. } => {
                self.seen.send_modify(|seen| seen.offered = None)
            }
            ServerMessage::CallAnswered { .. } => {
                self.seen.send_modify(|seen| seen.answered = true)
            }
            ServerMessage::SessionJoined {
                sid,
                connection,
                integrity,
                ..
            } => {
                self.seen.send_modify(|seen| {
                    seen.joined = true;
                    seen.integrity = Some(integrity);
                });
                self.build_peer(connection).await?;
                self.offer(sid).await?;
            }
            ServerMessage::SessionIntegrity { integrity, .. } => self
                .seen
                .send_modify(|seen| seen.integrity = Some(integrity)),
            ServerMessage::SessionEnded { .. } => self.seen.send_modify(|seen| seen.ended = true),
            ServerMessage::MediaAnswer { sdp, .. } => {
                let peer = self.peer.as_ref().context("an answer without an offer")?;
                peer.connection
                    .set_remote_description(RTCSessionDescription::answer(sdp)?)
                    .await?;
            }
            ServerMessage::MediaPleaseOffer {
                sid, audio, video, ..
            } => {
                self.add_slots(audio as usize, video as usize).await?;
                self.offer(sid).await?;
            }
            ServerMessage::MediaRejected { code, detail, .. } => bail!("{code}: {detail}"),
            ServerMessage::Error {
                code, detail_en, ..
            } => bail!("{code}: {detail_en}"),
            ServerMessage::CallQueued { .. }
            | ServerMessage::QueueChanged { .. }
            | ServerMessage::SessionRoster { .. }
            | ServerMessage::SessionChanged { .. }
            | ServerMessage::MediaSlots { .. }
            | ServerMessage::MediaQuality { .. }
            | ServerMessage::ScreenTurned { .. } => {}
        }
        Ok(())
    }

    async fn build_peer(&mut self, number: u32) -> anyhow::Result<()> {
        if let Some(old) = self.peer.take() {
            old.connection.close().await?;
        }
        // The server is reachable and answers checks from wherever they come: no candidate of ours is needed.
        let handler = Arc::new(Handler {
            connected: watch::channel(false).0,
            received: Arc::clone(&self.received),
        });
        let connected = handler.connected.subscribe();
        let mut engine = MediaEngine::default();
        let (video, audio) = (video_codec(self.clip.codec), audio_codec());
        engine.register_codec(audio.clone(), RtpCodecKind::Audio)?;
        for codec in [Codec::H264, Codec::Vp8] {
            engine.register_codec(video_codec(codec), RtpCodecKind::Video)?;
        }
        let registry = register_default_interceptors(Registry::new(), &mut engine)?;
        let settings = SettingEngineBuilder::new()
            .with_include_loopback_candidate(true)
            .build();
        let connection = PeerConnectionBuilder::new()
            .with_media_engine(engine)
            .with_setting_engine(settings)
            .with_interceptor_registry(registry)
            .with_handler(handler)
            .with_udp_addrs(vec![local_towards(self.server)?.to_string()])
            .build()
            .await?;
        let connection: Arc<dyn PeerConnection> = Arc::new(connection);
        let picture = local_track(RtpCodecKind::Video, &video.rtp_codec)?;
        let sound = local_track(RtpCodecKind::Audio, &audio.rtp_codec)?;
        for (track, kind) in [(sound, RtpCodecKind::Audio), (picture, RtpCodecKind::Video)] {
            let sender = connection
                .add_track(Arc::clone(&track) as Arc<dyn TrackLocal>)
                .await?;
            let (clip, mut connected) = (Arc::clone(&self.clip), connected.clone());
            tokio::spawn(async move {
                if connected.wait_for(|up| *up).await.is_err() {
                    return;
                }
                let Ok(parameters) = sender.get_parameters().await else {
                    return;
                };
                let Some(codec) = parameters.rtp_parameters.codecs.first() else {
                    return;
                };
                if let Err(error) = play(&track, codec.payload_type, &clip, kind).await {
                    tracing::debug!(%error, "A bot's clip has ended");
                }
            });
        }
        self.peer = Some(Peer {
            connection,
            number,
            audio_slots: 0,
            video_slots: 0,
        });
        Ok(())
    }

    /// Receiving m-lines, as many of each kind as are wanted in all.
    async fn add_slots(&mut self, audio: usize, video: usize) -> anyhow::Result<()> {
        let peer = self.peer.as_mut().context("no connection yet")?;
        for (kind, have, want) in [
            (RtpCodecKind::Audio, &mut peer.audio_slots, audio),
            (RtpCodecKind::Video, &mut peer.video_slots, video),
        ] {
            while *have < want {
                let init = RTCRtpTransceiverInit {
                    direction: RTCRtpTransceiverDirection::Recvonly,
                    streams: Vec::new(),
                    send_encodings: Vec::new(),
                };
                peer.connection
                    .add_transceiver_from_kind(kind, Some(init))
                    .await?;
                *have += 1;
            }
        }
        Ok(())
    }

    async fn offer(&mut self, sid: Sid) -> anyhow::Result<()> {
        let peer = self.peer.as_ref().context("no connection yet")?;
        let offer = peer.connection.create_offer(None).await?;
        peer.connection.set_local_description(offer).await?;
        let sdp = peer
            .connection
            .local_description()
            .await
            .context("an offer was set")?
            .sdp;
        self.requests += 1;
        let message = ClientMessage::MediaOffer {
            sid,
            request: self.requests,
            connection: peer.number,
            sdp,
        };
        self.link.send(message).await.context("the line is closed")
    }
}

struct Handler {
    connected: watch::Sender<bool>,
    received: Arc<AtomicU64>,
}

#[async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        if state == RTCPeerConnectionState::Connected {
            self.connected.send_replace(true);
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let received = Arc::clone(&self.received);
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(_) = event {
                    received.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
}

/// The address of ours from which `server` is reached, with a port of the kernel's choice.
fn local_towards(server: SocketAddr) -> std::io::Result<SocketAddr> {
    let any: SocketAddr = if server.is_ipv4() {
        ([0, 0, 0, 0], 0).into()
    } else {
        ([0u16; 8], 0).into()
    };
    let probe = std::net::UdpSocket::bind(any)?;
    probe.connect(server)?;
    Ok(SocketAddr::new(probe.local_addr()?.ip(), 0))
}

fn video_codec(codec: Codec) -> RTCRtpCodecParameters {
    let (mime, fmtp, payload_type) = match codec {
        Codec::H264 => (
            MIME_TYPE_H264,
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
            102,
        ),
        Codec::Vp8 => (MIME_TYPE_VP8, "", 96),
    };
    RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: mime.to_owned(),
            clock_rate: 90_000,
            channels: 0,
            sdp_fmtp_line: fmtp.to_owned(),
            rtcp_feedback: Vec::new(),
        },
        payload_type,
    }
}

fn audio_codec() -> RTCRtpCodecParameters {
    RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: MIME_TYPE_OPUS.to_owned(),
            clock_rate: 48_000,
            channels: 2,
            sdp_fmtp_line: "minptime=10;useinbandfec=1".to_owned(),
            rtcp_feedback: Vec::new(),
        },
        payload_type: 111,
    }
}

fn local_track(
    kind: RtpCodecKind,
    codec: &RTCRtpCodec,
) -> anyhow::Result<Arc<TrackLocalStaticSample>> {
    let mut ssrc = [0; 4];
    getrandom::fill(&mut ssrc)?;
    let coding = RTCRtpCodingParameters {
        ssrc: Some(u32::from_ne_bytes(ssrc)),
        ..RTCRtpCodingParameters::default()
    };
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: coding,
        codec: codec.clone(),
        ..RTCRtpEncodingParameters::default()
    };
    let track = MediaStreamTrack::new(
        "bot".to_owned(),
        format!("bot-{kind}"),
        format!("bot-{kind}"),
        kind,
        vec![encoding],
    );
    Ok(Arc::new(TrackLocalStaticSample::new(
        Instant::now(),
        track,
    )?))
}

/// Plays a clip's sound or picture in a loop until the connection is gone.
async fn play(
    track: &TrackLocalStaticSample,
    payload_type: u8,
    clip: &Clip,
    kind: RtpCodecKind,
) -> anyhow::Result<()> {
    let (samples, each) = if kind == RtpCodecKind::Video {
        (&clip.frames, clip.frame_time)
    } else {
        (&clip.sound, SOUND_TIME)
    };
    let ssrc = *track
        .ssrcs()
        .await
        .first()
        .context("a track has a source")?;
    let mut ticker = tokio::time::interval(each);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    for data in samples.iter().cycle() {
        ticker.tick().await;
        let sample = Sample {
            data: data.clone(),
            duration: each,
            ..Sample::new(Instant::now())
        };
        track
            .sample_writer(ssrc, payload_type)
            .write_sample(&sample)
            .await?;
    }
    Ok(())
}
