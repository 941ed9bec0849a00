//! The real server on a loopback port, with a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cloudseat::bot::api;

/// A busy machine hashes the demo's passwords slowly.
const UP_MAX: Duration = Duration::from_secs(120);

pub(super) struct Server {
    process: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Server {
    pub(super) async fn start() -> Self {
        // Also for the bots of this process.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let process = spawn(folder.path(), port);
        let mut server = Self {
            process,
            folder,
            port,
        };
        server.until_up().await;
        server
    }

    async fn until_up(&mut self) {
        let deadline = Instant::now() + UP_MAX;
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port))
            .await
            .is_err()
        {
            let ended = self.process.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "the server did not come up: {}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// SIGKILL, then the same server again.
    pub(super) async fn kill_and_restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = spawn(self.folder.path(), self.port);
        self.until_up().await;
    }

    /// SIGTERM, an orderly end, then the same server again.
    pub(super) async fn stop_and_restart(&mut self) {
        let told = Command::new("kill")
            .arg(self.process.id().to_string())
            .status();
        assert!(told.unwrap().success());
        assert!(self.process.wait().unwrap().success(), "{}", self.log());
        self.process = spawn(self.folder.path(), self.port);
        self.until_up().await;
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub(super) fn api(&self) -> api::Server {
        api::Server {
            url: self.url(),
            ca: Some(std::fs::read(self.data_dir().join("tls/authority.pem")).unwrap()),
        }
    }

    /// Login name and password of a demo account.
    pub(super) fn login(&self, name: &str) -> (String, String) {
        let kept = std::fs::read(self.data_dir().join("demo-accounts.json")).unwrap();
        let accounts: serde_json::Value = serde_json::from_slice(&kept).unwrap();
        let found = accounts
            .as_array()
            .unwrap()
            .iter()
            .find(|a| a["login"] == name)
            .unwrap();
        (
            name.to_owned(),
            found["password"].as_str().unwrap().to_owned(),
        )
    }

    /// Runs a command of the product on this server's data folder.
    pub(super) fn run(&self, arguments: &[&str]) {
        let out = Command::new(env!("CARGO_BIN_EXE_cloudseat"))
            .args(arguments)
            .arg("--data-dir")
            .arg(self.data_dir())
            .output()
            .unwrap();
        assert!(
            out.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
        self.process
            .kill()
            .and_then(|()| self.process.wait())
            .map(drop)
            .unwrap_or_default();
    }
}

fn spawn(folder: &Path, port: u16) -> Child {
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("server.log"))
        .unwrap();
    Command::new(env!("CARGO_BIN_EXE_cloudseat"))
        .args([
            "serve",
            "--demo",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--data-dir",
        ])
        .arg(folder.join("data"))
        .env("CLOUDSEAT_MEDIA_UDP", "127.0.0.1:0")
        .env("CLOUDSEAT_MEDIA_ADVERTISE", "127.0.0.1")
        .env("CLOUDSEAT_RESERVE_GIB", "0")
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
