use std::io::Read;

use cloudseat::store::{Party, Role};
use cloudseat_verify::VerifyArgs;
use ids::Sid;
use integrity::verify::Verdict;
use serde_json::json;

use super::site::Site;

fn kinds(site: &Site, sid: Sid) -> Vec<String> {
    let path = site
        .data_dir()
        .join("evidence")
        .join(sid.to_string())
        .join("log.jsonl");
    let kind = |line: &str| {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        entry["type"].as_str().unwrap().to_owned()
    };
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(kind)
        .collect()
}

fn count(site: &Site, sid: Sid, kind: &str) -> usize {
    kinds(site, sid).iter().filter(|k| *k == kind).count()
}

#[tokio::test]
async fn a_bundle_is_made_while_it_is_sent_and_verifies() {
    let site = Site::start().await;
    let (sid, _) = site.call().await;
    let auditor = site.token("auditor", Role::Auditor).await;
    let answer = site
        .get(&format!("/api/v1/sessions/{sid}/bundle"), &auditor)
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/zip")
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.zip");
    std::fs::write(&path, &answer.body).unwrap();
    let mut log = String::new();
    zip::ZipArchive::new(std::fs::File::open(&path).unwrap())
        .unwrap()
        .by_name("data/log.jsonl")
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    assert!(log.lines().last().unwrap().contains("export.created"));
    let args = VerifyArgs {
        session: Some(sid),
        ..VerifyArgs::of(path, site.data_dir().join("trust.json"))
    };
    let report = cloudseat_verify::verify(&args, None);
    assert_eq!(report.verdict, Verdict::Valid, "{:?}", report.findings);
}

#[tokio::test]
async fn bundles_and_verifications_wait_for_one_another_and_none_is_kept_on_the_disk() {
    let site = Site::start().await;
    let (sid, _) = site.call().await;
    let auditor = site.token("auditor", Role::Auditor).await;
    let (bundle, verification) = (
        format!("/api/v1/sessions/{sid}/bundle"),
        format!("/api/v1/sessions/{sid}/verification"),
    );
    let bundles =
        futures_util::future::join_all((0..30).map(|_| site.get(&bundle, &auditor))).await;
    let nothing = json!({});
    let verifications = futures_util::future::join_all(
        (0..30).map(|_| site.post(&verification, &auditor, &nothing)),
    )
    .await;
    for answers in [bundles, verifications] {
        let (done, busy): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status == 200);
        assert!(!done.is_empty() && !busy.is_empty());
        for answer in busy {
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (503, "busy")
            );
            assert_ne!(answer.header("retry-after"), "");
        }
    }
    let temporary = walk(site.data_dir())
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "zip" || e == "tmp"))
        .collect::<Vec<_>>();
    assert!(temporary.is_empty(), "{temporary:?}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn asking_for_the_receipt_again_makes_no_evidence() {
    let site = Site::start().await;
    let (sid, officer) = site.call().await;
    let party = Party {
        sid,
        participant: "party".parse().unwrap(),
    };
    let party = site.party_token(party).await;
    let path = format!("/api/v1/sessions/{sid}/receipt");
    let first = site.get(&path, &party).await;
    assert_eq!(first.status, 200, "{}", first.text());
    // Something happens in between.
    site.get(&format!("/api/v1/sessions/{sid}/log"), &officer)
        .await;
    for _ in 0..20 {
        for token in [&party, &officer] {
            assert_eq!(site.get(&path, token).await.json(), first.json());
        }
    }
    assert_eq!(count(&site, sid, "receipt.delivered"), 1);
    let folder = site.data_dir().join("evidence").join(sid.to_string());
    assert_eq!(
        std::fs::read_dir(folder.join("receipts")).unwrap().count(),
        1
    );
    let log = std::fs::read_to_string(folder.join("log.jsonl")).unwrap();
    let delivered = log
        .lines()
        .find(|l| l.contains("receipt.delivered"))
        .unwrap();
    assert!(delivered.contains("\"acked\":false"), "{delivered}");

    // Who only looks is given the newest head, and keeps none.
    let auditor = site.token("auditor", Role::Auditor).await;
    let newest = site.get(&path, &auditor).await.json();
    assert!(newest["size"].as_u64() > first.json()["size"].as_u64());
    assert_eq!(count(&site, sid, "receipt.delivered"), 1);
}

#[tokio::test]
async fn after_the_seal_there_is_one_receipt_more() {
    let site = Site::start().await;
    let (sid, officer) = site.call().await;
    let path = format!("/api/v1/sessions/{sid}/receipt");
    let before = site.get(&path, &officer).await.json();
    let cancelled = site
        .post(
            &format!("/api/v1/sessions/{sid}/cancel"),
            &officer,
            &json!({}),
        )
        .await;
    assert!(cancelled.status.is_success(), "{}", cancelled.text());
    let after = site.get(&path, &officer).await.json();
    assert!(after["size"].as_u64() > before["size"].as_u64());
    site.get(&format!("/api/v1/sessions/{sid}/log"), &officer)
        .await;
    for _ in 0..5 {
        assert_eq!(site.get(&path, &officer).await.json(), after);
    }
    assert_eq!(count(&site, sid, "receipt.delivered"), 2);
}

#[tokio::test]
async fn looks_at_pictures_and_documents_are_entries_once_in_a_while() {
    let site = Site::start().await;
    let (sid, officer) = site.call().await;
    let polls = (0..10).map(|_| {
        let path = format!("/api/v1/sessions/{sid}/captures");
        let (site, officer) = (&site, &officer);
        async move { site.get(&path, officer).await }
    });
    for answer in futures_util::future::join_all(polls).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(count(&site, sid, "access.viewed"), 1);
    site.get(&format!("/api/v1/sessions/{sid}/documents/none"), &officer)
        .await;
    assert_eq!(count(&site, sid, "access.viewed"), 2);
    let auditor = site.token("auditor", Role::Auditor).await;
    let audit = site.get("/api/v1/audit", &auditor).await.json();
    let purposes: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["purpose"].as_str().unwrap())
        .collect();
    assert!(
        purposes.contains(&"captures") && purposes.contains(&"document"),
        "{audit}"
    );
}
