//! Many takes on a few threads.
//!
//! A take's packets wait in a bounded queue of its own, so one stream cannot crowd out another,
//! and sending one wakes nobody: the thread looks at all its takes every 25 ms. In one tick it
//! writes what is due of all of them, then syncs, then reports; takes of a session commit together.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use ids::{ParticipantId, Sid, TrackId};

use crate::coverage::Reason;
use crate::disk::{FileSystem, Volume};
use crate::limits::{COMMANDS_MAX, TAKE_NAME_MAX, TAP_PACKETS_MAX, TICK_US};
use crate::packet::{Codec, Packet};
use crate::report::{Failure, Report};
use crate::segment::EndReason;
use crate::take::{Batch, Take};

/// How a recorder runs.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Threads; a session stays on one. They mostly wait for the disk, and syncs of several at
    /// once cost the disk little more than one.
    pub threads: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { threads: 8 }
    }
}

/// The session's monotonic clock: µs since `session.opened`.
#[derive(Debug, Clone, Copy)]
pub struct SessionClock {
    /// An instant.
    pub origin: Instant,
    /// What the session's clock showed then, µs.
    pub offset_us: u64,
}

impl SessionClock {
    /// What the session's clock shows at `now`; before the origin, the offset.
    pub fn us(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.origin);
        self.offset_us
            .saturating_add(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }
}

/// What is to be recorded.
#[derive(Debug, Clone)]
pub struct TakeSpec {
    /// Session.
    pub sid: Sid,
    /// The session's directory; it exists, and its own name is durable.
    pub session_dir: PathBuf,
    /// The session's clock.
    pub clock: SessionClock,
    /// Name of the take and of its first track, never used before in the session; at most
    /// [`TAKE_NAME_MAX`] characters, and not itself ending in `_<number>`.
    pub take: TrackId,
    /// Whose it is.
    pub participant: ParticipantId,
    /// Codec.
    pub codec: Codec,
    /// Rate of the RTP clock.
    pub clock_hz: NonZeroU32,
    /// `gap_tolerance_ms` of the session's policy, in µs.
    pub gap_tolerance_us: u64,
}

/// The recorder did not accept a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its thread has [`COMMANDS_MAX`] commands waiting: try again.
    #[error("recorder is busy")]
    Busy,
    /// It has been stopped.
    #[error("recorder is stopped")]
    Stopped,
    /// The take's name leaves no room for the numbers of the tracks that may succeed in it.
    #[error("take name is longer than {TAKE_NAME_MAX} characters")]
    NameTooLong,
}

/// The take's queue is full, or the take is over; the packet is dropped and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("recorder queue is full")]
pub struct Full;

/// Where the media thread puts the packets of one take.
#[derive(Debug)]
pub struct Tap {
    queue: Sender<Packet>,
    dropped: Arc<AtomicU64>,
}

impl Tap {
    /// Hands a packet over. Never waits, and makes no system call.
    pub fn push(&self, packet: Packet) -> Result<(), Full> {
        self.queue.try_send(packet).map_err(|_| {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            Full
        })
    }
}

enum Command {
    Start {
        spec: Box<TakeSpec>,
        queue: Receiver<Packet>,
        dropped: Arc<AtomicU64>,
    },
    Tell {
        sid: Sid,
        take: TrackId,
        reason: Option<Reason>,
    },
    End {
        sid: Sid,
        take: TrackId,
        reason: EndReason,
    },
    Stop,
}

/// The recorder's threads.
#[derive(Debug)]
pub struct Recorder {
    handle: RecorderHandle,
    threads: Vec<JoinHandle<()>>,
}

impl Recorder {
    /// Starts the threads, on the file system. Reports block when `reports` is full; media
    /// then waits in the taps, and what overflows there becomes a gap of reason `overload`.
    pub fn start(config: Config, reports: Sender<Report>) -> Result<Self, Failure> {
        Self::start_on(Arc::new(FileSystem), config, reports)
    }

    /// Starts the threads, on a volume of the caller's.
    pub fn start_on(
        volume: Arc<dyn Volume>,
        config: Config,
        reports: Sender<Report>,
    ) -> Result<Self, Failure> {
        let mut commands = Vec::new();
        let mut threads = Vec::new();
        let alive = Arc::new(());
        for number in 0..config.threads.max(1) {
            let (sender, receiver) = bounded(COMMANDS_MAX);
            let (volume, reports) = (volume.clone(), reports.clone());
            let on_duty = alive.clone();
            let thread = std::thread::Builder::new()
                .name(format!("recorder-{number}"))
                .spawn(move || {
                    // Dropped when the thread ends, also by a panic.
                    let _on_duty = on_duty;
                    run(Engine::new(volume), &receiver, &reports);
                })
                .map_err(Failure::Disk)?;
            commands.push(sender);
            threads.push(thread);
        }
        Ok(Self {
            handle: RecorderHandle {
                commands: commands.into(),
                alive: Arc::downgrade(&alive),
            },
            threads,
        })
    }

    /// A handle for commands.
    pub fn handle(&self) -> RecorderHandle {
        self.handle.clone()
    }

    /// Ends all takes with [`EndReason::Shutdown`], commits what they hold, and waits for it. The
    /// reports must still be received meanwhile. A recorder that is only dropped stops when its
    /// last handle is gone.
    pub fn stop(self) {
        for commands in &*self.handle.commands {
            // Gone already: stopped.
            commands.send(Command::Stop).ok();
        }
        for thread in self.threads {
            thread.join().expect("a recorder thread does not panic");
        }
    }
}

/// Commands to the recorder; cheap to clone.
#[derive(Debug, Clone)]
pub struct RecorderHandle {
    commands: Arc<[Sender<Command>]>,
    /// Held by every thread that runs.
    alive: Weak<()>,
}

impl RecorderHandle {
    /// Whether every thread is running.
    pub fn is_alive(&self) -> bool {
        self.alive.strong_count() == self.commands.len()
    }

    /// Begins a take. It is recorded from the first frame that can be decoded; `Started` says so.
    pub fn start_take(&self, spec: TakeSpec) -> Result<Tap, Refused> {
        if spec.take.as_str().len() > TAKE_NAME_MAX {
            return Err(Refused::NameTooLong);
        }
        let (sender, queue) = bounded(TAP_PACKETS_MAX);
        let tap = Tap {
            queue: sender,
            dropped: Arc::default(),
        };
        let dropped = tap.dropped.clone();
        self.send(
            spec.sid,
            Command::Start {
                spec: Box::new(spec),
                queue,
                dropped,
            },
        )?;
        Ok(tap)
    }

    /// What is known about the source from now on: the reason of a stall that lasts or comes.
    /// It makes no gap where packets keep coming, and does not outrank `overload` or `undecodable`.
    pub fn set_reason(
        &self,
        sid: Sid,
        take: &TrackId,
        reason: Option<Reason>,
    ) -> Result<(), Refused> {
        self.send(
            sid,
            Command::Tell {
                sid,
                take: take.clone(),
                reason,
            },
        )
    }

    /// Ends a take: what was pushed before is committed, then `Ended` and `Closed` are reported,
    /// within about 50 ms. A take that is unknown or over is left alone.
    pub fn end_take(&self, sid: Sid, take: &TrackId, reason: EndReason) -> Result<(), Refused> {
        self.send(
            sid,
            Command::End {
                sid,
                take: take.clone(),
                reason,
            },
        )
    }

    fn send(&self, sid: Sid, command: Command) -> Result<(), Refused> {
        // Session ids are random: their last byte spreads them.
        let thread = usize::from(sid.as_bytes()[15]) % self.commands.len();
        self.commands[thread]
            .try_send(command)
            .map_err(|error| match error {
                TrySendError::Full(_) => Refused::Busy,
                TrySendError::Disconnected(_) => Refused::Stopped,
            })
    }
}

fn run(mut engine: Engine, commands: &Receiver<Command>, reports: &Sender<Report>) {
    let tick = Duration::from_micros(TICK_US);
    let mut next = Instant::now() + tick;
    let mut listening = true;
    let mut running = true;
    while running && listening {
        match commands.recv_deadline(next) {
            Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => {
                engine.end_all(Instant::now());
                running = false;
            }
            Ok(command) => engine.command(command, Instant::now()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = Instant::now();
        if now >= next || !running {
            engine.tick(now, &mut |report| listening &= reports.send(report).is_ok());
            next = (next + tick).max(now);
        }
    }
}

#[derive(Default)]
struct Session {
    takes: BTreeMap<TrackId, Take>,
    failure: Option<TrackId>,
}

/// The takes of one thread, without the thread: time is an argument.
pub struct Engine {
    volume: Arc<dyn Volume>,
    sessions: BTreeMap<Sid, Session>,
    refused: Vec<Report>,
}

impl Engine {
    /// Without takes.
    pub fn new(volume: Arc<dyn Volume>) -> Self {
        Self {
            volume,
            sessions: BTreeMap::new(),
            refused: Vec::new(),
        }
    }

    /// Begins a take, as [`RecorderHandle::start_take`] does.
    pub fn start_take(&mut self, spec: TakeSpec) -> Tap {
        let (sender, queue) = bounded(TAP_PACKETS_MAX);
        let tap = Tap {
            queue: sender,
            dropped: Arc::default(),
        };
        self.add(spec, queue, tap.dropped.clone());
        tap
    }

    /// As [`RecorderHandle::set_reason`].
    pub fn set_reason(&mut self, sid: Sid, take: &TrackId, reason: Option<Reason>, now: Instant) {
        if let Some(take) = self.take(sid, take) {
            take.tell(now, reason);
        }
    }

    /// As [`RecorderHandle::end_take`]; the reports come with the next tick.
    pub fn end_take(&mut self, sid: Sid, take: &TrackId, reason: EndReason, now: Instant) {
        if let Some(take) = self.take(sid, take) {
            take.end(now, reason);
        }
    }

    /// Ends all takes with [`EndReason::Shutdown`].
    pub fn end_all(&mut self, now: Instant) {
        for take in self
            .sessions
            .values_mut()
            .flat_map(|session| session.takes.values_mut())
        {
            take.end(now, EndReason::Shutdown);
        }
    }

    /// Receives, writes, syncs and reports whatever is due.
    pub fn tick(&mut self, now: Instant, report: &mut dyn FnMut(Report)) {
        self.refused.drain(..).for_each(&mut *report);
        for session in self.sessions.values_mut() {
            session.write(now);
            session
                .takes
                .values_mut()
                .flat_map(Take::live)
                .for_each(&mut *report);
        }
        for session in self.sessions.values_mut() {
            session.sync();
        }
        for (&sid, session) in &mut self.sessions {
            session.settle(sid, report);
        }
        self.sessions.retain(|_, session| !session.takes.is_empty());
    }

    fn command(&mut self, command: Command, now: Instant) {
        match command {
            Command::Start {
                spec,
                queue,
                dropped,
            } => self.add(*spec, queue, dropped),
            Command::Tell { sid, take, reason } => self.set_reason(sid, &take, reason, now),
            Command::End { sid, take, reason } => self.end_take(sid, &take, reason, now),
            Command::Stop => self.end_all(now),
        }
    }

    fn add(&mut self, spec: TakeSpec, queue: Receiver<Packet>, dropped: Arc<AtomicU64>) {
        let session = self.sessions.entry(spec.sid).or_default();
        match session.takes.entry(spec.take.clone()) {
            std::collections::btree_map::Entry::Occupied(_) => {
                let (sid, take) = (spec.sid, spec.take);
                self.refused.push(Report::Failed {
                    sid,
                    take,
                    failure: Failure::NameTaken,
                });
            }
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(Take::new(spec, self.volume.clone(), queue, dropped));
            }
        }
    }

    fn take(&mut self, sid: Sid, take: &TrackId) -> Option<&mut Take> {
        self.sessions.get_mut(&sid)?.takes.get_mut(take)
    }
}

impl Session {
    fn write(&mut self, now: Instant) {
        let mut commit = false;
        for take in self.takes.values_mut() {
            commit |= take.receive(now);
        }
        if commit {
            self.takes.values_mut().for_each(|take| take.join(now));
        }
        self.each(Take::write);
    }

    fn sync(&mut self) {
        self.each(Take::sync);
    }

    /// Does something with every take until the disk fails.
    fn each(&mut self, act: impl Fn(&mut Take) -> Result<(), Failure>) {
        for (name, take) in &mut self.takes {
            if self.failure.is_some() {
                return;
            }
            if let Err(failure) = act(take) {
                take.give_up(failure, EndReason::Disk);
                self.failure = Some(name.clone());
            }
        }
    }

    fn settle(&mut self, sid: Sid, report: &mut dyn FnMut(Report)) {
        if let Some(failed) = self.failure.take() {
            // After a failed sync nothing is certain but what was committed before: every take of
            // the session ends there.
            for (name, take) in &mut self.takes {
                if *name != failed {
                    take.abort(EndReason::Disk);
                }
            }
        }
        let mut batch = Batch::default();
        self.takes.retain(|_, take| {
            let (mine, over) = take.settle();
            batch.append(mine);
            !over
        });
        let Batch {
            live,
            started,
            segments,
            gaps,
            failed,
            ended,
            closed,
        } = batch;
        live.into_iter().chain(started).for_each(&mut *report);
        if !segments.is_empty() {
            report(Report::Committed { sid, segments });
        }
        failed
            .into_iter()
            .chain(gaps)
            .chain(ended)
            .chain(closed)
            .for_each(&mut *report);
    }
}
