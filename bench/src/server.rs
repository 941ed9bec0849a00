//! A fresh server on loopback, for one run.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use cloudseat::bot::api::{self, Api};
use serde::Deserialize;

/// The server, its folder, its accounts.
pub(crate) struct Server {
    process: Child,
    data: tempfile::TempDir,
    port: u16,
}

#[derive(Deserialize)]
struct Login {
    login: String,
    password: String,
}

impl Server {
    pub(crate) async fn start(binary: &Path) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let log = std::fs::File::create(data.path().join("server.log"))?;
        let process = Command::new(binary)
            .args([
                "serve",
                "--demo",
                "--listen",
                &format!("127.0.0.1:{port}"),
                "--data-dir",
            ])
            .arg(data.path().join("data"))
            .env("CLOUDSEAT_MEDIA_UDP", "127.0.0.1:0")
            .env("CLOUDSEAT_MEDIA_ADVERTISE", "127.0.0.1")
            .env("CLOUDSEAT_RESERVE_GIB", "0")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| {
                format!(
                    "{} cannot be run; build it with `make build`",
                    binary.display()
                )
            })?;
        let mut server = Self {
            process,
            data,
            port,
        };
        for _ in 0..300 {
            if server.api().is_ok()
                && tokio::net::TcpStream::connect(("127.0.0.1", port))
                    .await
                    .is_ok()
            {
                return Ok(server);
            }
            if let Some(status) = server.process.try_wait()? {
                bail!(
                    "the server ended with {status}: {}",
                    std::fs::read_to_string(server.data.path().join("server.log"))?
                );
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the server does not come up")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.data.path().join("data")
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// How to reach it, once it has its certificate.
    pub(crate) fn api(&self) -> anyhow::Result<api::Server> {
        let ca = std::fs::read(self.data_dir().join("tls/authority.pem"))?;
        Ok(api::Server {
            url: self.url(),
            ca: Some(ca),
        })
    }

    /// Login name and password of a demo account.
    pub(crate) fn login(&self, name: &str) -> anyhow::Result<(String, String)> {
        let logins: Vec<Login> =
            serde_json::from_slice(&std::fs::read(self.data_dir().join("demo-accounts.json"))?)?;
        let found = logins.into_iter().find(|l| l.login == name);
        let found = found.with_context(|| format!("no demo account {name}"))?;
        Ok((found.login, found.password))
    }

    /// Signs in with a demo account.
    pub(crate) async fn sign_in(&self, name: &str) -> anyhow::Result<Api> {
        let (login, password) = self.login(name)?;
        self.api()?.sign_in(&login, &password).await
    }

    pub(crate) fn stop(mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            eprintln!("the server was not stopped: {error}");
        }
    }
}
