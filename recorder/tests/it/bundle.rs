//! A whole session's folder, written by the recorder and read by the verifier.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use ids::UtcMillis;
use integrity::body::{Policy, SessionOpened};
use integrity::checkpoint::{Checkpoint, Ed25519Signer, Signer};
use integrity::merkle::leaf_hash;
use integrity::seal::Totals;
use integrity::trust::Trust;
use integrity::verify::{
    Code, Completeness, FileInfo, FileKind, Files, Options, Reading, Report, Verdict, Verification,
};
use integrity::{Chain, Draft};
use proptest::prelude::*;
use recorder::{Codec, Packet};

use crate::disk::Memory;
use crate::network::Link;
use crate::segments::{links, plans};
use crate::source::{self, Plan};
use crate::studio::{SID, Studio};

const SITE: &str = "evd.example.gov";
const DIR: &str = "/session";
/// From the recorder's report to the entry's time.
const APPEND_TAKES_US: u64 = 10_000;

struct Folder(BTreeMap<String, Vec<u8>>);

impl Files for Folder {
    fn list(&self) -> io::Result<Vec<FileInfo>> {
        let info = |(path, bytes): (&String, &Vec<u8>)| FileInfo {
            path: path.clone(),
            kind: FileKind::Regular,
            size: bytes.len() as u64,
        };
        Ok(self.0.iter().map(info).collect())
    }

    fn read(&self, path: &str, with: Reading<'_>) -> io::Result<()> {
        with(&mut self.0[path].as_slice())
    }
}

/// Writes the log that the reports make, seals it, signs its head, and verifies the folder.
fn verify(studio: &Studio, memory: &Memory) -> Report {
    let mut signer = Ed25519Signer::new(&format!("{SITE}/recorder"), &[3; 32]).unwrap();
    let server = "server:rec-1".parse::<integrity::Actor>().unwrap();
    let mut chain = Chain::open(SID);
    let mut totals = Totals::new();
    let (mut log, mut leaves) = (Vec::new(), Vec::new());
    let mut append = |draft: Draft, mono_us: u64| {
        let time = UtcMillis::from_millis(1_795_511_597_000 + (mono_us / 1_000).cast_signed());
        let line = chain.append(draft, time, mono_us).unwrap();
        totals.push(&line).unwrap();
        leaves.push(leaf_hash(&line.bytes));
        log.extend_from_slice(&line.bytes);
        totals.clone()
    };
    let opened = SessionOpened {
        site: SITE.to_owned(),
        session_no: 1.try_into().unwrap(),
        keys: vec![signer.vkey().to_string()],
        policy: Policy::default(),
        software: None,
    };
    append(Draft::new(server.clone(), &opened).unwrap(), 0);
    let mut so_far = None;
    for (now_us, draft) in &studio.log.entries {
        so_far = Some(append(draft(server.clone()), now_us + APPEND_TAKES_US));
    }
    let sealed = so_far.expect("a track at least").seal("finished").unwrap();
    append(
        Draft::new(server, &sealed).unwrap(),
        studio.now_us + 2 * APPEND_TAKES_US,
    );

    let head = chain.head();
    let note = signer
        .sign_head(&Checkpoint::session(SITE, SID, head), &leaves)
        .unwrap();
    let mut files = BTreeMap::from([
        ("log.jsonl".to_owned(), log),
        (
            format!("checkpoints/{:010}.note", head.size),
            note.to_string().into_bytes(),
        ),
    ]);
    for (path, contents) in &memory.0.lock().unwrap().files {
        let path = path.strip_prefix(DIR).unwrap().to_str().unwrap();
        files.insert(path.to_owned(), contents.bytes.clone());
    }
    let folder = Folder(files);
    let trust = Trust::of(SITE, signer.vkey().clone());
    let options = Options::default();
    let verification = Verification::begin(&folder, &trust, &options);
    let results = verification
        .jobs()
        .into_iter()
        .map(|job| job.run(&folder, &|_| ()))
        .collect();
    verification.finish(results)
}

/// Records all `plans` in one session, ends it `silent` ticks after the last packet, and verifies it.
fn prove(plans: &[(&str, &Plan, &Link)], silent: u32) -> (Studio, Option<Report>) {
    let memory = Memory::default();
    let mut studio = Studio::new(Arc::new(memory.clone()), Path::new(DIR).to_owned());
    let mut packets: Vec<(&str, Packet)> = Vec::new();
    for &(take, plan, link) in plans {
        studio.start(take, plan.codec);
        packets.extend(
            link.carry(&source::send(plan).0)
                .into_iter()
                .map(|packet| (take, packet)),
        );
    }
    packets.sort_by_key(|(_, packet)| packet.arrival_us);
    studio.play(&packets);
    for _ in 0..silent {
        studio.now_us += recorder::limits::TICK_US;
        studio.tick();
    }
    plans.iter().for_each(|(take, _, _)| studio.end(take));
    let report = (!studio.log.started.is_empty()).then(|| verify(&studio, &memory));
    (studio, report)
}

fn check(studio: &Studio, report: &Report) {
    let findings = || {
        report
            .findings
            .iter()
            .map(|f| format!("{f:?}"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(report.verdict, Verdict::Valid, "{}", findings());
    let gaps = !studio.log.gaps.is_empty();
    let expected = if gaps {
        Completeness::Incomplete
    } else {
        Completeness::Complete
    };
    assert_eq!(report.completeness, expected, "{}", findings());
    let expected = |code| matches!(code, Code::GapDeclared | Code::PacketsLost);
    assert!(
        report.findings.iter().all(|f| expected(f.code)),
        "{}",
        findings()
    );
}

#[test]
fn a_session_over_a_perfect_link_is_complete() {
    let plan = |codec| Plan {
        codec,
        seq0: 65_400,
        rtp0: u32::MAX - 1_000,
        start_us: 2_000_000,
        frames: 400,
        interval_us: 33_333,
        key_every: 60,
        packets: 3,
        pauses: vec![(200, 900_000)],
        padding_every: Some(7),
    };
    let link = Link::perfect();
    let plans = [
        ("v1", &plan(Codec::Vp8), &link),
        ("v2", &plan(Codec::H264), &link),
        ("a1", &plan(Codec::Opus), &link),
    ];
    let (studio, report) = prove(&plans, 4);
    let report = report.unwrap();
    check(&studio, &report);
    assert_eq!(report.completeness, Completeness::Complete);
    assert_eq!(report.tracks.len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the links do, what the recorder writes is valid, and incomplete only where it says so.
    #[test]
    fn any_session_is_valid(plans in (plans(), plans()), links in (links(), links())) {
        let (studio, report) = prove(&[("t1", &plans.0, &links.0), ("t2", &plans.1, &links.1)], 50);
        if let Some(report) = report {
            check(&studio, &report);
        }
    }
}
