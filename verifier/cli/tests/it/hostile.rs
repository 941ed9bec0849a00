//! Whatever a log says, the verifier neither panics nor believes it.

use integrity::body::{Policy, SessionOpened};
use integrity::verify::{Options, Verdict};
use integrity::{Chain, Draft};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::memory::{Memory, trust};

/// Members that bodies of the format have, with values near the edges.
fn any_body() -> impl Strategy<Value = Map<String, Value>> {
    let names = prop::sample::select(vec![
        "track",
        "participant",
        "kind",
        "codec",
        "clock_hz",
        "t0_us",
        "t1_us",
        "idx",
        "file",
        "off",
        "bytes",
        "sha256",
        "sm3",
        "frames",
        "key",
        "lost",
        "seq0",
        "seq1",
        "reason",
        "segments",
        "step",
        "attempt",
        "doc",
        "doc_sha256",
        "head",
        "ref",
        "target",
        "redaction",
        "chunks",
        "entries",
        "tracks",
        "gaps",
        "log_sha256",
        "private",
        "role",
        "must_record",
        "size",
        "acked",
        "recovered",
        "matter",
        "purpose",
        "decision",
    ]);
    let value = prop_oneof![
        prop::sample::select(vec![0_i64, 1, 7, 500_000, 65_535, (1 << 53) - 1])
            .prop_map(Value::from),
        prop::sample::select(vec![
            "v1",
            "p1",
            "video",
            "media/v1/000.seg",
            "media/v1/../x",
            "backfill/v1/000.seg",
            "S1",
            "x",
            "../../etc/passwd",
        ])
        .prop_map(Value::from),
        Just(json!("00".repeat(32))),
        Just(json!({"size": 1, "root": "00".repeat(32)})),
        Just(json!({"file": "media/v1/000.seg", "bytes": 1, "sha256": "00".repeat(32)})),
        Just(json!([{"idx": 0, "bytes": 1, "sha256": "00".repeat(32), "t0_us": 0, "t1_us": 9}])),
        Just(json!(["video", "audio"])),
        Just(json!({"v1": {"segments": 1, "bytes": 1, "lost": 0}})),
        any::<bool>().prop_map(Value::from),
    ];
    prop::collection::btree_map(names.prop_map(str::to_owned), value, 0..16)
        .prop_map(|m| m.into_iter().collect())
}

fn any_type() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "session.opened",
        "participant.joined",
        "participant.left",
        "track.started",
        "segment.committed",
        "media.gap",
        "track.ended",
        "device.committed",
        "backfill.received",
        "step.started",
        "step.completed",
        "step.invalidated",
        "document.issued",
        "decision.made",
        "party.signed",
        "session.recovered",
        "session.sealed",
        "redaction.applied",
        "privacy.erased",
        "hold.placed",
        "call.said",
        "capture.taken",
        "clock.adjusted",
    ])
}

/// A log whose form and chain are sound and whose words mean anything.
fn log_of(entries: &[(&'static str, Map<String, Value>, u64)]) -> Vec<u8> {
    let sid = ids::Sid::from_bytes([0xa3; 16]);
    let opened = SessionOpened {
        site: "evd.example.gov".to_owned(),
        session_no: 7.try_into().unwrap(),
        keys: Vec::new(),
        policy: Policy {
            required_steps: ["S1".parse().unwrap()].into(),
            ..Policy::default()
        },
        software: None,
    };
    let actor: integrity::Actor = "server:n1".parse().unwrap();
    let mut chain = Chain::open(sid);
    let first = chain
        .append(
            Draft::new(actor, &opened).unwrap(),
            ids::UtcMillis::from_millis(0),
            0,
        )
        .unwrap();
    let (mut prev, mut log) = (first.digest, first.bytes);
    for (i, (kind, body, mono)) in entries.iter().enumerate() {
        let entry = json!({
            "v": 1, "sid": sid, "seq": i + 1, "prev": prev, "time": "1970-01-01T00:00:00.000Z", "mono": mono,
            "type": kind, "actor": "server:n1", "body": body,
        });
        let mut line = integrity::canonical::write(&entry).unwrap();
        line.push(b'\n');
        prev = integrity::Digest::sha256(&line);
        log.extend_from_slice(&line);
    }
    log
}

fn verdict(files: &Memory, allow_open: bool) -> Verdict {
    files
        .verify(
            &trust("plain-valid"),
            &Options {
                allow_open,
                ..Options::default()
            },
        )
        .verdict
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_as_a_log_are_not_valid(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..6), bare in any::<bool>(), open in any::<bool>()) {
        let mut files = if bare { Memory::of_session("plain-valid") } else { Memory::of_vector("plain-valid") };
        let log = if bare { "log.jsonl" } else { "data/log.jsonl" };
        files.0.insert(log.to_owned(), lines.join(&b'\n'));
        prop_assert_ne!(verdict(&files, open), Verdict::Valid);
    }

    #[test]
    fn random_lines_between_true_ones_are_not_valid(line in prop::collection::vec(any::<u8>(), 0..80), at in any::<prop::sample::Index>()) {
        let mut files = Memory::of_session("plain-valid");
        let log = files.0.get_mut("log.jsonl").unwrap();
        let mut lines: Vec<&[u8]> = log.split_inclusive(|b| *b == b'\n').collect();
        let line = [&line[..], b"\n"].concat();
        lines.insert(at.index(lines.len()), &line);
        *log = lines.concat();
        prop_assert_ne!(verdict(&files, false), Verdict::Valid);
    }

    #[test]
    fn well_formed_nonsense_is_not_valid(entries in prop::collection::vec((any_type(), any_body(), prop::sample::select(vec![0_u64, 9, 1_000_000, (1 << 53) - 1])), 0..12), open in any::<bool>()) {
        let mut files = Memory::of_session("plain-valid");
        files.0.insert("log.jsonl".to_owned(), log_of(&entries));
        prop_assert_ne!(verdict(&files, open), Verdict::Valid);
    }

    #[test]
    fn any_bytes_in_any_file_are_judged(file in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut files = Memory::of_vector("plain-valid");
        let path = files.0.keys().nth(file.index(files.0.len())).unwrap().clone();
        files.0.insert(path, bytes);
        prop_assert_ne!(verdict(&files, false), Verdict::Valid);
    }
}

#[test]
fn a_line_without_end_is_not_kept_in_memory() {
    let mut files = Memory::of_session("plain-valid");
    let log = files.0.get_mut("log.jsonl").unwrap();
    log.extend(vec![b'x'; 3 << 20]);
    log.push(b'\n');
    assert_eq!(verdict(&files, false), Verdict::Tampered);
}

#[test]
fn a_thousand_faults_are_reported_shortly() {
    let entries: Vec<_> = (0..1000)
        .map(|_| {
            (
                "call.said",
                json!({"ref": 1}).as_object().unwrap().clone(),
                0,
            )
        })
        .collect();
    let mut files = Memory::of_session("plain-valid");
    files.0.insert("log.jsonl".to_owned(), log_of(&entries));
    let report = files.verify(&trust("plain-valid"), &Options::default());
    assert_eq!(report.verdict, Verdict::Tampered);
    assert!(report.findings.len() < 150, "{}", report.findings.len());
}
