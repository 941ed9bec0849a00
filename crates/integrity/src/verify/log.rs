//! Reading a log: form, chain, clocks, opening and seal, each line judged by itself and against the one before.

use std::io::{self, BufRead, Read};

use ids::{Sid, UtcMillis};
use serde::Deserialize as _;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::finding::{Code, Finding, Findings};
use crate::body::{self, Body, FileRef, SessionOpened, SessionSealed};
use crate::canonical::{JsonError, limits};
use crate::merkle::Tree;
use crate::seal::Totals;
use crate::{Digest, Entry, Error, VERSION};

/// How far `time` − `mono` may move between two entries before it is worth a look, ms.
const SKEW_MS_MAX: i64 = 2000;

/// An entry that could be read.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) seq: u64,
    pub(super) mono: u64,
    pub(super) body: Body,
    pub(super) private: Map<String, Value>,
    pub(super) file: Option<FileRef>,
}

/// A log as far as it could be read.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) sid: Option<Sid>,
    pub(super) opened: Option<SessionOpened>,
    pub(super) records: Vec<Record>,
    /// Roots by size, from the empty log's on.
    pub(super) roots: Vec<Digest>,
    /// Wall clock by `seq`, of the last readable entry up to there.
    pub(super) times: Vec<UtcMillis>,
    pub(super) first_time: Option<UtcMillis>,
    /// `seq` of the first seal.
    pub(super) sealed_seq: Option<u64>,
    /// `mono` of the first seal.
    pub(super) sealed_mono: Option<u64>,
    pub(super) last_mono: u64,
    pub(super) totals: Totals,
    /// Digest of all that was read.
    pub(super) sha256: Digest,
}

impl Log {
    fn empty() -> Self {
        Self {
            sid: None,
            opened: None,
            records: Vec::new(),
            roots: vec![Tree::new().root()],
            times: Vec::new(),
            first_time: None,
            sealed_seq: None,
            sealed_mono: None,
            last_mono: 0,
            totals: Totals::new(),
            sha256: Digest::sha256(b""),
        }
    }

    /// Lines, readable or not.
    pub(super) fn size(&self) -> u64 {
        self.roots.len() as u64 - 1
    }

    /// Root at a size up to [`Log::size`].
    pub(super) fn root(&self, size: u64) -> Option<Digest> {
        self.roots.get(usize::try_from(size).ok()?).copied()
    }

    /// Wall clock of the last entry that a head of this size covers.
    pub(super) fn time_at(&self, size: u64) -> Option<UtcMillis> {
        self.times
            .get(usize::try_from(size).ok()?.checked_sub(1)?)
            .copied()
    }
}

/// Reads at most `lines_max` lines.
pub(super) fn read(
    file: impl Read,
    path: &str,
    lines_max: u64,
    findings: &mut Findings,
) -> io::Result<Log> {
    let mut reader = Reader {
        path,
        findings,
        log: Log::empty(),
        tree: Tree::new(),
        prev: Digest::ZERO,
        clock: None,
        sealed: false,
        recovering: false,
    };
    let mut file = io::BufReader::with_capacity(128 * 1024, file);
    let mut whole = Sha256::new();
    let mut line = Vec::new();
    while reader.log.size() < lines_max {
        line.clear();
        // One byte more than a line may have shows that it is too long; what follows is hashed without being kept.
        (&mut file)
            .take(limits::LINE_BYTES_MAX as u64 + 1)
            .read_until(b'\n', &mut line)?;
        whole.update(&line);
        let mut digest = Sha256::new_with_prefix(&line);
        let mut leaf = Sha256::new_with_prefix([0]).chain_update(&line);
        let mut ended = line.ends_with(b"\n");
        while !ended && line.len() > limits::LINE_BYTES_MAX {
            let rest = file.fill_buf()?;
            if rest.is_empty() {
                break;
            }
            let len = rest
                .iter()
                .position(|&b| b == b'\n')
                .map_or(rest.len(), |at| at + 1);
            ended = rest[len - 1] == b'\n';
            whole.update(&rest[..len]);
            digest.update(&rest[..len]);
            leaf.update(&rest[..len]);
            file.consume(len);
        }
        if ended {
            reader.line(&line, digest.into(), leaf.into());
        } else {
            if !line.is_empty() {
                let finding = Finding::new(Code::LogTorn).at(reader.log.size()).path(path);
                reader
                    .findings
                    .push(finding.detail("the last line has no end"));
            }
            break;
        }
    }
    reader.end(lines_max);
    let mut log = reader.log;
    log.sha256 = whole.into();
    Ok(log)
}

struct Reader<'a> {
    path: &'a str,
    findings: &'a mut Findings,
    log: Log,
    tree: Tree,
    prev: Digest,
    /// Wall clock and `mono` of the last entry.
    clock: Option<(UtcMillis, u64)>,
    sealed: bool,
    /// Recovered segments stand here whose `session.recovered` is still to come.
    recovering: bool,
}

impl Reader<'_> {
    fn find(&mut self, code: Code, detail: impl ToString) {
        self.findings.push(
            Finding::new(code)
                .at(self.log.size())
                .path(self.path)
                .detail(detail),
        );
    }

    /// Takes a whole line; its place counts whether or not it can be read.
    fn line(&mut self, line: &[u8], digest: Digest, leaf: Digest) {
        let seq = self.log.size();
        let body = match Entry::from_line(line) {
            Ok(entry) => self.entry(seq, entry),
            Err(error) => {
                self.unreadable(seq, line, &error);
                Body::Other
            }
        };
        self.log.totals.add(line, &body);
        let last = self
            .log
            .times
            .last()
            .copied()
            .unwrap_or(UtcMillis::from_millis(0));
        self.log
            .times
            .push(self.clock.map_or(last, |clock| clock.0));
        self.prev = digest;
        self.tree.push(leaf);
        self.log.roots.push(self.tree.root());
    }

    fn unreadable(&mut self, seq: u64, line: &[u8], error: &Error) {
        if seq == 0 {
            // Another version may have another form, so only its number is looked for.
            let stated = serde_json::from_slice::<Value>(line)
                .ok()
                .and_then(|v| v.get("v")?.as_i64());
            if stated.is_some_and(|v| v != VERSION) {
                return self.find(
                    Code::VersionUnsupported,
                    format!("format {}", stated.unwrap_or(0)),
                );
            }
            self.find(Code::OpenMissing, "the first entry cannot be read");
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "reading a line has no other errors"
        )]
        let code = match error {
            Error::Json(breach) => match breach {
                JsonError::DuplicateKey { .. } => Code::JsonDuplicateKey,
                JsonError::Number { .. } => Code::JsonNumber,
                JsonError::Nfc { .. } => Code::JsonNfc,
                JsonError::NonCanonical => Code::JsonNoncanonical,
                JsonError::Invalid { .. } => Code::JsonInvalid,
            },
            Error::TooLong { .. } => Code::JsonInvalid,
            _ => Code::EntrySchema,
        };
        self.find(code, error);
    }

    fn entry(&mut self, seq: u64, entry: Entry) -> Body {
        if entry.seq != seq {
            self.find(
                Code::SeqBroken,
                format!("it says it is entry {}", entry.seq),
            );
        }
        if entry.prev != self.prev {
            self.find(
                Code::ChainBroken,
                "prev is not the digest of the line before",
            );
        }
        if *self.log.sid.get_or_insert(entry.sid) != entry.sid {
            self.find(
                Code::SessionMismatch,
                format!("it belongs to session {}", entry.sid),
            );
        }
        self.clock(&entry);
        let parsed = Body::parse(&entry.kind, &entry.body);
        let body = parsed.unwrap_or_else(|error| {
            self.find(Code::EntrySchema, error);
            Body::Other
        });
        let file = match entry.body.get("ref").map(FileRef::deserialize) {
            Some(Ok(file)) => Some(file),
            Some(Err(error)) => {
                // A known type with a faulty `ref` has been reported already, under the same name.
                self.find(Code::EntrySchema, error);
                None
            }
            None => None,
        };
        self.place(&entry.kind, &body);
        let private = entry
            .body
            .get("private")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        self.log.records.push(Record {
            seq,
            mono: entry.mono,
            body: body.clone(),
            private,
            file,
        });
        body
    }

    fn clock(&mut self, entry: &Entry) {
        if let Some((time, mono)) = self.clock {
            let excused = body::may_turn_clock_back(&entry.kind);
            if entry.time < time && !excused {
                self.find(
                    Code::ClockBackwards,
                    format!("time {} after {time}", entry.time),
                );
            }
            if entry.mono < mono {
                self.find(
                    Code::ClockBackwards,
                    format!("mono {} after {mono}", entry.mono),
                );
            }
            let offset = |time: UtcMillis, mono: u64| {
                time.as_millis() - i64::try_from(mono / 1000).unwrap_or(i64::MAX / 2)
            };
            let moved_ms = offset(entry.time, entry.mono) - offset(time, mono);
            if moved_ms.abs() > SKEW_MS_MAX && !excused {
                self.find(
                    Code::ClockSkew,
                    format!("the clocks moved apart by {moved_ms} ms"),
                );
            }
        }
        self.log.first_time.get_or_insert(entry.time);
        self.clock = Some((entry.time, entry.mono));
        self.log.last_mono = self.log.last_mono.max(entry.mono);
    }

    /// Whether an entry of this type may stand here.
    fn place(&mut self, kind: &str, body: &Body) {
        let seq = self.log.size();
        let opens = kind == <SessionOpened as body::Fact>::TYPE;
        match (opens, seq) {
            (false, 0) => self.find(Code::OpenMissing, format!("the first entry is {kind}")),
            (true, 1..) => self.find(Code::OpenDuplicate, "a log is opened once"),
            (true, 0) | (false, 1..) => {}
        }
        let seals = kind == <SessionSealed as body::Fact>::TYPE;
        if self.sealed && seals {
            self.find(Code::SealDuplicate, "a log is sealed once");
        } else if self.sealed && !body::may_follow_seal(kind) {
            self.find(
                Code::EntryAfterSeal,
                format!("{kind} cannot follow the seal"),
            );
        } else if seals {
            self.sealed = true;
            self.log.sealed_seq = Some(seq);
            self.log.sealed_mono = self.clock.map(|clock| clock.1);
        }
        let recovered = matches!(body, Body::SegmentCommitted(b) if b.recovered == Some(true));
        if self.recovering && !recovered && !matches!(body, Body::SessionRecovered(_)) {
            self.find(
                Code::EntrySchema,
                "recovered segments are not followed by session.recovered",
            );
        }
        self.recovering = recovered;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the others have no place of their own"
        )]
        match body {
            Body::SessionOpened(b) if seq == 0 => self.log.opened = Some(b.clone()),
            Body::SessionSealed(b) => self.seal(b),
            Body::SessionRecovered(b) => self.find(Code::CrashRecovered, &b.reason),
            _ => {}
        }
    }

    /// The seal against the lines before it.
    fn seal(&mut self, seal: &SessionSealed) {
        let own = self.log.totals.sealed(&seal.reason);
        if seal.gaps != own.gaps {
            self.find(Code::GapmapMismatch, "the seal's gaps are not the log's");
        }
        let open: Vec<_> = self
            .log
            .totals
            .open_tracks()
            .map(ToString::to_string)
            .collect();
        let differs = [
            (seal.entries != own.entries, "entries"),
            (seal.tracks != own.tracks, "tracks"),
            (seal.log_sha256 != own.log_sha256, "log_sha256"),
            (!open.is_empty(), "tracks that have not ended"),
        ];
        for (_, what) in differs.iter().filter(|(differs, _)| *differs) {
            self.find(Code::TotalsMismatch, format!("the seal is wrong: {what}"));
        }
        if seal.log_sm3.is_some_and(|sm3| Some(sm3) != own.log_sm3) {
            self.find(Code::Sm3Mismatch, "the seal's log_sm3 is not the log's");
        }
    }

    fn end(&mut self, lines_max: u64) {
        // Where reading was cut short on purpose, what follows is not missing.
        if self.recovering && self.log.size() < lines_max {
            self.find(
                Code::EntrySchema,
                "recovered segments are not followed by session.recovered",
            );
        }
    }
}
