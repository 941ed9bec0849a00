//! What follows from what happened: the log's entries change the state, and the state's changes reach people,
//! the room, the procedure and the database.

use std::collections::BTreeMap;
use std::time::Instant;

use casework::procedure::Cause;
use casework::{Act, Event, Stamp};
use ids::{ParticipantId, TrackId};
use integrity::body::{Body, DecisionMade, Fact as _, MediaGap, SessionSealed, TrackEnded};
use integrity::{Draft, Entry};
use recorder::EndReason;
use signaling::protocol::{
    Broken, CloseCode, EndState, Integrity, Kind, RecordingState, ServerMessage, Storage,
};
use signaling::room::{Happened, Leaving, Output};

use super::{Dirty, Session, limits};
use crate::app::people::server_actor;
use crate::app::{Error, storage};
use crate::journal::{Commit, Committed, Fact, Keep};
use crate::store::{CaseChange, DueDate};

/// A break of somebody's recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Break {
    participant: ParticipantId,
    from_us: u64,
    to_us: Option<u64>,
}

impl Session {
    /// What the journal says of the session's log.
    pub(super) fn hear(&mut self, commit: &Commit) {
        match commit {
            Commit::Made(made) => self.absorb(made),
            Commit::Failed { reason } => self.fail(reason.clone()),
        }
    }

    /// Recording is over and cannot be taken up again in this run: what arrives is not kept any more, whoever waits for
    /// a commit waits no longer, and everybody is told.
    pub(super) fn fail(&mut self, reason: String) {
        if self.failed.is_some() || self.is_over() {
            return;
        }
        tracing::error!(sid = %self.sid, reason, "The session's recording is over");
        self.failed = Some(reason);
        self.end_takes(EndReason::Disk);
        self.progress
            .send_modify(|progress| progress.covered_us = None);
        self.broadcast(&ServerMessage::SessionIntegrity {
            sid: self.sid,
            integrity: self.integrity(),
        });
        self.shown.changed = true;
    }

    /// Lets durable entries change the state. The only place that does.
    fn absorb(&mut self, commit: &Committed) {
        for written in &*commit.entries {
            self.status.apply(&written.entry);
            self.apply_to_case(&written.entry, &written.private);
            self.note_in_row(&written.entry);
            self.notice(&written.entry);
        }
        self.size = commit.head.size;
        self.root = commit.head.root.to_string();
        self.note = Some(commit.note.clone());
        let open_tracks = self
            .status
            .track_statuses()
            .iter()
            .filter(|t| t.state != signaling::protocol::TrackState::Ended)
            .count();
        self.progress.send_replace(super::Progress {
            covered_us: match &self.failed {
                Some(_) => None,
                None => self.status.covered_us(self.now_us()),
            },
            open_tracks,
        });
        self.show_integrity(!commit.entries.is_empty());
    }

    /// Replays an entry into the procedure.
    pub(super) fn apply_to_case(
        &mut self,
        entry: &Entry,
        private: &BTreeMap<String, serde_json::Value>,
    ) {
        let private: serde_json::Map<String, serde_json::Value> = private
            .iter()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let private = (!private.is_empty()).then_some(&private);
        let Some(event) = Event::from_entry(&entry.kind, &entry.body, private) else {
            return;
        };
        let Ok(actor) = entry.actor.to_string().parse::<casework::Actor>() else {
            return;
        };
        let stamp = Stamp {
            at: entry.time,
            mono_us: entry.mono,
            actor,
        };
        if let Err(error) = self.case.apply(&event, &stamp) {
            tracing::error!(sid = %self.sid, seq = entry.seq, %error, "An entry does not fit the procedure");
        }
    }

    /// What an entry means beside recording and procedure.
    fn notice(&mut self, entry: &Entry) {
        let quiet = matches!(
            entry.kind.as_str(),
            "segment.committed" | "track.started" | "track.ended" | "participant.state"
        );
        self.shown.changed |= !quiet;
        // The other types have no further consequence.
        match Body::parse(&entry.kind, &entry.body) {
            Ok(Body::TrackStarted(started)) => {
                let take = self
                    .arriving
                    .values()
                    .map(|a| a.take.clone())
                    .find(|take| super::media::belongs(&started.track, take));
                if let Some(take) = take {
                    self.room_flow(&take, None);
                }
                // A person's old tracks of this kind end where the new one begins.
                self.orphans_due.insert(started.participant);
            }
            Ok(Body::SegmentCommitted(segment)) => {
                if let Some(orphan) = self.orphans.get_mut(&segment.track) {
                    orphan.covered_us = orphan.covered_us.max(segment.t1_us);
                }
            }
            Ok(Body::MediaGap(gap)) => {
                if let Some(orphan) = self.orphans.get_mut(&gap.track) {
                    orphan.covered_us = orphan.covered_us.max(gap.t1_us);
                }
                self.note_break(&gap.track, gap.t0_us, Some(gap.t1_us));
            }
            _ => {}
        }
    }

    /// What an entry changes of the session's row: all that the index knows follows from the log.
    pub(super) fn note_in_row(&mut self, entry: &Entry) {
        if super::row::note(&mut self.row, &self.status, entry) {
            self.dirty.insert(Dirty::Row);
        }
        let is_outcome = matches!(
            entry.kind.as_str(),
            DecisionMade::TYPE | SessionSealed::TYPE
        );
        if is_outcome
            || entry.kind.starts_with("case.")
            || entry.kind.starts_with("delivery.")
            || entry.kind.starts_with("step.")
        {
            self.dirty.insert(Dirty::Case);
        }
    }

    /// Remembers that somebody's recording broke; the procedure is told in [`Self::follow`].
    pub(super) fn note_break(&mut self, track: &TrackId, from_us: u64, to_us: Option<u64>) {
        let Some(track) = self.status.tracks().get(track) else {
            return;
        };
        let must = self.status.must_record(&track.participant, track.kind);
        if must {
            self.breaks.push(Break {
                participant: track.participant.clone(),
                from_us,
                to_us,
            });
        }
    }

    /// Carries out everything that follows, until nothing does.
    pub(super) async fn follow(&mut self) {
        while !self.is_over() {
            if let Some(output) = self.room.as_mut().and_then(signaling::room::Room::poll) {
                self.carry_out(output).await;
            } else if let Some(broken) = self.breaks.pop() {
                self.draw_consequences(broken).await;
            } else if let Some(participant) = self.orphans_due.pop_first() {
                self.end_orphans(Some(&participant)).await;
            } else {
                break;
            }
        }
        if std::mem::take(&mut self.shown.changed) {
            self.broadcast(&ServerMessage::SessionChanged {
                sid: self.sid,
                size: self.size,
            });
        }
        self.write_index();
    }

    async fn carry_out(&mut self, output: Output) {
        match output {
            Output::Fact(fact) => {
                if let Happened::Left {
                    reason: Leaving::HungUp,
                } = fact.what
                {
                    self.hang_up(&fact.participant).await;
                }
                let serde_json::Value::Object(body) = fact.body() else {
                    return;
                };
                let draft = Draft::free(
                    self.actor_of_participant(&fact.participant),
                    fact.entry_type(),
                    body,
                );
                match draft {
                    Ok(draft) => self.append_or_log(vec![draft.into()]).await,
                    Err(error) => {
                        tracing::error!(sid = %self.sid, %error, "A fact of the room cannot be written")
                    }
                }
            }
            Output::Entered(entered) => {
                let link = entered.link;
                self.parts
                    .hub
                    .send(link, entered.message(self.sid, self.integrity()));
            }
            Output::Broadcast(message) => self.broadcast(&message),
            Output::Displaced { link } => self.parts.hub.close(
                link,
                CloseCode::Replaced,
                "joined from another page or device",
            ),
            Output::MediaVoid { participant, below } => {
                let void: Vec<_> = self
                    .peers
                    .iter()
                    .filter(|((p, n), _)| *p == participant && *n < below)
                    .map(|(_, peer)| *peer)
                    .collect();
                for peer in void {
                    super::media::told(self.parts.media.leave(self.sid, peer));
                }
            }
            // The clients see the stall in the state of the recording.
            Output::Suspect { .. } => self.show_integrity(true),
            Output::Abandoned => {
                if let Err(error) = self.close("abandoned", EndState::Abandoned).await {
                    tracing::error!(sid = %self.sid, %error, "An abandoned session could not be sealed");
                }
            }
        }
    }

    /// Somebody pressed the button: their media is over, and so are their tracks.
    async fn hang_up(&mut self, participant: &ParticipantId) {
        let of_them = |_: &_, a: &mut super::Arriving| a.participant == *participant;
        let ended: Vec<_> = self.arriving.extract_if(.., of_them).collect();
        for (track, arriving) in ended {
            self.parts.taps_close(self.sid, track);
            self.end_take(&arriving.take, EndReason::Left);
        }
        let peers: Vec<_> = self
            .peers
            .iter()
            .filter(|((p, _), _)| p == participant)
            .map(|(_, peer)| *peer)
            .collect();
        for peer in peers {
            super::media::told(self.parts.media.leave(self.sid, peer));
        }
        self.end_orphans(Some(participant)).await;
    }

    /// Ends tracks on which nothing will arrive any more: what is missing of them is declared up to now.
    pub(super) async fn end_orphans(&mut self, of: Option<&ParticipantId>) {
        let now_us = self.now_us();
        let due: Vec<TrackId> = self
            .orphans
            .keys()
            .filter(|track| {
                of.is_none_or(|p| {
                    self.status
                        .tracks()
                        .get(*track)
                        .is_some_and(|t| t.participant == *p)
                })
            })
            .cloned()
            .collect();
        let mut facts = Vec::new();
        for track in due {
            let Some(orphan) = self.orphans.remove(&track) else {
                continue;
            };
            let gap = MediaGap {
                track: track.clone(),
                t0_us: orphan.covered_us.min(now_us),
                t1_us: now_us,
                reason: "crash".to_owned(),
            };
            let ended = TrackEnded {
                track,
                segments: orphan.segments,
                bytes: orphan.bytes,
                t1_us: now_us,
                reason: Some("crash".to_owned()),
            };
            for draft in [
                Draft::new(server_actor(), &gap),
                Draft::new(server_actor(), &ended),
            ] {
                match draft {
                    Ok(draft) => facts.push(Fact::from(draft)),
                    Err(error) => {
                        tracing::error!(sid = %self.sid, %error, "The end of a track cannot be written")
                    }
                }
            }
        }
        if !facts.is_empty() {
            self.append_or_log(facts).await;
        }
    }

    async fn append_or_log(&mut self, facts: Vec<Fact>) {
        if let Err(error) = self.append(facts, Keep::UntilNext).await {
            tracing::error!(sid = %self.sid, %error, "A fact of the session was not written");
            self.failed.get_or_insert_with(|| error.to_string());
        }
    }

    async fn draw_consequences(&mut self, broken: Break) {
        let act = Act::RecordingBroke {
            participant: broken.participant,
            cause: Cause::MediaGap,
            from_us: broken.from_us,
            to_us: broken.to_us,
        };
        let context = self.context(casework::Actor::new(casework::Role::Server, "rec-1"));
        match self.case.decide(&act, &context) {
            Ok(events) if events.is_empty() => {}
            Ok(events) => {
                if let Err(error) = self
                    .write_events(&events, &server_actor(), Keep::UntilNext)
                    .await
                {
                    tracing::error!(sid = %self.sid, %error, "A step that a break ran through was not invalidated");
                }
            }
            Err(refusal) => {
                tracing::debug!(sid = %self.sid, %refusal, "A break of the recording has no consequence")
            }
        }
    }

    /// Appends the events of the procedure.
    pub(super) async fn write_events(
        &mut self,
        events: &[Event],
        actor: &integrity::Actor,
        keep: Keep,
    ) -> Result<Committed, Error> {
        let mut facts = Vec::new();
        for event in events {
            let Some(entry) = event.entry() else { continue };
            let draft = Draft::free(actor.clone(), entry.kind, entry.body)
                .map_err(|error| Error::Internal(error.to_string()))?;
            facts.push(Fact {
                draft,
                private: entry.private.into_iter().collect(),
            });
        }
        self.append(facts, keep).await
    }

    /// Who a participant is in the log.
    pub(super) fn actor_of_participant(&self, participant: &ParticipantId) -> integrity::Actor {
        let text = match participant.as_str() {
            super::OFFICER => format!("officer:{}", self.officer.id),
            super::SEAT => self.seat.as_ref().map_or_else(
                || "seat:unknown".to_owned(),
                |seat| format!("seat:{}", seat.id),
            ),
            party => format!("party:{party}"),
        };
        text.parse().unwrap_or_else(|_| server_actor())
    }

    /// How the recording stands.
    pub(crate) fn integrity(&self) -> Integrity {
        let now_us = self.now_us();
        let free = storage::state(&self.parts.storage);
        Integrity {
            recording: if self.failed.is_some() && !self.is_over() {
                RecordingState::Broken
            } else {
                self.status.state(now_us)
            },
            started_us: self.status.started_us(),
            mono_us: now_us,
            last_commit_us: self.status.last_commit_us(),
            gaps: self.row.gaps,
            gap_ms: self.row.gap_ms,
            clock_offset_ms: Some(self.clock_offset_ms()),
            storage: if self.failed.is_some() {
                Storage::Full
            } else {
                free
            },
            size: self.size,
            root: self.root.clone(),
            note: self.note.as_ref().map(ToString::to_string),
            broken: self.broken(now_us),
            tracks: self.status.track_statuses(),
        }
    }

    /// What must be recorded and is not: everything, once nothing can be written.
    fn broken(&self, now_us: u64) -> Vec<Broken> {
        if self.failed.is_none() || self.is_over() {
            return self.status.broken(now_us);
        }
        let since_us = self.status.last_commit_us().unwrap_or(now_us);
        let legs = self.status.legs(now_us).into_keys();
        let kinds = legs.flat_map(|participant| {
            [Kind::Audio, Kind::Video].map(|kind| (participant.clone(), kind))
        });
        kinds
            .filter(|(participant, kind)| self.status.must_record(participant, *kind))
            .map(|(participant, kind)| Broken {
                participant,
                kind,
                reason: "disk".to_owned(),
                since_us,
            })
            .collect()
    }

    /// How far the wall clock has moved away from the session clock since the opening, ms.
    pub(super) fn clock_offset_ms(&self) -> i64 {
        let wall_ms = super::now().as_millis() - self.opened_at.as_millis();
        wall_ms - i64::try_from(self.now_us() / 1000).unwrap_or(i64::MAX)
    }

    /// Tells the clients how the recording stands: at once where it is news, else not more often than twice a second.
    pub(super) fn show_integrity(&mut self, news: bool) {
        if self.room.is_none() {
            return;
        }
        let broken = self.status.broken(self.now_us()).len();
        let due = self
            .shown
            .integrity_at
            .is_none_or(|at| at.elapsed() >= limits::REFRESH);
        if broken != self.shown.broken || due && (news || broken > 0) {
            // What may be done depends on it.
            self.shown.changed |= broken != self.shown.broken;
            self.shown.broken = broken;
            self.shown.integrity_at = Some(Instant::now());
            self.broadcast(&ServerMessage::SessionIntegrity {
                sid: self.sid,
                integrity: self.integrity(),
            });
        }
    }

    /// Lets the database be brought up to the log. It may lag; it never leads.
    pub(super) fn write_index(&mut self) {
        if self.dirty.remove(&Dirty::Row) {
            self.parts.index.note_row(&self.row);
        }
        // A case that was called for again belongs to its newest session.
        let is_newest = self.record.sid.is_none_or(|sid| sid == self.sid);
        if self.dirty.remove(&Dirty::Case) && is_newest {
            let change = self.case_change();
            self.parts.index.note_case(self.sid, self.record.id, change);
        }
    }

    pub(super) fn case_change(&mut self) -> CaseChange {
        let facts = self.known_facts();
        self.record.facts = facts.clone();
        let decided = self.case.decision().map(|made| made.number.to_string());
        let due = |step: &casework::procedure::Step| {
            let due = self.case.due(step)?;
            Some(DueDate {
                key: step.deadline.clone()?,
                due_at: due.at,
                done: self.case.is_step_done(&step.id),
            })
        };
        let deadlines: Vec<_> = self.case.procedure().steps.iter().filter_map(due).collect();
        CaseChange {
            state: Some(self.case.state().to_owned()),
            facts: Some(facts),
            sid: Some(self.sid),
            doc_no: decided,
            decided_at: self.case.decided_at(),
            deadlines: Some(deadlines),
        }
    }
}
