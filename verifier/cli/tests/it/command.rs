//! The program as it is run: exit codes, what stands on which stream, and every argument.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::memory::vector;

fn run(args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_cloudseat-verify");
    Command::new(program)
        .env_remove("CLOUDSEAT_TRUST")
        .current_dir(vector("plain-valid"))
        .args(args)
        .output()
        .unwrap()
}

fn exit(args: &[&str]) -> Option<i32> {
    run(args).status.code()
}

const TRUST: [&str; 3] = ["bundle", "--trust", "trust.json"];

fn with(more: &[&str]) -> Vec<String> {
    TRUST.iter().chain(more).map(|a| (*a).to_owned()).collect()
}

fn exit_with(more: &[&str]) -> Option<i32> {
    exit(&with(more).iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn json_is_the_result_and_nothing_else() {
    let output = run(&["bundle", "--trust", "trust.json", "--json"]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    let members: Vec<_> = result
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut expected = vec![
        "v",
        "verifier",
        "verdict",
        "completeness",
        "disclosure",
        "session",
        "site",
        "entries",
        "head",
        "policy",
        "tracks",
        "gaps",
        "decisions",
        "times",
        "proofs",
        "findings",
    ];
    expected.sort_unstable();
    assert_eq!(members, expected);
    assert_eq!(result["verdict"], "valid");
    assert_eq!(result["entries"], 38);
    assert_eq!(result["tracks"]["a1"]["bytes"], 7865);
    assert_eq!(result["decisions"][0]["head"]["size"], 31);
    assert_eq!(result["times"]["first"], "2026-11-24T09:13:17.000Z");
}

#[test]
fn people_read_the_verdict_first() {
    let english = run(&TRUST);
    assert!(
        String::from_utf8(english.stdout)
            .unwrap()
            .starts_with("VALID and complete: session a3a3")
    );
    let chinese = run(&["bundle", "--trust", "trust.json", "--lang", "zh"]);
    assert!(
        String::from_utf8(chinese.stdout)
            .unwrap()
            .starts_with("有效且完整：")
    );
    let bad = run(&[
        "../plain-segment-byte-flipped/bundle",
        "--trust",
        "trust.json",
    ]);
    let text = String::from_utf8(bad.stdout).unwrap();
    assert!(
        text.starts_with("TAMPERED:")
            && text.contains("SEGMENT_DIGEST: recorded media was changed"),
        "{text}"
    );
    assert_eq!(bad.status.code(), Some(1));
}

#[test]
fn without_trust_nothing_is_said() {
    let output = run(&["bundle"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("--trust FILE"), "{text}");
    assert_eq!(exit(&["bundle", "--trust", "case.json"]), Some(2));
    assert_eq!(exit(&["bundle", "--trust", "nowhere.json"]), Some(2));
    assert_eq!(exit(&["nowhere", "--trust", "trust.json"]), Some(2));
}

#[test]
fn the_session_and_the_decision_must_be_those_asked_for() {
    assert_eq!(exit_with(&["--session", &"a3".repeat(16)]), Some(0));
    assert_eq!(exit_with(&["--session", &"a4".repeat(16)]), Some(1));
    assert_eq!(
        exit_with(&["--decision", "bundle/data/documents/decision.pdf"]),
        Some(0)
    );
    assert_eq!(exit_with(&["--decision", "trust.json"]), Some(1));
    assert_eq!(exit_with(&["--decision", "nowhere.pdf"]), Some(2));
}

#[test]
fn receipts_agree_in_every_form() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let result: Value =
        serde_json::from_slice(&run(&["bundle", "--trust", "trust.json", "--json"]).stdout)
            .unwrap();
    let head: integrity::body::Head = serde_json::from_value(result["head"].clone()).unwrap();
    let short = file("short", &integrity::receipt::Short::from(head).to_string());
    let code = file(
        "code",
        &format!(
            "https://x/receipt/y#{}",
            integrity::receipt::head_fragment(head)
        ),
    );
    let note = "bundle/data/receipts/p1-0000000034.note";
    assert_eq!(
        exit_with(&["--receipt", &short, "--receipt", &code, "--receipt", note]),
        Some(0)
    );
    let longer = file("longer", &short_of("39/", head));
    let other = file("other", "38/00000000000000000000000000000000");
    let nonsense = file("nonsense", "hello");
    for (bad, code) in [
        (longer, "RECEIPT_BEYOND_LOG"),
        (other, "RECEIPT_MISMATCH"),
        (nonsense, "RECEIPT_INVALID"),
    ] {
        let output = run(&[
            "bundle",
            "--trust",
            "trust.json",
            "--json",
            "--receipt",
            &bad,
        ]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            String::from_utf8(output.stdout).unwrap().contains(code),
            "{code}"
        );
    }
    assert_eq!(exit_with(&["--receipt", "nowhere"]), Some(2));
}

fn short_of(size: &str, head: integrity::body::Head) -> String {
    integrity::receipt::Short::from(head)
        .to_string()
        .replace("38/", size)
}

#[test]
fn a_foreign_anchor_is_not_believed() {
    let anchor = "../valid-full/bundle/data/anchors/0000000032.tlog-proof";
    let output = run(&[
        "bundle",
        "--trust",
        "../valid-full/trust.json",
        "--json",
        "--anchor",
        anchor,
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("ANCHOR_HEAD")
    );
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, target) = (
            entry.as_ref().unwrap().path(),
            to.join(entry.as_ref().unwrap().file_name()),
        );
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(entry, target).unwrap();
        }
    }
}

#[test]
fn a_live_session_is_read_as_far_as_it_is_signed() {
    let folder = TempDir::new().unwrap();
    copy(&vector("plain-valid/bundle/data"), folder.path());
    let path = folder.path().to_str().unwrap();
    assert_eq!(exit(&[path, "--trust", "trust.json"]), Some(0));
    // As it was after entry 33: later heads do not exist yet, the log is being appended to, media is ahead of it.
    let log = fs::read(folder.path().join("log.jsonl")).unwrap();
    let ends: Vec<_> = log
        .iter()
        .enumerate()
        .filter(|(_, b)| **b == b'\n')
        .map(|(i, _)| i + 1)
        .collect();
    fs::write(folder.path().join("log.jsonl"), &log[..ends[34] + 40]).unwrap();
    for later in ["checkpoints/0000000036.note", "checkpoints/0000000038.note"] {
        fs::remove_file(folder.path().join(later)).unwrap();
    }
    let output = run(&[path, "--trust", "trust.json", "--allow-open", "--json"]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{result:#}");
    assert_eq!(
        (&result["entries"], &result["completeness"]),
        (&Value::from(34), &Value::from("incomplete"))
    );
    assert_eq!(
        exit(&[path, "--trust", "trust.json"]),
        Some(1),
        "without --allow-open it is torn and not sealed"
    );
}
