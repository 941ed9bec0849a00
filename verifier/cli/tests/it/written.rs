//! What the product's own builders write, the verifier accepts; what happened to the recording, it says.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use ids::{Sid, UtcMillis};
use integrity::body::*;
use integrity::checkpoint::{Checkpoint, Ed25519Signer, Signer as _};
use integrity::recover;
use integrity::seal::Totals;
use integrity::trust::Trust;
use integrity::verify::{Code, Completeness, Disclosure, Options, Report, Verdict};
use integrity::{Actor, Chain, Digest, Draft, bag, private};
use serde_json::json;
use tempfile::TempDir;

use crate::memory::Memory;

const SITE: &str = "evd.example.gov";
const SEED: [u8; 32] = [9; 32];

fn sid() -> Sid {
    Sid::from_bytes([0x5a; 16])
}

fn trust() -> Trust {
    let vkey = Ed25519Signer::new("evd.example.gov/recorder", &SEED)
        .unwrap()
        .vkey()
        .clone();
    Trust::of(SITE, vkey)
}

/// A recorder of one participant's picture and sound, on a disk in memory.
struct Recorder {
    files: Memory,
    chain: Chain,
    totals: Totals,
    fresh: Vec<Digest>,
    signer: Ed25519Signer,
    now_us: u64,
    tracks: BTreeMap<&'static str, (u64, u64)>,
    sm3: bool,
}

impl Recorder {
    fn open(policy: Policy) -> Self {
        let signer = Ed25519Signer::new("evd.example.gov/recorder", &SEED).unwrap();
        let opened = SessionOpened {
            site: SITE.to_owned(),
            session_no: 1.try_into().unwrap(),
            keys: vec![signer.vkey().to_string()],
            policy,
            software: None,
        };
        let mut recorder = Self {
            files: Memory::default(),
            chain: Chain::open(sid()),
            totals: Totals::new(),
            fresh: Vec::new(),
            signer,
            now_us: 0,
            tracks: BTreeMap::new(),
            sm3: true,
        };
        recorder.say(&opened);
        recorder.now_us = 100_000;
        let joined = ParticipantJoined {
            participant: "o1".parse().unwrap(),
            role: "officer".to_owned(),
            must_record: MediaKind::required_of("officer").to_vec(),
            reason: None,
        };
        recorder.say(&joined);
        for (track, kind) in [("v1", "video"), ("a1", "audio")] {
            recorder.tracks.insert(track, (0, 0));
            recorder.say(&TrackStarted {
                track: track.parse().unwrap(),
                participant: "o1".parse().unwrap(),
                kind: kind.to_owned(),
                codec: "test".to_owned(),
                clock_hz: 90_000.try_into().unwrap(),
                ssrc: Some(7),
                t0_us: 100_000,
            });
        }
        recorder
    }

    fn time(&self) -> UtcMillis {
        UtcMillis::from_millis(1_795_511_597_000 + i64::try_from(self.now_us / 1000).unwrap())
    }

    fn draft<F: Fact>(fact: &F) -> Draft {
        let actor: Actor = "server:n1".parse().unwrap();
        Draft::new(actor, fact).unwrap()
    }

    fn say<F: Fact>(&mut self, fact: &F) {
        self.append(Self::draft(fact));
    }

    fn append(&mut self, draft: Draft) -> u64 {
        let line = self.chain.append(draft, self.time(), self.now_us).unwrap();
        self.totals.push(&line).unwrap();
        self.files
            .0
            .entry("log.jsonl".to_owned())
            .or_default()
            .extend(&line.bytes);
        self.fresh.push(line.leaf);
        line.seq
    }

    fn sign(&mut self) -> Head {
        let head = self.chain.head();
        let fresh = std::mem::take(&mut self.fresh);
        let note = self
            .signer
            .sign_head(&Checkpoint::session(SITE, sid(), head), &fresh)
            .unwrap();
        self.files.0.insert(
            format!("checkpoints/{:010}.note", head.size),
            note.to_string().into_bytes(),
        );
        head
    }

    /// Half a second of both tracks, `bytes` long each.
    fn segment(&mut self, bytes: usize) {
        let t0_us = self.now_us;
        self.now_us += 500_000;
        for track in ["v1", "a1"] {
            self.commit(track, t0_us, bytes);
        }
    }

    fn commit(&mut self, track: &'static str, t0_us: u64, bytes: usize) {
        let (idx, total) = self.tracks[track];
        let data: Vec<u8> = (0..bytes)
            .map(|i| (i as u64 * 31 + idx * 7 + u64::from(track.as_bytes()[0])) as u8)
            .collect();
        let file = format!("media/{track}/{:03}.mp4", idx / 120);
        let held = self.files.0.entry(file.clone()).or_default();
        let off = held.len() as u64;
        held.extend(&data);
        self.tracks.insert(track, (idx + 1, total + bytes as u64));
        self.say(&SegmentCommitted {
            track: track.parse().unwrap(),
            idx,
            file,
            off,
            bytes: bytes as u64,
            sha256: Digest::sha256(&data),
            sm3: self.sm3.then(|| Digest::sm3(&data)),
            t0_us,
            t1_us: self.now_us,
            rtp0: Some(0),
            rtp1: Some(1),
            seq0: Some(idx * 50 % 65_536),
            seq1: Some((idx * 50 + 49) % 65_536),
            ntp0: None,
            frames: 12,
            key: idx == 0,
            lost: 0,
            missing: None,
            recovered: None,
        });
    }

    fn end(&mut self) {
        for (track, (segments, bytes)) in self.tracks.clone() {
            let t1_us = self.now_us;
            self.say(&TrackEnded {
                track: track.parse().unwrap(),
                segments,
                bytes,
                t1_us,
                reason: None,
            });
        }
        self.say(&ParticipantLeft {
            participant: "o1".parse().unwrap(),
            reason: Some("hangup".to_owned()),
        });
        let seal = self.totals.seal("completed").unwrap();
        self.say(&seal);
        self.sign();
    }

    fn export(&mut self) -> Memory {
        self.say(&ExportCreated {
            export: "e1".parse().unwrap(),
            redaction: None,
        });
        let head = self.sign();
        let digests = self
            .files
            .0
            .iter()
            .map(|(path, bytes)| (path.clone(), Digest::sha256(bytes)))
            .collect();
        let tags = bag::Tags::new(
            &digests,
            Some("Open verify.html to check this.\n".to_owned()),
        )
        .unwrap();
        let note = self
            .signer
            .sign_export(&Checkpoint::export(SITE, sid(), head.size, tags.digest()))
            .unwrap();
        let mut export: BTreeMap<String, Vec<u8>> = self
            .files
            .0
            .iter()
            .map(|(path, bytes)| (format!("data/{path}"), bytes.clone()))
            .collect();
        export.extend(
            tags.files()
                .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())),
        );
        export.insert(bag::EXPORT_NOTE.to_owned(), note.to_string().into_bytes());
        Memory(export)
    }
}

fn verify(files: &Memory) -> Report {
    files.verify(&trust(), &Options::default())
}

fn codes(report: &Report) -> Vec<Code> {
    report.findings.iter().map(|f| f.code).collect()
}

#[test]
fn a_whole_session_is_valid_and_complete() {
    let step: ids::StepId = "S06_NOTICE".parse().unwrap();
    let mut recorder = Recorder::open(Policy {
        required_steps: [step.clone()].into(),
        ..Policy::default()
    });
    let attempt = 1.try_into().unwrap();
    recorder.segment(1000);
    recorder.say(&StepStarted {
        step: step.clone(),
        attempt,
        reason: None,
        file: None,
    });
    (0..130).for_each(|_| recorder.segment(50));
    recorder.say(&StepCompleted {
        step,
        attempt,
        reason: None,
        file: None,
    });
    recorder.segment(1000);
    let sealed = private::seal([("name".to_owned(), json!("王小明"), [3; 32])]).unwrap();
    let viewed = Recorder::draft(&AccessViewed {
        purpose: "review".to_owned(),
    })
    .with_private(&sealed);
    let head = recorder.sign();
    let decision = format!("{} {}\n", sid(), integrity::receipt::Short::from(head));
    let file = FileRef {
        file: "documents/decision.pdf".to_owned(),
        bytes: decision.len() as u64,
        sha256: Digest::sha256(decision.as_bytes()),
    };
    recorder
        .files
        .0
        .insert(file.file.clone(), decision.into_bytes());
    let doc: ids::DocId = "d1".parse().unwrap();
    recorder.say(&DocumentIssued {
        doc: doc.clone(),
        kind: "decision".to_owned(),
        file: file.clone(),
    });
    recorder.say(&DecisionMade {
        decision: "云 1".to_owned(),
        doc,
        doc_sha256: file.sha256,
        head,
    });
    recorder.end();
    let seq = recorder.append(viewed);
    recorder
        .files
        .0
        .insert(private::path(seq), sealed.openings().unwrap());
    let export = recorder.export();
    let report = verify(&export);
    assert_eq!(
        (report.verdict, report.completeness),
        (Verdict::Valid, Completeness::Complete),
        "{}",
        report.to_json()
    );
    assert_eq!(
        (report.disclosure, report.findings),
        (Disclosure::Full, vec![])
    );
    assert_eq!(report.tracks[&"v1".parse().unwrap()].segments, 132);
    assert_eq!(report.decisions[0].head, head);
    // The session's own folder says the same.
    assert_eq!(verify(&recorder.files).verdict, Verdict::Valid);
}

#[test]
fn a_declared_gap_is_honest_and_a_hidden_one_is_not() {
    for declared in [true, false] {
        let mut recorder = Recorder::open(Policy::default());
        recorder.segment(100);
        let t0_us = recorder.now_us;
        recorder.now_us += 2_000_000;
        for track in ["v1", "a1"].into_iter().filter(|_| declared) {
            let gap = MediaGap {
                track: track.parse().unwrap(),
                t0_us,
                t1_us: recorder.now_us,
                reason: "no_rtp".to_owned(),
            };
            recorder.say(&gap);
        }
        recorder.segment(100);
        recorder.end();
        let report = verify(&recorder.export());
        if declared {
            assert_eq!(
                (report.verdict, report.completeness),
                (Verdict::Valid, Completeness::Incomplete)
            );
            assert_eq!(codes(&report), [Code::GapDeclared; 2]);
        } else {
            // Two seconds without a packet: no pause that the sender could have made.
            assert_eq!(codes(&report), [Code::GapUndeclared; 2]);
        }
    }
}

#[test]
fn a_track_cannot_end_early_to_hide_the_rest() {
    let mut recorder = Recorder::open(Policy::default());
    recorder.segment(100);
    for (track, (segments, bytes)) in recorder.tracks.clone() {
        let t1_us = recorder.now_us;
        recorder.say(&TrackEnded {
            track: track.parse().unwrap(),
            segments,
            bytes,
            t1_us,
            reason: None,
        });
    }
    recorder.tracks.clear();
    recorder.now_us += 10_000_000;
    recorder.end();
    let report = verify(&recorder.export());
    assert_eq!(
        (report.verdict, report.completeness),
        (Verdict::Valid, Completeness::Incomplete)
    );
    assert_eq!(codes(&report), [Code::ParticipantUnrecorded; 2]);
}

/// Killed at any byte of its log, a recording goes on and says so, and what was signed is still there.
#[test]
fn a_recording_that_crashed_anywhere_goes_on() {
    let mut recorder = Recorder::open(Policy::default());
    for _ in 0..3 {
        recorder.segment(100);
        recorder.sign();
    }
    let log = recorder.files.0["log.jsonl"].clone();
    let first_line = log.iter().position(|b| *b == b'\n').unwrap() + 1;
    for cut in (first_line..=log.len()).step_by(37).chain([log.len()]) {
        let mut scan = recover::scan(&log[..cut]).unwrap();
        let mut files = recorder.files.clone();
        let size = scan.chain.size();
        files.0.retain(|path, _| {
            // Heads are signed only over what is durable, so at this point later ones had not been signed.
            path.strip_prefix("checkpoints/")
                .is_none_or(|name| name[..10].parse::<u64>().unwrap() <= size)
        });
        let mut kept = Vec::new();
        if let Some(torn) = &scan.torn {
            let bytes = log[torn.range.start as usize..cut].to_vec();
            let file = scan.log_tail_path();
            kept.push(FileRef {
                file: file.clone(),
                bytes: bytes.len() as u64,
                sha256: Digest::sha256(&bytes),
            });
            files.0.insert(file, bytes);
        }
        let lengths = files
            .0
            .iter()
            .filter(|(path, _)| path.starts_with("media/"));
        let lengths = lengths
            .map(|(path, bytes)| (path.clone(), bytes.len() as u64))
            .collect();
        for tail in scan.media_tails(&lengths).unwrap() {
            let held = files.0.get_mut(&tail.file).unwrap();
            let bytes = held.split_off(tail.range.start as usize);
            if held.is_empty() {
                files.0.remove(&tail.file);
            }
            kept.push(FileRef {
                file: tail.moved_to.clone(),
                bytes: bytes.len() as u64,
                sha256: Digest::sha256(&bytes),
            });
            files.0.insert(tail.moved_to, bytes);
        }
        let (time, mono) = scan.clocks(UtcMillis::from_millis(recorder.time().as_millis() + 5000));
        let mut drafts: Vec<_> = scan
            .recovered_entries("crash", kept)
            .iter()
            .map(Recorder::draft)
            .collect();
        drafts.extend(scan.crash_gaps(mono).iter().map(Recorder::draft));
        for (track, open) in &scan.open_tracks {
            let (track, segments, bytes) = (track.clone(), open.segments, open.bytes);
            drafts.push(Recorder::draft(&TrackEnded {
                track,
                segments,
                bytes,
                t1_us: mono,
                reason: None,
            }));
        }
        for participant in scan.present.clone() {
            drafts.push(Recorder::draft(&ParticipantLeft {
                participant,
                reason: Some("crash".to_owned()),
            }));
        }
        let mut good = log[..scan.good_bytes as usize].to_vec();
        for draft in drafts {
            let line = scan.chain.append(draft, time, mono).unwrap();
            scan.push(&line).unwrap();
            good.extend(&line.bytes);
        }
        let seal = scan.totals.seal("abandoned").unwrap();
        let line = scan
            .chain
            .append(Recorder::draft(&seal), time, mono)
            .unwrap();
        scan.push(&line).unwrap();
        good.extend(&line.bytes);
        let head = scan.chain.head();
        let mut signer = Ed25519Signer::new("evd.example.gov/recorder", &SEED).unwrap();
        let note = signer
            .sign_head(&Checkpoint::session(SITE, sid(), head), &scan.leaves)
            .unwrap();
        files.0.insert(
            format!("checkpoints/{:010}.note", head.size),
            note.to_string().into_bytes(),
        );
        files.0.insert("log.jsonl".to_owned(), good);
        let report = verify(&files);
        assert_eq!(
            report.verdict,
            Verdict::Valid,
            "cut at {cut}: {}",
            report.to_json()
        );
        assert!(codes(&report).contains(&Code::CrashRecovered));
    }
}

#[test]
fn a_withheld_segment_needs_its_redaction() {
    let sealed = || {
        let mut recorder = Recorder::open(Policy::default());
        (0..4).for_each(|_| recorder.segment(100));
        recorder.end();
        recorder
    };
    let overwritten = |recorder: &mut Recorder, with: u8| {
        recorder.files.0.get_mut("media/v1/000.mp4").unwrap()[..100].fill(with);
        verify(&recorder.export())
    };
    assert_eq!(codes(&overwritten(&mut sealed(), 0)), [Code::SegmentDigest]);
    let mut recorder = sealed();
    // Entry 4 is the first segment of the picture.
    let redaction = RedactionApplied {
        redaction: "r1".parse().unwrap(),
        target: 4,
        reason: "third party".to_owned(),
        replacement: None,
    };
    recorder.say(&redaction);
    let report = overwritten(&mut recorder, 0);
    assert_eq!(
        (report.verdict, report.disclosure),
        (Verdict::Valid, Disclosure::Partial)
    );
    assert_eq!(codes(&report), [Code::SegmentWithheld]);
    assert_eq!(
        codes(&overwritten(&mut recorder, 1)),
        [Code::RedactionInvalid]
    );
    // What is withheld whole may be left out whole; one segment of several may not.
    recorder.files.0.remove("media/v1/000.mp4");
    assert!(codes(&verify(&recorder.export())).contains(&Code::SegmentMissing));
}

/// Seconds of processor time that a command takes, so that a busy machine does not blur the figures. It gets 300 MB of
/// addresses, so that reading a gigabyte into memory would fail.
fn cpu_seconds(command: &[&str]) -> f64 {
    let output = Command::new("bash")
        .args(["-c", "ulimit -v 300000; time -p \"$@\" >/dev/null", "time"])
        .args(command)
        .output()
        .unwrap();
    assert!(output.status.success());
    let times = String::from_utf8(output.stderr).unwrap();
    let of = |name: &str| {
        times
            .lines()
            .find_map(|l| l.strip_prefix(name))
            .unwrap()
            .trim()
            .parse::<f64>()
            .unwrap()
    };
    of("user ") + of("sys ")
}

/// Prints bytes per second of processor time, beside those of `sha256sum` and `openssl` on the same files.
#[test]
#[ignore = "writes a gigabyte: cargo test --release -p cloudseat-verify -- --ignored --nocapture speed"]
fn speed() {
    for sm3 in [false, true] {
        let mut recorder = Recorder::open(Policy::default());
        recorder.sm3 = sm3;
        (0..1000).for_each(|_| recorder.segment(512 * 1024));
        recorder.end();
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("export");
        let mut media = Vec::new();
        let mut bytes = 0;
        for (path, data) in recorder.export().0 {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            bytes += data.len();
            fs::write(&path, data).unwrap();
            if path.extension().is_some_and(|e| e == "mp4") {
                media.push(path.to_str().unwrap().to_owned());
            }
        }
        let trust_path = folder.path().join("trust.json");
        fs::write(&trust_path, trust().to_json()).unwrap();
        let verify = [
            env!("CARGO_BIN_EXE_cloudseat-verify"),
            root.to_str().unwrap(),
            "--trust",
            trust_path.to_str().unwrap(),
        ];
        let over_media = |program: &[&str]| {
            let media = media.iter().map(String::as_str);
            cpu_seconds(&program.iter().copied().chain(media).collect::<Vec<_>>())
        };
        let rate = |seconds: f64| bytes as f64 / 1e9 / seconds;
        let (sum, openssl) = (
            rate(over_media(&["sha256sum"])),
            rate(over_media(&["openssl", "dgst", "-sha256"])),
        );
        println!(
            "sm3 {sm3}: sha256sum {sum:.2}, openssl {openssl:.2}, verify {:.2} GB/s of one core",
            rate(cpu_seconds(&verify))
        );
    }
}
