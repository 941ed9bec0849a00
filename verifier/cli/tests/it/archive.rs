//! Archives: every form that exporters and auditors make, and those that attackers make.

use std::fs::{self, File};
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use cloudseat_verify::{Lang, VerifyArgs, verify};
use integrity::verify::{Code, Report, Verdict};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::memory::{Memory, vector};

fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(method)
}

fn zip_bytes(files: &[(String, Vec<u8>)], options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(path, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn sample(prefix: &str) -> Vec<(String, Vec<u8>)> {
    Memory::of_vector("plain-valid")
        .0
        .into_iter()
        .map(|(path, bytes)| (format!("{prefix}{path}"), bytes))
        .collect()
}

fn verify_path(path: PathBuf) -> Report {
    let trust = Some(vector("plain-valid").join("trust.json"));
    let args = VerifyArgs {
        path,
        trust,
        session: None,
        decision: None,
        receipt: Vec::new(),
        anchor: Vec::new(),
        allow_open: false,
        json: true,
        lang: Lang::En,
    };
    verify(&args, None)
}

fn verify_bytes(zip: &[u8]) -> Report {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("export.zip");
    fs::write(&path, zip).unwrap();
    verify_path(path)
}

#[test]
fn stored_deflated_and_zip64_members_are_read() {
    for options in [
        options(CompressionMethod::Stored),
        options(CompressionMethod::Deflated),
        options(CompressionMethod::Stored).large_file(true),
        options(CompressionMethod::Deflated).large_file(true),
    ] {
        let report = verify_bytes(&zip_bytes(&sample(""), options));
        assert_eq!(report.verdict, Verdict::Valid, "{}", report.to_json());
        let report = verify_bytes(&zip_bytes(&sample("case-7/"), options));
        assert_eq!(
            report.verdict,
            Verdict::Valid,
            "one folder around everything: {}",
            report.to_json()
        );
    }
}

#[test]
fn a_changed_byte_of_a_member_is_tampering_and_not_a_broken_archive() {
    let zip = zip_bytes(&sample(""), options(CompressionMethod::Stored));
    let media = &Memory::of_vector("plain-valid").0["data/media/v1/001.seg"];
    let at = zip.windows(media.len()).position(|w| w == media).unwrap();
    let mut bent = zip;
    bent[at + 100] ^= 1;
    let report = verify_bytes(&bent);
    assert_eq!(report.verdict, Verdict::Tampered);
    assert!(
        report
            .findings
            .iter()
            .any(|f| f.code == Code::SegmentDigest)
    );
}

#[test]
fn names_that_lead_out_are_reported_and_never_opened() {
    for name in [
        "../escape",
        "/etc/passwd",
        "data/../../escape",
        "data\\x",
        "C:/x",
        "data/.x",
    ] {
        let mut files = sample("");
        files.push((name.to_owned(), b"x".to_vec()));
        let report = verify_bytes(&zip_bytes(&files, options(CompressionMethod::Stored)));
        assert_eq!(
            report.verdict,
            Verdict::Tampered,
            "{name}: {}",
            report.to_json()
        );
        assert!(
            report.findings.iter().any(|f| f.code == Code::PathUnsafe),
            "{name}"
        );
    }
}

#[test]
fn a_link_in_an_archive_is_no_file() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in sample("")
        .into_iter()
        .filter(|(path, _)| path != "data/documents/decision.pdf")
    {
        zip.start_file(path, options(CompressionMethod::Stored))
            .unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.add_symlink(
        "data/documents/decision.pdf",
        "/etc/passwd",
        options(CompressionMethod::Stored),
    )
    .unwrap();
    let report = verify_bytes(&zip.finish().unwrap().into_inner());
    assert!(
        report
            .findings
            .iter()
            .any(|f| f.code == Code::FileNotRegular)
    );
    assert_eq!(report.verdict, Verdict::Tampered);
}

#[test]
fn what_is_no_archive_is_unusable() {
    let whole = zip_bytes(&sample(""), options(CompressionMethod::Deflated));
    for bytes in [
        &b""[..],
        b"PK\x05\x06",
        b"not a zip",
        &whole[..whole.len() / 2],
    ] {
        assert_eq!(verify_bytes(bytes).verdict, Verdict::Unusable);
    }
    assert_eq!(
        verify_path(PathBuf::from("/nowhere/at/all.zip")).verdict,
        Verdict::Unusable
    );
}

/// One member's bytes under many names: a bomb that grows by the square.
#[test]
fn overlapping_members_are_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("data/a", options(CompressionMethod::Deflated))
        .unwrap();
    zip.write_all(&vec![0; 1 << 20]).unwrap();
    for i in 0..50 {
        zip.shallow_copy_file("data/a", &format!("data/b{i}"))
            .unwrap();
    }
    let report = verify_bytes(&zip.finish().unwrap().into_inner());
    assert_eq!(report.verdict, Verdict::Unusable);
    assert_eq!(report.findings[0].code, Code::BundleUnreadable);
}

#[test]
fn two_members_of_one_name_are_refused() {
    let mut files = sample("");
    files.push(("data/log.jsonX".to_owned(), b"{}\n".to_vec()));
    let zip = zip_bytes(&files, options(CompressionMethod::Stored));
    let mut twice = zip.clone();
    while let Some(at) = twice.windows(14).position(|w| w == b"data/log.jsonX") {
        twice[at..at + 14].copy_from_slice(b"data/log.jsonl");
    }
    assert_eq!(verify_bytes(&zip).verdict, Verdict::Tampered);
    assert_eq!(verify_bytes(&twice).verdict, Verdict::Unusable);
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_listed_and_not_followed() {
    let folder = TempDir::new().unwrap();
    for (path, bytes) in sample("") {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        File::create(path).unwrap().write_all(&bytes).unwrap();
    }
    let verdict = |root: &Path| verify_path(root.to_owned());
    assert_eq!(verdict(folder.path()).verdict, Verdict::Valid);
    let decision = folder.path().join("data/documents/decision.pdf");
    let elsewhere = TempDir::new().unwrap();
    fs::rename(&decision, elsewhere.path().join("same.pdf")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("same.pdf"), &decision).unwrap();
    let report = verdict(folder.path());
    assert!(
        report
            .findings
            .iter()
            .any(|f| f.code == Code::FileNotRegular)
    );
    assert_eq!(
        report.verdict,
        Verdict::Tampered,
        "even though the bytes behind the link are the right ones"
    );
}
