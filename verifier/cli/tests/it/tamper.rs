//! No altered bundle is valid: single bits anywhere, and what somebody would try who knows the format.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use integrity::verify::{Code, FileInfo, Files, Options, Reading, Report, Verdict, Verification};
use proptest::prelude::*;

use crate::memory::{Memory, trust};

const SAMPLE: &str = "plain-valid";

fn verify(files: &Memory) -> Report {
    files.verify(&trust(SAMPLE), &Options::default())
}

fn codes(report: &Report) -> Vec<Code> {
    report.findings.iter().map(|f| f.code).collect()
}

#[test]
fn the_sample_is_valid_as_it_is() {
    assert_eq!(verify(&Memory::of_vector(SAMPLE)).verdict, Verdict::Valid);
}

fn flip(files: &mut Memory, path: &str, at: usize, bit: u32) {
    files.0.get_mut(path).unwrap()[at] ^= 1 << bit;
}

/// Each bit that `pick` chooses of each file is flipped, and found.
fn assert_flips_are_found(pick: impl Fn(&str, usize, u32) -> bool) {
    let trust = trust(SAMPLE);
    let original = Memory::of_vector(SAMPLE);
    let mut files = original.clone();
    for (path, bytes) in &original.0 {
        for (at, bit) in (0..bytes.len())
            .flat_map(|at| (0..8).map(move |bit| (at, bit)))
            .filter(|(at, bit)| pick(path, *at, *bit))
        {
            flip(&mut files, path, at, bit);
            let report = files.verify(&trust, &Options::default());
            assert_ne!(
                report.verdict,
                Verdict::Valid,
                "bit {bit} of byte {at} of {path}"
            );
            flip(&mut files, path, at, bit);
        }
    }
}

#[test]
fn every_byte_of_the_note_that_covers_the_export_counts() {
    assert_flips_are_found(|path, at, bit| path == "export.note" && at as u32 % 8 == bit);
}

#[test]
fn bits_all_over_every_short_file_count() {
    let shown = |path: &str| !path.ends_with(".jsonl") && !path.ends_with(".seg");
    assert_flips_are_found(|path, at, bit| shown(path) && at % 9 == 0 && at as u32 / 9 % 8 == bit);
}

/// 290,000 verifications: minutes in release, so it runs with the long matrices.
#[test]
#[ignore = "long: cargo test --release -p cloudseat-verify -- --ignored"]
fn every_bit_counts() {
    assert_flips_are_found(|_, _, _| true);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_flipped_bit_is_valid(file in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bit in 0_u32..8) {
        let mut files = Memory::of_vector(SAMPLE);
        let path = files.0.keys().nth(file.index(files.0.len())).unwrap().clone();
        let at = at.index(files.0[&path].len());
        flip(&mut files, &path, at, bit);
        prop_assert_ne!(verify(&files).verdict, Verdict::Valid);
    }

    #[test]
    fn no_flipped_bit_of_a_bare_session_is_valid(at in any::<prop::sample::Index>(), bit in 0_u32..8) {
        // Without a container the log, the media, the documents and the heads still hold one another. Only the files in
        // which a receipt or an opening may rightly be missing could be left out; they cannot be altered either.
        let mut files = Memory::of_session(SAMPLE);
        prop_assert_eq!(verify(&files).verdict, Verdict::Valid);
        let total: usize = files.0.values().map(Vec::len).sum();
        let mut at = at.index(total);
        let path = files.0.iter().find(|(_, b)| { let here = at < b.len(); if !here { at -= b.len() } here }).unwrap().0.clone();
        flip(&mut files, &path, at, bit);
        prop_assert_ne!(verify(&files).verdict, Verdict::Valid, "{} {}", path, at);
    }

    #[test]
    fn no_cut_file_is_valid(file in any::<prop::sample::Index>(), keep in any::<prop::sample::Index>()) {
        let mut files = Memory::of_vector(SAMPLE);
        let path = files.0.keys().nth(file.index(files.0.len())).unwrap().clone();
        let bytes = files.0.get_mut(&path).unwrap();
        bytes.truncate(keep.index(bytes.len()));
        prop_assert_ne!(verify(&files).verdict, Verdict::Valid);
    }

    #[test]
    fn no_missing_file_is_valid_unless_it_says_less(file in any::<prop::sample::Index>()) {
        let mut files = Memory::of_vector(SAMPLE);
        let path = files.0.keys().nth(file.index(files.0.len())).unwrap().clone();
        files.0.remove(&path);
        let report = verify(&files);
        // An export without its note is valid with a warning: the log's own heads still hold it.
        prop_assert_eq!(report.verdict == Verdict::Valid, path == "export.note");
        prop_assert!(path != "export.note" || codes(&report).contains(&Code::ExportUnsigned));
    }
}

#[test]
fn added_and_renamed_files_are_found() {
    let cases = [
        ("data/media/v1/003.seg", Code::FileUnlisted),
        ("data/media/v1/003.seg", Code::FileUnbound),
        ("data/notes.txt", Code::FileUnbound),
        ("extra.txt", Code::FileUnlisted),
        ("data/private/2.json", Code::FileUnbound),
        ("data/.hidden", Code::PathUnsafe),
        ("../escape", Code::PathUnsafe),
        ("data/media\\v1", Code::PathUnsafe),
    ];
    for (path, code) in cases {
        let mut files = Memory::of_vector(SAMPLE);
        files.0.insert(path.to_owned(), b"x".to_vec());
        let report = verify(&files);
        assert_eq!(report.verdict, Verdict::Tampered);
        assert!(codes(&report).contains(&code), "{path}");
    }
    let mut files = Memory::of_vector(SAMPLE);
    let moved = files.0.remove("data/media/v1/002.seg").unwrap();
    files.0.insert("data/media/v1/009.seg".to_owned(), moved);
    assert!(codes(&verify(&files)).contains(&Code::SegmentMissing));
}

/// Whoever alters a session's own folder has no manifest to betray them, only the log.
#[test]
fn a_bare_session_holds_itself() {
    let altered = |alter: &dyn Fn(&mut Memory)| {
        let mut files = Memory::of_session(SAMPLE);
        alter(&mut files);
        codes(&verify(&files))
    };
    let media = "media/a1/001.seg";
    assert!(altered(&|f| flip(f, media, 5, 0)).contains(&Code::SegmentDigest));
    assert!(altered(&|f| f.0.get_mut(media).unwrap().push(0)).contains(&Code::SegmentLayout));
    assert!(
        altered(&|f| {
            f.0.get_mut(media).unwrap().pop();
        })
        .contains(&Code::SegmentLength)
    );
    assert!(
        altered(&|f| {
            f.0.remove(media);
        })
        .contains(&Code::SegmentMissing)
    );
    assert!(altered(&|f| flip(f, "documents/decision.pdf", 5, 0)).contains(&Code::FileDigest));
    assert!(
        altered(&|f| {
            f.0.remove("documents/decision.pdf");
        })
        .contains(&Code::FileMissing)
    );
    assert!(
        altered(&|f| f.0.retain(|p, _| !p.starts_with("checkpoints/")))
            .contains(&Code::CheckpointMissing)
    );
    assert!(
        altered(&|f| {
            f.0.remove("checkpoints/0000000038.note");
        })
        .contains(&Code::LogUncovered)
    );
    let cut_log = |f: &mut Memory| {
        let log = f.0.get_mut("log.jsonl").unwrap();
        let keep = log[..log.len() - 1]
            .iter()
            .rposition(|b| *b == b'\n')
            .unwrap()
            + 1;
        log.truncate(keep);
    };
    assert!(altered(&cut_log).contains(&Code::LogTruncated));
    let opening = altered(&|f| flip(f, "private/1.json", 85, 0));
    assert!(opening.contains(&Code::OpeningMismatch), "{opening:?}");
    // Leaving an opening out is withholding, not tampering.
    let mut files = Memory::of_session(SAMPLE);
    files.0.remove("private/1.json");
    let report = verify(&files);
    assert_eq!(
        (report.verdict, codes(&report)),
        (Verdict::Valid, vec![Code::FieldWithheld; 2])
    );
}

/// A session's own folder in the hands of a recorder that replaces its newest head while it is being read.
struct BeingWritten {
    before: Memory,
    after: Memory,
    lists: AtomicUsize,
}

impl Files for BeingWritten {
    fn list(&self) -> io::Result<Vec<FileInfo>> {
        let first = self.lists.fetch_add(1, Ordering::Relaxed) == 0;
        if first {
            self.before.list()
        } else {
            self.after.list()
        }
    }

    fn read(&self, path: &str, with: Reading<'_>) -> io::Result<()> {
        self.after.read(path, with)
    }
}

#[test]
fn a_head_that_is_replaced_while_it_is_read_is_looked_for_again() {
    let after = Memory::of_session(SAMPLE);
    let mut before = after.clone();
    before.0.remove("checkpoints/0000000038.note");
    before
        .0
        .insert("checkpoints/0000000037.note".to_owned(), Vec::new());
    let files = BeingWritten {
        before,
        after,
        lists: AtomicUsize::new(0),
    };
    let verdict = |allow_open| {
        files.lists.store(0, Ordering::Relaxed);
        let options = Options {
            allow_open,
            ..Options::default()
        };
        let trust = trust(SAMPLE);
        let verification = Verification::begin(&files, &trust, &options);
        let results = verification
            .jobs()
            .into_iter()
            .map(|job| job.run(&files, &|_| ()))
            .collect();
        verification.finish(results).verdict
    };
    assert_eq!(verdict(true), Verdict::Valid);
    assert_eq!(
        verdict(false),
        Verdict::Unusable,
        "a folder that should be at rest is not"
    );
}
