//! From arguments to a report: opening, hashing on all cores, and the exit code.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use integrity::Digest;
use integrity::trust::Trust;
use integrity::verify::{
    Code, Files, Given, HashJob, HashResult, Options, Report, Verdict, Verification,
};

use crate::args::VerifyArgs;
use crate::{Archive, Folder, human};

/// Name and version of this verifier, as the report states it.
pub const VERIFIER: &str = concat!("cloudseat-verify ", env!("CARGO_PKG_VERSION"));

/// What is shown takes longer than this.
const PATIENCE: Duration = Duration::from_secs(1);

/// Bytes of a file given as an argument at most (a decision may have any length).
const ARGUMENT_BYTES_MAX: u64 = 16 << 20;

/// Verifies and prints; returns the exit code. `trust_default` is believed when no `--trust` is given.
pub fn run(args: &VerifyArgs, trust_default: Option<&Path>) -> u8 {
    let report = verify(args, trust_default);
    let printed = match report.verdict {
        _ if args.json => io::stdout().lock().write_all(report.to_json().as_bytes()),
        // Nothing was verified: that is an error and no result.
        Verdict::Unusable => human::print(&report, args.lang, &mut io::stderr().lock()),
        Verdict::Valid | Verdict::Tampered => {
            human::print(&report, args.lang, &mut io::stdout().lock())
        }
    };
    match printed {
        Ok(()) => report.verdict.exit_code(),
        // Who cannot hear the verdict must not take silence for a good one.
        Err(_) => 2,
    }
}

/// Verifies what the arguments name, hashing on all cores. Whatever goes wrong is a report.
pub fn verify(args: &VerifyArgs, trust_default: Option<&Path>) -> Report {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    verify_on(args, trust_default, cores)
}

/// [`verify`] on so many threads, for a machine that has something else to do too.
pub fn verify_on(args: &VerifyArgs, trust_default: Option<&Path>, threads: usize) -> Report {
    attempt(args, trust_default, threads)
        .unwrap_or_else(|(code, detail)| Report::unusable(VERIFIER, code, detail))
}

fn attempt(
    args: &VerifyArgs,
    trust_default: Option<&Path>,
    threads: usize,
) -> Result<Report, (Code, String)> {
    let trust = args.trust.as_deref().or(trust_default).ok_or_else(|| {
        let todo = "no trust file was given: name the authority's trust.json with --trust FILE or CLOUDSEAT_TRUST";
        (Code::TrustUnreadable, todo.to_owned())
    })?;
    let unreadable =
        |path: &Path, e: &dyn std::fmt::Display| format!("{} cannot be read: {e}", path.display());
    let trust = read_argument(trust)
        .map_err(|e| unreadable(trust, &e))
        .and_then(|bytes| Trust::parse(&bytes).map_err(|e| unreadable(trust, &e)))
        .map_err(|detail| (Code::TrustUnreadable, detail))?;
    let argument = |path: &Path| {
        let bytes =
            read_argument(path).map_err(|e| (Code::BundleUnreadable, unreadable(path, &e)))?;
        Ok(Given {
            name: path.display().to_string(),
            bytes,
        })
    };
    let decision = match &args.decision {
        Some(path) => {
            Some(digest(path).map_err(|e| (Code::BundleUnreadable, unreadable(path, &e)))?)
        }
        None => None,
    };
    let options = Options {
        verifier: VERIFIER.to_owned(),
        session: args.session,
        decision,
        receipts: args
            .receipt
            .iter()
            .map(|p| argument(p))
            .collect::<Result<_, _>>()?,
        anchors: args
            .anchor
            .iter()
            .map(|p| argument(p))
            .collect::<Result<_, _>>()?,
        allow_open: args.allow_open,
    };
    let files =
        open(&args.path).map_err(|e| (Code::BundleUnreadable, unreadable(&args.path, &e)))?;
    Ok(verify_files(&*files, &trust, &options, threads))
}

fn open(path: &Path) -> io::Result<Box<dyn Files>> {
    if path.is_dir() {
        Ok(Box::new(Folder::open(path)?))
    } else {
        Ok(Box::new(Archive::open(path)?))
    }
}

fn read_argument(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(ARGUMENT_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > ARGUMENT_BYTES_MAX {
        Err(io::Error::other("it is too long"))
    } else {
        Ok(bytes)
    }
}

fn digest(path: &Path) -> io::Result<Digest> {
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    Ok(Digest::sha256(&bytes))
}

/// Verifies an opened bundle.
fn verify_files(files: &dyn Files, trust: &Trust, options: &Options, threads: usize) -> Report {
    let verification = Verification::begin(files, trust, options);
    let jobs = verification.jobs();
    let progress = Progress::new(jobs.iter().map(HashJob::size).sum());
    let results = hash(files, jobs, threads, &|bytes| progress.add(bytes));
    progress.bar.finish_and_clear();
    verification.finish(results)
}

/// Runs the jobs on so many threads, at least one. Memory is a read buffer for each.
fn hash(
    files: &dyn Files,
    jobs: Vec<HashJob>,
    threads: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Vec<HashResult> {
    let threads = threads.max(1).min(jobs.len());
    let queue = Mutex::new(jobs.into_iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut results = Vec::new();
        while let Some(job) = next() {
            results.push(job.run(files, progress));
        }
        results
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = workers
            .into_iter()
            .map(|w| w.join().expect("hashing does not panic"));
        joined.flatten().collect()
    })
}

/// A progress bar that stays away from what is quick, and from what is not a terminal.
struct Progress {
    bar: ProgressBar,
    since: Instant,
    shown: AtomicBool,
}

impl Progress {
    fn new(total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        if let Ok(style) =
            ProgressStyle::with_template("{bar:40} {binary_bytes}/{binary_total_bytes} {eta}")
        {
            bar.set_style(style);
        }
        Self {
            bar,
            since: Instant::now(),
            shown: AtomicBool::new(!io::stderr().is_terminal()),
        }
    }

    fn add(&self, bytes: u64) {
        self.bar.inc(bytes);
        let patient = self.since.elapsed() < PATIENCE;
        if !patient && !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}
