//! Every sample bundle gives the result that its `case.json` states.

use std::fs;
use std::path::PathBuf;

use clap::Parser as _;
use cloudseat_verify::{VerifyArgs, verify};
use integrity::verify::Report;
use serde_json::Value;

use crate::memory::vector;

#[derive(Debug, clap::Parser)]
struct Cli {
    #[command(flatten)]
    verify: VerifyArgs,
}

/// The arguments of a case; files among them are named from the case's folder.
fn arguments(name: &str, case: &Value) -> VerifyArgs {
    let folder = vector(name);
    let args = case["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a.as_str().unwrap());
    let args = args.map(|a| {
        if folder.join(a).is_file() {
            folder.join(a)
        } else {
            PathBuf::from(a)
        }
    });
    let bundle = [PathBuf::from("cloudseat-verify"), folder.join("bundle")];
    Cli::parse_from(bundle.into_iter().chain(args)).verify
}

fn found(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|f| f.code.as_str()).collect()
}

fn check(name: &str) {
    let case: Value =
        serde_json::from_slice(&fs::read(vector(name).join("case.json")).unwrap()).unwrap();
    let report = verify(&arguments(name, &case), None);
    let found = found(&report);
    let text = report.to_json();
    assert_eq!(
        Some(u64::from(report.verdict.exit_code())),
        case["exit"].as_u64(),
        "{name}: {text}"
    );
    if let Some(completeness) = case["completeness"].as_str() {
        assert_eq!(
            serde_json::to_value(report.completeness).unwrap(),
            completeness,
            "{name}: {text}"
        );
    }
    for code in case["codes"].as_array().unwrap() {
        assert!(
            found.contains(&code.as_str().unwrap()),
            "{name} lacks {code}: {text}"
        );
    }
}

#[test]
fn every_sample_gives_its_stated_result() {
    let mut names: Vec<String> = fs::read_dir(vector(""))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 27);
    names.iter().for_each(|name| check(name));
}
