//! The journal on a real disk: what it promises when writes fail, when power is cut, when others are read.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use cloudseat::app::App;
use cloudseat::clock::SessionClock;
use cloudseat::journal::{
    Commit, Error, Fact, Journal, Keep, Recovery, SharedSigner, Stopped, limits, recover,
};
use cloudseat::store::Role;
use cloudseat_verify::VerifyArgs;
use ids::Sid;
use integrity::body::{CaseLinked, Policy, SessionOpened};
use integrity::checkpoint::{Checkpoint, Ed25519Signer, Signer};
use integrity::note::{Note, Vkey};
use integrity::trust::Trust;
use integrity::verify::{Report, Verdict};
use integrity::{Actor, Digest, Draft};
use tokio::sync::mpsc;

const SITE: &str = "evd.example.gov";

/// A signer that can be told to refuse.
struct Refusing {
    inner: Ed25519Signer,
    refuses: Arc<AtomicBool>,
}

impl Signer for Refusing {
    fn vkey(&self) -> &Vkey {
        self.inner.vkey()
    }
    fn sign_head(
        &mut self,
        head: &Checkpoint,
        leaves: &[Digest],
    ) -> Result<Note, integrity::Error> {
        if self.refuses.load(Ordering::Relaxed) {
            return Err(integrity::Error::HeadInconsistent {
                origin: head.origin.clone(),
                size: head.size,
                last: 0,
            });
        }
        self.inner.sign_head(head, leaves)
    }
    fn sign_export(&mut self, export: &Checkpoint) -> Result<Note, integrity::Error> {
        self.inner.sign_export(export)
    }
    fn forget(&mut self, origin: &str) {
        self.inner.forget(origin);
    }
}

struct Site {
    folder: tempfile::TempDir,
    refuses: Arc<AtomicBool>,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Self {
            folder,
            refuses: Arc::default(),
        };
        std::fs::create_dir(site.evidence()).unwrap();
        let trust = Trust::of(SITE, key().vkey().clone());
        std::fs::write(site.folder.path().join("trust.json"), trust.to_json()).unwrap();
        site
    }

    fn evidence(&self) -> PathBuf {
        self.folder.path().join("evidence")
    }

    /// The journal, as a start of the server makes it: one shard, so that sessions get into each other's way if they can.
    fn journal(&self) -> Journal {
        let signer: SharedSigner = Arc::new(Mutex::new(Refusing {
            inner: key(),
            refuses: Arc::clone(&self.refuses),
        }));
        Journal::start(self.evidence(), SITE, &signer, 1, 1)
    }

    /// Stops the server, does something to its disk, and starts it again.
    async fn restart(&self, journal: Journal, settled: bool, harm: impl FnOnce()) -> Recovery {
        tokio::task::spawn_blocking(move || journal.stop())
            .await
            .unwrap();
        harm();
        let recovery = recover(&self.evidence(), Stopped::Unknown, &|_| settled).unwrap();
        let journal = self.journal();
        for sid in &recovery.unsigned {
            journal.look(*sid).await.unwrap();
        }
        tokio::task::spawn_blocking(move || journal.stop())
            .await
            .unwrap();
        recovery
    }

    fn verify(&self, sid: Sid) -> Report {
        let args = VerifyArgs::of(
            self.evidence().join(sid.to_string()),
            self.folder.path().join("trust.json"),
        );
        cloudseat_verify::verify(&args, None)
    }
}

fn key() -> Ed25519Signer {
    Ed25519Signer::new(&format!("{SITE}/recorder"), &[7; 32]).unwrap()
}

fn actor() -> Actor {
    "server:rec-1".parse().unwrap()
}

fn sid(n: u8) -> Sid {
    let mut bytes = [n; 16];
    bytes[15] = 1;
    Sid::from_bytes(bytes)
}

fn opened(no: u64) -> Fact {
    let body = SessionOpened {
        site: SITE.to_owned(),
        session_no: no.try_into().unwrap(),
        keys: vec![key().vkey().to_string()],
        policy: Policy::default(),
        software: None,
    };
    Draft::new(actor(), &body).unwrap().into()
}

fn fact(kind: &str) -> Fact {
    let body = serde_json::json!({ "purpose": "test" });
    let serde_json::Value::Object(body) = body else {
        unreachable!()
    };
    Draft::free(actor(), kind, body).unwrap().into()
}

fn secret() -> Fact {
    Fact {
        private: [("name".to_owned(), "张三".into())].into(),
        ..fact("identity.noted")
    }
}

async fn open(journal: &Journal, sid: Sid) -> Result<u64, Error> {
    let clock = SessionClock::start(Instant::now());
    journal.open(sid, clock, opened).await.map(|(no, _)| no)
}

/// A sealed session of a few entries, with a head in somebody's hands.
async fn sealed(journal: &Journal, sid: Sid) {
    open(journal, sid).await.unwrap();
    journal
        .append(sid, vec![fact("call.noted")], Keep::ForGood)
        .await
        .unwrap();
    journal.seal(sid, actor(), "completed").await.unwrap();
}

fn notes(folder: &Path) -> Vec<PathBuf> {
    let mut notes: Vec<_> = std::fs::read_dir(folder.join("checkpoints"))
        .unwrap()
        .map(|item| item.unwrap().path())
        .collect();
    notes.sort();
    notes
}

fn codes(report: &Report) -> Vec<String> {
    let code = |f| {
        serde_json::to_value(f).unwrap()["code"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    report.findings.iter().map(code).collect()
}

fn run<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test)
}

#[test]
fn heads_that_a_power_cut_emptied_or_cut_leave_a_session_that_verifies() {
    for settled in [true, false] {
        for cut in [|_| 0, |len| len / 2] {
            run(async {
                let site = Site::new();
                let journal = site.journal();
                sealed(&journal, sid(1)).await;
                let folder = site.evidence().join(sid(1).to_string());
                let aside = site.evidence().join(format!("{}.note.tmp", sid(1)));
                let harm = || {
                    for note in notes(&folder) {
                        let len = std::fs::metadata(&note).unwrap().len();
                        let file = std::fs::OpenOptions::new().write(true).open(&note);
                        file.unwrap().set_len(cut(len)).unwrap();
                    }
                    std::fs::write(&aside, "half a no").unwrap();
                };
                site.restart(journal, settled, harm).await;
                let report = site.verify(sid(1));
                assert_eq!(report.verdict, Verdict::Valid, "{:?}", codes(&report));
                assert_eq!(notes(&folder).len(), 1);
                assert!(!aside.exists());
            });
        }
    }
}

#[test]
fn a_session_that_ended_well_is_left_as_it_is() {
    run(async {
        let site = Site::new();
        let journal = site.journal();
        sealed(&journal, sid(1)).await;
        let log = site.evidence().join(sid(1).to_string()).join("log.jsonl");
        let before = std::fs::read(&log).unwrap();
        let recovery = site.restart(journal, true, || {}).await;
        assert!(recovery.unsigned.is_empty() && recovery.going_on.is_empty());
        assert_eq!(std::fs::read(&log).unwrap(), before);
    });
}

#[test]
fn a_file_that_no_entry_of_a_sealed_session_names_is_set_aside_and_said() {
    run(async {
        let site = Site::new();
        let journal = site.journal();
        sealed(&journal, sid(1)).await;
        // Power was cut between the file and its entry.
        let dir = journal.dir(sid(1));
        dir.add("documents/late.pdf", b"late").unwrap();
        dir.add("private/3.json", b"{}").unwrap();
        site.restart(journal, true, || {}).await;
        let report = site.verify(sid(1));
        assert_eq!(report.verdict, Verdict::Valid, "{:?}", codes(&report));
        let kept = dir.path().join("recovered/documents-late.pdf");
        assert_eq!(std::fs::read(kept).unwrap(), b"late");
        assert!(!dir.path().join("documents/late.pdf").exists());
    });
}

#[test]
fn whoever_follows_a_log_hears_that_it_cannot_be_written() {
    run(async {
        let site = Site::new();
        let journal = site.journal();
        let (subscriber, mut heard) = mpsc::channel(16);
        journal.subscribe(sid(1), subscriber).unwrap();
        open(&journal, sid(1)).await.unwrap();
        assert!(matches!(heard.recv().await, Some(Commit::Made(_))));
        // Openings have no place any more.
        let private = journal.dir(sid(1)).path().join("private");
        std::fs::remove_dir(&private).unwrap();
        std::fs::write(&private, "").unwrap();
        let refused = journal
            .append(sid(1), vec![secret()], Keep::UntilNext)
            .await;
        assert!(matches!(refused, Err(Error::Disk { .. })), "{refused:?}");
        let Some(Commit::Failed { reason }) = heard.recv().await else {
            panic!("the follower was not told");
        };
        assert!(reason.contains(&sid(1).to_string()), "{reason}");
        // It is told once; the log takes nothing any more, and whoever begins to follow it now is told at once.
        let again = journal
            .append(sid(1), vec![fact("call.noted")], Keep::UntilNext)
            .await;
        assert!(matches!(again, Err(Error::Disk { .. })), "{again:?}");
        assert!(heard.try_recv().is_err());
        let (subscriber, mut heard) = mpsc::channel(16);
        journal.subscribe(sid(1), subscriber).unwrap();
        assert!(matches!(heard.recv().await, Some(Commit::Failed { .. })));
    });
}

#[test]
fn a_number_is_used_up_unless_no_entry_can_have_it() {
    run(async {
        let site = Site::new();
        let journal = site.journal();
        // No folder, no entry: the number is given to the next.
        std::fs::remove_dir(site.evidence()).unwrap();
        let refused = open(&journal, sid(1)).await;
        assert!(
            matches!(refused, Err(Error::NotOpened { .. })),
            "{refused:?}"
        );
        std::fs::create_dir(site.evidence()).unwrap();
        assert_eq!(open(&journal, sid(2)).await.unwrap(), 1);
        // Entry 0 is on disk although its opening failed.
        site.refuses.store(true, Ordering::Relaxed);
        assert!(open(&journal, sid(3)).await.is_err());
        site.refuses.store(false, Ordering::Relaxed);
        assert_eq!(open(&journal, sid(4)).await.unwrap(), 3);
        // Whoever opened it went away before it was durable.
        tokio::select! {
            biased;
            _ = open(&journal, sid(5)) => panic!("a sync takes no time"),
            () = std::future::ready(()) => {}
        }
        assert_eq!(open(&journal, sid(6)).await.unwrap(), 5);
    });
}

#[test]
fn nobody_waits_for_the_reading_of_another_sessions_log() {
    run(async {
        let site = Site::new();
        let journal = site.journal();
        open(&journal, sid(1)).await.unwrap();
        for _ in 0..10 {
            let facts = (0..1_000).map(|_| fact("call.noted")).collect();
            journal
                .append(sid(1), facts, Keep::UntilNext)
                .await
                .unwrap();
        }
        tokio::task::spawn_blocking(move || journal.stop())
            .await
            .unwrap();
        let journal = site.journal();
        open(&journal, sid(2)).await.unwrap();
        let looking = Journal::clone(&journal);
        let look = tokio::spawn(async move { looking.look(sid(1)).await });
        tokio::task::yield_now().await;
        for _ in 0..3 {
            let noted = vec![fact("call.noted")];
            journal
                .append(sid(2), noted, Keep::UntilNext)
                .await
                .unwrap();
        }
        assert!(!look.is_finished(), "the long log was read first");
        let outline = look.await.unwrap().unwrap();
        assert_eq!((outline.head.size, outline.leaves.len()), (10_001, 10_001));
    });
}

#[test]
fn logs_that_are_over_are_closed_and_can_be_added_to_again() {
    run(async {
        let site = Site::new();
        let journal = site.journal();
        let count = u8::try_from(limits::IDLE_LOGS_MAX).unwrap() + 10;
        for n in 1..=count {
            sealed(&journal, sid(n)).await;
        }
        let open_files = std::fs::read_dir("/proc/self/fd")
            .unwrap()
            .filter_map(|fd| std::fs::read_link(fd.unwrap().path()).ok())
            .filter(|file| file.starts_with(site.evidence()))
            .count();
        // Whoever asked is answered before others are closed.
        assert!(
            open_files <= limits::IDLE_LOGS_MAX + 1,
            "{open_files} logs are open"
        );
        // The first of them: its head from the seal stays, for somebody may have it.
        let before = journal.look(sid(1)).await.unwrap();
        journal
            .append(sid(1), vec![fact("access.viewed")], Keep::UntilNext)
            .await
            .unwrap();
        let folder = site.evidence().join(sid(1).to_string());
        let seal = folder.join(format!("checkpoints/{:010}.note", before.head.size));
        assert_eq!(std::fs::read_to_string(seal).unwrap(), *before.note);
        let after = journal.look(sid(1)).await.unwrap();
        assert_eq!(after.sealed_at, before.sealed_at);
        assert!(before.sealed_at.is_some() && after.head.size == before.head.size + 1);
        let report = site.verify(sid(1));
        assert_eq!(report.verdict, Verdict::Valid, "{:?}", codes(&report));
    });
}

#[test]
fn a_folder_that_cannot_be_read_costs_the_index_nothing() {
    run(async {
        let site = Site::new();
        let url = format!("sqlite://{}", site.folder.path().join("db").display());
        let store = cloudseat::store::open(&url).await.unwrap();
        let unit = crate::store::contract::unit("大队");
        store.add_unit(&unit).await.unwrap();
        let officer = crate::store::contract::add_account(&*store, "officer", Role::Officer).await;
        let journal = site.journal();
        for n in 1..=3 {
            open(&journal, sid(n)).await.unwrap();
            let linked = CaseLinked {
                case: uuid::Uuid::now_v7().to_string(),
                procedure: "traffic_simple".to_owned(),
                version: Digest::sha256(b"").to_string(),
            };
            let by: Actor = format!("officer:{}", officer.id).parse().unwrap();
            let linked = Draft::new(by, &linked).unwrap().into();
            let facts = vec![linked, fact("access.viewed")];
            journal
                .append(sid(n), facts, Keep::UntilNext)
                .await
                .unwrap();
        }
        tokio::task::spawn_blocking(move || journal.stop())
            .await
            .unwrap();
        let done = App::reindex(&site.evidence(), &*store).await.unwrap();
        assert_eq!((done.indexed, done.skipped.len()), (3, 0), "{done:?}");
        let verdict = cloudseat::store::Verdict {
            verdict: "valid".to_owned(),
            completeness: "complete".to_owned(),
            at: cloudseat::clock::utc_now(),
        };
        store.put_verdict(sid(1), &verdict).await.unwrap();

        // One log is damaged, another folder is gone.
        let log = journal_file(&site, 2);
        let mut bytes = std::fs::read(&log).unwrap();
        bytes[200] ^= 1;
        std::fs::write(&log, bytes).unwrap();
        std::fs::remove_dir_all(journal_file(&site, 3).parent().unwrap()).unwrap();
        let done = App::reindex(&site.evidence(), &*store).await.unwrap();
        assert_eq!(done.indexed, 1, "{done:?}");
        assert_eq!(done.skipped.len(), 1, "{done:?}");
        assert_eq!(done.skipped[0].0, sid(2));
        let first = store.session(sid(1)).await.unwrap().unwrap();
        assert_eq!(first.verdict, Some(verdict));
        assert!(store.session(sid(2)).await.unwrap().is_some());
        assert!(store.session(sid(3)).await.unwrap().is_none());
        let page = cloudseat::store::PageRequest::new(None, Some(9));
        assert_eq!(store.audit(&page).await.unwrap().items.len(), 2);
    });
}

fn journal_file(site: &Site, n: u8) -> PathBuf {
    site.evidence().join(sid(n).to_string()).join("log.jsonl")
}
