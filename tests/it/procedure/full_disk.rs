//! A disk that fills while a session is recorded.

use std::io::Write;
use std::path::Path;

use integrity::verify::Verdict;
use serde_json::json;
use signaling::protocol::{RecordingState, Storage};

use super::server::Server;
use super::{Answered, answered, codes, new_case, play, still_holds, verify};

/// Fills the volume to its last byte.
fn fill(path: &Path) {
    let mut file = std::fs::File::create(path).unwrap();
    for size in [1 << 20, 4096, 1] {
        let zeros = vec![0; size];
        while file.write_all(&zeros).is_ok() {}
    }
}

#[test]
fn a_disk_that_fills_is_told_and_loses_nothing_that_was_committed() {
    play(async {
        let mut server = Server::start_on_volume(96).await;
        let call = answered(&server).await;
        let Answered { sid, .. } = call;
        call.recorded().await;

        let filler = server.data_dir().join("filler");
        fill(&filler);
        // Everybody in the call is told that nothing is recorded any more, and why.
        let told = |seen: &cloudseat::bot::call::Seen| {
            let integrity = seen.integrity.as_ref();
            integrity.is_some_and(|i| {
                i.recording == RecordingState::Broken && i.storage == Storage::Full
            })
        };
        let (officer, seat) = tokio::try_join!(
            call.officer_call.wait("for the officer to be told", told),
            call.seat_call.wait("for the seat to be told", told)
        )
        .unwrap();
        // No step, no decision, and no new call.
        for path in ["steps/S03_IDENTITY/start", "decision"] {
            let refused = call
                .officer
                .post(format!("sessions/{sid}/{path}"), &json!({}))
                .await
                .unwrap_err()
                .to_string();
            assert!(refused.contains("409"), "{path}: {refused}");
        }

        // The administrator makes room and starts the server again: what clients were told is all there.
        std::fs::remove_file(filler).unwrap();
        server.kill_and_restart().await;
        let folder = server.data_dir().join("evidence").join(sid.to_string());
        let report = verify(folder.clone(), server.data_dir().join("trust.json"));
        assert_eq!(report.verdict, Verdict::Valid, "{:?}", codes(&report));
        for seen in [officer, seat] {
            still_holds(&folder.join("log.jsonl"), &seen.integrity.unwrap());
        }
        let session = call.officer.get(format!("sessions/{sid}")).await.unwrap();
        assert!(session["sealed_at"].is_null(), "{session}");
    });
}

#[test]
fn a_disk_that_is_nearly_full_takes_no_new_call_and_keeps_those_that_run() {
    play(async {
        let server = Server::start_on_volume(96).await;
        let call = answered(&server).await;
        let before = call.recorded().await.integrity.unwrap();

        // Less is left than what counts as full, and enough for this call.
        let room = std::fs::File::create(server.data_dir().join("filler")).unwrap();
        let free = recorder::disk::free_bytes(&server.data_dir()).unwrap();
        let filled = std::process::Command::new("fallocate")
            .args(["--length", &(free - (12 << 20)).to_string()])
            .arg(server.data_dir().join("filler"))
            .status()
            .unwrap();
        assert!(filled.success());
        drop(room);
        let (login, password) = server.login("officer2");
        let other = server.api().sign_in(&login, &password).await.unwrap();
        let case = new_case(&other).await;
        let refused = other
            .post(format!("cases/{case}/call"), &json!({}))
            .await
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("503") && refused.contains("too little room"),
            "{refused}"
        );

        // The call that runs is recorded on.
        let goes_on = |seen: &cloudseat::bot::call::Seen| {
            let integrity = seen.integrity.as_ref();
            integrity.is_some_and(|i| {
                i.recording == RecordingState::Recording
                    && i.last_commit_us > before.last_commit_us.map(|us| us + 2_000_000)
            })
        };
        call.officer_call
            .wait("for the recording to go on", goes_on)
            .await
            .unwrap();
    });
}
