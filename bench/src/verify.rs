//! Verification beside `sha256sum` and `openssl dgst` on the same bytes, by CPU time of the whole processes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde::Serialize;

/// Throughputs.
#[derive(Debug, Serialize)]
pub(crate) struct Verify {
    pub(crate) bytes: u64,
    pub(crate) verify_mb_per_cpu_s: f64,
    pub(crate) sha256sum_mb_per_cpu_s: f64,
    pub(crate) openssl_mb_per_cpu_s: f64,
}

/// Measures on the media of a session's folder; nobody may write to it any more.
pub(crate) fn measure(binary: &Path, session: &Path, data_dir: PathBuf) -> anyhow::Result<Verify> {
    let files = files(&session.join("media"))?;
    let bytes: u64 = files
        .iter()
        .map(|f| std::fs::metadata(f).map(|m| m.len()))
        .sum::<Result<u64, _>>()?;
    let mb = bytes as f64 / 1e6;
    let trust = data_dir.join("trust.json");
    let mut verify = Command::new(binary);
    verify
        .arg("verify")
        .arg(session)
        .arg("--trust")
        .arg(&trust)
        .args(["--allow-open", "--json"]);
    let mut sha256sum = Command::new("sha256sum");
    sha256sum.args(&files);
    let mut openssl = Command::new("openssl");
    openssl.args(["dgst", "-sha256"]).args(&files);
    let (mut own, mut sums, mut dgst) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..5 {
        own.push(cpu_seconds(&mut verify)?);
        sums.push(cpu_seconds(&mut sha256sum)?);
        dgst.push(cpu_seconds(&mut openssl)?);
    }
    let rate = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        mb / times[times.len() / 2]
    };
    Ok(Verify {
        bytes,
        verify_mb_per_cpu_s: rate(&mut own),
        sha256sum_mb_per_cpu_s: rate(&mut sums),
        openssl_mb_per_cpu_s: rate(&mut dgst),
    })
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = item?.path();
        if path.is_dir() {
            found.extend(files(&path)?)
        } else {
            found.push(path)
        }
    }
    Ok(found)
}

/// User and system time of a command, from the shell's own account.
fn cpu_seconds(command: &mut Command) -> anyhow::Result<f64> {
    let line = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|a| format!("'{}'", a.to_string_lossy()))
        .collect::<Vec<_>>()
        .join(" ");
    let timed = Command::new("bash")
        .arg("-c")
        .arg(format!("TIMEFORMAT='%U %S'; time {line} >/dev/null 2>&1"))
        .stdout(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&timed.stderr);
    let times: Vec<f64> = text
        .split_whitespace()
        .filter_map(|part| part.parse().ok())
        .collect();
    let [user, system] = times[..] else {
        bail!("the time of {line} cannot be read: {text}")
    };
    Ok(user + system)
}
