//! Whole enforcements through the real server: played by bots over real WebRTC, exported, verified.

mod full_disk;
mod server;

use std::time::Duration;

use cloudseat::bot::api::Api;
use cloudseat::bot::call::{Call, Seen};
use cloudseat::bot::clip::Clip;
use cloudseat::bot::play::{Stage, traffic_simple};
use cloudseat_verify::VerifyArgs;
use ids::Sid;
use integrity::verify::{Completeness, Report, Verdict};
use serde_json::json;
use signaling::protocol::{ClientMessage, Integrity, RecordingState};

use server::Server;

/// Each scene is a server and several people who send pictures: more at once measure the machine and not the product.
static STAGES: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

fn play(scene: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let _stage = STAGES.acquire().await.unwrap();
        scene.await;
    });
}

fn verify(path: std::path::PathBuf, trust: std::path::PathBuf) -> Report {
    let args = VerifyArgs::of(path, trust);
    cloudseat_verify::verify(&args, None)
}

/// Where the bots play a whole procedure, quickly.
fn stage(server: &Server) -> Stage {
    Stage {
        server: server.api(),
        officer: server.login("officer"),
        seat: server.login("seat"),
        talk: Duration::from_secs(2),
    }
}

/// The session's export verifies as valid and complete.
fn is_whole(server: &Server, sid: &str) {
    let bundle = server.folder().join("bundle.zip");
    server.run(&["export", sid, "--out", bundle.to_str().unwrap()]);
    let report = verify(bundle, server.data_dir().join("trust.json"));
    assert_eq!(
        (report.verdict, report.completeness),
        (Verdict::Valid, Completeness::Complete),
        "{:?}",
        codes(&report)
    );
}

fn codes(report: &Report) -> Vec<String> {
    report
        .findings
        .iter()
        .map(|f| {
            serde_json::to_value(f).unwrap()["code"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

/// A call that a seat has answered.
struct Answered {
    officer: Api,
    officer_call: Call,
    seat_call: Call,
    sid: Sid,
}

async fn answered(server: &Server) -> Answered {
    let (officer, seat) = (server.login("officer"), server.login("seat"));
    let officer = server.api().sign_in(&officer.0, &officer.1).await.unwrap();
    let seat = server.api().sign_in(&seat.0, &seat.1).await.unwrap();
    let (url, ca) = (server.url(), server.api().ca);
    let connect = async |person: &Api, clip| {
        Call::connect(&url, ca.as_deref(), person.token(), clip)
            .await
            .unwrap()
    };
    let seat_call = connect(&seat, Clip::seat().unwrap()).await;
    let officer_call = connect(&officer, Clip::officer().unwrap()).await;
    seat_call.be_idle().await.unwrap();
    let case = new_case(&officer).await;
    let called = officer
        .post(format!("cases/{case}/call"), &json!({}))
        .await
        .unwrap();
    let sid: Sid = called["sid"].as_str().unwrap().parse().unwrap();
    seat_call
        .wait("for the call to ring", |seen| seen.offered.is_some())
        .await
        .unwrap();
    seat_call
        .say(ClientMessage::CallAnswer { sid })
        .await
        .unwrap();
    officer_call
        .wait("for the answer", |seen| seen.answered)
        .await
        .unwrap();
    Answered {
        officer,
        officer_call,
        seat_call,
        sid,
    }
}

async fn new_case(officer: &Api) -> String {
    let place = json!({ "lon": 118.0, "lat": 43.6, "accuracy_m": 10.0, "text": "东环路" });
    let case = json!({ "procedure": "traffic_simple", "place": place });
    let case = officer.post("cases", &case).await.unwrap();
    case["id"].as_str().unwrap().to_owned()
}

impl Answered {
    /// Officer and seat come in, and two seconds of them are committed.
    async fn recorded(&self) -> Seen {
        tokio::try_join!(
            self.officer_call.join(self.sid),
            self.seat_call.join(self.sid)
        )
        .unwrap();
        let committed = |seen: &Seen| {
            let integrity = seen.integrity.as_ref();
            integrity.is_some_and(|i| {
                i.started_us
                    .zip(i.last_commit_us)
                    .is_some_and(|(from, to)| to > from + 2_000_000)
            })
        };
        self.officer_call
            .wait("for two seconds to be committed", committed)
            .await
            .unwrap()
    }
}

/// What a client was told of the log before is still in it.
fn still_holds(log: &std::path::Path, told: &Integrity) {
    let log = std::fs::read(log).unwrap();
    let leaves: Vec<_> = log
        .split_inclusive(|b| *b == b'\n')
        .map(integrity::merkle::leaf_hash)
        .collect();
    let root = integrity::merkle::root(&leaves[..], told.size).to_string();
    assert_eq!(root, told.root);
}

#[test]
fn a_whole_enforcement_verifies_as_valid_and_complete() {
    play(async {
        let server = Server::start().await;
        let stage = stage(&server);
        let played = traffic_simple(&stage, &|what| println!("{what}"))
            .await
            .unwrap();
        assert_eq!(played.state, "sealed");
        assert!(
            played
                .decision
                .as_deref()
                .is_some_and(|d| d.starts_with("LX-")),
            "{played:?}"
        );

        is_whole(&server, &played.sid);

        // Looks at evidence are entries of the same chain, and it still verifies.
        let (login, password) = server.login("auditor");
        let auditor = server.api().sign_in(&login, &password).await.unwrap();
        let recording = auditor
            .get(format!("sessions/{}/recording", played.sid))
            .await
            .unwrap();
        assert_eq!(recording["tracks"].as_array().unwrap().len(), 6);
        assert!(
            recording["gaps"].as_array().unwrap().is_empty(),
            "{recording}"
        );
        let verified = auditor
            .post(format!("sessions/{}/verification", played.sid), &json!({}))
            .await
            .unwrap();
        assert_eq!(
            (
                verified["verdict"].as_str(),
                verified["completeness"].as_str()
            ),
            (Some("valid"), Some("complete")),
            "{verified}"
        );
    });
}

#[test]
fn a_database_that_takes_no_writes_holds_up_no_procedure() {
    use sqlx::{Connection as _, Executor as _};
    play(async {
        let server = Server::start().await;
        let stage = stage(&server);
        // Somebody else writes from when the party joins until everything is over.
        let database = format!(
            "sqlite://{}",
            server.data_dir().join("cloudseat.db").display()
        );
        let (begin, begun) = tokio::sync::oneshot::channel::<()>();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let other = tokio::spawn(async move {
            let mut other = sqlx::SqliteConnection::connect(&database).await.unwrap();
            begun.await.unwrap();
            other.execute("BEGIN IMMEDIATE").await.unwrap();
            ended.await.unwrap();
            other.execute("ROLLBACK").await.unwrap();
        });
        let begin = std::sync::Mutex::new(Some(begin));
        let tell = |what: &str| {
            if what == "The party joins"
                && let Some(begin) = begin.lock().unwrap().take()
            {
                begin.send(()).unwrap();
            }
        };
        let played = traffic_simple(&stage, &tell).await.unwrap();
        assert_eq!(played.state, "sealed");
        end.send(()).unwrap();
        other.await.unwrap();

        is_whole(&server, &played.sid);
        // The index has caught up.
        let (login, password) = server.login("auditor");
        let auditor = server.api().sign_in(&login, &password).await.unwrap();
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        loop {
            let list = auditor.get("sessions").await.unwrap();
            let row = &list["items"][0];
            if row["state"] == "sealed" && row["decision"]["doc_no"].as_str().is_some() {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "{row}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
}

#[test]
fn without_a_recording_nothing_is_decided() {
    play(async {
        let server = Server::start().await;
        let Answered {
            officer,
            sid,
            seat_call: _seat,
            ..
        } = answered(&server).await;
        // Nobody sends anything.
        for path in ["steps/S03_IDENTITY/start", "decision"] {
            let refused = officer
                .post(format!("sessions/{sid}/{path}"), &json!({}))
                .await
                .unwrap_err()
                .to_string();
            assert!(refused.contains("409"), "{path}: {refused}");
        }
    });
}

#[test]
fn a_killed_server_recovers_by_itself_and_the_session_still_verifies() {
    play(async {
        let mut server = Server::start().await;
        let call = answered(&server).await;
        let seen = call.recorded().await;
        let Answered {
            sid,
            officer,
            officer_call,
            seat_call,
        } = call;
        let start = format!("sessions/{sid}/steps/S03_IDENTITY/start");
        officer.post(start, &json!({})).await.unwrap();
        drop((officer_call, seat_call));
        server.kill_and_restart().await;
        let folder = server.data_dir().join("evidence").join(sid.to_string());
        let report = verify(folder.clone(), server.data_dir().join("trust.json"));
        assert_eq!(report.verdict, Verdict::Valid, "{:?}", codes(&report));
        assert!(
            codes(&report).contains(&"CRASH_RECOVERED".to_owned()),
            "{:?}",
            codes(&report)
        );
        still_holds(&folder.join("log.jsonl"), &seen.integrity.unwrap());
        // The session goes on: its people may come back.
        let session = officer.get(format!("sessions/{sid}")).await.unwrap();
        assert!(session["sealed_at"].is_null(), "{session}");
        assert_eq!(session["integrity"]["recording"], "broken", "{session}");
        // What was said before is not carried on, whether they come back or not.
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        loop {
            let steps = officer.get(format!("sessions/{sid}/steps")).await.unwrap();
            let of = |step: &&serde_json::Value| step["id"] == "S03_IDENTITY";
            let step = steps["steps"].as_array().unwrap().iter().find(of).unwrap();
            if step["state"] == "invalid" {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "{step}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let refused = officer
            .post(
                format!("sessions/{sid}/steps/S03_IDENTITY/start"),
                &json!({}),
            )
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains("409"), "{refused}");
    });
}

#[test]
fn an_orderly_stop_loses_nothing_that_was_recorded() {
    play(async {
        let mut server = Server::start().await;
        let call = answered(&server).await;
        call.recorded().await;
        server.stop_and_restart().await;
        let sid = call.sid;
        drop(call);
        let folder = server.data_dir().join("evidence").join(sid.to_string());
        assert!(!folder.join("recovered").exists());
        let report = verify(folder.clone(), server.data_dir().join("trust.json"));
        let codes = codes(&report);
        assert_eq!(report.verdict, Verdict::Valid, "{codes:?}");
        assert!(!codes.contains(&"CRASH_RECOVERED".to_owned()), "{codes:?}");
        let log = std::fs::read_to_string(folder.join("log.jsonl")).unwrap();
        let count = |kind: &str| log.matches(&format!("\"type\":\"{kind}\"")).count();
        assert_eq!(count("track.started"), count("track.ended"));
        assert!(
            count("track.started") >= 4 && count("media.gap") == 0,
            "{log}"
        );
    });
}

#[test]
fn a_log_that_cannot_be_written_ends_the_recording_before_everybodys_eyes() {
    play(async {
        let server = Server::start().await;
        let call = answered(&server).await;
        call.recorded().await;
        let Answered {
            sid,
            officer,
            officer_call,
            seat_call,
        } = call;
        officer
            .post(
                format!("sessions/{sid}/steps/S03_IDENTITY/start"),
                &json!({}),
            )
            .await
            .unwrap();
        // The openings of private fields have no place any more.
        let folder = server.data_dir().join("evidence").join(sid.to_string());
        let private = folder.join("private");
        std::fs::rename(&private, server.folder().join("private")).unwrap();
        std::fs::write(&private, "").unwrap();
        let exit = json!({ "exit": "ABORTED", "reason": "下雨" });
        let refused = officer.post(format!("sessions/{sid}/exit"), &exit).await;
        assert!(refused.is_err(), "{refused:?}");
        let is_over = |seen: &Seen| {
            seen.integrity.as_ref().is_some_and(|i| {
                i.recording == RecordingState::Broken
                    && i.broken.len() == 4
                    && i.broken.iter().all(|b| b.reason == "disk")
            })
        };
        for call in [officer_call, seat_call] {
            call.wait("for the end of the recording", is_over)
                .await
                .unwrap();
        }
    });
}
