//! The page on verifying by hand does what it says, with nothing of ours.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::memory::{Memory, vector};

/// The commands of the page, one after the other.
fn commands() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify-by-hand.md");
    let page = fs::read_to_string(page).unwrap();
    page.split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

/// Runs the page on a sample; `alter` is done to the files before.
fn run(sample: &str, alter: impl FnOnce(&mut Memory)) -> (bool, String) {
    let folder = TempDir::new().unwrap();
    let mut files = Memory::of_vector(sample);
    alter(&mut files);
    for (path, bytes) in files.0 {
        let path = folder.path().join("export").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::copy(
        vector(sample).join("trust.json"),
        folder.path().join("trust.json"),
    )
    .unwrap();
    let mut bash = Command::new("bash");
    bash.arg("-c")
        .arg(commands())
        .current_dir(folder.path().join("export"));
    let output = bash.output().unwrap();
    (
        output.status.success(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

fn has_tools() -> bool {
    let found = Command::new("bash")
        .args(["-c", "command -v jq openssl sha256sum basenc >/dev/null"])
        .status();
    found.is_ok_and(|status| status.success())
}

#[test]
fn the_page_finds_what_the_verifier_finds() {
    if !has_tools() {
        eprintln!("skipped: jq, openssl or coreutils are missing");
        return;
    }
    let (done, said) = run("plain-valid", |_| ());
    assert!(done, "{said}");
    for word in [
        "files ok",
        "nothing added",
        "canonical",
        "true",
        "documents ok",
        "head ok",
        "Signature Verified Successfully",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!said.contains("BROKEN") && !said.contains("BAD"), "{said}");
    let (_, said) = run("plain-segment-byte-flipped", |_| ());
    assert!(said.contains("BAD media/"), "{said}");
    let (_, said) = run("plain-edited-and-rechained", |_| ());
    assert!(!said.contains("head ok"), "{said}");
    let (_, said) = run("plain-valid", |files| {
        files.0.get_mut("data/log.jsonl").unwrap()[700] ^= 1
    });
    assert!(
        said.contains("BROKEN at 2") && !said.contains("files ok"),
        "{said}"
    );
}
