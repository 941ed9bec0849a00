//! The verifier: believes nothing but bytes, the caller's trust, and arithmetic.
//!
//! [`Verification::begin`] lists the bundle, reads the log and everything small, and says what is to be hashed;
//! the caller runs the [`HashJob`]s on as many threads as it likes; [`Verification::finish`] compares and judges.
//! Memory grows with the log, never with the media.

mod anchors;
mod bundle;
mod coverage;
mod documents;
mod files;
mod finding;
mod hash;
mod heads;
mod log;
mod media;
mod outside;
mod report;
mod spans;

pub use documents::Decision;
pub use files::{FileInfo, FileKind, Files, Reading};
pub use finding::{Code, Finding, Level};
pub use hash::{HashJob, HashResult};
pub use report::{Completeness, Disclosure, Proofs, Report, Stamp, Times, Verdict};

use std::collections::{BTreeMap, BTreeSet};

use ids::Sid;

use crate::Digest;
use crate::body::{Head, Policy, Requirement};
use crate::checkpoint::session_origin;
use crate::path;
use crate::trust::Trust;
use anchors::Anchors;
use bundle::{Bundle, Form, Manifests};
use documents::Documents;
use finding::Findings;
use heads::{Heads, Session};
use log::Log;
use media::{Claim, Media};
use outside::Outside;

/// How often a folder that is being written to is read before what looks wrong is believed.
const LIVE_ATTEMPTS_MAX: usize = 4;

/// A file that the caller was given beside the bundle.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its name, for findings.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What is asked of a verification.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Name and version of the verifier, for the report.
    pub verifier: String,
    /// The session it must be.
    pub session: Option<Sid>,
    /// Digest of a document that must be one of its decisions.
    pub decision: Option<Digest>,
    /// Receipts that must agree.
    pub receipts: Vec<Given>,
    /// Proofs from the public log that must hold.
    pub anchors: Vec<Given>,
    /// Whether a session that is not sealed will do. Of a session's own folder only what a signed head covers is read.
    pub allow_open: bool,
}

/// A verification between reading the log and hashing the media.
pub struct Verification<'a> {
    options: &'a Options,
    findings: Findings,
    read: Option<Read<'a>>,
}

/// What has been read.
struct Read<'a> {
    bundle: Bundle<'a>,
    manifests: Option<Manifests>,
    log: Log,
    policy: Option<Policy>,
    heads: Heads,
    outside: Outside,
    media: Media,
    documents: Documents,
    withheld: bool,
    /// Whether the folder is being written to, so that it may hold more than what is looked at.
    live: bool,
}

impl<'a> Verification<'a> {
    /// Reads everything but the media. A session's own folder may be written to meanwhile, its newest head replaced by a
    /// newer one: what looks wrong there is looked at again.
    pub fn begin(files: &'a dyn Files, trust: &Trust, options: &'a Options) -> Self {
        let mut attempt = Self::attempt(files, trust, options);
        for _ in 1..LIVE_ATTEMPTS_MAX {
            let wrong = attempt.findings.has_level(Level::Unusable)
                || attempt.findings.has_level(Level::Tampered);
            if !wrong || !attempt.read.as_ref().is_some_and(|read| read.live) {
                break;
            }
            attempt = Self::attempt(files, trust, options);
        }
        attempt
    }

    fn attempt(files: &'a dyn Files, trust: &Trust, options: &'a Options) -> Self {
        let mut findings = Findings::default();
        let read = match Bundle::list(files, &mut findings) {
            Ok(bundle) => read(bundle, trust, options, &mut findings),
            Err(e) => {
                findings.push(Finding::new(Code::BundleUnreadable).detail(e));
                None
            }
        };
        Self {
            options,
            findings,
            read,
        }
    }

    /// What is to be hashed, the largest files first. Empty if nothing can be said anyway.
    pub fn jobs(&self) -> Vec<HashJob> {
        match &self.read {
            Some(read) if !self.findings.has_level(Level::Unusable) => read.jobs(),
            Some(_) | None => Vec::new(),
        }
    }

    /// Compares what was hashed, and judges.
    pub fn finish(mut self, results: Vec<HashResult>) -> Report {
        let unusable = self.findings.has_level(Level::Unusable);
        if let Some(read) = &mut self.read
            && !unusable
        {
            read.compare(results, &mut self.findings);
            read.unsupported(&mut self.findings);
        }
        let verdict = match () {
            () if self.findings.has_level(Level::Unusable) => Verdict::Unusable,
            () if self.findings.has_level(Level::Tampered) => Verdict::Tampered,
            () => Verdict::Valid,
        };
        let completeness = match verdict {
            Verdict::Valid if self.findings.has_level(Level::Incomplete) => {
                Completeness::Incomplete
            }
            Verdict::Valid => Completeness::Complete,
            Verdict::Tampered | Verdict::Unusable => Completeness::Unknown,
        };
        let findings = self.findings.into_sorted();
        let mut report = Report::empty(&self.options.verifier, verdict, completeness, findings);
        if let Some(read) = self.read {
            read.describe(&mut report);
        }
        report
    }
}

fn read<'a>(
    bundle: Bundle<'a>,
    trust: &Trust,
    options: &Options,
    findings: &mut Findings,
) -> Option<Read<'a>> {
    let log_path = bundle.path("log.jsonl");
    if bundle.size(&log_path).is_none() {
        findings.push(
            Finding::new(Code::LogMissing)
                .path(&log_path)
                .detail("there is no log"),
        );
        return None;
    }
    let manifests = (bundle.form == Form::Export).then(|| Manifests::read(&bundle, findings));
    let live = bundle.form == Form::Session && options.allow_open;

    // The origin that heads must have stands in entry 0; heads are read before the log, so that a live log, read
    // after them, holds all they cover.
    let opening = bundle.stream(&log_path, |f| {
        log::read(f, &log_path, 1, &mut Findings::default())
    });
    let opening = opening
        .map_err(|e| findings.push(files::unread(&log_path, &e)))
        .ok()?;
    let site = opening.opened.as_ref().map(|o| o.site.clone());
    let origin = match (&site, opening.sid) {
        (Some(site), Some(sid)) => session_origin(site, sid),
        _ => String::new(),
    };
    let mut heads = Heads::read(&bundle, trust, &origin, findings);
    let lines_max = if live {
        heads.newest_size().unwrap_or(u64::MAX)
    } else {
        u64::MAX
    };
    let log = bundle.stream(&log_path, |f| log::read(f, &log_path, lines_max, findings));
    let log = log
        .map_err(|e| findings.push(files::unread(&log_path, &e)))
        .ok()?;
    bundle.note_digest(&log_path, log.sha256);
    if log.size() == 0 {
        findings.push(
            Finding::new(Code::LogMissing)
                .path(&log_path)
                .detail("it has not one whole line"),
        );
    }
    if let Some(opened) = log.opened.as_ref().filter(|o| o.site != trust.site) {
        let detail = format!(
            "the bundle is of {}, the trust file of {}",
            opened.site, trust.site
        );
        findings.push(Finding::new(Code::SiteUnknown).detail(detail));
    }
    if let (Some(asked), Some(sid)) = (options.session, log.sid)
        && asked != sid
    {
        findings.push(
            Finding::new(Code::SessionMismatch).detail(format!("the bundle is of session {sid}")),
        );
    }
    let policy = log
        .opened
        .as_ref()
        .map(|o| trust.policy_for(&o.policy, o.session_no.get()));
    if log.sealed_mono.is_none() {
        let (code, detail) = match options.allow_open {
            true => (Code::SessionOpen, "the session has not been sealed yet"),
            false => (
                Code::SealMissing,
                "the session is not sealed; --allow-open accepts that",
            ),
        };
        findings.push(Finding::new(code).detail(detail));
    }
    let applied = policy.clone().unwrap_or_default();
    let media = media::walk(&log, &applied, findings);
    coverage::check(&log, &media, &applied, findings);
    let documents = documents::walk(&log, findings);
    if let Some(asked) = options
        .decision
        .filter(|d| documents.decisions.iter().all(|own| own.doc_sha256 != *d))
    {
        let detail = format!("no decision of this session has the digest {asked}");
        findings.push(Finding::new(Code::DecisionMismatch).detail(detail));
    }
    let withheld = documents::check_private(&bundle, &log, findings);
    let session = Session {
        log: &log,
        origin: &origin,
        trust,
    };
    let anchors = Anchors::check(&bundle, &options.anchors, &session, findings);
    let stamps = outside::stamps(&bundle, &heads, &session, findings);
    let outside = Outside { anchors, stamps };
    outside.check_required(&log, &applied, findings);
    heads.check(&log, trust, &outside, findings);
    heads.check_receipts(&bundle, &options.receipts, &session, findings);
    if bundle.form == Form::Export {
        heads::check_export(&bundle, &session, findings);
    }
    Some(Read {
        bundle,
        manifests,
        log,
        policy,
        heads,
        outside,
        media,
        documents,
        withheld,
        live,
    })
}

impl Read<'_> {
    fn jobs(&self) -> Vec<HashJob> {
        let mut ranges: BTreeMap<String, Vec<hash::Range>> = BTreeMap::new();
        let mut whole: BTreeSet<String> = BTreeSet::new();
        for claim in self.media.claims.iter().filter(|c| c.in_place) {
            let of_file = ranges.entry(self.bundle.path(&claim.file)).or_default();
            // A log with broken places could name the same bytes again and again.
            if of_file
                .last()
                .is_none_or(|last| last.off.saturating_add(last.bytes) <= claim.off)
            {
                of_file.push(hash::Range {
                    seq: claim.seq,
                    off: claim.off,
                    bytes: claim.bytes,
                    sm3: claim.sm3.is_some(),
                    redacted: self.documents.redacted.contains(&claim.seq),
                });
            }
        }
        let refs = self
            .documents
            .bound
            .iter()
            .map(|b| self.bundle.path(&b.file.file));
        whole.extend(refs.filter(|p| self.bundle.size(p).is_some()));
        if self.manifests.is_some() {
            whole.extend(
                self.bundle
                    .paths()
                    .filter(|p| p.starts_with("data/"))
                    .map(str::to_owned),
            );
        }
        let mut paths = whole.clone();
        paths.extend(
            ranges
                .keys()
                .filter(|p| self.bundle.size(p).is_some())
                .cloned(),
        );
        let unread = paths
            .into_iter()
            .filter(|p| self.bundle.digest(p).is_none());
        let mut jobs: Vec<HashJob> = unread
            .map(|path| HashJob {
                size: self.bundle.size(&path).unwrap_or(0),
                whole: whole.contains(&path),
                ranges: ranges.remove(&path).unwrap_or_default(),
                path,
            })
            .collect();
        jobs.sort_by_key(|job| std::cmp::Reverse(job.size));
        jobs
    }

    fn compare(&mut self, results: Vec<HashResult>, findings: &mut Findings) {
        let mut hashed: BTreeMap<u64, hash::RangeHash> = BTreeMap::new();
        for HashResult {
            job,
            hashed: result,
        } in results
        {
            match result {
                Ok(file) => {
                    if let Some(digest) = file.whole {
                        self.bundle.note_digest(&job.path, digest);
                    }
                    let claimed = job
                        .ranges
                        .iter()
                        .map(|r| r.off.saturating_add(r.bytes))
                        .max();
                    if claimed.is_some_and(|end| file.len > end) && !self.live {
                        let finding = Finding::new(Code::SegmentLayout).path(&job.path);
                        findings.push(finding.detail("bytes behind the last range"));
                    }
                    hashed.extend(job.ranges.iter().map(|r| r.seq).zip(file.ranges));
                }
                Err(e) => findings.push(files::unread(&job.path, &e)),
            }
        }
        for claim in self.media.claims.iter().filter(|c| path::is_safe(&c.file)) {
            let redacted = self.documents.redacted.contains(&claim.seq);
            self.withheld |= judge(
                &self.bundle,
                claim,
                hashed.get(&claim.seq),
                redacted,
                findings,
            );
        }
        self.documents.check_files(&self.bundle, findings);
        if let Some(manifests) = &self.manifests {
            manifests.check(&self.bundle, findings);
        }
        if !self.live {
            bundle::check_bound(&self.bundle, &self.named(), findings);
        }
    }

    /// What the policy asks for and this build cannot check must not pass for valid.
    fn unsupported(&self, findings: &mut Findings) {
        let stamps = |p: &Policy| p.timestamps == Requirement::Required;
        if !outside::STAMPS_SUPPORTED
            && self.policy.as_ref().is_some_and(stamps)
            && !findings.has_level(Level::Tampered)
        {
            let detail = "the policy requires time stamps, which this build of the verifier cannot check: use another one";
            findings.push(Finding::new(Code::VersionUnsupported).detail(detail));
        }
    }

    /// Names in the session's folder that the log accounts for.
    fn named(&self) -> BTreeSet<String> {
        let media = self.media.claims.iter().map(|c| c.file.clone());
        let bound = self.documents.bound.iter().map(|b| b.file.file.clone());
        let private = self.log.records.iter().filter(|r| !r.private.is_empty());
        media
            .chain(bound)
            .chain(private.map(|r| crate::private::path(r.seq)))
            .collect()
    }

    fn describe(self, report: &mut Report) {
        report.disclosure = if self.withheld {
            Disclosure::Partial
        } else {
            Disclosure::Full
        };
        report.session = self.log.sid;
        report.site = self.log.opened.as_ref().map(|o| o.site.clone());
        report.entries = self.log.size();
        report.head = self.log.root(self.log.size()).map(|root| Head {
            size: self.log.size(),
            root,
        });
        report.policy = self.policy;
        report.tracks = self.log.totals.tracks().clone();
        report.gaps = self.log.totals.gaps().clone();
        report.decisions = self.documents.decisions;
        let last = self.log.time_at(self.log.size());
        report.times = self
            .log
            .first_time
            .zip(last)
            .map(|(first, last)| Times { first, last });
        report.proofs.checkpoints = self.heads.valid;
        report.proofs.receipts = self.heads.receipts;
        report.proofs.anchors = self.outside.anchors.sizes.len() as u64;
        report.proofs.witnesses = self.outside.anchors.witnesses.into_iter().collect();
        report.proofs.timestamps = self.outside.stamps;
    }
}

/// One claimed range against what was found. Returns whether it is withheld.
fn judge(
    bundle: &Bundle<'_>,
    claim: &Claim,
    hash: Option<&hash::RangeHash>,
    redacted: bool,
    findings: &mut Findings,
) -> bool {
    let path = bundle.path(&claim.file);
    let find = |code| Finding::new(code).at(claim.seq).path(&path);
    let (code, withheld) = match hash {
        None if bundle.size(&path).is_some() => return false, // its place is wrong, which has been reported
        None if redacted => (Code::SegmentWithheld, true),
        None => (Code::SegmentMissing, false),
        Some(hash) if !hash.complete => (Code::SegmentLength, false),
        Some(hash) if hash.sha256 == claim.sha256 => {
            if claim.sm3.is_some() && hash.sm3 != claim.sm3 {
                findings.push(find(Code::Sm3Mismatch));
            }
            return false;
        }
        Some(hash) if redacted && hash.zeros => (Code::SegmentWithheld, true),
        Some(_) if redacted => (Code::RedactionInvalid, false),
        Some(_) if claim.backfill => (Code::BackfillMismatch, false),
        Some(_) => (Code::SegmentDigest, false),
    };
    findings.push(find(code));
    withheld
}
